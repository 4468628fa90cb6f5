"""Buttons: heartbeat and missed calls of the PBX, hang up and call back of extensions."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .actions.context import ATTR_CONFIG_ENTRY_ID
from .actions.fields import validation_error
from .calls.history.entries import LogEntry
from .calls.history.log import LogQuery
from .const import CONF_CONTROLS, DOMAIN
from .entity import EXTENSION, EXTENSION_LINK, PbxDeviceEntity, PbxItemEntity, async_add_items
from .exceptions import translated_errors
from .pbx.model.lines import Extension
from .runtime import PbxConfigEntry, PbxRuntime

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
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


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ActionButtonDescription(ButtonEntityDescription):
    """A button of an extension.

    Attributes:
        action: the action that it calls, with all that the action checks.
        fields: returns the fields of that action besides the extension.
    """

    action: str
    fields: Callable[[PbxRuntime, str], Mapping[str, Any]] = lambda _runtime, _number: {}


def _last_missed(runtime: PbxRuntime, number: str) -> Mapping[str, Any]:
    """Return the call that an extension missed last.

    Raises:
        ServiceValidationError: the call log has none.
    """
    for item in runtime.history.log.select(LogQuery(extension=number)):
        if isinstance(item, LogEntry) and number in item.missed_by:
            return {"call_id": item.call_id}
    raise validation_error("no_missed_call")


EXTENSION_BUTTONS = (
    ActionButtonDescription(key="hang_up", translation_key="hang_up", action="hang_up"),
    ActionButtonDescription(
        key="call_back", translation_key="call_back", action="call_back", fields=_last_missed
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
    if entry.options[CONF_CONTROLS]:
        async_add_items(
            entry,
            EXTENSION,
            lambda item: [
                ActionButton(runtime, each, EXTENSION_LINK, item) for each in EXTENSION_BUTTONS
            ],
            async_add_entities,
        )


class PbxButton(PbxDeviceEntity, ButtonEntity):
    """A button of the PBX, available without the link, too: a heartbeat may restore it."""

    entity_description: PbxButtonDescription

    @override
    async def async_press(self) -> None:
        """Press the button; errors of the PBX are translated."""
        with translated_errors():
            await self.entity_description.press(self.runtime)


class ActionButton(PbxItemEntity[Extension], ButtonEntity):
    """A button of an extension that calls an action for it."""

    entity_description: ActionButtonDescription

    @override
    def _value(self, item: Extension) -> None:
        return None

    @override
    def _show_value(self, value: None) -> None:
        """Show nothing but availability."""

    @override
    async def async_press(self) -> None:
        """Call the action."""
        description = self.entity_description
        fields = {
            ATTR_CONFIG_ENTRY_ID: self.runtime.entry.entry_id,
            "extension": self._item,
            **description.fields(self.runtime, self._item),
        }
        await self.hass.services.async_call(
            DOMAIN, description.action, fields, blocking=True, context=self._context
        )
