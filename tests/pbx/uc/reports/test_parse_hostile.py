"""Whatever the bytes are: a report or a ReportError, quickly, and nothing else."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
import json

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ippbx.pbx.errors import ReportError
from custom_components.ippbx.pbx.model.events import (
    CallRecordReport,
    CallReport,
    ExtensionStatusReport,
    PbxEvent,
)
from custom_components.ippbx.pbx.net.lenient_json import MAX_BODY, MAX_TEXT
from custom_components.ippbx.pbx.uc.reports.legs import MAX_LEGS
from custom_components.ippbx.pbx.uc.reports.parse import parse_report
from tests.counted import Counted

SAMPLES = [
    b'{"action":"ExtensionStatus","extension":"201","status":"Busy","sn":"70"}',
    b'{"action":"RING","callid":"17.1","ext":{"extid":"201"},"ext":{"extid":"202"}}',
    b'{"action":"RING","callid":"17.1","ext":{"extid":["201","202"]},"sn":"70"}',
    (
        b'{"action":"BYE","callid":"17.1","call":[{"inbound":{"from":"055","to":"201","trunk":"t",'
        b'"inboundid":"17.1"}},{"ext":{"extid":"201",}}],sn:"70"}'
    ),
    (
        b'{"event":"CallStatus","callid":"17.1","members":[{"ext":{"number":"201","channelid":"c",'
        b'"memberstatus":"HOLD","callpath":"6400"}}],"sn":"70"}'
    ),
    (
        b'{"event":"NewCdr","callid":"17.1","timestart":"2026-03-01 12:00:00","callfrom":"201",'
        b'"callto":"202","callduraction":"4","talkduraction":3,"status":"NO ANSWER",'
        b'"type":"Internal"}'
    ),
    b'{"action":"PlayPromptEnd","callid":"17.1","ivr":{"ivrid":"6400"},"playtonum":"201"}',
    b'{"action":"DTMF","callid":"17.1","ext":{"extid":"1"},"info":"#","flag":"0","infos":"1#"}',
    b'{"action":"ConfigChange","type":"trunk","trunkname":"t","operation":"del"}',
    b'{"action":"CallFailed","reason":480,"callid":"17.1","ext":{"extid":["1","2"]}}',
    b'{"action":"sms-send","status":"Success","smsid":"1"}',
]


def texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts_in(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts_in(getattr(value, field.name))


def check(body: bytes) -> None:
    try:
        report = parse_report(body)
    except ReportError:
        return
    assert isinstance(report, PbxEvent)
    for text in texts_in(report):
        assert len(text) <= MAX_TEXT
        assert text.isprintable()
        assert text.encode().decode() == text  # no lone surrogates
    if isinstance(report, CallReport):
        assert len(report.legs) <= MAX_LEGS


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_arbitrary_bytes(body: bytes) -> None:
    check(body)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(SAMPLES),
    st.lists(
        st.tuples(st.integers(0, 300), st.integers(0, 12), st.binary(max_size=12)), max_size=6
    ),
)
def test_mutated_reports(body: bytes, edits: list[tuple[int, int, bytes]]) -> None:
    for at, dropped, added in edits:
        body = body[:at] + added + body[at + dropped :]
    check(body)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.just("\ud800")
    | st.just("a\x00b"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = [
    "action",
    "event",
    "callid",
    "sn",
    "ext",
    "inbound",
    "outbound",
    "call",
    "members",
    "extid",
    "number",
    "reason",
    "status",
    "extension",
    "type",
    "operation",
    "trunkname",
    "callduraction",
    "talkduraction",
    "info",
    "infos",
    "flag",
    "ivr",
    "ivrid",
    "memberstatus",
]
NAMES = (
    "BootUp ExtensionStatus RING BYE NewCdr DTMF PlayPromptEnd ConfigChange TrunkStatus sms-send"
)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(NAMES.split()),
    st.dictionaries(
        st.sampled_from(KEYS),
        JSON | st.dictionaries(st.sampled_from(KEYS), JSON, max_size=3),
        max_size=8,
    ),
)
def test_values_of_the_wrong_kind(name: str, data: dict[str, object]) -> None:
    check(json.dumps({"action": name, **data}).encode())


HOSTILE = {
    "deep objects": b'{"a":' * 13_000,
    "deep arrays": b'{"action":' + b"[" * 60_000,
    "deep and complete": b'{"action":"BootUp","x":' + b"[" * 1500 + b"]" * 1500 + b"}",
    "100,000 deep": b"[" * 100_000,
    "huge integer": b'{"action":"BYE","callid":' + b"7" * 60_000 + b"}",
    "huge float": b'{"action":"BYE","callid":0.' + b"7" * 60_000 + b"e" + b"9" * 4000 + b"}",
    "huge exponent": b'{"action":"ExtensionStatus","extension":1e999999,"status":5}',
    "lone surrogate": b'{"action":"BYE","callid":"\\ud800"}',
    "surrogate as name": b'{"action":"\\udfff"}',
    "NUL": b'{"action":"BYE","callid":"\\u0000"}',
    "raw NUL": b'{"action":"BYE","callid":"a\x00b"}',
    "invalid UTF-8": b'{"action":"\xc3\x28\xff"}',
    "quotes": b'{"a":"' + b'\\"' * 30_000,
    "openings": b'{"a":' + b'"b' * 30_000,
    "commas": b"{" + b"," * 65_000,
    "commas and blanks": b"{" + b",   " * 16_000,
    "blanks": b"{," + b" " * 65_000,
    "words": b"{" + b",aaaa" * 13_000,
    "one word": b"{," + b"a" * 65_000,
    "backslashes": b'{"a":"' + b"\\" * 65_000,
    "many legs": b'{"action":"RING","callid":"1","ext":{"extid":[' + b'"1",' * 15_000 + b'"1"]}}',
    "commas in a number": b'{"action":"RING","callid":"1","ext":"' + b"1," * 30_000 + b'"}',
    "many repeats": b'{"action":"RING","callid":"1"' + b',"ext":{}' * 2000 + b"}",
    "one mebibyte": b'{"action":"' + b"x" * (1 << 20) + b'"}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bodies_cost_little(body: bytes) -> None:
    with Counted() as counted:
        check(body)
    assert counted.count <= 20 * MAX_BODY, counted.count / MAX_BODY


def test_a_body_beyond_the_limit_is_refused() -> None:
    body = b'{"action":"BootUp"}'
    assert parse_report(body.ljust(MAX_BODY)).name == "BootUp"
    with pytest.raises(ReportError):
        parse_report(body.ljust(MAX_BODY + 1))
    with pytest.raises(ReportError):
        parse_report(body.ljust(1 << 20))


def test_60000_digits_are_cut_and_read() -> None:
    report = parse_report(b'{"action":"BYE","callid":%b}' % (b"7" * 60_000))
    assert isinstance(report, CallReport)
    assert report.call_id == "7" * MAX_TEXT
    record = parse_report(b'{"action":"NewCdr","callid":"1","callduraction":%b}' % (b"7" * 60_000))
    assert isinstance(record, CallRecordReport)
    assert record.record.duration is None


def test_legs_are_bounded() -> None:
    report = parse_report(HOSTILE["many legs"])
    assert isinstance(report, CallReport)
    assert len(report.legs) == MAX_LEGS


def test_what_cannot_be_stored_is_removed() -> None:
    body = b'{"action":"ExtensionStatus","extension":"2\\ud800\\u00001","status":"Busy"}'
    report = parse_report(body)
    assert isinstance(report, ExtensionStatusReport)
    assert report.extension == "2  1"
