"""The calls of all PBXes, followed over reloads of their entries."""

from collections.abc import Callable
from typing import Any

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ...const import DOMAIN
from ...pbx.model.tracked import CallChange
from ...pbx.model.values import bundle
from ...state.store import StateStore
from ..monitor import CallMonitor
from ..texts import CallTexts


@bundle
class CallSource:
    """A loaded PBX as listeners to its calls see it.

    Attributes:
        title: returns the name of the PBX, which a user may change.
        is_up: returns whether the link is up; otherwise the state of its calls is unknown.
    """

    entry_id: str
    title: Callable[[], str]
    calls: CallMonitor
    texts: CallTexts
    store: StateStore
    is_up: Callable[[], bool]


type _Listening = tuple[CallSource, CALLBACK_TYPE]


class EntryListener:
    """A listener to the calls of all entries that are loaded, now and later."""

    def __init__(
        self,
        hass: HomeAssistant,
        on_change: Callable[[CallSource, CallChange], None],
        on_unload: Callable[[CallSource], None],
    ) -> None:
        """Start to listen.

        Args:
            on_change: called with the PBX and each change, when the states that show it are
                written.
            on_unload: called when an entry is unloaded, after which its calls are unknown.
        """
        self._on_change = on_change
        self._on_unload = on_unload
        self._listening: dict[str, _Listening] = {}
        self._stop = async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._changed)
        for entry in hass.config_entries.async_loaded_entries(DOMAIN):
            self._listen(entry)

    @callback
    def async_stop(self) -> None:
        """Stop listening."""
        self._stop()
        for entry_id in tuple(self._listening):
            self._drop(entry_id)

    @callback
    def _changed(self, _change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        if entry.domain != DOMAIN:
            return
        loaded = entry.state is ConfigEntryState.LOADED
        known = self._listening.get(entry.entry_id)
        if known is not None and not (loaded and known[0] is entry.runtime_data.call_source):
            self._drop(entry.entry_id)
        if loaded and entry.entry_id not in self._listening:
            self._listen(entry)

    def _listen(self, entry: ConfigEntry[Any]) -> None:
        source: CallSource = entry.runtime_data.call_source

        @callback
        def changed(change: CallChange) -> None:
            self._on_change(source, change)

        self._listening[entry.entry_id] = source, source.calls.triggers.listen(changed)

    def _drop(self, entry_id: str) -> None:
        source, stop = self._listening.pop(entry_id)
        stop()
        self._on_unload(source)
