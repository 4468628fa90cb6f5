"""PBX, link and entry restart ten times under every blueprint, in the middle of calls.

Nothing runs.
"""

from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest

from pbx_simulator import Simulator
from tests.conftest import StartSimulator
from tests.house import House, move_in
from tests.time_travel import TimeTraveller

from .automations import DIALECTS, automate_all, record, ring
from .inputs import INPUTS, OPTIONS

TIMES = 10
MOCKED = (
    "test.run",
    "tts.speak",
    "light.toggle",
    "media_player.media_pause",
    "media_player.media_play",
    "ippbx.refuse_call",
    "ippbx.play_prompt",
)

pytestmark = pytest.mark.usefixtures("no_faulty_automation")


@pytest.fixture(params=DIALECTS)
async def simulator(start_simulator: StartSimulator, request: pytest.FixtureRequest) -> Simulator:
    return await start_simulator(dialect=request.param)


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    return await move_in(hass, simulator, traveller, options=OPTIONS)


async def lose_link(house: House) -> None:
    await house.simulator.go_away()
    await house.traveller.travel(180)
    assert not house.runtime.link.up
    await house.simulator.come_back()


async def reboot_pbx(house: House) -> None:
    await house.traveller.wait_for(house.simulator.reboot(seconds=30))


async def reload_entry(house: House) -> None:
    entry_id = house.entry.entry_id
    await house.traveller.wait_for(house.hass.config_entries.async_reload(entry_id))


async def unload_entry(house: House) -> None:
    await house.unload()
    await house.traveller.travel(60)
    entry_id = house.entry.entry_id
    await house.traveller.wait_for(house.hass.config_entries.async_setup(entry_id))


async def stir(house: House) -> None:
    """Cause everything that any of them waits for."""
    call = await ring(house)
    await call.answer()
    await call.press("4")
    await call.hang_up()
    await (await ring(house)).hang_up()
    await (await house.simulator.calls.place("1003", "1002")).ring()
    house.simulator.directory.trunks["trunk-1"].control_answering = True
    await house.simulator.calls.inbound("trunk-1", "+49301234", to="1001")
    house.hass.states.async_set("binary_sensor.smoke", "on")
    await house.simulator.set_trunk_status("trunk-1", "failure")
    await house.simulator.set_extension_status("1001", "unavailable")
    await house.traveller.travel(900)


async def test_restarts_run_nothing(house: House, tmp_path: Path) -> None:
    record(house.hass, *MOCKED)
    house.hass.states.async_set("binary_sensor.smoke", "off")
    house.hass.states.async_set("media_player.hall", "playing")
    await house.simulator.set_trunk_status("trunk-2", "failure")
    await house.simulator.set_extension_status("1004", "unavailable")
    inputs = {name: given(house) for name, given in INPUTS.items()}
    automations = await automate_all(house.hass, tmp_path, inputs)
    for _ in range(TIMES):
        for automation in automations:
            await automation.switch("off")
        call = await ring(house)
        await call.answer()
        await call.press("4")
        await house.traveller.travel(60)
        for automation in automations:
            await automation.switch("on")
        for restart in (lose_link, reload_entry, unload_entry, reboot_pbx):
            await restart(house)
            await house.traveller.travel(120)
            assert house.runtime.link.up
            ran = {each.entity_id: each.runs for each in automations if each.runs}
            assert not ran, restart.__name__
    await stir(house)
    assert not [each.entity_id for each in automations if not each.runs], "they still run"
