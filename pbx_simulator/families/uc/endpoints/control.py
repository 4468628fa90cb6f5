"""Hang up, hold, mute and park (pbx-api, sections 7 and 8).

The v1 family names an extension, or a call on a trunk; v2.0.0 names a leg by its channel.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pbx_simulator.calls.legs import Leg, LegKind, LegState
from pbx_simulator.calls.model import Call, CallState

from ..errors import ApiError
from . import checks
from .context import Context
from .endpoint import OLD, V2, Answer, ApiRequest, Endpoint

_TALKING = (CallState.TALKING, CallState.HELD)

type _Action = Callable[[Context, Call, Leg], Awaitable[None]]
"""What is done with a leg of a call."""


async def _hang_up(_context: Context, call: Call, leg: Leg) -> None:
    await call.hang_up("callee" if leg is call.callee else None)


async def _hold(context: Context, call: Call, leg: Leg) -> None:
    with checks.refusing("10015"):
        context.calls.hold(call, leg)


async def _resume(_context: Context, call: Call, leg: Leg) -> None:
    if leg.state is not LegState.HOLD:
        raise ApiError("10015")
    with checks.refusing("10015"):
        await call.resume()


async def _mute(context: Context, call: Call, leg: Leg) -> None:
    with checks.refusing("10015"):
        context.calls.mute(call, leg, muted=True)


async def _unmute(context: Context, call: Call, leg: Leg) -> None:
    with checks.refusing("10015"):
        context.calls.mute(call, leg, muted=False)


def _by_extension(name: str, action: _Action, *states: CallState) -> Endpoint:
    """Return an endpoint for the call of the extension in `extid`, one in these states first.

    These requests answer 10007 for an unknown extension, too.
    """

    async def answer(context: Context, request: ApiRequest) -> Answer:
        await action(context, *checks.own_call(context, request.required("extid"), *states))
        return checks.success()

    return Endpoint(name=name, sets=OLD, answer=answer, body=True)


def _by_trunk(name: str, action: _Action, kind: LegKind) -> Endpoint:
    """Return an endpoint for the call that an inbound or outbound id names."""

    async def answer(context: Context, request: ApiRequest) -> Answer:
        await action(context, *checks.trunk_call(context, request, kind))
        return checks.success()

    return Endpoint(name=name, sets=OLD, answer=answer, body=True)


def _by_channel(name: str, action: _Action, *states: CallState) -> Endpoint:
    """Return an endpoint for the leg that a channel id names, of a call in these states first."""

    async def answer(context: Context, request: ApiRequest) -> Answer:
        call, leg = checks.channel(context, request, *states)
        await action(context, call, leg)
        return checks.success(callid=call.call_id)

    return Endpoint(name=name, sets=V2, answer=answer, body=True)


async def _park(context: Context, request: ApiRequest) -> Answer:
    """Park the party that the channel names; the other one leaves."""
    call, leg = checks.channel(context, request, *_TALKING)
    slot = request.text("parkingslot")
    if slot and slot not in context.calls.services.slots:
        raise ApiError("10011")
    with checks.refusing("10008" if slot in context.parking.parked else "10015"):
        slot = context.parking.park(call, leg, slot)
    return checks.success(parkingslot=slot)


async def _list_parked(context: Context, _request: ApiRequest) -> Answer:
    found = [
        {
            "parker": parked.parker,
            "parkedparty": parked.leg.number,
            "parkingslot": parked.slot,
            "parktime": str(context.parking.stay),
            "channelid": parked.leg.channel_id,
        }
        for parked in context.parking.parked.values()
    ]
    return {"status": "Success", "parkinfos": found}


ENDPOINTS = (
    _by_extension("extension/hangup", _hang_up, CallState.TALKING),
    _by_trunk("inbound/hangup", _hang_up, LegKind.INBOUND),
    _by_trunk("outbound/hangup", _hang_up, LegKind.OUTBOUND),
    _by_extension("extension/hold", _hold, CallState.TALKING),
    _by_extension("extension/unhold", _resume, CallState.HELD),
    _by_extension("extension/mute", _mute, *_TALKING),
    _by_extension("extension/unmute", _unmute, *_TALKING),
    _by_channel("call/hangup", _hang_up, CallState.TALKING),
    _by_channel("call/hungup", _hang_up, CallState.TALKING),
    _by_channel("call/hold", _hold, CallState.TALKING),
    _by_channel("call/unhold", _resume, CallState.HELD),
    _by_channel("call/mute", _mute, *_TALKING),
    _by_channel("call/unmute", _unmute, *_TALKING),
    Endpoint(name="call/callpark", sets=V2, answer=_park, body=True),
    Endpoint(name="call/callpark_status", sets=V2, answer=_list_parked),
)
