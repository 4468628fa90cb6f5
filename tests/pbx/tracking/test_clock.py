"""The PBX's wall clock, as it prints it, and what it makes of records."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.ippbx.pbx.model.lines import CallRecord
from custom_components.ippbx.pbx.tracking.clock import ZONES, WallClock, wall_time

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BERLIN = WallClock(ahead=HOUR)
UNKNOWN = WallClock(ahead=timedelta(0), slack=ZONES)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-03-01 13:00:05", datetime(2026, 3, 1, 13, 0, 5)),
        ("2026-03-01 13:00:05 UTC+1", datetime(2026, 3, 1, 13, 0, 5)),
        (" 2026/3/1 7:00:05", datetime(2026, 3, 1, 7, 0, 5)),
        ("2026-03-01T13:00:05", datetime(2026, 3, 1, 13, 0, 5)),
        ("2026-02-30 13:00:05", None),
        ("0000-01-01 00:00:00", None),
        ("0001-01-01 00:00:00", None),  # a day before it there is no calendar
        ("9999-12-31 23:59:59", None),
        ("1970-01-01 00:00:00", datetime(1970, 1, 1)),  # a clock without a battery
        ("13:00:05", None),
        ("soon", None),
        ("", None),
        ("٢٠٢٦-03-01 13:00:05", None),
    ],
)
def test_times_as_they_are_printed(text: str, time: datetime | None) -> None:
    assert wall_time(text) == time


@pytest.mark.parametrize(
    ("shown", "ahead"),
    [
        ("2026-03-01 13:00:00 UTC+1", HOUR),
        ("2026-03-01 04:00:00 UTC+8", -8 * HOUR),  # what it prints of its zone is not believed
        ("2026-03-01 13:07:30", timedelta(hours=1, minutes=7, seconds=30)),  # a clock that is fast
        ("2025-03-01 12:00:00", timedelta(days=-365)),
    ],
)
def test_how_far_it_is_ahead(shown: str, ahead: timedelta) -> None:
    assert WallClock.at(shown, NOON) == WallClock(ahead=ahead)


def test_no_time_is_no_clock() -> None:
    assert WallClock.at("", NOON) is None


def record(started: str, duration: int | None = 40, call_id: str = "1772366400.7") -> CallRecord:
    return CallRecord(call_id=call_id, started=started, duration=duration)


@pytest.mark.parametrize(
    ("clock", "told", "began", "ended"),
    [
        (BERLIN, record("2026-03-01 13:00:00"), NOON, NOON + timedelta(seconds=40)),
        (BERLIN, record("2026-03-01 13:00:00", None), NOON, NOON),
        (BERLIN, record("2026-03-01 13:00:00", 10**15), NOON, NOON),
        (BERLIN, record(""), None, None),
        (BERLIN, record("0001-01-01 00:00:00"), None, None),
        (UNKNOWN, record("2026-03-01 13:00:00"), None, None),
    ],
)
def test_when_a_call_was(
    clock: WallClock, told: CallRecord, began: datetime | None, ended: datetime | None
) -> None:
    assert (clock.began(told), clock.ended(told)) == (began, ended)


def test_records_show_the_zone() -> None:
    told = [record("", call_id="1772366400.5"), record("2026-03-01 10:00:00", call_id="x")]
    assert UNKNOWN.learned(told) is UNKNOWN
    assert UNKNOWN.learned([*told, record("2026-03-01 13:00:00")]) == BERLIN
    assert BERLIN.learned([record("2026-03-01 20:00:00")]) is BERLIN


def test_spans_in_its_own_time() -> None:
    assert list(BERLIN.spans(NOON, NOON + HOUR)) == [
        (datetime(2026, 3, 1, 13), datetime(2026, 3, 1, 14))
    ]
    assert list(BERLIN.spans(NOON, NOON)) == []


@pytest.mark.parametrize(
    "shown", ["9999-12-31 23:59:59", "0001-01-01 00:00:00", "2199-12-31 23:59:59"]
)
def test_no_clock_is_so_wrong_that_asking_fails(shown: str) -> None:
    clock = WallClock.at(shown, NOON) or BERLIN
    assert list(clock.spans(NOON - HOUR, NOON + HOUR))
    assert clock.began(record(shown)) is None or clock is not BERLIN


def test_long_spans_come_in_days() -> None:
    spans = list(BERLIN.spans(NOON, NOON + timedelta(days=2, hours=1)))
    assert spans == [
        (datetime(2026, 3, 1, 13), datetime(2026, 3, 2, 13)),
        (datetime(2026, 3, 2, 13), datetime(2026, 3, 3, 13)),
        (datetime(2026, 3, 3, 13), datetime(2026, 3, 3, 14)),
    ]


def test_an_unknown_zone_widens_them() -> None:
    (first, _), *_, (_, last) = UNKNOWN.spans(NOON, NOON + HOUR)
    assert first == datetime(2026, 2, 28, 22)
    assert last == datetime(2026, 3, 2, 3)
