"""Whether a call is over, and how it ended: the first row that holds decides.

What no row decides is unknown, not inferred.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from ..model.lines import CallRecord, LegState
from ..model.tracked import CallDirection, CallOutcome
from .calls import KnownCall
from .facts import DISORDER, Facts, is_answer, is_empty, weight

_FINAL = timedelta(seconds=5)
"""How far a call's end is from the failure that ended it, at most."""

_BY_REASON: Final = (
    # pbx-api, "Reports", CallFailed: SIP's numbers, and the words of 2017.
    ("486", CallOutcome.BUSY),
    ("600", CallOutcome.BUSY),
    ("603", CallOutcome.REFUSED),
    ("busy", CallOutcome.BUSY),
    ("dnd", CallOutcome.REFUSED),
    ("decline", CallOutcome.REFUSED),
)
_NO_ANSWER_EITHER = ("480", "408", "unreachable", "unavailable")
"""Reasons that some PBXes give for an extension that rang in vain, too."""
_SAYS_NOTHING = ("487", "terminated")
"""Reasons for the end of a leg that somebody else caused."""


def direction_of(call: KnownCall) -> CallDirection | None:
    """Return which way a call goes; None while that is unknown."""
    facts = call.facts
    if facts.inbound is not None:
        return CallDirection.INBOUND
    records = facts.records or facts.branches
    if any(record.source_trunk or record.direction == "inbound" for record in records):
        return CallDirection.INBOUND
    caller = facts.caller
    if facts.outbound is not None or any(r.direction == "outbound" for r in records):
        # The line may be that of a mobile phone that rings with an extension for a hidden caller.
        mobile = caller is None and (any(facts.rang()) or call.inferred)
        return CallDirection.INBOUND if mobile else CallDirection.OUTBOUND
    for record in records:
        if record.direction == "internal":
            return CallDirection.INTERNAL
        if record.destination_trunk:
            return CallDirection.OUTBOUND
    inside = caller is not None and len(facts.extensions) > 1
    return CallDirection.INTERNAL if inside else None


# Over or not


def end_of(call: KnownCall) -> str | None:
    """Return what the end of a call waits for (`termination.WAITS`); None while it goes on."""
    facts = call.facts
    if call.ending.gone_at is not None or (facts.hung_up_at is not None and is_over(facts)):
        return "settle" if facts.records else "record"
    if facts.records:
        if _talk_goes_on(facts) or _shown_since(call):
            return None
        return "settle" if _is_final(call) else "snapshot"
    return "record" if failed_at_last(facts) is not None else None


def is_over(facts: Facts) -> bool:
    """Return whether somebody has hung up, which leaves nobody who could go on."""
    ring = LegState.RINGING
    live = [
        p for p in facts.parties.values() if p.live and (p.state is not ring or p.idle_at is None)
    ]
    if facts.answered_at is not None:
        return len(live) < 2
    caller = facts.caller
    return not live or (caller is not None and caller.state is LegState.ENDED)


def _shown_since(call: KnownCall) -> bool:
    """Return whether a call was reported or shown after records that end nothing by themselves."""
    at = call.ending.recorded_at
    if at is None or not all(map(is_empty, call.facts.records)):
        return False
    shown = call.ending.shown_at
    return (shown is not None and shown > at) or call.facts.touched - at > DISORDER


def _talk_goes_on(facts: Facts) -> bool:
    """Return whether all records are of branches that another one made obsolete."""
    if facts.answered_at is None or any(r.outcome == "answered" for r in facts.records):
        return False
    return sum(party.talks for party in facts.parties.values()) > 1


def _is_final(call: KnownCall) -> bool:
    """Return whether a record ends a call by itself.

    A queue leaves NO ANSWER for an agent, and rings the next one (docs/asterisk.md).
    """
    facts, record = call.facts, call.facts.record
    if record is None:
        return False
    if facts.answered_at is not None:
        return record.outcome == "answered" and not facts.transfers
    if call.dialled and not any(facts.rang()):
        return True
    if is_empty(record) or record.outcome in ("no_answer", "busy", "failed"):
        return _nobody_left(facts) or failed_at_last(facts) is not None
    return True


def _nobody_left(facts: Facts) -> bool:
    """Return whether nothing shows that the caller of an unanswered call is still there."""
    caller = facts.caller
    if caller is not None:
        return not caller.live or caller.idle_at is not None
    return not any(p.live and p.idle_at is None for p in facts.parties.values())


def failed_at_last(facts: Facts) -> str | None:
    """Return why a call failed; None where others rang, or anything followed it."""
    if facts.failure is None or facts.answered_at is not None:
        return None
    reason, at, others = facts.failure
    late = any(p.rang and p.live and p.since > at for p in facts.parties.values())
    left = facts.hung_up_at is not None and facts.hung_up_at - at > _FINAL
    return None if others or late or left else reason


def is_plain(call: KnownCall) -> bool:
    """Return whether nothing that may still be reported can change how a call ended."""
    record, facts = call.facts.record, call.facts
    if record is None or record.outcome != "answered" or record.direction == "transfer":
        return False
    talked = is_answer(record) or facts.answered_at is not None
    return talked and not any(party.live for party in facts.parties.values())


# Outcome


class _Case:
    """A call that is over and was not answered as far as reports tell.

    Attributes:
        confirmed: whether a reading has confirmed that it is gone.
        records: those that say something.
        failed: how it failed, as reports tell; None where they do not.
    """

    def __init__(self, call: KnownCall) -> None:
        self.call, self.facts = call, call.facts
        self.confirmed = call.ending.gone_at is not None
        self.records = [each for each in call.facts.records if not is_empty(each)]
        self.failed = self._failed()

    def _failed(self) -> CallOutcome | None:
        if (said := failed_at_last(self.facts)) is None:
            return None
        reason = said.casefold()
        if any(word in reason for word in _SAYS_NOTHING):
            return None
        for word, outcome in _BY_REASON:
            if word in reason:
                return outcome
        in_vain = any(word in reason for word in _NO_ANSWER_EITHER) and any(self.facts.rang())
        return None if in_vain else CallOutcome.FAILED

    def own_phone_only(self) -> bool:
        """Return whether no phone rang but that of the extension that makes the call."""
        call, facts = self.call, self.facts
        if facts.alone_at is not None or any(p.picked_up for p in facts.extensions.values()):
            return False  # it was picked up, so that the other one was rung
        if call.dialled and not any(p.rang and not p.calls for p in facts.parties.values()):
            return True
        if facts.inbound is not None:
            return False
        rang = {number for number, party in facts.extensions.items() if party.rang}
        makers = {call.dialled, *(record.caller for record in facts.records)} - {""}
        return bool(rang) and rang <= makers

    def has(self, outcome: str) -> bool:
        """Return whether a record of the call states an outcome."""
        return any(record.outcome == outcome for record in self.records)

    def states(self, outcome: str) -> bool:
        """Return whether a record of any length states an outcome."""
        return any(record.outcome == outcome for record in self.facts.records)

    def rang_in_vain(self) -> bool:
        """Return whether somebody rang, and nobody can have answered."""
        facts = self.facts
        rang = [party for party in facts.parties.values() if party.rang]
        if not rang or any(p.picked_up and not p.calls for p in rang):
            return False
        idle = any(p.idle_at is not None for p in facts.rang())
        return self.confirmed and (facts.hung_up_at is not None or idle)


def decide(call: KnownCall) -> CallOutcome | None:
    """Return how a call ended; None where nothing decides it."""
    if call.facts.answered_at is not None:
        return CallOutcome.ANSWERED
    case = _Case(call)
    found = next((outcome for holds, outcome in _OUTCOMES if holds(case)), case.failed)
    if found is not CallOutcome.MISSED:
        return found
    given_up = direction_of(call) is CallDirection.OUTBOUND or case.own_phone_only()
    return CallOutcome.CANCELLED if given_up else found


_OUTCOMES: Final[tuple[tuple[Callable[[_Case], bool], CallOutcome], ...]] = (
    (lambda case: case.has("voicemail"), CallOutcome.VOICEMAIL),
    (lambda case: any(map(is_answer, case.records)), CallOutcome.ANSWERED),
    (lambda case: case.call.ending.refused, CallOutcome.REFUSED),
    (lambda case: case.failed is CallOutcome.REFUSED, CallOutcome.REFUSED),
    (lambda case: case.failed is CallOutcome.BUSY or case.has("busy"), CallOutcome.BUSY),
    # An IVR or a queue that reached nobody leaves NO ANSWER with seconds of talk (docs/asterisk.md)
    (lambda case: case.has("no_answer"), CallOutcome.MISSED),
    (lambda case: case.has("failed"), CallOutcome.FAILED),
    (lambda case: any(map(is_answer, case.facts.branches)), CallOutcome.ANSWERED),
    (lambda case: case.has("answered"), CallOutcome.ANSWERED),  # hung up in its first second
    (lambda case: case.failed is not None, CallOutcome.FAILED),
    (lambda case: case.states("no_answer"), CallOutcome.MISSED),  # of no length, as below
    (lambda case: case.states("answered"), CallOutcome.ANSWERED),
    (lambda case: case.rang_in_vain(), CallOutcome.MISSED),
)


def main_record(call: KnownCall) -> CallRecord | None:
    """Return the record that describes a call: its own one, else that of a branch."""
    return call.facts.record or max(call.facts.branches, key=weight, default=None)
