"""The moments of a scenario's call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pbx_simulator.calls.legs import Leg, LiveLeg
from pbx_simulator.calls.record import CallRecord

from ..reports.wire import Fields
from .models import LiveCall


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A moment of a call: the reports about it, and how the call stands after it.

    Attributes:
        silent: Whether not even the phones' new statuses are reported.
    """

    at: float
    call: int
    live: LiveCall | None
    reports: Sequence[Fields] = ()
    tells: str = ""
    record: CallRecord | None = None
    silent: bool = False


def live_leg(leg: Leg) -> LiveLeg:
    """A leg as it stands now."""
    return LiveLeg(
        kind=leg.kind,
        number=leg.number,
        state=leg.state,
        origin=leg.origin,
        to=leg.to,
        trunk=leg.trunk,
        leg_id=leg.leg_id,
        channel_id=leg.channel_id,
        path=leg.path,
    )
