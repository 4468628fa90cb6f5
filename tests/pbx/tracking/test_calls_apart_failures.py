"""Calls beside each other whose lines are not shown: which of them a failure ended."""

from datetime import timedelta

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.tracked import CallOutcome

from .call_beside import BUSY, IDLE, ONE
from .call_stage import Stage


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
