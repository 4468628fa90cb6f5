"""What can be done to calls, in the field's words: values and checks, no spelling of any vendor."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
import dataclasses
from dataclasses import dataclass
from enum import StrEnum
import re
from typing import Any, ClassVar, Final, override

from ..errors import PbxInputError, PbxNumberError
from .lines import CallLeg


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
    SEND_MESSAGE = "send_message"
    ACCEPT = "accept"
    REFUSE = "refuse"
    EXTENSION_CALLS = "extension_calls"
    DOWNLOAD_RECORDS = "download_records"


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
    TARGET = "target"  # where a call is passed on to
    EXTENSION = "extension"  # the extension in the call
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


# Called with an action and the numbers that it may ring, before anything is sent.
type Permit = Callable[[Action, tuple[str, ...]], None]

_NUMBER = re.compile(r"\+?[0-9*#]{1,31}")
_OWN_NUMBER = re.compile(r"[0-9]{1,31}")
_IDENTIFIER = re.compile(r"[!-~]{1,128}")

# What is never dialled: the PBX's own extensions, IVRs, queues and ring groups.
_OWN_NUMBERS = frozenset({Field.IVR, Field.QUEUE, Field.RING_GROUP, Field.PERMISSION})
_NUMBERS = _OWN_NUMBERS | {
    Field.CALLER,
    Field.CALLEE,
    Field.NUMBER,
    Field.TARGET,
    Field.EXTENSION,
    Field.MONITOR,
    Field.SLOT,
}


def checked(field: Field, value: str) -> str:
    """Return a value as it can be sent.

    Raises:
        PbxNumberError: a number has something else in it than digits and, if it may be an outside
            number, "*", "#" and a leading "+".
        PbxInputError: another value cannot be sent.
    """
    if field in _NUMBERS:
        form = _OWN_NUMBER if field in _OWN_NUMBERS else _NUMBER
        if not isinstance(value, str) or not form.fullmatch(value):
            raise PbxNumberError(field)
    elif field in (Field.LEG, Field.CALL):
        if not _IDENTIFIER.fullmatch(value):
            raise PbxInputError(field)
    elif field is Field.TRUNK and not (value.isprintable() and 0 < len(value) <= 128):
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


_DIALS: Mapping[tuple[Party, Party], Action] = {
    (Party.EXTENSION, Party.EXTENSION): Action.DIAL_EXTENSION,
    (Party.EXTENSION, Party.NUMBER): Action.DIAL_OUTSIDE,
    (Party.NUMBER, Party.NUMBER): Action.DIAL_TWO_OUTSIDE,
    (Party.IVR, Party.EXTENSION): Action.DIAL_EXTENSION_FROM_IVR,
    (Party.IVR, Party.NUMBER): Action.DIAL_OUTSIDE_FROM_IVR,
    (Party.QUEUE, Party.NUMBER): Action.DIAL_OUTSIDE_FROM_QUEUE,
    (Party.RING_GROUP, Party.NUMBER): Action.DIAL_OUTSIDE_FROM_RING_GROUP,
}
_GROUP_FIELDS: Mapping[Party, Field] = {
    Party.IVR: Field.IVR,
    Party.QUEUE: Field.QUEUE,
    Party.RING_GROUP: Field.RING_GROUP,
}
_INSIDE = (Action.DIAL_EXTENSION, Action.DIAL_EXTENSION_FROM_IVR)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Dial(Command):
    """Ring a caller, then a callee; the answer is the id of the call, where the PBX gives it.

    An IVR, a queue or a ring group makes the call as if it were the callee's partner.

    Attributes:
        permission: extension by whose right to call outside anything but an extension calls.
        auto_answer: whether the caller's phone answers by itself.
    """

    caller: str
    callee: str
    caller_kind: Party = Party.EXTENSION
    callee_kind: Party = Party.EXTENSION
    permission: str = ""
    auto_answer: bool = False

    @property
    @override
    def action(self) -> Action:
        """Return the action; those that cannot call extensions as such call their numbers."""
        found = _DIALS.get((self.caller_kind, self.callee_kind))
        return found or _DIALS[self.caller_kind, Party.NUMBER]

    @property
    @override
    def values(self) -> Mapping[Field, Any]:
        return {
            _GROUP_FIELDS.get(self.caller_kind, Field.CALLER): self.caller,
            Field.CALLEE if self.action in _INSIDE else Field.NUMBER: self.callee,
            Field.PERMISSION: self.permission,
            Field.AUTO_ANSWER: self.auto_answer,
        }


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LegCommand(Command):
    """Hang up, hold, resume, mute, unmute, accept or refuse: done to a leg, without further values.

    Attributes:
        leg: the leg; one of an extension may lack its id: its likeliest leg is meant then.
    """

    action: Action = dataclasses.field()  # in place of the property of the base
    leg: CallLeg


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


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Transfer(Command):
    """Pass on the call of a leg, or direct an inbound call; the answer is the id of the call.

    Attributes:
        leg: the trunk's leg to pass on. An extension's leg leaves the call in Yeastar v1, while v2
            passes on whatever leg is named.
        target: number that gets the call.
        call: id of the call, which some PBXes need beside an extension's leg.
        permission: extension whose right to call outside is used for an outside number.
    """

    leg: CallLeg
    target: str
    target_kind: Party = Party.EXTENSION
    call: str = ""
    permission: str = ""

    @property
    @override
    def action(self) -> Action:
        return TRANSFERS[self.target_kind]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AttendedTransfer(Command):
    """Hold the partner of a leg and call a third party; the answer is the id of that call.

    Attributes:
        permission: extension whose right to call outside is used for an outside number.
    """

    action: ClassVar[Action] = Action.ATTENDED_TRANSFER
    leg: CallLeg
    target: str
    permission: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OperateTransfer(Command):
    """Go on with an attended transfer that a leg began."""

    action: ClassVar[Action] = Action.OPERATE_TRANSFER
    leg: CallLeg
    step: TransferStep


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Park(Command):
    """Park a leg; the answer is the slot.

    Attributes:
        slot: the slot; empty for any that is free.
    """

    action: ClassVar[Action] = Action.PARK
    leg: CallLeg
    slot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Retrieve(Command):
    """Ring an extension and connect it with a parked call; the answer is the id of the call."""

    action: ClassVar[Action] = Action.RETRIEVE
    caller: str
    slot: str
    auto_answer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Monitor(Command):
    """Let an extension hear the call of another one, and speak in it.

    Attributes:
        action: LISTEN; WHISPER, to speak to the other extension alone; BARGE_IN, to everybody.
        monitor: the extension that monitors.
        extension: the extension that is monitored.
    """

    action: Action = dataclasses.field()  # in place of the property of the base
    monitor: str
    extension: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PlayPrompt(Command):
    """Ring an extension and play prompts to it; the answer is the id of the call.

    Attributes:
        prompt: names of prompts of the PBX, which are played one after another.
        auto_answer: whether the phone answers by itself.
    """

    action: ClassVar[Action] = Action.PLAY_PROMPT
    extension: str
    prompt: tuple[str, ...]
    auto_answer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PlayPromptOutside(Command):
    """Ring an outside number and play prompts to it; the answer is the id of the call.

    Attributes:
        prompt: names of prompts of the PBX, which are played one after another.
        permission: extension by whose right the PBX calls.
    """

    action: ClassVar[Action] = Action.PLAY_PROMPT_OUTSIDE
    number: str
    prompt: tuple[str, ...]
    permission: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SendMessage(Command):
    """Send a text message over a GSM trunk; the answer is the id that its report will have."""

    action: ClassVar[Action] = Action.SEND_MESSAGE
    trunk: str
    number: str
    message: str
