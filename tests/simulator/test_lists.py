"""Lists and queries of extensions, trunks and calls in each dialect."""

from __future__ import annotations

from typing import Any

import pytest

from pbx_simulator import Simulator

from .conftest import Client

LISTS = {
    "openvox": ("extensionlist/query", "extnumber", "trunklist/query", "trunkname"),
    "yeastar-v1": ("extensionlist/query", "extnumber", "trunklist/query", "trunklist"),
    "yeastar-v2": ("extension/list", "number", "trunk/list", "trunklist"),
}
IDLE = {"openvox": "Registered", "yeastar-v1": "Registered", "yeastar-v2": "Idle"}
BUSY = {"openvox": "InUse", "yeastar-v1": "Busy", "yeastar-v2": "Busy"}


async def test_extensions(sim: Simulator, client: Client) -> None:
    await client.login()
    endpoint, key, _, _ = LISTS[sim.config.dialect]
    await sim.set_extension_status("1001", "busy")
    await sim.set_extension_status("1002", "Unavailable")
    await sim.set_extension_status("1003", "Fxsnoport")
    found = (await client.ask(endpoint))["extlist"]
    assert [item[key] for item in found] == ["1000", "1001", "1002", "1003", "1004"]
    assert [item["status"] for item in found][:4] == [
        IDLE[sim.config.dialect],
        BUSY[sim.config.dialect],
        "Unavailable",
        "Fxsnoport",
    ]
    assert found[0]["username"] == "User 1000"


@pytest.mark.parametrize(("share", "extensions", "trunks"), [(0, 0, 0), (0.5, 2, 1), (1, 5, 2)])
async def test_lists_that_are_short(
    sim: Simulator, client: Client, share: float, extensions: int, trunks: int
) -> None:
    await client.login()
    endpoint, _, trunk_endpoint, trunks_key = LISTS[sim.config.dialect]
    sim.knobs.list_share = share
    assert len((await client.ask(endpoint))["extlist"]) == extensions
    assert len((await client.ask(trunk_endpoint))[trunks_key]) == trunks


async def test_trunks(sim: Simulator, client: Client) -> None:
    await client.login()
    _, _, endpoint, key = LISTS[sim.config.dialect]
    await sim.set_trunk_status("trunk-2", "Failure")
    found = (await client.ask(endpoint))[key]
    assert [item["trunkname"] for item in found] == ["trunk-1", "trunk-2"]
    lower = sim.config.dialect == "yeastar-v2"
    assert found[0]["status"] == ("registered" if lower else "Registered")
    assert found[1]["status"].lower() == "failure"
    assert [item.get("id") for item in found] == (["1", "2"] if lower else [None, None])


async def test_the_extension_query_gives_secrets_away(sim: Simulator, client: Client) -> None:
    await client.login()
    key = "number" if sim.config.dialect == "yeastar-v2" else "extid"
    found = (await client.ask("extension/query", **{key: "1000,1003"}))["extinfos"]
    assert [item["username"] for item in found] == ["User 1000", "User 1003"]
    assert {"registerpassword", "loginpassword", "vmsecret"} <= found[0].keys()
    extensions = (await client.ask("extension/query"))["extinfos"]
    assert len(extensions) == 5
    assert (await client.ask("extension/query", **{key: "77"}))["errno"] == "10006"


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1"])
async def test_live_calls_of_trunks(sim: Simulator, client: Client) -> None:
    await client.login()
    incoming = await sim.calls.inbound("trunk-1", "030111", did="555", to="1000")
    outgoing = await sim.calls.outbound("1001", "9030222", "trunk-2", strip=1)
    await incoming.ring()
    await outgoing.ring()
    await outgoing.answer()
    [found] = (await client.ask("inbound/query"))["inbound"]
    assert found == {
        "inboundid": incoming.call_id,
        "from": "030111",
        "to": "1000",
        "trunk": "trunk-1",
        "status": "Progress",
        "callee": [{"extid": "1000"}],
    }
    [found] = (await client.ask("outbound/query"))["outbound"]
    assert (found["from"], found["to"], found["status"]) == ("1001", "030222", "Talking")
    again = await client.ask("outbound/query", outboundid=found["outboundid"])
    assert again["outbound"] == [found]
    assert (await client.ask("inbound/query", inboundid="1.1"))["errno"] == "10007"


@pytest.mark.parametrize("dialect", ["yeastar-v2"])
async def test_live_calls_with_members(sim: Simulator, client: Client) -> None:
    await client.login()
    call = await sim.calls.inbound("trunk-1", "030111", to="1000")
    await call.ring()
    await call.answer()
    [found] = (await client.ask("call/query", type="inbound"))["calls"]
    line, phone = found["members"]
    assert found["callid"] == call.call_id
    assert line["inbound"]["memberstatus"] == "ANSWERED"
    assert phone["ext"] == {
        "number": "1000",
        "channelid": call.callee.channel_id,
        "memberstatus": "ANSWER",
    }
    assert (await client.ask("call/query", type="outbound"))["calls"] == []
    assert (await client.ask("call/query", callid="1.1"))["errno"] == "10005"
    [of_extension] = (await client.ask("extension/query_call", number="1000"))["calllist"]
    assert of_extension == {"number": "1000", "numbercalls": [found]}


async def test_internal_calls_show_in_the_extension_query(make_sim: Any, session: Any) -> None:
    sim = await make_sim("openvox")
    client = Client(sim, session)
    await client.login()
    call = await sim.calls.place("1000", "1001")
    await call.ring()
    found = (await client.ask("extension/query"))["extinfos"]
    assert [item.get("ext") for item in found[:3]] == [{"extid": "1001"}, {"extid": "1000"}, None]
