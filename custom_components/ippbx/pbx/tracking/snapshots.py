"""What a reading of the PBX says of calls: the truth of its time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ..model.lines import Call, CallLeg, ExtensionStatus, LegKind, LegState
from ..model.tracked import CallSnapshot
from .calls import Calls, KnownCall, line_ids
from .changes import Publish, note_changes, publish_changes
from .facts import DISORDER, is_empty
from .identity import Subject, find, lone_branches
from .legs import Evidence
from .phones import Phones
from .termination import Termination

_UNKNOWN_PARTNER = timedelta(minutes=5)
"""How long a call of one known party lives while other extensions' calls are unknown."""
_IN_A_CALL = (ExtensionStatus.RINGING, ExtensionStatus.BUSY, ExtensionStatus.ON_HOLD)
_IN_NO_CALL = (ExtensionStatus.IDLE, ExtensionStatus.NOT_REGISTERED, ExtensionStatus.FAULT)


class Snapshots:
    """Brings calls in line with readings.

    Attributes:
        first: whether what the next reading shows may have begun unseen.
    """

    def __init__(
        self, calls: Calls, phones: Phones, termination: Termination, publish: Publish
    ) -> None:
        """Expect a first reading, which shows calls that were up before."""
        self.first = True
        self._calls = calls
        self._phones = phones
        self._termination = termination
        self._publish = publish

    def apply(self, snapshot: CallSnapshot, now: datetime) -> None:
        """Apply a reading."""
        first, self.first = self.first, False
        self._termination.wants_snapshot = False
        if snapshot.extensions:
            self._calls.extensions = frozenset(snapshot.extensions)
        shown: set[KnownCall] = set()
        unknown = any(  # an extension is in a call that is not known to have it
            status in _IN_A_CALL
            and not any(_has(call, number) for call in self._calls.live_of.get(number, ()))
            for number, status in snapshot.extensions.items()
        )
        for seen in snapshot.calls:
            calls = self._calls_of(seen, snapshot)
            unknown |= not (calls or seen.call_id) and all(leg.extension for leg in seen.legs)
            live = [call for call in calls if call.result is None]
            if len(live) < len(calls) or not (calls or seen.call_id):
                continue
            call = live[0] if live else self._calls.create(seen.call_id, snapshot.asked_at)
            if not live:
                call.by_line = {leg.kind for leg in seen.legs} == {LegKind.OUTBOUND}
            for part in live[1:]:
                self._calls.join(part, call)
            shown.add(call)
            if seen.call_id:  # else it has no states, and may be about another call
                self._show(call, seen, snapshot)
                if first and not live:
                    note_changes(call)
                publish_changes(call, self._publish)
                self._continue(call, snapshot, now)
        asked = {c.legs[0].extension for c in snapshot.calls if c.legs and not c.call_id}
        for call in list(self._calls.live.values()):
            facts = call.facts
            if facts.touched >= snapshot.asked_at or call.heard > snapshot.asked_at - DISORDER:
                continue  # it was reported since, or has just begun
            _note_idle(call, snapshot, leave=call not in shown)
            if call in shown:
                continue
            if unknown and len(facts.parties) < 2 and now - facts.touched < _UNKNOWN_PARTNER:
                continue  # whoever else takes part may be one of those
            if (facts.on_trunk and snapshot.trunks) or _is_gone(call, snapshot.queried - asked):
                self._termination.gone(call, now)

    def _calls_of(self, seen: Call, snapshot: CallSnapshot) -> Sequence[KnownCall]:
        """Return the call that a reading showed; without an id its parties tell which it is."""
        if seen.call_id:
            what = Subject(seen.call_id, snapshot.asked_at, seen.legs, reading=True)
            return find(self._calls, what)[1]
        asked, *others = [leg.extension for leg in seen.legs] or [""]
        if not all(others):
            return ()  # a call on a trunk; a list says more of it
        known = [
            call
            for call in self._calls.live_of.get(asked, ())
            if not call.facts.on_trunk and _has(call, asked)
        ]
        return known if len(known) == 1 else ()

    def _show(self, call: KnownCall, seen: Call, snapshot: CallSnapshot) -> None:
        ending = call.ending
        if ending.gone_at is not None:  # the PBX knows it still, or again
            ending.gone_at, ending.retroactive = None, False
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
        legs = tuple([self._leg(call, leg, snapshot) for leg in seen.legs])
        self._calls.learn(call, Evidence(snapshot.asked_at, replace(seen, legs=legs)))

    def _leg(self, call: KnownCall, leg: CallLeg, snapshot: CallSnapshot) -> CallLeg:
        """Return a leg, which rings on if its phone says so: its line may talk to an IVR.

        Lists of API v1 give one state to all legs of a call.
        """
        party = call.facts.extensions.get(leg.extension)
        if party is None or party.state is not LegState.RINGING or leg.leg_id:
            return leg
        status = snapshot.extensions.get(leg.extension) or self._phones.status(leg.extension)
        ring = leg.state is LegState.TALKING and status is ExtensionStatus.RINGING
        return replace(leg, state=LegState.RINGING) if ring else leg

    def _continue(self, call: KnownCall, snapshot: CallSnapshot, now: datetime) -> None:
        """Take a call that is shown as one that goes on, unless something newer ends it."""
        facts = call.facts
        if facts.touched >= snapshot.asked_at or not all(map(is_empty, facts.records)):
            return
        facts.hung_up_at = None
        facts.failure = None
        self._termination.consider(call, now)

    def _with_callers(self, seen: Call) -> Call:
        """Return a call with the extensions that go out on its lines, where it shows only these."""
        if any(leg.kind is not LegKind.OUTBOUND for leg in seen.legs):
            return seen
        extensions = self._calls.extensions
        states = {leg.caller: leg.state for leg in seen.legs if leg.caller in extensions}
        callers = [
            CallLeg(kind=LegKind.EXTENSION, extension=number, state=state, calls=True)
            for number, state in states.items()
        ]
        return replace(seen, legs=(*seen.legs, *callers))


def _has(call: KnownCall, extension: str) -> bool:
    """Return whether an extension is in a call, and has not left it as far as is known."""
    party = call.facts.extensions.get(extension)
    return party is not None and party.state is not LegState.ENDED


def _note_idle(call: KnownCall, snapshot: CallSnapshot, *, leave: bool) -> None:
    """Note that extensions which are in no call do not ring for this one any more, or leave it."""
    for party in call.facts.extensions.values():
        if snapshot.extensions.get(party.extension) not in _IN_NO_CALL:
            continue
        ring = party.state is LegState.RINGING
        if ring or (leave and party.state is LegState.DIALING):
            party.idle_at = party.idle_at or snapshot.asked_at
        if leave or (ring and call.facts.answered_at is not None):
            party.put(LegState.ENDED, snapshot.asked_at)
            call.shown = None


def _is_gone(call: KnownCall, silent: frozenset[str]) -> bool:
    """Return whether a call between extensions that was not shown is over.

    Args:
        call: the call.
        silent: extensions that were asked, and know of no call but those shown.
    """
    facts = call.facts
    present = {party.extension for party in facts.present}
    if not present.isdisjoint(silent) or not present:
        return True
    waits = any(party.state is LegState.WAITING for party in facts.present)  # in a queue
    return len(present) < 2 and len(facts.extensions) > 1 and not waits
