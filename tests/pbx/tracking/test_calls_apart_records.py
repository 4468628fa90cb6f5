"""Calls beside each other whose lines are not shown: which of them a record ended."""

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.tracked import CallOutcome

from .call_beside import IDLE, ITS_LEG, ONE, OTHER, OTHER_LEG, RINGING, active
from .call_stage import OUTSIDE, Stage, call_id, shown
from .test_calls_beside import ends


class TestRecordsOfNoLength:
    """They are written for legs that never were, at times before that of their call."""

    def test_one_of_a_caller_who_is_known_to_be_called_is_of_another_call(self) -> None:
        stage = Stage()
        stage.resync(x101=IDLE, x102=IDLE, x103=IDLE)
        stage.say(CallEvent.TRANSFER, ONE, "102")
        stage.say(CallEvent.FAILED, ONE, "103", "101", reason="486")
        stage.cdr(OTHER, "no_answer", "102", "01701", direction="outbound", duration=1)
        stage.cdr(OTHER, "busy", "102", "01701", direction="outbound")
        assert stage.end_of_one().call_id == OTHER

    def test_one_that_names_both_of_a_call_is_of_that_whoever_seems_to_call(self) -> None:
        """It was passed on, which nobody told, and one of them heard it ring then."""
        stage = Stage()
        stage.phone("102", RINGING)
        stage.ring(ONE, "102", "101")
        stage.alert(ONE, "102")
        stage.answer(ONE, "103", "102")
        stage.cdr(call_id(47), "no_answer", "101", "102", duration=0)
        stage.cdr(ONE, "answered", "101", "102")
        assert stage.end_of_all().call_id == ONE

    def test_one_of_a_caller_outside_who_has_the_number_of_a_phone_that_rings(self) -> None:
        stage = Stage()
        stage.ring(ONE, "101")
        stage.ring(ONE, "102")
        stage.cdr(call_id(47), "no_answer", "102", "105", direction="inbound", duration=1)
        stage.wait(5)
        assert ONE in stage.tracker.active

    def test_one_ends_no_call_that_a_reading_shows(self) -> None:
        stage = Stage()
        stage.ring(ONE, "101")
        stage.wait(5)
        stage.cdr(ONE, "no_answer", OUTSIDE, "101", direction="inbound", duration=0)
        stage.wait(1)
        stage.resync(shown(ONE, f"in {OUTSIDE}>101", "101 ring", leg_id=ONE), x101=RINGING)
        stage.wait(20)
        assert list(stage.tracker.active) == [ONE]
        stage.answer(ONE, "101", f"in {OUTSIDE}>101", leg_id=ONE)
        stage.cdr(ONE, "answered", OUTSIDE, "101", direction="inbound")
        assert stage.end_of_all().outcome is CallOutcome.ANSWERED

    def test_one_may_be_of_a_phone_that_forwarded_a_call(self) -> None:
        stage = Stage()
        stage.ring(ITS_LEG, "102")
        stage.wait(10)
        stage.phone("102", IDLE)
        stage.say(CallEvent.TRANSFER, ONE, "103")
        stage.say(CallEvent.FAILED, ONE, "103", reason="486")
        stage.cdr(call_id(49), "no_answer", OUTSIDE, "102", direction="inbound", duration=1)
        stage.wait(5)
        stage.resync(x102=IDLE, x103=IDLE)
        assert stage.end_of_all().outcome is CallOutcome.BUSY

    def test_one_of_another_caller_is_of_no_call_whose_line_is_known(self) -> None:
        stage = Stage()
        stage.cdr(ONE, "no_answer", "101", "01701", direction="outbound", duration=1)
        stage.key(OTHER, f"in {OUTSIDE}>6501", "2", 0)
        stage.wait(5)
        stage.ring(OTHER, "102", f"in {OUTSIDE}>102", leg_id=OTHER)
        stage.wait(5)
        assert list(stage.tracker.active) == [OTHER]

    def test_one_tells_how_a_call_ended_whose_record_is_lost(self) -> None:
        stage = Stage()
        stage.ring(ONE, "101")
        stage.ring(ONE, "102")
        stage.wait(10)
        stage.bye(ONE, "101")
        stage.cdr(call_id(43), "no_answer", OUTSIDE, "6200", direction="inbound", duration=0)
        stage.wait(5)
        stage.resync(x101=IDLE, x102=IDLE)
        assert stage.end_of_one().outcome is CallOutcome.MISSED

    def test_one_is_of_the_call_whose_legs_the_others_beside_it_are(self) -> None:
        stage = Stage()
        stage.ring(ITS_LEG, "101")
        stage.wait(10)
        stage.bye(ONE, "102")
        stage.cdr(call_id(49), "no_answer", OUTSIDE, "6200", direction="inbound", duration=0)
        stage.wait(5)
        stage.resync(x101=IDLE, x102=IDLE)
        assert stage.end_of_one().outcome is CallOutcome.MISSED


def test_records_that_name_another_phone_are_not_of_one_that_rings_beside_it() -> None:
    stage = Stage()
    stage.resync(x101=IDLE, x102=IDLE)
    stage.ring(ITS_LEG, "101")
    stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound")
    assert stage.end_of_one().call_id == ONE
    assert active(stage) == {ITS_LEG: ("101",)}


def test_a_phone_with_room_for_a_call_between_is_of_none_that_a_mobile_phone_was_rung_for() -> None:
    """The record of such a call goes out, and comes from outside."""
    stage = Stage()
    stage.ring(ITS_LEG, "101")
    stage.ring(OTHER_LEG, "102")
    stage.wait(5)
    stage.phone("102", IDLE)
    stage.wait(8)
    stage.bye(ONE, "101")
    stage.cdr(ONE, "no_answer", OUTSIDE, "101", direction="outbound")
    assert stage.end_of_one().missed_by == ("101",)
    assert list(stage.tracker.active) == [OTHER_LEG]


def test_nobody_else_is_rung_for_a_call_outside_whose_caller_was_rung_first() -> None:
    stage = Stage()
    stage.ring(ONE, "101")
    stage.ring(ITS_LEG, "105")
    stage.wait(4)
    stage.bye(ONE, "101")
    stage.cdr(ONE, "no_answer", "101", "01701", direction="outbound")
    assert stage.end_of_one().call_id == ONE
    assert active(stage) == {ITS_LEG: ("105",)}


def test_a_refusal_is_of_no_phone_with_room_for_a_call_between() -> None:
    """The record names the number that led to who refused."""
    stage = Stage()
    stage.ring(OTHER_LEG, "102")
    stage.ring(ITS_LEG, "101")
    stage.wait(5)
    stage.phone("102", IDLE)
    stage.wait(4)
    stage.say(CallEvent.FAILED, ONE, "101", reason="603")
    stage.cdr(ONE, "busy", OUTSIDE, "6501", direction="inbound")
    ended = stage.end_of_one()
    assert (ended.call_id, ended.outcome) == (ONE, CallOutcome.REFUSED)
    assert list(stage.tracker.active) == [OTHER_LEG]


def test_a_phone_that_rings_on_is_of_no_call_that_is_over() -> None:
    stage = Stage()
    stage.ring(OTHER_LEG, "102")
    stage.phone("102", RINGING)
    stage.say(CallEvent.TRANSFER, ONE, "103")
    stage.cdr(ONE, "busy", OUTSIDE, "101", direction="inbound")
    assert stage.end_of_one().call_id == ONE
    assert active(stage) == {OTHER_LEG: ("102",)}


def test_a_phone_that_was_hung_up_by_itself_is_of_no_call_that_rang_another_one() -> None:
    stage = Stage()
    stage.resync(x101=IDLE, x102=IDLE)
    stage.ring(ITS_LEG, "101")
    stage.wait(5)
    stage.bye(ITS_LEG, "101")
    stage.bye(ONE, "102")
    stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound")
    assert stage.end_of_one().missed_by == ()
    stage.cdr(ITS_LEG, "no_answer", OUTSIDE, "101", direction="inbound")
    assert stage.end_of_one().missed_by == ("101",)


def test_a_record_names_an_outside_caller_who_has_the_number_of_an_extension() -> None:
    """The one that he called, and whose mobile phone answered."""
    stage = Stage()
    stage.resync(x101=IDLE)
    line = "in 101>101"
    stage.answer(ONE, line, leg_id=ONE)
    stage.bye(ITS_LEG, "101", line, leg_id=ONE)
    stage.bye(ONE, line, leg_id=ONE)
    stage.cdr(ONE, "answered", "101", "01701", direction="outbound")
    stage.cdr(call_id(45), "no_answer", "101", "01701", direction="inbound", duration=0)
    stage.wait(10)
    assert ends(stage) == [(ONE, CallOutcome.ANSWERED)]
