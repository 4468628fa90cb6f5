"""One run of the call engine through a scenario with late, repeated and lost reports."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import heapq
from itertools import count
import random
from typing import Any

from custom_components.ippbx.pbx.model.events import ExtensionStatusReport
from custom_components.ippbx.pbx.model.lines import (
    Call,
    CallLeg,
    CallRecord,
    ExtensionStatus,
    LegKind,
    LegState,
)
from custom_components.ippbx.pbx.model.tracked import CallChange, CallSnapshot
from custom_components.ippbx.pbx.tracking.tracker import CallTracker
from custom_components.ippbx.pbx.uc.clock import PbxClock
from custom_components.ippbx.pbx.uc.decode import decode_calls, merge_calls
from custom_components.ippbx.pbx.uc.dialects import OPENVOX, YEASTAR_V1, YEASTAR_V2
from custom_components.ippbx.pbx.uc.reports.parse import parse_report
from custom_components.ippbx.pbx.uc.reports.records import call_record
from custom_components.ippbx.pbx.uc.status_words import extension_status
from pbx_simulator.calls import legs as wire_legs

from .call_standing import standing
from .scenario import Scenario
from .scenario.models import Command, Picture

_DIALECTS = {"openvox": OPENVOX, "yeastar-v1": YEASTAR_V1, "yeastar-v2": YEASTAR_V2}
_PERIOD = 30.0  # seconds between two readings
_ACCEPTED = 0.02, 0.3
"""Seconds after which Home Assistant has read that a command was accepted."""
_ANSWERS = 0.1  # seconds in which the PBX answers
_STATES = {
    wire_legs.LegState.ALERT: LegState.DIALING,
    wire_legs.LegState.RING: LegState.RINGING,
    wire_legs.LegState.ANSWER: LegState.TALKING,
    wire_legs.LegState.ANSWERED: LegState.TALKING,
    wire_legs.LegState.HOLD: LegState.ON_HOLD,
    wire_legs.LegState.BYE: LegState.ENDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What becomes of reports on their way. All of them are invented.

    Attributes:
        loss: share of reports of which every repeat is lost.
        bursts: share of scenarios with some seconds in which all reports are lost.
        duplicates: share of reports that arrive twice.
        late: share of copies that arrive up to two seconds late, so that they change places with
            others; the rest takes a tenth at most and stays in order, as a PBX sends one after
            the other.
        monitored: whether all lines and extensions are.
    """

    loss: float = 0.0
    bursts: float = 0.0
    duplicates: float = 0.0
    late: float = 0.0
    monitored: bool = False


RATES = {
    "clean": Rates(monitored=True),
    "realistic": Rates(loss=0.01, bursts=0.05, duplicates=0.05, late=0.05),
    "stress": Rates(loss=0.1, duplicates=0.3, late=0.5),
}
"""Nothing lost; what TCP with three repeats makes likely; as the engine was measured before."""


@dataclass(slots=True)
class Run:
    """A run.

    Attributes:
        changes: everything that the engine told, with the time of it.
        arrived: indices of the reports that arrived.
        seen: indices of the calls that a reading showed.
        active: how many calls the engine thinks to be up after the last reading.
        undecided: how many it has not told the end of.
        standing: what was wrong of calls while they were up: index of the call, and what.
        lateness: by how many seconds the latest report of each call was late.
    """

    scenario: Scenario
    seed: int
    rates: Rates = RATES["stress"]
    lateness: dict[int | None, float] = field(default_factory=dict)
    changes: list[tuple[float, CallChange]] = field(default_factory=list)
    arrived: set[int] = field(default_factory=set)
    seen: set[int] = field(default_factory=set)
    standing: list[tuple[int, str]] = field(default_factory=list)
    delivered: int = 0
    active: int = 0
    undecided: int = 0
    tracker: CallTracker = field(init=False)
    _clock: PbxClock = field(default_factory=PbxClock)
    _dice: random.Random = field(init=False)
    _time: float = 0.0
    _queue: list[tuple[float, int, str, Any]] = field(default_factory=list)
    _tie: count = field(default_factory=count)  # type: ignore[type-arg]

    @property
    def keeps_records(self) -> bool:
        """Return whether the PBX can be asked for records."""
        return self.scenario.dialect != "openvox"

    def play(self) -> None:
        """Play it to its end, a reading and a back-fill after that included."""
        self._time, self._dice = self.scenario.started, random.Random(self.seed * 7919 + 1)
        self._clock.zone = timedelta(hours=self.scenario.utc_offset)  # read at login
        self.tracker = CallTracker(
            now=self._now,
            keeps_records=self.keeps_records,
            paired=not self.keeps_records,
        )
        # What calls before have shown of the PBX is kept over restarts (`CallMonitor`).
        self.tracker.index.branches = bool(self.scenario.readings.get("record_per_branch"))
        last = self._plan_reports()
        for command in self.scenario.commands:
            self._plan(command.at + self._dice.uniform(*_ACCEPTED), "command", command)
        at = self.scenario.started
        while at < last + 4:
            self._plan(at, "reading", at)
            at += _PERIOD
        self._plan(last + 4, "reading", last + 4)
        for _ in range(4):
            self._run()
            self._settle_until(self._time + 60)
        self.active, self.undecided = len(self.tracker.active), len(self.tracker.index.live)

    def _run(self) -> None:
        while self._queue:
            at = self._queue[0][0]
            self._settle_until(at)
            if at > self._queue[0][0]:
                continue  # something is read before
            _, _, kind, what = heapq.heappop(self._queue)
            self._time = max(self._time, at)
            self._do(kind, what)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._time, UTC)

    def _plan(self, at: float, kind: str, what: Any) -> None:
        heapq.heappush(self._queue, (at, next(self._tie), kind, what))

    def _plan_reports(self) -> float:
        """Plan when copies of which report arrive; return when the last one does."""
        dice, rates = self._dice, self.rates
        last = self.scenario.ended
        burst = (0.0, 0.0)
        if dice.random() < rates.bursts:
            begin = dice.uniform(self.scenario.started, self.scenario.ended)
            burst = begin, begin + dice.uniform(2, 6)
        in_order = 0.0
        for index, report in enumerate(self.scenario.reports):
            if dice.random() < rates.loss or burst[0] < report.at < burst[1]:
                continue
            for _ in range(1 + (dice.random() < rates.duplicates)):
                late = dice.random() < rates.late
                delay = dice.uniform(0, 2)
                if not late:
                    in_order = max(in_order, report.at + delay / 20)
                    delay = in_order - report.at
                self._plan(report.at + delay, "report", index)
                known = self.lateness.get(report.call, 0.0)
                self.lateness[report.call] = max(known, delay)
                last = max(last, report.at + delay)
        return last

    def _settle_until(self, at: float) -> None:
        while (due := self.tracker.termination.due) is not None and due.timestamp() <= at:
            self._time = max(self._time, due.timestamp())
            self._take(self.tracker.settle())
            self._ask()

    def _do(self, kind: str, what: Any) -> None:
        if kind == "report":
            self.arrived.add(what)
            self.delivered += 1
            self._take(
                self.tracker.receive(parse_report(self.scenario.reports[what].body, self._clock))
            )
        elif kind == "reading":
            picture = self.scenario.queries_at(what)
            snapshot = self._snapshot(picture)
            shown = {call.call_id for call in snapshot.calls}
            calls = enumerate(self.scenario.calls)
            self.seen.update(index for index, truth in calls if truth.ids & shown)
            self._take(self.tracker.resync(snapshot))
            if self.rates.monitored:
                self.standing += standing(self.scenario, picture, self.tracker, self.arrived)
        elif kind == "command":
            self._command(what)
        elif kind == "lines":
            self._take(self.tracker.resync(_lines(self.scenario, what)))
        else:
            records = self.scenario.records_at(self._time, what)
            self._take(self.tracker.records([as_record(each, self._clock) for each in records]))
        self._ask()

    def _command(self, command: Command) -> None:
        """Tell the engine of a command; it names calls as the engine does, if it knows them."""
        if command.name == "status":
            number, word = command.arguments["extension"], command.arguments["status"]
            status = ExtensionStatus(word)
            report = ExtensionStatusReport(name="", extension=number, status=status)
            self._take(self.tracker.receive(report))
            return
        truth = self.scenario.calls[command.call]
        known = next(filter(None, map(self.tracker.find, sorted(truth.ids))), None)
        call_id = truth.call_id if known is None else known.call_id
        self._take(getattr(self.tracker, command.name)(call_id, **command.arguments) or ())

    def _ask(self) -> None:
        """Plan to read what the engine wants to be read."""
        planned = {kind for _, _, kind, _ in self._queue}
        if self.tracker.termination.wants_snapshot and "lines" not in planned:
            self._plan(self._time + _ANSWERS, "lines", self._time)
        since = self.tracker.termination.wants_records
        if since is not None and "records" not in planned:
            self._plan(self._time + 3, "records", since.timestamp())

    def _take(self, changes: tuple[CallChange, ...]) -> None:
        self.changes.extend((self._time, change) for change in changes)

    def _snapshot(self, picture: Picture) -> CallSnapshot:
        """Return the client's snapshot: the calls on trunks and those of queried extensions."""
        lines = _lines(self.scenario, picture.at)
        asked = self.tracker.unsure_extensions
        internal = [call for number in sorted(asked) for call in self._calls_of(number, picture)]
        return CallSnapshot(
            asked_at=lines.asked_at,
            calls=(*lines.calls, *internal),
            queried=asked,
            extensions={
                number: extension_status(word) for number, word in picture.statuses.items()
            },
        )

    def _calls_of(self, number: str, picture: Picture) -> list[Call]:
        """Return the internal calls of a queried extension.

        API v1 reports the other party of the first call alone.
        """
        calls = [
            live
            for live in picture.calls
            if any(leg.number == number and _is_phone(leg) for leg in live.parties)
        ]
        if self.scenario.dialect == "yeastar-v2":
            return [
                Call(call_id=live.call_id, legs=tuple(map(_leg, live.parties)))
                for live in calls
                if all(map(_is_phone, live.parties))
            ]
        if not calls:
            return []
        itself = CallLeg(kind=LegKind.EXTENSION, extension=number)
        others = [leg for leg in calls[0].parties if not (_is_phone(leg) and leg.number == number)]
        others.sort(key=_is_phone)
        return [Call(call_id="", legs=(*(_party(leg) for leg in others[:1]), itself))]


def _lines(scenario: Scenario, at: float) -> CallSnapshot:
    """Return a reading of the calls on trunks alone."""
    dialect, picture = _DIALECTS[scenario.dialect], scenario.queries_at(at)
    return CallSnapshot(
        asked_at=datetime.fromtimestamp(at, UTC),
        extensions={},
        calls=merge_calls(
            (
                *decode_calls(picture.inbound, dialect.inbound_calls, LegKind.INBOUND),
                *decode_calls(picture.outbound, dialect.outbound_calls, LegKind.OUTBOUND),
            )
        ),
    )


def _is_phone(leg: wire_legs.Leg) -> bool:
    return leg.kind is wire_legs.LegKind.EXTENSION


def _party(leg: wire_legs.Leg) -> CallLeg:
    if _is_phone(leg):
        return CallLeg(kind=LegKind.EXTENSION, extension=leg.number)
    return CallLeg(kind=LegKind(leg.kind.value), caller=leg.origin, callee=leg.to, trunk=leg.trunk)


def _leg(leg: wire_legs.Leg) -> CallLeg:
    return CallLeg(kind=LegKind.EXTENSION, extension=leg.number, state=_STATES[leg.state])


def as_record(record: Any, clock: PbxClock | None = None) -> CallRecord:
    """Return a record of the simulator as the client reads it from a file."""
    return call_record(
        {
            "callid": record.call_id,
            "timestart": record.start,
            "callfrom": record.caller,
            "callto": record.callee,
            "callduraction": str(record.duration),
            "talkduraction": str(record.talk),
            "srctrunkname": record.source_trunk,
            "dsttrcunkname": record.destination_trunk,
            "status": record.status,
            "type": record.type,
            "didnumber": record.did,
        },
        clock or PbxClock(),
    )
