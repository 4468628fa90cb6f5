"""Calls that begin beside each other on hidden lines: reports of one are not of the other."""

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallEventType, CallOutcome, TrackedCall

from .call_stage import OUTSIDE, Stage, call_id, shown

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


def test_a_call_that_failed_is_no_leg_of_the_one_before() -> None:
    stage = Stage()
    stage.ring(ITS_LEG, "102")
    stage.say(CallEvent.FAILED, OTHER, "105", reason="486 Busy Here")  # its record is lost
    stage.wait(5)
    stage.answer(ONE, "102")
    stage.wait(15)
    stage.bye(ONE, "102")
    stage.cdr(ONE, "answered", OUTSIDE, "102", direction="inbound")
    stage.wait(5)
    stage.resync(x102=IDLE, x105=IDLE)
    stage.wait(10)
    assert ends(stage) == [(ITS_LEG, CallOutcome.ANSWERED), (OTHER, CallOutcome.BUSY)]


def test_a_phone_that_talks_is_not_of_a_call_known_by_its_record_alone() -> None:
    stage = Stage()
    stage.ring(ITS_LEG, "102")
    stage.wait(5)
    stage.answer(ONE, "102")
    stage.cdr(OTHER, "no_answer", OUTSIDE, "105", direction="inbound")
    assert stage.end_of_one().call_id == OTHER
    assert [call.call_id for call in stage.tracker.calls_of("102")] == [ITS_LEG]


def test_a_record_of_a_leg_that_never_was_is_of_the_call_that_has_who_was_called() -> None:
    stage = Stage()
    stage.ring(ITS_LEG, "102")
    stage.bye(OTHER, "103")
    stage.cdr(call_id(51), "no_answer", OUTSIDE, "103", direction="inbound", duration=1)
    stage.wait(10)
    stage.resync(x102=RINGING, x103=IDLE)
    stage.wait(10)
    assert ends(stage) == [(OTHER, CallOutcome.MISSED)]


def test_a_record_of_a_leg_that_never_was_is_of_no_call_that_has_both_its_ids() -> None:
    """Who calls is in that one, too, which began right after."""
    stage = Stage()
    stage.answer(ONE, "101")  # an IVR
    stage.answer(OTHER, "101", f"in {OUTSIDE}>101", leg_id=OTHER)
    stage.bye(OTHER, "101", f"in {OUTSIDE}>101", leg_id=OTHER)
    stage.bye(OTHER_SECOND, f"in {OUTSIDE}>101", "101", leg_id=OTHER)
    stage.cdr(OTHER, "answered", OUTSIDE, "101", direction="inbound")
    stage.cdr(ITS_LEG, "no_answer", "101", "6501", duration=0)
    stage.wait(10)
    stage.resync(x101=IDLE)
    stage.wait(10)
    assert ends(stage) == [(OTHER, CallOutcome.ANSWERED), (ONE, CallOutcome.MISSED)]


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


class TestRingsOn:
    """A phone seemed to ring for a call that ends, and rings on, as its status told last."""

    @pytest.mark.parametrize("outcome", [CallOutcome.ANSWERED, CallOutcome.BUSY])
    def test_it_is_of_another_call(self, outcome: CallOutcome) -> None:
        stage = two_ring()
        stage.wait(8)
        if outcome is CallOutcome.ANSWERED:
            stage.answer(ONE, "102")
        else:
            stage.say(CallEvent.FAILED, ONE, "102", reason="486")
        stage.cdr(ONE, outcome, OUTSIDE, "102", direction="inbound")
        stage.wait(5)
        assert ends(stage) == [(ONE, outcome)]
        assert [call.extensions for call in stage.tracker.active.values()] == [("103",)]
        stage.answer(OTHER, "103")
        stage.wait(5)
        stage.bye(OTHER, "103")
        stage.cdr(OTHER, "answered", OUTSIDE, "103", direction="inbound")
        stage.wait(5)
        assert ends(stage)[1:] == [(OTHER_LEG, CallOutcome.ANSWERED)]
        assert not stage.tracker.active

    def test_the_first_id_stays_with_the_call_whose_phone_it_is(self) -> None:
        stage = two_ring()
        stage.answer(OTHER, "103")
        stage.cdr(OTHER, "answered", OUTSIDE, "103", direction="inbound")
        stage.wait(5)
        assert ends(stage) == [(OTHER_LEG, CallOutcome.ANSWERED)]
        assert list(stage.tracker.active) == [ITS_LEG]

    def test_whether_it_was_of_a_group_that_a_record_names_the_next_reading_tells(self) -> None:
        stage = two_ring()
        stage.bye(ONE, "102")
        stage.cdr(ONE, "no_answer", OUTSIDE, "6200", direction="inbound")
        stage.wait(20)
        assert ends(stage) == []
        stage.resync(x102=IDLE, x103=IDLE)
        assert stage.end_of_all().missed_by == ("103", "102")

    def test_it_is_of_a_call_beside_that_of_a_group(self) -> None:
        """The next reading shows that one."""
        stage = two_ring()
        stage.bye(ONE, "102")
        stage.cdr(ONE, "no_answer", OUTSIDE, "6200", direction="inbound")
        stage.wait(10)
        line = f"in {OUTSIDE}>103"
        stage.resync(shown(OTHER, line, "103 ring", leg_id=OTHER), x102=IDLE, x103=RINGING)
        stage.wait(10)
        assert ends(stage) == [(ONE, CallOutcome.MISSED)]
        assert list(stage.tracker.active) == [OTHER_LEG]

    def test_a_record_is_of_none_of_those_who_ring_where_even_its_callee_rings_on(self) -> None:
        stage = two_ring()
        before = call_id(38)
        stage.cdr(before, "no_answer", OUTSIDE, "102", direction="inbound")
        stage.wait(5)
        assert ends(stage) == [(before, CallOutcome.MISSED)]
        stage.phone("102", IDLE)
        stage.answer(ONE, "103")
        stage.cdr(ONE, "answered", OUTSIDE, "6200", direction="inbound")
        stage.wait(5)
        assert ends(stage)[1:] == [(OTHER_LEG, CallOutcome.ANSWERED)]
        assert not stage.tracker.active

    def test_what_was_a_member_of_a_group_after_all_is_forgotten(self) -> None:
        stage = two_ring()
        stage.answer(ONE, "102")
        stage.cdr(ONE, "answered", OUTSIDE, "102", direction="inbound")  # "103 idle" is lost
        stage.wait(5)
        stage.resync(x102=IDLE, x103=IDLE)
        stage.wait(10)
        assert ends(stage) == [(ONE, CallOutcome.ANSWERED)]
        assert not stage.tracker.active


def test_no_phone_rings_for_a_call_whose_only_callee_was_busy() -> None:
    stage = Stage()
    stage.say(CallEvent.FAILED, ONE, "102", reason="486")
    stage.cdr(ONE, "busy", OUTSIDE, "102", direction="inbound")
    stage.ring(OTHER, "103")
    stage.wait(5)
    assert ends(stage) == [(ONE, CallOutcome.BUSY)]
    assert list(stage.tracker.active) == [OTHER]


@pytest.mark.parametrize("rings", [False, True], ids=["at once", "after it rang"])
def test_who_refuses_is_the_one_to_whom_the_call_was_led_on_as_its_line_tells(
    rings: bool,
) -> None:
    """That it was forwarded is lost, as is its record; who rang before is in no call any more."""
    stage = Stage()
    stage.ring(ITS_LEG, f"in {OUTSIDE}>102", "102", leg_id=ONE)
    stage.wait(12)
    if rings:
        stage.alert(ITS_SECOND, f"in {OUTSIDE}>103", leg_id=ONE)
        stage.ring(call_id(46), f"in {OUTSIDE}>103", "103", leg_id=ONE)
    stage.say(CallEvent.FAILED, ONE, "103", f"in {OUTSIDE}>103", leg_id=ONE, reason="603")
    stage.wait(12)
    stage.resync(x102=IDLE, x103=IDLE)
    assert stage.end().outcome is CallOutcome.REFUSED


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
