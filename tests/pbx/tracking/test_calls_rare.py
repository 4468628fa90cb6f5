"""Rare mistakes: one in tens of thousands of days with late, repeated and lost reports."""

from datetime import timedelta

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallEventType, CallOutcome

from .call_stage import OUTSIDE, Stage, call_id, record, shown

A, LINE, SECOND, LEG = call_id(40), call_id(41), call_id(42), call_id(44)
"""Ids of a call, of its outside line, its second one (OpenVox), and of a phone ringing for it."""
IDLE, BUSY, RINGING = ExtensionStatus.IDLE, ExtensionStatus.BUSY, ExtensionStatus.RINGING


def test_a_late_word_does_not_end_the_wait_for_records_that_are_read() -> None:
    stage = Stage(keeps_records=True)
    stage.status(A, "101 talk", "102 ring")
    stage.wait(12)
    stage.status(A, "101 bye")
    stage.cdr(A, "no_answer", "101", "6500", duration=0)  # the one of the mailbox is lost
    stage.wait(3)
    assert stage.tracker.wants_records is not None
    stage.status(A, "101 bye", "102 bye")
    stage.wait(5)
    stage.read(record(A, "voicemail", "101", "6500", duration=39, talk_duration=9))
    assert stage.end().outcome is CallOutcome.VOICEMAIL


class TestLosers:
    """Members of a group for whom the call ends when another one answers; who rang is not known."""

    def test_their_end_is_not_that_of_the_call(self) -> None:
        stage = Stage()
        stage.answer(A, "102", "101")
        stage.bye(A, "105", "101")
        stage.wait(20)
        assert [call.state for call in stage.tracker.calls_of("101")] == ["talking"]
        stage.bye(A, "102", "101")
        stage.cdr(A, "answered", "101", "6700")
        assert stage.end_of_all().outcome is CallOutcome.ANSWERED

    def test_who_got_the_call_passed_on_is_none(self) -> None:
        stage = Stage()
        stage.answer(A, "102", "101")
        stage.wait(10)
        stage.say(CallEvent.TRANSFER, A, "105", "102")
        stage.wait(10)
        stage.bye(A, "105", "102")  # that 105 answered is lost
        stage.bye(SECOND, "102", "105")
        assert stage.end().outcome is CallOutcome.ANSWERED


def test_the_record_of_a_leg_that_never_was_is_of_a_call_that_was_passed_on_since() -> None:
    stage = Stage()
    stage.phone("101", RINGING)
    stage.wait(20)
    stage.say(CallEvent.TRANSFER, A, "102", "101")
    stage.wait(5)
    stage.bye(A, "101", "102")
    stage.cdr(call_id(49), "no_answer", "100", "101", duration=1)
    stage.wait(5)
    stage.resync(x101=IDLE, x102=IDLE)
    assert stage.end().call_id == A


@pytest.mark.parametrize("others", [(), ("102", "104")], ids=["alone", "in another call, too"])
def test_a_line_goes_on_whose_phone_talks_though_it_is_said_to_have_gone(
    others: tuple[str, ...],
) -> None:
    """The mobile phone that rang with an extension is let go, on a line that is not shown."""
    stage = Stage()
    line = f"in {OUTSIDE}>102"
    if others:
        stage.answer(call_id(11), *others)
    stage.phone("102", BUSY)
    stage.bye(A, line, leg_id=A)
    stage.wait(10)
    stage.resync(shown(A, f"{line} talk", "102 talk", leg_id=A), x102=BUSY)
    stage.wait(10)
    stage.bye(A, line, "102", leg_id=A)
    stage.cdr(A, "answered", OUTSIDE, "102", direction="inbound")
    call = stage.end_of_one()
    assert (call.call_id, call.outcome) == (A, CallOutcome.ANSWERED)


def test_no_second_id_is_one_that_is_not_beside_that_of_the_line() -> None:
    stage = Stage()
    other = call_id(46)
    stage.ring(LEG, f"in {OUTSIDE}>105", "105", leg_id=A)
    stage.say(CallEvent.TRANSFER, other, "101")
    assert list(stage.tracker.active) == [LEG, other]


def test_a_failure_under_an_earlier_id_is_of_no_call_that_is_over() -> None:
    stage = Stage()
    group = call_id(46)
    stage.phone("107", RINGING)
    stage.bye(group, "101")
    stage.say(CallEvent.FAILED, A, "107", reason="603 Declined")
    stage.cdr(group, "no_answer", OUTSIDE, "6200", direction="inbound")
    stage.wait(5)
    stage.resync(x101=IDLE, x107=IDLE)
    stage.wait(10)
    ends = [each.call for each in stage.changes if each.type is CallEventType.ENDED]
    assert [(call.call_id, call.outcome) for call in ends] == [
        (group, CallOutcome.MISSED),
        (A, CallOutcome.REFUSED),
    ]


def test_a_record_is_of_no_call_that_somebody_else_makes() -> None:
    stage = Stage()
    group = call_id(43)
    stage.alert(group, "103")
    stage.ring(group, "101", "103")
    stage.ring(group, "104", "103")
    stage.cdr(A, "busy", "104", "101")
    call = stage.end_of_one()
    assert (call.call_id, call.outcome) == (A, CallOutcome.BUSY)
    assert list(stage.tracker.active) == [group]


def test_a_record_of_a_time_to_come_is_of_a_call_that_ends_now() -> None:
    stage = Stage(keeps_records=True)
    stage.wait(60)
    stage.read(record(call_id(40, later=3600), "answered", "101", "102", duration=20))
    read = stage.now
    call = stage.end()
    assert (call.started, call.ended) == (read - timedelta(seconds=20), read)


def test_a_line_with_the_id_after_that_of_a_call_is_no_call_beside_it() -> None:
    """The mobile phone of a ringing extension, while a phone rings for another caller."""
    stage = Stage()
    stage.ring(SECOND, "104")
    stage.ring(A, "102")
    stage.ring(A, "out 102>01701", leg_id=LINE)
    stage.answer(A, "102")
    stage.wait(20)
    stage.resync(shown(A, f"in {OUTSIDE}>102 talk", "102 talk"), x102=BUSY, x104=RINGING)
    stage.wait(20)
    assert [change.type for change in stage.changes if change.type is CallEventType.ENDED] == []
    assert LINE not in stage.tracker.active


def test_who_talks_with_another_extension_calls_out_in_a_call_of_its_own() -> None:
    stage = Stage()
    stage.answer(SECOND, "102", "101")
    stage.wait(10)
    stage.answer(A, "101", "out 101>01701")
    assert list(stage.tracker.active) == [SECOND, A]
    stage.bye(SECOND, "102", "101")
    stage.cdr(SECOND, "answered", "102", "101", direction="internal")
    call = stage.end_of_one()
    assert (call.call_id, call.outcome) == (SECOND, CallOutcome.ANSWERED)
    assert list(stage.tracker.active) == [A]
