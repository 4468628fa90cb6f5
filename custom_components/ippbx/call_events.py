"""Puts what happens to a call into words that automations use."""

from typing import Any, Final

from .call_log_entries import LogEntry
from .call_names import Contacts
from .const import DOMAIN
from .pbx.call_models import CallChange, CallDirection, TrackedCall

EVENT_CALL: Final = f"{DOMAIN}_call"
"""The bus event beside every event of a call event entity: device_id, type and call_id, no numbers."""

PERSONAL: Final = frozenset(
    ("caller", "caller_name", "caller_uri", "callee", "did", "answered_by", "key", "keys")
)
"""Attributes that may hold numbers or names of people, or a code that somebody typed: the recorder keeps none of them."""


def attributes(change: CallChange, extension: str, contacts: Contacts) -> dict[str, Any]:
    """Return what an event says; what is not known is left out.

    Args:
        extension: the extension whose event it is; empty for the PBX, whose event names the first one that it is
            news for.
        contacts: gives names to numbers.
    """
    said = call_attributes(change.call, contacts)
    happened = {
        "extension": extension or next(iter(change.extensions), ""),
        "key": change.key,
        "keys": change.keys,
        "until": change.until.isoformat() if change.until is not None else None,
        "late": change.late or None,
    }
    said.update({name: value for name, value in happened.items() if value})
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
    }
    return {name: value for name, value in said.items() if value not in (None, "")}


def caller_uri(call: TrackedCall | LogEntry) -> str:
    """Return an outside caller's number so that no template takes it for a plain number."""
    if call.direction is not CallDirection.INBOUND:
        return ""
    number = call.caller.translate(_SEPARATORS)
    return f"tel:{number}" if number.removeprefix("+").isdecimal() else ""


_SEPARATORS = str.maketrans("", "", " -./()")
