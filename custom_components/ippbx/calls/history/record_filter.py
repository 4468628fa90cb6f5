"""The filter of call records: a PBX may return hundreds of thousands."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import batched
from operator import itemgetter
from typing import Final

from ...pbx.model.lines import CallRecord

AT_ONCE: Final = 500
"""Records that are checked before the event loop runs others: some milliseconds."""
MOST_KNOWN: Final = 1000
"""Records of known calls that are kept, of which others may be branches."""


class RecordFilter:
    """A filter that selects the oldest records of calls whose end is unknown.

    Attributes:
        fresh: whether calls were left out that ended just now and may be reported still.
        more: whether there are more than were selected.
        known: the last records of calls whose end is known.
    """

    def __init__(
        self,
        is_unknown: Callable[[CallRecord, datetime], bool],
        is_fresh: Callable[[datetime], bool],
        limit: int,
    ) -> None:
        """Start with no records.

        Args:
            is_unknown: returns whether the end of a record's call is unknown; gets the record and
                the start of the call (UTC).
            is_fresh: returns whether a call that ended at a time (UTC) may be reported still.
            limit: maximum number of records to select.
        """
        self.fresh = self.more = False
        self.known: deque[CallRecord] = deque(maxlen=MOST_KNOWN)
        self._is_unknown = is_unknown
        self._is_fresh = is_fresh
        self._limit = limit
        self._kept: list[tuple[datetime, CallRecord]] = []

    @property
    def selected(self) -> list[CallRecord]:
        """Return the selected records, oldest first."""
        return [record for _, record in self._kept]

    async def async_add(
        self, records: Sequence[CallRecord], ahead: timedelta = timedelta(0)
    ) -> None:
        """Check records, a batch at a time.

        Args:
            ahead: how far the clock of the records is ahead.
        """
        for batch in batched(records, AT_ONCE, strict=False):
            self._add(batch, ahead)
            await asyncio.sleep(0)

    def _add(self, batch: Sequence[CallRecord], ahead: timedelta) -> None:
        for record in batch:
            if record.started is None:
                continue
            began = record.started - ahead
            if not self._is_unknown(record, began):
                self.known.append(record)
            elif self._is_fresh(_ended(record, began)):
                self.fresh = True
            else:
                self._kept.append((began, record))
        self._kept.sort(key=itemgetter(0))
        self.more |= len(self._kept) > self._limit
        del self._kept[self._limit :]


def _ended(record: CallRecord, began: datetime) -> datetime:
    """Return the end of a record's call (UTC); its start if the duration is unusable."""
    try:
        return began + timedelta(seconds=record.duration or 0)
    except OverflowError:
        return began
