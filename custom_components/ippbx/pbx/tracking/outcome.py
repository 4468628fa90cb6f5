"""Whether a call is over, and its outcome: the strongest claim of its evidence.

Without a claim the outcome is unknown, not inferred.
"""

from collections.abc import Iterator
from typing import Final

from ..model.events import FailureReason
from ..model.lines import LegState
from ..model.records import is_answer, is_empty
from ..model.tracked import CallDirection, CallOutcome
from .calls import KnownCall
from .facts import Facts
from .phones import AT_ONCE

_OUTCOMES: Final = {
    "voicemail": CallOutcome.VOICEMAIL,
    "talk": CallOutcome.ANSWERED,
    "refused": CallOutcome.REFUSED,
    "busy": CallOutcome.BUSY,
    # An IVR or a queue that reached nobody leaves NO ANSWER with seconds of talk (docs/asterisk.md)
    "no_answer": CallOutcome.MISSED,
    "failed": CallOutcome.FAILED,
    "answered": CallOutcome.ANSWERED,  # hung up in its first second
    "rang": CallOutcome.MISSED,
}
"""Outcomes of a call without a reported answer, by claim, the strongest first."""


def direction_of(call: KnownCall) -> CallDirection | None:
    """Return the direction of a call; None while it is unknown."""
    facts, records = call.facts, call.facts.records
    directions = {record.direction for record in records}
    if facts.inbound is not None or "inbound" in directions or any(r.source_trunk for r in records):
        return CallDirection.INBOUND
    trunk = "internal" not in directions and any(record.destination_trunk for record in records)
    if "outbound" in directions:
        return CallDirection.OUTBOUND
    if facts.outbound is not None or trunk:
        # The line may be that of a mobile phone that rings with an extension; the caller is hidden.
        mobile = facts.caller is None and any(facts.rang())
        return CallDirection.INBOUND if mobile else CallDirection.OUTBOUND
    inside = "internal" in directions or (facts.caller is not None and len(facts.extensions) > 1)
    return CallDirection.INTERNAL if inside else None


def end_of(call: KnownCall) -> str | None:
    """Return what the end of a call waits for (`termination.WAITS`); None while it is up."""
    facts, ending, record = call.facts, call.ending, call.facts.record
    left = nobody_left(facts)
    if ending.gone_at is not None or (left and facts.hung_up_at is not None):
        return "record" if record is None else "settle"
    if record is None:
        return None if call.begun and failure_of(call) is None else "record"
    if facts.answered_at is not None:
        if record.outcome != "answered" and not left:
            return None  # the record of a branch
        goes_on = facts.transfers or (facts.stated and facts.transferred_at is not None)
        goes_on = (goes_on and _stays(facts)) or record.outcome != "answered"
        return "snapshot" if goes_on else "settle"
    # A queue writes NO ANSWER for an agent, and rings the next one (docs/asterisk.md).
    last = record.outcome in ("answered", "voicemail") and not is_empty(record)
    last |= left or _own_phone_only(facts) or failure_of(call) is not None
    return "settle" if last else "snapshot"


def nobody_left(facts: Facts) -> bool:
    """Return whether too few parties are left for the call to go on, as far as is known."""
    live = [p for p in facts.parties.values() if p.live]
    if facts.answered_at is not None:
        return not _stays(facts) or (not facts.stated and len(live) < 2)
    if (caller := facts.caller) is None:
        return not live
    return caller.state is LegState.ENDED


def _stays(facts: Facts) -> bool:
    """Return whether any party stays, besides phones that ring and transferees that never did."""
    known = (*facts.rang(), *facts.answerers)
    live = [p for p in facts.parties.values() if p.live and p.state is not LegState.RINGING]
    return any(p.state is not LegState.DIALING or p.calls is not False or p in known for p in live)


def failure_of(call: KnownCall) -> FailureReason | None:
    """Return why a call failed; None if another phone still rang after that."""
    facts, recorded = call.facts, call.ending.recorded_at
    if facts.failure is None or facts.answered_at is not None:
        return None
    reason, at = facts.failure
    if recorded is not None and abs(recorded - at) <= AT_ONCE:
        return reason  # whatever else rang
    rang = [p for p in facts.parties.values() if p.rung_at and not p.calls]
    others = any(p.state is LegState.RINGING or p.since - at > AT_ONCE for p in rang)
    return None if others else reason


def is_led_on(call: KnownCall) -> bool:
    """Return whether all that is known of a call may be the vain branch of one that goes on.

    A caller is led on to the mailbox of a busy phone (docs/asterisk.md, "Records").
    """
    vain = not any(each.outcome in ("answered", "voicemail") for each in call.all_records)
    return vain and not (call.begun or call.facts.parties or call.ending.retroactive)


def is_plain(call: KnownCall) -> bool:
    """Return whether no later report can change the end of a call."""
    record, facts = call.facts.record, call.facts
    if record is None or record.outcome != "answered":
        return False
    talked = is_answer(record) or facts.answered_at is not None
    return talked and bool(facts.parties) and not any(p.live for p in facts.parties.values())


def decide(call: KnownCall) -> CallOutcome | None:
    """Return the outcome of a call; None if its evidence claims none."""
    if call.facts.answered_at is not None:
        return CallOutcome.ANSWERED
    claims = set(_claims(call))
    outcome = next((outcome for claim, outcome in _OUTCOMES.items() if claim in claims), None)
    given_up = direction_of(call) is CallDirection.OUTBOUND or _own_phone_only(call.facts)
    return CallOutcome.CANCELLED if outcome is CallOutcome.MISSED and given_up else outcome


def _claims(call: KnownCall) -> Iterator[str]:
    """Yield the claims of the evidence (`_OUTCOMES`)."""
    facts = call.facts
    records = [record for record in facts.records if not is_empty(record)] or facts.records
    for record in records:
        # Asterisk writes BUSY if one member of a group is, whoever else rang (docs/asterisk.md).
        others = record.outcome == "busy" and any(p.number != record.callee for p in facts.rang())
        yield "talk" if is_answer(record) else "no_answer" if others else record.outcome
    if call.ending.accepted is False:
        yield "refused"
    rang = [party for party in facts.parties.values() if party.rang]
    rang = [party for party in rang if not party.calls] or rang  # its own phone alone
    if (reason := failure_of(call)) is not None:
        vain = reason is FailureReason.UNREACHABLE and not any(facts.rang())
        yield FailureReason.OTHER if vain else reason
    ceased = facts.hung_up_at is not None or all(party.ceased for party in rang)
    alone = facts.only_rings and len(facts.extensions) == 1  # the caller's own, by command?
    answered = alone or any(party.picked_up for party in rang)
    if rang and ceased and call.ending.gone_at is not None and not answered:
        yield "rang"


def _own_phone_only(facts: Facts) -> bool:
    """Return whether no phone rang but that of the caller by command."""
    rung = [p for p in facts.extensions.values() if p.rang or p.extension == facts.dialled]
    return any(not party.picked_up for party in rung) and not any(facts.rang())
