"""Work that must not grow faster than what it is done on: two sizes, compared in one process.

The tests count bytecodes (tests/counted.py), which do not show what C does: regular expressions
above all.
"""

from collections import deque
from collections.abc import Callable, Mapping
import contextlib
from dataclasses import dataclass
from functools import partial
import gc
from statistics import median
import time

from custom_components.ippbx.numbers.contacts import ContactBook
from custom_components.ippbx.pbx.errors import PbxError
from custom_components.ippbx.pbx.trace import trace
from custom_components.ippbx.pbx.trace.dump import masked
from custom_components.ippbx.pbx.uc.clock import PbxClock
from custom_components.ippbx.pbx.uc.reports.feed_login import is_accepted_by_text
from custom_components.ippbx.pbx.uc.reports.parse import parse_report
from custom_components.ippbx.pbx.uc.reports.records import learn_zone, read_records

from .verdicts import Verdict

KIB = 1024
LIMIT = 2  # times as long as if nothing grew that must not
ROUNDS, SECONDS = 5, 0.01  # of each kind, and of a round at the least

type Work = Callable[[], object]

HOSTILE: Mapping[str, tuple[bytes, bytes]] = {
    "quotes": (b'{"a":"', b'\\"'),
    "openings": (b'{"a":', b'"b'),
    "blanks": (b"{,", b" "),
    "commas and blanks": (b"{", b",   "),
    "words": (b"{", b",aaaa"),
    "one word": (b"{,", b"a"),
    "backslashes": (b'{"a":"', b"\\"),
    "digits": (b'{"callid":', b"7"),
    "empty lines": (b"", b"\n"),
    "lines of a blank": (b"response:", b" \n"),
}
"""What a body begins with, and what the rest of it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Work on two sizes.

    Attributes:
        work: returns the kinds of work for a size.
        ideal: how many times as long the larger size takes if nothing grows that must not.
    """

    claim: str
    small: int
    large: int
    work: Callable[[int], list[Work]]
    ideal: float

    def verdict(self) -> Verdict:
        """Return the verdict on the worst kind, measured now."""
        pairs = zip(self.work(self.small), self.work(self.large), strict=True)
        worst = max(_ratio(small, large) / self.ideal for small, large in pairs)
        return Verdict(claim=self.claim, value=worst, limit=LIMIT)


def growth_verdicts() -> list[Verdict]:
    """Return the verdicts on all work that must not grow."""
    return [growth.verdict() for growth in _GROWTHS]


def _ratio(small: Work, large: Work) -> float:
    """Return the median of the large work's CPU time by the small one's, measured in turn."""
    gc.collect()
    times = [max(1, int(SECONDS / _seconds(work, 1))) for work in (small, large)]
    rounds = [
        [_seconds(work, count) for work, count in zip((small, large), times, strict=True)]
        for _ in range(ROUNDS)
    ]
    return median(slow / fast for fast, slow in rounds)


def _seconds(work: Work, times: int) -> float:
    began = time.thread_time()
    for _ in range(times):
        work()
    return (time.thread_time() - began) / times


def _on_bodies(work: Callable[[bytes], object]) -> Callable[[int], list[Work]]:
    """Return the work on each kind of hostile body, for a size."""
    return lambda size: [
        partial(_without_error, work, start + part * ((size - len(start)) // len(part)))
        for start, part in HOSTILE.values()
    ]


def _without_error(work: Callable[[bytes], object], body: bytes) -> None:
    with contextlib.suppress(PbxError):
        work(body)


def _mask(body: bytes) -> None:
    kept = trace.Trace()
    kept.record_report(body, at=0)
    masked(kept)


def _read_records(body: bytes) -> None:
    learn_zone(body, clock := PbxClock())
    deque(read_records(body, clock), maxlen=0)


def _look_ups(count: int) -> list[Work]:
    """Return the look-up of numbers that no cache holds, among so many contacts."""
    book = ContactBook(
        ({"number": f"030{n:07}", "name": f"Contact {n}"} for n in range(count)), "DE"
    )
    wanted = [f"+4930{n:07}" for n in range(2000)]
    return [lambda: [book.name_of(number) for number in wanted]]


_GROWTHS = (
    Growth(
        claim="a byte of a hostile report of 16 KiB to one of 1 KiB, at worst",
        small=KIB,
        large=16 * KIB,
        work=_on_bodies(parse_report),
        ideal=16,
    ),
    Growth(
        claim="a byte of a hostile answer to a login of 16 KiB to one of 1 KiB, at worst",
        small=KIB,
        large=16 * KIB,
        work=_on_bodies(is_accepted_by_text),
        ideal=16,
    ),
    Growth(
        claim="a byte of a hostile body of 4 KiB in diagnostics to one of 512 bytes, at worst",
        small=KIB // 2,
        large=4 * KIB,
        work=_on_bodies(_mask),
        ideal=8,
    ),
    Growth(
        claim="a byte of a hostile file of records of 16 KiB to one of 1 KiB, at worst",
        small=KIB,
        large=16 * KIB,
        work=_on_bodies(_read_records),
        ideal=16,
    ),
    Growth(
        claim="the look-up of a number among 5,000 contacts to one among 50",
        small=50,
        large=5000,
        work=_look_ups,
        ideal=1,
    ),
)
