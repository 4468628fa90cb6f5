"""Finds calls by any of their ids and by who takes part, at a cost that does not grow with the number of calls."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from .call_ids import are_beside, are_of_group, are_pair, parse_id
from .call_live import MAX_IDS, LiveCall, numbers_of
from .call_models import TrackedCall
from .call_outcome import is_empty
from .models import CallLeg, CallRecord, LegKind

MAX_LIVE: Final = 2000
MAX_FINISHED: Final = 1000
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
    by_line: bool = False
    only_rings: bool = False


type Known = LiveCall | Finished


class CallIndex:
    """All calls that are known.

    Attributes:
        live: calls whose end was not told, by their first id.
        two_ids: whether the reports of one call may carry two ids that nothing joins (OpenVox).
        extensions: numbers that are known to be extensions.
    """

    def __init__(self, *, two_ids: bool) -> None:
        """Begin without calls."""
        self.two_ids = two_ids
        self.extensions: frozenset[str] = frozenset()
        self.live: dict[str, LiveCall] = {}
        self._by_id: dict[str, Known] = {}
        self._by_number: dict[str, dict[int, Known]] = {}
        self._by_second: dict[int, dict[int, Known]] = {}
        self._finished: OrderedDict[int, Finished] = OrderedDict()

    # Finding

    def by_id(self, any_id: str) -> Known | None:
        """Return the call that an id names."""
        return self._by_id.get(any_id)

    def of_number(self, number: str) -> Iterable[Known]:
        """Return the calls in which a number takes or took part, the latest first."""
        calls = self._by_number.get(number)
        return () if not calls else islice(reversed(calls.values()), _LOOKED_AT)

    def live_of(self, number: str) -> list[LiveCall]:
        """Return the calls of a number that are not over, the oldest first."""
        calls = self._by_number.get(number, {}).values()
        return [call for call in calls if isinstance(call, LiveCall)]

    def match(self, call_id: str, legs: Iterable[CallLeg]) -> Known | None:
        """Return the call that a report is about; None for one that is not known."""
        legs = tuple(legs)
        for each in (call_id, *_leg_ids(legs)):
            if each and (found := self._by_id.get(each)) is not None:
                return found
        found = self._line(call_id, legs)
        if found is None and self.two_ids:
            found = self._second_leg(call_id, legs) or self._group_leg(call_id, legs)
        return found

    def _line(self, call_id: str, legs: tuple[CallLeg, ...]) -> Known | None:
        """Return the call of an outside line, which a reading shows by its own id, without the call's (API v1)."""
        numbers = _named(legs)
        line = any(leg.kind is LegKind.OUTBOUND for leg in legs)
        for number in numbers:
            for known in self.of_number(number):
                fits = numbers <= known.numbers and (line or known.by_line)
                if fits and _any(are_beside, call_id, known):
                    return known
        return None

    def _second_leg(self, call_id: str, legs: tuple[CallLeg, ...]) -> Known | None:
        """Return the call whose second id a report may carry (OpenVox): ids side by side, the same parties."""
        numbers = _named(legs)
        for number in numbers:
            for known in self.of_number(number):
                fits = len(numbers) > 1 or numbers <= known.numbers
                if fits and _lacks_second(known) and _any(are_pair, call_id, known):
                    return known
        return None

    def _group_leg(self, call_id: str, legs: tuple[CallLeg, ...]) -> Known | None:
        """Return the call of a leg that carries an id of its own, where the trunk that would join them is not shown."""
        if len(legs) != 1 or not legs[0].extension:
            return None
        for known in self._of_second(call_id):
            its = known.takes_lone_legs and legs[0].extension in known.numbers
            if (its or known.only_rings) and _any(are_of_group, call_id, known):
                return known
        return None

    def group_of(self, leg: LiveCall) -> Known | None:
        """Return another call of which a call of one party, or of none, may be a leg."""
        whole = leg.line_reported or (len(leg.parties) > 1 and not leg.only_rings)
        if not self.two_ids or whole:
            return None
        for known in self._of_second(leg.call_id):
            if known is not leg and _any(are_of_group, leg.call_id, known):
                return known
        return None

    def lone_legs_of(self, call: LiveCall) -> list[LiveCall]:
        """Return the calls that are nothing but phones which ring, and which must have rung for this one."""
        if not self.two_ids or not call.takes_lone_legs:
            return []
        return [
            known
            for known in self._of_second(call.call_id)
            if known is not call
            and isinstance(known, LiveCall)
            and known.only_rings
            and _any(are_of_group, known.call_id, call)
        ]

    def only_ringing_beside(self, call: LiveCall) -> LiveCall | None:
        """Return the call that began in the same second, and of which nothing is known but who rings."""
        if not self.two_ids:
            return None
        for known in self._of_second(call.call_id):
            if (
                known is not call
                and isinstance(known, LiveCall)
                and known.parties
                and known.only_rings
            ):
                return known
        return None

    def legs_of(self, call: LiveCall, legs: Iterable[CallLeg]) -> list[LiveCall]:
        """Return the calls that turn out to be legs of another one, now that the PBX shows who takes part in that."""
        numbers = _named(legs)
        return [
            known
            for known in self._of_second(call.call_id)
            if isinstance(known, LiveCall)
            and known is not call
            and not known.on_trunk
            and (known.numbers <= numbers or (known.only_rings and known.numbers & numbers))
            and any(are_of_group(each, other) for each in known.ids for other in call.ids)
        ]

    def _of_second(self, call_id: str) -> Iterable[Known]:
        """Return the calls that began in the second that an id names, or beside it, the latest first."""
        parsed = parse_id(call_id)
        if parsed is None:
            return
        for epoch in (parsed.epoch, parsed.epoch - 1, parsed.epoch + 1):
            calls = self._by_second.get(epoch)
            if calls:
                yield from islice(reversed(calls.values()), _LOOKED_AT)

    def match_record(self, record: CallRecord) -> Known | None:
        """Return the call that a record is about.

        One under an id that nobody knows is about a leg of a call that began in the same second with the same parties.
        """
        if (found := self._by_id.get(record.call_id)) is not None:
            return found
        return self.beside(record, None)

    def beside(self, record: CallRecord, but: LiveCall | None) -> Known | None:
        """Return the call, but for one, of which a record may be about another leg."""
        parties = {record.caller, record.callee}
        for known in self._of_second(record.call_id):
            if known is but or record.caller not in known.numbers:
                continue
            if is_empty(record) or parties <= known.numbers or self._other_id(record, known):
                return known
        return None

    def _other_id(self, record: CallRecord, known: Known) -> bool:
        """Tell whether a call is known by the other one of its ids only: the second, or that of its outside line."""
        if self.two_ids and _any(are_pair, record.call_id, known):
            return True
        return known.by_line and _any(are_beside, record.call_id, known)

    # Keeping

    def absorb(self, leg: LiveCall, by: LiveCall) -> None:
        """Make a call that turned out to be a leg of another one a part of it."""
        self.drop(leg)
        self.name(by, leg.ids)
        for number in leg.numbers:
            self.note(by, number)
        for key, party in leg.parties.items():
            by.parties.setdefault(key, party)
        by.told |= leg.told
        by.muted &= leg.muted

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
                    self._by_second.setdefault(parsed.epoch, {})[id(call)] = call

    def learn(self, call: LiveCall, call_id: str, legs: Iterable[CallLeg]) -> None:
        """Note what a report calls a call and its legs, and who takes part."""
        legs = tuple(legs)
        self.name(call, (call_id, *_leg_ids(legs)))
        for leg in legs:
            for number in (leg.extension, leg.caller, leg.callee):
                self.note(call, number)

    def note(self, call: LiveCall, number: str) -> None:
        """Note that a number takes part."""
        if number and number not in call.numbers and len(call.numbers) < MAX_IDS:
            call.numbers.add(number)
            self._by_number.setdefault(number, {})[id(call)] = call

    def finish(self, call: LiveCall, tracked: TrackedCall, now: datetime) -> None:
        """Remember a call that is over, for the reports that come late."""
        self.live.pop(call.call_id, None)
        finished = Finished(
            tracked,
            frozenset(call.ids),
            frozenset(call.numbers),
            call.takes_lone_legs,
            now,
            call.heard,
        )
        self._replace(call, finished)
        self._finished[id(finished)] = finished
        self.forget_old(now)

    def drop(self, call: LiveCall) -> None:
        """Forget a call as if there had been none."""
        self.live.pop(call.call_id, None)
        self._replace(call, None)

    def forget_old(self, now: datetime) -> None:
        """Forget calls that were over long ago."""
        while self._finished:
            oldest = next(iter(self._finished.values()))
            if len(self._finished) <= MAX_FINISHED and now - oldest.at <= REMEMBERED:
                return
            self._finished.pop(id(oldest))
            self._replace(oldest, None)

    def _replace(self, known: Known, by: Known | None) -> None:
        for each in known.ids:
            if by is None:
                self._by_id.pop(each, None)
            else:
                self._by_id[each] = by
            if (parsed := parse_id(each)) is not None:
                _exchange(self._by_second, parsed.epoch, known, by)
        for number in known.numbers:
            _exchange(self._by_number, number, known, by)


def _exchange[K](table: dict[K, dict[int, Known]], key: K, known: Known, by: Known | None) -> None:
    calls = table.get(key, {})
    calls.pop(id(known), None)
    if by is not None:
        calls[id(by)] = by
    if not calls:
        table.pop(key, None)


def _any(close: Callable[[str, str], bool], call_id: str, known: Known) -> bool:
    return any(close(call_id, each) for each in known.ids)


def _lacks_second(known: Known) -> bool:
    """Tell whether a call is known under one id only, be it that of a trunk's leg as well."""
    return not any(are_pair(one, other) for one in known.ids for other in known.ids)


def _named(legs: Iterable[CallLeg]) -> frozenset[str]:
    """Return the extensions among legs, and whoever calls on an outside line."""
    return frozenset(
        number
        for leg in legs
        if (number := leg.caller if leg.kind is LegKind.OUTBOUND else leg.extension)
    )


def _leg_ids(legs: Iterable[CallLeg]) -> Iterable[str]:
    """Return the ids of trunk legs, which are ids of calls in API v1; channels go from call to call and name none."""
    return (leg.leg_id for leg in legs if leg.leg_id and parse_id(leg.leg_id) is not None)


def known_extensions(known: Known) -> frozenset[str]:
    """Return the extensions that take or took part in a call."""
    if isinstance(known, Finished):
        return numbers_of(known.call.legs)
    return frozenset(party.extension for party in known.extensions)
