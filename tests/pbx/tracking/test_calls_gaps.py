"""Repairs by a reading: calls up at start, calls that ended unseen, reports newer than it."""

from datetime import timedelta

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus, LegKind
from custom_components.ippbx.pbx.model.tracked import CallOutcome, CallState
from custom_components.ippbx.pbx.tracking.calls import MAX_FINISHED, MAX_LIVE

from .call_stage import OUTSIDE, Stage, call_id, record, shown

A, B = call_id(40), call_id(60, later=9)
LINE = f"in {OUTSIDE}>102"
IDLE, BUSY = ExtensionStatus.IDLE, ExtensionStatus.BUSY


def test_call_up_at_start_is_followed_from_then_on() -> None:
    stage = Stage(started=False)
    stage.resync(shown(A, f"{LINE} alert", "102 ring"))
    assert stage.tracker.active[A].state is CallState.RINGING
    assert stage.told == []
    stage.status(A, f"{LINE} talk", "102 talk")
    assert stage.told == ["answered 102"]
    stage.key(A, "102", "5", 0)
    assert stage.told == ["dtmf 102"]
    stage.status(A, f"{LINE} bye", "102 bye")
    stage.cdr(A, "answered", OUTSIDE, "102", direction="inbound")
    assert stage.told == ["ended 102"]


def test_call_whose_first_reports_were_lost_is_found_by_a_reading() -> None:
    stage = Stage()
    stage.resync(shown(A, f"{LINE} alert", "102 ring"))
    assert stage.told == ["ringing 102"]
    stage.ring(A, "102", LINE, leg_id=A)
    assert stage.told == []


def test_call_that_the_pbx_does_not_know_any_more_ends() -> None:
    stage = Stage()
    stage.answer(A, "102", LINE, leg_id=A)
    stage.wait(10)
    stage.resync()
    assert not stage.tracker.active
    call = stage.end()
    assert call.outcome is CallOutcome.ANSWERED


def test_call_that_nothing_decides_is_unknown_where_the_pbx_keeps_no_records() -> None:
    stage = Stage()
    stage.ring(A, "102", LINE, leg_id=A)
    stage.wait(10)
    stage.resync()
    assert stage.end().outcome is CallOutcome.UNKNOWN


def test_call_that_nothing_decides_waits_for_its_record() -> None:
    stage = Stage(keeps_records=True)
    stage.ring(A, "102", LINE, leg_id=A)
    stage.wait(10)
    stage.resync()
    wanted = stage.tracker.wants_records
    assert wanted is not None
    assert wanted < stage.now - timedelta(seconds=10)
    stage.read(record(B, "answered", "103", "104"))
    assert stage.tracker.wants_records is None, "not again at once"
    stage.wait(20)
    stage.changes.clear()
    stage.read(
        record(B, "answered", "103", "104"),
        record(A, "no_answer", OUTSIDE, "102", direction="inbound"),
    )
    call = stage.end()
    assert (call.outcome, call.missed_by) == (CallOutcome.MISSED, ("102",))
    assert stage.tracker.wants_records is None


def test_nobody_waits_for_a_record_for_ever() -> None:
    stage = Stage(keeps_records=True)
    stage.ring(A, "102", LINE, leg_id=A)
    stage.wait(10)
    stage.resync()
    stage.wait(50)
    assert [change.call.outcome for change in stage.changes if change.type == "ended"] == [
        CallOutcome.UNKNOWN
    ]
    assert stage.tracker.settle_due is None


def test_what_was_reported_since_the_reading_began_is_newer() -> None:
    stage = Stage()
    stage.ring(A, "102", LINE, leg_id=A)
    stage.resync(asked=0.5)
    assert A in stage.tracker.active, "it began after the reading did"
    stage.wait(20)
    stage.answer(A, "102", LINE, leg_id=A)
    stage.resync(asked=0.5)
    assert stage.tracker.active[A].state is CallState.TALKING
    stage.resync(shown(A, f"{LINE} alert", "102 ring"), asked=0.5)
    assert stage.tracker.active[A].state is CallState.TALKING


def test_internal_call_ends_when_a_phone_of_it_is_idle() -> None:
    stage = Stage()
    stage.ring(A, "102", "101")
    stage.answer(A, "102", "101")
    stage.wait(20)
    stage.resync()
    assert A in stage.tracker.active, "no list shows calls between extensions"
    stage.resync(x101=BUSY, x102=BUSY)
    assert A in stage.tracker.active
    stage.resync(x101=BUSY, x102=IDLE)
    assert stage.end().outcome is CallOutcome.ANSWERED


def test_internal_call_ends_when_its_phones_were_asked_and_do_not_know_it() -> None:
    stage = Stage()
    stage.ring(A, "102", "101")
    stage.answer(A, "102", "101")
    stage.wait(20)
    assert stage.tracker.unsure_extensions == {"101", "102"}
    asked = ("101", "102")
    stage.resync(shown("", "101", "102"), queried=asked, x101=BUSY, x102=BUSY)
    assert A in stage.tracker.active
    stage.resync(shown(B, f"{LINE} talk", "102 talk"), queried=asked, x101=BUSY, x102=BUSY)
    assert [call.call_id for call in stage.tracker.calls_of("102")] == [B]


def test_call_that_goes_on_was_not_ended_by_a_failure_before() -> None:
    stage = Stage()
    stage.say(CallEvent.FAILED, A, "102", LINE, leg_id=A, reason="486 Busy Here")
    stage.wait(10)
    stage.resync(shown(A, f"{LINE} alert", "103 ring"))
    stage.wait(10)
    stage.resync()
    assert stage.end().outcome is CallOutcome.UNKNOWN


def test_boot_ends_all_calls() -> None:
    stage = Stage()
    stage.answer(A, "102", LINE, leg_id=A)
    stage.ring(B, "104", "103")
    stage.boot()
    assert not stage.tracker.active
    stage.wait(10)
    ends = [change for change in stage.changes if change.type == "ended"]
    assert {change.call.outcome for change in ends} == {
        CallOutcome.ANSWERED,
        CallOutcome.UNKNOWN,
    }
    assert all(change.late for change in ends)


def test_call_found_after_the_link_was_lost_began_unseen() -> None:
    stage = Stage()
    stage.tracker.link_lost()
    stage.resync(shown(A, f"{LINE} alert", "102 ring"))
    assert stage.told == []
    assert stage.tracker.status_of("102") is ExtensionStatus.RINGING


def test_api_v1_lists_the_two_lines_of_a_mobile_call_apart() -> None:
    stage = Stage()
    stage.ring(A, "102", f"in {OUTSIDE}>102", leg_id=A)
    stage.wait(5)
    stage.resync(
        shown(A, f"in {OUTSIDE}>102 alert", "102 ring", leg_id=A),
        shown(call_id(41), "out 102>01701 ring", leg_id=call_id(41)),
    )
    assert len(stage.tracker.active) == 1
    kinds = {leg.kind for leg in stage.tracker.active[A].legs}
    assert kinds == {LegKind.EXTENSION, LegKind.INBOUND, LegKind.OUTBOUND}


def test_memory_is_bounded() -> None:
    stage = Stage()
    for number in range(MAX_LIVE + 500):
        stage.ring(f"x{number}", f"p{number}", "101")
    assert len(stage.tracker.active) == MAX_LIVE
    for number in range(MAX_FINISHED + 500):
        stage.cdr(call_id(1000 + number), "answered", f"q{number}", "101")
        stage.wait(3)
    index = stage.tracker._index
    assert len(index._finished) <= MAX_FINISHED
    assert len(index._by_id) <= MAX_LIVE + MAX_FINISHED
    assert len(index._by_number) <= 2 * (MAX_LIVE + MAX_FINISHED)
    for number in range(1000):
        stage.ring(A, f"m{number}", "101")
    assert len(stage.tracker.active[A].legs) <= 64


def test_an_end_that_was_reported_is_no_late_one_because_a_reading_confirms_it() -> None:
    stage = Stage()
    stage.ring(A, "102", LINE, leg_id=A)
    stage.wait(20)
    stage.bye(A, LINE, "102", leg_id=A)
    stage.cdr(A, "no_answer", OUTSIDE, "102", direction="inbound")
    stage.wait(0.1)
    stage.resync()
    stage.wait(10)
    assert [(change.type, change.late) for change in stage.changes[-2:]] == [
        ("ended", False),
        ("missed", False),
    ]


def test_an_end_that_only_a_reading_finds_is_a_late_one() -> None:
    stage = Stage()
    stage.answer(A, "102", LINE, leg_id=A)
    stage.wait(20)
    stage.resync()
    stage.wait(10)
    assert [(change.type, change.late) for change in stage.changes[-1:]] == [("ended", True)]


@pytest.mark.parametrize(("unseen", "late"), [(1, False), (120, True)])
def test_an_end_that_a_reading_finds_is_as_late_as_its_record_says(unseen: int, late: bool) -> None:
    stage = Stage()
    stage.ring(A, "102", LINE, leg_id=A)
    stage.wait(20 + unseen)
    stage.resync()
    stage.cdr(A, "no_answer", OUTSIDE, "102", direction="inbound", duration=20)
    stage.wait(10)
    assert [(change.type, change.late) for change in stage.changes[-2:]] == [
        ("ended", late),
        ("missed", late),
    ]
