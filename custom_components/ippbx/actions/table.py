"""The table of actions, one row for each, and the schemas of their fields."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.importlib import async_import_module
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..const import MAX_CALL_LOG_SIZE
from ..pbx.model.actions import Party, TransferStep
from ..pbx.model.tracked import CallDirection, CallOutcome
from .call_ids import GivenId
from .context import ATTR_CONFIG_ENTRY_ID, ActionRequest

_DEFAULT_LIMIT: Final = 100  # entries of the call log

type Fields = dict[vol.Marker, Any]
type Handler = Callable[[ActionRequest], Any]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CallAction:
    """An action.

    Attributes:
        name: the name below the domain, and that of the function that returns the response.
        module: the module of that function.
        admin: whether it is for administrators only.
        reads: whether it only reads: open to every user, and useless without a response.
    """

    name: str
    module: str
    fields: Fields
    _: KW_ONLY
    admin: bool = False
    reads: bool = False

    async def async_handler(self, hass: HomeAssistant) -> Handler:
        """Return the handler; its module is loaded when an action of it is first called."""
        module = await async_import_module(hass, f"{__package__}.{self.module}")
        handler: Handler = getattr(module, self.name)
        return handler


def _number(value: object) -> object:
    """Accept text or a number, which templates make of digits; `fields.number_in` checks it."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise vol.Invalid("expected a phone number")
    return value


def _id(value: object) -> GivenId:
    """Return a call id, of which a template may have made a number."""
    return GivenId.of(value if isinstance(value, float) else cv.string(value))


def _whole(value: object) -> int:
    """Return a whole number; the number selector gives 12.0 for 12, a template perhaps "12"."""
    number: float = vol.Coerce(float)(value)
    if isinstance(value, bool) or not number.is_integer():
        raise vol.Invalid("expected a whole number")
    return int(number)


def _moment(value: object) -> datetime:
    """Return a time (UTC); without a zone it is in that of Home Assistant."""
    moment: datetime = cv.datetime(value)
    try:
        return dt_util.as_utc(moment)
    except OverflowError:  # on the first or the last day of all, which stands for any time
        return moment.replace(tzinfo=UTC)


def _text(value: object) -> str:
    """Return an extension's number as text, as templates make numbers of digits."""
    return cv.string(value).strip()


def _required(name: str) -> Fields:
    """Return a required field for a number."""
    return {vol.Required(name): _number}


def _optional(*names: str) -> Fields:
    """Return optional fields for numbers."""
    return {vol.Optional(name): _number for name in names}


def _one_of(name: str, *kinds: StrEnum) -> Fields:
    """Return an optional field for one of some words; the first is the default."""
    words = [str(kind) for kind in kinds]
    return {vol.Optional(name, default=words[0]): vol.In(words)}


ENTRY: Final[Fields] = {vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string}
_EXTENSIONS: Final[Fields] = {**cv.TARGET_FIELDS, **_optional("extension"), **ENTRY}
_CALLS: Final[Fields] = {**_EXTENSIONS, vol.Optional("call_id"): _id}
_CALL_ID: Final[Fields] = {vol.Required("call_id"): _id}
_WAITING: Final[Fields] = {vol.Optional("call_id"): _id, **ENTRY}
_TRUNKS: Final[Fields] = {**cv.TARGET_FIELDS, vol.Optional("trunk"): cv.string, **ENTRY}
_OUTSIDE: Final[Fields] = {**_required("number"), **_optional("permission")}
_OTHER_CALLERS: Final = _optional("from_ivr", "from_queue", "from_ring_group", "from_number")
_AUTO_ANSWER: Final[Fields] = {vol.Optional("auto_answer", default=False): cv.boolean}
_KIND: Final = _one_of("kind", Party.NUMBER, Party.IVR, Party.QUEUE, Party.RING_GROUP)
_MONITOR: Final[Fields] = {**_EXTENSIONS, **_required("monitor")}
_PROMPT: Final[Fields] = {
    **_optional("number", "permission"),
    vol.Required("prompts"): vol.All(cv.ensure_list, vol.Length(min=1), [cv.string]),
}
_MESSAGE: Final[Fields] = {**_required("number"), vol.Required("message"): cv.string}
_LOG_FILTERS: Final[Fields] = {
    vol.Optional("since"): _moment,
    vol.Optional("until"): _moment,
    vol.Optional("direction", default=list): vol.All(cv.ensure_list, [vol.Coerce(CallDirection)]),
    vol.Optional("outcome", default=list): vol.All(cv.ensure_list, [vol.Coerce(CallOutcome)]),
    vol.Optional("extension", default=""): _text,
    vol.Optional("limit", default=_DEFAULT_LIMIT): vol.All(
        _whole, vol.Range(min=1, max=MAX_CALL_LOG_SIZE)
    ),
}


ACTIONS: Final = (
    CallAction("dial", "dialing", {**_EXTENSIONS, **_OUTSIDE, **_OTHER_CALLERS, **_AUTO_ANSWER}),
    CallAction("call_back", "dialing", {**_EXTENSIONS, **_CALL_ID, **_AUTO_ANSWER}),
    CallAction("hang_up", "in_call", _CALLS),
    CallAction("hold", "in_call", _CALLS),
    CallAction("resume", "in_call", _CALLS),
    CallAction("mute", "in_call", _CALLS),
    CallAction("unmute", "in_call", _CALLS),
    CallAction("transfer", "in_call", {**_CALLS, **_OUTSIDE, **_KIND}),
    CallAction("attended_transfer", "in_call", {**_CALLS, **_OUTSIDE}),
    CallAction("attended_transfer_step", "in_call", {**_CALLS, **_one_of("step", *TransferStep)}),
    CallAction("park", "in_call", {**_CALLS, **_optional("slot")}),
    CallAction("retrieve", "dialing", {**_EXTENSIONS, **_required("slot"), **_AUTO_ANSWER}),
    CallAction("listen", "in_call", _MONITOR, admin=True),
    CallAction("whisper", "in_call", _MONITOR, admin=True),
    CallAction("barge_in", "in_call", _MONITOR, admin=True),
    CallAction("play_prompt", "dialing", {**_EXTENSIONS, **_PROMPT, **_AUTO_ANSWER}),
    CallAction("send_message", "dialing", {**_TRUNKS, **_MESSAGE}),
    CallAction("accept_call", "in_call", _WAITING),
    CallAction("refuse_call", "in_call", _WAITING),
    CallAction("get_calls", "queries", _EXTENSIONS, reads=True),
    CallAction("get_extension", "queries", _EXTENSIONS, reads=True),
    CallAction("get_trunk", "queries", _TRUNKS, reads=True),
    CallAction("get_call_log", "queries", {**ENTRY, **_LOG_FILTERS}, reads=True),
)
