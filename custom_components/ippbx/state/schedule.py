"""The decision when the PBX is read, and how much of it."""

from enum import Enum, auto

from homeassistant.core import callback

# All in seconds.
PERIOD = 24.0  # between two reads of lists; with LOST_AFTER a lost report shows within 30
FULL_PERIOD = 300.0  # between two full reads
CORRECTED_PERIOD = 8.0  # between two reads after an unreported change, or one that failed
CORRECTED_FOR = 60.0  # for which that lasts
UNPROVEN_PERIOD = 15.0  # between two full reads while reports are not known to arrive
PAUSE = 5.0  # between two scheduled reads
ACTED_PAUSE = 1.0  # from an action to the read of its effect: the PBX needs a moment
CAUSE_PAUSE = 30.0  # between two full reads for the same cause


class ReadCause(Enum):
    """Why a full read is requested."""

    LINK_UP = auto()
    LOGIN = auto()
    CONFIG_CHANGE = auto()
    UNKNOWN_EXTENSION = auto()
    FEED_UP = auto()
    CLOCK = auto()


GAPS = {ReadCause.LINK_UP, ReadCause.LOGIN, ReadCause.FEED_UP}
"""Causes that follow an outage, during which calls may have ended."""
_AT_ONCE = {ReadCause.LINK_UP, ReadCause.FEED_UP}
"""Causes without a pause: probes and connection attempts have pauses of their own."""
_DROPPED = {ReadCause.UNKNOWN_EXTENSION}
"""Causes that are dropped within the pause; the others are served at its end."""


class ReadSchedule:
    """The schedule of reads, in seconds of the event loop's clock."""

    def __init__(self) -> None:
        """Start with a full read due at once."""
        self._full_due = 0.0
        self._corrected_at = -CORRECTED_FOR
        self._requested: dict[ReadCause, float] = {}

    @callback
    def request(self, cause: ReadCause, now: float) -> bool:
        """Request a full read; return True if it is due now."""
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
        """Return True if a full read is due."""
        return now >= self._full_due

    @callback
    def begin_full(self, now: float, *, proven: bool) -> None:
        """Record the begin of a full read; without `proven` delivery the next one comes sooner.

        Requests during a read count for the next one.
        """
        self._full_due = now + (FULL_PERIOD if proven else UNPROVEN_PERIOD)

    @callback
    def delivery_unproven(self, now: float) -> None:
        """Bring the next full read forward: reports are no longer known to arrive."""
        self._full_due = min(self._full_due, now + UNPROVEN_PERIOD)

    @callback
    def corrected(self, now: float) -> None:
        """Read more often for a while, after an unreported change or a faulty answer."""
        self._corrected_at = now

    @callback
    def until_next(self, now: float) -> float:
        """Return the seconds until the next read of any kind."""
        corrected = now - self._corrected_at < CORRECTED_FOR
        period = CORRECTED_PERIOD if corrected else PERIOD
        return max(PAUSE, min(period, self._full_due - now))
