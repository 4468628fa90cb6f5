"""Call records as a file, in two steps (pbx-api, section 7, "Downloads"); Yeastar only."""

from __future__ import annotations

import csv
from datetime import datetime
import io
import secrets

from pbx_simulator.calls.record import CallRecord

from ..errors import ApiError
from .context import Context, DownloadPermit
from .endpoint import YEASTAR, Answer, ApiRequest, Download, Endpoint

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


async def _ask_for_records(context: Context, request: ApiRequest) -> Answer:
    v2 = "number" in request.params or "v1" not in context.endpoint_sets
    keys = ("number" if v2 else "extid", "starttime", "endtime")
    asked = {key: request.required(key) for key in keys}
    wanted, start, end = asked.values()
    numbers = tuple(wanted.split(","))
    if numbers != ("all",) and not all(each in context.directory.extensions for each in numbers):
        raise ApiError("10006")
    random = secrets.token_hex(16)
    context.permits[random] = DownloadPermit(
        asked=asked,
        numbers=numbers,
        start=_time(start),
        end=_time(end),
        sources=frozenset({request.source, request.text("allowedip")}),
        expires=context.clock() + _LIFE,
    )
    return {"status": "Success", **asked, "random": random}


async def _download_records(context: Context, request: ApiRequest) -> Answer:
    permit = context.permits.pop(request.query.get("random", ""), None)
    if (
        permit is None
        or permit.expires < context.clock()
        or not permit.asked.items() <= request.query.items()
    ):
        raise ApiError("20020")
    if request.source not in permit.sources:
        raise ApiError("20015")
    found = [record for record in context.calls.records if _is_wanted(record, permit)]
    if not found:
        raise ApiError("20021")
    return Download(content_type="text/csv", content=_table(found))


def _is_wanted(record: CallRecord, permit: DownloadPermit) -> bool:
    """Return True if a wanted extension took part and the call began in the time asked for.

    Both ends of the time are included; the start is compared as the record has it.
    """
    in_time = permit.start <= _time(record.start) <= permit.end
    return in_time and any(record.concerns(number) for number in permit.numbers)


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
    Endpoint(name="cdr/get_random", sets=YEASTAR, answer=_ask_for_records, body=True),
    Endpoint(name="cdr/download", sets=YEASTAR, answer=_download_records, download=True),
)
