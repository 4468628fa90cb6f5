"""The data of a scenario: reports, the truth about each call, and pictures of a moment.

All times are epoch seconds, UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pbx_simulator.calls.legs import Leg, LiveLeg
from pbx_simulator.calls.record import CallRecord

from ..reports.wire import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioExtension:
    """An extension; reports about its own status are sent only while it is monitored."""

    number: str
    name: str
    monitored: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioTrunk:
    """A trunk; parties on it are shown in reports only while it is monitored."""

    name: str
    id: str
    monitored: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedReport:
    """A report as the PBX posts it.

    Attributes:
        body: The body's bytes, as the PBX puts them on the wire.
        name: The value of `action` or `event`.
        call: Index of the call in `Scenario.calls` that it belongs to; None = no call's.
        tells: The outcome of the call by this report alone; empty = none. A record may be
            coarser than the truth, and the record of a leg that another one made obsolete tells
            something else.
        deciding: True if it states the true outcome.
    """

    at: float
    body: bytes
    name: str
    call: int | None = None
    tells: str = ""
    deciding: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTruth:
    """What really happened to a call.

    Attributes:
        call_id: The id of its first leg, which its record carries.
        ids: Every id by which reports and queries name it or its trunk legs and channels.
        kind: What kind of call it is: the direction, the route, how it goes on.
        direction: "inbound", "outbound" or "internal": how it began.
        caller: Who called; of a call made over the API the extension that was rung first.
        callee: Who was called first: an extension, an outside number, a group, a queue or an IVR.
        path: Numbers of the IVRs, queues and ring groups that it passed, in that order.
        rang_at: When somebody was first rung for it; the caller of an API call does not count.
        answered_at: When a person first answered (no IVR, no queue, no voicemail box).
        outcome: A word of the outcomes: answered, missed, busy, failed, voicemail, refused,
            cancelled; "unknown" of a call that the PBX lost before it was answered.
        record_outcome: The outcome by its records alone; empty without any.
        rang: Extensions that rang, in that order, without repeats.
        answered_by: The extension or the outside number that answered first.
        missed_by: The extensions that rang, if the outcome is "missed".
        doubtful: Outcomes that its reports could mean as well: reports of a group's member that no
            other report outweighs.
        decision: What the API did with a call that the PBX asked about: "accepted", "directed",
            "refused"; who follows calls by reports alone may not know a refused one from a missed
            one.
        lost: True if the PBX lost its power during it: no end of it was reported, no record
            written.
        joined_into: Index of the call that went on with its other party after an attended transfer.
        records: How many records it leaves, phantoms among them.
    """

    call_id: str
    ids: frozenset[str]
    kind: str
    direction: str
    caller: str
    callee: str
    trunk: str = ""
    did: str = ""
    path: tuple[str, ...] = ()
    started: float
    rang_at: float | None = None
    answered_at: float | None = None
    ended_at: float
    outcome: str
    record_outcome: str
    rang: tuple[str, ...] = ()
    answered_by: str = ""
    missed_by: tuple[str, ...] = ()
    transfers: int = 0
    forwards: int = 0
    holds: int = 0
    keys: str = ""
    by_api: bool = False
    doubtful: frozenset[str] = frozenset()
    decision: str = ""
    lost: bool = False
    joined_into: int | None = None
    records: int = 1

    @property
    def ring_seconds(self) -> int:
        """Whole seconds from the first ring to the answer, or to the end."""
        if self.rang_at is None:
            return 0
        end = self.ended_at if self.answered_at is None else self.answered_at
        return int(end) - int(self.rang_at)

    @property
    def talk_seconds(self) -> int:
        """Whole seconds from the answer of a person to the end."""
        return 0 if self.answered_at is None else int(self.ended_at) - int(self.answered_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    """A call as it stood at a moment.

    Attributes:
        call: Index of the call in `Scenario.calls`.
        state: "invited", "dialing", "waiting" (the PBX itself has it), "ringing", "talking" or
            "held".
        legs: Who takes part, without those who have gone.
    """

    call: int
    call_id: str
    state: str
    legs: tuple[LiveLeg, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The PBX's answers to queries at a moment.

    Attributes:
        calls: All live calls, as plain data.
        statuses: The status of every extension: idle, ringing, busy, on_hold or unavailable.
        inbound: Answer of `inbound/query`; of API v2.0.0: of `call/query` with `type` "inbound".
        outbound: The same for the other direction.
        extension_list: Answer of `extensionlist/query` or `extension/list`.
        trunk_list: Answer of `trunklist/query` or `trunk/list`.
        extension_calls: Answer of `extension/query_call` for all extensions; API v1: of
            `extension/query`, cut down to the number, the status and the other party of the first
            call.
    """

    at: float
    calls: tuple[LiveCall, ...]
    statuses: dict[str, str]
    inbound: dict[str, Any]
    outbound: dict[str, Any]
    extension_list: dict[str, Any]
    trunk_list: dict[str, Any]
    extension_calls: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a moment changed: the legs of one call, the statuses of some phones.

    Attributes:
        call: Index of the call; -1 = no call's.
        live: The call after it; None = over.
    """

    at: float
    call: int
    live: LiveCall | None
    statuses: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A moment of a call: the reports about it, and how the call stands after it.

    Attributes:
        silent: True if not even the phones' new statuses are reported.
    """

    at: float
    call: int
    live: LiveCall | None
    reports: Sequence[Fields] = ()
    tells: str = ""
    record: CallRecord | None = None
    silent: bool = False


def live_leg(leg: Leg) -> LiveLeg:
    """Return a leg as it stands now."""
    return LiveLeg(
        kind=leg.kind,
        number=leg.number,
        state=leg.state,
        origin=leg.origin,
        to=leg.to,
        trunk=leg.trunk,
        leg_id=leg.leg_id,
        channel_id=leg.channel_id,
        path=leg.path,
    )
