"""Ids of calls as Asterisk makes them, `<epoch>.<n>`, and what they and records say of time.

One counter numbers all channels in the order of their creation; the epoch is the second of that
channel's creation. A call to one phone has its line or caller at n, the ends of a `Local` channel
at n+1 and n+2, and the phone at n+3; a ring group has further pairs at n+3/n+4, n+5/n+6
(docs/asterisk.md). pbx-api, "Identifiers and time".
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
import re
from typing import Final, NamedTuple

from ..model.lines import CallRecord

PAIR: Final = 2
"""From a call's id to that of the far end of its first `Local` channel, and from branch to branch.
"""
LINE: Final = 1
"""From a call's id to that of its outside line (Yeastar, API v1)."""
BRANCHES: Final = 64
"""How far the ids of later branches (a queue's next agent, a transfer) may be from the call's."""

_ID = re.compile(r"(\d{10})\.(\d{1,12})", re.ASCII)
_EPOCHS = range(1_000_000_000, 4_000_000_000)
_BEHIND_LIMIT = timedelta(days=1)
_LONGEST = 10_000_000  # seconds
_REMEMBERED = 4096  # ids whose parts are


class CallId(NamedTuple):
    """The parts of an id.

    Attributes:
        epoch: second of the channel's creation, UTC by the clock of the PBX.
        number: position among all channels since the PBX started.
    """

    epoch: int
    number: int

    @property
    def began(self) -> datetime:
        """Return the time of the channel's creation (UTC)."""
        return datetime.fromtimestamp(self.epoch, UTC)


@lru_cache(_REMEMBERED)
def parse_id(text: str) -> CallId | None:
    """Return the parts of an id; None for one that is not Asterisk's, which pairs with none."""
    found = _ID.fullmatch(text)
    if found is None or int(found[1]) not in _EPOCHS:
        return None
    return CallId(int(found[1]), int(found[2]))


def ids_after(text: str, numbers: int) -> Iterator[str]:
    """Yield the ids that are so many numbers after an id, in its second or the next one.

    Negative numbers give ids before it, of its second or the one before.
    """
    if (parsed := parse_id(text)) is not None and (number := parsed.number + numbers) >= 0:
        yield f"{parsed.epoch}.{number}"
        yield f"{parsed.epoch + (1 if numbers > 0 else -1)}.{number}"


def distance(first: str, other: str) -> int | None:
    """Return how many numbers an id lies behind another one; None where they cannot be compared.

    A later number with an earlier second, or the reverse, is of another run of the PBX.
    """
    a, b = parse_id(first), parse_id(other)
    if a is None or b is None:
        return None
    apart = b.number - a.number
    seconds = b.epoch - a.epoch
    return apart if seconds == 0 or (apart > 0) is (seconds > 0) else None


class PbxClock:
    """Compares the PBX's clock, which its ids and records go by, with ours."""

    def __init__(self) -> None:
        """Start without knowing how far it is behind."""
        self._behind: timedelta | None = None

    def learn(self, call_id: str, now: datetime) -> None:
        """Learn how far the PBX's clock is behind ours from the id of a call that just began."""
        parsed = parse_id(call_id)
        if parsed is None or abs(behind := now - parsed.began) > _BEHIND_LIMIT:
            return
        if self._behind is None or behind < self._behind:
            self._behind = behind

    def ends(self, record: CallRecord) -> tuple[datetime, ...]:
        """Return when a record ended (UTC), by the PBX's clock and by ours; nothing if unknown."""
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
