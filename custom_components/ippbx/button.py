"""Buttons: send a heartbeat now, and count missed calls from zero again."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import PbxConfigEntry, PbxCoordinator
from .entity import PbxEntity
from .exceptions import translated_errors
from .state.store import LINK

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class PbxButtonDescription(ButtonEntityDescription):
    """A button of the PBX, and what it does."""

    press: Callable[[PbxCoordinator], Awaitable[object]]


async def _async_reset_missed(coordinator: PbxCoordinator) -> None:
    coordinator.calls.reset_missed()


BUTTONS = (
    PbxButtonDescription(
        key="send_heartbeat",
        translation_key="send_heartbeat",
        entity_category=EntityCategory.DIAGNOSTIC,
        press=lambda coordinator: coordinator.link.async_beat(),
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
    coordinator = entry.runtime_data
    async_add_entities(PbxButton(coordinator, description) for description in BUTTONS)


class PbxButton(PbxEntity, ButtonEntity):
    """A button of the PBX. Available without a link, too: a heartbeat may bring it back."""

    entity_description: PbxButtonDescription

    def __init__(self, coordinator: PbxCoordinator, description: PbxButtonDescription) -> None:
        """Prepare."""
        super().__init__(coordinator, description, LINK, coordinator.data.info.serial)

    @override
    def _shown(self) -> Hashable:
        return None

    @override
    def _show(self, shown: None) -> None:
        """Show nothing: a button has no state of its own."""

    @override
    async def async_press(self) -> None:
        """Do it."""
        with translated_errors():
            await self.entity_description.press(self.coordinator)
