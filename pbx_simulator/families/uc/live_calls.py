"""Live calls in the words of query answers (pbx-api, sections 7 and 8)."""

from __future__ import annotations

from typing import Any

from pbx_simulator.calls.legs import Leg, LegKind
from pbx_simulator.calls.model import Call

from .reports.writer import PARTY_KEYS, member, party

_TRUNK_STATUS = {
    "talking": "Talking",
    "held": "Talking",
    "ringing": "Progress",
    "dialing": "Progress",
}
"""The state of a call -> `status` of its trunk's leg; any other state is "Wait"."""
_TRUNKS = (LegKind.INBOUND, LegKind.OUTBOUND)


def trunk_call(call: Call, kind: LegKind) -> dict[str, Any] | None:
    """Return an element of `inbound/query` or `outbound/query`; None without such a leg."""
    leg = next((leg for leg in call.parties if leg.kind is kind), None)
    if leg is None:
        return None
    status = (
        "Wait" if call.callee.kind is LegKind.SERVICE else _TRUNK_STATUS.get(call.state, "Wait")
    )
    found: dict[str, Any] = {f"{kind.value}id": leg.leg_id, **party(leg), "status": status}
    if kind is LegKind.INBOUND:
        others = [other for other in call.parties if other is not leg]
        known = [each for other in others if (each := _callee(other))]
        found["callee"] = known or ([{"ivrid": leg.path}] if leg.path else [])
    return found


def _callee(leg: Leg) -> dict[str, Any] | None:
    """Return the called extension or outside number; `trunk_call` adds an IVR itself."""
    if leg.kind is LegKind.OUTBOUND:
        return {PARTY_KEYS[leg.kind]: party(leg)}
    return party(leg) if leg.kind is LegKind.EXTENSION else None


def partner(call: Call, number: str) -> dict[str, Any]:
    """Return the other party of an extension's call, as `extension/query` adds it."""
    others = [leg for leg in call.parties if leg.kind is LegKind.EXTENSION and leg.number != number]
    lines = [leg for leg in call.parties if leg.kind in _TRUNKS]
    for leg in (*lines, *others):
        return {PARTY_KEYS[leg.kind]: party(leg)}
    return {}


def members(call: Call) -> dict[str, Any]:
    """Return an element of `calls` (API v2.0.0)."""
    return {"members": [member(leg) for leg in call.parties], "callid": call.call_id}
