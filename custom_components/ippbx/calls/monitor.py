"""The calls of one PBX: feeds the call engine, and publishes its changes."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..const import CONF_MISSED_FOR, MISSED_FOR_GROUP_MEMBERS
from ..numbers.contacts import ContactBook
from ..pbx.backend import PbxBackend
from ..pbx.model.events import (
    BootUpReport,
    CallRecordReport,
    CallReport,
    ExtensionStatusReport,
    KeyReport,
    PbxEvent,
)
from ..pbx.model.lines import CallRecord, Extension, ExtensionStatus
from ..pbx.model.tracked import CallChange, CallEventType, CallSnapshot, TrackedCall
from ..pbx.tracking.tracker import CallTracker
from ..state.publications import Publications
from ..state.store import CALL_CHANGES, CALLS, NAMES, StateStore, extension_key
from ..storage import ENDED_CALLS, StoredFile
from .attributes import CallAttributes
from .clock import CallClock
from .commands import commands_of, restore_commands
from .extension_status import ExtensionStatuses
from .listeners import CallListener, CallListeners
from .missed import MissedCalls, missed_for, with_named_extensions
from .names import Names
from .other_parties import OtherParties
from .stale import StaleEvents

_IN_A_CALL = (ExtensionStatus.RINGING, ExtensionStatus.BUSY, ExtensionStatus.ON_HOLD)
_IDS, _COMMANDS, _AHEAD = "ids", "commands", "clock_ahead"
_BRANCHES = "branches"
_DAY = 86400.0  # seconds; a clock that is off by more has a wrong date, which no zone explains
_CLOCK_SET = timedelta(minutes=1)
"""A smaller difference does not show that the clock of the PBX was set."""
_RUNG_FOR = 1.0
"""Seconds for which a phone rings before the calls are read, if no report tells of its call."""
_CLOCK_READ = timedelta(seconds=0.5)
"""How exactly the clock of the PBX can be read, and what it is ahead of the whole seconds shown."""


class CallMonitor:
    """The call engine of an entry, and everything that depends on its changes.

    Attributes:
        tracker: the engine; fed by this class only, read by others.
        names: names for numbers.
        others: who the extensions are in a call with.
        missed: the number of missed calls.
        stale: the filter of events that come too late.
        listeners: the listeners to changes.
        completions: the listeners to calls whose record came after their end was published: it may
            have the number that was called, and the recording.
        triggers: the listeners that are called when the states of a change are written: templates
            in automations read these.
        confirm: requests a read of the calls on trunks: one may be over, or have begun.
        doubt_clock: requests a read of the clock of the PBX: a report seemed to be stale, or
            our clock was set.
        published: numbers of published changes by type.
        outcomes: numbers of ended calls by outcome.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        store: StateStore,
        backend: PbxBackend,
        publications: Publications,
    ) -> None:
        """Start without calls; `backend` knows how ids are related, and is sent nothing."""
        self.confirm: Callable[[], None] = lambda: None
        self.doubt_clock: Callable[[], None] = lambda: None
        self._clock = CallClock(hass.loop.time)
        self.tracker = CallTracker(now=self._clock.now)
        self.stale = StaleEvents(self.tracker, backend.identity, hass.loop.time)
        self.names = Names(lambda: store.extensions)
        self._attributes = CallAttributes(self.names)
        self.missed = MissedCalls(hass, entry.entry_id)
        self.published: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.listeners = CallListeners()
        self.completions = CallListeners()
        self.triggers = CallListeners()
        self._for_triggers: list[CallChange] = []
        store.subscribe(CALL_CHANGES, self._pass_to_triggers)
        self._hass = hass
        self._store = store
        self._publications = publications
        self._ended_file = StoredFile(
            hass,
            entry.entry_id,
            ENDED_CALLS,
            lambda: {
                _IDS: self.stale.as_kept(),
                _COMMANDS: commands_of(self.tracker.index),
                _BRANCHES: self.tracker.index.branches,
                _AHEAD: backend.session.clock_ahead.total_seconds(),
            },
        )
        self._is_open = False
        self._backend = backend
        self._session = 0, timedelta(0)  # its number, and how far the clock of the PBX was ahead
        self._missed_for = entry.options.get(CONF_MISSED_FOR, MISSED_FOR_GROUP_MEMBERS)
        self._counts = (0, 0)  # active and missed calls, as last published
        self._statuses = ExtensionStatuses()
        self.others = OtherParties(self.tracker)
        self._settle = HassJob(
            self._settled, f"{entry.title} settle calls", cancel_on_shutdown=True
        )
        self._settle_at: datetime | None = None
        self._cancel_settle: CALLBACK_TYPE | None = None
        self._look = HassJob(self._looked, f"{entry.title} ringing", cancel_on_shutdown=True)
        self._cancel_look: CALLBACK_TYPE | None = None

    async def async_open(self) -> None:
        """Load what earlier runs saved."""
        await self.missed.async_load()
        stored = await self._ended_file.async_load()
        self.stale.load(stored.get(_IDS))
        index = self.tracker.index
        restore_commands(index, stored.get(_COMMANDS))
        index.branches = stored.get(_BRANCHES) is True
        ahead = stored.get(_AHEAD)
        if isinstance(ahead, float) and abs(ahead) <= _DAY:
            self._backend.expect_clock(timedelta(seconds=ahead))
        self.stale.note_ended(self.missed.counted)
        self._is_open = True

    async def async_close(self) -> None:
        """Save what the next run must know of calls and of the PBX; cancel the timer."""
        await self.missed.async_save()
        if self._is_open:
            self._is_open = False
            await self._ended_file.async_save()
        self._disarm()
        if self._cancel_look is not None:
            self._cancel_look()

    # Reading

    @callback
    def now(self) -> datetime:
        """Return the time of the calls (UTC), which nobody sets while there are any."""
        self._align_clock()
        return self._clock.now()

    @property
    def active(self) -> Mapping[str, TrackedCall]:
        """Return the calls that are not over, by their id."""
        return self.tracker.active

    @property
    def known_ids(self) -> Collection[str]:
        """Return all ids of all calls that are active or ended recently."""
        return self.tracker.index.by_id.keys()

    @property
    def count(self) -> int:
        """Return how many calls are not over."""
        return len(self.tracker.index.active)

    def find(self, any_id: str) -> TrackedCall | None:
        """Return the call with an id, also one that ended recently; None if there is none."""
        return self.tracker.find(any_id)

    def calls_of(self, extension: str) -> tuple[TrackedCall, ...]:
        """Return the active calls of an extension, oldest first."""
        return self.tracker.calls_of(extension)

    @property
    def unsure_extensions(self) -> frozenset[str]:
        """Return the extensions whose calls are in no list of trunk calls."""
        return self.tracker.unsure_extensions

    @property
    def unexplained_extensions(self) -> list[str]:
        """Return the extensions in calls that are unknown, ringing ones first."""
        busy = [each for each in self._store.extensions.values() if each.status in _IN_A_CALL]
        busy.sort(key=lambda each: each.status is not ExtensionStatus.RINGING)
        return [each.number for each in busy if not self.tracker.leg_states_of(each.number)]

    @property
    def any_live(self) -> bool:
        """Return whether any call is active, or any extension in a call that is unknown."""
        return bool(self.count) or any(
            extension.status in _IN_A_CALL for extension in self._store.extensions.values()
        )

    @callback
    def status_of(self, extension: Extension) -> ExtensionStatus | None:
        """Return the latest status of an extension: reported, or derived from its calls."""
        return self._statuses.of(extension)

    @callback
    def listen(self, listener: CallListener, extension: str | None = None) -> Callable[[], None]:
        """Register a listener for every change, or for those that concern an extension.

        Returns:
            Callback that removes the listener.
        """
        return self.listeners.listen(listener, extension)

    @callback
    def ignore(self, listener: CallListener, extension: str | None = None) -> None:
        """Remove a listener if it is registered."""
        self.listeners.ignore(listener, extension)

    @callback
    def attributes_of(self, call: TrackedCall) -> Mapping[str, Any]:
        """Return the attributes of a call; unknown ones are left out."""
        return self._attributes.of(call)

    @callback
    def attributes_of_change(self, change: CallChange, extension: str) -> dict[str, Any]:
        """Return the attributes of an event of an extension; of the PBX if that is empty."""
        return self._attributes.of_change(change, extension)

    # Feeding

    @callback
    def receive(self, event: PbxEvent) -> None:
        """Feed an event to the engine; the cost does not depend on the number of extensions."""
        if isinstance(event, ExtensionStatusReport):
            count, partners = self.count, self.tracker.partners_of(event.extension)
            changes = self.tracker.receive(event)
            if self.tracker.learnt:
                # It may have ended their call.
                others = partners if self.count != count else ()
                self._publish(changes, {event.extension, *others})
            if event.status is ExtensionStatus.RINGING:
                self._look_for_call(event.extension)
            return
        call_id, named = _subject(event)
        if isinstance(event, BootUpReport):  # no call outlives it
            named = self._all_parties()
        before = self.tracker.parties_of(call_id)
        if not before:  # nothing is known of such a call
            self._align_clock()
            if self.stale.recognises(event):
                self.doubt_clock()
                return
        if isinstance(event, CallRecordReport):  # it may have shown the zone
            self._read_clock()
        changes = self.tracker.receive(event)
        if not before:
            self.stale.note_heard(call_id)
        if (completed := self.tracker.completed) is not None:
            change = CallChange(type=CallEventType.ENDED, call=completed, first=False)
            change = with_named_extensions(change, self._store.extensions)
            self._publications.publish(self.completions.publish, [change])
        if self.tracker.learnt:
            self._publish(changes, {*named, *before, *self.tracker.parties_of(call_id)})

    @callback
    def apply_snapshot(self, snapshot: CallSnapshot) -> None:
        """Apply a read of the active calls."""
        # Reading may have found another dialect, and the clock of the PBX set.
        self.stale.rules = self._backend.identity
        self.tracker.index.paired = self.stale.rules.paired
        self._read_clock()
        session = self._backend.session
        count, ahead = self._session
        if session.count != count or abs(session.clock_ahead - ahead) > _CLOCK_SET:
            self._session = session.count, session.clock_ahead
            self.stale.restart()
        parties = self._all_parties()
        changes = self.tracker.resync(snapshot)
        self.stale.note_read(call.call_id for call in snapshot.calls)
        self._publish(changes, parties | self._all_parties())

    @callback
    def apply_records(
        self, records: Iterable[CallRecord], known: Iterable[CallRecord] = ()
    ) -> None:
        """Apply records; calls that were not tracked become retroactive changes.

        `known` are records of calls whose end an earlier run published.
        """
        self._read_clock()  # they may have shown the zone
        parties = self._all_parties()
        self._publish(self.tracker.records(records, known), parties)

    @callback
    def transferred(self, call_id: str, left: str = "") -> None:
        """Note an accepted transfer, which the PBX does not report.

        Args:
            left: the extension that has left it.
        """
        self._publish(self.tracker.sent_on(call_id, left), self.tracker.parties_of(call_id))

    @callback
    def dialled(self, call_id: str, caller: str, callee: str = "") -> None:
        """Note that the PBX accepted to make a call: it rings `caller` first, then `callee`."""
        self._publish(self.tracker.dialled(call_id, caller, callee), {caller})
        self._save_soon()

    @callback
    def commanded(self, extension: str, status: ExtensionStatus) -> None:
        """Note what an extension does after an accepted command, whether or not it is reported."""
        self.receive(ExtensionStatusReport(name="", extension=extension, status=status))

    @callback
    def decided(self, call_id: str, *, accepted: bool) -> None:
        """Note that the PBX took the decision to accept or refuse a call."""
        self.tracker.decided(call_id, accepted=accepted)
        self._save_soon()

    @callback
    def link_lost(self) -> None:
        """Note the loss of the link: calls that begin now get no ringing event when found later."""
        self.tracker.link_lost()

    @property
    def contacts(self) -> ContactBook:
        """Return the user's contacts."""
        return self.names.contacts

    @contacts.setter
    def contacts(self, contacts: ContactBook) -> None:
        self.names.contacts = contacts
        self._attributes.forget()
        self._store.publish((NAMES,))

    @callback
    def reset_missed(self) -> None:
        """Reset the count of missed calls to zero."""
        self.missed.reset()
        self._store.publish((CALLS,))

    # Publishing

    @callback
    def _publish(self, changes: Sequence[CallChange], parties: Collection[str]) -> None:
        """Publish changes, and the keys of extensions and counts that changed."""
        if not self._is_open:
            return  # the answer to an action may come after the entry was unloaded
        extensions = self._store.extensions
        states = {number: self.tracker.leg_states_of(number) for number in parties}
        changed = dict.fromkeys(self.others.update(states, changes))
        for number, calls in states.items():
            known = extensions.get(number)
            if self._statuses.update(number, calls, known.status if known is not None else None):
                changed[number] = None
        keys = [extension_key(number) for number in changed]
        changes = [
            missed_for(with_named_extensions(change, extensions), self._missed_for)
            for change in changes
        ]
        for change in changes:
            self._count(change)
        counts = self.count, self.missed.count
        if counts != self._counts:
            self._counts = counts
            keys.append(CALLS)
        if changes:
            self._publications.publish(self.listeners.publish, changes)
            if self.triggers.any:
                self._for_triggers += changes
                keys.append(CALL_CHANGES)
        self._store.publish(keys)
        self._arm()

    @callback
    def _pass_to_triggers(self) -> None:
        changes, self._for_triggers = self._for_triggers, []
        self._publications.publish(self.triggers.publish, changes)

    def _count(self, change: CallChange) -> None:
        if change.first:
            self.published[change.type] += 1
        ids = self.tracker.ids_of(change.call.call_id)
        self.missed.record(change, ids)
        if change.type is CallEventType.ENDED and change.call.outcome is not None:
            self.outcomes[change.call.outcome] += 1
            self.stale.note_ended(ids)
            self._save_soon()

    def _save_soon(self) -> None:
        if self._is_open:
            self._ended_file.save_soon()

    def _read_clock(self) -> None:
        """Note how far the clock of the PBX is ahead, to its rounding."""
        shown, index = self._backend.session.clock_ahead + _CLOCK_READ, self.tracker.index
        if abs(shown - index.ahead) > _CLOCK_READ:
            index.set_clock(shown)

    def _align_clock(self) -> None:
        free = not self.count and self.tracker.termination.due is None
        if free and self._clock.align():
            self.doubt_clock()

    def _all_parties(self) -> set[str]:
        return {number for call in self.tracker.active.values() for number in call.extensions}

    # Decisions that wait

    @callback
    def _look_for_call(self, extension: str) -> None:
        """Read the calls soon if no report tells for which one an extension rings.

        Some PBXes report the ringing only of calls made by API (pbx-api, "Contradictions").
        """
        if self._cancel_look is None and not self.tracker.leg_states_of(extension):
            self._cancel_look = async_call_later(self._hass, _RUNG_FOR, self._look)

    @callback
    def _looked(self, _now: datetime) -> None:
        self._cancel_look = None
        extensions = self._store.extensions.values()
        ringing = (e.number for e in extensions if e.status is ExtensionStatus.RINGING)
        if not all(map(self.tracker.leg_states_of, ringing)):
            self.confirm()

    @callback
    def _arm(self) -> None:
        due = self.tracker.termination.due
        if due is None or (self._settle_at is not None and self._settle_at <= due):
            return  # a timer that fires too early arms the next one
        self._disarm()
        self._settle_at = due
        delay = max(0.0, (due - self._clock.now()).total_seconds())
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
        if self.tracker.termination.wants_snapshot:
            self.confirm()


def _subject(event: PbxEvent) -> tuple[str, Collection[str]]:
    """Return the call id of an event, and the extensions that one without an id names."""
    if isinstance(event, CallReport | KeyReport):
        call_id = event.call_id
        return call_id, () if call_id else [leg.extension for leg in event.legs if leg.extension]
    return (event.record.call_id if isinstance(event, CallRecordReport) else ""), ()
