"""The table of actions: one row for each."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module

from .context import ActionRequest
from .fields import (
    ANY_TRUNK,
    AUTO_ANSWER,
    CALL_ID,
    CALLS,
    ENTRY,
    EXTENSIONS,
    KIND,
    LOG_FILTERS,
    MESSAGE,
    MONITOR,
    NUMBER,
    OTHER_CALLERS,
    PERMISSION,
    PROMPTS,
    SLOT,
    STEP,
    TRUNK,
    Fields,
    optional,
)

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


_TRANSFER: Final[Fields] = {**CALLS, **NUMBER, **PERMISSION}
_MONITOR: Final[Fields] = {**EXTENSIONS, **MONITOR}

ACTIONS: Final = (
    CallAction(
        "dial", "dialing", {**EXTENSIONS, **NUMBER, **PERMISSION, **OTHER_CALLERS, **AUTO_ANSWER}
    ),
    CallAction("call_back", "dialing", {**EXTENSIONS, **CALL_ID, **AUTO_ANSWER}),
    CallAction("hang_up", "in_call", CALLS),
    CallAction("hold", "in_call", CALLS),
    CallAction("resume", "in_call", CALLS),
    CallAction("mute", "in_call", CALLS),
    CallAction("unmute", "in_call", CALLS),
    CallAction("transfer", "in_call", {**_TRANSFER, **KIND}),
    CallAction("attended_transfer", "in_call", _TRANSFER),
    CallAction("attended_transfer_step", "in_call", {**CALLS, **STEP}),
    CallAction("park", "in_call", {**CALLS, **optional("slot")}),
    CallAction("retrieve", "dialing", {**EXTENSIONS, **SLOT, **AUTO_ANSWER}),
    CallAction("listen", "in_call", _MONITOR, admin=True),
    CallAction("whisper", "in_call", _MONITOR, admin=True),
    CallAction("barge_in", "in_call", _MONITOR, admin=True),
    CallAction(
        "play_prompt",
        "dialing",
        {**EXTENSIONS, **optional("number"), **PERMISSION, **PROMPTS, **AUTO_ANSWER},
    ),
    CallAction("send_message", "dialing", {**ENTRY, **TRUNK, **NUMBER, **MESSAGE}),
    CallAction("accept_call", "in_call", {**CALL_ID, **ENTRY}),
    CallAction("refuse_call", "in_call", {**CALL_ID, **ENTRY}),
    CallAction("get_calls", "queries", EXTENSIONS, reads=True),
    CallAction("get_extension", "queries", EXTENSIONS, reads=True),
    CallAction("get_trunk", "queries", {**ENTRY, **ANY_TRUNK}, reads=True),
    CallAction("get_call_log", "queries", {**ENTRY, **LOG_FILTERS}, reads=True),
)
