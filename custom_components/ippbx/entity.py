"""What all entities share: they listen to one key, and write only what has changed."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .pbx.model.lines import Extension, Trunk
from .state.devices import EXTENSION_ITEM, TRUNK_ITEM, item_id, shown_extensions
from .state.store import EXTENSIONS, TRUNKS, Key, extension_key, trunk_key

if TYPE_CHECKING:
    from .coordinator import PbxConfigEntry, PbxCoordinator


class PbxDeviceEntity(Entity):
    """An entity of the PBX, of an extension or of a trunk."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(
        self, coordinator: "PbxCoordinator", description: EntityDescription, device: str
    ) -> None:
        """Prepare.

        Args:
            device: identifier of the device that it belongs to.
        """
        self.coordinator = coordinator
        self.entity_description = description
        self._attr_unique_id = f"{device}_{description.key}"
        self._device = device

    @property
    @override
    def device_info(self) -> DeviceInfo:
        """Return the device: asked for once, so of a thousand entities none keeps it."""
        return DeviceInfo(identifiers={(DOMAIN, self._device)})


class PbxEntity(PbxDeviceEntity):
    """An entity that one key wakes."""

    def __init__(
        self, coordinator: "PbxCoordinator", description: EntityDescription, key: Key, device: str
    ) -> None:
        """Prepare.

        Args:
            key: what the entity listens to.
            device: identifier of the device that it belongs to.
        """
        super().__init__(coordinator, description, device)
        self._key = key
        self._written: Hashable = None

    @override
    async def async_added_to_hass(self) -> None:
        """Begin to listen."""
        self._written = self._shown()
        self._show(self._written)
        self.coordinator.subscriptions.subscribe(self._key, self._changed)

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Listen no more."""
        self.coordinator.subscriptions.unsubscribe(self._key, self._changed)

    def _shown(self) -> Hashable:
        """Return all that the entity is to show now."""
        raise NotImplementedError

    def _show(self, shown: Any) -> None:
        """Take over what `_shown` returned."""
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
        changed: what tells that some appeared or vanished.
        key: returns what tells of a change of one of them.
    """

    name: str
    all: Callable[["PbxCoordinator"], Mapping[str, ItemT]]
    shown: Callable[["PbxCoordinator"], Mapping[str, ItemT]]
    changed: Key
    key: Callable[[str], Key]


EXTENSION = ItemKind[Extension](
    name=EXTENSION_ITEM,
    all=lambda coordinator: coordinator.data.extensions,
    shown=lambda coordinator: shown_extensions(coordinator.config_entry, coordinator.data),
    changed=EXTENSIONS,
    key=extension_key,
)
TRUNK = ItemKind[Trunk](
    name=TRUNK_ITEM,
    all=lambda coordinator: coordinator.data.trunks,
    shown=lambda coordinator: coordinator.data.trunks,
    changed=TRUNKS,
    key=trunk_key,
)


class PbxItemEntity[ItemT: (Extension, Trunk)](PbxEntity):
    """An entity of one extension or trunk. Unavailable while the link is down or the item is gone."""

    def __init__(
        self,
        coordinator: "PbxCoordinator",
        description: EntityDescription,
        kind: ItemKind[ItemT],
        item: str,
    ) -> None:
        """Prepare."""
        super().__init__(
            coordinator,
            description,
            kind.key(item),
            item_id(coordinator.data.info.serial, kind.name, item),
        )
        self._kind: ItemKind[ItemT] = kind
        self._item = item

    @override
    def _shown(self) -> Hashable:
        item = self._kind.all(self.coordinator).get(self._item)
        if item is None or not self.coordinator.link.up:
            return (False, None)
        return (True, self._value(item))

    @override
    def _show(self, shown: tuple[bool, Any]) -> None:
        self._attr_available, value = shown
        self._show_value(value)

    def _value(self, item: ItemT) -> Hashable:
        """Return what shows of the item."""
        raise NotImplementedError

    def _show_value(self, value: Any) -> None:
        """Take it over."""
        raise NotImplementedError


@callback
def async_add_items[ItemT: (Extension, Trunk)](
    entry: "PbxConfigEntry",
    kind: ItemKind[ItemT],
    create: Callable[[str], Iterable[Entity]],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the entities of all extensions or trunks, now and whenever some appear."""
    coordinator = entry.runtime_data
    known: set[str] = set()

    @callback
    def add_new() -> None:
        present = kind.shown(coordinator).keys()
        new = present - known
        known.intersection_update(present)  # what vanished may come back
        known.update(new)
        if new:
            async_add_entities([entity for item in sorted(new) for entity in create(item)])

    add_new()
    entry.async_on_unload(coordinator.subscriptions.subscribe(kind.changed, add_new))
