"""The reports about a scenario's call, in every format and in every reading.

Every function returns the bodies in the order in which they are sent.
Source: pbx-api, sections 9, 10 and 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pbx_simulator.calls.legs import Leg, LegKind
from pbx_simulator.calls.record import CallRecord

from ..dialects import ReportFormat
from ..reports.records import RECORD_WRITERS
from ..reports.wire import Fields
from ..reports.writer import Writer, reason
from .habits import Habits


@dataclass(frozen=True, slots=True, kw_only=True)
class CallIds:
    """The ids that one call's reports carry, by what they report: OpenVox uses two for one call."""

    one: str
    two: str
    direction: str
    split: bool

    @property
    def alert(self) -> str:
        """The id of ALERT."""
        return self.two if self.split and self.direction != "internal" else self.one

    @property
    def answer(self) -> str:
        """The id of ANSWER and ANSWERED."""
        return self.two if self.split and self.direction == "outbound" else self.one

    def ring(self, leg: Leg) -> str:
        """Return the id of a leg's RING: on an inbound call that of its own channel."""
        return leg.leg_id if self.split and self.direction == "inbound" and leg.leg_id else self.one


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Writes the reports of calls, as this scenario's PBX does."""

    writer: Writer
    habits: Habits

    @property
    def events(self) -> bool:
        """True if the format is that of API v2.0.0."""
        return self.writer.fmt is ReportFormat.MEMBERS

    def ring(
        self,
        ids: CallIds,
        caller: Leg,
        present: Sequence[Leg],
        fresh: Sequence[Leg],
        *,
        by_api: bool,
    ) -> list[Fields]:
        """Return the reports of legs that begin to ring; `present` are all that ring now."""
        if self.habits.rings == "never" or (self.habits.rings == "api" and not by_api):
            return []
        if self.events:
            return [self._status(ids, [caller, *legs]) for legs in self._groups(present, fresh)]
        openvox = self.writer.fmt is ReportFormat.OPENVOX
        reports = []
        for leg in fresh:
            bare = openvox and leg.kind is LegKind.OUTBOUND
            if self.writer.monitored(leg):
                pair = self._pair(leg, caller)
                reports.append(self.writer.report("RING", ids.ring(leg), pair, bare=bare))
        if self.writer.monitored(caller):
            outbound = fresh[0].kind is LegKind.OUTBOUND
            bare, listed = openvox and outbound, not outbound
            alert = self.writer.report("ALERT", ids.alert, [caller], bare=bare, as_list=listed)
            reports.append(alert)
        return reports

    def _groups(self, present: Sequence[Leg], fresh: Sequence[Leg]) -> list[list[Leg]]:
        """Return the ringing members that each event shows."""
        if self.habits.group_members == "each":
            return [[leg] for leg in fresh]
        if self.habits.group_members == "growing":
            known = [leg for leg in present if leg not in fresh]
            return [[*known, *fresh[: at + 1]] for at in range(len(fresh))]
        return [list(present)]

    def own_ring(self, ids: CallIds, caller: Leg) -> list[Fields]:
        """Return the reports of an API call's caller: its phone is rung first, or picked up."""
        if not self.habits.api_leg:
            return []
        if self.events:
            return [self._status(ids, [caller])]
        return [self.writer.report(caller.state.value, ids.one, [caller])]

    def answer(self, ids: CallIds, leg: Leg, caller: Leg) -> list[Fields]:
        """Return the reports of an answer."""
        if self.events:
            return [self._status(ids, [caller, leg])]
        word = self.habits.answered_word
        return [
            self.writer.report("ANSWER", ids.answer, self._pair(leg, caller)),
            self.writer.report(word, ids.answer, [caller, leg]),
        ]

    def stop(self, ids: CallIds, caller: Leg, lost: Sequence[Leg]) -> list[Fields]:
        """Return the reports of legs that stop ringing while the call goes on."""
        if not self.habits.bye_of_losers or not self.shows(caller):
            return []
        if self.events:
            return [self._status(ids, [each]) for each in lost]
        return [self.writer.report("BYE", ids.ring(each), [each, caller]) for each in lost]

    def shows(self, *legs: Leg) -> bool:
        """Return True if reports show all of these legs."""
        return len(self.writer.shown(legs)) == len(legs)

    def line(self, ids: CallIds, caller: Leg) -> list[Fields]:
        """Return the reports of an answer by an IVR, a queue or a voicemail box."""
        if self.habits.line_answer == "none":
            return []
        if self.events:
            return [self._status(ids, [caller])]
        return [self.writer.report(self.habits.answered_word, ids.answer, [caller])]

    def status(self, ids: CallIds, legs: Sequence[Leg]) -> list[Fields]:
        """Return the reports of a hold or its end; only API v2.0.0 has one."""
        return [self._status(ids, legs)] if self.events else []

    def transfer(self, ids: CallIds, legs: Sequence[Leg]) -> list[Fields]:
        """Return the reports of a transfer."""
        if self.events:
            return [self.writer.event("Tranfer", ids.one, legs, stated=False)]
        return [self.writer.report("Tranfer", ids.one, legs)]

    def bye(self, ids: CallIds, first: Leg, second: Leg | None) -> list[Fields]:
        """Return the reports of the end: the leg that hung up first, then the other one."""
        legs = [first, *([second] if second else [])]
        if self.events:
            groups = [[leg] for leg in legs] if self.habits.both_byes else [legs]
            return [self._status(ids, group) for group in groups]
        reports = [self.writer.report("BYE", ids.one, legs)]
        if self.habits.both_byes and second:
            reports.append(self.writer.report("BYE", ids.two, legs[::-1]))
        return reports

    def failed(self, ids: CallIds, failure: int, callee: Leg, caller: Leg) -> list[Fields]:
        """Return the reports of a leg that could not be reached."""
        if self.events:
            extra = [("reason", reason(self.writer.fmt, failure))]
            return [self.writer.event("CallFailed", ids.one, [callee], extra, stated=False)]
        flat = self.writer.fmt is ReportFormat.FLAT
        legs = [callee] if flat else [callee, caller]
        return [self.writer.failed(ids.one, failure, legs)]

    def plain(self, name: str, ids: CallIds, caller: Leg) -> list[Fields]:
        """Return Invite or Incoming, with the trunk's leg alone."""
        if self.events:
            return [self.writer.event(name, ids.one, [caller], stated=False)]
        return [self.writer.report(name, ids.one, [caller])]

    def key(self, ids: CallIds, leg: Leg, keys: str) -> list[Fields]:
        """Return the report of a key; `keys` are all so far."""
        info, flag, infos = ("info", keys[-1:]), ("flag", str(len(keys) - 1)), ("infos", keys)
        if self.events:
            return [self.writer.event("DTMF", ids.one, [leg], [infos, flag, info])]
        extra: list[tuple[str, Any]] = [info]
        extra += [flag] if self.habits.flag_infos != "info" else []
        extra += [infos] if self.habits.flag_infos == "all" else []
        return [self.writer.report("DTMF", ids.one, [leg], extra)]

    def prompt_end(self, ids: CallIds, leg: Leg, ivr: str) -> list[Fields]:
        """Return the report of an IVR's prompt that ended."""
        if self.events:
            return [self.writer.event("PlayPromptEnd", ids.one, [leg], [("ivr", {"number": ivr})])]
        extra = [("ivr", {"ivrid": ivr}), ("playtonum", leg.number)]
        return [self.writer.report("PlayPromptEnd", ids.one, [leg], extra)]

    def record(self, record: CallRecord) -> Fields:
        """Return the report of a record."""
        return [*RECORD_WRITERS[self.writer.fmt](record), *self.writer.tail]

    def extension_status(self, number: str, word: str) -> Fields:
        """Return the report of a phone's new status."""
        head = [("event" if self.events else "action", "ExtensionStatus")]
        return [*head, ("extension", number), ("status", word), *self.writer.tail]

    def boot_up(self) -> Fields:
        """Return the report of a start of the PBX."""
        return [("event" if self.events else "action", "BootUp"), *self.writer.tail]

    def _pair(self, callee: Leg, caller: Leg) -> list[Leg]:
        return [callee, caller] if self.habits.callee_first else [caller, callee]

    def _status(self, ids: CallIds, legs: Sequence[Leg]) -> Fields:
        return self.writer.event("CallStatus", ids.one, legs)
