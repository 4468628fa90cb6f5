"""Buttons of the PBX and of extensions."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.ippbx.button import ActionButton
from custom_components.ippbx.calls.history.entries import LogEntry
from custom_components.ippbx.const import CONF_HEARTBEAT_INTERVAL
from custom_components.ippbx.pbx.model.tracked import CallDirection, CallOutcome
from custom_components.ippbx.pbx.uc.dialects import DIALECTS
from custom_components.ippbx.runtime import PbxRuntime
from custom_components.ippbx.state.store import extension_key
from pbx_simulator import Simulator
from pbx_simulator.calls.model import CallState

from .actions.house import know, move_in, runtime_of, tracked
from .conftest import SERIAL, StartSimulator, add_entry
from .house import move_in as settle_in
from .live import entity_id, load, serve, wait_for_state
from .time_travel import TimeTraveller

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


async def press(hass: HomeAssistant, key: str) -> None:
    button = {"entity_id": entity_id(hass, "button", f"{SERIAL}_{key}")}
    await hass.services.async_call("button", "press", button, blocking=True)


async def test_button_sends_a_heartbeat(hass: HomeAssistant, simulator: Simulator) -> None:
    await serve(hass)
    await load(hass, add_entry(hass, simulator))
    before = simulator.heartbeats

    await press(hass, "send_heartbeat")

    assert simulator.heartbeats == before + 1


async def test_a_heartbeat_by_button_shows_whether_the_pbx_is_there(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    """The one that fails, and the one that passes: the next own heartbeat may be minutes away."""
    house = await settle_in(hass, simulator, traveller, options={CONF_HEARTBEAT_INTERVAL: 600})
    await traveller.travel(30)
    await simulator.go_away()
    with pytest.raises(HomeAssistantError):
        await press(hass, "send_heartbeat")
    assert house.state("binary_sensor", "connected") == STATE_OFF

    await traveller.travel(10)
    await simulator.come_back()
    await press(hass, "send_heartbeat")
    assert house.state("binary_sensor", "connected") == STATE_ON
    assert house.extension("1001") == "idle"


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_hang_up(hass: HomeAssistant, start_simulator: StartSimulator, dialect: str) -> None:
    stage = await move_in(hass, start_simulator, dialect)
    await stage.inbound()
    know(hass, tracked(stage))
    await press(hass, "ext_2001_hang_up")
    assert not stage.sim.calls.live

    know(hass)
    with pytest.raises(ServiceValidationError) as refused:
        await press(hass, "ext_2001_hang_up")
    assert str(refused.value) == "User 2001 is in no call"


def keep(runtime: PbxRuntime, count: int, caller: str, **changes: Any) -> None:
    """Log a call; the one with the highest count is the newest."""
    known: dict[str, Any] = {
        "call_id": f"1790000000.{count}",
        "direction": CallDirection.INBOUND,
        "caller": caller,
        "callee": "2001",
        "missed_by": ("2001",),
        "outcome": CallOutcome.MISSED,
        "started": NOON + timedelta(minutes=count),
    }
    runtime.history.log._keep(LogEntry(**known | changes))


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_call_back(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    """The newest call that this extension missed, whatever happened since."""
    stage = await move_in(hass, start_simulator, dialect)
    runtime = runtime_of(hass)
    keep(runtime, 1, "0301111")
    keep(runtime, 2, "030222", callee="6200", missed_by=("2001", "2002"))
    keep(runtime, 3, "0303333", missed_by=(), outcome=CallOutcome.ANSWERED, answered_by="2001")
    keep(runtime, 4, "0304444", callee="2002", missed_by=("2002",))
    runtime.history.log.record_gap(NOON + timedelta(hours=1), NOON + timedelta(hours=2))

    await press(hass, "ext_2001_call_back")

    assert stage.made.state is CallState.CALLING_BACK
    assert stage.made.caller.number == "2001"
    assert "030222" in stage.asked.params.values()


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_no_extension_is_called_for_an_outside_caller_of_its_number(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    stage = await move_in(hass, start_simulator, dialect, {})
    keep(runtime_of(hass), 1, "2003")
    before = len(stage.sim.requests)
    with pytest.raises(ServiceValidationError) as refused:
        await press(hass, "ext_2001_call_back")
    known = "caller_unknown" if dialect == "yeastar-v2" else "number_not_allowed"
    assert refused.value.translation_key == known
    assert len(stage.sim.requests) == before


async def test_nobody_to_call_back(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    """No missed call, or one whose number nobody knows: not the one before it instead."""
    stage = await move_in(hass, start_simulator, "yeastar-v1")
    before = len(stage.sim.requests)
    for reason in ("no_missed_call", "caller_unknown"):
        with pytest.raises(ServiceValidationError) as refused:
            await press(hass, "ext_2001_call_back")
        assert refused.value.translation_key == reason
        keep(runtime_of(hass), 1, "0301111")
        keep(runtime_of(hass), 2, "anonymous")
    assert len(stage.sim.requests) == before


async def test_they_need_the_link(hass: HomeAssistant, simulator: Simulator) -> None:
    """A report about their extension does not wake them."""
    await serve(hass)
    runtime = await load(hass, add_entry(hass, simulator))
    button = entity_id(hass, "button", f"{SERIAL}_ext_1001_hang_up")
    woken = runtime.store._subscribers[extension_key("1001")]
    assert not [each for each in woken if isinstance(each.__self__, ActionButton)]
    await simulator.go_away()
    runtime.link.async_heartbeat_soon()
    await wait_for_state(hass, button, STATE_UNAVAILABLE)
    await simulator.come_back()
    runtime.link.async_heartbeat_soon()
    await wait_for_state(hass, button, "unknown")
