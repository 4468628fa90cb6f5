"""Finds calls by their ids and parties, at a cost that does not grow with their number."""

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from ..model.lines import CallLeg
from ..model.tracked import TrackedCall
from .ids import parse_id
from .live import MAX_IDS, TEXTS_OF_PARTY, LiveCall

MAX_LIVE: Final = 2000
MAX_FINISHED: Final = 1000
MAX_TEXTS: Final = 50_000
"""How many texts are kept of all calls together; each may take 1 KiB."""
REMEMBERED: Final = timedelta(minutes=15)
_LOOKED_AT: Final = 12  # calls of one number that may be compared with a report


@dataclass(slots=True, eq=False)
class Finished:
    """A call that was told to be over. For what it has in common with a live one see there."""

    call: TrackedCall
    ids: frozenset[str]
    numbers: frozenset[str]
    takes_lone_legs: bool
    at: datetime
    heard: datetime
    sure_ids: frozenset[str]
    first_id: str
    by_line: bool = False
    only_rings: bool = False
    counted: int = 0

    @property
    def weight(self) -> int:
        """Return about how many texts are kept of it."""
        texts = len(self.ids) + len(self.sure_ids) + len(self.numbers)
        return texts + TEXTS_OF_PARTY * (len(self.call.legs) + 1)


type Known = LiveCall | Finished


class CallIndex:
    """All calls that are known.

    Attributes:
        live: calls whose end was not told, by their first id.
        extensions: numbers that are known to be extensions.
    """

    def __init__(self) -> None:
        """Begin without calls."""
        self.extensions: frozenset[str] = frozenset()
        self.live: dict[str, LiveCall] = {}
        self._by_id: dict[str, Known] = {}
        self._numbers: Counter[int] = Counter()  # those in the ids, and how often each comes
        self._by_number: dict[str, dict[int, Known]] = {}
        self._live_by_number: dict[str, dict[int, LiveCall]] = {}
        self._by_second: dict[int, dict[int, Known]] = {}
        self._finished: OrderedDict[int, Finished] = OrderedDict()
        self._texts = 0

    # Finding

    def by_id(self, any_id: str) -> Known | None:
        """Return the call that an id names."""
        return self._by_id.get(any_id)

    def of_number(self, number: str) -> Iterable[Known]:
        """Return the calls in which a number takes or took part, the latest first."""
        calls = self._by_number.get(number)
        return () if not calls else islice(reversed(calls.values()), _LOOKED_AT)

    def live_of(self, number: str) -> Collection[LiveCall]:
        """Return the calls of a number that are not over, the oldest first."""
        calls = self._live_by_number.get(number)
        return () if calls is None else calls.values()

    def of_second(self, call_id: str) -> Iterable[Known]:
        """Return the calls that began in the second of an id, or beside it, the latest first."""
        parsed = parse_id(call_id)
        if parsed is None:
            return ()
        found: dict[int, Known] = {}
        for epoch in (parsed.epoch, parsed.epoch - 1, parsed.epoch + 1):
            if (calls := self._by_second.get(epoch)) is not None:
                found.update(islice(reversed(calls.items()), _LOOKED_AT))
        return found.values()

    def has_apart(self, call_id: str, numbers: int) -> bool:
        """Return True if a call has an id that is so many numbers before or after another one.

        Whenever that was given.
        """
        parsed = parse_id(call_id)
        if parsed is None:
            return False
        return parsed.number - numbers in self._numbers or parsed.number + numbers in self._numbers

    # Keeping

    def absorb(self, leg: LiveCall, by: LiveCall) -> None:
        """Make a call that turned out to be a leg of another one a part of it."""
        self.drop(leg)
        self.name(by, leg.ids)
        for number in leg.numbers:
            self.note(by, number)
        by.take_over(leg)

    def add(self, call: LiveCall) -> None:
        """Take in a new call."""
        self.live[call.call_id] = call
        self.name(call, (call.call_id,))

    def name(self, call: LiveCall, ids: Iterable[str]) -> None:
        """Note ids of a call that name no other one."""
        for each in ids:
            if each and each not in self._by_id and len(call.ids) < MAX_IDS:
                self._by_id[each] = call
                call.ids.add(each)
                if (parsed := parse_id(each)) is not None:
                    self._numbers[parsed.number] += 1
                    self._by_second.setdefault(parsed.epoch, {})[id(call)] = call

    def _unname(self, any_id: str) -> None:
        """Let an id name no call."""
        if self._by_id.pop(any_id, None) is None or (parsed := parse_id(any_id)) is None:
            return
        self._numbers[parsed.number] -= 1
        if not self._numbers[parsed.number]:
            del self._numbers[parsed.number]

    def learn(self, call: LiveCall, ids: Iterable[str], legs: Iterable[CallLeg]) -> None:
        """Note ids under which a call was told, and who takes part."""
        for leg in legs:
            for number in (leg.extension, leg.caller, leg.callee):
                if number and number not in call.numbers:
                    self.note(call, number)
        self.name(call, ids)

    def note(self, call: LiveCall, number: str) -> None:
        """Note that a number takes part."""
        if number and number not in call.numbers and len(call.numbers) < MAX_IDS:
            call.numbers.add(number)
            self._by_number.setdefault(number, {})[id(call)] = call
            self._live_by_number.setdefault(number, {})[id(call)] = call

    def release(self, call: LiveCall, ids: Iterable[str], numbers: Iterable[str]) -> None:
        """Let ids and numbers of a call name it no more."""
        for each in ids:
            self._unname(each)
            call.ids.discard(each)
        left = {parsed.epoch for each in call.ids if (parsed := parse_id(each)) is not None}
        for each in ids:
            if (parsed := parse_id(each)) is not None and parsed.epoch not in left:
                _exchange(self._by_second, parsed.epoch, call, None)
        for number in numbers:
            call.numbers.discard(number)
            _exchange(self._by_number, number, call, None)
            _exchange(self._live_by_number, number, call, None)

    def rename(self, call: LiveCall, first: str) -> None:
        """Make another one of a call's ids its first."""
        del self.live[call.call_id]
        call.call_id = first
        self.live[first] = call

    def finish(self, call: LiveCall, tracked: TrackedCall, now: datetime) -> None:
        """Remember a call that is over, for the reports that come late."""
        self._leave(call)
        finished = Finished(
            tracked,
            frozenset(call.ids),
            frozenset(call.numbers),
            call.takes_lone_legs,
            now,
            call.heard,
            frozenset(call.sure_ids),
            call.first_id,
        )
        self._replace(call, finished)
        self._finished[id(finished)] = finished
        self._count(finished)
        self.forget_old(now)

    def drop(self, call: LiveCall) -> None:
        """Forget a call as if there had been none."""
        self._leave(call)
        self._replace(call, None)

    def _leave(self, call: LiveCall) -> None:
        """Note that a call is not live any more."""
        self.live.pop(call.call_id, None)
        for number in call.numbers:
            _exchange(self._live_by_number, number, call, None)

    def forget_old(self, now: datetime) -> None:
        """Forget calls that were over long ago."""
        while self._finished:
            oldest = next(iter(self._finished.values()))
            few = len(self._finished) <= MAX_FINISHED and self._texts <= MAX_TEXTS
            if few and now - oldest.at <= REMEMBERED:
                return
            self._finished.pop(id(oldest))
            self._replace(oldest, None)

    def weigh(self, call: LiveCall) -> Iterator[LiveCall]:
        """Count what is kept of a call now, and yield others while too much is kept of all.

        Those with most of it.

        Calls that were told to be over go first; whoever is yielded has to be dropped.
        """
        self._count(call)
        while self._texts > MAX_TEXTS and self._finished:
            self._replace(self._finished.popitem(last=False)[1], None)
        while self._texts > MAX_TEXTS:
            others = (each for each in self.live.values() if each is not call)
            heaviest = max(others, key=lambda each: each.counted, default=None)
            if heaviest is None:
                return
            yield heaviest

    def _count(self, known: Known) -> None:
        weight = known.weight
        self._texts += weight - known.counted
        known.counted = weight

    def _replace(self, known: Known, by: Known | None) -> None:
        self._texts -= known.counted
        known.counted = 0
        for each in known.ids:
            if by is None:
                self._unname(each)
            else:
                self._by_id[each] = by
            if (parsed := parse_id(each)) is not None:
                _exchange(self._by_second, parsed.epoch, known, by)
        for number in known.numbers:
            _exchange(self._by_number, number, known, by)


def _exchange[K, CallT: Known](
    table: dict[K, dict[int, CallT]], key: K, known: Known, by: CallT | None
) -> None:
    calls = table.get(key, {})
    calls.pop(id(known), None)
    if by is not None:
        calls[id(by)] = by
    if not calls:
        table.pop(key, None)


def trunk_ids(legs: Iterable[CallLeg]) -> list[str]:
    """Return the ids of trunk legs, which are ids of calls in API v1.

    Channels go from call to call and name none.
    """
    return [leg.leg_id for leg in legs if leg.leg_id and parse_id(leg.leg_id) is not None]


def known_extensions(known: Known) -> list[str]:
    """Return the extensions that take or took part in a call."""
    parties = known.call.legs if isinstance(known, Finished) else known.parties.values()
    return [party.extension for party in parties if party.extension]
