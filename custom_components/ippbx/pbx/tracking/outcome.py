"""Decides whether and how a call ended, from whatever is known of it."""

from datetime import timedelta
from typing import Final

from ..model.lines import CallRecord, LegState
from ..model.tracked import CallDirection, CallOutcome
from .legs import DISORDER, Failure
from .live import LiveCall
from .state import direction_of

AT_ONCE: Final = timedelta(seconds=10)
"""Nobody lets a phone ring for less before it counts as not answered."""
JUST_THEN: Final = timedelta(seconds=2)
"""How exactly a record, in whole seconds by a clock that may be behind, tells when a call ended."""
FINAL: Final = timedelta(seconds=5)
"""How far a call's end is at most from the failure that ended it."""
_INEXACT = timedelta(seconds=2)
"""How much too long the time from a call's id (whole seconds) to its end may seem."""
_FOUND = timedelta(seconds=10)
"""How soon after its end a reading must miss a call so that its end is no late news."""

_BY_NUMBER = {"486": CallOutcome.BUSY, "600": CallOutcome.BUSY, "603": CallOutcome.REFUSED}
_BY_WORD = {
    "busy": CallOutcome.BUSY,
    "dnd": CallOutcome.REFUSED,
    "decline": CallOutcome.REFUSED,
}
_NO_ANSWER_EITHER = ("480", "408", "unreachable", "unavailable")
"""Reasons that some PBXes give for a phone that rang in vain, too."""
_SAYS_NOTHING = ("487", "terminated")
"""Reasons for the end of a leg that somebody else caused."""


def decide(call: LiveCall, *, sure: bool) -> CallOutcome | None:
    """Return the outcome; None where nothing that came decides it.

    Args:
        sure: whether only what cannot be wrong counts, since records can be asked for.
    """
    outcomes = {record.outcome for record in call.records}
    if call.answered_at is not None or "answered" in outcomes:
        return CallOutcome.ANSWERED
    if call.refused:
        return CallOutcome.REFUSED
    if "voicemail" in outcomes:
        return CallOutcome.VOICEMAIL
    records = [record for record in call.records if not is_empty(record)]
    if sure and not records:
        return None
    failed = _failure(call, recorded=bool(records))
    if failed is CallOutcome.REFUSED:
        return failed
    return _by_records(call, records) or failed or _by_records(call, call.records)


def is_over(call: LiveCall) -> bool:
    """Return True if those who hung up leave nobody who could go on."""
    if call.bye_at is None:
        return False
    if call.answered_at is not None:
        since_transfer = call.transferred_at is None or call.bye_at > call.transferred_at
        return len(call.live()) < 2 and since_transfer
    caller = call.caller_party
    return caller is not None and caller.state is LegState.ENDED


def is_plain(call: LiveCall) -> bool:
    """Return True if nothing that may still come can change how a call ended."""
    record = call.main_record
    return record is not None and record.outcome == "answered" and not call.live()


def is_other_leg(call: LiveCall) -> bool:
    """Return True if all records are of legs that another one made obsolete: the call goes on."""
    if call.answered_at is None or is_over(call):
        return False
    unanswered = all(record.outcome != "answered" for record in call.records)
    return unanswered and sum(party.talks for party in call.live()) > 1


def goes_on(call: LiveCall) -> bool:
    """Return True if all records are of legs that never were.

    And if the call was heard of, or seen, since they came.
    """
    recorded = call.last_recorded_at
    if recorded is None or not all(map(is_empty, call.records)):
        return False
    seen = call.seen_at is not None and call.seen_at > recorded
    return seen or call.touched - recorded > DISORDER


def was_found_at_once(call: LiveCall) -> bool:
    """Return True if a reading found out just before the reports that a call is over."""
    if call.gone_at is None or not call.recorded_ends:
        return False
    return abs(call.gone_at - call.recorded_ends[-1]) < _FOUND


def went_on(call: LiveCall) -> bool:
    """Return True if a phone was said to ring no more long before the end that a record tells."""
    end = min(call.recorded_ends, default=None)
    idle = (party.idle_at for party in call.extensions if party.rang)
    return end is not None and any(at is not None and end - at > AT_ONCE for at in idle)


def is_empty(record: CallRecord) -> bool:
    """Return True if a record is of the kind that PBXes write for legs that never were."""
    return (
        record.outcome == "no_answer" and not record.talk_duration and (record.duration or 0) <= 1
    )


def was_of_one(call: LiveCall) -> bool:
    """Return True if a record names who was called, and he is the one that could not be reached.

    No other phone rings.
    """
    busy = {record.callee for record in call.records if record.outcome == "busy"}
    return any(failure.party in busy for failure in call.failures)


def _by_records(call: LiveCall, records: list[CallRecord]) -> CallOutcome | None:
    outcomes = {record.outcome for record in records}
    if "no_answer" in outcomes:
        outbound = direction_of(call) is CallDirection.OUTBOUND
        return CallOutcome.CANCELLED if outbound else CallOutcome.MISSED
    if "busy" in outcomes:
        return CallOutcome.BUSY
    return CallOutcome.FAILED if "failed" in outcomes else None


def _failure(call: LiveCall, *, recorded: bool) -> CallOutcome | None:
    """Return what a leg that could not be reached makes of the call, where that ended it."""
    failure = call.failures[-1] if call.failures else None
    if failure is None or not (_ended_it if recorded else _was_last)(call, failure):
        return None
    return outcome_of(failure, rang=bool(call.rang()) or _took_long(call, failure))


def _ended_it(call: LiveCall, failure: Failure) -> bool:
    """Return True if nobody hung up after a failure, and the call was over at once."""
    busy = any(record.outcome == "busy" for record in call.records)
    ends = (call.over_at or failure.at, *call.recorded_ends)
    at_once = any(abs(end - failure.at) <= FINAL for end in ends)
    return at_once and (busy or not _outlived(call, failure))


def _was_last(call: LiveCall, failure: Failure) -> bool:
    """Return True if the leg that could not be reached was the only one.

    Or if nothing at all was heard of the call since.
    """
    if _outlived(call, failure):
        return False
    caller = call.caller_party
    if (
        caller is not None
        and caller.idle_at is not None
        and abs(caller.idle_at - failure.at) < DISORDER
    ):
        return True
    idle = (p.idle_at for p in call.extensions if p.rang and p.idle_at is not None)
    silent = max((call.touched, *idle)) - failure.at <= DISORDER
    return _was_alone(call, failure) or (call.gone and silent)


def _was_alone(call: LiveCall, failure: Failure) -> bool:
    """Return True if the leg that could not be reached was the only one."""
    called = {
        party.number
        for party in call.parties.values()
        if not (party.calls or (party.idle_at is not None and party.idle_at <= failure.at))
        and (party.rang or party.talked or party.state is LegState.ENDED)
    }
    return call.transferred_at is not None or len(called) <= 1


def _outlived(call: LiveCall, failure: Failure) -> bool:
    """Return True if the call went on without the leg that could not be reached: others hung up.

    A CallStatus may come after the record (API v2.0.0) and says nothing of who hung up when; if
    that record was lost and is read later, it tells by its end whether anybody could.
    """
    if call.stated and any(abs(end - failure.at) < JUST_THEN for end in call.recorded_ends):
        return False
    late = call.recorded_at if call.stated else None
    return any(
        failure.party not in named and (late is None or at <= late)
        for named, at in call.byes.items()
    )


def _took_long(call: LiveCall, failure: Failure) -> bool:
    began = min(call.started, call.heard) + _INEXACT
    return failure.at - max(began, call.picked_up_at or began) > AT_ONCE


def outcome_of(failure: Failure, *, rang: bool) -> CallOutcome | None:
    """Return what a failure says of the call that it ended."""
    reason = failure.reason.casefold()
    if any(word in reason for word in _SAYS_NOTHING):
        return None
    for number, outcome in _BY_NUMBER.items():
        if number in reason:
            return outcome
    for word, outcome in _BY_WORD.items():
        if word in reason:
            return outcome
    if rang and any(word in reason for word in _NO_ANSWER_EITHER):
        return None
    return CallOutcome.FAILED
