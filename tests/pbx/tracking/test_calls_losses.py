"""Calls of which some reports were lost: the rest decides, or it is unknown."""

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallOutcome

from .call_stage import ONE, OUTSIDE, Stage, call_id, ends, shown, with_phones

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
        assert self.answered_by_the_next_one(stage, talk_duration=18) == ""

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


class TestTheRecordOfABranchAlone:
    def test_waits_for_its_call(self) -> None:
        """No report told that 102 rang; it may ring on for somebody else, or leave a message."""
        stage = with_phones(keeps_records=True)
        line = {"direction": "inbound", "source_trunk": "line-1"}
        stage.cdr(BRANCH, "no_answer", OUTSIDE, "102", **line)
        stage.wait(12)
        stage.cdr(ONE, "voicemail", OUTSIDE, "102", duration=20, talk_duration=10, **line)
        stage.wait(50)
        assert ends(stage) == [(ONE, CallOutcome.VOICEMAIL)]

    def test_is_a_call_where_nothing_else_is_heard(self) -> None:
        stage = with_phones(keeps_records=True)
        stage.cdr(BRANCH, "no_answer", "101", "102")
        stage.read()
        assert not ends(stage)
        assert stage.end().outcome is CallOutcome.MISSED

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


class TestTheTransferIsLost:
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
