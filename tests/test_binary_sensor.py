"""Binary sensors and the status of trunks."""

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.pbx.model.lines import TrunkStatus
from pbx_simulator import Simulator

from .conftest import SERIAL, add_entry
from .live import entity_id, load, serve


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
    sensor = hass.states.get(entity_id(hass, "binary_sensor", f"{SERIAL}_trunk_trunk-2_problem"))
    assert sensor.state == problem
