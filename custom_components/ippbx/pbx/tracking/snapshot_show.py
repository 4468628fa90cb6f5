"""What a reading says of the parties of a call.

It is true, but for what was reported since it was asked.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from ..model.lines import CallLeg, LegKind, LegState
from .ids import parse_id
from .legs import TALKING, Party
from .live import LiveCall
from .transitions import note_times


def show(
    call: LiveCall,
    legs: Sequence[CallLeg],
    asked_at: datetime,
    now: datetime,
    ringing: Collection[str] | None = None,
) -> None:
    """Apply what the PBX answered about a call.

    It is true, but for what was reported since it was asked.

    Args:
        ringing: the extensions that ring, for it maybe, where the answer names two parties only;
            None where it names all.
    """
    shown = set()
    callers = {leg.caller for leg in legs if leg.kind is LegKind.OUTBOUND}
    outward = not any(leg.kind is LegKind.INBOUND for leg in legs)
    for leg in legs:
        party = call.party(leg, now)
        if party is None:
            continue
        shown.add(id(party))
        newer = party.state is not None and party.since >= asked_at
        if leg.state is not None and not newer and not _hides_hold(party, leg):
            party.state, party.since = leg.state, asked_at
            party.rang |= leg.state is LegState.RINGING
            party.talked |= leg.state in TALKING
    for party in call.parties.values():
        calls = party.calls or (outward and party.calls is None)
        hidden = calls and party.extension in callers  # lists of lines show these alone
        if party.state is LegState.RINGING and party.extension in (ringing or ()):
            hidden = True
        if legs and not hidden and id(party) not in shown and party.since < asked_at:
            party.state = LegState.ENDED
            if ringing is None:  # else a report that names it is newer
                party.since = asked_at
    if sum(party.talks for party in call.live()) > 1:
        call.answered_at = call.answered_at or now
    note_times(call, now)


def _hides_hold(party: Party, leg: CallLeg) -> bool:
    """Return True if an answer has no word for "on hold".

    That of API v1, which knows no channels.
    """
    no_channel = not leg.leg_id or parse_id(leg.leg_id) is not None
    return no_channel and leg.state is LegState.TALKING and party.state is LegState.ON_HOLD
