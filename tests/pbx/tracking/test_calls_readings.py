"""Readings: they repair, confirm and end calls, and are older than what came since."""

from datetime import timedelta
from itertools import pairwise

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import CallLeg, ExtensionStatus, LegKind, LegState
from custom_components.ippbx.pbx.model.tracked import CallEventType, CallOutcome, CallState

from .call_stage import ONE, OUTSIDE, START, Stage, active, call_id, ends, shown, with_phones

ITS_SECOND = call_id(42)
ITS_LEG = call_id(44)
OTHER = call_id(48)
OTHER_LEG = call_id(52)
B = call_id(60, later=9)
LINE = f"in {OUTSIDE}>101"
IDLE, BUSY, RINGING = ExtensionStatus.IDLE, ExtensionStatus.BUSY, ExtensionStatus.RINGING


def calls_of(stage: Stage, *extensions: str) -> list[tuple[str, ...]]:
    """Return who takes part in the calls of extensions."""
    return [call.extensions for each in extensions for call in stage.tracker.calls_of(each)]


class TestLines:
    """Readings show outside lines by ids of their own, where calls have no second ones."""

    def test_the_line_of_a_call_that_was_taken_for_one_with_another_is_no_call(self) -> None:
        one, line, other = call_id(40), call_id(41), call_id(44)
        stage = Stage()
        stage.ring(one, "101")
        stage.ring(other, "105")
        stage.answer(one, "101")
        stage.ring(one, "out 101>01701", "101", leg_id=line)
        stage.answer(other, "105")
        stage.answer(one, "out 101>01701", "101", leg_id=line)
        stage.wait(10)
        stage.resync(shown(line, "out 101>01701 talk", leg_id=line), x101=BUSY, x105=BUSY)
        assert line not in stage.tracker.active
        assert stage.tracker.active[one].callee == "01701"

    def test_a_call_that_was_forwarded_by_who_calls_on_a_line_is_not_that_line(self) -> None:
        stage = Stage()
        stage.say(CallEvent.TRANSFER, ONE, "102")
        stage.wait(5)
        line = "out 102>01701 ring"
        stage.resync(shown(OTHER, line, leg_id=OTHER), x101=BUSY, x102=BUSY, x103=RINGING)
        assert list(stage.tracker.active) == [ONE, OTHER]

    def test_two_who_talk_are_in_no_call_that_a_reading_shows_on_a_line(self) -> None:
        line, other = call_id(41), call_id(43)
        stage = Stage()
        stage.resync(shown(line, "out 101>01701 ring", leg_id=line), x101=BUSY, x102=BUSY)
        stage.answer(other, "102", "101")
        assert list(stage.tracker.active) == [line, other]

    def test_who_makes_a_call_is_rung_for_another_one(self) -> None:
        one, line, other = call_id(40), call_id(41), call_id(44)
        stage = Stage()
        stage.alert(one, "101")
        stage.ring(other, "101")
        stage.wait(5)
        stage.bye(other, "101")
        stage.resync(shown(line, "out 101>01701 talk", leg_id=line), x101=BUSY)
        stage.cdr(other, "no_answer", OUTSIDE, "6501", direction="inbound")
        assert stage.end_of_one().call_id == other
        assert list(stage.tracker.active) == [one]


class TestReadings:
    """Those of API v1 name two parties of a call between extensions."""

    def group(self) -> Stage:
        """Return a stage on which two phones ring for somebody."""
        stage = Stage()
        stage.ring(ONE, "102", "101")
        stage.ring(ONE, "103", "101")
        stage.alert(ONE, "101")
        stage.wait(5)
        return stage

    def test_the_others_of_a_group_ring_on(self) -> None:
        stage = self.group()
        both = shown("", "101", "103"), shown("", "103", "101")
        stage.resync(*both, queried=("101", "103"), x101=BUSY, x102=RINGING, x103=RINGING)
        assert active(stage) == {ONE: ("102", "101", "103")}

    def test_one_that_they_do_not_name_may_answer_right_then(self) -> None:
        """He was in another call when the reading was made."""
        stage = self.group()
        stage.resync(shown("", "101", "102"), queried=("101",), x101=BUSY, x102=RINGING, x103=BUSY)
        stage.answer(ONE, "103", "101")
        assert stage.tracker.active[ONE].answered_by == "103"
        assert "103" in active(stage)[ONE]

    def test_two_that_ring_for_a_call_are_not_the_two_sides_of_it(self) -> None:
        """One of them calls the other, in a call that nobody knows."""
        stage = self.group()
        shows = shown("", "103", "102")
        stage.resync(shows, queried=("103",), x101=BUSY, x102=BUSY, x103=RINGING)
        assert active(stage)[ONE] == ("102", "101", "103")

    def test_who_waits_in_a_queue_stays_while_it_rings_somebody_whom_no_report_names(self) -> None:
        stage = Stage()
        stage.answer(ONE, "101")
        stage.bye(ONE, "102", "101")
        stage.wait(5)
        stage.resync(shown("", "101", "103"), queried=("101",), x101=BUSY, x102=IDLE, x103=RINGING)
        stage.wait(20)
        assert list(stage.tracker.active) == [ONE]

    def test_a_hang_up_after_a_call_seemed_to_be_gone_lets_its_record_be_waited_for(self) -> None:
        """It was passed on, which nobody told, and those who talk then were not known."""
        stage = Stage()
        stage.bye(ONE, "102", "101")
        stage.wait(10)
        stage.resync(queried=("101",), x101=IDLE, x102=IDLE, x103=BUSY, x104=BUSY)
        stage.wait(5)
        stage.bye(ONE, "103", "104")
        stage.wait(2)
        stage.cdr(ONE, "answered", "101", "6200")
        assert stage.end_of_all().outcome is CallOutcome.ANSWERED

    def test_two_who_are_together_again_take_no_failure_back(self) -> None:
        """It may be another call of theirs."""
        stage = Stage()
        stage.say(CallEvent.TRANSFER, ONE, "102")
        stage.say(CallEvent.FAILED, ONE, "103", "101", reason="refused")
        stage.wait(20)
        stage.resync(shown("", "101", "102"), queried=("101",), x101=BUSY, x102=BUSY)
        stage.wait(20)
        stage.resync(queried=("101", "102"), x101=IDLE, x102=IDLE)
        assert stage.end_of_all().outcome is CallOutcome.REFUSED


class TestReadingsBeside:
    """They show what was up before, and confirm what is over."""

    def test_an_outbound_call_that_was_up_before_talks_with_its_extension(self) -> None:
        stage = Stage(started=False)
        out = CallLeg(
            kind=LegKind.OUTBOUND,
            caller="101",
            callee="01701",
            trunk="line-1",
            leg_id=ONE,
            state=LegState.TALKING,
        )
        call = shown(ONE)
        stage.resync(type(call)(call_id=ONE, legs=(out,)), x101=BUSY)
        (up,) = stage.tracker.calls_of("101")
        assert (up.state, up.caller, up.answered_by) == (CallState.TALKING, "101", "01701")
        stage.bye(ONE, "101", "out 101>01701", leg_id=ONE)
        stage.cdr(ONE, "answered", "101", "01701", direction="outbound")
        assert stage.told == ["ended 101"]

    def test_what_only_confirms_a_hold_does_not_hide_the_resume(self) -> None:
        stage = Stage(keeps_records=True)
        stage.status(ONE, "101 talk", "102 talk")
        stage.wait(10)
        stage.status(ONE, "101 hold", "102 talk")
        stage.wait(10)
        stage.resync(shown(ONE, "101 hold", "102 talk"), queried=("101", "102"), x101=BUSY)
        stage.status(ONE, "101 talk", "102 talk")
        assert stage.told == ["answered 101 102", "held 101 102", "resumed 101 102"]

    def test_a_call_that_vanishes_without_a_word_is_over_within_a_minute(self) -> None:
        for keeps_records in (False, True):
            stage = Stage(keeps_records=keeps_records)
            stage.ring(ONE, "101", LINE, leg_id=ONE)
            stage.wait(30)
            stage.resync()
            stage.wait(30)
            assert [each for each, _ in ends(stage)] == [ONE]


def test_call_whose_first_reports_were_lost_is_found_by_a_reading() -> None:
    stage = Stage()
    stage.resync(shown(ONE, f"in {OUTSIDE}>102 alert", "102 ring"))
    assert stage.told == ["ringing 102"]
    stage.ring(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
    assert stage.told == []


def test_call_that_the_pbx_does_not_know_any_more_ends() -> None:
    stage = Stage()
    stage.answer(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
    stage.wait(10)
    stage.resync()
    assert not stage.tracker.active
    call = stage.end()
    assert call.outcome is CallOutcome.ANSWERED


def test_call_that_nothing_decides_is_unknown_where_the_pbx_keeps_no_records() -> None:
    stage = Stage()
    stage.ring(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
    stage.wait(10)
    stage.resync()
    assert stage.end().outcome is CallOutcome.UNKNOWN


def test_what_was_reported_since_the_reading_began_is_newer() -> None:
    stage = Stage()
    stage.ring(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
    stage.resync(asked=0.5)
    assert ONE in stage.tracker.active, "it began after the reading did"
    stage.wait(20)
    stage.answer(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
    stage.resync(asked=0.5)
    assert stage.tracker.active[ONE].state is CallState.TALKING
    stage.resync(shown(ONE, f"in {OUTSIDE}>102 alert", "102 ring"), asked=0.5)
    assert stage.tracker.active[ONE].state is CallState.TALKING


def test_internal_call_ends_when_a_phone_of_it_is_idle() -> None:
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.answer(ONE, "102", "101")
    stage.wait(20)
    stage.resync()
    assert ONE in stage.tracker.active, "no list shows calls between extensions"
    stage.resync(x101=BUSY, x102=BUSY)
    assert ONE in stage.tracker.active
    stage.resync(x101=BUSY, x102=IDLE)
    assert stage.end().outcome is CallOutcome.ANSWERED


def test_internal_call_ends_when_its_phones_were_asked_and_do_not_know_it() -> None:
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.answer(ONE, "102", "101")
    stage.wait(20)
    assert stage.tracker.unsure_extensions == {"101", "102"}
    asked = ("101", "102")
    both = shown("", "101", "102"), shown("", "102", "101")
    stage.resync(*both, queried=asked, x101=BUSY, x102=BUSY)
    assert ONE in stage.tracker.active
    stage.resync(
        shown(B, f"in {OUTSIDE}>102 talk", "102 talk"), queried=asked, x101=BUSY, x102=BUSY
    )
    assert [call.call_id for call in stage.tracker.calls_of("102")] == [B]


def test_an_end_that_was_reported_is_no_late_one_because_a_reading_confirms_it() -> None:
    stage = Stage()
    stage.ring(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
    stage.wait(20)
    stage.bye(ONE, f"in {OUTSIDE}>102", "102", leg_id=ONE)
    stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound")
    stage.wait(0.1)
    stage.resync()
    stage.wait(10)
    assert [(change.type, change.late) for change in stage.changes[-2:]] == [
        ("ended", False),
        ("missed", False),
    ]


@pytest.mark.parametrize("keeps_records", [False, True])
@pytest.mark.parametrize(("unseen", "late"), [(20, False), (50, False), (70, True)])
def test_an_end_that_only_a_reading_finds_is_late_after_a_minute(
    *, unseen: float, late: bool, keeps_records: bool
) -> None:
    """For how long it was talked is then not known."""
    stage = Stage(keeps_records=keeps_records)
    line = f"in {OUTSIDE}>102"
    stage.ring(ONE, "102", line, leg_id=ONE)
    stage.wait(4)
    stage.answer(ONE, "102", line, leg_id=ONE)
    stage.wait(20)
    stage.resync(shown(ONE, f"{line} talk", "102 talk", leg_id=ONE), x102=BUSY)
    stage.wait(unseen)
    stage.resync(x102=IDLE)
    stage.wait(40)
    assert [(change.type, change.late) for change in stage.changes[-1:]] == [("ended", late)]
    end = stage.end()
    assert (end.outcome, end.ring_seconds, end.talk_seconds) == (CallOutcome.ANSWERED, 4, None)


def test_an_inside_call_that_a_reading_showed_ended_after_it() -> None:
    stage = with_phones()
    stage.ring(ONE, "102", "101")
    stage.answer(ONE, "102", "101")
    for _ in range(4):
        stage.wait(30)
        stage.resync(x101=BUSY, x102=BUSY, x103=IDLE, x104=IDLE)
    stage.wait(30)
    stage.resync(x101=IDLE, x102=IDLE, x103=IDLE, x104=IDLE)
    stage.wait(10)
    assert [(change.type, change.late) for change in stage.changes[-1:]] == [("ended", False)]
    assert stage.end().talk_seconds is None


def test_for_how_long_a_call_rang_in_vain_that_only_a_reading_ends_is_unknown() -> None:
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.wait(20)
    stage.resync(x101=IDLE, x102=IDLE)
    end = stage.end()
    assert (end.ring_seconds, end.rang) == (None, ("102",))


class TestAnswersWithoutAnId:
    """API v1 reports only the other party of an extension: maybe in another call than the known."""

    def test_two_who_call_each_other_again_are_in_the_later_call(self) -> None:
        stage = Stage(keeps_records=True)
        again = call_id(60, later=11)
        stage.say(CallEvent.FAILED, ONE, "102", "101", reason="refused")
        stage.wait(10)
        stage.answer(again, "102", "101")
        stage.wait(10)
        stage.resync(shown("", "101", "102"), queried=("101", "102"), x101=BUSY, x102=BUSY)
        stage.wait(10)
        stage.resync(shown("", "104", "103"), queried=("101", "102"), x101=IDLE, x102=IDLE)
        stage.wait(10)
        ends = [change.call for change in stage.changes if change.type is CallEventType.ENDED]
        assert (ONE, CallOutcome.REFUSED) in [(call.call_id, call.outcome) for call in ends]

    def test_one_who_failed_to_be_reached_is_in_no_call_that_is_shown(self) -> None:
        stage = Stage()
        stage.say(CallEvent.FAILED, ONE, "102", "101", reason="busy")
        stage.wait(10)
        stage.resync(shown("", "101", "102"), queried=("101",), x101=BUSY, x102=RINGING)
        stage.wait(20)
        stage.resync(queried=("101",), x101=IDLE, x102=IDLE)
        assert stage.end().outcome is CallOutcome.BUSY

    def test_an_answer_that_names_no_partner_is_of_no_call_for_sure(self) -> None:
        stage = Stage()
        stage.alert(ONE, "101")
        stage.say(CallEvent.FAILED, ONE, "102", "101", reason="refused")
        stage.wait(10)
        stage.resync(shown("", "101"), queried=("101",), x101=BUSY)
        stage.wait(20)
        stage.resync(queried=("101",), x101=IDLE)
        assert stage.end().outcome is CallOutcome.REFUSED

    def test_it_shows_somebody_who_may_be_in_a_call_of_which_one_party_is_known(self) -> None:
        stage = Stage()
        group = call_id(60)
        stage.ring(group, "101", "104")
        stage.say(CallEvent.TRANSFER, ONE, "103")
        stage.wait(1)
        stage.resync(
            shown("", "101"),
            shown("", "104", "101"),
            queried=("101", "103", "104"),
            x101=BUSY,
            x103=IDLE,
            x104=BUSY,
        )
        assert ONE in stage.tracker.active, "101 may have made it"

    def test_an_unknown_partner_may_be_in_the_call_that_all_others_have_left(self) -> None:
        stage = Stage()
        asking = call_id(60)
        stage.ring(ONE, "102", "101")
        stage.bye(ONE, "102", "101")
        stage.wait(10)
        stage.ring(asking, "104", "101")
        stage.wait(5)
        stage.resync(
            shown("", "101", "103"), queried=("101",), x101=BUSY, x102=IDLE, x103=BUSY, x104=RINGING
        )
        assert ONE in stage.tracker.active, "103 may have answered it"


def test_an_extension_stays_in_its_call_whose_line_alone_a_reading_shows() -> None:
    stage = Stage()
    stage.ring(ONE, "out 101>01701", "101", leg_id=ONE)
    stage.answer(ITS_SECOND, "out 101>01701", "101", leg_id=ONE)
    stage.wait(10)
    stage.resync(shown(ONE, "out 101>01701 talk", leg_id=ONE), x101=BUSY)
    assert [call.call_id for call in stage.tracker.calls_of("101")] == [ONE]


def test_a_call_that_has_just_begun_is_not_gone_though_a_reading_does_not_show_it_yet() -> None:
    stage = Stage()
    stage.say(CallEvent.TRANSFER, ONE, "102")
    stage.wait(0.1)
    stage.resync(queried=("102",), x102=IDLE)
    assert ONE in stage.tracker.active
    stage.wait(10)
    stage.resync(queried=("102",), x102=IDLE)
    assert ONE not in stage.tracker.active


def test_a_reading_shows_two_calls_under_the_ids_of_their_reports() -> None:
    stage = Stage()
    stage.ring(ONE, "102")
    stage.ring(call_id(46, later=1), "103")
    stage.wait(1)
    stage.resync(
        shown(ONE, f"in {OUTSIDE}>102 alert", "102 ring", leg_id=ONE),
        shown(
            call_id(46, later=1), "in 0309999>103 alert", "103 ring", leg_id=call_id(46, later=1)
        ),
    )
    assert calls_of(stage, "102", "103") == [("102",), ("103",)]
    assert {stage.tracker.find(ONE), stage.tracker.find(call_id(46, later=1))} == set(
        stage.tracker.active.values()
    )


def test_two_who_ring_for_one_caller_are_not_in_a_call_with_each_other() -> None:
    stage = Stage()
    group = call_id(60)
    stage.ring(ONE, "103", "102")
    stage.ring(group, "102", "101")
    stage.ring(group, "103", "101")
    stage.wait(10)
    stage.resync(shown("", "102", "103"), queried=("102",), x101=BUSY, x102=BUSY, x103=RINGING)
    call = stage.tracker.active[group]
    assert set(call.extensions) == {"101", "102", "103"}


def test_a_phone_that_a_reading_shows_to_be_idle_rings_no_more_for_a_call_that_goes_on() -> None:
    """That 102 forwarded it is lost, as is the call's record."""
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.wait(20)
    stage.resync(shown("", "101"), queried=("101",), x101=BUSY, x102=IDLE)
    stage.wait(5)
    stage.say(CallEvent.FAILED, ONE, "103", "101", reason="refused")
    stage.wait(25)
    stage.resync(x101=IDLE, x102=IDLE, x103=IDLE)
    assert stage.end().outcome is CallOutcome.REFUSED


@pytest.mark.parametrize("listed", [True, False])
def test_a_phone_rings_on_while_its_line_talks_to_an_ivr(listed: bool) -> None:
    """Lists of API v1 have one status for a line and all that it is connected to."""
    stage = Stage()
    line = f"in {OUTSIDE}>6500"
    stage.key(ONE, line, "1", 0)
    stage.phone("101", RINGING)
    stage.ring(ITS_SECOND, "101", LINE, leg_id=ONE)
    stage.wait(4)
    statuses = {"x101": RINGING} if listed else {}
    stage.resync(shown(ONE, f"{LINE} talk", "101 talk", leg_id=""), **statuses)
    assert stage.told == ["dtmf", "ringing 101"]
    stage.wait(4)
    stage.bye(ONE, LINE, "101", leg_id=ONE)
    stage.phone("101", IDLE)
    stage.cdr(ONE, "no_answer", OUTSIDE, "101", talk_duration=9, direction="inbound")
    call = stage.end()
    assert (call.outcome, call.missed_by) == (CallOutcome.MISSED, ("101",))


def test_a_phone_rings_that_a_reading_finds_first_if_it_says_so() -> None:
    """API v1 lists one state for all of a call: that of the line, which was passed on unseen."""
    stage = Stage()
    stage.resync(shown(ONE, f"in {OUTSIDE}>101 talk", "102 talk", leg_id=ONE), x102=RINGING)
    assert stage.status_of("102") is RINGING


class TestConfirm:
    """Readings that are wanted since a call seems to be over: Asterisk reports no such hang-up."""

    def ring(self, stage: Stage, call: str, phone: str) -> None:
        """Let a phone ring."""
        stage.ring(call, phone, f"in {OUTSIDE}>{phone}", leg_id=call)
        stage.phone(phone, RINGING)

    def miss(self, stage: Stage, call: str, phone: str, **other: object) -> None:
        """Let a call end that nobody answered: its record and the phone tell, no hang-up."""
        stage.cdr(call, "no_answer", OUTSIDE, phone, direction="inbound", **other)
        stage.phone(phone, IDLE)

    @pytest.mark.parametrize("keeps_records", [True, False])
    def test_one_is_wanted_two_seconds_after_the_record(self, keeps_records: bool) -> None:
        """It ends the call, which is no late end, whatever the clock of the PBX says."""
        stage = Stage(keeps_records=keeps_records)
        self.ring(stage, ONE, "101")
        stage.wait(9)
        self.miss(stage, ONE, "101", started=START - timedelta(hours=5))
        stage.wait(1.9)
        assert not stage.tracker.termination.wants_snapshot
        stage.wait(0.1)
        assert stage.tracker.termination.wants_snapshot
        stage.resync()
        assert not stage.tracker.termination.wants_snapshot
        assert [change.late for change in stage.changes] == [False] * 3
        assert stage.told == ["ringing 101", "ended 101", "missed 101"]

    def test_a_lost_record_of_a_call_that_rang_costs_no_missed_call(self) -> None:
        """Once a reading confirms that it is gone: it may come long after the records were read."""
        stage = Stage(keeps_records=True)
        stage.status(ONE, f"in {OUTSIDE}>101 alert", "101 ring")
        stage.wait(9)
        stage.status(ONE, f"in {OUTSIDE}>101 bye", "101 bye")
        stage.wait(10)
        assert stage.tracker.termination.wants_snapshot
        stage.read()
        stage.resync(x101=IDLE)
        stage.wait(30)
        assert stage.told == ["ringing 101", "ended 101", "missed 101"]

    @pytest.mark.parametrize("keeps_records", [True, False])
    def test_a_call_of_a_second_needs_no_more_than_its_record(self, keeps_records: bool) -> None:
        """It looks like what a branch leaves that nobody saw ring, but its phone rang."""
        stage = Stage(keeps_records=keeps_records)
        self.ring(stage, ONE, "101")
        stage.wait(1)
        self.miss(stage, ONE, "101", duration=1, talk_duration=0)
        stage.wait(4)
        assert stage.tracker.termination.wants_snapshot
        stage.resync()
        assert stage.told == ["ringing 101", "ended 101", "missed 101"]

    def test_a_queue_goes_on_with_the_next_agent(self) -> None:
        stage = Stage()
        self.ring(stage, ONE, "101")
        stage.wait(9)
        self.miss(stage, ONE, "101")
        stage.wait(1)
        stage.ring(ITS_LEG, "102", f"in {OUTSIDE}>102", leg_id=ONE)
        stage.wait(1)
        assert stage.tracker.termination.wants_snapshot
        stage.resync(shown(ONE, f"in {OUTSIDE}>102", "102 ring", leg_id=ONE))
        stage.wait(20)
        assert not stage.tracker.termination.wants_snapshot
        assert stage.told == ["ringing 101", "ringing 102 too"]

    def test_there_is_one_in_two_seconds_however_many_calls_end(self) -> None:
        stage = Stage()
        calls = {call_id(number * 6): str(200 + number) for number in range(60)}
        for call, phone in calls.items():
            self.ring(stage, call, phone)
        stage.wait(9)
        wanted = []
        for call, phone in list(calls.items()):
            self.miss(stage, call, phone)
            del calls[call]
            stage.wait(0.1)
            if stage.tracker.termination.wants_snapshot:
                wanted.append(stage.now)
                stage.resync(*(shown(each, LINE, leg_id=each) for each in calls), asked=0.05)
        pauses = [after - before for before, after in pairwise(wanted)]
        assert pauses
        assert min(pauses) >= timedelta(seconds=2)


def test_it_rings_from_its_report_on_where_a_reading_came_first() -> None:
    """Another phone of its group is reported to ring a moment too long (Yeastar, v2)."""
    stage = with_phones(keeps_records=True)
    line = f"in {OUTSIDE}>6200"
    stage.resync(shown(ONE, f"{line} alert", "101 ring", "102 ring", leg_id=ONE))
    stage.status(ONE, f"{line} alert", "101 ring", "102 ring")
    stage.wait(10)
    stage.status(ONE, "101 bye")
    stage.wait(1)
    stage.status(ONE, f"{line} talk", "102 talk", "101 ring")
    stage.wait(5)
    stage.status(ONE, f"{line} bye", "102 bye")
    stage.cdr(ONE, "answered", OUTSIDE, "6200", direction="inbound", duration=17)
    assert stage.end().ring_seconds == 11


def test_a_reading_shows_the_line_of_who_hears_it_ring_under_a_later_id() -> None:
    """A call by command on an OpenVox, of which the first reports are lost."""
    stage = with_phones()
    stage.alert(call_id(51, later=4), "101")
    stage.wait(5)
    stage.resync(shown(ONE, f"out 101>{OUTSIDE} ring", leg_id=ONE))
    assert list(stage.tracker.active) == [call_id(51, later=4)]


def test_a_reading_that_shows_a_call_after_its_record_asks_for_no_other() -> None:
    """An agent has declined at once; the line goes on and rings the next one."""
    stage, line = with_phones(), f"in {OUTSIDE}>5551"
    stage.ring(ONE, "101", line, leg_id=ONE)
    stage.wait(0.8)
    stage.cdr(ONE, "no_answer", OUTSIDE, "101", direction="inbound", duration=1)
    stage.ring(ONE, "102", line, leg_id=ONE)
    wanted = 0
    for _ in range(60):
        stage.wait(0.5)
        if stage.tracker.termination.wants_snapshot:
            wanted += 1
            seen = shown(ONE, f"{line} alert", "102 ring", leg_id=ONE)
            stage.resync(seen, x101=IDLE, x102=RINGING)
    assert wanted < 4


class TestInsideCallsThatGoOn:
    """No list shows calls inside, and an extension that is asked names one partner, or none."""

    def test_a_door_that_rings_a_group(self) -> None:
        stage = Stage()
        for phone in ("102", "103"):
            stage.ring(ONE, phone, "101")
        stage.wait(20)
        asked, own = ("101", "102", "103"), shown("", "102", "101")
        others = shown("", "101", "102"), shown("", "101", "103")
        stage.resync(own, *others, queried=asked, x101=BUSY, x102=RINGING, x103=RINGING)
        assert active(stage) == {ONE: ("102", "101", "103")}
        stage.resync(queried=asked, x101=BUSY, x102=RINGING, x103=RINGING)
        assert active(stage) == {ONE: ("102", "101", "103")}, "it may show none that ring"

    def test_who_talks_to_one_and_has_another_one_waiting(self) -> None:
        stage, waits = Stage(), call_id(46)
        stage.answer(ONE, "102", "101")
        stage.wait(10)
        stage.ring(waits, "102", "103")
        stage.wait(10)
        both = shown("", "102", "101"), shown("", "102", "103")
        asked = ("101", "102", "103")
        stage.resync(*both, shown("", "101", "102"), queried=asked, x101=BUSY, x102=BUSY, x103=BUSY)
        assert list(stage.tracker.active) == [ONE, waits]

    @pytest.mark.parametrize("callee", ["102", OUTSIDE])
    def test_a_phone_that_rings_by_command_for_nobody_yet(self, callee: str) -> None:
        stage = Stage()
        stage.changes += stage.tracker.dialled(ONE, "101", callee)
        stage.phone("101", RINGING)
        stage.wait(20)
        stage.resync(queried=("101",), x101=RINGING, x102=IDLE)
        assert list(stage.tracker.active) == [ONE]
        stage.resync(queried=("101",), x101=IDLE, x102=IDLE)
        stage.wait(10)
        assert not stage.tracker.active


def test_a_phone_that_a_reading_showed_to_ring_has_ceased_once_it_is_idle() -> None:
    stage = Stage()
    stage.resync(shown(ONE, f"in {OUTSIDE}>102 alert", "102 ring", leg_id=ONE), x102=RINGING)
    stage.wait(20)
    stage.phone("102", IDLE)
    assert stage.status_of("102") is None
    stage.ring(ITS_SECOND, "102", f"in {OUTSIDE}>102", leg_id=ONE)
    assert stage.told == ["ringing 102", "ringing 102 too"]


def test_who_rings_for_another_call_is_not_the_last_one_of_a_call_that_is_over() -> None:
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.answer(ONE, "102", "101")
    stage.wait(5)
    stage.changes += stage.tracker.sent_on(ONE)
    stage.ring(ONE, "103", "102")
    stage.answer(ONE, "103", "102")
    stage.wait(9)
    line = f"in {OUTSIDE}>102"
    stage.ring(B, "102", line, leg_id=B)
    stage.cdr(ONE, "answered", "101", "102", duration=14, talk_duration=14)
    stage.phone("103", IDLE)
    stage.phone("102", RINGING)
    stage.wait(5)
    rings = shown(B, f"{line} alert", leg_id=B), shown("", line, "102")
    stage.resync(*rings, queried=("102",), x101=IDLE, x102=RINGING, x103=IDLE)
    assert list(stage.tracker.active) == [B]


def test_a_call_that_a_reading_finds_gone_ended_when_its_last_phone_was_idle() -> None:
    stage = Stage()
    stage.ring(ITS_SECOND, "101", LINE, leg_id=ONE)
    stage.wait(4)
    stage.phone("101", IDLE)
    stage.wait(15)
    stage.resync(x101=IDLE)
    assert stage.end().ring_seconds == 4


@pytest.mark.parametrize("rang", [False, True], ids=["for the first time", "again"])
def test_an_agent_of_a_queue_rings_though_its_line_talks_and_no_report_came_yet(
    *, rang: bool
) -> None:
    """A line that waits in a queue is shown to talk, and to whom it rings."""
    stage = Stage(keeps_records=True)
    ringing = {"x101": ExtensionStatus.RINGING}
    if rang:
        stage.ring(ONE, "101", LINE, leg_id=ONE)
        stage.alert(ONE, LINE, leg_id=ONE)
        stage.wait(15)
        stage.phone("101", ExtensionStatus.IDLE)
        stage.wait(5)
    else:
        stage.resync(shown(ONE, f"{LINE} talk"))
        stage.wait(9)
    line = shown(ONE, f"{LINE} talk", "101 talk")
    stage.resync(line, **ringing)
    assert stage.status_of("101") is ExtensionStatus.RINGING
    assert "answered" not in " ".join(stage.told)


def test_a_reading_in_which_it_waits_does_not_decide_on_a_call() -> None:
    """The status of its line is Wait then (API v1.1.0, inbound/query)."""
    stage, line = Stage(keeps_records=True), f"in {OUTSIDE}>102"
    stage.say(CallEvent.INVITE, ONE, line, leg_id=ONE)
    stage.wait(4)
    stage.resync(shown(ONE, f"{line} wait", leg_id=ONE))
    assert stage.tracker.active[ONE].state is CallState.INVITED


def test_a_line_talks_on_while_a_new_party_rings_though_a_reading_says_ringing() -> None:
    """Lists of API v1 have one state for all legs of a call."""
    stage, line = Stage(keeps_records=True), f"out 101>{OUTSIDE}"
    stage.ring(ONE, line, "101", leg_id=ONE)
    stage.answer(ONE, line, "101", leg_id=ONE)
    stage.wait(20)
    stage.resync(shown(ONE, f"{line} ring", "101 alert"))
    stage.say(CallEvent.TRANSFER, ONE, "102", line, leg_id=ONE)
    stage.bye(ONE, "101", line, leg_id=ONE)
    stage.wait(20)
    assert "ended 101" not in stage.told
    assert list(stage.tracker.active) == [ONE]


def test_a_phone_that_ceases_soon_after_a_reading_has_rung_for_its_call() -> None:
    """Its status told that it rings, and the reading why."""
    stage, line = with_phones(keeps_records=True), f"in {OUTSIDE}>102"
    stage.phone("102", RINGING)
    stage.wait(1)
    stage.resync(shown(ONE, f"{line} ring", "102 ring", leg_id=ONE))
    assert stage.status_of("102") is RINGING
    stage.wait(1)
    stage.phone("102", IDLE)
    assert stage.status_of("102") is None
