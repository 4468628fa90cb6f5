"""What diagnostics show of an exchange: everything but numbers, names, secrets and addresses."""

import json
import random
import re
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ippbx.pbx.trace.dump import FORMAT, dump, masked
from custom_components.ippbx.pbx.trace.masking import Masker, is_model
from custom_components.ippbx.pbx.trace.trace import MAX_BODY, Exchange, Trace
from tests.counted import Counted
from tests.secrets import betrays

WEBHOOK = "c0ffee123456789abcdef0123456789f"
TOKEN = "deadbeef00112233445566778899aabb"
LOGIN = {
    "username": "homer",
    "password": "5f4dcc3b5aa765d61d8327deb882cf99",
    "port": "48123",
    "version": "2.0.0",
    "url": f"192.168.77.55:48123/api/webhook/{WEBHOOK}",
    "urltag": "1",
}
EXTENSIONS = {
    "status": "Success",
    "extlist": [
        {"extnumber": "7301", "status": "Registered", "type": "SIP", "username": "Ludmila Q-Ärger"},
        {"extnumber": "7302", "status": "Unavailable", "type": "FXS", "username": "Zoë"},
    ],
}
DETAILS = {
    "status": "Success",
    "extinfos": [
        {
            "extnumber": "7301",
            "username": "Ludmila Q-Ärger",
            "registername": "lu7301",
            "registerpassword": "Geheim77",
            "loginpassword": "hunter2hunter2",
            "vmsecret": "998877",
            "email": "ludmila@quargel.example",
            "moblie": "+4366012345678",
            "callerid": "7301",
        }
    ],
}
RING = (
    b'{"action":"RING","callid":"1741234567.8899","ext":{"extid":"7301"},"ext":{"extid":"7302"},'
    b'"inbound":{"from":"+4366012345678","to":"0043155667788","trunk":"Quargel-Line",'
    b'"inboundid":"1741234567.8899"},"sn":"a07001122334"}'
)
RECORD = (
    b'{"action":"NewCdr","callid":"1741234567.8899","timestart":"2026-03-01 12:00:05",'
    b'"callfrom":"+4366012345678","callto":"7301","callduraction":"29","status":"NO ANSWER",'
    b'"recording":"20260301120005-1741234567.8899-4366012345678-7301-Inbound.wav","pincode":"4711"}'
)
BROKEN = b'{"event":"CallFailed","reason":486,"members":[{"ext":{"number":"7301",}}],}'
PAGE = f"<html><body>Hello Ludmila, {TOKEN}, call +4366012345678</body></html>"
SECRETS = [
    WEBHOOK,
    TOKEN,
    LOGIN["password"],
    "homer",
    "Ludmila",
    "Ärger",
    "rger",
    "Zoë",
    "Zo\\u00eb",
    "Quargel",
    "quargel",
    "lu7301",
    "Geheim77",
    "hunter2",
    "998877",
    "4366012345678",
    "43155667788",
    "1741234567",
    "7001122334",
    "192.168.77.55",
    "48123",
    "7301",
    "7302",
    "4711",
]


def exchange(**fields: Any) -> Exchange:
    return Exchange(**{"time": 1000.0, "direction": "request", "path": "x", **fields})


def full_trace() -> Trace:
    trace = Trace()
    for fields in (
        {"path": "/api/v2.0.0/login", "request": LOGIN, "response": {"token": TOKEN}},
        {"path": f"extension/list?token={TOKEN}", "response": EXTENSIONS},
        {"path": "extension/query", "request": b'{"number":"7301,7302"}', "response": DETAILS},
        {"path": "deviceinfo/query", "response": PAGE},
        {"direction": "report", "path": f"/api/webhook/{WEBHOOK}", "request": RING},
        {"direction": "report", "path": f"//api/webhook/{WEBHOOK}?x={TOKEN}", "request": RECORD},
        {"direction": "report", "path": "", "request": BROKEN},
    ):
        trace.record(exchange(**fields))
    return trace


@pytest.mark.parametrize("secret", SECRETS)
def test_nothing_private_is_shown(secret: str) -> None:
    shown = json.dumps(dump(full_trace(), "openvox"), ensure_ascii=False)
    assert not betrays(shown, secret)
    assert not betrays(json.dumps(masked(full_trace())), secret)


def test_the_search_finds_what_is_not_masked() -> None:
    raw = "".join(f"{entry.request!s}{entry.response!s}{entry.path}" for entry in full_trace())
    hidden = [secret for secret in SECRETS if not betrays(raw, secret)]
    assert hidden == ["Zo\\u00eb"]


def test_no_body_is_shown_in_a_representation() -> None:
    shown = repr(exchange(request=LOGIN, response=PAGE))
    assert not [secret for secret in SECRETS if betrays(shown, secret)]


def test_what_can_be_learned_stays() -> None:
    login, extensions, _, page, ring, record, broken = masked(full_trace())
    assert login["path"] == "/api/v2.0.0/login"
    assert login["body"]["urltag"] == "1"
    assert login["body"]["version"] == "2.0.0"
    assert login["body"]["password"] == ""
    assert login["answer"] == {"token": ""}
    assert extensions["path"] == "extension/list"
    statuses = [(item["status"], item["type"]) for item in extensions["answer"]["extlist"]]
    assert statuses == [("Registered", "SIP"), ("Unavailable", "FXS")]
    assert page["answer"] is None
    assert page["raw_answer"].startswith("<html><body>name-")
    assert ring["path"].startswith("/api/webhook/")
    assert ring["body"]["action"] == "RING"
    assert record["body"]["timestart"] == "2026-03-01 12:00:05"
    assert (record["body"]["callduraction"], record["body"]["status"]) == ("29", "NO ANSWER")
    assert record["body"]["recording"].endswith("-Inbound.wav")
    assert broken["body"] is None
    assert re.fullmatch(
        r'\{"event":"CallFailed","reason":486,"members":\[\{"ext":\{"number":"\d{4}",\}\}\],\}',
        broken["raw"],
    )


def test_equal_numbers_stay_equal_and_different_ones_different() -> None:
    _, extensions, details, _, ring, record, _ = masked(full_trace())
    first, second = (item["extnumber"] for item in extensions["answer"]["extlist"])
    assert first != second
    assert details["answer"]["extinfos"][0]["extnumber"] == first
    assert details["body"]["number"] == f"{first},{second}"
    assert ring["raw"].index(f'"ext":{{"extid":"{first}"}}') < ring["raw"].index(second)
    assert ring["body"]["ext"] == {"extid": second}
    call_id = ring["body"]["callid"]
    assert record["body"]["callid"] == ring["body"]["inbound"]["inboundid"] == call_id
    assert re.fullmatch(r"\d{10}\.\d{4}", call_id)
    caller = ring["body"]["inbound"]["from"]
    assert re.fullmatch(r"\+\d{13}", caller)
    assert record["body"]["callfrom"] == caller
    assert f"-{call_id}-{caller[1:]}-{first}-" in record["body"]["recording"]
    names = [item["username"] for item in extensions["answer"]["extlist"]]
    assert details["answer"]["extinfos"][0]["username"] == names[0] != names[1]


def test_two_dumps_share_no_pseudonym() -> None:
    trace = Trace()
    trace.record(exchange(request=b'{"callfrom":"4366012345678"}'))
    assert masked(trace)[0]["body"] != masked(trace)[0]["body"]


def test_numbers_keep_their_kind() -> None:
    trace = Trace()
    body = b'{"extension":7301,"callto":"007301","errno":"20003","flag":0,"x":true,"y":null}'
    trace.record(exchange(request=body))
    hidden = masked(trace)[0]["body"]
    assert 1000 <= hidden["extension"] <= 9999
    assert hidden["extension"] != 7301
    assert re.fullmatch(r"0\d{5}", hidden["callto"])
    assert (hidden["errno"], hidden["flag"], hidden["x"], hidden["y"]) == ("20003", 0, True, None)


def test_no_pseudonym_is_a_number_that_was_seen() -> None:
    real = {str(number) for number in range(1000, 1500)}
    trace = Trace(limit=1000)
    for number in real:
        trace.record(exchange(request={"extid": number}))
    hidden = [entry["body"]["extid"] for entry in masked(trace)]
    assert len(set(hidden)) == len(real)
    assert not real & set(hidden)


def test_every_digit_can_be_used_up() -> None:
    masker = Masker(rng=random.Random(1))
    assert len({masker.words(str(digit)) for digit in range(1, 10)}) == 9


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"errno": 20003}, {"errno": 20003}),
        ({"duration": 0.12345}, {"duration": 0.123}),
        ({"time": 1741234567.98765}, {"time": 1741234567.988}),
        ({"direction": "report"}, {"direction": "report"}),
        ({}, {"errno": None, "duration": None, "body": None, "answer": None}),
        ({"request": b"", "response": ""}, {"body": None, "answer": None}),
        ({"response": {"status": "Failed"}}, {"answer": {"status": "Failed"}}),
        ({"response": '{"status":"Failed"}'}, {"answer": {"status": "Failed"}}),
        ({"response": b"\xef\xbb\xbf{}"}, {"answer": {}}),
        ({"response": b"{} {}"}, {"answer": None, "raw_answer": "{} {}"}),
        ({"response": '{"Zoe Quell":null}'}, {"answer": {"name-1 name-2": None}}),
    ],
)
def test_fields(fields: dict[str, Any], shown: dict[str, Any]) -> None:
    trace = Trace()
    trace.record(exchange(**fields))
    entry = masked(trace)[0]
    assert {key: entry[key] for key in shown} == shown


def test_the_format_is_named() -> None:
    dumped = dump(full_trace(), "yeastar-v2")
    assert (dumped["format"], dumped["dialect"]) == (FORMAT, "yeastar-v2")
    assert len(dumped["entries"]) == 7
    assert json.loads(json.dumps(dumped)) == dumped


def test_only_the_last_entries_are_kept() -> None:
    trace = Trace(limit=3)
    for number in range(5):
        trace.record(exchange(time=float(number)))
    assert [entry["time"] for entry in masked(trace)] == [2.0, 3.0, 4.0]
    assert len(trace) == 3


@pytest.mark.parametrize("as_text", [bytes, str, None])
def test_long_bodies_are_cut_but_can_still_be_read(as_text: type | None) -> None:
    answer: Any = {"extlist": [{"extnumber": str(n), "status": "Idle"} for n in range(1000, 1500)]}
    if as_text is not None:
        text = json.dumps(answer)
        answer = text if as_text is str else text.encode()
    trace = Trace()
    trace.record(exchange(response=answer))
    (kept,) = trace
    assert isinstance(kept.response, str | bytes)
    assert len(kept.response) == MAX_BODY + 1  # the one more tells that it was cut
    entry = masked(trace)[0]
    assert entry["answer_cut"] is True
    shown = entry["answer"]["extlist"]
    assert 50 < len(shown) < 200
    assert all(item["status"] == "Idle" for item in shown[:-1])


@pytest.mark.parametrize("name", ["Ludmila", "Людмила"])
def test_long_report_is_cut_whatever_the_size_of_its_letters(name: str) -> None:
    report = {"action": "NewCdr", "call": [{"callfrom": name}] * 500}
    trace = Trace()
    trace.record(exchange(request=json.dumps(report, ensure_ascii=False).encode()))
    entry = masked(trace)[0]
    assert entry["body_cut"] is True
    assert len(entry["body"]["call"]) > 50


def test_body_that_just_fits_is_whole() -> None:
    body = b'{"status":"Success","callfrom":"%s"}'
    body %= b"x" * (MAX_BODY - len(body) + 2)
    assert len(body) == MAX_BODY
    trace = Trace()
    trace.record(exchange(request=body))
    entry = masked(trace)[0]
    assert set(entry["body"]) == {"status", "callfrom"}
    assert "body_cut" not in entry


CONFUSING = [
    b'{"username":"Ludmila Q',
    b'{"username":"Ludmila "Lu" Q", "extid":"7301"}',
    b'{"username": Ludmila, extid: 7301}',
    b'{"username":"\\u004cudmila","extid":"\\u0037\\u0033\\u0030\\u0031"}',
    b'{"password":{"a":"Geheim77"},"token":["' + TOKEN.encode() + b'"]}',
    b'{"7301":"4366012345678"}',
    b'{"callfrom":"+43 660 12345678","x":"4366012345678"}',
    b"Ludmila: 7301",
    b'Ludmila "Q": "7301"',
    b'\xff{"username":"Ludmila"}',
    '{"username":"Zoe\u0308 Ludmila"}'.encode(),
]


@pytest.mark.parametrize("body", CONFUSING)
def test_confusing_bodies_betray_nothing(body: bytes) -> None:
    trace = Trace()
    trace.record(exchange(direction="report", path="", request=body))
    shown = json.dumps(masked(trace), ensure_ascii=False)
    for secret in (*SECRETS, "udmila", "Zoe", "\u0308", "660 12345678"):
        assert not betrays(shown, secret)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_any_body_can_be_shown(body: bytes, json_like: bool) -> None:
    trace = Trace()
    body = b"{" + body if json_like else body
    trace.record(exchange(direction="report", path="/p", request=body, response=body))
    shown = json.dumps(dump(trace, "openvox"))
    assert shown.isascii()


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["extid", "callfrom", "username", "url"]), st.text(max_size=20))
)
def test_no_run_of_digits_survives(body: dict[str, str]) -> None:
    trace = Trace()
    trace.record(exchange(request=body))
    shown = masked(trace)[0]["body"]
    for key, value in body.items():
        for digits in re.findall(r"[1-9]\d{4,}", value, re.ASCII):
            assert digits not in shown[key]


HOSTILE = {
    "quotes": b'"\\"' * 1400,
    "open string": b'{"' + b'\\"' * 2000,
    "braces": b"{" * 4096,
    "deep": b'{"a":' * 800,
    "digits": b"9" * 4096,
    "arrays": b"[" * 4096,
    "commas": b"[" + b"1," * 2047,
    "words": b"a " * 2048,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bodies_cost_little(body: bytes) -> None:
    trace = Trace()
    trace.record(exchange(direction="report", request=body))
    with Counted() as counted:
        assert masked(trace)
    assert counted.count <= 100 * MAX_BODY, counted.count / MAX_BODY


@pytest.mark.parametrize("name", ["Yeastar S50", "OpenVox UC300", "UC", "K2", "Cloud PBX", ""])
def test_a_model_is_shown(name: str) -> None:
    assert is_model(name)


@pytest.mark.parametrize("name", ["Ludmila", "S50 Zoë", "S50 of Ludmila", "Yeastar Ludmila"])
def test_a_name_that_somebody_chose_is_no_model(name: str) -> None:
    assert not is_model(name)
