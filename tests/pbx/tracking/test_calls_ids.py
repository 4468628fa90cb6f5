"""Ids: under which of them reports are of one call, and under which of another one."""

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallEventType, CallOutcome

from .call_stage import ONE, OUTSIDE, Stage, active, answered_inside, call_id, ends, record, shown

ITS_SECOND = call_id(42)
ITS_LEG = call_id(44)
OTHER = call_id(48)
OTHER_LEG = call_id(52)
LINE = f"in {OUTSIDE}>101"
OUT = "out 101>01701"
IDLE, BUSY, RINGING = ExtensionStatus.IDLE, ExtensionStatus.BUSY, ExtensionStatus.RINGING


def members(stage: Stage) -> list[set[str]]:
    """Return who takes part in the calls that are up."""
    return [set(call.extensions) for call in stage.tracker.active.values()]


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
        stage.say(CallEvent.FAILED, ITS_LEG, "102", reason="busy")
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


class TestIdsBeside:
    """What a report states outranks how far its id is from others."""

    def test_a_ring_that_names_its_line_is_of_that_call_whatever_its_own_id(self) -> None:
        stage = Stage()
        stage.ring(ITS_SECOND, "101", LINE, leg_id=ONE)
        stage.answer(ONE, "101", LINE, leg_id=ONE)
        stage.wait(20)
        stage.say(CallEvent.TRANSFER, ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
        stage.ring(call_id(45, later=20), "102", f"in {OUTSIDE}>102", leg_id=ONE)
        stage.answer(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
        stage.wait(5)
        stage.bye(ONE, f"in {OUTSIDE}>102", "102", leg_id=ONE)
        stage.bye(call_id(45, later=20), "102", f"in {OUTSIDE}>102", leg_id=ONE)
        stage.cdr(ONE, "answered", OUTSIDE, "101", direction="inbound")
        call = stage.end()
        assert (call.callee, call.answered_by) == ("101", "101")

    @pytest.mark.parametrize("apart", [3, 5, 7])
    def test_a_hang_up_under_an_id_at_an_odd_distance_begins_no_call(self, apart: int) -> None:
        stage = Stage()
        answered_inside(stage)
        stage.bye(ONE, "101", "102")
        stage.bye(call_id(40 + apart, later=7), "102", "101")
        stage.cdr(ONE, "answered", "101", "102")
        assert stage.end().outcome is CallOutcome.ANSWERED

    def test_a_report_that_names_nobody_is_of_no_call_two_numbers_after_it(self) -> None:
        stage = Stage()
        stage.ring(ITS_SECOND, "102", "101")
        stage.ring(ONE)
        assert set(stage.tracker.active) == {ITS_SECOND, ONE}

    def test_a_hang_up_alone_begins_no_call(self) -> None:
        stage = Stage()
        stage.bye(ONE, "101", "102")
        assert not stage.tracker.active
        assert stage.told == []

    def test_each_extension_of_a_group_rings_for_the_caller_under_an_id_of_its_own(self) -> None:
        stage = Stage()
        for number, member in ((42, "102"), (46, "104"), (44, "103")):
            stage.ring(call_id(number), member, "101")
            stage.alert(call_id(number), "101")
        stage.answer(call_id(44), "103", "101")
        assert len(stage.tracker.active) == 1
        stage.bye(ONE, "101", "103")
        stage.bye(call_id(44), "103", "101")
        stage.cdr(ONE, "answered", "101", "6200")
        call = stage.end()
        assert (call.callee, call.answered_by, call.caller) == ("6200", "103", "101")

    def test_a_hang_up_between_two_of_a_group_is_of_another_call(self) -> None:
        """102 and 103 talked under an id that nothing was heard of, and rang again for 101."""
        stage = Stage()
        for member in ("102", "103", "104"):
            stage.ring(call_id(42), member, "101")
        stage.answer(call_id(42), "104", "101")
        stage.wait(5)
        stage.bye(ONE, "102", "103")
        stage.cdr(ONE, "answered", "102", "103")
        stage.wait(5)
        assert list(stage.tracker.active) == [call_id(42)]

    def test_asking_before_a_transfer_by_keys_is_of_the_call_that_is_transferred(self) -> None:
        stage = Stage()
        stage.ring(ITS_SECOND, "101", LINE, leg_id=ONE)
        stage.answer(ONE, "101", LINE, leg_id=ONE)
        stage.wait(5)
        asked = call_id(47, later=5)
        stage.ring(asked, "102", "101")
        stage.alert(asked, "101")
        stage.answer(ONE, "102", "101")
        assert len(stage.tracker.active) == 1
        stage.say(CallEvent.TRANSFER, ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
        stage.wait(5)
        stage.bye(ONE, "102")
        stage.bye(asked, "102")
        stage.cdr(ONE, "answered", OUTSIDE, "101", direction="inbound")
        assert stage.end().answered_by == "101"

    def test_after_a_start_of_the_pbx_an_old_id_is_a_new_call(self) -> None:
        stage = Stage()
        answered_inside(stage)
        stage.boot()
        stage.wait(10)
        assert len(ends(stage)) == 1
        stage.changes.clear()
        stage.ring(ONE, "104", "103")
        assert stage.told == ["dialing 103", "ringing 104"]


def test_which_rules_attached_the_reports_of_calls_is_known() -> None:
    stage = Stage()
    stage.ring(ITS_SECOND, "101", LINE, leg_id=ONE)
    stage.answer(ONE, "101", LINE, leg_id=ONE)
    assert stage.tracker.rules_used == [("NEW", "STATED")]
    stage.bye(ONE, LINE, "101", leg_id=ONE)
    stage.read(record(ONE, "answered", OUTSIDE, "101", direction="inbound"))
    stage.wait(5)
    assert stage.tracker.rules_used == [("NEW", "STATED")]


def test_a_record_has_no_id_beside_that_of_a_line() -> None:
    """Who calls out is called on that line meanwhile; the record is one of a leg that never was."""
    stage = Stage()
    line = f"in {OUTSIDE}>101"
    stage.ring(call_id(50), "101", line, leg_id=call_id(46))
    stage.cdr(ITS_LEG, "no_answer", "101", "01701", direction="outbound", duration=0)
    stage.wait(5)
    stage.answer(call_id(46), "101", line, leg_id=call_id(46))
    stage.wait(5)
    stage.bye(call_id(46), "101", line, leg_id=call_id(46))
    stage.cdr(call_id(46), "answered", OUTSIDE, "101", direction="inbound")
    stage.wait(5)
    assert ends(stage) == [(call_id(50), CallOutcome.ANSWERED)]


def test_an_id_under_which_two_phones_ring_is_that_of_no_leg() -> None:
    stage = Stage()
    stage.bye(ONE, "102")
    for member in ("103", "104"):
        stage.ring(ITS_LEG, member)
    stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound")
    stage.wait(5)
    assert ends(stage) == [(ONE, CallOutcome.MISSED)]
    assert members(stage) == [{"103", "104"}]


def test_where_phones_ring_under_the_id_of_their_call_none_rings_for_it_under_another_one() -> None:
    stage = Stage()
    stage.ring(ONE, "102")
    stage.answer(ONE, "102")  # with whom is not shown
    stage.ring(ITS_LEG, "103")
    assert members(stage) == [{"102"}, {"103"}]


def test_the_ring_of_a_call_may_follow_what_its_caller_hears() -> None:
    """The PBX rings phones under the first id; the caller hears it under the second."""
    stage = Stage()
    stage.ring(ONE, "103", "104")
    stage.alert(ONE, "104")
    stage.wait(3)
    stage.bye(ONE, "104", "103")
    stage.cdr(ONE, "no_answer", "104", "103", duration=3)
    stage.end()
    stage.alert(call_id(52, later=34), "101")
    stage.ring(call_id(50, later=34), "102", "101")
    assert members(stage) == [{"101", "102"}]


def test_a_line_that_rings_a_phone_is_not_of_an_inside_call_two_numbers_on() -> None:
    stage = Stage()
    stage.ring(call_id(42), "102", "101")
    stage.alert(call_id(48, later=1), f"in {OUTSIDE}>102", leg_id=ONE)
    assert members(stage) == [{"101", "102"}, set()]
    assert stage.tracker.active[call_id(48, later=1)].caller == OUTSIDE


def test_a_line_that_calls_who_is_called_by_another_extension_makes_a_call_of_its_own() -> None:
    stage = Stage()
    stage.ring(call_id(46), "102", "101")
    stage.ring(ITS_LEG, "102", f"in {OUTSIDE}>102", leg_id=ONE)
    assert members(stage) == [{"101", "102"}, {"102"}]


def test_a_reading_shows_a_line_that_calls_who_is_in_another_call() -> None:
    stage = Stage()
    stage.answer(ONE, "101")  # an IVR
    stage.wait(5)
    stage.resync(
        shown(call_id(46), f"in {OUTSIDE}>101 alert", "101 ring", leg_id=call_id(46)),
        shown("", "101", "102"),
        queried=("101",),
        x101=BUSY,
        x102=RINGING,
    )
    assert sorted(stage.tracker.active) == [ONE, call_id(46)]


def test_a_reading_that_shows_an_extension_alone_is_of_the_call_in_which_it_talks_to_the_pbx() -> (
    None
):
    """To a mailbox, after its callee did not answer, while a call is passed on to it."""
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.bye(ONE, "102", "101")
    stage.answer(ONE, "101")
    stage.say(CallEvent.TRANSFER, call_id(46), "101")
    stage.wait(10)
    stage.resync(shown("", "101"), queried=("101",), x101=BUSY, x102=IDLE, x103=BUSY)
    stage.wait(10)
    assert ends(stage) == []


def test_no_second_id_is_one_that_is_not_beside_that_of_the_line() -> None:
    stage = Stage()
    other = call_id(46)
    stage.ring(ITS_LEG, f"in {OUTSIDE}>105", "105", leg_id=ONE)
    stage.say(CallEvent.TRANSFER, other, "101")
    assert list(stage.tracker.active) == [ITS_LEG, other]


def test_a_line_with_the_id_after_that_of_a_call_is_no_call_beside_it() -> None:
    """The mobile phone of a ringing extension, while a phone rings for another caller."""
    stage = Stage()
    stage.ring(ITS_SECOND, "104")
    stage.ring(ONE, "102")
    stage.ring(ONE, "out 102>01701", leg_id=call_id(41))
    stage.answer(ONE, "102")
    stage.wait(20)
    stage.resync(shown(ONE, f"in {OUTSIDE}>102 talk", "102 talk"), x102=BUSY, x104=RINGING)
    stage.wait(20)
    assert [change.type for change in stage.changes if change.type is CallEventType.ENDED] == []
    assert call_id(41) not in stage.tracker.active


class TestTwoIdsForOneCall:
    """OpenVox reports one call under two ids."""

    def test_outbound(self) -> None:
        stage = Stage()
        stage.alert(ITS_SECOND, "101")
        stage.ring(ONE, f"out 101>{OUTSIDE}", "101", leg_id=ONE)
        stage.answer(ITS_SECOND, "101", f"out 101>{OUTSIDE}", leg_id=ONE)
        assert list(stage.tracker.active) == [ITS_SECOND]
        assert stage.tracker.find(ONE) == stage.tracker.find(ITS_SECOND)
        stage.bye(ONE, f"out 101>{OUTSIDE}", "101", leg_id=ONE)
        stage.bye(ITS_SECOND, "101", f"out 101>{OUTSIDE}", leg_id=ONE)
        stage.cdr(ONE, "answered", "101", OUTSIDE, direction="outbound")
        assert stage.told == ["dialing 101", "answered 101", "ended 101"]

    def test_inbound(self) -> None:
        stage = Stage()
        stage.ring(ITS_SECOND, "102", f"in {OUTSIDE}>102", leg_id=ONE)
        stage.alert(ITS_SECOND, f"in {OUTSIDE}>102", leg_id=ONE)
        stage.answer(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
        stage.bye(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
        stage.bye(ITS_SECOND, f"in {OUTSIDE}>102", "102", leg_id=ONE)
        stage.cdr(ONE, "answered", OUTSIDE, "102", direction="inbound")
        assert stage.told == ["ringing 102", "answered 102", "ended 102"]

    @pytest.mark.parametrize("later", [0, 1])
    def test_internal_second_hang_up(self, later: int) -> None:
        stage = Stage()
        pair = call_id(42, later)
        stage.ring(ONE, "102", "101")
        stage.answer(ONE, "102", "101")
        stage.bye(ONE, "102", "101")
        stage.cdr(ONE, "answered", "101", "102")
        stage.bye(pair, "101", "102")
        stage.wait(20)
        assert stage.told == ["dialing 101", "ringing 102", "answered 102 101", "ended 102 101"]

    def test_second_hang_up_alone(self) -> None:
        stage = Stage()
        stage.ring(ONE, "102", "101")
        stage.answer(ONE, "102", "101")
        stage.bye(ITS_SECOND, "101", "102")
        assert stage.end().outcome is CallOutcome.ANSWERED

    def test_calls_of_others_with_ids_side_by_side_stay_apart(self) -> None:
        stage = Stage()
        stage.ring(ONE, "102", "101")
        stage.ring(ITS_SECOND, "104", "103")
        stage.ring(call_id(41), "105", "106")
        assert len(stage.tracker.active) == 3


class TestFirst:
    """Reports under a first id alone are not of the call before, known by its second id."""

    @pytest.fixture
    def stage(self) -> Stage:
        """Return a stage on which 101 calls outside, as ALERT tells: under the second id."""
        stage = Stage()
        stage.alert(ITS_SECOND, "101")
        return stage

    def test_a_transfer(self, stage: Stage) -> None:
        stage.say(CallEvent.TRANSFER, ITS_LEG, "105")
        assert list(stage.tracker.active) == [ITS_SECOND, ITS_LEG]

    def test_a_line(self, stage: Stage) -> None:
        stage.ring(
            ITS_LEG, OUT, leg_id=ITS_LEG
        )  # with the phone that is called rings a mobile phone
        assert list(stage.tracker.active) == [ITS_SECOND, ITS_LEG]


def test_a_reading_shows_the_line_of_a_call_beside_one_that_was_passed_on() -> None:
    stage = Stage()
    stage.say(CallEvent.TRANSFER, ITS_LEG, "101")
    stage.answer(ITS_SECOND, OUT, "101", leg_id=ONE)
    stage.wait(10)
    stage.resync(shown(ONE, f"{OUT} talk", leg_id=ONE), x101=RINGING, x103=BUSY)
    assert list(stage.tracker.active) == [ITS_LEG, ITS_SECOND]


def test_no_line_has_the_id_after_that_of_a_phone_that_rings() -> None:
    """102 forwards its calls, and calls out itself."""
    stage = Stage()
    line, leg = f"in {OUTSIDE}>103", call_id(48)
    stage.say(CallEvent.TRANSFER, ONE, "102")
    stage.ring(leg, "103", line, leg_id=ONE)
    stage.answer(ONE, "103", line, leg_id=ONE)
    other = call_id(49)
    stage.say(CallEvent.FAILED, other, "out 102>01702", "102", leg_id=other, reason="refused")
    stage.wait(10)
    stage.resync(shown(ONE, f"{line} talk", "103 talk", leg_id=ONE), x102=IDLE, x103=BUSY)
    stage.wait(10)
    assert ends(stage) == [(other, CallOutcome.REFUSED)]


def test_a_reading_shows_the_first_id_of_a_call_beside_the_second_of_another_one() -> None:
    stage = Stage()
    stage.alert(ITS_SECOND, "101")  # on a line that is not shown
    stage.answer(ITS_SECOND, "101")
    stage.wait(10)
    stage.resync(
        shown(ITS_LEG, f"in {OUTSIDE}>101 alert", "101 ring", leg_id=ITS_LEG),
        shown(ONE, f"{OUT} talk", leg_id=ONE),
        x101=RINGING,
    )
    assert list(stage.tracker.active) == [ITS_SECOND, ITS_LEG]


def test_late_reports_on_a_call_that_is_over_and_was_known_by_its_line_make_no_other_one() -> None:
    """A Yeastar with API v1 lists the id of the line; the call has the number before."""
    stage = Stage(keeps_records=True)
    line = call_id(41)
    stage.resync(shown(line, f"out 101>{OUTSIDE} talk", leg_id=line), x101=BUSY)
    stage.wait(30)
    stage.resync(x101=IDLE)
    stage.wait(60)
    stage.alert(ONE, "101")
    assert ends(stage) == [(line, CallOutcome.ANSWERED)]
    assert list(stage.tracker.active) == []


def test_active_calls_are_found_by_their_first_id_alone() -> None:
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.alert(ITS_SECOND, "101")
    up = stage.tracker.active
    assert (*up,) == (ONE,)
    assert up[ONE].call_id == ONE
    assert up.get(ITS_SECOND) is None
    assert stage.tracker.find(ITS_SECOND) == up[ONE]
    stage.phone("102", ExtensionStatus.IDLE)
    stage.cdr(ONE, "no_answer", "101", "102")
    stage.wait(60)
    assert stage.tracker.active.get(ONE) is None


def test_a_phone_that_hears_it_ring_is_of_no_call_whose_line_rings_another_one() -> None:
    """It calls by itself, a moment after the call from outside: n+2 is a chance."""
    stage = Stage()
    line = f"in {OUTSIDE}>101"
    stage.say(CallEvent.INVITE, ONE, line, leg_id=ONE)
    stage.alert(call_id(42, later=1), "101")
    assert set(stage.tracker.active) == {ONE, call_id(42, later=1)}
