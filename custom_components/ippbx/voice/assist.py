"""Registers the intents and their sentences while a PBX may be used by voice.

An integration cannot add sentences to Home Assistant's own, so they are sentence triggers, each of
which hands what it heard to its intent.
"""

from collections.abc import Callable
import logging
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import intent
from homeassistant.helpers.script import ScriptRunResult
from homeassistant.helpers.singleton import singleton
from homeassistant.helpers.trigger import async_initialize_triggers
from homeassistant.setup import async_when_setup
from homeassistant.util.hass_dict import HassKey

from ..actions.context import ActionContext
from ..const import DOMAIN, LOGGER
from ..contacts.shared import SharedContacts
from .intents import INTENTS
from .languages import LANGUAGES, language_of
from .places import Places

DATA_ASSIST: HassKey["Assist"] = HassKey(f"{DOMAIN}_assist")
_CONVERSATION: Final = "conversation"


class Assist:
    """The intents and sentences of this Home Assistant."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start with no PBX; nothing is registered yet."""
        self._hass = hass
        self._contexts: dict[str, ActionContext] = {}
        self._contacts: SharedContacts | None = None
        self._removes: list[CALLBACK_TYPE] = []
        self._waits = False

    @callback
    def async_add(self, context: ActionContext, contacts: SharedContacts) -> CALLBACK_TYPE:
        """Let a PBX be used by voice; return what ends that."""
        self._contacts = contacts
        if not self._contexts:
            for handler in INTENTS:
                intent.async_register(self._hass, handler(self._places))
        self._contexts[context.entry_id] = context
        if not self._waits:
            self._waits = True
            async_when_setup(self._hass, _CONVERSATION, self._async_conversation_is_there)
        elif not self._removes and _CONVERSATION in self._hass.config.components:
            self._hass.async_create_task(self._async_listen(), f"{DOMAIN} sentences")

        @callback
        def remove() -> None:
            self._contexts.pop(context.entry_id, None)
            if self._contexts:
                return
            for handler in INTENTS:
                intent.async_remove(self._hass, handler.intent_type)
            self._forget_sentences()

        return remove

    def _places(self) -> Places:
        assert self._contacts is not None  # noqa: S101 - no intent is registered before
        return Places(self._hass, self._contexts, self._contacts)

    async def _async_conversation_is_there(self, _hass: HomeAssistant, _component: str) -> None:
        await self._async_listen()

    async def _async_listen(self) -> None:
        """Register the sentences of all languages, each meaning as one trigger."""
        if self._removes or not self._contexts:
            return
        meanings: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
        for language in LANGUAGES.values():
            for each in language.sentences:
                meanings.setdefault((each.intent, each.slots), []).extend(each.sentences)
        removes = [
            await async_initialize_triggers(
                self._hass,
                [{"platform": _CONVERSATION, "command": sentences}],
                _handler(self._hass, intent_type, dict(slots)),
                DOMAIN,
                f"{DOMAIN} sentences",
                _log,
            )
            for (intent_type, slots), sentences in meanings.items()
        ]
        self._removes = [remove for remove in removes if remove is not None]
        if not self._contexts:  # unloaded meanwhile
            self._forget_sentences()

    @callback
    def _forget_sentences(self) -> None:
        for remove in self._removes:
            remove()
        self._removes = []


def _log(level: int, message: str, **more: Any) -> None:
    LOGGER.log(level if level > logging.INFO else logging.DEBUG, message, **more)


def _handler(hass: HomeAssistant, intent_type: str, slots: dict[str, str]) -> Callable[..., Any]:
    """Return what hands a sentence to an intent, and answers by what the intent says."""

    async def handle(variables: dict[str, Any], _context: Context | None = None) -> Any:
        heard = variables["trigger"]
        spoken = heard["user_input"]
        given = {**heard["slots"], **slots}
        try:
            response = await intent.async_handle(
                hass,
                DOMAIN,
                intent_type,
                {name: {"value": value} for name, value in given.items()},
                spoken["text"],
                Context(user_id=spoken["context"]["user_id"], parent_id=spoken["context"]["id"]),
                spoken["language"],
                _CONVERSATION,
                spoken["device_id"],
                spoken["satellite_id"],
                spoken["agent_id"],
            )
            text = response.speech["plain"]["speech"]
        except HomeAssistantError:
            text = language_of(spoken["language"]).answers["not_allowed"]
        return ScriptRunResult(text, None, {})

    return handle


@singleton(DATA_ASSIST)
def async_get_assist(hass: HomeAssistant) -> Assist:
    """Return the one registration of this Home Assistant."""
    return Assist(hass)
