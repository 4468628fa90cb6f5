"""call/dial: every call that the API makes in v2.0.0 (pbx-api, section 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbx_simulator.calls.legs import Leg
from pbx_simulator.calls.model import Call

from ..errors import ApiError
from . import checks
from .endpoint import V2, Answer, Ask, Endpoint

if TYPE_CHECKING:
    from pbx_simulator.simulator import Simulator


async def _dial(pbx: Simulator, ask: Ask) -> Answer:
    caller, callee = ask.required("caller"), ask.required("callee")
    auto_answer = checks.auto_answer(ask)
    if caller in pbx.directory.extensions:
        call = await _from_extension(pbx, ask, caller, callee, auto_answer=auto_answer)
    else:
        call = await _from_elsewhere(pbx, ask, caller, callee)
    return checks.made(pbx, call)


async def _from_extension(
    pbx: Simulator, ask: Ask, caller: str, callee: str, *, auto_answer: bool
) -> Call:
    """An extension calls an extension, a service, a parked call or an outside number."""
    with checks.refusing("10008"):
        if callee in pbx.parking.taken:
            return await pbx.parking.retrieve(caller, callee, auto_answer=auto_answer)
        call_id = pbx.calls.new_id()
        leg = inside(pbx, callee) or _outside(pbx, ask, call_id, callee, caller)
        return await pbx.calls.start(
            pbx.calls.phone(caller), leg, callee, call_id=call_id, auto_answer=auto_answer
        )


async def _from_elsewhere(pbx: Simulator, ask: Ask, caller: str, callee: str) -> Call:
    """An IVR, a queue, a ring group or an outside number calls an outside number.

    An unknown caller without anybody's right is taken for an extension that does not exist.
    """
    service = caller in pbx.calls.services.by_number
    if not service and not ask.text("dialpermission"):
        raise ApiError("10006")
    right = checks.permission(pbx, ask, "dialpermission")
    if inside(pbx, callee):
        raise ApiError("10011")
    number = checks.outside(ask, "callee")
    call_id = pbx.calls.new_id()
    called = pbx.calls.outside(call_id, number, right)
    if service:
        return await pbx.calls.start(called, pbx.calls.service(caller), number, call_id=call_id)
    first = pbx.calls.outside(call_id, checks.outside(ask, "caller"), right, step=3)
    return await pbx.calls.start(first, called, number, call_id=call_id)


def inside(pbx: Simulator, number: str) -> Leg | None:
    """The leg that a number of the PBX leads to; None for any other number.

    Raises:
        ApiError: 10011 for a parking slot where nobody waits.
    """
    if number in pbx.directory.extensions:
        return pbx.calls.phone(number)
    if number in pbx.calls.services.by_number:
        return pbx.calls.service(number)
    if number in pbx.calls.services.slots:
        raise ApiError("10011")
    return None


def _outside(pbx: Simulator, ask: Ask, call_id: str, number: str, caller: str) -> Leg:
    """The leg of an outside number, by the right of `dialpermission`, else of the caller."""
    checks.outside(ask, "callee")
    checks.permission(pbx, ask, "dialpermission" if ask.text("dialpermission") else "caller")
    return pbx.calls.outside(call_id, number, caller)


ENDPOINTS = (Endpoint(name="call/dial", families=V2, answer=_dial, body=True),)
