"""The PBX always knows where to report.

What a heartbeat says, and how soon it says something new.
"""

import json
import socket
from typing import Any

from homeassistant.const import CONF_HOST, EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest

from pbx_simulator import Simulator
from tests.conftest import WEBHOOK_ID, StartSimulator
from tests.house import House, log_levels, move_in
from tests.time_travel import TimeTraveller

ANOTHER_ADDRESS = "127.0.0.77"


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    return await move_in(hass, simulator, traveller)


def move(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bind the next connections to another address, as after a new DHCP lease."""
    loop: Any = house.hass.loop
    connect = loop.sock_connect

    async def connect_from_there(sock: socket.socket, address: tuple[str, int]) -> None:
        if address[1] == house.simulator.port:
            sock.bind((ANOTHER_ADDRESS, 0))
        await connect(sock, address)

    monkeypatch.setattr(loop, "sock_connect", connect_from_there)


def heartbeats(simulator: Simulator, since: int = 0) -> list[dict[str, str]]:
    """Return what the heartbeats said."""
    return [
        json.loads(r.body) for r in list(simulator.requests)[since:] if r.endpoint == "heartbeat"
    ]


async def test_heartbeat_of_openvox_on_the_wire(house: House) -> None:
    simulator = house.simulator
    since = len(simulator.requests)
    await house.traveller.travel(61)
    (request,) = [r for r in list(simulator.requests)[since:] if r.endpoint == "heartbeat"]
    (session,) = simulator.sessions.living()
    port = house.hass.http.server_port

    line, *lines = request.raw_head.decode("ascii").split("\r\n")
    headers = dict(header.split(": ", 1) for header in lines if header)

    assert line == f"POST /api/v0.0.1/heartbeat?token={session.token} HTTP/1.1"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["Content-Length"] == str(len(request.body))
    assert headers["Host"] == f"127.0.0.1:{simulator.port}"
    assert headers["Connection"] == "close"
    assert (
        request.body
        == (
            f'{{"ipaddr":"127.0.0.1","port":"{port}",'
            f'"url":"127.0.0.1:{port}/api/webhook/{WEBHOOK_ID}","urltag":"1"}}'
        ).encode()
    )


@pytest.mark.parametrize(
    ("dialect", "keys"),
    [
        ("openvox", ["ipaddr", "port", "url", "urltag"]),
        ("yeastar-v1", ["ipaddr", "port", "url", "urltag", "urlflag"]),
        ("yeastar-v2", ["ipaddr", "port", "url", "urltag", "version"]),
    ],
)
async def test_fields_of_each_dialect(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    dialect: str,
    keys: list[str],
) -> None:
    simulator = await start_simulator(dialect=dialect)
    await move_in(hass, simulator, traveller)

    (heartbeat,) = heartbeats(simulator)

    assert list(heartbeat) == keys
    assert all(isinstance(value, str) for value in heartbeat.values())


async def test_another_own_address_is_registered_within_one_heartbeat(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first heartbeat from there registers the old one; another one follows at once."""
    await house.traveller.travel(1)
    since = len(house.simulator.requests)
    move(house, monkeypatch)

    took = await house.traveller.travel(
        70, until=lambda: house.simulator.report_target.ipaddr == ANOTHER_ADDRESS
    )

    assert took <= 60
    assert house.simulator.report_target.url.startswith(f"{ANOTHER_ADDRESS}:")
    assert heartbeats(house.simulator, since)[-1]["ipaddr"] == ANOTHER_ADDRESS
    assert house.simulator.max_in_flight == 1


async def test_the_second_heartbeat_follows_the_one_that_showed_the_change(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = len(house.simulator.requests)
    move(house, monkeypatch)

    house.hass.bus.async_fire(EVENT_CORE_CONFIG_UPDATE)
    await house.traveller.rest()

    registered = [heartbeat["ipaddr"] for heartbeat in heartbeats(house.simulator, since)]
    assert registered == ["127.0.0.1", ANOTHER_ADDRESS]


async def test_a_change_that_home_assistant_announces_is_registered_at_once(house: House) -> None:
    house.hass.config.api.port = 18123
    since = len(house.simulator.requests)

    await house.hass.config.async_update(internal_url="http://192.0.2.7:18123")
    await house.traveller.rest()

    assert [heartbeat["port"] for heartbeat in heartbeats(house.simulator, since)] == ["18123"]
    assert house.simulator.report_target.port == "18123"


async def test_a_stolen_report_address_is_restored_within_one_heartbeat(house: House) -> None:
    simulator = house.simulator
    await house.traveller.travel(1)
    (session,) = simulator.sessions.living()
    simulator.sessions.register(session, session.target._replace(port="1"))

    await house.traveller.travel(60)

    assert simulator.report_target.port == str(house.hass.http.server_port)


async def test_a_refused_address_does_not_end_the_link(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.simulator.knobs.wrong_errno["heartbeat"] = "20011"
    caplog.clear()

    await house.traveller.travel(3600)

    assert house.runtime.link.up
    assert house.extension("1000") == "idle"
    assert house.simulator.logins == 1
    assert house.simulator.longest_silence < 1800
    assert log_levels(caplog) == ["WARNING"]


async def test_a_refused_address_is_told_after_a_lost_link_too(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.simulator.go_away()
    await house.traveller.travel(90)
    house.simulator.knobs.wrong_errno["heartbeat"] = "20011"
    await house.simulator.come_back()
    caplog.clear()

    await house.traveller.travel(600)

    assert house.runtime.link.up
    assert sorted(log_levels(caplog)) == ["INFO", "WARNING"]


async def test_a_refused_address_does_not_make_the_pbx_unknown(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The login registered an address; reports come from what the host's name stands for."""

    async def resolved(host: str, port: int, *_args: object, **_kwargs: object) -> list[Any]:
        found = {"hostname": host, "host": "127.0.0.1", "port": port, "proto": 0, "flags": 0}
        return [found | {"family": socket.AF_INET}]

    resolver: Any = async_get_clientsession(hass).connector._resolver  # type: ignore[union-attr]
    monkeypatch.setattr(resolver, "resolve", resolved)
    simulator = await start_simulator(knobs={"wrong_errno": {"heartbeat": "20011"}})
    house = await move_in(hass, simulator, traveller, **{CONF_HOST: "localhost"})

    await simulator.set_extension_status("1001", "busy")
    await traveller.travel(1)

    assert house.extension("1001") == "busy"
    assert not house.runtime.receiver.rejected


async def test_a_pbx_without_heartbeat_is_kept_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator = house.simulator
    simulator.knobs.wrong_errno["heartbeat"] = "10003"
    await house.traveller.travel(3600)
    assert (house.runtime.link.up, simulator.logins) == (True, 1)
    assert simulator.longest_silence < 1800

    move(house, monkeypatch)
    await house.traveller.travel(120)

    assert simulator.report_target.ipaddr == ANOTHER_ADDRESS
    assert simulator.logins == 2
