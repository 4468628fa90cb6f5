"""Records of unknown calls are selected from very many, without blocking the event loop."""

import asyncio
from datetime import UTC, datetime, timedelta
import random

import pytest

from custom_components.ippbx.calls.history import record_filter
from custom_components.ippbx.calls.history.record_filter import RecordFilter
from custom_components.ippbx.pbx.model.lines import CallRecord

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
AHEAD = timedelta(hours=2)


def record(number: int, *, lasted: int | None = 5) -> CallRecord:
    """Return a record of a call that began so many minutes ago, by a clock that is ahead."""
    began = NOW - timedelta(minutes=number) + AHEAD
    return CallRecord(call_id=f"7.{number}", started=began, duration=lasted)


def record_filter_of(most: int = 100) -> RecordFilter:
    """Return one for which calls with odd numbers are known, and those that end now are fresh."""
    return RecordFilter(
        lambda each, _began: int(each.call_id[2:]) % 2 == 0,
        lambda ended: ended > NOW - timedelta(seconds=10),
        most,
    )


async def test_the_oldest_records_come_first() -> None:
    records = [record(number) for number in range(1, 21)]
    random.Random(1).shuffle(records)
    found = record_filter_of(3)
    await found.async_add(records[:10], AHEAD)
    await found.async_add(records[10:], AHEAD)
    assert [each.call_id for each in found.selected] == ["7.20", "7.18", "7.16"]
    assert (found.more, found.fresh) == (True, False)


async def test_what_ended_just_now_waits() -> None:
    found = record_filter_of()
    await found.async_add([record(4, lasted=236), record(2, lasted=100), record(3)], AHEAD)
    assert [each.call_id for each in found.selected] == ["7.2"]
    assert (found.more, found.fresh) == (False, True)


async def test_a_record_without_a_start_is_left_out() -> None:
    found = record_filter_of()
    await found.async_add([CallRecord(call_id="7.2", duration=5)])
    assert found.selected == []


@pytest.mark.parametrize("lasted", [None, 10**15])
async def test_without_a_duration_it_ended_when_it_began(lasted: int | None) -> None:
    found = record_filter_of()
    await found.async_add([record(2, lasted=lasted), record(0, lasted=lasted)], AHEAD)
    assert [each.call_id for each in found.selected] == ["7.2"]
    assert found.fresh


async def test_the_event_loop_runs_between_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_filter, "AT_ONCE", 10)
    looked_at: list[int] = [0]

    def look(_record: CallRecord, _began: datetime) -> bool:
        looked_at[-1] += 1
        return True

    async def wait() -> None:
        while True:
            await asyncio.sleep(0)
            looked_at.append(0)

    other = asyncio.create_task(wait())
    await RecordFilter(look, lambda _: False, 5).async_add([record(n) for n in range(95)], AHEAD)
    other.cancel()
    assert sum(looked_at) == 95
    assert max(looked_at) <= 20  # the first turn of the other one comes after the second batch


async def test_the_last_records_of_known_calls_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    found = record_filter_of()
    await found.async_add([record(number) for number in range(9, 0, -1)], AHEAD)
    assert [each.call_id for each in found.known] == ["7.9", "7.7", "7.5", "7.3", "7.1"]
    monkeypatch.setattr(record_filter, "MOST_KNOWN", 2)
    found = record_filter_of()
    await found.async_add([record(number) for number in range(9, 0, -1)], AHEAD)
    assert [each.call_id for each in found.known] == ["7.3", "7.1"]
