"""Random scenarios with a restart in the midst of them.

What was published before is not published again, what was missed is.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import random
from typing import Any, cast
from unittest.mock import MagicMock

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.calls.history.backfill import PERIOD, Backfill
from custom_components.ippbx.pbx.model.events import CallRecordReport, PbxEvent
from custom_components.ippbx.pbx.model.lines import CallRecord
from custom_components.ippbx.pbx.model.tracked import CallChange, CallEventType
from custom_components.ippbx.pbx.tracking.tracker import CallTracker
from custom_components.ippbx.pbx.uc.reports.parse import parse_report
from tests.pbx.tracking.call_property_run import Run, as_record
from tests.pbx.tracking.scenario import Scenario, scenario

SCENARIOS = 60
TURN = 30.0  # seconds between two readings


@dataclass(slots=True)
class Life:
    """What Home Assistant is between two starts: the engine, and what looks back."""

    tracker: CallTracker
    backfill: Backfill = field(init=False)
    ended: list[str] = field(default_factory=list)

    def publish(self, changes: Iterable[CallChange]) -> None:
        """Tell what happened."""
        for change in changes:
            if change.type is CallEventType.ENDED:
                self.ended.append(change.call.call_id)
            self.backfill.record_ended(change)

    def apply_records(self, records: Iterable[CallRecord], known: Iterable[CallRecord]) -> None:
        """Apply records, as `CallMonitor` does."""
        self.publish(self.tracker.records(records, known))

    def receive(self, report: PbxEvent) -> None:
        """Receive a report, as the runtime does."""
        self.publish(self.tracker.receive(report))
        if isinstance(report, CallRecordReport):
            self.backfill.receive(report)


@dataclass(slots=True)
class Story:
    """A scenario that Home Assistant sees but for a while.

    Attributes:
        power_cut: whether it stops without a word: what looks back was written but once then, at
            the first end.
    """

    hass: HomeAssistant
    scenario: Scenario
    freezer: FrozenDateTimeFactory
    power_cut: bool
    kept: dict[str, Any] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)

    async def play(self, stopped: float, started: float) -> None:
        """Play all of it, without what is reported between two moments."""
        reports = [(each.at, each.body) for each in self.scenario.reports]
        await self._live(
            [each for each in reports if each[0] < stopped], self.scenario.started, stopped
        )
        rest = [each for each in reports if each[0] >= started]
        end = max(started, self.scenario.ended) + 2 * PERIOD.total_seconds()
        await self._live(rest, started, end)

    async def _live(self, reports: list[tuple[float, bytes]], start: float, stop: float) -> None:
        self._at(start)
        life = Life(
            CallTracker(
                now=lambda: datetime.now(UTC),
                keeps_records=True,
                paired=False,
            )
        )
        calls = cast("Any", life)
        before = frozenset(self.ended)  # what the call log has kept
        log = MagicMock(find=lambda call_id: call_id if call_id in before else None)
        life.backfill = Backfill(self.hass, "entry", self._backend(), calls, log)
        written: list[dict[str, Any]] = []
        save = lambda: written or written.append(life.backfill._kept())  # noqa: E731
        life.backfill._file = MagicMock(async_load=self._load, save_soon=save)
        await life.backfill.async_load()
        reading = Run(self.scenario, self.scenario.seed)  # knows what a reading shows
        reading.tracker = life.tracker
        turns = [(start + number * TURN, b"") for number in range(int((stop - start) / TURN) + 1)]
        for at, body in sorted([*reports, *turns], key=lambda each: each[0]):
            self._settle(life, at)
            self._at(at)
            if body:
                life.receive(parse_report(body))
            else:
                life.publish(life.tracker.resync(reading._snapshot(self.scenario.queries_at(at))))
                await life.backfill.async_run()
        self._settle(life, stop)
        self._at(stop)
        self.kept = written[0] if self.power_cut and written else life.backfill._kept()
        self.ended += life.ended

    def _settle(self, life: Life, until: float) -> None:
        while (due := life.tracker.termination.due) is not None and due.timestamp() <= until:
            self._at(max(due.timestamp(), datetime.now(UTC).timestamp()))
            life.publish(life.tracker.settle())

    def _at(self, moment: float) -> None:
        self.freezer.move_to(datetime.fromtimestamp(moment, UTC))

    async def _load(self) -> dict[str, Any]:
        return self.kept

    def _backend(self) -> Any:
        async def records(since: datetime, until: datetime) -> AsyncIterator[Sequence[CallRecord]]:
            closed = self.scenario.records_at(datetime.now(UTC).timestamp(), 0.0)
            shown = [as_record(record) for record in closed]
            yield [each for each in shown if each.started and since <= each.started <= until]

        backend = MagicMock(records=records)
        backend.session.clock_ahead = timedelta(0)
        return backend


@pytest.mark.parametrize("power_cut", [False, True])
@pytest.mark.parametrize("dialect", ["yeastar-v1", "yeastar-v2"])
async def test_no_call_is_published_twice_and_none_is_lost(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, dialect: str, power_cut: bool
) -> None:
    faults = []
    for seed in range(1, SCENARIOS + 1):
        made = scenario(seed, dialect)
        dice = random.Random(seed)
        stopped = dice.uniform(made.started, made.ended)
        started = stopped + dice.choice((5, 60, 600))
        story = Story(hass, made, freezer, power_cut)
        await story.play(stopped, started)
        owners = {each: index for index, call in enumerate(made.calls) for each in call.ids}
        published = Counter(owners.get(call_id, call_id) for call_id in story.ended)
        for index, call in enumerate(made.calls):
            lengths = [each.duration for _, each in made.records if each.call_id in call.ids]
            # A record of no length that is alone is taken for none; one of two calls that a phone
            # united may be published with the other one.
            may_lack = max(lengths) < 2 or "asking" in call.kind
            # The record of a mobile phone shares nothing with that of its call but the caller.
            may_double = "mobility" in call.kind and call.caller == "anonymous"
            if (published[index] > 1 and not may_double) or not (published[index] or may_lack):
                faults.append(
                    f"seed {seed}, {call.kind} {call.outcome}: published {published[index]} times"
                )
        faults += [f"seed {seed}: {each} is no call" for each in published if isinstance(each, str)]
    assert not faults, "\n".join(faults)
