"""Whether a call is over, and how it ended: two ordered tables; the first row that holds decides.

What no row decides is unknown, not inferred.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from ..model.lines import CallRecord, LegState
from ..model.tracked import CallDirection, CallOutcome
from .calls import LiveCall
from .facts import DISORDER, Facts, Failure, is_answer, is_empty, weight
from .timers import Wait

_RANG_IN_VAIN = timedelta(seconds=10)
"""An extension that is not answered rings for at least so long."""
_FINAL = timedelta(seconds=5)
"""How far a call's end is from the failure that ended it, at most."""
_INEXACT = timedelta(seconds=2)
"""How much too long the time since a call's id, in whole seconds, may seem."""

_DIRECTIONS = {
    "inbound": CallDirection.INBOUND,
    "outbound": CallDirection.OUTBOUND,
    "internal": CallDirection.INTERNAL,
}
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


def direction_of(call: LiveCall) -> CallDirection | None:
    """Return which way a call goes; None while that is unknown."""
    facts = call.facts
    records = facts.records or facts.branches
    if facts.inbound is not None:
        return CallDirection.INBOUND
    if any(record.source_trunk or record.direction == "inbound" for record in records):
        return CallDirection.INBOUND
    caller = facts.caller
    outward = facts.outbound is not None or any(r.direction == "outbound" for r in records)
    if outward:
        called = any(facts.rang()) or call.inferred
        # The line is that of a mobile phone that rings with an extension, and the caller's is not
        # shown.
        return CallDirection.INBOUND if called and caller is None else CallDirection.OUTBOUND
    for record in records:
        if record.direction in _DIRECTIONS:
            return _DIRECTIONS[record.direction]
        if record.destination_trunk:
            return CallDirection.OUTBOUND
    inside = caller is not None and len(facts.extensions) > 1
    return CallDirection.INTERNAL if inside else None


# Over or not


def _shown_since(call: LiveCall) -> bool:
    """Return whether a call was reported or shown after records that end nothing by themselves."""
    at = call.ending.recorded_at
    if at is None or not all(map(is_empty, call.facts.records)):
        return False
    shown = call.ending.shown_at
    return (shown is not None and shown > at) or call.facts.touched - at > DISORDER


def is_over(facts: Facts) -> bool:
    """Return whether those who hung up leave nobody who could go on."""
    if facts.hung_up_at is None:
        return False
    live = [p for p in facts.live() if p.state is not LegState.RINGING or p.idle_at is None]
    if facts.answered_at is not None:
        return len(live) < 2
    caller = facts.caller
    if caller is not None:
        return caller.state is LegState.ENDED or not live
    return not live


def _talk_goes_on(facts: Facts) -> bool:
    """Return whether all records are of branches that another one made obsolete."""
    if facts.answered_at is None or any(r.outcome == "answered" for r in facts.records):
        return False
    return sum(party.talks for party in facts.live()) > 1


def _nobody_left(facts: Facts) -> bool:
    """Return whether nothing shows that the caller of an unanswered call is still there."""
    caller = facts.caller
    if caller is not None:
        return not caller.live or caller.idle_at is not None
    return not any(p.live and p.idle_at is None for p in facts.parties.values())


def failed_at_last(facts: Facts) -> Failure | None:
    """Return the failure that ended a call; None where others rang, or anything followed it."""
    failure = facts.failures[-1] if facts.failures else None
    if failure is None or failure.others or facts.answered_at is not None:
        return None
    late = any(p.rang and p.since > failure.at for p in facts.live())
    left = facts.hung_up_at is not None and facts.hung_up_at - failure.at > _FINAL
    return None if late or left else failure


def wait_for_end(call: LiveCall) -> Wait | None:
    """Return what the end of a call waits for; None while it goes on."""
    for holds, wait in _ENDS:
        if holds(call):
            return wait
    return None


def _recorded(call: LiveCall) -> bool:
    return bool(call.facts.records)


def _is_final(call: LiveCall) -> bool:
    """Return whether a record ends a call by itself.

    A queue leaves NO ANSWER for an agent, and rings the next one (docs/asterisk.md).
    """
    facts = call.facts
    record = facts.record
    if record is None or _talk_goes_on(facts) or _shown_since(call):
        return False
    if facts.answered_at is not None:
        return record.outcome == "answered" and not facts.transfers
    if call.dialled and not any(facts.rang()):
        return True
    if is_empty(record) or record.outcome in ("no_answer", "busy", "failed"):
        return _nobody_left(facts) or failed_at_last(facts) is not None
    return True


type _Holds = Callable[[LiveCall], bool]

_ENDS: Final[tuple[tuple[_Holds, Wait | None], ...]] = (
    (lambda call: call.ending.gone_at is not None and _recorded(call), Wait.SETTLE),
    (lambda call: call.ending.gone_at is not None, Wait.RECORD),
    (lambda call: is_over(call.facts) and _recorded(call), Wait.SETTLE),
    (lambda call: is_over(call.facts), Wait.RECORD),
    (_is_final, Wait.SETTLE),
    (lambda call: _talk_goes_on(call.facts) or _shown_since(call), None),
    (_recorded, Wait.SNAPSHOT),
    (lambda call: failed_at_last(call.facts) is not None, Wait.RECORD),
)


def is_plain(call: LiveCall) -> bool:
    """Return whether nothing that may still be reported can change how a call ended."""
    record, facts = call.facts.record, call.facts
    if record is None or record.outcome != "answered" or record.direction == "transfer":
        return False
    return (is_answer(record) or facts.answered_at is not None) and not facts.live()


# Outcome


class _Case:
    """A call that is over, as the rows of the table look at it.

    Attributes:
        confirmed: whether a reading has confirmed that it is gone.
    """

    def __init__(self, call: LiveCall, *, confirmed: bool) -> None:
        self.call, self.facts, self.confirmed = call, call.facts, confirmed
        self.records = [each for each in call.facts.records if not is_empty(each)]
        self.failed = self._failed()
        self.unanswered = (
            CallOutcome.CANCELLED
            if direction_of(call) is CallDirection.OUTBOUND or self._own_phone_only()
            else CallOutcome.MISSED
        )

    def _failed(self) -> CallOutcome | None:
        failure = failed_at_last(self.facts)
        if failure is None:
            return None
        reason = failure.reason.casefold()
        if any(word in reason for word in _SAYS_NOTHING):
            return None
        for word, outcome in _BY_REASON:
            if word in reason:
                return outcome
        if any(word in reason for word in _NO_ANSWER_EITHER) and self._rang_long(failure):
            return None
        return CallOutcome.FAILED

    def _rang_long(self, failure: Failure) -> bool:
        facts = self.facts
        if any(p.rang and not p.calls for p in facts.parties.values()):
            return True
        began = min(self.call.started, self.call.heard) + _INEXACT
        return failure.at - max(began, facts.alone_at or began) > _RANG_IN_VAIN

    def _own_phone_only(self) -> bool:
        """Return whether no phone rang but that of the extension that makes the call."""
        if any(each.caller == each.callee != "" for each in self.facts.records):
            return self.facts.inbound is None
        if self.call.dialled and not any(
            p.rang and not p.calls for p in self.facts.parties.values()
        ):
            return True
        rang = {party.extension for party in self.facts.extensions if party.rang}
        makers = {self.call.dialled, *(record.caller for record in self.facts.records)} - {""}
        return bool(rang) and rang <= makers and self.facts.inbound is None

    def has(self, outcome: str) -> bool:
        """Return whether a record of the call states an outcome."""
        return any(record.outcome == outcome for record in self.records)

    def states(self, outcome: str) -> bool:
        """Return whether a record of any length states an outcome."""
        return any(record.outcome == outcome for record in self.facts.records)

    def rang_in_vain(self) -> bool:
        """Return whether somebody rang, and nobody can have answered."""
        facts = self.facts
        rang = [p for p in facts.parties.values() if p.rang and not p.calls]
        own = [p for p in facts.extensions if p.rang and p.calls]
        if not (rang or own) or any(p.picked_up for p in rang):
            return False
        idle = [p for p in facts.rang() if p.idle_at is not None]
        return self.confirmed and (facts.hung_up_at is not None or bool(idle))


def decide(call: LiveCall, *, confirmed: bool) -> CallOutcome | None:
    """Return how a call ended; None where nothing decides it.

    Args:
        call: the call.
        confirmed: whether a reading has confirmed that it is gone.
    """
    case = _Case(call, confirmed=confirmed)
    for holds, outcome in _OUTCOMES:
        if holds(case):
            return outcome or case.unanswered
    return case.failed


_OUTCOMES: Final[tuple[tuple[Callable[[_Case], bool], CallOutcome | None], ...]] = (
    (lambda case: case.facts.answered_at is not None, CallOutcome.ANSWERED),
    (lambda case: case.has("voicemail"), CallOutcome.VOICEMAIL),
    (lambda case: any(map(is_answer, case.records)), CallOutcome.ANSWERED),
    (lambda case: case.call.refused, CallOutcome.REFUSED),
    (lambda case: case.failed is CallOutcome.REFUSED, CallOutcome.REFUSED),
    (lambda case: case.failed is CallOutcome.BUSY or case.has("busy"), CallOutcome.BUSY),
    # An IVR or a queue that reached nobody leaves NO ANSWER with seconds of talk (docs/asterisk.md)
    (lambda case: case.has("no_answer"), None),
    (lambda case: case.has("failed"), CallOutcome.FAILED),
    (lambda case: any(map(is_answer, case.facts.branches)), CallOutcome.ANSWERED),
    (lambda case: case.has("answered"), CallOutcome.ANSWERED),  # hung up in its first second
    (lambda case: case.failed is not None, CallOutcome.FAILED),
    (lambda case: case.states("no_answer"), None),  # of no length, as below
    (lambda case: case.states("answered"), CallOutcome.ANSWERED),
    (lambda case: case.rang_in_vain(), None),
)


def main_record(call: LiveCall) -> CallRecord | None:
    """Return the record that describes a call: its own one, else that of a branch."""
    facts = call.facts
    return facts.record or max(facts.branches, key=weight, default=None)
