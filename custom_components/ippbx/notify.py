"""Notify entities: text messages over GSM trunks, and prompts that extensions hear."""

import re
from typing import Any, Final, override

from homeassistant.components.notify import (
    NotifyEntity,
    NotifyEntityDescription,
    NotifyEntityFeature,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .actions.context import ATTR_CONFIG_ENTRY_ID
from .actions.fields import validation_error
from .const import CONF_CONTROLS, DOMAIN
from .entity import (
    EXTENSION,
    EXTENSION_LINK,
    TRUNK,
    TRUNK_LINK,
    PbxItemEntity,
    async_add_items,
)
from .pbx.model.actions import Action
from .pbx.model.lines import Extension, Trunk
from .runtime import PbxConfigEntry

PARALLEL_UPDATES = 1

TEXT_MESSAGE = NotifyEntityDescription(key="text_message", translation_key="text_message")
PLAY_PROMPT = NotifyEntityDescription(
    key="play_prompt", translation_key="play_prompt", entity_registry_enabled_default=False
)
_BETWEEN_PROMPTS: Final = re.compile(r"[+,\n]")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PbxConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the notify entities of a PBX."""
    runtime = entry.runtime_data
    control = runtime.backend.control
    if control.offers(Action.SEND_MESSAGE):
        async_add_items(
            entry,
            TRUNK,
            lambda item: (
                (MessageNotify(runtime, TEXT_MESSAGE, TRUNK_LINK, item),)
                if runtime.store.trunks[item].sends_messages
                else ()
            ),
            async_add_entities,
        )
    if entry.options[CONF_CONTROLS] and control.offers(Action.PLAY_PROMPT):
        async_add_items(
            entry,
            EXTENSION,
            lambda item: (PromptNotify(runtime, PLAY_PROMPT, EXTENSION_LINK, item),),
            async_add_entities,
        )


class ActionNotify[ItemT: (Extension, Trunk)](PbxItemEntity[ItemT], NotifyEntity):
    """A notify entity that calls an action, with all that the action checks."""

    @override
    def _value(self, item: ItemT) -> None:
        return None

    @override
    def _show_value(self, value: None) -> None:
        """Show nothing but availability."""

    async def _async_act(self, action: str, **fields: Any) -> None:
        fields[ATTR_CONFIG_ENTRY_ID] = self.runtime.entry.entry_id
        await self.hass.services.async_call(
            DOMAIN, action, fields, blocking=True, context=self._context
        )


class MessageNotify(ActionNotify[Trunk]):
    """Text messages over a GSM trunk; the title is the number, or the name of a contact."""

    _attr_supported_features = NotifyEntityFeature.TITLE

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Send a text message to the number or contact in the title."""
        if not title:
            raise validation_error("message_recipient")
        number = self.runtime.calls.contacts.number_of(title) or title
        await self._async_act("send_message", trunk=self._item, number=number, message=message)


class PromptNotify(ActionNotify[Extension]):
    """Prompts of the PBX that an extension hears; the message is their names.

    No request lists the prompts that a PBX has stored (pbx-api, "Endpoints"); one that it lacks is
    refused.
    """

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Play the prompts with the names in the message, between commas or in lines."""
        names = [name.strip() for name in _BETWEEN_PROMPTS.split(message)]
        await self._async_act("play_prompt", extension=self._item, prompts=names)
