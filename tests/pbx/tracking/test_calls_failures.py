"""Calls that fail: busy, refused, not reached, and whose failure it is."""

from datetime import timedelta

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallEventType, CallOutcome

from .call_stage import ONE, OUTSIDE, Stage, call_id, ends, record, shown

LINE = f"in {OUTSIDE}>102"
IDLE, BUSY, RINGING = ExtensionStatus.IDLE, ExtensionStatus.BUSY, ExtensionStatus.RINGING


def ring_internal(stage: Stage) -> None:
    stage.ring(ONE, "102", "101")
    stage.alert(ONE, "101")


class TestFailures:
    def test_the_time_that_it_took_is_known_to_the_second(self) -> None:
        """One that nobody answers rings for longer, and is reported by the same number."""
        stage = Stage()
        line = "out 101>01701"
        stage.now += timedelta(seconds=10.5)
        stage.say(CallEvent.FAILED, ONE, line, "101", leg_id=ONE, reason="unreachable")
        stage.wait(5)
        stage.resync(x101=IDLE)
        assert stage.end_of_one().outcome is CallOutcome.FAILED

    @pytest.mark.parametrize("rung", [True, False], ids=["rung", "off hook"])
    def test_who_picked_up_makes_the_call_though_he_alone_is_named(self, *, rung: bool) -> None:
        """Having been rung first for it, or not: his status told."""
        stage = Stage()
        if rung:
            stage.ring(ONE, "101")
        else:
            stage.wait(8)
        stage.phone("101", BUSY)
        stage.wait(3)
        stage.say(CallEvent.FAILED, ONE, "101", reason="unreachable")
        stage.wait(5)
        stage.resync(x101=IDLE)
        assert stage.end_of_one().outcome is CallOutcome.FAILED


@pytest.mark.parametrize(
    ("reason", "decided"),
    [
        ("busy", CallOutcome.BUSY),
        ("refused", CallOutcome.REFUSED),
        ("failed", CallOutcome.FAILED),
        ("unreachable", CallOutcome.FAILED),
        ("", CallOutcome.FAILED),
        ("cancelled", CallOutcome.UNKNOWN),
    ],
)
def test_failure_decides_where_the_record_was_lost(reason: str, decided: CallOutcome) -> None:
    stage = Stage()
    stage.say(CallEvent.FAILED, ONE, "102", "101", reason=reason)
    stage.wait(20)
    stage.resync(x101=ExtensionStatus.IDLE, x102=ExtensionStatus.IDLE)
    assert stage.end().outcome is decided


@pytest.mark.parametrize("outcome", ["busy", "no_answer"])
def test_refused_call_is_refused_whatever_its_record_says(outcome: str) -> None:
    stage = Stage()
    ring_internal(stage)
    stage.say(CallEvent.FAILED, ONE, "102", "101", reason="refused")
    stage.cdr(ONE, outcome, "101", "102")
    assert stage.end().outcome is CallOutcome.REFUSED


@pytest.mark.parametrize("phones", [("102",), ("102", "103")], ids=["one", "of a group"])
def test_failure_that_names_the_caller_alone_is_of_the_only_phone(phones: tuple[str, ...]) -> None:
    """Yeastar's samples name the caller, not who could not be reached (pbx-api, "Reports")."""
    stage = Stage(keeps_records=True)
    for phone in phones:
        stage.ring(ONE, phone, "101")
    stage.alert(ONE, "101")
    stage.wait(2)
    stage.say(CallEvent.FAILED, ONE, "101", reason="refused")
    for phone in ("101", *phones):
        stage.phone(phone, IDLE)
    stage.cdr(ONE, "no_answer", "101", phones[0] if len(phones) == 1 else "6500", duration=2)
    outcome = CallOutcome.REFUSED if len(phones) == 1 else CallOutcome.MISSED
    assert stage.end().outcome is outcome


def test_phone_that_rang_in_vain_is_missed_though_the_pbx_calls_it_a_failure() -> None:
    stage = Stage()
    ring_internal(stage)
    stage.wait(25)
    stage.say(CallEvent.FAILED, ONE, "102", "101", reason="unreachable")
    stage.cdr(ONE, "no_answer", "101", "102", duration=25)
    call = stage.end()
    assert (call.outcome, call.missed_by) == (CallOutcome.MISSED, ("102",))


def test_the_empty_record_of_a_leg_does_not_hide_the_end_of_a_refused_call() -> None:
    stage = Stage(keeps_records=True)
    leg = call_id(43)
    stage.say(CallEvent.FAILED, ONE, "102", reason="refused")
    stage.cdr(leg, "no_answer", OUTSIDE, "102", duration=1, direction="inbound")
    stage.wait(10)
    stage.read(
        record(ONE, "busy", OUTSIDE, "102", direction="inbound", duration=1),
        record(leg, "no_answer", OUTSIDE, "102", duration=1, direction="inbound"),
    )
    assert stage.end_of_all().outcome is CallOutcome.REFUSED


def test_a_failure_and_the_record_of_no_length_need_no_record_that_is_read() -> None:
    """What was refused at once has such a record, as branches have that nobody saw ring."""
    stage = Stage(keeps_records=True)
    stage.say(CallEvent.FAILED, ONE, "102", "101", reason="refused")
    stage.cdr(ONE, "no_answer", "101", "102", duration=0)
    stage.wait(2)
    assert ends(stage) == [(ONE, CallOutcome.REFUSED)]


def test_a_word_of_the_members_after_the_record_does_not_hide_a_refusal() -> None:
    stage = Stage(keeps_records=True)
    stage.cdr(ONE, "no_answer", "101", "102", duration=4)
    stage.status(ONE, "101 bye", "102 bye")
    stage.say(CallEvent.FAILED, ONE, "102", reason="refused")
    assert stage.end_of_all().outcome is CallOutcome.REFUSED


def test_call_that_goes_on_was_not_ended_by_a_failure_before() -> None:
    stage = Stage()
    stage.say(CallEvent.FAILED, ONE, "102", LINE, leg_id=ONE, reason="busy")
    stage.wait(10)
    stage.resync(shown(ONE, f"{LINE} alert", "103 ring"))
    stage.wait(10)
    stage.resync()
    assert stage.end().outcome is CallOutcome.UNKNOWN


def test_a_phone_that_rings_no_more_is_not_left_when_the_one_that_it_forwards_to_fails() -> None:
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.alert(ONE, "101")
    stage.wait(12)
    stage.phone("102", IDLE)  # the word of the forward is lost
    stage.wait(5)
    stage.say(CallEvent.FAILED, ONE, "103", "101", reason="refused")
    stage.wait(5)
    stage.resync(queried=("101", "102"), x101=IDLE, x102=IDLE, x103=IDLE)
    assert stage.end().outcome is CallOutcome.REFUSED


def forwarded(stage: Stage) -> None:
    """Let 102, which rings in vain, pass the call on to 103, which refuses it."""
    stage.ring(ONE, "102", LINE, leg_id=ONE)
    stage.wait(6)
    stage.ring(ONE, "103", LINE, leg_id=ONE)


def refuse(stage: Stage) -> None:
    stage.wait(4)
    stage.say(CallEvent.FAILED, ONE, "103", LINE, leg_id=ONE, reason="refused")
    stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound")
    assert stage.end_of_one().outcome is CallOutcome.REFUSED


def test_a_failure_under_an_earlier_id_is_of_no_call_that_is_over() -> None:
    stage = Stage()
    group = call_id(46)
    stage.phone("107", RINGING)
    stage.bye(group, "101")
    stage.say(CallEvent.FAILED, ONE, "107", reason="refused")
    stage.cdr(group, "no_answer", OUTSIDE, "6200", direction="inbound")
    stage.wait(5)
    stage.resync(x101=IDLE, x107=IDLE)
    stage.wait(10)
    ends = [each.call for each in stage.changes if each.type is CallEventType.ENDED]
    assert [(call.call_id, call.outcome) for call in ends] == [
        (group, CallOutcome.MISSED),
        (ONE, CallOutcome.REFUSED),
    ]


@pytest.mark.parametrize("told", [False, True], ids=["unseen", "as its status tells"])
def test_who_picked_up_is_not_the_one_that_could_not_be_reached(
    told: bool,
) -> None:
    """He makes a call on a line that is not shown, and is rung first; its record is lost."""
    stage = Stage()
    stage.phone("101", RINGING)
    stage.ring(ONE, "101")
    stage.wait(6)
    if told:
        stage.phone("101", BUSY)
    stage.answer(ONE, "101")
    stage.wait(3)
    stage.say(CallEvent.FAILED, ONE, "101", reason="unreachable")
    stage.phone("101", IDLE)
    stage.wait(10)
    stage.resync(x101=IDLE)
    assert stage.end().outcome is CallOutcome.FAILED


def test_the_phone_has_refused_and_not_the_line_that_is_named_first() -> None:
    stage = Stage(keeps_records=True)
    line = f"in {OUTSIDE}>101"
    stage.ring(ONE, "101", line, leg_id=ONE)
    stage.alert(ONE, line, leg_id=ONE)
    stage.wait(1)
    stage.say(CallEvent.FAILED, ONE, line, "101", leg_id=ONE, reason="refused")
    stage.cdr(ONE, "no_answer", OUTSIDE, "101", direction="inbound", talk_duration=0)
    assert stage.end_of_one().outcome is CallOutcome.REFUSED


def test_a_queue_goes_on_with_the_agent_after_one_who_is_busy() -> None:
    stage = Stage()
    queue = f"in {OUTSIDE}>6700"
    stage.say(CallEvent.ANSWERED, ONE, queue, leg_id=ONE)
    stage.say(CallEvent.FAILED, ONE, "101", queue, leg_id=ONE, reason="busy")
    stage.wait(1)
    stage.ring(ONE, "102", queue, leg_id=ONE)
    stage.wait(20)
    assert list(stage.tracker.active) == [ONE]


def test_a_failure_that_the_record_comes_with_ended_the_call_whoever_else_rang() -> None:
    """101 forwards the call, and that its phone ceased to ring was not reported."""
    stage = Stage(keeps_records=True)
    stage.ring(ONE, "101", "104")
    stage.wait(9)
    stage.ring(ONE, "102", "104")
    stage.wait(4)
    stage.say(CallEvent.FAILED, ONE, "102", "104", reason="refused")
    stage.cdr(ONE, "no_answer", "104", "101", duration=13)
    assert stage.end().outcome is CallOutcome.REFUSED


def test_a_failure_that_comes_after_the_record_and_a_reading_is_heard_out() -> None:
    stage = Stage(keeps_records=True)
    line = f"in {OUTSIDE}>102"
    stage.ring(ONE, "102", line, leg_id=ONE)
    stage.wait(5)
    stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound", duration=5)
    stage.wait(0.5)
    stage.resync(x102=IDLE)
    stage.wait(1)
    stage.say(CallEvent.FAILED, ONE, "102", line, leg_id=ONE, reason="refused")
    assert stage.end().outcome is CallOutcome.REFUSED


def test_an_extension_that_fails_alone_is_its_caller_or_its_callee() -> None:
    stage = Stage()
    stage.say(CallEvent.FAILED, ONE, "101", reason="unreachable")
    stage.wait(6)
    stage.resync(x101=IDLE)
    call = stage.end()
    assert (call.outcome, call.caller, call.callee) == (CallOutcome.FAILED, "", "")


@pytest.mark.parametrize("keeps_records", [False, True])
@pytest.mark.parametrize(
    ("callee", "leg_id"), [("102", ""), ("out 101>01701", ONE)], ids=["inside", "outside"]
)
@pytest.mark.parametrize("left", [False, True], ids=["first report", "after the hang-up"])
def test_whoever_fails_to_reach_somebody_has_made_a_call(
    *, callee: str, leg_id: str, left: bool, keeps_records: bool
) -> None:
    """A doorbell rings by that, whoever is busy."""
    stage = Stage(keeps_records=keeps_records)
    if left:
        stage.status(ONE, "101 bye")
    stage.say(CallEvent.FAILED, ONE, callee, "101", leg_id=leg_id, reason="busy")
    assert stage.told == ["dialing 101"]
    stage.phone("101", IDLE)
    stage.cdr(ONE, "busy", "101", callee.rpartition(">")[2], duration=1)
    assert stage.end_of_one().outcome is CallOutcome.BUSY


@pytest.mark.parametrize("parties", [("101", "102"), ("102", "101")])
@pytest.mark.parametrize("record_first", [False, True])
def test_the_record_names_who_failed_to_reach_somebody(
    parties: tuple[str, str], *, record_first: bool
) -> None:
    """The order of the parties is a hint at most (pbx-api, "Contradictions")."""
    stage = Stage()
    if record_first:
        stage.cdr(ONE, "busy", "101", "102", duration=0)
    stage.say(CallEvent.FAILED, ONE, *parties, reason="busy")
    if not record_first:
        stage.cdr(ONE, "busy", "101", "102", duration=0)
    call = stage.end()
    assert (call.outcome, call.caller, call.callee) == (CallOutcome.BUSY, "101", "102")


def test_a_failure_leaves_a_caller_certain_whom_reports_have_named() -> None:
    """Of a call by command the record of its own phone may have reversed sides."""
    stage = Stage()
    stage.alert(ONE, "101")
    stage.say(CallEvent.FAILED, ONE, "102", "101", reason="busy")
    stage.cdr(ONE, "busy", "102", "101", duration=0)
    call = stage.end()
    assert (call.outcome, call.caller) == (CallOutcome.BUSY, "101")
