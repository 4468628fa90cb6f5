"""What Repairs says of a house's PBX."""

from typing import Any

from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import issue_registry as ir

from custom_components.ippbx.const import DOMAIN
from tests.house import House


def told(house: House) -> dict[str, dict[str, Any]]:
    """Return what Repairs says of a PBX, by kind, with what the texts show."""
    end = f"_{house.entry.entry_id}"
    return {
        issue.issue_id.removesuffix(end): issue.translation_placeholders or {}
        for issue in ir.async_get(house.hass).issues.values()
        if issue.domain == DOMAIN and issue.active
    }


def watch(hass: HomeAssistant) -> list[tuple[str, str]]:
    """Return a list that grows with all that is said in Repairs and taken back."""
    seen: list[tuple[str, str]] = []

    def note(event: Event) -> None:
        seen.append((event.data["action"], event.data["issue_id"].rpartition("_")[0]))

    hass.bus.async_listen(ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, note)
    return seen
