"""Reports come by push, over Home Assistant's server and the own listener.

In every dialect.
"""

import asyncio
from contextlib import AsyncExitStack
import logging

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.const import (
    CHANNEL_LISTENER,
    CHANNEL_WEBHOOK,
    CONF_CHANNEL,
    CONF_LISTENER_PORT,
)
from custom_components.ippbx.state.store import DeliveryState
from pbx_simulator import Simulator
from tests.conftest import SERIAL, StartSimulator, add_entry
from tests.live import SHOWN_STATUS, entity_id, free_port, load, serve, wait_for_state
from tests.reports.raw_requests import PATH, exchange, own_lines, post, request, status_report

DIALECTS = ["openvox", "yeastar-v1", "yeastar-v2"]


def status_of(hass: HomeAssistant, number: str, serial: str = SERIAL) -> str:
    return entity_id(hass, "sensor", f"{serial}_ext_{number}_status")


def listening(port: int) -> dict[str, object]:
    return {CONF_CHANNEL: CHANNEL_LISTENER, CONF_LISTENER_PORT: port}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("way", [CHANNEL_WEBHOOK, CHANNEL_LISTENER])
async def test_states_come_by_push(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str, way: str
) -> None:
    simulator = await start_simulator(dialect=dialect)
    port = await serve(hass)
    options = {}
    if way == CHANNEL_LISTENER:
        options = listening(port := free_port())
    runtime = await load(hass, add_entry(hass, simulator, options=options))
    reads = len(simulator.requests)

    for word in ("ringing", "busy", "unavailable", "idle"):
        await simulator.set_extension_status("1001", word)
        await simulator.settle()
        await wait_for_state(hass, status_of(hass, "1001"), SHOWN_STATUS.get(word, word))

    assert len(simulator.requests) == reads  # nothing was read
    assert {d.status for d in simulator.deliveries} == {200}
    assert {d.target for d in simulator.deliveries} == {f"127.0.0.1:{port}{PATH}"}
    assert runtime.channel.current == way
    assert runtime.store.delivery is DeliveryState.PROVEN
    assert runtime.receiver.accepted == {"ExtensionStatusReport": 4}
    assert runtime.receiver.last_report is not None
    assert not runtime.receiver.rejected


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_inventory_that_changes_is_read_anew(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    simulator = await start_simulator(dialect=dialect)
    await serve(hass)
    await load(hass, add_entry(hass, simulator))

    await simulator.add_extension("1050", name="Porter's lodge")
    await simulator.settle()
    await simulator.wait_until(
        lambda: simulator.requests[-1].endpoint.startswith("trunk"), timeout=5
    )
    await hass.async_block_till_done(wait_background_tasks=True)

    assert hass.states.get(status_of(hass, "1050")) is not None


async def test_the_webhook_closes_unless_the_sender_asks_for_more(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    port = await serve(hass)
    await load(hass, add_entry(hass, simulator))

    answer = await exchange(port, request(status_report("1001")))  # reads until it is closed
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nconnection: close\r\n" in answer.lower()

    kept = request(status_report("1002"), head="Connection: Keep-Alive\r\n")
    last = request(status_report("1003"), head="Connection: close\r\n")
    answer = await exchange(port, kept + last)
    assert answer.count(b"HTTP/1.1 200 ") == 2

    for number in ("1001", "1002", "1003"):
        await wait_for_state(hass, status_of(hass, number), "ringing")


async def test_idle_connections_do_not_delay_a_report(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await serve(hass)
    port = free_port()
    await load(hass, add_entry(hass, simulator, options=listening(port)))
    await post(port, status_report("1001"))  # the first one proves the way, which shows elsewhere

    async with AsyncExitStack() as silent:
        for _ in range(200):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            silent.callback(writer.close)
        for word, status in (("Busy", "busy"), ("Idle", "idle"), ("Ringing", "ringing")):
            assert b" 200 " in await post(port, status_report("1001", word))
            assert hass.states.get(status_of(hass, "1001")).state == status


async def test_a_report_while_the_entry_is_set_up_or_unloaded(
    hass: HomeAssistant, start_simulator: StartSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    """The way is open before it is known which PBX answers.

    The first read shows what comes then.
    """
    simulator = await start_simulator(knobs={"answer_delay": 0.02})
    port = await serve(hass)
    entry = add_entry(hass, simulator)
    setup = hass.async_create_task(hass.config_entries.async_setup(entry.entry_id))
    await simulator.wait_until(lambda: bool(simulator.logins))
    assert b" 200 " in await post(port, status_report("1001"))
    assert b" 200 " in await post(port, b'{"action":"BootUp","sn":"' + SERIAL.encode() + b'"}')
    assert await setup
    await hass.async_block_till_done()
    assert hass.states.get(status_of(hass, "1001")).state == "idle"
    assert simulator.logins == 1
    runtime = entry.runtime_data

    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    whole = request(status_report("1001"))
    writer.write(whole[:-10])
    await post(port, status_report("1002"))  # by now the first half has been read
    assert await hass.config_entries.async_unload(entry.entry_id)
    writer.write(whole[-10:])
    assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
    writer.close()
    assert b" 200 " in await post(port, status_report("1003"))

    assert runtime.store.extensions["1003"].status == "idle"
    assert not own_lines(caplog, logging.INFO)
