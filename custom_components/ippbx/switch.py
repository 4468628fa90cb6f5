"""Switches of extensions: do not disturb, and forward all calls."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .actions.forwarding import switched
from .entity import EXTENSION, EXTENSION_SETTINGS, PbxItemEntity, async_add_items
from .exceptions import action_errors
from .pbx.model.actions import Action, Setting
from .pbx.model.commands import SetDoNotDisturb
from .pbx.model.lines import Extension, ExtensionSettings
from .runtime import PbxConfigEntry, PbxRuntime

PARALLEL_UPDATES = 0  # `state.writing` writes one setting at a time


@dataclass(frozen=True, kw_only=True)
class SettingSwitchDescription(SwitchEntityDescription):
    """A switch of an extension.

    Attributes:
        action: what the PBX must offer.
        value: returns whether it is on.
        command: returns what turns it on or off.
    """

    action: Action
    value: Callable[[ExtensionSettings], bool | None]
    command: Callable[[PbxRuntime, str, bool], Setting]


def _do_not_disturb(_runtime: PbxRuntime, number: str, enabled: bool) -> Setting:
    return SetDoNotDisturb(extension=number, enabled=enabled)


def _forward_all_calls(runtime: PbxRuntime, number: str, enabled: bool) -> Setting:
    settings = runtime.settings.settings_of(number)
    return switched(settings, runtime.store.extensions, enabled=enabled)


# Disabled by default: a PBX is asked for settings apart from its list of extensions.
SWITCHES = (
    SettingSwitchDescription(
        key="do_not_disturb",
        translation_key="do_not_disturb",
        entity_registry_enabled_default=False,
        action=Action.SET_DO_NOT_DISTURB,
        value=lambda settings: settings.do_not_disturb,
        command=_do_not_disturb,
    ),
    SettingSwitchDescription(
        key="forward_all_calls",
        translation_key="forward_all_calls",
        entity_registry_enabled_default=False,
        action=Action.FORWARD_TO_EXTENSION,
        value=lambda settings: settings.forwards,
        command=_forward_all_calls,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PbxConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of a PBX."""
    runtime = entry.runtime_data
    control = runtime.backend.control
    offered = [each for each in SWITCHES if control.offers(each.action)]
    async_add_items(
        entry,
        EXTENSION,
        lambda item: [SettingSwitch(runtime, each, EXTENSION_SETTINGS, item) for each in offered],
        async_add_entities,
    )


class SettingSwitch(PbxItemEntity[Extension], SwitchEntity):
    """A switch of an extension; it shows what was wished until the PBX has it or refuses it."""

    entity_description: SettingSwitchDescription

    @override
    def _value(self, item: Extension) -> Hashable:
        return self.entity_description.value(self.runtime.settings.settings_of(item.number))

    @override
    def _show_value(self, value: bool | None) -> None:
        self._attr_is_on = value

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn the setting on."""
        await self._async_turn(True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn the setting off."""
        await self._async_turn(False)

    async def _async_turn(self, enabled: bool) -> None:
        command = self.entity_description.command(self.runtime, self._item, enabled)
        with action_errors():
            await self.runtime.settings.async_set(command)
