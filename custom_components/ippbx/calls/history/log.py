"""The call log: the latest calls that are over, kept over restarts."""

from bisect import bisect_right
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ...const import DEFAULT_CALL_LOG_SIZE
from ...pbx.model.tracked import CallChange, CallDirection, CallEventType, CallOutcome
from ...pbx.model.values import value
from .entries import LogEntry, LogGap, LogItem, item_from
from .files import CallLogFile, Row

_MAX_CALLS: Final = 256  # whose answers are remembered


@value
class LogQuery:
    """A filter of log items; an empty field matches any.

    Attributes:
        since: earliest start of a call (UTC).
        until: the start of a call is before it (UTC).
        extension: the number that called, was called, rang for, answered or missed the call.
    """

    since: datetime | None = None
    until: datetime | None = None
    directions: Collection[CallDirection] = ()
    outcomes: Collection[CallOutcome] = ()
    extension: str = ""

    def matches(self, item: LogItem) -> bool:
        """Return whether an item matches; a gap does if it overlaps the time."""
        if self.until is not None and item.started >= self.until:
            return False
        if isinstance(item, LogGap):
            return self.since is None or item.ended >= self.since
        return (
            (self.since is None or item.started >= self.since)
            and (not self.directions or item.direction in self.directions)
            and (not self.outcomes or item.outcome in self.outcomes)
            and (not self.extension or item.is_of(self.extension))
        )


class CallLog:
    """The log of one entry: each call once, the newest last.

    Attributes:
        size: maximum number of items; the oldest are dropped.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        *,
        size: int = DEFAULT_CALL_LOG_SIZE,
        masked: bool = False,
    ) -> None:
        """Start empty; nothing is read yet.

        Args:
            masked: whether to mask outside numbers before they are kept.
        """
        self.size = size
        self._masked = masked
        self._items: list[LogItem] = []
        self._times: list[datetime] = []  # that they are ordered by
        self._rows: list[Row] = []  # the same, as stored
        self._calls: dict[str, LogEntry] = {}
        self._answers: dict[str, dict[str, None]] = {}  # extensions by live call, in that order
        self._changed = False  # since the log was loaded
        self._file = CallLogFile(hass, entry_id, lambda: self._rows, size)

    async def async_load(self) -> None:
        """Load what earlier runs saved; invalid rows are left out."""
        rows = await self._file.async_load()
        for row in rows:
            try:
                self._add(item_from(row))
            except ValueError:
                continue
        self._changed = rows != self._file.saved  # masked, cut or merged just now
        await self.async_save()

    async def async_save(self) -> None:
        """Save the log now, unless it is unchanged; earlier writes may have failed unnoticed."""
        if self._changed:
            await self._file.async_save()

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self._items)

    @property
    def call_ids(self) -> Collection[str]:
        """Return the ids of all logged calls."""
        return self._calls.keys()

    @callback
    def find(self, call_id: str) -> LogEntry | None:
        """Return the call with an id; None if it is not logged."""
        return self._calls.get(call_id)

    @callback
    def select(self, query: LogQuery) -> Iterator[LogItem]:
        """Return the matching items, newest first."""
        return (item for item in reversed(self._items) if query.matches(item))

    @callback
    def record(self, change: CallChange) -> None:
        """Record a call that has ended, and until then who answers it."""
        call = change.call
        if change.type is CallEventType.ANSWERED:
            self._answers.setdefault(call.call_id, {}).update(dict.fromkeys(change.extensions))
            if len(self._answers) > _MAX_CALLS:  # the end of some may never be published
                del self._answers[next(iter(self._answers))]
        elif change.type is CallEventType.ENDED and change.first:
            answered = self._answers.pop(call.call_id, ())
            self._keep(LogEntry.of(call, late=change.late, answered=answered))

    @callback
    def complete(self, change: CallChange) -> None:
        """Replace the entry of a call whose record has come after its end."""
        known = self._calls.get(change.call.call_id)
        if known is None:
            return
        entry = LogEntry.of(change.call, late=known.late, answered=known.also_answered)
        entry = entry.as_masked() if self._masked else entry
        place, row = self._items.index(known), entry.as_row()
        self._file.replace(self._rows[place], row)
        self._items[place], self._rows[place], self._calls[entry.call_id] = entry, row, entry
        self._changed = True

    @callback
    def record_gap(self, since: datetime, until: datetime) -> None:
        """Record a period whose calls are unknown."""
        self._keep(LogGap(started=since, ended=until))

    def _keep(self, item: LogItem) -> None:
        if (row := self._add(item)) is not None:
            self._changed = True
            self._file.add(row)

    def _add(self, item: LogItem) -> Row | None:
        """Insert an item by its start; return its row if it is new and was not dropped at once.

        A start in the future is of a clock that will be set back: the next call is newer.
        """
        if isinstance(item, LogEntry):
            if item.call_id in self._calls:
                return None
            item = item.as_masked() if self._masked else item
            self._calls[item.call_id] = item
        elif item in self._items:
            return None  # a gap that is in both files
        row = item.as_row()
        time = min(item.started, dt_util.utcnow())
        place = bisect_right(self._times, time)
        self._times.insert(place, time)
        self._items.insert(place, item)
        self._rows.insert(place, row)
        if len(self._items) <= self.size:
            return row
        del self._rows[0], self._times[0]
        oldest = self._items.pop(0)
        if isinstance(oldest, LogEntry):
            del self._calls[oldest.call_id]
        return row if place else None
