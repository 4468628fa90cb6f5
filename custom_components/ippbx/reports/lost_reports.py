"""Notices that reports do not arrive: a read finds a change of which no report came."""

from collections.abc import Callable

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

LOST_AFTER = 5.0  # seconds that the report of a change may need


class LostReports:
    """Waits for the report of a change that a read has found.

    Only what changed between two reads should have been reported: an outage, a login or another report address
    between them explains the silence.
    """

    def __init__(self, hass: HomeAssistant, on_lost: Callable[[], None]) -> None:
        """Start without anything to compare with.

        Args:
            hass: for its timers.
            on_lost: called when the report did not arrive in time.
        """
        self._hass = hass
        self._on_lost = on_lost
        self._comparable = False
        self._cancel: CALLBACK_TYPE | None = None

    @property
    def is_comparable(self) -> bool:
        """Return whether the next read can be compared with what was known before."""
        return self._comparable

    @callback
    def restart(self) -> None:
        """Do not compare the next read with what was known before."""
        self._comparable = False
        self.cancel()

    @callback
    def cancel(self) -> None:
        """Wait for no report: one came, or nobody wants to know any more."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    @callback
    def compare(self, *, unreported: bool) -> None:
        """Note a read.

        Args:
            unreported: whether it found a change that should have been reported.
        """
        if unreported and self._comparable and self._cancel is None:
            self._cancel = async_call_later(self._hass, LOST_AFTER, self._lost)
        self._comparable = True

    @callback
    def _lost(self, _now: object) -> None:
        self._cancel = None
        self._on_lost()
