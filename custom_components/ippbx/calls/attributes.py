"""The attributes of calls, in events, entities, triggers and responses."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from itertools import compress
from typing import Any, Final

from ..const import DOMAIN
from ..numbers.phone_numbers import compact
from ..pbx.model.tracked import CallChange, CallDirection, TrackedCall
from .history.entries import LogEntry, LogGap, LogItem
from .names import Names

EVENT_CALL: Final = f"{DOMAIN}_call"
"""The bus event for each event of a call event entity: device_id, type, call_id; no numbers."""

PERSONAL: Final = frozenset(
    ("caller", "caller_name", "caller_uri", "callee", "did", "answered_by", "key", "all_keys")
)
"""Attributes with numbers or names of people, or a typed code: excluded from the recorder."""


class CallAttributes:
    """The attributes of calls; those of the last call are cached, as several entities show it."""

    def __init__(self, names: Names) -> None:
        """Start with an empty cache."""
        self._names = names
        self._last: tuple[TrackedCall, dict[str, Any]] | None = None

    def forget(self) -> None:
        """Clear the cache: numbers may have other names now."""
        self._last = None

    def of(self, call: TrackedCall) -> Mapping[str, Any]:
        """Return the attributes of a call; unknown ones are left out."""
        if self._last is None or self._last[0] is not call:
            self._last = call, call_attributes(call, self._names)
        return self._last[1]

    def of_change(self, change: CallChange, extension: str) -> dict[str, Any]:
        """Return the attributes of an event; unknown ones are left out.

        Args:
            extension: the extension of the event entity; empty for the PBX, whose event names the
                first extension of the change.
        """
        attributes = {**self.of(change.call)}
        if extension or change.extensions:
            attributes["extension"] = extension or change.extensions[0]
        if change.key:
            attributes["key"] = change.key
        if change.keys:
            attributes["all_keys"] = change.keys  # templates take `keys` for the method
        if change.until is not None:
            attributes["until"] = change.until.isoformat()
        if change.late:
            attributes["late"] = True
        return attributes


def call_attributes(call: TrackedCall, names: Names) -> dict[str, Any]:
    """Return the attributes of a call; unknown ones are left out."""
    attributes: dict[str, Any] = {
        "call_id": call.call_id,
        # As text: templates show a member of an enum as one, and all that has it as one long text.
        "direction": call.direction and call.direction.value,
        "caller": call.caller,
        "caller_name": names.name_in(call, "caller"),
        "caller_uri": caller_uri(call),
        "vip": names.is_vip(call.caller) or None if call.caller else None,
        "callee": call.callee,
        "trunk": call.trunk,
        "did": call.did,
        "path": call.path,
        "answered_by": call.answered_by,
        "outcome": call.outcome and call.outcome.value,
        "started": _iso(call.started),
    }
    known = dict(compress(attributes.items(), attributes.values()))
    if call.ring_seconds is not None:
        known["ring_seconds"] = call.ring_seconds
    if call.talk_seconds is not None:
        known["talk_seconds"] = call.talk_seconds
    return known


_iso = lru_cache(maxsize=256)(datetime.isoformat)  # several events of a call have its start


def caller_uri(call: TrackedCall | LogEntry) -> str:
    """Return an outside caller's number as a tel: URI, which templates keep as text."""
    if call.direction is not CallDirection.INBOUND:
        return ""
    number = compact(call.caller)
    return f"tel:{number}" if number.removeprefix("+").isdecimal() else ""


def call_data(call: TrackedCall, names: Names) -> dict[str, Any]:
    """Return what a response, or a card, has of a call."""
    return {
        **call_attributes(call, names),
        "state": str(call.state),
        "answered": None if call.answered is None else call.answered.isoformat(),
        "extensions": list(dict.fromkeys(call.extensions)),
    }


def log_data(item: LogItem, names: Names) -> dict[str, Any]:
    """Return what a response, or a card, has of an item of the log; unknown values are left out."""
    row = item.as_row()
    if isinstance(item, LogGap):
        return {"kind": "gap", "started": row["started"], "ended": row["ended"]}
    row.pop("rang", None)
    more = {
        "caller_name": names.name_in(item, "caller"),
        "caller_uri": caller_uri(item),
        "callee_name": names.name_in(item, "callee"),
        "vip": bool(item.caller) and names.is_vip(item.caller),
    }
    return {"kind": "call", **row, **{name: value for name, value in more.items() if value}}
