"""Ring groups: one call, however many phones ring for it and leave records."""

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallOutcome, CallState

from .call_stage import ONE, OUTSIDE, Stage, call_id, with_phones

ITS_SECOND = call_id(42)
GROUP = ("101", "102", "103", "104", "105")
LINE = f"in {OUTSIDE}>620"
BUSY, IDLE, RINGING = ExtensionStatus.BUSY, ExtensionStatus.IDLE, ExtensionStatus.RINGING


def ring_group(stage: Stage) -> None:
    for member in GROUP:
        stage.ring(ONE, member, LINE, leg_id=ONE)
    stage.alert(ONE, LINE, leg_id=ONE)


def test_group_of_five_rings_as_one_call() -> None:
    stage = Stage()
    ring_group(stage)
    assert stage.told == ["ringing 101", *(f"ringing {each} too" for each in GROUP[1:])]
    assert len(stage.tracker.active) == 1


def test_group_of_five_one_answers_and_nobody_missed_it() -> None:
    stage = Stage()
    ring_group(stage)
    stage.answer(ONE, "103", LINE, leg_id=ONE)
    for member in ("101", "102", "104", "105"):
        stage.bye(ONE, member, LINE, leg_id=ONE)
        assert stage.status_of(member) is None
    assert stage.tracker.active[ONE].state is CallState.TALKING
    for member in ("101", "102"):
        stage.cdr(ONE, "no_answer", OUTSIDE, member, direction="inbound")
    assert stage.tracker.active, "a record of a leg that lost does not end the call"
    stage.wait(20)
    stage.bye(ONE, "103", LINE, leg_id=ONE)
    stage.cdr(ONE, "answered", OUTSIDE, "620", direction="inbound")
    call = stage.end()
    assert (call.outcome, call.answered_by, call.missed_by) == ("answered", "103", ())
    assert call.rang == GROUP


def test_group_of_five_nobody_answers_is_one_missed_call_of_all_five() -> None:
    stage = Stage()
    ring_group(stage)
    stage.bye(ONE, LINE, "101", leg_id=ONE)
    for member in GROUP:
        stage.cdr(ONE, "no_answer", OUTSIDE, member, direction="inbound")
    call = stage.end()
    assert (call.outcome, call.missed_by) == (CallOutcome.MISSED, GROUP)


def test_group_of_which_only_phones_and_the_record_tell() -> None:
    stage = Stage()
    for member in GROUP:
        stage.phone(member, ExtensionStatus.RINGING)
    stage.wait(9)
    for member in GROUP:
        stage.phone(member, ExtensionStatus.IDLE)
    stage.cdr(ONE, "no_answer", OUTSIDE, "620", direction="inbound")
    call = stage.end()
    assert (call.outcome, call.missed_by) == (CallOutcome.MISSED, GROUP)


def test_member_of_a_group_that_cannot_be_reached_does_not_end_the_call() -> None:
    stage = Stage()
    ring_group(stage)
    stage.say(CallEvent.FAILED, ONE, "105", LINE, leg_id=ONE, reason="busy")
    stage.wait(20)
    assert stage.tracker.active[ONE].state is CallState.RINGING
    stage.bye(ONE, LINE, "101", leg_id=ONE)
    stage.cdr(ONE, "no_answer", OUTSIDE, "620", direction="inbound")
    assert stage.end().outcome is CallOutcome.MISSED


class TestLosers:
    """Members of a group for whom the call ends when another one answers; who rang is not known."""

    def test_their_end_is_not_that_of_the_call(self) -> None:
        stage = Stage()
        stage.answer(ONE, "102", "101")
        stage.bye(ONE, "105", "101")
        stage.wait(20)
        assert [call.state for call in stage.tracker.calls_of("101")] == ["talking"]
        stage.bye(ONE, "102", "101")
        stage.cdr(ONE, "answered", "101", "6700")
        assert stage.end_of_all().outcome is CallOutcome.ANSWERED

    def test_who_got_the_call_passed_on_is_none(self) -> None:
        stage = Stage()
        stage.answer(ONE, "102", "101")
        stage.wait(10)
        stage.say(CallEvent.TRANSFER, ONE, "105", "102")
        stage.wait(10)
        stage.bye(ONE, "105", "102")  # that 105 answered is lost
        stage.bye(ITS_SECOND, "102", "105")
        assert stage.end().outcome is CallOutcome.ANSWERED


class TestOnALineThatIsNotShown:
    """Its phones ring alone, each under the id of its branch (OpenVox)."""

    def test_a_group_rings_as_one_call(self) -> None:
        stage = Stage()
        for branch, member in enumerate(GROUP[:3]):
            stage.ring(call_id(42 + 2 * branch), member)
        assert stage.told == ["ringing 101", "ringing 102 too", "ringing 103 too"]
        stage.wait(4)
        stage.answer(ONE, "102")
        stage.wait(20)
        stage.bye(ONE, "102")
        stage.cdr(ONE, "answered", OUTSIDE, "620", direction="inbound", duration=24)
        call = stage.end()
        assert (call.caller, call.answered_by, call.missed_by) == (OUTSIDE, "102", ())

    def test_calls_at_once_ring_apart(self) -> None:
        """Each has ids for its line, both ends of a channel, and the phone."""
        stage = Stage()
        stage.ring(call_id(42), "101")
        stage.ring(call_id(46), "102")
        assert len(stage.tracker.active) == 2


@pytest.mark.parametrize("dials", [True, False])
def test_a_member_that_is_picked_up_while_the_group_rings_on_has_not_answered(dials: bool) -> None:
    """It dials out, or is a moment too late."""
    stage, line, other = with_phones(), f"in {OUTSIDE}>6200", call_id(60, later=1)
    for number, phone in enumerate(("101", "102")):
        stage.ring(call_id(42 + 2 * number), phone, line, leg_id=ONE)
        stage.phone(phone, RINGING)
    stage.wait(2)
    stage.phone("101", BUSY)
    if dials:
        stage.ring(other, f"out 101>{OUTSIDE}9", "101", leg_id=other)
    stage.wait(2)
    stage.phone("102", BUSY)
    stage.answer(ONE, "102", line, leg_id=ONE)
    stage.wait(5)
    stage.bye(ONE, line, "102", leg_id=ONE)
    stage.cdr(ONE, "answered", OUTSIDE, "6200", direction="inbound", duration=9)
    assert stage.end_of_one().answered_by == "102"
