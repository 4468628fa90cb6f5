"""What the call engine holds after hostile reports.

Each about another call, with as many and as long texts as fit.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
import json
import tracemalloc

from custom_components.ippbx.pbx.errors import ReportError
from custom_components.ippbx.pbx.tracking.tracker import CallTracker
from custom_components.ippbx.pbx.uc.reports.parse import parse_report

_BEGIN = datetime(2026, 6, 1, 12, tzinfo=UTC)
_MARKS = 8
_KINDS = ("RING", "ANSWER", "CallFailed", "Invite", "Transfer", "BYE", "DTMF", "NewCdr")
_RECORD = (
    "timestart",
    "callfrom",
    "callto",
    "srctrunkname",
    "dsttrunkname",
    "didnumber",
    "recording",
    "status",
)


def hostile_reports(count: int, legs: int = 25) -> Iterator[bytes]:
    """Yield reports that make whoever remembers them remember as much as possible.

    Args:
        legs: so many extensions and as many lines take part in each call.
    """
    for index in range(count):
        wide = "\U0001f4de" + f"{index:08}" + "x" * 240  # one wide character widens all of them
        parties = [
            {
                "ext": {"extid": f"{wide}{leg}", "channelid": f"c{wide}{leg}", "callpath": wide},
                "outbound": {
                    "from": f"f{wide}{leg}",
                    "to": f"t{wide}{leg}",
                    "trunk": f"n{wide}{leg}",
                    "outboundid": f"{1_780_000_000 + index}.{leg}",
                },
            }
            for leg in range(legs)
        ]
        kind = _KINDS[index % len(_KINDS)]
        call_id = f"{1_780_000_000 + index // 3}.{index}"
        body = {"action": kind, "callid": call_id, "reason": wide, "info": wide, "call": parties}
        body |= {key: f"{key}{wide}" for key in _RECORD}
        yield json.dumps(body, ensure_ascii=False).encode()


def measure(count: int, legs: int = 25, seconds: float = 0.01) -> list[tuple[int, float]]:
    """Feed so many hostile reports.

    Return at some marks how many there were, and the MiB that are held for them.

    Args:
        legs: see hostile_reports.
        seconds: between two reports.
    """
    now = _BEGIN
    tracker = CallTracker(now=lambda: now)
    found = []
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for index, body in enumerate(hostile_reports(count, legs), 1):
            now += timedelta(seconds=seconds)
            try:
                tracker.receive(parse_report(body))
            except ReportError:
                continue
            if (due := tracker.termination.due) is not None and due <= now:
                tracker.settle()
            if index % max(1, count // _MARKS) == 0:
                held = (tracemalloc.get_traced_memory()[0] - before) / (1 << 20)
                found.append((index, round(held, 1)))
    finally:
        tracemalloc.stop()
    return found


def shown(held: list[tuple[int, float]]) -> str:
    """Return the figures as lines."""
    return "\n".join(f"{count:>8} hostile reports: {size:8.1f} MiB held" for count, size in held)
