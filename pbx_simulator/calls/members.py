"""Reports of calls in API v2.0.0: one event with all members for each change of the call.

Source: pbx-api, sections 8 and 10.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pbx_simulator.report_wire import Fields

from .legs import Leg, LegKind
from .model import Call, Moment

_REASONS = {
    404: "404 NOT found",
    480: "480 Temporarily unavailable",
    484: "484 Address Incomplete",
    486: "486 Busy Here",
    487: "487 Request Terminated",
    503: "503 Service Unavailable",
    603: "603 Declined",
}
_EVENTS = {
    Moment.INVITED: "Invite",
    Moment.INCOMING: "Incoming",
    Moment.RINGING: "CallStatus",
    Moment.ANSWERED: "CallStatus",
    Moment.HELD: "CallStatus",
    Moment.RESUMED: "CallStatus",
    Moment.TRANSFERRED: "Tranfer",
    Moment.KEY: "DTMF",
    Moment.FAILED: "CallFailed",
}
_STATELESS = frozenset({Moment.INVITED, Moment.INCOMING, Moment.TRANSFERRED, Moment.FAILED})
_CALLER_ONLY = frozenset({Moment.INVITED, Moment.INCOMING, Moment.KEY})


def reason_text(call: Call) -> str:
    """Why a call failed, as a SIP status line (pbx-api, section 9, CallFailed)."""
    return _REASONS.get(call.failure, str(call.failure))


def member(leg: Leg, *, stated: bool = True) -> dict[str, Any]:
    """One element of `members`, with or without its `memberstatus`."""
    if leg.kind is LegKind.EXTENSION:
        inner = {"number": leg.number}
    else:
        inner = {"from": leg.origin, "to": leg.to, "trunkname": leg.trunk}
    inner["channelid"] = leg.channel_id
    if stated:
        inner["memberstatus"] = leg.state.value
    return {leg.kind.value: inner}


def render_members(
    call: Call, moment: Moment, shown: Callable[[Sequence[Leg]], list[Leg]], serial: str
) -> list[Fields]:
    """The events about a moment; `shown` leaves out legs that are not monitored."""
    if moment is Moment.RELEASED:
        first = call.released_by or call.caller
        second = call.callee if first is call.caller else call.caller
        parties = [leg for leg in (first, second) if leg.kind is not LegKind.SERVICE]
        return [_event("CallStatus", call, shown([leg]), [], serial) for leg in parties]
    if moment not in _EVENTS:
        return []
    legs = [call.caller] if moment in _CALLER_ONLY else [call.caller, call.callee]
    if moment is Moment.TRANSFERRED:
        legs.reverse()
    stated = moment not in _STATELESS
    return [_event(_EVENTS[moment], call, shown(legs), _extra(call, moment), serial, stated=stated)]


def _extra(call: Call, moment: Moment) -> list[tuple[str, Any]]:
    if moment is Moment.FAILED:
        return [("reason", reason_text(call))]
    if moment is Moment.KEY:
        flag = str(len(call.keys) - 1)
        return [("infos", call.keys), ("flag", flag), ("info", call.keys[-1:])]
    return []


def _event(
    name: str,
    call: Call,
    legs: Sequence[Leg],
    extra: Sequence[tuple[str, Any]],
    serial: str,
    *,
    stated: bool = True,
) -> Fields:
    members = [member(leg, stated=stated) for leg in legs]
    head: list[tuple[str, Any]] = [("event", name), ("callid", call.call_id)]
    return [*head, ("members", members), *extra, ("sn", serial)]
