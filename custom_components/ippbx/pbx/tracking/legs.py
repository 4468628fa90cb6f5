"""One party of a live call, and how reports that come in any order change what it does."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ..model.lines import CallLeg, LegKind, LegState

DISORDER: Final = timedelta(seconds=3)
"""How much later than a newer report an older one may come."""

_RANK = {
    LegState.DIALING: 1,
    LegState.WAITING: 1,
    LegState.RINGING: 2,
    LegState.TALKING: 3,
    LegState.ON_HOLD: 3,
    LegState.ENDED: 4,
}
TALKING: Final = (LegState.TALKING, LegState.ON_HOLD)


@dataclass(slots=True, kw_only=True)
class Party:
    """One party.

    Attributes:
        named_by: the id under which the first report named it; rings_by: under which the first told
            that it rings.
        state: None while no report has said it.
        since: when the state was first reported (UTC).
        calls: whether it is the one who calls; None while that cannot be told.
        rang, talked, dialed: whether it ever did.
        idle_at: when its phone was said to be idle before anybody talked (UTC): it rings no more,
            or has registered again.
        picked_up: whether its phone was said to be busy while it rang.
        talk_told: whether any report said in so many words that it talks, not that it is on hold.
    """

    kind: LegKind
    extension: str = ""
    caller: str = ""
    callee: str = ""
    trunk: str = ""
    leg_id: str = ""
    path: str = ""
    state: LegState | None = None
    named_by: str = ""
    rings_by: str = ""
    since: datetime
    calls: bool | None = None
    rang: bool = False
    talked: bool = False
    dialed: bool = False
    picked_up: bool = False
    talk_told: bool = False
    idle_at: datetime | None = None

    @property
    def live(self) -> bool:
        """Return True if it takes part now."""
        return self.state is not None and self.state is not LegState.ENDED

    @property
    def talks(self) -> bool:
        """Return True if it talks or is on hold."""
        return self.state in TALKING

    @property
    def number(self) -> str:
        """Return what names it to people."""
        if self.kind is LegKind.EXTENSION:
            return self.extension
        return self.caller if self.kind is LegKind.INBOUND else self.callee

    def learn(self, leg: CallLeg) -> None:
        """Apply what a report says of it besides its state."""
        self.caller = leg.caller or self.caller
        self.callee = leg.callee or self.callee
        self.trunk = leg.trunk or self.trunk
        self.leg_id = leg.leg_id or self.leg_id
        self.path = leg.path or self.path

    def enter(self, state: LegState, now: datetime) -> bool:
        """Apply a state unless it is one that was left long ago.

        Return whether it is another one now.
        """
        before, late_answer = self.state, state is LegState.TALKING and not self.talk_told
        self._remember(state)
        if state is before:
            return False
        if before is not None and now - self.since <= DISORDER:
            # A first "talks" so soon after "on hold" is the answer, come late.
            if before is LegState.ON_HOLD and late_answer:
                return False
            if _RANK[state] < _RANK[before]:
                return False
        self.state, self.since = state, now
        return True

    def take_over(self, other: "Party") -> None:
        """Apply what was heard of the same party in a part of the call."""
        if other.state is not None and (self.state is None or other.since > self.since):
            self.state, self.since = other.state, other.since
        self.calls = other.calls if self.calls is None else self.calls
        self.rang |= other.rang
        self.talked |= other.talked
        self.dialed |= other.dialed
        self.talk_told |= other.talk_told

    def _remember(self, state: LegState) -> None:
        """Note what it ever did, be it told late."""
        if state is LegState.RINGING:
            self.rang = True
        elif state is LegState.DIALING:
            self.dialed = True
        elif state in TALKING:
            self.talked = True
            self.talk_told |= state is LegState.TALKING

    def as_leg(self) -> CallLeg:
        """Return it as it is told."""
        return CallLeg(
            kind=self.kind,
            extension=self.extension,
            caller=self.caller,
            callee=self.callee,
            trunk=self.trunk,
            leg_id=self.leg_id,
            state=self.state,
            path=self.path,
        )


@dataclass(frozen=True, slots=True)
class Failure:
    """A leg that could not be reached.

    Attributes:
        party: number of the leg.
        at: when it was reported (UTC).
        call_id: under which id.
    """

    party: str
    reason: str
    at: datetime
    call_id: str
