"""The session that carries the requests: no cookies, and nothing left of it."""

import asyncio
from collections.abc import AsyncGenerator
import re
import socket
from typing import Any

from aiohttp import ClientSession
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import aiohttp_client
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest

from pbx_simulator import Simulator
from tests.conftest import add_entry
from tests.flows.helpers import add, form_of
from tests.live import load, serve

NAMED = "pbx.example"  # an ordinary jar keeps no cookies of an address


class CookieRelay:
    """A way to a PBX on which each answer sets a cookie.

    Attributes:
        port: where it listens.
        sent_back: the cookies that came with requests.
        requests: number of requests.
    """

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self.port = 0
        self.requests = 0
        self.sent_back: list[bytes] = []

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.requests += 1
        self.sent_back += re.findall(rb"(?i)^cookie:.*", head, re.MULTILINE)
        length = re.search(rb"(?i)content-length: (\d+)", head)
        body = await reader.readexactly(int(length[1]) if length else 0)
        pbx_reader, pbx_writer = await asyncio.open_connection("127.0.0.1", self._simulator.port)
        pbx_writer.write(head + body)
        status = await pbx_reader.readline()
        writer.write(status + b"Set-Cookie: sid=0815; Path=/\r\n" + await pbx_reader.read())
        pbx_writer.close()
        writer.close()


@pytest.fixture
async def relay(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[CookieRelay]:
    """Return a relay to the simulated PBX, which has a name."""
    resolver: Any = async_get_clientsession(hass).connector._resolver  # type: ignore[union-attr]
    getaddrinfo = hass.loop.getaddrinfo

    async def resolved(host: str, port: int, *args: object, **kwargs: object) -> list[Any]:
        found = {"hostname": host, "host": "127.0.0.1", "port": port, "proto": 0, "flags": 0}
        return [found | {"family": socket.AF_INET}]

    async def looked_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        return await getaddrinfo("127.0.0.1" if host == NAMED else host, *args, **kwargs)

    monkeypatch.setattr(resolver, "resolve", resolved)
    monkeypatch.setattr(hass.loop, "getaddrinfo", looked_up)
    relay = CookieRelay(simulator)
    async with await asyncio.start_server(relay.relay, "127.0.0.1", 0) as server:
        relay.port = server.sockets[0].getsockname()[1]
        yield relay


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[ClientSession]:
    """Return the sessions that are created from now on."""
    created: list[ClientSession] = []
    create = aiohttp_client._async_create_clientsession

    def kept(*args: object, **kwargs: object) -> ClientSession:
        created.append(create(*args, **kwargs))  # type: ignore[arg-type]
        return created[-1]

    monkeypatch.setattr(aiohttp_client, "_async_create_clientsession", kept)
    return created


async def test_cookies_of_an_entry_are_neither_kept_nor_sent_back(
    hass: HomeAssistant, simulator: Simulator, relay: CookieRelay
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator, host=NAMED, port=relay.port)
    await load(hass, entry)
    await entry.runtime_data.coordinator.async_read()
    await hass.config_entries.async_unload(entry.entry_id)

    assert relay.requests > 4
    assert not relay.sent_back
    assert not list(async_get_clientsession(hass).cookie_jar)


async def test_cookies_of_a_form_are_neither_kept_nor_sent_back(
    hass: HomeAssistant, simulator: Simulator, relay: CookieRelay
) -> None:
    await serve(hass)
    result = await add(hass, {**form_of(simulator), "host": NAMED, "port": relay.port})

    assert result["type"] is FlowResultType.CREATE_ENTRY, result["errors"]
    assert relay.requests > 4
    assert not relay.sent_back
    assert not list(async_get_clientsession(hass).cookie_jar)


async def test_the_session_of_an_entry_ends_behind_the_logout(
    hass: HomeAssistant,
    simulator: Simulator,
    sessions: list[ClientSession],
    caplog: pytest.LogCaptureFixture,
) -> None:
    await serve(hass)
    shared = async_get_clientsession(hass)
    entry = add_entry(hass, simulator)
    await load(hass, entry)
    own = [session for session in sessions if session is not shared]
    assert len(own) == 1
    assert own[0].connector is shared.connector
    await hass.config_entries.async_unload(entry.entry_id)

    assert simulator.requests[-1].endpoint == "logout"
    assert own[0].closed
    assert not shared.closed
    assert "closes the Home Assistant aiohttp session" not in caplog.text


async def test_the_session_ends_when_home_assistant_stops(
    hass: HomeAssistant, simulator: Simulator, sessions: list[ClientSession]
) -> None:
    await serve(hass)
    shared = async_get_clientsession(hass)
    await load(hass, add_entry(hass, simulator))
    hass.set_state(CoreState.stopping)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()

    assert simulator.requests[-1].endpoint == "logout"
    assert {session.closed for session in sessions if session is not shared} == {True}


async def test_no_session_is_left_of_an_entry_that_fails(
    hass: HomeAssistant, simulator: Simulator, sessions: list[ClientSession]
) -> None:
    await serve(hass)
    shared = async_get_clientsession(hass)
    simulator.knobs.wrong_errno = {"deviceinfo/query": "30001"}
    entry = add_entry(hass, simulator)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert {session.closed for session in sessions if session is not shared} == {True}


async def test_no_session_is_left_of_forms(
    hass: HomeAssistant, simulator: Simulator, sessions: list[ClientSession]
) -> None:
    await serve(hass)
    shared = async_get_clientsession(hass)
    result = await add(hass, {**form_of(simulator), "password": "wrong"})

    assert result["errors"]
    assert {session.closed for session in sessions if session is not shared} == {True}
