"""A call as others see it: frozen, with all that is known of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from ..model.lines import ExtensionStatus, LegState
from ..model.tracked import CallDirection, CallOutcome, CallState, TrackedCall
from .calls import KnownCall
from .facts import DISORDER, Facts
from .outcome import direction_of, main_record

_STATUS: Final[dict[LegState | None, ExtensionStatus]] = {
    LegState.DIALING: ExtensionStatus.BUSY,
    LegState.WAITING: ExtensionStatus.BUSY,
    LegState.TALKING: ExtensionStatus.BUSY,
    LegState.ON_HOLD: ExtensionStatus.ON_HOLD,
    LegState.RINGING: ExtensionStatus.RINGING,
}
_STRONGEST = (ExtensionStatus.BUSY, ExtensionStatus.ON_HOLD, ExtensionStatus.RINGING)


def status_in(states: Iterable[LegState | None]) -> ExtensionStatus | None:
    """Return what an extension with legs in these states does."""
    found = {_STATUS.get(state) for state in states}
    for status in _STRONGEST:
        if status in found:
            return status
    return None


def summary(call: KnownCall) -> TrackedCall:
    """Return a call that goes on as others see it: at no cost while nothing is learnt of it."""
    if call.shown is None:
        call.shown = View(call).as_call()
    return call.shown


def _state_of(facts: Facts) -> CallState:
    """Return where a call stands."""
    states = [party.state for party in facts.parties.values() if party.live]
    if not states:
        ended = (facts.parties or facts.records) and not facts.invited
        return CallState.ENDED if ended else CallState.INVITED
    held = LegState.ON_HOLD in states
    talking = states.count(LegState.TALKING) + held
    rings = LegState.RINGING in states
    if facts.answered_at is not None and (talking > 1 or (talking and not rings)):
        return CallState.ON_HOLD if held else CallState.TALKING
    if rings:
        return CallState.RINGING
    if facts.invited and states.count(LegState.DIALING) == len(states):
        return CallState.INVITED
    return CallState.DIALING


class View:
    """A call as it is looked at.

    Attributes:
        rang: extensions that rang for it.
        caller, callee: who calls, and who was called first.
    """

    def __init__(
        self,
        call: KnownCall,
        *,
        outcome: CallOutcome | None = None,
        ended: datetime | None = None,
        extensions: frozenset[str] = frozenset(),
    ) -> None:
        """Look at a call.

        Args:
            call: the call.
            outcome: how it ended; None while it goes on.
            ended: when it ended (UTC).
            extensions: numbers that are known to be extensions.
        """
        self._call, self._facts = call, call.facts
        self._outcome, self._ended, self._extensions = outcome, ended, extensions
        self._record, self._direction = main_record(call), direction_of(call)
        parties = call.facts.extensions.items()
        self.rang = tuple([number for number, p in parties if p.rang and not p.calls])
        if call.inferred:
            self.rang = tuple(dict.fromkeys(self.rang + call.inferred))
        self.caller = self._caller()
        self.callee = self._callee()

    def as_call(self, rang_at: datetime | None = None) -> TrackedCall:
        """Return it; `rang_at` is when it first rang (UTC), where no report of it tells."""
        call, facts, record = self._call, self._facts, self._record
        parties = facts.parties.values()
        trunk = did = recording = ""
        for party in parties:
            trunk = trunk or party.trunk
        for each in facts.records:
            did, recording = did or each.did, recording or each.recording
        if not trunk and record is not None:
            trunk = record.source_trunk or record.destination_trunk
        return TrackedCall(
            call_id=call.call_id,
            state=CallState.ENDED if self._outcome else _state_of(facts),
            direction=self._direction,
            caller=self.caller,
            callee=self.callee,
            trunk=trunk,
            did=did,
            path=facts.path,
            legs=tuple([p.as_leg() for p in parties if p.live] or [p.as_leg() for p in parties]),
            rang=self.rang,
            answered_by=self._answered_by(),
            missed_by=self.rang if self._outcome is CallOutcome.MISSED else (),
            started=call.started,
            answered=facts.answered_at,
            ended=self._ended,
            outcome=self._outcome,
            ring_seconds=self._ring_seconds(rang_at),
            talk_seconds=self._talk_seconds(),
            recording=recording,
        )

    def _caller(self) -> str:
        if (caller := self._facts.caller) is not None:
            return caller.number
        line = self._facts.outbound
        if line is not None and line.caller and not self.rang:
            return line.caller
        return self._record.caller if self._record is not None else self._call.dialled

    def _callee(self) -> str:
        """Return who was called first: a number that did not ring itself led to those that did."""
        facts, rang, extensions = self._facts, self.rang, self._extensions
        first = next((n for n, p in facts.extensions.items() if p.calls is False), "")
        recorded = self._record.callee if self._record is not None else ""
        if recorded == self.caller and facts.inbound is None:
            recorded = ""
        if self._direction is CallDirection.OUTBOUND:
            return recorded or (facts.outbound.callee if facts.outbound is not None else first)
        reached = {*rang, *[party.number for party in facts.answerers]}
        own_number = recorded in extensions  # what its line names did not lead on
        if own_number or recorded in reached:
            callees = [each.callee for each in facts.records if each.callee]
            led = [each for each in callees if each not in reached and each not in extensions]
            recorded = led[0] if led else recorded
        line = ""
        if (inbound := facts.inbound) is not None:  # who was dialled, or the own number
            line = inbound.callee
            if line not in rang and line != recorded and rang and not inbound.led_on:
                line = line if self._rang_together() and not own_number else ""
        for led_on in (facts.path, recorded, line, facts.called):
            if led_on and led_on not in reached:
                return led_on
        return line or (rang[0] if rang else first or recorded)

    def _rang_together(self) -> bool:
        """Return whether more than one extension rang before the answer."""
        until = self._facts.answered_at
        rang = self._facts.rang()
        return sum(until is None or (p.rang_at or p.since) <= until for p in rang) > 1

    def _answered_by(self) -> str:
        """Return who answered first; a number that only led to somebody has not answered."""
        facts, record = self._facts, self._record
        if facts.answered_at is None:
            if self._outcome is not CallOutcome.ANSWERED or record is None:
                return ""
            mobile = facts.outbound is not None or record.destination_trunk
            known = self._direction is CallDirection.OUTBOUND or (
                record.callee in self._extensions and not mobile  # which may have answered for it
            )
            return record.callee if known else ""
        called = [party for party in facts.answerers if not party.calls]
        first = [p for p in called if p.rang] or called
        if self._direction is CallDirection.INBOUND and facts.inbound is None:
            first = [p for p in first if p.extension] or first
        if first and (len(first) == 1 or first[0].calls is not None):
            return first[0].number
        return ""

    def _ring_seconds(self, rang_at: datetime | None) -> int | None:
        """Return how long it rang; where only a record tells, from the dialling on."""
        call, facts, record = self._call, self._facts, self._record
        until = facts.answered_at or self._observed_end()
        answered = facts.answered_at is not None
        if until is None or (self._outcome is CallOutcome.ANSWERED and not answered):
            return None
        if (first := facts.first_ring or rang_at) is not None and not facts.inexact:
            return _seconds(first, until)
        outward = self._direction is CallDirection.OUTBOUND and not call.dialled
        if record is None or facts.invited or not (call.ending.retroactive or outward):
            return None
        if record.duration is None or record.talk_duration is None:
            return None
        if record.talk_duration and not answered:
            return None  # with a queue or an IVR
        return max(0, record.duration - record.talk_duration)

    def _talk_seconds(self) -> int | None:
        facts, record = self._facts, self._record
        if self._ended is None or self._outcome is not CallOutcome.ANSWERED:
            return 0 if self._ended is not None else None
        stated = record.talk_duration if record is not None else None
        if facts.answered_at is not None and (stated is None or not facts.inexact):
            return _seconds(facts.answered_at, self._observed_end() or self._ended)
        return stated

    def _observed_end(self) -> datetime | None:
        """Return when a call ended, by our clock; that of its record has whole seconds only."""
        ended, facts = self._ended, self._facts
        if ended is None or facts.hung_up_at is None:
            return ended
        answered = facts.answered_at is not None  # else an agent of a queue may have hung up
        observed = (facts.hung_up_at if answered else None, self._call.ending.over_at)
        return min((at for at in observed if at and abs(at - ended) <= DISORDER), default=ended)


def _seconds(begin: datetime, end: datetime) -> int:
    return max(0, round((end - begin).total_seconds()))
