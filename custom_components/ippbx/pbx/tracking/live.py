"""What is known of one call while it lives and until its outcome is decided.

Facts, gathered in any order.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ..model.lines import CallLeg, CallRecord, LegKind, LegState
from .ids import parse_id
from .legs import DISORDER, TALKING, Failure, Party

MAX_PARTIES: Final = 64
MAX_RECORDS: Final = 32
MAX_IDS: Final = 64
MAX_BYES: Final = 32
MAX_FAILURES: Final = 32
TEXTS_OF_PARTY: Final = 6
TEXTS_OF_RECORD: Final = 10


@dataclass(slots=True, kw_only=True, eq=False)
class LiveCall:
    """A call.

    Attributes:
        ids: all ids that name it.
        numbers: numbers of everybody who takes or took part.
        own_ids: those of its ids that are surely its own, not those of phones which ring for it;
            first_id: the one of two that is surely the first.
        guessed: whether phones are in it only because they began to ring at the same time.
        heard: when the first word of it came (UTC).
        touched: when the last report about it came (UTC).
        muted: whether it was up before anybody listened: nothing is told before its end.
        refused: whether the PBX was told to refuse it.
        line_reported, both_reported: whether a report, not just a reading, showed a trunk's leg, or
            two parties.
        stated: whether reports tell what each of its parties does.
        held_told: whether the last that was told is that somebody is on hold; resumed_at: when that
            ended (UTC).
        due: when it is decided whether and how it ended (UTC); None while nothing points to an end.
        awaited: until when its records are waited for (UTC), where the PBX keeps some.
        ask_after: when records may be asked for again (UTC).
        doubted: whether the next reading is waited for, since phones may be left in it.
        gone: whether the PBX does not know it any more; gone_at: since when (UTC).
        over_at: when it ended, as reports tell (UTC); recorded_ends: as a record tells, by the
            PBX's clock and by ours.
        bye_at, transferred_at: when somebody hung up, or passed it on, the last time.
        sent_on_at: when the PBX was told to pass it on, the last time (UTC).
        byes: who was named where somebody hung up, and when first (UTC).
        recorded_at, last_recorded_at: when its first record came, and its last (UTC).
        seen_at: when a reading showed it, the last time (UTC).
        picked_up_at: when who calls picked up, having been rung first (UTC), as his phone's status
            told before a failure, or that he alone was answered.
        recorded_caller: the extension that calls, as a record tells; came_in: whether one tells
            that it came from outside.
        late: whether its end was found out afterwards.
        told: what was told of it already.
        seen_ringing: extensions that rang for it, as their status showed.
        named_first: the extension that was named first where both sides were named; order_learnt:
            whether that was compared with who calls.
        counted: the weight by which it counts among all calls, see CallIndex.weigh.
    """

    call_id: str
    heard: datetime
    touched: datetime
    started: datetime
    own_ids: set[str] = field(default_factory=set)
    first_id: str = ""
    guessed: bool = False
    muted: bool = False
    line_reported: bool = False
    both_reported: bool = False
    stated: bool = False
    held_told: bool = False
    resumed_at: datetime | None = None
    ids: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    parties: dict[tuple[LegKind, str], Party] = field(default_factory=dict)
    path: str = ""
    invited: bool = False
    refused: bool = False
    answered_at: datetime | None = None
    first_ring: datetime | None = None
    over_at: datetime | None = None
    recorded_ends: tuple[datetime, ...] = ()
    bye_at: datetime | None = None
    byes: dict[frozenset[str], datetime] = field(default_factory=dict)
    recorded_at: datetime | None = None
    last_recorded_at: datetime | None = None
    seen_at: datetime | None = None
    transferred_at: datetime | None = None
    sent_on_at: datetime | None = None
    transfers: int = 0
    records: list[CallRecord] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    keys: dict[int, str] = field(default_factory=dict)
    due: datetime | None = None
    awaited: datetime | None = None
    ask_after: datetime | None = None
    doubted: bool = False
    gone: bool = False
    gone_at: datetime | None = None
    late: bool = False
    told: set[str] = field(default_factory=set)
    seen_ringing: tuple[str, ...] = ()
    picked_up_at: datetime | None = None
    recorded_caller: str = ""
    came_in: bool = False
    named_first: str = ""
    order_learnt: bool = False
    counted: int = 0

    def hang_up(self, parties: Iterable[Party], now: datetime) -> None:
        """Note that somebody hung up."""
        self.bye_at = now
        if len(self.byes) < MAX_BYES:
            self.byes.setdefault(frozenset(party.number for party in parties), now)

    def add_records(self, records: list[CallRecord]) -> None:
        """Apply records as far as there is room."""
        self.records += records[: MAX_RECORDS - len(self.records)]

    @property
    def weight(self) -> int:
        """Return about how many texts are kept of it."""
        ids = len(self.ids) + len(self.own_ids)
        few = ids + len(self.numbers) + len(self.failures) + len(self.keys)
        return few + TEXTS_OF_PARTY * len(self.parties) + TEXTS_OF_RECORD * len(self.records)

    def take_over(self, leg: "LiveCall") -> None:
        """Apply what was heard of a part of it as if that were a call of its own."""
        for key, party in leg.parties.items():
            if (known := self.parties.get(key)) is not None:
                known.take_over(party)
            elif len(self.parties) < MAX_PARTIES:
                self.parties[key] = party
        self.told |= leg.told
        self.own_ids |= leg.own_ids
        self.first_id = self.first_id or leg.first_id
        self.recorded_caller = self.recorded_caller or leg.recorded_caller
        self.came_in |= leg.came_in
        self.muted &= leg.muted
        self.invited |= leg.invited
        self.transfers += leg.transfers
        self.failures += leg.failures[: MAX_FAILURES - len(self.failures)]
        self.add_records(leg.records)
        if len(self.byes) < MAX_BYES:
            self.byes = leg.byes | self.byes
        self.answered_at = _earlier(self.answered_at, leg.answered_at)
        self.first_ring = _earlier(self.first_ring, leg.first_ring)
        self.bye_at = self.bye_at or leg.bye_at
        self.transferred_at = self.transferred_at or leg.transferred_at

    # Parties

    def party(self, leg: CallLeg, now: datetime, named_by: str = "") -> Party | None:
        """Return the party that a leg of a report is; None where the call has too many.

        Args:
            named_by: the id under which it is reported.
        """
        key = _key(leg)
        found = self.parties.get(key)
        if found is None:
            if len(self.parties) >= MAX_PARTIES:
                return None
            found = Party(kind=leg.kind, extension=leg.extension, since=now, named_by=named_by)
            found.calls = True if leg.kind is LegKind.INBOUND else None
            self.parties[key] = found
        found.learn(leg)
        self.path = self.path or leg.path
        return found

    def takes_turns(self, legs: Iterable[CallLeg], now: datetime) -> bool:
        """Return True if legs say that somebody on hold talks again, or the other way round."""
        for leg in legs:
            known = self.parties.get(_key(leg))
            if known is None or known.state is leg.state or now - known.since <= DISORDER:
                continue
            if known.talks and leg.state in TALKING:
                return True
        return False

    def of_extension(self, number: str) -> Party | None:
        """Return the party that an extension is."""
        return self.parties.get((LegKind.EXTENSION, number))

    def leads_to(self, number: str) -> bool:
        """Return True if an extension takes part, or is the one that an outside caller reaches."""
        inbound = self.inbound
        return self.of_extension(number) is not None or (
            inbound is not None and inbound.callee == number
        )

    @property
    def inbound(self) -> Party | None:
        """Return the line on which it came in."""
        return self.parties.get((LegKind.INBOUND, ""))

    @property
    def sure_ids(self) -> set[str]:
        """Return the ids that must be its own: that of the line on which it came in is, too."""
        inbound = self.inbound
        line = inbound is not None and parse_id(inbound.leg_id) is not None
        return self.own_ids | {inbound.leg_id} if inbound is not None and line else self.own_ids

    @property
    def outbound(self) -> Party | None:
        """Return a line on which it goes out."""
        for party in self.parties.values():
            if party.kind is LegKind.OUTBOUND:
                return party
        return None

    @property
    def on_trunk(self) -> bool:
        """Return True if a trunk carries it, as far as is known."""
        return any(party.kind is not LegKind.EXTENSION for party in self.parties.values())

    @property
    def calling(self) -> str:
        """Return the extension that calls; empty while that is not known."""
        calls = (party.extension for party in self.extensions if party.calls)
        return next(calls, self.recorded_caller)

    @property
    def lacks_caller(self) -> bool:
        """Return True if no report shows who calls."""
        return not (self.line_reported or self.both_reported or self.calling)

    @property
    def takes_lone_legs(self) -> bool:
        """Return True if a party may be reported alone, under an id of its own.

        The line that called is not shown.
        """
        own = any(p.rings_by in self.own_ids for p in self.extensions)
        return self.lacks_caller and not own

    @property
    def by_line(self) -> bool:
        """Return True if it is known only from a reading of outside lines, by the id of one."""
        return self.outbound is not None and not self.line_reported

    @property
    def extensions(self) -> list[Party]:
        """Return the extensions that take or took part."""
        return [party for party in self.parties.values() if party.kind is LegKind.EXTENSION]

    @property
    def caller_party(self) -> Party | None:
        """Return who calls, as far as that can be told."""
        for party in self.parties.values():
            if party.calls:
                return party
        return None

    def present(self) -> list[Party]:
        """Return who may take part now: those of whom nothing says that they left."""
        return [p for p in self.parties.values() if p.state is not LegState.ENDED]

    @property
    def only_rings(self) -> bool:
        """Return True if all that is known is that some extensions ring, but not for whom."""
        return not self.records and all(
            party.kind is LegKind.EXTENSION
            and party.calls is None
            and party.rang
            and not party.talked
            for party in self.parties.values()
        )

    def live(self) -> list[Party]:
        """Return who takes part now."""
        return [party for party in self.parties.values() if party.live]

    def rang(self) -> tuple[str, ...]:
        """Return the extensions that rang."""
        parties = self.parties.values()
        known = tuple([p.extension for p in parties if p.extension and p.rang and not p.calls])
        if not self.seen_ringing and (not self.records or self.inbound is not None):
            return known
        callers = {record.caller for record in self.records} if self.inbound is None else set()
        rang = dict.fromkeys((*known, *self.seen_ringing))
        return tuple(number for number in rang if number not in callers)

    @property
    def main_record(self) -> CallRecord | None:
        """Return the record that tells most: of an answered leg, else the longest."""
        return max(self.records, key=_weight) if self.records else None


def _key(leg: CallLeg) -> tuple[LegKind, str]:
    """Return what tells parties apart.

    A call comes in on one line only, whatever number that shows.
    """
    if leg.kind is LegKind.EXTENSION:
        return leg.kind, leg.extension
    return leg.kind, leg.callee if leg.kind is LegKind.OUTBOUND else ""


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((each for each in (one, other) if each is not None), default=None)


def _weight(record: CallRecord) -> tuple[bool, int]:
    return record.outcome == "answered", record.duration or 0
