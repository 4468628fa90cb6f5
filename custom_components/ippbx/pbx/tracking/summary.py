"""A call as it is told: frozen, with all that is known of it."""

from collections.abc import Iterable
from datetime import datetime

from ..model.lines import CallRecord
from ..model.tracked import CallOutcome, CallState, TrackedCall
from .live import LiveCall
from .state import direction_of, state_of


def summary(
    call: LiveCall,
    *,
    outcome: CallOutcome | None = None,
    ended: datetime | None = None,
    missed_by: tuple[str, ...] = (),
) -> TrackedCall:
    """Return it as it is told."""
    record, rang, parties = call.main_record, call.rang(), call.parties.values()
    shown = [party for party in parties if party.live] or parties
    return TrackedCall(
        call_id=call.call_id,
        state=CallState.ENDED if outcome else state_of(call),
        direction=direction_of(call),
        caller=_caller(call, record),
        callee=_callee(call, record, rang),
        trunk=_trunk(call, record),
        did=_first([each.did for each in call.records]),
        path=call.path,
        legs=tuple([party.as_leg() for party in shown]),
        rang=rang,
        answered_by=_answered_by(call, record, outcome),
        missed_by=missed_by,
        started=call.started,
        answered=call.answered_at,
        ended=ended,
        outcome=outcome,
        ring_seconds=_ring_seconds(call, record, ended),
        talk_seconds=_talk_seconds(call, record, ended),
        recording=_first([each.recording for each in call.records]),
    )


def _first(texts: Iterable[str]) -> str:
    """Return the first text that is not empty."""
    return next(filter(None, texts), "")


def _caller(call: LiveCall, record: CallRecord | None) -> str:
    if (caller := call.caller_party) is not None:
        return caller.number
    if (outbound := call.outbound) is not None and outbound.caller:
        return outbound.caller
    return record.caller if record is not None else ""


def _trunk(call: LiveCall, record: CallRecord | None) -> str:
    for party in call.parties.values():
        if party.trunk:
            return party.trunk
    return "" if record is None else record.source_trunk or record.destination_trunk


def _callee(call: LiveCall, record: CallRecord | None, rang: tuple[str, ...]) -> str:
    if call.path:
        return call.path
    inbound, outbound = call.inbound, call.outbound
    if inbound is None and outbound is not None:
        return record.callee if record is not None and record.callee else outbound.callee
    if rang:
        return rang[0]
    if record is not None and record.callee:
        return record.callee
    if inbound is not None:
        return inbound.callee
    return next((party.extension for party in call.extensions if not party.calls), "")


def _answered_by(call: LiveCall, record: CallRecord | None, outcome: CallOutcome | None) -> str:
    if call.answered_at is None:
        answered = outcome is CallOutcome.ANSWERED and record is not None
        return record.callee if answered and record is not None else ""
    talkers = [p for p in call.parties.values() if p.talked and not p.calls]
    rang = [p for p in talkers if p.rang]
    first = next(iter(rang or talkers), None)
    return "" if first is None else first.number


def _ring_seconds(call: LiveCall, record: CallRecord | None, ended: datetime | None) -> int | None:
    if record is not None and record.duration is not None and record.talk_duration is not None:
        return max(0, record.duration - record.talk_duration)
    until = call.answered_at or ended
    return None if call.first_ring is None else _seconds(call.first_ring, until)


def _talk_seconds(call: LiveCall, record: CallRecord | None, ended: datetime | None) -> int | None:
    if record is not None and record.talk_duration is not None:
        return record.talk_duration
    return None if call.answered_at is None else _seconds(call.answered_at, ended)


def _seconds(begin: datetime, end: datetime | None) -> int | None:
    return None if end is None else max(0, int((end - begin).total_seconds()))
