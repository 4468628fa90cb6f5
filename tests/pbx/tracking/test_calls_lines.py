"""Calls on outside lines, of which all, the extension alone or the line alone is shown."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent, CallReport
from custom_components.ippbx.pbx.model.lines import CallLeg, ExtensionStatus, LegKind, LegState
from custom_components.ippbx.pbx.model.tracked import CallDirection, CallOutcome, CallState
from custom_components.ippbx.pbx.tracking.tracker import CallTracker

from .call_stage import ONE, OUTSIDE, Stage, call_id, leg, shown, with_phones

ITS_SECOND = call_id(42)
OUT = "out 101>01701"
IDLE, BUSY, RINGING = ExtensionStatus.IDLE, ExtensionStatus.BUSY, ExtensionStatus.RINGING


def stage_report(call: str, *legs: CallLeg) -> CallReport:
    """Return a report of members."""
    return CallReport(name="CallStatus", call_id=call, event=CallEvent.STATUS, legs=legs)


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


class TestNotMonitored:
    """Calls on a line that an OpenVox does not report: they are known by ringing alone at first.

    Branches ring under later ids; all else bears the first one (docs/asterisk.md, "Ids").
    """

    def test_the_record_of_a_group_names_the_caller_that_its_phones_missed(self) -> None:
        stage = with_phones()
        stage.ring(call_id(42), "102")
        stage.ring(call_id(44), "103")
        stage.wait(8)
        stage.cdr(ONE, "no_answer", OUTSIDE, "6200", direction="inbound")
        stage.wait(20)
        stage.resync(x102=IDLE, x103=IDLE)
        call = stage.end()
        assert (call.caller, call.callee, call.missed_by) == (OUTSIDE, "6200", ("102", "103"))

    def test_an_answer_follows_a_ring_of_some_seconds_later(self) -> None:
        """An IVR led the caller on."""
        stage = with_phones()
        stage.ring(call_id(46, 9), "102")
        stage.wait(5)
        stage.answer(ONE, "102")
        stage.wait(6)
        stage.bye(ONE, "102")
        stage.cdr(ONE, "answered", OUTSIDE, "102", direction="inbound", duration=20)
        call = stage.end()
        assert (call.caller, call.answered_by, call.ring_seconds) == (OUTSIDE, "102", 5)

    def test_a_failure_follows_a_ring_of_some_seconds_later(self) -> None:
        stage = with_phones()
        stage.ring(call_id(46, 5), "102")
        stage.wait(4)
        stage.say(CallEvent.FAILED, ONE, "102", reason="refused")
        stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound")
        call = stage.end()
        assert (call.caller, call.outcome) == (OUTSIDE, CallOutcome.REFUSED)

    def test_a_record_alone_follows_a_ring_of_some_seconds_later(self) -> None:
        stage = with_phones()
        stage.ring(call_id(46, 5), "102")
        stage.wait(4)
        stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound")
        stage.wait(20)
        stage.resync(x102=IDLE)
        assert stage.end().missed_by == ("102",)

    def test_a_snapshot_shows_the_caller_of_a_ring_of_some_seconds_later(self) -> None:
        stage = with_phones()
        stage.ring(call_id(46, 5), "102")
        stage.wait(4)
        stage.resync(shown(ONE, f"in {OUTSIDE}>102 alert", "102 ring", leg_id=ONE))
        (call,) = stage.tracker.active.values()
        assert call.caller == OUTSIDE

    def test_a_phone_that_has_ceased_to_ring_is_answered_in_another_call(self) -> None:
        stage = with_phones()
        stage.ring(call_id(46, 5), "102")
        stage.phone("102", RINGING)
        stage.wait(4)
        stage.phone("102", IDLE)
        stage.answer(ONE, "102")
        assert stage.tracker.find(ONE) != stage.tracker.find(call_id(46, 5))


def test_inbound_call() -> None:
    stage = Stage()
    stage.ring(ONE, "102", f"in {OUTSIDE}>102")
    stage.alert(ONE, f"in {OUTSIDE}>102")
    assert stage.told == ["ringing 102"]
    (call,) = stage.tracker.active.values()
    assert (call.caller, call.callee, call.trunk) == (OUTSIDE, "102", "line-1")
    stage.answer(ONE, "102", f"in {OUTSIDE}>102")
    assert stage.told == ["answered 102"]
    stage.bye(ONE, f"in {OUTSIDE}>102", "102")
    stage.cdr(ONE, "answered", OUTSIDE, "102", direction="inbound", did="555", recording="a.wav")
    call = stage.end()
    assert (call.outcome, call.direction) == (CallOutcome.ANSWERED, CallDirection.INBOUND)
    assert (call.did, call.recording) == ("555", "a.wav")


def test_outbound_call_keeps_the_number_as_it_was_dialled() -> None:
    stage = Stage()
    stage.ring(ONE, f"out 101>{OUTSIDE}", "101", leg_id=call_id(41))
    stage.alert(ONE, "101")
    assert stage.told == ["dialing 101"]
    stage.answer(ONE, f"out 101>{OUTSIDE}", "101", leg_id=call_id(41))
    assert stage.told == ["answered 101"]
    stage.bye(ONE, "101", f"out 101>{OUTSIDE}", leg_id=call_id(41))
    stage.cdr(ONE, "answered", "101", f"9{OUTSIDE}", direction="outbound")
    call = stage.end()
    assert (call.direction, call.callee) == (CallDirection.OUTBOUND, f"9{OUTSIDE}")
    assert call.answered_by == OUTSIDE


def test_invited_call_tells_how_long_the_pbx_waits() -> None:
    stage = Stage()
    stage.say(CallEvent.INVITE, ONE, f"in {OUTSIDE}>102", leg_id=ONE)
    (change,) = stage.changes
    assert (change.type, change.until) == ("invited", stage.now + timedelta(seconds=10))
    assert change.call.state is CallState.INVITED
    stage.say(CallEvent.INCOMING, ONE, f"in {OUTSIDE}>102", leg_id=ONE)
    assert stage.changes == [change]  # it is accepted, and may be directed: not asked again
    stage.say(CallEvent.FAILED, ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE, reason="refused")
    stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound")
    assert stage.end().outcome is CallOutcome.REFUSED


@pytest.mark.parametrize(
    "decide",
    [
        lambda tracker: tracker.decided(ONE, accepted=True),
        lambda tracker: tracker.decided(ONE, accepted=False),
        lambda tracker: tracker.sent_on(ONE),
    ],
    ids=["accepted", "refused", "directed"],
)
def test_a_call_that_is_decided_waits_for_no_decision(
    decide: Callable[[CallTracker], object],
) -> None:
    stage = Stage()
    stage.say(CallEvent.INVITE, ONE, f"in {OUTSIDE}>102", leg_id=ONE)
    assert stage.tracker.active[ONE].state is CallState.INVITED
    decide(stage.tracker)
    assert stage.tracker.active[ONE].state is CallState.DIALING


def test_a_phone_that_is_said_to_be_idle_rings_no_more() -> None:
    """A caller who gives up is not reported, and the record of the call may be lost."""
    stage = Stage()
    stage.phone("102", RINGING)
    stage.ring(ITS_SECOND, f"in {OUTSIDE}>102", "102", leg_id=ONE)
    assert stage.status_of("102") is RINGING
    stage.wait(5)
    stage.phone("102", IDLE)
    assert stage.status_of("102") is None
    stage.wait(15)
    stage.resync(x102=IDLE)
    assert stage.end().outcome is CallOutcome.MISSED


@pytest.mark.parametrize("others", [(), ("102", "104")], ids=["alone", "in another call, too"])
def test_a_line_goes_on_whose_phone_talks_though_it_is_said_to_have_gone(
    others: tuple[str, ...],
) -> None:
    """The mobile phone that rang with an extension is let go, on a line that is not shown."""
    stage = Stage()
    line = f"in {OUTSIDE}>102"
    if others:
        stage.answer(call_id(11), *others)
    stage.phone("102", BUSY)
    stage.bye(ONE, line, leg_id=ONE)
    stage.wait(10)
    stage.resync(shown(ONE, f"{line} talk", "102 talk", leg_id=ONE), x102=BUSY)
    stage.wait(10)
    stage.bye(ONE, line, "102", leg_id=ONE)
    stage.cdr(ONE, "answered", OUTSIDE, "102", direction="inbound")
    call = stage.end_of_one()
    assert (call.call_id, call.outcome) == (ONE, CallOutcome.ANSWERED)


def test_who_talks_with_another_extension_calls_out_in_a_call_of_its_own() -> None:
    stage = Stage()
    stage.answer(ITS_SECOND, "102", "101")
    stage.wait(10)
    stage.answer(ONE, "101", "out 101>01701")
    assert list(stage.tracker.active) == [ITS_SECOND, ONE]
    stage.bye(ITS_SECOND, "102", "101")
    stage.cdr(ITS_SECOND, "answered", "102", "101", direction="internal")
    call = stage.end_of_one()
    assert (call.call_id, call.outcome) == (ITS_SECOND, CallOutcome.ANSWERED)
    assert list(stage.tracker.active) == [ONE]


def test_who_answers_alone_at_once_has_answered() -> None:
    """Its line is not shown; 1 s after its RING its ANSWER is no late copy of anything."""
    stage = Stage(keeps_records=True)
    stage.status(ONE, "102 ring")
    stage.wait(1)
    stage.status(ONE, "102 talk")
    stage.wait(3)
    assert stage.told == ["ringing 102", "answered 102"]


def test_who_was_answered_alone_picked_up_then_though_his_status_was_not_told() -> None:
    """The caller was rung for long before the call; 480 a moment later does not mean no answer."""
    stage = Stage()
    stage.ring(ONE, "101")
    stage.wait(8)
    stage.answer(ONE, "101")
    stage.wait(3)
    stage.say(CallEvent.FAILED, ONE, OUT, "101", leg_id=call_id(41), reason="unreachable")
    stage.wait(10)
    stage.resync(x101=IDLE)
    assert stage.end().outcome is CallOutcome.FAILED


def test_who_is_answered_alone_by_an_ivr_calls() -> None:
    stage = with_phones()
    stage.say(CallEvent.ANSWERED, ONE, "101")
    stage.wait(2)
    stage.key(ONE, "101", "1", 0)
    assert stage.changes[-1].call.caller == "101"
    assert stage.told[0] == "dialing 101"


def test_who_calls_over_another_app_was_rung_first() -> None:
    """Its phone is picked up two seconds before the other one rings (API v2)."""
    stage = with_phones(keeps_records=True)
    stage.status(ONE, "101 ring")
    stage.wait(2)
    stage.status(ONE, "101 talk")
    stage.wait(4)
    stage.take(stage_report(ONE, replace(leg("101 alert"), calls=True), leg("102 ring")))
    assert "dialing 101" in stage.told
    (call,) = stage.tracker.active.values()
    assert (call.caller, call.callee) == ("101", "102")
