"""Transfers, v2.0.0, blind and attended (pbx-api, section 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbx_simulator.calls.legs import Leg
from pbx_simulator.calls.model import CallState

from ..errors import ApiError
from . import checks
from .dialing_v2 import inside
from .endpoint import V2, Answer, Ask, Endpoint

if TYPE_CHECKING:
    from pbx_simulator.simulator import Simulator

_TALKING = (CallState.TALKING, CallState.HELD)


async def _transfer(pbx: Simulator, ask: Ask) -> Answer:
    """The channel is that of the party that is passed on; the other one leaves.

    The documents do not say whose channel it is; those of the P-Series do.
    """
    call, leg = checks.channel(pbx, ask, *_TALKING)
    to = _target(pbx, ask, "number", call.call_id, step=3)
    with checks.refusing("10008" if not pbx.calls.reachable(to) else "10015"):
        if call.state is CallState.INCOMING:
            await pbx.calls.direct(call, to)
        else:
            await pbx.calls.redirect(call, leg, to)
    return checks.success(callid=call.call_id)


async def _begin(pbx: Simulator, ask: Ask) -> Answer:
    """The channel is that of the transferor, who then talks to the third party."""
    call, leg = checks.channel(pbx, ask, *_TALKING)
    call_id = pbx.calls.new_id()
    to = _target(pbx, ask, "tonumber", call_id)
    with checks.refusing("10008" if not pbx.calls.reachable(to) else "10015"):
        third = await pbx.consulting.begin(call, leg, to, call_id=call_id)
    return checks.success(callid=third.call_id)


async def _operate(pbx: Simulator, ask: Ask) -> Answer:
    checks.channel(pbx, ask)
    step = ask.required("operate")
    if step not in pbx.consulting.steps:
        raise ApiError("10004")
    with checks.refusing("10015"):
        call = await pbx.consulting.operate(ask.required("channelid"), step)
    return checks.success(callid=call.call_id)


def _target(pbx: Simulator, ask: Ask, key: str, call_id: str, *, step: int = 1) -> Leg:
    """Where a number leads to; an outside one needs somebody's right to call it."""
    number = ask.required(key)
    if leg := inside(pbx, number):
        return leg
    checks.outside(ask, key)
    right = checks.permission(pbx, ask, "dialpermission")
    return pbx.calls.outside(call_id, number, right, step=step)


ENDPOINTS = (
    Endpoint(name="call/transfer", families=V2, answer=_transfer, body=True),
    Endpoint(name="call/attended_transfer", families=V2, answer=_begin, body=True),
    Endpoint(name="call/attended_transfer_operate", families=V2, answer=_operate, body=True),
)
