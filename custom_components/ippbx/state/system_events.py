"""Events of the PBX as a whole: starts and changes of configuration, without repeats."""

from collections.abc import Callable

from homeassistant.core import callback

from ..pbx.model.events import ConfigChangeReport

BOOT = "boot"
CONFIG_CHANGED = "config_changed"
REPEAT = 30.0
"""Seconds within which the same event is a repeat: a PBX repeats unanswered reports."""

type SystemListener = Callable[[str, dict[str, str]], None]


class SystemEvents:
    """The publisher of starts and changes of configuration, without repeats."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start without listeners; `clock` returns the event loop's time, in seconds."""
        self._clock = clock
        self._listeners: list[SystemListener] = []
        self._published: dict[tuple[str, ...], float] = {}

    @callback
    def listen(self, listener: SystemListener) -> Callable[[], None]:
        """Call a listener with type and attributes of every event; return how to remove it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def booted(self) -> None:
        """Publish a start of the PBX."""
        self._publish(BOOT, {})

    @callback
    def config_changed(self, event: ConfigChangeReport) -> None:
        """Publish that an extension or a trunk was added, changed or deleted."""
        attributes = {"item": event.item, "name": event.key, "operation": event.operation}
        self._publish(CONFIG_CHANGED, {name: value for name, value in attributes.items() if value})

    def _publish(self, event_type: str, attributes: dict[str, str]) -> None:
        now = self._clock()
        self._published = {key: at for key, at in self._published.items() if now - at < REPEAT}
        key = (event_type, *attributes.values())
        if key in self._published:
            return
        self._published[key] = now
        for listener in tuple(self._listeners):
            listener(event_type, attributes)
