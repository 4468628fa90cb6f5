"""The system-health page: no secret and no number; several PBXes are told apart by title."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .pbx.errors import PbxError
from .runtime import PbxConfigEntry, PbxRuntime
from .translation import translation

_NONE = "-"
_ANSWERS = {True: "on", False: "off"}


def _local_time(moment: datetime | None) -> str:
    return f"{dt_util.as_local(moment):%Y-%m-%d %H:%M:%S}" if moment else _NONE


def _answer(pbx: PbxRuntime, holds: bool | None) -> str:
    """Return "Yes", "No" or "-", in the language of Home Assistant."""
    path = "entity.binary_sensor.reports_arriving.state"
    return _NONE if holds is None else translation(pbx.hass, f"{path}.{_ANSWERS[holds]}")


def _channel(pbx: PbxRuntime) -> str:
    return translation(pbx.hass, f"selector.report_path.options.{pbx.channel.current}")


def _dialect(pbx: PbxRuntime) -> str:
    key = pbx.backend.variant.key
    return translation(pbx.hass, f"selector.dialect.options.{key}", key)


ROWS: Mapping[str, Callable[[PbxRuntime], str]] = {
    "link": lambda pbx: _answer(pbx, pbx.link.up),
    "reports_arriving": lambda pbx: _answer(pbx, pbx.store.delivery.value),
    "report_path": _channel,
    "last_report": lambda pbx: _local_time(pbx.receiver.last_report),
    "dialect": _dialect,
    "firmware": lambda pbx: pbx.store.info.firmware or _NONE,
}
"""The lines of the page, each with a value for each PBX."""
LOADED, REACHABLE = "loaded", "can_reach_pbx"


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register the page."""
    register.async_register_info(async_info)


async def async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return the lines of the page; where there are several PBXes, each value has a title."""
    entries: list[PbxConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    pbxs = [each.runtime_data for each in entries if each.state is ConfigEntryState.LOADED]
    shown: dict[str, Any] = {LOADED: f"{len(pbxs)} / {len(entries)}"}
    if not pbxs:
        return shown
    several = len(entries) > 1

    def values(row: Callable[[PbxRuntime], str]) -> str:
        return "; ".join(f"{pbx.entry.title}: {row(pbx)}" if several else row(pbx) for pbx in pbxs)

    return (
        shown
        | {REACHABLE: _async_reachable(pbxs, several=several)}
        | {name: values(row) for name, row in ROWS.items()}
    )


async def _async_reachable(pbxs: list[PbxRuntime], *, several: bool) -> str | dict[str, str]:
    """Return "ok" if every PBX answers a probe, which costs no login."""
    answers = await asyncio.gather(*(_async_answers(pbx) for pbx in pbxs))
    away = [pbx.entry.title for pbx, answered in zip(pbxs, answers, strict=True) if not answered]
    if not away:
        return "ok"
    error = f"unreachable: {', '.join(away)}" if several else "unreachable"
    return {"type": "failed", "error": error}


async def _async_answers(pbx: PbxRuntime) -> bool:
    try:
        await pbx.backend.probe()
    except PbxError:
        return False
    return True
