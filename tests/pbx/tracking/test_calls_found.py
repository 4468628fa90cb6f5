"""What random scenarios once showed the engine to do, or to believe: each here by itself."""

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallOutcome

from .call_stage import OUTSIDE, Stage, call_id, record, shown

A, SECOND, B = call_id(40), call_id(42), call_id(46)
IDLE, BUSY, RINGING = ExtensionStatus.IDLE, ExtensionStatus.BUSY, ExtensionStatus.RINGING


def test_an_idle_phone_ends_no_call_of_which_only_the_forwarder_is_known() -> None:
    stage = Stage()
    stage.say(CallEvent.TRANSFER, A, "103")
    stage.wait(10)
    stage.resync(queried=("103",), x101=BUSY, x102=RINGING, x103=IDLE)
    assert A in stage.tracker.active, "101 or 102 may take part in it"
    stage.answer(A, "102", "101")
    stage.wait(10)
    stage.bye(A, "102", "101")
    stage.bye(SECOND, "101", "102")
    stage.cdr(A, "answered", "101", "103")
    assert stage.end_of_all().outcome is CallOutcome.ANSWERED


def test_a_phone_that_is_rung_for_its_own_call_joins_no_other_one() -> None:
    stage = Stage()
    stage.ring(B, "103")
    stage.alert(SECOND, "101")
    stage.ring(A, "out 101>01701", "101", leg_id=A)
    assert list(stage.tracker.active) == [B, SECOND]
    stage.ring(B, "105", "103")
    assert [call.extensions for call in stage.tracker.active.values()] == [
        ("103", "105"),
        ("101",),
    ]


def test_a_second_id_comes_before_the_record_that_shares_one_party() -> None:
    stage = Stage()
    stage.say(CallEvent.TRANSFER, A, "103")
    stage.wait(10)
    stage.bye(SECOND, "104", "101")
    stage.cdr(A, "no_answer", "101", "103")
    assert stage.end_of_all().outcome is CallOutcome.MISSED


def test_the_next_phone_of_a_queue_was_not_heard_of() -> None:
    stage = Stage()
    stage.ring(A, "102", "101")
    stage.wait(10)
    stage.bye(A, "102", "101")
    stage.wait(5)
    stage.resync(shown("", "101", "105"), queried=("101",), x101=BUSY, x105=RINGING)
    assert A in stage.tracker.active
    stage.wait(5)
    stage.ring(A, "106", "101")
    stage.bye(A, "101", "106")
    stage.cdr(A, "no_answer", "101", "6700")
    call = stage.end_of_all()
    assert (call.outcome, call.missed_by) == (CallOutcome.MISSED, ("102", "106"))


def test_a_failure_names_the_callee_whom_a_ring_took_for_the_caller() -> None:
    stage = Stage()
    stage.ring(A, "101", "102")  # caller first
    stage.wait(3)
    stage.say(CallEvent.FAILED, A, "102", "101", reason="486 Busy Here")
    stage.cdr(A, "busy", "101", "102")
    call = stage.end_of_all()
    assert (call.outcome, call.caller, call.callee) == (CallOutcome.BUSY, "101", "102")


def test_an_outside_caller_has_the_number_of_an_extension() -> None:
    stage = Stage()
    line, other = "in 104>102", call_id(44)
    stage.ring(call_id(50), "102", line, leg_id=A)
    stage.ring(other, "104", "out 104>01701", leg_id=other)
    stage.wait(10)
    stage.bye(other, "104", "out 104>01701", leg_id=other)
    stage.cdr(other, "no_answer", "104", "01701", direction="outbound")
    assert stage.end_of_one().outcome is CallOutcome.CANCELLED
    stage.answer(A, "102", line, leg_id=A)
    assert stage.told == ["answered 102"]


def test_the_empty_record_of_a_leg_does_not_hide_the_end_of_a_refused_call() -> None:
    stage = Stage(keeps_records=True)
    leg = call_id(43)
    stage.say(CallEvent.FAILED, A, "102", reason="DND")
    stage.cdr(leg, "no_answer", OUTSIDE, "102", duration=1, direction="inbound")
    stage.wait(10)
    stage.read(
        record(A, "busy", OUTSIDE, "102", direction="inbound", duration=1),
        record(leg, "no_answer", OUTSIDE, "102", duration=1, direction="inbound"),
    )
    assert stage.end_of_all().outcome is CallOutcome.REFUSED


def test_calls_that_begin_in_one_second_are_not_one() -> None:
    stage = Stage(keeps_records=True)
    stage.alert(A, "101")
    stage.say(CallEvent.TRANSFER, B, "104")
    stage.ring(B, "104", "in 101>104", leg_id=B)
    stage.ring(A, "104", "101")
    stage.answer(A, "104", "101")
    stage.answer(B, "104", "in 101>104", leg_id=B)
    assert list(stage.tracker.active) == [A, B]
    stage.bye(B, "104", "in 101>104", leg_id=B)
    stage.cdr(B, "answered", "101", "104", direction="inbound")
    assert stage.end_of_one().direction == "inbound"
    assert list(stage.tracker.active) == [A]


def test_an_empty_record_alone_is_not_the_whole_truth() -> None:
    stage = Stage(keeps_records=True)
    stage.cdr(A, "no_answer", OUTSIDE, "6500", duration=0, direction="inbound")
    stage.wait(10)
    assert stage.tracker.wants_records is not None
    stage.read(
        record(A, "no_answer", OUTSIDE, "6500", duration=0, direction="inbound"),
        record(A, "answered", OUTSIDE, "6500", direction="inbound"),
    )
    assert stage.end_of_all().outcome is CallOutcome.ANSWERED


@pytest.mark.parametrize(("seconds", "told"), [(0, []), (1, []), (2, ["ended", "missed"])])
def test_a_record_that_was_read_is_a_missed_call_unless_it_is_of_no_length(
    seconds: int, told: list[str]
) -> None:
    """Nothing tells whoever hung up at once from a leg that never was (protocol-notes)."""
    stage = Stage(keeps_records=True)
    stage.read(record(A, "no_answer", OUTSIDE, "102", direction="inbound", duration=seconds))
    stage.wait(700)
    assert stage.told == told
    assert not stage.tracker.active


def test_a_word_of_the_members_after_the_record_does_not_hide_a_refusal() -> None:
    stage = Stage(keeps_records=True)
    stage.cdr(A, "no_answer", "101", "102", duration=4)
    stage.status(A, "101 bye", "102 bye")
    stage.say(CallEvent.FAILED, A, "102", reason="603 Declined")
    assert stage.end_of_all().outcome is CallOutcome.REFUSED


def test_records_of_the_members_of_a_group_do_not_tell_how_its_call_ended() -> None:
    stage = Stage(keeps_records=True)
    stage.resync(x102=IDLE, x103=IDLE)
    stage.status(A)
    members = [
        record(A, "no_answer", OUTSIDE, each, direction="inbound") for each in ("102", "103")
    ]
    for each in members:
        stage.cdr(A, "no_answer", OUTSIDE, each.callee, direction="inbound")
    stage.wait(10)
    assert stage.told == []
    stage.read(*members, record(A, "voicemail", OUTSIDE, "6200", direction="inbound"))
    assert stage.end_of_all().outcome is CallOutcome.VOICEMAIL
