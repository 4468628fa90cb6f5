"""What the system-health page shows of all PBXs: no secret, no name, no number, no address."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .coordinator import PbxConfigEntry, PbxCoordinator
from .pbx.errors import PbxError

ROWS: Mapping[str, Callable[[PbxCoordinator], str]] = {
    "link": lambda pbx: "up" if pbx.link.up else "down",
    "reports_arriving": lambda pbx: pbx.data.reports.name.lower(),
    "report_path": lambda pbx: f"{pbx.path.current} ({pbx.path.reason})",
    "last_report": lambda pbx: (
        pbx.intake.last_report.isoformat() if pbx.intake.last_report else "none"
    ),
    "dialect": lambda pbx: pbx.client.dialect.key,
    "firmware": lambda pbx: pbx.data.info.firmware or "unknown",
}
"""One line of the page each, with a value for each PBX."""
LOADED, REACHABLE = "loaded", "can_reach_pbx"


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Have the page show what `async_info` returns."""
    register.async_register_info(async_info)


async def async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return the lines of the page; several PBXs stand side by side in each."""
    entries: list[PbxConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    pbxs = [each.runtime_data for each in entries if each.state is ConfigEntryState.LOADED]
    shown: dict[str, Any] = {LOADED: f"{len(pbxs)} / {len(entries)}"}
    if not pbxs:
        return shown
    return (
        shown
        | {REACHABLE: _async_reachable(pbxs)}
        | {name: ", ".join(map(row, pbxs)) for name, row in ROWS.items()}
    )


async def _async_reachable(pbxs: list[PbxCoordinator]) -> str | dict[str, str]:
    """Ask every PBX what costs no login; the page shows the rest meanwhile."""
    for pbx in pbxs:
        try:
            await pbx.client.probe()
        except PbxError:
            return {"type": "failed", "error": "unreachable"}
    return "ok"
