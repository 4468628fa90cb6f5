"""A call as it is told: frozen, with all that is known of it."""

from datetime import datetime

from .call_live import LiveCall
from .call_models import CallOutcome, CallState, TrackedCall
from .call_state import direction_of, state_of
from .models import CallRecord


def summary(
    call: LiveCall,
    *,
    outcome: CallOutcome | None = None,
    ended: datetime | None = None,
    missed_by: tuple[str, ...] = (),
) -> TrackedCall:
    """Return it as it is told."""
    record, answered = call.main_record, call.answered_at
    shown = [party for party in call.parties.values() if party.live]
    trunk = next((p.trunk for p in call.parties.values() if p.trunk), "")
    if record is not None:
        trunk = trunk or record.source_trunk or record.destination_trunk
    return TrackedCall(
        call_id=call.call_id,
        state=CallState.ENDED if outcome else state_of(call),
        direction=direction_of(call),
        caller=_caller(call, record),
        callee=_callee(call, record),
        trunk=trunk,
        did=next((each.did for each in call.records if each.did), ""),
        path=call.path,
        legs=tuple(p.as_leg() for p in shown or call.parties.values()),
        rang=call.rang(),
        answered_by=_answered_by(call, record, outcome),
        missed_by=missed_by,
        started=call.started,
        answered=answered,
        ended=ended,
        outcome=outcome,
        ring_seconds=_ring_seconds(call, record, ended),
        talk_seconds=_talk_seconds(call, record, ended),
        recording=next((each.recording for each in call.records if each.recording), ""),
    )


def _caller(call: LiveCall, record: CallRecord | None) -> str:
    caller, outbound = call.caller_party, call.outbound
    if caller is not None:
        return caller.number
    if outbound is not None and outbound.caller:
        return outbound.caller
    return record.caller if record is not None else ""


def _callee(call: LiveCall, record: CallRecord | None) -> str:
    if call.path:
        return call.path
    inbound, outbound = call.inbound, call.outbound
    if inbound is None and outbound is not None:
        return record.callee if record is not None and record.callee else outbound.callee
    if rang := call.rang():
        return rang[0]
    others = [p.extension for p in call.extensions if not p.calls]
    if record is not None and record.callee:
        return record.callee
    return inbound.callee if inbound is not None else next(iter(others), "")


def _answered_by(call: LiveCall, record: CallRecord | None, outcome: CallOutcome | None) -> str:
    if call.answered_at is None:
        answered = outcome is CallOutcome.ANSWERED and record is not None
        return record.callee if answered and record is not None else ""
    talkers = [p for p in call.parties.values() if p.talked and not p.calls]
    rang = [p for p in talkers if p.rang]
    return next((party.number for party in (*rang, *talkers)), "")


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
