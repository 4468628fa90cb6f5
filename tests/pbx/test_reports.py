"""Every shape and every name of a report means what the documents say."""

import json
from typing import Any

import pytest

from custom_components.ippbx.pbx.models import (
    CallLeg,
    CallRecord,
    ExtensionStatus,
    LegKind,
    LegState,
    TrunkStatus,
)
from custom_components.ippbx.pbx.reports import (
    BootUpReport,
    CallEvent,
    CallRecordReport,
    CallReport,
    ConfigChangeReport,
    ExtensionStatusReport,
    KeyReport,
    MessageReport,
    PromptEndReport,
    Report,
    ReportError,
    SurveyReport,
    TrunkStatusReport,
    UnknownReport,
    parse_report,
)

SN = "a07001122334"
CALL = "1700000000.7"


def parse(**fields: Any) -> Report:
    return parse_report(json.dumps(fields).encode())


def ext(number: str, **more: Any) -> CallLeg:
    return CallLeg(kind=LegKind.EXTENSION, extension=number, **more)


def outbound(**more: Any) -> CallLeg:
    fields = {"caller": "201", "callee": "0551234", "trunk": "city", "leg_id": "1700000000.8"}
    return CallLeg(kind=LegKind.OUTBOUND, **{**fields, **more})


def inbound(**more: Any) -> CallLeg:
    fields = {"caller": "0551234", "callee": "201", "trunk": "city", "leg_id": "1700000000.6"}
    return CallLeg(kind=LegKind.INBOUND, **{**fields, **more})


OUTBOUND = {"from": "201", "to": "0551234", "trunk": "city", "outboundid": "1700000000.8"}
INBOUND = {"from": "0551234", "to": "201", "trunk": "city", "inboundid": "1700000000.6"}


@pytest.mark.parametrize(
    ("body", "legs"),
    [
        pytest.param(
            b'{"action":"RING","callid":"1","ext":{"extid":"201"},"ext":{"extid":"202"}}',
            (ext("201"), ext("202")),
            id="repeated key",
        ),
        pytest.param(
            b'{"action":"RING","callid":"1","ext":{"extid":"1"},"ext":{"extid":"2"},'
            b'"ext":{"extid":"3"}}',
            (ext("1"), ext("2"), ext("3")),
            id="key three times",
        ),
        pytest.param(
            b'{"action":"RING","callid":"1","call":[{"ext":{"extid":"201"}},'
            b'{"ext":{"extid":"202"}}],"sn":"5"}',
            (ext("201"), ext("202")),
            id="call array",
        ),
        pytest.param(
            b'{"action":"RING","callid":"1","call":{"ext":{"extid":"201"},"ext":{"extid":"202"}}}',
            (ext("201"), ext("202")),
            id="call object with a repeated key",
        ),
        pytest.param(
            b'{"action":"RING","callid":"1","ext":{"extid":["201","202"]}}',
            (ext("201"), ext("202")),
            id="array of numbers",
        ),
        pytest.param(
            b'{"action":"ALERT","callid":"1","ext":{"extid":["201"]}}',
            (ext("201"),),
            id="array of one",
        ),
        pytest.param(
            b'{"action":"ALERT","callid":"1","ext":{"extid":"201"}}', (ext("201"),), id="string"
        ),
        pytest.param(
            b'{"action":"ALERT","callid":"1","ext":{"extid":201}}', (ext("201"),), id="integer"
        ),
        pytest.param(
            b'{"action":"ALERT","callid":"1","ext":"201"}', (ext("201"),), id="bare number"
        ),
        pytest.param(
            b'{"action":"ALERT","callid":"1","ext":[{"extid":"201"},{"extid":"202"}]}',
            (ext("201"), ext("202")),
            id="array of parties",
        ),
        pytest.param(b'{"action":"BYE","callid":"1"}', (), id="nobody"),
        pytest.param(b'{"event":"CallStatus","callid":"1","members":[]}', (), id="no members"),
        pytest.param(
            b'{"event":"CallStatus","callid":"1","members":[{"ext":{"number":"201",'
            b'"channelid":"PJSIP/201-1","memberstatus":"RING","callpath":"6400"}}]}',
            (ext("201", leg_id="PJSIP/201-1", state=LegState.RINGING, path="6400"),),
            id="members",
        ),
        pytest.param(
            b'{"event":"CallStatus","callid":"1","members":[{"ext":{"number":"201",'
            b'"callpath":6400}}]}',
            (ext("201", path="6400"),),
            id="integer call path",
        ),
    ],
)
def test_parties_are_found_in_every_shape(body: bytes, legs: tuple[CallLeg, ...]) -> None:
    report = parse_report(body)
    assert isinstance(report, CallReport)
    assert report.legs == legs


@pytest.mark.parametrize("shape", ["flat", "call"])
@pytest.mark.parametrize(
    ("key", "party", "leg"), [("inbound", INBOUND, inbound()), ("outbound", OUTBOUND, outbound())]
)
def test_trunk_legs(shape: str, key: str, party: dict[str, str], leg: CallLeg) -> None:
    parties = {key: party, "ext": {"extid": "201"}}
    fields = parties if shape == "flat" else {"call": [{key: party}, {"ext": {"extid": "201"}}]}
    report = parse(action="RING", callid=CALL, **fields)
    assert isinstance(report, CallReport)
    assert report.legs == (leg, ext("201"))


def test_trunk_members_carry_their_state() -> None:
    member = {"from": "0551234", "to": "201", "trunkname": "city", "channelid": "C1"}
    report = parse(
        event="CallStatus",
        callid=CALL,
        members=[{"inbound": {**member, "memberstatus": "ALERT"}}],
    )
    assert isinstance(report, CallReport)
    assert report.legs == (inbound(leg_id="C1", state=LegState.DIALING),)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("ALERT", LegState.DIALING),
        ("RING", LegState.RINGING),
        ("ANSWERED", LegState.TALKING),
        ("ANSWER", LegState.TALKING),
        ("HOLD", LegState.ON_HOLD),
        ("BYE", LegState.ENDED),
        ("hold", LegState.ON_HOLD),
        ("SOMETHING", None),
    ],
)
def test_member_states(word: str, state: LegState | None) -> None:
    members = [{"ext": {"number": "201", "memberstatus": word}}]
    report = parse(event="CallStatus", callid=CALL, members=members)
    assert isinstance(report, CallReport)
    assert [leg.state for leg in report.legs] == [state]


@pytest.mark.parametrize("name_key", ["action", "event"])
@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("RING", CallEvent.RINGING),
        ("RI", CallEvent.RINGING),
        ("ALERT", CallEvent.DIALING),
        ("ANSWER", CallEvent.ANSWER),
        ("ANSWERED", CallEvent.ANSWERED),
        ("BYE", CallEvent.ENDED),
        ("Tranfer", CallEvent.TRANSFER),
        ("Transfer", CallEvent.TRANSFER),
        ("CallTransfer", CallEvent.TRANSFER),
        ("CallFailed", CallEvent.FAILED),
        ("Invite", CallEvent.INVITE),
        ("Incoming", CallEvent.INCOMING),
        ("CallStatus", CallEvent.STATUS),
        (" bye ", CallEvent.ENDED),
    ],
)
def test_every_name_of_a_call_report(name_key: str, name: str, event: CallEvent) -> None:
    report = parse(**{name_key: name}, callid=CALL, ext={"extid": "201"}, sn=SN)
    assert report == CallReport(
        name=name.strip(), serial=SN, call_id=CALL, event=event, legs=(ext("201"),)
    )


@pytest.mark.parametrize(
    ("reason", "expected"), [("486 Busy Here", "486 Busy Here"), (480, "480"), ("DND", "DND")]
)
def test_a_reason_may_be_a_number(reason: object, expected: str) -> None:
    report = parse(action="CallFailed", reason=reason, callid=CALL)
    assert isinstance(report, CallReport)
    assert report.reason == expected


def test_start() -> None:
    assert parse(action="BootUp") == BootUpReport(name="BootUp", serial="")
    assert parse(event="BootUp", sn=SN) == BootUpReport(name="BootUp", serial=SN)


@pytest.mark.parametrize(
    ("fields", "item", "key", "operation"),
    [
        (
            {"type": "extension", "extid": "201", "operation": "update"},
            "extension",
            "201",
            "update",
        ),
        ({"type": "trunk", "trunkname": "city", "operation": "del"}, "trunk", "city", "del"),
        ({"type": "Trunk", "trunkname": "city", "operation": "Add"}, "trunk", "city", "add"),
        ({"type": "extension", "number": 201, "operation": "add"}, "extension", "201", "add"),
        ({"extid": "201"}, "extension", "201", ""),
        ({"trunkname": "city"}, "trunk", "city", ""),
        ({}, "", "", ""),
    ],
)
def test_changed_configuration(fields: dict[str, Any], item: str, key: str, operation: str) -> None:
    assert parse(action="ConfigChange", sn=SN, **fields) == ConfigChangeReport(
        name="ConfigChange", serial=SN, item=item, key=key, operation=operation
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Ringing", ExtensionStatus.RINGING),
        ("Busy", ExtensionStatus.BUSY),
        ("InUse", ExtensionStatus.BUSY),
        ("Idle", ExtensionStatus.IDLE),
        ("Registered", ExtensionStatus.IDLE),
        ("Unregistered", ExtensionStatus.UNAVAILABLE),
        ("unavailable", ExtensionStatus.UNAVAILABLE),
        ("Hold", ExtensionStatus.ON_HOLD),
        ("Malfunction", ExtensionStatus.FAULT),
        ("Dancing", None),
        ("", None),
        (None, None),
        (["Busy"], ExtensionStatus.BUSY),
        ({"a": 1}, None),
    ],
)
def test_extension_status(word: object, status: ExtensionStatus | None) -> None:
    report = parse(action="ExtensionStatus", extension="201", status=word, sn=SN)
    assert report == ExtensionStatusReport(
        name="ExtensionStatus", serial=SN, extension="201", status=status
    )


@pytest.mark.parametrize(
    "number", [b"1000", b'"1000"', b'" 1000 "', b'["1000"]', b'"\\u0031000"', b'"1000\\u0000"']
)
def test_a_number_becomes_text_exactly(number: bytes) -> None:
    body = b'{"action":"ExtensionStatus","extension":%b,"status":"Idle"}' % number
    report = parse_report(body)
    assert isinstance(report, ExtensionStatusReport)
    assert report.extension == "1000"


@pytest.mark.parametrize("number", [b"00123", b'"00123"'])
def test_leading_zeros_are_kept_or_refused_but_never_lost(number: bytes) -> None:
    body = b'{"action":"ExtensionStatus","extension":%b,"status":"Idle"}' % number
    try:
        report = parse_report(body)
    except ReportError:
        assert number == b"00123"  # JSON has no such number
    else:
        assert isinstance(report, ExtensionStatusReport)
        assert report.extension == "00123"


def test_a_call_id_that_is_no_string_keeps_its_digits() -> None:
    report = parse_report(b'{"action":"BYE","callid":1700000000.10}')
    assert isinstance(report, CallReport)
    assert report.call_id == "1700000000.10"


def test_the_address_of_a_phone() -> None:
    report = parse(event="ExtensionStatus", extension="201", status="Idle", registeredIP="10.0.0.5")
    assert isinstance(report, ExtensionStatusReport)
    assert report.address == "10.0.0.5"
    assert "10.0.0.5" not in repr(report)


@pytest.mark.parametrize("key", ["trunk", "trunkname"])
def test_trunk_status(key: str) -> None:
    report = parse(action="TrunkStatus", **{key: "city"}, status="Unregistered")
    assert report == TrunkStatusReport(
        name="TrunkStatus", trunk="city", status=TrunkStatus.UNREGISTERED
    )


RECORD = {
    "callid": CALL,
    "timestart": "2026-03-01 12:00:05",
    "callfrom": "201",
    "callto": "0551234",
    "status": "ANSWERED",
    "type": "Outbound",
}


@pytest.mark.parametrize("shape", ["action", "event"])
def test_call_record(shape: str) -> None:
    report = parse(
        **{shape: "NewCdr"},
        **RECORD,
        callduraction="29",
        talkduraction="21",
        srctrunkname="a",
        dsttrcunkname="b",
        recording="r.wav",
        didnumber="99",
        pincode="1",
        agentringtime="0",
        sn=SN,
    )
    assert report == CallRecordReport(
        name="NewCdr",
        serial=SN,
        record=CallRecord(
            call_id=CALL,
            started="2026-03-01 12:00:05",
            caller="201",
            callee="0551234",
            source_trunk="a",
            destination_trunk="b",
            duration=29,
            talk_duration=21,
            outcome="answered",
            direction="outbound",
            did="99",
            recording="r.wav",
        ),
    )


@pytest.mark.parametrize("key", ["desttrunkname", "dsttrcunkname", "dstrunkname", "dsttrunkname"])
def test_every_spelling_of_the_destination_trunk(key: str) -> None:
    report = parse(action="NewCdr", **RECORD, **{key: "city"})
    assert isinstance(report, CallRecordReport)
    assert report.record.destination_trunk == "city"


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("ANSWERED", "answered"),
        ("NO ANSWER", "no_answer"),
        ("NO ANSWERED", "no_answer"),
        ("NOANSWER", "no_answer"),
        ("BUSY", "busy"),
        ("FAILED", "failed"),
        ("VOICEMAIL", "voicemail"),
    ],
)
def test_every_outcome(word: str, outcome: str) -> None:
    report = parse(action="NewCdr", **{**RECORD, "status": word})
    assert isinstance(report, CallRecordReport)
    assert report.record.outcome == outcome


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0), ("12", 12), (12, 12), ("", None), ("-3", None), ("12.5", None), ("9" * 5000, None)],
)
@pytest.mark.parametrize("key", ["talkduraction", "talkduration"])
def test_durations(key: str, value: object, seconds: int | None) -> None:
    report = parse(action="NewCdr", **RECORD, **{key: value})
    assert isinstance(report, CallRecordReport)
    assert report.record.talk_duration == seconds


@pytest.mark.parametrize("name", ["DTMF", "DTMF event", "KeyPress"])
def test_pressed_key(name: str) -> None:
    call = [{"ext": {"extid": "201"}}]
    report = parse(action=name, callid=CALL, call=call, info="#", flag="3", infos="12#")
    assert report == KeyReport(
        name=name, call_id=CALL, legs=(ext("201"),), key="#", keys="12#", index=3
    )


def test_pressed_key_without_an_index() -> None:
    report = parse(action="DTMF", callid=CALL, outbound=OUTBOUND, info=5)
    assert report == KeyReport(name="DTMF", call_id=CALL, legs=(outbound(),), key="5")


def test_end_of_a_prompt() -> None:
    assert parse(action="PlayPromptEnd", callid=CALL, ext={"extid": "201"}, prompt="hello") == (
        PromptEndReport(name="PlayPromptEnd", call_id=CALL, legs=(ext("201"),), prompt="hello")
    )


@pytest.mark.parametrize("ivr", [{"ivrid": "6400"}, {"number": "6400"}, "6400", 6400])
def test_end_of_a_prompt_of_an_ivr(ivr: object) -> None:
    members = [{"ext": {"extid": "201"}}]
    report = parse(action="PlayPromptEnd", callid=CALL, call=members, ivr=ivr, playtonum="201")
    assert report == PromptEndReport(
        name="PlayPromptEnd", call_id=CALL, legs=(ext("201"),), ivr="6400", played_to="201"
    )


def test_survey_and_message() -> None:
    assert parse(event="satisfaction", callid=CALL, surveyresult="4") == SurveyReport(
        name="satisfaction", call_id=CALL, result="4"
    )
    assert parse(action="sms-send", smsid="7", status="Success") == MessageReport(
        name="sms-send", message_id="7", status="success"
    )


@pytest.mark.parametrize("name", ["uaCSTACallStatus", "Voicemail", "x" * 300])
def test_unknown_names_are_told_apart_from_rubbish(name: str) -> None:
    assert parse(event=name, sn=SN) == UnknownReport(name=name[:255], serial=SN)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"action":"BootUp","sn":"5",}', id="trailing comma"),
        pytest.param(b'{"action":"BootUp","sn":"5",\r\n \t}', id="trailing comma and blanks"),
        pytest.param(b'{"action":"BootUp","x":["1","2",],"sn":"5"}', id="trailing comma in array"),
        pytest.param(b'{action:"BootUp",sn:"5"}', id="unquoted keys"),
        pytest.param(b'{"action":"BootUp", sn : "5"}', id="one unquoted key"),
        pytest.param(b'{"action":"BootUp","x":", }{a:","sn":"5",}', id="marks inside of a string"),
        pytest.param(b'{"action":"BootUp","sn":"5"}garbage', id="garbage behind"),
        pytest.param(b'{"action":"BootUp","sn":"5"}{"action":"x"}', id="second object behind"),
        pytest.param(b'{"action":"BootUp","sn":"5"}\x00\x00', id="NUL behind"),
        pytest.param(b'\xef\xbb\xbf{"action":"BootUp","sn":"5"}', id="byte order mark"),
        pytest.param(b'\r\n\t {"action":"BootUp","sn":"5"}\r\n', id="blanks around"),
        pytest.param(b'{"action":"BootUp","x":"\xff\xfe","sn":"5"}', id="no UTF-8"),
        pytest.param(b'{"action":"BootUp","x":"a\nb\tc","sn":"5"}', id="line feed in a string"),
        pytest.param(b'{"action":"BootUp","sn":5}', id="integer"),
        pytest.param(b'{"action":"BootUp","x":NaN,"y":-Infinity,"sn":"5"}', id="no numbers"),
    ],
)
def test_slips_are_forgiven(body: bytes) -> None:
    assert parse_report(body) == BootUpReport(name="BootUp", serial="5")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{}",
        b"[]",
        b"null",
        b"1234",
        b'"text"',
        b"<html></html>",
        b'{"action":"BootUp"',
        b'{"action":"BootUp","sn":"5',
        b'{"action":BootUp}',
        b'{"action":null}',
        b'{"action":{"a":"BootUp"}}',
        b'{"action":""}',
        b'{"action":true}',
        b'{"sn":"5"}',
        b'{"status":"Success"}',
        b'{"action":"BYE"}',
        b'{"action":"NewCdr"}',
        b'{"action":"DTMF","info":"1"}',
        b'{"action":"ExtensionStatus","status":"Busy"}',
        b'{"action":"TrunkStatus","status":"Registered"}',
        b"\x16\x03\x01\x02\x00\x01\x00",
        '{"action":"BootUp”}'.encode(),
    ],
)
def test_what_says_nothing_is_refused(body: bytes) -> None:
    with pytest.raises(ReportError) as caught:
        parse_report(body)
    assert "BootUp" not in str(caught.value)
