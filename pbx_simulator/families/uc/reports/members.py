"""Reports of calls in API v2.0.0: one event with all members for each change of the call.

Source: pbx-api, sections 8 and 10.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pbx_simulator.calls.legs import Leg, LegKind
from pbx_simulator.calls.model import Call, Moment
from pbx_simulator.knobs import Knobs

from .wire import Fields
from .writer import Writer, reason

_EVENTS = {
    Moment.INVITED: "Invite",
    Moment.INCOMING: "Incoming",
    Moment.CALLING: "CallStatus",
    Moment.PICKED_UP: "CallStatus",
    Moment.ANSWERED: "CallStatus",
    Moment.HELD: "CallStatus",
    Moment.RESUMED: "CallStatus",
    Moment.TRANSFERRED: "Tranfer",
    Moment.KEY: "DTMF",
    Moment.FAILED: "CallFailed",
}
_STATELESS = frozenset({Moment.INVITED, Moment.INCOMING, Moment.TRANSFERRED, Moment.FAILED})
_CALLER_ONLY = frozenset({Moment.INVITED, Moment.INCOMING, Moment.CALLING, Moment.PICKED_UP})


def render_members(call: Call, moment: Moment, writer: Writer, knobs: Knobs) -> list[Fields]:
    """Return the events about a moment."""
    if moment is Moment.RINGING:
        # Each phone that begins to ring is an event, with those that ring already.
        shown = range(2, len(call.legs) + 1) if call.callee.kind is not LegKind.SERVICE else ()
        return [_status(call, call.legs[:count], writer) for count in shown]
    leaving = _LEAVING.get(moment)
    found = (
        [_status(call, [leg], writer) for leg in leaving(call) if _named(leg)] if leaving else []
    )
    served = call.callee.kind is LegKind.SERVICE
    silent = {
        Moment.CALLING: not knobs.rings_own,
        Moment.PICKED_UP: not knobs.rings_own,
        Moment.ANSWERED: served and not knobs.line_answers,
        Moment.FAILED: call.spoke is not None,
    }
    if moment not in _EVENTS or silent.get(moment):
        return found
    legs: Sequence[Leg] = [call.caller] if moment in _CALLER_ONLY else call.legs
    if moment is Moment.TRANSFERRED and call.target:
        legs = [call.target, call.caller]
    elif moment is Moment.KEY and call.keys_by:
        legs = [call.keys_by]
    elif moment is Moment.FAILED:
        legs = [call.callee, call.caller]
    stated = moment not in _STATELESS
    extra = _extra(call, moment, writer)
    return [*found, writer.event(_EVENTS[moment], call.call_id, legs, extra, stated=stated)]


def _named(leg: Leg) -> bool:
    return leg.kind is not LegKind.SERVICE


def _status(call: Call, legs: Sequence[Leg], writer: Writer) -> Fields:
    return writer.event("CallStatus", call.call_id, legs)


def _leaving(call: Call) -> list[Leg]:
    """Return the leg that hung up first, then the others that were called."""
    first = call.released_by or call.caller
    legs = [first, *(leg for leg in call.legs if leg is not first)]
    return [leg for leg in legs if leg is call.caller or leg.far]


_LEAVING: dict[Moment, Callable[[Call], list[Leg]]] = {
    Moment.RELEASED: _leaving,
    Moment.FAILED: lambda call: [call.caller] if call.rung_at is None else _leaving(call),
    Moment.STOPPED: lambda call: call.stopped,
    Moment.LEFT: lambda call: [call.left] if call.left else [],
}
"""Moment -> who leaves then: each one that does is an event."""


def _extra(call: Call, moment: Moment, writer: Writer) -> list[tuple[str, Any]]:
    if moment is Moment.FAILED:
        return [("reason", reason(writer.fmt, call.failure))]
    if moment is Moment.KEY:
        flag = str(len(call.keys) - 1)
        return [("infos", call.keys), ("flag", flag), ("info", call.keys[-1:])]
    return []
