"""Records: of whole calls and of branches, read, late, lost, and of no length."""

from datetime import timedelta

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent, CallRecordReport
from custom_components.ippbx.pbx.model.lines import CallRecord, ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallOutcome

from .call_stage import (
    EPOCH,
    ONE,
    OUTSIDE,
    START,
    Stage,
    active,
    answered_call,
    answered_inside,
    call_id,
    ends,
    record,
    shown,
    with_phones,
)

ITS_SECOND = call_id(42)
ITS_LEG = call_id(44)
OTHER = call_id(48)
OTHER_LEG = call_id(52)
B = call_id(60, later=9)
LINE = f"in {OUTSIDE}>101"
IDLE, BUSY, RINGING = ExtensionStatus.IDLE, ExtensionStatus.BUSY, ExtensionStatus.RINGING


class TestRecordsOfNoLength:
    """They are written for legs that never were, at times before that of their call."""

    def test_one_of_a_caller_who_is_known_to_be_called_is_of_another_call(self) -> None:
        stage = Stage()
        stage.resync(x101=IDLE, x102=IDLE, x103=IDLE)
        stage.say(CallEvent.TRANSFER, ONE, "102")
        stage.say(CallEvent.FAILED, ONE, "103", "101", reason="busy")
        stage.cdr(OTHER, "no_answer", "102", "01701", direction="outbound", duration=1)
        stage.cdr(OTHER, "busy", "102", "01701", direction="outbound")
        stage.wait(3)
        stage.resync(x101=IDLE, x102=IDLE, x103=IDLE)
        stage.wait(10)
        assert {name for name, _ in ends(stage)} == {ONE, OTHER}

    def test_one_that_names_both_of_a_call_is_of_that_whoever_seems_to_call(self) -> None:
        """It was passed on, which nobody told, and one of them heard it ring then."""
        stage = Stage()
        stage.phone("102", RINGING)
        stage.ring(ONE, "102", "101")
        stage.alert(ONE, "102")
        stage.answer(ONE, "103", "102")
        stage.cdr(call_id(47), "no_answer", "101", "102", duration=0)
        stage.cdr(ONE, "answered", "101", "102")
        assert stage.end_of_all().call_id == ONE

    def test_one_of_a_caller_outside_who_has_the_number_of_a_phone_that_rings(self) -> None:
        stage = Stage()
        stage.ring(ONE, "101")
        stage.ring(ONE, "102")
        stage.cdr(call_id(47), "no_answer", "102", "105", direction="inbound", duration=1)
        stage.wait(5)
        assert ONE in stage.tracker.active

    def test_one_ends_no_call_that_a_reading_shows(self) -> None:
        stage = Stage()
        stage.ring(ONE, "101")
        stage.wait(5)
        stage.cdr(ONE, "no_answer", OUTSIDE, "101", direction="inbound", duration=0)
        stage.wait(1)
        stage.resync(shown(ONE, f"in {OUTSIDE}>101", "101 ring", leg_id=ONE), x101=RINGING)
        stage.wait(20)
        assert list(stage.tracker.active) == [ONE]
        stage.answer(ONE, "101", f"in {OUTSIDE}>101", leg_id=ONE)
        stage.cdr(ONE, "answered", OUTSIDE, "101", direction="inbound")
        assert stage.end_of_all().outcome is CallOutcome.ANSWERED

    def test_one_of_another_caller_is_of_no_call_whose_line_is_known(self) -> None:
        stage = Stage()
        stage.cdr(ONE, "no_answer", "101", "01701", direction="outbound", duration=1)
        stage.key(OTHER, f"in {OUTSIDE}>6501", "2", 0)
        stage.wait(5)
        stage.ring(OTHER, "102", f"in {OUTSIDE}>102", leg_id=OTHER)
        stage.wait(5)
        assert list(stage.tracker.active) == [OTHER]

    def test_one_tells_how_a_call_ended_whose_record_is_lost(self) -> None:
        stage = Stage()
        stage.ring(ONE, "101")
        stage.ring(ONE, "102")
        stage.wait(10)
        stage.bye(ONE, "101")
        stage.cdr(call_id(43), "no_answer", OUTSIDE, "6200", direction="inbound", duration=0)
        stage.wait(5)
        stage.resync(x101=IDLE, x102=IDLE)
        assert stage.end_of_one().outcome is CallOutcome.MISSED

    def test_one_is_of_the_call_whose_legs_the_others_beside_it_are(self) -> None:
        stage = Stage()
        stage.ring(ITS_LEG, "101")
        stage.wait(10)
        stage.bye(ONE, "102")
        stage.cdr(call_id(49), "no_answer", OUTSIDE, "6200", direction="inbound", duration=0)
        stage.wait(5)
        stage.resync(x101=IDLE, x102=IDLE)
        assert stage.end_of_one().outcome is CallOutcome.UNKNOWN


def test_records_that_name_another_phone_are_not_of_one_that_rings_beside_it() -> None:
    stage = Stage()
    stage.resync(x101=IDLE, x102=IDLE)
    stage.ring(ITS_LEG, "101")
    stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound")
    assert stage.end_of_one().call_id == ONE
    assert active(stage) == {ITS_LEG: ("101",)}


def test_nobody_else_is_rung_for_a_call_outside_whose_caller_was_rung_first() -> None:
    stage = Stage()
    stage.ring(ONE, "101")
    stage.ring(ITS_LEG, "105")
    stage.wait(4)
    stage.bye(ONE, "101")
    stage.cdr(ONE, "no_answer", "101", "01701", direction="outbound")
    assert stage.end_of_one().call_id == ONE
    assert active(stage) == {ITS_LEG: ("105",)}


def test_a_phone_that_rings_on_is_of_no_call_that_is_over() -> None:
    stage = Stage()
    stage.ring(OTHER_LEG, "102")
    stage.phone("102", RINGING)
    stage.say(CallEvent.TRANSFER, ONE, "103")
    stage.cdr(ONE, "busy", OUTSIDE, "101", direction="inbound")
    assert stage.end_of_one().call_id == ONE
    assert active(stage) == {OTHER_LEG: ("102",)}


def test_a_phone_that_was_hung_up_by_itself_is_of_no_call_that_rang_another_one() -> None:
    stage = Stage()
    stage.resync(x101=IDLE, x102=IDLE)
    stage.ring(ITS_LEG, "101")
    stage.wait(5)
    stage.bye(ITS_LEG, "101")
    stage.bye(ONE, "102")
    stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound")
    assert stage.end_of_one().missed_by == ()
    stage.cdr(ITS_LEG, "no_answer", OUTSIDE, "101", direction="inbound")
    assert stage.end_of_one().missed_by == ("101",)


def test_a_record_names_an_outside_caller_who_has_the_number_of_an_extension() -> None:
    """The one that he called, and whose mobile phone answered."""
    stage = Stage()
    stage.resync(x101=IDLE)
    line = "in 101>101"
    stage.answer(ONE, line, leg_id=ONE)
    stage.bye(ITS_LEG, "101", line, leg_id=ONE)
    stage.bye(ONE, line, leg_id=ONE)
    stage.cdr(ONE, "answered", "101", "01701", direction="outbound")
    stage.cdr(call_id(45), "no_answer", "101", "01701", direction="inbound", duration=0)
    stage.wait(10)
    assert ends(stage) == [(ONE, CallOutcome.ANSWERED)]


class TestRecords:
    """Each branch leaves a record, under its own id or the call's."""

    def test_that_of_a_branch_makes_no_second_call(self) -> None:
        stage = Stage()
        answered_inside(stage)
        stage.bye(ONE, "101", "102")
        stage.cdr(ITS_SECOND, "answered", "101", "102")
        stage.cdr(ONE, "answered", "101", "102")
        stage.wait(60)
        assert ends(stage) == [(ONE, CallOutcome.ANSWERED)]

    def test_that_of_an_agent_who_let_it_ring_does_not_end_the_call_of_a_queue(self) -> None:
        stage = Stage()
        queue = f"in {OUTSIDE}>6700"
        stage.say(CallEvent.ANSWERED, ONE, queue, leg_id=ONE)
        stage.ring(ITS_SECOND, "101", queue, leg_id=ONE)
        stage.wait(10)
        stage.bye(ONE, "101", queue, leg_id=ONE)
        stage.cdr(ONE, "no_answer", OUTSIDE, "101", direction="inbound", duration=10)
        stage.wait(10)
        assert list(stage.tracker.active) == [ONE]
        stage.ring(call_id(46, later=10), "102", queue, leg_id=ONE)
        stage.answer(ONE, "102", queue, leg_id=ONE)
        assert stage.told == ["ringing 101", "ringing 102 too", "answered 102"]

    def test_nor_does_it_while_the_next_agent_talks(self) -> None:
        stage = Stage()
        queue = f"in {OUTSIDE}>6700"
        stage.say(CallEvent.ANSWERED, ONE, queue, leg_id=ONE)
        stage.ring(ITS_SECOND, "101", queue, leg_id=ONE)
        stage.wait(10)
        stage.ring(call_id(46, later=10), "102", queue, leg_id=ONE)
        stage.answer(ONE, "102", queue, leg_id=ONE)
        stage.cdr(ONE, "no_answer", OUTSIDE, "101", direction="inbound", duration=10)
        stage.wait(200)
        assert stage.told[-1] == "answered 102"
        assert list(stage.tracker.active) == [ONE]

    def test_an_ivr_that_reached_nobody_has_not_answered(self) -> None:
        stage = Stage()
        stage.ring(ITS_SECOND, "101", LINE, leg_id=ONE)
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


@pytest.mark.parametrize(
    ("outcome", "direction", "decided"),
    [
        ("answered", "internal", CallOutcome.ANSWERED),
        ("no_answer", "internal", CallOutcome.MISSED),
        ("no_answer", "inbound", CallOutcome.MISSED),
        ("no_answer", "outbound", CallOutcome.CANCELLED),
        ("busy", "internal", CallOutcome.BUSY),
        ("failed", "internal", CallOutcome.FAILED),
        ("voicemail", "inbound", CallOutcome.VOICEMAIL),
    ],
)
def test_record_decides(outcome: str, direction: str, decided: CallOutcome) -> None:
    stage = Stage()
    stage.cdr(ONE, outcome, "101", "102", direction=direction)
    assert stage.end().outcome is decided


def test_a_record_says_when_its_call_ended() -> None:
    stage = Stage()
    stage.wait(20)  # it comes late
    stage.cdr(ONE, "answered", "101", "102")
    assert stage.end().ended == START + timedelta(seconds=10)


def test_record_that_was_read_tells_the_true_times_of_a_missed_call() -> None:
    stage = Stage(keeps_records=True)
    stage.wait(600)
    late = call_id(7, later=100)
    stage.read(
        record(late, "no_answer", OUTSIDE, "102", direction="inbound", source_trunk="line-1")
    )
    stage.wait(5)
    assert [(change.type, change.late) for change in stage.changes] == [
        ("ended", True),
        ("missed", True),
    ]
    call = stage.changes[0].call
    assert call.started.timestamp() == EPOCH + 100
    assert call.ended is not None
    assert call.ended.timestamp() == EPOCH + 110


def test_a_second_id_comes_before_the_record_that_shares_one_party() -> None:
    stage = Stage()
    stage.say(CallEvent.TRANSFER, ONE, "103")
    stage.wait(10)
    stage.bye(ITS_SECOND, "104", "101")
    stage.cdr(ONE, "no_answer", "101", "103")
    assert stage.end_of_all().outcome is CallOutcome.MISSED


def test_an_outside_caller_has_the_number_of_an_extension() -> None:
    stage = Stage()
    line, other = "in 104>102", call_id(44)
    stage.ring(call_id(50), "102", line, leg_id=ONE)
    stage.ring(other, "104", "out 104>01701", leg_id=other)
    stage.wait(10)
    stage.bye(other, "104", "out 104>01701", leg_id=other)
    stage.cdr(other, "no_answer", "104", "01701", direction="outbound")
    assert stage.end_of_one().outcome is CallOutcome.CANCELLED
    stage.answer(ONE, "102", line, leg_id=ONE)
    assert stage.told == ["answered 102"]


@pytest.mark.parametrize(("seconds", "told"), [(0, []), (1, []), (2, ["ended", "missed"])])
def test_a_record_that_was_read_is_a_missed_call_unless_it_is_of_no_length(
    seconds: int, told: list[str]
) -> None:
    """Nothing tells whoever hung up at once from a leg that never was (protocol-notes)."""
    stage = Stage(keeps_records=True)
    stage.read(record(ONE, "no_answer", OUTSIDE, "102", direction="inbound", duration=seconds))
    stage.wait(700)
    assert stage.told == told
    assert not stage.tracker.active


@pytest.mark.parametrize("branches", [False, True])
def test_a_record_without_seconds_is_of_an_answered_call_unless_they_may_be_of_branches(
    branches: bool,
) -> None:
    """Who joins a conference last has such a record alone (docs/asterisk.md, "Records")."""
    stage = Stage()
    stage.tracker.index.branches = branches
    stage.cdr(ONE, "answered", "101", "6400", duration=0, talk_duration=0)
    stage.wait(60)
    assert ends(stage) == ([] if branches else [(ONE, CallOutcome.ANSWERED)])


def test_call_that_nothing_decides_waits_for_its_record() -> None:
    stage = Stage(keeps_records=True)
    stage.ring(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
    stage.wait(10)
    stage.resync()
    wanted = stage.tracker.termination.wants_records
    assert wanted is not None
    assert wanted < stage.now - timedelta(seconds=10)
    stage.read(record(B, "answered", "103", "104"))
    assert stage.tracker.termination.wants_records is None, "not again at once"
    stage.wait(20)
    stage.changes.clear()
    stage.read(
        record(B, "answered", "103", "104"),
        record(ONE, "no_answer", OUTSIDE, "102", direction="inbound"),
    )
    call = stage.end()
    assert (call.outcome, call.missed_by) == (CallOutcome.MISSED, ("102",))
    assert stage.tracker.termination.wants_records is None


def test_nobody_waits_for_a_record_for_ever() -> None:
    stage = Stage(keeps_records=True)
    stage.ring(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
    stage.wait(10)
    stage.resync()
    stage.wait(50)
    assert [change.call.outcome for change in stage.changes if change.type == "ended"] == [
        CallOutcome.UNKNOWN
    ]
    assert stage.tracker.termination.due is None


@pytest.mark.parametrize(("unseen", "late"), [(1, False), (120, True)])
def test_an_end_that_a_reading_finds_is_as_late_as_its_record_says(unseen: int, late: bool) -> None:
    stage = Stage()
    stage.ring(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
    stage.wait(20 + unseen)
    stage.resync()
    stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound", duration=20)
    stage.wait(10)
    assert [(change.type, change.late) for change in stage.changes[-2:]] == [
        ("ended", late),
        ("missed", late),
    ]


def test_two_parts_of_a_call_that_fall_due_at_once_end_once() -> None:
    stage = Stage()
    stage.say(CallEvent.TRANSFER, ONE, "103")
    stage.wait(10)
    stage.bye(ITS_SECOND, "102", "101")
    stage.bye(ONE, "101", "102")
    stage.wait(1)
    stage.resync(queried=("101", "102", "103"), x101=IDLE, x102=IDLE, x103=IDLE)
    stage.cdr(ONE, "no_answer", "101", "103")
    assert stage.end().outcome is CallOutcome.MISSED


def test_the_record_of_a_leg_that_never_was_does_not_take_the_place_of_the_second_id() -> None:
    stage = Stage()
    stage.alert(ITS_SECOND, "101")
    stage.wait(10)
    stage.bye(ITS_SECOND, "101")
    stage.cdr(call_id(43), "no_answer", "101", "01701", direction="outbound", duration=1)
    stage.bye(ONE, "101")
    stage.cdr(ONE, "no_answer", "101", "01701", direction="outbound")
    assert stage.end().outcome is CallOutcome.CANCELLED


def test_a_part_of_a_call_may_have_the_record_of_a_leg_that_never_was() -> None:
    stage = Stage()
    stage.say(CallEvent.TRANSFER, ONE, "103")
    stage.wait(10)
    stage.bye(ITS_SECOND, "102", "101")
    stage.cdr(ONE, "no_answer", "101", "103")
    stage.cdr(call_id(49), "no_answer", "101", "103", duration=1)
    assert stage.end().outcome is CallOutcome.MISSED


def test_who_calls_as_the_record_tells_is_no_member_of_a_group() -> None:
    stage = Stage(keeps_records=True)
    stage.resync(x101=IDLE, x102=IDLE)
    stage.status(ONE, "101 bye", "102 bye")
    stage.cdr(ONE, "no_answer", "101", "102")
    assert stage.end().outcome is CallOutcome.MISSED


def test_the_record_of_a_leg_that_never_was_is_of_a_call_that_was_passed_on_since() -> None:
    stage = Stage()
    stage.phone("101", RINGING)
    stage.wait(20)
    stage.say(CallEvent.TRANSFER, ONE, "102", "101")
    stage.wait(5)
    stage.bye(ONE, "101", "102")
    stage.cdr(call_id(49), "no_answer", "100", "101", duration=1)
    stage.wait(5)
    stage.resync(x101=IDLE, x102=IDLE)
    assert stage.end().call_id == ONE


def test_a_record_is_of_no_call_that_somebody_else_makes() -> None:
    stage = Stage()
    group = call_id(43)
    stage.alert(group, "103")
    stage.ring(group, "101", "103")
    stage.ring(group, "104", "103")
    stage.cdr(ONE, "busy", "104", "101")
    call = stage.end_of_one()
    assert (call.call_id, call.outcome) == (ONE, CallOutcome.BUSY)
    assert list(stage.tracker.active) == [group]


def test_a_record_of_a_time_to_come_is_of_a_call_that_ends_now() -> None:
    stage = Stage(keeps_records=True)
    stage.wait(60)
    stage.read(record(call_id(40, later=3600), "answered", "101", "102", duration=20))
    read = stage.now
    call = stage.end()
    assert (call.started, call.ended) == (read - timedelta(seconds=20), read)


def test_lost_record_of_an_answered_call_is_made_up_for() -> None:
    stage = Stage()
    for each in answered_call()[:-1]:
        stage.take(each)
    assert not stage.tracker.active
    call = stage.end()
    assert call.outcome is CallOutcome.ANSWERED


def test_lost_record_of_a_call_that_rang_and_was_hung_up_costs_no_missed_call() -> None:
    """A reading confirms that it is gone."""
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.alert(ONE, "101")
    stage.bye(ONE, "101", "102")
    stage.wait(20)
    assert stage.told == ["dialing 101", "ringing 102"]
    stage.resync(x101=ExtensionStatus.IDLE, x102=ExtensionStatus.IDLE)
    assert stage.end().outcome is CallOutcome.MISSED


class TestRecordsOfNothing:
    """Records of legs, records of nothing."""

    def test_empty_record_beside_an_answered_call(self) -> None:
        stage = Stage()
        for each in answered_call():
            stage.take(each)
        stage.cdr(call_id(47), "no_answer", "101", "102", duration=1)
        assert stage.end_of_all().outcome is CallOutcome.ANSWERED
        stage.wait(20)
        assert stage.told == []

    @pytest.mark.parametrize("number", [40, 47])
    def test_empty_record_first(self, number: int) -> None:
        stage = Stage()
        stage.cdr(call_id(number), "no_answer", "101", "102", duration=0)
        stage.wait(1)
        stage.cdr(ONE, "answered", "101", "102")
        assert stage.end().outcome is CallOutcome.ANSWERED

    def test_empty_record_of_nothing(self) -> None:
        stage = Stage()
        stage.cdr(ONE, "no_answer", "101", "102", duration=0)
        stage.wait(20)
        assert stage.told == []
        assert not stage.tracker.active

    def test_record_twice(self) -> None:
        stage = Stage()
        stage.cdr(ONE, "no_answer", "101", "102")
        stage.wait(1)
        stage.cdr(ONE, "no_answer", "101", "102")
        assert stage.end().outcome is CallOutcome.MISSED
        stage.cdr(ONE, "no_answer", "101", "102")
        stage.wait(20)
        assert stage.told == []


@pytest.mark.parametrize(
    "other",
    [
        {"source_trunk": "line-2"},
        {"started": START + timedelta(seconds=4), "duration": 9},
    ],
    ids=["another line", "after the end of the call"],
)
def test_a_record_of_the_same_caller_is_of_another_call(other: dict[str, object]) -> None:
    """No report tells of the other call: the PBX reports the ringing of its own calls only."""
    stage = Stage(keeps_records=True)
    stage.ring(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
    stage.wait(3)
    stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound", duration=3)
    stage.wait(10)
    own = {"direction": "inbound", "source_trunk": "line-1"} | other
    stage.cdr(OTHER, "no_answer", OUTSIDE, "103", **own)
    stage.wait(5)
    stage.resync()
    stage.wait(30)
    assert {ended for ended, _ in ends(stage)} == {ONE, OTHER}


@pytest.mark.parametrize(("busy_before", "rang_for"), [(False, 4), (True, None)])
def test_statuses_tell_how_long_it_rang(busy_before: bool, rang_for: int | None) -> None:
    """An extension that was busy when it was called shows its ringing too late."""
    stage = Stage(keeps_records=True)
    stage.resync(x102=IDLE)
    if busy_before:
        stage.phone("102", BUSY)
    stage.phone("102", RINGING)
    stage.wait(4)
    stage.answer(ONE, "102", f"in {OUTSIDE}>620", leg_id=ONE)
    stage.phone("102", BUSY)
    stage.wait(5)
    stage.bye(ONE, "102", f"in {OUTSIDE}>620", leg_id=ONE)
    stage.cdr(ONE, "answered", OUTSIDE, "620", direction="inbound")
    assert stage.end().ring_seconds == rang_for


def test_the_number_of_a_line_that_led_to_an_extension_is_no_callee() -> None:
    stage = Stage()
    line = f"in {OUTSIDE}>55001"
    stage.ring(ITS_SECOND, "102", line, leg_id=ONE)
    stage.wait(5)
    stage.ring(ITS_LEG, "103", line, leg_id=ONE)  # forwarded
    stage.wait(5)
    stage.bye(ONE, line, "103", leg_id=ONE)
    stage.resync(x102=IDLE, x103=IDLE)
    stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound")
    assert stage.end().callee == "102"


def test_a_call_to_the_outside_of_which_only_the_record_tells_rang_as_long_as_it_took() -> None:
    stage = Stage(keeps_records=True)
    stage.phone("101", ExtensionStatus.BUSY)
    stage.wait(5)
    stage.cdr(ONE, "no_answer", "101", "01701", direction="outbound", duration=5)
    stage.phone("101", ExtensionStatus.IDLE)
    call = stage.end()
    assert (call.outcome, call.ring_seconds) == (CallOutcome.CANCELLED, 5)


def test_a_phone_that_refuses_rang_as_long_as_its_status_says() -> None:
    """Another one forwarded to it, whose number the record has."""
    stage = Stage(keeps_records=True)
    line = f"in {OUTSIDE}>101"
    stage.phone("101", ExtensionStatus.RINGING)
    stage.wait(7)
    stage.say(CallEvent.FAILED, ONE, "101", line, leg_id=ONE, reason="refused")
    stage.cdr(ONE, "no_answer", OUTSIDE, "107", direction="inbound", duration=8)
    stage.phone("101", ExtensionStatus.IDLE)
    call = stage.end()
    assert (call.outcome, call.ring_seconds) == (CallOutcome.REFUSED, 7)


class TestLookingBack:
    """Records that are read after a restart, where the PBX writes one for each branch."""

    def read(self, *records: CallRecord, known: tuple[CallRecord, ...] = ()) -> Stage:
        """Return a stage on which records were read that nothing was heard of."""
        stage = Stage(keeps_records=True)
        stage.wait(60)
        stage.changes += stage.tracker.records(records, known)
        stage.wait(30)
        return stage

    def inbound(self, call: str, callee: str, duration: int, talk: int = 0) -> CallRecord:
        """Return a record of a call from outside."""
        outcome = "answered" if talk else "no_answer"
        lengths = {"duration": duration, "talk_duration": talk}
        return record(call, outcome, OUTSIDE, callee, direction="inbound", **lengths)

    def test_a_branch_of_a_call_that_an_earlier_run_published_is_no_call(self) -> None:
        known = self.inbound(ONE, "101", 20, 15)
        branch = self.inbound(ITS_SECOND, "101", 20, 15)
        assert ends(self.read(branch, known=(known,))) == []
        assert ends(self.read(branch)) == [(ITS_SECOND, CallOutcome.ANSWERED)]

    def test_who_calls_again_before_that_call_is_over(self) -> None:
        known = self.inbound(ONE, "101", 20, 15)
        again = self.inbound(B, "102", 40, 30)
        assert ends(self.read(again, known=(known,))) == [(B, CallOutcome.ANSWERED)]

    def test_a_branch_behind_an_ivr_whatever_the_order(self) -> None:
        """It has the second in which the key was pressed."""
        call = self.inbound(ONE, "101", 29, 29)
        branch = self.inbound(B, "101", 20, 14)
        assert ends(self.read(branch, call)) == [(ONE, CallOutcome.ANSWERED)]


def test_the_line_of_a_call_over_the_api_is_that_of_a_later_second() -> None:
    """A reading shows it, after a restart: it was made when the own phone was picked up."""
    line = call_id(43, later=5)
    stage = Stage(keeps_records=True)
    stage.resync(shown(line, "out 101>01701 ring", leg_id=line))
    stage.wait(9)
    stage.bye(ONE, "101")
    stage.cdr(ONE, "no_answer", "101", "01701", direction="outbound", duration=30)
    stage.wait(9)
    stage.resync()
    assert ends(stage) == [(line, CallOutcome.CANCELLED)]


class TestRecordsThatMayBeOfBranches:
    """On a Yeastar, of which no document tells whether it makes them."""

    def test_two_calls_of_one_outside_number_that_records_alone_tell(self) -> None:
        stage, other = Stage(keeps_records=True), call_id(44, later=9)
        for each, callee, wait in (ONE, "101", 13), (other, "102", 1):
            stage.wait(wait)
            way = {"direction": "inbound", "source_trunk": "line-1"}
            stage.cdr(each, "no_answer", OUTSIDE, callee, duration=4, **way)
        stage.wait(40)
        assert ends(stage) == [(ONE, CallOutcome.MISSED), (other, CallOutcome.MISSED)]

    def test_who_asks_somebody_in_vain_has_made_another_call(self) -> None:
        stage, other = Stage(keeps_records=True), call_id(44, later=9)
        answered_inside(stage)
        stage.wait(9)
        stage.cdr(other, "no_answer", "101", "103", duration=5)
        stage.wait(40)
        assert ends(stage) == [(other, CallOutcome.MISSED)]

    def test_a_call_back_that_begins_as_the_first_call_ends(self) -> None:
        stage, other = Stage(keeps_records=True), call_id(52, later=12)
        stage.ring(ONE, "102", "101")
        stage.wait(10)
        stage.answer(ONE, "102", "101")
        stage.wait(1)
        stage.bye(ONE, "102", "101")
        stage.cdr(ONE, "answered", "101", "102", duration=11, talk_duration=1)
        stage.wait(10)
        stage.cdr(other, "no_answer", "102", "101", duration=9)
        stage.wait(40)
        assert ends(stage)[1:] == [(other, CallOutcome.MISSED)]

    def test_who_passed_an_outside_call_on_calls_inside(self) -> None:
        stage, other = Stage(keeps_records=True), call_id(60, later=30)
        stage.answer(ONE, "101", LINE, leg_id=ONE)
        stage.wait(20)
        stage.say(CallEvent.TRANSFER, ONE, "102", LINE, leg_id=ONE)
        stage.wait(15)
        stage.cdr(other, "no_answer", "101", "102", duration=4)
        stage.wait(40)
        assert ends(stage) == [(other, CallOutcome.MISSED)]

    def test_a_phone_that_is_rung_for_a_command_is_of_no_group(self) -> None:
        stage, other = Stage(keeps_records=True), call_id(44)
        stage.say(CallEvent.INVITE, ONE, LINE, leg_id=ONE)
        stage.ring(other, "101")
        stage.wait(8)
        stage.cdr(ONE, "no_answer", OUTSIDE, "101", direction="inbound", duration=8)
        stage.wait(3)
        stage.resync(x101=ExtensionStatus.RINGING)
        assert list(stage.tracker.active) == [other]

    def test_one_of_a_phone_that_rings_for_the_caller_of_a_call(self) -> None:
        stage, later = Stage(keeps_records=True), call_id(60, later=60)
        stage.cdr(ONE, "no_answer", "101", "102")
        stage.cdr(call_id(42), "no_answer", "101", "102")
        stage.wait(70)
        stage.ring(later, "102", "101")
        stage.wait(20)
        stage.cdr(call_id(67, later=70), "no_answer", "101", "103", duration=5)
        stage.wait(20)
        assert ends(stage) == [(ONE, CallOutcome.MISSED)]


@pytest.mark.parametrize("keeps_records", [True, False], ids=["Yeastar", "OpenVox"])
@pytest.mark.parametrize(("outcome", "callee"), [("answered", "01702"), ("busy", "102")])
def test_a_call_that_records_alone_tell_begins_a_second_after_the_first(
    outcome: str, callee: str, *, keeps_records: bool
) -> None:
    stage, other = Stage(keeps_records=keeps_records), call_id(60, later=4)
    stage.phone("101", BUSY)
    stage.wait(3)
    stage.phone("101", IDLE)
    way = "outbound" if callee == "01702" else "internal"
    first = "01701" if way == "outbound" else "103"
    stage.cdr(ONE, "answered", "101", first, duration=3, talk_duration=1, direction=way)
    stage.wait(1)
    stage.phone("101", BUSY)
    took = 3 if outcome == "answered" else 0
    stage.wait(took)
    stage.cdr(other, outcome, "101", callee, duration=took, talk_duration=took // 2, direction=way)
    stage.wait(40)
    assert [name for name, _ in ends(stage)] == [ONE, other]


def test_a_record_of_the_agent_who_answers_after_one_who_did_not() -> None:
    """Each agent of a queue leaves two."""
    stage, queue = Stage(keeps_records=True), f"in {OUTSIDE}>6700"
    stage.say(CallEvent.ANSWERED, ONE, queue, leg_id=ONE)
    stage.ring(ONE, "101", queue, leg_id=ONE)
    stage.wait(1.5)
    stage.cdr(ITS_SECOND, "no_answer", OUTSIDE, "101", direction="inbound", duration=2)
    stage.cdr(ONE, "no_answer", OUTSIDE, "6700", direction="inbound", duration=2, talk_duration=1)
    stage.wait(1)
    stage.ring(ONE, "102", queue, leg_id=ONE)
    stage.wait(1.5)
    stage.answer(ONE, "102", queue, leg_id=ONE)
    stage.wait(2)
    stage.bye(ONE, "102", queue, leg_id=ONE)
    branch = call_id(46, later=2)
    stage.cdr(branch, "answered", OUTSIDE, "102", direction="inbound", duration=4, talk_duration=2)
    stage.cdr(ONE, "answered", OUTSIDE, "6700", direction="inbound", duration=6, talk_duration=2)
    stage.wait(9)
    assert ends(stage) == [(ONE, CallOutcome.ANSWERED)]


def test_who_rang_for_a_call_ceases_with_its_record() -> None:
    """Its whole seconds are nearer to where the phone of another one ceases."""
    stage = with_phones(keeps_records=True)
    stage.phone("101", RINGING)
    stage.phone("102", RINGING)
    stage.wait(5)
    stage.phone("102", IDLE)
    stage.wait(1.2)
    stage.cdr(ONE, "no_answer", OUTSIDE, "6200", direction="inbound", duration=5)
    stage.phone("101", IDLE)
    assert stage.end().missed_by == ("101",)


def test_a_phone_of_a_group_that_may_have_rung_for_another_call_leaves_open_who_missed_it() -> None:
    """The other one becomes known later."""
    stage = with_phones(keeps_records=True)
    stage.phone("102", RINGING)
    stage.wait(0.1)
    stage.phone("101", RINGING)
    stage.wait(6)
    stage.cdr(ONE, "no_answer", OUTSIDE, "6200", direction="inbound", duration=5)
    stage.phone("101", IDLE)
    stage.wait(0.25)
    stage.phone("102", IDLE)
    stage.answer(B, "101", "104")
    stage.wait(1)
    stage.bye(B, "101", "104")
    stage.wait(40)
    missed = [c.call.missed_by for c in stage.changes if c.type == "missed"]
    assert missed == [()]


def test_a_phone_that_was_busy_for_a_call_did_not_ring_for_it_but_for_another_one() -> None:
    stage = Stage()
    line = f"in {OUTSIDE}>103"
    stage.alert(ONE, line, leg_id=ONE)
    stage.wait(3)
    stage.ring(call_id(60, later=3), "103", "104")
    stage.phone("103", RINGING)
    stage.wait(6)
    stage.say(CallEvent.FAILED, ONE, "103", line, leg_id=ONE, reason="busy")
    stage.cdr(ONE, "busy", OUTSIDE, "101", direction="inbound", duration=9)
    stage.phone("103", IDLE)
    assert stage.end_of_one().ring_seconds is None


def test_phones_that_ceased_with_one_that_picked_up_missed_no_call_that_ended_then() -> None:
    """They rang for a call that was answered."""
    stage = with_phones(keeps_records=True)
    for phone in ("101", "102", "103"):
        stage.phone(phone, RINGING)
    stage.wait(5)
    stage.cdr(ONE, "no_answer", OUTSIDE, "6700", direction="inbound", duration=5)
    stage.phone("103", BUSY)
    stage.phone("101", IDLE)
    stage.phone("102", IDLE)
    call = stage.end()
    assert (call.missed_by, call.ring_seconds) == ((), None)


def test_records_that_are_read_together_are_of_calls_of_their_own() -> None:
    """They were made while nothing arrived: one that nobody answered, and a later one."""
    stage, other = Stage(keeps_records=True), call_id(76, later=36)
    stage.tracker.index.branches = True  # others had several
    stage.wait(90)
    stage.read(
        record(ONE, "no_answer", "101", "01701", direction="outbound", duration=5),
        record(other, "answered", "101", "103", duration=15),
    )
    stage.wait(9)
    assert [name for name, _ in ends(stage)] == [ONE, other]


@pytest.mark.parametrize("keeps_records", [False, True])
@pytest.mark.parametrize("outcome", ["busy", "voicemail"])
def test_an_extension_that_dials_its_own_number_has_called_that(
    outcome: str, keeps_records: bool
) -> None:
    stage = with_phones(keeps_records=keeps_records)
    stage.phone("101", ExtensionStatus.BUSY)
    stage.wait(2)
    stage.cdr(ONE, outcome, "101", "101")
    stage.phone("101", ExtensionStatus.IDLE)
    call = stage.end()
    assert (call.caller, call.callee, call.outcome) == ("101", "101", outcome)


@pytest.mark.parametrize("order", [1, -1])
def test_records_alone_of_who_calls_out_during_a_call_inside_are_of_two_calls(order: int) -> None:
    """On a Yeastar: the extension and its lines are not monitored."""
    stage, out = Stage(keeps_records=True), call_id(46, later=20)
    inside = record(ONE, "answered", "101", "102", duration=40, talk_duration=35)
    outside = record(out, "answered", "101", OUTSIDE, direction="outbound", duration=5)
    stage.wait(40)
    for each in (outside, inside)[::order]:
        stage.take(CallRecordReport(name="NewCdr", record=each))
        stage.wait(0.4)
    stage.wait(30)
    assert sorted(ends(stage)) == [(ONE, CallOutcome.ANSWERED), (out, CallOutcome.ANSWERED)]


@pytest.mark.parametrize("keeps_records", [True, False])
def test_the_last_of_its_records_and_of_those_of_branches_has_its_end(keeps_records: bool) -> None:
    """Asking by keys splits the record of the call (docs/asterisk.md, "Records")."""
    stage = with_phones(keeps_records=keeps_records)
    stage.ring(ONE, "102", "101")
    stage.wait(3)
    stage.answer(ONE, "102", "101")
    stage.wait(20)
    stage.cdr(ITS_LEG, "answered", "101", "102", duration=23, talk_duration=20)
    stage.bye(ONE, "101", "102")
    stage.phone("101", IDLE)
    stage.phone("102", IDLE)
    stage.cdr(ONE, "answered", "101", "102", duration=14, talk_duration=11)
    assert stage.end().talk_seconds == 20


class TestRecordsReadTogether:
    """They are of a time in which nothing arrived, as while Home Assistant was stopped."""

    def test_a_second_call_of_a_caller_has_one_of_its_own(self) -> None:
        """He asks somebody while he talks: a PBX that writes one record for each call."""
        stage, other = with_phones(keeps_records=True), call_id(62, later=4)
        stage.wait(90)
        stage.read(
            record(ONE, "answered", "101", "102", duration=11, talk_duration=10),
            record(other, "no_answer", "101", "103", duration=2),
        )
        stage.wait(9)
        assert ends(stage) == [(ONE, CallOutcome.ANSWERED), (other, CallOutcome.MISSED)]

    def test_those_of_branches_are_known_by_the_next_id_but_one(self) -> None:
        stage = with_phones(keeps_records=True)
        stage.wait(90)
        stage.read(
            record(ONE, "answered", "101", "6200", duration=15, talk_duration=8),
            record(ITS_LEG, "no_answer", "101", "102", duration=3),
            record(call_id(52, later=5), "answered", "101", "103", talk_duration=8),
        )
        stage.wait(9)
        assert ends(stage) == [(ONE, CallOutcome.ANSWERED)]


@pytest.mark.parametrize(("reported", "recorded"), [("anonymous", "unknown"), ("", "anonymous")])
@pytest.mark.parametrize("keeps_records", [True, False])
def test_that_of_a_branch_may_write_a_withheld_number_otherwise(
    reported: str, recorded: str, keeps_records: bool
) -> None:
    stage = with_phones(keeps_records=keeps_records)
    stage.ring(ONE, "101", f"in {reported}>101", leg_id=ONE)
    stage.wait(9)
    stage.phone("101", IDLE)
    for each in (ONE, ITS_LEG):
        stage.cdr(each, "no_answer", recorded, "101", direction="inbound", source_trunk="line-1")
    stage.wait(9)
    stage.resync(x101=IDLE)
    stage.wait(9)
    assert ends(stage) == [(ONE, CallOutcome.MISSED)]


class TestAfterTheEnd:
    """A record that comes when the end was published adds what it knows, and changes no more."""

    def over(self, *, answered: bool = True) -> Stage:
        stage = with_phones()
        stage.phone("101", RINGING)
        stage.ring(ONE, "101", f"in {OUTSIDE}>", leg_id=ONE)
        stage.wait(5)
        if answered:
            stage.phone("101", BUSY)
            stage.answer(ONE, "101", f"in {OUTSIDE}>", leg_id=ONE)
            stage.wait(5)
            stage.bye(ONE, "101", f"in {OUTSIDE}>", leg_id=ONE)
        stage.phone("101", IDLE)
        stage.resync(x101=IDLE, x102=IDLE)
        stage.wait(60)
        assert ends(stage)
        stage.changes = []
        return stage

    @pytest.mark.parametrize(
        ("answered", "outcome"), [(True, "answered"), (True, "no_answer"), (False, "no_answer")]
    )
    def test_it_has_the_number_that_was_called(self, answered: bool, outcome: str) -> None:
        stage = self.over(answered=answered)
        before = stage.tracker.find(ONE)
        stage.cdr(ONE, outcome, OUTSIDE, "6500", direction="inbound", recording="one.wav")
        found = stage.tracker.completed
        assert before is not None
        assert found is not None
        assert found is stage.tracker.find(ONE)
        assert (found.callee, found.recording) == ("6500", "one.wav")
        for name in ("outcome", "ended", "answered_by", "missed_by", "talk_seconds", "started"):
            assert getattr(found, name) == getattr(before, name), name
        assert stage.told == []
        stage.cdr(ONE, outcome, OUTSIDE, "6500", direction="inbound", recording="two.wav")
        assert stage.tracker.find(ONE) == found

    def test_each_of_a_group_counts_and_those_of_its_branches_make_no_call(self) -> None:
        """The one of a phone that did not answer comes first; all are read once more."""
        stage = self.group()
        known = {"caller": OUTSIDE, "direction": "inbound", "source_trunk": "trunk-1"}
        records = [
            record(ITS_SECOND, "no_answer", callee="101", duration=2, **known),
            record(ITS_LEG, "answered", callee="102", **known),
            record(ONE, "no_answer", callee="6200", duration=2, **known),
            record(ONE, "answered", callee="6200", recording="one.wav", **known),
        ]
        stage.take(*(CallRecordReport(name="NewCdr", record=each) for each in records))
        assert stage.tracker.completed is not None
        assert stage.tracker.completed.recording == "one.wav"
        stage.wait(30)
        stage.read(*records)
        stage.wait(30)
        assert stage.told == []

    def group(self) -> Stage:
        stage = with_phones(keeps_records=True)
        for phone in "101", "102":
            stage.phone(phone, RINGING)
            stage.ring(ONE, phone, f"in {OUTSIDE}>{phone}", leg_id=ONE)
        stage.wait(2)
        stage.phone("102", BUSY)
        stage.answer(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
        stage.phone("101", IDLE)
        stage.wait(8)
        stage.bye(ONE, "102", f"in {OUTSIDE}>6200", leg_id=ONE)
        stage.phone("102", IDLE)
        stage.wait(5)
        stage.read()
        stage.wait(30)
        assert [name for name, _ in ends(stage)] == [ONE]
        stage.changes = []
        return stage

    def test_it_does_not_change_the_outcome(self) -> None:
        stage = self.over(answered=False)
        before = stage.tracker.find(ONE)
        stage.cdr(ONE, "busy", OUTSIDE, "101", direction="inbound")
        stage.cdr(ONE, "voicemail", OUTSIDE, "101", direction="inbound")
        assert stage.tracker.completed is None
        assert stage.tracker.find(ONE) is before

    def test_nor_does_that_of_a_branch(self) -> None:
        stage = self.over()
        before = stage.tracker.find(ONE)
        stage.cdr(ITS_SECOND, "answered", OUTSIDE, "102", direction="inbound")
        assert stage.tracker.find(ONE) is before
