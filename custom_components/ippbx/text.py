"""The text of extensions: the number to which all calls are forwarded."""

from collections.abc import Hashable
from typing import override

from homeassistant.components.text import TextEntity, TextEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .actions.forwarding import directed
from .entity import EXTENSION, EXTENSION_SETTINGS, PbxItemEntity, async_add_items
from .exceptions import action_errors
from .pbx.model.actions import Action
from .pbx.model.lines import Extension
from .runtime import PbxConfigEntry

PARALLEL_UPDATES = 0  # `state.writing` writes one setting at a time

FORWARD_TO = TextEntityDescription(
    key="forward_to",
    translation_key="forward_to",
    entity_registry_enabled_default=False,
    native_max=64,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PbxConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the texts of a PBX."""
    runtime = entry.runtime_data
    if runtime.backend.control.offers(Action.FORWARD_TO_EXTENSION):
        async_add_items(
            entry,
            EXTENSION,
            lambda item: (ForwardToText(runtime, FORWARD_TO, EXTENSION_SETTINGS, item),),
            async_add_entities,
        )


class ForwardToText(PbxItemEntity[Extension], TextEntity):
    """Where the calls of an extension are forwarded to, whether they are just now or not."""

    @override
    def _value(self, item: Extension) -> Hashable:
        return self.runtime.settings.settings_of(item.number).forward_to or None

    @override
    def _show_value(self, value: str | None) -> None:
        self._attr_native_value = value

    @override
    async def async_set_value(self, value: str) -> None:
        """Set where the calls are forwarded to."""
        runtime = self.runtime
        settings = runtime.settings.settings_of(self._item)
        command = directed(settings, runtime.store.extensions, value)
        with action_errors():
            await runtime.settings.async_set(command)
