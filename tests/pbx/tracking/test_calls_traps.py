"""Traps for call tracking: repeats, disorder, losses, two ids for one call, calls side by side."""

from itertools import permutations

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent, CallRecordReport, PbxEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallOutcome, CallState

from .call_stage import OUTSIDE, Stage, call_id, phone_report, record, report

A, B = call_id(40), call_id(50, later=6)
PAIR = call_id(42)
"""The second id under which OpenVox reports the call A."""


def answered_call() -> list[PbxEvent]:
    """Return all reports of an internal call that was answered."""
    return [
        phone_report("102", ExtensionStatus.RINGING),
        report(CallEvent.RINGING, A, "102", "101"),
        report(CallEvent.DIALING, A, "101"),
        report(CallEvent.ANSWER, A, "102", "101"),
        report(CallEvent.ANSWERED, A, "101", "102"),
        report(CallEvent.ENDED, A, "101", "102"),
        report(CallEvent.ENDED, A, "102", "101"),
        CallRecordReport(name="NewCdr", record=record(A, "answered", "101", "102")),
    ]


def test_reports_sent_three_times_are_told_once() -> None:
    stage = Stage()
    for each in answered_call():
        stage.take(each, each, each)
        stage.wait(0.5)
    assert stage.told == ["dialing 101", "ringing 102", "answered 102 101", "ended 102 101"]


def test_reports_in_any_order_make_one_answered_call() -> None:
    for order in permutations(answered_call()[1:6]):
        stage = Stage()
        for each in (*order, answered_call()[-1]):
            stage.take(each)
            stage.wait(0.2)
        told = [change.type for change in stage.changes]
        assert len(told) == len(set(told)), order
        stage.wait(10)
        call = stage.end_of_all()
        assert call.outcome is CallOutcome.ANSWERED, order


@pytest.mark.parametrize("lost", range(7))
def test_any_one_report_may_be_lost(lost: int) -> None:
    stage = Stage()
    for index, each in enumerate(answered_call()):
        if index != lost:
            stage.take(each)
            stage.wait(1)
    assert stage.end_of_all().outcome is CallOutcome.ANSWERED


def test_lost_record_of_an_answered_call_is_made_up_for() -> None:
    stage = Stage()
    for each in answered_call()[:-1]:
        stage.take(each)
    assert not stage.tracker.active
    call = stage.end()
    assert call.outcome is CallOutcome.ANSWERED


def test_lost_record_of_a_call_that_rang_and_was_hung_up_costs_no_missed_call() -> None:
    """A reading confirms that it is gone."""
    stage = Stage()
    stage.ring(A, "102", "101")
    stage.alert(A, "101")
    stage.bye(A, "101", "102")
    stage.wait(20)
    assert stage.told == ["dialing 101", "ringing 102"]
    stage.resync(x101=ExtensionStatus.IDLE, x102=ExtensionStatus.IDLE)
    assert stage.end().outcome is CallOutcome.MISSED


def test_everything_after_the_record_is_ignored() -> None:
    stage = Stage()
    for each in answered_call():
        stage.take(each)
    stage.end_of_all()
    stage.wait(20)
    for each in answered_call():
        stage.take(each)
    stage.status(A, "101 talk", "102 talk")
    stage.status(A)
    stage.wait(20)
    assert stage.told == []
    assert not stage.tracker.active
    assert stage.tracker.find(A) is not None


def test_two_calls_at_once_on_one_extension_and_one_ends() -> None:
    stage = Stage()
    stage.ring(A, "102", "101")
    stage.answer(A, "102", "101")
    stage.wait(5)
    stage.ring(B, "102", f"in {OUTSIDE}>102", leg_id=B)
    assert len(stage.tracker.calls_of("102")) == 2
    assert stage.tracker.status_of("102") is ExtensionStatus.BUSY
    stage.bye(A, "101", "102")
    stage.cdr(A, "answered", "101", "102")
    assert [call.call_id for call in stage.tracker.calls_of("102")] == [B]
    assert stage.tracker.status_of("102") is ExtensionStatus.RINGING
    assert stage.tracker.active[B].state is CallState.RINGING


class TestTwoIdsForOneCall:
    """OpenVox reports one call under two ids."""

    def test_outbound(self) -> None:
        stage = Stage()
        stage.alert(PAIR, "101")
        stage.ring(A, f"out 101>{OUTSIDE}", "101", leg_id=A)
        stage.answer(PAIR, "101", f"out 101>{OUTSIDE}", leg_id=A)
        assert list(stage.tracker.active) == [PAIR]
        assert stage.tracker.find(A) == stage.tracker.find(PAIR)
        stage.bye(A, f"out 101>{OUTSIDE}", "101", leg_id=A)
        stage.bye(PAIR, "101", f"out 101>{OUTSIDE}", leg_id=A)
        stage.cdr(A, "answered", "101", OUTSIDE, direction="outbound")
        assert stage.told == ["dialing 101", "answered 101", "ended 101"]

    def test_inbound(self) -> None:
        stage = Stage()
        stage.ring(PAIR, "102", f"in {OUTSIDE}>102", leg_id=A)
        stage.alert(PAIR, f"in {OUTSIDE}>102", leg_id=A)
        stage.answer(A, "102", f"in {OUTSIDE}>102", leg_id=A)
        stage.bye(A, "102", f"in {OUTSIDE}>102", leg_id=A)
        stage.bye(PAIR, f"in {OUTSIDE}>102", "102", leg_id=A)
        stage.cdr(A, "answered", OUTSIDE, "102", direction="inbound")
        assert stage.told == ["ringing 102", "answered 102", "ended 102"]

    @pytest.mark.parametrize("later", [0, 1])
    def test_internal_second_hang_up(self, later: int) -> None:
        stage = Stage()
        pair = call_id(42, later)
        stage.ring(A, "102", "101")
        stage.answer(A, "102", "101")
        stage.bye(A, "102", "101")
        stage.cdr(A, "answered", "101", "102")
        stage.bye(pair, "101", "102")
        stage.wait(20)
        assert stage.told == ["dialing 101", "ringing 102", "answered 102 101", "ended 102 101"]

    def test_second_hang_up_alone(self) -> None:
        stage = Stage()
        stage.ring(A, "102", "101")
        stage.answer(A, "102", "101")
        stage.bye(PAIR, "101", "102")
        assert stage.end().outcome is CallOutcome.ANSWERED

    def test_calls_of_others_with_ids_side_by_side_stay_apart(self) -> None:
        stage = Stage()
        stage.ring(A, "102", "101")
        stage.ring(PAIR, "104", "103")
        stage.ring(call_id(41), "105", "101")
        assert len(stage.tracker.active) == 3


class TestRecords:
    """Records of legs, records of nothing."""

    def test_empty_record_beside_an_answered_call(self) -> None:
        stage = Stage()
        for each in answered_call():
            stage.take(each)
        stage.cdr(call_id(47), "no_answer", "101", "102", duration=1)
        assert stage.end_of_all().outcome is CallOutcome.ANSWERED
        stage.wait(20)
        assert stage.told == []

    @pytest.mark.parametrize("number", [40, 47])
    def test_empty_record_first(self, number: int) -> None:
        stage = Stage()
        stage.cdr(call_id(number), "no_answer", "101", "102", duration=0)
        stage.wait(1)
        stage.cdr(A, "answered", "101", "102")
        assert stage.end().outcome is CallOutcome.ANSWERED

    def test_empty_record_of_nothing(self) -> None:
        stage = Stage()
        stage.cdr(A, "no_answer", "101", "102", duration=0)
        stage.wait(20)
        assert stage.told == []
        assert not stage.tracker.active

    def test_record_twice(self) -> None:
        stage = Stage()
        stage.cdr(A, "no_answer", "101", "102")
        stage.wait(1)
        stage.cdr(A, "no_answer", "101", "102")
        assert stage.end().outcome is CallOutcome.MISSED
        stage.cdr(A, "no_answer", "101", "102")
        stage.wait(20)
        assert stage.told == []


def test_mobile_phone_of_an_extension_answers() -> None:
    stage = Stage()
    inbound, mobile = f"in {OUTSIDE}>102", "out 102>01701"
    stage.status(A, f"{inbound} alert", "102 ring", f"{mobile} ring")
    stage.status(A, f"{inbound} talk", f"{mobile} talk")
    stage.status(A, "102 bye")
    stage.status(A, f"{inbound} bye")
    stage.status(A, f"{mobile} bye")
    stage.cdr(A, "answered", OUTSIDE, "102", direction="outbound", source_trunk="line-1")
    call = stage.end()
    assert (call.outcome, call.direction, call.answered_by) == ("answered", "inbound", "01701")


def test_nonsense_raises_nothing_and_leaves_nothing() -> None:
    stage = Stage()
    for event in CallEvent:
        for legs in ((), ("101",), ("101", "101"), (f"in {OUTSIDE}>",), ("out >", "out >")):
            for each in ("", "nonsense", A, "9999999999.999999999999"):
                stage.say(event, each, *legs)
    stage.cdr(A, "", "", "", started=None, duration=None, talk_duration=None)
    stage.cdr("9999999999.1", "answered", "", "", duration=10**12)
    stage.read(record(call_id(9), "odd", "a", "b", started=None))
    stage.wait(60)
    stage.resync()
    stage.wait(60)
    assert not stage.tracker.active


def test_hold_and_resume_soon_after_the_answer() -> None:
    """The report of the resume equals that of the answer, and is no repeat of it."""
    stage = Stage(keeps_records=True)
    stage.status(A, "101 alert", "102 ring")
    stage.status(A, "101 talk", "102 talk")
    assert stage.told
    stage.wait(4)
    stage.status(A, "101 talk", "102 hold")
    assert stage.told == ["held 101 102"]
    stage.status(A, "101 talk", "102 talk")  # the answer once more, late
    assert not stage.told
    stage.wait(4)
    stage.status(A, "101 talk", "102 talk")
    assert stage.told == ["resumed 101 102"]
    stage.wait(4)
    stage.status(A, "101 talk", "102 hold")
    assert stage.told == ["held 101 102"]
