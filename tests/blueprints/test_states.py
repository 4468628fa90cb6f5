"""The blueprints about trunks and phones: failures are announced, and nothing else is."""

from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest

from pbx_simulator import Simulator
from tests.conftest import SERIAL
from tests.house import House, move_in
from tests.live import entity_id
from tests.time_travel import TimeTraveller

from .automations import NAMES, automate, automate_all, record
from .inputs import INPUTS, OPTIONS

MINUTE = 60

pytestmark = pytest.mark.usefixtures("no_faulty_automation")


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    return await move_in(hass, simulator, traveller, options=OPTIONS)


async def test_home_assistant_accepts_each(house: House, tmp_path: Path) -> None:
    assert sorted(INPUTS) == NAMES
    inputs = {name: given(house) for name, given in INPUTS.items()}
    assert len(await automate_all(house.hass, tmp_path, inputs)) == len(NAMES)


@pytest.mark.parametrize("delay", [{"minutes": 5}, "00:05:00", 300])
async def test_a_trunk_is_down_and_back(house: House, tmp_path: Path, delay: object) -> None:
    notified = record(house.hass, "persistent_notification.create")[
        "persistent_notification.create"
    ]
    sensor = entity_id(house.hass, "binary_sensor", f"{SERIAL}_trunk_trunk-1_problem")
    automation = await automate(
        house.hass, tmp_path, "trunk_down_or_back", trunks=[sensor], delay=delay
    )
    trunks = house.simulator
    await trunks.set_trunk_status("trunk-1", "failure")
    await house.traveller.travel(4 * MINUTE)
    await trunks.set_trunk_status("trunk-1", "registered")
    await house.traveller.travel(10 * MINUTE)
    assert automation.runs == [], "it was not down for long enough"
    await trunks.set_trunk_status("trunk-1", "failure")
    await house.traveller.travel(6 * MINUTE)
    assert [each.data["title"] for each in notified] == ["A trunk is down"]
    assert notified[0].data["message"].startswith("trunk-1 has been out of order since ")
    await trunks.set_trunk_status("trunk-1", "registered")
    await house.traveller.travel(2 * MINUTE)
    assert [each.data["title"] for each in notified] == ["A trunk is down", "A trunk is back"]
    assert notified[1].data["notification_id"] == notified[0].data["notification_id"]


async def test_a_phone_is_offline(house: House, tmp_path: Path) -> None:
    notified = record(house.hass, "persistent_notification.create")[
        "persistent_notification.create"
    ]
    sensor = entity_id(house.hass, "binary_sensor", f"{SERIAL}_ext_1001_registered")
    await automate(house.hass, tmp_path, "extension_offline", phones=[sensor], delay={"minutes": 3})
    await house.simulator.set_extension_status("1001", "unavailable")
    await house.traveller.travel(2 * MINUTE)
    await house.simulator.set_extension_status("1001", "registered")
    await house.traveller.travel(10 * MINUTE)
    assert notified == []
    await house.simulator.set_extension_status("1001", "unavailable")
    await house.traveller.travel(4 * MINUTE)
    (only,) = notified
    assert only.data["title"] == "A phone is offline"
    assert "1001" in only.data["message"]
