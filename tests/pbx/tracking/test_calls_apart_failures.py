"""Calls beside each other whose lines are not shown: which of them a failure ended."""

from datetime import timedelta

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.tracked import CallOutcome

from .call_beside import BUSY, IDLE, ITS_LEG, ONE, OTHER_LEG
from .call_stage import OUTSIDE, Stage, call_id


class TestFailures:
    """Of a group's member, or what ended the call: which one is not told."""

    def group(self, *, caller_idle: bool) -> Stage:
        """Return a stage with an unreported forwarding to another extension, which refuses."""
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
