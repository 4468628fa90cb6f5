"""Unloading an entry: it logs out, it is quick, and nothing is left."""

import asyncio
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir, restore_state
import pytest

from custom_components.ippbx.calls.history.log import LogQuery
from custom_components.ippbx.const import DOMAIN
from custom_components.ippbx.issues.registry import UNKNOWN_SOURCE, async_open_issue
from custom_components.ippbx.pbx.errors import PbxConnectionError
from custom_components.ippbx.pbx.model.tracked import CallOutcome
from custom_components.ippbx.state.devices import async_forget_states
from pbx_simulator import Simulator

from .conftest import add_entry
from .house import House, log_levels, move_in
from .live import load
from .time_travel import TimeTraveller

LOGOUT_PATIENCE = 3


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    return await move_in(hass, simulator, traveller)


def timers(house: House) -> list[str]:
    """Return what is still to run of the entry."""
    waiting = [each for each in house.hass.loop._scheduled if not each.cancelled()]
    return [str(each._args) for each in waiting if house.entry.title in str(each._args)]


async def test_unload_logs_out(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()

    assert await house.hass.config_entries.async_unload(house.entry.entry_id)

    assert house.entry.state is ConfigEntryState.NOT_LOADED
    assert house.simulator.requests[-1].endpoint == "logout"
    assert not house.simulator.token_alive
    since = len(house.simulator.requests)
    await house.traveller.travel(600)
    assert len(house.simulator.requests) == since
    assert not timers(house)
    assert log_levels(caplog) == []


async def test_what_cannot_be_unloaded_is_still_shown(house: House) -> None:
    """The fault of a platform, after which the PBX goes on reporting."""
    async_open_issue(house.hass, house.entry, UNKNOWN_SOURCE, {"source": "10.9.9.9"})
    issue = DOMAIN, f"{UNKNOWN_SOURCE}_{house.entry.entry_id}"
    with patch.object(house.hass.config_entries, "async_unload_platforms", return_value=False):
        assert not await house.hass.config_entries.async_unload(house.entry.entry_id)
    assert issue in ir.async_get(house.hass).issues


async def test_removal_forgets_what_would_be_restored(house: House) -> None:
    """An entity of the next PBX may get the same id, and showed the last call of this one."""
    states = restore_state.async_get(house.hass).last_states

    assert await house.hass.config_entries.async_unload(house.entry.entry_id)
    assert any(entity.endswith("_last_call") for entity in states)
    assert await house.hass.config_entries.async_remove(house.entry.entry_id)

    assert not states


async def test_removal_forgets_what_newer_releases_keep_by_registry_id(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home Assistant 2026.11 has no other index, and raised when the entry was removed."""
    ours = er.async_entries_for_config_entry(er.async_get(house.hass), house.entry.entry_id)
    states = dict.fromkeys([*(each.id for each in ours), "of somebody else"])
    data = SimpleNamespace(last_states_by_entity_registry_id=states)
    monkeypatch.setattr(restore_state, "async_get", lambda _: data)

    async_forget_states(house.hass, house.entry)

    assert list(states) == ["of somebody else"]


@pytest.mark.parametrize("slow", ["heartbeat", "heartbeat of a user", "read"])
async def test_unload_does_not_wait_for_a_slow_request(house: House, slow: str) -> None:
    house.simulator.knobs.answer_delay = 8
    waiting = None
    if slow == "heartbeat":
        house.runtime.link.async_heartbeat_soon()
        await house.traveller.travel(1)
    elif slow == "heartbeat of a user":
        waiting = asyncio.create_task(house.runtime.link.async_send_heartbeat())
        await house.traveller.travel(1)
    else:
        await house.traveller.travel(16)
    before = house.traveller.now()
    unloaded = asyncio.create_task(house.hass.config_entries.async_unload(house.entry.entry_id))
    await house.traveller.travel(30, until=unloaded.done)
    if waiting is not None:
        with pytest.raises(PbxConnectionError):
            await waiting

    assert await unloaded
    assert house.traveller.now() - before <= LOGOUT_PATIENCE + 0.1
    assert house.simulator.max_in_flight == 1
    assert not timers(house)


async def test_an_action_that_outlasts_its_entry_leaves_no_file(
    house: House, hass_storage: dict[str, Any]
) -> None:
    """The PBX takes the call when the files of the entry are removed already."""
    hass, traveller = house.hass, house.traveller
    house.simulator.knobs.answer_delay = 8
    call = {"extension": "1001", "number": "1002"}
    dial = asyncio.create_task(hass.services.async_call(DOMAIN, "dial", call, blocking=True))
    await traveller.travel(1)
    removal = asyncio.create_task(hass.config_entries.async_remove(house.entry.entry_id))
    await traveller.travel(5)
    await removal
    assert not dial.done()

    await traveller.travel(3600)

    await dial
    assert [name for name in hass_storage if house.entry.entry_id in name] == []
    assert not timers(house)


async def test_unload_while_the_pbx_is_away_is_quick(house: House) -> None:
    await house.simulator.go_away()
    await house.traveller.travel(90)

    before = house.traveller.now()
    await house.unload()

    assert house.traveller.now() == before
    await house.simulator.come_back()
    since = len(house.simulator.requests)
    await house.traveller.travel(600)
    assert len(house.simulator.requests) == since


async def test_stop_logs_out(house: House) -> None:
    house.hass.set_state(CoreState.stopping)
    house.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await house.hass.async_block_till_done()

    assert house.simulator.requests[-1].endpoint == "logout"
    assert not house.simulator.token_alive
    since = len(house.simulator.requests)
    await house.traveller.travel(600)
    assert len(house.simulator.requests) == since


async def test_stop_does_not_wait_for_a_slow_pbx(house: House) -> None:
    house.simulator.knobs.hang = True
    house.runtime.link.async_heartbeat_soon()
    await house.traveller.travel(1)
    before = house.traveller.now()

    house.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    stopped = asyncio.create_task(house.hass.async_block_till_done())
    await house.traveller.travel(30, until=stopped.done)

    await stopped
    assert house.traveller.now() - before <= LOGOUT_PATIENCE + 0.1


async def test_reload_again_and_again(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()
    for count in range(20):
        assert await house.hass.config_entries.async_reload(house.entry.entry_id)
        assert house.simulator.logins == count + 2
        assert len(house.simulator.sessions.living()) == 1
    await house.simulator.set_extension_status("1001", "busy")
    await house.traveller.travel(1)

    assert house.extension("1001") == "busy"
    assert log_levels(caplog) == []
    assert house.simulator.max_in_flight == 1
    tasks = [task for task in asyncio.all_tasks() if house.entry.title in task.get_name()]
    assert len(tasks) == 0  # both wait for their timers
    since = len(house.simulator.requests)
    await house.traveller.travel(600)
    assert house.asked("heartbeat", since) == 10  # one heartbeat, not twenty


async def test_reload_during_a_heartbeat(house: House) -> None:
    for _ in range(5):
        house.runtime.link.async_heartbeat_soon()
        await asyncio.sleep(0)
        assert await house.hass.config_entries.async_reload(house.entry.entry_id)

    assert len(house.simulator.sessions.living()) == 1
    assert house.simulator.max_in_flight == 1


@pytest.mark.parametrize("answers", [True, False])
async def test_what_is_reported_while_it_logs_out_is_kept(house: House, answers: bool) -> None:
    """It is written with all else, and no timer of a call begins after they were stopped."""
    call = await house.simulator.calls.inbound("trunk-1", "+4930555123", to="1001")
    await call.ring()
    if answers:
        await call.answer()
    await house.traveller.travel(3)
    house.simulator.knobs.answer_delay = 2
    unloaded = asyncio.create_task(house.hass.config_entries.async_unload(house.entry.entry_id))
    await house.traveller.travel(1.5)
    assert not unloaded.done()
    await call.hang_up()
    await house.traveller.travel(5, until=unloaded.done)
    assert await unloaded
    assert not timers(house)

    house.simulator.knobs.answer_delay = 0
    await load(house.hass, house.entry)
    logged = [item for item in house.runtime.history.log.select(LogQuery()) if answers]
    assert [getattr(item, "outcome", None) for item in logged] == [CallOutcome.ANSWERED] * answers


async def test_a_login_that_leads_nowhere_leaves_no_session(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Each of the tries to set an entry up would leave one more at the PBX."""
    simulator.knobs.wrong_errno["deviceinfo/query"] = "10007"
    entry = add_entry(hass, simulator)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert simulator.logins == 1
    assert not simulator.token_alive
