"""The calls that are known, and finding them by ids and numbers at a cost that does not grow."""

from collections import OrderedDict, deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from ..model.events import CallReport, KeyReport, PromptEndReport
from ..model.lines import CallLeg, CallRecord
from ..model.tracked import TrackedCall
from .facts import Facts
from .ids import parse_id
from .legs import Evidence, Shown, fold
from .timers import Wait

MAX_LIVE: Final = 2000
MAX_FINISHED: Final = 1000
MAX_IDS: Final = 128
"""Ids, and numbers, of one call."""
MAX_EVIDENCE: Final = 64
MAX_RULES: Final = 32
MAX_TEXTS: Final = 50_000
"""Texts that are kept of all calls together; each may take 1 KiB."""
REMEMBERED: Final = timedelta(minutes=15)
_EXPLAINED: Final = 32  # calls that are over of which the rules are kept
_LOOKED_AT: Final = 12  # calls of one number that may be compared with a report
_TEXTS_OF_LEG: Final = 6


@dataclass(slots=True, eq=False)
class Published:
    """What was published of a call.

    Attributes:
        things: what was: "dialing", "ringing", "answered", kinds of invitations.
        answered: extensions for which the answer was published.
        rang: extensions for which ringing was published.
        transfers: how many transfers were reported when they were last published.
    """

    things: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    rang: set[str] = field(default_factory=set)
    transfers: int = 0
    held: bool = False


@dataclass(slots=True, eq=False)
class Ending:
    """How near a call is to its end.

    Attributes:
        over_at: when it seemed to be over first (UTC).
        gone_at: since when readings do not show it any more (UTC).
        shown_at: when a reading showed it last (UTC).
        recorded_at: when its last record was reported (UTC).
        retroactive: whether its end was found afterwards.
        asked: whether records were read since it waits for one.
        waits: what is waited for, until when (UTC).
    """

    over_at: datetime | None = None
    gone_at: datetime | None = None
    shown_at: datetime | None = None
    recorded_at: datetime | None = None
    retroactive: bool = False
    asked: bool = False
    waits: dict[Wait, datetime] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class LiveCall:
    """A call whose end was not published.

    Attributes:
        call_id: its name: the id under which it was first reported.
        heard: when it was first reported (UTC).
        first_id: the id of its line or caller, where a report states it.
        numbers: numbers that take or took part.
        rules: how its evidence was attached to it, in order, without repeats.
        inferred: extensions that rang for it, as their status alone shows.
        by_line: whether it is known by the id of its outside line alone, from a reading.
        refused: whether it was refused by command.
        dialled: the extension that makes it by command; "" where it was made otherwise.
        booted: whether the PBX has started since.
        moved_at: when it was last transferred by command (UTC).
        texts: about how many texts are kept of it.
    """

    call_id: str
    heard: datetime
    started: datetime
    facts: Facts
    first_id: str = ""
    ids: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    evidence: list[Evidence] = field(default_factory=list)
    rules: dict[str, None] = field(default_factory=dict)
    published: Published = field(default_factory=Published)
    ending: Ending = field(default_factory=Ending)
    inferred: tuple[str, ...] = ()
    by_line: bool = False
    refused: bool = False
    dialled: str = ""
    moved_at: datetime | None = None
    booted: bool = False
    texts: int = 0

    def add(self, evidence: Evidence, *, callee_first: bool) -> None:
        """Keep evidence and fold it."""
        if len(self.evidence) < MAX_EVIDENCE:
            self.evidence.append(evidence)
            self.texts += _texts(evidence)
        fold(self.facts, evidence, callee_first=callee_first)

    def fold_anew(self, *, callee_first: bool) -> None:
        """Fold all evidence anew, in the order in which it came."""
        self.evidence.sort(key=lambda each: each.at)
        self.facts = Facts(touched=self.heard)
        for each in self.evidence:
            fold(self.facts, each, callee_first=callee_first)

    @property
    def earliest_id(self) -> str:
        """Return the earliest of its ids."""
        return self.first_id or min(self.ids, key=_order, default=self.call_id)


@dataclass(slots=True, eq=False)
class Finished:
    """A call whose end was published, remembered for what is reported late.

    Attributes:
        lasted: for how many seconds it was known to go on.
        booted, by_line: as of a live call.
    """

    call: TrackedCall
    ids: frozenset[str]
    numbers: frozenset[str]
    first_id: str
    at: datetime
    lasted: float
    texts: int
    booted: bool = False
    by_line: bool = False

    @property
    def earliest_id(self) -> str:
        """Return the earliest of its ids."""
        return self.first_id


type Known = LiveCall | Finished


class CallIndex:
    """All calls that are known.

    Attributes:
        live: calls whose end was not published, by their names.
        extensions: numbers that are known to be extensions.
    """

    def __init__(self) -> None:
        """Start without calls."""
        self._rules: deque[tuple[str, ...]] = deque(maxlen=_EXPLAINED)
        self.live: dict[str, LiveCall] = {}
        self.extensions: frozenset[str] = frozenset()
        self._by_id: dict[str, Known] = {}
        self._by_number: dict[str, dict[int, Known]] = {}
        self._live_by_number: dict[str, dict[int, LiveCall]] = {}
        self._live_by_counter: dict[int, dict[int, LiveCall]] = {}
        self._finished: OrderedDict[int, Finished] = OrderedDict()
        self._texts = 0

    @property
    def rules(self) -> list[tuple[str, ...]]:
        """Return the rules that attached reports to the calls that ended last, the last first."""
        return list(self._rules)

    # Finding

    def by_id(self, any_id: str) -> Known | None:
        """Return the call that an id names."""
        return self._by_id.get(any_id)

    def of_number(self, number: str) -> Iterable[Known]:
        """Return calls in which a number takes or took part, the latest first."""
        calls = self._by_number.get(number)
        return () if not calls else islice(reversed(calls.values()), _LOOKED_AT)

    def latest_of(self, number: str) -> Iterable[LiveCall]:
        """Return the live calls of a number that may be compared, the latest first."""
        calls = self._live_by_number.get(number)
        return () if calls is None else islice(reversed(calls.values()), _LOOKED_AT)

    def live_of(self, number: str) -> Collection[LiveCall]:
        """Return the live calls of a number, the oldest first."""
        calls = self._live_by_number.get(number)
        return () if calls is None else calls.values()

    def live_at(self, counter: int) -> Collection[LiveCall]:
        """Return the live calls that have an id with that number, of whatever second."""
        calls = self._live_by_counter.get(counter)
        return () if calls is None else tuple(calls.values())

    # Keeping

    def add(self, call: LiveCall) -> None:
        """Add a new call."""
        self.live[call.call_id] = call
        self.name(call, (call.call_id,))

    def name(self, call: LiveCall, ids: Iterable[str]) -> None:
        """Register ids of a call that name no other one."""
        for each in ids:
            if each and each not in self._by_id and len(call.ids) < MAX_IDS:
                self._by_id[each] = call
                call.ids.add(each)
                if (parsed := parse_id(each)) is not None:
                    self._live_by_counter.setdefault(parsed.number, {})[id(call)] = call

    def register(self, call: LiveCall, legs: Iterable[CallLeg]) -> None:
        """Register the numbers of legs for a call."""
        for leg in legs:
            for number in (leg.extension, leg.caller, leg.callee):
                if number and number not in call.numbers:
                    self.note(call, number)

    def note(self, call: LiveCall, number: str) -> None:
        """Register a number that takes part."""
        if number and number not in call.numbers and len(call.numbers) < MAX_IDS:
            call.numbers.add(number)
            self._by_number.setdefault(number, {})[id(call)] = call
            self._live_by_number.setdefault(number, {})[id(call)] = call

    def release(self, any_id: str) -> None:
        """Let an id name no call."""
        self._by_id.pop(any_id, None)

    def join(self, part: LiveCall, call: LiveCall, *, callee_first: bool) -> None:
        """Make a call a part of another one, with all its evidence."""
        self.drop(part)
        self.name(call, part.ids)
        for number in part.numbers:
            self.note(call, number)
        call.evidence = (call.evidence + part.evidence)[:MAX_EVIDENCE]
        call.texts += part.texts
        call.rules |= part.rules
        call.heard = min(call.heard, part.heard)
        call.started = min(call.started, part.started)
        call.first_id = call.first_id or part.first_id
        call.by_line &= part.by_line
        call.refused |= part.refused
        call.dialled = call.dialled or part.dialled
        one, other = call.published, part.published
        one.things |= other.things
        one.answered |= other.answered
        one.rang |= other.rang
        one.transfers += other.transfers
        one.held |= other.held
        call.fold_anew(callee_first=callee_first)

    def finish(self, call: LiveCall, tracked: TrackedCall, now: datetime) -> None:
        """Remember a call whose end was published."""
        self._leave(call)
        self._rules.appendleft(tuple(call.rules))
        texts = len(call.ids) + len(call.numbers) + _TEXTS_OF_LEG * (len(tracked.legs) + 1)
        finished = Finished(
            tracked,
            frozenset(call.ids),
            frozenset(call.numbers),
            call.earliest_id,
            now,
            ((call.ending.over_at or now) - call.heard).total_seconds(),
            texts,
            call.booted,
            call.by_line,
        )
        self._texts += texts - call.texts
        self._replace(call, finished)
        self._finished[id(finished)] = finished
        self._forget_old(now)

    def drop(self, call: LiveCall) -> None:
        """Forget a call as if there had been none."""
        self._leave(call)
        self._texts -= call.texts
        self._replace(call, None)

    def note_boot(self) -> None:
        """Note that the PBX has started: ids of calls from before may name new ones."""
        for call in self.live.values():
            call.booted = True
        for finished in self._finished.values():
            finished.booted = True

    def weigh(self, call: LiveCall, before: int) -> Iterator[LiveCall]:
        """Count what more is kept of a call now; yield others to drop while it is too much.

        Calls that are over go first, then those of which most is kept.
        """
        self._texts += call.texts - before
        while self._texts > MAX_TEXTS and self._finished:
            self._forget(next(iter(self._finished.values())))
        while self._texts > MAX_TEXTS:
            others = (each for each in self.live.values() if each is not call)
            heaviest = max(others, key=lambda each: each.texts, default=None)
            if heaviest is None:
                return
            yield heaviest

    def _leave(self, call: LiveCall) -> None:
        self.live.pop(call.call_id, None)
        for number in call.numbers:
            _exchange(self._live_by_number, number, call, None)
        for parsed in filter(None, map(parse_id, call.ids)):
            _exchange(self._live_by_counter, parsed.number, call, None)

    def _forget_old(self, now: datetime) -> None:
        while self._finished:
            oldest = next(iter(self._finished.values()))
            few = len(self._finished) <= MAX_FINISHED and self._texts <= MAX_TEXTS
            if few and now - oldest.at <= REMEMBERED:
                return
            self._forget(oldest)

    def _forget(self, finished: Finished) -> None:
        del self._finished[id(finished)]
        self._texts -= finished.texts
        self._replace(finished, None)

    def _replace(self, known: Known, by: Finished | None) -> None:
        for each in known.ids:
            if self._by_id.get(each) is known:
                if by is None:
                    del self._by_id[each]
                else:
                    self._by_id[each] = by
        for number in known.numbers:
            _exchange(self._by_number, number, known, by)


def _exchange[KeyT, CallT: Known](
    table: dict[KeyT, dict[int, CallT]], number: KeyT, known: Known, by: CallT | None
) -> None:
    calls = table.get(number, {})
    calls.pop(id(known), None)
    if by is not None:
        calls[id(by)] = by
    if not calls:
        table.pop(number, None)


def _order(any_id: str) -> tuple[int, int, str]:
    """Return what sorts ids as they were given; those of other kinds come last."""
    parsed = parse_id(any_id)
    return (0, parsed.number, "") if parsed is not None else (1, 0, any_id)


def _texts(evidence: Evidence) -> int:
    event = evidence.event
    if isinstance(event, CallRecord):
        return 2 * _TEXTS_OF_LEG
    if isinstance(event, CallReport | KeyReport | PromptEndReport):
        return 3 + _TEXTS_OF_LEG * len(event.legs)
    return 3 + _TEXTS_OF_LEG * (len(event.call.legs) if isinstance(event, Shown) else 0)


def line_ids(legs: Iterable[CallLeg]) -> list[str]:
    """Return the ids of lines, which are ids of calls in API v1; channels name no call."""
    return [leg.leg_id for leg in legs if leg.leg_id and parse_id(leg.leg_id) is not None]


def known_extensions(known: Known) -> list[str]:
    """Return the extensions that take or took part in a call."""
    if isinstance(known, Finished):
        return [leg.extension for leg in known.call.legs if leg.extension]
    return [party.extension for party in known.facts.extensions]
