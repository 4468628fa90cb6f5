"""The button that sends a heartbeat now."""

from collections.abc import Hashable
from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import PbxConfigEntry
from .entity import PbxEntity
from .exceptions import translated_errors
from .state import LINK

PARALLEL_UPDATES = 1

SEND_HEARTBEAT = ButtonEntityDescription(
    key="send_heartbeat",
    translation_key="send_heartbeat",
    entity_category=EntityCategory.DIAGNOSTIC,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PbxConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the button of a PBX."""
    coordinator = entry.runtime_data
    async_add_entities(
        [HeartbeatButton(coordinator, SEND_HEARTBEAT, LINK, coordinator.data.info.serial)]
    )


class HeartbeatButton(PbxEntity, ButtonEntity):
    """Sends a heartbeat. Available without a link, too: it may bring it back."""

    @override
    def _shown(self) -> Hashable:
        return None

    @override
    def _show(self, shown: None) -> None:
        """Show nothing: a button has no state of its own."""

    @override
    async def async_press(self) -> None:
        """Send it."""
        with translated_errors():
            await self.coordinator.link.async_beat()
