"""The fields of the actions that do something to calls: what they take, and how it is read."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from ..const import DOMAIN
from ..numbers.phone_numbers import InvalidNumberError, dialable
from .context import ATTR_CONFIG_ENTRY_ID

ATTR_AUTO_ANSWER: Final = "auto_answer"
ATTR_CALL_ID: Final = "call_id"
ATTR_EXTENSION: Final = "extension"
ATTR_FROM_IVR: Final = "from_ivr"
ATTR_FROM_NUMBER: Final = "from_number"
ATTR_FROM_QUEUE: Final = "from_queue"
ATTR_FROM_RING_GROUP: Final = "from_ring_group"
ATTR_KIND: Final = "kind"
ATTR_MESSAGE: Final = "message"
ATTR_MONITOR: Final = "monitor"
ATTR_NUMBER: Final = "number"
ATTR_PERMISSION: Final = "permission"
ATTR_PROMPTS: Final = "prompts"
ATTR_SLOT: Final = "slot"
ATTR_STEP: Final = "step"
ATTR_TRUNK: Final = "trunk"

_MOST_LOST: Final = 3  # zeros at the end of an id

type Fields = dict[vol.Marker, Any]


def _number(value: object) -> object:
    """Accept text or a number, for templates make numbers of digits; see `number_in`."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise vol.Invalid("expected a phone number")
    return value


def _id(value: object) -> tuple[str, ...]:
    """Return the id of a call, in all spellings that it may have had.

    To a template 1790000001.10 is a number, and loses its last digit.
    """
    text = cv.string(value).strip()
    if isinstance(value, str):
        return (text,)
    return tuple(text + "0" * lost for lost in range(_MOST_LOST + 1))


def required(name: str) -> Fields:
    """Return a field for a number that must be there."""
    return {vol.Required(name): _number}


def optional(*names: str) -> Fields:
    """Return fields for numbers that may be there."""
    return {vol.Optional(name): _number for name in names}


def one_of(name: str, *words: str) -> Fields:
    """Return a field for one of some words, of which the first is the default."""
    return {vol.Optional(name, default=words[0]): vol.In(words)}


ENTRY: Final[Fields] = {vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string}
EXTENSIONS: Final[Fields] = {**cv.TARGET_FIELDS, **optional(ATTR_EXTENSION), **ENTRY}
CALL_ID: Final[Fields] = {vol.Required(ATTR_CALL_ID): _id}
CALLS: Final[Fields] = {**EXTENSIONS, vol.Optional(ATTR_CALL_ID): _id}
AUTO_ANSWER: Final[Fields] = {vol.Optional(ATTR_AUTO_ANSWER, default=False): cv.boolean}
MESSAGE: Final[Fields] = {vol.Required(ATTR_MESSAGE): cv.string}
PROMPTS: Final[Fields] = {
    vol.Required(ATTR_PROMPTS): vol.All(cv.ensure_list, vol.Length(min=1), [cv.string])
}
TRUNK: Final[Fields] = {vol.Required(ATTR_TRUNK): cv.string}
ANY_TRUNK: Final[Fields] = {vol.Optional(ATTR_TRUNK): cv.string}


def number_in(data: Mapping[str, Any], name: str) -> str:
    """Return the number in a field as it can be dialled; empty where the field is not there.

    Raises:
        ServiceValidationError: it is no number.
    """
    if name not in data:
        return ""
    try:
        return dialable(data[name])
    except InvalidNumberError:
        raise refused("invalid_number", field=name) from None


def refused(key: str, **placeholders: str) -> ServiceValidationError:
    """Return what an action is refused with that asks for what cannot be."""
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )
