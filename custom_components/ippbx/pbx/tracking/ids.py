"""Ids of calls as Asterisk makes them, `<epoch>.<n>`.

What they and records say of time stands in pbx-api, section 12.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
import re
from typing import NamedTuple

from ..model.lines import CallRecord

_ID = re.compile(r"(\d{9,10})\.(\d{1,12})", re.ASCII)
PAIR_NUMBERS = 2  # the two ids of one call differ by two in every sample
BESIDE_NUMBERS = 1  # that of the first leg which a call itself makes is the next one
_GROUP_NUMBERS = 24  # those of the legs of a group's call, in steps of two
_NEAR_SECONDS = 1
_BEHIND_LIMIT = timedelta(days=1)
_LONGEST = 10_000_000  # seconds
_REMEMBERED = 4096  # ids whose parts are


class CallId(NamedTuple):
    """The parts of an id.

    Attributes:
        epoch: when the leg began, seconds since 1970 UTC by the PBX's clock.
        number: position among all legs since the PBX started.
    """

    epoch: int
    number: int

    @property
    def began(self) -> datetime:
        """Return when the leg began (UTC)."""
        return datetime.fromtimestamp(self.epoch, UTC)


@lru_cache(_REMEMBERED)
def parse_id(text: str) -> CallId | None:
    """Return the parts of an id; None for one that is not of this kind."""
    found = _ID.fullmatch(text)
    return CallId(int(found[1]), int(found[2])) if found else None


def are_pair(one: str, other: str) -> bool:
    """Return True if two ids are so close that they may be the two of one call."""
    return _are_near(one, other, PAIR_NUMBERS)


def comes_before(one: str, other: str) -> bool:
    """Return True if an id was given before another one."""
    a, b = parse_id(one), parse_id(other)
    return a is not None and b is not None and a.number < b.number


def are_beside(one: str, other: str) -> bool:
    """Return True if an id may be that of the first leg that a call itself made.

    On a Yeastar that is the outside line's.
    """
    a, b = parse_id(one), parse_id(other)
    return (
        a is not None
        and b is not None
        and abs(a.number - b.number) == BESIDE_NUMBERS
        and abs(a.epoch - b.epoch) <= _NEAR_SECONDS
    )


def are_of_group(one: str, other: str) -> bool:
    """Return True if two ids may be those of legs that began to ring together."""
    return _are_near(one, other, _GROUP_NUMBERS)


def _are_near(one: str, other: str, numbers: int) -> bool:
    a, b = parse_id(one), parse_id(other)
    if a is None or b is None:
        return False
    apart = abs(a.number - b.number)
    return 0 < apart <= numbers and apart % 2 == 0 and abs(a.epoch - b.epoch) <= _NEAR_SECONDS


class PbxClock:
    """Compares the PBX's clock, which its ids and records go by, with ours."""

    def __init__(self) -> None:
        """Begin without knowing how far it is behind."""
        self._behind: timedelta | None = None

    def hear(self, call_id: str, now: datetime) -> None:
        """Learn how far the PBX's clock is behind ours from the id of a call that just began."""
        parsed = parse_id(call_id)
        if parsed is None or abs(behind := now - parsed.began) > _BEHIND_LIMIT:
            return
        if self._behind is None or behind < self._behind:
            self._behind = behind

    def ends(self, record: CallRecord) -> tuple[datetime, ...]:
        """Return when a record ended (UTC), by the PBX's clock and by ours.

        Nothing where that cannot be told.
        """
        began = self.began(record)
        if began is None or record.duration is None or record.duration > _LONGEST:
            return ()
        end = began + timedelta(seconds=record.duration)
        return end, end + (self._behind or timedelta(0))

    def started(self, record: CallRecord, now: datetime) -> datetime | None:
        """Return when a record began (UTC): at the latest so long ago as it took."""
        began = self.began(record)
        took = timedelta(seconds=min(record.duration or 0, _LONGEST))
        return None if began is None else min(began, now - took)

    def began(self, record: CallRecord) -> datetime | None:
        """Return when a record began (UTC); None where that is unknown."""
        if record.started is not None:
            return record.started
        parsed = parse_id(record.call_id)
        return parsed.began if parsed is not None else None
