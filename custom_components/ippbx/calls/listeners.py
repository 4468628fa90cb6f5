"""Listeners of calls: of all of them, or of those of one extension."""

from collections.abc import Callable, Iterable
from functools import partial

from homeassistant.core import callback

from ..pbx.model.tracked import CallChange

type CallListener = Callable[[CallChange], None]


class CallListeners:
    """Publishes changes in the order in which they happened; one costs the same however many extensions there are."""

    def __init__(self) -> None:
        """Start without listeners."""
        self._listeners: dict[str | None, list[CallListener]] = {}

    @callback
    def listen(self, listener: CallListener, extension: str | None = None) -> Callable[[], None]:
        """Call a listener at every change, or at every change that concerns an extension.

        Returns:
            What ends that.
        """
        self._listeners.setdefault(extension, []).append(listener)
        return partial(self.ignore, listener, extension)

    @callback
    def ignore(self, listener: CallListener, extension: str | None = None) -> None:
        """Remove a listener; one that is not there is no error."""
        listeners = self._listeners.get(extension, [])
        if listener in listeners:
            listeners.remove(listener)
        if not listeners:
            self._listeners.pop(extension, None)

    @callback
    def publish(self, changes: Iterable[CallChange]) -> None:
        """Pass each change on: first to listeners of all calls, then to those of its extensions."""
        for change in changes:
            for extension in (None, *change.extensions):
                for listener in tuple(self._listeners.get(extension, ())):
                    listener(change)
