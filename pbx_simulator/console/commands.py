"""The commands of the control API: name -> function."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import fields
from typing import Any

from pbx_simulator.directory import Forwarding
from pbx_simulator.pbx import Pbx

from .call_commands import CALL_COMMANDS, Command
from .parameters import CommandError, Params


def _extension(pbx: Pbx, params: Params) -> str:
    number = params.text("number")
    if number not in pbx.directory.extensions:
        raise CommandError(f"There is no extension {number}")
    return number


def _trunk(pbx: Pbx, params: Params) -> str:
    name = params.text("name")
    if name not in pbx.directory.trunks:
        raise CommandError(f"There is no trunk {name!r}")
    return name


async def _set_status(pbx: Pbx, params: Params) -> None:
    await pbx.set_extension_status(_extension(pbx, params), params.text("status"))


async def _register(pbx: Pbx, params: Params) -> None:
    await pbx.set_extension_status(_extension(pbx, params), "registered")


async def _unregister(pbx: Pbx, params: Params) -> None:
    await pbx.set_extension_status(_extension(pbx, params), "unavailable")


async def _add_extension(pbx: Pbx, params: Params) -> None:
    number = params.text("number")
    if number in pbx.directory.extensions:
        raise CommandError(f"Extension {number} exists already")
    await pbx.add_extension(number, params.optional("name") or "")


async def _remove_extension(pbx: Pbx, params: Params) -> None:
    await pbx.remove_extension(_extension(pbx, params))


async def _rename_extension(pbx: Pbx, params: Params) -> None:
    await pbx.rename_extension(_extension(pbx, params), params.text("name"))


async def _set_dnd(pbx: Pbx, params: Params) -> None:
    pbx.directory.extensions[_extension(pbx, params)].dnd = params.flag("on")


async def _set_forwarding(pbx: Pbx, params: Params) -> None:
    target = params.optional("to") or ""
    extension = pbx.directory.extensions[_extension(pbx, params)]
    if target in ("", "voicemail"):
        extension.forwarding = Forwarding(always=bool(target))
    elif target in pbx.directory.extensions:
        extension.forwarding = Forwarding(always=True, kind="Extension", extension=target)
    else:
        extension.forwarding = Forwarding(always=True, kind="Custom Number", number=target)


async def _set_mobile(pbx: Pbx, params: Params) -> None:
    number = params.optional("mobile") or ""
    pbx.directory.extensions[_extension(pbx, params)].mobile = number


async def _set_trunk_status(pbx: Pbx, params: Params) -> None:
    await pbx.set_trunk_status(_trunk(pbx, params), params.text("status"))


async def _add_trunk(pbx: Pbx, params: Params) -> None:
    name = params.text("name")
    if name in pbx.directory.trunks:
        raise CommandError(f"Trunk {name!r} exists already")
    await pbx.add_trunk(name)


async def _remove_trunk(pbx: Pbx, params: Params) -> None:
    await pbx.remove_trunk(_trunk(pbx, params))


async def _rename_trunk(pbx: Pbx, params: Params) -> None:
    await pbx.rename_trunk(_trunk(pbx, params), params.text("new_name"))


async def _control_trunk(pbx: Pbx, params: Params) -> None:
    trunk = pbx.directory.trunks[_trunk(pbx, params)]
    trunk.control_answering = params.flag("answering", default=trunk.control_answering)
    trunk.control_destination = params.flag("destination", default=trunk.control_destination)


async def _set_knobs(pbx: Pbx, params: Params) -> None:
    known = {field.name for field in fields(pbx.knobs)}
    for name, value in params.values.items():
        if name not in known:
            raise CommandError(f"There is no knob {name!r}")
        _check_kind(name, value, getattr(pbx.knobs, name))
    for name, value in params.values.items():
        kind = set if isinstance(getattr(pbx.knobs, name), set) else None
        setattr(pbx.knobs, name, kind(value) if kind else value)


_LOOSE: Mapping[str, tuple[type, ...]] = {
    "old_tls": (bool, str),
    "max_url_length": (int, type(None)),
    "answer_content_type": (bool, type(None)),
    "answer_after": (int, float, type(None)),
}


def _check_kind(name: str, value: Any, now: Any) -> None:
    """Refuse a value of another type than the knob's."""
    kinds: tuple[type, ...] = _LOOSE.get(name, (type(now),))
    if float in kinds or int in kinds:
        kinds = (*kinds, float, int)
    if set in kinds:
        kinds = (list,)
    wrong = not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)
    if wrong:
        raise CommandError(f"{name!r} cannot be {value!r}")


async def _drop_tokens(pbx: Pbx, _params: Params) -> None:
    pbx.drop_tokens()


async def _drop_events(pbx: Pbx, _params: Params) -> None:
    if not pbx.event_port:
        raise CommandError("There is no event stream")
    pbx.events.drop()


async def _lock_out(pbx: Pbx, params: Params) -> None:
    pbx.lockout.lock(params.text("address"))


async def _unlock(pbx: Pbx, _params: Params) -> None:
    pbx.lockout.clear()


async def _set_password(pbx: Pbx, params: Params) -> None:
    pbx.set_password(params.text("password"))


async def _set_clock(pbx: Pbx, params: Params) -> None:
    pbx.device.clock_error = params.signed("error")


async def _report(pbx: Pbx, params: Params) -> None:
    report = params.values.get("report")
    if not isinstance(report, dict | str):
        raise CommandError("'report' is neither an object nor a text")
    await pbx.send_report(report.encode() if isinstance(report, str) else report)


async def _settle(pbx: Pbx, _params: Params) -> None:
    await pbx.settle()


async def _reboot(pbx: Pbx, params: Params) -> None:
    keep = params.flag("keep_tokens")
    await pbx.reboot(keep_tokens=keep, seconds=params.number("seconds", 5))


async def _away(pbx: Pbx, params: Params) -> None:
    await pbx.go_away()
    await pbx.sleep(params.number("seconds", 10))
    await pbx.come_back()


async def _renew_certificate(pbx: Pbx, _params: Params) -> None:
    if pbx.certificate:
        await pbx.renew_certificate()


COMMANDS: Mapping[str, Command] = {
    "extension/status": _set_status,
    "extension/register": _register,
    "extension/unregister": _unregister,
    "extension/add": _add_extension,
    "extension/remove": _remove_extension,
    "extension/rename": _rename_extension,
    "extension/dnd": _set_dnd,
    "extension/forward": _set_forwarding,
    "extension/mobile": _set_mobile,
    "trunk/status": _set_trunk_status,
    "trunk/add": _add_trunk,
    "trunk/remove": _remove_trunk,
    "trunk/rename": _rename_trunk,
    "trunk/control": _control_trunk,
    "knobs": _set_knobs,
    "tokens/drop": _drop_tokens,
    "events/drop": _drop_events,
    "logins/lock_out": _lock_out,
    "logins/unlock": _unlock,
    "logins/password": _set_password,
    "clock": _set_clock,
    "reports/send": _report,
    "reports/settle": _settle,
    **CALL_COMMANDS,
}

DELAYED: Mapping[str, Callable[[Pbx, Params], Coroutine[Any, Any, None]]] = {
    "reboot": _reboot,
    "away": _away,
    "certificate/renew": _renew_certificate,
}
"""Commands that cut connections: they start a moment after their answer."""
