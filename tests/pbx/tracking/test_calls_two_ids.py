"""Which of its two ids a call is known by (OpenVox), when another call has the next ones."""

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallEventType, CallOutcome

from .call_stage import OUTSIDE, Stage, call_id, shown

ONE, ITS_SECOND = call_id(40), call_id(42)
NEXT, NEXT_SECOND = call_id(44), call_id(46)
"""Ids of two calls: the first of the next one is two after the second of the one before."""
OUT = "out 101>01701"
IDLE, BUSY, RINGING = ExtensionStatus.IDLE, ExtensionStatus.BUSY, ExtensionStatus.RINGING


def ends(stage: Stage) -> list[tuple[str, CallOutcome | None]]:
    """Return the calls whose end was told, and how they ended."""
    told = [change.call for change in stage.changes if change.type is CallEventType.ENDED]
    return [(call.call_id, call.outcome) for call in told]


class TestFirst:
    """Reports under a first id alone are not of the call before, known by its second id."""

    @pytest.fixture
    def stage(self) -> Stage:
        """Return a stage on which 101 calls outside, as ALERT tells: under the second id."""
        stage = Stage()
        stage.alert(ITS_SECOND, "101")
        return stage

    def test_a_transfer(self, stage: Stage) -> None:
        stage.say(CallEvent.TRANSFER, NEXT, "105")
        assert list(stage.tracker.active) == [ITS_SECOND, NEXT]

    def test_a_line(self, stage: Stage) -> None:
        stage.ring(NEXT, OUT, leg_id=NEXT)  # with the phone that is called rings a mobile phone
        assert list(stage.tracker.active) == [ITS_SECOND, NEXT]


def test_a_reading_shows_the_line_of_a_call_beside_one_that_was_passed_on() -> None:
    stage = Stage()
    stage.say(CallEvent.TRANSFER, NEXT, "101")
    stage.answer(ITS_SECOND, OUT, "101", leg_id=ONE)
    stage.wait(10)
    stage.resync(shown(ONE, f"{OUT} talk", leg_id=ONE), x101=RINGING, x103=BUSY)
    assert list(stage.tracker.active) == [NEXT, ITS_SECOND]


def test_no_line_has_the_id_after_that_of_a_phone_that_rings() -> None:
    """102 forwards its calls, and calls out itself."""
    stage = Stage()
    line, leg = f"in {OUTSIDE}>103", call_id(48)
    stage.say(CallEvent.TRANSFER, ONE, "102")
    stage.ring(leg, "103", line, leg_id=ONE)
    stage.answer(ONE, "103", line, leg_id=ONE)
    other = call_id(49)
    stage.say(CallEvent.FAILED, other, "out 102>01702", "102", leg_id=other, reason="603")
    stage.wait(10)
    stage.resync(shown(ONE, f"{line} talk", "103 talk", leg_id=ONE), x102=IDLE, x103=BUSY)
    stage.wait(10)
    assert ends(stage) == [(other, CallOutcome.REFUSED)]


def test_a_phone_that_begins_to_ring_after_another_one_was_picked_up_is_of_another_call() -> None:
    stage = Stage()
    stage.ring(ONE, "102")
    stage.wait(3)
    stage.phone("102", BUSY)
    stage.wait(3)
    stage.ring(NEXT, "103")
    assert list(stage.tracker.active) == [ONE, NEXT]


def test_a_phone_that_rings_for_a_third_call_too_is_not_of_one_whose_only_callee_refused() -> None:
    stage = Stage()
    stage.ring(ONE, "102")
    stage.ring(NEXT, "103")
    stage.ring(call_id(60), "103", "101")
    stage.say(CallEvent.FAILED, ONE, "102", reason="603")
    stage.cdr(ONE, "busy", OUTSIDE, "102", direction="inbound")
    stage.wait(5)
    assert ends(stage) == [(ONE, CallOutcome.REFUSED)]
    stage.bye(NEXT, "103")
    stage.cdr(NEXT, "no_answer", OUTSIDE, "103", direction="inbound")
    stage.wait(5)
    assert ends(stage)[1:] == [(NEXT, CallOutcome.MISSED)]


@pytest.mark.parametrize("told", [False, True], ids=["unseen", "as its status tells"])
def test_who_picked_up_is_not_the_one_that_could_not_be_reached(
    told: bool,
) -> None:
    """He makes a call on a line that is not shown, and is rung first; its record is lost."""
    stage = Stage()
    stage.phone("101", RINGING)
    stage.ring(ONE, "101")
    stage.wait(6)
    if told:
        stage.phone("101", BUSY)
    stage.answer(ONE, "101")
    stage.wait(3)
    stage.say(CallEvent.FAILED, ONE, "101", reason="480")
    stage.phone("101", IDLE)
    stage.wait(10)
    stage.resync(x101=IDLE)
    assert stage.end().outcome is CallOutcome.FAILED


def test_a_phone_that_is_found_to_ring_for_a_call_that_ends_rings_on_for_another_one() -> None:
    """The call is known since 102 forwarded it; that 105 rang, and refused, is lost."""
    stage = Stage()
    leg, other_leg = call_id(44), call_id(54)
    stage.ring(leg, "102")
    stage.phone("103", RINGING)
    stage.ring(other_leg, "103")
    stage.wait(9)
    stage.say(CallEvent.TRANSFER, ONE, "105")
    stage.phone("102", IDLE)
    stage.cdr(ONE, "busy", OUTSIDE, "102", direction="inbound")
    stage.wait(5)
    assert [outcome for _, outcome in ends(stage)] == [CallOutcome.BUSY]
    assert [call.extensions for call in stage.tracker.active.values()] == [("103",)]


def test_two_who_ring_for_one_caller_are_not_in_a_call_with_each_other() -> None:
    stage = Stage()
    group = call_id(60)
    stage.ring(ONE, "103", "102")
    stage.ring(group, "102", "101")
    stage.ring(group, "103", "101")
    stage.wait(10)
    stage.resync(shown("", "102", "103"), queried=("102",), x101=BUSY, x102=BUSY, x103=RINGING)
    call = stage.tracker.active[group]
    assert set(call.extensions) == {"101", "102", "103"}


def test_who_was_answered_alone_picked_up_then_though_his_status_was_not_told() -> None:
    """The caller was rung for long before the call; 480 a moment later does not mean no answer."""
    stage = Stage()
    stage.ring(ONE, "101")
    stage.wait(8)
    stage.answer(ONE, "101")
    stage.wait(3)
    stage.say(CallEvent.FAILED, ONE, OUT, "101", leg_id=call_id(41), reason="480")
    stage.wait(10)
    stage.resync(x101=IDLE)
    assert stage.end().outcome is CallOutcome.FAILED


def test_a_phone_that_a_reading_shows_to_be_idle_rings_no_more_for_a_call_that_goes_on() -> None:
    """That 102 forwarded it is lost, as is the call's record."""
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.wait(20)
    stage.resync(shown("", "101"), queried=("101",), x101=BUSY, x102=IDLE)
    stage.wait(5)
    stage.say(CallEvent.FAILED, ONE, "103", "101", reason="603")
    stage.wait(25)
    stage.resync(x101=IDLE, x102=IDLE, x103=IDLE)
    assert stage.end().outcome is CallOutcome.REFUSED


def test_a_reading_shows_the_first_id_of_a_call_beside_the_second_of_another_one() -> None:
    stage = Stage()
    stage.alert(ITS_SECOND, "101")  # on a line that is not shown
    stage.answer(ITS_SECOND, "101")
    stage.wait(10)
    stage.resync(
        shown(NEXT, f"in {OUTSIDE}>101 alert", "101 ring", leg_id=NEXT),
        shown(ONE, f"{OUT} talk", leg_id=ONE),
        x101=RINGING,
    )
    assert list(stage.tracker.active) == [ITS_SECOND, NEXT]


def test_who_rang_for_another_call_of_a_reading_is_not_in_the_one_whose_phone_it_shows() -> None:
    stage = Stage()
    leg, other_leg = call_id(44), call_id(56)
    other = call_id(52)
    stage.ring(other_leg, "103")
    stage.ring(leg, "102")
    stage.answer(ONE, "102")
    stage.phone("103", IDLE)
    stage.wait(10)
    stage.resync(
        shown(ONE, f"in {OUTSIDE}>102 talk", "102 talk", leg_id=ONE),
        shown(other, "in 0309999>6500 alert", leg_id=other),  # its mailbox
        x102=BUSY,
        x103=IDLE,
    )
    stage.cdr(other, "voicemail", "0309999", "103", direction="inbound")
    stage.wait(10)
    assert ends(stage) == [(other, CallOutcome.VOICEMAIL)]
    (call,) = stage.tracker.calls_of("102")
    assert "103" not in call.rang
