"""What a user may hand out to show how an entry fares: no secret, no name, no number in it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from homeassistant.const import CONF_PORT, CONF_SSL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .const import (
    CONF_ADDRESS_MODE,
    CONF_ALLOW_LISTENING,
    CONF_ALLOWED_NUMBERS,
    CONF_CALL_LOG_SIZE,
    CONF_CHOSEN_EXTENSIONS,
    CONF_CONTACTS,
    CONF_DIALECT,
    CONF_EVENT_PORT,
    CONF_EXTENSIONS,
    CONF_FINGERPRINT,
    CONF_HEARTBEAT_INTERVAL,
    CONF_LISTENER_PORT,
    CONF_MASK_NUMBERS,
    CONF_MISSED_FOR,
    CONF_NETWORKS,
    CONF_OLD_TLS,
    CONF_OUTSIDE_LIMIT,
    CONF_READ_ONLY,
    CONF_REPORT_PATH,
)
from .coordinator import PbxConfigEntry, PbxCoordinator
from .pbx.model.actions import Action
from .pbx.model.lines import Extension, Trunk
from .pbx.uc.firmware import mended_in
from .reports.address import origin
from .state.store import PbxState

_SHOWN_DATA = (CONF_PORT, CONF_SSL, CONF_VERIFY_SSL, CONF_DIALECT, CONF_OLD_TLS, CONF_REPORT_PATH)
_SHOWN_OPTIONS = (
    CONF_HEARTBEAT_INTERVAL,
    CONF_EXTENSIONS,
    CONF_ADDRESS_MODE,
    CONF_REPORT_PATH,
    CONF_LISTENER_PORT,
    CONF_EVENT_PORT,
    CONF_MISSED_FOR,
    CONF_CALL_LOG_SIZE,
    CONF_MASK_NUMBERS,
    CONF_READ_ONLY,
    CONF_OUTSIDE_LIMIT,
    CONF_ALLOW_LISTENING,
)
_COUNTED = (CONF_ALLOWED_NUMBERS, CONF_CHOSEN_EXTENSIONS, CONF_CONTACTS, CONF_NETWORKS)

_NO_INFO = ("serial", "clock_error", "fixed_in")


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: PbxConfigEntry
) -> dict[str, Any]:
    """Return the state of an entry and its last exchanges with the PBX.

    Only what is listed here is shown; the exchanges are masked by the trace, which
    `python -m pbx_simulator --replay` plays. An entry that is not loaded, which may be the one that
    needs help most, shows what there is of it.
    """
    shown: dict[str, Any] = {"entry": _entry(entry)}
    coordinator: PbxCoordinator | None = getattr(entry, "runtime_data", None)
    if coordinator is None:
        return shown
    # Masking reads every byte of up to 200 bodies: not on the event loop.
    trace = await hass.async_add_executor_job(
        coordinator.trace.copy().dump, coordinator.client.dialect.key
    )
    return shown | {
        "pbx": {
            "dialect": coordinator.client.dialect.key,
            "offers": [each for each in Action if coordinator.client.control.offers(each)],
            **(_known(coordinator.data) if coordinator.data is not None else {}),
        },
        "link": _link(coordinator),
        "reports": _reports(coordinator),
        "calls": _calls(coordinator),
        "troubles": coordinator.troubles.kinds,
        "trace": trace,
    }


def _entry(entry: PbxConfigEntry) -> dict[str, Any]:
    return {
        "state": entry.state.value,
        "reason": entry.error_reason_translation_key,
        "data": {key: entry.data.get(key) for key in _SHOWN_DATA}
        | {"certificate_pinned": bool(entry.data.get(CONF_FINGERPRINT))},
        "options": {key: entry.options[key] for key in _SHOWN_OPTIONS if key in entry.options}
        | {key: len(entry.options.get(key, ())) for key in _COUNTED},
    }


def _known(state: PbxState) -> dict[str, Any]:
    info = {key: value for key, value in asdict(state.info).items() if key not in _NO_INFO}
    return {
        "info": info,
        "update_firmware_to": mended_in(state.info),
        "extensions": _statuses(state.extensions.values()),
        "trunks": _statuses(state.trunks.values()),
    }


def _statuses(items: Iterable[Extension | Trunk]) -> dict[str, int]:
    """Return how many items have which status."""
    return dict(Counter(str(item.status) for item in items))


def _age(moment: datetime | None) -> float | None:
    """Return how long ago something was, in seconds."""
    return None if moment is None else round((dt_util.utcnow() - moment).total_seconds(), 1)


def _link(coordinator: PbxCoordinator) -> dict[str, Any]:
    link = coordinator.link
    return {
        "up": link.up,
        "down_for": _age(link.down_since),
        "beats": link.beats,
        "failures": dict(link.failures),
        "logins": coordinator.client.logins,
        "report_transport": coordinator.client.report_transport,
        "token_age": coordinator.client.token_age,
        "last_heartbeat": link.last_heartbeat.isoformat() if link.last_heartbeat else None,
        "last_heartbeat_age": _age(link.last_heartbeat),
        "last_error": repr(link.last_error) if link.last_error else None,
        "now": dt_util.utcnow().isoformat(),
    }


def _reports(coordinator: PbxCoordinator) -> dict[str, Any]:
    entry, intake = coordinator.config_entry, coordinator.intake
    told, state = coordinator.link.told, coordinator.data
    return {
        "path": coordinator.path.current,
        "path_reason": coordinator.path.reason,
        "port": coordinator.path.port,
        "address_origin": origin(entry.data, entry.options),
        "urltag": told.urltag if told else None,
        "arriving": state.reports.name.lower() if state is not None else None,
        "accepted": dict(intake.accepted),
        "rejected": dict(intake.rejected),
        "listener": coordinator.path.listener_counts,
        "stream": coordinator.path.stream.facts,
        "last_report": intake.last_report.isoformat() if intake.last_report else None,
        "last_report_age": _age(intake.last_report),
        "silent_extensions": len(coordinator.proof.silent.numbers),
        "resync_corrections": coordinator.reading.corrections,
    }


def _calls(coordinator: PbxCoordinator) -> dict[str, Any]:
    calls = coordinator.calls
    return {
        "active": len(calls.tracker.active),
        "missed": calls.missed.count,
        "logged": len(coordinator.call_log),
        "found_afterwards": coordinator.history.backfill.found,
        "keeps_records": calls.tracker.keeps_records,
        "told": dict(calls.told),
        "outcomes": dict(calls.outcomes),
    }
