"""Answers into models: every spelling, and whatever else may come."""

from collections.abc import Callable
from contextlib import suppress
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ippbx.pbx.errors import PbxError, PbxProtocolError
from custom_components.ippbx.pbx.model.lines import (
    VOICEMAIL,
    Extension,
    ExtensionSettings,
    ExtensionStatus,
    LegKind,
    SystemInfo,
    Trunk,
    TrunkStatus,
)
from custom_components.ippbx.pbx.uc.decode import (
    MAX_ITEMS,
    decode_answer,
    decode_calls,
    decode_extensions,
    decode_new_messages,
    decode_settings,
    decode_system,
    decode_token,
    decode_trunks,
    raise_failure,
)
from custom_components.ippbx.pbx.uc.dialects import (
    DEVICE_INFO,
    EXTENSION_SETTINGS,
    OPENVOX,
    YEASTAR_V1,
    YEASTAR_V2,
    Endpoint,
)
from custom_components.ippbx.pbx.uc.error_codes import error_for
from custom_components.ippbx.pbx.uc.reports.legs import MAX_LEGS

# What call control asks about one extension; its answer holds the settings of the phone, too.
QUERIED = Endpoint(path="extension/query", answers=("extinfos",))


def answer(**values: Any) -> dict[str, object]:
    """Return a success as it comes out of the wire."""
    return decode_answer(json.dumps({"status": "Success", **values}).encode())


def extensions(*items: Any) -> tuple[Extension, ...]:
    return decode_extensions(answer(extlist=list(items)), OPENVOX.extension_list)


def trunks(*items: Any) -> tuple[Trunk, ...]:
    return decode_trunks(answer(trunklist=list(items)), YEASTAR_V2.trunk_list)


def test_system_info() -> None:
    info = answer(
        deviceinfo={
            "devicename": "Yeastar S50",
            "sn": "112233445566",
            "hardwarever": "V2.0",
            "firmwarever": "30.14.0.1",
            "systemtime": "2026-03-02 08:15:00 UTC+1",
            "uptime": "12:34:56",
            "extensionstatus": "3/50",
        }
    )
    assert decode_system(info, DEVICE_INFO) == SystemInfo(
        serial="112233445566",
        name="Yeastar S50",
        hardware="V2.0",
        firmware="30.14.0.1",
        time="2026-03-02 08:15:00 UTC+1",
        uptime="12:34:56",
    )


@pytest.mark.parametrize(
    "device", [{}, [], {"sn": ""}, {"sn": None}, "x", None, {"devicename": "a"}]
)
def test_system_info_needs_a_serial_number(device: Any) -> None:
    with pytest.raises(PbxProtocolError):
        decode_system(answer(deviceinfo=device), DEVICE_INFO)


def test_serial_number_as_a_number() -> None:
    info = decode_system(answer(deviceinfo={"sn": 112233445566}), DEVICE_INFO)
    assert info.serial == "112233445566"


def test_extensions_of_both_families() -> None:
    assert extensions(
        {"extnumber": "1007", "status": "Registered", "type": "SIP", "username": "Zoë Quist"},
        {"number": "1008", "status": "Hold", "type": "pjsip", "username": ""},
        {"extnumber": "0100", "status": "Nowhere"},
    ) == (
        Extension(number="1007", name="Zoë Quist", kind="SIP", status=ExtensionStatus.IDLE),
        Extension(number="1008", kind="pjsip", status=ExtensionStatus.ON_HOLD),
        Extension(number="0100"),
    )


def test_extension_query_has_no_secret() -> None:
    item = {"extnumber": "1007", "registerpassword": "x", "status": "Busy", "dnd": "off"}
    found = decode_extensions(answer(extinfos=[item]), QUERIED)
    assert found == (Extension(number="1007", status=ExtensionStatus.BUSY),)


SETTINGS: dict[str, Any] = {
    "dnd": "off",
    "alwaysforward": "on",
    "atransferext": "1009",
    "atransferprefix": "9",
    "atransfernum": "0301234",
    "moblie": "0171555",
}


@pytest.mark.parametrize(
    ("more", "forward_to"),
    [
        ({"atransferto": "Extension"}, "1009"),
        ({"atransferto": "Custom Number"}, "90301234"),
        ({"atransferto": "custom number", "atransferprefix": ""}, "0301234"),
        ({"atransferto": "Mobile Number"}, "90171555"),
        ({"atransferto": "Mobile Number", "mobile": "0172555"}, "90172555"),
        ({"atransferto": "Mobile Number", "moblie": ""}, ""),  # the prefix alone is no number
        ({"atransferto": "Voicemail"}, VOICEMAIL),
        ({"atransferto": "IVR"}, ""),
        ({"atransferto": ""}, ""),
        ({"atransferto": ["Extension"]}, ""),
        ({}, ""),
        ({"atransferto": "Extension", "atransferext": "9" * 60_000}, ""),
        ({"atransferto": "Extension", "atransferext": "Zoë\n<b>"}, ""),
        ({"atransferto": "Extension", "atransferext": {"a": "b"}}, ""),
        ({"atransferto": "Extension", "atransferext": 1009}, "1009"),
    ],
)
def test_settings_of_an_extension(more: dict[str, Any], forward_to: str) -> None:
    for key in ("extnumber", "number", "extid"):
        item = {key: "1007", **SETTINGS, **more}
        (found,) = decode_settings(answer(extinfos=[item]), QUERIED)
        assert found == ExtensionSettings(
            number="1007", do_not_disturb=False, forwards=True, forward_to=forward_to
        )


def test_settings_that_a_pbx_does_not_tell() -> None:
    items = [{"extnumber": "1007"}, {"extnumber": "1008", "dnd": "perhaps", "alwaysforward": []}]
    assert decode_settings(answer(extinfos=items), QUERIED) == (
        ExtensionSettings(number="1007"),
        ExtensionSettings(number="1008"),
    )
    with pytest.raises(PbxProtocolError):
        decode_settings(answer(extinfos=[{"dnd": "on"}]), QUERIED)


@pytest.mark.parametrize(
    "bad",
    [
        None,
        7,
        "1008",
        [],
        {},
        ["1008"],
        {"extnumber": ""},
        {"extnumber": None},
        {"extnumber": ["1008"]},
        {"extnumber": {"a": "b"}},
        {"extnumber": True},
        {"extnumber": "9" * 60_000},
        {"username": "no number"},
    ],
)
def test_bad_extensions_are_left_out(bad: Any) -> None:
    assert extensions(bad, {"extnumber": "1007"}) == (Extension(number="1007"),)


def test_only_bad_extensions_are_no_answer() -> None:
    """Else all devices would go because of one mistake of the PBX."""
    with pytest.raises(PbxProtocolError):
        extensions({"username": "a"}, None)
    with pytest.raises(PbxProtocolError):
        extensions(None)
    assert extensions() == ()


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_is_no_list_of_extensions(nothing: str | None) -> None:
    """A PBX has some; of trunks and calls it is an empty list."""
    with pytest.raises(PbxProtocolError):
        decode_extensions(answer(extlist=nothing), OPENVOX.extension_list)
    assert decode_trunks(answer(trunklist=nothing), OPENVOX.trunk_list) == ()


def test_numbers_of_any_size() -> None:
    body = b'{"status":"Success","extlist":[{"extnumber":%s},{"extnumber":1007,"username":%s}]}'
    huge = b"7" * 60_000
    (found,) = decode_extensions(decode_answer(body % (huge, huge)), OPENVOX.extension_list)
    assert found.number == "1007"
    assert len(found.name) <= 256


def test_one_extension_without_a_list() -> None:
    found = decode_extensions(answer(extlist={"extnumber": "1007"}), OPENVOX.extension_list)
    assert found == (Extension(number="1007"),)


def test_the_first_of_two_extensions_with_one_number_stays() -> None:
    found = extensions(
        {"extnumber": "1007", "username": "first"}, {"extnumber": "1007", "username": "second"}
    )
    assert [extension.name for extension in found] == ["first"]


def test_text_can_be_stored() -> None:
    name = b" a\\ud800\\u0000b\xff\\n "
    raw = b'{"status":"Success","extlist":[{"extnumber":"1007","username":"%b"}]}' % name
    (found,) = decode_extensions(decode_answer(raw), OPENVOX.extension_list)
    assert found.name == "a  b\ufffd"
    assert found.name.encode()


@pytest.mark.parametrize("end", [b"\0", b"\r\n\0\0", b" \n"])
def test_slips_of_a_server_in_c(end: bytes) -> None:
    """It sends a name as it was typed, and the end of its text."""
    raw = b'{"status":"Success","extlist":[{"extnumber":"1007","username":"Hall\t\x01door"}]}'
    (found,) = decode_extensions(decode_answer(raw + end), OPENVOX.extension_list)
    assert found.name == "Hall  door"


def test_no_more_than_anybody_could_have() -> None:
    """An answer of four megabytes would be 200,000 devices, and a call of as many parties."""
    many = MAX_ITEMS + 1
    assert len(extensions(*({"extnumber": str(number)} for number in range(many)))) == MAX_ITEMS
    assert len(trunks(*({"trunkname": f"t{number}"} for number in range(many)))) == MAX_ITEMS
    parties = [{"ext": {"number": str(number)}} for number in range(MAX_LEGS + 1)]
    callees = [{"number": str(number)} for number in range(MAX_LEGS + 1)]
    found = decode_calls(
        answer(
            calls=[
                {"callid": "7.1", "members": parties},
                {"callid": "7.2", "callee": callees, "status": "RING"},
                *({"callid": f"8.{number}"} for number in range(many)),
            ]
        ),
        YEASTAR_V2.inbound_calls,
        LegKind.INBOUND,
    )
    assert len(found) == MAX_ITEMS
    assert [len(call.legs) for call in found[:3]] == [MAX_LEGS, MAX_LEGS, 1]


def test_trunks_of_each_dialect() -> None:
    items = [{"trunkname": "to-town", "status": "Registered", "type": "SIP"}]
    town = Trunk(key="to-town", name="to-town", kind="SIP", status=TrunkStatus.REGISTERED)
    for endpoint in (OPENVOX.trunk_list, YEASTAR_V1.trunk_list):
        for key in ("trunkname", "trunklist"):
            assert decode_trunks(answer(**{key: items}), endpoint) == (town,)
    assert trunks({**items[0], "id": 7}) == (
        Trunk(key="7", name="to-town", kind="SIP", status=TrunkStatus.REGISTERED),
    )


def test_no_trunks() -> None:
    for nothing in ({}, {"trunklist": []}, {"trunklist": None}, {"trunkname": ""}):
        assert decode_trunks(answer(**nothing), OPENVOX.trunk_list) == ()


@pytest.mark.parametrize("bad", [None, {"id": "3"}, {"id": "9" * 300, "trunkname": "x"}, {"a": 1}])
def test_bad_trunks_are_left_out(bad: Any) -> None:
    assert trunks(bad, {"trunkname": "good"}) == (Trunk(key="good", name="good"),)


def test_unknown_error_numbers() -> None:
    assert type(error_for(10006)).__name__ == "PbxRequestError"
    with pytest.raises(PbxError, match="an error without a number"):
        raise_failure({"status": "Failed", "errno": "many"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "status",
                    "errno",
                    "token",
                    "extlist",
                    "trunklist",
                    "trunkname",
                    "calls",
                    "members",
                    "ext",
                    "inbound",
                    "callid",
                    "number",
                    "extnumber",
                    "id",
                    "callee",
                    "sn",
                    "deviceinfo",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


DECODERS: list[Callable[[dict[str, object]], object]] = [
    lambda found: raise_failure(found) or found,
    lambda found: decode_extensions(found, YEASTAR_V2.extension_list),
    lambda found: decode_trunks(found, OPENVOX.trunk_list),
    lambda found: decode_calls(found, YEASTAR_V2.inbound_calls, LegKind.INBOUND),
    lambda found: decode_calls(found, OPENVOX.inbound_calls, LegKind.INBOUND),
    lambda found: decode_system(found, DEVICE_INFO),
    lambda found: decode_settings(found, EXTENSION_SETTINGS),
    decode_token,
]


@given(JSON, st.sampled_from(DECODERS))
def test_any_json_is_a_model_or_an_error_of_ours(
    value: Any, decode: Callable[[dict[str, object]], object]
) -> None:
    body = json.dumps(value).encode()
    for wrapped in (
        body,
        b'{"status":"Success","extlist":%s,"calls":%s,"extinfos":%s}' % ((body,) * 3),
    ):
        with suppress(PbxError):
            assert decode(decode_answer(wrapped)) is not None


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_an_error_of_ours(body: bytes) -> None:
    with suppress(PbxProtocolError):
        assert decode_answer(body)["status"]


@pytest.mark.parametrize(
    ("items", "refused"),
    [
        (b"{}," * 32_766 + b"{}", "too many parts"),
        (b"{}," * 32_765 + b"{}", ""),
        (b"1," * 262_143 + b"1", "too many parts"),
        (b"1," * 262_140 + b"1", ""),
        (b"[" * 31 + b"]" * 31, "too deeply"),
        (b"[" * 30 + b"]" * 30, ""),
        (b"[],{}," * 60 + b"{}", ""),
        (b'"' + b"[" * 100 + b'"', ""),
        (rb'"\\\"' + b"[" * 100 + b'"', ""),
        (rb'"\\\\",' + b"[" * 31 + b"]" * 31, "too deeply"),
        (b'"' * 21 + b"[" * 100, "not JSON"),
    ],
    ids=[
        "brackets",
        "not too many brackets",
        "values",
        "not too many values",
        "deep",
        "not too deep",
        "beside each other",
        "in a text",
        "behind an escaped quote",
        "behind an escaped backslash",
        "in no text that ends",
    ],
)
def test_answers_have_limits(items: bytes, refused: str) -> None:
    body = b'{"status":"Success","extlist":[%s]}' % items
    if not refused:
        assert decode_answer(body)["status"] == "Success"
        return
    with pytest.raises(PbxProtocolError, match=refused):
        decode_answer(body)


def test_new_messages_are_those_unread_even_without_commas_between_them() -> None:
    """As the documented sample has them."""
    box = '{"extid":"1000","voicemail":[%s]}'
    heard, new = '{"voicemailstatus":"read","messagefrom":"} {"}', '{"voicemailstatus":"Unread"}'
    for messages, count in (("", 0), (f"{heard}\n {new}{new}", 2), (f"{new},{heard}", 1)):
        text = f'{{"status":"Success","voicemails":[{box % messages}]}}'
        answer = decode_answer(text.encode())
        assert decode_new_messages(answer, YEASTAR_V1.voicemails) == count
    assert decode_new_messages({"status": "Success"}, YEASTAR_V1.voicemails) == 0
