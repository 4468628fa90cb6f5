"""Picks the records that are news, of hundreds of thousands that a PBX may give."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import batched
from operator import itemgetter
from typing import Final

from ...pbx.model.lines import CallRecord

AT_ONCE: Final = 500
"""Records that are looked at before others have their turn: some milliseconds."""


class RecordSieve:
    """Keeps the oldest records of calls whose end is unknown.

    Attributes:
        fresh: whether there are some of calls that ended so lately that they may be reported still.
        more: whether there is more news than is kept.
    """

    def __init__(
        self,
        is_unknown: Callable[[CallRecord, datetime], bool],
        is_fresh: Callable[[datetime], bool],
        most: int,
    ) -> None:
        """Keep none yet.

        Args:
            is_unknown: returns whether it is unknown how the call of a record ended that began
                then (UTC).
            is_fresh: returns whether a call that ended then (UTC) may be reported still.
            most: records to keep.
        """
        self.fresh = self.more = False
        self._is_unknown = is_unknown
        self._is_fresh = is_fresh
        self._most = most
        self._kept: list[tuple[datetime, CallRecord]] = []

    @property
    def news(self) -> list[CallRecord]:
        """Return the records that are news, oldest first."""
        return [record for _, record in self._kept]

    async def async_take(
        self, records: Sequence[CallRecord], ahead: timedelta = timedelta(0)
    ) -> None:
        """Look at records, a few at a time.

        Args:
            ahead: how far the clock that they go by is ahead.
        """
        for batch in batched(records, AT_ONCE, strict=False):
            self._take(batch, ahead)
            await asyncio.sleep(0)

    def _take(self, batch: Sequence[CallRecord], ahead: timedelta) -> None:
        for record in batch:
            if record.started is None:
                continue
            began = record.started - ahead
            if not self._is_unknown(record, began):
                continue
            if self._is_fresh(_ended(record, began)):
                self.fresh = True
            else:
                self._kept.append((began, record))
        self._kept.sort(key=itemgetter(0))
        self.more |= len(self._kept) > self._most
        del self._kept[self._most :]


def _ended(record: CallRecord, began: datetime) -> datetime:
    """Return when the call of a record ended; when it began, where that cannot be read."""
    try:
        return began + timedelta(seconds=record.duration or 0)
    except OverflowError:
        return began
