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
from ..pbx.model.actions import Party, TransferStep
from ..pbx.model.tracked import CallDirection, CallOutcome
from .context import ATTR_CONFIG_ENTRY_ID

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


def optional(*names: str) -> Fields:
    """Return optional fields for numbers."""
    return {vol.Optional(name): _number for name in names}


def _one_of(name: str, *words: str) -> Fields:
    """Return an optional field for one of some words; the first is the default."""
    return {vol.Optional(name, default=words[0]): vol.In(words)}


def _moment(value: object) -> datetime:
    """Return a time (UTC); without a zone it is in that of Home Assistant."""
    return dt_util.as_utc(cv.datetime(value))


def _text(value: object) -> str:
    """Return an extension's number as text, as templates make numbers of digits."""
    return cv.string(value).strip()


ENTRY: Final[Fields] = {vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string}
EXTENSIONS: Final[Fields] = {**cv.TARGET_FIELDS, **optional("extension"), **ENTRY}
CALL_ID: Final[Fields] = {vol.Required("call_id"): _id}
CALLS: Final[Fields] = {**EXTENSIONS, vol.Optional("call_id"): _id}
AUTO_ANSWER: Final[Fields] = {vol.Optional("auto_answer", default=False): cv.boolean}
NUMBER: Final[Fields] = {vol.Required("number"): _number}
SLOT: Final[Fields] = {vol.Required("slot"): _number}
MONITOR: Final[Fields] = {vol.Required("monitor"): _number}
PERMISSION: Final[Fields] = optional("permission")
OTHER_CALLERS: Final[Fields] = optional("from_ivr", "from_queue", "from_ring_group", "from_number")
KIND: Final[Fields] = _one_of("kind", Party.NUMBER, Party.IVR, Party.QUEUE, Party.RING_GROUP)
STEP: Final[Fields] = _one_of("step", *TransferStep)
MESSAGE: Final[Fields] = {vol.Required("message"): cv.string}
PROMPTS: Final[Fields] = {
    vol.Required("prompts"): vol.All(cv.ensure_list, vol.Length(min=1), [cv.string])
}
TRUNK: Final[Fields] = {vol.Required("trunk"): cv.string}
ANY_TRUNK: Final[Fields] = {vol.Optional("trunk"): cv.string}
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

    Raises:
        ServiceValidationError: the value is no extension of the PBX.
    """
    number = number_in(data, "permission")
    if number and number not in extensions:
        raise validation_error("extension_unknown")
    return number


def validation_error(key: str, **placeholders: str) -> ServiceValidationError:
    """Return the translated error for invalid input of an action."""
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )
