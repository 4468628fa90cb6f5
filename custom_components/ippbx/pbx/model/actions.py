"""What can be done to calls, in the field's words: values and checks, no spelling of any vendor."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
import re
from typing import Final
from urllib.parse import quote

from ..errors import PbxInputError, PbxNumberError


class Action(StrEnum):
    """What can be asked for. A dialect offers some of them."""

    DIAL_EXTENSION = "dial_extension"
    DIAL_OUTSIDE = "dial_outside"
    DIAL_TWO_OUTSIDE = "dial_two_outside"
    DIAL_EXTENSION_FROM_IVR = "dial_extension_from_ivr"
    DIAL_OUTSIDE_FROM_IVR = "dial_outside_from_ivr"
    DIAL_OUTSIDE_FROM_QUEUE = "dial_outside_from_queue"
    DIAL_OUTSIDE_FROM_RING_GROUP = "dial_outside_from_ring_group"
    HANG_UP = "hang_up"
    HOLD = "hold"
    RESUME = "resume"
    MUTE = "mute"
    UNMUTE = "unmute"
    TRANSFER_TO_EXTENSION = "transfer_to_extension"
    TRANSFER_TO_NUMBER = "transfer_to_number"
    TRANSFER_TO_IVR = "transfer_to_ivr"
    TRANSFER_TO_QUEUE = "transfer_to_queue"
    TRANSFER_TO_RING_GROUP = "transfer_to_ring_group"
    ATTENDED_TRANSFER = "attended_transfer"
    OPERATE_TRANSFER = "operate_transfer"
    PARK = "park"
    RETRIEVE = "retrieve"
    LIST_PARKED = "list_parked"
    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE_IN = "barge_in"
    PLAY_PROMPT = "play_prompt"
    PLAY_PROMPT_OUTSIDE = "play_prompt_outside"
    SEND_MESSAGE = "send_message"
    ACCEPT = "accept"
    REFUSE = "refuse"
    EXTENSION_CALLS = "extension_calls"
    DOWNLOAD_RECORDS = "download_records"


UNREPORTED: Final = frozenset(
    (
        Action.HOLD,
        Action.RESUME,
        Action.TRANSFER_TO_EXTENSION,
        Action.TRANSFER_TO_NUMBER,
        Action.TRANSFER_TO_IVR,
        Action.TRANSFER_TO_QUEUE,
        Action.TRANSFER_TO_RING_GROUP,
        Action.ATTENDED_TRANSFER,
        Action.OPERATE_TRANSFER,
        Action.PARK,
        Action.RETRIEVE,
    )
)
"""Actions of whose effect no document promises a report: it must be read."""


class TransferStep(StrEnum):
    """What can be done with an attended transfer once the third party was called."""

    COMPLETE = "complete"
    ABORT = "abort"
    SWAP = "swap"
    THREE_WAY = "three_way"


class Field(StrEnum):
    """What an action is told."""

    CALLER = "caller"  # who is rung first
    CALLEE = "callee"  # the extension that is called then
    NUMBER = "number"  # an outside number
    TARGET = "target"  # where a call is passed on to
    EXTENSION = "extension"  # whose call it is
    MONITOR = "monitor"  # the extension that listens
    IVR = "ivr"
    QUEUE = "queue"
    RING_GROUP = "ring_group"
    SLOT = "slot"  # where a call is parked
    PERMISSION = "permission"  # the extension whose right to call outside is used
    LEG = "leg"
    CALL = "call"
    PROMPT = "prompt"
    TRUNK = "trunk"
    MESSAGE = "message"
    AUTO_ANSWER = "auto_answer"
    STEP = "step"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedCall:
    """A call that is parked.

    Attributes:
        slot: the number to dial for it.
        parker: extension that parked it.
        party: number that waits there.
        leg_id: what names the waiting party in requests.
        seconds: how long it may stay; None where it cannot be read.
    """

    slot: str
    parker: str = ""
    party: str = ""
    leg_id: str = ""
    seconds: int | None = None


# Who may be asked before anything is sent: an action and the numbers it may ring.
type Permit = Callable[[Action, tuple[str, ...]], None]

_NUMBER = re.compile(r"\+?[0-9*#]{1,31}")
_IDENTIFIER = re.compile(r"[!-~]{1,128}")
_PROMPT = re.compile(r"(?=.*[^\W\d_])[^+/\\]{1,128}")
# So long may a message be after it was encoded (pbx-api, "Call control").
MAX_MESSAGE = 2000
_LAST_PLAIN = "\uffff"  # beyond it are the emojis, which no PBX takes

_NUMBERS = frozenset(
    {
        Field.CALLER,
        Field.CALLEE,
        Field.NUMBER,
        Field.TARGET,
        Field.EXTENSION,
        Field.MONITOR,
        Field.IVR,
        Field.QUEUE,
        Field.RING_GROUP,
        Field.SLOT,
        Field.PERMISSION,
    }
)


def checked(field: Field, value: str) -> str:
    """Return a value as it can be sent.

    Raises:
        PbxNumberError: a number has something else in it than digits, "*", "#" and a leading "+".
        PbxInputError: another value cannot be sent.
    """
    if field in _NUMBERS:
        if not isinstance(value, str) or not _NUMBER.fullmatch(value):
            raise PbxNumberError(field)
    elif field in (Field.LEG, Field.CALL):
        if not _IDENTIFIER.fullmatch(value):
            raise PbxInputError(field)
    elif field is Field.TRUNK and not (value.isprintable() and 0 < len(value) <= 128):
        raise PbxInputError(field)
    return value


def joined_prompts(prompts: tuple[str, ...]) -> str:
    """Return names of prompts as one value; each needs a letter and must not have a "+".

    Raises:
        PbxInputError: one of them cannot be sent, or there is none.
    """
    if not prompts or not all(
        prompt.isprintable() and _PROMPT.fullmatch(prompt) for prompt in prompts
    ):
        raise PbxInputError(Field.PROMPT)
    return "+".join(prompts)


def encoded_message(text: str) -> str:
    """Return the text of a message as PBXes want it, percent-encoded.

    Raises:
        PbxInputError: it is empty, has emojis, or is too long.
    """
    if not text or max(text) > _LAST_PLAIN:
        raise PbxInputError(Field.MESSAGE)
    encoded = quote(text, safe="", errors="replace")
    if len(encoded) > MAX_MESSAGE:
        raise PbxInputError(Field.MESSAGE)
    return encoded
