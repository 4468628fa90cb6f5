"""call/dial: every call that the API makes in v2.0.0 (pbx-api, section 8)."""

from __future__ import annotations

from pbx_simulator.calls.legs import Leg
from pbx_simulator.calls.model import Call

from ..errors import ApiError
from . import checks
from .context import Context
from .endpoint import V2, Answer, ApiRequest, Endpoint


async def _dial(context: Context, request: ApiRequest) -> Answer:
    caller, callee = request.required("caller"), request.required("callee")
    auto_answer = checks.auto_answer(request)
    if caller in context.directory.extensions:
        call = await _from_extension(context, request, caller, callee, auto_answer=auto_answer)
    else:
        call = await _from_elsewhere(context, request, caller, callee)
    return checks.made(context, call)


async def _from_extension(
    context: Context, request: ApiRequest, caller: str, callee: str, *, auto_answer: bool
) -> Call:
    """An extension calls an extension, a service, a parked call or an outside number."""
    with checks.refusing("10008"):
        if callee in context.parking.taken:
            return await context.parking.retrieve(caller, callee, auto_answer=auto_answer)
        call_id = context.calls.new_id()
        leg = inside(context, callee) or _outside(context, request, call_id, callee, caller)
        return await context.calls.start(
            context.calls.phone(caller), leg, callee, call_id=call_id, auto_answer=auto_answer
        )


async def _from_elsewhere(context: Context, request: ApiRequest, caller: str, callee: str) -> Call:
    """An IVR, a queue, a ring group or an outside number calls an outside number.

    An unknown caller without anybody's right is taken for an extension that does not exist.
    """
    service = caller in context.calls.services.by_number
    if not service and not request.text("dialpermission"):
        raise ApiError("10006")
    right = checks.permission(context, request, "dialpermission")
    if inside(context, callee):
        raise ApiError("10011")
    number = checks.outside(request, "callee")
    call_id = context.calls.new_id()
    called = context.calls.outside(call_id, number, right)
    if service:
        return await context.calls.start(
            called, context.calls.service(caller), number, call_id=call_id
        )
    first = context.calls.outside(call_id, checks.outside(request, "caller"), right, step=3)
    return await context.calls.start(first, called, number, call_id=call_id)


def inside(context: Context, number: str) -> Leg | None:
    """The leg that a number of the PBX leads to; None for any other number.

    Raises:
        ApiError: 10011 for a parking slot where nobody waits.
    """
    if number in context.directory.extensions:
        return context.calls.phone(number)
    if number in context.calls.services.by_number:
        return context.calls.service(number)
    if number in context.calls.services.slots:
        raise ApiError("10011")
    return None


def _outside(context: Context, request: ApiRequest, call_id: str, number: str, caller: str) -> Leg:
    """The leg of an outside number, by the right of `dialpermission`, else of the caller."""
    checks.outside(request, "callee")
    checks.permission(
        context, request, "dialpermission" if request.text("dialpermission") else "caller"
    )
    return context.calls.outside(call_id, number, caller)


ENDPOINTS = (Endpoint(name="call/dial", families=V2, answer=_dial, body=True),)
