"""Reports of calls in API v2.0.0: one event with all members for each change of the call.

Source: pbx-api, sections 8 and 10.
"""

from __future__ import annotations

from typing import Any

from pbx_simulator.calls.legs import Leg, LegKind
from pbx_simulator.calls.model import Call, Moment

from .wire import Fields
from .writer import Writer, reason

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


def render_members(call: Call, moment: Moment, writer: Writer) -> list[Fields]:
    """Return the events about a moment."""
    if moment is Moment.RELEASED:
        return [_status(call, [leg], writer) for leg in _leaving(call)]
    if moment is Moment.STOPPED:
        return [
            _status(call, [leg], writer) for leg in call.stopped if leg.kind is not LegKind.SERVICE
        ]
    if moment not in _EVENTS:
        return []
    legs = [call.caller] if moment in _CALLER_ONLY else [*call.legs]
    if moment is Moment.TRANSFERRED:
        legs.reverse()
    stated = moment not in _STATELESS
    extra = _extra(call, moment, writer)
    return [writer.event(_EVENTS[moment], call.call_id, legs, extra, stated=stated)]


def _status(call: Call, legs: list[Leg], writer: Writer) -> Fields:
    return writer.event("CallStatus", call.call_id, legs)


def _leaving(call: Call) -> list[Leg]:
    """Return the leg that hung up first, then the others, without the PBX itself."""
    first = call.released_by or call.caller
    legs = [first, *(leg for leg in call.legs if leg is not first)]
    return [leg for leg in legs if leg.kind is not LegKind.SERVICE]


def _extra(call: Call, moment: Moment, writer: Writer) -> list[tuple[str, Any]]:
    if moment is Moment.FAILED:
        return [("reason", reason(writer.fmt, call.failure))]
    if moment is Moment.KEY:
        flag = str(len(call.keys) - 1)
        return [("infos", call.keys), ("flag", flag), ("info", call.keys[-1:])]
    return []
