"""The calls of one PBX: feeds the call engine, and tells what it finds out."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..const import CONF_MISSED_FOR, MISSED_FOR_GROUP_MEMBERS
from ..pbx.errors import PbxUnsupportedError
from ..pbx.model.lines import Call, CallRecord, Extension, ExtensionStatus
from ..pbx.model.tracked import CallChange, CallEventType, CallSnapshot
from ..pbx.tracking.tracker import CallTracker
from ..pbx.uc.backend import UcBackend
from ..pbx.uc.reports.parse import (
    CallRecordReport,
    CallReport,
    ExtensionStatusReport,
    KeyReport,
    Report,
)
from ..state.store import CALLS, Key, extension_key
from .attributes import CallWords
from .extension_status import ExtensionStatuses
from .listeners import CallListener, CallListeners
from .missed import MissedCalls, attributed, missed_for
from .names import Contacts, Names

MOST_QUERIED = (
    6  # extensions that are asked for their calls in one read; of more, idle ones must do
)
_IN_A_CALL = (ExtensionStatus.RINGING, ExtensionStatus.BUSY, ExtensionStatus.ON_HOLD)


class PbxCalls:
    """Owns the call engine of an entry.

    Attributes:
        tracker: the engine. Ask it what you like; only this class feeds it.
        names: gives names to numbers.
        words: puts changes into words.
        missed: counts missed calls.
        listeners: who is told of changes.
        told: how many changes of which type were told.
        outcomes: how many calls ended with which outcome.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        client: UcBackend,
        extensions: Callable[[], Mapping[str, Extension]],
        tell: Callable[[Iterable[Key]], None],
    ) -> None:
        """Prepare; nothing is known yet.

        Args:
            extensions: returns the extensions as they are known now.
            tell: wakes who listens to keys.
        """
        self.tracker = CallTracker(now=dt_util.utcnow)
        self.names = Names(extensions)
        self.words = CallWords(self.names)
        self.missed = MissedCalls(hass, entry.entry_id)
        self.told: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self._hass = hass
        self._client = client
        self._extensions = extensions
        self._tell = tell
        self._missed_for = entry.options.get(CONF_MISSED_FOR, MISSED_FOR_GROUP_MEMBERS)
        self.listeners = CallListeners()
        self._counts = (0, 0)  # calls that are active and missed, as they were told
        self._statuses = ExtensionStatuses(self.tracker)
        self._settle = HassJob(
            self._settled, f"{entry.title} settle calls", cancel_on_shutdown=True
        )
        self._settle_at: datetime | None = None
        self._cancel_settle: CALLBACK_TYPE | None = None

    @callback
    def listen(self, listener: CallListener, extension: str | None = None) -> Callable[[], None]:
        """Have a listener called at every change, or at every one that is news for an extension.

        Returns:
            What ends that.
        """
        return self.listeners.listen(listener, extension)

    @callback
    def status_of(self, extension: Extension) -> ExtensionStatus | None:
        """Return the status of an extension: what its calls show where that is fresher than what the PBX said."""
        return self._statuses.of(extension)

    @callback
    def take(self, report: Report) -> None:
        """Take over what a report says of calls. Costs the same however many extensions there are."""
        if isinstance(report, ExtensionStatusReport):
            changes = self.tracker.take(report)
            if changes or self._statuses.concerns(report.extension):  # seldom else
                self._told(changes, (report.extension,))
            return
        call_id, named = _about(report)
        before = self.tracker.parties_of(call_id)
        changes = self.tracker.take(report)
        self._told(changes, {*named, *before, *self.tracker.parties_of(call_id)})

    @callback
    def sent_on(self, call_id: str, left: str = "") -> None:
        """Take over that the PBX was told to pass a call on, which it does not report.

        Args:
            left: the extension that takes part in it no more.
        """
        self._told(self.tracker.sent_on(call_id, left), self.tracker.parties_of(call_id))

    @callback
    def link_lost(self) -> None:
        """Take over that nothing is heard of the PBX: what begins now is found afterwards, and tells nobody."""
        self.tracker.link_lost()

    @callback
    def take_records(self, records: Iterable[CallRecord]) -> None:
        """Take over records that were read afterwards: what they tell is late where nobody watched."""
        self._told(self.tracker.records(records), set())

    @property
    def contacts(self) -> Contacts:
        """Return the user's names for numbers."""
        return self.names.contacts

    @contacts.setter
    def contacts(self, contacts: Contacts) -> None:
        self.names.contacts = contacts
        self.words.forget()

    @callback
    def reset_missed(self) -> None:
        """Count missed calls from zero again."""
        self.missed.reset()
        self._tell((CALLS,))

    async def async_open(self) -> None:
        """Read what earlier runs left."""
        await self.missed.async_load()

    async def async_close(self) -> None:
        """Wait for nothing any more, and keep what is to be kept."""
        self._disarm()
        await self.missed.async_save()
        if self._cancel_settle is not None:
            self._cancel_settle()
            self._cancel_settle = None

    # Reading

    @property
    def any_live(self) -> bool:
        """Tell whether there are calls that only a read could find to be over, or extensions in unknown ones."""
        return bool(self.tracker.active) or any(
            extension.status in _IN_A_CALL for extension in self._extensions().values()
        )

    async def async_read(self, asked_at: datetime, *, listed: bool) -> None:
        """Read the live calls of the PBX.

        Args:
            asked_at: when the reading began.
            listed: whether the status of every extension was read since.

        Raises:
            PbxError: they could not be read.
        """
        self.tracker.two_ids = self._client.dialect.two_ids  # the client may have found another one
        calls, trunks = await self._async_on_trunks()
        between, queried = await self._async_between_extensions()
        known = self._extensions().values() if listed else ()
        snapshot = CallSnapshot(
            asked_at=asked_at,
            calls=(*calls, *between),
            trunks=trunks,
            queried=queried,
            extensions={extension.number: extension.status for extension in known},
        )
        parties = self._parties_of_all()
        changes = self.tracker.resync(snapshot)
        self._told(changes, parties | self._parties_of_all())

    async def _async_on_trunks(self) -> tuple[tuple[Call, ...], bool]:
        """Return the calls on trunks, and whether they can be read at all."""
        try:
            return await self._client.list_calls(), True
        except PbxUnsupportedError:
            return (), False

    async def _async_between_extensions(self) -> tuple[tuple[Call, ...], frozenset[str]]:
        """Return the calls that no list of trunk calls shows, and of which extensions these are all.

        Of too many extensions nobody is asked: those that are idle must do.
        """
        control, unsure = self._client.control, self.tracker.unsure_extensions
        if len(unsure) > MOST_QUERIED:
            return (), frozenset()
        found = {number: await control.extension_calls(number) for number in unsure}
        asked = (
            number
            for number, calls in found.items()
            if control.shows_all_calls or not any(call.call_id for call in calls)
        )
        return tuple(call for calls in found.values() for call in calls), frozenset(asked)

    # Telling

    @callback
    def _told(self, changes: Sequence[CallChange], parties: Collection[str]) -> None:
        """Tell what has changed, and have shown what may have."""
        extensions = self._extensions()
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
        self.listeners.tell(changes)
        self._tell(keys)
        self._arm()

    def _count(self, change: CallChange) -> None:
        if change.whole:
            self.told[change.type] += 1
        self.missed.take(change)
        if change.type is CallEventType.ENDED and change.call.outcome is not None:
            self.outcomes[change.call.outcome] += 1

    def _parties_of_all(self) -> set[str]:
        return {number for call in self.tracker.active.values() for number in call.extensions}

    # What needs a decision later

    @callback
    def _arm(self) -> None:
        due = self.tracker.settle_due
        if due is None or (self._settle_at is not None and self._settle_at <= due):
            return  # a timer that comes too early arms the next one
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
        parties = self._parties_of_all()
        self._told(self.tracker.settle(), parties)


def _about(report: Report) -> tuple[str, Sequence[str]]:
    """Return the id of the call that a report is about, if it names one, and the extensions that it names."""
    if isinstance(report, (CallReport, KeyReport)):
        return report.call_id, [leg.extension for leg in report.legs if leg.extension]
    return (report.record.call_id if isinstance(report, CallRecordReport) else ""), ()
