"""Live calls in the words of query answers (pbx-api, sections 7 and 8)."""

from __future__ import annotations

from typing import Any

from .legs import LegKind
from .members import member
from .model import Call, CallState

_TRUNK_STATUS = {
    CallState.TALKING: "Talking",
    CallState.HELD: "Talking",
    CallState.RINGING: "Progress",
    CallState.DIALING: "Progress",
}


def trunk_call(call: Call, kind: LegKind) -> dict[str, Any] | None:
    """An element of `inbound/query` or `outbound/query`; None without such a leg."""
    leg = next((leg for leg in call.legs if leg.kind is kind), None)
    if leg is None:
        return None
    found: dict[str, Any] = {
        f"{kind.value}id": leg.leg_id,
        "from": leg.origin,
        "to": leg.to,
        "trunk": leg.trunk,
        "status": _TRUNK_STATUS.get(call.state, "Wait"),
    }
    if kind is LegKind.INBOUND:
        found["callee"] = [
            {"extid": other.number} for other in call.legs if other.kind is LegKind.EXTENSION
        ]
    return found


def partner(call: Call, number: str) -> dict[str, Any]:
    """The other side of an extension's call, as `extension/query` adds it."""
    for leg in call.legs:
        if leg.kind in (LegKind.INBOUND, LegKind.OUTBOUND):
            return {
                leg.kind.value: {
                    "from": leg.origin,
                    "to": leg.to,
                    "trunk": leg.trunk,
                    f"{leg.kind.value}id": leg.leg_id,
                }
            }
    other = call.callee if call.caller.number == number else call.caller
    return {"ext": {"extid": other.number}} if other.kind is LegKind.EXTENSION else {}


def members(call: Call) -> dict[str, Any]:
    """An element of `calls` (API v2.0.0)."""
    parties = [leg for leg in call.legs if leg.kind is not LegKind.SERVICE]
    return {"members": [member(leg) for leg in parties], "callid": call.call_id}
