"""Dispatches events: through a table, then to every consumer; then entities are notified."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from homeassistant.core import callback

from ..pbx.model.events import (
    BootUpReport,
    ConfigChangeReport,
    ExtensionStatusReport,
    PbxEvent,
    TrunkStatusReport,
)
from ..pbx.model.values import bundle
from ..state.store import StateStore

type EventConsumer = tuple[type[PbxEvent] | tuple[type[PbxEvent], ...], Callable[[Any], None]]
"""Classes of events, and their receiver."""


@bundle
class DispatcherHooks:
    """Callbacks of the dispatcher.

    Attributes:
        on_boot: the PBX has started.
        on_config_change: an extension or a trunk was added, changed or deleted.
        on_status: the status of a known extension was reported.
        on_unknown_extension: the status of an extension was reported that no list contains.
    """

    on_boot: Callable[[], None]
    on_config_change: Callable[[ConfigChangeReport], None]
    on_status: Callable[[str], None]
    on_unknown_extension: Callable[[], None]


class ReportDispatcher:
    """The table of events. An event costs the same with 5 or 500 extensions."""

    def __init__(
        self, store: StateStore, hooks: DispatcherHooks, consumers: Sequence[EventConsumer]
    ) -> None:
        """Build the table of routes.

        Args:
            store: receives statuses.
            hooks: called for all other events.
            consumers: receive events, in this order, after the store.
        """
        self._store = store
        self._hooks = hooks
        self._consumers = consumers
        self._receivers_of: dict[type[PbxEvent], tuple[Callable[[Any], None], ...]] = {}
        self._routes: Mapping[type[PbxEvent], Callable[[Any], None]] = {
            ExtensionStatusReport: self._extension_status,
            TrunkStatusReport: store.set_trunk_status,
            BootUpReport: lambda _event: hooks.on_boot(),
            ConfigChangeReport: hooks.on_config_change,
        }

    @callback
    def dispatch(self, event: PbxEvent) -> None:
        """Apply an event and pass it on; each key that it changes is published once, at the end."""
        self._store.hold()
        try:
            kind = type(event)
            for receive in self._receivers_of.get(kind) or self._find_receivers(kind):
                receive(event)
        finally:
            self._store.release()

    def _find_receivers(self, kind: type[PbxEvent]) -> tuple[Callable[[Any], None], ...]:
        route = self._routes.get(kind)
        consumers = [consume for kinds, consume in self._consumers if issubclass(kind, kinds)]
        found = self._receivers_of[kind] = (*((route,) if route else ()), *consumers)
        return found

    def _extension_status(self, event: ExtensionStatusReport) -> None:
        if event.extension not in self._store.extensions:
            self._hooks.on_unknown_extension()
        elif event.status is not None:
            self._hooks.on_status(event.extension)
            self._store.set_extension_status(event.extension, event.status)
