"""What the user must decide or know, said in Repairs."""

from typing import Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..const import DOMAIN

type Details = dict[str, str]

UNKNOWN_SOURCE: Final = "unknown_source"
CERTIFICATE_CHANGED: Final = "certificate_changed"
LOCKED_OUT: Final = "locked_out"
API_OFF: Final = "api_off"
FIRMWARE_FAULTY: Final = "firmware_faulty"
CLOCK_WRONG: Final = "clock_wrong"

MONITOR_OFF: Final = "monitor_off"
REPORTS_PORT_TAKEN: Final = "reports_port_taken"
REPORTS_STREAM_REFUSED: Final = "reports_stream_refused"
REPORTS_STREAM_DOWN: Final = "reports_stream_down"
REPORTS_TLS_ONLY: Final = "reports_tls_only"
REPORTS_ADDRESS_CHOSEN: Final = "reports_address_chosen"
REPORTS_CONTAINER: Final = "reports_container"
REPORTS_OTHER_NETWORK: Final = "reports_other_network"
REPORTS_PATH_CHOSEN: Final = "reports_path_chosen"
REPORTS_LOST: Final = "reports_lost"

FIXABLE: Final = (
    UNKNOWN_SOURCE,
    CERTIFICATE_CHANGED,
    REPORTS_PORT_TAKEN,
    REPORTS_TLS_ONLY,
    REPORTS_ADDRESS_CHOSEN,
    REPORTS_CONTAINER,
    REPORTS_OTHER_NETWORK,
    REPORTS_PATH_CHOSEN,
    REPORTS_LOST,
)
"""Kinds for which `repairs.py` has a fix."""
TOLD: Final = (
    LOCKED_OUT,
    API_OFF,
    FIRMWARE_FAULTY,
    CLOCK_WRONG,
    MONITOR_OFF,
    REPORTS_STREAM_REFUSED,
    REPORTS_STREAM_DOWN,
)
"""Kinds that can only be told."""
KINDS: Final = FIXABLE + TOLD
"""All kinds; each is also the key of its texts, and open once for an entry at most."""


@callback
def async_report(hass: HomeAssistant, entry: ConfigEntry, kind: str, details: Details) -> None:
    """Say that something is wrong; said again with other details it replaces what was said before.

    Args:
        details: what the texts show beside the title of the entry, and what a fix needs.
    """
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{kind}_{entry.entry_id}",
        data={"entry_id": entry.entry_id, **details},
        is_fixable=kind in FIXABLE,
        severity=ir.IssueSeverity.WARNING,
        translation_key=kind,
        translation_placeholders={"title": entry.title, **details},
    )


@callback
def async_report_unknown_source(hass: HomeAssistant, entry: ConfigEntry, source: str) -> None:
    """Ask whether reports with the right serial number may come from this address, too."""
    async_report(hass, entry, UNKNOWN_SOURCE, {"source": source})


@callback
def async_report_certificate(hass: HomeAssistant, entry: ConfigEntry, fingerprint: str) -> None:
    """Ask whether the new certificate of the PBX is to be trusted."""
    async_report(hass, entry, CERTIFICATE_CHANGED, {"fingerprint": fingerprint})


@callback
def async_clear_issues(hass: HomeAssistant, entry: ConfigEntry, *kinds: str) -> None:
    """Take back what is no longer so; everything where no kind is named."""
    for kind in kinds or KINDS:
        ir.async_delete_issue(hass, DOMAIN, f"{kind}_{entry.entry_id}")


@callback
def async_clear_issues_of_disabled(hass: HomeAssistant) -> None:
    """Take back, from now on, what was said of entries that are switched off.

    An entry that waits to be set up is switched off without any call to its integration.
    """

    @callback
    def changed(_change: ConfigEntryChange, entry: ConfigEntry) -> None:
        off = entry.disabled_by is not None and entry.state is ConfigEntryState.NOT_LOADED
        if entry.domain == DOMAIN and off:
            async_clear_issues(hass, entry)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed)
