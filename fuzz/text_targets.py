"""Targets that read whole bodies and files: reports, answers, call records."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from custom_components.ippbx.pbx.errors import PbxError, ReportError
from custom_components.ippbx.pbx.model import records as call_records
from custom_components.ippbx.pbx.model.events import CallReport, PbxEvent
from custom_components.ippbx.pbx.model.lines import LegKind
from custom_components.ippbx.pbx.uc import decode
from custom_components.ippbx.pbx.uc.clock import PbxClock
from custom_components.ippbx.pbx.uc.control.answers import extension_calls, parked_slots
from custom_components.ippbx.pbx.uc.dialects import DEVICE_INFO, OPENVOX, YEASTAR_V1, YEASTAR_V2
from custom_components.ippbx.pbx.uc.reports.legs import MAX_LEGS
from custom_components.ippbx.pbx.uc.reports.parse import parse_report
from custom_components.ippbx.pbx.uc.reports.records import learn_zone, read_records

from .checks import check_texts

_NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
_DIALECTS = (OPENVOX, YEASTAR_V1, YEASTAR_V2)


def report(data: bytes) -> None:
    """Read a report: a model that anybody can show and compare, or a ReportError."""
    try:
        found = parse_report(data)
    except ReportError:
        return
    assert isinstance(found, PbxEvent), "no report"
    check_texts(found)
    hash(found)
    if isinstance(found, CallReport):
        assert len(found.legs) <= MAX_LEGS, "too many legs"


def answers(data: bytes) -> None:
    """Read an answer to every request that there is."""
    decode.without_secrets(data[:4096].decode("utf-8", "replace"))
    try:
        answer = decode.decode_answer(data)
    except PbxError:
        return
    with suppress(PbxError):
        decode.raise_failure(answer)
    with suppress(PbxError):
        decode.decode_token(answer)
    decode.decode_transport(answer)
    decode.public(answer)
    check_texts((extension_calls(answer, "2001"), tuple(parked_slots(answer))))
    with suppress(PbxError):
        check_texts(decode.decode_system(answer, DEVICE_INFO))
    for dialect in _DIALECTS:
        with suppress(PbxError):
            check_texts(decode.decode_extensions(answer, dialect.extension_list))
        with suppress(PbxError):
            check_texts(decode.decode_trunks(answer, dialect.trunk_list))
        with suppress(PbxError):
            inbound = decode.decode_calls(answer, dialect.inbound_calls, LegKind.INBOUND)
            outbound = decode.decode_calls(answer, dialect.outbound_calls, LegKind.OUTBOUND)
            check_texts(decode.merge_calls((*inbound, *outbound)))


def records(data: bytes) -> None:
    """Read a file of call records, and what each says of time."""
    clock = PbxClock()
    learn_zone(data, clock)
    found = tuple(read_records(data, clock))
    check_texts(found)
    for each in found:
        assert each.call_id, "a record without an id"
        call_records.ends_at(each)
        call_records.started_at(each, _NOW)
        clock.read(each.recording, _NOW)
        clock.utc(each.call_id, each.recording)
        list(clock.spans(_NOW - timedelta(days=1), _NOW + timedelta(minutes=5)))
