"""What an extension does, as its calls show it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ..model.lines import ExtensionStatus, LegState
from .legs import Party
from .live import LiveCall

_SHOWN: Mapping[LegState | None, ExtensionStatus] = {
    LegState.DIALING: ExtensionStatus.BUSY,
    LegState.WAITING: ExtensionStatus.BUSY,
    LegState.TALKING: ExtensionStatus.BUSY,
    LegState.ON_HOLD: ExtensionStatus.ON_HOLD,
    LegState.RINGING: ExtensionStatus.RINGING,
}
_STRONGEST = (ExtensionStatus.BUSY, ExtensionStatus.ON_HOLD, ExtensionStatus.RINGING)
_SAID = {
    (LegState.TALKING, ExtensionStatus.ON_HOLD): LegState.ON_HOLD,
    (LegState.ON_HOLD, ExtensionStatus.BUSY): LegState.TALKING,
}


def status_in(states: Sequence[LegState | None]) -> ExtensionStatus | None:
    """Return what an extension does that does these things.

    With several calls, what a phone with several calls shows.
    """
    if len(states) == 1:
        return _SHOWN.get(states[0])
    found = {_SHOWN.get(state) for state in states}
    return next((status for status in _STRONGEST if status in found), None)


def status_in_leg(
    call: LiveCall, party: Party, status: ExtensionStatus | None, now: datetime
) -> bool:
    """Apply what the status of an extension says of its only call.

    Return whether it says anything.

    "Idle" ends the part of an extension only where it may have passed the call on: the word is also
    sent for a phone that registers again. What is on hold is told by the call's own reports, where
    there are such.
    """
    if status is ExtensionStatus.IDLE and party.state in (LegState.RINGING, LegState.DIALING):
        party.idle_at = party.idle_at or now
    party.picked_up |= status is ExtensionStatus.BUSY and party.state is LegState.RINGING
    if status is ExtensionStatus.IDLE and call.transfers and party.talks:
        return party.enter(LegState.ENDED, now)
    if status is None or party.state is None or call.stated:
        return False
    state = _SAID.get((party.state, status))
    return state is not None and party.enter(state, now)
