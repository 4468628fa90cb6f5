"""Which devices there are, and that they come and go with the PBX."""

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.ippbx.const import DOMAIN
from pbx_simulator import Simulator
from tests.conftest import SERIAL, StartSimulator, add_entry
from tests.live import entity_id, load, serve, wait_for, wait_for_state


def devices(hass: HomeAssistant, entry_id: str) -> dict[str, dr.DeviceEntry]:
    """Return the devices of an entry by their identifier."""
    return {
        identifier: device
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry_id)
        for _, identifier in device.identifiers
    }


async def test_extensions_and_trunks_hang_under_the_pbx(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator)
    await load(hass, entry)

    found = devices(hass, entry.entry_id)
    pbx = found.pop(SERIAL)
    assert (pbx.manufacturer, pbx.serial_number) == ("OpenVox", SERIAL)
    assert pbx.sw_version
    assert pbx.configuration_url == "http://127.0.0.1"  # the API's port has no web page
    assert len(found) == 5 + 2
    assert {device.via_device_id for device in found.values()} == {pbx.id}
    assert not [
        r for r in caplog.records if r.levelname in ("WARNING", "ERROR") and DOMAIN in r.name
    ]


async def test_link_to_the_web_page_of_a_yeastar(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(dialect="yeastar-v2")
    await serve(hass)
    entry = add_entry(hass, simulator)
    await load(hass, entry)

    pbx = devices(hass, entry.entry_id)[SERIAL]
    assert pbx.configuration_url == f"http://127.0.0.1:{simulator.port}"


async def test_extension_without_a_name_of_its_own_is_named_by_its_number(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await serve(hass)
    await simulator.rename_extension("1003", "1003")
    await simulator.rename_extension("1004", "Reception")
    entry = add_entry(hass, simulator)
    await load(hass, entry)

    found = devices(hass, entry.entry_id)
    assert found[f"{SERIAL}_ext_1003"].name == "Extension 1003"
    assert found[f"{SERIAL}_ext_1004"].name == "Reception"


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_what_appears_and_vanishes_at_the_pbx_does_so_here(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    simulator = await start_simulator(dialect=dialect)
    await serve(hass)
    entry = add_entry(hass, simulator)
    runtime = await load(hass, entry)

    await simulator.add_extension("1077", name="Workshop")
    await simulator.settle()
    await wait_for(hass, lambda: "1077" in runtime.store.extensions)
    await hass.async_block_till_done(wait_background_tasks=True)
    new = entity_id(hass, "sensor", f"{SERIAL}_ext_1077_status")
    assert hass.states.get(new) is not None

    await simulator.set_extension_status("1077", "busy")
    await wait_for_state(hass, new, "busy")

    await simulator.remove_extension("1077")
    await (
        runtime.coordinator.async_refresh()
    )  # by hand: what asked for one read waits 30 s for another
    await hass.async_block_till_done()
    assert hass.states.get(new) is None
    assert f"{SERIAL}_ext_1077" not in devices(hass, entry.entry_id)
    assert not er.async_get(hass).async_get_entity_id("sensor", DOMAIN, f"{SERIAL}_ext_1077_status")


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_entities_of_what_appears_later_are_named_after_it(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    """The entity ids stay for good, so their device must have its name before they are added."""
    simulator = await start_simulator(dialect=dialect)
    await serve(hass)
    runtime = await load(hass, add_entry(hass, simulator))

    await simulator.add_extension("1077", name="Workshop")
    simulator.directory.add_trunk("Cellar")
    await runtime.coordinator.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)

    assert hass.states.get("sensor.workshop_status") is not None
    assert hass.states.get("event.workshop_call") is not None
    assert hass.states.get("sensor.cellar_status") is not None


async def test_entities_of_what_vanishes_are_never_unavailable(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """An automation that waits for "unavailable" has nothing to do with it."""
    await serve(hass)
    runtime = await load(hass, add_entry(hass, simulator))
    gone = entity_id(hass, "sensor", f"{SERIAL}_ext_1003_status")
    states: list[str | None] = []

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] == gone:
            new = event.data["new_state"]
            states.append(None if new is None else new.state)

    hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
    await simulator.remove_extension("1003")
    await runtime.coordinator.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)

    assert states == [None]


async def test_trunk_that_is_renamed_is_one_gone_and_one_come(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator)
    runtime = await load(hass, entry)

    await simulator.rename_trunk("trunk-1", "provider")
    await runtime.coordinator.async_refresh()
    await hass.async_block_till_done()

    trunks = {name for name in devices(hass, entry.entry_id) if "_trunk_" in name}
    assert trunks == {f"{SERIAL}_trunk_provider", f"{SERIAL}_trunk_trunk-2"}


async def test_device_gets_the_name_of_its_extension(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator)
    runtime = await load(hass, entry)

    await simulator.rename_extension("1004", "Reception")
    await runtime.coordinator.async_refresh()

    assert devices(hass, entry.entry_id)[f"{SERIAL}_ext_1004"].name == "Reception"
