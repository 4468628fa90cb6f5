"""Ordinary calls: what is told of them, once, and how they end."""

from datetime import timedelta

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallDirection, CallOutcome, CallState

from .call_stage import EPOCH, OUTSIDE, START, Stage, call_id, record

A = call_id(40)


def ring_internal(stage: Stage) -> None:
    stage.ring(A, "102", "101")
    stage.alert(A, "101")


def test_internal_call_from_ring_to_end() -> None:
    stage = Stage()
    ring_internal(stage)
    assert stage.told == ["dialing 101", "ringing 102"]
    assert stage.tracker.status_of("102") is ExtensionStatus.RINGING
    assert stage.tracker.status_of("101") is ExtensionStatus.BUSY
    stage.wait(4)
    stage.answer(A, "102", "101")
    stage.say(CallEvent.ANSWERED, A, "101", "102")
    assert stage.told == ["answered 102 101"]
    (call,) = stage.tracker.active.values()
    assert (call.state, call.answered_by) == (CallState.TALKING, "102")
    stage.wait(5)
    stage.bye(A, "101", "102")
    stage.bye(A, "102", "101")
    assert not stage.tracker.active
    assert stage.tracker.status_of("102") is None
    stage.cdr(A, "answered", "101", "102")
    call = stage.end()
    assert call.outcome is CallOutcome.ANSWERED
    assert call.direction is CallDirection.INTERNAL
    assert (call.caller, call.callee, call.rang) == ("101", "102", ("102",))
    assert (call.ring_seconds, call.talk_seconds) == (4, 5)
    assert call.started == START
    assert call.ended == START + timedelta(seconds=10)


def test_answered_call_ends_at_once_when_hang_up_and_record_are_there() -> None:
    stage = Stage()
    ring_internal(stage)
    stage.answer(A, "102", "101")
    stage.bye(A, "101", "102")
    assert stage.told
    stage.cdr(A, "answered", "101", "102")
    assert stage.told == ["ended 102 101"]


@pytest.mark.parametrize(
    ("outcome", "direction", "decided"),
    [
        ("answered", "internal", CallOutcome.ANSWERED),
        ("no_answer", "internal", CallOutcome.MISSED),
        ("no_answer", "inbound", CallOutcome.MISSED),
        ("no_answer", "outbound", CallOutcome.CANCELLED),
        ("busy", "internal", CallOutcome.BUSY),
        ("failed", "internal", CallOutcome.FAILED),
        ("voicemail", "inbound", CallOutcome.VOICEMAIL),
    ],
)
def test_record_decides(outcome: str, direction: str, decided: CallOutcome) -> None:
    stage = Stage()
    stage.cdr(A, outcome, "101", "102", direction=direction)
    assert stage.end().outcome is decided


@pytest.mark.parametrize(
    ("reason", "decided"),
    [
        ("486 Busy Here", CallOutcome.BUSY),
        ("User busy", CallOutcome.BUSY),
        ("603 Declined", CallOutcome.REFUSED),
        ("DND", CallOutcome.REFUSED),
        ("404 NOT found", CallOutcome.FAILED),
        ("480", CallOutcome.FAILED),
        ("NO Outbound Restriction", CallOutcome.FAILED),
        ("487 Request Terminated", CallOutcome.UNKNOWN),
    ],
)
def test_failure_decides_where_the_record_was_lost(reason: str, decided: CallOutcome) -> None:
    stage = Stage()
    stage.say(CallEvent.FAILED, A, "102", "101", reason=reason)
    stage.wait(20)
    stage.resync(x101=ExtensionStatus.IDLE, x102=ExtensionStatus.IDLE)
    assert stage.end().outcome is decided


@pytest.mark.parametrize("outcome", ["busy", "no_answer"])
def test_refused_call_is_refused_whatever_its_record_says(outcome: str) -> None:
    stage = Stage()
    ring_internal(stage)
    stage.say(CallEvent.FAILED, A, "102", "101", reason="603 Declined")
    stage.cdr(A, outcome, "101", "102")
    assert stage.end().outcome is CallOutcome.REFUSED


def test_phone_that_rang_in_vain_is_missed_though_the_pbx_calls_it_a_failure() -> None:
    stage = Stage()
    ring_internal(stage)
    stage.wait(25)
    stage.say(CallEvent.FAILED, A, "102", "101", reason="480")
    stage.cdr(A, "no_answer", "101", "102", duration=25)
    call = stage.end()
    assert (call.outcome, call.missed_by) == (CallOutcome.MISSED, ("102",))


def test_inbound_call() -> None:
    stage = Stage()
    stage.ring(A, "102", f"in {OUTSIDE}>102")
    stage.alert(A, f"in {OUTSIDE}>102")
    assert stage.told == ["ringing 102"]
    (call,) = stage.tracker.active.values()
    assert (call.caller, call.callee, call.trunk) == (OUTSIDE, "102", "line-1")
    stage.answer(A, "102", f"in {OUTSIDE}>102")
    assert stage.told == ["answered 102"]
    stage.bye(A, f"in {OUTSIDE}>102", "102")
    stage.cdr(A, "answered", OUTSIDE, "102", direction="inbound", did="555", recording="a.wav")
    call = stage.end()
    assert (call.outcome, call.direction) == (CallOutcome.ANSWERED, CallDirection.INBOUND)
    assert (call.did, call.recording) == ("555", "a.wav")


def test_outbound_call_keeps_the_number_as_it_was_dialled() -> None:
    stage = Stage()
    stage.ring(A, f"out 101>{OUTSIDE}", "101", leg_id=call_id(41))
    stage.alert(A, "101")
    assert stage.told == ["dialing 101"]
    stage.answer(A, f"out 101>{OUTSIDE}", "101", leg_id=call_id(41))
    assert stage.told == ["answered 101"]
    stage.bye(A, "101", f"out 101>{OUTSIDE}", leg_id=call_id(41))
    stage.cdr(A, "answered", "101", f"9{OUTSIDE}", direction="outbound")
    call = stage.end()
    assert (call.direction, call.callee) == (CallDirection.OUTBOUND, f"9{OUTSIDE}")
    assert call.answered_by == OUTSIDE


def test_call_of_which_only_phones_and_the_record_tell() -> None:
    stage = Stage()
    stage.phone("101", ExtensionStatus.BUSY)
    stage.phone("102", ExtensionStatus.RINGING)
    assert stage.tracker.status_of("102") is None, "what the phone itself says must do"
    stage.wait(10)
    stage.phone("102", ExtensionStatus.IDLE)
    stage.phone("101", ExtensionStatus.IDLE)
    stage.cdr(A, "no_answer", "101", "102")
    call = stage.end()
    assert (call.outcome, call.missed_by) == (CallOutcome.MISSED, ("102",))


@pytest.mark.parametrize("named", [("102", "101"), ("101", "102")])
def test_who_is_busy_while_the_other_one_rings_calls(named: tuple[str, str]) -> None:
    stage = Stage()
    stage.phone("101", ExtensionStatus.BUSY)
    stage.phone("102", ExtensionStatus.RINGING)
    stage.ring(A, *named)
    call = stage.tracker.active[A]
    assert (call.caller, call.rang) == ("101", ("102",))
    assert stage.told == ["dialing 101", "ringing 102"]


@pytest.mark.parametrize("words", [(), (ExtensionStatus.RINGING,) * 2])
def test_a_plain_internal_call_has_its_caller_from_the_first_report_on(
    words: tuple[ExtensionStatus, ...],
) -> None:
    """OpenVox: RING names both, then come ALERT and the statuses of the phones."""
    stage = Stage()
    for extension, word in zip(("101", "102"), words, strict=False):
        stage.phone(extension, word)
    stage.ring(A, "102", "101")
    assert [(change.type, change.call.caller) for change in stage.changes] == [
        ("dialing", "101"),
        ("ringing", "101"),
    ]


def test_a_record_says_when_its_call_ended() -> None:
    stage = Stage()
    stage.wait(10)
    stage.cdr(A, "answered", "101", "102")
    assert stage.end().ended == START + timedelta(seconds=10)


def test_record_that_was_read_tells_the_true_times_of_a_missed_call() -> None:
    stage = Stage(keeps_records=True)
    stage.wait(600)
    late = call_id(7, later=100)
    stage.read(
        record(late, "no_answer", OUTSIDE, "102", direction="inbound", source_trunk="line-1")
    )
    stage.wait(5)
    assert [(change.type, change.late) for change in stage.changes] == [
        ("ended", True),
        ("missed", True),
    ]
    call = stage.changes[0].call
    assert call.started.timestamp() == EPOCH + 100
    assert call.ended is not None
    assert call.ended.timestamp() == EPOCH + 110


def test_keys_are_told_once_and_in_their_place() -> None:
    stage = Stage()
    ring_internal(stage)
    stage.answer(A, "102", "101")
    assert stage.told
    for key, index in (("1", 0), ("3", 2), ("1", 0), ("2", 1)):
        stage.key(A, "101", key, index)
    assert [(change.key, change.keys) for change in stage.changes] == [
        ("1", "1"),
        ("3", "13"),
        ("2", "123"),
    ]


def test_invited_call_tells_how_long_the_pbx_waits() -> None:
    stage = Stage()
    stage.say(CallEvent.INVITE, A, f"in {OUTSIDE}>102", leg_id=A)
    (change,) = stage.changes
    assert (change.type, change.until) == ("invited", stage.now + timedelta(seconds=10))
    assert change.call.state is CallState.INVITED
    stage.say(CallEvent.FAILED, A, "102", f"in {OUTSIDE}>102", leg_id=A, reason="603 Declined")
    stage.cdr(A, "no_answer", OUTSIDE, "102", direction="inbound")
    assert stage.end().outcome is CallOutcome.REFUSED
