"""Calls with more than two legs: ring groups, queues, IVRs, holds and transfers."""

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus, LegState
from custom_components.ippbx.pbx.model.tracked import CallOutcome, CallState

from .call_stage import OUTSIDE, Stage, call_id

A, B = call_id(40), call_id(60, later=9)
LINE = f"in {OUTSIDE}>620"
GROUP = ("101", "102", "103", "104", "105")


def ring_group(stage: Stage) -> None:
    for member in GROUP:
        stage.ring(A, member, LINE, leg_id=A)
    stage.alert(A, LINE, leg_id=A)


def test_group_of_five_rings_as_one_call() -> None:
    stage = Stage()
    ring_group(stage)
    assert stage.told == ["ringing 101", *(f"ringing {each} too" for each in GROUP[1:])]
    assert len(stage.tracker.active) == 1


def test_group_of_five_one_answers_and_nobody_missed_it() -> None:
    stage = Stage()
    ring_group(stage)
    stage.answer(A, "103", LINE, leg_id=A)
    for member in ("101", "102", "104", "105"):
        stage.bye(A, member, LINE, leg_id=A)
        assert stage.tracker.status_of(member) is None
    assert stage.tracker.active[A].state is CallState.TALKING
    for member in ("101", "102"):
        stage.cdr(A, "no_answer", OUTSIDE, member, direction="inbound")
    assert stage.tracker.active, "a record of a leg that lost does not end the call"
    stage.wait(20)
    stage.bye(A, "103", LINE, leg_id=A)
    stage.cdr(A, "answered", OUTSIDE, "620", direction="inbound")
    call = stage.end()
    assert (call.outcome, call.answered_by, call.missed_by) == ("answered", "103", ())
    assert call.rang == GROUP


def test_group_of_five_nobody_answers_is_one_missed_call_of_all_five() -> None:
    stage = Stage()
    ring_group(stage)
    stage.bye(A, LINE, "101", leg_id=A)
    for member in GROUP:
        stage.cdr(A, "no_answer", OUTSIDE, member, direction="inbound")
    call = stage.end()
    assert (call.outcome, call.missed_by) == (CallOutcome.MISSED, GROUP)


def test_group_of_which_only_phones_and_the_record_tell() -> None:
    stage = Stage()
    for member in GROUP:
        stage.phone(member, ExtensionStatus.RINGING)
    stage.wait(9)
    for member in GROUP:
        stage.phone(member, ExtensionStatus.IDLE)
    stage.cdr(A, "no_answer", OUTSIDE, "620", direction="inbound")
    call = stage.end()
    assert (call.outcome, call.missed_by) == (CallOutcome.MISSED, GROUP)


def test_member_of_a_group_that_cannot_be_reached_does_not_end_the_call() -> None:
    stage = Stage()
    ring_group(stage)
    stage.say(CallEvent.FAILED, A, "105", LINE, leg_id=A, reason="486 Busy Here")
    stage.wait(20)
    assert stage.tracker.active[A].state is CallState.RINGING
    stage.bye(A, LINE, "101", leg_id=A)
    stage.cdr(A, "no_answer", OUTSIDE, "620", direction="inbound")
    assert stage.end().outcome is CallOutcome.MISSED


def test_queue_that_rings_one_after_another() -> None:
    stage = Stage()
    stage.status(A, f"{LINE} talk via 670")
    for member in ("101", "102"):
        stage.status(A, f"{LINE} alert via 670", f"{member} ring via 670")
        stage.wait(12)
        stage.status(A, f"{member} bye")
        stage.wait(4)
        assert A in stage.tracker.active, "the hang-up of a queue's leg does not end the call"
    assert stage.told == ["ringing 101", "ringing 102 too"]
    stage.status(A, f"{LINE} bye")
    stage.cdr(A, "no_answer", OUTSIDE, "670", direction="inbound")
    call = stage.end()
    assert (call.outcome, call.path, call.callee) == (CallOutcome.MISSED, "670", "670")
    assert call.missed_by == ("101", "102")


def test_ivr_that_takes_the_line_has_not_answered() -> None:
    stage = Stage()
    stage.status(A, f"{LINE} talk via 650")
    assert stage.told == []
    stage.status(A, f"{LINE} alert via 650", "101 ring via 650")
    stage.wait(15)
    stage.status(A, f"{LINE} bye")
    stage.status(A, "101 bye")
    stage.cdr(A, "no_answer", OUTSIDE, "650", direction="inbound")
    call = stage.end()
    assert (call.outcome, call.answered, call.path) == (CallOutcome.MISSED, None, "650")


def test_voicemail_has_not_answered() -> None:
    stage = Stage()
    stage.ring(A, "101", LINE, leg_id=A)
    stage.wait(15)
    stage.bye(A, "101", LINE, leg_id=A)
    stage.say(CallEvent.ANSWERED, A, LINE, leg_id=A)
    stage.wait(10)
    stage.bye(A, LINE, leg_id=A)
    stage.cdr(A, "voicemail", OUTSIDE, "101", direction="inbound", talk_duration=9)
    call = stage.end()
    assert (call.outcome, call.answered_by) == (CallOutcome.VOICEMAIL, "")


def test_hold_and_resume() -> None:
    stage = Stage()
    stage.status(A, "101 talk", "102 talk")
    stage.wait(5)
    assert stage.told == ["answered 101 102"]
    stage.status(A, "101 hold", "102 talk")
    assert stage.told == ["held 101 102"]
    assert stage.tracker.status_of("101") is ExtensionStatus.ON_HOLD
    assert stage.tracker.active[A].state is CallState.ON_HOLD
    stage.wait(12)
    stage.status(A, "101 talk", "102 talk")
    assert stage.told == ["resumed 101 102"]
    assert stage.tracker.active[A].state is CallState.TALKING


def test_hold_before_the_answer_it_follows_is_not_undone_by_it() -> None:
    stage = Stage()
    stage.status(A, "101 alert", "102 ring")
    stage.wait(5)
    stage.status(A, "101 hold", "102 talk")
    stage.status(A, "101 talk", "102 talk")
    assert stage.tracker.active[A].state is CallState.ON_HOLD
    assert stage.told == ["dialing 101", "ringing 102", "answered 101 102", "held 101 102"]


def test_hold_that_only_the_phone_tells() -> None:
    stage = Stage()
    stage.answer(A, "102", "101")
    stage.phone("101", ExtensionStatus.ON_HOLD)
    assert stage.told == ["answered 102 101", "held 102 101"]
    stage.wait(2)
    stage.phone("101", ExtensionStatus.BUSY)
    assert stage.told == ["resumed 102 101"]


def test_blind_transfer_by_phone() -> None:
    stage = Stage()
    stage.ring(A, "101", LINE, leg_id=A)
    stage.answer(A, "101", LINE, leg_id=A)
    stage.wait(9)
    stage.say(CallEvent.TRANSFER, A, "102", LINE, leg_id=A)
    stage.ring(A, "102", LINE, leg_id=A)
    assert stage.told == ["ringing 101", "answered 101", "transferred 101 102", "ringing 102 too"]
    assert stage.tracker.status_of("101") is None
    assert stage.tracker.active[A].state is CallState.RINGING
    stage.wait(5)
    stage.answer(A, "102", LINE, leg_id=A)
    assert stage.told == ["answered 102 too"]
    stage.wait(5)
    stage.bye(A, LINE, "102", leg_id=A)
    stage.cdr(A, "answered", OUTSIDE, "101", direction="inbound")
    call = stage.end()
    assert (call.outcome, call.answered_by, call.callee) == ("answered", "101", "101")


def test_transfer_that_was_asked_for_over_the_api_is_not_reported() -> None:
    stage = Stage()
    stage.answer(A, "101", LINE, leg_id=A)
    stage.wait(9)
    stage.bye(A, "101", LINE, leg_id=A)
    stage.ring(A, "102", LINE, leg_id=A)
    stage.wait(9)
    assert stage.tracker.active[A].state is CallState.RINGING
    stage.answer(A, "102", LINE, leg_id=A)
    stage.bye(A, LINE, "102", leg_id=A)
    stage.cdr(A, "answered", OUTSIDE, "101", direction="inbound")
    assert stage.end().outcome is CallOutcome.ANSWERED


def test_attended_transfer_joins_two_calls() -> None:
    stage = Stage()
    stage.status(A, f"{LINE} talk", "101 talk")
    stage.wait(5)
    stage.status(A, f"{LINE} talk", "101 hold")
    stage.status(B, "101 alert", "102 ring")
    assert len(stage.tracker.calls_of("101")) == 2
    stage.wait(5)
    stage.status(B, "101 talk", "102 talk")
    stage.wait(5)
    assert stage.told[-1] == "answered 101 102"
    stage.say(CallEvent.TRANSFER, A, "102", LINE)
    stage.status(B, "101 bye")
    stage.status(B, "102 bye")
    stage.cdr(B, "answered", "101", "102")
    stage.phone("101", ExtensionStatus.IDLE)
    assert stage.tracker.status_of("101") is None
    assert stage.tracker.status_of("102") is ExtensionStatus.BUSY
    assert [call.call_id for call in stage.tracker.calls_of("102")] == [A]
    stage.status(A, f"{LINE} bye")
    stage.status(A, "102 bye")
    assert stage.told == ["transferred 101 102", "ended 101 102"]
    stage.cdr(A, "answered", OUTSIDE, "101", direction="inbound")
    assert stage.end().outcome is CallOutcome.ANSWERED


def test_call_made_over_the_api_rings_who_makes_it_first() -> None:
    stage = Stage()
    stage.ring(A, "101")
    stage.answer(A, "101")
    stage.wait(3)
    stage.ring(A, "102", "101")
    stage.alert(A, "101")
    (call,) = stage.tracker.active.values()
    assert (call.caller, call.rang, call.answered) == ("101", ("102",), None)
    assert {each.extension: each.state for each in call.legs} == {
        "101": LegState.DIALING,
        "102": LegState.RINGING,
    }


def test_caller_first_is_learnt_from_who_hears_it_ring() -> None:
    stage = Stage()
    stage.ring(A, "101", "102")
    stage.alert(A, "101")
    assert stage.tracker.active[A].rang == ("102",)
    stage.ring(B, "103", "104")
    stage.alert(B, "103")
    assert stage.tracker.active[B].rang == ("104",)
    last = call_id(70, later=12)
    stage.ring(last, "105", "106")
    assert stage.tracker.active[last].rang == ("106",)
