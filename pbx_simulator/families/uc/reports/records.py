"""The NewCdr report in every format, without the serial number (pbx-api, sections 9, 10, 13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pbx_simulator.calls.record import CallRecord

from ..dialects import ReportFormat

type _Items = list[tuple[str, Any]]


def _head(word: str, record: CallRecord) -> _Items:
    return [
        (word, "NewCdr"),
        ("callid", record.call_id),
        ("timestart", record.start),
        ("callfrom", record.caller),
        ("callto", record.callee),
    ]


def _durations(record: CallRecord) -> _Items:
    return [("callduraction", str(record.duration)), ("talkduraction", str(record.talk))]


def _openvox(record: CallRecord) -> _Items:
    outcome = [("status", record.status), ("type", record.type)]
    return [*_head("action", record), *_durations(record), *outcome]


def _yeastar(record: CallRecord) -> _Items:
    trunks = (("srctrunkname", record.source_trunk), ("desttrunkname", record.destination_trunk))
    rest = (("recording", record.recording), ("didnumber", record.did))
    return [
        *_head("action", record),
        *((key, value) for key, value in trunks if value),
        *_durations(record),
        ("status", record.status),
        ("type", record.type),
        *((key, value) for key, value in rest if value),
    ]


def _members(record: CallRecord) -> _Items:
    return [
        *_head("event", record),
        *_durations(record),
        ("srctrunkname", record.source_trunk),
        ("dsttrcunkname", record.destination_trunk),
        ("pincode", ""),
        ("status", record.status),
        ("type", record.type),
        ("recording", record.recording),
        ("didnumber", record.did),
        ("agentringtime", "0"),
    ]


RECORD_WRITERS: dict[ReportFormat, Callable[[CallRecord], _Items]] = {
    ReportFormat.OPENVOX: _openvox,
    ReportFormat.FLAT: _yeastar,
    ReportFormat.CALL_ARRAY: _yeastar,
    ReportFormat.MEMBERS: _members,
}
