"""The call log: the calls that are over, over restarts, newest at the end and at most so many."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from homeassistant.core import HomeAssistant, callback

from ...const import DEFAULT_CALL_LOG_SIZE
from ...pbx.model.tracked import CallChange, CallDirection, CallEventType, CallOutcome
from .entries import LogEntry, LogGap, LogItem, item_from
from .files import CallLogFile, Row

_BY_TIME: Callable[[LogItem], datetime] = attrgetter("started")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """What is wanted of the log; empty means any.

    Attributes:
        since: calls that began then or later.
        until: calls that began earlier.
        extension: number that took part: that called, was called, answered or missed it.
    """

    since: datetime | None = None
    until: datetime | None = None
    directions: Collection[CallDirection] = ()
    outcomes: Collection[CallOutcome] = ()
    extension: str = ""

    def wants(self, item: LogItem) -> bool:
        """Return whether an item is wanted; a gap is, unless it is over before or begins after."""
        if self.until is not None and item.started >= self.until:
            return False
        if isinstance(item, LogGap):
            return self.since is None or item.ended >= self.since
        return (
            (self.since is None or item.started >= self.since)
            and (not self.directions or item.direction in self.directions)
            and (not self.outcomes or item.outcome in self.outcomes)
            and (not self.extension or self.extension in item.numbers)
        )


class CallLog:
    """Keeps the calls of one entry, each once.

    Attributes:
        size: most items to keep.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        *,
        size: int = DEFAULT_CALL_LOG_SIZE,
        masked: bool = False,
    ) -> None:
        """Make an empty log.

        Args:
            size: most items to keep.
            masked: whether outside numbers lose their last digits before they are kept.
        """
        self.size = size
        self._masked = masked
        self._items: list[LogItem] = []  # by the time at which they began
        self._rows: list[Row] = []  # as they are written
        self._calls: dict[str, LogEntry] = {}
        self._changed = False  # since it was read
        self._file = CallLogFile(hass, entry_id, lambda: self._rows, size)

    async def async_load(self) -> None:
        """Read what earlier runs kept; what cannot be read is left out."""
        rows = await self._file.async_load()
        for row in rows:
            try:
                self._add(item_from(row))
            except ValueError:
                continue
        self._changed = rows != self._rows  # masked, cut, or put together just now
        await self.async_save()

    async def async_save(self) -> None:
        """Write the log now, unless it is as it was read: an earlier write may have failed."""
        if self._changed:
            await self._file.async_save()

    def __len__(self) -> int:
        """Return how many items there are."""
        return len(self._items)

    @callback
    def find(self, call_id: str) -> LogEntry | None:
        """Return a call by its id; None where it is not kept."""
        return self._calls.get(call_id)

    @callback
    def select(self, query: LogQuery) -> Iterator[LogItem]:
        """Yield what is wanted, newest first."""
        return (item for item in reversed(self._items) if query.wants(item))

    @callback
    def take(self, change: CallChange) -> None:
        """Keep a call that has ended."""
        if change.type is CallEventType.ENDED and change.whole:
            self._keep(LogEntry.of(change.call, late=change.late))

    @callback
    def take_gap(self, since: datetime, until: datetime) -> None:
        """Keep that nobody knows what happened in a time."""
        self._keep(LogGap(started=since, ended=until))

    def _keep(self, item: LogItem) -> None:
        if (row := self._add(item)) is not None:
            self._changed = True
            self._file.add(row)

    def _add(self, item: LogItem) -> Row | None:
        """Put an item in its place; return its row if it is there now and was not before."""
        if isinstance(item, LogEntry):
            if item.call_id in self._calls:
                return None
            item = item.as_masked() if self._masked else item
            self._calls[item.call_id] = item
        elif item in self._items:
            return None  # a gap that stands in two files
        row = item.as_row()
        place = bisect_right(self._items, item.started, key=_BY_TIME)
        self._items.insert(place, item)
        self._rows.insert(place, row)
        if len(self._items) <= self.size:
            return row
        del self._rows[0]
        oldest = self._items.pop(0)
        if isinstance(oldest, LogEntry):
            del self._calls[oldest.call_id]
        return row if place else None
