"""The clock of a PBX, as it prints it, and what it makes of the times of records."""

from datetime import UTC, datetime, timedelta
import json
import tracemalloc

import pytest

from custom_components.ippbx.pbx.model.events import CallRecordReport
from custom_components.ippbx.pbx.model.lines import CallRecord
from custom_components.ippbx.pbx.uc.backend import UcBackend
from custom_components.ippbx.pbx.uc.clock import PbxClock, wall_time
from custom_components.ippbx.pbx.uc.dialects import YEASTAR_V2
from custom_components.ippbx.pbx.uc.reports.records import learn_zone, read_records
from tests.pbx.conftest import ADDRESS, Clock, MakeClient
from tests.pbx.raw_pbx import RawPbx, failed

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOON_ID = "1772366400.7"
HOUR = timedelta(hours=1)
HEADER = b"callid,timestart,callduraction\n"


def berlin() -> PbxClock:
    """Return a clock that is right, an hour ahead."""
    clock = PbxClock()
    clock.read("2026-03-01 13:00:00", NOON)
    return clock


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
    ("shown", "ahead", "error"),
    [
        ("2026-03-01 13:00:00 UTC+1", HOUR, timedelta(0)),
        # What it prints of its zone is not believed.
        ("2026-03-01 04:00:00 UTC+8", -8 * HOUR, timedelta(0)),
        # A clock that is fast.
        ("2026-03-01 13:07:20", timedelta(minutes=67, seconds=20), timedelta(seconds=440)),
        ("2025-03-01 12:00:00", timedelta(days=-365), timedelta(days=-365)),
    ],
)
def test_how_far_it_is_ahead(shown: str, ahead: timedelta, error: timedelta) -> None:
    clock = PbxClock()
    clock.read(shown, NOON)
    assert (clock.ahead, clock.error) == (ahead, error)


def test_no_time_is_no_clock() -> None:
    clock = PbxClock()
    clock.read("", NOON)
    assert (clock.ahead, clock.error, clock.zone) == (None, None, None)
    clock = berlin()
    clock.read("", NOON)
    assert (clock.ahead, clock.zone) == (None, HOUR)
    assert clock.ahead_of_utc == timedelta(0)


@pytest.mark.parametrize(
    ("call_id", "shown", "began"),
    [
        ("x", "2026-03-01 13:00:00", NOON),
        ("x", "", None),
        ("x", "0001-01-01 00:00:00", None),
        (NOON_ID, "", NOON),
        (NOON_ID, "x", NOON),
        (NOON_ID, "2026-03-01 13:00:02", NOON + timedelta(seconds=2)),
        # Its id shows that this record was written in another zone.
        (NOON_ID, "2026-03-01 14:00:02", NOON + timedelta(seconds=2)),
        # The id is that of the call, the record that of a later leg.
        (NOON_ID, "2026-03-01 13:01:00", NOON + timedelta(seconds=60)),
    ],
)
def test_when_a_call_began(call_id: str, shown: str, began: datetime | None) -> None:
    assert berlin().utc(call_id, shown) == began


def test_an_unknown_zone_tells_nothing() -> None:
    assert PbxClock().utc("x", "2026-03-01 13:00:00") is None


def test_records_show_the_zone() -> None:
    clock = PbxClock()
    clock.learn("1772366400.5", "")
    clock.learn("x", "2026-03-01 10:00:00")
    clock.learn(NOON_ID, "2026-03-01 13:05:00")  # no zone is so
    clock.learn(NOON_ID, "2026-03-02 13:00:00")
    assert clock.zone is None
    clock.learn(NOON_ID, "2026-03-01 14:00:03")
    assert clock.zone == 2 * HOUR


def test_a_record_corrects_a_zone_that_was_only_likely() -> None:
    """A clock that is wrong by half an hour looks like one in another zone until a record comes."""
    clock = PbxClock()
    clock.read("2026-03-01 13:30:00", NOON)
    assert (clock.zone, clock.ahead_of_utc) == (1.5 * HOUR, timedelta(0))
    clock.learn("1772368200.1", "2026-03-01 13:30:00")
    assert (clock.zone, clock.ahead_of_utc) == (HOUR, HOUR / 2)


@pytest.mark.parametrize(
    ("expected", "shown", "zone"),
    [
        (-7, "2026-03-01 13:00:00", 8),
        (-7, "2026-03-01 14:00:00", 9),
        (13, "2026-03-01 13:00:00", -12),
        (20, "2026-03-01 21:00:00", -11),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_what_an_earlier_run_learnt(expected: int, shown: str, zone: int, *, late: bool) -> None:
    clock = PbxClock()
    steps = [lambda: clock.expect(expected * HOUR), lambda: clock.read(shown, NOON)]
    for step in steps[::-1] if late else steps:
        step()
    assert (clock.zone, clock.ahead_of_utc) == (zone * HOUR, expected * HOUR)
    clock.read("", NOON)
    assert clock.ahead_of_utc == expected * HOUR
    clock.learn(NOON_ID, "2026-03-01 13:00:00")
    clock.read("2026-03-01 13:00:00", NOON)
    assert clock.ahead_of_utc == timedelta(0)


def test_no_zone_explains_a_wrong_date() -> None:
    clock = PbxClock()
    clock.read("2026-03-02 14:01:40", NOON)
    assert (clock.zone, clock.ahead_of_utc) == (2 * HOUR, timedelta(days=1, seconds=100))


def test_a_record_that_is_read_may_be_of_before_summer_time() -> None:
    """It counts for itself alone, as far as it tells; a reported one is of now."""
    clock = berlin()
    for read, zone in ((True, HOUR), (False, 2 * HOUR)):
        assert clock.utc(NOON_ID, "2026-03-01 14:00:02", read=read) == NOON + timedelta(seconds=2)
        assert clock.zone == zone
    clock.learn(NOON_ID, "2026-03-01 20:00:00", read=True)
    assert clock.zone == 8 * HOUR


@pytest.mark.parametrize(
    ("before", "after", "zone"),
    [
        ("13:00:00", "14:00:01", 2 * HOUR),
        ("13:07:00", "12:07:00", timedelta(0)),
        ("13:00:00", "13:20:00", HOUR),  # it was set
        ("13:00:00", "15:00:00", HOUR),
        ("14:00:00", "13:00:00", HOUR),  # it was wrong, and was set right
    ],
)
def test_a_clock_that_was_right_changes_to_summer_time(
    before: str, after: str, zone: timedelta
) -> None:
    clock = PbxClock()
    clock.zone = HOUR
    for shown in (before, after):
        clock.read(f"2026-03-01 {shown}", NOON)
    assert clock.zone == zone


def test_spans_in_its_own_time() -> None:
    assert list(berlin().spans(NOON, NOON + HOUR)) == [
        (datetime(2026, 3, 1, 13), datetime(2026, 3, 1, 14))
    ]
    assert list(berlin().spans(NOON, NOON)) == []


def test_spans_follow_a_clock_that_is_wrong() -> None:
    clock = PbxClock()
    clock.zone = HOUR
    assert next(clock.spans(NOON, NOON + HOUR))[0] == datetime(2026, 3, 1, 13)
    clock.read("2026-03-01 13:20:00", NOON)
    assert next(clock.spans(NOON, NOON + HOUR))[0] == datetime(2026, 3, 1, 13, 20)


@pytest.mark.parametrize(
    "shown",
    ["9999-12-31 23:59:59", "0001-01-01 00:00:00", "2199-12-31 23:59:59", "1900-01-01 00:00:00"],
)
def test_no_clock_is_so_wrong_that_asking_fails(shown: str) -> None:
    clock = berlin()
    clock.read(shown, NOON)
    assert list(clock.spans(NOON - HOUR, NOON + HOUR))
    clock = PbxClock()
    clock.read(shown, NOON)
    assert list(clock.spans(NOON - HOUR, NOON + HOUR))
    assert clock.utc("x", shown) is None or clock.zone is not None


def test_long_spans_come_in_days() -> None:
    spans = list(berlin().spans(NOON, NOON + timedelta(days=2, hours=1)))
    assert spans == [
        (datetime(2026, 3, 1, 13), datetime(2026, 3, 2, 13)),
        (datetime(2026, 3, 2, 13), datetime(2026, 3, 3, 13)),
        (datetime(2026, 3, 3, 13), datetime(2026, 3, 3, 14)),
    ]


def test_an_unknown_zone_widens_them() -> None:
    (first, _), *_, (_, last) = PbxClock().spans(NOON, NOON + HOUR)
    assert first == datetime(2026, 2, 28, 22)
    assert last == datetime(2026, 3, 2, 3)


def test_any_line_of_a_file_shows_the_zone() -> None:
    lines = b"x,2026-03-01 10:00:00,5\n1772366400.7,2026-03-01 13:00:00,5\n"
    learn_zone(HEADER + lines, clock := PbxClock())
    first, second = read_records(HEADER + lines, clock)
    assert (first.started, second.started) == (NOON - 3 * HOUR, NOON)


def test_a_report_counts_by_what_was_learned(client: UcBackend) -> None:
    def started(call_id: str, *, trusted: bool = True) -> datetime | None:
        record = {"action": "NewCdr", "callid": call_id, "timestart": "2026-03-01 13:00:00"}
        (event,) = client.parse(json.dumps(record).encode(), trusted=trusted)
        assert isinstance(event, CallRecordReport)
        return event.record.started

    assert started("x") is None
    assert started(NOON_ID, trusted=False) == NOON
    assert started("x") is None  # a stranger teaches nothing
    assert started(NOON_ID) == NOON
    assert started("x") == NOON


def system(shown: str) -> dict[str, object]:
    info = {"devicename": "S20", "sn": "7", "firmwarever": "30.1.0.1", "systemtime": shown}
    return {"status": "Success", "deviceinfo": info}


def gives(content: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\n\r\n" + HEADER + content


async def read(client: UcBackend, days: int = 0) -> list[tuple[CallRecord, ...]]:
    return [page async for page in client.records(NOON - timedelta(days=days), NOON + HOUR)]


async def test_the_system_shows_the_clock(
    pbx: RawPbx, make_client: MakeClient, clock: Clock
) -> None:
    clock.time = NOON.timestamp()
    client = make_client(dialect=YEASTAR_V2)
    await client.open(ADDRESS)
    for shown, error in (
        ("2026-03-01 13:05:00", timedelta(minutes=5)),
        ("2026-03-01 13:00:00", timedelta(0)),
        ("", None),
    ):
        pbx.routes["deviceinfo/query"] = system(shown)
        info = await client.system_info()
        assert (info.time, info.clock_error) == (shown, error)
        assert client.needed_firmware(info) == "30.11.0.7"


async def test_records_of_a_clock_that_is_wrong(
    pbx: RawPbx, make_client: MakeClient, clock: Clock
) -> None:
    """Asked for by what the clock shows; what they say is corrected by how far it is ahead."""
    clock.time = NOON.timestamp()
    client = make_client(dialect=YEASTAR_V2)
    pbx.routes |= {
        "deviceinfo/query": system("2026-03-01 14:20:00"),  # in Berlin, and wrong
        "cdr/get_random": {"status": "Success", "random": "4711"},
        "cdr/download": gives(b"1772371200.7,2026-03-01 14:20:00,5\n"),
    }
    await client.open(ADDRESS)
    ((record,),) = await read(client)
    asked = pbx.asked("cdr/get_random")[0].json
    assert (asked["starttime"], asked["endtime"]) == ("2026-03-01 14:20:00", "2026-03-01 15:20:00")
    assert record.started == NOON + HOUR + timedelta(minutes=20)
    assert record.started - client.session.clock_ahead == NOON


async def test_what_shows_no_zone_waits_for_what_does(
    pbx: RawPbx, make_client: MakeClient, clock: Clock
) -> None:
    clock.time = NOON.timestamp()
    client = make_client(dialect=YEASTAR_V2)
    files = [
        gives(b"x,2026-03-01 10:00:00,5\n"),
        gives(b"1772366400.7,2026-03-01 13:00:00,5\n"),
        gives(b"y,2026-03-01 11:00:00,5\n"),
    ]
    pbx.routes |= {
        "deviceinfo/query": system(""),
        "cdr/get_random": {"status": "Success", "random": "4711"},
        "cdr/download": lambda _: files.pop(0) if files else gives(b""),
    }
    await client.open(ADDRESS)
    pages = [page for page in await read(client, days=3) if page]
    assert [[record.call_id for record in page] for page in pages] == [["x", NOON_ID], ["y"]]
    assert [record.started for page in pages for record in page] == [
        NOON - 3 * HOUR,
        NOON,
        NOON - 2 * HOUR,
    ]


async def test_a_busy_day_is_not_held_as_a_whole(
    pbx: RawPbx, make_client: MakeClient, clock: Clock
) -> None:
    """Nor as a text of four bytes a character: what was once needed, the process keeps."""
    clock.time = NOON.timestamp()
    client = make_client(dialect=YEASTAR_V2)
    line = b"1772366400.%d,2026-03-01 13:00:00,5,+4930555123,1001,9,5,trunk-1,ANSWERED,Inbound,,\n"
    content = b"callid,timestart,callduration,callfrom,callto,a,b,c,d,e,f,g\n" + b"".join(
        line % number for number in range(20_000)
    )
    pbx.routes |= {
        "deviceinfo/query": system("2026-03-01 13:00:00"),
        "cdr/get_random": {"status": "Success", "random": "4711"},
        "cdr/download": b"HTTP/1.1 200 OK\r\n\r\n" + content,
    }
    await client.open(ADDRESS)
    count = 0
    tracemalloc.start()
    try:
        async for records in client.records(NOON, NOON + HOUR):
            count += len(records)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 20_000
    assert most < 4 * len(content), "what the server of the test and the download hold, included"


async def test_without_records_there_is_no_page(
    pbx: RawPbx, make_client: MakeClient, clock: Clock
) -> None:
    client = make_client(dialect=YEASTAR_V2)
    pbx.routes |= {"deviceinfo/query": system(""), "cdr/get_random": failed(20021)}
    await client.open(ADDRESS)
    assert await read(client) == []
