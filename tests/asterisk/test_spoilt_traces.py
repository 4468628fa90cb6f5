"""Calls of a real Asterisk of which each report in turn is lost, late or sent twice, or a burst."""

import pytest

from .readings import READINGS
from .spoilt import Fate, all_of, known_wrong


@pytest.mark.parametrize("fate", Fate)
@pytest.mark.parametrize("run", READINGS)
def test_nothing_else_is_told_wrongly(run: str, fate: Fate) -> None:
    assert all_of(run, fate) == known_wrong()[run][fate]


def test_nothing_is_told_wrongly_of_what_was_sent_twice() -> None:
    assert not any(known_wrong()[run][Fate.TWICE] for run in READINGS)
