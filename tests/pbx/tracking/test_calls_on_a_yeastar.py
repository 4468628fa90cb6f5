"""What plain calls look like on a Yeastar, as independent stories from its documents found it."""

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallEventType, CallOutcome

from .call_stage import ONE, OUTSIDE, Stage, call_id, ends, record, shown, with_phones

B = call_id(44, later=10)
LINE = f"in {OUTSIDE}>101"
IDLE, BUSY = ExtensionStatus.IDLE, ExtensionStatus.BUSY


def talking(*, stated: bool) -> Stage:
    """Return a stage on which 101 has called 102, and talks; stated by API v2.0.0 or told by v1."""
    stage = with_phones(keeps_records=True)
    if stated:
        stage.status(ONE, "101 alert", "102 ring")
        stage.wait(3)
        stage.status(ONE, "101 talk", "102 talk")
    else:
        stage.ring(ONE, "102", "101")
        stage.alert(ONE, "101")
        stage.wait(3)
        stage.answer(ONE, "102", "101")
    stage.wait(10)
    stage.changes.clear()
    return stage


class TestUnanswered:
    """Calls that nobody answers."""

    def test_a_phone_does_not_ring_anew_when_the_caller_gives_up(self) -> None:
        """Its status overtakes the report that it rings still, and the line has hung up (v2)."""
        stage = with_phones(keeps_records=True)
        stage.say(CallEvent.STATUS, ONE, f"{LINE} alert", "101 ring", leg_id=ONE)
        stage.wait(20)
        stage.phone("101", IDLE)
        stage.say(CallEvent.STATUS, ONE, "101 ring", f"{LINE} bye", leg_id=ONE)
        stage.status(ONE, "101 bye")
        assert stage.told == ["ringing 101"]
        stage.cdr(ONE, "no_answer", OUTSIDE, "101", direction="inbound", duration=20)
        end = stage.end_of_all()
        assert (end.outcome, end.missed_by, end.ring_seconds) == (
            CallOutcome.MISSED,
            ("101",),
            20,
        )

    def test_nor_does_the_rest_of_a_group(self) -> None:
        """Of those that still ring a report tells after the caller has gone (v2)."""
        stage = with_phones(keeps_records=True)
        stage.status(ONE, f"{LINE} alert", "101 ring", "102 ring")
        stage.wait(20)
        stage.phone("101", IDLE)
        stage.phone("102", IDLE)
        stage.status(ONE, f"{LINE} bye", "101 ring", "102 ring")
        stage.status(ONE, "101 bye", "102 ring")
        assert stage.told == ["ringing 101 102"]

    def test_who_rings_after_a_busy_phone_has_missed_it(self) -> None:
        stage = with_phones(keeps_records=True)
        stage.say(CallEvent.FAILED, ONE, "101", LINE, leg_id=ONE, reason="busy")
        stage.wait(0.4)
        stage.ring(ONE, "102", LINE, leg_id=ONE)
        stage.wait(15)
        stage.phone("102", IDLE)
        stage.cdr(ONE, "no_answer", OUTSIDE, "101", direction="inbound", duration=15)
        stage.wait(3)
        stage.resync(x101=IDLE, x102=IDLE)
        end = stage.end()
        assert (end.outcome, end.missed_by) == (CallOutcome.MISSED, ("102",))

    def test_a_phone_does_not_ring_for_as_long_as_a_message_is_spoken(self) -> None:
        stage = with_phones(keeps_records=True)
        stage.ring(ONE, "101", LINE, leg_id=ONE)
        stage.wait(20)
        stage.phone("101", IDLE)
        stage.wait(15)
        stage.cdr(
            ONE,
            "voicemail",
            OUTSIDE,
            "101",
            direction="inbound",
            duration=36,
            talk_duration=15,
        )
        assert stage.end().ring_seconds == 20

    def test_who_calls_again_unseen_has_called_twice(self) -> None:
        """Both records are read together, after a gap."""
        stage = with_phones(keeps_records=True)
        stage.ring(ONE, "102", "101")
        stage.alert(ONE, "101")
        stage.wait(50)
        stage.resync(x101=IDLE, x102=IDLE, queried=("101", "102"))
        stage.read(
            record(ONE, "no_answer", "101", "102", duration=9),
            record(B, "answered", "101", "102", duration=30, talk_duration=26),
        )
        stage.wait(5)
        assert ends(stage) == [(ONE, CallOutcome.MISSED), (B, CallOutcome.ANSWERED)]


class TestPassedOn:
    """Calls that are passed on: Tranfer may name those who talk, not the new party."""

    def test_by_who_made_it_with_its_record_at_once(self) -> None:
        stage = talking(stated=False)
        stage.say(CallEvent.TRANSFER, ONE, "101", "102")
        stage.wait(0.1)
        stage.bye(ONE, "101", "102")
        stage.phone("101", IDLE)
        stage.cdr(ONE, "answered", "101", "102", duration=13, talk_duration=10)
        stage.wait(0.2)
        stage.ring(ONE, "103", "102")
        stage.wait(5)
        stage.answer(ONE, "103", "102")
        stage.wait(30)
        assert stage.told == ["transferred 102 101", "ringing 103 too", "answered 103 too"]
        stage.bye(ONE, "103", "102")
        stage.bye(ONE, "102", "103")
        assert stage.end().talk_seconds == 45

    def test_two_calls_that_a_phone_unites_go_on(self) -> None:
        stage = talking(stated=True)
        stage.status(ONE, "101 talk", "102 hold")
        stage.status(B, "102 alert", "103 ring")
        stage.wait(3)
        stage.status(B, "102 talk", "103 talk")
        stage.wait(8)
        stage.say(CallEvent.TRANSFER, ONE, "102", "101")
        stage.wait(0.1)
        stage.status(ONE, "101 talk", "102 bye")
        stage.status(B, "103 talk", "102 bye")
        stage.wait(60)
        assert list(stage.tracker.active) == [ONE, B]
        stage.status(ONE, "101 bye")
        stage.cdr(ONE, "answered", "101", "102", duration=84, talk_duration=81)
        stage.status(B, "103 bye")
        stage.cdr(B, "answered", "102", "103", duration=75, talk_duration=68)
        found = [c.call for c in stage.changes if c.type is CallEventType.ENDED]
        assert [call.talk_seconds for call in found] == [81, 68]

    def test_a_third_party_stays_when_the_second_one_leaves(self) -> None:
        stage = talking(stated=True)
        stage.status(ONE, "101 talk", "102 talk", "103 talk")
        stage.wait(8)
        stage.say(CallEvent.TRANSFER, ONE, "102", "101")
        stage.wait(0.1)
        stage.status(ONE, "101 talk", "103 talk", "102 bye")
        assert stage.tracker.active[ONE].extensions == ("101", "103")

    def test_to_a_group_it_has_called_whom_it_reached_first(self) -> None:
        stage = talking(stated=True)
        stage.say(CallEvent.TRANSFER, ONE, "102", "101")
        stage.status(ONE, "101 talk", "103 ring via 6200")
        assert stage.tracker.active[ONE].callee == "102"

    def test_whoever_forwards_it_has_not_answered_it(self) -> None:
        stage = with_phones(keeps_records=True)
        stage.ring(ONE, "101", LINE, leg_id=ONE)
        stage.wait(10)
        stage.phone("101", IDLE)
        stage.say(CallEvent.TRANSFER, ONE, "101")
        stage.ring(ONE, "102", LINE, leg_id=ONE)
        stage.wait(5)
        stage.answer(ONE, "102", LINE, leg_id=ONE)
        stage.wait(15)
        stage.resync(shown(ONE, f"{LINE} talk", "102 talk", leg_id=ONE), x101=IDLE, x102=BUSY)
        stage.bye(ONE, "102", LINE, leg_id=ONE)
        stage.cdr(
            ONE,
            "answered",
            OUTSIDE,
            "101",
            direction="inbound",
            duration=30,
            talk_duration=15,
        )
        assert stage.end().answered_by == "102"

    def test_its_record_is_of_the_call_though_who_called_has_an_extension_s_number(self) -> None:
        """101 is also the number outside; its phone rang, and its call was forwarded to 102."""
        stage = with_phones(keeps_records=True)
        line, later = "in 101>101", call_id(46, later=30)
        stage.say(CallEvent.STATUS, ONE, f"{line} alert", "101 ring", leg_id=ONE)
        stage.wait(6)
        stage.status(ONE, "101 bye")
        stage.say(CallEvent.STATUS, ONE, f"{line} alert", "102 ring", leg_id=ONE)
        stage.wait(4)
        stage.say(CallEvent.STATUS, ONE, f"{line} talk", "102 talk", leg_id=ONE)
        stage.wait(20)
        stage.say(CallEvent.TRANSFER, ONE, "103", line, leg_id=ONE)
        stage.status(ONE, "102 bye")
        stage.say(CallEvent.STATUS, ONE, f"{line} alert", "103 ring", leg_id=ONE)
        stage.wait(9)
        stage.say(CallEvent.STATUS, ONE, f"{line} bye", leg_id=ONE)
        stage.status(ONE, "103 bye")
        trunk = {"direction": "inbound", "source_trunk": "line-1"}
        stage.cdr(ONE, "answered", "101", "101", duration=39, talk_duration=29, **trunk)
        stage.cdr(call_id(42), "answered", "101", "102", duration=33, talk_duration=29, **trunk)
        stage.cdr(later, "no_answer", "101", "103", duration=9, **trunk)
        assert stage.end_of_all().answered_by == "102"


class TestSeconds:
    """When a call was answered, and when it ended."""

    def test_a_phantom_record_ends_no_call_that_was_answered(self) -> None:
        stage = talking(stated=False)
        stage.cdr(ONE, "no_answer", "101", "102", duration=1)
        stage.wait(30)
        stage.bye(ONE, "101", "102")
        stage.bye(ONE, "102", "101")
        assert stage.end().talk_seconds == 40

    def test_a_hold_shows_an_answer_too_late(self) -> None:
        stage = with_phones(keeps_records=True)
        stage.status(ONE, "101 alert", "102 ring")
        stage.wait(15)
        stage.status(ONE, "101 talk", "102 hold")
        stage.wait(45)
        stage.status(ONE, "102 bye")
        stage.status(ONE, "101 bye")
        stage.cdr(ONE, "answered", "101", "102", duration=60, talk_duration=53)
        end = stage.end()
        assert (end.ring_seconds, end.talk_seconds) == (6, 53)

    def test_the_record_says_when_a_call_ended_that_a_reading_finds_gone(self) -> None:
        stage = talking(stated=False)
        stage.say(CallEvent.TRANSFER, ONE, "103", "102")
        stage.ring(ONE, "103", "102")
        stage.wait(35)
        stage.resync(x101=IDLE, x102=IDLE, x103=IDLE)
        stage.read(record(ONE, "answered", "101", "102", duration=33, talk_duration=30))
        assert stage.end().talk_seconds == 29


class TestKeys:
    """Keys, whose reports say at which position they were pressed."""

    def test_both_sides_press_them(self) -> None:
        stage = talking(stated=False)
        for who, key, index in (("101", "1", 0), ("101", "2", 1), ("102", "3", 0), ("102", "4", 1)):
            stage.key(ONE, who, key, index)
            stage.key(ONE, who, key, index)
            stage.wait(1)
        assert [change.key for change in stage.changes] == list("1234")
        assert stage.changes[-1].keys == "1234"

    def test_a_code_is_typed_again(self) -> None:
        stage = talking(stated=False)
        for _ in range(2):
            for index, key in enumerate("42#"):
                stage.key(ONE, "101", key, index)
                stage.wait(1)
            stage.wait(5)
        assert [change.keys for change in stage.changes][-1] == "42#42#"

    def test_the_first_report_of_a_call_names_who_presses_it(self) -> None:
        stage = with_phones(keeps_records=True)
        stage.key(ONE, LINE, "2", 0)
        (change,) = stage.changes
        assert (change.call.caller, change.call.direction, change.call.trunk) == (
            OUTSIDE,
            "inbound",
            "line-1",
        )


class TestSeenInPart:
    """Calls of which reports and readings show a part."""

    def test_a_phone_is_answered_though_a_reading_comes_at_once(self) -> None:
        """Its line is not shown (v2)."""
        stage = with_phones(keeps_records=True)
        stage.status(ONE, "101 ring")
        stage.wait(4)
        stage.status(ONE, "101 talk")
        stage.wait(1.9)
        stage.resync(shown(ONE, "101 talk"), x101=BUSY)
        stage.wait(1)
        assert stage.told == ["ringing 101", "answered 101"]

    def test_a_first_reading_publishes_nothing_though_two_lists_show_the_call(self) -> None:
        stage = Stage(keeps_records=True, started=False)
        line = call_id(41)
        stage.resync(
            shown(ONE, f"in {OUTSIDE}>101 talk", leg_id=ONE),
            shown(ONE, f"out {OUTSIDE}>0171555 talk", leg_id=line),
        )
        assert (list(stage.tracker.active), stage.told) == ([ONE], [])

    def test_who_talks_does_not_ring_again(self) -> None:
        """The same report comes once more, four seconds after the first one."""
        stage = talking(stated=False)
        stage.ring(ONE, "102", "101")
        assert stage.told == []


@pytest.mark.parametrize("answered", [True, False])
def test_branches_of_a_call_whose_number_is_withheld(*, answered: bool) -> None:
    """Lines without caller ID leave it empty, and each branch leaves a record."""
    stage = Stage(keeps_records=True)
    for phone in ("101", "102"):
        stage.ring(ONE, phone, f"in >{phone}", leg_id=ONE)
    stage.wait(4)
    none = {"direction": "inbound", "source_trunk": "line", "duration": 4, "talk_duration": 0}
    stage.cdr(call_id(42), "no_answer", "", "101", **none)
    if answered:
        stage.answer(ONE, "102", "in >102", leg_id=ONE)
        stage.wait(4)
        stage.bye(ONE, "in >102", "102", leg_id=ONE)
        stage.cdr(ONE, "answered", "", "6700", direction="inbound", duration=8, talk_duration=4)
    else:
        for each in ("101", "102"):
            stage.phone(each, ExtensionStatus.IDLE)
        stage.cdr(call_id(44), "no_answer", "", "102", **none)
        stage.cdr(ONE, "no_answer", "", "6700", **none)
        stage.wait(1)
        stage.resync()
    stage.wait(10)
    assert ends(stage) == [(ONE, CallOutcome.ANSWERED if answered else CallOutcome.MISSED)]
