"""Calls beside each other whose lines are not shown: readings tell whose a phone is."""

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.tracked import CallEventType, CallOutcome

from .call_beside import BUSY, IDLE, ITS_LEG, ITS_SECOND, ONE, OTHER, OTHER_LEG, RINGING, active
from .call_stage import OUTSIDE, Stage, call_id, shown
from .test_calls_beside import ends


class TestMobilePhones:
    """They are rung on an outside line, with the phone whose line they are."""

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
        stage.say(CallEvent.FAILED, ONE, "103", "101", reason="603")
        stage.wait(20)
        stage.resync(shown("", "101", "102"), queried=("101",), x101=BUSY, x102=BUSY)
        stage.wait(20)
        stage.resync(queried=("101", "102"), x101=IDLE, x102=IDLE)
        assert stage.end_of_all().outcome is CallOutcome.REFUSED


def test_phones_that_ring_go_on_as_such_without_who_seemed_to_call() -> None:
    """He was rung first, for another call; they are legs of one that a reading shows."""
    stage = Stage()
    stage.ring(ONE, "101")
    stage.ring(OTHER, "102")
    stage.ring(OTHER_LEG, "103")
    stage.wait(5)
    stage.answer(ONE, "101")
    stage.alert(ITS_SECOND, "101")
    stage.wait(5)
    line = f"in {OUTSIDE}>105"
    stage.resync(
        shown(ITS_LEG, line, "105 talk", leg_id=ITS_LEG),
        shown(ONE, "out 101>01701 talk", leg_id=ONE),
        queried=("101", "102", "103"),
        x101=BUSY,
        x102=IDLE,
        x103=IDLE,
        x105=BUSY,
    )
    stage.wait(20)
    assert not [change for change in stage.changes if change.type is CallEventType.ENDED]
