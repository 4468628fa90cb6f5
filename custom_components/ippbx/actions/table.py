"""The table of actions: one row for each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module

from ..pbx.model.actions import Party, TransferStep
from .context import ActionRequest
from .fields import (
    ANY_TRUNK,
    ATTR_FROM_IVR,
    ATTR_FROM_NUMBER,
    ATTR_FROM_QUEUE,
    ATTR_FROM_RING_GROUP,
    ATTR_KIND,
    ATTR_MONITOR,
    ATTR_NUMBER,
    ATTR_PERMISSION,
    ATTR_SLOT,
    ATTR_STEP,
    AUTO_ANSWER,
    CALL_ID,
    CALLS,
    ENTRY,
    EXTENSIONS,
    LOG_FILTERS,
    MESSAGE,
    PROMPTS,
    TRUNK,
    Fields,
    one_of,
    optional,
    required,
)

type Handler = Callable[[ActionRequest], Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CallAction:
    """An action.

    Attributes:
        name: the name below the domain.
        fields: the schema.
        handler: module and function that run the action and return the response.
        admin: whether it is for administrators only.
        reads: whether it only reads: open to every user, and useless without a response.
    """

    name: str
    fields: Fields
    handler: str
    admin: bool = False
    reads: bool = False

    async def async_handler(self, hass: HomeAssistant) -> Handler:
        """Return the handler; its module is loaded when an action of it is first called."""
        module, _, function = self.handler.partition(".")
        handler: Handler = getattr(
            await async_import_module(hass, f"{__package__}.{module}"), function
        )
        return handler


_PARTIES: Final = (Party.NUMBER, Party.IVR, Party.QUEUE, Party.RING_GROUP)
_OUTSIDE: Final[Fields] = {**required(ATTR_NUMBER), **optional(ATTR_PERMISSION)}
_MONITOR: Final[Fields] = {**EXTENSIONS, **required(ATTR_MONITOR)}

ACTIONS: Final = (
    CallAction(
        name="dial",
        fields={
            **EXTENSIONS,
            **_OUTSIDE,
            **optional(ATTR_FROM_IVR, ATTR_FROM_QUEUE, ATTR_FROM_RING_GROUP, ATTR_FROM_NUMBER),
            **AUTO_ANSWER,
        },
        handler="dialing.dial",
    ),
    CallAction(
        name="call_back",
        fields={**EXTENSIONS, **CALL_ID, **AUTO_ANSWER},
        handler="dialing.call_back",
    ),
    CallAction(name="hang_up", fields=CALLS, handler="in_call.hang_up"),
    CallAction(name="hold", fields=CALLS, handler="in_call.hold"),
    CallAction(name="resume", fields=CALLS, handler="in_call.resume"),
    CallAction(name="mute", fields=CALLS, handler="in_call.mute"),
    CallAction(name="unmute", fields=CALLS, handler="in_call.unmute"),
    CallAction(
        name="transfer",
        fields={**CALLS, **_OUTSIDE, **one_of(ATTR_KIND, *_PARTIES)},
        handler="in_call.transfer",
    ),
    CallAction(
        name="attended_transfer",
        fields={**CALLS, **_OUTSIDE},
        handler="in_call.attended_transfer",
    ),
    CallAction(
        name="attended_transfer_step",
        fields={**CALLS, **one_of(ATTR_STEP, *TransferStep)},
        handler="in_call.attended_transfer_step",
    ),
    CallAction(name="park", fields={**CALLS, **optional(ATTR_SLOT)}, handler="in_call.park"),
    CallAction(
        name="retrieve",
        fields={**EXTENSIONS, **required(ATTR_SLOT), **AUTO_ANSWER},
        handler="dialing.retrieve",
    ),
    CallAction(name="listen", fields=_MONITOR, handler="in_call.listen", admin=True),
    CallAction(name="whisper", fields=_MONITOR, handler="in_call.whisper", admin=True),
    CallAction(name="barge_in", fields=_MONITOR, handler="in_call.barge_in", admin=True),
    CallAction(
        name="play_prompt",
        fields={
            **EXTENSIONS,
            **optional(ATTR_NUMBER, ATTR_PERMISSION),
            **PROMPTS,
            **AUTO_ANSWER,
        },
        handler="dialing.play_prompt",
    ),
    CallAction(
        name="send_message",
        fields={**ENTRY, **TRUNK, **required(ATTR_NUMBER), **MESSAGE},
        handler="dialing.send_message",
    ),
    CallAction(name="accept_call", fields={**CALL_ID, **ENTRY}, handler="in_call.accept_call"),
    CallAction(name="refuse_call", fields={**CALL_ID, **ENTRY}, handler="in_call.refuse_call"),
    CallAction(name="get_calls", fields=EXTENSIONS, handler="queries.get_calls", reads=True),
    CallAction(
        name="get_extension", fields=EXTENSIONS, handler="queries.get_extension", reads=True
    ),
    CallAction(
        name="get_trunk", fields={**ENTRY, **ANY_TRUNK}, handler="queries.get_trunk", reads=True
    ),
    CallAction(
        name="get_call_log",
        fields={**ENTRY, **LOG_FILTERS},
        handler="log_query.get_call_log",
        reads=True,
    ),
)
