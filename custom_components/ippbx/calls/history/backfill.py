"""The back-fill: publishes calls of which no report arrived, each once, whatever restarts."""

from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ...const import LOGGER
from ...pbx.backend import PbxBackend
from ...pbx.errors import (
    PbxApiDisabledError,
    PbxAuthError,
    PbxBusyError,
    PbxLockedOutError,
    PbxProtocolError,
    PbxRequestError,
    PbxTokenError,
    PbxUnsupportedError,
)
from ...pbx.model.events import CallRecordReport
from ...pbx.model.lines import CallRecord
from ...pbx.model.tracked import CallChange, CallEventType
from ...storage import BACKFILL, StoredFile, stored_time
from ..monitor import CallMonitor
from .log import CallLog
from .record_filter import RecordFilter
from .seen_records import SeenRecords

PERIOD: Final = timedelta(minutes=5)
"""Time between two reads of the records: finds calls of which every report was lost."""
OVERLAP: Final = timedelta(minutes=65)
"""How far a read overlaps the time that is covered: for clocks set back an hour, and long calls."""
MIN_GAP: Final = timedelta(minutes=1)
"""A shorter time without reports is no gap: PBXes repeat undelivered reports, and calls last."""
FRESH: Final = timedelta(seconds=10)
"""The end of a call that ended more recently than this may be reported still."""
MAX_LOOK_BACK: Final = timedelta(days=7)
MAX_DURATION: Final = timedelta(days=1)
"""Longest duration of a call; one that seems to last longer is over."""
MAX_AHEAD: Final = timedelta(hours=14)
"""How far a read goes beyond now: a clock set back, or a wrong zone, makes future records."""
KNOWN_FOR: Final = MAX_AHEAD + OVERLAP
"""How long ids of published calls are kept: as long as a read may return their records."""
MAX_RECORDS: Final = 250  # published at once; the others follow with the next read
_MAX_FAILURES = 3
# Seconds.
_SAVE_PERIOD = 900.0
# The file of fifteen hours is large, and the call log has the ids of the last minutes.
_SAVE_PAUSE = 300.0
# Errors that the link handles; records may be offered all the same.
_LINK_ERRORS = (PbxTokenError, PbxAuthError, PbxLockedOutError, PbxBusyError, PbxApiDisabledError)


class Backfill:
    """The back-fill of one PBX: applies records of unreported calls, or logs the gap.

    Attributes:
        seen_until: end of the time that is covered by reports, records or a gap (UTC).
        found: number of calls whose end was published from records.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        backend: PbxBackend,
        calls: CallMonitor,
        log: CallLog,
    ) -> None:
        """Start with nothing to look for; nothing is read yet."""
        self.seen_until = self._since = self._requested_at = dt_util.utcnow()
        self.found = 0
        self._hass = hass
        self._backend = backend
        self._calls = calls
        self._log = log
        self._requested = True
        # By the event loop's clock.
        self._saved_at = hass.loop.time()
        self._read_at: float | None = None
        self._failures = 0
        self._refused = False
        self._loaded = False
        # Of the calls that were up when the file was written: start of the oldest, and all ids.
        self._live_since: datetime | None = None
        self._live: list[list[str]] = []
        self._seen = SeenRecords(calls)
        pause = _SAVE_PAUSE if log.size else 0.0
        self._file = StoredFile(hass, entry_id, BACKFILL, self._kept, pause=pause)

    # Persistence

    async def async_load(self) -> None:
        """Load how far earlier runs came; without one, nothing before now is looked for."""
        kept = await self._file.async_load()
        now = self.seen_until = self._since = self._requested_at = dt_util.utcnow()
        since, until = stored_time(kept.get("since")), stored_time(kept.get("seen_until"))
        # Our clock may have been set back since.
        if since is not None and until is not None and since <= until <= now + MAX_DURATION:
            self._since, self.seen_until = since, min(until, now)
            self._live_since = stored_time(kept.get("live_since"))
            self._live = _stored_ids(kept.get("live"))
            self._seen.load(kept.get("seen"))
        self._loaded = True

    async def async_save(self) -> None:
        """Save how far this run came."""
        if self._loaded:
            await self._file.async_save()

    def _kept(self) -> dict[str, Any]:
        self._saved_at = self._hass.loop.time()
        live, tracker = self._oldest_live(), self._calls.tracker
        return {
            "since": self._since.isoformat(),
            "seen_until": self.seen_until.isoformat(),
            "live_since": live.isoformat() if live is not None else None,
            "live": [[*tracker.ids_of(call_id)] for call_id in tracker.index.active],
            "seen": self._seen.as_kept(),
        }

    # Events

    @callback
    def request(self) -> None:
        """Request a read with the next turn: reports may have been lost."""
        self._requested, self._requested_at = True, dt_util.utcnow()
        self._refused, self._failures = False, 0

    @callback
    def record_ended(self, change: CallChange) -> None:
        """Record that the end of a call was published, so that its record is not applied."""
        if change.type is CallEventType.ENDED and change.first:
            self.found += change.late
            if self._offers_records:
                self._seen.record_ended(change.call.call_id)
            self._file.save_soon()

    @callback
    def receive(self, event: CallRecordReport) -> None:
        """Note a reported record, after the engine has applied it; a stale one is not applied."""
        if self._offers_records:
            call_id = event.record.call_id
            if self._calls.tracker.find(call_id) is not None:
                self._seen.record_applied((call_id,))

    # Reading

    async def async_run(self) -> None:
        """Read the records if that is due; called with every turn of reading while the link is up.

        Nothing is published while Home Assistant starts: automations would miss it.

        Raises:
            PbxError: the records could not be read; the next turn tries again.
        """
        index, now = self._calls.tracker.index, dt_util.utcnow()
        index.keeps_records = self._offers_records and not self._refused
        if self._hass.state is not CoreState.running:
            return
        if not index.keeps_records:
            self._skip(now)
        elif self._is_due():
            await self._async_read(now)

    @property
    def _offers_records(self) -> bool:
        """Return whether PBXes of this kind offer records; call ids are kept for these alone."""
        return self._backend.capabilities.keeps_records

    def _is_due(self) -> bool:
        return (
            self._requested
            or self._calls.tracker.termination.wants_records is not None
            or self._read_at is None
            or self._hass.loop.time() - self._read_at >= PERIOD.total_seconds()
        )

    async def _async_read(self, now: datetime) -> None:
        try:
            found = await self._async_select(now)
        except PbxUnsupportedError:
            self._give_up(now)
        except (PbxProtocolError, PbxRequestError) as error:
            self._failures += not isinstance(error, _LINK_ERRORS)
            if self._failures < _MAX_FAILURES:
                raise
            self._give_up(now)
        else:
            self._failures = 0
            self._apply(found, now)

    async def _async_select(self, now: datetime) -> RecordFilter:
        """Read the records, and return those of calls whose end is unknown."""
        since = self._horizon(now)
        self._seen.forget_before(min(since, now - KNOWN_FOR))
        found = self._filter(max(since, self._since), now)
        async for records in self._backend.records(since, now + MAX_AHEAD):
            await found.async_add(records, self._backend.session.clock_ahead)
        return found

    def _filter(self, floor: datetime, now: datetime) -> RecordFilter:
        """Return the filter that selects calls whose end is unknown.

        A record with a future time is of a call that is over: the PBX's clock was set back since.

        Args:
            floor: calls that began earlier are known, except those that the engine tracks.
        """
        fresh_from = max(now - FRESH, self._requested_at) if self._requested else now - FRESH

        def is_unknown(record: CallRecord, began: datetime) -> bool:
            if self._seen.knows(record.call_id) or self._log.find(record.call_id) is not None:
                return False
            return began >= floor or self._calls.tracker.find(record.call_id) is not None

        def is_fresh(ended: datetime) -> bool:
            return fresh_from < ended <= now + FRESH

        return RecordFilter(is_unknown, is_fresh, MAX_RECORDS)

    def _horizon(self, now: datetime) -> datetime:
        """Return the start of the earliest calls whose records are read."""
        wanted = self._calls.tracker.termination.wants_records
        live = (each for each in (self._oldest_live(), self._live_since, wanted) if each)
        oldest = max(min(live, default=now), self.seen_until - MAX_DURATION)
        return max(min(self.seen_until, oldest) - OVERLAP, now - MAX_LOOK_BACK)

    def _oldest_live(self) -> datetime | None:
        """Return the start of the oldest active call."""
        return min((call.started for call in self._calls.tracker.active.values()), default=None)

    def _apply(self, found: RecordFilter, now: datetime) -> None:
        """Apply the selected records, which publishes their calls."""
        # Reports may have arrived during the read.
        unknown = [record for record in found.selected if not self._seen.knows(record.call_id)]
        callers = {record.caller for record in unknown}
        known = [record for record in found.known if record.caller in callers]
        self._calls.apply_records(unknown, known)
        self._seen.record_applied(record.call_id for record in unknown)
        if found.more:
            self._requested = True
            return
        # The next turn reads calls that ended just now again.
        self._read_at = None if found.fresh else self._hass.loop.time()
        if self.seen_until < now - MAX_LOOK_BACK:
            self._log.record_gap(self.seen_until, now - MAX_LOOK_BACK)
        self._requested, self._live_since, self.seen_until = False, None, now
        self._live = []
        self._save(at_once=bool(unknown))

    def _give_up(self, now: datetime) -> None:
        """Stop reading until the link is renewed: this PBX does not return its records."""
        LOGGER.debug("The PBX does not give its call records")
        self._refused = True
        self._calls.tracker.index.keeps_records = False
        self._skip(now)

    def _skip(self, now: datetime) -> None:
        """Continue without records: log the time without reports as a gap.

        A short one counts where a call was up before it and is unknown now: it ended meanwhile.
        """
        if self._requested:
            gone = not all(any(map(self._calls.tracker.find, ids)) for ids in self._live)
            if gone or self._requested_at - self.seen_until >= MIN_GAP:
                self._log.record_gap(self.seen_until, self._requested_at)
        self._save(at_once=self._requested)
        self._seen.forget_before(now - OVERLAP)
        self._requested, self._live_since, self.seen_until = False, None, now
        self._live = []

    def _save(self, *, at_once: bool) -> None:
        if at_once or self._hass.loop.time() - self._saved_at >= _SAVE_PERIOD:
            self._file.save_soon()


def _stored_ids(value: object) -> list[list[str]]:
    """Return the stored ids of calls; what is none is left out."""
    calls = value if isinstance(value, list) else []
    return [[i for i in ids if isinstance(i, str)] for ids in calls if isinstance(ids, list)]
