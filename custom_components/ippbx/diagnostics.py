"""Diagnostics that a user can publish: no secret, no name, no number."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from homeassistant.const import CONF_PORT, CONF_SSL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module
from homeassistant.util import dt as dt_util

from .const import (
    CHANNEL_STREAM,
    CONF_ADDRESS_MODE,
    CONF_ALLOW_LISTENING,
    CONF_ALLOWED_NUMBERS,
    CONF_CALL_LOG_SIZE,
    CONF_CHANNEL,
    CONF_CHOSEN_EXTENSIONS,
    CONF_CONTROLS,
    CONF_DIALECT,
    CONF_DOOR_PHONES,
    CONF_EVENT_PORT,
    CONF_EXTENSIONS,
    CONF_FINGERPRINT,
    CONF_FIXED_HOST,
    CONF_FIXED_PORT,
    CONF_FIXED_URL,
    CONF_FOLLOW_CONTACTS,
    CONF_HEARTBEAT_INTERVAL,
    CONF_LISTENER_PORT,
    CONF_MASK_NUMBERS,
    CONF_MISSED_FOR,
    CONF_NETWORKS,
    CONF_OLD_TLS,
    CONF_OUTSIDE_LIMIT,
    CONF_PAGING_GROUPS,
    CONF_READ_ONLY,
    CONF_RECORDINGS,
    CONF_SHOW_CALLERS,
    CONF_VOICE,
)
from .contacts.shared import async_get_contacts
from .flows.check import FORM_FAILURES
from .pbx.backend import Arrivals, FeedState
from .pbx.model.actions import Action
from .pbx.model.lines import Extension, Trunk
from .reports.address import origin
from .runtime import PbxConfigEntry, PbxRuntime

_SHOWN_DATA = (CONF_PORT, CONF_SSL, CONF_VERIFY_SSL, CONF_DIALECT, CONF_OLD_TLS, CONF_CHANNEL)
_SHOWN_OPTIONS = (
    CONF_HEARTBEAT_INTERVAL,
    CONF_EXTENSIONS,
    CONF_ADDRESS_MODE,
    CONF_FIXED_PORT,
    CONF_CHANNEL,
    CONF_LISTENER_PORT,
    CONF_CONTROLS,
    CONF_EVENT_PORT,
    CONF_MISSED_FOR,
    CONF_CALL_LOG_SIZE,
    CONF_MASK_NUMBERS,
    CONF_SHOW_CALLERS,
    CONF_RECORDINGS,
    CONF_READ_ONLY,
    CONF_OUTSIDE_LIMIT,
    CONF_ALLOW_LISTENING,
    CONF_FOLLOW_CONTACTS,
    CONF_VOICE,
)
_COUNTED = (
    CONF_ALLOWED_NUMBERS,
    CONF_CHOSEN_EXTENSIONS,
    CONF_DOOR_PHONES,
    CONF_PAGING_GROUPS,
    CONF_NETWORKS,
)
_GIVEN = (CONF_FIXED_HOST, CONF_FIXED_URL)  # addresses: whether there is one

_NO_INFO = ("serial", "clock_error")


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: PbxConfigEntry
) -> dict[str, Any]:
    """Return the state of an entry and its last exchanges with the PBX.

    Only the keys listed here are shown, and the trace masks the exchanges, which
    `python -m pbx_simulator --replay` plays. Of an entry that failed to load, what exists is shown.
    """
    shown: dict[str, Any] = {"entry": _entry(entry), "failed_forms": FORM_FAILURES.count}
    runtime: PbxRuntime | None = getattr(entry, "runtime_data", None)
    if runtime is None:
        return shown
    contacts = await async_get_contacts(hass)
    dump = await async_import_module(hass, f"{__package__}.pbx.trace.dump")
    # Masking reads every byte of up to 200 bodies: not on the event loop.
    trace = await hass.async_add_executor_job(
        dump.dump, runtime.trace.copy(), runtime.backend.variant.key
    )
    return shown | {
        "pbx": {
            "dialect": runtime.backend.variant.key,
            "offers": [each for each in Action if each in runtime.backend.capabilities.actions],
            **(_known(runtime, dump.is_model) if runtime.store.is_known else {}),
        },
        "link": _link(runtime),
        "reports": _reports(runtime),
        "findings": _findings(runtime),
        "reads": {
            "unread": runtime.coordinator.failures.endpoints,
            "missing": len(runtime.store.missing),
            "failed_runs": runtime.coordinator.failed_runs,
        },
        "calls": _calls(runtime),
        "contacts": {
            "own": len(contacts.rows),
            "company": len(contacts.company.get(entry.entry_id, ())),
        },
        "issues": runtime.issues.kinds,
        "trace": trace,
    }


def _entry(entry: PbxConfigEntry) -> dict[str, Any]:
    return {
        "state": entry.state.value,
        "reason": entry.error_reason_translation_key,
        "data": {key: entry.data.get(key) for key in _SHOWN_DATA}
        | {"certificate_pinned": bool(entry.data.get(CONF_FINGERPRINT))},
        "options": {key: entry.options[key] for key in _SHOWN_OPTIONS if key in entry.options}
        | {key: len(entry.options.get(key, ())) for key in _COUNTED}
        | {key: key in entry.options for key in _GIVEN},
    }


def _known(runtime: PbxRuntime, is_model: Callable[[str], bool]) -> dict[str, Any]:
    store = runtime.store
    info = {key: value for key, value in asdict(store.info).items() if key not in _NO_INFO}
    if not is_model(store.info.name):
        info["name"] = None  # its user may have chosen it
    return {
        "info": info,
        "update_firmware_to": runtime.backend.needed_firmware(store.info) or None,
        "extensions": _statuses(store.extensions.values()),
        "trunks": _statuses(store.trunks.values()),
    }


def _statuses(items: Iterable[Extension | Trunk]) -> dict[str, int]:
    """Return the number of items by status."""
    return dict(Counter(str(item.status) for item in items))


def _age(moment: datetime | None) -> float | None:
    """Return the seconds since a moment."""
    return None if moment is None else round((dt_util.utcnow() - moment).total_seconds(), 1)


def _link(runtime: PbxRuntime) -> dict[str, Any]:
    link, session = runtime.link, runtime.backend.session
    return {
        "up": link.up,
        "down_for": _age(link.down_since),
        "heartbeats": link.heartbeats,
        "failures": dict(link.failures),
        "failed_runs": link.failed_runs,
        "logins": session.count,
        "report_transport": session.delivery,
        "token_age": session.age,
        "last_heartbeat": link.last_heartbeat.isoformat() if link.last_heartbeat else None,
        "last_heartbeat_age": _age(link.last_heartbeat),
        "last_error": repr(link.last_error) if link.last_error else None,
        "now": dt_util.utcnow().isoformat(),
    }


def _reports(runtime: PbxRuntime) -> dict[str, Any]:
    entry, receiver, channel = runtime.entry, runtime.receiver, runtime.channel
    address, store = runtime.link.registered, runtime.store
    return {
        "channel": channel.current,
        "channel_reason": channel.reason,
        "port": channel.port,
        "address_origin": origin(entry.data, entry.options),
        "urltag": address.urltag if address else None,
        "arriving": store.delivery.name.lower() if store.is_known else None,
        "accepted": dict(receiver.accepted),
        "rejected": dict(receiver.rejected),
        "listener": channel.listener_counts,
        "stream": channel.feed_facts,
        "last_report": receiver.last_report.isoformat() if receiver.last_report else None,
        "last_report_age": _age(receiver.last_report),
        "unmonitored_extensions": len(runtime.delivery.unmonitored.numbers),
        "unmonitored_trunks": len(runtime.unmonitored_trunks.names),
        "corrections": runtime.corrections,
    }


def _findings(runtime: PbxRuntime) -> dict[str, str]:
    """Return what this PBX has shown of the open lines of docs/protocol-notes.md."""
    receiver, channel = runtime.receiver, runtime.channel
    posted = 0 if channel.current == CHANNEL_STREAM else receiver.accepted.total()
    arrivals = Arrivals(
        at_path=posted - receiver.at_root,
        at_root=receiver.at_root,
        feed=channel.feed_facts.get("state", FeedState.IDLE),
    )
    return {key: str(found) for key, found in runtime.backend.findings(arrivals).items()}


def _calls(runtime: PbxRuntime) -> dict[str, Any]:
    calls, history = runtime.calls, runtime.history
    return {
        "active": calls.count,
        "missed": calls.missed.count,
        "logged": len(history.log),
        "found_afterwards": history.backfill.found,
        "keeps_records": calls.tracker.index.keeps_records,
        "published": dict(calls.published),
        "stale": calls.stale.count,
        "outcomes": dict(calls.outcomes),
        "rules": calls.tracker.rules_used,
    }
