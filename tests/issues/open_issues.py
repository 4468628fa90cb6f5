"""The open issues of a PBX in Repairs."""

from typing import Any

from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import issue_registry as ir

from custom_components.ippbx.const import DOMAIN
from tests.house import House


def open_issues(house: House) -> dict[str, dict[str, Any]]:
    """Return the placeholders of the texts of all open issues of a PBX, by kind."""
    end = f"_{house.entry.entry_id}"
    return {
        issue.issue_id.removesuffix(end): issue.translation_placeholders or {}
        for issue in ir.async_get(house.hass).issues.values()
        if issue.domain == DOMAIN and issue.active
    }


def watch_issues(hass: HomeAssistant) -> list[tuple[str, str]]:
    """Return a list that grows with each issue that is opened or closed."""
    seen: list[tuple[str, str]] = []

    def note(event: Event) -> None:
        seen.append((event.data["action"], event.data["issue_id"].rpartition("_")[0]))

    hass.bus.async_listen(ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, note)
    return seen
