"""Every name of a report means what the documents say."""

from datetime import UTC, datetime
import json
from typing import Any

import pytest

from custom_components.ippbx.pbx.errors import ReportError
from custom_components.ippbx.pbx.model.events import (
    BootUpReport,
    CallEvent,
    CallRecordReport,
    CallReport,
    ConfigChangeReport,
    ExtensionStatusReport,
    FailureReason,
    KeyReport,
    MessageReport,
    PbxEvent,
    PromptEndReport,
    SurveyReport,
    TrunkStatusReport,
    UnknownReport,
)
from custom_components.ippbx.pbx.model.lines import (
    CallLeg,
    CallRecord,
    ExtensionStatus,
    LegKind,
    TrunkStatus,
)
from custom_components.ippbx.pbx.uc.reports.parse import (
    _MAX_KNOWN,
    _MAX_LENGTH,
    _known,
    parse_report,
)

SN = "a07001122334"
CALL = "1700000000.7"


def parse(**fields: Any) -> PbxEvent:
    return parse_report(json.dumps(fields).encode())


def ext(number: str, **more: Any) -> CallLeg:
    return CallLeg(kind=LegKind.EXTENSION, extension=number, **more)


def outbound(**more: Any) -> CallLeg:
    fields = {"caller": "201", "callee": "0551234", "trunk": "city", "leg_id": "1700000000.8"}
    return CallLeg(kind=LegKind.OUTBOUND, **{**fields, **more})


OUTBOUND = {"from": "201", "to": "0551234", "trunk": "city", "outboundid": "1700000000.8"}


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
        name=name.strip(),
        serial=SN,
        call_id=CALL,
        event=event,
        legs=(ext("201"),),
        reason=FailureReason.OTHER if event is CallEvent.FAILED else None,
    )


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("486 Busy Here", FailureReason.BUSY),
        (480, FailureReason.UNREACHABLE),
        ("DND", FailureReason.REFUSED),
        (None, FailureReason.OTHER),
    ],
)
def test_a_reason_may_be_a_number(reason: object, expected: FailureReason) -> None:
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
        ("Unregistered", ExtensionStatus.NOT_REGISTERED),
        ("unavailable", ExtensionStatus.NOT_REGISTERED),
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
            started=datetime.fromtimestamp(1700000000, UTC),
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
        PromptEndReport(name="PlayPromptEnd", call_id=CALL, legs=(ext("201"),))
    )


@pytest.mark.parametrize("ivr", [{"ivrid": "6400"}, {"number": "6400"}, "6400", 6400])
def test_end_of_a_prompt_of_an_ivr(ivr: object) -> None:
    members = [{"ext": {"extid": "201"}}]
    report = parse(action="PlayPromptEnd", callid=CALL, call=members, ivr=ivr, playtonum="201")
    assert report == PromptEndReport(
        name="PlayPromptEnd", call_id=CALL, legs=(ext("201"),), ivr="6400"
    )


def test_survey_and_message() -> None:
    assert parse(event="satisfaction", callid=CALL, surveyresult="4") == SurveyReport(
        name="satisfaction"
    )
    assert parse(action="sms-send", smsid="7", status="Success") == MessageReport(name="sms-send")


@pytest.mark.parametrize("name", ["uaCSTACallStatus", "Voicemail", "x" * 300])
def test_unknown_names_differ_from_rubbish(name: str) -> None:
    assert parse(event=name, sn=SN) == UnknownReport(name=name[:255], serial=SN)


def test_what_phones_report_all_day_is_parsed_once() -> None:
    """Of so many phones and words that it costs no memory to speak of."""
    words = {"action": "ExtensionStatus", "sn": SN, "status": "Busy"}
    first = parse(**words, extension="201")
    assert parse(**words, extension="201") is first
    for number in range(_MAX_KNOWN):
        parse(**words, extension=f"3{number}")
    parse(**words, extension="202", remark="x" * _MAX_LENGTH)
    assert len(_known) <= _MAX_KNOWN
    assert max(map(len, _known)) <= _MAX_LENGTH
    assert parse(**words, extension="201") == first
