"""Ids of calls as Asterisk makes them, `<epoch>.<n>`, and what they say of time.

One counter numbers all channels in the order of their creation; the epoch is the second of that
channel's creation. A call to one phone has its line or caller at n, the ends of a `Local` channel
at n+1 and n+2, and the phone at n+3; a ring group has further pairs at n+3/n+4, n+5/n+6
(docs/asterisk.md). pbx-api, "Identifiers and time".
"""

from datetime import UTC, datetime
from functools import lru_cache
import re
from typing import Final

PAIR: Final = 2
"""From a call's id to that of the far end of its first `Local` channel, and to the next branch."""
LINES: Final = (1, 3)
"""From a call's id to that of its outside line (Yeastar, API v1), and to a mobile phone's."""
BRANCHES: Final = 256
"""How far the ids of later branches (a queue's next agent, a transfer) may be from the call's."""

_ID = re.compile(r"([1-3]?\d{9})\.(\d{1,12})", re.ASCII)  # nine digits: until 2001
_NAME = re.compile(r"\d{1,10}\.\d{1,12}", re.ASCII)


type ParsedId = tuple[int, int]
"""Second (UTC by the clock of the PBX) and number."""


@lru_cache(4096)
def parse_id(text: str) -> ParsedId | None:
    """Return second and number of an id; None if it is not Asterisk's."""
    found = _ID.fullmatch(text)
    return None if found is None else (int(found[1]), int(found[2]))


@lru_cache(4096)
def is_name(text: str) -> bool:
    """Return whether a text looks like an id, as a channel does not, whatever the PBX's clock."""
    return _NAME.fullmatch(text) is not None


def epoch_of(any_id: str) -> int | None:
    """Return when an id was given, in seconds since 1970; None where it does not tell."""
    parsed = parse_id(any_id)
    return None if parsed is None else parsed[0]


def began(any_id: str) -> datetime | None:
    """Return when an id was given (UTC); None where it does not tell."""
    epoch = epoch_of(any_id)
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC)


def distance(first: ParsedId | None, other: ParsedId | None) -> int | None:
    """Return how many numbers an id lies behind another one; None where they cannot be compared.

    A later number with an earlier second, or the reverse, is of another run of the PBX.
    """
    if first is None or other is None:
        return None
    seconds, apart = other[0] - first[0], other[1] - first[1]
    return apart if seconds == 0 or (apart > 0) is (seconds > 0) else None
