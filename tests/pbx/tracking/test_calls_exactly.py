"""When a call was answered and ended, where reports, readings and records tell it at odds."""

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallEventType, CallOutcome

from .call_stage import (
    ONE,
    OUTSIDE,
    START,
    Stage,
    active,
    answered_inside,
    call_id,
    ends,
    shown,
    with_phones,
)

BUSY, IDLE, RINGING = ExtensionStatus.BUSY, ExtensionStatus.IDLE, ExtensionStatus.RINGING
LINE = f"in {OUTSIDE}>102"
BRANCH = call_id(42)


def rings(stage: Stage) -> None:
    """Let a call from outside ring 102 for ten seconds."""
    stage.ring(BRANCH, "102", LINE, leg_id=ONE)
    stage.wait(10)


class TestAReadingAMomentBeforeItsReport:
    def test_an_answer(self) -> None:
        stage = Stage()
        rings(stage)
        stage.resync(shown(ONE, LINE + " talk", "102 talk", leg_id=ONE), x102=BUSY)
        stage.wait(0.1)
        stage.answer(ONE, "102", LINE, leg_id=ONE)
        stage.wait(8)
        stage.bye(ONE, "102", LINE, leg_id=ONE)
        stage.cdr(ONE, "answered", OUTSIDE, "6700", duration=19, talk_duration=18)
        call = stage.end_of_all()
        assert (call.ring_seconds, call.talk_seconds) == (10, 8)

    def test_an_answer_behind_a_queue_that_took_the_line_as_it_rang(self) -> None:
        stage = Stage()
        stage.answer(ONE, LINE, leg_id=ONE)
        rings(stage)
        stage.resync(shown(ONE, LINE + " talk", "102 talk", leg_id=ONE), x102=BUSY)
        stage.wait(8)
        stage.bye(ONE, "102", LINE, leg_id=ONE)
        stage.cdr(ONE, "answered", OUTSIDE, "6700", duration=9, talk_duration=9)
        call = stage.end_of_all()
        assert (call.ring_seconds, call.talk_seconds) == (None, 9)

    def test_who_is_left_by_a_transfer(self) -> None:
        """101 is idle, and nothing tells yet in which call 102 is."""
        stage = Stage(keeps_records=True)
        stage.ring(ONE, "102", "101")
        stage.answer(ONE, "102", "101")
        stage.ring(call_id(60), "104", "102")
        stage.wait(20)
        stage.resync(shown("", "102", "103"), queried=("101", "102"), x101=IDLE, x103=RINGING)
        stage.say(CallEvent.TRANSFER, ONE, "103", "102")
        stage.ring(ONE, "103", "102")
        stage.wait(20)
        assert ONE in active(stage)

    def test_a_ring_after_an_agent_of_a_queue_was_passed_on(self) -> None:
        """API v2.0.0 states who is up."""
        stage = Stage(keeps_records=True)
        stage.status(ONE, "101 alert", "102 ring")
        stage.status(ONE, "101 talk", "102 talk")
        stage.wait(20)
        stage.status(ONE, "102 bye")
        stage.wait(0.1)
        stage.resync(x101=BUSY, x102=IDLE, x103=RINGING)
        stage.status(ONE, "101 alert", "103 ring")
        stage.wait(20)
        assert ONE in active(stage)

    def test_a_call_that_is_passed_on_to_a_phone_that_the_reading_shows_first(self) -> None:
        stage = Stage(keeps_records=True)
        line = f"in {OUTSIDE}>102"
        stage.status(ONE, f"{line} alert", "102 ring")
        stage.status(ONE, f"{line} talk", "102 talk")
        stage.wait(30)
        stage.resync(shown(ONE, f"{line} alert", "103 ring"))
        stage.wait(0.1)
        stage.status(ONE, "102 bye")
        stage.status(ONE, f"{line} talk", "103 talk")
        stage.wait(9)
        stage.status(ONE, "103 bye")
        stage.status(ONE, f"{line} bye")
        stage.cdr(ONE, "answered", OUTSIDE, "102", direction="inbound", duration=40)
        late = call_id(46, later=31)
        stage.cdr(late, "answered", OUTSIDE, "103", direction="inbound", duration=9)
        stage.wait(40)
        assert [name for name, _ in ends(stage)] == [ONE]

    def test_an_outbound_call_that_is_passed_on(self) -> None:
        """The list of lines shows these alone, and whom they called for."""
        stage = with_phones(keeps_records=True)
        line, line_id = f"out 101>{OUTSIDE}", call_id(41)
        stage.ring(ONE, line, "101", leg_id=line_id)
        stage.answer(ONE, line, "101", leg_id=line_id)
        stage.wait(20)
        stage.say(CallEvent.TRANSFER, ONE, "103", line, leg_id=line_id)
        stage.wait(0.1)
        stage.resync(shown(line_id, f"{line} ring", leg_id=line_id), x101=BUSY, x103=RINGING)
        stage.bye(ONE, "101", line, leg_id=line_id)
        stage.ring(ONE, "103", line, leg_id=line_id)
        stage.wait(20)
        assert ONE in active(stage)


class TestReadingsOfLines:
    def test_they_end_no_call_of_one_who_is_left_inside(self) -> None:
        """101 talks to a voicemail box."""
        stage = Stage()
        stage.ring(ONE, "102", "101")
        stage.wait(5)
        stage.bye(BRANCH, "102", "101")
        stage.wait(5)
        stage.resync()
        stage.wait(10)
        stage.cdr(ONE, "voicemail", "101", "102", duration=20)
        assert stage.end_of_all().outcome is CallOutcome.VOICEMAIL


class TestEnds:
    def test_it_was_over_when_it_was_hung_up_not_when_the_caller_was_idle(self) -> None:
        """He is on another line, too."""
        stage = Stage()
        stage.ring(ONE, "102", "101")
        stage.phone("101", BUSY)
        stage.wait(4)
        stage.bye(BRANCH, "102", "101")
        stage.cdr(ONE, "no_answer", "101", "102", duration=4)
        stage.wait(2)
        stage.phone("101", IDLE)
        assert stage.end_of_all().ring_seconds == 4

    def test_the_hang_up_of_who_was_passed_on_names_who_left_before(self) -> None:
        """Asterisk: of both ends of a call, that of the first one is reported at the transfer."""
        stage = Stage()
        answered_inside(stage)
        stage.say(CallEvent.TRANSFER, ONE, "103", "102")
        stage.bye(ONE, "101", "102")
        stage.ring(ONE, "103", "102")
        stage.wait(20)
        stage.bye(BRANCH, "101", "102")
        stage.cdr(ONE, "answered", "101", "102", duration=5)
        call = stage.end_of_all()
        assert call.talk_seconds == 25

    def test_that_hang_up_may_equal_the_one_at_the_transfer(self) -> None:
        """API v1 has one id for both; nothing tells of the phone that rang in vain."""
        stage = Stage(keeps_records=True)
        answered_inside(stage)
        stage.say(CallEvent.TRANSFER, ONE, "103", "102")
        stage.bye(ONE, "101", "102")
        stage.phone("103", RINGING)
        stage.wait(15)
        stage.phone("103", IDLE)
        stage.wait(5)
        stage.bye(ONE, "101", "102")
        stage.cdr(ONE, "answered", "101", "102", duration=26)
        assert stage.end_of_all().talk_seconds == 25

    def test_a_branch_is_recorded_late_of_a_call_that_began_before_it_was_heard_of(self) -> None:
        """It began at an IVR: its first key was its first report."""
        stage = Stage(keeps_records=True)
        stage.wait(8)
        stage.key(ONE, "101", "1", 0)
        stage.status(ONE, "101 alert", "102 ring")
        stage.status(ONE, "101 talk", "102 talk")
        stage.wait(1)
        stage.status(ONE, "101 bye")
        stage.status(ONE, "102 bye")
        stage.cdr(ONE, "answered", "101", "102", duration=12, talk_duration=12)
        stage.cdr(call_id(42, later=9), "answered", "101", "102", duration=3, talk_duration=1)
        stage.wait(20)
        assert [name for name, _ in ends(stage)] == [ONE]

    def test_who_is_on_hold_after_the_others_have_hung_up_is_there(self) -> None:
        """API v2.0.0: who waits in a queue asks somebody else meanwhile."""
        stage = Stage(keeps_records=True)
        stage.status(ONE, "101 alert", "102 ring")
        stage.status(ONE, "101 talk", "102 talk")
        stage.wait(9)
        stage.status(ONE, "102 bye")
        stage.wait(1)
        stage.status(ONE, "101 hold")
        stage.wait(20)
        assert ONE in active(stage)

    def test_a_line_that_hears_it_ring_after_its_partner_has_left_goes_on(self) -> None:
        """The PBX passes it on by command; that the next phone rings was not heard."""
        stage = Stage()
        line = f"out 101>{OUTSIDE}"
        stage.ring(ONE, line, "101", leg_id=ONE)
        stage.answer(ONE, line, "101", leg_id=ONE)
        stage.wait(20)
        stage.bye(ONE, "101", line, leg_id=ONE)
        stage.alert(call_id(46, later=20), line, leg_id=ONE)
        stage.wait(20)
        assert ONE in active(stage)


class TestCalleesWhoseRingingWasLost:
    def test_who_answered_was_called_not_who_rang_after_a_transfer(self) -> None:
        stage = Stage()
        stage.alert(ONE, "101")
        stage.answer(ONE, "102", "101")
        stage.wait(5)
        stage.say(CallEvent.TRANSFER, ONE, "103", "102")
        stage.ring(ONE, "103", "102")
        stage.wait(5)
        stage.answer(ONE, "103", "102")
        call = stage.tracker.find(ONE)
        assert call is not None
        assert call.callee == "102"

    def test_the_extension_that_a_record_names_was_called_not_the_number_of_its_line(self) -> None:
        stage = with_phones()
        stage.answer(ONE, "102", f"in {OUTSIDE}>550102", leg_id=ONE)
        stage.wait(5)
        stage.bye(ONE, "102", f"in {OUTSIDE}>550102", leg_id=ONE)
        stage.cdr(ONE, "answered", OUTSIDE, "102", direction="inbound", talk_duration=5)
        assert stage.end_of_all().callee == "102"


class TestRingsThatOnlyPhonesReport:
    """Some PBXes report the ringing of calls over their API alone."""

    @pytest.fixture
    def stage(self) -> Stage:
        return with_phones(keeps_records=True)

    def lost(self, stage: Stage, *phones: str, callee: str = "6200") -> tuple[str, ...]:
        """Let phones cease to ring as a call ends; return who is said to have missed it."""
        for phone in phones:
            stage.phone(phone, IDLE)
        seconds = int((stage.now - START).total_seconds())
        stage.cdr(ONE, "no_answer", OUTSIDE, callee, direction="inbound", duration=seconds)
        stage.wait(3)
        stage.resync()
        stage.wait(30)  # it might be a branch of a call
        return stage.end_of_one().missed_by

    def test_a_phone_rings_again_a_second_after_it_ceased(self, stage: Stage) -> None:
        """So it does in each turn of a queue."""
        stage.phone("102", RINGING)
        stage.wait(15)
        stage.phone("102", IDLE)
        stage.wait(1)
        stage.phone("102", RINGING)
        stage.wait(5)
        assert self.lost(stage, "102") == ("102",)

    def test_those_of_a_group_begin_together(self, stage: Stage) -> None:
        """103 rang for another call, or the others did."""
        stage.phone("101", RINGING)
        stage.phone("102", RINGING)
        stage.wait(9)
        stage.phone("103", RINGING)
        stage.wait(5)
        assert self.lost(stage, "101", "102", "103") == ()

    def test_those_of_a_group_cease_together(self, stage: Stage) -> None:
        """One was another call's; which, nothing tells."""
        for phone in ("101", "102"):
            stage.phone(phone, RINGING)
        stage.wait(9)
        stage.phone("102", IDLE)
        stage.wait(0.5)
        assert self.lost(stage, "101") == ()

    def test_the_phone_called_may_forward_and_ring_for_another_call(self, stage: Stage) -> None:
        stage.phone("102", RINGING)
        stage.wait(0.5)
        stage.phone("103", RINGING)
        stage.wait(9)
        stage.phone("102", IDLE)
        stage.wait(0.5)
        assert self.lost(stage, "103", callee="102") == ()

    def test_those_nearest_to_the_end_count(self, stage: Stage) -> None:
        stage.phone("101", RINGING)
        stage.phone("103", RINGING)
        stage.wait(9)
        stage.phone("103", IDLE)
        stage.wait(2)
        assert self.lost(stage, "101") == ("101",)

    def test_a_phone_missed_one_of_two_callers_who_give_up_at_once(self, stage: Stage) -> None:
        stage.phone("102", RINGING)
        stage.wait(9)
        stage.phone("102", IDLE)
        for call, caller in (ONE, OUTSIDE), (call_id(90, later=1), "0309"):
            stage.cdr(call, "no_answer", caller, "6700", direction="inbound", duration=9)
            stage.wait(0.5)
        stage.wait(3)
        stage.resync()
        stage.wait(30)
        over = [each.call for each in stage.changes if each.type is CallEventType.ENDED]
        assert [call.missed_by for call in over] == [("102",), ()]

    def test_nobody_rings_while_the_pbx_waits_for_a_decision(self, stage: Stage) -> None:
        stage.say(CallEvent.INVITE, ONE, f"in {OUTSIDE}>102", leg_id=ONE)
        stage.phone("102", RINGING)
        stage.wait(5)
        assert self.lost(stage, "102") == ()


class TestAnOutageHoldsReportsUp:
    """They come at once when it is over; the record says how long it rang and was talked."""

    def test_from_the_answer_on(self) -> None:
        stage = Stage(keeps_records=True)
        stage.ring(ONE, "102", LINE, leg_id=ONE)
        stage.wait(12)
        hang_up_at_once(stage, duration=13, talk_duration=8)
        call = stage.end_of_all()
        assert (call.ring_seconds, call.talk_seconds) == (4, 8)
        assert call.answered_by == "102"

    def test_all_reports(self) -> None:
        stage = Stage(keeps_records=True)
        stage.wait(12)
        stage.ring(ONE, "102", LINE, leg_id=ONE)
        hang_up_at_once(stage, duration=13, talk_duration=8)
        call = stage.end_of_all()
        assert (call.ring_seconds, call.talk_seconds) == (5, 8)

    def test_those_of_a_missed_call(self) -> None:
        stage = Stage(keeps_records=True)
        stage.wait(12)
        stage.ring(ONE, "102", LINE, leg_id=ONE)
        stage.bye(ONE, LINE, leg_id=ONE)
        stage.cdr(ONE, "no_answer", OUTSIDE, "102", duration=13)
        assert stage.end_of_all().ring_seconds == 13

    def test_a_queue_answers_before_its_agent(self) -> None:
        """Its record has seconds of talk from then on."""
        stage = Stage(keeps_records=True)
        stage.wait(9)
        stage.ring(ONE, "102", LINE, leg_id=ONE)
        stage.wait(5)
        stage.answer(ONE, "102", LINE, leg_id=ONE)
        stage.wait(3)
        stage.bye(ONE, "102", LINE, leg_id=ONE)
        stage.cdr(ONE, "answered", OUTSIDE, "6700", duration=18, talk_duration=18)
        call = stage.end_of_all()
        assert (call.ring_seconds, call.talk_seconds) == (5, 3)


def hang_up_at_once(stage: Stage, **times: int) -> None:
    """Report that 102 answered and hung up, and the record with these times."""
    stage.answer(ONE, "102", LINE, leg_id=ONE)
    stage.bye(ONE, "102", LINE, leg_id=ONE)
    stage.cdr(ONE, "answered", OUTSIDE, "102", **times)
