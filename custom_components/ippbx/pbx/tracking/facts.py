"""What the evidence of one call adds up to: its parties, and what happened to it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ..model.lines import CallLeg, CallRecord, LegKind, LegState

TALKING: Final = (LegState.TALKING, LegState.ON_HOLD)
DISORDER: Final = timedelta(seconds=3)
"""How much later than a newer report an older one may arrive."""
HOLD_DISORDER: Final = timedelta(seconds=1)
"""The same for hold and resume, which may follow each other within two seconds."""
MAX_PARTIES: Final = 64
MAX_RECORDS: Final = 32
MAX_FAILURES: Final = 16

_RANK = {
    LegState.DIALING: 1,
    LegState.WAITING: 1,
    LegState.RINGING: 2,
    LegState.TALKING: 3,
    LegState.ON_HOLD: 3,
    LegState.ENDED: 4,
}


@dataclass(slots=True, kw_only=True, eq=False)
class Party:
    """One party of a call.

    Attributes:
        state: None while no report has stated it.
        since: when the state was reported (UTC).
        calls: whether it makes the call; None while that is unknown.
        certain: whether more than the order of the parties in a report says so.
        rang, talked, held: whether it ever did, or was.
        picked_up: whether its phone was reported busy while it rang.
        led_on: whether it had another callee first, which led on to the next one.
        idle_at: when its phone was reported idle while it rang or dialled (UTC).
        rang_at: when it was first reported to ring (UTC).
    """

    kind: LegKind
    extension: str = ""
    caller: str = ""
    callee: str = ""
    trunk: str = ""
    leg_id: str = ""
    path: str = ""
    state: LegState | None = None
    since: datetime
    calls: bool | None = None
    certain: bool = False
    rang: bool = False
    talked: bool = False
    held: bool = False
    picked_up: bool = False
    led_on: bool = False
    idle_at: datetime | None = None
    rang_at: datetime | None = None

    @property
    def live(self) -> bool:
        """Return whether it takes part now."""
        return self.state is not None and self.state is not LegState.ENDED

    @property
    def talks(self) -> bool:
        """Return whether it talks or is on hold."""
        return self.state in TALKING

    @property
    def number(self) -> str:
        """Return its number."""
        if self.kind is LegKind.EXTENSION:
            return self.extension
        return self.caller if self.kind is LegKind.INBOUND else self.callee

    def update(self, leg: CallLeg) -> None:
        """Apply what a report says of it besides its state; the first callee of a line stays."""
        self.caller = leg.caller or self.caller
        self.led_on |= bool(self.callee) and leg.callee not in ("", self.callee)
        self.callee = self.callee or leg.callee
        self.trunk = leg.trunk or self.trunk
        self.leg_id = leg.leg_id or self.leg_id
        self.path = leg.path or self.path

    def enter(self, state: LegState, at: datetime) -> bool:
        """Apply a state unless it was left before; return whether it is another one now."""
        before, soon = self.state, at - self.since
        if state is before:
            return False
        if before is not None and soon <= DISORDER and _RANK[state] < _RANK[before]:
            return False
        if soon < HOLD_DISORDER and self.held and state in TALKING and before in TALKING:
            return False
        self.note(state)
        self.state, self.since = state, at
        if state is LegState.RINGING:
            self.rang_at = self.rang_at or at
        return True

    def note(self, state: LegState) -> None:
        """Note that it is in a state, or was."""
        self.rang |= state is LegState.RINGING
        self.talked |= state in TALKING
        self.held |= state is LegState.ON_HOLD

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
            path=self.path,
        )


@dataclass(frozen=True, slots=True)
class Failure:
    """A leg that could not be reached.

    Attributes:
        number: the party, empty where no report names it.
        others: whether anybody else rang at that time.
    """

    number: str
    reason: str
    at: datetime
    others: bool


type Key = tuple[LegKind, str]


@dataclass(slots=True, kw_only=True, eq=False)
class Facts:
    """What is known of a call by its evidence.

    Attributes:
        records: the records of the call itself.
        branches: the records of single branches of it, such as members of a group.
        keys: pressed keys by position.
        answered_at: when two parties first talked (UTC).
        answerers: those two.
        alone: the party that was answered alone last: by a queue or an IVR, or on a hidden line.
        alone_at: when that was reported (UTC).
        several: whether more than one extension rang before the answer.
        path: the IVR, queue or ring group that it came through.
        transferred_at: when it last went on to somebody else (UTC).
        called: who was called first: by a command, or because it forwarded the call.
        hung_up_at: when somebody last hung up (UTC).
        inexact: whether only a reading showed that it was answered.
        stated: whether reports state what each leg does (API v2.0.0).
        touched: when it was last reported (UTC).
    """

    parties: dict[Key, Party] = field(default_factory=dict)
    records: list[CallRecord] = field(default_factory=list)
    branches: list[CallRecord] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    keys: dict[int, str] = field(default_factory=dict)
    answered_at: datetime | None = None
    answerers: tuple[Party, ...] = ()
    alone: Party | None = None
    alone_at: datetime | None = None
    several: bool = False
    path: str = ""
    transfers: int = 0
    transferred_at: datetime | None = None
    called: str = ""
    hung_up_at: datetime | None = None
    inexact: bool = False
    first_ring: datetime | None = None
    invited: bool = False
    stated: bool = False
    touched: datetime

    # Parties

    def party(self, leg: CallLeg, at: datetime) -> Party | None:
        """Return the party that a leg names, a new one if need be; None where there are too many.

        A call comes in on one line only, whatever number that shows.
        """
        key: Key = (leg.kind, leg.extension)
        if leg.kind is not LegKind.EXTENSION:
            key = (leg.kind, leg.callee if leg.kind is LegKind.OUTBOUND else "")
        party = self.parties.get(key)
        if party is None:
            if len(self.parties) >= MAX_PARTIES or not any((leg.extension, leg.caller, leg.callee)):
                return None
            party = self.parties[key] = Party(kind=leg.kind, extension=leg.extension, since=at)
            if leg.kind is LegKind.INBOUND:
                party.calls = party.certain = True
        party.update(leg)
        self.path = self.path or leg.path
        return party

    def extension(self, number: str) -> Party | None:
        """Return the party that an extension is in this call."""
        return self.parties.get((LegKind.EXTENSION, number))

    @property
    def extensions(self) -> list[Party]:
        """Return the extensions that take or took part."""
        return [each for each in self.parties.values() if each.kind is LegKind.EXTENSION]

    @property
    def inbound(self) -> Party | None:
        """Return the line on which it came in."""
        return self.parties.get((LegKind.INBOUND, ""))

    @property
    def outbound(self) -> Party | None:
        """Return the first line on which it goes out."""
        return next((p for p in self.parties.values() if p.kind is LegKind.OUTBOUND), None)

    @property
    def on_trunk(self) -> bool:
        """Return whether a line carries it, as far as is known."""
        return any(party.kind is not LegKind.EXTENSION for party in self.parties.values())

    @property
    def caller(self) -> Party | None:
        """Return the party that makes the call."""
        if (inbound := self.inbound) is not None:
            return inbound
        return next((party for party in self.parties.values() if party.calls), None)

    def live(self) -> list[Party]:
        """Return the parties that take part now."""
        return [party for party in self.parties.values() if party.live]

    def present(self) -> list[Party]:
        """Return the parties that may take part now: no report says that they left."""
        return [p for p in self.parties.values() if p.state is not LegState.ENDED]

    def rang(self) -> Iterator[Party]:
        """Yield the extensions that rang to be called."""
        return (party for party in self.extensions if party.rang and not party.calls)

    def move(self, at: datetime) -> None:
        """Note that it goes on to somebody else, whoever hung up before."""
        self.transferred_at, self.hung_up_at = at, None

    def name_caller(self, caller: Party) -> None:
        """Note that a party makes the call; who was taken for the caller is called."""
        if caller.certain and not caller.calls:
            return
        for party in self.parties.values():
            if party is not caller and party.calls is not False and not party.certain:
                party.calls = False
                if party.state is LegState.DIALING and party.kind is LegKind.EXTENSION:
                    party.state, party.rang = LegState.RINGING, True
        caller.calls = caller.certain = True
        if caller.state is LegState.RINGING:  # it was taken for the callee, or rung first
            caller.state = LegState.DIALING
        self.forget_own_ring()

    @property
    def only_rings(self) -> bool:
        """Return whether extensions that ring, for an unknown caller, are all that is known."""
        return not self.records and all(
            party.kind is LegKind.EXTENSION and party.calls is None and party.rang
            for party in self.parties.values()
        )

    # Records

    @property
    def record(self) -> CallRecord | None:
        """Return the record that says most: of an answered call, else the longest."""
        return max(self.records, key=weight) if self.records else None

    def add_record(self, record: CallRecord, *, branch: bool) -> bool:
        """Add a record; return whether it is new."""
        kept = self.branches if branch else self.records
        if record in kept or len(kept) >= MAX_RECORDS:
            return False
        kept.append(record)
        if not branch and self.inbound is None:
            self._learn_caller(record)
        return True

    def _learn_caller(self, record: CallRecord) -> None:
        """Correct who calls by what a record says, unless reports are certain of it."""
        known = self.caller
        caller = self.extension(record.caller)
        if caller is None or (known is not None and known.certain):
            return
        if record.direction == "inbound" or record.source_trunk:
            return  # somebody outside with the number of an extension
        self.name_caller(caller)

    def forget_own_ring(self) -> None:
        """Forget that the phone of the caller rang, which does not count as ringing."""
        if any(party.rang and party.calls for party in self.parties.values()):
            rang = (each for each in self.parties.values() if each.rang and not each.calls)
            self.first_ring = min((each.rang_at or each.since for each in rang), default=None)


def is_empty(record: CallRecord) -> bool:
    """Return whether a record is of the kind that branches leave which nobody saw ring."""
    none = record.outcome in ("no_answer", "answered") and not record.talk_duration
    return none and (record.duration or 0) <= 1


def is_answer(record: CallRecord) -> bool:
    """Return whether a record states a conversation; branches that lost a race have none."""
    return record.outcome == "answered" and record.talk_duration != 0


def weight(record: CallRecord) -> tuple[bool, bool, int]:
    """Return what sorts records by how much they say of a call."""
    answered = is_answer(record) or record.outcome == "voicemail"
    return answered, record.direction != "transfer", record.duration or 0
