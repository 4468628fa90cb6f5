"""Detects lost reports: a read finds a change without a report."""

from collections.abc import Callable, Iterable
from math import inf

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

LOST_AFTER = 5.0  # seconds from the read of a change to its report, at most, or the reverse


class LostReports:
    """A wait for the report of a change that a read has found.

    Only changes between two reads count: an outage, a login or another report address between them
    explains a missing report. So does a report between them that names the extension, as those of
    its calls do: the channel works, and the PBX does not report the extension itself.
    """

    def __init__(self, hass: HomeAssistant, on_lost: Callable[[], None]) -> None:
        """Start without a read to compare with.

        Args:
            on_lost: called when the report did not arrive in time.
        """
        self._hass = hass
        self._on_lost = on_lost
        self._comparable = False
        self._read_at = -inf  # the last read was requested, on the event loop's clock
        self._named: dict[str, float] = {}  # extensions: when a report named them
        self._cancel: CALLBACK_TYPE | None = None

    @property
    def is_comparable(self) -> bool:
        """Return True if the next read can be compared with the last one."""
        return self._comparable

    @callback
    def received(self, extensions: Iterable[str]) -> None:
        """Record a report that names extensions: the channel works, whatever else is missing."""
        self._named.update(dict.fromkeys(extensions, self._hass.loop.time()))
        self.cancel()

    @callback
    def unexplained(self, extensions: Iterable[str]) -> set[str]:
        """Return the extensions that no report has named since a moment before the last read."""
        since = self._read_at - LOST_AFTER
        return {each for each in extensions if self._named.get(each, -inf) < since}

    @callback
    def restart(self) -> None:
        """Exclude the next read from comparison."""
        self._comparable = False
        self.cancel()

    @callback
    def cancel(self) -> None:
        """Stop waiting for a report."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    @callback
    def compare(self, *, unreported: bool, asked_at: float) -> None:
        """Record a read, and wait for a report if it found an `unreported` change."""
        if unreported and self._comparable and self._cancel is None:
            self._cancel = async_call_later(self._hass, LOST_AFTER, self._lost)
        self._comparable, self._read_at = True, asked_at
        self._named = {n: at for n, at in self._named.items() if at >= asked_at - LOST_AFTER}

    @callback
    def _lost(self, _now: object) -> None:
        self._cancel = None
        self._on_lost()
