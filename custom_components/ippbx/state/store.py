"""What the integration knows of a PBX, and who wants to hear of which part of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from functools import partial

from homeassistant.core import CALLBACK_TYPE, callback

from ..pbx.model.lines import Extension, SystemInfo, Trunk

type Key = tuple[str, str]

LINK: Key = ("link", "")
"""The link went up or down, or a heartbeat passed."""
REPORTS: Key = ("reports", "")
"""It changed whether reports arrive."""
EXTENSIONS: Key = ("extensions", "")
"""Extensions appeared, vanished or have other names."""
TRUNKS: Key = ("trunks", "")
"""Trunks appeared, vanished or have other names."""

CALLS: Key = ("calls", "")
"""Something happened to a call, or calls were counted anew."""


def extension_key(number: str) -> Key:
    """Return the key of one extension."""
    return ("extension", number)


def trunk_key(key: str) -> Key:
    """Return the key of one trunk."""
    return ("trunk", key)


class ReportsArriving(Enum):
    """Whether the way of the reports is known to work."""

    PROVEN = True  # a report came since the address was set
    BROKEN = False  # something changed at the PBX and no report told it
    UNPROVEN = None  # nothing has changed yet


@dataclass(slots=True, kw_only=True)
class PbxState:
    """The PBX as last reported or read. Only the coordinator changes it."""

    info: SystemInfo
    extensions: dict[str, Extension] = field(default_factory=dict)
    trunks: dict[str, Trunk] = field(default_factory=dict)
    reports: ReportsArriving = ReportsArriving.UNPROVEN


class Subscriptions:
    """Who wants to be told when which key changes: a change wakes only its own subscribers."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._subscribers: dict[Key, list[CALLBACK_TYPE]] = {}

    @callback
    def subscribe(self, key: Key, on_change: CALLBACK_TYPE) -> Callable[[], None]:
        """Have a callback called at every change of a key; return how to end that."""
        self._subscribers.setdefault(key, []).append(on_change)
        return partial(self.unsubscribe, key, on_change)

    @callback
    def unsubscribe(self, key: Key, on_change: CALLBACK_TYPE) -> None:
        """Call a callback no more; one that is not called is no error."""
        subscribers = self._subscribers.get(key, [])
        if on_change in subscribers:
            subscribers.remove(on_change)
        if not subscribers:
            self._subscribers.pop(key, None)

    @callback
    def tell(self, keys: Iterable[Key]) -> None:
        """Call the subscribers of these keys."""
        for key in keys:
            for on_change in tuple(self._subscribers.get(key, ())):
                on_change()

    @callback
    def tell_all(self) -> None:
        """Call every subscriber: what all of them show has changed (the link)."""
        self.tell(tuple(self._subscribers))
