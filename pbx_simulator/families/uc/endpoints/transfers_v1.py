"""Transfers, v1.1.0 (pbx-api, section 7): of a call on a trunk, or of an extension's call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pbx_simulator.calls.legs import Leg, LegKind
from pbx_simulator.calls.model import Call, CallState
from pbx_simulator.calls.services import ServiceKind

from ..errors import ApiError
from . import checks
from .dialing_v2 import inside
from .endpoint import V1, Answer, Ask, Endpoint

if TYPE_CHECKING:
    from pbx_simulator.simulator import Simulator

type _Target = Callable[[Simulator, Ask, Call], Leg]
"""Where a request wants a call to go."""


def _to_extension(pbx: Simulator, ask: Ask, call: Call) -> Leg:
    return pbx.calls.phone(checks.extension(pbx, ask, "extid").number)


def _to_outside(pbx: Simulator, ask: Ask, call: Call) -> Leg:
    number = checks.outside(ask, "outto")
    return _line(pbx, call, number, checks.permission(pbx, ask, "fromext"))


def _to_service(kind: ServiceKind) -> _Target:
    def target(pbx: Simulator, ask: Ask, call: Call) -> Leg:
        return pbx.calls.service(checks.service(pbx, ask, f"{kind.value}id", kind))

    return target


def _to_any(pbx: Simulator, ask: Ask, call: Call) -> Leg:
    number = ask.required("number")
    if leg := inside(pbx, number):
        return leg
    return _line(pbx, call, checks.outside(ask, "number"), checks.permission(pbx, ask, "fromext"))


def _line(pbx: Simulator, call: Call, number: str, right: str) -> Leg:
    return pbx.calls.outside(call.call_id, number, right, step=3)


def _transfer(name: str, kind: LegKind, target: _Target) -> Endpoint:
    """An endpoint that passes on the trunk's leg; a call that is Incoming is directed by it."""

    async def answer(pbx: Simulator, ask: Ask) -> Answer:
        call, leg = checks.trunk_call(pbx, ask, kind)
        to = target(pbx, ask, call)
        with checks.refusing("10008" if not pbx.calls.reachable(to) else "10015"):
            if call.state is CallState.INCOMING:
                await pbx.calls.direct(call, to)
            else:
                await pbx.calls.redirect(call, leg, to)
        inbound = kind is LegKind.INBOUND
        return checks.success(callid=ask.required("inboundid") if inbound else call.call_id)

    return Endpoint(name=f"{kind.value}/{name}", families=V1, answer=answer, body=True)


async def _transfer_of_extension(pbx: Simulator, ask: Ask) -> Answer:
    """calltransfer: the transferor leaves the call, the other party goes on."""
    call = pbx.calls.find(ask.required("callid"))
    if call is None:
        raise ApiError("10007")
    transferor = checks.extension(pbx, ask, "transferor").number
    leaving = call.leg_of(transferor)
    if leaving is None:
        raise ApiError("10007")
    number = ask.required("transferto")
    to = inside(pbx, number)
    if to is None:
        checks.outside(ask, "transferto")
        key = "fromext" if ask.text("fromext") else "transferor"
        to = _line(pbx, call, number, checks.permission(pbx, ask, key))
    if call.state not in (CallState.TALKING, CallState.HELD):
        raise ApiError("10015")
    with checks.refusing("10008"):
        await pbx.calls.redirect(call, call.caller if leaving is call.callee else call.callee, to)
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
