"""What the entities show, and when they are available."""

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.ippbx.const import (
    CONF_CHOSEN_EXTENSIONS,
    CONF_EXTENSIONS,
    EXTENSIONS_CHOSEN,
    EXTENSIONS_NONE,
)
from custom_components.ippbx.pbx.model.lines import TrunkStatus
from pbx_simulator import Simulator

from .conftest import SERIAL, WEBHOOK_ID, StartSimulator, add_entry
from .live import entity_id, load, serve, wait_for_state

STATUSES = ("ringing", "busy", "unavailable", "idle")


def status_of(hass: HomeAssistant, number: str) -> str:
    return entity_id(hass, "sensor", f"{SERIAL}_ext_{number}_status")


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_extension_follows_its_reports(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    simulator = await start_simulator(dialect=dialect)
    await serve(hass)
    await load(hass, add_entry(hass, simulator))
    registered = entity_id(hass, "binary_sensor", f"{SERIAL}_ext_1001_registered")

    for status in STATUSES:
        await simulator.set_extension_status("1001", status)
        await simulator.settle()
        await wait_for_state(hass, status_of(hass, "1001"), status)
        expected = STATE_OFF if status == "unavailable" else STATE_ON
        assert hass.states.get(registered).state == expected

    assert hass.states.get(status_of(hass, "1000")).state == "idle"


async def test_a_report_wakes_only_the_entities_of_its_extension(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await serve(hass)
    await load(hass, add_entry(hass, simulator))
    await simulator.set_extension_status("1002", "ringing")
    await simulator.settle()  # the first report proves the path, which shows elsewhere
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
    coordinator = await load(hass, add_entry(hass, simulator))
    connected = entity_id(hass, "binary_sensor", f"{SERIAL}_connected")
    assert hass.states.get(connected).state == STATE_ON

    await simulator.go_away()
    coordinator.link.async_beat_soon()
    await wait_for_state(hass, connected, STATE_OFF)

    assert hass.states.get(status_of(hass, "1000")).state == STATE_UNAVAILABLE
    trunk = entity_id(hass, "binary_sensor", f"{SERIAL}_trunk_trunk-1_problem")
    assert hass.states.get(trunk).state == STATE_UNAVAILABLE

    await simulator.come_back()
    coordinator.link.async_beat_soon()
    await wait_for_state(hass, connected, STATE_ON)
    await wait_for_state(hass, status_of(hass, "1000"), "idle")


@pytest.mark.parametrize(
    ("word", "status", "problem"),
    [
        ("registered", TrunkStatus.REGISTERED, STATE_OFF),
        ("failure", TrunkStatus.FAILURE, STATE_ON),
        ("disable", TrunkStatus.DISABLED, STATE_OFF),
    ],
)
async def test_trunk(
    hass: HomeAssistant, simulator: Simulator, word: str, status: TrunkStatus, problem: str
) -> None:
    await serve(hass)
    await simulator.set_trunk_status("trunk-2", word)
    await load(hass, add_entry(hass, simulator))

    shown = hass.states.get(entity_id(hass, "sensor", f"{SERIAL}_trunk_trunk-2_status"))
    assert shown.state == status
    trouble = hass.states.get(entity_id(hass, "binary_sensor", f"{SERIAL}_trunk_trunk-2_problem"))
    assert trouble.state == problem


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
    coordinator = await load(hass, entry)

    shown = {
        item.unique_id.split("_")[2]
        for item in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        if "_ext_" in item.unique_id
    }
    assert shown == numbers
    assert len(coordinator.data.extensions) == 5


async def test_details_of_the_link(
    hass: HomeAssistant,
    simulator: Simulator,
    entity_registry_enabled_by_default: None,
) -> None:
    port = await serve(hass)
    coordinator = await load(hass, add_entry(hass, simulator))

    def state(key: str) -> str:
        return hass.states.get(entity_id(hass, "sensor", f"{SERIAL}_{key}")).state

    assert state("last_heartbeat") == coordinator.link.last_heartbeat.isoformat(timespec="seconds")
    assert state("token_valid_until") > state("last_heartbeat")
    assert state("last_report") == STATE_UNKNOWN
    address = hass.states.get(entity_id(hass, "sensor", f"{SERIAL}_report_address"))
    assert address.state == f"127.0.0.1:{port}/api/webhook/…"
    assert address.attributes["origin"] == "automatic"
    assert all(WEBHOOK_ID not in str(shown.as_dict()) for shown in hass.states.async_all())


async def test_button_sends_a_heartbeat(hass: HomeAssistant, simulator: Simulator) -> None:
    await serve(hass)
    await load(hass, add_entry(hass, simulator))
    before = simulator.heartbeats

    await hass.services.async_call(
        "button",
        "press",
        {"entity_id": entity_id(hass, "button", f"{SERIAL}_send_heartbeat")},
        blocking=True,
    )

    assert simulator.heartbeats == before + 1
