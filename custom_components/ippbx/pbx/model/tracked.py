"""What is known of a call, in the field's words: frozen values, and what can happen to one."""

from datetime import datetime
from enum import StrEnum

from .lines import Call, CallLeg, ExtensionStatus
from .values import value


class CallState(StrEnum):
    """Where a call stands."""

    INVITED = "invited"  # the PBX waits until it is accepted, refused or directed
    DIALING = "dialing"  # no callee rings yet; by command the caller is rung first
    RINGING = "ringing"
    TALKING = "talking"
    ON_HOLD = "on_hold"
    ENDED = "ended"


class CallDirection(StrEnum):
    """Which way a call goes."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class CallOutcome(StrEnum):
    """How a call ended."""

    ANSWERED = "answered"
    MISSED = "missed"  # inbound or internal: it rang, and nobody answered
    BUSY = "busy"
    FAILED = "failed"
    VOICEMAIL = "voicemail"
    REFUSED = "refused"
    CANCELLED = "cancelled"  # outbound: the caller gave up before an answer
    UNKNOWN = "unknown"  # every report that decides it was lost, and no record can be asked for


class CallEventType(StrEnum):
    """What can happen to a call. These are the event types of the event entities."""

    RINGING = "ringing"
    DIALING = "dialing"
    ANSWERED = "answered"
    HELD = "held"
    RESUMED = "resumed"
    TRANSFERRED = "transferred"
    ENDED = "ended"
    MISSED = "missed"
    DTMF = "dtmf"
    INVITED = "invited"


@value
class TrackedCall:
    """A call as the engine knows it. All times are UTC.

    Attributes:
        call_id: the first id that the PBX gave it; stays when the PBX uses others for the call.
        direction: None while it is unknown.
        caller: number that calls, as the PBX gives it.
        callee: number that was called first: an extension, an outside number, a group or an IVR.
        trunk: the outside line, where there is one.
        did: the own number that an outside caller dialled.
        path: number of the IVR, queue or ring group that it came through.
        legs: the present parties, or the last ones.
        rang: extensions that rang, in that order, without repeats.
        answered_by: the extension (of an outbound call the outside number) that answered first.
        missed_by: extensions that rang in vain; filled when the outcome is MISSED.
        started: when the PBX's own id or record says it began, else when it was first heard of.
        outcome: None until the call is over and it is decided.
        recording: name of the recording, where the record gives one.
    """

    call_id: str
    state: CallState
    direction: CallDirection | None = None
    caller: str = ""
    callee: str = ""
    trunk: str = ""
    did: str = ""
    path: str = ""
    legs: tuple[CallLeg, ...] = ()
    rang: tuple[str, ...] = ()
    answered_by: str = ""
    missed_by: tuple[str, ...] = ()
    started: datetime
    answered: datetime | None = None
    ended: datetime | None = None
    outcome: CallOutcome | None = None
    ring_seconds: int | None = None
    talk_seconds: int | None = None
    recording: str = ""

    @property
    def extensions(self) -> tuple[str, ...]:
        """Return the extensions that take part now."""
        return tuple(leg.extension for leg in self.legs if leg.extension)


@value
class CallChange:
    """One thing that happened to a call, published once.

    Attributes:
        call: the call after it.
        extensions: the extensions for which it is news: the one that rings, those that were
            talking, those that missed.
        first: whether it is the first for the call as a whole (a second ringing member of a group
            is not).
        key: the key that was pressed; keys: all keys so far.
        until: when the PBX stops waiting for a decision (INVITED).
        late: whether it was found afterwards, from a record or after a gap. Nobody should be rung
            for it.
    """

    type: CallEventType
    call: TrackedCall
    extensions: tuple[str, ...] = ()
    first: bool = True
    key: str = ""
    keys: str = ""
    until: datetime | None = None
    late: bool = False


@value
class CallSnapshot:
    """What one reading of the PBX showed of calls: the truth at that moment.

    Attributes:
        asked_at: when the reading began (UTC): what was reported since is newer.
        calls: the calls on trunks, and of the extensions in `queried` those between extensions.
        trunks: whether the calls on trunks could be read.
        queried: extensions that were asked for their calls one by one.
        extensions: status of every extension as listed.
    """

    asked_at: datetime
    calls: tuple[Call, ...] = ()
    trunks: bool = True
    queried: frozenset[str] = frozenset()
    extensions: dict[str, ExtensionStatus | None]
