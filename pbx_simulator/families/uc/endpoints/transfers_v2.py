"""Transfers, v2.0.0, blind and attended (pbx-api, section 8)."""

from __future__ import annotations

from pbx_simulator.calls.legs import Leg
from pbx_simulator.calls.model import CallState

from ..errors import ApiError
from . import checks
from .context import Context
from .dialing_v2 import inside
from .endpoint import V2, Answer, ApiRequest, Endpoint

_TALKING = (CallState.TALKING, CallState.HELD)


async def _transfer(context: Context, request: ApiRequest) -> Answer:
    """The channel is that of the party that is passed on; the other one leaves.

    The documents do not say whose channel it is; those of the P-Series do.
    """
    call, leg = checks.channel(context, request, *_TALKING)
    to = _target(context, request, "number", call.call_id, step=3)
    with checks.refusing("10008" if not context.calls.reachable(to) else "10015"):
        if call.state is CallState.INCOMING:
            await context.calls.direct(call, to)
        else:
            await context.calls.redirect(call, leg, to)
    return checks.success(callid=call.call_id)


async def _begin(context: Context, request: ApiRequest) -> Answer:
    """The channel is that of the transferor, who then talks to the third party."""
    call, leg = checks.channel(context, request, *_TALKING)
    call_id = context.calls.new_id()
    to = _target(context, request, "tonumber", call_id)
    with checks.refusing("10008" if not context.calls.reachable(to) else "10015"):
        third = await context.consulting.begin(call, leg, to, call_id=call_id)
    return checks.success(callid=third.call_id)


async def _operate(context: Context, request: ApiRequest) -> Answer:
    checks.channel(context, request)
    step = request.required("operate")
    if step not in context.consulting.steps:
        raise ApiError("10004")
    with checks.refusing("10015"):
        call = await context.consulting.operate(request.required("channelid"), step)
    return checks.success(callid=call.call_id)


def _target(context: Context, request: ApiRequest, key: str, call_id: str, *, step: int = 1) -> Leg:
    """Where a number leads to; an outside one needs somebody's right to call it."""
    number = request.required(key)
    if leg := inside(context, number):
        return leg
    checks.outside(request, key)
    right = checks.permission(context, request, "dialpermission")
    return context.calls.outside(call_id, number, right, step=step)


ENDPOINTS = (
    Endpoint(name="call/transfer", families=V2, answer=_transfer, body=True),
    Endpoint(name="call/attended_transfer", families=V2, answer=_begin, body=True),
    Endpoint(name="call/attended_transfer_operate", families=V2, answer=_operate, body=True),
)
