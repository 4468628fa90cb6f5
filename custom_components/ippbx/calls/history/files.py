"""The call log on disk: a large file, seldom written, and a small one, written soon."""

from collections import deque
from collections.abc import Callable, Sequence
from math import isqrt
from typing import Any

from homeassistant.core import HomeAssistant, callback

from ...storage import CALL_LOG, LATEST_CALLS, StoredFile

_ITEMS = "items"

type Row = dict[str, Any]


class CallLogFile:
    """Keeps the rows of a log over restarts and power cuts.

    Home Assistant writes files as a whole, and 1,000 calls are 0.4 MB: too much for an SD card with
    each call. So the whole log is written with each 32nd call only. The latest stand in a small
    file: those since, and 32 before them, as the power may go while the large one is written.
    Either is written within a second, and a power cut loses no more than that second brought.

    Attributes:
        every: calls after which the whole log is written: about the root of its size writes the
            fewest bytes.
    """

    def __init__(
        self, hass: HomeAssistant, entry_id: str, rows: Callable[[], Sequence[Row]], size: int
    ) -> None:
        """Make files that are not read yet.

        Args:
            rows: returns all rows of the log.
            size: most rows of the log.
        """
        self.every = isqrt(size) + 1
        self._latest: deque[Row] = deque(maxlen=min(size, 2 * self.every))
        self._added = 0
        self._whole_file = StoredFile(hass, entry_id, CALL_LOG, lambda: {_ITEMS: [*rows()]})
        self._latest_file = StoredFile(
            hass, entry_id, LATEST_CALLS, lambda: {_ITEMS: [*self._latest]}
        )

    async def async_load(self) -> list[Any]:
        """Return what earlier runs kept; some of it may come twice, and be no row at all."""
        kept = [
            (await file.async_load()).get(_ITEMS) for file in (self._whole_file, self._latest_file)
        ]
        return [row for rows in kept if isinstance(rows, list) for row in rows]

    async def async_save(self) -> None:
        """Write the whole log now, after which the small file holds nothing."""
        self._latest.clear()
        await self._whole_file.async_save()
        await self._latest_file.async_save()

    @callback
    def add(self, row: Row) -> None:
        """Keep a row that came to the log just now."""
        self._latest.append(row)
        self._latest_file.save_soon()
        self._added += 1
        if self._added % self.every == 0:
            self._whole_file.save_soon()
