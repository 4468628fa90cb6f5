"""Calls beside each other whose lines are not shown: what tells whose a report, a record or a reading is."""

from datetime import timedelta

from custom_components.ippbx.pbx.call_models import CallEventType, CallOutcome
from custom_components.ippbx.pbx.models import ExtensionStatus
from custom_components.ippbx.pbx.reports import CallEvent

from .call_stage import OUTSIDE, Stage, call_id, shown
from .test_calls_beside import ends

ONE, ITS_SECOND, ITS_LEG, ITS_NEXT_LEG = map(call_id, (40, 42, 44, 46))
OTHER, OTHER_SECOND, OTHER_LEG, OTHER_NEXT_LEG = map(call_id, (48, 50, 52, 54))
IDLE, BUSY, RINGING = ExtensionStatus.IDLE, ExtensionStatus.BUSY, ExtensionStatus.RINGING


def active(stage: Stage) -> dict[str, tuple[str, ...]]:
    """Return the calls that are up, and who takes part."""
    return {name: call.extensions for name, call in stage.tracker.active.items()}


class TestIds:
    """Those of a call's legs come after its own ones, and before those of the next call."""

    def test_who_rings_for_two_answers_the_one_before_whose_leg_the_id_is(self) -> None:
        stage = Stage()
        stage.ring(ITS_NEXT_LEG, "102")
        stage.ring(ITS_LEG, "101")
        stage.ring(OTHER_LEG, "101")
        stage.ring(OTHER_NEXT_LEG, "103")
        stage.answer(OTHER, "103")
        stage.answer(ONE, "101")
        stage.cdr(ONE, "answered", OUTSIDE, "6200", direction="inbound")
        stage.cdr(OTHER, "answered", OUTSIDE, "6201", direction="inbound")
        stage.resync(x101=IDLE, x102=IDLE, x103=IDLE)
        stage.wait(10)
        assert sorted(ends(stage)) == [
            (ITS_NEXT_LEG, CallOutcome.ANSWERED),
            (OTHER_LEG, CallOutcome.ANSWERED),
        ]

    def test_what_must_be_the_first_id_of_a_call_is_no_leg_of_one_before(self) -> None:
        """Somebody calls outside on a line that is not shown; a call to him is forwarded."""
        stage = Stage()
        stage.answer(ITS_SECOND, "101")
        stage.say(CallEvent.TRANSFER, ITS_LEG, "101")
        assert list(stage.tracker.active) == [ITS_SECOND, ITS_LEG]

    def test_what_came_before_the_first_id_of_a_call_is_no_part_of_it(self) -> None:
        stage = Stage()
        stage.ring(ITS_SECOND, "102")
        stage.say(CallEvent.FAILED, ITS_LEG, "102", reason="486")
        stage.cdr(ITS_LEG, "busy", OUTSIDE, "102", direction="inbound")
        assert stage.end_of_one().call_id == ITS_LEG
        assert active(stage) == {ITS_SECOND: ("102",)}

    def test_a_record_bears_the_first_id_of_a_call(self) -> None:
        """What seemed to be the second one of a call is that of another, and nobody hung up the one before."""
        stage = Stage()
        first, own, leg = call_id(44), call_id(46), call_id(48)
        stage.alert(ITS_SECOND, "101")
        stage.ring(leg, "101")
        stage.answer(ITS_SECOND, "101")
        stage.wait(10)
        stage.bye(first, "101")
        stage.bye(own, "101")
        stage.cdr(first, "no_answer", OUTSIDE, "101", direction="inbound")
        assert stage.end_of_one().call_id == leg
        assert active(stage) == {ITS_SECOND: ("101",)}

    def test_phones_that_rang_after_the_id_of_a_call_rang_for_that(self) -> None:
        stage = Stage()
        stage.ring(OTHER_LEG, "103")
        stage.ring(OTHER_NEXT_LEG, "104")
        stage.ring(ITS_LEG, "102")
        stage.answer(OTHER, "105")
        stage.bye(ONE, "102")
        stage.cdr(ONE, "no_answer", OUTSIDE, "6501", direction="inbound")
        assert stage.end_of_one().missed_by == ("102",)
        stage.cdr(OTHER, "answered", OUTSIDE, "6200", direction="inbound")
        assert stage.end_of_one().call_id == OTHER_LEG

    def test_phones_that_rang_after_the_id_which_a_reading_shows_rang_for_that(self) -> None:
        stage = Stage()
        stage.ring(OTHER_LEG, "103")
        stage.ring(ITS_LEG, "102")
        stage.bye(ONE, "102")
        stage.wait(5)
        stage.resync(shown(OTHER, f"in {OUTSIDE}>6200", leg_id=OTHER), x102=IDLE, x103=IDLE)
        stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound")
        assert stage.end_of_one().call_id == ONE
        assert list(stage.tracker.active) == [OTHER_LEG]

    def test_of_two_calls_of_a_phone_it_answers_the_one_for_which_it_rings(self) -> None:
        stage = Stage()
        stage.alert(ITS_SECOND, "101")
        stage.ring(OTHER, "101")
        stage.answer(ITS_SECOND, "101")
        stage.wait(2)
        stage.answer(ITS_LEG, "101")
        answered = stage.tracker.find(ITS_LEG)
        assert answered is not None
        assert answered.call_id == OTHER

    def test_a_phone_that_rings_again_for_a_call_rings_under_a_later_id(self) -> None:
        stage = Stage()
        stage.ring(OTHER, "101")
        stage.wait(8)
        stage.phone("101", IDLE)
        stage.ring(OTHER_LEG, "101")
        assert list(stage.tracker.active) == [OTHER]
        stage.phone("101", IDLE)
        stage.ring(ONE, "101")
        assert list(stage.tracker.active) == [OTHER, ONE]


class TestOneId:
    """Nothing has an id of its own: so on some of these PBXes."""

    def test_phones_that_ring_for_two_calls_at_once(self) -> None:
        one, other = call_id(40), call_id(44)
        stage = Stage()
        stage.ring(one, "102")
        stage.ring(other, "101")
        stage.ring(other, "102")
        stage.ring(one, "101")
        assert active(stage) == {one: ("102", "101"), other: ("101", "102")}

    def test_a_call_that_a_reading_shows_by_itself_is_no_leg_of_another_one(self) -> None:
        one, other = call_id(40), call_id(44)
        stage = Stage()
        stage.ring(one, "101", f"in {OUTSIDE}>6200", leg_id=one)
        stage.answer(one, "102", f"in {OUTSIDE}>6200", leg_id=one)
        stage.bye(one, "101", f"in {OUTSIDE}>6200", leg_id=one)
        stage.ring(other, "101")
        stage.wait(5)
        stage.resync(
            shown(one, f"in {OUTSIDE}>6200", "102 talk", leg_id=one),
            shown(other, "in 01701>101", "101 ring", leg_id=other),
            x101=RINGING,
            x102=BUSY,
        )
        assert list(stage.tracker.active) == [one, other]


class TestRecordsOfNoLength:
    """They are written for legs that never were, at times before that of their call."""

    def test_one_under_the_id_of_a_call_that_nobody_knows(self) -> None:
        """Its caller is rung by somebody else meanwhile."""
        stage = Stage()
        stage.resync(x101=IDLE)
        stage.ring(OTHER, "101")
        stage.cdr(ONE, "no_answer", "101", "01701", direction="outbound", duration=0)
        stage.cdr(ONE, "failed", "101", "01701", direction="outbound")
        assert stage.end_of_one().call_id == ONE
        assert active(stage) == {OTHER: ("101",)}

    def test_one_of_a_caller_who_is_known_to_be_called_is_of_another_call(self) -> None:
        stage = Stage()
        stage.resync(x101=IDLE, x102=IDLE, x103=IDLE)
        stage.say(CallEvent.TRANSFER, ONE, "102")
        stage.say(CallEvent.FAILED, ONE, "103", "101", reason="486")
        stage.cdr(OTHER, "no_answer", "102", "01701", direction="outbound", duration=1)
        stage.cdr(OTHER, "busy", "102", "01701", direction="outbound")
        assert stage.end_of_one().call_id == OTHER

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

    def test_one_ends_no_call_of_which_more_is_heard(self) -> None:
        stage = Stage()
        stage.cdr(ONE, "no_answer", OUTSIDE, "105", direction="inbound", duration=1)
        stage.ring(OTHER, "101")
        stage.wait(15)
        stage.answer(ITS_LEG, "101")
        stage.wait(10)
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
        assert stage.end_of_one().outcome is CallOutcome.MISSED


class TestFailures:
    """Of a group's member, or what ended the call: which one is not told."""

    def group(self, *, caller_idle: bool) -> Stage:
        """Return a stage on which one was forwarded to another, who refuses; nothing was heard of that."""
        stage = Stage()
        stage.ring(ONE, "102", "101")
        stage.alert(ONE, "101")
        stage.wait(10)
        if caller_idle:
            stage.phone("101", IDLE)
        stage.say(CallEvent.FAILED, ONE, "103", "101", reason="603")
        return stage

    def test_it_ended_the_call_if_who_called_was_idle_then(self) -> None:
        stage = self.group(caller_idle=True)
        stage.cdr(call_id(45), "no_answer", "101", "102", duration=1)
        assert stage.end_of_one().outcome is CallOutcome.REFUSED

    def test_it_ended_the_call_if_nothing_was_heard_of_that_since(self) -> None:
        stage = self.group(caller_idle=False)
        stage.wait(20)
        stage.resync(x101=IDLE, x102=IDLE, x103=IDLE)
        assert stage.end_of_one().outcome is CallOutcome.REFUSED

    def test_it_did_not_if_somebody_rang_on(self) -> None:
        stage = self.group(caller_idle=False)
        stage.wait(10)
        stage.phone("102", IDLE)
        stage.resync(x101=IDLE, x102=IDLE, x103=IDLE)
        assert stage.end_of_one().outcome is CallOutcome.UNKNOWN

    def test_the_time_that_it_took_is_known_to_the_second(self) -> None:
        """One that nobody answers rings for longer, and is reported by the same number."""
        stage = Stage()
        line = "out 101>01701"
        stage.now += timedelta(seconds=10.5)
        stage.say(CallEvent.FAILED, ONE, line, "101", leg_id=ONE, reason="480")
        stage.wait(5)
        stage.resync(x101=IDLE)
        assert stage.end_of_one().outcome is CallOutcome.FAILED

    def test_who_picked_up_as_his_status_told_makes_the_call(self) -> None:
        stage = Stage()
        stage.ring(ONE, "101")
        stage.phone("101", BUSY)
        stage.wait(3)
        stage.say(CallEvent.FAILED, ONE, "101", reason="480")
        stage.wait(5)
        stage.resync(x101=IDLE)
        assert stage.end_of_one().outcome is CallOutcome.FAILED

    def test_who_went_off_hook_before_makes_the_call_though_he_alone_is_named(self) -> None:
        stage = Stage()
        stage.wait(8)
        stage.phone("101", BUSY)
        stage.wait(3)
        stage.say(CallEvent.FAILED, ONE, "101", reason="480")
        stage.wait(5)
        stage.resync(x101=IDLE)
        assert stage.end_of_one().outcome is CallOutcome.FAILED

    def test_it_was_of_one_phone_and_the_one_beside_rang_for_the_next_call(self) -> None:
        """There is room for two ids between theirs."""
        stage = Stage()
        stage.ring(OTHER_LEG, "103")
        stage.ring(ITS_LEG, "102")
        stage.wait(9)
        stage.phone("103", IDLE)
        stage.say(CallEvent.FAILED, ONE, "102", reason="603")
        stage.cdr(ONE, "busy", OUTSIDE, "102", direction="inbound")
        assert stage.end_of_one().call_id == ONE
        assert list(stage.tracker.active) == [OTHER_LEG]


class TestMobilePhones:
    """They are rung on an outside line, with the phone whose line they are."""

    def test_the_phone_rings_for_the_same_call_though_who_called_is_not_reported(self) -> None:
        stage = Stage()
        stage.resync(shown(ONE, f"in {OUTSIDE}>101", leg_id=ONE), x101=RINGING)
        stage.ring(ONE, "out 101>01701", leg_id=ONE)
        stage.ring(ITS_LEG, "101")
        assert list(stage.tracker.active) == [ONE]

    def test_who_goes_out_on_the_line_does_not_call(self) -> None:
        """Somebody outside has the number of an extension."""
        stage = Stage()
        stage.resync(x101=IDLE, x105=IDLE)
        stage.ring(ITS_LEG, "101")
        stage.ring(ONE, "out 101>01701", leg_id=ONE)
        stage.answer(ONE, "out 101>01701", leg_id=ONE)
        stage.wait(5)
        stage.bye(ONE, "out 101>01701", leg_id=ONE)
        stage.cdr(ONE, "answered", "105", "01701", direction="outbound")
        stage.wait(10)
        stage.resync(x101=IDLE, x105=IDLE)
        stage.wait(10)
        assert ends(stage) == [(ONE, CallOutcome.ANSWERED)]


class TestWhoCalls:
    """As the status of phones tells, which may be old."""

    def test_who_picked_up_first_calls_though_the_other_one_is_busy(self) -> None:
        stage = Stage()
        stage.phone("102", BUSY)
        stage.ring(ONE, "101")
        stage.phone("101", RINGING)
        stage.wait(5)
        stage.answer(ONE, "101")
        stage.ring(ONE, "102", "101")
        assert stage.tracker.active[ONE].caller != "102"
        assert CallEventType.DIALING not in {
            change.type for change in stage.changes if "102" in change.extensions
        }


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

    def test_a_phone_rang_for_the_known_call_whose_id_a_reading_shows(self) -> None:
        stage = Stage()
        stage.ring(OTHER_LEG, "103")
        stage.ring(OTHER, "out 103>01701", leg_id=OTHER)
        stage.ring(ITS_LEG, "102")
        stage.wait(5)
        stage.answer(ONE, "102")
        stage.bye(ONE, "102")
        stage.cdr(ONE, "answered", OUTSIDE, "6200", direction="inbound")
        stage.wait(1)
        line = f"in {OUTSIDE}>103"
        stage.resync(shown(OTHER, line, "103 ring", leg_id=OTHER), x102=IDLE, x103=RINGING)
        assert stage.end_of_one().call_id == ONE
        assert list(stage.tracker.active) == [OTHER]


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

    def test_a_call_of_one_known_party_lives_while_others_are_in_a_call_that_nobody_knows(
        self,
    ) -> None:
        """One of them had left a call whose end is not decided yet."""
        stage = Stage()
        stage.say(CallEvent.FAILED, ONE, "103", "101", reason="480")
        stage.wait(10)
        stage.say(CallEvent.TRANSFER, OTHER, "102")
        stage.wait(10)
        stage.resync(queried=("102",), x101=IDLE, x102=IDLE, x103=RINGING)
        stage.wait(10)
        assert OTHER in stage.tracker.active


def test_records_that_name_another_phone_are_not_of_one_that_rings_beside_it() -> None:
    stage = Stage()
    stage.resync(x101=IDLE, x102=IDLE)
    stage.ring(ITS_LEG, "101")
    stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound")
    assert stage.end_of_one().call_id == ONE
    assert active(stage) == {ITS_LEG: ("101",)}


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


def test_who_rang_no_more_long_before_a_group_gave_up_rang_for_the_next_call() -> None:
    stage = Stage()
    stage.ring(OTHER_LEG, "103")
    stage.ring(ITS_LEG, "102")
    stage.wait(5)
    stage.phone("103", IDLE)
    stage.wait(15)
    stage.bye(ONE, "102")
    stage.cdr(ONE, "no_answer", OUTSIDE, "6501", direction="inbound", duration=20)
    ended = stage.end_of_one()
    assert (ended.call_id, ended.missed_by) == (ONE, ("102",))
    assert list(stage.tracker.active) == [OTHER_LEG]


def test_who_rang_on_when_a_group_gave_up_rang_for_the_next_call() -> None:
    """With all whose ids leave no room for that one's own."""
    stage = Stage()
    stage.ring(OTHER_LEG, "103")
    stage.phone("103", RINGING)
    stage.ring(ITS_LEG, "102")
    stage.wait(10)
    stage.phone("103", IDLE)
    stage.ring(OTHER_NEXT_LEG, "104")
    stage.phone("104", RINGING)
    stage.bye(ONE, "102")
    stage.cdr(ONE, "no_answer", OUTSIDE, "6501", direction="inbound", duration=7)
    stage.wait(2)
    stage.phone("104", IDLE)
    ended = stage.end_of_one()
    assert (ended.call_id, ended.missed_by) == (ONE, ("102",))
    assert list(stage.tracker.active) == [OTHER_LEG]
