"""Calls that begin beside each other on hidden lines: reports of one are not of the other."""

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallEventType, CallOutcome, TrackedCall

from .call_stage import OUTSIDE, Stage, call_id

ONE, ITS_SECOND, ITS_LEG = call_id(40), call_id(42), call_id(44)
OTHER, OTHER_SECOND, OTHER_LEG = call_id(46), call_id(48), call_id(50)
IDLE, BUSY, RINGING = ExtensionStatus.IDLE, ExtensionStatus.BUSY, ExtensionStatus.RINGING


def ends(stage: Stage) -> list[tuple[str, CallOutcome | None]]:
    """Return the calls whose end was told, and how they ended."""
    told: list[TrackedCall] = [
        change.call for change in stage.changes if change.type is CallEventType.ENDED
    ]
    return [(call.call_id, call.outcome) for call in told]


def two_ring() -> Stage:
    """Return a stage with 103 ringing for a call and 102 for an earlier one: seemingly the same."""
    stage = Stage()
    stage.phone("103", RINGING)
    stage.ring(OTHER_LEG, "103")
    stage.phone("102", RINGING)
    stage.ring(ITS_LEG, "102")
    return stage


def test_a_record_of_a_leg_that_never_was_tells_that_a_call_came_in() -> None:
    """What rings with the phone is a mobile phone, on the only line that is shown."""
    stage = Stage()
    line = "out 102>01701"
    stage.ring(ITS_LEG, "102")
    stage.ring(ONE, line, leg_id=ONE)
    stage.bye(ONE, line, leg_id=ONE)
    stage.cdr(call_id(45), "no_answer", OUTSIDE, "01701", direction="inbound", duration=0)
    stage.wait(10)
    stage.resync(x102=IDLE)
    stage.wait(10)
    assert ends(stage) == [(ONE, CallOutcome.MISSED)]


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
    stage.say(CallEvent.FAILED, third, "out 105>01702", "105", leg_id=third, reason="503")
    stage.cdr(third, "failed", "105", "01702", direction="outbound")
    assert stage.end_of_one().call_id == third
    stage.answer(ITS_SECOND, line, "101", leg_id=ONE)
    assert [change.type for change in stage.changes] == [CallEventType.ANSWERED]
    assert list(stage.tracker.active) == [ONE]


def test_the_second_id_of_a_call_known_only_since_it_was_forwarded() -> None:
    stage = Stage()
    stage.say(CallEvent.TRANSFER, ONE, "102")  # who forwards
    stage.wait(10)
    stage.bye(ITS_SECOND, "103", "101")  # who rang, and who called
    stage.wait(5)
    stage.resync(x101=IDLE, x102=IDLE, x103=IDLE)
    stage.wait(10)
    assert ends(stage) == [(ONE, CallOutcome.UNKNOWN)]


def test_no_line_is_that_of_a_call_known_only_since_it_was_forwarded() -> None:
    stage = Stage()
    stage.say(CallEvent.TRANSFER, ONE, "102")
    stage.answer(ITS_SECOND, "101", "out 101>01701", leg_id=call_id(41))
    assert list(stage.tracker.active) == [ONE, ITS_SECOND]


def test_no_phone_rings_for_a_call_whose_only_callee_was_busy() -> None:
    stage = Stage()
    stage.say(CallEvent.FAILED, ONE, "102", reason="486")
    stage.cdr(ONE, "busy", OUTSIDE, "102", direction="inbound")
    stage.ring(OTHER, "103")
    stage.wait(5)
    assert ends(stage) == [(ONE, CallOutcome.BUSY)]
    assert list(stage.tracker.active) == [OTHER]


def test_who_was_taken_out_of_a_call_is_in_none_when_both_are_over() -> None:
    """A call known by one party alone lives on while other extensions are in unknown calls."""
    stage = two_ring()
    for each, extension in ((OTHER, "103"), (ONE, "102")):
        stage.answer(each, extension)
        stage.cdr(each, "answered", OUTSIDE, extension, direction="inbound")
    stage.wait(10)
    assert not stage.tracker.active
    stage.answer(call_id(60), "101")
    stage.wait(10)
    stage.resync(queried=("101",), x101=BUSY, x102=BUSY)
    assert list(stage.tracker.active) == [call_id(60)]
