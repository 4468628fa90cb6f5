"""A call as others see it: frozen, with all that is known of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from ..model.lines import CallRecord, ExtensionStatus, LegKind, LegState
from ..model.tracked import CallDirection, CallOutcome, CallState, TrackedCall
from .calls import KnownCall
from .facts import DISORDER, Facts
from .outcome import direction_of, main_record

_STATUS = {
    LegState.DIALING: ExtensionStatus.BUSY,
    LegState.WAITING: ExtensionStatus.BUSY,
    LegState.TALKING: ExtensionStatus.BUSY,
    LegState.ON_HOLD: ExtensionStatus.ON_HOLD,
    LegState.RINGING: ExtensionStatus.RINGING,
}
_STRONGEST = (ExtensionStatus.BUSY, ExtensionStatus.ON_HOLD, ExtensionStatus.RINGING)


def status_in(states: Iterable[LegState | None]) -> ExtensionStatus | None:
    """Return what an extension with legs in these states does."""
    found = {_STATUS[state] for state in states if state in _STATUS}
    return next((status for status in _STRONGEST if status in found), None)


def summary(call: KnownCall) -> TrackedCall:
    """Return a call that goes on as others see it: at no cost while nothing is learnt of it."""
    if call.shown is None:
        call.shown = sum_up(call)
    return call.shown


def sum_up(
    call: KnownCall,
    *,
    outcome: CallOutcome | None = None,
    ended: datetime | None = None,
    extensions: frozenset[str] = frozenset(),
    rang_at: datetime | None = None,
) -> TrackedCall:
    """Return a call as others see it.

    Args:
        call: the call.
        outcome: how it ended; None while it goes on.
        ended: when it ended (UTC).
        extensions: numbers that are known to be extensions.
        rang_at: when it first rang (UTC), where no report of the call tells it.
    """
    facts, parties = call.facts, call.facts.parties.values()
    record, direction = main_record(call), direction_of(call)
    rang = tuple([number for number, p in facts.extensions.items() if p.rang and not p.calls])
    if call.inferred:
        rang = tuple(dict.fromkeys(rang + call.inferred))
    shown = [party for party in parties if party.live] or parties
    trunk = did = recording = ""
    for party in parties:
        trunk = trunk or party.trunk
    for each in facts.records:
        did, recording = did or each.did, recording or each.recording
    if not trunk and record is not None:
        trunk = record.source_trunk or record.destination_trunk
    return TrackedCall(
        call_id=call.call_id,
        state=CallState.ENDED if outcome else _state_of(facts),
        direction=direction,
        caller=_caller(call, record, rang),
        callee=_callee(call, record, rang, direction, extensions),
        trunk=trunk,
        did=did,
        path=facts.path,
        legs=tuple([party.as_leg() for party in shown]),
        rang=rang,
        answered_by=_answered_by(facts, record, outcome, direction, extensions),
        missed_by=rang if outcome is CallOutcome.MISSED else (),
        started=call.started,
        answered=facts.answered_at,
        ended=ended,
        outcome=outcome,
        ring_seconds=_ring_seconds(call, record, ended, rang_at),
        talk_seconds=_talk_seconds(call, record, outcome, ended),
        recording=recording,
    )


def _state_of(facts: Facts) -> CallState:
    """Return where a call stands."""
    states = [party.state for party in facts.parties.values() if party.live]
    if not states:
        ended = (facts.parties or facts.records) and not facts.invited
        return CallState.ENDED if ended else CallState.INVITED
    held = LegState.ON_HOLD in states
    talking = states.count(LegState.TALKING) + states.count(LegState.ON_HOLD)
    rings = LegState.RINGING in states
    if facts.answered_at is not None and (talking > 1 or (talking and not rings)):
        return CallState.ON_HOLD if held else CallState.TALKING
    if rings:
        return CallState.RINGING
    if facts.invited and states.count(LegState.DIALING) == len(states):
        return CallState.INVITED
    return CallState.DIALING


def _caller(call: KnownCall, record: CallRecord | None, rang: Sequence[str]) -> str:
    if (caller := call.facts.caller) is not None:
        return caller.number
    line = call.facts.outbound
    if line is not None and line.caller and not rang:
        return line.caller
    return record.caller if record is not None else call.dialled


def _callee(
    call: KnownCall,
    record: CallRecord | None,
    rang: Sequence[str],
    direction: CallDirection | None,
    extensions: frozenset[str],
) -> str:
    """Return who was called first: a number that did not ring itself led to those that did."""
    facts = call.facts
    first = next((n for n, p in facts.extensions.items() if p.calls is False), "")
    recorded = record.callee if record is not None else ""
    if recorded == _caller(call, record, rang) and facts.inbound is None:
        recorded = ""
    if direction is CallDirection.OUTBOUND:
        return recorded or (facts.outbound.callee if facts.outbound is not None else first)
    reached = {*rang, *(party.number for party in facts.answerers)}
    own_number = recorded in extensions  # what its line names did not lead on
    if recorded in reached or recorded in extensions:
        callees = [each.callee for each in facts.records if each.callee]
        led = (each for each in callees if each not in reached and each not in extensions)
        recorded = next(led, recorded)
    line = ""
    if (inbound := facts.inbound) is not None:  # who was dialled, or the own number
        line = inbound.callee
        if line not in rang and line != recorded and rang and not inbound.led_on:
            line = line if _rang_together(facts) and not own_number else ""
    for led_on in (facts.path, recorded, line, facts.called):
        if led_on and led_on not in reached:
            return led_on
    return line or (rang[0] if rang else first or recorded)


def _rang_together(facts: Facts) -> bool:
    """Return whether more than one extension rang before the answer."""
    until = facts.answered_at
    return sum(until is None or (p.rang_at or p.since) <= until for p in facts.rang()) > 1


def _answered_by(
    facts: Facts,
    record: CallRecord | None,
    outcome: CallOutcome | None,
    direction: CallDirection | None,
    extensions: frozenset[str],
) -> str:
    """Return who answered first; a number that only led to somebody has not answered."""
    if facts.answered_at is None:
        if outcome is not CallOutcome.ANSWERED or record is None:
            return ""
        known = direction is CallDirection.OUTBOUND or (
            record.callee in extensions and facts.outbound is None  # or its mobile phone
        )
        return record.callee if known else ""
    called = [party for party in facts.answerers if not party.calls]
    first = [p for p in called if p.rang] or called
    if direction is CallDirection.INBOUND and facts.inbound is None:
        first = [p for p in first if p.kind is LegKind.EXTENSION] or first
    if first and (len(first) == 1 or first[0].calls is not None):
        return first[0].number
    return ""


def _ring_seconds(
    call: KnownCall, record: CallRecord | None, ended: datetime | None, rang_at: datetime | None
) -> int | None:
    """Return how long it rang; a record counts from the dialling on, where nothing else tells."""
    facts = call.facts
    until = facts.answered_at or _observed_end(call, ended)
    if until is None:
        return None
    if (first := facts.first_ring or rang_at) is not None and not facts.inexact:
        return _seconds(first, until)
    outward = facts.outbound is not None and facts.inbound is None and not call.dialled
    if record is None or facts.invited or not (call.ending.retroactive or outward):
        return None
    if record.duration is None or record.talk_duration is None:
        return None
    if facts.answered_at is None and record.talk_duration:
        return None  # with a queue or an IVR
    return max(0, record.duration - record.talk_duration)


def _talk_seconds(
    call: KnownCall,
    record: CallRecord | None,
    outcome: CallOutcome | None,
    ended: datetime | None,
) -> int | None:
    facts = call.facts
    if ended is None or outcome is not CallOutcome.ANSWERED:
        return 0 if ended is not None else None
    exact = not facts.inexact or record is None or record.talk_duration is None
    if facts.answered_at is not None and exact:
        return _seconds(facts.answered_at, _observed_end(call, ended) or ended)
    return record.talk_duration if record is not None else None


def _observed_end(call: KnownCall, ended: datetime | None) -> datetime | None:
    """Return when a call ended, by our clock; that of its record has whole seconds only."""
    if ended is None or call.facts.hung_up_at is None:
        return ended
    answered = call.facts.answered_at is not None  # else an agent of a queue may have hung up
    observed = (call.facts.hung_up_at if answered else None, call.ending.over_at)
    return min((at for at in observed if at and abs(at - ended) <= DISORDER), default=ended)


def _seconds(begin: datetime, end: datetime) -> int:
    return max(0, round((end - begin).total_seconds()))
