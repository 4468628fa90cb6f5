"""Snapshots: the calls of a PBX as it answered at one time."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from ..model.lines import Call, CallLeg, ExtensionStatus, LegKind, LegState
from ..model.records import is_empty
from ..model.tracked import CallSnapshot
from .calls import Calls, KnownCall
from .changes import Publish, note_changes, publish_changes
from .facts import DISORDER
from .identity import attach
from .legs import Evidence
from .outcome import is_led_on
from .phones import HOLDS
from .termination import Termination

_IN_NO_CALL = (ExtensionStatus.IDLE, ExtensionStatus.NOT_REGISTERED, ExtensionStatus.FAULT)
_IN_A_CALL = (ExtensionStatus.RINGING, ExtensionStatus.BUSY, ExtensionStatus.ON_HOLD)


class Snapshots:
    """Brings calls in line with snapshots.

    Attributes:
        first: whether calls in the next snapshot may have begun unseen.
    """

    def __init__(self, calls: Calls, termination: Termination, publish: Publish) -> None:
        """Expect a first snapshot, which shows calls that were up before."""
        self.first = True
        self._calls, self._termination, self._publish = calls, termination, publish
        self._first_at = datetime.max.replace(tzinfo=UTC)

    def apply(self, snapshot: CallSnapshot, now: datetime) -> None:
        """Apply a snapshot."""
        self._termination.wants_snapshot = False
        if self.first:
            self._first_at = snapshot.asked_at
        if snapshot.extensions:
            self._calls.extensions = frozenset(snapshot.extensions)
        named = {leg.extension for seen in snapshot.calls for leg in seen.legs}
        # A call without an id: these extensions are in some call.
        unnamed = [seen.legs for seen in snapshot.calls if not seen.call_id]
        busy = {leg.extension for legs in unnamed for leg in legs}
        shown = {self._apply_call(seen, snapshot, now) for seen in snapshot.calls if seen.call_id}
        shown |= {self._unite(legs, snapshot) for legs in unnamed}
        for call in list(self._calls.live.values()):
            facts = call.facts
            if facts.touched >= snapshot.asked_at or call.heard > snapshot.asked_at - DISORDER:
                continue  # it was reported since, or has just begun: the snapshot is older
            self._apply_statuses(call, snapshot, named if call in shown else None)
            on_line = facts.on_line and snapshot.trunks
            if call not in shown and (on_line or self._is_gone(call, snapshot, busy, named)):
                self._termination.gone(call, now)
                continue
            phones = (snapshot.extensions.get(party.extension) for party in facts.present)
            if not facts.on_trunk and any(status in _IN_A_CALL for status in phones):
                call.ending.shown_at = snapshot.asked_at
            publish_changes(call, self._publish)
        self.first = False

    def _unite(self, legs: tuple[CallLeg, ...], snapshot: CallSnapshot) -> KnownCall | None:
        """Let extensions that talk together share the call in which one of them is left alone.

        A phone completed an attended transfer, and has left both calls (docs/asterisk.md, "Ids").
        """
        numbers, at = [leg.extension for leg in legs], snapshot.asked_at
        calls = {call for number in numbers for call, _ in self._calls.parts_of(number)}
        call = calls.pop() if len(calls) == 1 and len({*numbers} - {""}) == 2 else None
        talk = all(snapshot.extensions.get(n) is ExtensionStatus.BUSY for n in numbers)
        if call is None or not talk or call.facts.on_trunk or call.facts.answered_at is None:
            return None
        if len(call.facts.present) != 1 or call.facts.touched >= at:
            return None
        for number in numbers:
            self._calls.note(call, number)
        talking = tuple(replace(leg, state=LegState.TALKING) for leg in legs)
        self._calls.learn(call, Evidence(at, Call(call_id=call.call_id, legs=talking)))
        note_changes(call)  # both were published as talking
        return call

    def _apply_statuses(
        self, call: KnownCall, snapshot: CallSnapshot, named: Collection[str] | None
    ) -> None:
        """Apply the statuses of extensions: one that is in no call has left this one.

        Args:
            named: the extensions in calls of the snapshot; None if it does not show this call.
        """
        at = snapshot.asked_at
        for party in call.facts.present:
            status = snapshot.extensions.get(party.extension)
            hold = None if call.facts.stated else HOLDS.get((party.state, status))
            party.held_by_command &= status is not ExtensionStatus.ON_HOLD
            if party.held_by_command:
                hold = None  # a phone that holds is busy on an Asterisk (docs/asterisk.md)
            if status in _IN_NO_CALL:
                if named is None or (party.talks and party.extension not in named):
                    party.put(LegState.ENDED, at)
                elif party.state is LegState.RINGING:
                    party.put(LegState.ENDED, at, ceased=True)
            elif hold is not None and self._calls.is_hold_certain(party.extension, status):
                party.enter(hold, at, shown=True)
        call.cached = None

    def _apply_call(self, seen: Call, snapshot: CallSnapshot, now: datetime) -> KnownCall | None:
        """Apply a call of a snapshot, and return it; None for one that has ended."""
        call = attach(self._calls, seen, snapshot.asked_at, self._termination.begin)
        if call is None:
            return None
        facts, ending, new = call.facts, call.ending, call.heard == snapshot.asked_at
        if ending.gone_at is not None:  # the PBX knows it still, or again
            ending.gone_at, ending.retroactive = None, False
        ending.shown_at = snapshot.asked_at
        unknown = facts.inbound is None and facts.transferred_at is None and not any(facts.rang())
        legs = list(seen.legs)
        if unknown and all(leg.kind is LegKind.OUTBOUND for leg in legs):  # add callers
            legs += [
                CallLeg(kind=LegKind.EXTENSION, extension=leg.caller, state=leg.state, calls=True)
                for leg in seen.legs
                if leg.caller in self._calls.extensions
            ]
        legs = [self._leg(call, leg, snapshot) for leg in legs]
        self._calls.learn(call, Evidence(snapshot.asked_at, replace(seen, legs=tuple(legs))))
        if new and (self.first or call.started < self._first_at):
            note_changes(call)  # it began unseen; a later snapshot may be the first to show it
        publish_changes(call, self._publish)
        if facts.touched < snapshot.asked_at and all(map(is_empty, facts.records)):
            facts.hung_up_at = facts.failure = None  # it is still up
            ending.waits.pop("snapshot", None)
            self._termination.consider(call, now)
        return call

    def _leg(self, call: KnownCall, leg: CallLeg, snapshot: CallSnapshot) -> CallLeg:
        """Return a leg by its phone, which may ring while the line talks, as with an IVR, or hold.

        Lists of API v1 have one state for all legs of a call.
        """
        if leg.leg_id or leg.state is not LegState.TALKING:
            return leg
        party = call.facts.extensions.get(leg.extension)
        before = None if party is None else ExtensionStatus.RINGING
        status, state = snapshot.extensions.get(leg.extension, before), None
        if status is ExtensionStatus.RINGING:
            rings = party is None or party.state in (LegState.RINGING, LegState.ENDED)
            state = LegState.RINGING if rings else None
        elif party is None:  # else it is known whether it holds another call
            state = HOLDS.get((leg.state, status))
            named = [other.extension for seen in snapshot.calls for other in seen.legs]
            state = state if named.count(leg.extension) == 1 else None
        return leg if state is None else replace(leg, state=state)

    def _is_gone(
        self, call: KnownCall, snapshot: CallSnapshot, busy: set[str], named: Collection[str]
    ) -> bool:
        """Return whether an internal call is over that a snapshot did not show.

        A snapshot of the lines alone decides nothing.

        Args:
            busy: the extensions that are in a call without an id.
            named: the extensions in any call of the snapshot.
        """
        facts = call.facts
        if is_led_on(call) and facts.record is not None:
            return snapshot.extensions.get(facts.record.caller) not in _IN_A_CALL
        present = {party.extension for party in facts.present}
        # A busy extension that is in no call of the snapshot may ring: no answer shows that.
        known = present & snapshot.extensions.keys() or present  # no queue, no place to park
        silent = known & (snapshot.queried - busy)
        gone = (n in named or snapshot.extensions.get(n) not in _IN_A_CALL for n in silent)
        if not present or any(gone):
            return True
        waits = any(party.state is LegState.WAITING for party in facts.present)  # in a queue
        alone = len(present) < 2 <= len(facts.extensions) and not waits
        others = {p.extension for p in facts.present if self._termination.is_elsewhere(p, call)}
        if facts.records:  # the party left may be busy with another call
            busy = busy - others
        if facts.answered_at is None:  # it may talk to the PBX itself, as to a mailbox
            busy = busy | {n for n in present - others if snapshot.extensions.get(n) in _IN_A_CALL}
        return alone and bool(snapshot.extensions) and present.isdisjoint(busy)
