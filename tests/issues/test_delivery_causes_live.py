"""Each cause for which reports do not arrive, brought about on real sockets.

Named within half a minute, and over with
the first report that comes."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from ipaddress import ip_network
import socket
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.event import async_track_time_interval
import pytest
from pytest_socket import socket_allow_hosts

from custom_components.ippbx import runtime as runtime_module
from custom_components.ippbx.const import (
    CHANNEL_LISTENER,
    CHANNEL_STREAM,
    CHANNEL_WEBHOOK,
    CONF_CHANNEL,
    CONF_EVENT_PORT,
    CONF_FIXED_HOST,
    CONF_LISTENER_PORT,
    DOMAIN,
)
from custom_components.ippbx.issues import delivery_causes
from custom_components.ippbx.issues.registry import (
    REPORTS_CONTAINER,
    REPORTS_LOST,
    REPORTS_OTHER_NETWORK,
    REPORTS_PORT_TAKEN,
    REPORTS_STREAM_REFUSED,
    REPORTS_TLS_ONLY,
)
from custom_components.ippbx.link.create import create_backend
from custom_components.ippbx.pbx.model.lines import ReportAddress
from custom_components.ippbx.pbx.net.login_guard import LoginGuard
from custom_components.ippbx.pbx.net.tls import insecure_context
from custom_components.ippbx.repairs import async_create_fix_flow
from custom_components.ippbx.state.store import DeliveryState
from pbx_simulator.net.tls import make_certificate, server_context
from tests.conftest import StartSimulator, add_entry
from tests.house import House
from tests.live import free_port, load, serve
from tests.reports.channels.test_feed import choose_stream
from tests.reports.raw_requests import post, status_report
from tests.time_travel import TimeTraveller

from .open_issues import open_issues, watch_issues

INSIDE = "127.0.0.7"  # where Home Assistant's server is, and nobody would look for it
FAR_PBX = "127.5.0.2"
NEAR = "127.0.0.1"


@pytest.fixture
async def far_away(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> House:
    """A house whose PBX is in another network and knows an address where nobody listens."""
    socket_allow_hosts([NEAR, INSIDE, FAR_PBX])
    simulator = await start_simulator(
        host=FAR_PBX, knobs={"report_source": FAR_PBX, "repeat_limit": 0}
    )
    await serve(hass, host=INSIDE)
    entry = add_entry(hass, simulator, host=FAR_PBX, options={CONF_CHANNEL: CHANNEL_WEBHOOK})
    await load(hass, entry)
    return House(hass=hass, entry=entry, simulator=simulator, traveller=traveller)


async def change(house: House, status: str) -> None:
    """Change an extension, and wait until its report arrived or was lost."""
    await house.simulator.set_extension_status("1001", status)
    await house.simulator.settle()
    await house.traveller.rest()


async def lose_one(house: House, status: str = "busy") -> dict[str, dict[str, Any]]:
    """Change an extension, and return the open issues at most half a minute later."""
    await house.traveller.travel(20)  # two reads that can be compared
    await change(house, status)
    took = await house.traveller.travel(60, until=lambda: bool(open_issues(house)))
    assert took <= 30
    assert house.extension("1001") == status, "not read either"
    return open_issues(house)


async def expect_report(house: House, status: str = "ringing") -> None:
    """Change an extension, and wait until its report closes the issue."""
    await change(house, status)
    assert house.extension("1001") == status
    assert house.runtime.store.delivery is DeliveryState.PROVEN
    assert open_issues(house) == {}


async def fix(house: House, kind: str, answers: dict[str, Any]) -> dict[str, str]:
    """Confirm a fix in Repairs, as a user does; return the errors that the form shows."""
    issue_id = f"{kind}_{house.entry.entry_id}"
    issue = ir.async_get(house.hass).async_get_issue(DOMAIN, issue_id)
    assert issue is not None
    flow = await async_create_fix_flow(house.hass, issue_id, issue.data)
    flow.hass, flow.issue_id, flow.handler, flow.flow_id = house.hass, issue_id, DOMAIN, "1"
    await flow.async_step_init()
    answer = await flow.async_step_confirm(answers)
    await house.traveller.rest()
    return dict(answer.get("errors") or {})


@asynccontextmanager
async def forwarded(
    host: str, port: int, inside: str, inside_port: int, **connection: Any
) -> AsyncGenerator[None]:
    """Forward connections to Home Assistant, as a published port, router or proxy does."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(4096):
                writer.write(data)
            writer.close()

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(inside, inside_port, **connection)
        await asyncio.gather(pump(reader, back), pump(there, writer))

    server = await asyncio.start_server(serve_one, host, port)
    yield
    server.close()
    await server.wait_closed()


def in_a_container(patch: pytest.MonkeyPatch) -> None:
    """Place Home Assistant in a container, whose bridge has our address."""
    patch.setattr(runtime_module, "is_docker_env", lambda: True)
    patch.setattr(delivery_causes, "_BRIDGES", ip_network("127.0.0.0/16"))


APART: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    REPORTS_CONTAINER: in_a_container,
    REPORTS_OTHER_NETWORK: lambda _patch: None,
}


@pytest.mark.parametrize("kind", APART)
async def test_the_pbx_cannot_reach_our_address(
    far_away: House, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A container without a published port, or a router without a rule; then there is one."""
    APART[kind](monkeypatch)
    port = far_away.runtime.channel.port
    seen = watch_issues(far_away.hass)
    shown = {"title": "PBX", "here": NEAR, "port": str(port)}
    if kind == REPORTS_OTHER_NETWORK:
        shown["pbx"] = FAR_PBX
    assert await lose_one(far_away) == {kind: shown}
    async with forwarded(NEAR, port, INSIDE, port):
        await expect_report(far_away)
    assert seen == [("create", kind), ("remove", kind)]


@pytest.mark.parametrize("kind", APART)
async def test_the_address_that_the_pbx_reaches_is_entered(
    far_away: House, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    APART[kind](monkeypatch)
    assert set(await lose_one(far_away)) == {kind}
    await fix(far_away, kind, {CONF_FIXED_HOST: INSIDE})
    assert far_away.simulator.report_target.ipaddr == INSIDE
    await expect_report(far_away)


async def test_home_assistant_speaks_tls_and_nothing_else(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    """The user wants its server to receive reports. A proxy brings one.

    Or the way is chosen by itself.
    """
    simulator = await start_simulator(knobs={"repeat_limit": 0})
    context = await hass.async_add_executor_job(server_context, make_certificate("ha.lan"), False)
    port = await serve(hass, context=context)
    options = {CONF_CHANNEL: CHANNEL_WEBHOOK, CONF_LISTENER_PORT: free_port()}
    entry = add_entry(hass, simulator, options=options)
    await load(hass, entry)
    house = House(hass=hass, entry=entry, simulator=simulator, traveller=traveller)
    assert await lose_one(house) == {REPORTS_TLS_ONLY: {"title": "PBX"}}

    proxy = free_port()
    async with forwarded(NEAR, proxy, NEAR, port, ssl=insecure_context()):
        assert await post(proxy, status_report("1001")) == b"HTTP/1.1 200 OK"
    await traveller.rest()
    assert house.extension("1001") == "ringing"
    assert open_issues(house) == {}

    await traveller.travel(60)
    await change(house, "idle")
    await traveller.travel(60, until=lambda: bool(open_issues(house)))
    assert set(open_issues(house)) == {REPORTS_TLS_ONLY}
    await fix(house, REPORTS_TLS_ONLY, {})
    assert house.runtime.channel.current == CHANNEL_LISTENER
    await expect_report(house)


async def test_the_port_of_the_listener_is_occupied(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    """Reports do not reach Home Assistant's server, and the own listener cannot listen."""
    socket_allow_hosts([NEAR, INSIDE])
    simulator = await start_simulator(knobs={"repeat_limit": 0})
    port = await serve(hass, host=INSIDE)
    with socket.create_server(("", 0)) as other:
        taken = other.getsockname()[1]
        entry = add_entry(hass, simulator, options={CONF_LISTENER_PORT: taken})
        await load(hass, entry)
        house = House(hass=hass, entry=entry, simulator=simulator, traveller=traveller)
        assert await lose_one(house) == {REPORTS_PORT_TAKEN: {"title": "PBX", "port": str(taken)}}
        async with forwarded(NEAR, port, INSIDE, port):
            await expect_report(house)
        assert set(await lose_one(house, "idle")) == {REPORTS_PORT_TAKEN}
        assert await fix(house, REPORTS_PORT_TAKEN, {}) == {"base": "port_taken"}
        assert set(open_issues(house)) == {REPORTS_PORT_TAKEN}

    assert not await fix(house, REPORTS_PORT_TAKEN, {})
    await traveller.travel(20)
    await change(house, "busy")
    await traveller.travel(30, until=lambda: house.runtime.channel.current == CHANNEL_LISTENER)
    await traveller.rest()
    await expect_report(house)


async def test_another_application_keeps_the_report_address(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    """It registers its own address every second, under the same user, until it goes."""
    simulator = await start_simulator(knobs={"repeat_limit": 0})
    await serve(hass)
    entry = add_entry(hass, simulator, options={CONF_LISTENER_PORT: free_port()})
    runtime = await load(hass, entry)
    house = House(hass=hass, entry=entry, simulator=simulator, traveller=traveller)
    await traveller.travel(20)
    await expect_report(house, "busy")
    address = f"{NEAR}:{runtime.channel.port}/api/webhook/…"

    received: list[bytes] = []

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.readuntil(b"}"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(receive, NEAR, 0)
    port = server.sockets[0].getsockname()[1]
    its_own = ReportAddress(ipaddr=NEAR, port=str(port), url=f"{NEAR}:{port}/crm", urltag="1")
    application = create_backend(async_get_clientsession(hass), entry.data, LoginGuard())
    await application.open(its_own)

    async def keep_alive(_now: object) -> None:
        await application.keep_alive(its_own)

    await keep_alive(None)
    stop_keeping = async_track_time_interval(hass, keep_alive, timedelta(seconds=1))
    assert await lose_one(house, "ringing") == {REPORTS_LOST: {"title": "PBX", "address": address}}
    assert len(received) == 1
    assert b'"Ringing"' in received[0]

    stop_keeping()
    await application.close(5)
    server.close()
    await expect_report(house, "idle")
    assert len(received) == 1


async def test_the_pbx_refuses_the_login_of_the_event_stream(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    """Said at once, and not tried again until the options are saved, be it without any change."""
    simulator = await start_simulator(
        dialect="yeastar-v2", event_port=0, knobs={"refuse_event_logins": True}
    )
    await serve(hass)
    options = {CONF_CHANNEL: CHANNEL_STREAM, CONF_EVENT_PORT: simulator.event_port}
    entry = add_entry(hass, simulator, options=options)
    await load(hass, entry)
    house = House(hass=hass, entry=entry, simulator=simulator, traveller=traveller)
    await traveller.travel(30, until=lambda: bool(open_issues(house)))
    shown = {"title": "PBX", "event_port": str(simulator.event_port)}
    assert open_issues(house) == {REPORTS_STREAM_REFUSED: shown}
    await traveller.travel(600)
    assert simulator.failed_logins == 1
    assert open_issues(house) == {REPORTS_STREAM_REFUSED: shown}

    await choose_stream(hass, entry, traveller)
    await traveller.travel(30)
    assert simulator.failed_logins == 2
    assert open_issues(house) == {REPORTS_STREAM_REFUSED: shown}

    simulator.knobs.refuse_event_logins = False
    await choose_stream(hass, entry, traveller)
    await traveller.travel(30, until=lambda: simulator.events.count == 1)
    await expect_report(house)
