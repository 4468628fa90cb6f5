"""The call engine: reports, reads and records in.

Calls, what happens to them and how they end out.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, override

from ..backend import IdRules
from ..model.events import (
    BootUpReport,
    CallEvent,
    CallRecordReport,
    CallReport,
    ExtensionStatusReport,
    KeyReport,
    PbxEvent,
    PromptEndReport,
)
from ..model.lines import CallRecord, ExtensionStatus, LegState
from ..model.tracked import CallChange, CallEventType, CallSnapshot, TrackedCall
from .changes import before, news, sent_on
from .ending import CallEnds
from .identity import CallMatch
from .ids import PbxClock, parse_id
from .keys import press
from .legs import DISORDER, Party
from .live import LiveCall
from .phone_memory import PartyOrder, Phones, Repeats
from .registry import MAX_LIVE, CallIndex, Finished, known_extensions, trunk_ids
from .snapshot import Resync
from .split import CallSplit
from .status import status_in, status_in_leg
from .summary import summary
from .transitions import apply, hear_prompt, name_caller

DECISION = timedelta(seconds=10)
"""How long the PBX waits for a call to be accepted, refused or directed."""
_PLAUSIBLE = timedelta(days=1)
_INVITING = (CallEvent.INVITE, CallEvent.INCOMING)

type Changes = tuple[CallChange, ...]

_PAIRED = IdRules(paired=True)


type Doings = tuple[tuple[str, LegState | None], ...]
"""Ids of the calls of an extension, and what it does in each."""


class ActiveCalls(Mapping[str, TrackedCall]):
    """The calls that are not over, by their first id. Its length costs nothing."""

    def __init__(self, live: Mapping[str, LiveCall], ending: Mapping[str, LiveCall]) -> None:
        """Look at the calls of an index."""
        self._live, self._ending = live, ending

    @override
    def __getitem__(self, call_id: str) -> TrackedCall:
        """Return a call by its first id."""
        if call_id in self._ending:
            raise KeyError(call_id)
        return summary(self._live[call_id])

    @override
    def __iter__(self) -> Iterator[str]:
        """Yield the ids."""
        return (call_id for call_id in self._live if call_id not in self._ending)

    @override
    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._live) - len(self._ending)


class CallTracker:
    """Knows the calls of one PBX. Synchronous; no parsed report makes it raise.

    Attributes:
        active: the calls that are not over.
        keeps_records: whether the PBX can be asked for the records of calls whose reports were lost
            (Yeastar).
        rules: how the ids of one call are related.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        keeps_records: bool = False,
        rules: IdRules = _PAIRED,
    ) -> None:
        """Begin without calls; those that the first read shows were up before.

        Args:
            now: tells the time (UTC).
        """
        ending: dict[str, LiveCall] = {}
        self._index = CallIndex()
        self._ending = ending
        self.active: Mapping[str, TrackedCall] = ActiveCalls(self._index.live, ending)
        self._now = now
        self._match = CallMatch(self._index, two_ids=rules.paired)
        self._clock = PbxClock()
        self._order = PartyOrder()
        self._repeats = Repeats()
        self._phones = Phones()
        self._split = CallSplit(self._index, self._create, ending)
        self._ends = CallEnds(
            self._index,
            self._match,
            self._clock,
            self._phones,
            self._create,
            split=self._split,
            ending=ending,
            keeps_records=keeps_records,
        )
        self._resync = Resync(self._index, self._match, self._split, self._ends, self._create)
        self._takers: dict[type[PbxEvent], Callable[[Any], Iterable[CallChange]]] = {
            BootUpReport: self._take_boot,
            ExtensionStatusReport: self._take_status,
            CallReport: self._take_call,
            CallRecordReport: self._take_record,
            PromptEndReport: self._take_prompt,
            KeyReport: self._take_key,
        }

    # Asking

    def calls_of(self, extension: str) -> tuple[TrackedCall, ...]:
        """Return the calls in which an extension takes part now, the oldest first."""
        return tuple(summary(call) for call, _ in self._live_of(extension))

    def find(self, any_id: str) -> TrackedCall | None:
        """Return the call that an id names, one that ended lately as well."""
        found = self._index.by_id(any_id)
        if found is None:
            return None
        return found.call if isinstance(found, Finished) else summary(found)

    def status_of(self, extension: str) -> ExtensionStatus | None:
        """Return what the calls of an extension show it to do; None without a call."""
        return status_in([party.state for _, party in self._live_of(extension)])

    def doings_of(self, extension: str) -> Doings:
        """Return the ids of the calls of an extension, and what it does in each.

        Cheaper than `calls_of`.
        """
        return tuple([(call.call_id, party.state) for call, party in self._live_of(extension)])

    def is_in_call(self, extension: str) -> bool:
        """Return True if an extension takes part in a call now; cheaper than `calls_of`."""
        return bool(self._live_of(extension))

    def ids_of(self, any_id: str) -> Collection[str]:
        """Return all ids of the call that an id names, also of one that ended recently."""
        found = self._index.by_id(any_id)
        return () if found is None else found.ids

    def parties_of(self, any_id: str) -> Collection[str]:
        """Return the extensions that take or took part in the call that an id names.

        Cheaper than `find`.
        """
        found = self._index.by_id(any_id)
        return () if found is None else known_extensions(found)

    @property
    def unsure_extensions(self) -> frozenset[str]:
        """Return the extensions whose calls no list of trunk calls shows.

        Those to be queried one by one.
        """
        return frozenset(
            party.extension
            for call_id, call in self._index.live.items()
            if call_id not in self._ending and not call.on_trunk
            for party in call.present()
        )

    def _live_of(self, extension: str) -> list[tuple[LiveCall, Party]]:
        """Return the calls in which an extension takes part, and what it is in each.

        The oldest call comes first.
        """
        return [
            (call, party)
            for call in self._index.live_of(extension)
            if call.call_id not in self._ending
            and (party := call.of_extension(extension)) is not None
            and party.live
        ]

    @property
    def keeps_records(self) -> bool:
        """Return True if a call that ended unseen waits for its record to be read."""
        return self._ends.keeps_records

    @keeps_records.setter
    def keeps_records(self, keeps: bool) -> None:
        self._ends.keeps_records = keeps

    @property
    def rules(self) -> IdRules:
        """Return how the ids of one call are related."""
        return IdRules(paired=self._match.two_ids)

    @rules.setter
    def rules(self, rules: IdRules) -> None:
        self._match.two_ids = rules.paired

    @property
    def settle_due(self) -> datetime | None:
        """Return when `settle` is to be called (UTC); None while nothing waits."""
        return self._ends.due

    @property
    def wants_records(self) -> datetime | None:
        """Return since when (UTC) records are wanted of calls whose outcome nothing decides.

        None for none.
        """
        return self._ends.wants_records

    def _was_in_another(self, extension: str, call: LiveCall) -> bool:
        """Return True if an extension had another call since it seemed to take one up again."""
        since = call.resumed_at
        return since is not None and any(
            known is not call and known.heard >= since - DISORDER
            for known in self._index.of_number(extension)
        )

    # Being told

    def take(self, report: PbxEvent) -> Changes:
        """Apply a report; return what it changed."""
        take = self._takers.get(type(report))
        return () if take is None else tuple(take(report))

    def _take_boot(self, _report: BootUpReport) -> Iterable[CallChange]:
        return self.boot()

    def _take_status(self, report: ExtensionStatusReport) -> Iterable[CallChange]:
        now = self._now()
        fresh = self._phones.note(report.extension, report.status, now)
        calls = self._live_of(report.extension)
        if len(calls) != 1 or not fresh:
            return
        call, party = calls[0]
        earlier = before(call)
        if status_in_leg(call, party, report.status, now):
            if party.state is LegState.TALKING:
                call.resumed_at = now
            elif self._was_in_another(report.extension, call):
                call.held_told = True  # it was on hold, while the phone was busy with that one
            yield from news(call, earlier)

    def _take_call(self, report: CallReport) -> Iterable[CallChange]:
        now = self._now()
        if self._repeats.known(report, now) and not self._takes_turns(report, now):
            return
        call = self._find(report.call_id, report, now)
        if call is None:
            return
        earlier = before(call)
        apply(call, report, now, callee_first=self._order.callee_first)
        if caller := self._phones.caller_among(report):
            name_caller(call, caller, now)
        self._order.learn(report, call)
        if report.event is CallEvent.FAILED:
            alone = report.legs[0].extension if len(report.legs) == 1 else ""
            who = call.calling or alone
            call.picked_up_at = self._phones.picked_up(who) or call.picked_up_at
        self._ends.make_room(call)
        if report.event in _INVITING and not call.muted:
            until = now + DECISION
            extensions: tuple[str, ...] = ()
            yield CallChange(
                type=CallEventType.INVITED, call=summary(call), extensions=extensions, until=until
            )
        yield from news(call, earlier)
        yield from self._ends.consider(call, now)

    def _takes_turns(self, report: CallReport, now: datetime) -> bool:
        """Return True if a report that came before is news again.

        Hold and resume may follow fast.
        """
        known = self._index.by_id(report.call_id)
        return isinstance(known, LiveCall) and known.takes_turns(report.legs, now)

    def _take_record(self, report: CallRecordReport) -> Iterable[CallChange]:
        yield from self._ends.record(report.record, self._now())

    def _take_prompt(self, report: PromptEndReport) -> Iterable[CallChange]:
        now = self._now()
        call = self._find(report.call_id, report, now)
        if call is not None:
            hear_prompt(call, report, now)
            self._ends.make_room(call)
        return ()

    def _take_key(self, report: KeyReport) -> Iterable[CallChange]:
        now = self._now()
        if report.index is None and self._repeats.known(report, now):
            return ()
        call = self._find(report.call_id, report, now)
        if call is None:
            return ()
        change = press(call, report, now)
        self._ends.make_room(call)
        return () if change is None else (change,)

    def refused(self, any_id: str) -> None:
        """Note that the PBX has refused a call because it was told to.

        No report says why it ends.
        """
        call = self._index.by_id(any_id)
        if isinstance(call, LiveCall):
            call.refused = True

    def sent_on(self, any_id: str, left: str = "") -> Changes:
        """Note that the PBX passes a call on because it was told to.

        No report says so (pbx-api, "Reports").

        Args:
            left: the extension that takes part in it no more.
        """
        call = self._index.by_id(any_id)
        if not isinstance(call, LiveCall) or call.answered_at is None or call.muted or call.gone:
            return ()
        return tuple(sent_on(call, left, self._now()))

    def resync(self, snapshot: CallSnapshot) -> Changes:
        """Apply what a reading of the PBX showed; calls that it does not know any more end."""
        return tuple(self._resync.take(snapshot, self._now()))

    def records(self, records: Iterable[CallRecord]) -> Changes:
        """Apply records that the PBX was asked for; what they tell is late, and told once."""
        now = self._now()
        changes: list[CallChange] = []
        for record in records:
            changes += self._ends.record(record, now, read=True)
        return (*changes, *self._ends.records_read(now))

    def settle(self) -> Changes:
        """Decide what was to be decided by now."""
        return tuple(self._ends.settle(self._now()))

    def boot(self) -> Changes:
        """Note that the PBX has started: no call outlives that."""
        self._resync.forget()
        self._ends.all_gone(self._now())
        return ()

    def link_lost(self) -> None:
        """Note that nothing is heard of the PBX.

        Calls that are found afterwards began unseen.
        """
        self._resync.forget()

    # Calls

    def _find(
        self, call_id: str, report: CallReport | KeyReport | PromptEndReport, now: datetime
    ) -> LiveCall | None:
        """Return the call that a report is about, a new one if need be.

        None for one that is over, or has no name.
        """
        event = report.event if isinstance(report, CallReport) else None
        found = self._match.report(call_id, report.legs, event)
        lines = trunk_ids(report.legs)
        call_id = call_id or next(iter(lines), "")
        if isinstance(found, Finished) or (found is None and not call_id):
            return None
        if found is None:
            self._clock.hear(call_id, now)
            if self._match.two_ids:
                found = self._split.begun_between(call_id, report.legs, event, now)
            found = found or self._create(call_id, now)
        if self._match.two_ids:
            alone = event is CallEvent.RINGING and len(report.legs) == 1
            found.guessed |= alone and call_id not in found.ids
            found = self._split.heard(found, call_id, report.legs, event, now)
        for line in self._match.lines_of(found, lines):
            self._ends.forget(line)
            self._index.absorb(line, found)
        self._index.learn(found, (call_id, *lines), report.legs)
        return found

    def _create(self, call_id: str, now: datetime) -> LiveCall:
        """Return a new call; it takes the place of the oldest one where there are too many."""
        parsed = parse_id(call_id)
        began = parsed.began if parsed is not None else now
        plausible = timedelta(0) <= now - began <= _PLAUSIBLE
        call = LiveCall(
            call_id=call_id, heard=now, touched=now, started=began if plausible else now
        )
        if len(self._index.live) >= MAX_LIVE:
            oldest = next(iter(self._index.live.values()))
            self._ends.forget(oldest)
        self._index.add(call)
        return call
