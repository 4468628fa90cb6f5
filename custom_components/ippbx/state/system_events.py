"""What happens to the PBX as a whole, told once."""

from collections.abc import Callable

from homeassistant.core import callback

from ..pbx.uc.reports.parse import ConfigChangeReport

BOOT = "boot"
CONFIG_CHANGED = "config_changed"
REPEAT = (
    30.0  # seconds in which the same again is a repeat: a PBX repeats what is not answered at once
)

type SystemListener = Callable[[str, dict[str, str]], None]


class SystemEvents:
    """Tells listeners of starts of the PBX and of changes of its configuration, repeats left out."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Prepare.

        Args:
            clock: returns the event loop's time, in seconds.
        """
        self._clock = clock
        self._listeners: list[SystemListener] = []
        self._told: dict[tuple[str, ...], float] = {}

    @callback
    def listen(self, listener: SystemListener) -> Callable[[], None]:
        """Have a listener called with type and attributes of every event; return how to end that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def booted(self) -> None:
        """Tell that the PBX has started."""
        self._tell(BOOT, {})

    @callback
    def changed(self, report: ConfigChangeReport) -> None:
        """Tell that an extension or a trunk was added, changed or deleted."""
        said = {"item": report.item, "name": report.key, "operation": report.operation}
        self._tell(CONFIG_CHANGED, {name: value for name, value in said.items() if value})

    def _tell(self, event_type: str, attributes: dict[str, str]) -> None:
        now = self._clock()
        self._told = {event: at for event, at in self._told.items() if now - at < REPEAT}
        event = (event_type, *attributes.values())
        if event in self._told:
            return
        self._told[event] = now
        for listener in tuple(self._listeners):
            listener(event_type, attributes)
