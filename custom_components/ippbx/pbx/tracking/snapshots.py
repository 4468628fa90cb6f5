"""What a reading of the PBX says of calls: the truth of its time."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from ..model.lines import Call, CallLeg, ExtensionStatus, LegKind, LegState
from ..model.tracked import CallSnapshot
from .calls import Calls, Known, LiveCall, line_ids
from .changes import Publish, note_changes, publish_changes
from .facts import DISORDER, is_empty
from .identity import Subject, find, lone_branches
from .legs import Evidence, Shown
from .termination import Termination

_UNKNOWN_PARTNER = timedelta(minutes=5)
"""How long a call of one known party lives while other extensions' calls are unknown."""
_IN_A_CALL = (ExtensionStatus.RINGING, ExtensionStatus.BUSY, ExtensionStatus.ON_HOLD)
_IN_NO_CALL = (ExtensionStatus.IDLE, ExtensionStatus.UNAVAILABLE, ExtensionStatus.FAULT)


class Snapshots:
    """Brings calls in line with readings.

    Attributes:
        first: whether what the next reading shows may have begun unseen.
    """

    def __init__(self, calls: Calls, termination: Termination, publish: Publish) -> None:
        """Expect a first reading, which shows calls that were up before."""
        self.first = True
        self._calls = calls
        self._termination = termination
        self._publish = publish

    def apply(self, snapshot: CallSnapshot, now: datetime) -> None:
        """Apply a reading."""
        first, self.first = self.first, False
        if snapshot.extensions:
            self._calls.extensions = frozenset(snapshot.extensions)
        shown: set[LiveCall] = set()
        unknown = any(  # an extension is in a call that is not known to have it
            status in _IN_A_CALL
            and not any(_has(call, (number,)) for call in self._calls.live_of(number))
            for number, status in snapshot.extensions.items()
        )
        for seen in snapshot.calls:
            calls = self._calls_of(seen, snapshot)
            unknown |= not calls and _lacks_id(seen) and all(leg.extension for leg in seen.legs)
            live = [call for call in calls if isinstance(call, LiveCall)]
            if len(live) < len(calls) or not (calls or seen.call_id):
                continue
            call = live[0] if live else self._begin(seen, snapshot)
            for part in live[1:]:
                self._calls.join(part, call)
            shown.add(call)
            if _is_sure(seen, call):
                self._show(call, seen, snapshot, now)
                if first and not live:
                    note_changes(call)
                publish_changes(call, self._publish)
                self._continue(call, seen, snapshot, now)
        silent = snapshot.queried - {c.legs[0].extension for c in snapshot.calls if _lacks_id(c)}
        for call in list(self._calls.live.values()):
            facts = call.facts
            if facts.touched >= snapshot.asked_at or call.heard > snapshot.asked_at - DISORDER:
                continue  # it was reported since, or has just begun
            _note_idle(call, snapshot, leave=call not in shown)
            if call in shown:
                continue
            if unknown and len(facts.parties) < 2 and now - facts.touched < _UNKNOWN_PARTNER:
                continue  # whoever else takes part may be one of those
            if (facts.on_trunk and snapshot.trunks) or _is_gone(call, silent):
                self._termination.gone(call, now)

    def _calls_of(self, seen: Call, snapshot: CallSnapshot) -> Sequence[Known]:
        """Return the call that a reading showed; without an id its parties tell which it is."""
        if seen.call_id:
            what = Subject(seen.call_id, snapshot.asked_at, seen.legs, reading=True)
            return find(self._calls, what)[1]
        asked, *others = [leg.extension for leg in seen.legs] or [""]
        if not all(others):
            return ()  # a call on a trunk; a list says more of it
        known = [
            call
            for call in self._calls.live_of(asked)
            if not call.facts.on_trunk and _has(call, (asked,))
        ]
        if others:
            fitting = [call for call in known if _are_together(call, asked, others)]
            if fitting:
                return fitting[-1:]  # two who called each other before are in the later call
        likely = [call for call in known if _may_be_alone(asked, call, snapshot)]
        if others:
            likely = likely or known
        else:
            likely = [call for call in likely if _waits(asked, call)] or likely
        return likely if len(likely) == 1 else ()

    def _begin(self, seen: Call, snapshot: CallSnapshot) -> LiveCall:
        call = self._calls.create(seen.call_id, snapshot.asked_at)
        call.by_line = bool(seen.legs) and all(leg.kind is LegKind.OUTBOUND for leg in seen.legs)
        return call

    def _show(self, call: LiveCall, seen: Call, snapshot: CallSnapshot, now: datetime) -> None:
        ending = call.ending
        if ending.gone_at is not None:  # the PBX knows it still, or again
            ending.gone_at, ending.retroactive = None, False
        if seen.call_id:
            self._calls.register(call, seen.legs)
            self._calls.name(call, (seen.call_id, *line_ids(seen.legs)))
            inbound = [leg for leg in seen.legs if leg.kind is LegKind.INBOUND]
            call.first_id = call.first_id or next(iter(line_ids(inbound)), "")
            named = {leg.extension for leg in seen.legs if leg.extension}
            for part in lone_branches(self._calls, call):
                if any(party.extension in named for party in part.facts.rang()):
                    self._calls.join(part, call)
        ending.shown_at = snapshot.asked_at
        if call.facts.inbound is None and not any(call.facts.rang()):
            seen = self._with_callers(seen)
        statuses = () if seen.call_id else snapshot.extensions.items()
        ringing = {number for number, status in statuses if status is ExtensionStatus.RINGING}
        event = Shown(seen.legs, bool(seen.call_id), frozenset(ringing))
        self._calls.learn(call, Evidence(snapshot.asked_at, event))

    def _continue(self, call: LiveCall, seen: Call, snapshot: CallSnapshot, now: datetime) -> None:
        """Take a call that is shown as one that goes on, unless something newer ends it."""
        facts = call.facts
        if facts.touched >= snapshot.asked_at or not all(map(is_empty, facts.records)):
            return
        facts.hung_up_at = None
        if seen.call_id:  # else it may be another call of those two
            facts.failures.clear()
        self._termination.consider(call, now)

    def _with_callers(self, seen: Call) -> Call:
        """Return a call with the extension that goes out on its line, where only that is shown."""
        if any(leg.kind is not LegKind.OUTBOUND for leg in seen.legs):
            return seen
        lines = {leg.caller: leg for leg in seen.legs if leg.caller in self._calls.extensions}
        legs = [
            CallLeg(
                kind=LegKind.EXTENSION,
                extension=number,
                state=LegState.DIALING if line.state is LegState.RINGING else line.state,
                calls=True,
            )
            for number, line in lines.items()
        ]
        return Call(call_id=seen.call_id, legs=(*seen.legs, *legs)) if legs else seen


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
    return bool(others) and _has(call, (asked,)) and _are_together(call, asked, others)


def _has(call: LiveCall, extensions: Iterable[str]) -> bool:
    """Return whether extensions take part in a call, and have not left it as far as is known."""
    parties = [call.facts.extensions.get(number) for number in extensions]
    return all(party is not None and party.state is not LegState.ENDED for party in parties)


def _are_together(call: LiveCall, extension: str, others: list[str]) -> bool:
    """Return whether extensions may be the two sides of a call.

    Not those that only ring for the same caller.
    """
    parties = [call.facts.extensions.get(each) for each in (extension, *others)]
    ring = all(party is not None and party.state is LegState.RINGING for party in parties)
    return _has(call, others) and not ring


def _may_be_alone(extension: str, call: LiveCall, snapshot: CallSnapshot) -> bool:
    """Return whether all other extensions have left a call, as their statuses tell."""
    return all(
        party.extension == extension or snapshot.extensions.get(party.extension) in _IN_NO_CALL
        for party in call.facts.present
    )


def _waits(extension: str, call: LiveCall) -> bool:
    """Return whether an extension is connected to the PBX itself, as reports tell."""
    party = call.facts.extensions.get(extension)
    return party is not None and party.state is LegState.WAITING


def _note_idle(call: LiveCall, snapshot: CallSnapshot, *, leave: bool) -> None:
    """Note that extensions which are in no call do not ring for this one any more, or leave it."""
    for party in call.facts.extensions.values():
        if snapshot.extensions.get(party.extension) not in _IN_NO_CALL:
            continue
        ring = party.state is LegState.RINGING
        if ring or (leave and party.state is LegState.DIALING):
            party.idle_at = party.idle_at or snapshot.asked_at
        if leave:
            party.put(LegState.ENDED, snapshot.asked_at)


def _is_gone(call: LiveCall, silent: frozenset[str]) -> bool:
    """Return whether a call between extensions that was not shown is over.

    Args:
        call: the call.
        silent: extensions that were asked, and know of no call but those shown.
    """
    facts = call.facts
    present = {party.extension for party in facts.present}
    if not present.isdisjoint(silent) or not present:
        return True
    caller = facts.caller
    if caller is not None and caller.certain and facts.answered_at is None:
        return caller.extension not in present
    waits = any(party.state is LegState.WAITING for party in facts.present)  # in a queue
    return len(present) < 2 and len(facts.extensions) > 1 and not waits
