"""The fixes that Repairs offers: each confirms one change of the entry, which is then loaded again."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.repairs import RepairsFlow
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResult
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol

from .const import CONF_FINGERPRINT, CONF_NETWORKS, DOMAIN
from .issues import CERTIFICATE_CHANGED, UNKNOWN_SOURCE

type Details = dict[str, str | int | float | None]


def _accept_source(hass: HomeAssistant, entry: ConfigEntry, details: Details) -> None:
    networks = dict.fromkeys((*entry.options.get(CONF_NETWORKS, ()), str(details["source"])))
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, CONF_NETWORKS: list(networks)}
    )


def _trust_certificate(hass: HomeAssistant, entry: ConfigEntry, details: Details) -> None:
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_FINGERPRINT: str(details["fingerprint"])}
    )


_FIXES: dict[str, Callable[[HomeAssistant, ConfigEntry, Details], None]] = {
    UNKNOWN_SOURCE: _accept_source,
    CERTIFICATE_CHANGED: _trust_certificate,
}


class ConfirmedFixFlow(RepairsFlow):
    """Asks once, changes the entry, and has it loaded again."""

    def __init__(self, kind: str, details: Details) -> None:
        """Keep what is to be fixed."""
        super().__init__()
        self._kind = kind
        self._details = details

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> FlowResult[Any, Any]:
        """Begin with the question."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> FlowResult[Any, Any]:
        """Ask, then do it."""
        entry = self.hass.config_entries.async_get_entry(str(self._details.get("entry_id")))
        if entry is None:
            return self.async_abort(reason="entry_gone")
        if user_input is not None:
            _FIXES[self._kind](self.hass, entry, self._details)
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
            return self.async_create_entry(data={})
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders=issue.translation_placeholders if issue else None,
        )


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: Details | None
) -> RepairsFlow:
    """Return the flow that fixes an issue of ours."""
    details = data or {}
    kind = issue_id.removesuffix(f"_{details.get('entry_id')}")
    return ConfirmedFixFlow(kind, details)
