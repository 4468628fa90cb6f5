"""The clock that calls go by: UTC, unmoved by whoever sets Home Assistant's clock."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from homeassistant.util import dt as dt_util

_SET: Final = timedelta(seconds=1)
"""A smaller difference does not show that Home Assistant's clock was set."""


class CallClock:
    """UTC by the event loop's clock: what waits for a moment waits as long as it was to.

    It follows Home Assistant's clock only when it is aligned, while nothing waits.
    """

    def __init__(self, loop_time: Callable[[], float]) -> None:
        """Start with Home Assistant's time; `loop_time` returns the event loop's, in seconds."""
        self._loop_time = loop_time
        self._origin = dt_util.utcnow() - timedelta(seconds=loop_time())

    def now(self) -> datetime:
        """Return the time (UTC)."""
        return self._origin + timedelta(seconds=self._loop_time())

    def align(self) -> bool:
        """Adopt Home Assistant's time if that was set; return whether it was."""
        ahead = dt_util.utcnow() - self.now()
        if abs(ahead) <= _SET:
            return False
        self._origin += ahead
        return True
