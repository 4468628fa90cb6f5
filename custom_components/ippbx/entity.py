"""What all entities share: they listen to one key, and write only what has changed."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .pbx.model.lines import Extension, Trunk
from .runtime import PbxConfigEntry, PbxRuntime
from .state.devices import EXTENSION_ITEM, TRUNK_ITEM, item_id, shown_extensions
from .state.store import EXTENSIONS, TRUNKS, Key, extension_key, trunk_key


class PbxDeviceEntity(Entity):
    """An entity of the PBX, of an extension or of a trunk."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, runtime: PbxRuntime, description: EntityDescription, device: str) -> None:
        """Describe the entity.

        Args:
            runtime: the PBX.
            description: what kind of entity it is.
            device: identifier of its device.
        """
        self.runtime = runtime
        self.entity_description = description
        self._attr_unique_id = f"{device}_{description.key}"
        self._device = device

    @property
    @override
    def device_info(self) -> DeviceInfo:
        """Return the device. It is asked for once, so none of a thousand entities keeps it."""
        return DeviceInfo(identifiers={(DOMAIN, self._device)})


class PbxEntity(PbxDeviceEntity):
    """An entity that one key wakes, and that is written only where it shows something else."""

    def __init__(
        self, runtime: PbxRuntime, description: EntityDescription, key: Key, device: str
    ) -> None:
        """Describe the entity.

        Args:
            runtime: the PBX.
            description: what kind of entity it is.
            key: the key that it subscribes to.
            device: identifier of its device.
        """
        super().__init__(runtime, description, device)
        self._key = key
        self._written: Hashable = None

    @override
    async def async_added_to_hass(self) -> None:
        """Show what is known, and subscribe."""
        self._written = self._shown()
        self._show(self._written)
        self.runtime.store.subscribe(self._key, self._changed)

    @override
    async def async_will_remove_from_hass(self) -> None:
        """End the subscription."""
        self.runtime.store.unsubscribe(self._key, self._changed)

    def _shown(self) -> Hashable:
        """Return all that the entity shows now."""
        raise NotImplementedError

    def _show(self, shown: Any) -> None:
        """Set the attributes from what `_shown` returned."""
        raise NotImplementedError

    @callback
    def _changed(self) -> None:
        shown = self._shown()
        if shown != self._written:
            self._written = shown
            self._show(shown)
            self.async_write_ha_state()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemKind[ItemT: (Extension, Trunk)]:
    """Extensions or trunks: what the platforms need to know to treat them alike.

    Attributes:
        all: returns those that are known, by their key.
        shown: returns those that become devices.
        changed: key under which it is published that some appeared or vanished.
        key: returns the key of one of them.
    """

    name: str
    all: Callable[[PbxRuntime], Mapping[str, ItemT]]
    shown: Callable[[PbxRuntime], Mapping[str, ItemT]]
    changed: Key
    key: Callable[[str], Key]


EXTENSION = ItemKind[Extension](
    name=EXTENSION_ITEM,
    all=lambda runtime: runtime.store.extensions,
    shown=lambda runtime: shown_extensions(runtime.entry, runtime.store),
    changed=EXTENSIONS,
    key=extension_key,
)
TRUNK = ItemKind[Trunk](
    name=TRUNK_ITEM,
    all=lambda runtime: runtime.store.trunks,
    shown=lambda runtime: runtime.store.trunks,
    changed=TRUNKS,
    key=trunk_key,
)


class PbxItemEntity[ItemT: (Extension, Trunk)](PbxEntity):
    """An entity of one extension or trunk. Unavailable while the link is down or the item is gone."""

    def __init__(
        self,
        runtime: PbxRuntime,
        description: EntityDescription,
        kind: ItemKind[ItemT],
        item: str,
    ) -> None:
        """Describe the entity of an item, by its key."""
        super().__init__(
            runtime,
            description,
            kind.key(item),
            item_id(runtime.store.serial, kind.name, item),
        )
        self._kind: ItemKind[ItemT] = kind
        self._item = item

    @override
    def _shown(self) -> Hashable:
        item = self._kind.all(self.runtime).get(self._item)
        if item is None or not self.runtime.link.up:
            return (False, None)
        return (True, self._value(item))

    @override
    def _show(self, shown: tuple[bool, Any]) -> None:
        self._attr_available, value = shown
        self._show_value(value)

    def _value(self, item: ItemT) -> Hashable:
        """Return what is shown of the item."""
        raise NotImplementedError

    def _show_value(self, value: Any) -> None:
        """Set the attributes from what `_value` returned."""
        raise NotImplementedError


@callback
def async_add_items[ItemT: (Extension, Trunk)](
    entry: PbxConfigEntry,
    kind: ItemKind[ItemT],
    create: Callable[[str], Iterable[Entity]],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the entities of all extensions or trunks, now and whenever some appear."""
    runtime = entry.runtime_data
    known: set[str] = set()

    @callback
    def add_new() -> None:
        present = kind.shown(runtime).keys()
        new = present - known
        known.intersection_update(present)  # what vanished may come back
        known.update(new)
        if new:
            async_add_entities([entity for item in sorted(new) for entity in create(item)])

    add_new()
    entry.async_on_unload(runtime.store.subscribe(kind.changed, add_new))
