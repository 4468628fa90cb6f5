"""What a report says, in the field's words: frozen values, one class for each kind of report."""

from enum import StrEnum
from typing import Final

from .lines import CallLeg, CallRecord, ExtensionStatus, TrunkStatus
from .values import value

MAX_BODY: Final = 64 * 1024
"""Bytes in the body of a report at most; a longer one is none."""


class CallEvent(StrEnum):
    """What a report says about a call."""

    RINGING = "ringing"  # the callee rings
    DIALING = "dialing"  # the caller hears it ring
    ANSWER = "answer"  # the callee answered
    ANSWERED = "answered"  # the caller was answered
    ENDED = "ended"  # one side hung up
    TRANSFER = "transfer"
    FAILED = "failed"
    STATUS = "status"  # each leg carries its state, and whoever talks with another is named
    INVITE = "invite"  # a trunk's call may be accepted or refused
    INCOMING = "incoming"  # a trunk's call may be directed


@value
class PbxEvent:
    """Anything that a PBX reports by itself.

    Attributes:
        name: what the PBX calls the report, in its own word.
        serial: serial number of the PBX; empty where it does not say.
    """

    name: str
    serial: str = ""


@value
class BootUpReport(PbxEvent):
    """The PBX has started."""


@value
class ConfigChangeReport(PbxEvent):
    """The configuration of an extension or a trunk changed; ask again for it.

    Attributes:
        item: "extension", "trunk", or empty where it is unknown.
        key: number of the extension, or what names the trunk.
        operation: "add", "del", "update", or another word in lower case.
    """

    item: str
    key: str
    operation: str


@value
class ExtensionStatusReport(PbxEvent):
    """The status of an extension; None for an unknown word."""

    extension: str
    status: ExtensionStatus | None


@value
class TrunkStatusReport(PbxEvent):
    """A trunk does something else now."""

    trunk: str
    status: TrunkStatus | None


class FailureReason(StrEnum):
    """Why a party was not reached."""

    BUSY = "busy"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"  # some PBXes say so of a phone that rang in vain, too
    CANCELLED = "cancelled"  # another party ended the ringing: no statement on the call
    OTHER = "failed"


@value
class CallReport(PbxEvent):
    """Something happened to a call.

    Attributes:
        legs: the parties. A STATUS report may have none. In one, two that talk to each other are
            both TALKING; a single one that talks is connected to the PBX itself (an IVR, a queue).
            Where a PBX reports one party at a time, its backend adds the others as it knows them.
        reason: why a party was not reached; None if all were.
    """

    call_id: str
    event: CallEvent
    legs: tuple[CallLeg, ...]
    reason: FailureReason | None = None


@value
class CallRecordReport(PbxEvent):
    """A call is over for good, and this is its record."""

    record: CallRecord


@value
class KeyReport(PbxEvent):
    """A key was pressed during a call.

    Attributes:
        keys: all keys so far, where the PBX gives them.
        index: position of the key from 0; None where the PBX does not tell it.
    """

    call_id: str
    legs: tuple[CallLeg, ...]
    key: str
    keys: str = ""
    index: int | None = None


@value
class PromptEndReport(PbxEvent):
    """A prompt was played to its end.

    Attributes:
        ivr: number of the IVR that played it.
    """

    call_id: str
    legs: tuple[CallLeg, ...]
    ivr: str = ""


@value
class SurveyReport(PbxEvent):
    """A caller answered a survey with a key."""


@value
class MessageReport(PbxEvent):
    """A text message was sent, or was not."""


@value
class UnknownReport(PbxEvent):
    """A well-formed report of a kind that no document names."""
