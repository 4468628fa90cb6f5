"""What a reading of the PBX says of calls: the truth of its time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..model.lines import Call, CallLeg, ExtensionStatus, LegKind, LegState
from ..model.tracked import CallChange, CallSnapshot
from .calls import CallIndex, Finished, LiveCall, line_ids
from .changes import catch_up, changes_of
from .facts import DISORDER, is_empty
from .identity import Identity, subject
from .legs import Evidence, Shown
from .termination import Termination

_UNKNOWN_PARTNER = timedelta(minutes=5)
"""How long a call of one known party lives while other extensions' calls are unknown."""
_IN_A_CALL = (ExtensionStatus.RINGING, ExtensionStatus.BUSY, ExtensionStatus.ON_HOLD)
_IN_NO_CALL = (ExtensionStatus.IDLE, ExtensionStatus.NOT_REGISTERED, ExtensionStatus.FAULT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changing:
    """How the engine changes its calls: makes one, adds evidence, joins one to another."""

    create: Callable[[str, datetime], LiveCall]
    learn: Callable[[LiveCall, Evidence], None]
    join: Callable[[LiveCall, LiveCall], None]


class Snapshots:
    """Brings calls in line with readings."""

    def __init__(
        self,
        index: CallIndex,
        identity: Identity,
        termination: Termination,
        change: Changing,
    ) -> None:
        """Expect a first reading, which shows calls that were up before."""
        self._index = index
        self._identity = identity
        self._termination = termination
        self._join = change.join
        self._learn = change.learn
        self._create = change.create
        self._first = True

    def expect_unseen(self) -> None:
        """Treat the next reading as a first one: what it shows may have begun unseen."""
        self._first = True

    def apply(self, snapshot: CallSnapshot, now: datetime) -> Iterator[CallChange]:
        """Apply a reading."""
        first, self._first = self._first, False
        if snapshot.extensions:
            self._index.extensions = frozenset(snapshot.extensions)
        shown: set[int] = set()
        unknown = self._has_unknown(snapshot)
        for seen in snapshot.calls:
            calls = self._calls_of(seen, snapshot)
            unknown |= not calls and _lacks_id(seen) and all(leg.extension for leg in seen.legs)
            if any(isinstance(call, Finished) for call in calls) or (
                not calls and not seen.call_id
            ):
                continue
            live = [call for call in calls if isinstance(call, LiveCall)]
            call = live[0] if live else self._begin(seen, snapshot)
            for part in live[1:]:
                self._join(part, call)
            shown.add(id(call))
            if _is_sure(seen, call):
                yield from self._show(call, seen, snapshot, now, known_before=first and not live)
        silent = snapshot.queried - {c.legs[0].extension for c in snapshot.calls if _lacks_id(c)}
        for call in list(self._index.live.values()):
            facts = call.facts
            if facts.touched >= snapshot.asked_at or call.heard > snapshot.asked_at - DISORDER:
                continue  # it was reported since, or has just begun
            if id(call) in shown:
                _note_idle(call, snapshot)
                continue
            _let_go(call, snapshot)
            if unknown and len(facts.parties) < 2 and now - facts.touched < _UNKNOWN_PARTNER:
                continue  # whoever else takes part may be one of those
            if (facts.on_trunk and snapshot.trunks) or _is_gone(call, silent):
                yield from self._termination.gone(call, now)

    def _has_unknown(self, snapshot: CallSnapshot) -> bool:
        """Return whether an extension is in a call that is not known to have it."""
        return any(
            status in _IN_A_CALL
            and not any(_has(call, [number]) for call in self._index.live_of(number))
            for number, status in snapshot.extensions.items()
        )

    def _calls_of(self, seen: Call, snapshot: CallSnapshot) -> list[LiveCall | Finished]:
        """Return the call that a reading showed; without an id its parties tell which it is."""
        if seen.call_id:
            legs = seen.legs
            return list(
                self._identity.find(subject(seen.call_id, legs, snapshot.asked_at, reading=True))[1]
            )
        asked, *others = [leg.extension for leg in seen.legs] or [""]
        if not all(others):
            return []  # a call on a trunk; a list says more of it
        known = [
            call
            for call in self._index.live_of(asked)
            if not call.facts.on_trunk and any(p.extension == asked for p in call.facts.present())
        ]
        fitting = [call for call in known if others and _are_together(call, asked, others)]
        if fitting:
            return [fitting[-1]]  # two who called each other before are in the later call
        alone = [call for call in known if _may_be_alone(asked, call, snapshot)]
        likely = alone if alone or not others else known
        waiting = [call for call in likely if not others and _waits(asked, call)]
        likely = waiting or likely
        return [likely[0]] if len(likely) == 1 else []

    def _begin(self, seen: Call, snapshot: CallSnapshot) -> LiveCall:
        call = self._create(seen.call_id, snapshot.asked_at)
        legs = seen.legs
        outward = [leg for leg in legs if leg.kind is LegKind.OUTBOUND]
        call.by_line = bool(outward) and len(outward) == len(legs)
        return call

    def _show(
        self,
        call: LiveCall,
        seen: Call,
        snapshot: CallSnapshot,
        now: datetime,
        *,
        known_before: bool,
    ) -> Iterator[CallChange]:
        self._termination.back(call)
        facts = call.facts
        newer = facts.touched >= snapshot.asked_at
        if seen.call_id:
            self._index.register(call, seen.legs)
            self._index.name(call, (seen.call_id, *line_ids(seen.legs)))
            inbound = [leg for leg in seen.legs if leg.kind is LegKind.INBOUND]
            call.first_id = call.first_id or next(iter(line_ids(inbound)), "")
            named = {leg.extension for leg in seen.legs if leg.extension}
            for part in self._identity.lone_branches(call):
                if any(party.extension in named for party in part.facts.rang()):
                    self._join(part, call)
        if call.facts.inbound is None and not any(call.facts.rang()):
            seen = self._with_callers(seen)
        ringing = frozenset() if seen.call_id else _ringing(snapshot)
        event = Shown(seen, bool(seen.call_id), ringing)
        self._learn(call, Evidence(snapshot.asked_at, event, seen.call_id))
        if known_before:
            catch_up(call)
        yield from changes_of(call)
        call.ending.shown_at = snapshot.asked_at
        if newer or not all(map(is_empty, call.facts.records)):
            return
        facts = call.facts  # neither a hang-up nor a failure before that ended it
        facts.hung_up_at = None
        if seen.call_id:  # else it may be another call of those two
            facts.failures.clear()
        yield from self._termination.consider(call, now)

    def _with_callers(self, seen: Call) -> Call:
        """Return a call with the extension that goes out on its line, where only that is shown."""
        if any(leg.kind is not LegKind.OUTBOUND for leg in seen.legs):
            return seen
        callers = {leg.caller: leg for leg in seen.legs if leg.caller in self._index.extensions}
        legs = [
            CallLeg(
                kind=LegKind.EXTENSION,
                extension=number,
                state=_other_side(line.state),
                calls=True,
            )
            for number, line in callers.items()
        ]
        return Call(call_id=seen.call_id, legs=(*seen.legs, *legs)) if legs else seen


def _other_side(state: LegState | None) -> LegState | None:
    return LegState.DIALING if state is LegState.RINGING else state


def _ringing(snapshot: CallSnapshot) -> frozenset[str]:
    statuses = snapshot.extensions.items()
    return frozenset(number for number, status in statuses if status is ExtensionStatus.RINGING)


def _lacks_id(call: Call) -> bool:
    """Return whether an answer shows only that its first extension talks to another (API v1)."""
    return not call.call_id and bool(call.legs)


def _is_sure(seen: Call, call: LiveCall) -> bool:
    """Return whether an answer is surely about a call.

    With an unknown or unnamed party it may be about another one.
    """
    if seen.call_id:
        return True
    asked, *others = [leg.extension for leg in seen.legs]
    return bool(others) and _has(call, [asked]) and _are_together(call, asked, others)


def _has(call: LiveCall, extensions: Iterable[str]) -> bool:
    """Return whether extensions take part in a call, and have not left it as far as is known."""
    return {party.extension for party in call.facts.present()}.issuperset(extensions)


def _are_together(call: LiveCall, extension: str, others: list[str]) -> bool:
    """Return whether extensions may be the two sides of a call.

    Not those that only ring for the same caller.
    """
    parties = [call.facts.extension(each) for each in (extension, *others)]
    ring = all(party is not None and party.state is LegState.RINGING for party in parties)
    return _has(call, others) and not ring


def _may_be_alone(extension: str, call: LiveCall, snapshot: CallSnapshot) -> bool:
    """Return whether all other extensions have left a call, as their statuses tell."""
    return all(
        party.extension == extension or snapshot.extensions.get(party.extension) in _IN_NO_CALL
        for party in call.facts.present()
    )


def _waits(extension: str, call: LiveCall) -> bool:
    """Return whether an extension is connected to the PBX itself, as reports tell."""
    party = call.facts.extension(extension)
    return party is not None and party.state is LegState.WAITING


def _let_go(call: LiveCall, snapshot: CallSnapshot) -> None:
    """Note that extensions which are in no call do not take part in this one any more."""
    for party in call.facts.extensions:
        if snapshot.extensions.get(party.extension) in _IN_NO_CALL:
            if party.state in (LegState.RINGING, LegState.DIALING):
                party.idle_at = party.idle_at or snapshot.asked_at
            party.state, party.since = LegState.ENDED, snapshot.asked_at


def _note_idle(call: LiveCall, snapshot: CallSnapshot) -> None:
    """Note that extensions ring no more for a call that goes on."""
    for party in call.facts.extensions:
        idle = snapshot.extensions.get(party.extension) in _IN_NO_CALL
        if idle and party.state is LegState.RINGING:
            party.idle_at = party.idle_at or snapshot.asked_at


def _is_gone(call: LiveCall, silent: frozenset[str]) -> bool:
    """Return whether a call between extensions that was not shown is over.

    Args:
        call: the call.
        silent: extensions that were asked, and know of no call but those shown.
    """
    facts = call.facts
    present = {party.extension for party in facts.present()}
    if not present.isdisjoint(silent) or not present:
        return True
    caller = facts.caller
    if caller is not None and caller.certain and facts.answered_at is None:
        return caller.extension not in present
    waits = any(party.state is LegState.WAITING for party in facts.present())  # in a queue
    return len(present) < 2 and len(facts.extensions) > 1 and not waits
