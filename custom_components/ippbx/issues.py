"""What the user must decide or know, said in Repairs."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN

UNKNOWN_SOURCE = "unknown_source"
CERTIFICATE_CHANGED = "certificate_changed"
KINDS = (UNKNOWN_SOURCE, CERTIFICATE_CHANGED)


@callback
def async_report_unknown_source(hass: HomeAssistant, entry: ConfigEntry, source: str) -> None:
    """Ask whether reports with the right serial number may come from this address, too."""
    _async_create(hass, entry, UNKNOWN_SOURCE, source=source)


@callback
def async_report_certificate(hass: HomeAssistant, entry: ConfigEntry, fingerprint: str) -> None:
    """Ask whether the new certificate of the PBX is to be trusted."""
    _async_create(hass, entry, CERTIFICATE_CHANGED, fingerprint=fingerprint)


@callback
def async_clear_issues(hass: HomeAssistant, entry: ConfigEntry, *kinds: str) -> None:
    """Take back what is no longer so; everything where no kind is named."""
    for kind in kinds or KINDS:
        ir.async_delete_issue(hass, DOMAIN, f"{kind}_{entry.entry_id}")


@callback
def _async_create(hass: HomeAssistant, entry: ConfigEntry, kind: str, **details: str) -> None:
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{kind}_{entry.entry_id}",
        data={"entry_id": entry.entry_id, **details},
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=kind,
        translation_placeholders={"title": entry.title, **details},
    )
