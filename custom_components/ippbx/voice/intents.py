"""The intents: a call, who called, missed calls, do not disturb."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, ClassVar, Final, override

from homeassistant.const import SERVICE_TURN_OFF, SERVICE_TURN_ON
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers import config_validation as cv, entity_registry as er, intent
from homeassistant.helpers.translation import async_get_translations
import voluptuous as vol

from ..actions.context import ATTR_CONFIG_ENTRY_ID, ActionContext
from ..calls.dates import day_of, time_of
from ..calls.history.entries import LogEntry, inside_number
from ..calls.history.log import LogQuery
from ..const import DOMAIN
from ..pbx.model.tracked import CallDirection, CallOutcome
from ..pbx.model.withheld import NOT_TOLD, is_withheld
from .languages import CALL, DO_NOT_DISTURB, MISSED_CALLS, WHO_CALLED, Language, language_of
from .places import Phone, Places

_NAMED: Final = 3  # callers that are named at once
_PHONE: Final = "phone"
_PHONE_SLOT: Final = {
    vol.Optional(
        _PHONE,
        description=(
            "The phone that is meant: number or name of an extension, or the area that it is in."
            " Leave it out for the phone of the user."
        ),
    ): cv.string
}


class _RefusedError(Exception):
    """An answer in place of what a user asked for."""

    def __init__(self, answer: str, **values: str) -> None:
        super().__init__(answer)
        self.answer = answer
        self.values = values


class PbxIntent(intent.IntentHandler):
    """An intent; errors are answered in the words of the actions."""

    slots: ClassVar[dict[Any, Any]] = {}

    def __init__(self, places: Callable[[], Places]) -> None:
        """Keep what returns the PBXes that may be used by voice, and the contacts."""
        self._places = places

    @property
    @override
    def slot_schema(self) -> dict[Any, Any] | None:
        """Return the slots."""
        return self.slots

    @override
    async def async_handle(self, intent_obj: intent.Intent) -> intent.IntentResponse:
        """Do it, and say what was done."""
        slots = self.async_validate_slots(intent_obj.slots)
        said = {name: str(slot["value"]).strip() for name, slot in slots.items()}
        language = language_of(intent_obj.language)
        response = intent_obj.create_response()
        try:
            text = await self._answer(intent_obj, said, language)
        except _RefusedError as refusal:
            text = language.answers[refusal.answer].format(**refusal.values)
        except Unauthorized:
            text = language.answers["not_allowed"]
        except HomeAssistantError as error:
            text = await _words(intent_obj, error, language)
        else:
            response.async_set_speech(text)
            return response
        response.async_set_error(intent.IntentResponseErrorCode.FAILED_TO_HANDLE, text)
        return response

    async def _answer(
        self, request: intent.Intent, said: dict[str, str], language: Language
    ) -> str:
        """Do what is asked for, and return what to say."""
        raise NotImplementedError

    def _phone(
        self, request: intent.Intent, said: dict[str, str], language: Language, wish: str
    ) -> Phone:
        """Return the phone that is named, or that of the speaker.

        Args:
            wish: which example the answer gives: call, on or off.

        Raises:
            _RefusedError: there is none or several: the answer asks which.
        """
        places = self._places()
        named = said.get(_PHONE)
        found = places.phones(named, language) if named else places.own(request)
        if len(found) == 1:
            return found[0]
        if named and not found:
            raise _RefusedError("no_phone", phone=named)
        answers = language.answers
        if not found:
            raise _RefusedError("which_phone", example=answers[f"example_{wish}"].format(**said))
        names = [phone.name for phone in found[:_NAMED]]
        example = answers[f"of_{wish}"].format(**said | {_PHONE: names[0]})
        raise _RefusedError("which_of", phones=language.comma.join(names), example=example)

    def _scope(
        self, request: intent.Intent, said: dict[str, str], language: Language
    ) -> list[tuple[ActionContext, str]]:
        """Return the phones whose calls are meant, or all PBXes, each with ""."""
        places, named = self._places(), said.get(_PHONE)
        found = places.phones(named, language) if named else places.own(request)
        if named and not found:
            raise _RefusedError("no_phone", phone=named)
        phones = [(phone.context, phone.number) for phone in found]
        return phones or [(context, "") for context in places.contexts.values()]


class CallIntent(PbxIntent):
    """Rings a phone, then calls somebody."""

    intent_type = CALL
    description = (
        "Makes a phone call: rings a phone of the user first, and then calls a contact, an"
        " extension or a phone number. A call may cost money. The PBX's list of allowed numbers"
        " decides what is called; a refusal is final, so report it and try no other number."
    )
    slots: ClassVar = {
        vol.Required(
            "name", description="Name of a contact or extension, or a number, as the user said it."
        ): cv.string,
        **_PHONE_SLOT,
    }

    @override
    async def _answer(
        self, request: intent.Intent, said: dict[str, str], language: Language
    ) -> str:
        places, name = self._places(), said["name"]
        try:
            phone = self._phone(request, said, language, "call")
        except _RefusedError:
            if any(places.callees(name, each, language) for each in places.contexts.values()):
                raise
            raise _RefusedError("nobody", name=name) from None  # whichever phone it is
        found = places.callees(name, phone.context, language)
        if not found:
            raise _RefusedError("nobody", name=name)
        if len(found) > 1:
            names = language.comma.join(each.name for each in found[:_NAMED])
            raise _RefusedError("several", names=names)
        data = {
            ATTR_CONFIG_ENTRY_ID: phone.context.entry_id,
            "extension": phone.number,
            "number": found[0].number,
        }
        await request.hass.services.async_call(
            DOMAIN, "dial", data, blocking=True, context=request.context
        )
        return language.answers["calling"].format(name=found[0].name, phone=phone.name)


class WhoCalledIntent(PbxIntent):
    """Says who called last."""

    intent_type = WHO_CALLED
    description = "Returns who called last, with the times of the calls."
    slots: ClassVar = _PHONE_SLOT

    @override
    async def _answer(
        self, request: intent.Intent, said: dict[str, str], language: Language
    ) -> str:
        scope = self._scope(request, said, language)
        if not any(context.log.size for context, _ in scope):
            raise _RefusedError("no_log")
        calls = _newest(
            scope, lambda call, number: not number or inside_number(call, "caller") != number
        )
        named = [
            _with_time(call, _name(context, call, language), language)
            for context, call in islice(calls, _NAMED)
        ]
        if not named:
            return language.answers["no_callers"]
        answer = "callers_1" if len(named) == 1 else "callers"
        return language.answers[answer].format(callers=language.comma.join(named))


class MissedCallsIntent(PbxIntent):
    """Says how many calls were missed, since the count was reset."""

    intent_type = MISSED_CALLS
    description = "Returns how many calls were missed, and from whom."
    slots: ClassVar = _PHONE_SLOT

    @override
    async def _answer(
        self, request: intent.Intent, said: dict[str, str], language: Language
    ) -> str:
        scope = self._scope(request, said, language)
        since = {context.entry_id: context.calls.missed.since for context, _ in scope}
        missed = [
            (context, call)
            for context, call in _newest(
                scope,
                lambda call, number: (
                    call.outcome is CallOutcome.MISSED and (not number or number in call.missed_by)
                ),
            )
            if call.started >= since[context.entry_id]
        ]
        counted = sum(context.calls.missed.count for context, number in scope if not number)
        count = max(counted, len(missed))
        if not count and any(number and not context.log.size for context, number in scope):
            raise _RefusedError("no_log")  # the count is that of the whole PBX
        names = dict.fromkeys(_name(context, call, language) for context, call in missed)
        answer = "missed_0" if not count else "missed_1" if count == 1 else "missed"
        if count and not names:  # the call log is off
            answer = "missed_unnamed"
        return language.answers[answer].format(
            count=count, names=language.comma.join(islice(names, _NAMED))
        )


class DoNotDisturbIntent(PbxIntent):
    """Turns do not disturb on or off, by the switch of the extension."""

    intent_type = DO_NOT_DISTURB
    description = "Turns do not disturb of a phone on or off."
    slots: ClassVar = {
        vol.Required("state", description="on or off"): vol.In(("on", "off")),
        **_PHONE_SLOT,
    }

    @override
    async def _answer(
        self, request: intent.Intent, said: dict[str, str], language: Language
    ) -> str:
        phone = self._phone(request, said, language, said["state"])
        registry = er.async_get(request.hass)
        switch = next(
            (
                entity.entity_id
                for entity in er.async_entries_for_device(registry, phone.device_id)
                if entity.platform == DOMAIN
                and entity.translation_key == "do_not_disturb"
                and entity.domain == "switch"
            ),
            None,
        )
        if switch is None:
            raise _RefusedError("no_switch", phone=phone.name)
        turned = SERVICE_TURN_ON if said["state"] == "on" else SERVICE_TURN_OFF
        await request.hass.services.async_call(
            "switch", turned, {"entity_id": switch}, blocking=True, context=request.context
        )
        return language.answers[f"disturb_{said['state']}"].format(phone=phone.name)


INTENTS: Final = (CallIntent, WhoCalledIntent, MissedCallsIntent, DoNotDisturbIntent)


def _newest(
    scope: list[tuple[ActionContext, str]], wanted: Callable[[LogEntry, str], bool]
) -> Iterator[tuple[ActionContext, LogEntry]]:
    """Yield the wanted calls of PBXes or extensions, newest first; of a PBX those from outside."""
    found = [
        (context, call)
        for context, number in scope
        for call in context.log.select(
            LogQuery(extension=number, directions=() if number else (CallDirection.INBOUND,))
        )
        if isinstance(call, LogEntry) and wanted(call, number)
    ]
    return iter(sorted(found, key=lambda item: item[1].started, reverse=True))


def _name(context: ActionContext, call: LogEntry, language: Language) -> str:
    if is_withheld(call.caller):
        told = "unknown" if call.caller.casefold() in NOT_TOLD else "withheld"
        return language.answers[told]
    return context.calls.names.name_in(call, "caller") or call.caller


def _with_time(call: LogEntry, name: str, language: Language) -> str:
    day = day_of(call.started, language.translations)
    answer = language.answers["earlier" if day else "today"]
    return answer.format(name=name, time=time_of(call.started), date=day)


async def _words(request: intent.Intent, error: HomeAssistantError, language: Language) -> str:
    """Return what an action says of an error, in a language."""
    if error.translation_key is None:
        return str(error)
    tag = language.translations
    texts = await async_get_translations(request.hass, tag, "exceptions", [DOMAIN])
    text = texts.get(f"component.{DOMAIN}.exceptions.{error.translation_key}.message")
    return text.format(**(error.translation_placeholders or {})) if text else str(error)
