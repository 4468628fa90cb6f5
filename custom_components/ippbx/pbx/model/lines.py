"""What the PBX lists, in the field's words: frozen values without behaviour of their own.

A value that the PBX did not give, or gave in an unknown word, is None (an empty string for text).
Numbers of extensions and phones are text: leading zeros and "+" matter.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from .values import value


class ExtensionStatus(StrEnum):
    """What an extension is doing."""

    IDLE = "idle"
    RINGING = "ringing"
    BUSY = "busy"
    ON_HOLD = "on_hold"
    NOT_REGISTERED = "not_registered"
    FAULT = "fault"


class TrunkStatus(StrEnum):
    """What a trunk is doing, for lines of every kind."""

    REGISTERED = "registered"
    REGISTERING = "registering"
    UNREGISTERED = "unregistered"
    FAILURE = "failure"
    DISABLED = "disabled"
    IDLE = "idle"
    BUSY = "busy"
    UP = "up"
    DOWN = "down"
    FAULT = "fault"
    ALARM = "alarm"
    POWER_OFF = "power_off"
    NO_SIM = "no_sim"
    NO_SIGNAL = "no_signal"
    PIN_ERROR = "pin_error"


class LegKind(StrEnum):
    """What a leg of a call connects to."""

    EXTENSION = "extension"
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class LegState(StrEnum):
    """What a leg of a call is doing."""

    DIALING = "dialing"  # hears the other side ring
    RINGING = "ringing"
    TALKING = "talking"
    ON_HOLD = "on_hold"
    WAITING = "waiting"  # on the line with the PBX itself: IVR, queue
    ENDED = "ended"


@value
class CompanyContact:
    """An entry of the address book of the PBX.

    Attributes:
        name: the name of the person, else that of the company.
    """

    name: str
    numbers: tuple[str, ...]


@value
class SystemInfo:
    """The PBX itself.

    Attributes:
        time: the clock of the PBX as it prints it, local and with a doubtful zone.
        clock_error: how far that clock is ahead of the true time, as far as no zone explains it;
            None where it cannot be read.
    """

    serial: str
    name: str = ""
    hardware: str = ""
    firmware: str = ""
    time: str = ""
    uptime: str = ""
    clock_error: timedelta | None = None


@value
class Extension:
    """An extension.

    Attributes:
        kind: the line's technology in the vendor's word: SIP, FXS, pjsip.
    """

    number: str
    name: str = ""
    kind: str = ""
    status: ExtensionStatus | None = None

    def with_status(self, status: ExtensionStatus) -> "Extension":
        """Return the extension with another status; a third of the cost of `replace`."""
        return Extension(number=self.number, name=self.name, kind=self.kind, status=status)

    @property
    def registered(self) -> bool | None:
        """Return whether a phone answers for the extension; None where the PBX has not said."""
        if self.status is None:
            return None
        return self.status not in (ExtensionStatus.NOT_REGISTERED, ExtensionStatus.FAULT)


VOICEMAIL: Final = "voicemail"
"""In place of a number: the voicemail box of the extension."""


@value
class ExtensionSettings:
    """What an extension is set to, at its phone or at the PBX.

    Attributes:
        do_not_disturb: whether its phone is not to ring.
        forwards: whether all its calls are forwarded.
        forward_to: where to, also while it does not: a number as the PBX dials it, or `VOICEMAIL`.
    """

    number: str
    do_not_disturb: bool | None = None
    forwards: bool | None = None
    forward_to: str = ""


_TRUNK_PROBLEMS = frozenset(TrunkStatus) - {
    TrunkStatus.REGISTERED,
    TrunkStatus.IDLE,
    TrunkStatus.BUSY,
    TrunkStatus.UP,
    TrunkStatus.DISABLED,  # somebody wants it so
}


@value
class Trunk:
    """A line to the outside.

    Attributes:
        key: what names the trunk for good: its id where the dialect gives one, else its name.
        kind: the line's technology in the vendor's word: SIP, FXO, E1, GSM.
    """

    key: str
    name: str
    kind: str = ""
    status: TrunkStatus | None = None

    @property
    def problem(self) -> bool | None:
        """Return whether the trunk cannot carry calls though it should; None where unknown."""
        if self.status is None:
            return None
        return self.status in _TRUNK_PROBLEMS

    @property
    def sends_messages(self) -> bool:
        """Return whether text messages can be sent over it."""
        return self.kind.upper() == "GSM"


@value
class CallLeg:
    """One party of a call.

    Attributes:
        extension: number of the extension, for a leg of that kind.
        caller: number that calls, for a trunk's leg.
        callee: number that is called, for a trunk's leg.
        leg_id: what names the leg in requests: inbound, outbound or channel id.
        path: number of the IVR, queue or ring group that the call came through.
        calls: whether its state is that of a caller (it hears it ring, or was answered) or of a
            callee (it rings, or answered); None where the state does not tell.
    """

    kind: LegKind
    extension: str = ""
    caller: str = ""
    callee: str = ""
    trunk: str = ""
    leg_id: str = ""
    state: LegState | None = None
    path: str = ""
    calls: bool | None = None


@value
class Call:
    """A call that the PBX knows now."""

    call_id: str
    legs: tuple[CallLeg, ...] = ()


@value
class CallRecord:
    """A finished call as the PBX wrote it down (CDR).

    Attributes:
        started: when it began, UTC by the clock of the PBX; None where that cannot be read.
        duration: seconds from the first ring to the end; None where it cannot be read.
        talk_duration: seconds of conversation.
        outcome: the record's status in lower case with underscores: answered, no_answer, busy,
            failed, voicemail.
        direction: internal, inbound, outbound, callback, transfer; lower case.
    """

    call_id: str
    started: datetime | None = None
    caller: str = ""
    callee: str = ""
    source_trunk: str = ""
    destination_trunk: str = ""
    duration: int | None = None
    talk_duration: int | None = None
    outcome: str = ""
    direction: str = ""
    did: str = ""
    recording: str = ""


@value
class ReportAddress:
    """Where the PBX is to send its reports (pbx-api, "heartbeat" and "Delivery of reports").

    Attributes:
        ipaddr: address of the application, text.
        port: its port, as text.
        url: host:port/path without a scheme (absolute) or path without leading slash (relative);
            may be empty.
        urltag: "1" where url is absolute, "0" where it is relative.
    """

    ipaddr: str
    port: str
    url: str = ""
    urltag: str = "1"
