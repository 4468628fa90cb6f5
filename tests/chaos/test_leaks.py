"""Reloads, and entries that come and go: nothing of them stays."""

import asyncio
from collections.abc import Callable
import gc
from pathlib import Path
from typing import Any

from homeassistant.components.webhook import DOMAIN as WEBHOOK_DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
import pytest

from custom_components.ippbx.const import (
    CHANNEL_LISTENER,
    CHANNEL_STREAM,
    CHANNEL_WEBHOOK,
    CONF_CHANNEL,
    CONF_EVENT_PORT,
    CONF_LISTENER_PORT,
    DOMAIN,
)
from custom_components.ippbx.reports.channels.listener import async_get_listeners
from custom_components.ippbx.runtime import PbxRuntime
from pbx_simulator import Simulator
from tests.conftest import StartSimulator, add_entry
from tests.house import House, log_levels, move_in
from tests.live import free_port, load, serve
from tests.time_travel import TimeTraveller

RELOADS = [10, pytest.param(200, marks=pytest.mark.slow)]
CYCLES = [5, pytest.param(50, marks=pytest.mark.slow)]
WAYS = [CHANNEL_WEBHOOK, CHANNEL_LISTENER, CHANNEL_STREAM]

type Counts = dict[str, int]
type Count = Callable[[], Counts]


@pytest.fixture
def count(hass: HomeAssistant, hass_storage: dict[str, Any]) -> Count:
    """Return what counts all that could stay behind."""

    def counted() -> Counts:
        gc.collect()
        scheduled: Any = hass.loop._scheduled  # type: ignore[attr-defined]
        return {
            "tasks": len(asyncio.all_tasks()),
            "timers": sum(not handle.cancelled() for handle in scheduled),
            "listeners": sum(hass.bus.async_listeners().values()),
            "webhooks": len(hass.data.get(WEBHOOK_DOMAIN, {})),
            "ports": len(async_get_listeners(hass)._by_port),
            # That of the logins is kept beyond entries; nothing is in it.
            "files": sum(key.startswith(f"{DOMAIN}.") for key in hass_storage)
            - (hass_storage.get(f"{DOMAIN}.logins", {}).get("data") == {}),
            "devices": len(dr.async_get(hass).devices),
            "entities": len(er.async_get(hass).entities),
            "states": len(hass.states.async_all()),
            "issues": len(ir.async_get(hass).issues),
            "descriptors": len(list(Path("/proc/self/fd").iterdir())),
            "coordinators": sum(type(each) is PbxRuntime for each in gc.get_objects()),
        }

    return counted


@pytest.fixture
async def simulator(start_simulator: StartSimulator) -> Simulator:
    """Return a simulated PBX that knows every way of reports."""
    return await start_simulator(dialect="yeastar-v2", event_port=0)


def options_of(simulator: Simulator, way: str) -> dict[str, Any]:
    """Return the options that have reports take a way."""
    return {
        CONF_CHANNEL: way,
        CONF_LISTENER_PORT: free_port(),
        CONF_EVENT_PORT: simulator.event_port,
    }


async def live(house: House) -> None:
    """Play a whole call, so that every part has something to do."""
    call = await house.simulator.calls.inbound("trunk-1", "+4930555123", to="1001")
    await call.ring()
    await house.traveller.travel(1)
    await call.hang_up()
    await house.traveller.travel(3)  # its end is told after 2 s


@pytest.mark.parametrize("reloads", RELOADS)
@pytest.mark.parametrize("way", WAYS)
async def test_reloads_leave_nothing(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    count: Count,
    caplog: pytest.LogCaptureFixture,
    way: str,
    reloads: int,
) -> None:
    house = await move_in(hass, simulator, traveller, options=options_of(simulator, way))
    await live(house)
    await traveller.wait_for(hass.config_entries.async_reload(house.entry.entry_id))
    await traveller.travel(70)
    before = count()
    for number in range(reloads):
        if number % 5 == 0:
            await live(house)
        await traveller.wait_for(hass.config_entries.async_reload(house.entry.entry_id))
    await traveller.travel(70)
    assert count() == before
    assert before["coordinators"] == 1
    assert not log_levels(caplog)
    assert len(simulator.sessions.living()) == 1
    assert simulator.failed_logins == 0


@pytest.mark.parametrize("cycles", CYCLES)
@pytest.mark.parametrize("way", WAYS)
async def test_entries_that_come_and_go_leave_nothing(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    count: Count,
    caplog: pytest.LogCaptureFixture,
    way: str,
    cycles: int,
) -> None:
    await serve(hass)

    async def come_and_go() -> None:
        entry = add_entry(hass, simulator, options=options_of(simulator, way))
        await load(hass, entry)
        await live(House(hass=hass, entry=entry, simulator=simulator, traveller=traveller))
        await traveller.wait_for(hass.config_entries.async_remove(entry.entry_id))

    await come_and_go()
    await traveller.travel(70)
    before = count()
    for _ in range(cycles):
        await come_and_go()
    await traveller.travel(70)
    assert count() == before
    assert {key: before[key] for key in ("webhooks", "ports", "devices", "entities", "files")} == {
        "webhooks": 0,
        "ports": 0,
        "devices": 0,
        "entities": 0,
        "files": 0,
    }
    assert before["coordinators"] == 0
    assert not log_levels(caplog)
    assert not simulator.sessions.living()
