"""Call records (CDR): one in a report, or a file of many (pbx-api, "NewCdr")."""

from collections.abc import Iterator
import csv
import io
from itertools import islice

from ...model.lines import CallRecord
from ...net.lenient_json import Object, first_text, text_of, whole_number
from ..clock import PbxClock

_ID_KEY, _START_KEY = "callid", "timestart"
_SOURCE_TRUNK_KEYS = ("srctrunkname", "srctrcunkname")
_DESTINATION_TRUNK_KEYS = ("dsttrcunkname", "desttrunkname", "dsttrunkname", "dstrunkname")
_SHORTEST_LINE = 48  # bytes, on average: an id, a time, two parties, a status, commas
_FREE_LINES = 100  # that may be shorter
_OUTCOMES = {"noanswer": "no_answer", "noanswered": "no_answer"}
_SPECIAL = frozenset(("s", "t", "i", "h", "e", "T"))
"""Extensions of Asterisk's own: start, timeout, invalid and the like, where it acts as an IVR."""


def call_record(data: Object, clock: PbxClock, *, read: bool = False) -> CallRecord:
    """Return a record from its keys, in whatever spelling they are; the clock learns from it.

    Args:
        read: whether it was read, not reported.
    """
    call_id = text_of(data.get(_ID_KEY))
    status = "".join(filter(str.isalnum, text_of(data.get("status")).lower()))
    callee = text_of(data.get("callto"))
    return CallRecord(
        call_id=call_id,
        started=clock.utc(call_id, text_of(data.get(_START_KEY)), read=read),
        caller=text_of(data.get("callfrom")),
        callee="" if callee in _SPECIAL else callee,
        source_trunk=first_text(data, _SOURCE_TRUNK_KEYS),
        destination_trunk=first_text(data, _DESTINATION_TRUNK_KEYS),
        duration=whole_number(first_text(data, ("callduraction", "callduration"))),
        talk_duration=whole_number(first_text(data, ("talkduraction", "talkduration"))),
        outcome=_OUTCOMES.get(status, status),
        direction=text_of(data.get("type")).lower(),
        did=text_of(data.get("didnumber")),
        recording=text_of(data.get("recording")),
    )


def read_records(content: bytes, clock: PbxClock) -> Iterator[CallRecord]:
    """Yield the records of a file: a header line, then one line each; a BOM may come first.

    Lines without a call id, or with more or fewer fields than the header, are left out. Of a file
    of shorter lines than records have, no more is read than of a true one of its size: it would
    cost seconds. No more than a line of it is held at once, beside the file itself: as text and as
    records a file is ten times as large.

    Args:
        clock: what the times mean.
    """
    for line in _lines(content):
        record = call_record(line, clock, read=True)
        if record.call_id:
            yield record


def learn_zone(content: bytes, clock: PbxClock) -> None:
    """Teach the clock its zone from the first line of a file that shows it."""
    for line in _lines(content):
        if clock.learn(text_of(line[_ID_KEY]), line.get(_START_KEY, "")) is not None:
            return


def _lines(content: bytes) -> Iterator[dict[str, str]]:
    """Yield the lines of a file by the names in its header."""
    rows = islice(_rows(content), _FREE_LINES + len(content) // _SHORTEST_LINE)
    header = [name.strip().lower() for name in next(rows, ())]
    if _ID_KEY in header:
        yield from (dict(zip(header, row, strict=True)) for row in rows if len(row) == len(header))


def _rows(content: bytes) -> Iterator[list[str]]:
    """Yield the lines of a file as their fields, without blank lines and those that are none."""
    text = io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", errors="replace", newline="")
    reader = csv.reader(line.replace("\0", "") for line in text)
    while True:
        try:
            yield from filter(None, reader)
        except csv.Error:  # a field of more than 128 KiB
            continue
        return
