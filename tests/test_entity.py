"""What the entities show, and when they are available."""

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.ippbx.const import (
    CONF_CHOSEN_EXTENSIONS,
    CONF_EXTENSIONS,
    EXTENSIONS_CHOSEN,
    EXTENSIONS_NONE,
)
from pbx_simulator import Simulator

from .conftest import SERIAL, add_entry
from .live import entity_id, load, serve, wait_for_state


def status_of(hass: HomeAssistant, number: str) -> str:
    return entity_id(hass, "sensor", f"{SERIAL}_ext_{number}_status")


async def test_a_report_wakes_only_the_entities_of_its_extension(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await serve(hass)
    await load(hass, add_entry(hass, simulator))
    await simulator.set_extension_status("1002", "ringing")
    await simulator.settle()  # the first report proves the channel, which shows elsewhere
    written: list[str] = []
    for event_type in ("state_reported", "state_changed"):
        hass.bus.async_listen(
            event_type,
            callback(lambda event: written.append(event.data["entity_id"])),
            event_filter=callback(lambda _data: True),
        )

    await simulator.set_extension_status("1002", "busy")
    await simulator.settle()
    await wait_for_state(hass, status_of(hass, "1002"), "busy")

    assert written == [status_of(hass, "1002")]


async def test_everything_of_the_pbx_is_unavailable_without_a_link(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await serve(hass)
    runtime = await load(hass, add_entry(hass, simulator))
    connected = entity_id(hass, "binary_sensor", f"{SERIAL}_connected")
    assert hass.states.get(connected).state == STATE_ON

    await simulator.go_away()
    runtime.link.async_heartbeat_soon()
    await wait_for_state(hass, connected, STATE_OFF)

    assert hass.states.get(status_of(hass, "1000")).state == STATE_UNAVAILABLE
    trunk = entity_id(hass, "binary_sensor", f"{SERIAL}_trunk_trunk-1_problem")
    assert hass.states.get(trunk).state == STATE_UNAVAILABLE

    await simulator.come_back()
    runtime.link.async_heartbeat_soon()
    await wait_for_state(hass, connected, STATE_ON)
    await wait_for_state(hass, status_of(hass, "1000"), "idle")


async def test_a_word_that_nobody_knows_is_unknown(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await serve(hass)
    await simulator.set_trunk_status("trunk-1", "Dozing")
    await load(hass, add_entry(hass, simulator))

    for platform, key in (("sensor", "status"), ("binary_sensor", "problem")):
        shown = hass.states.get(entity_id(hass, platform, f"{SERIAL}_trunk_trunk-1_{key}"))
        assert shown.state == STATE_UNKNOWN


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({}, {"1000", "1001", "1002", "1003", "1004"}),
        (
            {CONF_EXTENSIONS: EXTENSIONS_CHOSEN, CONF_CHOSEN_EXTENSIONS: ["1001", "9999"]},
            {"1001"},
        ),
        ({CONF_EXTENSIONS: EXTENSIONS_NONE}, set()),
    ],
)
async def test_the_user_chooses_which_extensions_show(
    hass: HomeAssistant, simulator: Simulator, options: dict[str, object], numbers: set[str]
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator, options=options)
    runtime = await load(hass, entry)

    shown = {
        item.unique_id.split("_")[2]
        for item in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        if "_ext_" in item.unique_id
    }
    assert shown == numbers
    assert len(runtime.store.extensions) == 5


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("N" * 300, "N" * 255),
        ("\u202eevil\u202c", "evil"),
        ("שלום", "שלום"),
        ("👨👩 home", "👨👩 home"),
        ("👨", "👨"),
        ("<b onclick=alert(1)>Bob</b>", "<b onclick=alert(1)>Bob</b>"),
        ("a: [b, {c: *d}]\n- e", "a: [b, {c: *d}] - e"),
        ("{{ states }} {number}", "{{ states }} {number}"),
    ],
)
async def test_odd_names_of_extensions_are_text(
    hass: HomeAssistant, simulator: Simulator, name: str, shown: str
) -> None:
    simulator.directory.extensions["1001"].name = name
    await serve(hass)
    await load(hass, add_entry(hass, simulator))
    entity = er.async_get(hass).async_get(status_of(hass, "1001"))
    assert entity is not None
    device = dr.async_get(hass).async_get(entity.device_id or "")
    assert device is not None
    assert device.name == shown
    state = hass.states.get(entity.entity_id)
    assert state is not None
    assert state.name == f"{shown} Status"
    assert len(entity.entity_id) <= 255
