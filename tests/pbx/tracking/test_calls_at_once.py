"""Calls of the same people at once: what is reported of one is not taken for another one's."""

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallOutcome

from .call_stage import (
    ONE,
    OUTSIDE,
    Stage,
    active,
    answered_inside,
    call_id,
    ends,
    shown,
    with_phones,
)

BUSY, IDLE, RINGING = ExtensionStatus.BUSY, ExtensionStatus.IDLE, ExtensionStatus.RINGING
BRANCH = call_id(42)
OTHER = call_id(60, later=10)


def at_an_ivr(stage: Stage) -> None:
    """Let a call from outside lead to 102 behind an IVR, who answers."""
    line = f"in {OUTSIDE}>6500"
    stage.ring(BRANCH, "102", line, leg_id=ONE)
    stage.wait(10)
    stage.answer(ONE, "102", line, leg_id=ONE)
    stage.wait(2)


class TestRecordsOfOtherCalls:
    """They alone tell of a call that hangs up in an IVR."""

    @pytest.mark.parametrize("way", ["inbound", "internal"])
    def test_one_of_an_ivr_that_another_one_reached_in_the_same_second(self, way: str) -> None:
        """OpenVox, whose records name no line: the id is that of the call's own second channel."""
        stage = with_phones()
        stage.ring(ONE, "101", f"in {OUTSIDE}>6500", leg_id=ONE)
        stage.answer(ONE, "101", f"in {OUTSIDE}>6500", leg_id=ONE)
        caller = {"inbound": "03077001122", "internal": "102"}[way]
        talk = {"duration": 5, "talk_duration": 5, "direction": way}
        stage.cdr(call_id(41), "answered", caller, "6500", **talk)
        stage.wait(9)
        assert ends(stage) == [(call_id(41), CallOutcome.ANSWERED)]

    def test_one_of_a_second_caller_on_another_line_in_the_same_instant(self) -> None:
        """It left a message while the first one heard an IVR, which led to the same phone."""
        stage = with_phones(keeps_records=True)
        stage.say(CallEvent.INCOMING, ONE, f"in {OUTSIDE}>6500", leg_id=ONE)
        stage.wait(12)
        seconds = {"duration": 12, "talk_duration": 9}
        trunk = {"direction": "inbound", "source_trunk": "line-1"}
        stage.cdr(call_id(41), "voicemail", "0309876543", "101", **seconds, **trunk)
        stage.wait(1)
        stage.answer(ONE, "101", f"in {OUTSIDE}>101", leg_id=ONE)
        stage.wait(5)
        assert ends(stage) == [(call_id(41), CallOutcome.VOICEMAIL)]

    def test_one_of_a_phone_that_rings_for_somebody_outside(self) -> None:
        stage = with_phones()
        stage.ring(BRANCH, "102", f"in {OUTSIDE}>102", leg_id=ONE)
        stage.wait(10)
        stage.cdr(OTHER, "no_answer", "102", "102", direction="outbound")
        stage.wait(60)
        assert [name for name, _ in ends(stage)] == [OTHER]

    def test_one_inside_of_who_calls_on_a_line(self) -> None:
        """He asks a colleague on his phone's second line."""
        stage = with_phones(keeps_records=True)
        line = f"out 101>{OUTSIDE}"
        stage.ring(ONE, line, "101", leg_id=call_id(41))
        stage.wait(9)
        stage.answer(ONE, line, "101", leg_id=call_id(41))
        stage.wait(8)
        stage.cdr(OTHER, "no_answer", "101", "104")
        stage.wait(30)
        assert ends(stage) == [(OTHER, CallOutcome.MISSED)]

    def test_one_inside_of_an_extension_whose_number_a_caller_outside_has(self) -> None:
        stage = with_phones(keeps_records=True)
        line = "in 103>6500"
        stage.ring(ONE, "102", line, leg_id=ONE)
        stage.wait(10)
        stage.cdr(OTHER, "answered", "103", "6500", duration=2)
        stage.wait(5)
        assert ends(stage) == [(OTHER, CallOutcome.ANSWERED)]

    def test_one_of_who_calls_out_after_an_ivr_that_a_record_alone_told(self) -> None:
        stage = Stage(keeps_records=True)
        stage.cdr(ONE, "answered", "101", "6500", duration=4, talk_duration=4)
        stage.wait(3)
        stage.cdr(
            call_id(41, later=4), "no_answer", "101", OUTSIDE, direction="outbound", duration=15
        )
        stage.wait(40)
        assert len(ends(stage)) == 2

    def test_one_of_two_others_who_rang_for_a_call(self) -> None:
        """Who calls is one side of every branch, until he passes the call on."""
        stage = with_phones()
        stage.ring(ONE, "102", "101")
        stage.ring(ONE, "103", "101")
        stage.wait(10)
        stage.cdr(OTHER, "no_answer", "102", "102", direction="outbound")
        stage.wait(60)
        assert OTHER in [name for name, _ in ends(stage)]

    def test_one_of_who_calls_an_ivr_again(self) -> None:
        stage = with_phones(keeps_records=True)
        stage.cdr(ONE, "answered", "101", "6500", duration=6, talk_duration=6)
        stage.wait(7)
        stage.cdr(call_id(45, later=7), "answered", "101", "6500", duration=6, talk_duration=6)
        stage.wait(40)
        assert len(ends(stage)) == 2

    def test_one_of_the_same_caller_on_another_line(self) -> None:
        stage = Stage(keeps_records=True)
        on = {"direction": "inbound", "duration": 20}
        stage.cdr(call_id(44, later=7), "no_answer", OUTSIDE, "102", source_trunk="one", **on)
        stage.wait(1)
        stage.cdr(ONE, "voicemail", OUTSIDE, "103", source_trunk="two", **on)
        stage.wait(40)
        assert len(ends(stage)) == 2

    def test_but_not_one_of_a_mobile_phone_that_rang_too(self) -> None:
        """No report names it: its line is not shown."""
        stage = with_phones(keeps_records=True)
        stage.ring(ONE, "101", f"in {OUTSIDE}>101", leg_id=ONE)
        stage.wait(6)
        stage.answer(ONE, "101", f"in {OUTSIDE}>101", leg_id=ONE)
        stage.cdr(call_id(44), "no_answer", OUTSIDE, "0309999999", direction="inbound", duration=6)
        stage.wait(20)
        assert not ends(stage)

    def test_one_of_an_own_phone_that_nobody_picks_up(self) -> None:
        """By command 101 calls, while an IVR leads 103 to 101: the record's id is n+1 of that."""
        stage, own = with_phones(), call_id(41)
        stage.answer(ONE, "103")
        stage.phone("101", RINGING)
        stage.wait(3)
        stage.cdr(own, "no_answer", "101", "101", direction="outbound", duration=3)
        stage.wait(1)
        stage.ring(ONE, "101", "103")
        stage.alert(ONE, "103")
        stage.wait(9)
        assert ends(stage) == [(own, CallOutcome.CANCELLED)]

    def test_one_of_whom_an_ivr_reached_since_under_its_first_branch(self) -> None:
        """103 hears 104 ring in vain; then an IVR, whose id is the one before, leads 102 to 103."""
        stage, other = with_phones(keeps_records=True), call_id(41)
        stage.key(ONE, "102", "1", 0)
        stage.cdr(other, "no_answer", "103", "104", duration=10, talk_duration=0)
        stage.wait(1)
        stage.answer(ONE, "103", "102")
        stage.wait(9)
        assert ends(stage) == [(other, CallOutcome.MISSED)]

    def test_one_by_a_phone_that_has_left_a_call_which_was_passed_on(self) -> None:
        """By command 103, who lost the group's call, calls who has that: it is busy."""
        stage, other = with_phones(), call_id(60, later=20)
        for phone in ("102", "103"):
            stage.ring(ONE, phone, "101")
        stage.answer(ONE, "102", "101")
        stage.wait(9)
        stage.say(CallEvent.TRANSFER, ONE, "104", "102")
        stage.ring(ONE, "104", "102")
        stage.answer(ONE, "104", "102")
        stage.wait(12)
        stage.phone("103", RINGING)
        stage.wait(3)
        stage.cdr(other, "busy", "103", "102", duration=3)
        stage.phone("103", IDLE)
        stage.wait(9)
        assert ends(stage) == [(other, CallOutcome.BUSY)]


class TestReportsOfOtherCalls:
    def test_a_hang_up_under_an_id_from_before_a_call(self) -> None:
        """The group rings two who talk with each other in an earlier call."""
        stage = Stage()
        stage.ring(ONE, "102", "101")
        stage.answer(ONE, "102", "101")
        stage.wait(9)
        later = call_id(49, later=9)
        stage.ring(later, "101", "103")
        stage.ring(later, "102", "103")
        stage.wait(2)
        stage.answer(later, "101", "103")
        stage.wait(9)
        stage.bye(ONE, "101", "102")
        stage.bye(call_id(47), "102", "101")
        stage.cdr(ONE, "answered", "101", "102", duration=20)
        stage.wait(10)
        assert ends(stage) == [(ONE, CallOutcome.ANSWERED)]
        assert list(active(stage)) == [later]

    def test_a_call_that_rings_who_waits_to_be_passed_on(self) -> None:
        stage = Stage()
        answered_inside(stage)
        stage.say(CallEvent.TRANSFER, ONE, "103", "102")
        stage.ring(ONE, "103", "102")
        stage.wait(3)
        stage.ring(OTHER, "102", "104")
        assert set(active(stage)) == {ONE, OTHER}

    def test_an_answer_after_a_transfer_takes_no_queue_that_rings_both(self) -> None:
        stage = Stage()
        stage.ring(ONE, "102", "101")
        stage.answer(ONE, "102", "101")
        stage.ring(OTHER, "104", "103")
        stage.ring(OTHER, "102", "103")
        stage.wait(5)
        stage.say(CallEvent.TRANSFER, ONE, "103", "102")
        stage.bye(ONE, "101", "102")
        stage.ring(ONE, "103", "102")
        stage.answer(ONE, "103", "102")
        assert set(active(stage)) == {ONE, OTHER}

    def test_a_call_by_command_after_one_that_failed(self) -> None:
        stage = Stage()
        line = f"out 101>{OUTSIDE}"
        stage.say(CallEvent.FAILED, ONE, line, "101", leg_id=ONE, reason="busy")
        stage.cdr(ONE, "busy", "101", OUTSIDE, direction="outbound", duration=0)
        stage.wait(1)
        later = call_id(44, later=1)
        stage.ring(later, "101")
        stage.wait(5)
        assert list(active(stage)) == [later]

    def test_a_hang_up_of_two_inside_is_of_no_call_on_a_line(self) -> None:
        """It would name the line; both are of a group that the line has rung."""
        stage = Stage()
        stage.ring(ONE, "102", "101")
        stage.answer(ONE, "102", "101")
        later = call_id(50, later=9)
        for branch, phone in ((52, "101"), (54, "103")):
            line = f"in {OUTSIDE}>{phone}"
            stage.ring(call_id(branch, later=9), phone, line, leg_id=later)
        stage.answer(later, "101", f"in {OUTSIDE}>101", leg_id=later)
        stage.say(CallEvent.TRANSFER, ONE, "103", "101")
        stage.ring(ONE, "103", "101")
        stage.answer(ONE, "103", "101")
        stage.wait(5)
        stage.bye(ONE, "101", "103")
        stage.bye(call_id(62, later=12), "103", "101")
        stage.cdr(ONE, "answered", "101", "102", duration=20)
        stage.wait(10)
        assert [name for name, _ in ends(stage)] == [ONE]

    def test_a_failure_that_somebody_hears_who_has_left_the_call(self) -> None:
        stage = Stage()
        stage.ring(ONE, "102", "101")
        stage.ring(ONE, "103", "101")
        stage.answer(ONE, "103", "101")
        stage.wait(9)
        stage.bye(ONE, "101", "103")
        stage.ring(ONE, "104", "103")
        stage.wait(2)
        stage.say(CallEvent.FAILED, OTHER, "102", "101", reason="busy")
        stage.cdr(OTHER, "busy", "101", "102", duration=0)
        stage.wait(10)
        assert ends(stage) == [(OTHER, CallOutcome.BUSY)]

    def test_a_ring_inside_is_of_no_call_on_a_line_that_rang_both(self) -> None:
        stage = Stage()
        stage.ring(BRANCH, "101", f"in {OUTSIDE}>6701", leg_id=ONE)
        stage.ring(call_id(46), "102", f"in {OUTSIDE}>6701", leg_id=ONE)
        stage.ring(call_id(44, later=1), "101", "102")
        assert set(active(stage)) == {BRANCH, call_id(44, later=1)}

    def test_a_hang_up_of_two_who_did_not_meet(self) -> None:
        """102 had left the second call when 104 came; both talked in the first one."""
        stage = Stage()
        stage.ring(ONE, "102", "104")
        stage.answer(ONE, "102", "104")
        later = call_id(50, later=9)
        stage.ring(later, "102", "101")
        stage.answer(later, "102", "101")
        stage.wait(20)
        stage.say(CallEvent.TRANSFER, later, "104", "101")
        stage.ring(later, "104", "101")
        stage.wait(2)
        stage.answer(later, "104", "101")
        stage.wait(5)
        stage.bye(call_id(60, later=12), "104", "102")
        stage.wait(20)
        assert later in active(stage)

    def test_a_phone_that_was_passed_on_by_command_and_is_idle_calls_again(self) -> None:
        stage = Stage()
        answered_inside(stage)
        stage.ring(ONE, "103", "101")
        stage.phone("102", IDLE)
        stage.wait(5)
        stage.ring(OTHER, "104", "102")
        assert set(active(stage)) == {ONE, OTHER}

    def test_a_phone_that_is_rung_first_for_a_call_by_command(self) -> None:
        """It rang before, under an id two numbers earlier."""
        stage = Stage()
        stage.ring(ONE, "102", "101")
        stage.wait(8)
        later = call_id(42, later=8)
        stage.ring(later, "102")
        assert set(active(stage)) == {ONE, later}

    def test_that_a_caller_hears_it_ring_is_reported_late(self) -> None:
        stage = Stage()
        stage.ring(ONE, "101")
        stage.answer(ONE, "101")
        line = f"out 101>{OUTSIDE}"
        stage.ring(ONE, line, "101", leg_id=ONE)
        stage.bye(ONE, "101")
        stage.bye(call_id(41), "101")
        stage.wait(1)
        stage.alert(call_id(46, later=5), "101")
        stage.cdr(ONE, "failed", "101", OUTSIDE, direction="outbound", duration=5)
        stage.wait(60)
        assert ends(stage) == [(ONE, CallOutcome.FAILED)]
        assert not active(stage)

    def test_that_a_caller_hears_it_ring_comes_before_its_phones_own_answer(self) -> None:
        stage = Stage()
        stage.ring(ONE, "101")
        stage.wait(5)
        stage.alert(call_id(44, later=5), "101")
        assert list(active(stage)) == [ONE]

    def test_who_is_busy_with_another_call_does_not_make_one(self) -> None:
        """101 makes it by command, and was rung first, unreported; 102 takes a second call."""
        stage = Stage()
        stage.ring(ONE, "102", "103")
        stage.answer(ONE, "102", "103")
        stage.phone("102", BUSY)
        stage.wait(10)
        stage.phone("101", RINGING)
        stage.ring(OTHER, "102", "101")
        stage.alert(OTHER, "101")
        stage.answer(OTHER, "102", "101")
        call = stage.tracker.find(OTHER)
        assert call is not None
        assert (call.caller, call.answered_by) == ("101", "102")


class TestReadingsOfOtherCalls:
    def test_a_line_with_the_next_id_that_comes_in(self) -> None:
        stage = Stage(keeps_records=True)
        stage.say(CallEvent.INVITE, ONE, f"in {OUTSIDE}>101", leg_id=ONE)
        stage.wait(1)
        stage.resync(shown(call_id(41), "in 0309999999>101", "101 ring", leg_id=call_id(41)))
        assert set(active(stage)) == {ONE, call_id(41)}

    def test_a_line_with_the_next_number_a_minute_later(self) -> None:
        stage = Stage(keeps_records=True)
        stage.ring(ONE, "102", "101")
        stage.wait(60)
        later = call_id(41, later=61)
        stage.resync(
            shown(later, f"out 101>{OUTSIDE} ring", leg_id=later),
            shown(ONE, "102 ring", "101"),
            x101=BUSY,
            x102=RINGING,
        )
        assert set(active(stage)) == {ONE, later}

    def test_who_rang_for_one_call_and_makes_another(self) -> None:
        """It is asked which call it is in; the first one's is not over yet, but it has left."""
        stage = Stage()
        stage.ring(ONE, "102", "101")
        stage.phone("102", RINGING)
        stage.wait(5)
        stage.phone("102", IDLE)
        stage.ring(OTHER, "103", "102")
        stage.phone("102", BUSY)
        stage.wait(10)
        stage.resync(
            shown("", "102"), shown("", "101"), queried=("101", "102", "103"), x103=IDLE, x102=BUSY
        )
        stage.wait(10)
        assert OTHER in active(stage)


def test_a_call_behind_one_by_command_that_let_its_own_phone_ring_in_vain() -> None:
    stage = Stage()
    stage.ring(ONE, "101")
    stage.wait(4)
    stage.phone("101", ExtensionStatus.IDLE)
    stage.wait(16)
    stage.alert(call_id(42, later=20), "101")
    assert call_id(42, later=20) in stage.tracker.active


class TestHangUpsOfOtherCalls:
    """A hang-up and a record are all that is reported of them, beside a call that goes on."""

    def test_one_that_ends_in_an_ivr_of_a_number_that_talks(self) -> None:
        stage, line = with_phones(), f"in {OUTSIDE}>5551"
        stage.ring(ONE, "101", line, leg_id=ONE)
        stage.answer(ONE, "101", line, leg_id=ONE)
        stage.wait(18)
        stage.bye(OTHER, line, leg_id=OTHER)
        stage.cdr(OTHER, "answered", OUTSIDE, "6500", direction="inbound", duration=8)
        stage.wait(20)
        assert set(active(stage)) == {ONE}
        assert ends(stage) == [(OTHER, CallOutcome.ANSWERED)]

    def test_the_second_line_of_a_phone_that_talks_hears_its_voicemail(self) -> None:
        stage = with_phones()
        answered_inside(stage)
        stage.wait(18)
        stage.bye(OTHER, "101")
        stage.cdr(OTHER, "answered", "101", "*97", duration=8, talk_duration=8)
        stage.wait(20)
        stage.resync(x101=BUSY, x102=BUSY)
        stage.wait(60)
        assert set(active(stage)) == {ONE}
        assert ends(stage) == [(OTHER, CallOutcome.ANSWERED)]

    def test_who_calls_hears_an_ivr_meanwhile(self) -> None:
        stage = with_phones()
        stage.ring(ONE, "102", "101")
        stage.alert(ONE, "101")
        other = call_id(44, later=3)
        stage.wait(7)
        stage.bye(other, "101")
        stage.cdr(other, "answered", "101", "6500", duration=4, talk_duration=4)
        stage.wait(3)
        assert set(active(stage)) == {ONE}
        assert ends(stage) == [(other, CallOutcome.ANSWERED)]

    def test_one_of_a_branch_that_lost_a_group_ends_nothing(self) -> None:
        stage = with_phones()
        for phone in ("102", "103"):
            stage.ring(ONE, phone, "101")
        stage.alert(ONE, "101")
        stage.wait(4)
        stage.answer(ONE, "102", "101")
        stage.bye(call_id(44), "101", "103")
        stage.cdr(call_id(44), "no_answer", "101", "103", duration=4)
        stage.wait(20)
        assert set(active(stage)) == {ONE}
        assert stage.status_of("101") is stage.status_of("102") is BUSY

    def test_one_from_before_leaves_holds_as_they_are(self) -> None:
        """101 asked 102 while its line was on hold when Home Assistant started."""
        stage, line = with_phones(), f"in {OUTSIDE}>101"
        stage.resync(shown(ONE, f"{line} talk", "101 talk", leg_id=ONE), x101=BUSY)
        stage.phone("101", ExtensionStatus.ON_HOLD)
        stage.bye(OTHER, "101", "102")
        stage.wait(1)
        stage.phone("101", BUSY)
        assert stage.status_of("101") is BUSY
        assert stage.told[-1] == "resumed 101"

    def test_one_of_an_unknown_call_makes_no_call_by_command(self) -> None:
        stage = with_phones()
        stage.tracker.dialled("", "101", "102")
        stage.bye(OTHER, "101")
        stage.wait(8)
        assert not stage.told
        assert not stage.tracker.active

    def test_one_of_an_unknown_call_draws_no_record_to_it(self) -> None:
        """A branch of a call that ended, and an API call of which no report tells."""
        stage = with_phones()
        answered_inside(stage)
        stage.bye(ONE, "101", "102")
        stage.bye(call_id(47), "102", "101")
        stage.cdr(ONE, "answered", "101", "102")
        stage.wait(4)
        other = call_id(60, later=5)
        stage.bye(other, "104")
        stage.cdr(other, "no_answer", "104", "101", duration=6)
        stage.wait(50)
        assert [name for name, _ in ends(stage)] == [ONE, other]

    def test_a_late_one_of_a_call_that_is_over_draws_no_record_to_it(self) -> None:
        """Its caller redials at once, and the line is busy: the record comes first."""
        stage = with_phones()
        answered_inside(stage)
        stage.wait(9)
        stage.bye(ONE, "102", "101")
        stage.cdr(ONE, "answered", "101", "102")
        stage.bye(call_id(46, later=4), "101", "102")
        redialled = call_id(48, later=16)
        line = f"out 101>{OUTSIDE}"
        stage.cdr(redialled, "busy", "101", OUTSIDE, direction="outbound", duration=0)
        stage.wait(1)
        stage.say(CallEvent.FAILED, redialled, line, "101", leg_id=redialled, reason="busy")
        stage.wait(60)
        assert ends(stage) == [(ONE, CallOutcome.ANSWERED), (redialled, CallOutcome.BUSY)]


def test_a_call_to_who_was_passed_on_is_another_call() -> None:
    """102 has passed 101 on to a queue, which lets nobody ring yet."""
    stage = with_phones()
    answered_inside(stage)
    stage.wait(9)
    stage.say(CallEvent.TRANSFER, ONE, "6700", "101")
    stage.bye(ONE, "102", "101")
    stage.wait(10)
    other = call_id(60, later=19)
    stage.ring(other, "101", "104")
    stage.alert(other, "104")
    assert set(active(stage)) == {ONE, other}


class TestCallsBack:
    """Who was called calls back at once, while the first call still hears a voicemail box."""

    def test_of_a_phone_that_rang_in_vain(self) -> None:
        stage = with_phones()
        stage.ring(ONE, "102", "101")
        stage.alert(ONE, "101")
        stage.wait(13)
        stage.phone("102", IDLE)
        stage.wait(2)
        back = call_id(44, later=16)
        stage.ring(back, "101", "102")
        stage.alert(back, "102")
        assert active(stage)[back] == ("101", "102")
        stage.cdr(ONE, "voicemail", "101", "102", duration=20)
        stage.cdr(back, "no_answer", "102", "101", duration=5)
        stage.wait(60)
        assert ends(stage) == [(ONE, CallOutcome.VOICEMAIL), (back, CallOutcome.MISSED)]

    @pytest.mark.parametrize("back", ["101", "102"], ids=["who called", "who answered"])
    def test_of_whom_a_call_was_passed_on_to_as_only_its_record_tells(self, back: str) -> None:
        stage, stays = with_phones(keeps_records=True), "102" if back == "101" else "101"
        stage.ring(ONE, "102", "101")
        stage.answer(ONE, "102", "101")
        stage.wait(2)
        stage.say(CallEvent.TRANSFER, ONE, "103", stays)
        stage.bye(ONE, back, stays)
        stage.phone(back, IDLE)
        stage.wait(8)
        stage.answer(ONE, "103", stays)
        stage.wait(10)
        stage.cdr(call_id(52, later=12), "no_answer", "103", back, duration=8)
        stage.wait(5)
        assert ends(stage) == [(call_id(52, later=12), CallOutcome.MISSED)]
        stage.bye(ONE, "103", stays)
        stage.cdr(ONE, "answered", "101", "102", duration=30, talk_duration=25)
        stage.wait(5)
        assert ends(stage)[-1] == (ONE, CallOutcome.ANSWERED)


class TestCallsAfterATransfer:
    """101 asked 103 first, so that no other phone rings for the transfer."""

    ASKED = call_id(50, later=10)
    NEXT = call_id(60, later=30)

    def passed_on(self) -> Stage:
        """Return a stage on which 102 and 103 talk, under the id of 101's call to 102."""
        stage = with_phones()
        answered_inside(stage)
        stage.ring(self.ASKED, "103", "101")
        stage.alert(self.ASKED, "101")
        stage.wait(5)
        stage.answer(self.ASKED, "103", "101")
        stage.wait(5)
        stage.say(CallEvent.TRANSFER, ONE, "103", "102")
        stage.bye(self.ASKED, "101", "103")
        stage.bye(ONE, "101", "102")
        stage.phone("101", IDLE)
        stage.wait(8)
        stage.changes = []
        return stage

    def test_one_by_who_was_called_is_another_one(self) -> None:
        stage = self.passed_on()
        stage.ring(self.NEXT, "104", "102")
        stage.alert(self.NEXT, "102")
        assert active(stage)[self.NEXT] == ("104", "102")
        assert stage.told == ["dialing 102", "ringing 104"]

    def test_so_is_one_after_who_was_asked_has_gone(self) -> None:
        stage = self.passed_on()
        stage.phone("103", IDLE)
        stage.wait(5)
        stage.ring(self.NEXT, "104", "102")
        stage.alert(self.NEXT, "102")
        assert active(stage)[self.NEXT] == ("104", "102")

    def test_one_of_the_new_party_to_who_stays_goes_on_beside_it(self) -> None:
        """104 waits in a queue that rings 103, to whom it is connected by a transfer."""
        stage, waits = with_phones(), call_id(50, later=5)
        stage.ring(ONE, "102", "103")
        stage.answer(ONE, "102", "103")
        stage.wait(5)
        stage.ring(waits, "103", "104")
        stage.alert(waits, "104")
        stage.wait(5)
        stage.say(CallEvent.TRANSFER, ONE, "104", "103")
        stage.ring(ONE, "104", "103")
        stage.wait(5)
        stage.answer(ONE, "104", "103")
        assert set(active(stage)) == {ONE, waits}

    def test_a_lost_answer_of_who_was_asked_is_no_missed_call(self) -> None:
        """Its second hang-up comes when the transferred call ends, later."""
        stage, line = with_phones(), f"in {OUTSIDE}>101"
        stage.ring(BRANCH, "101", line, leg_id=ONE)
        stage.answer(ONE, "101", line, leg_id=ONE)
        stage.wait(9)
        stage.ring(self.ASKED, "103", "101")
        stage.alert(self.ASKED, "101")
        stage.wait(9)
        stage.say(CallEvent.TRANSFER, ONE, "103", line, leg_id=ONE)
        stage.bye(self.ASKED, "101", "103")
        stage.phone("101", IDLE)
        stage.wait(4)
        stage.resync(shown(ONE, f"{line} talk", leg_id=ONE), x101=IDLE, x103=BUSY)
        stage.wait(1)
        stage.bye(ONE, "101", line, leg_id=ONE)
        stage.bye(call_id(52, later=10), "101", "103")
        stage.wait(2)
        stage.cdr(self.ASKED, "answered", "101", "103", duration=14)
        stage.wait(60)
        assert (self.ASKED, CallOutcome.ANSWERED) in ends(stage)


class TestCallsOfWhoTalksOnALine:
    """101 waits in a queue on its other line, and has just heard 103 ring there in vain."""

    def test_asking_a_member_of_the_queue_is_another_call(self) -> None:
        stage, line, asked = with_phones(), f"in {OUTSIDE}>101", call_id(60, later=30)
        stage.ring(ONE, "103", "101")
        stage.alert(ONE, "101")
        talk = call_id(50, later=3)
        stage.ring(call_id(52, later=3), "101", line, leg_id=talk)
        stage.answer(talk, "101", line, leg_id=talk)
        stage.wait(15)
        stage.phone("103", IDLE)
        stage.wait(1)
        stage.ring(asked, "103", "101")
        stage.alert(asked, "101")
        assert active(stage)[asked] == ("103", "101")


class TestCallsByCommandBesideOthers:
    def test_the_own_phone_of_who_dials_by_hand_rings_for_one(self) -> None:
        stage, by_hand = with_phones(), call_id(43, later=2)
        stage.changes += stage.tracker.dialled(ONE, "101", "102")
        stage.ring(ONE, "101")
        stage.wait(1)
        stage.ring(by_hand, "104", "101")
        stage.alert(by_hand, "101")
        assert active(stage) == {ONE: ("101",), by_hand: ("104", "101")}
        stage.wait(2)
        stage.answer(by_hand, "104", "101")
        stage.bye(by_hand, "101", "104")
        stage.cdr(by_hand, "answered", "101", "104")
        stage.wait(3)
        assert ends(stage) == [(by_hand, CallOutcome.ANSWERED)]

    def test_one_of_who_talks_already_is_one_call_where_its_ids_are_apart(self) -> None:
        """The second of the ids is that of the phone, n+1 and n+4 (Asterisk: Originate)."""
        stage, talk = with_phones(), call_id(30)
        stage.ring(talk, "101", "103")
        stage.answer(talk, "101", "103")
        stage.wait(9)
        stage.changes += stage.tracker.dialled(ONE, "101", "102")
        stage.ring(call_id(41), "101")
        stage.wait(2)
        stage.answer(call_id(41), "101")
        stage.ring(call_id(44, later=2), "102", "101")
        stage.alert(call_id(44, later=2), "101")
        assert set(active(stage)) == {talk, ONE}
