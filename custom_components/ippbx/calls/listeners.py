"""Listeners to changes of calls: of all calls, or of those of one extension."""

from collections.abc import Callable, Iterable
from functools import partial

from homeassistant.core import callback

from ..pbx.model.tracked import CallChange

type CallListener = Callable[[CallChange], None]


class CallListeners:
    """Registered listeners; the cost of a change does not depend on the number of extensions."""

    def __init__(self) -> None:
        """Start without listeners."""
        self._listeners: dict[str | None, list[CallListener]] = {}

    @property
    def any(self) -> bool:
        """Return whether there is a listener."""
        return bool(self._listeners)

    @callback
    def listen(self, listener: CallListener, extension: str | None = None) -> Callable[[], None]:
        """Register a listener for every change, or for those that concern an extension.

        Returns:
            Callback that removes the listener.
        """
        self._listeners.setdefault(extension, []).append(listener)
        return partial(self.ignore, listener, extension)

    @callback
    def ignore(self, listener: CallListener, extension: str | None = None) -> None:
        """Remove a listener if it is registered."""
        listeners = self._listeners.get(extension, [])
        if listener in listeners:
            listeners.remove(listener)
        if not listeners:
            self._listeners.pop(extension, None)

    @callback
    def publish(self, changes: Iterable[CallChange]) -> None:
        """Call the listeners to all calls, then those to extensions, for each change in order."""
        for change in changes:
            for extension in (None, *change.extensions):
                for listener in tuple(self._listeners.get(extension, ())):
                    listener(change)
