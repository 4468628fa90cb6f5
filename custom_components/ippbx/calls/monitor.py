"""The calls of one PBX: feeds the call engine, and publishes what it finds out."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..const import CONF_MISSED_FOR, MISSED_FOR_GROUP_MEMBERS
from ..pbx.backend import IdRules
from ..pbx.model.events import (
    CallRecordReport,
    CallReport,
    ExtensionStatusReport,
    KeyReport,
    PbxEvent,
)
from ..pbx.model.lines import CallRecord, Extension, ExtensionStatus
from ..pbx.model.tracked import CallChange, CallEventType, CallSnapshot, TrackedCall
from ..pbx.tracking.tracker import CallTracker
from ..state.store import CALLS, StateStore, extension_key
from .attributes import CallAttributes
from .extension_status import ExtensionStatuses
from .listeners import CallListener, CallListeners
from .missed import MissedCalls, attributed, missed_for
from .names import Contacts, Names

_IN_A_CALL = (ExtensionStatus.RINGING, ExtensionStatus.BUSY, ExtensionStatus.ON_HOLD)


class CallMonitor:
    """Owns the call engine of an entry.

    Attributes:
        tracker: the engine. Ask it anything; only this class feeds it.
        names: gives names to numbers.
        missed: counts missed calls.
        listeners: receive changes.
        published: changes by their type.
        outcomes: calls that ended, by their outcome.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        store: StateStore,
        identity: Callable[[], IdRules],
    ) -> None:
        """Keep what to feed and to publish; no call is known yet.

        Args:
            hass: for its timers.
            entry: the entry of the PBX; its options say for whom a call is missed.
            store: the extensions that are known, and who subscribed to them.
            identity: returns how the ids of one call are related.
        """
        self.tracker = CallTracker(now=dt_util.utcnow)
        self.names = Names(lambda: store.extensions)
        self._attributes = CallAttributes(self.names)
        self.missed = MissedCalls(hass, entry.entry_id)
        self.published: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.listeners = CallListeners()
        self._hass = hass
        self._store = store
        self._identity = identity
        self._missed_for = entry.options.get(CONF_MISSED_FOR, MISSED_FOR_GROUP_MEMBERS)
        self._counts = (0, 0)  # calls that are active and missed, as last published
        self._statuses = ExtensionStatuses(self.tracker)
        self._settle = HassJob(
            self._settled, f"{entry.title} settle calls", cancel_on_shutdown=True
        )
        self._settle_at: datetime | None = None
        self._cancel_settle: CALLBACK_TYPE | None = None

    async def async_open(self) -> None:
        """Load what earlier runs kept."""
        await self.missed.async_load()

    async def async_close(self) -> None:
        """Keep what is to be kept, and end all waits."""
        await self.missed.async_save()
        self._disarm()

    # Reading

    @property
    def active(self) -> Mapping[str, TrackedCall]:
        """Return the calls that are not over, by their id."""
        return self.tracker.active

    def find(self, any_id: str) -> TrackedCall | None:
        """Return the call that an id names, also one that ended lately; None where none does."""
        return self.tracker.find(any_id)

    def calls_of(self, extension: str) -> tuple[TrackedCall, ...]:
        """Return the calls in which an extension takes part now, the oldest first."""
        return self.tracker.calls_of(extension)

    @property
    def unsure_extensions(self) -> frozenset[str]:
        """Return the extensions whose calls no list of trunk calls shows."""
        return self.tracker.unsure_extensions

    @property
    def any_live(self) -> bool:
        """Return whether there are calls that only a read could find to be over, or extensions in unknown ones."""
        return bool(self.tracker.active) or any(
            extension.status in _IN_A_CALL for extension in self._store.extensions.values()
        )

    @callback
    def status_of(self, extension: Extension) -> ExtensionStatus | None:
        """Return the status of an extension: by its calls where these are fresher than what the PBX said."""
        return self._statuses.of(extension)

    @callback
    def listen(self, listener: CallListener, extension: str | None = None) -> Callable[[], None]:
        """Call a listener at every change, or at every change that concerns an extension.

        Returns:
            What ends that.
        """
        return self.listeners.listen(listener, extension)

    @callback
    def ignore(self, listener: CallListener, extension: str | None = None) -> None:
        """Remove a listener; one that is not there is no error."""
        self.listeners.ignore(listener, extension)

    @callback
    def attributes_of(self, call: TrackedCall) -> Mapping[str, Any]:
        """Return the attributes of a call; what is not known is left out."""
        return self._attributes.of(call)

    @callback
    def attributes_of_change(self, change: CallChange, extension: str) -> dict[str, Any]:
        """Return the attributes of an event, for an extension or, where that is empty, for the PBX."""
        return self._attributes.of_change(change, extension)

    # Feeding

    @callback
    def receive(self, event: PbxEvent) -> None:
        """Feed an event to the engine. Costs the same however many extensions there are."""
        if isinstance(event, ExtensionStatusReport):
            changes = self.tracker.take(event)
            if changes or self._statuses.concerns(event.extension):  # seldom else
                self._publish(changes, (event.extension,))
            return
        call_id, named = _subject(event)
        before = self.tracker.parties_of(call_id)
        changes = self.tracker.take(event)
        self._publish(changes, {*named, *before, *self.tracker.parties_of(call_id)})

    @callback
    def apply_snapshot(self, snapshot: CallSnapshot) -> None:
        """Apply what a read showed of the calls that are up."""
        self.tracker.rules = self._identity()  # reading may have found another dialect
        parties = self._all_parties()
        changes = self.tracker.resync(snapshot)
        self._publish(changes, parties | self._all_parties())

    @callback
    def apply_records(self, records: Iterable[CallRecord]) -> None:
        """Apply records that were read afterwards; calls that were not tracked become retroactive changes."""
        self._publish(self.tracker.records(records), set())

    @callback
    def transferred(self, call_id: str, left: str = "") -> None:
        """Note that the PBX accepted to transfer a call, which it does not report.

        Args:
            call_id: the call.
            left: the extension that no longer takes part in it.
        """
        self._publish(self.tracker.sent_on(call_id, left), self.tracker.parties_of(call_id))

    @callback
    def refused(self, call_id: str) -> None:
        """Note that the PBX accepted to refuse a call."""
        self.tracker.refused(call_id)

    @callback
    def link_lost(self) -> None:
        """Note that nothing is heard of the PBX: calls that begin now are found later, and ring nobody."""
        self.tracker.link_lost()

    @property
    def contacts(self) -> Contacts:
        """Return the user's names for numbers."""
        return self.names.contacts

    @contacts.setter
    def contacts(self, contacts: Contacts) -> None:
        self.names.contacts = contacts
        self._attributes.forget()

    @callback
    def reset_missed(self) -> None:
        """Count missed calls from zero again."""
        self.missed.reset()
        self._store.publish((CALLS,))

    # Publishing

    @callback
    def _publish(self, changes: Sequence[CallChange], parties: Collection[str]) -> None:
        """Publish what has changed, and wake the extensions whose status may have."""
        extensions = self._store.extensions
        keys = [
            extension_key(number)
            for number in parties
            if self._statuses.note(
                number, known.status if (known := extensions.get(number)) else None
            )
        ]
        changes = [
            missed_for(attributed(change, extensions), self._missed_for) for change in changes
        ]
        for change in changes:
            self._count(change)
        counts = len(self.tracker.active), self.missed.count
        if counts != self._counts:
            self._counts = counts
            keys.append(CALLS)
        self.listeners.publish(changes)
        self._store.publish(keys)
        self._arm()

    def _count(self, change: CallChange) -> None:
        if change.whole:
            self.published[change.type] += 1
        self.missed.record(change)
        if change.type is CallEventType.ENDED and change.call.outcome is not None:
            self.outcomes[change.call.outcome] += 1

    def _all_parties(self) -> set[str]:
        return {number for call in self.tracker.active.values() for number in call.extensions}

    # What needs a decision later

    @callback
    def _arm(self) -> None:
        due = self.tracker.settle_due
        if due is None or (self._settle_at is not None and self._settle_at <= due):
            return  # a timer that fires too early arms the next one
        self._disarm()
        self._settle_at = due
        delay = max(0.0, (due - dt_util.utcnow()).total_seconds())
        self._cancel_settle = async_call_later(self._hass, delay, self._settle)

    @callback
    def _disarm(self) -> None:
        self._settle_at = None
        if self._cancel_settle is not None:
            self._cancel_settle()
            self._cancel_settle = None

    @callback
    def _settled(self, _now: datetime) -> None:
        self._settle_at = self._cancel_settle = None
        parties = self._all_parties()
        self._publish(self.tracker.settle(), parties)


def _subject(event: PbxEvent) -> tuple[str, Sequence[str]]:
    """Return the id of the call that an event is about, if it names one, and the extensions that it names."""
    if isinstance(event, (CallReport, KeyReport)):
        return event.call_id, [leg.extension for leg in event.legs if leg.extension]
    return (event.record.call_id if isinstance(event, CallRecordReport) else ""), ()
