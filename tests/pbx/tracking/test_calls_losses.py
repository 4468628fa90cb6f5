"""Calls of which some reports were lost: the rest decides, or it is unknown."""

from dataclasses import replace

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent, CallReport, PromptEndReport
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallEventType, CallOutcome

from .call_stage import (
    ONE,
    OUTSIDE,
    Stage,
    answered_inside,
    call_id,
    ends,
    leg,
    shown,
    with_phones,
)

BUSY, IDLE, RINGING = ExtensionStatus.BUSY, ExtensionStatus.IDLE, ExtensionStatus.RINGING
LINE = f"in {OUTSIDE}>101"
BRANCH = call_id(42)


class TestTheAnswerIsLost:
    def test_of_a_phone_to_which_another_one_forwards(self) -> None:
        """The record names who forwards it."""
        stage = with_phones(keeps_records=True)
        stage.ring(ONE, "103", LINE, leg_id=ONE)
        stage.wait(9)
        stage.bye(ONE, "103", LINE, leg_id=ONE)
        stage.cdr(ONE, "answered", OUTSIDE, "101", direction="inbound")
        call = stage.end()
        assert (call.outcome, call.answered_by) == (CallOutcome.ANSWERED, "")

    def test_of_the_only_phone_that_rang(self) -> None:
        stage = with_phones(keeps_records=True)
        stage.ring(ONE, "101", LINE, leg_id=ONE)
        stage.wait(9)
        stage.bye(ONE, "101", LINE, leg_id=ONE)
        stage.cdr(ONE, "answered", OUTSIDE, "101", direction="inbound")
        assert stage.end().answered_by == "101"

    def test_of_who_then_passed_it_on(self) -> None:
        """102 calls nobody when it hears 103 ring; it was answered first."""
        stage = with_phones(keeps_records=True)
        stage.ring(ONE, "102", "101")
        stage.wait(9)
        stage.say(CallEvent.TRANSFER, ONE, "103", "102")
        stage.bye(ONE, "101", "102")
        stage.ring(ONE, "103", "102")
        stage.alert(ONE, "102")
        stage.wait(9)
        stage.answer(ONE, "103", "102")
        stage.bye(ONE, "103", "102")
        stage.cdr(ONE, "answered", "101", "102", talk_duration=9)
        call = stage.end()
        assert (call.caller, call.callee, call.answered_by) == ("101", "102", "102")

    def test_of_a_phone_that_was_busy_then(self) -> None:
        """It talked before the call was passed on, of which no report arrived either."""
        stage = with_phones(keeps_records=True)
        stage.ring(ONE, "101", LINE, leg_id=ONE)
        stage.phone("101", RINGING)
        stage.phone("101", BUSY)
        stage.wait(9)
        assert self.answered_by_the_next_one(stage, talk_duration=19) == ""

    def test_of_the_one_whom_the_record_names(self) -> None:
        """It says that the call was answered long before the answer that was reported."""
        stage = with_phones(keeps_records=True)
        stage.ring(ONE, "101", LINE, leg_id=ONE)
        stage.wait(9)
        assert self.answered_by_the_next_one(stage, talk_duration=14) == ""

    def test_of_one_of_a_group_who_passed_it_on_by_command(self) -> None:
        """102 or 103 answered after 5 s, as its record says; 104 was rung 20 s after that."""
        stage = with_phones()
        for member in ("102", "103"):
            stage.ring(ONE, member, "101")
        stage.wait(25)
        stage.ring(ONE, "104", "101")
        stage.wait(5)
        stage.answer(ONE, "104", "101")
        stage.wait(10)
        stage.bye(ONE, "104", "101")
        stage.cdr(ONE, "answered", "101", "6200", duration=40, talk_duration=35)
        assert stage.end().answered_by == ""

    def test_of_nobody(self) -> None:
        """101 let it ring."""
        stage = with_phones(keeps_records=True)
        stage.ring(ONE, "101", LINE, leg_id=ONE)
        stage.wait(9)
        assert self.answered_by_the_next_one(stage, talk_duration=9) == "103"

    @staticmethod
    def answered_by_the_next_one(stage: Stage, talk_duration: int) -> str:
        """Let 103 ring for 1 s and talk for 9 s, and return who is said to have answered."""
        line = f"in {OUTSIDE}>103"
        stage.ring(ONE, "103", line, leg_id=ONE)
        stage.wait(1)
        stage.answer(ONE, "103", line, leg_id=ONE)
        stage.wait(9)
        stage.bye(ONE, "103", line, leg_id=ONE)
        talk = {"duration": 20, "talk_duration": talk_duration}
        stage.cdr(ONE, "answered", OUTSIDE, "101", direction="inbound", **talk)
        return stage.end_of_all().answered_by

    def test_of_a_phone_that_a_reading_showed_to_ring(self) -> None:
        """The reports of its ringing were lost, too; by its status it was busy."""
        stage = with_phones(keeps_records=True)
        stage.status(ONE, "101 alert via 6700", "102 ring via 6700")
        stage.wait(9)
        stage.status(ONE, "102 bye")
        stage.wait(1)
        stage.resync(shown(ONE, "101 alert", "103 ring"), x103=RINGING)
        stage.phone("103", BUSY)
        stage.wait(9)
        stage.status(ONE, "101 bye")
        stage.status(ONE, "103 alert", "104 ring")
        stage.wait(9)
        stage.status(ONE, "103 talk", "104 talk")
        stage.status(ONE, "103 bye", "104 bye")
        stage.cdr(ONE, "answered", "101", "6700", duration=28, talk_duration=18)
        assert stage.end().answered_by == "103"

    def test_of_a_phone_that_presses_keys(self) -> None:
        """It passes the call on to 102, which rang before it."""
        stage = with_phones()
        stage.ring(ONE, "102", "101")
        stage.alert(ONE, "101")
        stage.wait(1)
        stage.ring(ONE, "103", "101")
        stage.wait(9)
        stage.phone("102", IDLE)
        stage.key(ONE, "103", "1", 0)
        stage.bye(ONE, "101", "103")
        stage.ring(ONE, "102", "103")
        stage.alert(ONE, "103")
        stage.wait(4)
        stage.answer(ONE, "102", "103")
        stage.bye(ONE, "102", "103")
        stage.cdr(ONE, "answered", "101", "6201")
        assert stage.end().answered_by == "103"

    def test_of_one_whose_phone_is_idle_once_it_has_passed_the_call_on(self) -> None:
        stage = with_phones(keeps_records=True)
        line = f"in {OUTSIDE}>6700"
        stage.resync(shown(ONE, f"{line} alert", "101 ring", "102 ring", leg_id=ONE))
        stage.wait(9)
        stage.say(CallEvent.TRANSFER, ONE, "103", line, leg_id=ONE)
        stage.wait(1)
        stage.phone("101", IDLE)
        stage.wait(4)
        stage.answer(ONE, "103", line, leg_id=ONE)
        stage.bye(ONE, "103", line, leg_id=ONE)
        stage.cdr(ONE, "answered", OUTSIDE, "6700", direction="inbound")
        assert stage.end().answered_by == ""

    def test_before_it_was_passed_on(self) -> None:
        """One of a group did; the answer of its new party is not the first one."""
        stage = with_phones(keeps_records=True)
        stage.ring(ONE, "102", "101 via 6200")
        stage.ring(ONE, "103", "101 via 6200")
        stage.wait(9)
        stage.say(CallEvent.TRANSFER, ONE, "104", "101")
        stage.ring(ONE, "104", "101")
        stage.wait(5)
        stage.answer(ONE, "104", "101")
        stage.bye(ONE, "104", "101")
        stage.cdr(ONE, "answered", "101", "6200")
        assert stage.end().answered_by == ""


class TestAnAnswerAlone:
    """It was the caller's, whose own phone rang first: the record says that nobody talked."""

    def test_before_the_record(self) -> None:
        stage = with_phones(keeps_records=True)
        stage.ring(ONE, "101")
        stage.wait(4)
        stage.answer(ONE, "101")
        stage.wait(4)
        stage.bye(ONE, "101")
        stage.cdr(ONE, "no_answer", "101", "102")
        call = stage.end()
        assert (call.outcome, call.caller, call.answered_by) == (CallOutcome.MISSED, "101", "")
        assert call.missed_by == ()

    def test_after_the_record(self) -> None:
        """The report that it was hung up is lost; this one is late."""
        stage = with_phones(keeps_records=True)
        stage.ring(ONE, "101")
        stage.wait(4)
        stage.cdr(ONE, "no_answer", "101", "102")
        stage.answer(ONE, "101")
        stage.wait(5)
        stage.resync(queried=("101",), x101=IDLE)
        call = stage.end_of_all()
        assert (call.outcome, call.caller, call.answered_by) == (CallOutcome.MISSED, "101", "")
        assert call.missed_by == ()

    def test_of_the_callee_whose_caller_had_passed_it_on(self) -> None:
        """Unlike the caller it did answer, whatever the caller's own record says."""
        stage = with_phones(keeps_records=True)
        stage.status(ONE, "101 alert", "102 ring")
        stage.status(ONE, "101 bye")
        stage.wait(4)
        stage.status(ONE, "102 talk")
        stage.wait(9)
        stage.status(ONE, "102 bye")
        stage.cdr(ONE, "no_answer", "101", "102", duration=13)
        call = stage.end()
        assert (call.outcome, call.caller, call.answered_by) == (CallOutcome.ANSWERED, "101", "102")
        assert call.talk_seconds == 9


class TestTheRecordOfABranchAlone:
    def test_is_that_of_a_call_where_no_call_had_two(self) -> None:
        stage = with_phones(keeps_records=True)
        stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound", source_trunk="line-1")
        stage.wait(2)
        assert ends(stage) == [(ONE, CallOutcome.MISSED)]

    @pytest.mark.parametrize("keeps_records", [True, False])
    def test_may_be_led_on_to_the_mailbox_of_a_busy_phone(self, keeps_records: bool) -> None:
        """Of such a call nothing else is reported, as no phone rings (docs/asterisk.md)."""
        stage = with_phones(keeps_records=keeps_records)
        stage.tracker.index.branches = True  # another call had several records
        stage.cdr(BRANCH, "busy", "101", "102")
        stage.wait(20)
        assert stage.tracker.active[BRANCH].state == "dialing"
        stage.resync(x101=BUSY, x102=BUSY)
        stage.wait(5)
        assert not stage.changes
        stage.cdr(ONE, "busy", "101", "102")
        stage.cdr(ONE, "voicemail", "101", "102", duration=25)
        assert stage.end_of_all().outcome is CallOutcome.VOICEMAIL

    def test_ends_its_call_as_soon_as_its_caller_is_free(self) -> None:
        stage = with_phones()
        stage.tracker.index.branches = True
        stage.cdr(ONE, "busy", "101", "102")
        stage.wait(20)
        stage.resync(x101=IDLE, x102=BUSY)
        assert ends(stage) == [(ONE, CallOutcome.BUSY)]

    def test_is_a_call_where_nothing_else_is_heard(self) -> None:
        stage = with_phones(keeps_records=True)
        stage.cdr(BRANCH, "no_answer", "101", "102")
        stage.read()
        assert not ends(stage)
        assert stage.end().outcome is CallOutcome.MISSED

    def test_is_of_the_call_of_which_one_has_just_hung_up(self) -> None:
        """Its caller speaks to the voicemail of who let it ring (Yeastar, v2)."""
        stage = with_phones(keeps_records=True)
        stage.status(ONE, "102 bye")
        stage.cdr(BRANCH, "no_answer", "101", "102")
        stage.wait(20)
        assert not stage.changes
        stage.status(ONE, "101 bye")
        stage.cdr(ONE, "voicemail", "101", "102", duration=30)
        assert (stage.end().outcome, stage.told) == (CallOutcome.VOICEMAIL, [])

    def test_does_not_end_it_though_there_are_several(self) -> None:
        """A group let it ring, and its caller speaks to the box: an OpenVox' ids are theirs."""
        stage = with_phones()
        for branch, phone in ((BRANCH, "102"), (call_id(44), "103")):
            stage.bye(branch, phone, "101")
        for branch, phone in ((BRANCH, "102"), (call_id(44), "103")):
            stage.cdr(branch, "no_answer", "101", phone)
        stage.wait(9)
        assert not stage.changes
        stage.cdr(ONE, "voicemail", "101", "6200", duration=19)
        assert stage.end().outcome is CallOutcome.VOICEMAIL

    def test_is_of_the_call_whose_line_a_hang_up_states(self) -> None:
        """The ringing is lost; its caller speaks to the box (an OpenVox)."""
        stage = with_phones()
        stage.bye(BRANCH, "101", LINE, leg_id=ONE)
        stage.cdr(BRANCH, "no_answer", OUTSIDE, "101", direction="inbound")
        stage.wait(9)
        assert not stage.changes
        stage.cdr(ONE, "voicemail", OUTSIDE, "101", direction="inbound", duration=19)
        call = stage.end_of_all()
        assert (call.call_id, call.outcome) == (BRANCH, CallOutcome.VOICEMAIL)

    def test_is_none_of_its_own_where_the_call_is_heard_of_later(self) -> None:
        """One of a group declines, another one answers."""
        stage = with_phones()
        stage.bye(BRANCH, "102", "101")
        stage.cdr(BRANCH, "no_answer", "101", "102", duration=1)
        stage.wait(4)
        stage.answer(ONE, "103", "101")
        stage.wait(9)
        stage.resync(x101=BUSY, x103=BUSY)
        stage.wait(60)
        assert stage.told == ["answered 103 101"]

    def test_of_the_phone_of_who_calls_by_command_tells_less(self) -> None:
        stage = with_phones()
        stage.ring(ONE, "101")
        stage.wait(3)
        stage.answer(ONE, "101")
        stage.bye(call_id(41), "101")
        stage.cdr(call_id(41), "no_answer", "101", "101")
        stage.cdr(call_id(44, later=3), "no_answer", "101", "102")
        stage.wait(4)
        stage.resync(x101=IDLE)
        call = stage.end()
        assert (call.caller, call.callee, call.missed_by) == ("101", "102", ())

    def test_of_the_phone_that_a_command_rings_first_has_its_sides_reversed(self) -> None:
        """The callee is not reached; the record of the call is lost."""
        stage = with_phones()
        stage.ring(ONE, "101")
        stage.wait(8)
        stage.answer(ONE, "101")
        stage.bye(ONE, "101")
        stage.bye(call_id(41), "101")
        stage.cdr(call_id(41), "answered", "102", "101", duration=8, talk_duration=0)
        stage.cdr(call_id(44, later=8), "no_answer", "101", "102", duration=8, talk_duration=0)
        stage.wait(4)
        stage.resync(x101=IDLE)
        call = stage.end()
        assert (call.caller, call.callee, call.answered_by) == ("101", "102", "")

    def test_is_of_that_call_whichever_of_a_group_it_names(self) -> None:
        stage = with_phones(keeps_records=True)
        for phone in ("102", "103"):
            stage.status(ONE, f"{phone} bye")
        for branch, phone in ((BRANCH, "102"), (call_id(44), "103")):
            stage.cdr(branch, "no_answer", OUTSIDE, phone, direction="inbound")
        stage.wait(20)
        assert not stage.changes
        stage.cdr(ONE, "voicemail", OUTSIDE, "6200", direction="inbound", duration=30)
        assert stage.end().outcome is CallOutcome.VOICEMAIL

    def test_is_of_no_call_inside_where_it_comes_from_outside(self) -> None:
        """A hang-up of a call that is over, whose branch nothing else has named."""
        stage = with_phones()
        stage.bye(call_id(44), "101", "102")
        later = call_id(50, later=6)
        stage.cdr(later, "answered", "101", "6500", direction="inbound", duration=7)
        stage.wait(3)
        assert ends(stage) == [(later, CallOutcome.ANSWERED)]

    def test_tells_how_that_one_ended_where_nothing_else_does(self) -> None:
        stage = with_phones(keeps_records=True)
        stage.status(ONE, "102 bye")
        stage.cdr(BRANCH, "no_answer", "101", "102")
        stage.wait(60)
        assert ends(stage) == [(ONE, CallOutcome.MISSED)]

    def test_tells_how_a_call_ended_whose_record_is_lost(self) -> None:
        stage = with_phones()
        stage.ring(BRANCH, "101", LINE, leg_id=ONE)
        stage.wait(9)
        stage.bye(BRANCH, "101", LINE, leg_id=ONE)
        stage.cdr(BRANCH, "no_answer", OUTSIDE, "101", direction="inbound")
        stage.wait(4)
        stage.resync(shown(ONE, f"{LINE} talk", leg_id=ONE), x101=IDLE)  # with a voicemail?
        stage.wait(9)
        stage.resync(x101=IDLE)
        call = stage.end()
        assert (call.outcome, call.missed_by) == (CallOutcome.MISSED, ("101",))

    def test_is_a_call_at_once_where_its_phone_rang(self) -> None:
        """Some PBXes report the ringing of calls over their API alone."""
        stage = with_phones(keeps_records=True)
        stage.phone("102", RINGING)
        stage.wait(9)
        stage.phone("102", IDLE)
        stage.cdr(ONE, "no_answer", "101", "102")
        stage.wait(3)
        assert ends(stage) == [(ONE, CallOutcome.MISSED)]


def test_an_extension_on_hold_hears_a_new_party_ring() -> None:
    """The PBX passes it on over its API, and reports no transfer; the new phone is not shown."""
    stage = with_phones(keeps_records=True)
    stage.ring(ONE, "102", "101")
    stage.answer(ONE, "102", "101")
    stage.wait(9)
    stage.bye(ONE, "101", "102")
    stage.alert(ONE, "102")
    stage.wait(10)
    stage.answer(ONE, "104", "102")
    assert not ends(stage)
    stage.wait(9)
    stage.bye(ONE, "104", "102")
    stage.cdr(ONE, "answered", "101", "102", duration=28, talk_duration=28)
    stage.cdr(call_id(60, 10), "answered", "101", "104", duration=19, talk_duration=9)
    call = stage.end_of_all()
    assert (call.call_id, call.answered_by, call.talk_seconds) == (ONE, "102", 28)


def test_a_reading_shows_a_line_that_hears_a_new_party_ring() -> None:
    """The new phone is not shown, and the record of the call is lost."""
    stage = with_phones(keeps_records=True)
    stage.tracker.index.branches = True  # others had several
    line = f"out 101>{OUTSIDE}"
    stage.ring(ONE, line, "101", leg_id=call_id(41))
    stage.answer(ONE, line, "101", leg_id=call_id(41))
    stage.wait(9)
    stage.bye(ONE, "101", line, leg_id=call_id(41))
    stage.wait(1)
    stage.resync(shown(call_id(41), f"{line} ring", leg_id=call_id(41)))
    stage.wait(9)
    stage.bye(ONE, line, "101", leg_id=call_id(41))
    outward = {"direction": "outbound", "destination_trunk": "line-1"}
    stage.cdr(call_id(60, 10), "no_answer", "101", "104", duration=9, **outward)
    call = stage.end_of_all()
    assert (call.call_id, call.callee, call.answered_by) == (ONE, OUTSIDE, OUTSIDE)


def test_the_callee_of_who_calls_on_a_line_is_not_whom_it_is_passed_to() -> None:
    """The record of the call is lost, but for that of the new branch."""
    stage = with_phones(keeps_records=True)
    line = f"out 101>{OUTSIDE}"
    stage.ring(ONE, line, "101", leg_id=call_id(41))
    stage.answer(ONE, line, "101", leg_id=call_id(41))
    stage.bye(ONE, "101", line, leg_id=call_id(41))
    stage.alert(ONE, line, leg_id=call_id(41))
    stage.ring(ONE, "103", line, leg_id=call_id(41))
    stage.answer(ONE, "103", line, leg_id=call_id(41))
    stage.bye(ONE, "103", line, leg_id=call_id(41))
    outward = {"direction": "outbound", "destination_trunk": "line-1"}
    stage.cdr(call_id(60), "answered", "101", "103", **outward)
    assert stage.end_of_all().callee == OUTSIDE


def test_an_outside_number_was_not_called_where_an_extension_answers() -> None:
    """It is the line's own one, as some show it; that 101 rang is lost, as is the record."""
    stage = with_phones()
    line = f"in {OUTSIDE}>55123"
    stage.alert(ONE, line, leg_id=ONE)
    stage.answer(ONE, "101", line, leg_id=ONE)
    stage.bye(ONE, "101", line, leg_id=ONE)
    assert stage.end_of_all().callee == "101"


def test_a_hang_up_late_of_who_passed_the_call_on() -> None:
    """It arrives after the ringing of the new party, which the other one hears."""
    stage = with_phones()
    answered_inside(stage)
    stage.ring(ONE, "103", "102")
    stage.wait(1)
    stage.bye(ONE, "101", "102")
    stage.wait(9)
    stage.answer(ONE, "103", "102")
    assert not ends(stage)
    stage.bye(ONE, "103", "102")
    assert stage.end_of_all().talk_seconds == 15


def test_the_line_of_a_call_by_command_is_of_the_phone_that_was_rung_first() -> None:
    """The report of its line is lost; its id is that of the second of the phone's answer."""
    stage = with_phones(keeps_records=True)
    stage.ring(ONE, "101")
    stage.wait(7)
    line = call_id(45, 7)
    stage.resync(shown(line, f"out 101>{OUTSIDE} ring", leg_id=line))
    stage.wait(9)
    stage.bye(ONE, "101")
    outward = {"direction": "outbound", "destination_trunk": "line-1"}
    stage.cdr(ONE, "no_answer", "101", OUTSIDE, **outward)
    assert stage.end_of_all().call_id == ONE


def test_a_call_that_only_a_reading_misses_ends_unknown() -> None:
    """All of its end is lost: that it was refused, too."""
    stage = with_phones()
    stage.ring(ONE, "101", LINE, leg_id=ONE)
    stage.wait(9)
    stage.resync(x101=IDLE)
    assert stage.end_of_all().outcome is CallOutcome.UNKNOWN


def test_a_transfer_that_a_reading_shows_a_moment_before_its_report() -> None:
    stage = with_phones(keeps_records=True)
    line = f"out 101>{OUTSIDE}"
    stage.ring(ONE, line, "101", leg_id=call_id(41))
    stage.answer(ONE, line, "101", leg_id=call_id(41))
    stage.wait(9)
    stage.resync(shown(call_id(41), f"{line} ring", leg_id=call_id(41)), x103=RINGING)
    stage.say(CallEvent.TRANSFER, ONE, "103", line, leg_id=call_id(41))
    assert "transferred 101 103" in stage.told


class TestOnePhoneThatRang:
    """The record is lost: it is one that is called on a hidden line, or calls by command."""

    def test_ended_unknown(self) -> None:
        stage = with_phones()
        stage.ring(ONE, "101")
        stage.phone("101", RINGING)
        stage.wait(9)
        stage.phone("101", IDLE)
        stage.wait(9)
        stage.resync(queried=("101",), x101=IDLE)
        call = stage.end_of_all()
        assert (call.outcome, call.callee) == (CallOutcome.UNKNOWN, "")

    def test_was_missed_where_its_caller_is_known(self) -> None:
        stage = with_phones()
        stage.ring(ONE, "101", LINE, leg_id=ONE)
        stage.phone("101", RINGING)
        stage.wait(9)
        stage.phone("101", IDLE)
        stage.wait(9)
        stage.resync(x101=IDLE)
        assert stage.end_of_all().outcome is CallOutcome.MISSED


class TestTheTransferIsLost:
    def test_records_of_the_first_channel_are_of_the_call_whoever_their_sides_are(self) -> None:
        """Asked by a second call, 103 has taken the place of 101 (Asterisk: n+1, n+2)."""
        stage = with_phones()
        stage.ring(ONE, "102", "101")
        stage.answer(ONE, "102", "101")
        stage.wait(9)
        stage.bye(ONE, "101", "102")
        stage.cdr(ONE, "answered", "101", "102")
        stage.cdr(call_id(42), "answered", "103", "102")
        stage.cdr(call_id(41), "answered", "102", "")
        stage.wait(20)
        assert ends(stage) == [(ONE, CallOutcome.ANSWERED)]

    def test_records_of_the_new_partner_are_of_the_call(self) -> None:
        stage = with_phones(keeps_records=True)
        stage.ring(ONE, "101", LINE, leg_id=ONE)
        stage.answer(ONE, "101", LINE, leg_id=ONE)
        stage.wait(20)
        stage.answer(ONE, "103", f"in {OUTSIDE}>103", leg_id=ONE)
        stage.wait(9)
        stage.bye(ONE, "103", f"in {OUTSIDE}>103", leg_id=ONE)
        line = {"direction": "inbound", "source_trunk": "line-1"}
        stage.cdr(ONE, "answered", OUTSIDE, "6200", duration=29, talk_duration=28, **line)
        stage.cdr(call_id(60, 15), "answered", OUTSIDE, "103", duration=14, **line)
        call = stage.end_of_all()
        assert (call.call_id, call.answered_by) == (ONE, "101")


def test_a_report_without_members_begins_no_call() -> None:
    stage = with_phones(keeps_records=True)
    stage.status(ONE)
    assert not stage.tracker.active


def test_whoever_hears_the_other_one_ring_has_picked_up() -> None:
    """The report of that was lost, and the other phone is not monitored."""
    stage = with_phones(keeps_records=True)
    stage.ring(ONE, "101")
    stage.wait(5)
    stage.alert(ONE, "101")
    stage.wait(20)
    stage.bye(ONE, "101")
    stage.cdr(ONE, "no_answer", "101", "104", duration=25)
    assert stage.end().outcome is CallOutcome.MISSED


def test_a_leg_that_calls_takes_its_answer_back() -> None:
    """API v2: the phone of a call by command answers alone; who rings then is lost."""
    stage = with_phones(keeps_records=True)
    stage.status(ONE, "101 ring")
    stage.wait(3)
    stage.status(ONE, "101 talk")
    stage.wait(3)
    stage.take(
        CallReport(
            name="CallStatus",
            call_id=ONE,
            event=CallEvent.STATUS,
            legs=(replace(leg("101 talk"), calls=True),),
        )
    )
    stage.wait(5)
    stage.status(ONE, "101 bye")
    stage.cdr(ONE, "voicemail", "101", "102", talk_duration=5)
    call = stage.end()
    assert (call.outcome, call.answered_by) == (CallOutcome.VOICEMAIL, "")


def test_a_line_that_was_answered_alone_leaves_open_who_did() -> None:
    """The extension's mobile phone, on a line that no report shows."""
    stage = with_phones()
    line = f"in {OUTSIDE}>101"
    stage.ring(call_id(42), "101", line, leg_id=ONE)
    stage.wait(5)
    stage.answer(ONE, line, leg_id=ONE)
    stage.wait(5)
    stage.bye(ONE, line, leg_id=ONE)
    stage.cdr(ONE, "answered", OUTSIDE, "101", direction="outbound")
    call = stage.end()
    assert (call.outcome, call.answered_by) == (CallOutcome.ANSWERED, "")


def test_the_number_that_a_line_rings_is_not_who_refuses() -> None:
    """The record is lost."""
    stage = with_phones()
    line = f"in {OUTSIDE}>556677"
    stage.say(CallEvent.FAILED, ONE, "101", line, leg_id=ONE, reason="refused")
    stage.wait(5)
    stage.resync(x101=ExtensionStatus.IDLE)
    call = stage.end()
    assert (call.outcome, call.callee) == (CallOutcome.REFUSED, "101")


def test_one_leg_is_up_after_the_other_one_hung_up_and_no_report_says_to_whom_it_goes_on() -> None:
    """It was passed on by command (Yeastar, v2): a reading tells whether it is over."""
    stage = with_phones(keeps_records=True)
    stage.status(ONE, "101 ring", f"{LINE} alert")
    stage.status(ONE, "101 talk", f"{LINE} talk")
    stage.wait(9)
    stage.status(ONE, "101 bye")
    stage.wait(7)
    assert not ends(stage)
    stage.resync(shown(ONE, f"{LINE} talk", "102 talk", leg_id=ONE))
    stage.wait(60)
    assert not ends(stage)
    stage.status(ONE, "102 bye")
    stage.status(ONE, f"{LINE} bye")
    stage.cdr(ONE, "answered", OUTSIDE, "101", direction="inbound")
    assert stage.end().answered_by == "101"


def test_how_long_it_rang_in_a_queue_that_answered_first_is_unknown_from_its_record() -> None:
    stage = with_phones(keeps_records=True)
    stage.say(CallEvent.ANSWERED, ONE, "101")
    stage.wait(7)
    stage.answer(ONE, "102", "101")
    stage.wait(20)
    stage.resync(x101=IDLE, x102=IDLE)
    stage.bye(ONE, "102", "101")
    stage.cdr(ONE, "answered", "101", "6700", duration=27, talk_duration=27)
    call = stage.end()
    assert (call.ring_seconds, call.talk_seconds) == (None, 20)


def test_who_calls_by_command_has_not_missed_the_call() -> None:
    """Its phone rang first; the record is lost, and no report says that it picked up."""
    stage = with_phones()
    stage.phone("101", RINGING)
    stage.ring(ONE, "101")
    stage.wait(3)
    stage.answer(ONE, "101")
    stage.alert(call_id(44, later=3), "101")
    stage.bye(ONE, "101")
    stage.phone("101", IDLE)
    stage.wait(9)
    stage.resync(x101=IDLE)
    call = stage.end()
    assert (call.caller, call.callee, call.missed_by) == ("101", "", ())


def test_a_branch_is_of_the_call_whose_caller_it_names() -> None:
    """Both calls have both phones: one of them rings for 103, too."""
    stage = with_phones()
    stage.ring(ONE, "102", "101")
    stage.answer(ONE, "102", "101")
    stage.ring(call_id(44), "101", "103")
    stage.ring(call_id(44), "102", "103")
    stage.wait(9)
    stage.bye(BRANCH, "101", "102")
    stage.cdr(BRANCH, "answered", "101", "102")
    stage.cdr(ONE, "answered", "101", "102")
    stage.wait(9)
    assert ends(stage) == [(ONE, CallOutcome.ANSWERED)]


def test_who_asks_makes_another_call_though_the_first_answer_is_lost() -> None:
    """The phones of a group ring under the id of their call, so that another id is another call."""
    stage = with_phones()
    asking = call_id(48, later=20)
    stage.ring(ONE, "102", "101")
    stage.ring(ONE, "103", "101")
    stage.wait(20)
    stage.ring(asking, "104", "101")
    assert list(stage.tracker.active) == [ONE, asking]


def test_the_next_call_of_a_caller_is_another_one_once_the_record_of_the_first_is_there() -> None:
    stage = with_phones()
    stage.ring(ONE, "102", "101")
    stage.wait(30)
    stage.cdr(ONE, "no_answer", "101", "102", duration=30)
    stage.wait(9)
    later = call_id(48, later=39)
    stage.alert(later, "101")
    assert list(stage.tracker.active) == [ONE, later]


def test_an_agent_who_did_not_answer_tells_nothing_of_the_next_one() -> None:
    """103 rings, and the rest is lost: it may have answered."""
    stage = with_phones()
    stage.ring(ONE, "102", "101")
    stage.wait(15)
    stage.phone("102", IDLE)
    stage.ring(ONE, "103", "101")
    stage.wait(30)
    stage.resync(x101=IDLE, x102=IDLE, x103=IDLE, queried=("101", "102", "103"))
    stage.wait(60)
    assert ends(stage) == [(ONE, CallOutcome.UNKNOWN)]


def test_a_phone_that_rings_for_another_call_has_not_missed_this_one() -> None:
    """101 forwards to 102, and the PBX reports the ringing of this call over its API alone."""
    stage = with_phones()
    stage.alert(BRANCH, LINE, leg_id=ONE)
    stage.wait(1)
    stage.ring(call_id(50, later=1), "102", "103")
    stage.phone("102", RINGING)
    stage.wait(9)
    stage.phone("102", IDLE)
    stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound", source_trunk="line-1")
    stage.wait(5)
    stage.resync(x102=IDLE)
    (missed,) = [change.call for change in stage.changes if change.type is CallEventType.MISSED]
    assert (missed.call_id, missed.missed_by) == (BRANCH, ())


def test_a_call_with_a_record_does_not_begin_to_dial() -> None:
    """Of a hang-up and a record alone is a call that is over, whatever a reading shows."""
    stage = with_phones()
    stage.bye(BRANCH, "102", "101")
    stage.cdr(BRANCH, "no_answer", "101", "102")
    stage.wait(20)
    stage.resync(shown(call_id(60), "101 talk", "104 talk"), x101=BUSY, x104=BUSY)
    assert "dialing 101" not in stage.told


def test_the_own_number_of_a_line_is_not_who_was_called() -> None:
    """A group was not reached, and its record is lost."""
    stage = with_phones()
    line = f"in {OUTSIDE}>5550100"
    stage.say(CallEvent.FAILED, ONE, line, leg_id=ONE, reason="unreachable")
    stage.wait(9)
    stage.resync(x101=IDLE)
    call = stage.end()
    assert (call.outcome, call.caller, call.callee) == (CallOutcome.FAILED, OUTSIDE, "")


def test_a_caller_who_hears_it_ring_long_after_makes_another_call() -> None:
    """The answer of the first one is lost; its ringing at the second phone is, too."""
    stage = with_phones()
    asking = call_id(48, later=16)
    stage.ring(ONE, "102", "101")
    stage.wait(16)
    stage.alert(asking, "101")
    assert list(stage.tracker.active) == [ONE, asking]


def test_a_caller_who_hears_it_ring_after_the_record_makes_another_call() -> None:
    """102 declined."""
    stage = with_phones()
    stage.ring(ONE, "102", "101")
    stage.wait(3)
    stage.say(CallEvent.FAILED, ONE, "102", "101", reason="refused")
    stage.cdr(ONE, "no_answer", "101", "102", duration=3)
    stage.alert(call_id(48, later=3), "101")
    assert call_id(48, later=3) in stage.tracker.active


def test_the_mobile_phone_of_who_is_called_may_have_answered() -> None:
    """Its hang-up and the record of the call are all that arrives."""
    stage = with_phones()
    mobile = f"out 101>{OUTSIDE}"
    stage.bye(BRANCH, "in 0307654321>101", mobile, leg_id=ONE)
    stage.cdr(ONE, "answered", "0307654321", "101", direction="outbound")
    call = stage.end()
    assert (call.direction, call.answered_by) == ("inbound", "")


def test_who_rings_right_after_a_hang_up_has_missed_it() -> None:
    """Its first ringing is lost; a late report would say the same."""
    stage = with_phones()
    stage.ring(BRANCH, "101", LINE, leg_id=ONE)
    stage.wait(15)
    stage.bye(BRANCH, "101", LINE, leg_id=ONE)
    stage.bye(call_id(44), "102", LINE, leg_id=ONE)
    stage.wait(1)
    stage.ring(call_id(60, later=16), "102", LINE, leg_id=ONE)
    stage.wait(9)
    stage.cdr(ONE, "no_answer", OUTSIDE, "6700", direction="inbound", duration=25)
    stage.wait(3)
    stage.resync(x101=IDLE)
    assert stage.end().missed_by == ("101", "102")


def test_a_call_of_which_the_record_alone_is_known_and_the_next_one_of_its_caller() -> None:
    """101 heard an IVR, and calls 102 at once: an id after another one is of no branch."""
    stage = with_phones()
    stage.cdr(ONE, "answered", "101", "6500", duration=3)
    stage.ring(call_id(41, later=3), "102", "101")
    stage.wait(3)
    assert ends(stage) == [(ONE, CallOutcome.ANSWERED)]


def test_the_record_of_a_branch_is_of_no_later_call_by_command() -> None:
    """101 was passed on, and its phone is rung to make a call."""
    stage = with_phones()
    stage.ring(call_id(44, later=15), "101")
    stage.cdr(BRANCH, "answered", "101", "103", duration=15)
    assert stage.tracker.active[call_id(44, later=15)].callee == "101"


def test_hang_ups_of_other_calls_do_not_put_the_end_of_one_off() -> None:
    """The record is all that is heard of it, and others hang up all the time."""
    stage = with_phones()
    stage.cdr(ONE, "no_answer", "101", "102")
    for number in range(60, 64):
        stage.wait(1)
        stage.bye(call_id(number, later=9), "103", "104")
    assert ends(stage) == [(ONE, CallOutcome.MISSED)]


def test_the_record_of_a_hang_up_before_a_start_of_the_pbx_names_nobody_of_it() -> None:
    stage = with_phones()
    stage.bye(ONE, "103", "104")
    stage.boot()
    stage.wait(60)
    stage.cdr(ONE, "no_answer", "103", "102", started=None)
    assert stage.end().legs == ()


def test_whom_a_call_is_passed_on_to_rings_after_the_record_of_who_left() -> None:
    stage = with_phones()
    answered_inside(stage)
    stage.say(CallEvent.TRANSFER, ONE, "103", "102")
    stage.bye(ONE, "101", "102")
    stage.cdr(ONE, "answered", "101", "102", duration=1, talk_duration=1)
    stage.wait(1)
    stage.ring(call_id(44, later=9), "103", "102")
    assert list(stage.tracker.active) == [ONE]


def test_who_rang_beside_the_one_that_passed_a_call_on_does_not_ring_any_more() -> None:
    """No answer was reported."""
    stage = with_phones()
    for phone in ("102", "103"):
        stage.ring(ONE, phone, "101")
    stage.wait(5)
    stage.say(CallEvent.TRANSFER, ONE, "104", "102")
    assert stage.status_of("103") is None


def test_a_branch_tells_of_a_call_whose_own_record_tells_nothing() -> None:
    stage = with_phones()
    stage.cdr(ONE, "no_answer", "101", "6700", duration=0)
    stage.cdr(BRANCH, "answered", "101", "102")
    assert stage.end().outcome is CallOutcome.ANSWERED


def test_the_second_id_of_a_call_whose_caller_is_withheld() -> None:
    stage = with_phones()
    withheld = "in anonymous>5550100"
    stage.ring(ONE, "101", withheld)
    stage.wait(5)
    stage.answer(BRANCH, "101", withheld)
    assert list(stage.tracker.active) == [ONE]


def test_a_phone_that_ceases_with_a_failure_did_not_ring_on() -> None:
    """101 forwarded the call to 103; that is lost, and so is the record."""
    stage = with_phones()
    stage.ring(ONE, "101", "102")
    stage.wait(5)
    stage.say(CallEvent.FAILED, ONE, "103", "102", reason="refused")
    stage.phone("102", IDLE)
    stage.phone("101", IDLE)
    stage.wait(9)
    stage.resync(queried=("101", "102"), x101=IDLE, x102=IDLE)
    assert stage.end_of_all().outcome is CallOutcome.REFUSED


def test_whom_a_call_is_passed_on_to_may_have_answered_who_asked_before() -> None:
    """Nothing but its record tells, which comes when the other call ends (an OpenVox)."""
    stage = with_phones()
    stage.ring(ONE, "101", LINE, leg_id=ONE)
    stage.answer(ONE, "101", LINE, leg_id=ONE)
    stage.wait(9)
    asking = call_id(46, later=9)
    stage.ring(asking, "102", "101")
    stage.alert(asking, "101")
    stage.wait(9)
    stage.say(CallEvent.TRANSFER, ONE, "102", LINE, leg_id=ONE)
    stage.bye(asking, "101", "102")
    stage.wait(5)
    stage.resync(shown(ONE, f"{LINE} talk", leg_id=ONE), x101=IDLE, x102=BUSY)
    stage.wait(9)
    assert not ends(stage)
    stage.cdr(asking, "answered", "101", "102", duration=23)
    stage.wait(9)
    assert ends(stage) == [(asking, CallOutcome.ANSWERED)]


def test_answers_that_come_apart_do_not_tell_who_calls() -> None:
    """An OpenVox reports each answer twice, callee first and caller first, in one instant."""
    stage = with_phones()
    stage.answer(ONE, "101", "102")  # the second one?
    stage.wait(1)
    stage.answer(ONE, "102", "101")
    stage.wait(9)
    stage.bye(ONE, "101", "102")
    stage.bye(BRANCH, "102", "101")
    stage.phone("101", IDLE)
    stage.phone("102", IDLE)
    stage.wait(9)
    call = stage.end()
    assert (call.outcome, call.caller, call.callee) == (CallOutcome.ANSWERED, "", "")
    assert call.answered_by == ""


def test_a_record_tells_who_calls_though_the_answers_come_apart() -> None:
    stage = with_phones()
    stage.answer(ONE, "101", "102")
    stage.wait(1)
    stage.answer(ONE, "102", "101")
    stage.wait(9)
    stage.cdr(ONE, "answered", "101", "102", duration=12, talk_duration=10)
    call = stage.end()
    assert (call.caller, call.callee, call.answered_by) == ("101", "102", "102")


def test_a_record_tells_who_calls_though_the_one_called_had_passed_it_on() -> None:
    """Who takes the place of a caller by command was not there at the answer."""
    stage = with_phones()
    stage.answer(ONE, "101", "102")
    stage.wait(9)
    stage.say(CallEvent.TRANSFER, ONE, "103", "101")
    stage.ring(ONE, "103", "101")
    stage.wait(3)
    stage.answer(ONE, "103", "101")
    stage.wait(9)
    stage.bye(ONE, "103", "101")
    stage.cdr(ONE, "answered", "101", "102", duration=22, talk_duration=20)
    call = stage.end()
    assert (call.caller, call.callee, call.answered_by) == ("101", "102", "102")


def test_a_phone_that_rings_after_the_caller_left_is_rung_for_who_answered_before() -> None:
    """102 answered, which was lost, and passes the call on to 103 without asking."""
    stage = with_phones()
    stage.ring(ONE, "102", "101")
    stage.alert(ONE, "101")
    stage.wait(9)
    stage.bye(ONE, "101", "102")
    stage.ring(ONE, "103", "102")
    stage.alert(ONE, "102")
    stage.phone("103", RINGING)
    stage.phone("101", IDLE)
    stage.wait(9)
    stage.resync(x101=IDLE, x102=BUSY, x103=RINGING)
    stage.wait(3)
    assert not ends(stage)
    stage.answer(ONE, "103", "102")
    stage.wait(9)
    stage.bye(ONE, "103", "102")
    stage.cdr(ONE, "answered", "101", "102", duration=30, talk_duration=25)
    call = stage.end_of_all()
    assert (call.outcome, call.caller, call.callee) == (CallOutcome.ANSWERED, "101", "102")


def test_extensions_of_a_call_that_seems_to_be_over_are_queried() -> None:
    """So that a reading can show that it goes on."""
    stage = with_phones()
    answered_inside(stage)
    stage.bye(ONE, "101")
    stage.wait(7)
    assert stage.tracker.unsure_extensions == {"102"}


def test_a_lost_ring_is_known_by_the_status_of_its_phone_whoever_else_picks_up() -> None:
    stage = with_phones()
    stage.phone("101", BUSY)
    stage.alert(ONE, "101")
    stage.phone("102", RINGING)
    stage.ring(call_id(70), "103", "104")
    stage.phone("103", RINGING)
    stage.wait(7)
    stage.phone("101", IDLE)
    stage.phone("102", IDLE)
    stage.cdr(ONE, "no_answer", "101", "102", duration=7)
    stage.phone("103", BUSY)
    stage.answer(call_id(70), "103", "104")
    assert stage.end_of_one().missed_by == ("102",)


def test_the_record_of_a_later_call_of_its_caller_does_not_end_it() -> None:
    """Its answer and its end, and all reports of the later call, were lost (an OpenVox)."""
    stage, later = with_phones(), call_id(84, later=19)
    stage.ring(ONE, "102", "101")
    stage.wait(31)
    stage.phone("101", IDLE)
    stage.phone("103", IDLE)
    stage.cdr(later, "no_answer", "101", "103", duration=12)
    stage.resync(x101=IDLE, x102=IDLE, x103=IDLE)
    stage.wait(9)
    assert (later, CallOutcome.MISSED) in ends(stage)
    assert {change.call.callee for change in stage.changes if change.call.call_id == ONE} == {"102"}


def test_nothing_tells_how_long_a_call_was_talked_whose_outcome_is_unknown() -> None:
    stage = with_phones()
    stage.alert(ONE, "101")
    stage.wait(40)
    stage.resync(x101=ExtensionStatus.IDLE)
    call = stage.end_of_all()
    assert (call.outcome, call.talk_seconds) == (CallOutcome.UNKNOWN, None)


def test_whom_a_command_passes_on_has_answered_though_that_was_lost() -> None:
    stage = Stage(keeps_records=True)
    stage.status(ONE, "101 alert", "102 ring")
    stage.wait(20)
    stage.status(ONE, "101 bye")
    stage.status(ONE, "102 alert", "103 ring")
    stage.changes += stage.tracker.sent_on(ONE, left="101")
    stage.wait(17)
    stage.status(ONE, "102 bye")
    stage.status(ONE, "103 bye")
    stage.cdr(ONE, "answered", "101", "102", duration=39, talk_duration=26)
    later = call_id(56, later=20)
    stage.cdr(later, "no_answer", "102", "103", duration=17)
    stage.cdr(call_id(42), "answered", "103", "102", duration=39, talk_duration=26)
    stage.cdr(call_id(41), "answered", "102", "103", duration=39, talk_duration=26)
    end = stage.end()
    assert (end.outcome, end.caller, end.callee) == (CallOutcome.ANSWERED, "101", "102")


@pytest.mark.parametrize(
    ("duration", "outcomes"),
    [(22, 1), (15, 2)],
    ids=["closed with that of the call", "of another call of its callee"],
)
def test_the_record_of_a_transfer_that_was_lost_is_closed_with_that_of_the_call(
    duration: int, outcomes: int
) -> None:
    """It names the party that went on to talk, and one that no report did (a PBX of branches)."""
    stage = Stage(keeps_records=True)
    stage.tracker.index.branches = True
    stage.ring(ONE, "102", "101")
    stage.answer(ONE, "102", "101")
    stage.wait(30)
    stage.bye(ONE, "102", "101")
    stage.cdr(ONE, "answered", "101", "102", duration=30, talk_duration=30)
    later = call_id(47, later=8)
    stage.cdr(later, "answered", "103", "102", duration=duration, talk_duration=duration - 5)
    stage.wait(30)
    assert len(ends(stage)) == outcomes


def test_a_caller_has_not_missed_the_call_that_he_makes() -> None:
    """His own phone rings for another call while he waits in a queue."""
    stage = with_phones(keeps_records=True)
    stage.wait(8)
    stage.phone("101", RINGING)
    stage.cdr(ONE, "no_answer", "101", "6700", duration=9, talk_duration=9)
    stage.phone("101", IDLE)
    call = stage.end()
    assert (call.outcome, call.missed_by) == (CallOutcome.MISSED, ())


def test_a_prompt_that_ends_begins_no_call() -> None:
    """It is all that is reported of a call that is over."""
    stage = Stage()
    stage.take(PromptEndReport(name="PlayPromptEnd", call_id=ONE, legs=(leg("101"),), ivr=""))
    assert not stage.tracker.active


def test_who_hears_a_prompt_has_hung_up_when_his_phone_is_idle() -> None:
    stage = with_phones(keeps_records=True)
    stage.changes += stage.tracker.dialled(ONE, "101")
    stage.ring(ONE, "101")
    stage.wait(4)
    stage.answer(ONE, "101")
    stage.phone("101", BUSY)
    stage.wait(9)
    stage.phone("101", IDLE)
    assert stage.tracker.calls_of("101") == ()
