"""The status of an extension: reported by the PBX, or derived from its calls."""

from dataclasses import dataclass, field

import pytest

from custom_components.ippbx.calls.extension_status import ExtensionStatuses
from custom_components.ippbx.pbx.model.lines import Extension, ExtensionStatus, LegState
from custom_components.ippbx.pbx.tracking.tracker import LegStates

NUMBER = "1000"
IDLE, RINGING, BUSY, ON_HOLD, NOT_REGISTERED = (
    ExtensionStatus.IDLE,
    ExtensionStatus.RINGING,
    ExtensionStatus.BUSY,
    ExtensionStatus.ON_HOLD,
    ExtensionStatus.NOT_REGISTERED,
)


@dataclass(slots=True)
class Calls:
    """Stands in for the engine: one extension's calls, set by hand."""

    states: list[LegState] = field(default_factory=list)

    @property
    def leg_states(self) -> LegStates:
        return tuple((str(number), state) for number, state in enumerate(self.states))


@dataclass(slots=True)
class Line:
    """One extension as calls and the PBX show it."""

    calls: Calls = field(default_factory=Calls)
    reported: ExtensionStatus | None = IDLE
    statuses: ExtensionStatuses = field(default_factory=ExtensionStatuses)

    def happens(self, *states: LegState) -> ExtensionStatus | None:
        """Set the states of the calls; return what shows."""
        before, self.calls.states = self.shown, list(states)
        return self._updated(before)

    def reports(self, reported: ExtensionStatus | None) -> ExtensionStatus | None:
        """Report a status; return what shows."""
        self.reported = reported
        return self._updated(self.shown)

    def _updated(self, before: ExtensionStatus | None) -> ExtensionStatus | None:
        """Update from the calls, which returns whether that changes what shows; return that."""
        changed = self.statuses.update(NUMBER, self.calls.leg_states, self.reported)
        assert changed is (self.shown is not before)
        return self.shown

    @property
    def shown(self) -> ExtensionStatus | None:
        """What shows now."""
        return self.statuses.of(Extension(number=NUMBER, status=self.reported))


@pytest.fixture
def line() -> Line:
    return Line()


def test_without_calls_it_is_what_the_pbx_reports(line: Line) -> None:
    assert [line.reports(status) for status in ExtensionStatus] == list(ExtensionStatus)


def test_calls_show_sooner_than_the_pbx_reports_it(line: Line) -> None:
    assert line.happens(LegState.RINGING) is RINGING
    assert line.happens(LegState.TALKING) is BUSY
    assert line.happens() is IDLE


def test_the_pbx_reports_it_sooner_than_calls_show_it(line: Line) -> None:
    assert line.happens(LegState.RINGING) is RINGING
    assert line.reports(BUSY) is BUSY
    assert line.happens(LegState.RINGING) is BUSY  # nothing new
    assert line.happens(LegState.TALKING) is BUSY


def test_an_extension_with_a_call_is_not_idle(line: Line) -> None:
    """A phone that registers anew during a call says so, which means idle otherwise."""
    assert line.happens(LegState.TALKING) is BUSY
    assert line.reports(IDLE) is BUSY


def test_a_hold_that_is_only_read_shows_until_the_read_shows_otherwise(line: Line) -> None:
    line.reports(BUSY)
    assert line.happens(LegState.TALKING) is BUSY
    assert line.reports(ON_HOLD) is ON_HOLD
    assert line.happens(LegState.TALKING) is ON_HOLD
    assert line.reports(BUSY) is BUSY


def test_a_hold_that_is_reported_ends_although_a_read_had_seen_it(line: Line) -> None:
    line.reports(BUSY)
    assert line.happens(LegState.ON_HOLD) is ON_HOLD
    assert line.reports(ON_HOLD) is ON_HOLD
    assert line.happens(LegState.TALKING) is BUSY


def test_a_phone_that_is_lost_during_a_call_is_not_registered(line: Line) -> None:
    assert line.happens(LegState.TALKING) is BUSY
    assert line.reports(NOT_REGISTERED) is NOT_REGISTERED


def test_a_phone_that_rings_is_there_whatever_was_reported_before(line: Line) -> None:
    line.reports(NOT_REGISTERED)
    assert line.happens(LegState.RINGING) is RINGING


def test_one_of_two_calls_ends(line: Line) -> None:
    line.happens(LegState.TALKING)
    line.reports(BUSY)
    line.happens(LegState.TALKING, LegState.RINGING)
    line.reports(RINGING)  # which the PBX says of the second
    assert line.happens(LegState.TALKING) is BUSY
