"""The issues in Repairs: their kinds, opening and closing."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.loader import async_get_loaded_integration
from homeassistant.util import dt as dt_util

from ..const import CONF_MISSING_SINCE, DOMAIN

type Details = dict[str, str]

UNKNOWN_SOURCE: Final = "unknown_source"
CERTIFICATE_CHANGED: Final = "certificate_changed"
OTHER_PBX: Final = "other_pbx"
LOCKED_OUT: Final = "locked_out"
SESSIONS_END: Final = "sessions_end"
API_OFF: Final = "api_off"
FIRMWARE_FAULTY: Final = "firmware_faulty"
CLOCK_WRONG: Final = "clock_wrong"
READ_FAILS: Final = "read_fails"
CERTIFICATE_EXPIRES: Final = "certificate_expires"
CERTIFICATE_EXPIRED: Final = "certificate_expired"
CERTIFICATE_UNTRUSTED: Final = "certificate_untrusted"

DOOR_PHONE_GONE: Final = "door_phone_gone"
MONITOR_OFF: Final = "monitor_off"
TRUNK_MONITOR_OFF: Final = "trunk_monitor_off"
REPORTS_PORT_TAKEN: Final = "reports_port_taken"
REPORTS_STREAM_REFUSED: Final = "reports_stream_refused"
REPORTS_STREAM_DOWN: Final = "reports_stream_down"
REPORTS_TLS_ONLY: Final = "reports_tls_only"
REPORTS_ADDRESS_CHOSEN: Final = "reports_address_chosen"
REPORTS_CONTAINER: Final = "reports_container"
REPORTS_OTHER_NETWORK: Final = "reports_other_network"
REPORTS_CHANNEL_CHOSEN: Final = "reports_path_chosen"
REPORTS_LOST: Final = "reports_lost"

FIXABLE: Final = (
    UNKNOWN_SOURCE,
    CERTIFICATE_CHANGED,
    OTHER_PBX,
    REPORTS_PORT_TAKEN,
    REPORTS_TLS_ONLY,
    REPORTS_ADDRESS_CHOSEN,
    REPORTS_CONTAINER,
    REPORTS_OTHER_NETWORK,
    REPORTS_CHANNEL_CHOSEN,
    REPORTS_LOST,
)
"""Kinds with a fix in `fixes.py`."""
NOT_FIXABLE: Final = (
    LOCKED_OUT,
    SESSIONS_END,
    API_OFF,
    FIRMWARE_FAULTY,
    CLOCK_WRONG,
    READ_FAILS,
    CERTIFICATE_EXPIRES,
    CERTIFICATE_EXPIRED,
    CERTIFICATE_UNTRUSTED,
    DOOR_PHONE_GONE,
    MONITOR_OFF,
    TRUNK_MONITOR_OFF,
    REPORTS_STREAM_REFUSED,
    REPORTS_STREAM_DOWN,
)
KINDS: Final = FIXABLE + NOT_FIXABLE
"""All kinds; each is also a translation key, and open at most once for an entry."""
FOUND_BY_RULES: Final = frozenset(KINDS) - {UNKNOWN_SOURCE}
"""Kinds that facts decide; the other one is found, and closed, by reports."""
FOUND_AGAIN_WITHIN: Final = timedelta(days=7)
"""How long an ignored issue stays that a start does not find: some problems show by use alone."""


@callback
def async_open_issue(hass: HomeAssistant, entry: ConfigEntry, kind: str, details: Details) -> None:
    """Open an issue of one of the `KINDS`, or replace it.

    `details` are the placeholders of the texts, beside the title of the entry, and data of the fix.
    """
    documentation = async_get_loaded_integration(hass, DOMAIN).documentation
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{kind}_{entry.entry_id}",
        data={"entry_id": entry.entry_id, **details},
        is_fixable=kind in FIXABLE,
        learn_more_url=f"{documentation}/blob/main/docs/troubleshooting.md#{kind}",
        severity=ir.IssueSeverity.WARNING,
        translation_key=kind,
        translation_placeholders={"title": entry.title, **details},
    )


@callback
def async_open_setup_issues(
    hass: HomeAssistant, entry: ConfigEntry, problems: Mapping[str, Details]
) -> None:
    """Open the issues of a failed set-up; close all others but that of another PBX.

    A login that waits for its turn says nothing of the serial number.
    """
    async_withdraw_issues(hass, entry, *set(KINDS).difference(problems, (OTHER_PBX,)))
    for kind, details in problems.items():
        async_open_issue(hass, entry, kind, details)


@callback
def async_clear_issues(hass: HomeAssistant, entry: ConfigEntry, *kinds: str) -> None:
    """Close the issues of these kinds; all kinds by default."""
    for kind in kinds or KINDS:
        ir.async_delete_issue(hass, DOMAIN, f"{kind}_{entry.entry_id}")


@callback
def async_withdraw_issues(hass: HomeAssistant, entry: ConfigEntry, *kinds: str) -> None:
    """Close the issues of these kinds, whose problems may go on.

    Those that a user ignored stay as they are: nobody sees them, and Home Assistant forgets with
    an issue that it was ignored.
    """
    for kind in kinds:
        if not _is_ignored(hass, entry, kind):
            async_clear_issues(hass, entry, kind)


def _is_ignored(hass: HomeAssistant, entry: ConfigEntry, kind: str) -> bool:
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"{kind}_{entry.entry_id}")
    return issue is not None and issue.dismissed_version is not None


class OpenIssues:
    """The issues of a loaded entry, each open as long as its problem lasts.

    One that was ignored before the entry was loaded may take days to be found again. Since when it
    is missing is kept with the entry: few run for as long without a restart.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Start with none open but those that were ignored."""
        self._hass = hass
        self._entry = entry
        self._open: dict[str, Details] = {}
        self._ignored = {kind for kind in FOUND_BY_RULES if _is_ignored(hass, entry, kind)}

    @property
    def kinds(self) -> list[str]:
        """Return the kinds of open issues, for diagnostics."""
        return list(self._open)

    @callback
    def update(self, problems: Mapping[str, Details]) -> None:
        """Open an issue for each problem, and close all others."""
        self._ignored -= problems.keys()
        if gone := self._missing_too_long() | (self._open.keys() - problems.keys()):
            async_clear_issues(self._hass, self._entry, *gone)
        for kind, details in problems.items():
            # Home Assistant deletes an issue whose fix ended, also where the problem goes on.
            if self._open.get(kind) != details or not self._is_registered(kind):
                async_open_issue(self._hass, self._entry, kind, details)
        self._open = dict(problems)

    @callback
    def withdraw(self) -> None:
        """Close all as the entry is unloaded, whatever becomes of their problems."""
        async_withdraw_issues(self._hass, self._entry, *self._open)
        self._open = {}

    def _missing_too_long(self) -> set[str]:
        """Return what was ignored and is solved by now; keep since when the others are missing."""
        now, kept = dt_util.utcnow(), self._entry.data.get(CONF_MISSING_SINCE, {})
        since = {kind: kept.get(kind, now.timestamp()) for kind in self._ignored}
        too_long_ago = (now - FOUND_AGAIN_WITHIN).timestamp()
        solved = {kind for kind, first in since.items() if first <= too_long_ago}
        self._ignored -= solved
        missing = {kind: since[kind] for kind in self._ignored}
        if missing != kept:
            data = {**self._entry.data, CONF_MISSING_SINCE: missing}
            self._hass.config_entries.async_update_entry(self._entry, data=data)
        return solved

    def _is_registered(self, kind: str) -> bool:
        issue_id = f"{kind}_{self._entry.entry_id}"
        return ir.async_get(self._hass).async_get_issue(DOMAIN, issue_id) is not None
