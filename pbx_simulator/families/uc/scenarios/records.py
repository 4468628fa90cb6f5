"""The records that a scenario's call leaves, and what may follow them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pbx_simulator.calls.legs import Leg, LegKind, LegState
from pbx_simulator.calls.record import CallRecord, local_time

from .script import Script

_TYPES = {"internal": "Internal", "inbound": "Inbound", "outbound": "Outbound"}


def record(script: Script, status: str, **other: Any) -> CallRecord:
    """Return the record of a call that is over; `other` replaces what usually stands in it."""
    stage = script.stage
    begun = local_time(script.started, stage.utc_offset)
    kind = _TYPES[script.ids.direction]
    talked_from = script.answered_at if status == "ANSWERED" else None
    if stage.habits.line_talk and script.line_at is not None and status != "VOICEMAIL":
        talked_from = script.line_at  # with NO ANSWER, too
    talk = 0 if talked_from is None else int(script.ended_at) - int(talked_from)
    values: dict[str, Any] = {
        "call_id": script.ids.one,
        "started": script.started,
        "start": f"{begun:%Y-%m-%d %H:%M:%S}",
        "caller": script.caller_number,
        "callee": _callee(script),
        "duration": int(script.ended_at) - int(script.started),
        "talk": talk,
        "status": status,
        "type": kind,
        "source_trunk": script.trunk if kind == "Inbound" else "",
        "destination_trunk": script.trunk if kind == "Outbound" else "",
        "did": script.did,
    }
    return CallRecord(**(values | other))


def _callee(script: Script) -> str:
    inside = script.ids.direction != "outbound"
    by_answer = script.stage.habits.record_callee == "answered"
    return (script.answered_by if inside and by_answer else "") or script.callee


def close(script: Script, status: str, *, losers: Sequence[str] = (), **other: Any) -> None:
    """Write the call's records a moment after its end.

    Args:
        script: The call; it is over.
        status: The record's status.
        losers: The extensions whose legs may have records of their own: they rang in vain.
        other: What stands in the record instead of the usual.
    """
    stage = script.stage
    script.wait(0.01, 2.5)
    records = [record(script, status, **other)]
    if stage.habits.group_records == "leg":
        records += [record(script, "NO ANSWER", callee=each, talk=0) for each in losers]
    if stage.habits.group_records == "branch":
        records += _branches(script, status)
    if stage.habits.phantoms and losers:
        records += [_phantom(script, each) for each in losers]
    if script.transfers and stage.habits.transfer_records == "two":
        assert script.other
        records.append(record(script, status, callee=script.other.number, type="Transfer"))
    stage.dice.shuffle(records)
    script.close(*records)
    if stage.habits.late_status and stage.chance(0.7):
        script.wait(0.05, 1)
        script.late_status(_late(script))


def _phantom(script: Script, loser: str) -> CallRecord:
    """Return the record of another branch of a group: no answer, one second or none."""
    seconds = script.stage.dice.choice((0, 1))
    call_id = script.ids.one
    if script.stage.habits.phantom_id == "leg":
        legs = (leg.leg_id for leg in script.all_legs if leg.number == loser)
        call_id = next(filter(None, legs), call_id)
    return record(script, "NO ANSWER", duration=seconds, talk=0, call_id=call_id)


def _branches(script: Script, status: str) -> list[CallRecord]:
    """Return the records of all branches, each under its own id."""
    found = []
    for leg in script.all_legs:
        if not leg.leg_id or leg.kind is not LegKind.EXTENSION or leg is script.caller:
            continue
        own = status if leg.number == script.answered_by or status != "ANSWERED" else "NO ANSWER"
        if leg is script.other and status == "ANSWERED":
            own = status
        talk = {} if own == "ANSWERED" and status == own else {"talk": 0}
        found.append(record(script, own, callee=leg.number, call_id=leg.leg_id, **talk))
    return found


def _late(script: Script) -> list[Leg]:
    """Return the members of a late CallStatus: as they talked, gone, or none at all."""
    dice = script.stage.dice
    legs = [leg for leg in script.all_legs if leg.state is LegState.BYE][:2]
    choice = dice.randrange(3)
    if choice == 0:
        return []
    if choice == 1 and script.answered_at is not None:
        for leg in legs:
            outside = leg.kind is LegKind.INBOUND or leg is legs[0]
            leg.state = LegState.ANSWERED if outside else LegState.ANSWER
    return legs
