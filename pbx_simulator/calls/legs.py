"""The parties of a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class LegKind(StrEnum):
    """The kind of a call's party."""

    EXTENSION = "extension"
    INBOUND = "inbound"
    OUTBOUND = "outbound"
    SERVICE = "service"
    """The PBX itself: an IVR, a queue, a prompt, a parking slot. No report or answer names it."""


class LegState(StrEnum):
    """The state of a leg; the words are those of `memberstatus` (pbx-api, section 8)."""

    ALERT = "ALERT"
    RING = "RING"
    ANSWERED = "ANSWERED"
    ANSWER = "ANSWER"
    HOLD = "HOLD"
    BYE = "BYE"


@dataclass(slots=True, kw_only=True, eq=False)
class Leg:
    """One party of a call.

    Attributes:
        number: The extension, the outside number, or the service's number or name.
        origin, to: For a trunk leg, the two numbers it carries.
        trunk: The trunk's name, for a trunk leg.
        leg_id: The id of a trunk leg (inboundid, outboundid); that of an outbound one is there
            when it is dialled.
        near, far: The ids of the two ends of the `Local` channel through which it is called; none
            of who calls.
        hops: How many such channels it takes: one more where a phone forwards.
        successor: The leg that took its place by a transfer.
        rung_at, answered_at: When it was, in epoch seconds.
        channel_id: The id of its channel (API v2.0.0); a service has none.
        muted: True if the other legs do not hear it.
        path: The number of the IVR, queue or ring group that the call came through.
    """

    kind: LegKind
    number: str
    channel_of: Callable[[str], str]
    channel_id: str = ""
    origin: str = ""
    to: str = ""
    trunk: str = ""
    leg_id: str = ""
    near: str = ""
    far: str = ""
    hops: int = 1
    successor: Leg | None = None
    rung_at: float | None = None
    answered_at: float | None = None
    muted: bool = False
    path: str = ""
    state: LegState = LegState.ALERT
    before_hold: LegState = LegState.ANSWER

    def __post_init__(self) -> None:
        """Open the leg's channel, unless it shares another one's."""
        if self.channel_id or self.kind is LegKind.SERVICE:
            return
        name = f"trunk-{self.trunk}-endpoint" if self.trunk else self.number
        self.channel_id = self.channel_of(name)
