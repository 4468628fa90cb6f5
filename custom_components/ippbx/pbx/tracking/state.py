"""Where a call stands, and which way it goes, as far as that can be told."""

from ..model.lines import LegState
from ..model.tracked import CallDirection, CallState
from .legs import TALKING
from .live import LiveCall

_DIRECTIONS = {
    "inbound": CallDirection.INBOUND,
    "outbound": CallDirection.OUTBOUND,
    "internal": CallDirection.INTERNAL,
}


def direction_of(call: LiveCall) -> CallDirection | None:
    """Return which way a call goes; None while that cannot be told."""
    if call.inbound is not None or call.came_in or _came_in(call) or _rings_mobile_phone(call):
        return CallDirection.INBOUND
    if call.outbound is not None:
        return CallDirection.OUTBOUND
    for record in call.records:
        if record.direction in _DIRECTIONS:
            return _DIRECTIONS[record.direction]
        if record.destination_trunk:
            return CallDirection.OUTBOUND
    return CallDirection.INTERNAL if len(call.extensions) > 1 else None


def _came_in(call: LiveCall) -> bool:
    """Return True if a record tells that it came from outside."""
    return any(record.source_trunk or record.direction == "inbound" for record in call.records)


def _rings_mobile_phone(call: LiveCall) -> bool:
    """Return True if the outgoing line is that of a mobile phone that rang with an extension."""
    outward = call.outbound is not None or any(
        record.direction == "outbound" for record in call.records
    )
    return outward and call.answered_at is None and bool(call.rang()) and not call.calling


def state_of(call: LiveCall) -> CallState:
    """Return where a call stands."""
    states = [party.state for party in call.parties.values() if party.live]
    if not states:
        ended = call.parties or call.records
        return CallState.ENDED if ended and not call.invited else CallState.INVITED
    talking = len([state for state in states if state in TALKING])
    if call.answered_at is not None and talking > 1:
        return CallState.ON_HOLD if LegState.ON_HOLD in states else CallState.TALKING
    if LegState.RINGING in states:
        return CallState.RINGING
    if call.answered_at is not None and talking:
        return CallState.ON_HOLD if LegState.ON_HOLD in states else CallState.TALKING
    if call.invited and all(state is LegState.DIALING for state in states):
        return CallState.INVITED
    return CallState.DIALING
