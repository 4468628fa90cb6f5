"""Hang up, hold, mute and park, v2.0.0: a leg by its channel (pbx-api, section 8)."""

from __future__ import annotations

from pbx_simulator.calls.legs import LegState
from pbx_simulator.calls.model import CallState

from ..errors import ApiError
from . import checks
from .context import Context
from .endpoint import V2, Answer, ApiRequest, Endpoint

_TALKING = (CallState.TALKING, CallState.HELD)


async def _hang_up(context: Context, request: ApiRequest) -> Answer:
    call, leg = checks.channel(context, request, CallState.TALKING)
    await call.hang_up("callee" if leg is call.callee else None)
    return checks.success(callid=call.call_id)


async def _hold(context: Context, request: ApiRequest) -> Answer:
    call, leg = checks.channel(context, request, CallState.TALKING)
    with checks.refusing("10015"):
        context.calls.hold(call, leg)
    return checks.success(callid=call.call_id)


async def _resume(context: Context, request: ApiRequest) -> Answer:
    call, leg = checks.channel(context, request, CallState.HELD)
    if leg.state is not LegState.HOLD:
        raise ApiError("10015")
    with checks.refusing("10015"):
        await call.resume()
    return checks.success(callid=call.call_id)


async def _mute(context: Context, request: ApiRequest) -> Answer:
    call, leg = checks.channel(context, request, *_TALKING)
    with checks.refusing("10015"):
        context.calls.mute(call, leg, muted=True)
    return checks.success(callid=call.call_id)


async def _unmute(context: Context, request: ApiRequest) -> Answer:
    call, leg = checks.channel(context, request, *_TALKING)
    with checks.refusing("10015"):
        context.calls.mute(call, leg, muted=False)
    return checks.success(callid=call.call_id)


async def _park(context: Context, request: ApiRequest) -> Answer:
    """The channel is that of the party that waits; the other one leaves."""
    call, leg = checks.channel(context, request, *_TALKING)
    slot = request.text("parkingslot")
    if slot and slot not in context.calls.services.slots:
        raise ApiError("10011")
    with checks.refusing("10008" if slot in context.parking.taken else "10015"):
        slot = context.parking.park(call, leg, slot)
    return checks.success(parkingslot=slot)


async def _list_parked(context: Context, request: ApiRequest) -> Answer:
    found = [
        {
            "parker": parked.parker,
            "parkedparty": parked.leg.number,
            "parkingslot": parked.slot,
            "parktime": str(context.parking.stay),
            "channelid": parked.leg.channel_id,
        }
        for parked in context.parking.taken.values()
    ]
    return {"status": "Success", "parkinfos": found}


ENDPOINTS = (
    Endpoint(name="call/hangup", families=V2, answer=_hang_up, body=True),
    Endpoint(name="call/hungup", families=V2, answer=_hang_up, body=True),
    Endpoint(name="call/hold", families=V2, answer=_hold, body=True),
    Endpoint(name="call/unhold", families=V2, answer=_resume, body=True),
    Endpoint(name="call/mute", families=V2, answer=_mute, body=True),
    Endpoint(name="call/unmute", families=V2, answer=_unmute, body=True),
    Endpoint(name="call/callpark", families=V2, answer=_park, body=True),
    Endpoint(name="call/callpark_status", families=V2, answer=_list_parked),
)
