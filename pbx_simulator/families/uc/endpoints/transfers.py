"""Transfers, blind and attended (pbx-api, sections 7 and 8).

API v1.1.0 names a call on a trunk, or an extension's call; v2.0.0 names a channel.
"""

from __future__ import annotations

from collections.abc import Callable

from pbx_simulator.calls.legs import Leg, LegKind
from pbx_simulator.calls.model import Call, CallState
from pbx_simulator.calls.services import ServiceKind

from ..errors import ApiError
from . import checks
from .context import Context
from .dialing import inside
from .endpoint import V1, V2, Answer, ApiRequest, Endpoint

_TALKING = (CallState.TALKING, CallState.HELD)

# API v1.1.0

type _Target = Callable[[Context, ApiRequest, Call], Leg]
"""Returns the leg to which a request transfers a call."""


def _to_extension(context: Context, request: ApiRequest, call: Call) -> Leg:
    return context.calls.phone(checks.extension(context, request, "extid").number)


def _to_outside(context: Context, request: ApiRequest, call: Call) -> Leg:
    number = checks.outside(request, "outto")
    return _line(context, number, checks.permission(context, request, "fromext"))


def _to_service(kind: ServiceKind) -> _Target:
    def target(context: Context, request: ApiRequest, call: Call) -> Leg:
        return context.calls.service(checks.service(context, request, f"{kind.value}id", kind))

    return target


def _to_any(context: Context, request: ApiRequest, call: Call) -> Leg:
    number = request.required("number")
    if leg := inside(context, number):
        return leg
    return _line(
        context,
        checks.outside(request, "number"),
        checks.permission(context, request, "fromext"),
    )


def _line(context: Context, number: str, right: str) -> Leg:
    return context.calls.outside(number, right)


def _transfer(name: str, kind: LegKind, target: _Target) -> Endpoint:
    """Return an endpoint that transfers the trunk's leg, or directs an incoming call."""

    async def answer(context: Context, request: ApiRequest) -> Answer:
        call, leg = checks.trunk_call(context, request, kind)
        to = target(context, request, call)
        with checks.refusing("10008" if not context.calls.reachable(to) else "10015"):
            if call.state is CallState.INCOMING:
                await context.calls.direct(call, to)
            else:
                await context.calls.redirect(call, leg, to)
        inbound = kind is LegKind.INBOUND
        return checks.success(callid=request.required("inboundid") if inbound else call.call_id)

    return Endpoint(name=f"{kind.value}/{name}", sets=V1, answer=answer, body=True)


async def _transfer_of_extension(context: Context, request: ApiRequest) -> Answer:
    """Transfer the other party of a transferor's call."""
    call = context.calls.find(request.required("callid"))
    if call is None:
        raise ApiError("10007")
    transferor = checks.extension(context, request, "transferor").number
    leaving = call.leg_of(transferor)
    if leaving is None:
        raise ApiError("10007")
    number = request.required("transferto")
    to = inside(context, number)
    if to is None:
        checks.outside(request, "transferto")
        key = "fromext" if request.text("fromext") else "transferor"
        to = _line(context, number, checks.permission(context, request, key))
    if call.state not in _TALKING:
        raise ApiError("10015")
    with checks.refusing("10008"):
        await context.calls.redirect(
            call, call.caller if leaving is call.callee else call.callee, to
        )
    return checks.success(callid=call.call_id)


# API v2.0.0


async def _transfer_channel(context: Context, request: ApiRequest) -> Answer:
    """Transfer the party that the channel names; the other one leaves.

    The documents do not say which party it is; those of the P-Series do.
    """
    call, leg = checks.channel(context, request, *_TALKING)
    to = _destination(context, request, "number")
    with checks.refusing("10008" if not context.calls.reachable(to) else "10015"):
        if call.state is CallState.INCOMING:
            await context.calls.direct(call, to)
        else:
            await context.calls.redirect(call, leg, to)
    return checks.success(callid=call.call_id)


async def _begin_attended(context: Context, request: ApiRequest) -> Answer:
    """Begin an attended transfer; the channel names the transferor."""
    call, leg = checks.channel(context, request, *_TALKING)
    to = _destination(context, request, "tonumber")
    with checks.refusing("10008" if not context.calls.reachable(to) else "10015"):
        third = await context.attended_transfers.begin(call, leg, to)
    return checks.success(callid=third.call_id)


async def _continue_attended(context: Context, request: ApiRequest) -> Answer:
    checks.channel(context, request)
    step = request.required("operate")
    if step not in context.attended_transfers.steps:
        raise ApiError("10004")
    with checks.refusing("10015"):
        call = await context.attended_transfers.operate(request.required("channelid"), step)
    return checks.success(callid=call.call_id)


def _destination(context: Context, request: ApiRequest, key: str) -> Leg:
    """Return the leg of a number; an outside one needs the right of an extension."""
    number = request.required(key)
    if leg := inside(context, number):
        return leg
    checks.outside(request, key)
    right = checks.permission(context, request, "dialpermission")
    return context.calls.outside(number, right)


_IN, _OUT = LegKind.INBOUND, LegKind.OUTBOUND
_IVR, _QUEUE = _to_service(ServiceKind.IVR), _to_service(ServiceKind.QUEUE)
_RING_GROUP = _to_service(ServiceKind.RING_GROUP)

ENDPOINTS = (
    _transfer("transfer_extension", _IN, _to_extension),
    _transfer("transfer_outbound", _IN, _to_outside),
    _transfer("transfer_ivr", _IN, _IVR),
    _transfer("transfer_queue", _IN, _QUEUE),
    _transfer("transfer_ringgroup", _IN, _RING_GROUP),
    _transfer("transfer_number", _IN, _to_any),
    _transfer("transfer_extension", _OUT, _to_extension),
    _transfer("transfer_outbound", _OUT, _to_outside),
    _transfer("transfer_ivr", _OUT, _IVR),
    _transfer("transfer_number", _OUT, _to_any),
    Endpoint(name="calltransfer", sets=V1, answer=_transfer_of_extension, body=True),
    Endpoint(name="call/transfer", sets=V2, answer=_transfer_channel, body=True),
    Endpoint(name="call/attended_transfer", sets=V2, answer=_begin_attended, body=True),
    Endpoint(name="call/attended_transfer_operate", sets=V2, answer=_continue_attended, body=True),
)
