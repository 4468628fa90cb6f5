"""Calls beside each other: reports of one are not of the other."""

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallEventType, CallOutcome, CallState

from .call_stage import ONE, OUTSIDE, Stage, call_id, ends, shown, with_phones

ITS_SECOND = call_id(42)
ITS_LEG = call_id(44)
OTHER = call_id(46)
B = call_id(46)
OTHER_LEG = call_id(50)
IDLE, BUSY, RINGING = ExtensionStatus.IDLE, ExtensionStatus.BUSY, ExtensionStatus.RINGING


def calls_of(stage: Stage, *extensions: str) -> list[tuple[str, ...]]:
    """Return who takes part in the calls of extensions."""
    return [call.extensions for each in extensions for call in stage.tracker.calls_of(each)]


def test_both_ids_of_a_call_stay_its_own_when_another_one_is_taken_out_of_it() -> None:
    """Two extensions make calls, and are rung first for them."""
    stage = Stage()
    line, third = "out 101>01701", call_id(44)
    stage.ring(ONE, "101")
    stage.ring(third, "105")
    stage.answer(ONE, "101")
    stage.ring(ONE, line, "101", leg_id=ONE)
    stage.alert(ITS_SECOND, "101")
    stage.answer(third, "105")
    stage.say(CallEvent.FAILED, third, "out 105>01702", "105", leg_id=third, reason="failed")
    stage.cdr(third, "failed", "105", "01702", direction="outbound")
    assert stage.end_of_one().call_id == third
    stage.answer(ITS_SECOND, line, "101", leg_id=ONE)
    assert [change.type for change in stage.changes] == [CallEventType.ANSWERED]
    assert list(stage.tracker.active) == [ONE]


def test_no_phone_rings_for_a_call_whose_only_callee_was_busy() -> None:
    stage = Stage()
    stage.say(CallEvent.FAILED, ONE, "102", reason="busy")
    stage.cdr(ONE, "busy", OUTSIDE, "102", direction="inbound")
    stage.ring(OTHER, "103")
    stage.wait(5)
    assert ends(stage) == [(ONE, CallOutcome.BUSY)]
    assert list(stage.tracker.active) == [OTHER]


def test_calls_that_begin_in_one_second_are_not_one() -> None:
    stage = Stage(keeps_records=True)
    stage.alert(ONE, "101")
    stage.say(CallEvent.TRANSFER, B, "104")
    stage.ring(B, "104", "in 101>104", leg_id=B)
    stage.ring(ONE, "104", "101")
    stage.wait(1)
    stage.answer(ONE, "104", "101")
    stage.answer(B, "104", "in 101>104", leg_id=B)
    assert list(stage.tracker.active) == [ONE, B]
    stage.bye(B, "104", "in 101>104", leg_id=B)
    stage.cdr(B, "answered", "101", "104", direction="inbound")
    assert stage.end_of_one().direction == "inbound"
    assert list(stage.tracker.active) == [ONE]


class TestSideBySide:
    """Calls of one extension in one second, with ids as near as the two ids of one call."""

    def test_on_two_lines(self) -> None:
        stage = Stage()
        other, line, other_line = call_id(42), f"in {OUTSIDE}>102", "in 0309999>102"
        stage.ring(call_id(46), "102", line, leg_id=ONE)
        stage.ring(call_id(48), "102", other_line, leg_id=other)
        stage.wait(5)
        stage.answer(ONE, "102", line, leg_id=ONE)
        stage.bye(other, other_line, "102", leg_id=other)
        stage.cdr(other, "no_answer", "0309999", "102", direction="inbound")
        assert stage.end_of_one().outcome is CallOutcome.MISSED
        assert [call.state for call in stage.tracker.calls_of("102")] == ["talking"]

    def test_one_without_a_line(self) -> None:
        stage = Stage()
        line, internal = f"in {OUTSIDE}>102", call_id(43)
        stage.say(CallEvent.INVITE, ONE, line, leg_id=ONE)
        stage.ring(internal, "102", "104")
        stage.bye(ONE, line, leg_id=ONE)
        stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound")
        stage.cdr(call_id(41), "no_answer", OUTSIDE, "102", duration=1)  # a leg that never was
        assert stage.end_of_one().outcome is CallOutcome.MISSED
        assert list(stage.tracker.active) == [internal]

    def test_of_a_pbx_that_has_no_second_ids(self) -> None:
        stage = Stage()
        forwarded = call_id(43)
        stage.ring(ONE, "out 101>01701", "101", leg_id=call_id(41))
        stage.say(CallEvent.TRANSFER, forwarded, "104")
        assert list(stage.tracker.active) == [ONE, forwarded]

    def test_an_earlier_id_than_that_of_its_line_is_of_another_call(self) -> None:
        stage = Stage()
        stage.say(CallEvent.INVITE, ITS_SECOND, f"in {OUTSIDE}>105", leg_id=ITS_SECOND)
        stage.alert(ONE, "105")
        assert list(stage.tracker.active) == [ITS_SECOND, ONE]

    def test_a_phone_rings_for_no_call_whose_caller_a_record_names(self) -> None:
        stage = Stage()
        ringing = call_id(46)
        stage.resync(x101=IDLE, x104=IDLE)
        stage.ring(ringing, "104")
        stage.say(CallEvent.FAILED, ONE, "101", reason="busy")
        stage.cdr(ONE, "busy", "101", "01701", direction="outbound")
        assert stage.end_of_one().outcome is CallOutcome.BUSY
        assert list(stage.tracker.active) == [ringing]


def test_who_hears_it_ring_is_not_a_phone_that_rings_for_another_call() -> None:
    stage = Stage()
    stage.ring(ITS_LEG, "102")
    stage.alert(ONE, "102")
    assert list(stage.tracker.active) == [ITS_LEG, ONE]


def test_a_call_whose_caller_is_rung_first_is_not_that_of_others() -> None:
    stage = Stage()
    stage.ring(call_id(46, later=1), "101")
    stage.ring(ONE, "102")
    stage.ring(ONE, "103")
    stage.answer(call_id(46, later=1), "101")  # who makes the call picks up
    assert calls_of(stage, "101", "102") == [("101",), ("102", "103")]


def test_a_report_of_two_sides_is_of_a_call_for_which_nobody_rings_alone() -> None:
    stage = Stage()
    stage.ring(ONE, "101")
    stage.ring(call_id(46, later=1), "104")
    stage.ring(ONE, "105", "101")
    assert calls_of(stage, "104", "105") == [("104",), ("101", "105")]


def test_a_phone_rings_on_when_only_the_line_is_said_to_have_gone() -> None:
    """That word is also sent of another phone of the call, which is not shown."""
    stage = Stage()
    line = f"in {OUTSIDE}>102"
    stage.ring(ITS_LEG, "102", line, leg_id=ONE)
    stage.wait(5)
    stage.bye(ONE, line, leg_id=ONE)
    stage.wait(20)
    assert stage.told == ["ringing 102"]
    stage.resync(shown(ONE, f"{line} talk", "102 talk", leg_id=ONE), x102=ExtensionStatus.BUSY)
    assert stage.told == ["answered 102"]
    stage.wait(100)
    assert list(stage.tracker.active) == [ITS_LEG]


def test_a_phone_does_not_ring_for_ever_when_its_line_has_gone() -> None:
    stage = Stage()
    line = f"in {OUTSIDE}>102"
    stage.ring(ITS_LEG, "102", line, leg_id=ONE)
    stage.bye(ONE, line, leg_id=ONE)
    stage.wait(70)
    assert [change.call.outcome for change in stage.changes if change.type == "ended"] == [
        CallOutcome.UNKNOWN
    ]


def test_two_calls_at_once_on_one_extension_and_one_ends() -> None:
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.answer(ONE, "102", "101")
    stage.wait(5)
    stage.ring(call_id(50, later=6), "102", f"in {OUTSIDE}>102", leg_id=call_id(50, later=6))
    assert len(stage.tracker.calls_of("102")) == 2
    assert stage.status_of("102") is ExtensionStatus.BUSY
    stage.bye(ONE, "101", "102")
    stage.cdr(ONE, "answered", "101", "102")
    assert [call.call_id for call in stage.tracker.calls_of("102")] == [call_id(50, later=6)]
    assert stage.status_of("102") is ExtensionStatus.RINGING
    assert stage.tracker.active[call_id(50, later=6)].state is CallState.RINGING


def test_an_idle_phone_is_in_none_of_two_calls() -> None:
    """It makes one, and rings for another one."""
    stage = Stage(keeps_records=True)
    other = call_id(60)
    stage.ring(ONE, "103", "102")
    stage.wait(5)
    stage.ring(other, "102", f"in {OUTSIDE}>102", leg_id=other)
    stage.cdr(ONE, "no_answer", "102", "103", duration=5)
    stage.phone("102", IDLE)
    stage.phone("103", IDLE)
    stage.wait(3)
    assert ends(stage) == [(ONE, CallOutcome.MISSED)]


def test_a_phone_that_begins_to_ring_after_another_one_was_picked_up_is_of_another_call() -> None:
    stage = Stage()
    stage.ring(ONE, "102")
    stage.wait(3)
    stage.phone("102", BUSY)
    stage.wait(3)
    stage.ring(ITS_LEG, "103")
    assert list(stage.tracker.active) == [ONE, ITS_LEG]


def test_a_phone_that_rings_for_a_third_call_too_is_not_of_one_whose_only_callee_refused() -> None:
    stage = Stage()
    stage.ring(ONE, "102")
    stage.ring(ITS_LEG, "103")
    stage.ring(call_id(60), "103", "101")
    stage.say(CallEvent.FAILED, ONE, "102", reason="refused")
    stage.cdr(ONE, "busy", OUTSIDE, "102", direction="inbound")
    stage.wait(5)
    assert ends(stage) == [(ONE, CallOutcome.REFUSED)]
    stage.bye(ITS_LEG, "103")
    stage.cdr(ITS_LEG, "no_answer", OUTSIDE, "103", direction="inbound")
    stage.wait(5)
    assert ends(stage)[1:] == [(ITS_LEG, CallOutcome.MISSED)]


def test_whoever_tries_again_at_once_and_fails_has_made_another_call() -> None:
    """Neither of its ids is one of the call before, which is over."""
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.alert(ONE, "101")
    stage.answer(ONE, "102", "101")
    stage.wait(3)
    stage.bye(ONE, "101", "102")
    stage.bye(ITS_SECOND, "102", "101")
    stage.cdr(ONE, "answered", "101", "102", duration=3)
    stage.wait(1)
    again = call_id(46, later=4)
    stage.say(CallEvent.FAILED, again, "102", "101", reason="busy")
    stage.cdr(again, "busy", "101", "102", duration=0)
    stage.wait(10)
    assert ends(stage) == [(ONE, CallOutcome.ANSWERED), (again, CallOutcome.BUSY)]


def test_a_second_call_of_one_outside_number_is_not_where_the_first_is_passed_on_to() -> None:
    """It states its own line."""
    stage = Stage()
    line, other_line = f"in {OUTSIDE}>101", f"in {OUTSIDE}>103"
    stage.ring(ONE, "101", line, leg_id=ONE)
    stage.answer(ONE, "101", line, leg_id=ONE)
    stage.wait(5)
    stage.say(CallEvent.TRANSFER, ONE, "102")
    stage.wait(2)
    other = call_id(48, later=7)
    stage.ring(other, "103", other_line, leg_id=other)
    assert list(stage.tracker.active) == [ONE, other]


def test_a_line_of_its_own_tells_a_call_from_another_one_of_its_caller() -> None:
    """The number is that of an extension, or the same caller calls twice."""
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.say(CallEvent.FAILED, OTHER, "103", "in 101>103", leg_id=OTHER, reason="busy")
    stage.cdr(OTHER, "busy", "101", "103", duration=0, direction="inbound")
    stage.ring(OTHER_LEG, "out 101>01701", "101", leg_id=OTHER_LEG)
    assert list(stage.tracker.active) == [ONE, OTHER_LEG]
    stage.wait(10)
    assert ends(stage) == [(OTHER, CallOutcome.BUSY)]


def test_who_calls_again_at_once_makes_another_call() -> None:
    stage = Stage()
    stage.say(CallEvent.FAILED, ONE, "102", "101", reason="busy")
    stage.cdr(ONE, "busy", "101", "102", duration=0)
    stage.wait(1)
    stage.say(CallEvent.FAILED, OTHER, "102", "101", reason="busy")
    stage.cdr(OTHER, "busy", "101", "102", duration=0)
    stage.wait(10)
    assert ends(stage) == [(ONE, CallOutcome.BUSY), (OTHER, CallOutcome.BUSY)]


def test_an_inside_call_fails_beside_a_group_of_which_both_ring() -> None:
    stage = Stage()
    for member in ("102", "103"):
        stage.ring(ITS_SECOND, member, f"in {OUTSIDE}>{member}", leg_id=ONE)
    stage.wait(5)
    stage.say(CallEvent.FAILED, OTHER_LEG, "102", "103", reason="busy")
    stage.cdr(OTHER_LEG, "busy", "103", "102", duration=0)
    stage.wait(10)
    assert ends(stage) == [(OTHER_LEG, CallOutcome.BUSY)]


def test_who_asks_while_the_answer_outside_was_lost_makes_another_call() -> None:
    stage = Stage()
    line = "out 101>01701"
    stage.ring(ONE, line, "101", leg_id=ONE)
    stage.wait(20)
    asked = call_id(50, later=20)
    stage.ring(asked, "102", "101")
    stage.answer(asked, "102", "101")
    assert list(stage.tracker.active) == [ONE, asked]


def test_who_calls_a_busy_phone_is_of_no_call_of_that_phone() -> None:
    """He rang for it in vain."""
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.ring(ONE, "103", "101")
    stage.wait(3)
    stage.phone("102", RINGING)
    stage.phone("102", IDLE)
    other = call_id(60, later=4)
    stage.say(CallEvent.FAILED, other, "101", "102", reason="busy")
    stage.cdr(other, "busy", "102", "101", duration=0)
    stage.wait(3)
    assert ends(stage) == [(other, CallOutcome.BUSY)]


def test_a_record_two_numbers_before_a_call_is_of_the_branch_of_another_one() -> None:
    stage = Stage()
    stage.ring(ONE, "102", "101")
    other = call_id(44, later=3)
    stage.wait(3)
    stage.ring(other, "103", "104")
    stage.cdr(ITS_SECOND, "no_answer", "101", "102", duration=3)
    stage.answer(other, "103", "104")
    stage.bye(other, "104", "103")
    (call,) = [each.call for each in stage.changes if each.type is CallEventType.ANSWERED]
    assert (call.caller, call.callee) == ("104", "103")
    assert stage.tracker.find(other) is not stage.tracker.find(ITS_SECOND)


def test_a_call_that_ended_before_the_next_one_of_its_caller_is_told() -> None:
    """The next one is known by its own id, one number later."""
    stage = with_phones()
    stage.cdr(ONE, "answered", "101", "6500", duration=4, talk_duration=4)
    stage.wait(0.8)
    stage.ring(call_id(41, later=4), "102", "101")
    stage.wait(3)
    assert ends(stage) == [(ONE, CallOutcome.ANSWERED)]


def test_the_hang_up_of_a_phone_that_is_rung_first_is_of_its_call() -> None:
    """Two numbers before, in the same second, another call of the phone began, which goes on."""
    stage = Stage()
    line, mine = f"in {OUTSIDE}>101", call_id(41)
    stage.ring(mine, "101")
    stage.answer(mine, "101")
    stage.ring(call_id(48, later=6), "101", line, leg_id=ONE)
    stage.answer(ONE, "101", line, leg_id=ONE)
    stage.bye(mine, "101")
    stage.bye(ITS_SECOND, "101")
    assert stage.status_of("101") is BUSY


def test_who_is_called_while_a_call_is_passed_on_is_asked_in_another_one() -> None:
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.answer(ONE, "102", "101")
    stage.wait(5)
    stage.say(CallEvent.TRANSFER, ONE, "103", "102")
    stage.ring(ONE, "103", "102")
    stage.wait(4)
    asked = call_id(60, later=9)
    stage.ring(asked, "104", "102")
    assert list(stage.tracker.active) == [ONE, asked]


def test_a_record_of_who_calls_again_is_of_no_later_call_to_another_extension() -> None:
    """101 passed on a call to 102, of which a branch ends while he calls 104."""
    stage = with_phones()
    asked = call_id(60, later=20)
    stage.wait(20)
    stage.ring(asked, "104", "101")
    stage.alert(asked, "101")
    stage.wait(3)
    stage.bye(call_id(50, later=6), "101", "102")
    stage.cdr(call_id(50, later=6), "answered", "101", "102", duration=17, talk_duration=13)
    stage.wait(4)
    assert asked in stage.tracker.active
    assert (asked, CallOutcome.ANSWERED) not in ends(stage)
    stage.cdr(asked, "no_answer", "101", "104", duration=9)
    stage.phone("104", ExtensionStatus.IDLE)
    stage.phone("101", ExtensionStatus.IDLE)
    stage.wait(10)
    assert (asked, CallOutcome.MISSED) in ends(stage)
