"""Calls between extensions: what is told of them, once, and who calls whom."""

from datetime import timedelta

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus, LegState
from custom_components.ippbx.pbx.model.tracked import (
    CallDirection,
    CallEventType,
    CallOutcome,
    CallState,
)

from .call_stage import ONE, OUTSIDE, START, Stage, call_id

BUSY, RINGING = ExtensionStatus.BUSY, ExtensionStatus.RINGING


def ring_internal(stage: Stage) -> None:
    stage.ring(ONE, "102", "101")
    stage.alert(ONE, "101")


class TestWhoCalls:
    """As the status of phones tells, which may be old."""

    def test_who_was_answered_alone_calls_though_the_other_one_is_busy(self) -> None:
        stage = Stage()
        stage.phone("102", BUSY)
        stage.phone("101", RINGING)
        stage.answer(ONE, "101")
        stage.ring(ONE, "102", "101")
        assert stage.tracker.active[ONE].caller != "102"

    def test_who_picked_up_first_calls_though_the_other_one_is_busy(self) -> None:
        stage = Stage()
        stage.phone("102", BUSY)
        stage.ring(ONE, "101")
        stage.phone("101", RINGING)
        stage.wait(5)
        stage.answer(ONE, "101")
        stage.ring(ONE, "102", "101")
        assert stage.tracker.active[ONE].caller != "102"
        assert CallEventType.DIALING not in {
            change.type for change in stage.changes if "102" in change.extensions
        }


def test_internal_call_from_ring_to_end() -> None:
    stage = Stage()
    ring_internal(stage)
    assert stage.told == ["dialing 101", "ringing 102"]
    assert stage.status_of("102") is ExtensionStatus.RINGING
    assert stage.status_of("101") is ExtensionStatus.BUSY
    stage.wait(4)
    stage.answer(ONE, "102", "101")
    stage.say(CallEvent.ANSWERED, ONE, "101", "102")
    assert stage.told == ["answered 102 101"]
    (call,) = stage.tracker.active.values()
    assert (call.state, call.answered_by) == (CallState.TALKING, "102")
    stage.wait(5)
    stage.bye(ONE, "101", "102")
    stage.bye(ONE, "102", "101")
    assert not stage.tracker.active
    assert stage.status_of("102") is None
    stage.cdr(ONE, "answered", "101", "102")
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
    stage.answer(ONE, "102", "101")
    stage.bye(ONE, "101", "102")
    assert stage.told
    stage.cdr(ONE, "answered", "101", "102")
    assert stage.told == ["ended 102 101"]


def test_call_of_which_only_phones_and_the_record_tell() -> None:
    stage = Stage()
    stage.phone("101", ExtensionStatus.BUSY)
    stage.phone("102", ExtensionStatus.RINGING)
    assert stage.status_of("102") is None, "what the phone itself says must do"
    stage.wait(10)
    stage.phone("102", ExtensionStatus.IDLE)
    stage.phone("101", ExtensionStatus.IDLE)
    stage.cdr(ONE, "no_answer", "101", "102")
    call = stage.end()
    assert (call.outcome, call.missed_by) == (CallOutcome.MISSED, ("102",))


def test_who_is_named_second_calls() -> None:
    stage = Stage()
    stage.phone("101", ExtensionStatus.BUSY)
    stage.phone("102", ExtensionStatus.RINGING)
    stage.ring(ONE, "102", "101")
    call = stage.tracker.active[ONE]
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
    stage.ring(ONE, "102", "101")
    assert [(change.type, change.call.caller) for change in stage.changes] == [
        ("dialing", "101"),
        ("ringing", "101"),
    ]


def test_who_hears_it_ring_calls_whoever_is_named_first() -> None:
    """All samples name the callee first; a page in English says the caller."""
    stage = Stage()
    stage.ring(ONE, "101", "102")
    stage.alert(ONE, "101")
    call = stage.tracker.active[ONE]
    assert (call.caller, call.rang) == ("101", ("102",))
    assert stage.tracker.leg_states_of("101") == ((ONE, LegState.DIALING),)


def test_who_picked_up_the_own_phone_has_called() -> None:
    """A call by command of which the ringing of the callee was lost."""
    stage = Stage(keeps_records=True)
    stage.ring(ONE, "101")
    stage.wait(5)
    stage.answer(ONE, "101")
    stage.alert(ONE, "101")
    stage.wait(20)
    stage.bye(ONE, "101")
    stage.cdr(ONE, "no_answer", "101", "102", duration=25)
    assert stage.end().outcome is CallOutcome.MISSED


@pytest.mark.parametrize("callee", [ExtensionStatus.IDLE, ExtensionStatus.BUSY])
def test_who_gives_up_and_goes_back_to_another_call(callee: ExtensionStatus) -> None:
    """No report says so, and its phone does not get idle: the record does."""
    stage, asks, other = Stage(), call_id(44), call_id(50)
    stage.answer(ONE, "101", f"in {OUTSIDE}>101", leg_id=ONE)
    stage.wait(5)
    stage.ring(asks, "102", "101")
    stage.alert(asks, "101")
    stage.phone("102", ExtensionStatus.RINGING)
    if callee is ExtensionStatus.BUSY:
        stage.answer(other, "102", "in 0307654321>102", leg_id=other)
    stage.wait(5)
    stage.phone("102", callee)
    stage.cdr(asks, "no_answer", "101", "102", direction="internal", duration=5)
    assert asks not in stage.tracker.active
    assert stage.end_of_one().outcome is CallOutcome.MISSED
