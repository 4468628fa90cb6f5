"""The state of one PBX, its only writer, and the subscriptions to its parts."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Set as AbstractSet
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from math import inf
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, callback

from ..pbx.model.events import TrunkStatusReport
from ..pbx.model.lines import (
    Extension,
    ExtensionSettings,
    ExtensionStatus,
    SystemInfo,
    Trunk,
)
from .merge import Changes, ListDoubt, merge_extensions, merge_trunks, trunk_of

UNREAD_AFTER: Final = 90.0
"""Seconds for which something is not read until its states are unavailable."""
_AT_ONCE = 50
"""Keys that are published in one go; an extension has five entities or so."""

type Key = tuple[str, str]

LINK: Key = ("link", "")
"""The link went up or down, a heartbeat passed, or a read ended."""
DELIVERY: Key = ("delivery", "")
"""The delivery of reports changed."""
EXTENSIONS: Key = ("extensions", "")
"""Extensions appeared, vanished or were renamed."""
TRUNKS: Key = ("trunks", "")
"""Trunks appeared, vanished or were renamed."""
CALLS: Key = ("calls", "")
"""A call or the count of missed calls changed."""
NAMES: Key = ("names", "")
"""Contacts changed: other names for numbers."""
CALL_CHANGES: Key = ("changes of calls", "")
"""Calls changed; it is published after the keys of what shows that."""
SETTINGS: Key = ("settings of extensions", "")
"""What extensions are set to; each has a key of its own to subscribe to."""
MESSAGES: Key = ("new messages of extensions", "")
"""The new messages in voicemail boxes; each extension has a key of its own to subscribe to."""
INFO: Key = ("system information", "")
"""What the PBX says about itself; nobody subscribes to it."""


def extension_key(number: str) -> Key:
    """Return the key of one extension."""
    return ("extension", number)


def settings_key(number: str) -> Key:
    """Return the key of the settings of one extension."""
    return (_SETTINGS_OF, number)


def messages_key(number: str) -> Key:
    """Return the key of the new messages of one extension."""
    return (_MESSAGES_OF, number)


def link_key(item: str) -> Key:
    """Return a key that is published for a change of the link alone, as `publish_all` does."""
    return ("link of", item)


def trunk_key(key: str) -> Key:
    """Return the key of one trunk."""
    return ("trunk", key)


_SETTINGS_OF = "settings"
_MESSAGES_OF = "messages"


class DeliveryState(Enum):
    """What is known of the delivery of reports."""

    PROVEN = True  # a report came since the address was registered
    BROKEN = False  # a change at the PBX was read, and no report of it came
    UNPROVEN = None  # nothing has changed yet


@dataclass(slots=True, kw_only=True)
class PbxState:
    """The PBX as last reported or read. Only `StateStore` changes it.

    Attributes:
        info: the PBX itself; without a serial number before the first read.
        extensions: by their number.
        trunks: by their key.
        settings: by the number of their extension; those alone that somebody subscribed to.
        messages: how many new messages extensions have; those alone that somebody subscribed to.
        delivery: whether reports are known to arrive.
    """

    info: SystemInfo = field(default_factory=lambda: SystemInfo(serial=""))
    extensions: Mapping[str, Extension] = field(default_factory=dict)
    trunks: Mapping[str, Trunk] = field(default_factory=dict)
    settings: Mapping[str, ExtensionSettings] = field(default_factory=dict)
    messages: dict[str, int] = field(default_factory=dict)
    delivery: DeliveryState = DeliveryState.UNPROVEN


class StateStore:
    """The only writer of a `PbxState`, and the subscriptions to its parts.

    A change notifies the subscribers of its own key alone. Between `hold` and `release` keys are
    collected, so that a report notifies each subscriber once, after all its changes.

    Attributes:
        state: for reading only.
    """

    def __init__(self, clock: Callable[[], float], pushed: AbstractSet[ExtensionStatus]) -> None:
        """Start empty.

        Args:
            clock: returns the event loop's time, in seconds.
            pushed: statuses that the PBX reports; others are only read.
        """
        self.state = PbxState()
        self._clock = clock
        self._pushed = pushed
        self._extensions: dict[str, Extension] = {}
        self._trunks: dict[str, Trunk] = {}
        self._settings: dict[str, ExtensionSettings] = {}
        self.state.settings = self._settings
        self._settings_asked: dict[str, float] = {}  # when they were asked for
        self._reported: dict[str, float] = {}  # extension to time of its last status report
        self._doubts = {EXTENSIONS: ListDoubt(), TRUNKS: ListDoubt()}
        self._missing = {EXTENSIONS: dict[Key, float](), TRUNKS: dict[Key, float]()}  # since when
        self._restored: dict[Key, float] = {}  # lists that were not read since, and since when
        self._unread: Mapping[Key, float] = {}
        self._outdated = set[Key]()
        self._subscribers: dict[Key, list[CALLBACK_TYPE]] = {}
        self._held: list[Key] | None = None

    # Reading

    @property
    def is_known(self) -> bool:
        """Return True after the first read of the PBX."""
        return bool(self.state.info.serial)

    @property
    def serial(self) -> str:
        """Return the serial number of the PBX; empty before the first read."""
        return self.state.info.serial

    @property
    def info(self) -> SystemInfo:
        """Return the system information."""
        return self.state.info

    @property
    def extensions(self) -> Mapping[str, Extension]:
        """Return the extensions, by their number."""
        return self.state.extensions

    @property
    def trunks(self) -> Mapping[str, Trunk]:
        """Return the trunks, by their key."""
        return self.state.trunks

    @property
    def settings(self) -> Mapping[str, ExtensionSettings]:
        """Return the settings of extensions, by their number."""
        return self.state.settings

    @property
    def messages(self) -> Mapping[str, int]:
        """Return how many new messages extensions have, by their number."""
        return self.state.messages

    @property
    def wanted_settings(self) -> tuple[str, ...]:
        """Return the present extensions with subscribers to their settings."""
        return self._wanted(_SETTINGS_OF)

    @property
    def wanted_messages(self) -> tuple[str, ...]:
        """Return the present extensions with subscribers to their new messages."""
        return self._wanted(_MESSAGES_OF)

    def _wanted(self, what: str) -> tuple[str, ...]:
        return tuple(
            number
            for kind, number in self._subscribers
            if kind == what
            and number in self._extensions
            and extension_key(number) not in self.missing
        )

    @property
    def delivery(self) -> DeliveryState:
        """Return whether reports are known to arrive."""
        return self.state.delivery

    def is_current(self, key: Key) -> bool:
        """Return False if an item, or `CALLS`, was not read for `UNREAD_AFTER` seconds."""
        return key not in self._outdated

    @property
    def missing(self) -> set[Key]:
        """Return the items that are kept for the time being although the lists lack them."""
        return {*self._missing[EXTENSIONS], *self._missing[TRUNKS]}

    # Writing

    @callback
    def restore(self, extensions: Iterable[Extension], trunks: Iterable[Trunk]) -> None:
        """Set the lists that an earlier run knew; they are outdated until they are read."""
        self._extensions = self.state.extensions = {each.number: each for each in extensions}
        self._trunks = self.state.trunks = {each.key: each for each in trunks}
        self._restored = dict.fromkeys((EXTENSIONS, TRUNKS), self._clock())
        self._find_outdated()

    @callback
    def forget(self, key: Key) -> None:
        """Forget a missing item."""
        items: dict[Key, dict[str, Any]] = {EXTENSIONS: self._extensions, TRUNKS: self._trunks}
        for kind, missing in self._missing.items():
            if key in missing:
                del missing[key]
                del items[kind][key[1]]
                self.publish((key, kind))

    @callback
    def set_unread(self, unread: Mapping[Key, float]) -> None:
        """Set what cannot be read, and since when; a status that was reported since then stays."""
        self._unread = unread
        self.publish(self._find_outdated())

    @callback
    def set_info(self, info: SystemInfo) -> None:
        """Set the system information; no entity shows it."""
        self.state.info = info

    @callback
    def set_delivery(self, delivery: DeliveryState) -> None:
        """Set whether reports are known to arrive."""
        if delivery is not self.state.delivery:
            self.state.delivery = delivery
            self.publish((DELIVERY,))

    @callback
    def set_extension_status(self, number: str, status: ExtensionStatus) -> None:
        """Set the reported status of a known extension; it overrides lists requested earlier."""
        self._reported[number] = self._clock()
        extension, key = self._extensions[number], extension_key(number)
        if status is not extension.status:
            self._extensions[number] = extension.with_status(status)
        elif key not in self._outdated and key not in self._missing[EXTENSIONS]:
            return
        if key in self._missing[EXTENSIONS]:  # it is there, so the lists are wrong
            del self._missing[EXTENSIONS][key]
            self._doubts[EXTENSIONS].dispel()
        self._outdated.discard(key)
        self.publish((key,))

    @callback
    def set_trunk_status(self, report: TrunkStatusReport) -> None:
        """Set the reported status of a trunk; an unknown trunk is ignored."""
        if (trunk := trunk_of(self._trunks, report)) is not None:
            self._trunks[trunk.key] = trunk
            self.publish((trunk_key(trunk.key),))

    @callback
    def merge_extensions(self, read: Iterable[Extension], asked_at: float) -> Changes:
        """Merge and publish a list of all extensions; statuses reported since `asked_at` stay."""
        listed = {extension.number: extension for extension in read}
        missing = self._lacking(EXTENSIONS, self._extensions, listed)
        fresher = {number for number, at in self._reported.items() if at >= asked_at}
        merged, changes = merge_extensions(self._extensions, listed, missing, fresher, self._pushed)
        self._extensions = self.state.extensions = merged
        self._reported = {n: at for n, at in self._reported.items() if n in merged}
        for number in self._settings.keys() - merged.keys():
            del self._settings[number], self._settings_asked[number]
        self._publish_changes(changes, extension_key, EXTENSIONS)
        return changes

    @callback
    def merge_trunks(self, read: Iterable[Trunk]) -> Changes:
        """Merge and publish a list of all trunks."""
        listed = {trunk.key: trunk for trunk in read}
        missing = self._lacking(TRUNKS, self._trunks, listed)
        merged, changes = merge_trunks(self._trunks, listed, missing)
        self._trunks = self.state.trunks = merged
        self._publish_changes(changes, trunk_key, TRUNKS)
        return changes

    @callback
    def merge_settings(self, read: Iterable[ExtensionSettings], asked_at: float) -> None:
        """Merge and publish settings; what was asked for later than `asked_at` stays."""
        changed: list[Key] = []
        for settings in read:
            number = settings.number
            if number not in self._extensions or self._settings_asked.get(number, -inf) > asked_at:
                continue
            self._settings_asked[number] = asked_at
            if self._settings.get(number) != settings:
                self._settings[number] = settings
                changed.append(settings_key(number))
        self.publish(changed)

    @callback
    def set_messages(self, counts: Mapping[str, int | None]) -> None:
        """Set and publish how many new messages some extensions have; None where it is unknown."""
        before = self.state.messages
        self.state.messages = {
            number: count
            for number, count in {**before, **counts}.items()
            if count is not None and number in self._extensions
        }
        self.publish([messages_key(number) for number in counts])

    @callback
    def forget_messages(self) -> None:
        """Forget and publish all counts of new messages."""
        keys = [messages_key(number) for number in self.state.messages]
        self.state.messages = {}
        self.publish(keys)

    def _lacking(self, kind: Key, known: Iterable[str], listed: Iterable[str]) -> AbstractSet[str]:
        """Return the known items to keep although a list lacks them."""
        return self._doubts[kind].missing(set(known), set(listed), self._clock())

    def _publish_changes(self, changes: Changes, key: Callable[[str], Key], all_key: Key) -> None:
        restored = self._restored.pop(all_key, None) is not None  # they were never read
        now, before = -inf if restored else self._clock(), self._missing[all_key]
        missing = map(key, changes.missing)
        self._missing[all_key] = {item: before.get(item, now) for item in missing}
        keys = dict.fromkeys((*map(key, changes.items), *self._find_outdated()))
        self.publish((*keys, all_key) if changes.membership else keys)

    def _find_outdated(self) -> list[Key]:
        """Find what is not current; return the keys of what has become so, or is so no more."""
        unread = {**self._unread, **self._restored}
        outdated: set[Key] = unread.keys() & {CALLS}
        for missing in self._missing.values():
            outdated |= {item for item, at in missing.items() if self._clock() - at >= UNREAD_AFTER}
        if (since := unread.get(EXTENSIONS)) is not None:
            outdated |= {
                extension_key(number)
                for number in self._extensions
                if self._reported.get(number, -inf) < since
            }
        if SETTINGS in unread:
            outdated |= {settings_key(number) for number in self._settings}
        if MESSAGES in unread:
            outdated |= {messages_key(number) for number in self.state.messages}
        if TRUNKS in unread:
            outdated |= {trunk_key(key) for key in self._trunks}
        changed, self._outdated = self._outdated ^ outdated, outdated
        return sorted(changed)

    # Subscriptions

    @callback
    def subscribe(self, key: Key, on_change: CALLBACK_TYPE) -> Callable[[], None]:
        """Subscribe to a key; return the function that ends the subscription."""
        self._subscribers.setdefault(key, []).append(on_change)
        return partial(self.unsubscribe, key, on_change)

    @callback
    def unsubscribe(self, key: Key, on_change: CALLBACK_TYPE) -> None:
        """End a subscription, if there is one."""
        subscribers = self._subscribers.get(key, [])
        if on_change in subscribers:
            subscribers.remove(on_change)
        if not subscribers:
            self._subscribers.pop(key, None)

    @callback
    def publish(self, keys: Iterable[Key]) -> None:
        """Notify the subscribers of these keys, at once or at `release`.

        Of many keys the first are notified at once, and the others by and by: what thousands of
        entities write in one go would block the event loop. They show what is true by then.
        """
        if self._held is not None:
            self._held += keys
            return
        keys = tuple(keys)
        for key in keys[:_AT_ONCE]:
            for on_change in tuple(self._subscribers.get(key, ())):
                on_change()
        if len(keys) > _AT_ONCE:
            asyncio.get_running_loop().call_soon(self.publish, keys[_AT_ONCE:])

    @callback
    def publish_all(self) -> None:
        """Notify every subscriber, for a change of the link."""
        self.publish(tuple(self._subscribers))

    @callback
    def hold(self) -> None:
        """Collect keys from now on instead of publishing them."""
        self._held = []

    @callback
    def release(self) -> None:
        """Publish the collected keys, each once."""
        held, self._held = self._held, None
        if held:
            self.publish(dict.fromkeys(held))
