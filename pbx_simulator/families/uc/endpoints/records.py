"""Call records as a file, in two steps (pbx-api, section 7, "Downloads"); Yeastar only."""

from __future__ import annotations

from collections.abc import Mapping
import csv
from dataclasses import dataclass
from datetime import datetime
import io
import secrets
from typing import TYPE_CHECKING

from pbx_simulator.calls.record import CallRecord

from ..errors import ApiError
from .endpoint import YEASTAR, Answer, Ask, Download, Endpoint

if TYPE_CHECKING:
    from pbx_simulator.simulator import Simulator

_LIFE = 30
"""Seconds that a random string lives."""
_HEADER = [
    "callid",
    "timestart",
    "callfrom",
    "callto",
    "callduration",
    "talkduration",
    "srctrunkname",
    "dsttrunkname",
    "pincode",
    "status",
    "type",
    "recording",
    "didnumber",
    "agentringtime",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A permission to fetch one file once.

    Attributes:
        asked: What was asked for, as it has to be repeated in the download.
        numbers: The extensions whose records are wanted, or "all".
        sources: Who may fetch it: whoever asked, and one further address.
    """

    asked: Mapping[str, str]
    numbers: tuple[str, ...]
    start: datetime
    end: datetime
    sources: frozenset[str]
    expires: float


async def _ask_for_records(pbx: Simulator, ask: Ask) -> Answer:
    v2 = "number" in ask.params or "v1" not in pbx.families
    keys = ("number" if v2 else "extid", "starttime", "endtime")
    asked = {key: ask.required(key) for key in keys}
    wanted, start, end = asked.values()
    numbers = tuple(wanted.split(","))
    if numbers != ("all",) and not all(each in pbx.directory.extensions for each in numbers):
        raise ApiError("10006")
    random = secrets.token_hex(16)
    pbx.tickets[random] = Ticket(
        asked=asked,
        numbers=numbers,
        start=_time(start),
        end=_time(end),
        sources=frozenset({ask.source, ask.text("allowedip")}),
        expires=pbx.clock() + _LIFE,
    )
    return {"status": "Success", **asked, "random": random}


async def _download_records(pbx: Simulator, ask: Ask) -> Answer:
    ticket = pbx.tickets.pop(ask.query.get("random", ""), None)
    if (
        ticket is None
        or ticket.expires < pbx.clock()
        or not ticket.asked.items() <= ask.query.items()
    ):
        raise ApiError("20020")
    if ask.source not in ticket.sources:
        raise ApiError("20015")
    found = [record for record in pbx.calls.records if _is_wanted(record, ticket)]
    if not found:
        raise ApiError("20021")
    return Download(content_type="text/csv", content=_table(found))


def _is_wanted(record: CallRecord, ticket: Ticket) -> bool:
    """Whether a call that somebody took part in began in the span of time, both ends included, as the record has it."""
    in_time = ticket.start <= _time(record.start) <= ticket.end
    return in_time and any(record.concerns(number) for number in ticket.numbers)


def _time(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        raise ApiError("20019") from None


def _table(records: list[CallRecord]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(_HEADER)
    for record in records:
        writer.writerow(
            (
                record.call_id,
                record.start,
                record.caller,
                record.callee,
                record.duration,
                record.talk,
                record.source_trunk,
                record.destination_trunk,
                "",
                record.status,
                record.type,
                record.recording,
                record.did,
                "0",
            )
        )
    return buffer.getvalue().encode("utf-8-sig")


ENDPOINTS = (
    Endpoint(name="cdr/get_random", families=YEASTAR, answer=_ask_for_records, body=True),
    Endpoint(name="cdr/download", families=YEASTAR, answer=_download_records, download=True),
)
