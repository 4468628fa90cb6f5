"""Queues, IVRs and voicemail: who takes the line has not answered for anybody."""

from dataclasses import replace

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallOutcome

from .call_stage import ONE, OUTSIDE, START, Stage, active, call_id, report, shown, with_phones

LINE = f"in {OUTSIDE}>620"
BUSY, IDLE, RINGING = ExtensionStatus.BUSY, ExtensionStatus.IDLE, ExtensionStatus.RINGING


def ring_internal(stage: Stage) -> None:
    stage.ring(ONE, "102", "101")
    stage.alert(ONE, "101")


def test_keys_are_told_once_and_in_their_place() -> None:
    stage = Stage()
    ring_internal(stage)
    stage.answer(ONE, "102", "101")
    assert stage.told
    for key, index in (("1", 0), ("3", 2), ("1", 0), ("2", 1)):
        stage.key(ONE, "101", key, index)
    assert [(change.key, change.keys) for change in stage.changes] == [
        ("1", "1"),
        ("3", "13"),
        ("2", "123"),
    ]


def test_the_next_phone_of_a_queue_was_not_heard_of() -> None:
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.wait(10)
    stage.bye(ONE, "102", "101")
    stage.wait(5)
    stage.resync(shown("", "101", "105"), queried=("101",), x101=BUSY, x105=RINGING)
    assert ONE in stage.tracker.active
    stage.wait(5)
    stage.ring(ONE, "106", "101")
    stage.bye(ONE, "101", "106")
    stage.cdr(ONE, "no_answer", "101", "6700")
    call = stage.end_of_all()
    assert (call.outcome, call.missed_by) == (CallOutcome.MISSED, ("102", "106"))


class TestInside:
    """A caller inside, of whose call reports bear the id of each branch (OpenVox)."""

    def test_each_agent_rings_for_the_call_of_a_queue(self) -> None:
        stage = Stage()
        stage.ring(call_id(42), "102", "101")
        stage.phone("101", BUSY)
        stage.wait(15)
        stage.phone("102", IDLE)
        stage.wait(1)
        stage.ring(call_id(53, later=16), "103", "101")
        assert stage.told == ["dialing 101", "ringing 102", "ringing 103 too"]
        stage.wait(11)
        stage.cdr(ONE, "no_answer", "101", "6700", duration=27, talk_duration=11)
        stage.phone("101", IDLE)
        stage.phone("103", IDLE)
        call = stage.end()
        assert (call.caller, call.callee, call.outcome) == ("101", "6700", CallOutcome.MISSED)
        assert call.missed_by == ("102", "103")

    def test_who_forwards_has_a_record_under_the_id_before_its_branch(self) -> None:
        stage = Stage()
        stage.ring(call_id(47), "103", "101")
        stage.wait(3)
        stage.cdr(ONE, "no_answer", "101", "102", duration=3)
        stage.phone("101", IDLE)
        stage.phone("103", IDLE)
        call = stage.end()
        assert (call.callee, call.missed_by) == ("102", ("103",))

    def test_who_pressed_keys_is_not_reached(self) -> None:
        stage = Stage()
        stage.key(ONE, "101", "1", 0)
        stage.wait(2)
        stage.say(CallEvent.FAILED, call_id(42, later=2), "102", "101", reason="unreachable")
        stage.cdr(ONE, "failed", "101", "102", duration=2)
        assert stage.end().outcome is CallOutcome.FAILED

    def test_the_own_phone_of_a_call_by_command_rings_first(self) -> None:
        stage = Stage()
        stage.ring(ONE, "101")
        stage.wait(4)
        stage.answer(ONE, "101")
        stage.wait(1)
        stage.ring(call_id(44, later=5), "102", "101")
        assert active(stage) == {ONE: ("101", "102")}

    def test_whoever_talks_in_another_call_asks_somebody(self) -> None:
        stage, second = Stage(), call_id(46, later=5)
        stage.ring(ONE, "102", "101")
        stage.wait(5)
        stage.ring(second, "101", LINE, leg_id=second)
        stage.answer(second, "101", LINE, leg_id=second)
        stage.wait(10)
        stage.ring(call_id(52, later=15), "103", "101")
        assert len(stage.tracker.active) == 3

    def test_whoever_hung_up_makes_another_call(self) -> None:
        stage = Stage()
        stage.ring(ONE, "102", "101")
        stage.wait(5)
        stage.phone("101", IDLE)
        stage.ring(call_id(46, later=6), "103", "101")
        assert len(stage.tracker.active) == 2


def test_queue_that_rings_one_after_another() -> None:
    stage = Stage()
    stage.status(ONE, f"{LINE} talk via 670")
    for member in ("101", "102"):
        stage.status(ONE, f"{LINE} alert via 670", f"{member} ring via 670")
        stage.wait(12)
        stage.status(ONE, f"{member} bye")
        stage.wait(4)
        assert ONE in stage.tracker.active, "the hang-up of a queue's leg does not end the call"
    assert stage.told == ["ringing 101", "ringing 102 too"]
    stage.status(ONE, f"{LINE} bye")
    stage.cdr(ONE, "no_answer", OUTSIDE, "670", direction="inbound")
    call = stage.end()
    assert (call.outcome, call.path, call.callee) == (CallOutcome.MISSED, "670", "670")
    assert call.missed_by == ("101", "102")


def test_ivr_that_takes_the_line_has_not_answered() -> None:
    stage = Stage()
    stage.status(ONE, f"{LINE} talk via 650")
    assert stage.told == []
    stage.status(ONE, f"{LINE} alert via 650", "101 ring via 650")
    stage.wait(15)
    stage.status(ONE, f"{LINE} bye")
    stage.status(ONE, "101 bye")
    stage.cdr(ONE, "no_answer", OUTSIDE, "650", direction="inbound")
    call = stage.end()
    assert (call.outcome, call.answered, call.path) == (CallOutcome.MISSED, None, "650")


def test_voicemail_has_not_answered() -> None:
    stage = Stage()
    stage.ring(ONE, "101", LINE, leg_id=ONE)
    stage.wait(15)
    stage.bye(ONE, "101", LINE, leg_id=ONE)
    stage.say(CallEvent.ANSWERED, ONE, LINE, leg_id=ONE)
    stage.wait(10)
    stage.bye(ONE, LINE, leg_id=ONE)
    stage.cdr(ONE, "voicemail", OUTSIDE, "101", direction="inbound", talk_duration=9)
    call = stage.end()
    assert (call.outcome, call.answered_by) == (CallOutcome.VOICEMAIL, "")


def test_an_agent_that_is_rung_again_a_second_later_rings() -> None:
    stage = Stage(keeps_records=True)
    stage.status(ONE, "101 alert", "102 ring")
    stage.wait(15)
    stage.status(ONE, "102 bye")
    stage.wait(1)
    stage.status(ONE, "101 alert", "102 ring")
    stage.wait(2)
    stage.status(ONE, "101 answered", "102 talk")
    stage.wait(20)
    assert stage.tracker.active[ONE].extensions == ("101", "102")


def test_an_agent_that_a_queue_rings_again_has_another_channel() -> None:
    """That the first one has ended is reported again, late: it does not hide the answer."""
    stage = Stage(keeps_records=True)

    def members(*words: str, channel: int) -> None:
        said = report(CallEvent.STATUS, ONE, *words)
        legs = [
            replace(leg, leg_id=f"PJSIP/{leg.extension or leg.trunk}-{channel:08}")
            for leg in said.legs
        ]
        stage.take(replace(said, legs=tuple(legs)))

    members(f"{LINE} alert", "101 ring", channel=1)
    stage.wait(15)
    members("101 bye", channel=1)
    stage.wait(1)
    members(f"{LINE} alert", "101 ring", channel=2)
    stage.wait(1)
    members("101 bye", channel=1)
    stage.wait(1)
    members(f"{LINE} talk", "101 talk", channel=2)
    members("102 bye", channel=3)
    stage.wait(30)
    assert stage.told == ["ringing 101", "ringing 101 too", "answered 101"]
    assert stage.status_of("101") is BUSY


@pytest.mark.parametrize("keeps_records", [False, True])
def test_an_agent_that_rings_anew_may_answer_at_once(*, keeps_records: bool) -> None:
    """A PBX that reports no ringing; a read has shown the first one."""
    stage = Stage(keeps_records=keeps_records)
    line = f"in {OUTSIDE}>6700"
    stage.phone("102", RINGING)
    stage.resync(shown(ONE, line, "102 ring"), x102=RINGING)
    stage.wait(8)
    stage.phone("102", IDLE)
    stage.wait(1)
    stage.phone("102", RINGING)
    stage.wait(1)
    assert stage.told == ["ringing 102"]
    stage.answer(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
    stage.phone("102", BUSY)
    assert stage.told == ["answered 102"]


def test_a_call_that_its_first_ring_tells_began_when_its_line_was_taken() -> None:
    """Nothing is reported while an IVR speaks."""
    stage = with_phones()
    branch = call_id(44, later=40)
    stage.wait(40)
    stage.ring(branch, "101", f"in {OUTSIDE}>6500", leg_id=ONE)
    (call,) = stage.tracker.active.values()
    assert call.started == START


@pytest.mark.parametrize("answered", [True, False])
def test_an_outside_caller_has_the_number_of_the_queue(answered: bool) -> None:
    """PBXes joined by a trunk may have one numbering plan."""
    stage = with_phones()
    line = "in 6500>"
    stage.phone("101", ExtensionStatus.RINGING)
    stage.ring(ONE, "101", line, leg_id=ONE)
    stage.wait(5)
    if answered:
        stage.answer(ONE, "101", line, leg_id=ONE)
        stage.wait(5)
    stage.bye(ONE, line, "101", leg_id=ONE)
    outcome = "answered" if answered else "no_answer"
    stage.cdr(ONE, outcome, "6500", "6500", direction="inbound", source_trunk="trunk-1")
    call = stage.end_of_all()
    assert (call.caller, call.callee) == ("6500", "6500")
    assert call.answered_by == ("101" if answered else "")


@pytest.mark.parametrize("phones", [("102", "103"), ("102",)], ids=["all at once", "in turn"])
def test_a_queue_of_which_the_first_round_was_not_seen(phones: tuple[str, ...]) -> None:
    """Home Assistant starts while it rings; each agent leaves a record of its own."""
    stage = with_phones()
    rounds = [(2, 0), (22, 16), (42, 32)]
    for behind, later in rounds:
        branches = [(call_id(40 + behind + 2 * n, later), p) for n, p in enumerate(phones)]
        if later:
            for phone in phones:
                stage.ring(ONE, phone, "101")
        stage.wait(15)
        for branch, phone in branches:
            stage.bye(branch, phone, "101")
        for branch, phone in branches:
            stage.cdr(branch, "no_answer", "101", phone, duration=15, talk_duration=0)
        stage.wait(1)
    stage.resync(x101=BUSY, x102=IDLE, x103=IDLE)
    stage.ring(ONE, "103", "101")
    stage.answer(ONE, "103", "101")
    stage.wait(60)
    stage.bye(ONE, "103", "101")
    stage.cdr(ONE, "answered", "101", "6700", duration=108, talk_duration=107)
    call = stage.end()
    assert (call.outcome, call.answered_by) == (CallOutcome.ANSWERED, "103")
