"""What the control API can do with calls: name -> function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from .calls.model import Call
from .calls.services import ServiceKind
from .command_params import CommandError, Params

if TYPE_CHECKING:
    from .simulator import Simulator

type Command = Callable[[Simulator, Params], Awaitable[dict[str, Any] | None]]


async def _place(pbx: Simulator, params: Params) -> dict[str, Any]:
    call = await pbx.calls.place(params.text("caller"), params.text("callee"))
    return await _started(call, params)


async def _outbound(pbx: Simulator, params: Params) -> dict[str, Any]:
    call = await pbx.calls.outbound(
        params.text("caller"), params.text("number"), params.optional("trunk")
    )
    return await _started(call, params)


async def _inbound(pbx: Simulator, params: Params) -> dict[str, Any]:
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


def _call(pbx: Simulator, params: Params) -> Call:
    call = pbx.calls.find(params.text("call_id"))
    if call is None:
        raise CommandError("There is no such call")
    return call


def _act(action: str, *keys: str) -> Command:
    async def act(pbx: Simulator, params: Params) -> dict[str, Any]:
        call = _call(pbx, params)
        arguments = {key: params.optional(key) for key in keys}
        await getattr(call, action)(**{key: value for key, value in arguments.items() if value})
        return _where(call)

    return act


async def _transfer(pbx: Simulator, params: Params) -> dict[str, Any]:
    params.text("to")
    return await _act("transfer", "to", "by")(pbx, params) or {}


async def _ask(pbx: Simulator, params: Params) -> dict[str, Any]:
    call = _call(pbx, params)
    return _where(await pbx.calls.ask(call, params.text("to"), params.optional("by")))


async def _complete(pbx: Simulator, params: Params) -> None:
    await pbx.calls.complete(_call(pbx, params))


async def _take_message(pbx: Simulator, params: Params) -> dict[str, Any]:
    call = _call(pbx, params)
    pbx.calls.take_message(call)
    return _where(call)


async def _set_group(pbx: Simulator, params: Params) -> None:
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
    "call/voicemail": _take_message,
    "call/press": _act("press", "key"),
    "call/reject": _act("reject"),
    "call/hang_up": _act("hang_up", "by"),
    "group/set": _set_group,
}
