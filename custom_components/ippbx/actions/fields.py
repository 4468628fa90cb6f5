"""The fields of the actions: their schemas, and reading numbers from them."""

from collections.abc import Container, Mapping
from datetime import datetime
from typing import Any, Final

from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..const import DOMAIN, MAX_CALL_LOG_SIZE
from ..numbers.phone_numbers import InvalidNumberError, dialable
from ..pbx.model.tracked import CallDirection, CallOutcome
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

_MAX_LOST_ZEROS: Final = 3  # at the end of an id

_DEFAULT_LIMIT: Final = 100  # entries of the call log

type Fields = dict[vol.Marker, Any]


def _number(value: object) -> object:
    """Accept text or a number, as templates make numbers of digits; `number_in` checks it."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise vol.Invalid("expected a phone number")
    return value


def _id(value: object) -> tuple[str, ...]:
    """Return the possible spellings of a call id.

    A template turns the id 1790000001.10 into a number, which loses the last zero.
    """
    text = cv.string(value).strip()
    if isinstance(value, str):
        return (text,)
    return tuple(text + "0" * lost for lost in range(_MAX_LOST_ZEROS + 1))


def required(name: str) -> Fields:
    """Return a required field for a number."""
    return {vol.Required(name): _number}


def optional(*names: str) -> Fields:
    """Return optional fields for numbers."""
    return {vol.Optional(name): _number for name in names}


def one_of(name: str, *words: str) -> Fields:
    """Return an optional field for one of some words; the first is the default."""
    return {vol.Optional(name, default=words[0]): vol.In(words)}


def _moment(value: object) -> datetime:
    """Return a time (UTC); without a zone it is in that of Home Assistant."""
    return dt_util.as_utc(cv.datetime(value))


def _text(value: object) -> str:
    """Return an extension's number as text, as templates make numbers of digits."""
    return cv.string(value).strip()


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
LOG_FILTERS: Final[Fields] = {
    vol.Optional("since"): _moment,
    vol.Optional("until"): _moment,
    vol.Optional("direction", default=list): vol.All(cv.ensure_list, [vol.Coerce(CallDirection)]),
    vol.Optional("outcome", default=list): vol.All(cv.ensure_list, [vol.Coerce(CallOutcome)]),
    vol.Optional("extension", default=""): _text,
    vol.Optional("limit", default=_DEFAULT_LIMIT): vol.All(
        vol.Coerce(int), vol.Range(min=1, max=MAX_CALL_LOG_SIZE)
    ),
}


def number_in(data: Mapping[str, Any], name: str) -> str:
    """Return the number to dial in a field; empty if the field is missing.

    Raises:
        ServiceValidationError: the value is no number.
    """
    if name not in data:
        return ""
    try:
        return dialable(data[name])
    except InvalidNumberError:
        raise validation_error("invalid_number", field=name) from None


def own_number_in(data: Mapping[str, Any], name: str) -> str:
    """Return the number of an IVR, a queue or a ring group in a field: digits alone.

    Raises:
        ServiceValidationError: the value is none; in its place, some PBXes would ring any number.
    """
    number = number_in(data, name)
    if number and not number.isdecimal():
        raise validation_error("digits_only", field=name)
    return number


def permission_in(data: Mapping[str, Any], extensions: Container[str]) -> str:
    """Return the extension by whose right a call goes outside; empty if none is given.

    Args:
        data: the fields of the action.
        extensions: those of the PBX.

    Raises:
        ServiceValidationError: the value is no extension of the PBX.
    """
    number = number_in(data, ATTR_PERMISSION)
    if number and number not in extensions:
        raise validation_error("extension_unknown")
    return number


def validation_error(key: str, **placeholders: str) -> ServiceValidationError:
    """Return the translated error for invalid input of an action."""
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )
