"""What is so of a scenario's call while it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pbx_simulator.calls.legs import Leg
from pbx_simulator.calls.record import CallRecord

from .teller import CallIds

if TYPE_CHECKING:
    from .stage import Stage


@dataclass(slots=True, kw_only=True, eq=False)
class ScriptState:
    """How a call stands; `at` is the time of what happens next, in epoch seconds.

    Attributes:
        present: The legs that take part now, the caller first.
        other: The leg that the caller talks to.
        ringing: The legs that ring now.
    """

    stage: Stage
    index: int
    kind: str
    ids: CallIds
    caller: Leg
    caller_number: str
    callee: str
    at: float
    trunk: str = ""
    did: str = ""
    by_api: bool = False
    started: float = 0.0
    present: list[Leg] = field(default_factory=list)
    ringing: list[Leg] = field(default_factory=list)
    other: Leg | None = None
    state: str = "dialing"
    all_legs: list[Leg] = field(default_factory=list)
    more_ids: set[str] = field(default_factory=set)
    path: list[str] = field(default_factory=list)
    rang: dict[str, None] = field(default_factory=dict)
    rang_at: float | None = None
    answered_at: float | None = None
    answered_by: str = ""
    ended_at: float = 0.0
    transfers: int = 0
    forwards: int = 0
    holds: int = 0
    keys: str = ""
    outcome: str = ""
    lost: bool = False
    decision: str = ""
    doubtful: set[str] = field(default_factory=set)
    joined_into: int | None = None
    records: list[CallRecord] = field(default_factory=list)
