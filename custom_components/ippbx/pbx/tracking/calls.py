"""All known calls, and their lookup by ids and numbers at constant cost."""

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

from ..model.ids import ParsedId, began, parse_id
from ..model.lines import CallRecord, ExtensionStatus, LegState
from ..model.records import weight
from ..model.tracked import CallEventType, CallOutcome, TrackedCall
from .facts import Facts, Party
from .legs import Command, Evidence, fold

MAX_TEXTS: Final = 50_000
"""Texts that are kept of all calls; each may take 1 KiB. The oldest calls are dropped first."""
MAX_IDS: Final = 128
"""Ids, and numbers, of one call."""
MAX_EVIDENCE: Final = 64
REMEMBERED: Final = timedelta(minutes=15)
_EXPLAINED = 32  # ended calls whose rules are kept
_LOOKED_AT = 12  # calls of one number that may be compared with a report
_TEXTS_OF_LEG = 6
_TEXTS_OF_CALL = 16
_PLAUSIBLE = timedelta(days=1)


@dataclass(eq=False, slots=True)
class Ending:
    """The end of a call, or the evidence of it so far.

    Attributes:
        over_at: when it seemed to be over first (UTC).
        gone_at: since when snapshots do not show it any more (UTC).
        shown_at: when a snapshot showed it last (UTC).
        recorded_at: when its last record was reported (UTC).
        branch: the record with most information of a branch: used if those of the call have none.
        retroactive: whether its end was found afterwards.
        asked: whether records were read since it waits for one.
        accepted: whether it was accepted, not refused, by command; None before a decision.
        waits: what it waits for (`termination.WAITS`), until when (UTC).
        outcome, ended_at: how and when it ended (UTC); None before.
        unseen: whether only a snapshot shows its end, which may have been long before.
    """

    over_at: datetime | None = None
    gone_at: datetime | None = None
    shown_at: datetime | None = None
    recorded_at: datetime | None = None
    branch: CallRecord | None = None
    retroactive: bool = False
    asked: bool = False
    accepted: bool | None = None
    waits: dict[str, datetime] = field(default_factory=dict)
    outcome: CallOutcome | None = None
    ended_at: datetime | None = None
    unseen: bool = False


class Commanded(NamedTuple):
    """The commands for a call in an earlier run.

    Attributes:
        caller: the extension that was to ring first, to call `callee`; "" if none was dialled.
        accepted: whether it was accepted, not refused; None without a decision.
    """

    ids: tuple[str, ...]
    caller: str
    callee: str
    accepted: bool | None


class KnownCall:
    """A call; one that ended is remembered for late reports.

    Attributes:
        result: its published summary when it ended; None before.
        cached: its summary while it is live; None after new evidence.
        call_id: its name: the id of its first report; `heard` is when that came (UTC).
        first_id: the id of its line or caller, if a report states it.
        numbers: numbers that take or took part.
        rules: the rules that attached its evidence, in order, without repeats.
        begun: whether its evidence is more than hang-ups and records.
        by_line: whether only the id of its outside line is known, from a snapshot.
        published: published event types of the whole call; `published_answers`, `published_rings`:
            extensions published as answering or ringing; `published_transfers`: their number.
        texts: approximate number of texts that are kept of it.
    """

    def __init__(self, call_id: str, heard: datetime) -> None:
        self.call_id, self.first_id = call_id, ""
        self.heard = self.started = heard
        self.facts, self.ending = Facts(heard), Ending()
        self.ids, self.numbers = set[str](), set[str]()
        self.evidence: list[Evidence] = []
        self.rules: dict[str, None] = {}
        self.begun = self.by_line = False
        self.published, self.published_answers = set[CallEventType](), set[str]()
        self.published_rings: tuple[str, ...] = ()
        self.published_transfers = self.texts = 0
        self.result: TrackedCall | None = None
        self.cached: TrackedCall | None = None

    @property
    def origin(self) -> ParsedId | None:
        """Return its first known id; None if none is of Asterisk's form."""
        known = (self.first_id,) if parse_id(self.first_id) else self.ids
        return min(filter(None, map(parse_id, known)), key=lambda each: each[::-1], default=None)

    @property
    def seen_at(self) -> datetime:
        """Return when it was up for the last time, as far as reports and snapshots show (UTC)."""
        return max(self.facts.touched, self.ending.shown_at or self.facts.touched)

    @property
    def all_records(self) -> list[CallRecord]:
        """Return its records, and the one with most information of its branches."""
        branch = self.ending.branch
        return self.facts.records if branch is None else [*self.facts.records, branch]


class Calls:
    """All known calls.

    Attributes:
        live: calls whose end was not published, by name.
        active: those of them that are not over; `waiting`: those that wait for something.
        by_id: calls by all their ids; `live_of`: live calls by number, the oldest first.
        ended_by: the rules of the calls that ended last, the latest call first.
        extensions: numbers that are known to be extensions.
        ahead: how far the clock of the PBX, which sets ids and records, is ahead of ours.
        booted_at: when the PBX started (UTC): calls may have ids of earlier calls again.
        keeps_records: whether the PBX can be asked for records.
        branches: whether it has made records of branches; an OpenVox may at any time.
        paired: whether the reports of one call may have two ids that nothing joins (OpenVox).
        commanded: commands of earlier runs by call id, until the call is reported.
    """

    def __init__(self) -> None:
        """Start without calls."""
        self.live: dict[str, KnownCall] = {}
        self.active: dict[str, KnownCall] = {}
        self.waiting: dict[KnownCall, None] = {}
        self.ended_by: deque[tuple[str, ...]] = deque(maxlen=_EXPLAINED)
        self.extensions: frozenset[str] = frozenset()
        self.ahead, self.booted_at = timedelta(0), datetime.min.replace(tzinfo=UTC)
        self.keeps_records, self.paired, self.branches = False, True, False
        self.by_id: dict[str, KnownCall] = {}
        self.commanded: dict[str, Commanded] = {}
        self.live_of: dict[str, dict[KnownCall, None]] = {}
        self._by_number: dict[str, dict[KnownCall, None]] = {}
        self._finished: OrderedDict[KnownCall, datetime] = OrderedDict()
        self._texts = 0

    def given(self, any_id: str) -> datetime | None:
        """Return when an id was given (UTC), by our clock; None if it has no time."""
        at = began(any_id)
        return None if at is None else at - self.ahead

    def set_clock(self, ahead: timedelta) -> None:
        """Note how far ahead the clock of the PBX is; calls that it has dated are dated anew."""
        self.ahead = ahead
        for call in self.live.values():
            if call.begun:
                call.started, call.cached = call.heard, None
                for each in call.ids:
                    self._date(call, each)

    def _date(self, call: KnownCall, any_id: str) -> None:
        """Let a call start when one of its ids was given, if that is earlier and plausible."""
        given = self.given(any_id) or call.started
        if call.heard - _PLAUSIBLE <= given < call.started:
            call.started = given

    def latest(self, numbers: Iterable[str], *, live: bool) -> dict[KnownCall, None]:
        """Return the latest calls of numbers, live ones first, to be compared with a report."""
        found: dict[KnownCall, None] = {}
        for table in (self.live_of,) if live else (self.live_of, self._by_number):
            for number in sorted(numbers):
                if calls := table.get(number):
                    found.update(dict.fromkeys(islice(reversed(calls), _LOOKED_AT)))
        return found

    def parts_of(self, number: str) -> list[tuple[KnownCall, Party]]:
        """Return the active calls in which an extension takes part, and its party in each."""
        calls = (call for call in self.live_of.get(number, ()) if call.call_id in self.active)
        parts = [(call, call.facts.extensions.get(number)) for call in calls]
        return [(call, party) for call, party in parts if party is not None and party.live]

    def is_hold_certain(
        self, number: str, status: ExtensionStatus | None, *, by_command: bool = False
    ) -> bool:
        """Return whether the status of an extension holds, or resumes, one certain call."""
        held = status is ExtensionStatus.ON_HOLD  # the call in which it talks; others may ring
        if held or by_command:
            before = LegState.TALKING if held else LegState.ON_HOLD
            return sum(p.state is before for call, p in self.parts_of(number) if call.begun) == 1
        return sum(call.begun for call in self.live_of.get(number, ())) == 1

    def named(self, ids: Iterable[str], *, begins: bool) -> dict[KnownCall, None]:
        """Return the calls of ids; only calls since the start of the PBX for a new beginning."""
        calls = filter(None, map(self.by_id.get, ids))
        return {call: None for call in calls if call.heard > self.booted_at or not begins}

    def create(self, call_id: str, now: datetime) -> KnownCall:
        """Return a new call."""
        call = KnownCall(call_id, now)
        self.live[call_id] = self.active[call_id] = call
        self.name(call, (call_id,))
        self._weigh(call, _TEXTS_OF_CALL)
        return call

    def name(self, call: KnownCall, ids: Iterable[str]) -> None:
        """Register ids of a call, unless they name another one since the start of the PBX."""
        for each in filter(None, ids):
            known = self.by_id.get(each)
            free = known is None or known.heard <= self.booted_at
            if free and len(call.ids) < MAX_IDS:
                self.by_id[each] = call
                call.ids.add(each)
                self._date(call, each)
                if each in self.commanded:
                    self._resume(call, self.commanded[each])

    def _resume(self, call: KnownCall, commanded: Commanded) -> None:
        """Apply the commands for a call, and their publication, of an earlier run."""
        for each in commanded.ids:
            self.commanded.pop(each, None)
        call.begun, call.ending.accepted = True, commanded.accepted
        if commanded.accepted is not None:
            call.published.add(CallEventType.INVITED)
        if commanded.caller:
            call.published.add(CallEventType.DIALING)
            self.note(call, commanded.caller)
            self.note(call, commanded.callee)
            self.learn(call, Evidence(call.heard, Command(commanded.caller, commanded.callee)))

    def note(self, call: KnownCall, number: str) -> None:
        """Register a number that takes part."""
        if number and number not in call.numbers and len(call.numbers) < MAX_IDS:
            call.numbers.add(number)
            self._by_number.setdefault(number, {})[call] = None
            self.live_of.setdefault(number, {})[call] = None

    def learn(self, call: KnownCall, evidence: Evidence) -> None:
        """Keep and fold evidence."""
        if len(call.evidence) < MAX_EVIDENCE:
            call.evidence.append(evidence)
            self._weigh(call, _TEXTS_OF_LEG * (1 + len(getattr(evidence.event, "legs", ()))))
        fold(call.facts, evidence)
        call.cached = None

    def demote_records(self, call: KnownCall) -> None:
        """Take its records for those of branches, as its first id was reported after them."""
        own = [r for r in call.facts.records if parse_id(r.call_id) == call.origin]
        others = [r for r in call.facts.records if r not in own]
        branches = filter(None, (call.ending.branch, *others))
        call.ending.branch = max(branches, key=weight, default=None)
        call.facts.records = own
        call.evidence = [e for e in call.evidence if e.event not in others]

    def _weigh(self, call: KnownCall, texts: int) -> None:
        """Count texts of a call; drop the oldest others if there are too many, ended ones first."""
        call.texts += texts
        self._texts += texts
        while self._texts > MAX_TEXTS:
            oldest = next(iter(self._finished), None) or next(iter(self.live.values()))
            if oldest is call:
                return
            self.drop(oldest)

    def join(self, part: KnownCall, call: KnownCall) -> None:
        """Merge a call into another one; all evidence is folded anew."""
        self.drop(part)
        self._weigh(call, part.texts)
        self.name(call, part.ids)
        for number in part.numbers:
            self.note(call, number)
        # Hang-ups of a branch do not end the call.
        known = [e for e in part.evidence if part.begun or isinstance(e.event, CallRecord)]
        call.evidence = sorted(call.evidence + known, key=lambda each: each.at)[:MAX_EVIDENCE]
        call.rules |= part.rules
        call.heard = min(call.heard, part.heard)
        call.started = min(call.started, part.started)
        call.first_id = call.first_id or part.first_id
        call.by_line &= part.by_line
        call.begun |= part.begun
        if call.ending.accepted is None:
            call.ending.accepted = part.ending.accepted
        call.published |= part.published
        call.published_answers |= part.published_answers
        call.published_rings += part.published_rings
        call.published_transfers += part.published_transfers
        call.facts, call.cached = Facts(call.heard), None
        for each in call.evidence:
            fold(call.facts, each)

    def finish(self, call: KnownCall, tracked: TrackedCall, now: datetime) -> None:
        """Remember a call after its end was published."""
        self._leave(call)
        self.ended_by.appendleft(tuple(call.rules))
        call.result, call.ending.over_at = tracked, call.ending.over_at or now
        call.evidence.clear()
        kept = len(call.ids) + len(call.numbers) + _TEXTS_OF_LEG * len(call.facts.parties)
        self._weigh(call, _TEXTS_OF_CALL + kept - call.texts)
        self._finished[call] = now
        while (oldest := next(iter(self._finished.items())))[1] < now - REMEMBERED:
            self.drop(oldest[0])

    def _leave(self, call: KnownCall) -> None:
        call.ending.waits.clear()
        self.waiting.pop(call, None)
        self.live.pop(call.call_id, None)
        self.active.pop(call.call_id, None)
        for number in call.numbers:
            _remove(self.live_of, number, call)

    def drop(self, call: KnownCall) -> None:
        """Forget a call as if there had been none."""
        if call.result is None:
            self._leave(call)
        self._finished.pop(call, None)
        self._texts -= call.texts
        for each in call.ids:
            if self.by_id.get(each) is call:
                del self.by_id[each]
        for number in call.numbers:
            _remove(self._by_number, number, call)


def _remove(table: dict[str, dict[KnownCall, None]], number: str, call: KnownCall) -> None:
    calls = table.get(number, {})
    calls.pop(call, None)
    if not calls:
        table.pop(number, None)
