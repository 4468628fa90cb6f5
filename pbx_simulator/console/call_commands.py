"""The commands of the control API that concern calls: name -> function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pbx_simulator.calls.model import Call
from pbx_simulator.calls.monitoring import MonitorMode
from pbx_simulator.calls.services import ServiceKind
from pbx_simulator.pbx import Pbx

from .parameters import CommandError, Params

type Command = Callable[[Pbx, Params], Awaitable[dict[str, Any] | None]]


async def _place(pbx: Pbx, params: Params) -> dict[str, Any]:
    call = await pbx.calls.place(params.text("caller"), params.text("callee"))
    return await _started(call, params)


async def _outbound(pbx: Pbx, params: Params) -> dict[str, Any]:
    call = await pbx.calls.outbound(
        params.text("caller"), params.text("number"), params.optional("trunk")
    )
    return await _started(call, params)


async def _inbound(pbx: Pbx, params: Params) -> dict[str, Any]:
    call = await pbx.calls.inbound(
        params.optional("trunk"),
        params.text("caller"),
        params.optional("did") or "",
        params.optional("to"),
    )
    return await _started(call, params)


async def _started(call: Call, params: Params) -> dict[str, Any]:
    if params.flag("ring", default=True) and call.state == "dialing":
        await call.ring()
    return _where(call)


def _where(call: Call) -> dict[str, Any]:
    return {"call_id": call.call_id, "state": call.state.value}


def _call(pbx: Pbx, params: Params) -> Call:
    call = pbx.calls.find(params.text("call_id"))
    if call is None:
        raise CommandError("There is no such call")
    return call


def _act(action: str, *keys: str) -> Command:
    async def act(pbx: Pbx, params: Params) -> dict[str, Any]:
        call = _call(pbx, params)
        arguments = {key: params.optional(key) for key in keys}
        await getattr(call, action)(**{key: value for key, value in arguments.items() if value})
        return _where(call)

    return act


async def _transfer(pbx: Pbx, params: Params) -> dict[str, Any]:
    params.text("to")
    return await _act("transfer", "to", "by")(pbx, params) or {}


async def _ask(pbx: Pbx, params: Params) -> dict[str, Any]:
    call = _call(pbx, params)
    return _where(await pbx.calls.ask(call, params.text("to"), params.optional("by")))


async def _complete(pbx: Pbx, params: Params) -> None:
    await pbx.calls.complete(_call(pbx, params))


async def _divert_to_voicemail(pbx: Pbx, params: Params) -> dict[str, Any]:
    call = _call(pbx, params)
    pbx.calls.divert_to_voicemail(call)
    return _where(call)


async def _park(pbx: Pbx, params: Params) -> dict[str, Any]:
    """Park the partner of an extension."""
    call = _call(pbx, params)
    leaving = call.leg_of(params.text("by"))
    if leaving is None:
        raise CommandError("'by' is no party of the call")
    staying = call.callee if leaving is call.caller else call.caller
    return {"slot": pbx.parking.park(call, staying, params.optional("slot") or "")}


async def _retrieve(pbx: Pbx, params: Params) -> dict[str, Any]:
    number, slot = params.text("number"), params.text("slot")
    return _where(await pbx.parking.retrieve(number, slot, auto_answer=True))


async def _mute(pbx: Pbx, params: Params) -> None:
    call = _call(pbx, params)
    leg = call.leg_of(params.text("number"))
    if leg is None:
        raise CommandError("'number' is no party of the call")
    pbx.calls.mute(call, leg, muted=params.flag("on", default=True))


async def _play(pbx: Pbx, params: Params) -> dict[str, Any]:
    """Ring an extension and play a prompt to it."""
    calls, prompt = pbx.calls, params.text("prompt")
    phone = calls.phone(params.text("number"))

    async def play(call: Call) -> None:
        await calls.play(call, prompt)

    return _where(await calls.start(phone, calls.service(prompt), phone.number, follow_up=play))


async def _listen(pbx: Pbx, params: Params) -> dict[str, Any]:
    mode, heard = params.text("mode", "listen"), params.text("number")
    if mode not in set(MonitorMode):
        raise CommandError(f"'mode' is none of {', '.join(MonitorMode)}")
    for call in pbx.calls.of_extension(heard):
        monitor = params.text("monitor")
        return _where(await pbx.monitoring.listen_in(monitor, heard, MonitorMode(mode), call))
    raise CommandError(f"Extension {heard} is in no call")


async def _set_group(pbx: Pbx, params: Params) -> None:
    kind, members = params.text("kind"), params.values.get("members", [])
    if kind not in set(ServiceKind):
        raise CommandError(f"'kind' is none of {', '.join(ServiceKind)}")
    known = pbx.directory.extensions
    if not isinstance(members, list) or not all(str(each) in known for each in members):
        raise CommandError("'members' is no list of extensions")
    number, numbers = params.text("number"), [str(each) for each in members]
    pbx.calls.set_group(ServiceKind(kind), number, *numbers, in_turn=params.flag("in_turn"))


CALL_COMMANDS: Mapping[str, Command] = {
    "call/place": _place,
    "call/outbound": _outbound,
    "call/inbound": _inbound,
    "call/ring": _act("ring"),
    "call/pick_up": _act("pick_up"),
    "call/accept": _act("accept"),
    "call/refuse": _act("refuse"),
    "call/direct": _act("direct", "number"),
    "call/answer": _act("answer", "by"),
    "call/hold": _act("hold", "by"),
    "call/resume": _act("resume"),
    "call/transfer": _transfer,
    "call/ask": _ask,
    "call/complete": _complete,
    "call/voicemail": _divert_to_voicemail,
    "call/park": _park,
    "call/retrieve": _retrieve,
    "call/mute": _mute,
    "call/prompt": _play,
    "call/listen": _listen,
    "call/press": _act("press", "key"),
    "call/reject": _act("reject"),
    "call/hang_up": _act("hang_up", "by"),
    "group/set": _set_group,
}
