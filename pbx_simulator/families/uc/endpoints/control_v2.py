"""Hang up, hold, mute and park, v2.0.0: a leg by its channel (pbx-api, section 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbx_simulator.calls.legs import LegState
from pbx_simulator.calls.model import CallState

from ..errors import ApiError
from . import checks
from .endpoint import V2, Answer, Ask, Endpoint

if TYPE_CHECKING:
    from pbx_simulator.simulator import Simulator

_TALKING = (CallState.TALKING, CallState.HELD)


async def _hang_up(pbx: Simulator, ask: Ask) -> Answer:
    call, leg = checks.channel(pbx, ask, CallState.TALKING)
    await call.hang_up("callee" if leg is call.callee else None)
    return checks.success(callid=call.call_id)


async def _hold(pbx: Simulator, ask: Ask) -> Answer:
    call, leg = checks.channel(pbx, ask, CallState.TALKING)
    with checks.refusing("10015"):
        pbx.calls.hold(call, leg)
    return checks.success(callid=call.call_id)


async def _resume(pbx: Simulator, ask: Ask) -> Answer:
    call, leg = checks.channel(pbx, ask, CallState.HELD)
    if leg.state is not LegState.HOLD:
        raise ApiError("10015")
    with checks.refusing("10015"):
        await call.resume()
    return checks.success(callid=call.call_id)


async def _mute(pbx: Simulator, ask: Ask) -> Answer:
    call, leg = checks.channel(pbx, ask, *_TALKING)
    with checks.refusing("10015"):
        pbx.calls.mute(call, leg, muted=True)
    return checks.success(callid=call.call_id)


async def _unmute(pbx: Simulator, ask: Ask) -> Answer:
    call, leg = checks.channel(pbx, ask, *_TALKING)
    with checks.refusing("10015"):
        pbx.calls.mute(call, leg, muted=False)
    return checks.success(callid=call.call_id)


async def _park(pbx: Simulator, ask: Ask) -> Answer:
    """The channel is that of the party that waits; the other one leaves."""
    call, leg = checks.channel(pbx, ask, *_TALKING)
    slot = ask.text("parkingslot")
    if slot and slot not in pbx.calls.services.slots:
        raise ApiError("10011")
    with checks.refusing("10008" if slot in pbx.parking.taken else "10015"):
        slot = pbx.parking.park(call, leg, slot)
    return checks.success(parkingslot=slot)


async def _list_parked(pbx: Simulator, ask: Ask) -> Answer:
    found = [
        {
            "parker": parked.parker,
            "parkedparty": parked.leg.number,
            "parkingslot": parked.slot,
            "parktime": str(pbx.parking.stay),
            "channelid": parked.leg.channel_id,
        }
        for parked in pbx.parking.taken.values()
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
