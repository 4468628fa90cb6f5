"""What fulfils a condition, and what does not."""

from collections.abc import Callable
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, condition, device_registry as dr
from homeassistant.setup import async_setup_component
import pytest

from custom_components.ippbx.const import CONF_CONTACTS
from pbx_simulator import Simulator

from .conftest import SERIAL, StartSimulator
from .house import House, move_in
from .time_travel import TimeTraveller

CALLER = "+4930555817"
CONTACTS = [{"number": CALLER, "name": "Grandma", "vip": False}]


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    return await move_in(hass, simulator, traveller, options={CONF_CONTACTS: CONTACTS})


def device(house: House, item: str = "") -> str:
    """Return the id of the device of the PBX, or of an extension or a trunk ("ext_1001")."""
    wanted = ("ippbx", f"{SERIAL}_{item}" if item else SERIAL)
    found = dr.async_entries_for_config_entry(dr.async_get(house.hass), house.entry.entry_id)
    return next(each.id for each in found if wanted in each.identifiers)


async def checker(
    hass: HomeAssistant, name: str, target: dict[str, Any] | None = None, **options: Any
) -> Callable[[], bool | None]:
    """Return what checks a condition, as an automation makes it on any version."""
    config: dict[str, Any] = {"condition": f"ippbx.{name}", "options": options}
    if target is not None:
        config["target"] = target
    checked = await condition.async_validate_condition_config(hass, config)
    made = await condition.async_from_config(hass, checked)
    return lambda: made(hass)


async def fulfilled(house: House, *items: str, **options: Any) -> set[str]:
    """Return the conditions on extensions that some of them fulfil."""
    target = {"device_id": [device(house, item) for item in items]}
    names = ("idle", "ringing", "in_call", "on_hold", "registered")
    return {
        name
        for name in names
        if (await checker(house.hass, f"extension_{name}", target, **options))()
    }


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("registered", {"idle", "registered"}),
        ("ringing", {"ringing", "registered"}),
        ("busy", {"in_call", "registered"}),
        ("hold", {"in_call", "on_hold", "registered"}),
        ("unavailable", set()),
    ],
)
async def test_what_an_extension_does(house: House, word: str, wanted: set[str]) -> None:
    await house.simulator.set_extension_status("1001", word)
    await house.simulator.settle()
    await house.traveller.travel(1)
    assert await fulfilled(house, "ext_1001") == wanted
    assert await fulfilled(house, "ext_1002") == {"idle", "registered"}


async def test_any_of_several_or_all(house: House) -> None:
    await house.simulator.set_extension_status("1001", "busy")
    await house.simulator.settle()
    await house.traveller.travel(1)
    both = ("ext_1001", "ext_1002")
    assert await fulfilled(house, *both) == {"idle", "in_call", "registered"}
    assert await fulfilled(house, *both, behavior="all") == {"registered"}
    assert await fulfilled(house, "", behavior="any") == {"idle", "in_call", "registered"}
    assert await fulfilled(house, "", behavior="all") == {"registered"}
    assert await fulfilled(house, "trunk_trunk-1", behavior="all") == set()


async def test_scope_by_number_by_area_or_none(house: House) -> None:
    await house.simulator.set_extension_status("1001", "ringing")
    await house.simulator.settle()
    await house.traveller.travel(1)
    hass = house.hass
    area = ar.async_get(hass).async_create("Hall")
    dr.async_get(hass).async_update_device(device(house, "ext_1001"), area_id=area.id)
    for target, options, wanted in (
        ({"area_id": [area.id]}, {}, True),
        (None, {"extension": ["1001"]}, True),
        (None, {"extension": "1002"}, False),
        (None, {}, True),
        (None, {"behavior": "all"}, False),
    ):
        assert (await checker(hass, "extension_ringing", target, **options))() is wanted


async def test_do_not_disturb(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    entity_registry_enabled_by_default: None,
) -> None:
    house = await move_in(hass, await start_simulator(dialect="yeastar-v2"), traveller)
    house.simulator.directory.extensions["1001"].dnd = True
    await house.traveller.travel(31)
    for number, wanted in (("1001", True), ("1002", False)):
        made = await checker(hass, "extension_does_not_disturb", extension=number)
        assert made() is wanted


async def test_do_not_disturb_is_unknown_where_nothing_shows_it(house: House) -> None:
    house.simulator.directory.extensions["1001"].dnd = True
    await house.traveller.travel(31)
    assert not (await checker(house.hass, "extension_does_not_disturb"))()


async def test_a_trunk_with_a_problem(house: House) -> None:
    hass = house.hass
    of_one = await checker(
        hass, "trunk_has_problem", {"device_id": [device(house, "trunk_trunk-1")]}
    )
    of_pbx = await checker(hass, "trunk_has_problem", {"device_id": [device(house)]})
    of_all = await checker(hass, "trunk_has_problem", behavior="all")
    assert [of_one(), of_pbx(), of_all()] == [False] * 3
    house.simulator.directory.trunks["trunk-1"].status = "unregistered"
    await house.runtime.coordinator.async_refresh()
    assert [of_one(), of_pbx(), of_all()] == [True, True, False]


async def test_nothing_is_known_without_the_link(house: House) -> None:
    hass = house.hass
    idle = await checker(hass, "extension_idle")
    call = await house.simulator.calls.inbound(None, CALLER, to="1001")
    await call.ring()
    await house.traveller.travel(1)
    up = await checker(hass, "call_is_up")
    assert [idle(), up()] == [True] * 2
    await house.simulator.go_away()
    await house.traveller.travel(120)
    assert [idle(), up()] == [False] * 2
    await house.unload()
    assert [idle(), up()] == [False] * 2


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_a_call_with_somebody(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller, dialect: str
) -> None:
    simulator = await start_simulator(dialect=dialect)
    house = await move_in(hass, simulator, traveller, options={CONF_CONTACTS: CONTACTS})
    await hass.config.async_update(country="DE")
    call = await simulator.calls.inbound(None, CALLER, to="1001")
    await call.ring()
    await house.traveller.travel(1)
    yes: list[dict[str, Any]] = [
        {},
        {"number": "030 555817"},
        {"number": ["110", "+4930*"]},
        {"number": "grandma"},
        {"extension": "1001"},
        {"direction": "inbound"},
        {"state": ["ringing"]},
        {"target": {"device_id": [device(house)]}},
        {"target": {"device_id": [device(house, "ext_1001")]}, "number": "Grandma"},
    ]
    no: list[dict[str, Any]] = [
        {"number": "555818"},
        {"number": "grand"},
        {"extension": "1002"},
        {"direction": ["outbound", "internal"]},
        {"state": "talking"},
        {"target": {"device_id": [device(house, "ext_1002")]}},
    ]
    for options, wanted in [*((each, True) for each in yes), *((each, False) for each in no)]:
        assert (await checker(hass, "call_is_up", **options))() is wanted, options
    await call.answer()
    await house.traveller.travel(1)
    assert (await checker(hass, "call_is_up", state="talking"))()
    await call.hang_up()
    await house.traveller.travel(30)
    assert not (await checker(hass, "call_is_up"))()


async def test_in_an_automation(hass: HomeAssistant, house: House) -> None:
    automation = {
        "alias": "Test",
        "triggers": {"trigger": "event", "event_type": "test"},
        "conditions": {
            "condition": "ippbx.extension_idle",
            "target": {"device_id": device(house, "ext_1001")},
        },
        "actions": {"event": "done"},
    }
    done: list[Any] = []
    hass.bus.async_listen("done", done.append)
    assert await async_setup_component(hass, "automation", {"automation": automation})
    for status, runs in (("busy", 0), ("registered", 1)):
        await house.simulator.set_extension_status("1001", status)
        await house.simulator.settle()
        await house.traveller.travel(1)
        hass.bus.async_fire("test")
        await hass.async_block_till_done()
        assert len(done) == runs
