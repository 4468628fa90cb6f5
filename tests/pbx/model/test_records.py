"""Tests of what a record says of its call."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.ippbx.pbx.model.lines import CallRecord
from custom_components.ippbx.pbx.model.records import (
    ends_at,
    is_answer,
    is_empty,
    order,
    started_at,
    weight,
)

_NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def _record(
    duration: int | None, outcome: str = "no_answer", call_id: str = "1772442000.40"
) -> CallRecord:
    return CallRecord(
        call_id=call_id,
        caller="101",
        callee="102",
        duration=duration,
        talk_duration=0,
        outcome=outcome,
    )


def test_a_record_ends_so_long_after_its_id() -> None:
    assert ends_at(_record(30)) == _NOW + timedelta(seconds=30)
    assert ends_at(_record(None)) is None
    assert ends_at(_record(10**12)) is None


def test_a_record_began_at_the_latest_so_long_ago_as_it_took() -> None:
    assert started_at(_record(30), _NOW) == _NOW - timedelta(seconds=30)
    assert started_at(_record(5), _NOW + timedelta(hours=1)) == _NOW


@pytest.mark.parametrize(
    ("duration", "outcome", "empty"),
    [
        (1, "no_answer", True),
        (None, "answered", True),
        (2, "no_answer", False),
        (0, "busy", False),
    ],
)
def test_a_branch_that_nobody_saw_ring_leaves_an_empty_record(
    duration: int | None, outcome: str, empty: bool
) -> None:
    assert is_empty(_record(duration, outcome)) is empty


def test_an_answer_of_no_time_is_none() -> None:
    assert not is_answer(_record(9, "answered"))


def test_a_voicemail_says_more_than_a_longer_ringing() -> None:
    assert max(_record(30), _record(9, "voicemail"), key=weight).outcome == "voicemail"


def test_an_answer_without_talk_says_less_than_a_ringing_without_answer() -> None:
    """The sides of a channel by Originate are reversed (docs/asterisk.md, "Records")."""
    assert max(_record(8, "answered"), _record(8), key=weight).outcome == "no_answer"


def test_a_branch_comes_after_its_call() -> None:
    branch = _record(30, call_id="1772442000.42")
    odd = _record(30, call_id="SIP/101-0000002a")
    assert sorted([branch, _record(30), odd], key=order) == [odd, _record(30), branch]
