"""Transfers, v1.1.0 (pbx-api, section 7): of a call on a trunk, or of an extension's call."""

from __future__ import annotations

from collections.abc import Callable

from pbx_simulator.calls.legs import Leg, LegKind
from pbx_simulator.calls.model import Call, CallState
from pbx_simulator.calls.services import ServiceKind

from ..errors import ApiError
from . import checks
from .context import Context
from .dialing_v2 import inside
from .endpoint import V1, Answer, ApiRequest, Endpoint

type _Target = Callable[[Context, ApiRequest, Call], Leg]
"""Where a request wants a call to go."""


def _to_extension(context: Context, request: ApiRequest, call: Call) -> Leg:
    return context.calls.phone(checks.extension(context, request, "extid").number)


def _to_outside(context: Context, request: ApiRequest, call: Call) -> Leg:
    number = checks.outside(request, "outto")
    return _line(context, call, number, checks.permission(context, request, "fromext"))


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
        call,
        checks.outside(request, "number"),
        checks.permission(context, request, "fromext"),
    )


def _line(context: Context, call: Call, number: str, right: str) -> Leg:
    return context.calls.outside(call.call_id, number, right, step=3)


def _transfer(name: str, kind: LegKind, target: _Target) -> Endpoint:
    """An endpoint that passes on the trunk's leg; a call that is Incoming is directed by it."""

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

    return Endpoint(name=f"{kind.value}/{name}", families=V1, answer=answer, body=True)


async def _transfer_of_extension(context: Context, request: ApiRequest) -> Answer:
    """calltransfer: the transferor leaves the call, the other party goes on."""
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
        to = _line(context, call, number, checks.permission(context, request, key))
    if call.state not in (CallState.TALKING, CallState.HELD):
        raise ApiError("10015")
    with checks.refusing("10008"):
        await context.calls.redirect(
            call, call.caller if leaving is call.callee else call.callee, to
        )
    return checks.success(callid=call.call_id)


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
    Endpoint(name="calltransfer", families=V1, answer=_transfer_of_extension, body=True),
)
