"""Who is told of what happens to calls: of all of them, or of those of one extension."""

from collections.abc import Callable, Iterable
from functools import partial

from homeassistant.core import callback

from ..pbx.model.tracked import CallChange

type CallListener = Callable[[CallChange], None]


class CallListeners:
    """Tells changes in the order in which they happened; one costs the same however many extensions are heard."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._listeners: dict[str | None, list[CallListener]] = {}

    @callback
    def listen(self, listener: CallListener, extension: str | None = None) -> Callable[[], None]:
        """Have a listener called at every change, or at every one that is news for an extension.

        Returns:
            What ends that.
        """
        self._listeners.setdefault(extension, []).append(listener)
        return partial(self.ignore, listener, extension)

    @callback
    def ignore(self, listener: CallListener, extension: str | None = None) -> None:
        """Call a listener no more; one that is not called is no error."""
        listeners = self._listeners.get(extension, [])
        if listener in listeners:
            listeners.remove(listener)
        if not listeners:
            self._listeners.pop(extension, None)

    @callback
    def tell(self, changes: Iterable[CallChange]) -> None:
        """Tell each change: first who hears all, then who hears its extensions."""
        for change in changes:
            for whose in (None, *change.extensions):
                for listener in tuple(self._listeners.get(whose, ())):
                    listener(change)
