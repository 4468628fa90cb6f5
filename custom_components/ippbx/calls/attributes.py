"""Puts what happens to a call into words that automations use."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from ..const import DOMAIN
from ..numbers.phone_numbers import compact
from ..pbx.model.tracked import CallChange, CallDirection, TrackedCall
from .history.entries import LogEntry
from .names import Contacts

EVENT_CALL: Final = f"{DOMAIN}_call"
"""The bus event beside every event of a call event entity: device_id, type and call_id, no numbers."""

PERSONAL: Final = frozenset(
    ("caller", "caller_name", "caller_uri", "callee", "did", "answered_by", "key", "keys")
)
"""Attributes that may hold numbers or names of people, or a code that somebody typed: the recorder keeps none of them."""


class CallWords:
    """Puts changes of calls into words. Several entities tell of the same one, so those of the last call are kept."""

    def __init__(self, contacts: Contacts) -> None:
        """Prepare.

        Args:
            contacts: gives names to numbers.
        """
        self._contacts = contacts
        self._last: tuple[TrackedCall, dict[str, Any]] | None = None

    def forget(self) -> None:
        """Keep no words: numbers may have other names now."""
        self._last = None

    def of(self, call: TrackedCall) -> Mapping[str, Any]:
        """Return what is to be said of a call, whatever happened to it; what is not known is left out."""
        if self._last is None or self._last[0] is not call:
            self._last = call, call_attributes(call, self._contacts)
        return self._last[1]

    def told(self, change: CallChange, extension: str) -> dict[str, Any]:
        """Return what an event says; what is not known is left out.

        Args:
            extension: the extension whose event it is; empty for the PBX, whose event names the first one that it is
                news for.
        """
        said = {**self.of(change.call)}
        if extension or change.extensions:
            said["extension"] = extension or change.extensions[0]
        if change.key:
            said["key"] = change.key
        if change.keys:
            said["keys"] = change.keys
        if change.until is not None:
            said["until"] = change.until.isoformat()
        if change.late:
            said["late"] = True
        return said


def call_attributes(call: TrackedCall, contacts: Contacts) -> dict[str, Any]:
    """Return what is to be said of a call, whatever happened to it; what is not known is left out."""
    said = {
        "call_id": call.call_id,
        "direction": call.direction,
        "caller": call.caller,
        "caller_name": contacts.name_of(call.caller) if call.caller else "",
        "caller_uri": caller_uri(call),
        "vip": contacts.is_vip(call.caller) or None if call.caller else None,
        "callee": call.callee,
        "trunk": call.trunk,
        "did": call.did,
        "path": call.path,
        "answered_by": call.answered_by,
        "outcome": call.outcome,
        "ring_seconds": call.ring_seconds,
        "talk_seconds": call.talk_seconds,
        "started": _iso(call.started),
    }
    return {name: value for name, value in said.items() if value or type(value) is int}


_iso = lru_cache(maxsize=256)(datetime.isoformat)  # a call tells when it began again and again


def caller_uri(call: TrackedCall | LogEntry) -> str:
    """Return an outside caller's number so that no template takes it for a plain number."""
    if call.direction is not CallDirection.INBOUND:
        return ""
    number = compact(call.caller)
    return f"tel:{number}" if number.removeprefix("+").isdecimal() else ""
