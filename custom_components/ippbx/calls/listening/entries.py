"""Hears the calls of all PBXs, however often their entries are loaded anew."""

from collections.abc import Callable
from dataclasses import dataclass

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ...const import DOMAIN
from ...coordinator import PbxCoordinator
from ...pbx.model.tracked import CallChange


@dataclass(frozen=True, slots=True)
class _Heard:
    """A loaded entry that is listened to."""

    coordinator: PbxCoordinator
    stop: CALLBACK_TYPE


class CallWatch:
    """Follows all entries: listens to the calls of those that are loaded, and says good-bye to those that no longer are."""

    def __init__(
        self,
        hass: HomeAssistant,
        take: Callable[[PbxCoordinator, CallChange], None],
        leave: Callable[[PbxCoordinator], None],
    ) -> None:
        """Begin to listen.

        Args:
            take: called with each change, and with who knows of it.
            leave: called when an entry is loaded no longer; nothing is known of its calls from then on.
        """
        self._take = take
        self._leave = leave
        self._heard: dict[str, _Heard] = {}
        self._stop = async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._changed)
        for entry in hass.config_entries.async_loaded_entries(DOMAIN):
            self._listen(entry)

    @callback
    def async_stop(self) -> None:
        """Stop listening."""
        self._stop()
        for entry_id in tuple(self._heard):
            self._forget(entry_id)

    @callback
    def _changed(self, _change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain != DOMAIN:
            return
        loaded = entry.state is ConfigEntryState.LOADED
        heard = self._heard.get(entry.entry_id)
        if heard is not None and not (loaded and heard.coordinator is entry.runtime_data):
            self._forget(entry.entry_id)
        if loaded and entry.entry_id not in self._heard:
            self._listen(entry)

    def _listen(self, entry: ConfigEntry) -> None:
        coordinator: PbxCoordinator = entry.runtime_data

        @callback
        def take(change: CallChange) -> None:
            self._take(coordinator, change)

        self._heard[entry.entry_id] = _Heard(coordinator, coordinator.calls.listen(take))

    def _forget(self, entry_id: str) -> None:
        heard = self._heard.pop(entry_id)
        heard.stop()
        self._leave(heard.coordinator)
