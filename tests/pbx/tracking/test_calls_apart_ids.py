"""Calls beside each other whose lines are not shown: ids tell whose a report is."""

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.tracked import CallEventType

from .call_beside import (
    BUSY,
    IDLE,
    ITS_LEG,
    ITS_SECOND,
    ONE,
    OTHER,
    OTHER_LEG,
    RINGING,
    active,
)
from .call_stage import OUTSIDE, Stage, call_id, shown


class TestIds:
    """Those of a call's legs come after its own ones, and before those of the next call."""

    def test_what_must_be_the_first_id_of_a_call_is_no_leg_of_one_before(self) -> None:
        """Somebody calls outside on a line that is not shown; a call to him is forwarded."""
        stage = Stage()
        stage.answer(ITS_SECOND, "101")
        stage.say(CallEvent.TRANSFER, ITS_LEG, "101")
        assert list(stage.tracker.active) == [ITS_SECOND, ITS_LEG]

    def test_what_came_before_the_first_id_of_a_call_is_no_part_of_it(self) -> None:
        stage = Stage()
        stage.ring(ITS_SECOND, "102")
        stage.say(CallEvent.FAILED, ITS_LEG, "102", reason="486")
        stage.cdr(ITS_LEG, "busy", OUTSIDE, "102", direction="inbound")
        assert stage.end_of_one().call_id == ITS_LEG
        assert active(stage) == {ITS_SECOND: ("102",)}

    def test_who_was_rung_first_hears_his_call_answered_under_its_second_id(self) -> None:
        stage = Stage()
        stage.ring(ONE, "101")
        stage.answer(ONE, "101")
        stage.wait(10)
        stage.answer(ITS_SECOND, "101")
        assert list(stage.tracker.active) == [ONE]

    def test_who_has_answered_answers_somebody_else_under_another_id(self) -> None:
        stage = Stage()
        stage.answer(ITS_SECOND, "101")
        stage.wait(10)
        stage.answer(ITS_LEG, "105", "101")
        assert list(stage.tracker.active) == [ITS_SECOND, ITS_LEG]

    def test_who_is_rung_first_for_his_own_call_hears_it_ring_under_its_second_id(self) -> None:
        """Somebody else is rung for his, right after."""
        stage = Stage()
        stage.ring(ONE, "101")
        stage.ring(ITS_LEG, "105")
        stage.alert(ITS_SECOND, "101")
        stage.ring(ONE, "out 101>01701", "101", leg_id=ONE)
        stage.answer(ITS_LEG, "105")
        dialing = [change for change in stage.changes if change.type is CallEventType.DIALING]
        assert [change.extensions for change in dialing] == [("101",)]
        assert active(stage) == {ONE: ("101",), ITS_LEG: ("105",)}

    def test_who_presses_keys_does_not_ring_in_that_call(self) -> None:
        stage = Stage()
        stage.ring(OTHER_LEG, "101")
        stage.key(ONE, "101", "2", 0)
        assert list(stage.tracker.active) == [OTHER_LEG, ONE]
        assert [change.call.call_id for change in stage.changes] == [OTHER_LEG, ONE]

    def test_a_phone_that_rings_when_another_has_stopped_rings_under_a_later_id(self) -> None:
        stage = Stage()
        stage.ring(OTHER, "101")
        stage.wait(8)
        stage.phone("101", IDLE)
        stage.ring(ONE, "102")
        assert active(stage) == {OTHER: ("101",), ONE: ("102",)}

    def test_nobody_rings_alone_for_a_call_of_which_reports_name_both_sides(self) -> None:
        """Who calls was rung first; the phone beside rings for another call."""
        stage = Stage()
        stage.ring(ONE, "101")
        stage.ring(ITS_LEG, "105")
        stage.answer(ONE, "101")
        stage.ring(ONE, "102", "101")
        stage.alert(ONE, "101")
        assert active(stage) == {ONE: ("101", "102"), ITS_LEG: ("105",)}


class TestOneId:
    """Nothing has an id of its own: so on some of these PBXes."""

    def test_phones_that_ring_for_two_calls_at_once(self) -> None:
        one, other = call_id(40), call_id(44)
        stage = Stage()
        stage.ring(one, "102")
        stage.ring(other, "101")
        stage.ring(other, "102")
        stage.ring(one, "101")
        assert active(stage) == {one: ("102", "101"), other: ("101", "102")}

    def test_a_call_that_a_reading_shows_by_itself_is_no_leg_of_another_one(self) -> None:
        one, other = call_id(40), call_id(44)
        stage = Stage()
        stage.ring(one, "101", f"in {OUTSIDE}>6200", leg_id=one)
        stage.answer(one, "102", f"in {OUTSIDE}>6200", leg_id=one)
        stage.bye(one, "101", f"in {OUTSIDE}>6200", leg_id=one)
        stage.ring(other, "101")
        stage.wait(5)
        stage.resync(
            shown(one, f"in {OUTSIDE}>6200", "102 talk", leg_id=one),
            shown(other, "in 01701>101", "101 ring", leg_id=other),
            x101=RINGING,
            x102=BUSY,
        )
        assert list(stage.tracker.active) == [one, other]


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
