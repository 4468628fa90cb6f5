"""Unloaded at any moment, and two PBXes of which one fails.

Nothing is left behind, and nobody else suffers.
"""

import asyncio
import socket
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.const import CHANNEL_LISTENER, CONF_CHANNEL, CONF_LISTENER_PORT
from pbx_simulator import Simulator
from tests.conftest import StartSimulator, add_entry
from tests.house import LOGGER_NAME, House, log_levels, move_in
from tests.live import entity_id, load
from tests.time_travel import TimeTraveller

SECOND_SERIAL = "BARN000000002"
SECOND_WEBHOOK = "bb22bb22bb22bb22bb22bb22bb22bb22"
RIGHT_WITHIN = 10.0  # seconds


@pytest.fixture
async def house(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
) -> House:
    house = await move_in(hass, await start_simulator(dialect="yeastar-v1"), traveller)
    await traveller.travel(5)
    return house


@pytest.mark.parametrize("rounds", range(0, 60, 4))
async def test_unloaded_at_any_moment_of_a_read(
    house: House, caplog: pytest.LogCaptureFixture, rounds: int
) -> None:
    """Between any two steps of a beat, a read, and a call that rings."""
    call = await house.simulator.calls.inbound("trunk-1", "+4930555123", to="1001")
    await call.ring()
    await house.traveller.travel(3)
    caplog.clear()
    house.runtime.link.async_heartbeat_soon()
    house.runtime.coordinator.async_read_soon()
    for _ in range(rounds):
        await asyncio.sleep(0)
    await house.unload()
    assert house.entry.state is ConfigEntryState.NOT_LOADED
    assert not house.simulator.token_alive
    await call.hang_up()
    since = len(house.simulator.requests)
    await house.traveller.travel(120)
    assert len(house.simulator.requests) == since
    assert not [task for task in asyncio.all_tasks() if house.entry.title in task.get_name()]

    await load(house.hass, house.entry)
    took = await house.traveller.travel(60, until=lambda: house.extension("1001") == "idle")
    assert took <= RIGHT_WITHIN
    await house.traveller.travel(60)
    assert house.runtime.calls.missed.count == 1
    assert not [r for r in caplog.records if r.name.startswith(LOGGER_NAME) and r.levelno > 20]


@pytest.mark.parametrize(
    "turned", [{"hang": True}, {"answer_delay": 30.0}, {"reset": True}, {"html_answers": True}]
)
async def test_one_pbx_that_fails_leaves_the_other_alone(
    house: House, start_simulator: StartSimulator, turned: dict[str, Any]
) -> None:
    barn: Simulator = await start_simulator(serial=SECOND_SERIAL)
    entry = add_entry(house.hass, barn, webhook_id=SECOND_WEBHOOK)
    await load(house.hass, entry)

    def status(number: str) -> str:
        found = entity_id(house.hass, "sensor", f"{SECOND_SERIAL}_ext_{number}_status")
        state = house.hass.states.get(found)
        return "" if state is None else state.state

    for name, value in turned.items():
        setattr(house.simulator.knobs, name, value)
    beats = barn.heartbeats
    for _ in range(10):
        await barn.set_extension_status("1001", "busy")
        await barn.settle()
        assert await house.traveller.travel(1, until=lambda: status("1001") == "busy") < 1
        await barn.set_extension_status("1001", "idle")
        await house.traveller.travel(30)
        assert status("1001") == "idle"
    assert barn.heartbeats - beats >= 4
    assert (barn.failed_logins, house.simulator.failed_logins) == (0, 0)
    assert house.extension("1001") == "unavailable"
    for name, value in turned.items():
        setattr(house.simulator.knobs, name, type(value)())
    took = await house.traveller.travel(60, until=lambda: house.extension("1001") == "idle")
    assert took <= RIGHT_WITHIN + 0.1


async def test_a_port_that_stays_occupied_is_reported_once(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("", 0)) as taken:
        port = taken.getsockname()[1]
        options = {CONF_CHANNEL: CHANNEL_LISTENER, CONF_LISTENER_PORT: port}
        house.hass.config_entries.async_update_entry(house.entry, options=options)
        for _ in range(3):
            await house.hass.config_entries.async_reload(house.entry.entry_id)
    assert log_levels(caplog) == ["WARNING"]
