"""The scope of a trigger or a condition: PBXes, extensions and trunks, and how they are named."""

from collections.abc import Collection, Iterable
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids

from ...const import DOMAIN
from ...pbx.model.tracked import CallChange, TrackedCall
from ...state.devices import EXTENSION_ITEM, TRUNK_ITEM, item_id
from ...state.store import StateStore
from .entries import CallSource


class Scope:
    """The scope of a trigger or a condition.

    Devices are looked up at each use, as users may move them.
    """

    def __init__(
        self, hass: HomeAssistant, target: dict[str, Any] | None, extensions: Collection[str]
    ) -> None:
        """Limit the scope; with neither target nor extensions everything is in scope.

        Args:
            target: devices, entities, areas, floors or labels.
            extensions: numbers of extensions, which need no device. Beside a target they are of its
                PBXes alone: phones in it stay, and a PBX or a trunk stands for these extensions.
        """
        self._hass = hass
        self._target = TargetSelection(target or {})
        self._extensions = frozenset(extensions)

    @callback
    def extension_in(self, source: CallSource, change: CallChange) -> str | None:
        """Return the extension of a change that is in scope.

        Returns:
            Empty if the PBX or a trunk is in scope; None if nothing is.
        """
        if self._is_everything:
            return "" if change.first else None
        named, serial = self._named(), source.store.serial
        numbers = self._numbers(source, named, change.call)
        for number in change.extensions:
            if number in numbers or item_id(serial, EXTENSION_ITEM, number) in named:
                return number
        return "" if change.first and self._has_whole(source, named, change.call) else None

    @callback
    def extensions(self, source: CallSource) -> list[str]:
        """Return the extensions of a PBX that are in scope; the PBX itself stands for all.

        With numbers in scope it stands for these.
        """
        return self._items(EXTENSION_ITEM, source, source.store.extensions)

    @callback
    def trunks(self, source: CallSource) -> list[str]:
        """Return the keys of trunks that are in scope; the PBX itself stands for all."""
        return self._items(TRUNK_ITEM, source, source.store.trunks)

    @callback
    def has_call(self, source: CallSource, call: TrackedCall) -> bool:
        """Return whether a call is in scope, by an extension, its trunk or its PBX."""
        if self._is_everything:
            return True
        named, serial = self._named(), source.store.serial
        devices = {item_id(serial, EXTENSION_ITEM, number) for number in call.extensions}
        return (
            not self._numbers(source, named, call).isdisjoint(call.extensions)
            or not devices.isdisjoint(named)
            or self._has_whole(source, named, call)
        )

    def _items(self, item: str, source: CallSource, keys: Iterable[str]) -> list[str]:
        named, serial = self._named(), source.store.serial
        numbers = self._numbers(source, named) if item == EXTENSION_ITEM else frozenset()
        found = [key for key in keys if key in numbers or item_id(serial, item, key) in named]
        if found or self._extensions:
            return found
        return list(keys) if self._is_everything or serial in named else []

    def _numbers(
        self, source: CallSource, named: set[str], call: TrackedCall | None = None
    ) -> frozenset[str]:
        """Return the numbers that count at a PBX: all if there is no target.

        Else the target must name the PBX, a phone of it, or the trunk of the call.
        """
        if not self._extensions or not self._target.has_any_target:
            return self._extensions
        phones = item_id(source.store.serial, EXTENSION_ITEM, "")
        counts = (
            source.store.serial in named
            or any(each.startswith(phones) for each in named)
            or (call is not None and not named.isdisjoint(_trunk_ids(source.store, call)))
        )
        return self._extensions if counts else frozenset()

    def _has_whole(self, source: CallSource, named: set[str], call: TrackedCall) -> bool:
        """Return whether the target names the PBX or the trunk of a call, and no number limits it.

        Of such a call no extension need be in scope.
        """
        whole = {source.store.serial, *_trunk_ids(source.store, call)}
        return not self._extensions and not named.isdisjoint(whole)

    @property
    def _is_everything(self) -> bool:
        return not self._target.has_any_target and not self._extensions

    def _named(self) -> set[str]:
        """Return the identifiers of the devices that the target names."""
        if not self._target.has_any_target:
            return set()
        entities, devices = er.async_get(self._hass), dr.async_get(self._hass)
        found = async_extract_referenced_entity_ids(self._hass, self._target)
        device_ids = set(found.referenced_devices)
        for entity_id in found.referenced | found.indirectly_referenced:
            entity = entities.async_get(entity_id)
            if entity is not None and entity.platform == DOMAIN and entity.device_id is not None:
                device_ids.add(entity.device_id)
        return {
            identifier
            for device_id in device_ids
            if (device := devices.async_get(device_id)) is not None
            for domain, identifier in device.identifiers
            if domain == DOMAIN
        }


def _trunk_ids(store: StateStore, call: TrackedCall) -> list[str]:
    """Return the device identifiers of the trunk of a call."""
    if not call.trunk:
        return []
    return [
        item_id(store.serial, TRUNK_ITEM, key)
        for key, trunk in store.trunks.items()
        if trunk.name == call.trunk
    ]


@callback
def trunks_of(hass: HomeAssistant, source: CallSource, call: TrackedCall) -> set[str]:
    """Return the name of the trunk of a call, and the ids of its device; empty without a trunk."""
    wanted = {(DOMAIN, identifier) for identifier in _trunk_ids(source.store, call)}
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), source.entry_id)
    ids = {device.id for device in devices if wanted & device.identifiers}
    return ids | {call.trunk} - {""}


@callback
def device_id_of(hass: HomeAssistant, source: CallSource, extension: str) -> str:
    """Return the device id of an extension, or of the PBX; empty if there is no device."""
    serial = source.store.serial
    wanted = (DOMAIN, item_id(serial, EXTENSION_ITEM, extension) if extension else serial)
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), source.entry_id)
    return next((device.id for device in devices if wanted in device.identifiers), "")
