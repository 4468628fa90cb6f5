"""Notify entities: text messages over GSM trunks, and prompts for extensions and paging groups."""

from collections.abc import Collection
from dataclasses import replace
import re
from typing import Any, Final, override

from homeassistant.components.notify import (
    NotifyEntity,
    NotifyEntityDescription,
    NotifyEntityFeature,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .actions.context import ATTR_CONFIG_ENTRY_ID
from .actions.fields import validation_error
from .const import CONF_CONTROLS, CONF_PAGING_GROUPS, DOMAIN
from .entity import (
    EXTENSION,
    EXTENSION_LINK,
    TRUNK,
    TRUNK_LINK,
    PbxEntity,
    PbxItemEntity,
    async_add_items,
)
from .exceptions import action_errors
from .numbers.phone_numbers import InvalidNumberError, dialable
from .pbx.model.actions import Action
from .pbx.model.commands import PlayPromptToGroup
from .pbx.model.lines import Extension, Trunk
from .runtime import PbxConfigEntry, PbxRuntime

PARALLEL_UPDATES = 1

TEXT_MESSAGE = NotifyEntityDescription(key="text_message", translation_key="text_message")
PLAY_PROMPT = NotifyEntityDescription(
    key="play_prompt", translation_key="play_prompt", entity_registry_enabled_default=False
)
PLAY_TO_GROUP = NotifyEntityDescription(key="paging_group", translation_key="paging_group")
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
    offered = control.offers(Action.PLAY_PROMPT_TO_GROUP)
    groups = [
        GroupNotify(runtime, group)
        for group in entry.options.get(CONF_PAGING_GROUPS, ())
        if offered
    ]
    async_add_entities(groups)
    _async_remove_groups(hass, runtime, {each.unique_id for each in groups})


@callback
def _async_remove_groups(
    hass: HomeAssistant, runtime: PbxRuntime, kept: Collection[str | None]
) -> None:
    """Remove the entities of paging groups that the options name no longer."""
    registry = er.async_get(hass)
    start = f"{runtime.store.serial}_{PLAY_TO_GROUP.key}_"
    for entity in er.async_entries_for_config_entry(registry, runtime.entry.entry_id):
        if entity.unique_id.startswith(start) and entity.unique_id not in kept:
            registry.async_remove(entity.entity_id)


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
        wanted = (title or "").strip()
        number = wanted and (self.runtime.calls.contacts.number_of(wanted) or wanted)
        try:
            dialable(number)
        except InvalidNumberError:
            raise validation_error("message_recipient") from None
        await self._async_act("send_message", trunk=self._item, number=number, message=message)


class PromptNotify(ActionNotify[Extension]):
    """Prompts of the PBX that an extension hears; the message is their names.

    No request lists the prompts that a PBX has stored (pbx-api, "Endpoints"); one that it lacks is
    refused.
    """

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Play the prompts with the names in the message, between commas or in lines."""
        await self._async_act("play_prompt", extension=self._item, prompts=_prompts(message))


class GroupNotify(PbxEntity, NotifyEntity):
    """Prompts of the PBX that a paging group hears; the message is their names.

    The PBX would call any number as a group: one that it does not list is refused.
    """

    def __init__(self, runtime: PbxRuntime, group: str) -> None:
        """Initialize the entity of a group, given by its number."""
        super().__init__(runtime, replace(PLAY_TO_GROUP, key=f"{PLAY_TO_GROUP.key}_{group}"))
        self._attr_translation_placeholders = {"group": group}
        self._group = group

    @override
    def _shown(self) -> bool:
        return self.runtime.link.up

    @override
    def _show(self, shown: bool) -> None:
        self._attr_available = shown

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Play the prompts with the names in the message, between commas or in lines."""
        action = Action.PLAY_PROMPT_TO_GROUP
        control, policy = self.runtime.backend.control, self.runtime.policy
        with action_errors():
            policy.check(action)
            policy.inside[action] = groups = await control.paging_groups()
            if self._group not in groups:
                raise validation_error("paging_group_unknown")
            await control.send(
                PlayPromptToGroup(paging_group=self._group, prompt=tuple(_prompts(message)))
            )


def _prompts(message: str) -> list[str]:
    return [name.strip() for name in _BETWEEN_PROMPTS.split(message)]
