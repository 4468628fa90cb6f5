"""What can be done to calls and extensions, in the field's words: values and checks.

No spelling of any vendor is among them.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from enum import StrEnum
import re
from typing import Any, Final

from ..errors import PbxInputError, PbxNumberError
from .lines import ExtensionSettings


class Action(StrEnum):
    """What can be asked for. A PBX offers some of them."""

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
    PLAY_PROMPT_TO_GROUP = "play_prompt_to_group"
    LIST_PAGING_GROUPS = "list_paging_groups"
    SEND_MESSAGE = "send_message"
    ACCEPT = "accept"
    REFUSE = "refuse"
    SET_DO_NOT_DISTURB = "set_do_not_disturb"
    FORWARD_TO_EXTENSION = "forward_to_extension"
    FORWARD_TO_NUMBER = "forward_to_number"
    FORWARD_TO_VOICEMAIL = "forward_to_voicemail"
    STOP_FORWARDING = "stop_forwarding"
    EXTENSION_CALLS = "extension_calls"
    DOWNLOAD_RECORDS = "download_records"
    DOWNLOAD_RECORDING = "download_recording"


class TransferStep(StrEnum):
    """What can be done with an attended transfer once the third party was called."""

    COMPLETE = "complete"
    ABORT = "abort"
    SWAP = "swap"
    THREE_WAY = "three_way"


class Party(StrEnum):
    """What a number is the number of."""

    EXTENSION = "extension"
    NUMBER = "number"  # an outside number
    IVR = "ivr"
    QUEUE = "queue"
    RING_GROUP = "ring_group"


class Field(StrEnum):
    """A value that a command may have."""

    CALLER = "caller"  # rung first
    CALLEE = "callee"  # the extension that is called then
    NUMBER = "number"  # an outside number
    TARGET = "target"  # of a transfer
    FORWARD_NUMBER = "forward_number"  # the outside number that calls are forwarded to
    EXTENSION = "extension"  # the extension in the call
    MONITOR = "monitor"  # the extension that listens
    IVR = "ivr"
    QUEUE = "queue"
    RING_GROUP = "ring_group"
    PAGING_GROUP = "paging_group"
    SLOT = "slot"  # where a call is parked
    PERMISSION = "permission"  # the extension whose right to call outside is used
    LEG = "leg"
    CALL = "call"
    PROMPT = "prompt"
    TRUNK = "trunk"
    MESSAGE = "message"
    AUTO_ANSWER = "auto_answer"
    STEP = "step"
    ENABLED = "enabled"
    RECORDING = "recording"  # the name of its file


# Called with an action and the numbers that it may ring, before anything is sent.
type Permit = Callable[[Action, tuple[str, ...]], None]

_NUMBER = re.compile(r"\+?[0-9*#]{1,31}")
_OWN_NUMBER = re.compile(r"[0-9]{1,31}")
_RECORDING = re.compile(r"[\w+*#@(-][\w.+*#@() -]{0,199}\.wav", re.IGNORECASE)

# The numbers of the PBX's own extensions, IVRs, queues and groups: digits alone.
_OWN_NUMBERS = frozenset(
    {Field.IVR, Field.QUEUE, Field.RING_GROUP, Field.PAGING_GROUP, Field.PERMISSION}
)
_NUMBERS = _OWN_NUMBERS | {
    Field.CALLER,
    Field.CALLEE,
    Field.NUMBER,
    Field.TARGET,
    Field.FORWARD_NUMBER,
    Field.EXTENSION,
    Field.MONITOR,
    Field.SLOT,
}

# As the PBX gave them. The id of a leg may have the name of its trunk in it, of any letters.
_NAMES = frozenset({Field.LEG, Field.CALL, Field.TRUNK})


def is_recording(name: str) -> bool:
    """Return whether a name is one of a recording, which a PBX can be asked for."""
    return _RECORDING.fullmatch(name) is not None


def checked(field: Field, value: str) -> str:
    """Return a value as it can be sent.

    Raises:
        PbxNumberError: a number has something else in it than digits and, if it may be an outside
            number, "*", "#" and a leading "+".
        PbxInputError: another value cannot be sent, or a number is needed and was not given.
    """
    if field in _NUMBERS:
        if value == "":
            raise PbxInputError(field, "field_needed")
        form = _OWN_NUMBER if field in _OWN_NUMBERS else _NUMBER
        if not isinstance(value, str) or not form.fullmatch(value):
            raise PbxNumberError(field)
    elif field is Field.RECORDING:
        if not is_recording(value):
            raise PbxInputError(field)
    elif field in _NAMES and not (value.isprintable() and 0 < len(value) <= 128):
        raise PbxInputError(field)
    return value


class Command(ABC):
    """Something to be done to calls. Its values, numbers among them, are never printed."""

    __slots__ = ()

    @property
    @abstractmethod
    def action(self) -> Action:
        """Return the action that it is."""

    @property
    def values(self) -> Mapping[Field, Any]:
        """Return its values by field."""
        return {field: getattr(self, field) for field in Field if hasattr(self, field)}


class Setting(Command):
    """A command that changes a setting of an extension; the last one of its class counts.

    Attributes:
        extension: number of the extension.
    """

    __slots__ = ()

    extension: str

    @property
    def outward(self) -> tuple[str, ...]:
        """Return the numbers that the PBX rings because of it."""
        return ()

    @abstractmethod
    def applied_to(self, settings: ExtensionSettings) -> ExtensionSettings:
        """Return settings as they are after it."""


TRANSFERS: Final[Mapping[Party, Action]] = {
    Party.EXTENSION: Action.TRANSFER_TO_EXTENSION,
    Party.NUMBER: Action.TRANSFER_TO_NUMBER,
    Party.IVR: Action.TRANSFER_TO_IVR,
    Party.QUEUE: Action.TRANSFER_TO_QUEUE,
    Party.RING_GROUP: Action.TRANSFER_TO_RING_GROUP,
}
"""The transfer to each kind of target."""
UNREPORTED: Final = frozenset(TRANSFERS.values()) | {
    Action.HOLD,
    Action.RESUME,
    Action.ATTENDED_TRANSFER,
    Action.OPERATE_TRANSFER,
    Action.PARK,
    Action.RETRIEVE,
}
"""Actions without a documented report of their effect: it must be read."""
