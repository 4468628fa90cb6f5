"""A call as others see it: frozen, with all that is known of it."""

from collections.abc import Iterable
from datetime import datetime

from ..model.lines import CallRecord, ExtensionStatus, LegKind, LegState
from ..model.tracked import CallDirection, CallOutcome, CallState, TrackedCall
from .calls import LiveCall
from .facts import DISORDER, TALKING, Party
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


def summary(
    call: LiveCall,
    *,
    outcome: CallOutcome | None = None,
    ended: datetime | None = None,
    extensions: frozenset[str] = frozenset(),
) -> TrackedCall:
    """Return a call as others see it.

    Args:
        call: the call.
        outcome: how it ended; None while it goes on.
        ended: when it ended (UTC).
        extensions: numbers that are known to be extensions.
    """
    facts = call.facts
    record, direction = main_record(call), direction_of(call)
    rang = tuple(dict.fromkeys((*(each.extension for each in facts.rang()), *call.inferred)))
    parties = facts.parties.values()
    shown = [party for party in parties if party.live] or parties
    answered_by = _answered_by(call, record, outcome, direction, extensions)
    return TrackedCall(
        call_id=call.call_id,
        state=CallState.ENDED if outcome else state_of(call),
        direction=direction,
        caller=_caller(call, record),
        callee=_callee(call, record, rang, direction, extensions),
        trunk=_trunk(parties, record),
        did=_first(each.did for each in facts.records),
        path=facts.path,
        legs=tuple([party.as_leg() for party in shown]),
        rang=rang,
        answered_by=answered_by,
        missed_by=rang if outcome is CallOutcome.MISSED else (),
        started=call.started,
        answered=facts.answered_at,
        ended=ended,
        outcome=outcome,
        ring_seconds=_ring_seconds(call, record, ended),
        talk_seconds=_talk_seconds(call, record, outcome, ended),
        recording=_first(each.recording for each in facts.records),
    )


def state_of(call: LiveCall) -> CallState:
    """Return where a call stands."""
    facts = call.facts
    states = [party.state for party in facts.parties.values() if party.live]
    if not states:
        ended = facts.parties or facts.records
        return CallState.ENDED if ended and not facts.invited else CallState.INVITED
    talking = sum(state in TALKING for state in states)
    held = CallState.ON_HOLD if LegState.ON_HOLD in states else CallState.TALKING
    if facts.answered_at is not None and talking > 1:
        return held
    if LegState.RINGING in states:
        return CallState.RINGING
    if facts.answered_at is not None and talking:
        return held
    if facts.invited and all(state is LegState.DIALING for state in states):
        return CallState.INVITED
    return CallState.DIALING


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")


def _caller(call: LiveCall, record: CallRecord | None) -> str:
    facts = call.facts
    if (caller := facts.caller) is not None:
        return caller.number
    if facts.outbound is not None and facts.outbound.caller and not any(facts.rang()):
        return facts.outbound.caller
    return record.caller if record is not None else call.dialled


def _trunk(parties: Iterable[Party], record: CallRecord | None) -> str:
    lines = _first(party.trunk for party in parties)
    if lines or record is None:
        return lines
    return record.source_trunk or record.destination_trunk


def _callee(
    call: LiveCall,
    record: CallRecord | None,
    rang: tuple[str, ...],
    direction: CallDirection | None,
    extensions: frozenset[str],
) -> str:
    """Return who was called first: a number that did not ring itself led to those that did."""
    facts = call.facts
    recorded = record.callee if record is not None and record.callee != record.caller else ""
    if direction is CallDirection.OUTBOUND:
        return recorded or (facts.outbound.callee if facts.outbound is not None else _called(call))
    reached = {*rang, *(party.number for party in facts.answerers)}
    if recorded in reached or recorded in extensions:
        callees = [each.callee for each in facts.records if each.callee]
        led = (each for each in callees if each not in reached and each not in extensions)
        recorded = next(led, recorded)
    line, first = "", _called(call)
    if (inbound := facts.inbound) is not None:  # who was dialled, or the own number
        several = facts.several or not rang or inbound.led_on
        line = inbound.callee if several or inbound.callee in (*rang, recorded) else ""
    candidates = (facts.path, recorded, line, facts.called)
    led_on = next((each for each in candidates if each and each not in reached), "")
    return led_on or next(filter(None, (line, *rang, first, recorded)), "")


def _called(call: LiveCall) -> str:
    """Return the first extension that does not make the call."""
    return next((p.extension for p in call.facts.extensions if p.calls is False), "")


def _answered_by(
    call: LiveCall,
    record: CallRecord | None,
    outcome: CallOutcome | None,
    direction: CallDirection | None,
    extensions: frozenset[str],
) -> str:
    """Return who answered first; a number that only led to somebody has not answered."""
    facts = call.facts
    if facts.answered_at is not None:
        called = [party for party in facts.answerers if not party.calls]
        first = [p for p in called if p.rang] or called
        if direction is CallDirection.INBOUND and facts.inbound is None:
            first = [p for p in first if p.kind is LegKind.EXTENSION] or first
        return first[0].number if first and first[0].calls is not None else _only(first)
    if outcome is not CallOutcome.ANSWERED or record is None:
        return ""
    if direction is CallDirection.OUTBOUND or record.callee in extensions:
        return record.callee
    return ""


def _only(parties: list[Party]) -> str:
    return parties[0].number if len(parties) == 1 else ""


def _ring_seconds(call: LiveCall, record: CallRecord | None, ended: datetime | None) -> int | None:
    """Return how long it rang; a record counts from the dialling on, where nothing else tells."""
    facts = call.facts
    if facts.inexact:
        return None
    until = facts.answered_at or _observed_end(call, ended)
    if facts.first_ring is not None and until is not None:
        return _seconds(facts.first_ring, until)
    if not call.ending.retroactive or record is None:
        return None
    if record.duration is None or record.talk_duration is None:
        return None
    return max(0, record.duration - record.talk_duration)


def _talk_seconds(
    call: LiveCall,
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


def _observed_end(call: LiveCall, ended: datetime | None) -> datetime | None:
    """Return when a call ended, by our clock; that of its record has whole seconds only."""
    if ended is None or call.facts.hung_up_at is None:
        return ended
    observed = (call.facts.hung_up_at, call.ending.over_at)
    return min((at for at in observed if at and abs(at - ended) <= DISORDER), default=ended)


def _seconds(begin: datetime, end: datetime) -> int:
    return max(0, round((end - begin).total_seconds()))
