"""Hang up, hold and mute, v1 family: an extension's call, or one on a trunk (pbx-api, section 7)."""

from __future__ import annotations

from pbx_simulator.calls.legs import Leg, LegKind, LegState
from pbx_simulator.calls.model import Call, CallState

from ..errors import ApiError
from . import checks
from .context import Context
from .endpoint import OLD, Answer, ApiRequest, Endpoint

_TALKING = (CallState.TALKING, CallState.HELD)


async def _hang_up_extension(context: Context, request: ApiRequest) -> Answer:
    await _hang_up(*_of_extension(context, request, CallState.TALKING))
    return checks.success()


async def _hang_up_inbound(context: Context, request: ApiRequest) -> Answer:
    await _hang_up(*checks.trunk_call(context, request, LegKind.INBOUND))
    return checks.success()


async def _hang_up_outbound(context: Context, request: ApiRequest) -> Answer:
    await _hang_up(*checks.trunk_call(context, request, LegKind.OUTBOUND))
    return checks.success()


async def _hang_up(call: Call, leg: Leg) -> None:
    await call.hang_up("callee" if leg is call.callee else None)


async def _hold(context: Context, request: ApiRequest) -> Answer:
    call, leg = _of_extension(context, request, CallState.TALKING)
    with checks.refusing("10015"):
        context.calls.hold(call, leg)
    return checks.success()


async def _resume(context: Context, request: ApiRequest) -> Answer:
    call, leg = _of_extension(context, request, CallState.HELD)
    if leg.state is not LegState.HOLD:
        raise ApiError("10015")
    with checks.refusing("10015"):
        await call.resume()
    return checks.success()


async def _mute(context: Context, request: ApiRequest) -> Answer:
    call, leg = _of_extension(context, request, *_TALKING)
    with checks.refusing("10015"):
        context.calls.mute(call, leg, muted=True)
    return checks.success()


async def _unmute(context: Context, request: ApiRequest) -> Answer:
    call, leg = _of_extension(context, request, *_TALKING)
    with checks.refusing("10015"):
        context.calls.mute(call, leg, muted=False)
    return checks.success()


def _of_extension(context: Context, request: ApiRequest, *states: CallState) -> tuple[Call, Leg]:
    """The call of the extension in `extid`; these requests answer 10007 for an unknown one, too."""
    return checks.own_call(context, request.required("extid"), *states)


ENDPOINTS = (
    Endpoint(name="extension/hangup", families=OLD, answer=_hang_up_extension, body=True),
    Endpoint(name="inbound/hangup", families=OLD, answer=_hang_up_inbound, body=True),
    Endpoint(name="outbound/hangup", families=OLD, answer=_hang_up_outbound, body=True),
    Endpoint(name="extension/hold", families=OLD, answer=_hold, body=True),
    Endpoint(name="extension/unhold", families=OLD, answer=_resume, body=True),
    Endpoint(name="extension/mute", families=OLD, answer=_mute, body=True),
    Endpoint(name="extension/unmute", families=OLD, answer=_unmute, body=True),
)
