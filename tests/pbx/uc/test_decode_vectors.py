"""Answers of real PBXes, where they lie beside the checkout: each is read to the right meaning."""

from contextlib import suppress
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.ippbx.pbx.errors import PbxError, PbxProtocolError
from custom_components.ippbx.pbx.model.lines import LegKind, LegState
from custom_components.ippbx.pbx.uc.decode import (
    decode_answer,
    decode_calls,
    decode_extensions,
    decode_system,
    decode_token,
    decode_trunks,
    raise_failure,
)
from custom_components.ippbx.pbx.uc.dialects import (
    DEVICE_INFO,
    OPENVOX,
    YEASTAR_V1,
    YEASTAR_V2,
    Endpoint,
)

# What call control asks about one extension; its answer holds the settings of the phone, too.
QUERIED = Endpoint(path="extension/query", answers=("extinfos",))
VECTORS = Path(__file__).parents[3].parent / "shared" / "vectors"
ANSWERS = sorted(VECTORS.rglob("*.response*.json"))

pytestmark = pytest.mark.skipif(not ANSWERS, reason="no shared/vectors beside the checkout")


def load(name: str) -> tuple[Any, dict[str, object]]:
    """Return a sample as plain JSON and as it is decoded."""
    body = (VECTORS / name).read_bytes()
    return json.loads(body), decode_answer(body)


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_answer_is_read(path: Path) -> None:
    body = path.read_bytes()
    try:
        plain = json.loads(body)
    except ValueError:
        if path.name.startswith("voicemail_query"):  # lacks the commas between its objects
            assert decode_answer(body)["status"] == "Success"
        else:
            with pytest.raises(PbxProtocolError):
                decode_answer(body)
        return
    if "status" not in plain:
        with suppress(PbxError):
            decode_answer(body)
        assert path.parent.name == "p-series"
    elif plain["status"] == "Success":
        raise_failure(decode_answer(body))
    else:
        named = rf"\b{plain['errno']}\b" if "errno" in plain else "without a number"
        with pytest.raises(PbxError, match=named):
            raise_failure(decode_answer(body))


@pytest.mark.parametrize(
    "name",
    [
        "yeastar-v1.0.1/login.response.json",
        "yeastar-v1.1.0/login.response.json",
        "yeastar-v2.0.0/login.response.json",
        "openvox-v0.0.1/login.response.json",
    ],
)
def test_tokens(name: str) -> None:
    plain, answer = load(name)
    assert decode_token(answer) == plain["token"]


def test_system() -> None:
    plain, answer = load("yeastar-v1.0.1/deviceinfo_query.response.json")
    info = decode_system(answer, DEVICE_INFO)
    assert info.serial == plain["deviceinfo"]["sn"]
    assert info.firmware == plain["deviceinfo"]["firmwarever"]


def test_extensions() -> None:
    for name, endpoint, list_key, number in (
        ("yeastar-v1.0.1/extensionlist_query", YEASTAR_V1.extension_list, "extlist", "extnumber"),
        ("yeastar-v1.0.1/extension_query", QUERIED, "extinfos", "extnumber"),
        ("yeastar-v2.0.0/extension_list", YEASTAR_V2.extension_list, "extlist", "number"),
    ):
        plain, answer = load(f"{name}.response.json")
        found = decode_extensions(answer, endpoint)
        assert [(each.number, each.name, each.kind) for each in found] == [
            (item[number], item["username"], item["type"]) for item in plain[list_key]
        ]
        for extension, item in zip(found, plain[list_key], strict=True):
            idle = item["status"] in ("Idle", "Registered")
            assert extension.status == ("idle" if idle else "not_registered")
            assert not item.keys() & {"vmsecret"} or item["registerpassword"] not in repr(answer)


def test_trunks() -> None:
    for name, endpoint, list_key in (
        ("yeastar-v1.0.1/trunklist_query", YEASTAR_V1.trunk_list, "trunklist"),
        ("yeastar-v2.0.0/trunk_list", YEASTAR_V2.trunk_list, "trunklist"),
        ("openvox-v0.0.1/trunklist_query", OPENVOX.trunk_list, "trunkname"),
    ):
        plain, answer = load(f"{name}.response.json")
        assert [
            (each.key, each.name, each.kind, each.status)
            for each in decode_trunks(answer, endpoint)
        ] == [
            (
                item.get("id", item["trunkname"]),
                item["trunkname"],
                item["type"],
                item["status"].lower().replace(" ", "_"),
            )
            for item in plain[list_key]
        ]


def test_calls() -> None:
    for name, endpoint, kind, list_key in (
        ("yeastar-v1.0.1/inbound_query", YEASTAR_V1.inbound_calls, LegKind.INBOUND, "inbound"),
        ("yeastar-v1.0.1/outbound_query", YEASTAR_V1.outbound_calls, LegKind.OUTBOUND, "outbound"),
    ):
        plain, answer = load(f"{name}.response.json")
        (item,) = plain[list_key]
        (call,) = decode_calls(answer, endpoint, kind)
        trunk = call.legs[0]
        assert (call.call_id, trunk.caller, trunk.callee, trunk.trunk, trunk.state) == (
            item[f"{list_key}id"],
            item["from"],
            item["to"],
            item["trunk"],
            LegState.TALKING,
        )
        assert [leg.extension for leg in call.legs[1:]] == [
            callee["extid"] for callee in item.get("callee", [])
        ]
