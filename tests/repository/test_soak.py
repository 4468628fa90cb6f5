"""What scripts/soak judges by."""

import asyncio
import time
from typing import Any
from unittest.mock import MagicMock

import pytest

from benchmarks.control.loop_watch import LoopWatch
from benchmarks.soak import Soak, between_requests, busy_day
from custom_components.ippbx.calls.history import seen_records

HELD = {"memory": 200.0, "threads": 12, "descriptors": 19, "tasks": 2, "timers": 8, "listeners": 49}


def soak(blocked: float = 0.04, refused: int = 0, **after: Any) -> Soak:
    worst = {"blocked": blocked, "computed": 0.0, "collected": 0.0, "kept_waiting": 0.5}
    return Soak(
        minutes=[],
        before=HELD,
        after=HELD | after,
        raised=0,
        refused=refused,
        logins=8,
        worst=[{**worst, "fault": "web pages", "where": ()}],
    )


def test_nothing_is_missed() -> None:
    found = soak(memory=202.0, tasks=1)
    assert found.missed() == []
    assert "memory: 200.0 before, 202.0 after" in found.report()


@pytest.mark.parametrize(
    ("found", "missed"),
    [
        (soak(memory=202.5), "memory grew by 2.5 MiB"),
        (soak(timers=9), "more timers"),
        (soak(blocked=0.05), "the loop was blocked for 50 ms"),
        (soak(refused=1), "1 logins refused"),
    ],
)
def test_a_bar_is_missed(found: Soak, missed: str) -> None:
    assert found.missed() == [missed]
    assert f"MISSED: {missed}" in found.report()


def test_it_begins_with_all_ids_that_are_kept() -> None:
    """What fills up for hours would look like a leak."""
    seen = seen_records.SeenRecords(MagicMock())
    seen.load(busy_day()["seen"])
    assert len(seen.as_kept()) == seen_records._MAX_IDS


def test_a_request_under_way_does_not_count() -> None:
    under_way = HELD | {"memory": 199.0, "timers": 7, "tasks": 3, "descriptors": 20}
    assert between_requests([HELD, under_way, HELD]) == HELD | {"memory": 199.0}


async def test_a_blocked_loop_is_seen() -> None:
    watch = LoopWatch(asyncio.get_running_loop())
    watch.start()
    await asyncio.sleep(0)
    until = time.thread_time() + 0.1
    while time.thread_time() < until:
        pass
    await asyncio.sleep(0.02)
    longest = watch.stop()[0]
    assert longest["blocked"] > 0.07
    assert longest["computed"] > 0.07
    assert any("test_soak.py" in each for each in longest["where"])
    assert watch.stop() == []
