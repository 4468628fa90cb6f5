"""Repairs: the code of a fix is loaded when somebody opens one."""

from homeassistant.components.repairs import RepairsFlow
from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow that fixes an issue."""
    details = data or {}
    kind = issue_id.removesuffix(f"_{details.get('entry_id')}")
    fixes = await async_import_module(hass, f"{__package__}.fixes")
    flow: RepairsFlow = fixes.ConfirmedFixFlow(kind, details)
    return flow
