"""The states of a call, and what can happen to it."""

from __future__ import annotations

from enum import StrEnum


class CallType(StrEnum):
    """The direction of a call, as call records spell it (pbx-api, section 9, NewCdr)."""

    INTERNAL = "Internal"
    INBOUND = "Inbound"
    OUTBOUND = "Outbound"


class CallState(StrEnum):
    """The state of a call."""

    INVITED = "invited"
    """Inbound, waits for the API to accept or refuse it."""
    INCOMING = "incoming"
    """Inbound and accepted, waits for the API to direct it."""
    CALLING_BACK = "calling back"
    """Made over the API: the caller's own phone rings first."""
    DIALING = "dialing"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    ENDED = "ended"


class Moment(StrEnum):
    """What has just happened to a call."""

    CALLING = "calling"
    """The caller's own phone rings, in a call made over the API."""
    PICKED_UP = "picked up"
    STARTED = "started"
    INVITED = "invited"
    INCOMING = "incoming"
    FORWARDED = "forwarded"
    """A phone has forwarded the call, without ringing."""
    RINGING = "ringing"
    ANSWERED = "answered"
    STOPPED = "stopped"
    """Some legs have stopped ringing, and the call goes on."""
    HELD = "held"
    RESUMED = "resumed"
    TRANSFERRED = "transferred"
    LEFT = "left"
    """Who transferred has left, and the call goes on."""
    KEY = "key"
    RELEASED = "released"
    FAILED = "failed"


class CallStateError(Exception):
    """The call cannot do this in the state it is in."""
