"""The file of call records, which may be many megabytes long, and anything."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.ippbx.pbx.model.lines import CallRecord
from custom_components.ippbx.pbx.uc.clock import PbxClock
from custom_components.ippbx.pbx.uc.reports import records
from custom_components.ippbx.pbx.uc.reports.records import learn_zone, read_records
from tests.counted import Counted

HEADER = (
    b"callid,timestart,callfrom,callto,callduration,talkduration,srctrunkname,dsttrunkname,"
    b"pincode,status,type,recording,didnumber,agentringtime\n"
)
SHORT = b"1780000000.%d,2026-06-01 12:00:00,201,202,0,0,,,,BUSY,Internal,,,\n"
SIZE = 200_000
NOON = datetime(2026, 6, 1, 10, tzinfo=UTC)


def in_zone(hours: int) -> PbxClock:
    """A clock whose zone is known."""
    clock = PbxClock()
    clock.zone = timedelta(hours=hours)
    return clock


def tuple_of(content: bytes, clock: PbxClock | None = None) -> tuple[CallRecord, ...]:
    """Read a whole file."""
    return tuple(read_records(content, clock or PbxClock()))


def grown(line: bytes, before: bytes = b"") -> bytes:
    """A file of one line, again and again."""
    return before + line * (SIZE // len(line))


def test_lines_that_are_records() -> None:
    found = tuple_of(
        b"\xef\xbb\xbf CallId ,timestart,callto\r\n"
        b'7.1,2026-06-01 12:00:00,"2,0\n2"\r\n'
        b"\r\n"
        b",2026-06-01 12:00:00,203\r\n"
        b"7.2,2026-06-01 12:00:00\r\n"
        b"7.3,2026-06-01 12:00:00,204,205\r\n"
        b"7.4,,\x00206",
        in_zone(2),
    )
    assert found == (
        CallRecord(call_id="7.1", started=NOON, callee="2,0 2"),
        CallRecord(call_id="7.4", callee="206"),
    )


@pytest.mark.parametrize(("shown", "callee"), [("s", ""), ("t", ""), ("i", ""), ("6500", "6500")])
def test_an_extension_of_asterisks_own_is_no_callee(shown: str, callee: str) -> None:
    """A caller who chooses nothing in an IVR leaves such a record."""
    (record,) = tuple_of(f"callid,callto\n7.1,{shown}\n".encode())
    assert record.callee == callee


def test_a_field_without_an_end_costs_its_line_alone() -> None:
    long = b"7.1," + b"x" * 200_000 + b"\n"
    (record,) = tuple_of(b"callid,type\n" + long + b"7.2,a\n")
    assert record.call_id == "7.2"


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"type,status\n7.1,BUSY\n"])
def test_no_header_no_records(content: bytes) -> None:
    assert tuple_of(content) == ()


def test_every_record_of_a_large_file() -> None:
    """The shortest that there are, with a blank line after each, as where line ends are doubled."""
    lines = 20_000
    content = HEADER + b"".join(SHORT % number + b"\n" for number in range(lines))
    found = tuple_of(content)
    assert [record.call_id for record in found] == [f"1780000000.{n}" for n in range(lines)]


def test_a_few_short_lines_are_read() -> None:
    assert len(tuple_of(b"callid\n" + b"7\n" * 90)) == 90


HOSTILE = {
    "one character, no header": grown(b"a\n"),
    "one character, each an id": grown(b"7\n", b"callid\n"),
    "two fields": grown(b"7,a\n", b"callid,type\n"),
    "nothing": grown(b"\n"),
    "nothing behind a header": grown(b"\r", HEADER),
    "quotes": grown(b'"'),
    "quoted lines": grown(b'"\n"\n', b"callid\n"),
    "bytes of no text": grown(b"\xff\n", b"callid\n"),
    "commas": grown(b","),
    "a wide header": b"callid" + grown(b",a") + b"\n" + grown(b","),
    "wide lines": grown(b"7" + b"," * 999 + b"\n", b"callid" + b",a" * 999 + b"\n"),
    "nothing to show": grown(b",".join([b"\x01\x02\x03"] * 14) + b"\n", HEADER),
    "fields of 130,000": HEADER + b",".join([b"\x01" * 130_000] * 14) + b"\n",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_byte_of_anything_costs_little(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Reading holds Home Assistant up. A true file of this size holds some 3,000 records."""
    made = []

    def counted(data: dict[str, object], clock: PbxClock, *, read: bool) -> CallRecord:
        made.append(data)
        return original(data, clock, read=read)

    original = records.call_record
    monkeypatch.setattr(records, "call_record", counted)
    with Counted() as bytecodes:
        learn_zone(content, clock := PbxClock())
        tuple_of(content, clock)
    assert len(made) <= 100 + len(content) // 48
    assert bytecodes.count <= 50 * len(content), bytecodes.count / len(content)
