"""Counts states that were written: whether every report really changed one."""

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, callback


class Watch:
    """Counts while it is asked to; otherwise it is not there and costs nothing."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start at zero; nothing is counted yet."""
        self._hass = hass
        self._count = 0
        self._stop: CALLBACK_TYPE | None = None

    def start(self) -> None:
        """Begin to count."""
        self._count = 0
        self._stop = self._hass.bus.async_listen(EVENT_STATE_CHANGED, self._changed)

    def stop(self) -> int:
        """Return how often a state or its attributes changed since the start, and stop counting."""
        if self._stop is not None:
            self._stop()
            self._stop = None
        return self._count

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        if event.data["old_state"] is not None and event.data["new_state"] is not None:
            self._count += 1
