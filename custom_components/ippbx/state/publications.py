"""Publications: what entities and triggers are told of reports that came together."""

from collections.abc import Callable
from typing import Any

from homeassistant.core import callback


class Publications:
    """What is published, in order: at once, or when all reports that came together are applied.

    To write states is other code than to apply reports. Report by report, each of the two finds the
    processor's caches full of the other.
    """

    def __init__(self, on_error: Callable[[Exception], None]) -> None:
        """Start with nothing held.

        Args:
            on_error: receives what a receiver raises, which must not cost the others.
        """
        self._on_error = on_error
        self._held: list[tuple[Callable[[Any], None], Any]] | None = None

    @callback
    def publish[WhatT](self, receive: Callable[[WhatT], None], what: WhatT) -> None:
        """Pass something on, at once or at `release`."""
        if self._held is None:
            self._pass_on(receive, what)
        else:
            self._held.append((receive, what))

    @callback
    def hold(self) -> None:
        """Collect from now on instead of passing on."""
        self._held = []

    @callback
    def release(self) -> None:
        """Pass on what was collected, and what is published meanwhile."""
        for receive, what in self._held or ():
            self._pass_on(receive, what)
        self._held = None

    def _pass_on[WhatT](self, receive: Callable[[WhatT], None], what: WhatT) -> None:
        try:
            receive(what)
        except Exception as error:  # noqa: BLE001 - it must not cost the others
            self._on_error(error)
