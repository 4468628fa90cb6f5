"""Calls that were up before Home Assistant, the PBX or the link came back."""

from datetime import timedelta

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent, CallReport
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallEventType, CallOutcome, CallState

from .call_stage import ONE, OUTSIDE, START, Stage, call_id, leg, shown

B = call_id(60, later=9)
MOBILE = call_id(44)
LINE = f"in {OUTSIDE}>102"
BUSY, RINGING = ExtensionStatus.BUSY, ExtensionStatus.RINGING


def test_call_up_at_start_is_followed_from_then_on() -> None:
    stage = Stage(started=False)
    stage.resync(shown(ONE, f"{LINE} alert", "102 ring"))
    assert stage.tracker.active[ONE].state is CallState.RINGING
    assert stage.told == []
    stage.status(ONE, f"{LINE} talk", "102 talk")
    assert stage.told == ["answered 102"]
    stage.key(ONE, "102", "5", 0)
    assert stage.told == ["dtmf 102"]
    stage.status(ONE, f"{LINE} bye", "102 bye")
    stage.cdr(ONE, "answered", OUTSIDE, "102", direction="inbound")
    assert stage.told == ["ended 102"]


def test_a_call_that_a_later_reading_shows_was_up_before_the_first() -> None:
    """Of many extensions in calls, some are asked at each reading."""
    stage = Stage(started=False)
    stage.now += timedelta(seconds=5)
    stage.resync(x101=BUSY, x102=BUSY, x103=BUSY, x104=BUSY)
    stage.wait(30)
    talk = shown(ONE, "101 talk", "102 talk")
    stage.resync(talk, asked=1, queried=("101",), x101=BUSY, x102=BUSY, x103=BUSY, x104=BUSY)
    assert stage.told == []
    new = shown(call_id(60, later=20), "103 talk", "104 talk")
    stage.resync(talk, new, queried=("103",), x101=BUSY, x102=BUSY, x103=BUSY, x104=BUSY)
    assert stage.told == ["answered 103 104"]


def test_a_call_that_was_on_hold_before_the_first_reading() -> None:
    """Its list says that all talk; the status of the phone, that it holds."""
    stage = Stage(started=False)
    held, line = ExtensionStatus.ON_HOLD, f"in {OUTSIDE}>102"
    talk, other = shown(ONE, f"{line} talk", "102 talk"), shown(call_id(60), "103 talk", "104 talk")
    for _ in range(2):
        stage.resync(talk, other, x102=held, x103=BUSY, x104=BUSY)
        assert stage.told == []
        assert stage.tracker.active[ONE].state is CallState.ON_HOLD
        assert stage.tracker.active[other.call_id].state is CallState.TALKING
        stage.wait(30)
    stage.resync(talk, other, x102=BUSY, x103=BUSY, x104=BUSY)
    assert stage.told == ["resumed 102"]


def test_the_first_reading_does_not_tell_which_of_two_calls_is_on_hold() -> None:
    stage = Stage(started=False)
    calls = shown(ONE, "101 talk", "102 talk"), shown(call_id(60), "103 talk", "101 talk")
    stage.resync(*calls, x101=ExtensionStatus.ON_HOLD, x102=BUSY, x103=BUSY)
    assert {each.state for each in stage.tracker.active.values()} == {CallState.TALKING}
    assert stage.told == []


@pytest.mark.parametrize("keeps_records", [False, True])
def test_two_lines_that_turn_out_to_be_one_call_are_no_answer(keeps_records: bool) -> None:
    """It was forwarded outside, and answered there, before the start; two lists show it."""
    line, away = f"in {OUTSIDE}>101", f"out {OUTSIDE}>01701"
    stage = Stage(keeps_records=keeps_records, started=False)
    stage.now += timedelta(seconds=5)
    lines = shown(ONE, f"{line} talk", leg_id=ONE), shown(MOBILE, f"{away} talk", leg_id=MOBILE)
    stage.resync(*lines, x101=ExtensionStatus.IDLE)
    stage.wait(30)
    legs = leg(line, ONE), leg(away, MOBILE)
    stage.take(CallReport(name="BYE", call_id=ONE, event=CallEvent.ENDED, legs=legs))
    talk = {"direction": "inbound", "duration": 35, "talk_duration": 33}
    stage.cdr(ONE, "answered", OUTSIDE, "101", **talk)
    (change,) = stage.changes
    assert (change.type, change.call.outcome) == (CallEventType.ENDED, CallOutcome.ANSWERED)
    assert change.call.talk_seconds == 33


def test_boot_ends_all_calls() -> None:
    stage = Stage()
    stage.answer(ONE, "102", LINE, leg_id=ONE)
    stage.ring(B, "104", "103")
    stage.boot()
    assert not stage.tracker.active
    stage.wait(10)
    ends = [change for change in stage.changes if change.type == "ended"]
    assert {change.call.outcome for change in ends} == {
        CallOutcome.ANSWERED,
        CallOutcome.UNKNOWN,
    }
    assert not any(change.late for change in ends)  # they were up a moment before


@pytest.mark.parametrize("keeps_records", [False, True])
def test_an_id_that_comes_again_after_a_boot_ends_the_call_that_had_it(
    keeps_records: bool,
) -> None:
    stage = Stage(keeps_records=keeps_records)
    stage.ring(ONE, "102", LINE, leg_id=ONE)
    assert stage.told == ["ringing 102"]
    stage.boot()
    stage.ring(ONE, "104", "103")
    assert stage.told == ["ended 102", "dialing 103", "ringing 104"]
    for each in ("102", "103", "104"):
        stage.phone(each, ExtensionStatus.IDLE)
    stage.cdr(ONE, "no_answer", "103", "104")
    stage.wait(60)
    assert [told for told in stage.told if told.startswith("ended")] == ["ended 104 103"]
    assert not stage.tracker.active


def test_call_found_after_the_link_was_lost_began_unseen() -> None:
    stage = Stage()
    stage.tracker.link_lost()
    stage.resync(shown(ONE, f"{LINE} alert", "102 ring"))
    assert stage.told == []
    assert stage.status_of("102") is ExtensionStatus.RINGING


@pytest.mark.parametrize("keeps_records", [False, True])
def test_a_call_that_goes_on_after_a_boot_is_the_same_one(keeps_records: bool) -> None:
    """Some report a start when only their API is started again, or twice (pbx-api, "Reports")."""
    stage = Stage(keeps_records=keeps_records)
    stage.ring(ONE, "102", LINE, leg_id=ONE)
    stage.wait(2)
    stage.boot()
    stage.wait(1)
    stage.answer(ONE, "102", LINE, leg_id=ONE)
    assert stage.told == ["ringing 102", "answered 102"]
    assert list(stage.tracker.active) == [ONE]
    stage.wait(9)
    stage.bye(ONE, "102", LINE, leg_id=ONE)
    stage.cdr(ONE, "answered", OUTSIDE, "102", direction="inbound", duration=12, talk_duration=9)
    end = stage.end()
    assert (end.outcome, end.answered_by, end.talk_seconds) == (CallOutcome.ANSWERED, "102", 9)


def test_so_is_one_that_a_reading_shows_after_a_boot() -> None:
    stage = Stage()
    stage.ring(call_id(42), "102", LINE, leg_id=ONE)
    stage.boot()
    stage.wait(1)
    stage.resync(shown(ONE, f"{LINE} alert", leg_id=ONE), x102=ExtensionStatus.RINGING)
    assert list(stage.tracker.active) == [call_id(42)]
    stage.wait(10)
    assert stage.told == ["ringing 102"]


def test_members_that_talk_when_they_are_first_heard_of_may_have_done_so_for_long() -> None:
    """A call on hold while Home Assistant started was resumed; its record tells the talk."""
    stage = Stage(keeps_records=True)
    stage.status(ONE, f"{LINE} talk", "102 talk")
    stage.wait(5)
    stage.status(ONE, f"{LINE} bye", "102 bye")
    stage.cdr(ONE, "answered", OUTSIDE, "102", direction="inbound", duration=50, talk_duration=45)
    assert stage.end().talk_seconds == 45


@pytest.mark.parametrize("recorded", [False, True])
def test_of_a_talk_that_goes_on_only_its_record_tells_since_when(*, recorded: bool) -> None:
    stage = Stage(started=False)
    stage.wait(40)
    stage.resync(shown(ONE, f"{LINE} talk", "102 talk"))
    assert stage.tracker.active[ONE].answered is None
    stage.wait(20)
    stage.bye(ONE, "102", LINE)
    if recorded:
        more = {"duration": 60, "talk_duration": 57, "direction": "inbound"}
        stage.cdr(ONE, "answered", OUTSIDE, "102", **more)
    call = stage.end()
    assert call.answered == (START + timedelta(seconds=3) if recorded else None)


def test_a_talk_that_had_been_passed_on_is_as_long_as_its_record_says() -> None:
    """It rings at 103 when Home Assistant starts: 102 had answered, and has gone."""
    stage = Stage(started=False)
    stage.wait(40)
    busy, ringing = ExtensionStatus.BUSY, ExtensionStatus.RINGING
    stage.resync(shown(ONE, f"{LINE} talk", "103 talk"), x102=ExtensionStatus.IDLE, x103=ringing)
    stage.wait(4)
    stage.phone("103", busy)
    stage.answer(ONE, "103", LINE, leg_id=ONE)
    stage.wait(2)
    stage.bye(ONE, "103", LINE)
    more = {"duration": 46, "talk_duration": 43, "direction": "inbound"}
    stage.cdr(ONE, "answered", OUTSIDE, "102", **more)
    call = stage.end()
    assert (call.answered_by, call.talk_seconds, call.ring_seconds) == ("", 43, None)
    assert call.answered == START + timedelta(seconds=3)
