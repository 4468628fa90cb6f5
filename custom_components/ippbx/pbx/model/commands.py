"""The commands, each with its values: what is done to calls and extensions.

They are loaded when the first is sent.
"""

from collections.abc import Mapping
import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar, override

from .actions import TRANSFERS, Action, Command, Field, Party, Setting, TransferStep
from .lines import VOICEMAIL, CallLeg, ExtensionSettings

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
_DESTINATIONS: Mapping[Action, Field] = {
    Action.FORWARD_TO_EXTENSION: Field.TARGET,
    Action.FORWARD_TO_NUMBER: Field.FORWARD_NUMBER,
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


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Transfer(Command):
    """Transfer the call of a leg, or direct an inbound call; the answer is the id of the call.

    Attributes:
        leg: the trunk's leg, which is transferred. The leg of an extension leaves the call in
            Yeastar v1, while v2 transfers any leg.
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
class PlayPromptToGroup(Command):
    """Ring a paging group and play prompts to it; the answer is the id of the call.

    Attributes:
        prompt: names of prompts of the PBX, which are played one after another.
    """

    action: ClassVar[Action] = Action.PLAY_PROMPT_TO_GROUP
    paging_group: str
    prompt: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SendMessage(Command):
    """Send a text message over a GSM trunk; the answer is the id that its report will have."""

    action: ClassVar[Action] = Action.SEND_MESSAGE
    trunk: str
    number: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SetDoNotDisturb(Setting):
    """Let the phone of an extension ring for no call, or for all again."""

    action: ClassVar[Action] = Action.SET_DO_NOT_DISTURB
    extension: str
    enabled: bool

    @override
    def applied_to(self, settings: ExtensionSettings) -> ExtensionSettings:
        return dataclasses.replace(settings, do_not_disturb=self.enabled)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SetForwarding(Setting):
    """Forward all calls of an extension, or none.

    Attributes:
        target: number that gets the calls, or `VOICEMAIL`; empty to leave it as it is, which only
            the end of forwarding may: else the destination would be unknown.
        target_kind: extension or outside number.
    """

    extension: str
    enabled: bool
    target: str = ""
    target_kind: Party = Party.EXTENSION

    @property
    @override
    def action(self) -> Action:
        if self.target == VOICEMAIL:
            return Action.FORWARD_TO_VOICEMAIL
        if not self.target and not self.enabled:
            return Action.STOP_FORWARDING
        outside = self.target_kind is Party.NUMBER
        return Action.FORWARD_TO_NUMBER if outside else Action.FORWARD_TO_EXTENSION

    @property
    @override
    def values(self) -> Mapping[Field, Any]:
        values = {Field.EXTENSION: self.extension, Field.ENABLED: self.enabled}
        destination = _DESTINATIONS.get(self.action)
        return values | {destination: self.target} if destination else values

    @property
    @override
    def outward(self) -> tuple[str, ...]:
        return () if self.target in ("", VOICEMAIL) else (self.target,)

    @override
    def applied_to(self, settings: ExtensionSettings) -> ExtensionSettings:
        target = self.target or settings.forward_to
        return dataclasses.replace(settings, forwards=self.enabled, forward_to=target)
