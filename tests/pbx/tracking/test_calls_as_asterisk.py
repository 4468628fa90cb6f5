"""Calls as a real Asterisk makes them: ids at odd distances, records of branches, holds, restarts.

What happens there, and with which ids, stands in docs/asterisk.md.
"""

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent, CallReport
from custom_components.ippbx.pbx.model.lines import CallLeg, ExtensionStatus, LegKind, LegState
from custom_components.ippbx.pbx.model.tracked import CallEventType, CallOutcome, CallState

from .call_stage import OUTSIDE, Stage, call_id, record, shown

ONE, SECOND = call_id(40), call_id(42)
LINE = f"in {OUTSIDE}>101"
IDLE, BUSY, RINGING = ExtensionStatus.IDLE, ExtensionStatus.BUSY, ExtensionStatus.RINGING


def ends(stage: Stage) -> list[tuple[str, CallOutcome | None]]:
    """Return the calls of which the end was published, and how they ended."""
    over = [change.call for change in stage.changes if change.type is CallEventType.ENDED]
    return [(call.call_id, call.outcome) for call in over]


def answered_inside(stage: Stage) -> None:
    """Let 101 call 102, who answers."""
    stage.ring(ONE, "102", "101")
    stage.alert(ONE, "101")
    stage.wait(2)
    stage.answer(ONE, "102", "101")
    stage.answer(ONE, "101", "102")
    stage.wait(5)


class TestIds:
    """What a report states outranks how far its id is from others."""

    def test_a_ring_that_names_its_line_is_of_that_call_whatever_its_own_id(self) -> None:
        stage = Stage()
        stage.ring(SECOND, "101", LINE, leg_id=ONE)
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
        stage.ring(SECOND, "102", "101")
        stage.ring(ONE)
        assert set(stage.tracker.active) == {SECOND, ONE}

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

    def test_asking_before_a_transfer_by_keys_is_of_the_call_that_is_transferred(self) -> None:
        stage = Stage()
        stage.ring(SECOND, "101", LINE, leg_id=ONE)
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


class TestRecords:
    """Each branch leaves a record, under its own id or the call's."""

    def test_that_of_a_branch_makes_no_second_call(self) -> None:
        stage = Stage()
        answered_inside(stage)
        stage.bye(ONE, "101", "102")
        stage.cdr(SECOND, "answered", "101", "102")
        stage.cdr(ONE, "answered", "101", "102")
        stage.wait(60)
        assert ends(stage) == [(ONE, CallOutcome.ANSWERED)]

    def test_that_of_an_agent_who_let_it_ring_does_not_end_the_call_of_a_queue(self) -> None:
        stage = Stage()
        queue = f"in {OUTSIDE}>6700"
        stage.say(CallEvent.ANSWERED, ONE, queue, leg_id=ONE)
        stage.ring(SECOND, "101", queue, leg_id=ONE)
        stage.wait(10)
        stage.bye(ONE, "101", queue, leg_id=ONE)
        stage.cdr(ONE, "no_answer", OUTSIDE, "101", direction="inbound", duration=10)
        stage.wait(10)
        assert list(stage.tracker.active) == [ONE]
        stage.ring(call_id(46, later=10), "102", queue, leg_id=ONE)
        stage.answer(ONE, "102", queue, leg_id=ONE)
        assert stage.told == ["ringing 101", "ringing 102 too", "answered 102"]

    def test_an_ivr_that_reached_nobody_has_not_answered(self) -> None:
        stage = Stage()
        stage.ring(SECOND, "101", LINE, leg_id=ONE)
        stage.wait(4)
        stage.bye(ONE, LINE, "101", leg_id=ONE)
        stage.cdr(ONE, "no_answer", OUTSIDE, "6500", direction="inbound", talk_duration=4)
        call = stage.end()
        assert (call.outcome, call.answered_by) == (CallOutcome.MISSED, "")

    def test_one_that_is_answered_for_no_time_beside_a_busy_one_is_no_answer(self) -> None:
        stage = Stage()
        stage.cdr(ONE, "answered", "101", "102", duration=0, talk_duration=0)
        stage.cdr(ONE, "busy", "101", "102", duration=0)
        assert stage.end().outcome is CallOutcome.BUSY

    def test_an_ivr_is_nobody_who_answered(self) -> None:
        stage = Stage()
        stage.resync(x101=IDLE)
        stage.cdr(ONE, "answered", OUTSIDE, "6500", direction="inbound")
        assert stage.end().answered_by == ""


def test_who_answers_and_passes_the_call_on_has_answered_it() -> None:
    """Not who rang first of all: a group rings 101 and 102, and 102 answers."""
    stage = Stage()
    line = f"in {OUTSIDE}>6200"
    for member in ("101", "102"):
        stage.ring(ONE, member, line, leg_id=ONE)
    stage.answer(ONE, "102", line, leg_id=ONE)
    stage.wait(5)
    stage.say(CallEvent.TRANSFER, ONE, "101", line, leg_id=ONE)
    stage.ring(ONE, "101", line, leg_id=ONE)
    stage.answer(ONE, "101", line, leg_id=ONE)
    stage.bye(ONE, line, "101", leg_id=ONE)
    stage.cdr(ONE, "answered", OUTSIDE, "6200", direction="inbound")
    assert stage.end().answered_by == "102"


class TestReadings:
    """They show what was up before, and confirm what is over."""

    def test_an_outbound_call_that_was_up_before_talks_with_its_extension(self) -> None:
        stage = Stage(started=False)
        out = CallLeg(
            kind=LegKind.OUTBOUND,
            caller="101",
            callee="01701",
            trunk="line-1",
            leg_id=ONE,
            state=LegState.TALKING,
        )
        call = shown(ONE)
        stage.resync(type(call)(call_id=ONE, legs=(out,)), x101=BUSY)
        (up,) = stage.tracker.calls_of("101")
        assert (up.state, up.caller, up.answered_by) == (CallState.TALKING, "101", "01701")
        stage.bye(ONE, "101", "out 101>01701", leg_id=ONE)
        stage.cdr(ONE, "answered", "101", "01701", direction="outbound")
        assert stage.told == ["ended 101"]

    def test_what_only_confirms_a_hold_does_not_hide_the_resume(self) -> None:
        stage = Stage(keeps_records=True)
        stage.status(ONE, "101 talk", "102 talk")
        stage.wait(10)
        stage.status(ONE, "101 hold", "102 talk")
        stage.wait(10)
        stage.resync(shown(ONE, "101 hold", "102 talk"), queried=("101", "102"), x101=BUSY)
        stage.status(ONE, "101 talk", "102 talk")
        assert stage.told == ["answered 101 102", "held 101 102", "resumed 101 102"]

    def test_a_call_that_vanishes_without_a_word_is_over_within_a_minute(self) -> None:
        for keeps_records in (False, True):
            stage = Stage(keeps_records=keeps_records)
            stage.ring(ONE, "101", LINE, leg_id=ONE)
            stage.wait(30)
            stage.resync()
            stage.wait(30)
            assert [each for each, _ in ends(stage)] == [ONE]


def test_a_hold_of_two_seconds_is_held_and_resumed() -> None:
    stage = Stage(keeps_records=True)
    stage.status(ONE, "101 talk", "102 talk")
    stage.wait(10)
    stage.status(ONE, "101 hold", "102 talk")
    stage.wait(2)
    stage.status(ONE, "101 talk", "102 talk")
    assert stage.told == ["answered 101 102", "held 101 102", "resumed 101 102"]


class TestAlone:
    """On lines that are not shown extensions ring, and answer, alone (API v2.0.0)."""

    def members(self, state: LegState, *, calls: bool) -> CallLeg:
        return CallLeg(kind=LegKind.EXTENSION, extension="101", state=state, calls=calls)

    def test_a_lone_answer_is_one(self) -> None:
        stage = Stage(keeps_records=True)
        for state in (LegState.RINGING, LegState.TALKING):
            stage.take(stage_report(ONE, self.members(state, calls=False)))
            stage.wait(4)
        assert stage.told == ["ringing 101", "answered 101"]

    def test_whoever_is_answered_by_an_ivr_has_answered_nothing(self) -> None:
        stage = Stage(keeps_records=True)
        stage.take(stage_report(ONE, self.members(LegState.TALKING, calls=True)))
        stage.wait(4)
        assert "answered 101" not in stage.told


def stage_report(call: str, *legs: CallLeg) -> CallReport:
    """Return a report of members."""
    return CallReport(name="CallStatus", call_id=call, event=CallEvent.STATUS, legs=legs)


class TestDialled:
    """Calls that are made by command ring the phone of who makes them first."""

    @pytest.mark.parametrize("named", [True, False], ids=["named", "its answer names none"])
    def test_it_is_known_while_the_own_phone_rings(self, *, named: bool) -> None:
        stage = Stage()
        stage.changes += stage.tracker.dialled(ONE if named else "", "101", "102")
        stage.ring(ONE, "101")
        call = stage.tracker.active[ONE]
        assert (call.caller, call.callee) == ("101", "102")
        stage.answer(ONE, "101")
        stage.wait(1)
        stage.ring(ONE, "102", "101")
        stage.alert(ONE, "101")
        stage.answer(ONE, "102", "101")
        assert stage.told == ["dialing 101", "ringing 102", "answered 101 102"]

    def test_an_own_phone_that_nobody_picks_up_is_no_missed_call(self) -> None:
        stage = Stage()
        stage.changes += stage.tracker.dialled(ONE, "101", "102")
        stage.ring(ONE, "101")
        stage.wait(20)
        stage.bye(ONE, "101")
        stage.cdr(ONE, "no_answer", "101", "102", duration=20)
        assert stage.end().outcome is CallOutcome.CANCELLED

    def test_nor_is_a_prompt_that_nobody_hears(self) -> None:
        stage = Stage()
        stage.changes += stage.tracker.dialled(ONE, "101")
        stage.ring(ONE, "101")
        stage.wait(20)
        stage.cdr(ONE, "no_answer", "101", "101", duration=20)
        assert stage.end().outcome is CallOutcome.CANCELLED


def test_which_rules_attached_the_reports_of_calls_is_known() -> None:
    stage = Stage()
    stage.ring(SECOND, "101", LINE, leg_id=ONE)
    stage.answer(ONE, "101", LINE, leg_id=ONE)
    assert stage.tracker.rules_used == [("NEW", "STATED")]
    stage.bye(ONE, LINE, "101", leg_id=ONE)
    stage.read(record(ONE, "answered", OUTSIDE, "101", direction="inbound"))
    stage.wait(5)
    assert stage.tracker.rules_used == [("NEW", "STATED")]
