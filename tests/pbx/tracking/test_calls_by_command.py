"""Calls made by command: the phone of the caller is rung first."""

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent, ExtensionStatusReport
from custom_components.ippbx.pbx.model.lines import ExtensionStatus, LegState
from custom_components.ippbx.pbx.model.tracked import CallOutcome, CallState

from .call_stage import ONE, OUTSIDE, Stage, call_id, shown

ITS_SECOND = call_id(42)
B = call_id(46)
IDLE, BUSY, RINGING = ExtensionStatus.IDLE, ExtensionStatus.BUSY, ExtensionStatus.RINGING


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

    @pytest.mark.parametrize("direction", ["internal", "outbound"])
    def test_it_was_for_the_number_dialled_if_the_own_phone_is_not_picked_up(
        self, direction: str
    ) -> None:
        """Asterisk's record has the own phone on both sides (trace originate-unheard)."""
        stage = Stage(keeps_records=True)
        stage.changes += stage.tracker.dialled(ONE, "101", "01701")
        stage.ring(ONE, "101")
        stage.wait(5)
        stage.bye(ONE, "101")
        stage.cdr(ONE, "no_answer", "101", "101", direction=direction, duration=5)
        assert stage.end().callee == "01701"

    def test_nor_is_one_that_its_record_alone_tells(self) -> None:
        stage = Stage()
        stage.changes += stage.tracker.dialled("", "101", "102")
        stage.wait(30)
        stage.cdr(call_id(40, later=1), "no_answer", "101", "102", duration=30)
        end = stage.end()
        assert (end.outcome, end.caller, end.callee) == (CallOutcome.CANCELLED, "101", "102")

    def test_who_is_called_missed_it_once_the_own_phone_was_picked_up(self) -> None:
        """That the other one rings was not reported."""
        stage = Stage(keeps_records=True)
        stage.changes += stage.tracker.dialled(ONE, "101", "102")
        stage.ring(ONE, "101")
        stage.wait(4)
        stage.alert(ONE, "101")
        stage.wait(15)
        stage.bye(ONE, "101")
        stage.cdr(ONE, "no_answer", "101", "102", duration=19)
        assert stage.end().outcome is CallOutcome.MISSED

    @pytest.mark.parametrize("keeps_records", [False, True])
    @pytest.mark.parametrize(
        ("picked_up", "outcome"), [(True, CallOutcome.MISSED), (False, CallOutcome.CANCELLED)]
    )
    def test_statuses_alone_tell_whether_the_other_one_rang(
        self, *, picked_up: bool, outcome: CallOutcome, keeps_records: bool
    ) -> None:
        stage = Stage(keeps_records=keeps_records)
        stage.changes += stage.tracker.dialled(ONE, "101", "102")
        stage.phone("101", RINGING)
        stage.wait(5)
        if picked_up:
            stage.phone("101", BUSY)
            stage.phone("102", RINGING)
        stage.wait(12)
        stage.phone("102", IDLE)
        stage.phone("101", IDLE)
        stage.bye(ONE, "101")
        stage.cdr(ONE, "no_answer", "101", "102", duration=17)
        end = stage.end()
        missed = ("102",) if picked_up else ()
        assert (end.outcome, end.missed_by, end.caller) == (outcome, missed, "101")

    @pytest.mark.parametrize(
        ("picked_up", "outcome"), [(True, CallOutcome.MISSED), (False, CallOutcome.CANCELLED)]
    )
    def test_it_is_missed_though_nothing_tells_that_the_other_one_rang(
        self, *, picked_up: bool, outcome: CallOutcome
    ) -> None:
        """The report of its ringing, and the status of its phone, were lost (v2)."""
        stage = Stage(keeps_records=True)
        stage.changes += stage.tracker.dialled(ONE, "101", "102")
        stage.status(ONE, "101 ring")
        stage.wait(4)
        if picked_up:
            stage.status(ONE, "101 talk")
            stage.wait(20)
            stage.status(ONE, "102 bye")
        stage.status(ONE, "101 bye")
        stage.cdr(ONE, "no_answer", "101", "102", duration=24)
        assert stage.end().outcome is outcome

    def test_its_line_is_reported_when_the_own_phone_has_rung_for_long(self) -> None:
        stage = Stage()
        stage.changes += stage.tracker.dialled(ONE, "101", "01701")
        stage.wait(9)
        stage.alert(call_id(44, later=9), "101")
        assert list(stage.tracker.active) == [ONE]

    def test_the_own_phone_that_becomes_idle_at_once_has_ended_its_last_call(self) -> None:
        stage = Stage()
        stage.changes += stage.tracker.dialled(ONE, "101", "01701")
        stage.phone("101", IDLE)
        assert stage.status_of("101") is RINGING
        stage.ring(ONE, "101")
        stage.answer(ONE, "101")
        stage.wait(3)
        stage.ring(ONE, "out 101>01701", "101", leg_id=ONE)
        stage.alert(call_id(44, later=3), "101")
        assert list(stage.tracker.active) == [ONE]
        stage.phone("101", IDLE)  # now it is that of this call
        stage.bye(ONE, "101")
        assert not stage.tracker.active

    def test_the_caller_may_hear_ringing_after_the_record_of_a_line_that_is_busy(self) -> None:
        stage = Stage()
        stage.changes += stage.tracker.dialled(ONE, "101", "01701")
        stage.ring(ONE, "101")
        stage.wait(7)
        stage.answer(ONE, "101")
        stage.cdr(ONE, "busy", "101", "01701", duration=7, direction="outbound")
        stage.alert(call_id(44, later=7), "101")
        stage.bye(ONE, "101")
        stage.bye(call_id(41), "101")
        assert stage.end_of_all().outcome is CallOutcome.BUSY

    def test_the_own_phone_is_rung_once(self) -> None:
        """Who made a call and passed it on makes another one by a command of somebody else."""
        stage = Stage()
        stage.changes += stage.tracker.dialled(ONE, "101", "102")
        stage.ring(ONE, "101")
        stage.answer(ONE, "101")
        stage.ring(ONE, "102", "101")
        stage.wait(4)
        stage.answer(ONE, "102", "101")
        stage.wait(5)
        stage.ring(ONE, "103", "102")
        stage.phone("101", IDLE)
        stage.wait(2)
        stage.ring(call_id(46, later=11), "101")
        assert list(stage.tracker.active) == [ONE, call_id(46, later=11)]

    def test_that_its_own_phone_was_answered_is_no_answer(self) -> None:
        """Of all records that of the own phone's branch alone arrives, with the sides reversed."""
        stage = Stage()
        stage.ring(ONE, "101")
        stage.wait(4)
        stage.answer(ONE, "101")
        stage.ring(ONE, "102", "101")
        stage.alert(ONE, "101")
        stage.wait(9)
        stage.bye(ONE, "101")
        stage.cdr(call_id(41), "answered", "102", "101", duration=13, talk_duration=9)
        stage.phone("101", IDLE)
        stage.phone("102", IDLE)
        stage.wait(3)
        stage.resync(x101=IDLE, x102=IDLE)
        end = stage.end()
        assert (end.outcome, end.missed_by) == (CallOutcome.MISSED, ("102",))

    def test_nor_is_a_prompt_that_nobody_hears(self) -> None:
        stage = Stage()
        stage.changes += stage.tracker.dialled(ONE, "101")
        stage.ring(ONE, "101")
        stage.wait(20)
        stage.cdr(ONE, "no_answer", "101", "101", duration=20)
        assert stage.end().outcome is CallOutcome.CANCELLED

    def test_an_answer_of_both_tells_that_the_first_one_was_of_the_caller(self) -> None:
        """No ringing of 102 was reported; the record names 103, to whom 101 passes it on."""
        stage = Stage()
        stage.ring(ONE, "101")
        stage.answer(ONE, "101")
        stage.wait(5)
        stage.answer(ONE, "102", "101")
        assert (call := stage.tracker.find(ONE)) is not None
        assert (call.caller, call.answered_by) == ("101", "102")
        stage.wait(9)
        stage.say(CallEvent.TRANSFER, ONE, "103", "102")
        stage.ring(ONE, "103", "102")
        stage.answer(ONE, "103", "102")
        stage.wait(9)
        stage.bye(ONE, "103", "102")
        stage.cdr(ONE, "answered", "103", "102", duration=23, talk_duration=18)
        call = stage.end()
        assert (call.caller, call.callee, call.answered_by) == ("101", "102", "102")

    def test_one_of_which_its_own_phone_alone_is_reported_is_not_known_to_be_missed(self) -> None:
        stage = Stage()
        stage.ring(ONE, "101")
        stage.wait(6)
        stage.answer(ONE, "101")
        stage.alert(call_id(44, later=6), "101")
        stage.wait(9)
        stage.bye(ONE, "101")
        stage.phone("101", IDLE)
        stage.wait(3)
        stage.resync(x101=IDLE, x102=IDLE)
        assert stage.end().outcome is CallOutcome.UNKNOWN


def test_a_reading_shows_it_by_the_id_of_its_line_though_no_ringing_was_reported() -> None:
    stage = Stage(keeps_records=True)
    stage.answer(ONE, "101")
    stage.wait(8)
    line = call_id(43, later=8)
    stage.resync(shown(line, f"out 101>{OUTSIDE} alert"))
    assert list(stage.tracker.active) == [ONE]
    stage.bye(ONE, "101")
    stage.cdr(ONE, "no_answer", "101", OUTSIDE, direction="outbound", duration=28)
    assert stage.end().outcome is CallOutcome.CANCELLED


def test_the_line_of_another_extension_is_not_that_of_who_hears_an_ivr() -> None:
    stage = Stage(keeps_records=True)
    stage.say(CallEvent.ANSWERED, ONE, "101")
    stage.wait(20)
    stage.cdr(ONE, "no_answer", "101", "102", duration=20, talk_duration=20)
    line = call_id(49, later=21)
    stage.wait(9)
    stage.resync(shown(line, f"out 102>{OUTSIDE} alert", leg_id=line))
    assert [call.caller for call in stage.tracker.active.values()] == ["101", "102"]


def test_who_takes_the_place_of_its_caller_has_not_called() -> None:
    """Its own record names him as the caller (docs/asterisk.md, `originate-passed-on`)."""
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.answer(ONE, "102", "101")
    stage.wait(5)
    stage.say(CallEvent.TRANSFER, ONE, "103", "102")
    stage.ring(ONE, "103", "102")
    stage.wait(2)
    stage.answer(ONE, "103", "102")
    stage.wait(5)
    stage.bye(ONE, "103", "102")
    stage.cdr(ONE, "answered", "103", "102", duration=12, talk_duration=12)
    end = stage.end()
    assert (end.caller, end.callee, end.answered_by) == ("101", "102", "102")


def test_nor_has_one_to_whom_a_command_passes_it_on_of_which_no_report_tells() -> None:
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.answer(ONE, "102", "101")
    stage.wait(5)
    stage.ring(ONE, "103", "102")
    stage.alert(ONE, "102")
    stage.wait(10)
    stage.bye(ONE, "103", "102")
    stage.cdr(ONE, "answered", "103", "102", duration=17, talk_duration=17)
    end = stage.end()
    assert (end.caller, end.callee, end.answered_by) == ("101", "102", "102")


def test_it_is_one_call_though_a_report_of_it_comes_late_after_it_was_given_up() -> None:
    """That its own phone was answered, and the line dialled, is not reported before."""
    stage = Stage()
    stage.ring(ONE, "101")
    stage.wait(6)
    stage.bye(ONE, "101")
    stage.wait(1)
    stage.alert(call_id(51, later=6), "101")
    stage.cdr(ONE, "failed", "101", "01701", direction="outbound")
    assert stage.end_of_all().call_id == ONE


def test_a_phone_that_is_rung_for_its_own_call_joins_no_other_one() -> None:
    stage = Stage()
    stage.ring(B, "103")
    stage.alert(ITS_SECOND, "101")
    stage.ring(ONE, "out 101>01701", "101", leg_id=ONE)
    assert list(stage.tracker.active) == [B, ITS_SECOND]
    stage.ring(B, "105", "103")
    assert [call.extensions for call in stage.tracker.active.values()] == [
        ("103", "105"),
        ("101",),
    ]


def test_call_made_over_the_api_rings_who_makes_it_first() -> None:
    stage = Stage()
    stage.ring(ONE, "101")
    stage.answer(ONE, "101")
    stage.wait(3)
    stage.ring(ONE, "102", "101")
    stage.alert(ONE, "101")
    (call,) = stage.tracker.active.values()
    assert (call.caller, call.rang, call.answered) == ("101", ("102",), None)
    assert {each.extension: each.state for each in call.legs} == {
        "101": LegState.DIALING,
        "102": LegState.RINGING,
    }


def test_who_is_rung_first_waits_for_an_answer_from_when_he_picks_up() -> None:
    """A phone that cannot be reached is told in the words of one that nobody answers."""
    stage = Stage()
    stage.phone("101", RINGING)
    stage.wait(8)
    stage.phone("101", BUSY)
    stage.wait(3)
    stage.say(CallEvent.FAILED, ONE, "out 101>01701", "101", leg_id=ONE, reason="unreachable")
    stage.phone("101", IDLE)
    stage.wait(5)
    stage.resync()
    assert stage.end().outcome is CallOutcome.FAILED


def test_whoever_parks_a_call_by_command_has_left_it() -> None:
    stage = Stage(keeps_records=True)
    stage.status(ONE, f"in {OUTSIDE}>102 talk", "102 talk")
    stage.wait(5)
    stage.phone("102", ExtensionStatus.IDLE)  # it may have registered anew
    assert stage.status_of("102") is ExtensionStatus.BUSY
    stage.take(ExtensionStatusReport(name="", extension="102", status=ExtensionStatus.IDLE))
    assert stage.status_of("102") is None
    stage.status(ONE, f"in {OUTSIDE}>102 talk")
    assert ONE in stage.tracker.active


def test_the_own_phone_rings_until_it_is_picked_up() -> None:
    stage = Stage()
    stage.changes += stage.tracker.dialled(ONE, "101", "102")
    assert stage.status_of("101") is RINGING
    stage.ring(ONE, "102", "101")
    assert (stage.status_of("101"), stage.status_of("102")) == (BUSY, RINGING)


def test_one_may_be_made_by_a_phone_that_talks() -> None:
    """What it hears then is of that call, whatever its id."""
    stage = Stage()
    talk = call_id(30)
    stage.ring(talk, "101", "102")
    stage.answer(talk, "101", "102")
    stage.wait(5)
    stage.changes += stage.tracker.dialled(ONE, "101", OUTSIDE)
    stage.wait(5)
    stage.answer(ONE, "101")
    stage.ring(ONE, f"out 101>{OUTSIDE}", "101")
    stage.alert(call_id(44, later=5), "101")
    assert list(stage.tracker.active) == [talk, ONE]


class TestPrompts:
    """The PBX calls a number and plays a prompt to it: a single party is ever reported."""

    @pytest.mark.parametrize("keeps_records", [False, True])
    @pytest.mark.parametrize("rings", [True, False])
    @pytest.mark.parametrize("event", [CallEvent.ANSWER, CallEvent.ANSWERED])
    def test_the_answer_of_a_number_outside_is_told(
        self, event: CallEvent, *, rings: bool, keeps_records: bool
    ) -> None:
        stage, line = Stage(keeps_records=keeps_records), f"out >{OUTSIDE}"
        if rings:
            stage.ring(ONE, line, leg_id=ONE)
        stage.wait(5)
        stage.say(event, ONE, line, leg_id=ONE)
        answered = stage.now
        stage.wait(3)
        assert stage.told == ["answered"]
        assert stage.tracker.active[ONE].answered == answered
        stage.bye(ONE, line, leg_id=ONE)
        stage.cdr(ONE, "answered", OUTSIDE, OUTSIDE, direction="outbound", duration=8)
        end = stage.end()
        assert (end.outcome, end.answered_by) == (CallOutcome.ANSWERED, OUTSIDE)

    def test_the_answer_of_a_number_outside_is_told_by_its_member(self) -> None:
        stage = Stage(keeps_records=True)
        stage.status(ONE, f"out >{OUTSIDE} ring")
        stage.wait(5)
        stage.status(ONE, f"out >{OUTSIDE} talk")
        stage.wait(3)
        assert stage.told == ["answered"]

    @pytest.mark.parametrize("event", [CallEvent.ANSWER, CallEvent.ANSWERED])
    def test_the_answer_of_an_extension_is_told(self, event: CallEvent) -> None:
        stage = Stage(keeps_records=True)
        stage.changes += stage.tracker.dialled(ONE, "101")
        stage.ring(ONE, "101")
        stage.wait(5)
        stage.say(event, ONE, "101")
        stage.wait(3)
        assert stage.told == ["dialing 101", "answered 101"]
        stage.cdr(ONE, "answered", "101", "101", duration=8)
        assert stage.end().answered_by == "101"

    def test_a_list_in_which_its_line_waits_is_no_answer(self) -> None:
        """What it rings for is nobody yet (trace `prompt-outside-unanswered`)."""
        stage = Stage(keeps_records=True)
        stage.ring(ONE, f"out >{OUTSIDE}", leg_id=ONE)
        stage.wait(5)
        stage.resync(shown(ONE, f"out >{OUTSIDE} wait", leg_id=ONE))
        assert stage.tracker.active[ONE].state is CallState.RINGING

    def test_the_first_of_two_numbers_outside_has_not_answered_the_call(self) -> None:
        stage, first = Stage(keeps_records=True), f"out >{OUTSIDE}"
        stage.ring(ONE, first)
        stage.answer(ONE, first)
        stage.wait(1)
        stage.ring(ONE, "out >01701", first)
        stage.wait(9)
        assert "answered" not in stage.told

    def test_records_of_both_its_channels_are_of_one_call(self) -> None:
        """That of the branch has no caller (trace `prompt-outside-busy`)."""
        stage = Stage(keeps_records=True)
        stage.ring(ONE, f"out >{OUTSIDE}", leg_id=ONE)
        stage.wait(5)
        stage.cdr(ONE, "failed", OUTSIDE, OUTSIDE, direction="outbound", duration=5)
        stage.cdr(call_id(41), "no_answer", "", OUTSIDE, direction="outbound", duration=5)
        stage.wait(3)
        stage.resync()
        assert stage.end().call_id == ONE
