"""Call records as a file, in two steps (pbx-api, section 7, "Downloads"); Yeastar only."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime, timedelta
import io
import secrets
from typing import TYPE_CHECKING

from pbx_simulator.calls.record import CallRecord, local_time
from pbx_simulator.errors import ApiError

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
    """A permission to fetch one file once."""

    number: str
    start: str
    end: str
    allowed: str
    expires: float


async def _ask_for_records(pbx: Simulator, ask: Ask) -> Answer:
    key = "number" if "number" in ask.params else "extid"
    number = ask.required(key)
    if number != "all" and number not in pbx.directory.extensions:
        raise ApiError("10006")
    start, end = ask.required("starttime"), ask.required("endtime")
    for each in (start, end):
        _time(each)
    random = secrets.token_hex(16)
    pbx.tickets[random] = Ticket(
        number=number,
        start=start,
        end=end,
        allowed=ask.text("allowedip"),
        expires=pbx.clock() + _LIFE,
    )
    return {"status": "Success", key: number, "starttime": start, "endtime": end, "random": random}


async def _download_records(pbx: Simulator, ask: Ask) -> Answer:
    ticket = pbx.tickets.pop(ask.query.get("random", ""), None)
    if ticket is None or ticket.expires < pbx.clock():
        raise ApiError("20020")
    if ticket.allowed and ticket.allowed != ask.source:
        raise ApiError("20015")
    start, end = _time(ticket.start), _time(ticket.end) + timedelta(seconds=1)
    offset = pbx.config.utc_offset
    found = [
        record
        for record in pbx.calls.records
        if record.concerns(ticket.number) and start <= local_time(record.started, offset) < end
    ]
    if not found:
        raise ApiError("20021")
    return Download(content_type="text/csv", content=_table(found))


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
