"""The truth about a scenario's call, once it is over."""

from __future__ import annotations

from .models import CallTruth
from .outcomes import by_record
from .script import Script


def truth_of(script: Script) -> CallTruth:
    """Return what really happened to a call."""
    legs = script.all_legs
    ids = {script.ids.one, script.ids.two, *script.more_ids}
    ids.update(each for leg in legs for each in (leg.leg_id, leg.channel_id))
    known = [by_record(record.status, record.type) for record in script.records]
    coarse = "answered" if "answered" in known else next(reversed(known), "")
    return CallTruth(
        call_id=script.ids.one,
        ids=frozenset(ids - {""}),
        kind=script.kind,
        direction=script.ids.direction,
        caller=script.caller_number,
        callee=script.callee,
        trunk=script.trunk,
        did=script.did,
        path=tuple(script.path),
        started=script.started,
        rang_at=script.rang_at,
        answered_at=script.answered_at,
        ended_at=script.ended_at,
        outcome=script.outcome,
        record_outcome=coarse,
        rang=tuple(script.rang),
        answered_by=script.answered_by,
        missed_by=tuple(script.rang) if script.outcome == "missed" else (),
        transfers=script.transfers,
        forwards=script.forwards,
        holds=script.holds,
        keys=script.keys,
        by_api=script.by_api,
        doubtful=frozenset(script.doubtful if script.answered_at is None else ()),
        decision=script.decision,
        lost=script.lost,
        joined_into=script.joined_into,
        records=len(script.records),
    )
