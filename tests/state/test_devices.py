"""Which devices there are, and that they come and go with the PBX."""

from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.ippbx import async_remove_config_entry_device
from custom_components.ippbx.const import DOMAIN
from custom_components.ippbx.state.merge import EMPTY_FOR
from custom_components.ippbx.state.store import TRUNKS
from pbx_simulator import Simulator
from tests.conftest import SERIAL, StartSimulator, add_entry
from tests.house import House, move_in
from tests.live import entity_id, load, serve, wait_for, wait_for_state
from tests.time_travel import TimeTraveller

# What lists everything, by dialect: the endpoints, and the keys of their answers.
LISTS = {
    "openvox": {"extensionlist/query": "extlist", "trunklist/query": "trunkname"},
    "yeastar-v1": {"extensionlist/query": "extlist", "trunklist/query": "trunklist"},
    "yeastar-v2": {"extension/list": "extlist", "trunk/list": "trunklist"},
}
REMOVED_AFTER = 120  # seconds from the first list that lacks most
RIGHT_WITHIN = 10


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


async def test_devices_say_what_they_are(hass: HomeAssistant, simulator: Simulator) -> None:
    """By the ids of models, targets are filtered."""
    await serve(hass)
    entry = add_entry(hass, simulator)
    await load(hass, entry)

    found = devices(hass, entry.entry_id)
    shown = {key: (found[key].manufacturer, found[key].model, found[key].model_id) for key in found}
    assert shown[SERIAL][1:] == ("OpenVox UC300", "PBX")
    assert shown[f"{SERIAL}_ext_1000"] == ("OpenVox", "Extension 1000", "EXT")
    assert shown[f"{SERIAL}_trunk_trunk-1"] == ("OpenVox", "SIP trunk", "TRK")


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


def removed(hass: HomeAssistant) -> list[str]:
    """Return a list that grows with each device that is removed."""
    found: list[str] = []

    @callback
    def changed(event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        if event.data["action"] == "remove":
            found.append(event.data["device_id"])

    hass.bus.async_listen(dr.EVENT_DEVICE_REGISTRY_UPDATED, changed)
    return found


def items(house: House) -> set[str]:
    """Return the states of all extensions and trunks."""
    store = house.runtime.store
    return {house.extension(number) for number in store.extensions} | {
        house.state("sensor", f"trunk_{key}_status") for key in store.trunks
    }


@pytest.mark.parametrize("dialect", LISTS)
async def test_an_empty_list_removes_no_device(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller, dialect: str
) -> None:
    house = await move_in(hass, await start_simulator(dialect=dialect), traveller)
    simulator, gone = house.simulator, removed(hass)
    await traveller.travel(20)
    before = items(house)
    for endpoint, key in LISTS[dialect].items():
        simulator.recorded[endpoint] = {"status": "Success", key: []}
    await traveller.travel(80)
    assert items(house) == before, "not for one wrong answer"
    await traveller.travel(35)
    assert items(house) == {STATE_UNAVAILABLE}
    await traveller.travel(1800)
    assert len(devices(hass, house.entry.entry_id)) == 1 + 5 + 2

    simulator.recorded.clear()
    await traveller.travel(RIGHT_WITHIN)
    assert items(house) == before
    assert gone == []


async def test_a_list_that_lacks_most_is_believed_after_two_minutes(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(20)
    for number in ("1000", "1001", "1002"):
        del simulator.directory.extensions[number]
    unavailable = await traveller.travel(
        150, until=lambda: house.extension("1000") == STATE_UNAVAILABLE
    )
    assert 90 <= unavailable <= 90 + 25
    states = [house.extension(number) for number in ("1000", "1001", "1002", "1003", "1004")]
    assert states == [STATE_UNAVAILABLE] * 3 + ["idle"] * 2

    took = await traveller.travel(600, until=lambda: "1000" not in house.runtime.store.extensions)
    assert REMOVED_AFTER <= unavailable + took <= REMOVED_AFTER + 3 * 8 + 25
    await traveller.rest()
    left = {name for name in devices(hass, house.entry.entry_id) if "_ext_" in name}
    assert left == {f"{SERIAL}_ext_1003", f"{SERIAL}_ext_1004"}


async def test_an_empty_list_at_the_start_removes_no_device(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    """Nor does it rename one."""
    house = await move_in(hass, simulator, traveller)
    before = {key: device.name for key, device in devices(hass, house.entry.entry_id).items()}
    await house.unload()
    gone = removed(hass)
    for endpoint, key in LISTS["openvox"].items():
        simulator.recorded[endpoint] = {"status": "Success", key: []}
    await load(hass, house.entry)
    assert items(house) == {STATE_UNAVAILABLE}
    await traveller.travel(REMOVED_AFTER - 30)
    simulator.recorded.clear()
    await traveller.travel(RIGHT_WITHIN)
    assert items(house) == {"idle", "registered"}
    found = {key: device.name for key, device in devices(hass, house.entry.entry_id).items()}
    assert found == before
    assert gone == []


async def test_trunks_that_a_pbx_no_longer_lists_at_all(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    """After a start it is as if the list were empty: they go after a day."""
    house = await move_in(hass, simulator, traveller)
    await house.unload()
    simulator.knobs.wrong_errno["trunklist/query"] = "10003"
    await load(hass, house.entry)
    assert house.trunk("trunk-1") == STATE_UNAVAILABLE
    await traveller.travel(REMOVED_AFTER + 60)
    assert {"trunk-1", "trunk-2"} == set(house.runtime.store.trunks)
    house.runtime.store._doubts[TRUNKS]._empty_since -= EMPTY_FOR
    await traveller.travel(30)
    assert not [name for name in devices(hass, house.entry.entry_id) if "_trunk_" in name]


async def test_a_user_may_remove_the_device_of_what_is_gone(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    """And of nothing else. It does not come back."""
    house = await move_in(hass, simulator, traveller)
    entry, registry = house.entry, dr.async_get(hass)
    for number in ("1000", "1001", "1002"):
        del simulator.directory.extensions[number]
    await traveller.travel(25)
    found = devices(hass, entry.entry_id)
    removable = [
        name
        for name, device in found.items()
        if await async_remove_config_entry_device(hass, entry, device)
    ]
    assert removable == [f"{SERIAL}_ext_{number}" for number in ("1000", "1001", "1002")]
    registry.async_remove_device(found[removable[0]].id)
    await traveller.travel(30)
    assert removable[0] not in devices(hass, entry.entry_id)

    await house.unload()
    assert not await async_remove_config_entry_device(hass, entry, found[removable[1]])
