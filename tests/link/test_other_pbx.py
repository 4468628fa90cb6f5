"""Another PBX answers: it is never mixed up with the true one, and no error stays."""

from collections.abc import AsyncGenerator

from homeassistant.components.repairs import DOMAIN as REPAIRS, RepairsFlow
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ippbx.const import DOMAIN
from custom_components.ippbx.issues.registry import OTHER_PBX
from custom_components.ippbx.repairs import async_create_fix_flow
from pbx_simulator import Simulator, SimulatorConfig
from tests.conftest import PASSWORD, SERIAL, USERNAME, StartSimulator, add_entry
from tests.house import House, log_levels, move_in
from tests.issues.open_issues import open_issues, watch_issues
from tests.live import load, serve
from tests.time_travel import TimeTraveller

RIGHT_WITHIN = 10  # seconds
OTHER, THIRD = "SIM0000000002", "SIM0000000003"
FIVE_MINUTES = 300


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(61)
    return house


@pytest.fixture
async def other(socket_enabled: None) -> AsyncGenerator[Simulator]:
    """Return another PBX, which nobody has switched on; it has fewer extensions."""
    other = Simulator(
        SimulatorConfig(serial=OTHER, username=USERNAME, password=PASSWORD, extensions=1)
    )
    yield other
    await other.stop()


def devices(house: House) -> set[str]:
    """Return the identifiers of the entry's devices."""
    found = dr.async_entries_for_config_entry(dr.async_get(house.hass), house.entry.entry_id)
    return {identifier for device in found for _, identifier in device.identifiers}


def is_right(house: House) -> bool:
    return house.runtime.link.up and house.extension("1001") == "idle"


async def test_an_address_that_another_pbx_has_for_a_while(
    house: House, other: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    simulator, before = house.simulator, devices(house)
    caplog.clear()
    await simulator.go_away()
    await other.start(port=simulator.port)
    await house.traveller.travel(120)

    assert not house.runtime.link.up
    assert house.extension("1001") == STATE_UNAVAILABLE
    assert open_issues(house) == {OTHER_PBX: {"title": "PBX", "serial": OTHER}}
    assert devices(house) == before
    with_a_token = [request.endpoint for request in other.requests if request.token_ok]
    assert with_a_token == ["deviceinfo/query", "logout"]
    assert (other.logins, other.token_alive) == (1, False)

    await other.go_away()
    await simulator.come_back()
    took = await house.traveller.travel(60, until=lambda: is_right(house))

    assert took <= RIGHT_WITHIN
    assert simulator.logins == 1  # its token lived on
    assert not open_issues(house)
    assert log_levels(caplog) == ["WARNING", "INFO"]


async def test_the_true_pbx_may_have_lost_its_token_meanwhile(
    house: House, other: Simulator
) -> None:
    simulator = house.simulator
    await simulator.go_away()
    simulator.drop_tokens()
    await other.start(port=simulator.port)
    await house.traveller.travel(90)
    await other.go_away()
    await house.traveller.travel(6)  # a probe finds nobody

    await simulator.come_back()
    took = await house.traveller.travel(60, until=lambda: is_right(house))

    assert took <= RIGHT_WITHIN
    assert (simulator.logins, other.logins) == (2, 1)


async def test_another_pbx_is_logged_in_to_every_five_minutes(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing shows when the true one is back: the other never went away, and no token is left."""
    simulator = house.simulator
    caplog.clear()
    seen = watch_issues(house.hass)
    simulator.device.serial = OTHER
    simulator.drop_tokens()
    since = simulator.logins
    await house.traveller.travel(3 * FIVE_MINUTES)
    assert simulator.logins - since == 3
    assert set(open_issues(house)) == {OTHER_PBX}

    simulator.device.serial = SERIAL
    took = await house.traveller.travel(2 * FIVE_MINUTES, until=lambda: is_right(house))

    assert took <= FIVE_MINUTES + RIGHT_WITHIN
    await house.traveller.travel(130)
    assert seen == [("create", OTHER_PBX), ("remove", OTHER_PBX)]
    assert log_levels(caplog) == ["WARNING", "INFO"]


async def test_a_repair_that_is_deleted_comes_back_while_its_problem_lasts(
    house: House, other: Simulator
) -> None:
    """Home Assistant's own flow, which only confirms, may have ended it."""
    await house.simulator.go_away()
    await other.start(port=house.simulator.port)
    await house.traveller.travel(120)
    ir.async_delete_issue(house.hass, DOMAIN, f"{OTHER_PBX}_{house.entry.entry_id}")
    assert not open_issues(house)
    await house.traveller.travel(RIGHT_WITHIN)
    assert set(open_issues(house)) == {OTHER_PBX}


async def test_an_action_never_reaches_another_pbx(house: House) -> None:
    """The action is the first to notice."""
    simulator, before = house.simulator, devices(house)
    simulator.device.serial = OTHER
    simulator.drop_tokens()
    since = len(simulator.requests)
    with pytest.raises(HomeAssistantError) as refused:
        await house.hass.services.async_call(
            DOMAIN, "dial", {"extension": "1000", "number": "1001"}, blocking=True
        )
    assert refused.value.translation_key == "wrong_pbx"
    with_a_token = [r.endpoint for r in list(simulator.requests)[since:] if r.token_ok]
    assert with_a_token == ["deviceinfo/query", "logout"]
    await house.traveller.travel(60)
    assert not house.runtime.link.up
    assert devices(house) == before


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_no_action_is_sent_while_another_pbx_answers(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller, dialect: str
) -> None:
    """It would hear numbers and texts, and the token of the true one."""
    simulator = await start_simulator(dialect=dialect)
    house = await move_in(hass, simulator, traveller)
    simulator.device.serial = OTHER
    simulator.drop_tokens()
    await traveller.travel(120)
    assert OTHER_PBX in open_issues(house)
    since = len(simulator.requests)
    for action, data in (
        ("dial", {"extension": "1000", "number": "1001"}),
        ("hang_up", {"extension": "1000"}),
        ("play_prompt", {"extension": "1000", "prompts": ["hello"]}),
    ):
        with pytest.raises(HomeAssistantError) as refused:
            await hass.services.async_call(DOMAIN, action, data, blocking=True)
        assert refused.value.translation_key == "wrong_pbx"
    asked = {each.endpoint for each in list(simulator.requests)[since:]}
    assert asked <= {"deviceinfo/query", "login", "logout"}


async def test_a_serial_number_that_changes_is_noticed_with_the_next_full_reading(
    house: House,
) -> None:
    simulator = house.simulator
    simulator.device.serial = OTHER
    await house.traveller.travel(3700, until=lambda: not house.runtime.link.up)
    assert set(open_issues(house)) == {OTHER_PBX}

    simulator.device.serial = SERIAL
    took = await house.traveller.travel(60, until=lambda: is_right(house))

    assert took <= RIGHT_WITHIN
    assert simulator.logins == 1


async def test_another_pbx_at_the_start(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    await serve(hass)
    simulator.device.serial = OTHER
    entry = add_entry(hass, simulator)
    house = House(hass=hass, entry=entry, simulator=simulator, traveller=traveller)
    await traveller.wait_for(hass.config_entries.async_setup(entry.entry_id))
    await traveller.travel(60)
    assert entry.state is not ConfigEntryState.SETUP_ERROR
    assert set(open_issues(house)) == {OTHER_PBX}
    assert not simulator.token_alive

    simulator.device.serial = SERIAL
    await traveller.travel(2 * FIVE_MINUTES)

    assert entry.state is ConfigEntryState.LOADED
    assert is_right(house)
    assert not open_issues(house)


async def open_fix(hass: HomeAssistant, entry: MockConfigEntry) -> RepairsFlow:
    """Return the flow of the fix after its question."""
    assert await async_setup_component(hass, REPAIRS, {})
    issue_id = f"{OTHER_PBX}_{entry.entry_id}"
    details = {"entry_id": entry.entry_id, "serial": OTHER}
    flow = await async_create_fix_flow(hass, issue_id, details)
    flow.hass, flow.issue_id, flow.handler, flow.flow_id = hass, issue_id, DOMAIN, "1"
    assert (await flow.async_step_init())["type"] == "form"
    return flow


async def test_the_user_may_take_the_other_pbx(house: House, other: Simulator) -> None:
    simulator, entry = house.simulator, house.entry
    await simulator.go_away()
    await other.start(port=simulator.port)
    await house.traveller.travel(FIVE_MINUTES + 60)
    assert other.logins == 2  # the next one is due in four minutes
    flow = await open_fix(house.hass, entry)

    assert (await flow.async_step_confirm({}))["type"] == "create_entry"
    await house.traveller.travel(10)

    assert (entry.unique_id, entry.state) == (OTHER, ConfigEntryState.LOADED)
    assert {each for each in devices(house) if "_" not in each} == {OTHER}
    assert not {each for each in devices(house) if SERIAL in each}
    assert f"{OTHER}_ext_1000" in devices(house)
    assert not open_issues(house)


async def test_what_answers_when_the_user_confirms_counts(house: House, other: Simulator) -> None:
    """Nobody, a third PBX, which is asked about first, and the old one, which ends the question."""
    simulator, entry = house.simulator, house.entry
    await simulator.go_away()
    await other.start(port=simulator.port)
    await house.traveller.travel(120)
    flow = await open_fix(house.hass, entry)

    await other.go_away()
    assert (await flow.async_step_confirm({}))["errors"] == {"base": "cannot_connect"}

    await other.come_back()
    other.device.serial = THIRD
    answer = await flow.async_step_confirm({})
    assert answer["errors"] == {"base": "pbx_other"}
    assert answer["description_placeholders"] == {"title": "PBX", "serial": THIRD}
    assert entry.unique_id == SERIAL

    await other.go_away()
    await simulator.come_back()
    assert (await flow.async_step_confirm({}))["type"] == "create_entry"
    await house.traveller.travel(RIGHT_WITHIN)
    assert (entry.unique_id, entry.state) == (SERIAL, ConfigEntryState.LOADED)
    assert is_right(house)
    assert not open_issues(house)


async def test_a_third_pbx_is_taken_once_it_was_asked_about(house: House, other: Simulator) -> None:
    await house.simulator.go_away()
    await other.start(port=house.simulator.port)
    await house.traveller.travel(120)
    flow = await open_fix(house.hass, house.entry)
    other.device.serial = THIRD
    await flow.async_step_confirm({})

    assert (await flow.async_step_confirm({}))["type"] == "create_entry"
    await house.traveller.travel(RIGHT_WITHIN)
    assert (house.entry.unique_id, house.entry.state) == (THIRD, ConfigEntryState.LOADED)


async def test_a_pbx_with_an_entry_of_its_own_is_not_taken(
    hass: HomeAssistant, simulator: Simulator, start_simulator: StartSimulator
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator)
    await load(hass, entry)
    add_entry(hass, await start_simulator(serial=OTHER))
    flow = await open_fix(hass, entry)
    simulator.device.serial = OTHER

    assert (await flow.async_step_confirm({}))["reason"] == "already_configured"
    assert entry.unique_id == SERIAL
