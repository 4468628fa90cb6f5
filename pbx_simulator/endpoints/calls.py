"""Starting, ending and directing calls (pbx-api, sections 7 and 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbx_simulator.calls.model import Call, CallState, CallStateError
from pbx_simulator.errors import ApiError

from .endpoint import OLD, V2, Answer, Ask, Endpoint

if TYPE_CHECKING:
    from pbx_simulator.simulator import Simulator

_SUCCESS = {"status": "Success"}


async def _dial_extension(pbx: Simulator, ask: Ask) -> Answer:
    return await _dial(pbx, ask, ask.required("caller"), ask.required("callee"))


async def _dial_outbound(pbx: Simulator, ask: Ask) -> Answer:
    return await _dial(pbx, ask, ask.required("extid"), ask.required("outto"), outside=True)


async def _dial_anybody(pbx: Simulator, ask: Ask) -> Answer:
    callee = ask.required("callee")
    outside = callee not in pbx.directory.extensions
    return await _dial(pbx, ask, ask.required("caller"), callee, outside=outside)


async def _dial(
    pbx: Simulator, ask: Ask, caller: str, callee: str, *, outside: bool = False
) -> Answer:
    extensions = pbx.directory.extensions
    if caller not in extensions or not (outside or callee in extensions):
        raise ApiError("10006")
    if outside and not pbx.directory.trunks:
        raise ApiError("10024")
    auto_answer = ask.text("autoanswer", "no")
    if auto_answer not in ("yes", "no", ""):
        raise ApiError("10004")
    try:
        call = await pbx.calls.dial(
            caller, callee, auto_answer=auto_answer == "yes", outside=outside
        )
    except CallStateError:
        raise ApiError("10008") from None
    return {"status": "Success", "callid": call.call_id}


async def _hang_up_extension(pbx: Simulator, ask: Ask) -> Answer:
    number = ask.required("extid")
    await _extension_call(pbx, number).hang_up(number)
    return _SUCCESS


def _extension_call(pbx: Simulator, number: str) -> Call:
    for call in pbx.calls.of_extension(number):
        return call
    raise ApiError("10007")


def _call(pbx: Simulator, ask: Ask, key: str) -> Call:
    call = pbx.calls.find(ask.required(key))
    if call is None:
        raise ApiError("10007")
    return call


async def _hang_up_inbound(pbx: Simulator, ask: Ask) -> Answer:
    await _call(pbx, ask, "inboundid").hang_up()
    return _SUCCESS


async def _hang_up_outbound(pbx: Simulator, ask: Ask) -> Answer:
    await _call(pbx, ask, "outboundid").hang_up("callee")
    return _SUCCESS


async def _hang_up_channel(pbx: Simulator, ask: Ask) -> Answer:
    channel = ask.required("channelid")
    call = _call(pbx, ask, "channelid")
    await call.hang_up("callee" if call.callee.channel_id == channel else None)
    return {"status": "Success", "callid": call.call_id}


async def _hold(pbx: Simulator, ask: Ask) -> Answer:
    number = ask.required("extid")
    await _act(_extension_call(pbx, number), "hold", number)
    return _SUCCESS


async def _resume(pbx: Simulator, ask: Ask) -> Answer:
    await _act(_extension_call(pbx, ask.required("extid")), "resume")
    return _SUCCESS


async def _hold_channel(pbx: Simulator, ask: Ask) -> Answer:
    call = _call(pbx, ask, "channelid")
    await _act(call, "hold")
    return {"status": "Success", "callid": call.call_id}


async def _resume_channel(pbx: Simulator, ask: Ask) -> Answer:
    call = _call(pbx, ask, "channelid")
    await _act(call, "resume")
    return {"status": "Success", "callid": call.call_id}


async def _act(call: Call, action: str, *args: str) -> None:
    try:
        await getattr(call, action)(*args)
    except CallStateError:
        raise ApiError("10015") from None


async def _accept(pbx: Simulator, ask: Ask) -> Answer:
    await _waiting(pbx, ask).accept()
    return _SUCCESS


async def _refuse(pbx: Simulator, ask: Ask) -> Answer:
    await _waiting(pbx, ask).refuse()
    return _SUCCESS


def _waiting(pbx: Simulator, ask: Ask) -> Call:
    """The call that waits to be accepted, while there is time for it."""
    key = "channelid" if "channelid" in ask.params else "inboundid"
    call = _call(pbx, ask, key)
    if call.state is not CallState.INVITED or pbx.clock() > call.window_ends:
        raise ApiError("10016")
    return call


async def _direct(pbx: Simulator, ask: Ask) -> Answer:
    call, number = _call(pbx, ask, "inboundid"), ask.required("extid")
    if number not in pbx.directory.extensions:
        raise ApiError("10006")
    if call.state is CallState.INCOMING:
        await call.direct(number)
    else:
        await _act(call, "transfer", number)
    return {"status": "Success", "callid": ask.required("inboundid")}


ENDPOINTS = (
    Endpoint(name="extension/dial_extension", families=OLD, answer=_dial_extension, body=True),
    Endpoint(name="extension/dial_outbound", families=OLD, answer=_dial_outbound, body=True),
    Endpoint(name="extension/hangup", families=OLD, answer=_hang_up_extension, body=True),
    Endpoint(name="inbound/hangup", families=OLD, answer=_hang_up_inbound, body=True),
    Endpoint(name="outbound/hangup", families=OLD, answer=_hang_up_outbound, body=True),
    Endpoint(name="extension/hold", families=OLD, answer=_hold, body=True),
    Endpoint(name="extension/unhold", families=OLD, answer=_resume, body=True),
    Endpoint(name="inbound/accept", families=OLD, answer=_accept, body=True),
    Endpoint(name="inbound/refuse", families=OLD, answer=_refuse, body=True),
    Endpoint(name="inbound/transfer_extension", families=OLD, answer=_direct, body=True),
    Endpoint(name="call/dial", families=V2, answer=_dial_anybody, body=True),
    Endpoint(name="call/hangup", families=V2, answer=_hang_up_channel, body=True),
    Endpoint(name="call/hungup", families=V2, answer=_hang_up_channel, body=True),
    Endpoint(name="call/hold", families=V2, answer=_hold_channel, body=True),
    Endpoint(name="call/unhold", families=V2, answer=_resume_channel, body=True),
    Endpoint(name="call/accept_inbound", families=V2, answer=_accept, body=True),
    Endpoint(name="call/refuse_inbound", families=V2, answer=_refuse, body=True),
)
