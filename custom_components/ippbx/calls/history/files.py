"""The call log on disk: a large file, written seldom, and a small one, written at once."""

from collections import deque
from collections.abc import Callable, Sequence
from math import isqrt
from typing import Any

from homeassistant.core import HomeAssistant, callback

from ...storage import CALL_LOG, LATEST_CALLS, StoredFile

_ITEMS = "items"

type Row = dict[str, Any]


class CallLogFile:
    """The rows of a log on disk, safe from restarts and power cuts.

    Home Assistant writes whole files, and 1,000 calls are 0.4 MB: too much for an SD card at each
    call. So the whole log is written at each 32nd call only, and the latest rows are in a small
    file: those since, and 32 before them, as the power may fail while the large one is written.
    Either is written within a second, so that a power cut loses one second at most.
    """

    def __init__(
        self, hass: HomeAssistant, entry_id: str, rows: Callable[[], Sequence[Row]], size: int
    ) -> None:
        """Start with no latest rows; nothing is read yet.

        Args:
            rows: returns all rows of the log.
            size: maximum number of rows of the log.
        """
        # About the square root of the size writes the fewest bytes.
        self._whole_every = isqrt(size) + 1
        self._latest: deque[Row] = deque(maxlen=min(size, 2 * self._whole_every))
        self._added = 0
        self._rows = rows
        self._whole_file = StoredFile(hass, entry_id, CALL_LOG, lambda: {_ITEMS: [*rows()]})
        self._latest_file = StoredFile(
            hass, entry_id, LATEST_CALLS, lambda: {_ITEMS: [*self._latest]}
        )

    async def async_load(self) -> list[Any]:
        """Return the stored rows; some may be duplicates or invalid."""
        kept = [
            (await file.async_load()).get(_ITEMS) for file in (self._whole_file, self._latest_file)
        ]
        return [row for rows in kept if isinstance(rows, list) for row in rows]

    @property
    def saved(self) -> list[Row]:
        """Return what `async_load` returns after `async_save`."""
        rows = self._rows()
        return [*rows, *deque(rows, self._latest.maxlen)]

    async def async_save(self) -> None:
        """Save the whole log now, and its latest rows beside it: either write may fail."""
        self._latest.clear()
        self._latest.extend(self._rows())
        await self._whole_file.async_save()
        await self._latest_file.async_save()

    @callback
    def add(self, row: Row) -> None:
        """Save a row that was added to the log."""
        self._latest.append(row)
        self._latest_file.save_soon()
        self._added += 1
        if self._added % self._whole_every == 0:
            self._whole_file.save_soon()

    @callback
    def replace(self, old: Row, new: Row) -> None:
        """Save a row in place of one, if that is among the latest."""
        if old in self._latest:
            self._latest[self._latest.index(old)] = new
            self._latest_file.save_soon()
