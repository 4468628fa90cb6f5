"""Accepting and refusing an invited inbound call (pbx-api, section 9, Invite)."""

from __future__ import annotations

from pbx_simulator.calls.legs import LegKind
from pbx_simulator.calls.model import Call, CallState

from ..errors import ApiError
from . import checks
from .context import Context
from .endpoint import V1, V2, Answer, ApiRequest, Endpoint


async def _accept(context: Context, request: ApiRequest) -> Answer:
    await _in_time(context, checks.trunk_call(context, request, LegKind.INBOUND)[0]).accept()
    return checks.success()


async def _refuse(context: Context, request: ApiRequest) -> Answer:
    await _in_time(context, checks.trunk_call(context, request, LegKind.INBOUND)[0]).refuse()
    return checks.success()


async def _accept_channel(context: Context, request: ApiRequest) -> Answer:
    call = _in_time(context, checks.channel(context, request)[0])
    await call.accept()
    return checks.success(callid=call.call_id)


async def _refuse_channel(context: Context, request: ApiRequest) -> Answer:
    call = _in_time(context, checks.channel(context, request)[0])
    await call.refuse()
    return checks.success(callid=call.call_id)


def _in_time(context: Context, call: Call) -> Call:
    """Return a call that waits to be accepted, while there is time for it.

    Raises:
        ApiError: 10016 when it does not, or no longer.
    """
    if call.state is not CallState.INVITED or context.clock() > call.window_ends:
        raise ApiError("10016")
    return call


ENDPOINTS = (
    Endpoint(name="inbound/accept", sets=V1, answer=_accept, body=True),
    Endpoint(name="inbound/refuse", sets=V1, answer=_refuse, body=True),
    Endpoint(name="call/accept_inbound", sets=V2, answer=_accept_channel, body=True),
    Endpoint(name="call/refuse_inbound", sets=V2, answer=_refuse_channel, body=True),
)
