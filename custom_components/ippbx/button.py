"""Buttons: send a heartbeat, and reset the count of missed calls."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import PbxDeviceEntity
from .exceptions import translated_errors
from .runtime import PbxConfigEntry, PbxRuntime

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class PbxButtonDescription(ButtonEntityDescription):
    """A button of the PBX and its function."""

    press: Callable[[PbxRuntime], Awaitable[object]]


async def _async_reset_missed(runtime: PbxRuntime) -> None:
    runtime.calls.reset_missed()


BUTTONS = (
    PbxButtonDescription(
        key="send_heartbeat",
        translation_key="send_heartbeat",
        entity_category=EntityCategory.DIAGNOSTIC,
        press=lambda runtime: runtime.link.async_send_heartbeat(),
    ),
    PbxButtonDescription(
        key="reset_missed_calls",
        translation_key="reset_missed_calls",
        press=_async_reset_missed,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PbxConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of a PBX."""
    runtime = entry.runtime_data
    async_add_entities(PbxButton(runtime, description) for description in BUTTONS)


class PbxButton(PbxDeviceEntity, ButtonEntity):
    """A button of the PBX, available without the link, too: a heartbeat may restore it."""

    entity_description: PbxButtonDescription

    @override
    async def async_press(self) -> None:
        """Press the button; errors of the PBX are translated."""
        with translated_errors():
            await self.entity_description.press(self.runtime)
