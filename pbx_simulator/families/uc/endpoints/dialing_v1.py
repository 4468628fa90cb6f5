"""Calls that the API makes, v1 family (pbx-api, section 7, "Call control")."""

from __future__ import annotations

from pbx_simulator.calls.services import ServiceKind

from . import checks
from .context import Context
from .endpoint import OLD, V1, Answer, ApiRequest, Endpoint


async def _dial_extension(context: Context, request: ApiRequest) -> Answer:
    caller, callee = (
        checks.extension(context, request, key).number for key in ("caller", "callee")
    )
    auto_answer = checks.auto_answer(request)
    desk = context.calls
    with checks.refusing("10008"):
        call = await desk.start(
            desk.phone(caller), desk.phone(callee), callee, auto_answer=auto_answer
        )
    return checks.made(context, call)


async def _dial_outbound(context: Context, request: ApiRequest) -> Answer:
    number = checks.outside(request, "outto")
    caller = checks.permission(context, request, "extid")
    auto_answer = checks.auto_answer(request)
    desk, call_id = context.calls, context.calls.new_id()
    callee = desk.outside(call_id, number, caller)
    with checks.refusing("10008"):
        call = await desk.start(
            desk.phone(caller), callee, number, call_id=call_id, auto_answer=auto_answer
        )
    return checks.made(context, call)


async def _dial_two_outside(context: Context, request: ApiRequest) -> Answer:
    """Two outside numbers; OpenVox's sample names nobody whose right is used."""
    caller, callee = checks.outside(request, "caller"), checks.outside(request, "outto")
    named = "v1" in context.endpoint_sets or bool(request.text("fromext"))
    right = checks.permission(context, request, "fromext") if named else ""
    desk, call_id = context.calls, context.calls.new_id()
    with checks.refusing("10024"):
        first = desk.outside(call_id, caller, right)
        second = desk.outside(call_id, callee, right, step=3)
    call = await desk.start(first, second, callee, call_id=call_id)
    return checks.made(context, call)


async def _ivr_dials_extension(context: Context, request: ApiRequest) -> Answer:
    ivr = checks.service(context, request, "ivrid", ServiceKind.IVR)
    number = checks.extension(context, request, "extid").number
    auto_answer = checks.auto_answer(request)
    desk = context.calls
    with checks.refusing("10008"):
        call = await desk.start(desk.phone(number), desk.service(ivr), ivr, auto_answer=auto_answer)
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
    """The outside number is rung first; when it has answered it hears the IVR, or a member rings."""
    number = checks.outside(request, "outto")
    right = checks.permission(context, request, "fromext")
    desk, call_id = context.calls, context.calls.new_id()
    outside = desk.outside(call_id, number, right)
    call = await desk.start(outside, desk.service(service), number, call_id=call_id)
    return checks.made(context, call)


ENDPOINTS = (
    Endpoint(name="extension/dial_extension", families=OLD, answer=_dial_extension, body=True),
    Endpoint(name="extension/dial_outbound", families=OLD, answer=_dial_outbound, body=True),
    Endpoint(name="outbound/dial_outbound", families=OLD, answer=_dial_two_outside, body=True),
    Endpoint(name="ivr/dial_extension", families=V1, answer=_ivr_dials_extension, body=True),
    Endpoint(name="ivr/dial_outbound", families=V1, answer=_ivr_dials_outside, body=True),
    Endpoint(name="queue/dial_outbound", families=V1, answer=_queue_dials_outside, body=True),
    Endpoint(
        name="ringgroup/dial_outbound", families=V1, answer=_ring_group_dials_outside, body=True
    ),
)
