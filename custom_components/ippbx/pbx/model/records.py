"""What a record says of its call: when it began and ended, and whether anybody talked."""

from datetime import datetime, timedelta
from typing import Final

from .ids import began, parse_id
from .lines import CallRecord

_LONGEST: Final = 10_000_000  # seconds


def started_at(record: CallRecord, now: datetime) -> datetime:
    """Return when a record began (UTC): at the latest so long ago as it took."""
    took = timedelta(seconds=min(record.duration or 0, _LONGEST))
    return min(record.started or began(record.call_id) or now, now - took)


def ends_at(record: CallRecord) -> datetime | None:
    """Return when a record ended, by the clock of its start; None where it does not tell."""
    start = record.started or began(record.call_id)
    if start is None or record.duration is None or record.duration > _LONGEST:
        return None
    return start + timedelta(seconds=record.duration)


def is_empty(record: CallRecord) -> bool:
    """Return whether a record is of a branch that never rang, or of a transferor alone."""
    none = record.outcome in ("no_answer", "answered") and not record.talk_duration
    of_end = record.direction == "inbound" and record.callee == record.caller != ""
    of_end = of_end and record.outcome == "answered"
    return of_end or (none and (record.duration or 0) <= 1)


def is_answer(record: CallRecord) -> bool:
    """Return whether a record states a conversation; branches that lost a race have none."""
    return record.outcome == "answered" and record.talk_duration != 0


def weight(record: CallRecord) -> tuple[bool, bool, bool, bool, bool, int]:
    """Return a sort key: records with more information on their call are greater."""
    answered = is_answer(record) or record.outcome == "voicemail"
    led_on = record.caller != record.callee  # else it is of the caller by command
    itself = record.direction != "transfer"
    talked = answered or record.outcome != "answered"  # else its sides may be reversed
    return answered, itself, not is_empty(record), led_on, talked, record.duration or 0


def order(record: CallRecord) -> tuple[int, int]:
    """Return a sort key by id: a branch comes after its call."""
    return parse_id(record.call_id) or (0, 0)
