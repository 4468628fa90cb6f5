"""A scenario: its reports, the truth about each call, and pictures of a moment.

All times are epoch seconds, UTC.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from pbx_simulator.calls.legs import LegKind
from pbx_simulator.calls.model import Call
from pbx_simulator.calls.record import CallRecord
from pbx_simulator.families.uc import live_calls
from pbx_simulator.families.uc.dialects import DIALECTS, Dialect, ReportFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An extension or a trunk; reports show it only while it is monitored."""

    name: str
    monitored: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedReport:
    """A report as the PBX posts it.

    Attributes:
        name: the value of `action` or `event`.
        call: index of the call in `Scenario.calls`; None for no call's.
        tells: the outcome of the call by this report alone; empty for none.
        deciding: whether that is the true one.
    """

    at: float
    body: bytes
    name: str
    call: int | None = None
    tells: str = ""
    deciding: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What Home Assistant tells the engine, since the PBX has accepted a command.

    Attributes:
        at: when the PBX did.
        name: the method of the engine that is called; "status" for what a phone does then.
        call: index of the call.
        arguments: what is handed over beside the id of the call.
    """

    at: float
    name: str
    call: int
    arguments: dict[str, Any]


@dataclass(slots=True, kw_only=True)
class CallTruth:
    """What really happened to a call.

    Attributes:
        ids: every id by which reports, records and queries name it or its channels.
        kind: what kind of call it is: the direction, the route, how it goes on.
        direction: "inbound", "outbound" or "internal": how it began.
        caller: who called; of a call made over the API the extension that was rung first.
        callee: whom the caller wanted: an extension, an outside number, a group, a queue, an IVR.
        path: numbers of the IVRs, queues and groups that it passed, in that order.
        rang_at, rung_at: when somebody was rung for it, first, and last before the answer; the
            caller of an API call does not count.
        line_at: when the PBX itself answered: an IVR, a queue, a voicemail box.
        answered_at, answered_by: when a person first answered, and who.
        outcome: answered, missed, busy, failed, voicemail, refused or cancelled.
        rang: extensions that were rung for it, in that order, without repeats.
        reached: those of them that were rung before somebody answered, and outside numbers.
        declined: the extensions of a group that declined.
        united_at: when its party's phone united it with another call.
        also: outcomes that its reports mean as well: who refuses over the API looks like a caller
            who gives up.
    """

    call_id: str
    kind: str
    direction: str
    caller: str
    callee: str
    trunk: str
    by_api: bool
    started: float
    ids: set[str] = field(default_factory=set)
    path: list[str] = field(default_factory=list)
    rang_at: float | None = None
    rung_at: float | None = None
    line_at: float | None = None
    answered_at: float | None = None
    answered_by: str = ""
    ended_at: float = 0.0
    outcome: str = ""
    rang: dict[str, None] = field(default_factory=dict)
    reached: dict[str, None] = field(default_factory=dict)
    declined: set[str] = field(default_factory=set)
    transfers: int = 0
    holds: int = 0
    keys: int = 0
    united_at: float | None = None
    also: frozenset[str] = frozenset()

    @property
    def ring_seconds(self) -> frozenset[int]:
        """Whole seconds of ringing: since the first ring, or since the last one."""
        end = int(self.ended_at if self.answered_at is None else self.answered_at)
        begins = [each for each in (self.rang_at, self.rung_at) if each is not None]
        return frozenset(end - int(begin) for begin in begins or (end,))

    @property
    def talk_seconds(self) -> frozenset[int]:
        """Whole seconds of talk: with a person, or since the line was up."""
        if self.answered_at is None:
            return frozenset({0})
        begins = [self.answered_at]
        if self.line_at is not None:
            begins += [self.line_at, self.rung_at or self.line_at]
        ends = [self.ended_at, self.united_at or self.ended_at]
        return frozenset(int(end) - int(begin) for begin in begins for end in ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a moment changed: one call, the statuses of some phones.

    Attributes:
        call: the call as it stands after it; None for over.
    """

    at: float
    index: int
    call: Call | None
    statuses: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The PBX's answers to queries at a moment.

    Attributes:
        calls: the calls that are up.
        statuses: the status of every extension: idle, ringing, busy, on_hold or unavailable.
        inbound, outbound: answers to the queries of such calls.
        extension_list, trunk_list: answers to the queries of lists.
        extension_calls: answer of `extension/query_call` (API v1: `extension/query`) for all.
    """

    at: float
    calls: tuple[Call, ...]
    statuses: dict[str, str]
    inbound: dict[str, Any]
    outbound: dict[str, Any]
    extension_list: dict[str, Any]
    trunk_list: dict[str, Any]
    extension_calls: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Some calls on a PBX: what it reports, what it answers and what is true.

    Attributes:
        readings: what was decided of what no document and no Asterisk tells: knob -> value.
        reports: in the order of time, at which the PBX posts them.
        commands: those by which Home Assistant made these calls go on.
        records: the call records, and when each was closed.
        started, ended: the time that it covers: before the first report, after the last one.
    """

    seed: int
    dialect: str
    fmt: ReportFormat
    serial: str
    utc_offset: int
    readings: dict[str, Any]
    extensions: tuple[Line, ...]
    trunks: tuple[Line, ...]
    calls: tuple[CallTruth, ...]
    reports: tuple[TimedReport, ...]
    commands: tuple[Command, ...]
    records: tuple[tuple[float, CallRecord], ...]
    started: float
    ended: float
    changes: tuple[Change, ...] = field(repr=False)

    def acceptable(self, call: int, delivered: Collection[int]) -> frozenset[str]:
        """Return the outcomes that are right if only some reports arrive and no record is read.

        Args:
            call: index of the call.
            delivered: indices of the reports that arrived.
        """
        truth = self.calls[call]
        told = {
            self.reports[index].tells for index in delivered if self.reports[index].call == call
        } - {""}
        if truth.outcome in told:
            return frozenset({truth.outcome}) | truth.also
        return frozenset({truth.outcome, *truth.also, *(told or {"unknown"})})

    def records_at(self, at: float, since: float) -> list[CallRecord]:
        """Return the records of a download at a moment: of calls that began since another one."""
        return [each for closed, each in self.records if closed <= at and each.started >= since]

    def queries_at(self, at: float) -> Picture:
        """Return what queries show at a moment, changes at this very moment included."""
        live: dict[int, Call] = {}
        statuses: dict[str, str] = {}
        for change in self.changes:
            if change.at > at:
                break
            statuses.update(change.statuses)
            if change.call is not None:
                live[change.index] = change.call
            else:
                live.pop(change.index, None)
        dialect, calls = DIALECTS[self.dialect], tuple(live.values())
        return Picture(
            at=at,
            calls=calls,
            statuses=statuses,
            inbound=_lines(dialect, calls, LegKind.INBOUND),
            outbound=_lines(dialect, calls, LegKind.OUTBOUND),
            extension_list=_extensions(dialect, statuses),
            trunk_list=_trunks(dialect, self.trunks),
            extension_calls=_calls_of_extensions(dialect, statuses, calls),
        )


def _success(key: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    return {"status": "Success", key: found}


def _lines(dialect: Dialect, calls: Collection[Call], kind: LegKind) -> dict[str, Any]:
    if dialect.events:
        of_kind = [call for call in calls if any(leg.kind is kind for leg in call.parties)]
        return _success("calls", [live_calls.members(call) for call in of_kind])
    found = (live_calls.trunk_call(call, kind) for call in calls)
    return _success(kind.value, [each for each in found if each])


def _extensions(dialect: Dialect, statuses: dict[str, str]) -> dict[str, Any]:
    found = [
        {
            dialect.number_key: number,
            "status": dialect.list_word(status),
            "type": dialect.extension_type,
            "username": f"User {number}",
            "agentid": "",
        }
        for number, status in statuses.items()
    ]
    return _success("extlist", found)


def _trunks(dialect: Dialect, trunks: Collection[Line]) -> dict[str, Any]:
    found = [
        {"trunkname": each.name, "status": dialect.trunk_word("registered"), "type": "SIP"}
        for each in trunks
    ]
    return _success(dialect.trunks_key, found)


def _calls_of_extensions(
    dialect: Dialect, statuses: dict[str, str], calls: Collection[Call]
) -> dict[str, Any]:
    of = {number: [call for call in calls if call.has_extension(number)] for number in statuses}
    if dialect.events:
        found: list[dict[str, Any]] = [
            {"number": number, "numbercalls": list(map(live_calls.members, of[number]))}
            for number in statuses
        ]
        return _success("calllist", found)
    found = [
        {
            "extnumber": number,
            "status": dialect.list_word(status),
            **(live_calls.partner(of[number][0], number) if of[number] else {}),
        }
        for number, status in statuses.items()
    ]
    return _success("extinfos", found)
