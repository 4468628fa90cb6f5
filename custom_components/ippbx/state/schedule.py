"""Decides when the PBX is read, and how much of it."""

from enum import Enum, auto

from homeassistant.core import callback

PERIOD = 24.0  # seconds between two reads of lists; with the wait for a report, a loss shows in half a minute
FULL_PERIOD = 300.0  # seconds between two reads of everything
CORRECTED_PERIOD = 8.0  # the same after a read has found what a report should have told
CORRECTED_FOR = 60.0  # seconds for which that lasts
UNPROVEN_PERIOD = 15.0  # seconds between two full reads while no report has shown that reports come
PAUSE = 5.0  # seconds between two reads that nobody asked for, and after a full read that failed
ACTED_PAUSE = 1.0  # seconds from an action to the read of what it changed: the PBX needs a moment
CAUSE_PAUSE = 30.0  # seconds between two full reads for the same cause


class ResyncCause(Enum):
    """Why everything is to be read at once."""

    LINK_UP = auto()
    LOGIN = auto()
    CONFIG_CHANGE = auto()
    UNKNOWN_EXTENSION = auto()
    STREAM_UP = auto()


GAPS = {ResyncCause.LINK_UP, ResyncCause.LOGIN, ResyncCause.STREAM_UP}
"""Causes before which calls may have ended without anybody hearing of it."""
_AT_ONCE = {ResyncCause.LINK_UP, ResyncCause.STREAM_UP}
"""Causes that wait for nothing: probes and tries are pause enough, and states must be right soon."""
_DROPPED = {ResyncCause.UNKNOWN_EXTENSION}
"""Causes of which a further wish within the pause is dropped; others are served at its end."""


class ResyncSchedule:
    """Keeps when the next full read is due, in seconds of the event loop's clock."""

    def __init__(self) -> None:
        """Begin with a full read due at once."""
        self._full_due = 0.0
        self._corrected_at = -CORRECTED_FOR
        self._asked: dict[ResyncCause, float] = {}

    @callback
    def ask(self, cause: ResyncCause, now: float) -> bool:
        """Ask for a full read; tell whether it is due now."""
        asked = self._asked.get(cause)
        if asked is None or now - asked >= CAUSE_PAUSE or cause in _AT_ONCE:
            self._asked[cause] = now
            self._full_due = now
            return True
        if cause not in _DROPPED:
            self._full_due = min(self._full_due, asked + CAUSE_PAUSE)
        return False

    @callback
    def is_full_due(self, now: float) -> bool:
        """Tell whether everything is to be read now."""
        return now >= self._full_due

    @callback
    def begin_full(self, now: float, *, proven: bool) -> None:
        """Note that a full read begins; the next one comes sooner while reports are not known to come.

        What is asked while it runs counts for the next one.
        """
        self._full_due = now + (FULL_PERIOD if proven else UNPROVEN_PERIOD)

    @callback
    def doubt(self, now: float) -> None:
        """Note that reports are no longer known to come: the next full read must not wait for long."""
        self._full_due = min(self._full_due, now + UNPROVEN_PERIOD)

    @callback
    def full_failed(self, now: float) -> None:
        """Note that a full read failed: it is repeated soon."""
        self._full_due = min(self._full_due, now + PAUSE)

    @callback
    def corrected(self, now: float) -> None:
        """Note that a read found what a report should have told: others may be lost as well, the last one above all."""
        self._corrected_at = now

    @callback
    def until_next(self, now: float) -> float:
        """Return the seconds until the next read of any kind."""
        corrected = now - self._corrected_at < CORRECTED_FOR
        period = CORRECTED_PERIOD if corrected else PERIOD
        return max(PAUSE, min(period, self._full_due - now))
