"""Calls that the API makes (pbx-api, sections 7 and 8, "Call control")."""

from __future__ import annotations

from pbx_simulator.calls.legs import Leg
from pbx_simulator.calls.model import Call
from pbx_simulator.calls.services import ServiceKind

from ..errors import ApiError
from . import checks
from .context import Context
from .endpoint import OLD, V1, V2, Answer, ApiRequest, Endpoint

# The v1 family: one endpoint for each kind of caller and callee


async def _dial_extension(context: Context, request: ApiRequest) -> Answer:
    caller, callee = (
        checks.extension(context, request, key).number for key in ("caller", "callee")
    )
    auto_answer = checks.auto_answer(request)
    calls = context.calls
    with checks.refusing("10008"):
        call = await calls.start(
            calls.phone(caller), calls.phone(callee), callee, auto_answer=auto_answer
        )
    return checks.made(context, call)


async def _dial_outbound(context: Context, request: ApiRequest) -> Answer:
    number = checks.outside(request, "outto")
    caller = checks.permission(context, request, "extid")
    auto_answer = checks.auto_answer(request)
    calls = context.calls
    callee = calls.outside(number, caller)
    with checks.refusing("10008"):
        call = await calls.start(calls.phone(caller), callee, number, auto_answer=auto_answer)
    return checks.made(context, call)


async def _dial_two_outside(context: Context, request: ApiRequest) -> Answer:
    """Connect two outside numbers; OpenVox's sample names no extension with the right to it."""
    caller, callee = checks.outside(request, "caller"), checks.outside(request, "outto")
    named = "v1" in context.endpoint_sets or bool(request.text("fromext"))
    right = checks.permission(context, request, "fromext") if named else ""
    calls = context.calls
    with checks.refusing("10024"):
        first = calls.outside(caller, right)
        second = calls.outside(callee, right)
    call = await calls.start(first, second, callee)
    return checks.made(context, call)


async def _ivr_dials_extension(context: Context, request: ApiRequest) -> Answer:
    ivr = checks.service(context, request, "ivrid", ServiceKind.IVR)
    number = checks.extension(context, request, "extid").number
    auto_answer = checks.auto_answer(request)
    calls = context.calls
    with checks.refusing("10008"):
        call = await calls.start(
            calls.phone(number), calls.service(ivr), ivr, auto_answer=auto_answer
        )
    return checks.made(context, call)


async def _ivr_dials_outside(context: Context, request: ApiRequest) -> Answer:
    return await _dial_from(
        context, request, checks.service(context, request, "ivrid", ServiceKind.IVR)
    )


async def _queue_dials_outside(context: Context, request: ApiRequest) -> Answer:
    return await _dial_from(
        context, request, checks.service(context, request, "queueid", ServiceKind.QUEUE)
    )


async def _ring_group_dials_outside(context: Context, request: ApiRequest) -> Answer:
    return await _dial_from(
        context, request, checks.service(context, request, "ringgroupid", ServiceKind.RING_GROUP)
    )


async def _dial_from(context: Context, request: ApiRequest, service: str) -> Answer:
    """Ring the outside number first; when it answers it hears the IVR, or a member rings."""
    number = checks.outside(request, "outto")
    right = checks.permission(context, request, "fromext")
    calls = context.calls
    outside = calls.outside(number, right)
    call = await calls.start(outside, calls.service(service), number)
    return checks.made(context, call)


# API v2.0.0: one endpoint for all


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
    """Call an extension, a service, a parked call or an outside number from an extension."""
    with checks.refusing("10008"):
        if callee in context.parking.parked:
            return await context.parking.retrieve(caller, callee, auto_answer=auto_answer)
        leg = inside(context, callee) or _outside(context, request, callee, caller)
        return await context.calls.start(
            context.calls.phone(caller), leg, callee, auto_answer=auto_answer
        )


async def _from_elsewhere(context: Context, request: ApiRequest, caller: str, callee: str) -> Call:
    """Call an outside number from an IVR, a queue, a ring group or an outside number.

    An unknown caller without `dialpermission` counts as an extension that does not exist.
    """
    service = caller in context.calls.services.by_number
    if not service and not request.text("dialpermission"):
        raise ApiError("10006")
    right = checks.permission(context, request, "dialpermission")
    if inside(context, callee):
        raise ApiError("10011")
    number = checks.outside(request, "callee")
    called = context.calls.outside(number, right)
    if service:
        return await context.calls.start(called, context.calls.service(caller), number)
    first = context.calls.outside(checks.outside(request, "caller"), right)
    return await context.calls.start(first, called, number)


def inside(context: Context, number: str) -> Leg | None:
    """Return the leg of a number of the PBX; None for any other number.

    Raises:
        ApiError: 10011 for an empty parking slot.
    """
    if number in context.directory.extensions:
        return context.calls.phone(number)
    if number in context.calls.services.by_number:
        return context.calls.service(number)
    if number in context.calls.services.slots:
        raise ApiError("10011")
    return None


def _outside(context: Context, request: ApiRequest, number: str, caller: str) -> Leg:
    """Return the leg of an outside number, by the right of `dialpermission` or the caller."""
    checks.outside(request, "callee")
    checks.permission(
        context, request, "dialpermission" if request.text("dialpermission") else "caller"
    )
    return context.calls.outside(number, caller)


ENDPOINTS = (
    Endpoint(name="extension/dial_extension", sets=OLD, answer=_dial_extension, body=True),
    Endpoint(name="extension/dial_outbound", sets=OLD, answer=_dial_outbound, body=True),
    Endpoint(name="outbound/dial_outbound", sets=OLD, answer=_dial_two_outside, body=True),
    Endpoint(name="ivr/dial_extension", sets=V1, answer=_ivr_dials_extension, body=True),
    Endpoint(name="ivr/dial_outbound", sets=V1, answer=_ivr_dials_outside, body=True),
    Endpoint(name="queue/dial_outbound", sets=V1, answer=_queue_dials_outside, body=True),
    Endpoint(name="ringgroup/dial_outbound", sets=V1, answer=_ring_group_dials_outside, body=True),
    Endpoint(name="call/dial", sets=V2, answer=_dial, body=True),
)
