"""The checks of every request, its record, and faulty answers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from pbx_simulator import Simulator

from .conftest import Client, Clock


async def exchange(sim: Simulator, raw: bytes) -> bytes:
    """Send bytes to the PBX and return all that it answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", sim.port)
    writer.write(raw)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_a_request_is_remembered_as_it_stood_on_the_wire(sim: Simulator) -> None:
    head = (
        b"POST /api/v0.0.1/heartbeat?token=abc&type=json HTTP/1.1\r\n"
        b"host: pbx\r\nContent-Type:application/json; charset=utf-8\r\ncontent-length: 14\r\n\r\n"
    )
    body = b'{"port":"8260"'
    await exchange(sim, head + body)
    last = sim.requests[-1]
    assert (last.raw_head, last.body) == (head, body)
    assert (last.endpoint, last.version, last.source) == ("heartbeat", "v0.0.1", "127.0.0.1")
    assert (last.token_ok, last.errno) == (False, "20004")


async def test_an_openvox_answer_stands_on_the_wire_as_documented(make_sim: Any) -> None:
    sim = await make_sim("openvox")
    answer = await exchange(
        sim, b"POST /api/v0.0.1/deviceinfo/query?token= HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    assert answer == (
        b"HTTP/1.1 200 OK\r\nAccess-control-allow-origin: *\r\n"
        b"Access-control-allow-methods: GET, POST, OPTIONS, PUT, DELETE\r\n\r\n"
        b'{"status":"Failed","errno":"20005"}'
    )


async def test_methods_and_names(sim: Simulator, client: Client) -> None:
    async with client.session.get(client.url("deviceinfo/query", token="")) as response:
        assert (await response.json(content_type=None))["errno"] == "20001"
    await client.login()
    assert (await client.ask("no/such"))["errno"] == "10003"
    async with client.session.post(f"http://127.0.0.1:{sim.port}/elsewhere") as response:
        assert (await response.json(content_type=None))["errno"] == "10003"


@pytest.mark.parametrize(
    ("body", "errno"),
    [
        (b"", "20009"),
        (b"{}", "20007"),
        (b"<login/>", "10002"),
        (b'{"username":"api"', "20000"),
        (b"[1]", "20000"),
        (b'{"username":"api"}', "10004"),
        (b'{"username":"api","password":true}', "10004"),
        (b"[" * 100_000, "20000"),
        (b"\xff\xfe", "20000"),
    ],
)
async def test_bodies(sim: Simulator, client: Client, body: bytes, errno: str) -> None:
    async with client.session.post(client.url("login"), data=body) as response:
        assert (await response.json(content_type=None))["errno"] == errno
    assert sim.failed_logins == 0


@pytest.mark.parametrize(
    ("dialect", "strict", "version", "endpoint", "errno"),
    [
        ("openvox", True, "v0.0.1", "deviceinfo/query", "20005"),
        ("openvox", True, "v2.0.0", "deviceinfo/query", "10003"),
        ("openvox", False, "v2.0.0", "deviceinfo/query", "20005"),
        ("openvox", False, "v2.0.0", "extension/list", "10003"),
        ("yeastar-v1", False, "v1.0.1", "extensionlist/query", "20005"),
        ("yeastar-v1", False, "v2.0.0", "deviceinfo/query", "20005"),
        ("yeastar-v1", False, "v2.0.0", "extension/list", "10003"),
        ("yeastar-v1", True, "v2.0.0", "deviceinfo/query", "10003"),
        ("yeastar-v1", True, "v1.10", "login", "20009"),
        ("yeastar-v1", True, "v1.10", "heartbeat", "10003"),
        ("yeastar-v2", False, "v2.0.0", "extension/list", "20005"),
        ("yeastar-v2", False, "v1.1.0", "extensionlist/query", "20005"),
        ("yeastar-v2", True, "v1.1.0", "deviceinfo/query", "10003"),
        ("yeastar-v2", True, "v2.0.0", "extensionlist/query", "10003"),
    ],
)
async def test_versions(
    sim: Simulator, client: Client, strict: bool, version: str, endpoint: str, errno: str
) -> None:
    sim.knobs.strict_versions = strict
    assert (await client.ask(endpoint, version))["errno"] == errno


async def test_the_token_may_be_checked_first(sim: Simulator, client: Client) -> None:
    sim.knobs.token_before_endpoint = True
    assert (await client.ask("no/such"))["errno"] == "20005"
    assert (await client.login())["status"] == "Success"


async def test_errors_on_demand(sim: Simulator, client: Client) -> None:
    await client.login()
    sim.knobs.wrong_errno = {"heartbeat": "30001"}
    assert (await client.ask("heartbeat"))["errno"] == "30001"
    assert (await client.ask("deviceinfo/query"))["status"] == "Success"
    sim.knobs.api_running = False
    assert (await client.ask("deviceinfo/query"))["errno"] == "30003"


async def test_requests_under_way_at_once_are_counted(
    sim: Simulator, client: Client, clock: Clock
) -> None:
    await client.login()
    assert sim.max_in_flight == 1
    sim.knobs.answer_delay = 8
    waiting = [asyncio.create_task(client.ask("heartbeat")) for _ in range(3)]
    async with asyncio.timeout(5):
        while clock.sleeping < 3:
            await asyncio.sleep(0)
    clock.move(8)
    assert [answer["status"] for answer in await asyncio.gather(*waiting)] == ["Success"] * 3
    assert sim.max_in_flight == 3


async def test_a_request_given_up_is_no_longer_in_flight(sim: Simulator, client: Client) -> None:
    await client.login()
    sim.knobs.hang = True
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await client.ask("heartbeat")
    sim.knobs.hang = False
    assert (await client.ask("heartbeat"))["status"] == "Success"
    assert sim.max_in_flight == 1
    assert [request.errno for request in sim.requests] == ["", None, ""]


@pytest.mark.parametrize(
    ("knob", "value", "status", "start"),
    [
        ("html_answers", True, 200, b"<!DOCTYPE html>"),
        ("empty_answers", True, 200, b""),
        ("api_enabled", False, 404, b"<!DOCTYPE html>"),
        ("error_page", 500, 500, b"<!DOCTYPE html>"),
        ("answer_text", '{"status":"Nope"}', 200, b'{"status":"Nope"}'),
        ("redirect_to", "https://pbx.example/", 302, b""),
    ],
)
async def test_faulty_answers(
    sim: Simulator, client: Client, knob: str, value: Any, status: int, start: bytes
) -> None:
    setattr(sim.knobs, knob, value)
    async with client.session.post(client.url("login"), allow_redirects=False) as response:
        body = await response.read()
        assert response.status == status
        assert body.startswith(start)
        assert bool(body) == bool(start)
        location = response.headers.get("Location", "")
    assert location == (value if knob == "redirect_to" else "")


async def test_compressed_answers(sim: Simulator, client: Client) -> None:
    sim.knobs.gzip_answers = True
    async with client.session.post(client.url("login")) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        assert (await response.json(content_type=None))["status"] == "Failed"


async def test_padded_answers(sim: Simulator, client: Client) -> None:
    sim.knobs.padding_objects = 3
    answer = await client.ask("login")
    assert answer == {"status": "Failed", "errno": "20009", "padding": [{}, {}, {}]}
    sim.knobs.padding_depth = 2
    assert (await client.ask("login"))["padding"] == [[[]]]


async def test_cookies(sim: Simulator, client: Client) -> None:
    sim.knobs.set_cookies = True
    async with client.session.post(client.url("login")) as response:
        assert "session" in response.cookies


async def test_one_wrong_answer(sim: Simulator, client: Client) -> None:
    await client.login()
    sim.knobs.wrong_next = {"heartbeat": "20003"}
    answers = [await client.ask(name) for name in ("deviceinfo/query", "heartbeat", "heartbeat")]
    assert [answer.get("errno") for answer in answers] == [None, "20003", None]


async def test_half_an_answer(sim: Simulator, client: Client) -> None:
    sim.knobs.half_answers = True
    async with client.session.post(client.url("login")) as response:
        body = await response.read()
    assert body == b'{"status":"Failed"'[: len(body)]
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(body)
    sim.knobs.answer_content_length = True
    with pytest.raises(aiohttp.ClientPayloadError):
        async with client.session.post(client.url("login")) as response:
            await response.read()


async def test_a_cut_connection(sim: Simulator, client: Client) -> None:
    sim.knobs.reset = True
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.ask("deviceinfo/query")


async def test_faults_can_be_limited_to_an_endpoint(sim: Simulator, client: Client) -> None:
    sim.knobs.html_answers, sim.knobs.fault_endpoints = True, {"heartbeat"}
    await client.login()
    with pytest.raises(ValueError, match="Expecting"):
        await client.ask("heartbeat")
    assert (await client.ask("deviceinfo/query"))["status"] == "Success"


async def test_only_the_last_requests_are_kept(make_sim: Any, session: Any) -> None:
    sim = await make_sim("openvox", keep=8)
    client = Client(sim, session)
    for _ in range(25):
        await client.ask("heartbeat")
    assert 8 <= len(sim.requests) <= 10
