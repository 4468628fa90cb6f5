"""Calls that are transferred or forwarded, by phone or by command."""

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent, CallReport
from custom_components.ippbx.pbx.model.lines import Call, ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import (
    CallEventType,
    CallOutcome,
    CallState,
    TrackedCall,
)

from .call_stage import (
    ONE,
    OUTSIDE,
    Stage,
    active,
    answered_inside,
    call_id,
    ends,
    leg,
    shown,
    with_phones,
)

ITS_SECOND = call_id(42)
ITS_LEG = call_id(44)
B = call_id(60, later=9)
LINE = f"in {OUTSIDE}>620"
IDLE, BUSY = ExtensionStatus.IDLE, ExtensionStatus.BUSY


def talking() -> Stage:
    """Return a stage on which somebody outside talks to 101."""
    stage = Stage()
    stage.ring(ONE, "101", f"in {OUTSIDE}>101")
    stage.answer(ONE, "101", f"in {OUTSIDE}>101")
    stage.wait(10)
    return stage


def transfers(stage: Stage) -> list[str]:
    return [told for told in stage.told if told.startswith("transferred")]


def complete(stage: Stage, *, asked_first: bool) -> None:
    """Let 101 leave, and report it: after or before the PBX has answered."""
    joined = (f"in {OUTSIDE}>101 talk", "102 talk")
    if not asked_first:
        stage.status(ONE, *joined)
    stage.changes += stage.tracker.sent_on(ONE, "101")
    if asked_first:
        stage.status(ONE, *joined)


def consulting() -> Stage:
    """Return a stage with 101 consulting 102, an outside caller on hold (API v2.0.0)."""
    stage = Stage(keeps_records=True)
    stage.status(ONE, f"in {OUTSIDE}>101 talk", "101 talk")
    stage.wait(10)
    stage.status(ONE, f"in {OUTSIDE}>101 talk", "101 hold")
    stage.status(call_id(56), "101 alert", "102 ring")
    stage.wait(10)
    stage.status(call_id(56), "101 talk", "102 talk")
    stage.wait(10)
    stage.changes = []
    return stage


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
    stage.wait(1)
    stage.answer(ONE, "101", line, leg_id=ONE)
    stage.bye(ONE, line, "101", leg_id=ONE)
    stage.cdr(ONE, "answered", OUTSIDE, "6200", direction="inbound")
    assert stage.end().answered_by == "102"


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


def test_blind_transfer_by_phone() -> None:
    stage = Stage()
    stage.ring(ONE, "101", LINE, leg_id=ONE)
    stage.answer(ONE, "101", LINE, leg_id=ONE)
    stage.wait(9)
    stage.say(CallEvent.TRANSFER, ONE, "102", LINE, leg_id=ONE)
    stage.ring(ONE, "102", LINE, leg_id=ONE)
    assert stage.told == ["ringing 101", "answered 101", "transferred 101 102", "ringing 102 too"]
    assert stage.status_of("101") is None
    assert stage.tracker.active[ONE].state is CallState.RINGING
    stage.wait(5)
    stage.answer(ONE, "102", LINE, leg_id=ONE)
    assert stage.told == ["answered 102 too"]
    stage.wait(5)
    stage.bye(ONE, LINE, "102", leg_id=ONE)
    stage.cdr(ONE, "answered", OUTSIDE, "101", direction="inbound")
    call = stage.end()
    assert (call.outcome, call.answered_by, call.callee) == ("answered", "101", "101")


def test_transfer_that_was_asked_for_over_the_api_is_not_reported() -> None:
    stage = Stage()
    stage.answer(ONE, "101", LINE, leg_id=ONE)
    stage.wait(9)
    stage.bye(ONE, "101", LINE, leg_id=ONE)
    stage.ring(ONE, "102", LINE, leg_id=ONE)
    stage.wait(9)
    assert stage.tracker.active[ONE].state is CallState.RINGING
    stage.answer(ONE, "102", LINE, leg_id=ONE)
    stage.bye(ONE, LINE, "102", leg_id=ONE)
    stage.cdr(ONE, "answered", OUTSIDE, "101", direction="inbound")
    assert stage.end().outcome is CallOutcome.ANSWERED


def test_the_hang_up_of_who_passed_a_call_on_is_not_the_end_of_it() -> None:
    """The end comes soon after, in the same words; the new phone rings for another call then."""
    stage = Stage(keeps_records=True)
    answered_inside(stage)
    stage.say(CallEvent.TRANSFER, ONE, "103", "102")
    stage.bye(ONE, "101", "102")
    stage.wait(2.7)
    stage.bye(ONE, "101", "102")
    stage.cdr(ONE, "answered", "101", "102", duration=10, talk_duration=8)
    stage.phone("102", IDLE)
    stage.phone("103", ExtensionStatus.RINGING)
    stage.wait(5)
    stage.phone("103", IDLE)
    stage.wait(9)
    stage.resync(queried=("101", "102", "103"), x101=IDLE, x102=IDLE, x103=IDLE)
    assert stage.end().talk_seconds == 8


def test_attended_transfer_joins_two_calls() -> None:
    stage = Stage()
    stage.status(ONE, f"{LINE} talk", "101 talk")
    stage.wait(5)
    stage.status(ONE, f"{LINE} talk", "101 hold")
    stage.status(B, "101 alert", "102 ring")
    assert len(stage.tracker.calls_of("101")) == 2
    stage.wait(5)
    stage.status(B, "101 talk", "102 talk")
    stage.wait(5)
    assert stage.told[-1] == "answered 101 102"
    stage.say(CallEvent.TRANSFER, ONE, "102", LINE)
    stage.status(B, "101 bye")
    stage.status(B, "102 bye")
    stage.cdr(B, "answered", "101", "102")
    stage.phone("101", ExtensionStatus.IDLE)
    assert stage.status_of("101") is None
    assert stage.status_of("102") is ExtensionStatus.BUSY
    assert [call.call_id for call in stage.tracker.calls_of("102")] == [ONE]
    stage.status(ONE, f"{LINE} bye")
    stage.status(ONE, "102 bye")
    assert stage.told == ["transferred 101 102", "ended 101 102"]
    stage.cdr(ONE, "answered", OUTSIDE, "101", direction="inbound")
    assert stage.end().outcome is CallOutcome.ANSWERED


def test_a_call_is_not_passed_on_under_a_later_id_than_that_of_its_phone() -> None:
    stage = Stage()
    forwarded = call_id(46)
    stage.ring(ITS_LEG, "102")
    stage.say(CallEvent.TRANSFER, forwarded, "104")
    assert list(stage.tracker.active) == [ITS_LEG, forwarded]


def test_who_forwards_a_call_makes_another_one_in_the_same_second() -> None:
    stage = Stage()
    other = call_id(50, later=1)
    stage.say(CallEvent.TRANSFER, ONE, "103")
    stage.answer(other, "103")  # to a queue
    assert list(stage.tracker.active) == [ONE, other]


def test_it_is_told_of_who_takes_part() -> None:
    stage = talking()
    (change,) = stage.tracker.sent_on(ONE)
    assert (change.type, change.extensions) == (CallEventType.TRANSFERRED, ("101",))


def test_a_report_of_it_is_no_second_news() -> None:
    stage = talking()
    stage.tracker.sent_on(ONE)
    stage.wait(1)
    stage.say(CallEvent.TRANSFER, ONE, "102", f"in {OUTSIDE}>101")
    assert not transfers(stage)


def test_one_that_a_reading_shows_just_before_its_report_is_told() -> None:
    stage = talking()
    stage.resync(shown(ONE, f"in {OUTSIDE}>102 alert", "102 ring"))
    stage.wait(0.1)
    stage.say(CallEvent.TRANSFER, ONE, "102", f"in {OUTSIDE}>102")
    assert transfers(stage) == ["transferred 101 102"]


def test_a_later_one_by_a_phone_is() -> None:
    stage = talking()
    stage.tracker.sent_on(ONE)
    stage.wait(30)
    stage.say(CallEvent.TRANSFER, ONE, "102", f"in {OUTSIDE}>101")
    assert transfers(stage)


def test_nothing_is_told_of_one_that_nobody_answered() -> None:
    stage = Stage()
    stage.ring(ONE, "101", f"in {OUTSIDE}>101")
    assert stage.tracker.sent_on(ONE) == ()
    assert stage.tracker.sent_on(call_id(99)) == ()


@pytest.mark.parametrize(
    ("asked_first", "told"),
    [
        (True, ["transferred 101", "answered 102 too", "resumed 102"]),
        (False, ["answered 102 too", "transferred 101 102", "resumed 102"]),
    ],
)
def test_whoever_passes_a_call_on_is_in_it_no_more(asked_first: bool, told: list[str]) -> None:
    stage = consulting()
    complete(stage, asked_first=asked_first)
    assert stage.tracker.active[ONE].extensions == ("102",)
    assert stage.tracker.active[ONE].state is CallState.TALKING
    assert stage.told == told


def test_a_late_word_of_him_brings_nobody_back() -> None:
    stage = consulting()
    complete(stage, asked_first=True)
    stage.wait(1)
    stage.status(ONE, f"in {OUTSIDE}>101 talk", "101 hold")
    assert stage.tracker.active[ONE].extensions == ("102",)


@pytest.mark.parametrize("holder", ["101", "102"])
def test_a_call_on_hold_that_its_holder_ends_is_not_resumed(holder: str) -> None:
    stage = consulting()
    talks = "102" if holder == "101" else "101"
    stage.status(call_id(56), f"{holder} hold", f"{talks} talk")
    stage.wait(5)
    assert stage.told == ["held 101 102"]
    stage.status(call_id(56), f"{holder} bye")
    stage.status(call_id(56), f"{talks} bye")
    stage.wait(10)
    assert [told for told in stage.told if not told.startswith("ended")] == []


@pytest.mark.parametrize("rang_before", [False, True], ids=["another", "member of the group"])
def test_a_caller_who_leaves_by_a_transfer_ends_nothing(rang_before: bool) -> None:
    """The API's transfer of the callee: the caller's BYE, and another phone rings under n."""
    stage = Stage()
    if rang_before:
        stage.ring(ONE, "105", "101")
    stage.ring(ONE, "102", "101")
    stage.wait(3)
    stage.answer(ONE, "102", "101")
    stage.wait(10)
    stage.bye(ONE, "101", "102")
    stage.ring(ONE, "105", "102")
    stage.wait(20)
    assert set(stage.tracker.active[ONE].extensions) == {"102", "105"}
    stage.answer(ONE, "105", "102")
    stage.wait(10)
    stage.bye(B, "102", "105")
    stage.cdr(ONE, "answered", "101", "102", duration=44, talk_duration=40)
    call = stage.end_of_all()
    assert (call.answered_by, call.talk_seconds) == ("102", 40)


def test_an_outbound_call_goes_on_without_its_caller() -> None:
    stage = Stage()
    line = "out 101>01701"
    stage.ring(ONE, line, "101", leg_id=ONE)
    stage.answer(ITS_SECOND, line, "101", leg_id=ONE)
    stage.wait(10)
    stage.bye(ONE, "101", line, leg_id=ONE)
    stage.ring(ONE, "102", line, leg_id=ONE)
    stage.wait(20)
    assert stage.tracker.active[ONE].extensions == ("102",)
    stage.bye(B, line, "102", leg_id=ONE)
    assert stage.end_of_all().talk_seconds == 30


def test_who_is_passed_on_does_not_answer_another_call_that_rings_both() -> None:
    """It is of an outside caller, so neither has asked the other in it."""
    stage = Stage()
    answered_inside(stage)
    for number, extension in ((62, "103"), (64, "102")):
        stage.ring(call_id(number, 9), extension, f"in {OUTSIDE}>{extension}", leg_id=B)
    stage.wait(20)
    stage.say(CallEvent.TRANSFER, ONE, "103", "102")
    stage.ring(ONE, "103", "102")
    stage.wait(2)
    stage.answer(ONE, "103", "102")
    assert len(stage.tracker.active) == 2
    assert stage.tracker.active[ONE].caller == "101"


def test_who_forwards_has_not_answered_before() -> None:
    """Its phone rang, and was idle again: nobody was busy on it."""
    stage = Stage(keeps_records=True)
    stage.phone("102", ExtensionStatus.RINGING)
    stage.ring(ONE, "102", "101")
    stage.alert(ONE, "101")
    stage.wait(1)
    stage.phone("102", ExtensionStatus.IDLE)
    stage.say(CallEvent.TRANSFER, ONE, "102")
    stage.ring(ONE, "103", "101")
    stage.wait(1)
    stage.answer(ONE, "103", "101")
    stage.wait(5)
    stage.bye(ONE, "103", "101")
    stage.cdr(ONE, "answered", "101", "102", duration=7, talk_duration=5)
    assert stage.end().answered_by == "103"


def test_another_call_of_who_is_left_where_nobody_answers_a_transfer() -> None:
    """Its new party has rung, so that another one is none."""
    stage = Stage()
    answered_inside(stage)
    stage.say(CallEvent.TRANSFER, ONE, "103", "101")
    stage.ring(ONE, "103", "101")
    stage.wait(15)
    stage.phone("103", ExtensionStatus.IDLE)
    stage.wait(1)
    stage.ring(B, "104", "101")
    assert set(stage.tracker.active) == {ONE, B}


def test_who_called_first_is_rung_again() -> None:
    """It has left the call, which comes back to it: the transfer was not reported."""
    stage = Stage(keeps_records=True)
    answered_inside(stage)
    stage.say(CallEvent.TRANSFER, ONE, "103", "102")
    stage.answer(ONE, "103", "102")
    stage.wait(9)
    stage.bye(ONE, "102", "103")
    stage.ring(ONE, "101", "103")
    stage.wait(9)
    assert ONE in stage.tracker.active
    stage.answer(ONE, "101", "103")
    stage.wait(2)
    stage.bye(ONE, "103", "101")
    stage.cdr(ONE, "answered", "101", "102", duration=27, talk_duration=25)
    assert stage.end().talk_seconds == 25


def test_a_phone_is_rung_for_an_answered_line_that_is_not_known_to_be_up() -> None:
    """The hang-up of who passed it on comes before the ringing, and a reading before both."""
    stage = Stage()
    line = "out 101>01701"
    stage.ring(ONE, line, "101", leg_id=ONE)
    stage.answer(ONE, line, "101", leg_id=ONE)
    stage.wait(9)
    stage.alert(call_id(60, later=9), line, leg_id=ONE)
    stage.wait(1)
    stage.resync(shown(ONE, f"{line} ring", leg_id=ONE))
    stage.bye(ONE, "101", line, leg_id=ONE)
    stage.ring(ONE, "102", line, leg_id=ONE)
    stage.wait(20)
    assert not ends(stage)
    assert stage.tracker.active[ONE].extensions == ("102",)


def test_who_was_asked_in_vain_rings_when_the_call_is_passed_on_to_it() -> None:
    """The call of the asking is over: its record says so, whoever is on the phone."""
    stage = Stage(keeps_records=True)
    answered_inside(stage)
    stage.ring(B, "103", "101")
    stage.wait(6)
    stage.bye(B, "103", "101")
    stage.cdr(B, "no_answer", "101", "103", duration=6)
    stage.wait(6)
    stage.ring(ONE, "103", "101")
    stage.answer(ONE, "103", "101")
    stage.wait(60)
    assert ends(stage) == [(B, CallOutcome.MISSED)]


class TestTheAnswerWasNotReported:
    """A transfer that does not name the caller is one of a call that was answered."""

    def test_by_who_rang(self) -> None:
        stage = Stage()
        stage.ring(ONE, "102", "101")
        stage.wait(9)
        stage.say(CallEvent.TRANSFER, ONE, "103", "102")
        stage.bye(ONE, "101", "102")
        stage.wait(0.1)
        stage.ring(ONE, "103", "102")
        stage.wait(20)
        assert stage.told[-3:] == ["answered 102", "transferred 102 101 103", "ringing 103 too"]
        stage.answer(ONE, "103", "102")
        stage.wait(9)
        stage.bye(call_id(60, later=9), "103", "102")
        stage.cdr(ONE, "answered", "101", "102", duration=38, talk_duration=30)
        stage.wait(5)
        stage.resync(x102=IDLE, x103=IDLE)
        call = stage.end()
        assert (call.outcome, call.answered_by) == (CallOutcome.ANSWERED, "102")

    def test_by_whom_nothing_showed(self) -> None:
        """101 calls by command."""
        stage = Stage()
        stage.ring(ONE, "101")
        stage.answer(ONE, "101")
        stage.alert(ONE, "101")
        stage.wait(9)
        stage.say(CallEvent.TRANSFER, ONE, "103", "102")
        stage.bye(ONE, "101", "102")
        stage.wait(0.1)
        stage.ring(ONE, "103", "102")
        stage.wait(9)
        stage.answer(ONE, "103", "102")
        stage.wait(9)
        stage.bye(call_id(60, later=9), "103", "102")
        stage.cdr(ONE, "answered", "101", "102", duration=27, talk_duration=25)
        stage.wait(5)
        stage.resync(x102=IDLE, x103=IDLE)
        call = stage.end()
        assert (call.callee, call.answered_by) == ("102", "102")


def test_the_phone_of_who_calls_by_command_is_of_no_call_that_it_has_passed_on() -> None:
    """Its record names it twice."""
    stage = talking()
    other = call_id(60, later=12)
    stage.say(CallEvent.TRANSFER, ONE, "102", f"in {OUTSIDE}>101")
    stage.wait(5)
    stage.bye(other, f"out 101>{OUTSIDE}", "101")
    stage.cdr(other, "no_answer", "101", "101", direction="outbound", duration=4)
    stage.wait(3)
    stage.resync(shown(ONE, f"in {OUTSIDE}>101 talk", leg_id=ONE), x101=IDLE)
    stage.wait(9)
    assert ends(stage) == [(other, CallOutcome.CANCELLED)]


def test_who_is_passed_a_call_while_hearing_an_ivr_has_two() -> None:
    """Nobody of the call has asked: 103 presses keys in a call of its own."""
    stage = Stage(keeps_records=True)
    other = call_id(60, later=9)
    stage.answer(ONE, "102", "101")
    stage.wait(9)
    stage.key(other, "103", "1", 0)
    stage.say(CallEvent.TRANSFER, ONE, "103", "102")
    stage.bye(ONE, "101", "102")
    stage.answer(ONE, "103", "102")
    assert list(stage.tracker.active) == [ONE, other]


def test_the_record_of_who_passed_it_on_does_not_say_when_it_ended() -> None:
    """By both sides in turn, with the last hang-up under an id of its own (`transfer-by-both`)."""
    stage = with_phones()
    stage.ring(ONE, "102", "101")
    stage.alert(ONE, "101")
    stage.answer(ONE, "102", "101")
    stage.wait(3)
    stage.say(CallEvent.TRANSFER, ONE, "103", "102")
    stage.cdr(ONE, "answered", "101", "102", duration=3, talk_duration=3)
    stage.bye(ONE, "101", "102")
    for target, by, stays in (("103", "101", "102"), ("104", "102", "103")):
        if target == "104":
            stage.say(CallEvent.TRANSFER, ONE, target, stays)
        stage.phone(by, IDLE)
        stage.ring(ONE, target, stays)
        stage.wait(1)
        stage.answer(ONE, target, stays)
        stage.wait(4)
    stage.phone("103", IDLE)
    stage.phone("104", IDLE)
    stage.wait(20)
    stage.resync(x101=IDLE, x102=IDLE, x103=IDLE, x104=IDLE)
    assert stage.end().talk_seconds == 13


def test_who_was_passed_on_asks_somebody_in_a_call_of_its_own_if_its_partner_is_hidden() -> None:
    """103 is not monitored: no report tells that it rings, and is answered."""
    stage = Stage()
    answered_inside(stage)
    stage.say(CallEvent.TRANSFER, ONE, "103", "101")
    stage.bye(ONE, "102", "101")
    stage.wait(120)
    asked = call_id(60, later=120)
    stage.ring(asked, "104", "101")
    assert sorted(stage.tracker.active) == sorted((ONE, asked))


class TestAskingByKeys:
    """101 asks 102 under the id of the call from outside, which waits (Asterisk: no call more)."""

    def asking(self) -> Stage:
        stage, line = with_phones(keeps_records=True), f"in {OUTSIDE}>101"
        stage.ring(ONE, "101", line, leg_id=ONE)
        stage.answer(ONE, "101", line, leg_id=ONE)
        stage.wait(9)
        stage.ring(ONE, "102", "101")
        stage.alert(ONE, "101")
        stage.wait(3)
        stage.answer(ONE, "102", "101")
        stage.wait(3)
        return stage

    @pytest.mark.parametrize("hang_ups", [("102",), ("101",), ("102", "101")])
    def test_a_question_that_is_given_up_does_not_end_the_call(self, hang_ups: tuple[str]) -> None:
        stage = self.asking()
        for who in hang_ups:
            stage.bye(ONE, who, "101" if who == "102" else "102")
        stage.phone("102", IDLE)
        stage.wait(12)
        assert active(stage) == {ONE: ("101",)}
        stage.bye(ONE, f"in {OUTSIDE}>101", "101", leg_id=ONE)
        assert stage.end().talk_seconds == 27

    @pytest.mark.parametrize("named", [("101", "102"), ("102", f"in {OUTSIDE}>101")])
    def test_who_asked_has_left_after_the_transfer(self, named: tuple[str, ...]) -> None:
        """Whomever the report names."""
        stage = self.asking()
        stage.say(CallEvent.TRANSFER, ONE, *named, leg_id=ONE)
        assert active(stage) == {ONE: ("102",)}


class TestTransfersAtOnce:
    def test_the_next_one_a_second_later_is_another_one(self) -> None:
        stage = talking()
        stage.say(CallEvent.TRANSFER, ONE, "102", f"in {OUTSIDE}>101")
        stage.ring(ONE, "102", f"in {OUTSIDE}>101")
        stage.answer(ONE, "102", f"in {OUTSIDE}>101")
        stage.wait(1)
        stage.say(CallEvent.TRANSFER, ONE, "103", f"in {OUTSIDE}>101")
        assert len(transfers(stage)) == 2

    def test_one_that_is_sent_again_meanwhile_is_not(self) -> None:
        stage = talking()
        for _ in range(2):
            stage.say(CallEvent.TRANSFER, ONE, "102", f"in {OUTSIDE}>101")
            stage.ring(ONE, "102", f"in {OUTSIDE}>101")
        assert len(transfers(stage)) == 1


@pytest.mark.parametrize("line", [f"in {OUTSIDE}>101", "102"])
def test_two_calls_that_a_phone_unites_are_two_to_their_ends(line: str) -> None:
    """The report names the partners of both, and their ids."""
    stage, asked, far = with_phones(keeps_records=True), call_id(60, later=6), "0305550100"
    first = leg(line, ONE)
    stage.ring(ONE, "101", line, leg_id=ONE)
    stage.answer(ONE, "101", line, leg_id=ONE)
    stage.wait(5)
    out = f"out 101>{far}"
    stage.ring(asked, out, "101", leg_id=asked)
    stage.answer(asked, "101", out, leg_id=asked)
    stage.wait(2)
    legs = (leg(out, asked), first)
    stage.take(CallReport(name="Tranfer", event=CallEvent.TRANSFER, call_id=ONE, legs=legs))
    stage.bye(asked, out, "101", leg_id=asked)
    stage.cdr(asked, "answered", "101", far, direction="outbound", duration=3, talk_duration=2)
    stage.phone("101", IDLE)
    stage.wait(9)
    assert ends(stage) == [(asked, CallOutcome.ANSWERED)]
    stage.changes = []
    stage.bye(ONE, line, "101", leg_id=ONE)
    call = stage.end_of_one()
    assert (call.callee, call.answered_by, call.talk_seconds) == ("101", "101", 16)
    assert call.direction == ("inbound" if first.caller else "internal")


def test_the_same_transfer_a_minute_later_is_another_one() -> None:
    """The call came back meanwhile, of which no report tells."""
    stage, line = talking(), f"in {OUTSIDE}>101"
    stage.say(CallEvent.TRANSFER, ONE, "102", line)
    stage.wait(60)
    stage.say(CallEvent.TRANSFER, ONE, "102", line)
    assert len(transfers(stage)) == 2


def test_whom_an_extension_called_outside_is_passed_on_and_does_not_call() -> None:
    """The record of the branch has that number as its source (docs/asterisk.md, "Records")."""
    stage, out, far = with_phones(keeps_records=True), call_id(41), "0305550100"
    line = leg(f"out 101>{far} talk", out)
    stage.resync(Call(call_id=out, legs=(line,)))
    stage.wait(5)
    stage.ring(ONE, "102", f"out 101>{far}", leg_id=out)
    stage.wait(9)
    on_it = {"direction": "outbound", "destination_trunk": "line-1", "duration": 14}
    stage.cdr(ONE, "answered", "101", far, **on_it)
    stage.cdr(out, "answered", far, "102", **on_it)
    stage.resync()
    call = stage.end_of_one()
    assert (call.direction, call.caller, call.callee) == ("outbound", "101", far)


def test_a_phone_that_rings_has_left_the_call_that_it_passed_on() -> None:
    """A phone that talks and is rung stays in use; whoever took the call still talks."""
    stage, other, another = Stage(), call_id(52), call_id(58)
    stage.answer(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
    stage.wait(10)
    stage.changes += stage.tracker.sent_on(ONE)
    stage.ring(other, "102", "in 0307654321>102", leg_id=other)
    stage.phone("102", ExtensionStatus.RINGING)
    assert [call.call_id for call in stage.tracker.calls_of("102")] == [other]
    stage.ring(call_id(46, later=10), "103", f"in {OUTSIDE}>103", leg_id=ONE)
    stage.answer(ONE, "103", f"in {OUTSIDE}>103", leg_id=ONE)
    stage.ring(another, "103", "in 0301111111>103", leg_id=another)
    stage.phone("103", ExtensionStatus.RINGING)
    assert [call.call_id for call in stage.tracker.calls_of("103")] == [ONE, another]


def test_a_phone_that_is_idle_has_left_its_call() -> None:
    """It was parked: no report says so."""
    stage = Stage()
    stage.answer(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
    stage.wait(2)
    stage.phone("102", ExtensionStatus.IDLE)
    assert stage.status_of("102") is None
    assert list(stage.tracker.active) == [ONE]


def test_a_phone_that_is_idle_has_left_both_of_its_calls() -> None:
    """It has united them; the other two talk, as a reading shows (docs/asterisk.md, "Ids")."""
    stage, asked = with_phones(), call_id(46, later=9)
    stage.ring(ONE, "101", "103")
    stage.answer(ONE, "101", "103")
    stage.wait(9)
    stage.ring(asked, "102", "101")
    stage.answer(asked, "102", "101")
    stage.wait(9)
    stage.phone("101", IDLE)
    assert active(stage) == {ONE: ("103",), asked: ("102",)}
    stage.bye(asked, "101", "102")
    stage.cdr(asked, "answered", "101", "102", duration=9, talk_duration=9)
    stage.wait(9)
    both = shown("", "102", "103")
    stage.resync(both, queried=("103",), x101=IDLE, x102=BUSY, x103=BUSY)
    assert active(stage) == {ONE: ("103", "102")}
    stage.bye(ONE, "103", "102")
    stage.cdr(ONE, "answered", "103", "101", duration=40, talk_duration=39)
    stage.wait(9)
    assert not stage.tracker.active


def test_a_line_goes_on_that_a_reading_shows_after_its_caller_has_hung_up() -> None:
    """Who called on it has united it with another call; its record comes at the end."""
    stage, line = with_phones(keeps_records=True), "out 101>01701"
    stage.ring(ONE, line, "101", leg_id=call_id(41))
    stage.answer(ONE, line, "101", leg_id=call_id(41))
    stage.wait(9)
    stage.bye(ONE, "101", line, leg_id=call_id(41))
    stage.phone("101", IDLE)
    stage.wait(3)
    assert stage.tracker.termination.wants_snapshot
    stage.resync(shown(call_id(41), f"{line} talk", leg_id=call_id(41)))
    stage.wait(20)
    assert list(stage.tracker.active) == [ONE]
    stage.cdr(ONE, "answered", "101", "01701", direction="outbound", duration=32, talk_duration=32)
    stage.resync()
    assert stage.end().talk_seconds == 32


def test_members_that_talk_go_on_after_the_record_of_who_left() -> None:
    stage, line = with_phones(keeps_records=True), "out 101>01701"
    stage.status(ONE, f"{line} talk", "101 talk")
    stage.wait(9)
    stage.status(ONE, f"{line} talk", "102 talk")
    stage.status(ONE, "101 bye")
    stage.cdr(ONE, "answered", "101", "01701", direction="outbound", duration=9, talk_duration=9)
    stage.wait(4)
    assert active(stage) == {ONE: ("102",)}


def test_a_transfer_that_comes_late_names_who_has_left() -> None:
    stage, line = with_phones(keeps_records=True), f"in {OUTSIDE}>101"
    stage.ring(ONE, "101", line, leg_id=ONE)
    stage.answer(ONE, "101", line, leg_id=ONE)
    stage.wait(9)
    stage.phone("101", IDLE)
    stage.ring(ONE, "102", line, leg_id=ONE)
    stage.wait(1)
    stage.answer(ONE, "102", line, leg_id=ONE)
    stage.wait(1)
    stage.say(CallEvent.TRANSFER, ONE, line, "101", leg_id=ONE)
    assert active(stage) == {ONE: ("102",)}
    assert stage.status_of("101") is None


def test_the_record_of_a_question_by_keys_is_of_the_call_in_which_it_was_asked() -> None:
    """Its legs have ids of their own, and records (docs/asterisk.md, "Ids")."""
    stage, line = with_phones(keeps_records=True), f"in {OUTSIDE}>101"
    stage.ring(ONE, "101", line, leg_id=ONE)
    stage.answer(ONE, "101", line, leg_id=ONE)
    stage.wait(9)
    stage.ring(ONE, "102", "101")
    stage.answer(ONE, "102", "101")
    stage.wait(4)
    stage.phone("102", IDLE)
    inbound = {"direction": "inbound", "source_trunk": "line-1", "duration": 4}
    stage.cdr(call_id(45, later=9), "answered", "101", "102", **inbound)
    stage.wait(4)
    assert ends(stage) == []
    stage.bye(ONE, line, "101", leg_id=ONE)
    stage.cdr(ONE, "answered", OUTSIDE, "101", **inbound | {"duration": 17, "talk_duration": 17})
    assert stage.end_of_one().call_id == ONE


def test_who_passed_a_call_on_in_vain_answers_it_again() -> None:
    stage, line = with_phones(keeps_records=True), f"in {OUTSIDE}>101"
    stage.ring(ONE, "101", line, leg_id=ONE)
    stage.answer(ONE, "101", line, leg_id=ONE)
    stage.wait(9)
    stage.say(CallEvent.TRANSFER, ONE, line, "101", leg_id=ONE)
    stage.phone("101", IDLE)
    stage.ring(ONE, "102", line, leg_id=ONE)
    stage.wait(15)
    stage.phone("102", IDLE)
    assert stage.told[-1] == "ringing 102 too"
    stage.wait(1)
    stage.ring(ONE, "101", line, leg_id=ONE)
    stage.wait(4)
    stage.answer(ONE, "101", line, leg_id=ONE)
    assert stage.told == ["ringing 101 too", "answered 101 too"]


class TestWhoPassesOnHangsUp:
    """Who calls passes the call on to where nobody rings, and hangs up half a second later."""

    def parked(self, *, keeps_records: bool = True) -> Stage:
        """Let 101 park the call that 102 answered, and hang up: the other side is named first."""
        stage = with_phones(keeps_records=keeps_records)
        answered_inside(stage)
        stage.phone("102", BUSY)
        stage.say(CallEvent.TRANSFER, ONE, "6900", "102")
        stage.wait(0.5)
        stage.bye(ONE, "102", "101")
        stage.phone("101", IDLE)
        return stage

    def test_who_is_left_waits_until_its_own_end(self) -> None:
        stage = self.parked()
        stage.wait(20)
        assert not ends(stage)
        assert stage.status_of("102") is BUSY
        stage.phone("102", IDLE)
        stage.bye(ONE, "101", "102")
        stage.cdr(ONE, "answered", "101", "102", duration=27, talk_duration=25)
        assert stage.end().talk_seconds == 26

    def test_a_reading_asks_phones_alone(self) -> None:
        stage = self.parked()
        stage.wait(5)
        asked = ("101", "102", "6900")
        stage.resync(shown("", "102 talk"), queried=asked, x101=IDLE, x102=BUSY)
        stage.wait(5)
        assert ONE in active(stage)

    def test_both_hang_up_where_whom_it_goes_to_is_busy(self) -> None:
        stage = self.parked()
        stage.bye(ONE, "101", "102")
        stage.cdr(ONE, "answered", "101", "102", duration=8, talk_duration=6)
        assert stage.end_of_one().talk_seconds == 6

    def test_where_it_was_parked_is_left_when_somebody_passes_it_on(self) -> None:
        stage = self.parked()
        stage.wait(2)
        stage.phone("103", BUSY)  # and fetches it, which nothing reports
        stage.wait(2)
        stage.say(CallEvent.TRANSFER, ONE, "104", "102")
        assert active(stage) == {ONE: ("102", "104")}


class TestUnitedWhileItRings:
    """Who asks somebody before a transfer unites the calls while that one rings still."""

    def end_of_asked(self, *, answers: bool) -> TrackedCall:
        """Let 101, who talks to somebody outside, ask 102; return the end of that, of API v2."""
        stage = Stage(keeps_records=True)
        stage.status(ONE, f"{LINE} talk", "101 talk")
        stage.wait(2)
        stage.status(ONE, f"{LINE} talk", "101 hold")
        stage.status(B, "101 alert", "102 ring")
        stage.wait(1)
        stage.say(CallEvent.TRANSFER, ONE, f"in {OUTSIDE}>5551")
        stage.status(ONE, "101 bye")
        stage.status(B, "101 bye")
        stage.wait(2)
        if answers:
            stage.status(B, "102 talk")
            stage.wait(4)
        stage.status(ONE, f"{LINE} bye")
        stage.status(B, "102 bye")
        stage.cdr(B, "no_answer", "101", "101", duration=7, talk_duration=0)
        stage.cdr(ONE, "answered", OUTSIDE, "620", duration=9, talk_duration=8)
        stage.wait(9)
        over = [change.call for change in stage.changes if change.type is CallEventType.ENDED]
        return next(call for call in over if call.call_id == B)

    def test_what_was_told_to_be_answered_is_not_missed(self) -> None:
        call = self.end_of_asked(answers=True)
        assert (call.outcome, call.answered_by) == (CallOutcome.ANSWERED, "102")
        assert (call.caller, call.callee) == ("101", "102")

    def test_who_rang_was_called_whatever_the_record_of_one_end_says(self) -> None:
        call = self.end_of_asked(answers=False)
        assert (call.outcome, call.missed_by) == (CallOutcome.MISSED, ("102",))
        assert (call.caller, call.callee) == ("101", "102")


def test_who_rang_first_was_called_though_an_outside_phone_rang_before() -> None:
    stage = Stage(keeps_records=True)
    mobile = f"out {OUTSIDE}>01709"
    stage.status(ONE, f"in {OUTSIDE}>01709 alert", f"{mobile} ring")
    stage.status(ONE, f"in {OUTSIDE}>01709 alert", f"{mobile} ring", "101 ring")
    stage.wait(2)
    stage.status(ONE, f"in {OUTSIDE}>101 talk", f"{mobile} bye", "101 talk")
    stage.wait(2)
    stage.say(CallEvent.TRANSFER, ONE, "102", f"in {OUTSIDE}>102")
    assert [change.call.callee for change in stage.changes] == ["101"] * 3


def test_a_record_of_whom_a_phone_forwarded_tells_when_by_itself() -> None:
    """102 redirects to 103; who asked it unites the calls, long before the record ends."""
    stage = with_phones()
    stage.ring(ONE, "103", "101")
    stage.alert(ONE, "101")
    stage.wait(1)
    stage.answer(ONE, "103", "101")
    stage.wait(2)
    stage.bye(ONE, "101", "103")
    stage.wait(4)
    stage.cdr(ONE, "answered", "101", "102", duration=7, talk_duration=6)
    assert stage.end_of_one().answered_by == "103"


def test_who_ceased_to_ring_when_it_was_answered_has_not_answered() -> None:
    """Somebody picks the call up for it, which no report says."""
    stage = with_phones()
    stage.ring(ONE, "101", f"in {OUTSIDE}>101")
    stage.phone("101", ExtensionStatus.RINGING)
    stage.wait(2)
    stage.phone("101", IDLE)
    stage.phone("102", BUSY)
    stage.wait(4)
    stage.phone("102", IDLE)
    stage.cdr(ONE, "answered", OUTSIDE, "101", duration=6, talk_duration=4, direction="inbound")
    call = stage.end()
    assert (call.outcome, call.answered_by) == (CallOutcome.ANSWERED, "")


def test_a_call_is_over_that_was_passed_on_to_nobody_who_could_be_reached() -> None:
    """API v2, whose reports state what everybody does: nobody is left but whom it went on to."""
    stage = Stage(keeps_records=True)
    stage.status(ONE, f"{LINE} alert", "101 ring")
    stage.status(ONE, f"{LINE} talk", "101 talk")
    stage.wait(3)
    stage.say(CallEvent.TRANSFER, ONE, "104", LINE)
    stage.status(ONE, "101 bye")
    stage.status(ONE, f"{LINE} bye")
    more = {"duration": 4, "talk_duration": 3, "direction": "inbound"}
    stage.cdr(ONE, "answered", OUTSIDE, "101", **more)
    stage.wait(3)
    assert ends(stage) == [(ONE, CallOutcome.ANSWERED)]


def test_who_answered_waits_for_whom_it_passes_the_call_on_to() -> None:
    """API v2: 102 took a call of 101, passes it on, and hears 103 ring in vain."""
    stage = Stage(keeps_records=True)
    stage.status(ONE, "101 alert", "102 ring")
    stage.alert(ONE, "101")
    stage.wait(5)
    stage.status(ONE, "101 talk", "102 talk")
    stage.wait(5)
    stage.say(CallEvent.TRANSFER, ONE, "103", "102")
    stage.status(ONE, "101 bye")
    stage.status(ONE, "102 alert", "103 ring")
    stage.wait(15)
    stage.status(ONE, "103 bye")
    stage.wait(45)
    assert ends(stage) == []


def test_who_passed_a_call_on_whose_line_no_report_shows_has_left_it() -> None:
    """Another phone rings: who answered is no caller that was rung first, but has gone."""
    stage = with_phones(keeps_records=True)
    stage.ring(ONE, "101")
    stage.answer(ONE, "101")
    stage.wait(8)
    stage.say(CallEvent.TRANSFER, ONE, "101")
    stage.phone("101", ExtensionStatus.IDLE)
    stage.ring(ONE, "102")
    assert (stage.status_of("101"), stage.status_of("102")) == (None, ExtensionStatus.RINGING)


def test_the_phone_of_who_passes_a_call_on_may_be_idle_before_the_report_of_it() -> None:
    """It is told of the transfer; one that left for another reason is not."""
    stage = talking()
    stage.wait(10)
    stage.phone("101", ExtensionStatus.IDLE)
    stage.wait(0.5)
    stage.say(CallEvent.TRANSFER, ONE, "103", f"in {OUTSIDE}>101")
    assert transfers(stage) == ["transferred 101 103"]
