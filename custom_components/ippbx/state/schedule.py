"""Decides when the PBX is read, and how much of it."""

from enum import Enum, auto

from homeassistant.core import callback

PERIOD = (
    24.0  # seconds between two reads of lists; with the wait for a report, a loss shows in 30 s
)
FULL_PERIOD = 300.0  # seconds between two reads of everything
CORRECTED_PERIOD = 8.0  # seconds between two reads after one has found what was not reported
CORRECTED_FOR = 60.0  # seconds for which that lasts
UNPROVEN_PERIOD = 15.0  # seconds between two full reads while reports are not known to arrive
PAUSE = 5.0  # seconds between two scheduled reads, and after a full read that failed
ACTED_PAUSE = 1.0  # seconds from an action to the read of what it changed: the PBX needs a moment
CAUSE_PAUSE = 30.0  # seconds between two full reads for the same cause


class ReadCause(Enum):
    """Why everything is to be read at once."""

    LINK_UP = auto()
    LOGIN = auto()
    CONFIG_CHANGE = auto()
    UNKNOWN_EXTENSION = auto()
    FEED_UP = auto()


GAPS = {ReadCause.LINK_UP, ReadCause.LOGIN, ReadCause.FEED_UP}
"""Causes before which calls may have ended unseen."""
_AT_ONCE = {ReadCause.LINK_UP, ReadCause.FEED_UP}
"""Causes that wait for nothing: probes and connection attempts are pause enough."""
_DROPPED = {ReadCause.UNKNOWN_EXTENSION}
"""Causes whose repeats within the pause are dropped; repeats of others are served at its end."""


class ReadSchedule:
    """Keeps when the next full read is due, in seconds of the event loop's clock."""

    def __init__(self) -> None:
        """Begin with a full read due at once."""
        self._full_due = 0.0
        self._corrected_at = -CORRECTED_FOR
        self._requested: dict[ReadCause, float] = {}

    @callback
    def request(self, cause: ReadCause, now: float) -> bool:
        """Request a full read; return whether it is due now."""
        before = self._requested.get(cause)
        if before is None or now - before >= CAUSE_PAUSE or cause in _AT_ONCE:
            self._requested[cause] = now
            self._full_due = now
            return True
        if cause not in _DROPPED:
            self._full_due = min(self._full_due, before + CAUSE_PAUSE)
        return False

    @callback
    def is_full_due(self, now: float) -> bool:
        """Return whether everything is to be read now."""
        return now >= self._full_due

    @callback
    def begin_full(self, now: float, *, proven: bool) -> None:
        """Note that a full read begins; the next one comes sooner while reports are not known to arrive.

        What is requested while it runs counts for the next one.
        """
        self._full_due = now + (FULL_PERIOD if proven else UNPROVEN_PERIOD)

    @callback
    def delivery_unproven(self, now: float) -> None:
        """Note that reports are no longer known to arrive: the next full read must not wait for long."""
        self._full_due = min(self._full_due, now + UNPROVEN_PERIOD)

    @callback
    def full_failed(self, now: float) -> None:
        """Note that a full read failed: it is repeated soon."""
        self._full_due = min(self._full_due, now + PAUSE)

    @callback
    def corrected(self, now: float) -> None:
        """Note that a read found what was not reported: more may be lost, the last change above all."""
        self._corrected_at = now

    @callback
    def until_next(self, now: float) -> float:
        """Return the seconds until the next read of any kind."""
        corrected = now - self._corrected_at < CORRECTED_FOR
        period = CORRECTED_PERIOD if corrected else PERIOD
        return max(PAUSE, min(period, self._full_due - now))
