"""Base classes of all entities: subscribed to one key, written only when changed."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any, override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .pbx.model.lines import Extension, Trunk
from .pbx.model.values import value
from .runtime import PbxConfigEntry, PbxRuntime
from .state.devices import EXTENSION_ITEM, TRUNK_ITEM, item_id, shown_extensions
from .state.store import (
    EXTENSIONS,
    LINK,
    TRUNKS,
    Key,
    extension_key,
    link_key,
    messages_key,
    settings_key,
    trunk_key,
)


class PbxDeviceEntity(Entity):
    """An entity of the PBX, of an extension or of a trunk."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(
        self, runtime: PbxRuntime, description: EntityDescription, device: str = ""
    ) -> None:
        """Initialize the entity of a device, given by its identifier; by default of the PBX."""
        self.runtime = runtime
        self.entity_description = description
        self._attr_unique_id = f"{device or runtime.store.serial}_{description.key}"

    @property
    @override
    def device_info(self) -> DeviceInfo:
        """Return the device. Read once only, so it is not stored in each of a thousand entities."""
        device = (self._attr_unique_id or "").removesuffix(f"_{self.entity_description.key}")
        return DeviceInfo(identifiers={(DOMAIN, device)})


class PbxEntity(PbxDeviceEntity):
    """An entity that is subscribed to one key, and written only when it shows something else."""

    _key: Key = LINK
    _written: Hashable = None

    @override
    async def async_added_to_hass(self) -> None:
        """Show the state, and subscribe."""
        self._written = self._shown()
        self._show(self._written)
        self.runtime.store.subscribe(self._key, self._changed)

    @override
    async def async_will_remove_from_hass(self) -> None:
        """End the subscription."""
        self.runtime.store.unsubscribe(self._key, self._changed)

    def _shown(self) -> Hashable:
        """Return state and attributes as the entity shows them now."""
        raise NotImplementedError

    def _show(self, shown: Any) -> None:
        """Set the attributes from what `_shown` returned."""
        raise NotImplementedError

    @callback
    def _changed(self) -> None:
        shown = self._shown()
        if shown != self._written:
            self._written = shown
            self.runtime.publications.publish(self._write, shown)

    def _write(self, shown: Any) -> None:
        self._show(shown)
        self.async_write_ha_state()


@value
class ItemKind[ItemT: (Extension, Trunk)]:
    """Extensions or trunks, for platforms that treat both alike.

    Attributes:
        name: part of the device identifier.
        all: returns the known items, by their key.
        shown: returns the items that become devices.
        changed: published when items appear or vanish.
        key: returns the subscription key of one item.
    """

    name: str
    all: Callable[[PbxRuntime], Mapping[str, ItemT]]
    shown: Callable[[PbxRuntime], Mapping[str, ItemT]]
    changed: Key
    key: Callable[[str], Key]


EXTENSION = ItemKind[Extension](
    name=EXTENSION_ITEM,
    all=attrgetter("store.state.extensions"),
    shown=lambda runtime: shown_extensions(runtime.entry, runtime.store),
    changed=EXTENSIONS,
    key=extension_key,
)
EXTENSION_SETTINGS = replace(EXTENSION, key=settings_key)
EXTENSION_MESSAGES = replace(EXTENSION, key=messages_key)
TRUNK = ItemKind[Trunk](
    name=TRUNK_ITEM,
    all=attrgetter("store.state.trunks"),
    shown=lambda runtime: runtime.store.trunks,
    changed=TRUNKS,
    key=trunk_key,
)

# For what shows no state of the items, so that their reports do not wake it.
EXTENSION_LINK = replace(EXTENSION, key=link_key)
TRUNK_LINK = replace(TRUNK, key=link_key)


class PbxItemEntity[ItemT: (Extension, Trunk)](PbxEntity):
    """An entity of one extension or trunk.

    Unavailable without the link or the item, or while what it is subscribed to cannot be read.
    """

    def __init__(
        self,
        runtime: PbxRuntime,
        description: EntityDescription,
        kind: ItemKind[ItemT],
        item: str,
    ) -> None:
        """Initialize the entity of an item, given by its key."""
        super().__init__(runtime, description, item_id(runtime.store.serial, kind.name, item))
        self._key = kind.key(item)
        self._kind: ItemKind[ItemT] = kind
        self._item = item

    @override
    def _shown(self) -> Hashable:
        runtime = self.runtime
        item = self._kind.all(runtime).get(self._item)
        if item is None or not runtime.link.up or not runtime.store.is_current(self._key):
            return (False, None)
        return (True, self._value(item))

    @override
    def _show(self, shown: tuple[bool, Any]) -> None:
        self._attr_available, value = shown
        self._show_value(value)

    def _value(self, item: ItemT) -> Hashable:
        """Return the shown value of the item."""
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
    """Add the entities of all extensions or trunks, now and when more appear."""
    runtime = entry.runtime_data
    known: set[str] = set()

    @callback
    def add_new() -> None:
        present = kind.shown(runtime).keys()
        new = present - known
        known.intersection_update(present)  # a vanished item may come back
        known.update(new)
        if new:
            async_add_entities([entity for item in sorted(new) for entity in create(item)])

    add_new()
    entry.async_on_unload(runtime.store.subscribe(kind.changed, add_new))
