"""Call records as a file: a permission that lives 30 seconds, then one download (Yeastar)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from pbx_simulator import Simulator

from .conftest import Client, Clock

pytestmark = pytest.mark.parametrize("dialect", ["yeastar-v1", "yeastar-v2"])
DAY = {"starttime": "2026-09-21 00:00:00", "endtime": "2026-09-21 23:59:59"}


@pytest.fixture
async def key(sim: Simulator, client: Client) -> str:
    """Return the dialect's key of an extension; 1000 has called 1001 in vain, and 1002 1003."""
    await client.login()
    for caller, callee in (("1000", "1001"), ("1002", "1003")):
        call = await sim.calls.place(caller, callee)
        await call.ring()
        await call.hang_up()
    return "number" if sim.config.dialect == "yeastar-v2" else "extid"


async def permit(client: Client, **asked: str) -> dict[str, str]:
    """Return the answer to a request for a permission, without the status."""
    answer = await client.ask("cdr/get_random", **asked)
    return {name: value for name, value in answer.items() if name != "status"}


async def fetch(client: Client, query: Mapping[str, str], source: str = "127.0.0.1") -> str:
    connector = aiohttp.TCPConnector(local_addr=(source, 0), force_close=True)
    params = {**query, "token": client.token}
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(client.url("cdr/download"), params=params) as response,
    ):
        return (await response.read()).decode("utf-8-sig")


async def test_the_file(sim: Simulator, client: Client, key: str) -> None:
    permission = await permit(client, **{key: "1001"}, **DAY)
    assert list(permission) == [key, "starttime", "endtime", "random"]
    header, line, *more = (await fetch(client, permission)).splitlines()
    assert header == (
        "callid,timestart,callfrom,callto,callduration,talkduration,srctrunkname,dsttrunkname,"
        "pincode,status,type,recording,didnumber,agentringtime"
    )
    call_id = sim.calls.records[0].call_id
    assert line == f"{call_id},2026-09-21 15:13:20,1000,1001,0,0,,,,NO ANSWER,Internal,,,0"
    assert more == []
    assert "20020" in await fetch(client, permission), "it works once"


@pytest.mark.parametrize(
    ("wanted", "records"), [("all", 2), ("1000", 1), ("1000,1003", 2), ("1000,1001", 1)]
)
async def test_records_of_an_extension(client: Client, key: str, wanted: str, records: int) -> None:
    content = await fetch(client, await permit(client, **{key: wanted}, **DAY))
    assert len(content.splitlines()) == 1 + records


async def test_the_span_includes_both_ends(client: Client, key: str) -> None:
    moment = "2026-09-21 15:13:20"
    permission = await permit(client, **{key: "all"}, starttime=moment, endtime=moment)
    assert len((await fetch(client, permission)).splitlines()) == 3
    later = "2026-09-21 15:13:21"
    permission = await permit(client, **{key: "all"}, starttime=later, endtime=later)
    assert "20021" in await fetch(client, permission)


async def test_it_lives_half_a_minute(client: Client, clock: Clock, key: str) -> None:
    permission = await permit(client, **{key: "all"}, **DAY)
    clock.move(31)
    assert "20020" in await fetch(client, permission)


@pytest.mark.parametrize("changed", ["starttime", "random", "key"])
async def test_another_file_than_permitted(client: Client, key: str, changed: str) -> None:
    permission = await permit(client, **{key: "all"}, **DAY)
    wrong = permission | {key if changed == "key" else changed: "1004"}
    assert "20020" in await fetch(client, wrong)


async def test_addresses_that_may_fetch_it(client: Client, key: str) -> None:
    """The address that asked may, and the one that it allowed."""
    assert "20015" in await fetch(
        client, await permit(client, **{key: "all"}, **DAY), source="127.0.0.2"
    )
    allowed = {key: "all", **DAY, "allowedip": "127.0.0.2"}
    assert "callid" in await fetch(client, await permit(client, **allowed), source="127.0.0.2")
    assert "callid" in await fetch(client, await permit(client, **allowed))


@pytest.mark.parametrize(
    ("changes", "errno"),
    [
        ({"starttime": "today"}, "20019"),
        ({"endtime": "2026-09-21"}, "20019"),
        ({"starttime": ""}, "10004"),
        ({"extension": ""}, "10004"),
        ({"extension": "1000,99"}, "10006"),
    ],
)
async def test_wrong_requests(
    client: Client, key: str, changes: dict[str, str], errno: str
) -> None:
    asked: dict[str, Any] = {key: changes.get("extension", "all")} | DAY
    asked |= {name: value for name, value in changes.items() if name != "extension"}
    assert (await client.ask("cdr/get_random", **asked))["errno"] == errno
