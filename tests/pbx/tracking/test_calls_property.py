"""Random calls with late, repeated and lost reports: what may be wrong, and what never."""

import pytest

from .call_property import DIALECTS, Figures, measure

SCENARIOS = 667  # of each dialect
FAULTY = {"clean": 0.0, "realistic": 0.006, "stress": 0.04}
"""Faults of all kinds for each call; most are calls of which a report was lost."""
MISTOLD = {"clean": 0.0, "realistic": 0.004, "stress": 0.01}
"""Calls told with a wrong outcome: where a record is lost that alone tells of a voicemail box."""
UNKNOWN = {"clean": 0.0, "realistic": 0.01, "stress": 0.03}
"""Calls whose outcome nothing that came decides."""


def share_of_unknown(figures: Figures) -> float:
    """Return the share of the told calls whose outcome is unknown."""
    return figures.unknown["outcome"] / figures.told


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("rates", FAULTY)
def test_no_call_is_told_wrongly(rates: str, dialect: str) -> None:
    figures = measure(dialect, range(1, SCENARIOS + 1), rates)
    faults = figures.faults
    assert faults["ghost"] == faults["of nothing"] == 0, figures.examples
    assert faults["wrong"] <= MISTOLD[rates] * figures.calls, figures.examples
    assert faults.total() <= FAULTY[rates] * figures.calls, figures.examples
    assert share_of_unknown(figures) <= UNKNOWN[rates]
    assert figures.told > SCENARIOS


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_end_is_told_soon(dialect: str) -> None:
    median, ninth_decile = measure(dialect, range(1, 201), "clean").delay
    assert median < 3
    assert ninth_decile < 15  # nothing but a read ends a call that nobody answered
