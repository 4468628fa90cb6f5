"""The stage of a scenario: one PBX, its phones, its ids and its clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
import math
import random

from pbx_simulator.calls.ids import later
from pbx_simulator.calls.legs import Leg, LegKind, LegState
from pbx_simulator.calls.record import CallRecord

from ..dialects import Dialect, ReportFormat
from ..reports.wire import Fields, encode
from ..reports.writer import lacks_parties
from .habits import Habits
from .models import Change, LiveCall, ScenarioExtension, ScenarioTrunk, Step, TimedReport
from .teller import CallIds, Teller

_STATUS = {
    LegState.ALERT: "busy",
    LegState.ANSWERED: "busy",
    LegState.ANSWER: "busy",
    LegState.HOLD: "on_hold",
    LegState.RING: "ringing",
}
_ORDER = ("busy", "on_hold", "ringing")
_ORDER_WITH_WAITING = ("ringing", "busy", "on_hold")
"""The status of a phone in several calls: the first that fits."""
PROVISIONAL = 9_000_000_000
"""Numbers of ids that have not been put in the order of time are above this one."""
_GAP = 0.004
"""Seconds between two reports of one moment."""


@dataclass(slots=True, kw_only=True, eq=False)
class Stage:
    """The PBX of one scenario while it is written.

    Attributes:
        number: The last number that its Asterisk has given to a channel.
        placed: The ids so far: when each was given, and for which call. They are provisional, as
            calls are written one after another; `ids.final_ids` numbers them in the order of time.
        taken: For each extension the time until which it takes part in calls.
        power_until: When it loses its power.
        extras: Reports that belong to no call: (time, name, report).
    """

    dice: random.Random
    dialect: Dialect
    fmt: ReportFormat
    habits: Habits
    teller: Teller
    extensions: tuple[ScenarioExtension, ...]
    trunks: tuple[ScenarioTrunk, ...]
    unavailable: str
    utc_offset: int
    number: int
    channel: int = 0
    placed: dict[str, tuple[float, str]] = field(default_factory=dict)
    branches: set[str] = field(default_factory=set)
    steps: list[Step] = field(default_factory=list)
    taken: dict[str, float] = field(default_factory=dict)
    power_until: float = math.inf
    extras: list[tuple[float, str, Fields]] = field(default_factory=list)

    def chance(self, share: float) -> bool:
        """Return True for this share of all draws."""
        return self.dice.random() < share

    # Making calls and legs

    def ids(self, at: float, direction: str) -> CallIds:
        """Return the ids of a new call: that of its line or caller, and that of its first branch.

        The second one is given when somebody is called (docs: a real Asterisk).
        """
        one = self._provisional(at)
        self.place(one, at, one)
        split = self.habits.split_ids
        two = self._provisional(at) if split else one
        return CallIds(one=one, two=two, direction=direction, split=split)

    def _provisional(self, at: float) -> str:
        self.channel += 1
        return f"{int(at)}.{PROVISIONAL + 10 * self.channel}"

    def place(self, any_id: str, at: float, call_id: str) -> None:
        """Give an id at a moment, unless it was given before."""
        self.placed.setdefault(any_id, (at, call_id))

    def phone(self, number: str, ids: CallIds | None = None) -> Leg:
        """Return an extension's leg; with `ids` it gets an id of its own, where PBXes use such.

        That of the first branch is the call's second one.
        """
        leg_id = ""
        if ids and ids.split:
            first = ids.two not in self.branches
            self.branches.add(ids.two)
            leg_id = ids.two if first else self._provisional(float(ids.one.partition(".")[0]))
        return Leg(kind=LegKind.EXTENSION, number=number, channel_of=self._channel, leg_id=leg_id)

    def line(self, kind: LegKind, trunk: str, origin: str, to: str, ids: CallIds) -> Leg:
        """Return a trunk's leg."""
        same = kind is LegKind.INBOUND or ids.split
        return Leg(
            kind=kind,
            number=origin if kind is LegKind.INBOUND else to,
            channel_of=self._channel,
            origin=origin,
            to=to,
            trunk=trunk,
            leg_id=ids.one if same else later(ids.one, 1),
        )

    def _channel(self, name: str) -> str:
        if self.fmt is not ReportFormat.MEMBERS:
            return ""
        self.channel += 1
        return f"PJSIP/{name}-{self.channel:08x}"

    # Bringing them together

    def play(
        self, outcomes: Sequence[str]
    ) -> tuple[list[TimedReport], list[Change], list[CallRecord]]:
        """Return all calls at once, in the order of time: reports, changes and records.

        Args:
            outcomes: The true outcome of each call.
        """
        return _Play(self, outcomes).run()


class _Play:
    """One run through the steps of all calls."""

    def __init__(self, stage: Stage, outcomes: Sequence[str]) -> None:
        """Start with every phone idle."""
        self._stage = stage
        self._monitored = {each.number for each in stage.extensions if each.monitored}
        self._live: dict[int, LiveCall] = {}
        self._status = {each.number: "idle" for each in stage.extensions}
        self._reported = dict(self._status)
        if stage.unavailable:
            self._status[stage.unavailable] = self._reported[stage.unavailable] = "unavailable"
        self._outcomes = outcomes
        self._reports: list[TimedReport] = []
        self._records: list[CallRecord] = []
        self._changes = [Change(at=0.0, call=-1, live=None, statuses=tuple(self._status.items()))]

    def run(self) -> tuple[list[TimedReport], list[Change], list[CallRecord]]:
        """Play all steps."""
        extras = sorted(self._stage.extras, key=lambda extra: extra[0])
        for step in sorted(self._stage.steps, key=lambda step: step.at):
            while extras and extras[0][0] <= step.at:
                self._extra(*extras.pop(0))
            self._step(step)
        for extra in extras:
            self._extra(*extra)
        return self._reports, self._changes, self._records

    def _extra(self, at: float, name: str, fields: Fields) -> None:
        self._add(at, encode(fields), name, None)

    def _step(self, step: Step) -> None:
        phones = self._phones(self._live.get(step.call)) + self._phones(step.live)
        if step.live:
            self._live[step.call] = step.live
        else:
            self._live.pop(step.call, None)
        statuses = self._refresh(dict.fromkeys(phones))
        if step.silent:
            self._reported.update(statuses)
        if self._stage.habits.status_first:
            self._report_statuses(step, statuses)
        for fields in step.reports:
            if lacks_parties(fields):
                continue
            name = fields[0][1]
            self._add(step.at, encode(fields), name, step.call, step.tells)
        if not self._stage.habits.status_first:
            self._report_statuses(step, statuses)
        if step.record:
            self._records.append(step.record)
        change = Change(at=step.at, call=step.call, live=step.live, statuses=tuple(statuses))
        self._changes.append(change)

    def _report_statuses(self, step: Step, statuses: list[tuple[str, str]]) -> None:
        for number, status in statuses:
            word = self._word(number, status)
            if word:
                fields = self._stage.teller.extension_status(number, word)
                self._add(step.at, encode(fields), "ExtensionStatus", step.call)

    def _word(self, number: str, status: str) -> str:
        """Return the word of a report for a phone's new status; empty = no report."""
        habits = self._stage.habits
        if status == "on_hold":
            status = "busy"  # as a real Asterisk's device state
        if number not in self._monitored or self._reported[number] == status:
            return ""
        self._reported[number] = status
        words = {
            "idle": habits.idle_word,
            "busy": habits.busy_word,
            "ringing": "Ringing",
        }
        return words.get(status, "")

    @staticmethod
    def _phones(live: LiveCall | None) -> list[str]:
        legs = live.legs if live else ()
        return [leg.number for leg in legs if leg.kind is LegKind.EXTENSION]

    def _refresh(self, numbers: dict[str, None]) -> list[tuple[str, str]]:
        """Return the phones with a changed status, and that status."""
        changed = []
        order = _ORDER_WITH_WAITING if self._stage.habits.waiting_word else _ORDER
        for number in numbers:
            found = {
                _STATUS[leg.state]
                for call in self._live.values()
                for leg in call.legs
                if leg.number == number and leg.kind is LegKind.EXTENSION
            }
            status = next((each for each in order if each in found), "idle")
            if number in self._status and self._status[number] != status:
                self._status[number] = status
                changed.append((number, status))
        return changed

    def _add(self, at: float, body: bytes, name: str, call: int | None, tells: str = "") -> None:
        if self._reports:
            at = max(at, self._reports[-1].at + _GAP)
        deciding = call is not None and tells == self._outcomes[call] and bool(tells)
        report = TimedReport(
            at=round(at, 3), body=body, name=name, call=call, tells=tells, deciding=deciding
        )
        self._reports.append(report)
