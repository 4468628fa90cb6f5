"""Former mistakes of the engine: calls side by side, repeated words, records of legs."""

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallOutcome

from .call_stage import OUTSIDE, Stage, call_id, record

A, SECOND, LEG = call_id(40), call_id(42), call_id(44)
"""The id of a call, its other one (OpenVox), and that of a phone which rings for it."""
IDLE, BUSY, RINGING, ON_HOLD = (
    ExtensionStatus.IDLE,
    ExtensionStatus.BUSY,
    ExtensionStatus.RINGING,
    ExtensionStatus.ON_HOLD,
)


class TestMobilePhone:
    """An outside caller on a hidden line, unanswered at the extension and at its mobile phone."""

    def test_its_outbound_record_to_an_extension_is_of_a_call_that_came_in(self) -> None:
        stage = Stage()
        stage.resync(x102=RINGING)
        stage.wait(10)
        stage.bye(A, "102")
        stage.cdr(A, "no_answer", OUTSIDE, "102", direction="outbound")
        call = stage.end()
        assert (call.outcome, call.direction) == (CallOutcome.MISSED, "inbound")


def test_a_word_about_a_phone_that_comes_again_after_another_one_is_no_news() -> None:
    stage = Stage()
    stage.answer(A, "102", f"in {OUTSIDE}>102", leg_id=A)
    stage.wait(5)
    stage.phone("102", ON_HOLD)
    stage.wait(1)
    stage.phone("102", BUSY)
    stage.phone("102", ON_HOLD)  # a late copy
    assert stage.told[-2:] == ["held 102", "resumed 102"]
    stage.wait(5)
    stage.phone("102", ON_HOLD)
    assert stage.told == ["held 102"]


class TestSideBySide:
    """Calls of one extension in one second, with ids as near as the two ids of one call."""

    def test_on_two_lines(self) -> None:
        stage = Stage()
        other, line, other_line = call_id(42), f"in {OUTSIDE}>102", "in 0309999>102"
        stage.ring(call_id(46), "102", line, leg_id=A)
        stage.ring(call_id(48), "102", other_line, leg_id=other)
        stage.wait(5)
        stage.answer(A, "102", line, leg_id=A)
        stage.bye(other, other_line, "102", leg_id=other)
        stage.cdr(other, "no_answer", "0309999", "102", direction="inbound")
        assert stage.end_of_one().outcome is CallOutcome.MISSED
        assert [call.state for call in stage.tracker.calls_of("102")] == ["talking"]

    def test_one_without_a_line(self) -> None:
        stage = Stage()
        line, internal = f"in {OUTSIDE}>102", call_id(43)
        stage.say(CallEvent.INVITE, A, line, leg_id=A)
        stage.ring(internal, "102", "104")
        stage.bye(A, line, leg_id=A)
        stage.cdr(A, "no_answer", OUTSIDE, "102", direction="inbound")
        stage.cdr(call_id(41), "no_answer", OUTSIDE, "102", duration=1)  # a leg that never was
        assert stage.end_of_one().outcome is CallOutcome.MISSED
        assert list(stage.tracker.active) == [internal]

    def test_of_a_pbx_that_has_no_second_ids(self) -> None:
        stage = Stage()
        forwarded = call_id(43)
        stage.ring(A, "out 101>01701", "101", leg_id=call_id(41))
        stage.say(CallEvent.TRANSFER, forwarded, "104")
        assert list(stage.tracker.active) == [A, forwarded]

    def test_an_earlier_id_than_that_of_its_line_is_of_another_call(self) -> None:
        stage = Stage()
        stage.say(CallEvent.INVITE, SECOND, f"in {OUTSIDE}>105", leg_id=SECOND)
        stage.alert(A, "105")
        assert list(stage.tracker.active) == [SECOND, A]

    def test_a_phone_rings_for_no_call_whose_caller_a_record_names(self) -> None:
        stage = Stage()
        ringing = call_id(46)
        stage.resync(x101=IDLE, x104=IDLE)
        stage.ring(ringing, "104")
        stage.say(CallEvent.FAILED, A, "101", reason="486")
        stage.cdr(A, "busy", "101", "01701", direction="outbound")
        assert stage.end_of_one().outcome is CallOutcome.BUSY
        assert list(stage.tracker.active) == [ringing]


def test_two_parts_of_a_call_that_fall_due_at_once_end_once() -> None:
    stage = Stage()
    stage.say(CallEvent.TRANSFER, A, "103")
    stage.wait(10)
    stage.bye(SECOND, "102", "101")
    stage.bye(A, "101", "102")
    stage.wait(1)
    stage.resync(queried=("101", "102", "103"), x101=IDLE, x102=IDLE, x103=IDLE)
    stage.cdr(A, "no_answer", "101", "103")
    assert stage.end().outcome is CallOutcome.MISSED


def test_the_record_of_a_leg_that_never_was_does_not_take_the_place_of_the_second_id() -> None:
    stage = Stage()
    stage.alert(SECOND, "101")
    stage.wait(10)
    stage.bye(SECOND, "101")
    stage.cdr(call_id(43), "no_answer", "101", "01701", direction="outbound", duration=1)
    stage.bye(A, "101")
    stage.cdr(A, "no_answer", "101", "01701", direction="outbound")
    assert stage.end().outcome is CallOutcome.CANCELLED


def test_who_is_rung_first_waits_for_an_answer_from_when_he_picks_up() -> None:
    """A phone that cannot be reached is told in the words of one that nobody answers."""
    stage = Stage()
    stage.phone("101", RINGING)
    stage.wait(8)
    stage.phone("101", BUSY)
    stage.wait(3)
    stage.say(CallEvent.FAILED, A, "out 101>01701", "101", leg_id=A, reason="480")
    stage.phone("101", IDLE)
    stage.wait(5)
    stage.resync()
    assert stage.end().outcome is CallOutcome.FAILED


def test_a_part_of_a_call_may_have_the_record_of_a_leg_that_never_was() -> None:
    stage = Stage()
    stage.say(CallEvent.TRANSFER, A, "103")
    stage.wait(10)
    stage.bye(SECOND, "102", "101")
    stage.cdr(A, "no_answer", "101", "103")
    stage.cdr(call_id(49), "no_answer", "101", "103", duration=1)
    assert stage.end().outcome is CallOutcome.MISSED


def test_a_call_is_not_passed_on_under_a_later_id_than_that_of_its_phone() -> None:
    stage = Stage()
    forwarded = call_id(46)
    stage.ring(LEG, "102")
    stage.say(CallEvent.TRANSFER, forwarded, "104")
    assert list(stage.tracker.active) == [LEG, forwarded]


def test_who_calls_as_the_record_tells_is_no_member_of_a_group() -> None:
    stage = Stage(keeps_records=True)
    stage.resync(x101=IDLE, x102=IDLE)
    stage.status(A, "101 bye", "102 bye")
    stage.cdr(A, "no_answer", "101", "102")
    assert stage.end().outcome is CallOutcome.MISSED


def test_a_phone_that_rings_no_more_is_not_left_when_the_one_that_it_forwards_to_fails() -> None:
    stage = Stage()
    stage.ring(A, "102", "101")
    stage.alert(A, "101")
    stage.wait(12)
    stage.phone("102", IDLE)  # the word of the forward is lost
    stage.wait(5)
    stage.say(CallEvent.FAILED, A, "103", "101", reason="603 Declined")
    stage.wait(5)
    stage.resync(queried=("101", "102"), x101=IDLE, x102=IDLE, x103=IDLE)
    assert stage.end().outcome is CallOutcome.REFUSED


def test_who_forwards_a_call_makes_another_one_in_the_same_second() -> None:
    stage = Stage()
    other = call_id(50, later=1)
    stage.say(CallEvent.TRANSFER, A, "103")
    stage.answer(other, "103")  # to a queue
    assert list(stage.tracker.active) == [A, other]


def test_who_hears_it_ring_is_not_a_phone_that_rings_for_another_call() -> None:
    stage = Stage()
    stage.ring(LEG, "102")
    stage.alert(A, "102")
    assert list(stage.tracker.active) == [LEG, A]


def test_a_late_word_of_the_members_does_not_hide_a_refusal_whose_record_is_read() -> None:
    stage = Stage(keeps_records=True)
    line = f"in {OUTSIDE}>103"
    stage.status(A, f"{line} alert", "102 ring")
    stage.wait(12)
    stage.say(CallEvent.TRANSFER, A, "103")
    stage.status(A, f"{line} alert", "103 ring")
    stage.wait(6)
    stage.say(CallEvent.FAILED, A, "103", reason="603 Declined")
    stage.wait(2)
    stage.status(A, f"{line} bye", "102 bye")
    stage.wait(10)
    stage.read(
        record(A, "no_answer", OUTSIDE, "102", direction="inbound", duration=19, talk_duration=0)
    )
    assert stage.end().outcome is CallOutcome.REFUSED
