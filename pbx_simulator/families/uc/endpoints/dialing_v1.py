"""Calls that the API makes, v1 family (pbx-api, section 7, "Call control")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbx_simulator.calls.services import ServiceKind

from . import checks
from .endpoint import OLD, V1, Answer, Ask, Endpoint

if TYPE_CHECKING:
    from pbx_simulator.simulator import Simulator


async def _dial_extension(pbx: Simulator, ask: Ask) -> Answer:
    caller, callee = (checks.extension(pbx, ask, key).number for key in ("caller", "callee"))
    auto_answer = checks.auto_answer(ask)
    desk = pbx.calls
    with checks.refusing("10008"):
        call = await desk.start(
            desk.phone(caller), desk.phone(callee), callee, auto_answer=auto_answer
        )
    return checks.made(pbx, call)


async def _dial_outbound(pbx: Simulator, ask: Ask) -> Answer:
    number = checks.outside(ask, "outto")
    caller = checks.permission(pbx, ask, "extid")
    auto_answer = checks.auto_answer(ask)
    desk, call_id = pbx.calls, pbx.calls.new_id()
    callee = desk.outside(call_id, number, caller)
    with checks.refusing("10008"):
        call = await desk.start(
            desk.phone(caller), callee, number, call_id=call_id, auto_answer=auto_answer
        )
    return checks.made(pbx, call)


async def _dial_two_outside(pbx: Simulator, ask: Ask) -> Answer:
    """Two outside numbers; OpenVox's sample names nobody whose right is used."""
    caller, callee = checks.outside(ask, "caller"), checks.outside(ask, "outto")
    named = "v1" in pbx.families or bool(ask.text("fromext"))
    right = checks.permission(pbx, ask, "fromext") if named else ""
    desk, call_id = pbx.calls, pbx.calls.new_id()
    with checks.refusing("10024"):
        first = desk.outside(call_id, caller, right)
        second = desk.outside(call_id, callee, right, step=3)
    call = await desk.start(first, second, callee, call_id=call_id)
    return checks.made(pbx, call)


async def _ivr_dials_extension(pbx: Simulator, ask: Ask) -> Answer:
    ivr = checks.service(pbx, ask, "ivrid", ServiceKind.IVR)
    number = checks.extension(pbx, ask, "extid").number
    auto_answer = checks.auto_answer(ask)
    desk = pbx.calls
    with checks.refusing("10008"):
        call = await desk.start(desk.phone(number), desk.service(ivr), ivr, auto_answer=auto_answer)
    return checks.made(pbx, call)


async def _ivr_dials_outside(pbx: Simulator, ask: Ask) -> Answer:
    return await _dial_from(pbx, ask, checks.service(pbx, ask, "ivrid", ServiceKind.IVR))


async def _queue_dials_outside(pbx: Simulator, ask: Ask) -> Answer:
    return await _dial_from(pbx, ask, checks.service(pbx, ask, "queueid", ServiceKind.QUEUE))


async def _ring_group_dials_outside(pbx: Simulator, ask: Ask) -> Answer:
    return await _dial_from(
        pbx, ask, checks.service(pbx, ask, "ringgroupid", ServiceKind.RING_GROUP)
    )


async def _dial_from(pbx: Simulator, ask: Ask, service: str) -> Answer:
    """The outside number is rung first; when it has answered it hears the IVR, or a member rings."""
    number = checks.outside(ask, "outto")
    right = checks.permission(pbx, ask, "fromext")
    desk, call_id = pbx.calls, pbx.calls.new_id()
    outside = desk.outside(call_id, number, right)
    call = await desk.start(outside, desk.service(service), number, call_id=call_id)
    return checks.made(pbx, call)


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
