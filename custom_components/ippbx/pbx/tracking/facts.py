"""The state of one call by its evidence: its parties, answer, transfers, failure and records."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from ..model.events import FailureReason, KeyReport
from ..model.lines import CallLeg, CallRecord, LegKind, LegState
from ..model.records import weight
from .phones import Ring

TALKING: Final = (LegState.TALKING, LegState.ON_HOLD)
DISORDER: Final = timedelta(seconds=3)
"""How much later than a newer report an older one may arrive."""
HOLD_DISORDER: Final = timedelta(seconds=1)
"""The same for hold and resume, which may follow each other within two seconds."""
MAX_PARTIES: Final = 64
MAX_RECORDS: Final = 32

_RANK = {
    LegState.DIALING: 1,
    LegState.WAITING: 1,
    LegState.RINGING: 2,
    LegState.TALKING: 3,
    LegState.ON_HOLD: 3,
    LegState.ENDED: 4,
}


class Party:
    """One party of a call.

    Attributes:
        state: None until a report states it; `since` when it was reported (UTC).
        live: whether it takes part now; `talks` whether it talks, or is on hold.
        calls: whether it is the caller; None while that is unknown.
        certain: whether that is known by more than the order of the parties in a report.
        rang, held: whether it ever rang, or was on hold.
        rang_at, rung_at: when it was first, and last, reported to ring (UTC).
        picked_up: whether it answered alone, or its phone was reported busy while it rang.
        ceased: whether it left because its phone was reported idle, by no report of the call.
        hang_up: the parties in the report of its hang-up, as transferor.
        held_by_command: whether a command holds it, which the status of its phone does not show.
    """

    def __init__(self, kind: LegKind, extension: str, since: datetime) -> None:
        self.kind, self.extension = kind, extension
        self.caller = self.callee = self.trunk = self.leg_id = ""
        self.state: LegState | None = None
        self.since = since
        self.calls: bool | None = None
        self.live = self.talks = self.certain = self.rang = self.held = False
        self.picked_up = self.ceased = self.held_by_command = False
        self.rang_at: datetime | None = None
        self.rung_at: datetime | None = None
        self.hang_up: tuple[Party, ...] = ()

    @property
    def number(self) -> str:
        """Return its number."""
        return self.extension or (self.caller if self.kind is LegKind.INBOUND else self.callee)

    def update(self, leg: CallLeg) -> None:
        """Apply all of a leg but its state; the first callee of a line is kept."""
        if self.state is LegState.ENDED and leg.leg_id not in ("", self.leg_id):
            self.state = None  # on another channel than the one that ended
        self.leg_id = leg.leg_id or self.leg_id
        self.caller = leg.caller or self.caller
        self.callee = self.callee or leg.callee
        self.trunk = leg.trunk or self.trunk

    def enter(self, state: LegState, at: datetime, *, shown: bool = False) -> bool:
        """Apply a state unless its report is an older one; return whether the state changed.

        Args:
            state: the state; a caller dials, even while its own phone is rung first.
            at: since when it is in it (UTC); at the latest if a snapshot has `shown` it.
        """
        before, rings, passed = self.state, state is LegState.RINGING, at - self.since
        if rings and self.calls and self.certain and before is not LegState.ENDED:
            state, rings = LegState.DIALING, False
        self.rang |= rings
        if state is before:
            if rings and not shown and passed <= DISORDER:
                self.rang_at = self.rang_at or at  # its report follows a snapshot
            return False
        if before is not None:
            alone = before is LegState.RINGING and state is LegState.WAITING  # it was answered
            again = rings and self.rung_at is not None and at - self.rung_at > DISORDER
            again |= state in TALKING and self.ceased and not self.picked_up  # it rang anew
            late = passed <= DISORDER and _RANK[state] < _RANK[before] and not (alone or again)
            late |= passed < HOLD_DISORDER and self.held and self.talks and state in TALKING
            late |= rings and self.talks
            if self.since >= at if shown else late:
                return False
        if rings:
            self.rung_at = at
            self.rang_at = self.rang_at if shown else self.rang_at or at
        self.held |= state is LegState.ON_HOLD
        self.put(state, at)
        return True

    def put(self, state: LegState, at: datetime, *, ceased: bool = False) -> None:
        """Set its state unconditionally."""
        self.state, self.since, self.ceased = state, at, ceased
        self.live, self.talks = state is not LegState.ENDED, state in TALKING

    def as_leg(self) -> CallLeg:
        """Return it as others see it."""
        return CallLeg(
            kind=self.kind,
            extension=self.extension,
            caller=self.caller,
            callee=self.callee,
            trunk=self.trunk,
            leg_id=self.leg_id,
            state=self.state,
        )


class Facts:
    """The state of a call by its evidence.

    Attributes:
        parties: all parties in the order of their reports; `extensions` those by number.
        inbound: the line on which it came in; `outbound` the first one on which it went out.
        records: the records of the call itself, without those of its branches.
        failure: why a party could not be reached last, and when (UTC).
        keys: reports of pressed keys in order, and when they came (UTC).
        answered_at: when two parties first talked (UTC); `answerers` are those two.
        path: the IVR, queue or ring group that it came through.
        transfers: number of transfers that a report or a command stated.
        commanded_at: when the last command to transfer came that no report has followed (UTC).
        transferred_at: when it was last transferred, by any evidence (UTC).
        dialled: the extension that makes it by command, "" if none; `dialled_callee` the callee.
        hung_up_at: when a party last hung up (UTC).
        inexact: whether only a snapshot, or a transfer, showed that it was answered.
        invited: whether the PBX asked whether to accept it, or where to direct it.
        stated: whether reports state the state of each leg (API v2.0.0).
        touched: when it was last reported (UTC).
    """

    def __init__(self, touched: datetime) -> None:
        self.parties: dict[tuple[LegKind, str], Party] = {}
        self.extensions: dict[str, Party] = {}
        self.inbound: Party | None = None
        self.outbound: Party | None = None
        self.records: list[CallRecord] = []
        self.failure: tuple[FailureReason, datetime] | None = None
        self.keys: list[tuple[datetime, KeyReport]] = []
        self.answered_at: datetime | None = None
        self.answerers: tuple[Party, ...] = ()
        self.path = self.dialled = self.dialled_callee = ""
        self.transfers = 0
        self.commanded_at: datetime | None = None
        self.transferred_at: datetime | None = None
        self.hung_up_at: datetime | None = None
        self.inexact = self.invited = self.stated = False
        self.touched = touched

    def named(self, legs: Iterable[CallLeg], at: datetime) -> dict[Party, CallLeg]:
        """Return the parties that legs name, new ones if need be, and the leg of each."""
        return {party: leg for leg in legs if (party := self._party(leg, at)) is not None}

    def _party(self, leg: CallLeg, at: datetime) -> Party | None:
        """Return the party of a leg; None if it names none, or there are too many."""
        kind = leg.kind  # a call comes in on one line only, whatever number that shows
        number = "" if kind is LegKind.INBOUND else leg.extension or leg.callee
        if (party := self.parties.get((kind, number))) is None:
            if len(self.parties) >= MAX_PARTIES or not (number or leg.caller or leg.callee):
                return None
            party = self.parties[kind, number] = Party(kind, leg.extension, at)
            if kind is LegKind.EXTENSION:
                self.extensions[number] = party
            elif kind is LegKind.INBOUND:
                self.inbound = party
                party.calls = party.certain = True
            elif self.begins:
                self.outbound = self.outbound or party
        party.update(leg)
        if self.answered_at is None:
            self.path = self.path or leg.path
        return party

    @property
    def alone(self) -> Party | None:
        """Return the single party that was answered: by the PBX itself, or on a hidden line."""
        prompt = self.dialled and not self.dialled_callee  # a caller by command hears it
        waiting = (p for p in self.parties.values() if p.state is LegState.WAITING)
        return next((p for p in waiting if prompt or not p.calls), None)

    def phone_of(self, party: Party) -> LegState | None:
        """Return the state of the phone of a party: that of a caller by command rings first."""
        rung = party.extension == self.dialled and party.state is LegState.DIALING
        return LegState.RINGING if rung and len(self.parties) == 1 else party.state

    @property
    def begins(self) -> bool:
        """Return whether it was neither answered nor transferred."""
        return self.answered_at is None and self.transferred_at is None

    @property
    def on_trunk(self) -> bool:
        """Return whether one of its known parties is an outside line."""
        return len(self.parties) > len(self.extensions)

    @property
    def on_line(self) -> bool:
        """Return whether a line carries it: after the answer one that still takes part."""
        if self.answered_at is None:
            return self.on_trunk
        return any(party.kind is not LegKind.EXTENSION for party in self.present)

    @property
    def caller(self) -> Party | None:
        """Return the caller; None while it is unknown."""
        return self.inbound or next((p for p in self.parties.values() if p.calls), None)

    @property
    def called(self) -> tuple[Party, ...]:
        """Return the callees among the two parties that talked first; none if that is unknown."""
        called = tuple(party for party in self.answerers if not party.calls)
        return () if self.caller is None and len(called) > 1 else called

    @property
    def present(self) -> list[Party]:
        """Return the parties that have not left, as far as is known."""
        return [p for p in self.parties.values() if p.state is not LegState.ENDED]

    def rang(self) -> Iterator[Party]:
        """Yield the extensions that rang as callees."""
        return (party for party in self.extensions.values() if party.rang and not party.calls)

    def infer_ring(self, ring: Ring) -> None:
        """Add a ring that no report of the call has, but the status of the extension."""
        leg = CallLeg(kind=LegKind.EXTENSION, extension=ring.extension)
        for party in self.named((leg,), ring.since):
            party.rang, party.rang_at = True, None if ring.waited else ring.since

    @property
    def first_ring(self) -> datetime | None:
        """Return when the first callee rang, before the answer (UTC)."""
        rings = [p.rang_at for p in self.parties.values() if p.rang_at and not p.calls]
        first, answered = min(rings, default=None), self.answered_at
        return None if first is None or (answered is not None and first > answered) else first

    @property
    def only_rings(self) -> bool:
        """Return whether all that is known are extensions that rang for an unknown caller."""
        alone = not self.records and not self.on_trunk
        return alone and all(p.calls is None and p.rang for p in self.extensions.values())

    def move(self, at: datetime) -> None:
        """Note that it was transferred; a hang-up before that has not ended it."""
        self.transferred_at, self.hung_up_at = at, None

    def count_transfer(self, at: datetime, *, command: bool = False) -> None:
        """Count a stated transfer; a report that follows a command states the same one."""
        if command or self.commanded_at is None or at - self.commanded_at > DISORDER:
            self.transfers += 1
        self.commanded_at = at if command else None
        self.move(at)

    def name_caller(self, caller: Party) -> None:
        """Note that an extension is the caller, unless another one is for certain."""
        known = self.caller
        if known is not None and known is not caller and known.certain:
            return
        for party in self.parties.values():
            if party is not caller and party.calls is not False and not party.certain:
                party.calls = False
                if party.state is LegState.DIALING and party.extension:
                    party.state, party.rang = LegState.RINGING, True
                    party.rang_at = party.rang_at or party.since
        caller.calls = caller.certain = True
        if caller.state is LegState.RINGING:  # it seemed to be the callee, or was rung first
            caller.state = LegState.DIALING

    @property
    def record(self) -> CallRecord | None:
        """Return the record with most information: of an answered call, else the longest."""
        return max(self.records, key=weight, default=None)

    def is_denied(self, party: Party) -> bool:
        """Return whether records deny the answer of a party: it made a call that had none."""
        made = any(each.caller == party.number != each.callee for each in self.records)
        return made and all(each.outcome != "answered" for each in self.records)

    def add_record(self, record: CallRecord) -> None:
        """Add a record, unless there are too many."""
        if len(self.records) < MAX_RECORDS:
            self.records.append(record)
            self.correct_caller(record)

    def correct_caller(self, record: CallRecord) -> None:
        """Correct the caller by a record, unless reports name one for certain."""
        caller = self.extensions.get(record.caller)
        outside = record.direction == "inbound" or record.source_trunk  # with such a number
        hears = record.callee == record.caller and self.answerers == (caller,)  # a prompt
        if caller is None or outside or hears:
            return
        # It names the party that replaced a caller by command (docs/asterisk.md, "Records"): the
        # transferee, or a party that was rung after the answer.
        rung, answered = caller.rung_at, self.answered_at
        came = rung is not None and answered is not None and rung > answered
        came |= bool(self.transfers) and caller.calls is False and caller not in self.answerers
        if not came:
            self.name_caller(caller)
