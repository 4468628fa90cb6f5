"""Calls of a PBX whose clock is off: the times of ids and records are moved to our clock."""

from datetime import timedelta

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallOutcome, TrackedCall

from .call_stage import OUTSIDE, START, Stage, call_id, ends, with_phones

OFF = pytest.mark.parametrize("ahead", [-3600, -20, -4, 0, 4, 100])
EITHER = pytest.mark.parametrize("keeps_records", [False, True])
LINE = f"in {OUTSIDE}>101"
INBOUND = {"direction": "inbound", "source_trunk": "line-1"}


def off_by(ahead: int, *, keeps_records: bool) -> Stage:
    """Return a stage whose PBX has a clock that is ahead by so many seconds."""
    stage = with_phones(keeps_records=keeps_records)
    stage.tracker.index.ahead = timedelta(seconds=ahead)
    stage.now = START + timedelta(seconds=10)
    return stage


def its(number: int, ahead: int) -> str:
    """Return an id that the PBX gives ten seconds after the start."""
    return call_id(number, later=10 + ahead)


def seconds(call: TrackedCall) -> tuple[int | None, int | None]:
    """Return the seconds of ringing, and of talk."""
    return call.ring_seconds, call.talk_seconds


@OFF
@EITHER
def test_an_answered_call_takes_as_long_as_it_took(ahead: int, keeps_records: bool) -> None:
    stage, one = off_by(ahead, keeps_records=keeps_records), its(40, ahead)
    stage.ring(one, "101", LINE, leg_id=one)
    stage.wait(3)
    stage.answer(one, "101", LINE, leg_id=one)
    stage.wait(7)
    stage.bye(one, LINE, "101", leg_id=one)
    stage.cdr(one, "answered", OUTSIDE, "101", duration=10, talk_duration=7, **INBOUND)
    call = stage.end()
    assert seconds(call) == (3, 7)
    assert (call.started, call.ended) == (
        START + timedelta(seconds=10),
        START + timedelta(seconds=20),
    )


@OFF
@EITHER
def test_a_missed_call_rang_as_long_as_it_rang(ahead: int, keeps_records: bool) -> None:
    stage, one = off_by(ahead, keeps_records=keeps_records), its(40, ahead)
    stage.ring(one, "101", LINE, leg_id=one)
    stage.wait(5)
    stage.phone("101", ExtensionStatus.IDLE)
    stage.cdr(one, "no_answer", OUTSIDE, "101", duration=5, **INBOUND)
    stage.wait(3)
    stage.resync()
    assert seconds(stage.end()) == (5, 0)


@OFF
def test_the_record_of_a_branch_is_of_its_call(ahead: int) -> None:
    stage, one, branch = off_by(ahead, keeps_records=False), its(40, ahead), its(42, ahead)
    stage.phone("101", ExtensionStatus.BUSY)
    stage.cdr(branch, "busy", "101", "102", duration=0)
    stage.say(CallEvent.FAILED, one, "102", "101", reason="busy")
    stage.cdr(one, "busy", "101", "102", duration=0)
    stage.phone("101", ExtensionStatus.IDLE)
    stage.wait(40)
    assert ends(stage) == [(one, CallOutcome.BUSY)]


@OFF
def test_a_record_alone_tells_the_time_of_its_call(ahead: int) -> None:
    stage = off_by(ahead, keeps_records=True)
    stage.wait(300)
    stage.cdr(its(40, ahead), "no_answer", OUTSIDE, "101", duration=5, **INBOUND)
    call = stage.end()
    assert (call.started, call.ended) == (
        START + timedelta(seconds=10),
        START + timedelta(seconds=15),
    )


WRONG = pytest.mark.parametrize("wrong", [timedelta(days=-1000), timedelta(hours=-8)])


@WRONG
@EITHER
def test_an_answered_call_does_not_end_before_it_began(
    wrong: timedelta, keeps_records: bool
) -> None:
    """Its reports tell when it ended, if its record has the time of a wrong clock."""
    stage, one = off_by(0, keeps_records=keeps_records), its(40, 0)
    began = stage.now
    stage.ring(one, "101", LINE, leg_id=one)
    stage.wait(3)
    stage.answer(one, "101", LINE, leg_id=one)
    stage.wait(7)
    stage.bye(one, LINE, "101", leg_id=one)
    talked = {"started": began + wrong, "duration": 10, "talk_duration": 7}
    stage.cdr(one, "answered", OUTSIDE, "101", **talked, **INBOUND)
    call = stage.end()
    assert seconds(call) == (3, 7)
    assert call.answered == began + timedelta(seconds=3)
    assert (call.started, call.ended) == (began, began + timedelta(seconds=10))


@WRONG
@EITHER
def test_a_missed_call_does_not_end_before_it_began(wrong: timedelta, keeps_records: bool) -> None:
    stage, one = off_by(0, keeps_records=keeps_records), its(40, 0)
    began = stage.now
    stage.ring(one, "101", LINE, leg_id=one)
    stage.wait(5)
    stage.phone("101", ExtensionStatus.IDLE)
    stage.cdr(one, "no_answer", OUTSIDE, "101", started=began + wrong, duration=5, **INBOUND)
    stage.wait(3)
    stage.resync()
    call = stage.end()
    assert seconds(call) == (5, 0)
    assert (call.started, call.ended) == (began, began + timedelta(seconds=5))


@EITHER
def test_a_record_in_time_is_more_exact_than_whole_seconds(keeps_records: bool) -> None:
    """The clock can be read to a second, and is off by a little more."""
    stage, one = off_by(0, keeps_records=keeps_records), its(40, -1)
    stage.ring(one, "101", LINE, leg_id=one)
    stage.wait(3)
    stage.phone("101", ExtensionStatus.IDLE)
    stage.cdr(one, "no_answer", OUTSIDE, "101", duration=3, **INBOUND)
    stage.wait(3)
    stage.resync()
    assert seconds(stage.end()) == (3, 0)
