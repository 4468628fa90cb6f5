"""Binary sensors: reachability, delivery of reports, and settings that are only read."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import CONF_CONTROLS
from .entity import (
    EXTENSION,
    EXTENSION_SETTINGS,
    TRUNK,
    PbxEntity,
    PbxItemEntity,
    async_add_items,
)
from .pbx.model.actions import Action
from .pbx.model.lines import Extension, Trunk
from .runtime import PbxConfigEntry, PbxRuntime
from .state.store import DELIVERY, LINK, Key

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PbxBinarySensorDescription(BinarySensorEntityDescription):
    """A binary sensor of the PBX: its subscription key and the source of its value."""

    subscription: Key
    value: Callable[[PbxRuntime], bool | None]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ItemBinarySensorDescription[ItemT: (Extension, Trunk)](BinarySensorEntityDescription):
    """A binary sensor of an extension or a trunk."""

    value: Callable[[PbxRuntime, ItemT], bool | None]


BINARY_SENSORS = (
    PbxBinarySensorDescription(
        key="connected",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        translation_key="connected",
        subscription=LINK,
        value=lambda runtime: runtime.link.up,
    ),
    PbxBinarySensorDescription(
        key="reports_arriving",
        entity_category=EntityCategory.DIAGNOSTIC,
        translation_key="reports_arriving",
        subscription=DELIVERY,
        value=lambda runtime: runtime.store.delivery.value,
    ),
)
EXTENSION_REGISTERED = ItemBinarySensorDescription[Extension](
    key="registered",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    translation_key="registered",
    value=lambda _, extension: extension.registered,
)
TRUNK_PROBLEM = ItemBinarySensorDescription[Trunk](
    key="problem",
    device_class=BinarySensorDeviceClass.PROBLEM,
    value=lambda _, trunk: trunk.problem,
)


# Of PBXes that let nobody change them; others have switches. Disabled by default as those are.
EXTENSION_SETTINGS_READ = (
    ItemBinarySensorDescription[Extension](
        key="do_not_disturb",
        translation_key="do_not_disturb",
        entity_registry_enabled_default=False,
        value=lambda runtime, each: runtime.settings.settings_of(each.number).do_not_disturb,
    ),
    ItemBinarySensorDescription[Extension](
        key="forward_all_calls",
        translation_key="forward_all_calls",
        entity_registry_enabled_default=False,
        value=lambda runtime, each: runtime.settings.settings_of(each.number).forwards,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PbxConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of a PBX."""
    runtime = entry.runtime_data
    async_add_entities(PbxBinarySensor(runtime, description) for description in BINARY_SENSORS)
    async_add_items(
        entry,
        EXTENSION,
        lambda item: (ItemBinarySensor(runtime, EXTENSION_REGISTERED, EXTENSION, item),),
        async_add_entities,
    )
    writes = runtime.backend.control.offers(Action.SET_DO_NOT_DISTURB)
    if entry.options[CONF_CONTROLS] and not writes:
        async_add_items(
            entry,
            EXTENSION,
            lambda item: [
                ItemBinarySensor(runtime, each, EXTENSION_SETTINGS, item)
                for each in EXTENSION_SETTINGS_READ
            ],
            async_add_entities,
        )
    async_add_items(
        entry,
        TRUNK,
        lambda item: (ItemBinarySensor(runtime, TRUNK_PROBLEM, TRUNK, item),),
        async_add_entities,
    )


class PbxBinarySensor(PbxEntity, BinarySensorEntity):
    """A binary sensor of the PBX, available without the link, too: that is what it shows."""

    entity_description: PbxBinarySensorDescription

    def __init__(self, runtime: PbxRuntime, description: PbxBinarySensorDescription) -> None:
        """Initialize the sensor."""
        super().__init__(runtime, description)
        self._key = description.subscription

    @override
    def _shown(self) -> Hashable:
        return self.entity_description.value(self.runtime)

    @override
    def _show(self, shown: bool | None) -> None:
        self._attr_is_on = shown


class ItemBinarySensor[ItemT: (Extension, Trunk)](PbxItemEntity[ItemT], BinarySensorEntity):
    """A binary sensor of an extension or a trunk."""

    entity_description: ItemBinarySensorDescription[ItemT]

    @override
    def _value(self, item: ItemT) -> Hashable:
        return self.entity_description.value(self.runtime, item)

    @override
    def _show_value(self, value: bool | None) -> None:
        self._attr_is_on = value
