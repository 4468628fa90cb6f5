"""Takes apart what was taken for one call.

Phones that begin to ring in one second, while no line is shown (OpenVox).

The ids tell who rings for whom: those of a call's legs come after its own one, and before that of
the next call.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from ..model.events import CallEvent
from ..model.lines import Call, CallLeg, CallRecord, LegKind, LegState
from .identity_openvox import bears_first
from .ids import are_beside, are_pair, comes_before, parse_id
from .legs import Party
from .live import MAX_IDS, LiveCall
from .registry import CallIndex

type Create = Callable[[str, datetime], LiveCall]


class CallSplit:
    """Makes two calls of one."""

    def __init__(self, index: CallIndex, create: Create, ending: dict[str, LiveCall]) -> None:
        """Prepare.

        Args:
            create: makes a call of an id that none has.
            ending: the calls that are over, as far as can be told, by their first id.
        """
        self._index = index
        self._create = create
        self._ending = ending

    def heard(
        self,
        call: LiveCall,
        call_id: str,
        legs: Sequence[CallLeg],
        event: CallEvent | None,
        now: datetime,
    ) -> LiveCall:
        """Return the call that a report or a record is about, of one that may be two.

        Args:
            event: what a report says of it; None for a record.
        """
        own, two_sides = call_id in call.own_ids, len(legs) > 1
        if not own and not _is_own(call, call_id, legs, event):
            return call
        if not own and event is not CallEvent.ENDED and _is_of_next(call, call_id):
            rang = [party for party in call.extensions if party.rings_by == call_id]
            call = (self.leave(call, rang, now) if rang else None) or call
        if call.guessed and (two_sides or not own):
            its = _parties_of(call, call_id, legs, two_sides=two_sides)
            call = self._divide(call, its, call_id, now)
        if not own and len(call.own_ids) < MAX_IDS:
            call.own_ids.add(call_id)
        if not call.first_id and bears_first(event, legs):
            call.first_id = call_id
        return call

    def recorded(self, call: LiveCall, record: CallRecord, now: datetime) -> LiveCall:
        """Return the call that a record is about, of one that may be two.

        Who calls is rung under its first id, if at all.
        """
        call = self.heard(call, record.call_id, (), None, now)
        caller = call.of_extension(record.caller)
        inside = record.direction != "inbound" and call.inbound is None and not call.transfers
        if inside and caller is not None and caller.rings_by not in ("", *call.own_ids):
            self.leave(call, [caller], now)
        return call

    def shown(
        self, call: LiveCall, seen: Call, beside: Collection[Call], now: datetime
    ) -> LiveCall:
        """Return the call that a reading shows, of one that may be two.

        Args:
            beside: other calls of the reading, whose phones may have begun to ring with this one's.
        """
        elsewhere = {leg.extension for each in beside for leg in each.legs if leg.extension}
        others = {each.call_id for each in beside}
        its = _parties_of(call, seen.call_id, seen.legs, elsewhere=elsewhere, others=others)
        part = self._divide(call, its, seen.call_id, now)
        part.guessed = False
        return part

    def _divide(
        self, call: LiveCall, its: Sequence[Party], call_id: str, now: datetime
    ) -> LiveCall:
        """Return the call that has some parties of another one, which keeps the rest."""
        rest = [party for party in call.parties.values() if party not in its]
        if not its or not rest:
            return call
        stays = call.call_id == call_id or all(party.named_by != call.call_id for party in rest)
        moved = rest if stays else its
        ids = _ids_of(call, moved)
        if not stays and call_id in call.ids:
            ids = {call_id, *ids, *_pair_of(call_id, call.own_ids)}
        if stays:
            ids = (ids | call.own_ids) - {call_id, *_pair_of(call_id, call.own_ids)}
        ids.discard(call.call_id)
        if not ids:
            return call
        part = self._move(call, moved, ids, call_id if call_id in ids else min(ids), now)
        return call if stays else part

    def leave(self, call: LiveCall, moved: Sequence[Party], now: datetime) -> LiveCall | None:
        """Let parties go on in a call of their own, and return it.

        It keeps the first id if that is theirs.
        """
        first, ids = call.call_id, _ids_of(call, moved)
        left = min(call.ids & call.own_ids - ids or call.ids - ids, default="")
        if not ids or not left:
            return None
        if first in ids:
            ends = self._ending.pop(first, None)
            self._index.rename(call, left)
            if ends is not None:
                self._ending[left] = call
        return self._move(call, moved, ids, first if first in ids else min(ids), now)

    def begun_between(
        self,
        call_id: str,
        legs: Sequence[CallLeg],
        event: CallEvent | None,
        now: datetime,
    ) -> LiveCall | None:
        """Return the phones that rang under later ids than an unknown call's, as its own ones.

        They seemed to ring for a call that began before it.

        Args:
            event: what a report says of it; None for a record or a reading.
        """
        alone = event is CallEvent.RINGING and len(legs) == 1
        if alone or event is CallEvent.ENDED:
            return None  # it may be the id of a phone itself
        if event is not None and len(legs) > 1:
            return None  # reports of this call name both sides: nobody rings alone for it
        for known in self._index.of_second(call_id):
            if not isinstance(known, LiveCall) or not known.guessed or call_id in known.ids:
                continue
            later = _rang_between(known, call_id)
            if later:
                return self.leave(known, later, now)
        return None

    def _move(
        self, call: LiveCall, moved: Sequence[Party], ids: set[str], first: str, now: datetime
    ) -> LiveCall:
        """Return a new call of some parties of another one, with some of its ids."""
        rest = [party for party in call.parties.values() if party not in moved]
        self._index.release(call, ids, _numbers(moved) - _numbers(rest))
        part = self._create(first, now)
        self._index.name(part, ids)
        for number in _numbers(moved):
            self._index.note(part, number)
        _take_out(call, part, moved)
        return part


def _rang_between(call: LiveCall, call_id: str) -> list[Party]:
    """Return the phones that rang after an id, of a call that began before it.

    They rang before the next id of the call's own.
    """
    ids = call.own_ids | {party.named_by for party in call.extensions}
    earlier = {each for each in ids if comes_before(each, call_id)}
    if not earlier or any(are_pair(each, call_id) for each in call.own_ids):
        return []
    next_ids = call.own_ids - earlier
    return [
        party
        for party in call.extensions
        if comes_before(call_id, party.named_by)
        and not any(comes_before(each, party.named_by) for each in next_ids)
    ]


def _is_own(call: LiveCall, call_id: str, legs: Iterable[CallLeg], event: CallEvent | None) -> bool:
    """Return True if a report's id must be that of a call, not that of a ringing phone."""
    if event is CallEvent.RINGING:
        outward = any(leg.kind is LegKind.OUTBOUND for leg in legs)
        named = {leg.extension for leg in legs if leg.extension}
        named.update(party.extension for party in call.extensions if party.rings_by == call_id)
        return outward or len(named) > 1
    if event is CallEvent.ENDED:
        others = [party for party in call.extensions if party.named_by != call_id]
        alone = call.guessed and not call.own_ids  # nobody answered those who ring on
        alone = alone and all(party.state is LegState.RINGING for party in others)
        return alone or not any(p.rang for p in call.extensions if p not in others)
    return True


def _is_of_next(call: LiveCall, call_id: str) -> bool:
    """Return True if an id that must be a call's own is none of a call, whose first one is known.

    Nor the second one.
    """
    first = call.first_id
    return bool(first) and call_id != first and not are_pair(call_id, first)


def _parties_of(
    call: LiveCall,
    own: str,
    legs: Iterable[CallLeg],
    *,
    two_sides: bool = False,
    elsewhere: Collection[str] = (),
    others: Collection[str] = (),
) -> list[Party]:
    """Return the parties that belong to a call's own id.

    Args:
        legs: who surely does.
        two_sides: whether those are two: then all reports of this call name both sides, and nobody
            rings alone for it.
        elsewhere: who does not, as far as there are no such legs.
        others: ids of other calls.
    """
    named = {leg.extension for leg in legs if leg.extension}
    owns = call.own_ids | set(others) | {_origin(p) for p in call.parties.values() if p.leg_id}
    first = next((each for each in _pair_of(own, owns) if comes_before(each, own)), own)
    out = {party.leg_id for party in call.parties.values() if party.kind is LegKind.OUTBOUND}
    lines = {each for each in out if are_beside(own, each) and comes_before(own, each)}
    later = [each for each in owns - lines if comes_before(own, each) and not are_pair(own, each)]
    surely = {own, first, *lines}

    def is_its(party: Party) -> bool:
        if party.extension and (party.extension in named or party.extension in elsewhere):
            both = comes_before(party.rings_by, first) and not are_pair(party.rings_by, first)
            return party.extension in named and not both  # it rings for two calls
        origin = _origin(party)
        if origin in surely or two_sides:
            return origin in surely
        return not comes_before(origin, first) and all(comes_before(origin, each) for each in later)

    return [party for party in call.parties.values() if is_its(party)]


def _pair_of(own: str, owns: Collection[str]) -> list[str]:
    """Return which of a call's ids may be the other one of an id.

    Not one that is the second of another one.
    """
    return [
        each
        for each in owns
        if are_pair(each, own)
        and not any(are_pair(one, each) and comes_before(one, each) for one in owns if one != own)
    ]


def _origin(party: Party) -> str:
    """Return the id under which a party became known; that of a line is the call's own one."""
    return party.leg_id if parse_id(party.leg_id) is not None else party.named_by


def _ids_of(call: LiveCall, parties: Iterable[Party]) -> set[str]:
    return {each for party in parties for each in (party.named_by, _origin(party))} & call.ids


def _numbers(parties: Iterable[Party]) -> set[str]:
    numbers = {
        number for party in parties for number in (party.extension, party.caller, party.callee)
    }
    return numbers - {""}


def _take_out(call: LiveCall, part: LiveCall, moved: Sequence[Party]) -> None:
    """Give a part of a call what was heard of its parties."""
    numbers = _numbers(moved)
    part.heard, part.touched, part.muted = call.heard, call.touched, call.muted
    part.guessed = call.guessed
    if call.first_id in part.ids:
        part.first_id, call.first_id = call.first_id, ""
    part.own_ids, call.own_ids = call.own_ids & part.ids, call.own_ids - part.ids
    part.parties = {key: party for key, party in call.parties.items() if party in moved}
    call.parties = {key: party for key, party in call.parties.items() if party not in moved}
    for each in (part, call):
        _forget_sides(each)
    known = call.ids | part.ids
    part.failures = [
        each
        for each in call.failures
        if each.call_id in part.ids or (each.call_id not in known and each.party in numbers)
    ]
    call.failures = [each for each in call.failures if each not in part.failures]
    part.records = [each for each in call.records if each.call_id in part.ids]
    call.records = [each for each in call.records if each.call_id not in part.ids]
    part.byes = {who: at for who, at in call.byes.items() if who <= numbers}
    if part.byes:
        call.byes = {who: at for who, at in call.byes.items() if who not in part.byes}
        part.bye_at = max(part.byes.values())
        call.bye_at = max(call.byes.values(), default=None)
    if any(party.rang for party in moved):
        part.first_ring = call.first_ring
        part.told = call.told & {"ringing"}


def _forget_sides(call: LiveCall) -> None:
    """Forget who does not call in a call without the one who seemed to."""
    if call.caller_party is None:
        for party in call.parties.values():
            party.calls = None
