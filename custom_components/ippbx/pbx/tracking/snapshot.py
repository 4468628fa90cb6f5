"""What a reading of the PBX says of calls: it is the truth of its moment."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from ..model.lines import Call, ExtensionStatus, LegKind, LegState
from ..model.tracked import CallChange, CallSnapshot
from .changes import before, news
from .ending import CallEnds, Create
from .identity import CallMatch
from .ids import are_beside, are_of_group, comes_before
from .legs import DISORDER
from .live import MAX_IDS, LiveCall
from .outcome import is_empty
from .registry import CallIndex, Finished, trunk_ids
from .snapshot_show import show
from .split import CallSplit

_STRAY = timedelta(minutes=5)
"""How long a call of one known party lives on while other extensions' calls are unknown."""
_IN_A_CALL = (ExtensionStatus.RINGING, ExtensionStatus.BUSY, ExtensionStatus.ON_HOLD)
_IN_NO_CALL = (ExtensionStatus.IDLE, ExtensionStatus.UNAVAILABLE, ExtensionStatus.FAULT)


class Resync:
    """Brings calls in line with readings."""

    def __init__(
        self,
        index: CallIndex,
        match: CallMatch,
        split: CallSplit,
        ends: CallEnds,
        create: Create,
    ) -> None:
        """Expect a first reading, which shows calls that were up before."""
        self._index = index
        self._match = match
        self._split = split
        self._ends = ends
        self._create = create
        self._first = True

    def forget(self) -> None:
        """Take the next reading for a first one."""
        self._first = True

    def take(self, snapshot: CallSnapshot, now: datetime) -> Iterator[CallChange]:
        """Apply a reading."""
        first, self._first = self._first, False
        if snapshot.extensions:
            self._index.extensions = frozenset(snapshot.extensions)
        shown: set[int] = set()  # a call may get another first id meanwhile
        stray = self._has_stray(snapshot)
        for seen in snapshot.calls:
            found = self._seen(seen, snapshot)
            stray |= found is None and _lacks_id(seen) and all(leg.extension for leg in seen.legs)
            if isinstance(found, Finished) or (found is None and not seen.call_id):
                continue
            if found is not None:
                call = self._part(found, seen, snapshot, now)
            else:
                call = self._begin(seen, snapshot, now, muted=first)
            shown.add(id(call))
            if _is_told_by(seen, call):
                yield from self._show(call, seen, snapshot, now)
        silent = snapshot.queried - {
            call.legs[0].extension for call in snapshot.calls if _lacks_id(call)
        }
        for call in self._index.live.values():
            newer = call.touched >= snapshot.asked_at or call.heard > snapshot.asked_at - DISORDER
            if newer:
                continue  # it was reported since, or has just begun
            if id(call) in shown:
                _note_idle(call, snapshot)
                continue
            _let_go(call, snapshot)
            if stray and len(call.parties) < 2 and now - call.touched < _STRAY:
                continue  # whoever else takes part may be one of those
            if (call.on_trunk and snapshot.trunks) or _is_gone(call, silent):
                self._ends.gone(call, now)

    def _has_stray(self, snapshot: CallSnapshot) -> bool:
        """Return True if an extension is in a call that is not known to have it."""
        return any(
            status in _IN_A_CALL
            and not any(_has(call, [number]) for call in self._index.live_of(number))
            for number, status in snapshot.extensions.items()
        )

    def _seen(self, seen: Call, snapshot: CallSnapshot) -> LiveCall | Finished | None:
        """Return the call that the PBX showed; without an id it is known by who takes part."""
        if seen.call_id:
            found = self._match.report(seen.call_id, seen.legs)
            if isinstance(found, LiveCall) and _is_of_another(seen, found):
                self._index.release(found, {seen.call_id}, ())
                found = self._match.report(seen.call_id, seen.legs)
            return found
        asked, *others = [leg.extension for leg in seen.legs] or [""]
        if not all(others):
            return None  # a call on a trunk; a list tells more of it
        known = [
            call
            for call in self._index.live_of(asked)
            if not call.on_trunk and any(p.extension == asked for p in call.present())
        ]
        fitting = [call for call in known if others and _are_together(call, asked, others)]
        if fitting:
            return fitting[-1]  # two who called each other before are in the later call
        alone = [call for call in known if _may_be_alone(asked, call, snapshot)]
        likely = alone if alone or not others else known
        waiting = [call for call in likely if not others and _waits(asked, call)]
        likely = waiting or likely
        return likely[0] if len(likely) == 1 else None

    def _part(self, call: LiveCall, seen: Call, snapshot: CallSnapshot, now: datetime) -> LiveCall:
        """Return what is surely shown of a call, which may have been taken for one with others."""
        if not call.guessed or not seen.call_id or _is_line_of(call, seen.call_id):
            return call
        beside = [each for each in snapshot.calls if are_of_group(each.call_id, seen.call_id)]
        return self._split.shown(call, seen, beside, now)

    def _begin(self, seen: Call, snapshot: CallSnapshot, now: datetime, *, muted: bool) -> LiveCall:
        """Return a call that nobody knew.

        Phones that rang for it may have seemed to ring for another one.
        """
        rang = self._match.two_ids and self._split.begun_between(seen.call_id, seen.legs, None, now)
        if rang:
            return rang
        call = self._create(seen.call_id, now)
        call.muted = muted
        call.heard = call.touched = snapshot.asked_at
        return call

    def _show(
        self, call: LiveCall, seen: Call, snapshot: CallSnapshot, now: datetime
    ) -> Iterator[CallChange]:
        earlier = before(call)
        self._ends.back(call)
        if seen.call_id:
            self._index.learn(call, (seen.call_id, *trunk_ids(seen.legs)), seen.legs)
            for line in trunk_ids(leg for leg in seen.legs if leg.kind is LegKind.INBOUND):
                if len(call.own_ids) < MAX_IDS:
                    call.own_ids.add(line)
                call.first_id = call.first_id or line
            others = {each.call_id for each in snapshot.calls} - {seen.call_id}
            if self._match.two_ids:
                self._split.begun_between(seen.call_id, seen.legs, None, now)
            for each in self._match.legs_of(call, seen.legs):
                if not others.isdisjoint(each.ids):
                    continue
                leg = self._part(each, seen, snapshot, now)
                self._ends.forget(leg)
                self._index.absorb(leg, call)
        ringing = None if seen.call_id else _that_ring(snapshot)
        show(call, seen.legs, snapshot.asked_at, now, ringing)
        yield from news(call, earlier)
        call.seen_at = snapshot.asked_at
        if not all(map(is_empty, call.records)):
            return
        if call.touched < snapshot.asked_at:  # neither a hang-up nor a failure before that ended it
            call.bye_at = call.over_at = None
            call.byes.clear()
            if seen.call_id:  # else it may be another call of those two
                call.failures.clear()
        yield from self._ends.consider(call, now)


def _is_of_another(seen: Call, call: LiveCall) -> bool:
    """Return True if somebody else than the caller goes out on the line that is shown.

    The caller of the call that has the line's id.
    """
    callers = {leg.caller for leg in seen.legs if leg.kind is LegKind.OUTBOUND}
    second = bool(seen.call_id) and seen.call_id != call.call_id
    return second and bool(callers) and bool(call.calling) and call.calling not in callers


def _that_ring(snapshot: CallSnapshot) -> list[str]:
    """Return the extensions that ring."""
    statuses = snapshot.extensions.items()
    return [number for number, status in statuses if status is ExtensionStatus.RINGING]


def _is_line_of(call: LiveCall, call_id: str) -> bool:
    """Return True if an id is that of the line on which a call goes out.

    A call without second ids may be shown by it.
    """
    return any(are_beside(own, call_id) and comes_before(own, call_id) for own in call.own_ids)


def _lacks_id(call: Call) -> bool:
    """Return True if an answer shows only that its first extension talks to another (API v1)."""
    return not call.call_id and bool(call.legs)


def _is_told_by(seen: Call, call: LiveCall) -> bool:
    """Return True if an answer is surely about a call.

    With somebody unknown in it, or unnamed, it may be about another one.
    """
    if seen.call_id:
        return True
    asked, *others = [leg.extension for leg in seen.legs]
    return bool(others) and _has(call, [asked]) and _are_together(call, asked, others)


def _has(call: LiveCall, extensions: Iterable[str]) -> bool:
    """Return True if extensions take part in a call, as far as is known, and have not left it."""
    return {party.extension for party in call.present()}.issuperset(extensions)


def _are_together(call: LiveCall, extension: str, others: list[str]) -> bool:
    """Return True if extensions may be the two sides of a call.

    Not those that only ring for the same caller.
    """
    parties = [call.of_extension(each) for each in (extension, *others)]
    ring = all(party is not None and party.state is LegState.RINGING for party in parties)
    return _has(call, others) and not ring


def _may_be_alone(extension: str, call: LiveCall, snapshot: CallSnapshot) -> bool:
    """Return True if all other extensions have left a call, as their status tells."""
    return all(
        party.extension == extension or snapshot.extensions.get(party.extension) in _IN_NO_CALL
        for party in call.present()
    )


def _waits(extension: str, call: LiveCall) -> bool:
    """Return True if an extension talks with the PBX itself, as reports told."""
    party = call.of_extension(extension)
    return party is not None and party.state is LegState.WAITING


def _let_go(call: LiveCall, snapshot: CallSnapshot) -> None:
    """Note that extensions which are in no call do not take part in this one any more."""
    for party in call.extensions:
        if snapshot.extensions.get(party.extension) in _IN_NO_CALL:
            party.state, party.since = LegState.ENDED, snapshot.asked_at


def _note_idle(call: LiveCall, snapshot: CallSnapshot) -> None:
    """Note that phones ring no more for a call that goes on."""
    for party in call.extensions:
        idle = snapshot.extensions.get(party.extension) in _IN_NO_CALL
        if idle and party.state is LegState.RINGING:
            party.idle_at = party.idle_at or snapshot.asked_at


def _is_gone(call: LiveCall, silent: frozenset[str]) -> bool:
    """Return True if a call between extensions that was not shown is over.

    Args:
        silent: extensions that were asked, and know of no call but those shown.
    """
    present = {party.extension for party in call.present()}
    if not present.isdisjoint(silent) or not present:
        return True
    caller = call.caller_party
    if caller is not None and call.answered_at is None:
        return caller.extension not in present
    waits = any(party.state is LegState.WAITING for party in call.present())  # in a queue
    return len(present) < 2 and len(call.extensions) > 1 and not waits
