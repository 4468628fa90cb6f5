"""Decides how a call ended, from whatever is known of it."""

from datetime import timedelta
from typing import Final

from .call_live import Failure, LiveCall
from .call_models import CallDirection, CallOutcome
from .models import CallRecord

AT_ONCE: Final = timedelta(seconds=10)
"""Nobody lets a phone ring for less before it counts as not answered."""
FINAL: Final = timedelta(seconds=5)
"""How far a call's end is at most from the failure that ended it."""

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
        sure: whether a record of no length decides nothing, since a better one can be asked for.
    """
    outcomes = {record.outcome for record in call.records}
    if call.answered_at is not None or "answered" in outcomes:
        return CallOutcome.ANSWERED
    if "voicemail" in outcomes:
        return CallOutcome.VOICEMAIL
    failed = _failure(call)
    if failed is CallOutcome.REFUSED:
        return failed
    records = [record for record in call.records if not is_empty(record)]
    if not records and not sure:
        records = call.records
    by_record = _by_records(call, records)
    return by_record or failed


def is_empty(record: CallRecord) -> bool:
    """Tell whether a record is of the kind that PBXes write for legs that never were."""
    return (
        record.outcome == "no_answer" and not record.talk_duration and (record.duration or 0) <= 1
    )


def _by_records(call: LiveCall, records: list[CallRecord]) -> CallOutcome | None:
    outcomes = {record.outcome for record in records}
    if "no_answer" in outcomes:
        outbound = call.direction is CallDirection.OUTBOUND
        return CallOutcome.CANCELLED if outbound else CallOutcome.MISSED
    if "busy" in outcomes:
        return CallOutcome.BUSY
    return CallOutcome.FAILED if "failed" in outcomes else None


def _failure(call: LiveCall) -> CallOutcome | None:
    """Return what a leg that could not be reached makes of the call, where it was the only one."""
    failure = call.failures[-1] if call.failures else None
    callers = {record.caller for record in call.records}
    called = {party.number for party in call.parties.values() if not party.calls} - callers
    called |= {each.party for each in call.failures}
    if failure is None or len(called) != 1 or call.transfers or not _ended_it(call, failure):
        return None
    return outcome_of(failure, rang=bool(call.rang()) or _took_long(call, failure))


def _ended_it(call: LiveCall, failure: Failure) -> bool:
    """Tell whether a failure ended the call: nobody hung up then, and the end is not long after."""
    if call.bye_at is not None and "busy" not in {record.outcome for record in call.records}:
        return False
    return call.over_at is None or call.gone or abs(call.over_at - failure.at) <= FINAL


def _took_long(call: LiveCall, failure: Failure) -> bool:
    return failure.at - min(call.started, call.heard) > AT_ONCE


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
