"""The table of actions: one row for each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from . import dialing, in_call, log_query, queries
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
    MESSAGE,
    PROMPTS,
    TRUNK,
    Fields,
    one_of,
    optional,
    required,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAction:
    """An action.

    Attributes:
        name: the name below the domain.
        fields: the schema.
        handle: runs the action, and returns the response.
        admin: whether it is for administrators only.
        reads: whether it only reads: open to every user, and useless without a response.
    """

    name: str
    fields: Fields
    handle: Callable[[ActionRequest], Any]
    admin: bool = False
    reads: bool = False


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
        handle=dialing.dial,
    ),
    CallAction(
        name="call_back",
        fields={**EXTENSIONS, **CALL_ID, **AUTO_ANSWER},
        handle=dialing.call_back,
    ),
    CallAction(name="hang_up", fields=CALLS, handle=in_call.hang_up),
    CallAction(name="hold", fields=CALLS, handle=in_call.hold),
    CallAction(name="resume", fields=CALLS, handle=in_call.resume),
    CallAction(name="mute", fields=CALLS, handle=in_call.mute),
    CallAction(name="unmute", fields=CALLS, handle=in_call.unmute),
    CallAction(
        name="transfer",
        fields={**CALLS, **_OUTSIDE, **one_of(ATTR_KIND, *in_call.KINDS)},
        handle=in_call.transfer,
    ),
    CallAction(
        name="attended_transfer",
        fields={**CALLS, **_OUTSIDE},
        handle=in_call.attended_transfer,
    ),
    CallAction(
        name="attended_transfer_step",
        fields={**CALLS, **one_of(ATTR_STEP, *in_call.STEPS)},
        handle=in_call.attended_transfer_step,
    ),
    CallAction(name="park", fields={**CALLS, **optional(ATTR_SLOT)}, handle=in_call.park),
    CallAction(
        name="retrieve",
        fields={**EXTENSIONS, **required(ATTR_SLOT), **AUTO_ANSWER},
        handle=dialing.retrieve,
    ),
    CallAction(name="listen", fields=_MONITOR, handle=in_call.listen, admin=True),
    CallAction(name="whisper", fields=_MONITOR, handle=in_call.whisper, admin=True),
    CallAction(name="barge_in", fields=_MONITOR, handle=in_call.barge_in, admin=True),
    CallAction(
        name="play_prompt",
        fields={
            **EXTENSIONS,
            **optional(ATTR_NUMBER, ATTR_PERMISSION),
            **PROMPTS,
            **AUTO_ANSWER,
        },
        handle=dialing.play_prompt,
    ),
    CallAction(
        name="send_message",
        fields={**ENTRY, **TRUNK, **required(ATTR_NUMBER), **MESSAGE},
        handle=dialing.send_message,
    ),
    CallAction(name="accept_call", fields={**CALL_ID, **ENTRY}, handle=in_call.accept_call),
    CallAction(name="refuse_call", fields={**CALL_ID, **ENTRY}, handle=in_call.refuse_call),
    CallAction(name="get_calls", fields=EXTENSIONS, handle=queries.get_calls, reads=True),
    CallAction(name="get_extension", fields=EXTENSIONS, handle=queries.get_extension, reads=True),
    CallAction(
        name="get_trunk", fields={**ENTRY, **ANY_TRUNK}, handle=queries.get_trunk, reads=True
    ),
    CallAction(
        name="get_call_log",
        fields={**ENTRY, **log_query.FIELDS},
        handle=log_query.get_call_log,
        reads=True,
    ),
)
