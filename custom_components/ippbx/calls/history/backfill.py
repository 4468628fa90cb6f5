"""Finds calls of which no report came, and publishes each once, whatever restarts."""

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
from ...pbx.model.events import CallRecordReport, PbxEvent
from ...pbx.model.lines import CallRecord
from ...pbx.model.tracked import CallChange, CallEventType
from ...storage import BACKFILL, StoredFile, stored_time
from ..monitor import CallMonitor
from .log import CallLog
from .record_filter import RecordSieve
from .seen_records import SeenRecords

PERIOD: Final = timedelta(minutes=5)
"""Time between two reads of the records: a call of which every report was lost is found so."""
OVERLAP: Final = timedelta(minutes=65)
"""How far a read goes back before what is known: for clocks put back an hour, and long calls."""
SHORT: Final = timedelta(minutes=1)
"""A shorter gap is none: PBXes repeat reports that nobody took, and calls last."""
FRESH: Final = timedelta(seconds=10)
"""Whoever ended a shorter time ago will be reported still."""
MOST_BACK: Final = timedelta(days=7)
LONGEST: Final = timedelta(days=1)
"""A call that seems to last longer is none any more."""
AHEAD: Final = timedelta(hours=14)
"""How far a read goes beyond now: a clock put back, or a wrong zone, makes future records."""
KNOWN_FOR: Final = AHEAD + OVERLAP
"""How long published calls are known at least: as long as their records may be read."""
MOST_RECORDS: Final = 250  # that are published at once; the others follow with the next read
_MOST_FAILURES = 3
_SAVE_PERIOD = timedelta(minutes=15)
# Seconds: ids of fifteen hours are a large file, too, and the call log knows the last minutes.
_SAVE_PAUSE = 300.0
# They say nothing of the records: the link will see to them.
_PASSING = (PbxTokenError, PbxAuthError, PbxLockedOutError, PbxBusyError, PbxApiDisabledError)


class Backfill:
    """Reads the records of calls that nobody saw; without records, keeps the gap in the log.

    Attributes:
        seen_until: what happened before is known, or never will be (UTC).
        found: how many calls were found afterwards to be over.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        client: PbxBackend,
        calls: CallMonitor,
        log: CallLog,
    ) -> None:
        """Look for nothing before now until `async_load`."""
        self.seen_until = self._since = self._asked_at = self._saved_at = dt_util.utcnow()
        self.found = 0
        self._hass = hass
        self._client = client
        self._calls = calls
        self._log = log
        self._asked = True
        self._read_at: datetime | None = None
        self._failures = 0
        self._refused = False
        self._loaded = False
        self._live_since: datetime | None = (
            None  # start of the oldest call that was up when it was kept
        )
        self._seen = SeenRecords(calls)
        pause = _SAVE_PAUSE if log.size else 0.0
        self._file = StoredFile(hass, entry_id, BACKFILL, self._kept, pause=pause)

    # What is kept

    async def async_load(self) -> None:
        """Read how far earlier runs came. Without one, nothing before now is looked for."""
        kept = await self._file.async_load()
        now = self.seen_until = self._since = self._asked_at = self._saved_at = dt_util.utcnow()
        since, until = stored_time(kept.get("since")), stored_time(kept.get("seen_until"))
        # Our clock may have been put back since.
        if since is not None and until is not None and since <= until <= now + LONGEST:
            self._since, self.seen_until = since, min(until, now)
            self._live_since = stored_time(kept.get("live_since"))
            self._seen.load(kept.get("seen"))
        self._loaded = True

    async def async_save(self) -> None:
        """Write how far this run came."""
        if self._loaded:
            await self._file.async_save()

    def _kept(self) -> dict[str, Any]:
        self._saved_at = dt_util.utcnow()
        live = self._oldest_live()
        return {
            "since": self._since.isoformat(),
            "seen_until": self.seen_until.isoformat(),
            "live_since": live.isoformat() if live is not None else None,
            "seen": self._seen.as_kept(),
        }

    # What is published

    @callback
    def request(self) -> None:
        """Read the records with the next turn: something may have happened that nobody saw."""
        self._asked, self._asked_at = True, dt_util.utcnow()
        self._refused, self._failures = False, 0

    @callback
    def take(self, change: CallChange) -> None:
        """Note what was published, so that its record is no news."""
        if change.type is CallEventType.ENDED and change.whole:
            self.found += change.late
            if self._offers_records:
                self._seen.tell(change.call.call_id)
            self._file.save_soon()

    @callback
    def receive(self, event: PbxEvent) -> None:
        """Note a record that was reported, after the engine was given it."""
        if isinstance(event, CallRecordReport) and self._offers_records:
            self._seen.give((event.record.call_id,))

    # Reading

    async def async_run(self) -> None:
        """Read the records if that is due; called with every turn of reading while the link is up.

        Nothing is published while Home Assistant starts: automations would not hear it.

        Raises:
            PbxError: they could not be read now; it is tried again with the next turn.
        """
        tracker, now = self._calls.tracker, dt_util.utcnow()
        tracker.keeps_records = self._offers_records and not self._refused
        if self._hass.state is not CoreState.running:
            return
        if not tracker.keeps_records:
            self._go_on(now)
        elif self._is_due(now):
            await self._async_read(now)

    @property
    def _offers_records(self) -> bool:
        """Return whether the PBX gives records at all; ids of calls are kept for these alone."""
        return self._client.capabilities.keeps_records

    def _is_due(self, now: datetime) -> bool:
        return (
            self._asked
            or self._calls.tracker.wants_records is not None
            or self._read_at is None
            or not timedelta(0) <= now - self._read_at < PERIOD
        )

    async def _async_read(self, now: datetime) -> None:
        try:
            sieve = await self._async_sift(now)
        except PbxUnsupportedError:
            self._give_up(now)
        except (PbxProtocolError, PbxRequestError) as error:
            self._failures += not isinstance(error, _PASSING)
            if self._failures < _MOST_FAILURES:
                raise
            self._give_up(now)
        else:
            self._failures = 0
            self._tell(sieve, now)

    async def _async_sift(self, now: datetime) -> RecordSieve:
        """Read the records, and return those that are news."""
        since = self._horizon(now)
        self._seen.forget_before(min(since, now - KNOWN_FOR))
        sieve = self._sieve(max(since, self._since), now)
        async for records in self._client.records(since, now + AHEAD):
            await sieve.async_take(records, self._client.session.clock_ahead)
        return sieve

    def _sieve(self, floor: datetime, now: datetime) -> RecordSieve:
        """Return a filter for calls whose end is unknown.

        A future record is of a call that is over: the PBX's clock was put back since.

        Args:
            floor: calls that began earlier are known, save those that the engine follows.
        """
        fresh_from = max(now - FRESH, self._asked_at) if self._asked else now - FRESH

        def is_unknown(record: CallRecord, began: datetime) -> bool:
            if self._seen.knows(record.call_id) or self._log.find(record.call_id) is not None:
                return False
            return began >= floor or self._calls.tracker.find(record.call_id) is not None

        def is_fresh(ended: datetime) -> bool:
            return fresh_from < ended <= now + FRESH

        return RecordSieve(is_unknown, is_fresh, MOST_RECORDS)

    def _horizon(self, now: datetime) -> datetime:
        """Return what is looked at: records of calls that began then or later."""
        wanted = self._calls.tracker.wants_records
        live = (each for each in (self._oldest_live(), self._live_since, wanted) if each)
        oldest = max(min(live, default=now), self.seen_until - LONGEST)
        return max(min(self.seen_until, oldest) - OVERLAP, now - MOST_BACK)

    def _oldest_live(self) -> datetime | None:
        """Return when the oldest of the calls began that go on."""
        return min((call.started for call in self._calls.tracker.active.values()), default=None)

    def _tell(self, sieve: RecordSieve, now: datetime) -> None:
        """Publish what is unknown, as far as that can be at once."""
        # Some may have been reported while the others were read.
        news = [record for record in sieve.news if not self._seen.knows(record.call_id)]
        self._calls.apply_records(news)
        self._seen.give(record.call_id for record in news)
        if sieve.more:
            self._asked = True
            return
        # What was too fresh is looked at again with the next turn.
        self._read_at = None if sieve.fresh else now
        if self.seen_until < now - MOST_BACK:
            self._log.take_gap(self.seen_until, now - MOST_BACK)
        self._asked, self._live_since, self.seen_until = False, None, now
        self._save(at_once=bool(news))

    def _give_up(self, now: datetime) -> None:
        """Ask no more until the link was renewed: this PBX does not give its records."""
        LOGGER.debug("The PBX does not give its call records")
        self._refused = True
        self._calls.tracker.keeps_records = False
        self._go_on(now)

    def _go_on(self, now: datetime) -> None:
        """Go on without records: what happened unseen stays unknown, and the log says so."""
        if self._asked and self._asked_at - self.seen_until >= SHORT:
            self._log.take_gap(self.seen_until, self._asked_at)
        self._save(at_once=self._asked)
        self._seen.forget_before(now - OVERLAP)
        self._asked, self._live_since, self.seen_until = False, None, now

    def _save(self, *, at_once: bool) -> None:
        if at_once or dt_util.utcnow() - self._saved_at >= _SAVE_PERIOD:
            self._file.save_soon()
