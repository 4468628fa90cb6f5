"""The checks of call-control requests, and the requests that each dialect has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pbx_simulator import Simulator
from pbx_simulator.calls.legs import LegState
from pbx_simulator.calls.model import CallState

from .conftest import Client

OLD, V1, V2 = {"openvox", "yeastar-v1"}, {"yeastar-v1"}, {"yeastar-v2"}
YEASTAR = V1 | V2

# Required parameters of each request (pbx-api, sections 7 and 8), and who has it.
REQUIRED: dict[str, tuple[set[str], str]] = {
    "extension/dial_extension": (OLD, "caller callee"),
    "extension/dial_outbound": (OLD, "extid outto"),
    "outbound/dial_outbound": (OLD, "caller outto"),
    "ivr/dial_extension": (V1, "ivrid extid"),
    "ivr/dial_outbound": (V1, "ivrid outto fromext"),
    "queue/dial_outbound": (V1, "queueid outto fromext"),
    "ringgroup/dial_outbound": (V1, "ringgroupid outto fromext"),
    "extension/hangup": (OLD, "extid"),
    "inbound/hangup": (OLD, "inboundid"),
    "outbound/hangup": (OLD, "outboundid"),
    "extension/hold": (OLD, "extid"),
    "extension/unhold": (OLD, "extid"),
    "extension/mute": (OLD, "extid"),
    "extension/unmute": (OLD, "extid"),
    "extension/listen": (V1, "listener listenedext"),
    "extension/whisper": (OLD, "whisperer whisperedext"),
    "extension/barge": (OLD, "bargein bargedext"),
    "extension/playprompt": (OLD, "extid prompt"),
    "outbound/playprompt": (V1, "outto prompt fromext"),
    "inbound/transfer_extension": (V1, "inboundid extid"),
    "inbound/transfer_outbound": (V1, "inboundid outto fromext"),
    "inbound/transfer_ivr": (V1, "inboundid ivrid"),
    "inbound/transfer_queue": (V1, "inboundid queueid"),
    "inbound/transfer_ringgroup": (V1, "inboundid ringgroupid"),
    "inbound/transfer_number": (V1, "inboundid number"),
    "outbound/transfer_extension": (V1, "outboundid extid"),
    "outbound/transfer_outbound": (V1, "outboundid outto fromext"),
    "outbound/transfer_ivr": (V1, "outboundid ivrid"),
    "outbound/transfer_number": (V1, "outboundid number"),
    "calltransfer": (V1, "callid transferor transferto"),
    "inbound/accept": (V1, "inboundid"),
    "inbound/refuse": (V1, "inboundid"),
    "sms/send": (YEASTAR, "trunk phonenumber message"),
    "call/dial": (V2, "caller callee"),
    "call/hangup": (V2, "channelid"),
    "call/hungup": (V2, "channelid"),
    "call/hold": (V2, "channelid"),
    "call/unhold": (V2, "channelid"),
    "call/mute": (V2, "channelid"),
    "call/unmute": (V2, "channelid"),
    "call/transfer": (V2, "channelid number"),
    "call/attended_transfer": (V2, "channelid tonumber"),
    "call/attended_transfer_operate": (V2, "channelid operate"),
    "call/callpark": (V2, "channelid"),
    "call/listen": (V2, "monitor extension type"),
    "call/playprompt": (V2, "number prompt"),
    "call/accept_inbound": (V2, "channelid"),
    "call/refuse_inbound": (V2, "channelid"),
}
GOOD = {
    "outto": "0301234",
    "number": "1003",
    "tonumber": "1003",
    "transferto": "1003",
    "ivrid": "6500",
    "queueid": "6700",
    "ringgroupid": "6200",
    "fromext": "1000",
    "prompt": "welcome",
    "trunk": "gsm",
    "phonenumber": "0171",
    "message": "Hallo",
    "operate": "swap",
    "type": "listen",
    "monitor": "1004",
    "listener": "1004",
    "whisperer": "1004",
    "bargein": "1004",
    "callee": "1002",
}


@pytest.fixture
async def values(sim: Simulator, client: Client) -> dict[str, str]:
    """Return a value for every parameter; an outside caller talks to 1000, which calls out, too."""
    sim.knobs.strict_versions = sim.knobs.strict_parameters = True
    await client.login()
    gsm = sim.directory.add_trunk("gsm")
    gsm.type, gsm.status = "GSM", "idle"
    inbound = await sim.calls.inbound("trunk-1", "0309999", "1000")
    outbound = await sim.calls.outbound("1001", "0308888")
    for call in (inbound, outbound):
        await call.ring()
        await call.answer()
    return GOOD | {
        "inboundid": inbound.caller.leg_id,
        "outboundid": outbound.callee.leg_id,
        "channelid": inbound.callee.channel_id,
        "callid": inbound.call_id,
    }


def body_of(endpoint: str, values: dict[str, str]) -> dict[str, Any]:
    return {key: values.get(key, "1000") for key in REQUIRED[endpoint][1].split()}


def wrong_bodies(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return bodies that lack a parameter, or have one that is empty or no text."""
    for key in body:
        yield {name: value for name, value in body.items() if name != key} | {"other": "1"}
        for value in ("", None, 1000, ["1000"], {"extid": "1000"}, True):
            yield body | {key: value}


# Empty texts of a message have error numbers of their own.
OWN_NUMBER = {("sms/send", "phonenumber"): "10028", ("sms/send", "message"): "10030"}


@pytest.mark.parametrize("endpoint", REQUIRED)
async def test_required_parameters(
    sim: Simulator, client: Client, values: dict[str, str], endpoint: str, dialect: str
) -> None:
    """A body that lacks one is answered 10004, and nothing happens."""
    if dialect not in REQUIRED[endpoint][0]:
        assert (await client.ask(endpoint, **body_of(endpoint, values)))["errno"] == "10003"
        return
    before = [(call, call.state) for call in sim.calls.live.values()]
    for body in wrong_bodies(body_of(endpoint, values)):
        empty = next((key for key, value in body.items() if value == ""), "")
        expected = OWN_NUMBER.get((endpoint, empty), "10004")
        assert (await client.ask(endpoint, **body))["errno"] == expected, body
    assert (await client.ask(endpoint))["errno"] == "20009"
    assert [(call, call.state) for call in sim.calls.live.values()] == before


@pytest.mark.parametrize("endpoint", REQUIRED)
async def test_what_has_all_parameters_is_carried_out_or_refused_by_the_state(
    client: Client, values: dict[str, str], endpoint: str, dialect: str
) -> None:
    if dialect in REQUIRED[endpoint][0]:
        body = body_of(endpoint, values) | {"fromext": "1000"}
        answer = await client.ask(endpoint, **body)
        assert answer.get("errno") in (None, "10006", "10007", "10008", "10015", "10016"), answer


@pytest.mark.parametrize(
    ("dialect", "endpoint", "changes", "errno"),
    [
        ("yeastar-v1", "extension/dial_extension", {"autoanswer": "maybe"}, "10004"),
        ("yeastar-v1", "extension/dial_outbound", {"outto": "030 12"}, "10031"),
        ("yeastar-v1", "extension/dial_outbound", {"outto": "0" * 32}, "10031"),
        ("yeastar-v1", "outbound/dial_outbound", {}, "10004"),
        ("openvox", "outbound/dial_outbound", {"caller": "0301"}, None),
        ("openvox", "outbound/dial_outbound", {"fromext": "99"}, "10006"),
        ("yeastar-v1", "outbound/transfer_number", {"number": "0301"}, "10004"),
        ("yeastar-v1", "outbound/transfer_number", {"number": "0301", "fromext": "1003"}, None),
        ("yeastar-v1", "inbound/transfer_number", {"number": "6700", "fromext": ""}, None),
        ("yeastar-v1", "calltransfer", {"transferto": "0301", "fromext": ""}, None),
        ("yeastar-v1", "calltransfer", {"callid": "1.1"}, "10007"),
        ("yeastar-v1", "calltransfer", {"transferor": "99"}, "10006"),
        ("yeastar-v2", "call/dial", {"callee": "6900"}, "10011"),
        ("yeastar-v2", "call/dial", {"caller": "1003", "callee": "a"}, "10031"),
        ("yeastar-v2", "call/dial", {"caller": "1003", "callee": "6700"}, None),
        ("yeastar-v2", "call/dial", {"caller": "6500", "callee": "0301"}, "10004"),
        ("yeastar-v2", "call/transfer", {"number": "0301"}, "10004"),
        ("yeastar-v2", "call/transfer", {"number": "0301", "dialpermission": "1003"}, None),
        ("yeastar-v2", "call/attended_transfer_operate", {"operate": "merge"}, "10004"),
        ("yeastar-v2", "call/listen", {"type": "spy"}, "10004"),
        ("yeastar-v2", "call/playprompt", {"count": "0"}, "10004"),
        ("yeastar-v2", "call/playprompt", {"volume": "21"}, "10004"),
        ("yeastar-v2", "call/playprompt", {"count": "2", "volume": "20"}, None),
        ("yeastar-v2", "call/playprompt", {"prompt": "welcome++record"}, "10023"),
        ("yeastar-v2", "sms/send", {"phonenumber": "mum"}, "10031"),
        ("yeastar-v2", "sms/send", {"message": "x" * 2001}, "10004"),
        ("yeastar-v2", "sms/send", {"message": "%E4%BD%A0%E5%A5%BD "}, None),
    ],
)
async def test_values(
    client: Client,
    values: dict[str, str],
    endpoint: str,
    changes: dict[str, str],
    errno: str | None,
) -> None:
    answer = await client.ask(endpoint, **body_of(endpoint, values) | changes)
    assert answer.get("errno") == errno, answer


@pytest.mark.parametrize("dialect", ["yeastar-v1", "yeastar-v2"])
async def test_services_can_be_asked_for(client: Client, values: dict[str, str]) -> None:
    key = "number" if client.version == "v2.0.0" else ""
    ivrs = await client.ask("ivr/query", **{key or "ivrid": "6500"})
    assert [each["ivrnumber"] for each in ivrs["ivr"]] == ["6500"]
    queues = await client.ask("queue/query")
    assert [(each["queuenumber"], each["agents"]) for each in queues["queues"]] == [
        ("6700", "1000,1001,1002,"),
        ("6701", "1000,1001,1002,"),
    ]
    assert (await client.ask("ivr/query", **{key or "ivrid": "6500,6700"}))["errno"] == "10012"
    assert (await client.ask("queue/query", **{key or "queueid": "99"}))["errno"] == "10013"


@pytest.mark.parametrize("dialect", ["yeastar-v2"])
async def test_a_v2_box_serves_v1_requests_unless_it_is_strict(
    sim: Simulator, client: Client, values: dict[str, str]
) -> None:
    sim.knobs.strict_versions = False
    answer = await client.ask("extension/hold", "v1.1.0", extid="1000")
    assert answer == {"status": "Success"}


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1"])
async def test_of_two_calls_the_one_that_fits_is_meant(
    sim: Simulator, client: Client, values: dict[str, str]
) -> None:
    """Hold and resume each find their call of an extension with a held and a live one."""
    first = sim.calls.of_extension("1000")[0]
    second = await sim.calls.inbound("trunk-2", "0307777", "1000")
    await client.ask("extension/hold", extid="1000")
    sim.directory.extensions["1000"].status = "idle"
    await second.ring()
    await second.answer()
    await client.ask("extension/hold", extid="1000")
    assert (first.state, second.state) == (CallState.HELD, CallState.HELD)
    await client.ask("extension/unhold", extid="1000")
    assert (first.state, first.callee.state) == (CallState.TALKING, LegState.ANSWER)
    await client.ask("extension/hangup", extid="1000")
    assert (first.live, second.state) == (False, CallState.HELD)
