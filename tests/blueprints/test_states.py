"""The blueprints about trunks and phones: failures are announced, and nothing else is."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest

from pbx_simulator import Simulator
from tests.conftest import SERIAL
from tests.house import House, move_in
from tests.live import entity_id
from tests.time_travel import TimeTraveller

from .automations import NAMES, automate, automate_all, record
from .inputs import INPUTS, OPTIONS, problem, sensor

MINUTE = 60
PROBLEM = "binary_sensor", "trunk_trunk-1_problem"

pytestmark = pytest.mark.usefixtures("no_faulty_automation")


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    return await move_in(hass, simulator, traveller, options=OPTIONS)


async def test_home_assistant_accepts_each(house: House, tmp_path: Path) -> None:
    assert sorted(INPUTS) == NAMES
    inputs = {name: given(house) for name, given in INPUTS.items()}
    assert len(await automate_all(house.hass, tmp_path, inputs)) == len(NAMES)


async def lose_link(house: House, seconds: float) -> None:
    await house.simulator.go_away()
    await house.traveller.travel(seconds)
    await house.simulator.come_back()


@pytest.mark.parametrize("delay", [{"minutes": 5}, "00:05:00", 300])
async def test_a_trunk_is_down_and_back(house: House, tmp_path: Path, delay: object) -> None:
    notified = record(house.hass, "persistent_notification.create")[
        "persistent_notification.create"
    ]
    sensor = entity_id(house.hass, "binary_sensor", f"{SERIAL}_trunk_trunk-1_problem")
    await automate(house.hass, tmp_path, "trunk_down_or_back", trunks=[sensor], delay=delay)
    trunks = house.simulator
    await trunks.set_trunk_status("trunk-1", "failure")
    await house.traveller.travel(4 * MINUTE)
    await trunks.set_trunk_status("trunk-1", "registered")
    await house.traveller.travel(10 * MINUTE)
    assert notified == [], "it was not down for long enough"
    await trunks.set_trunk_status("trunk-1", "failure")
    await house.traveller.travel(6 * MINUTE)
    assert [each.data["title"] for each in notified] == ["A trunk is down"]
    assert notified[0].data["message"].startswith("trunk-1 has been out of order since ")
    await trunks.set_trunk_status("trunk-1", "registered")
    await house.traveller.travel(2 * MINUTE)
    assert [each.data["title"] for each in notified] == ["A trunk is down", "A trunk is back"]
    assert notified[1].data["notification_id"] == notified[0].data["notification_id"]


@pytest.fixture
async def titles(house: House, tmp_path: Path) -> Callable[[], list[str]]:
    """Watch a trunk and a phone; return what reads the titles of the notifications so far."""
    create = "persistent_notification.create"
    notified = record(house.hass, create)[create]
    await automate_all(
        house.hass,
        tmp_path,
        {
            "trunk_down_or_back": {"trunks": problem(house, "trunk-1")},
            "extension_offline": {"phones": sensor(house, "ext_1001_registered")},
        },
    )
    return lambda: sorted(each.data["title"] for each in notified)


async def fail(house: House) -> None:
    await house.simulator.set_trunk_status("trunk-1", "failure")
    await house.simulator.set_extension_status("1001", "unavailable")


async def recover(house: House) -> None:
    await house.simulator.set_trunk_status("trunk-1", "registered")
    await house.simulator.set_extension_status("1001", "registered")


async def test_a_short_loss_of_the_link_hides_no_failure(
    house: House, titles: Callable[[], list[str]]
) -> None:
    await fail(house)
    await house.traveller.travel(2 * MINUTE)
    await lose_link(house, 100)
    await house.traveller.travel(20 * MINUTE)
    assert titles() == ["A phone is offline", "A trunk is down"]
    await recover(house)
    await house.traveller.travel(2 * MINUTE)
    assert titles() == ["A phone is offline", "A trunk is back", "A trunk is down"]


async def test_what_fails_while_the_link_is_lost_is_announced_afterwards(
    house: House, titles: Callable[[], list[str]]
) -> None:
    await house.simulator.go_away()
    await house.traveller.travel(20 * MINUTE)
    await fail(house)
    await house.simulator.come_back()
    await house.traveller.travel(20 * MINUTE)
    assert titles() == ["A phone is offline", "A trunk is down"]


async def test_what_recovers_while_the_link_is_lost_is_not_announced(
    house: House, titles: Callable[[], list[str]]
) -> None:
    await fail(house)
    await house.traveller.travel(2 * MINUTE)
    await house.simulator.go_away()
    await house.traveller.travel(20 * MINUTE)
    await recover(house)
    await house.simulator.come_back()
    await house.traveller.travel(20 * MINUTE)
    assert titles() == []


@pytest.mark.parametrize("soon", [False, True])
async def test_a_short_loss_of_the_link_hides_no_recovery(
    house: House, titles: Callable[[], list[str]], *, soon: bool
) -> None:
    """It comes back a minute after the link, or with it."""
    await fail(house)
    await house.traveller.travel(15 * MINUTE)
    assert titles() == ["A phone is offline", "A trunk is down"]
    await house.simulator.go_away()
    await house.traveller.travel(MINUTE)
    if soon:
        await recover(house)
    await house.simulator.come_back()
    await house.traveller.travel(MINUTE)
    await recover(house)
    await house.traveller.travel(2 * MINUTE)
    assert titles() == ["A phone is offline", "A trunk is back", "A trunk is down"]


async def reload_entry(house: House) -> None:
    entry_id = house.entry.entry_id
    await house.traveller.wait_for(house.hass.config_entries.async_unload(entry_id))
    await house.simulator.set_trunk_status("trunk-1", "failure")
    await house.traveller.wait_for(house.hass.config_entries.async_setup(entry_id))


async def fail_at_once(house: House) -> None:
    await house.simulator.set_trunk_status("trunk-1", "failure")


@pytest.mark.parametrize(("again", "down"), [(fail_at_once, 2), (reload_entry, 1)])
async def test_a_trunk_that_works_for_a_moment_only_is_back_when_it_stays(
    house: House,
    titles: Callable[[], list[str]],
    again: Callable[[House], Awaitable[None]],
    down: int,
) -> None:
    """If it is seen to fail again, that is announced again."""
    trunk = house.simulator
    await trunk.set_trunk_status("trunk-1", "failure")
    await house.traveller.travel(7 * MINUTE)
    await trunk.set_trunk_status("trunk-1", "registered")
    await house.traveller.travel(MINUTE, until=lambda: house.state(*PROBLEM) == "off")
    await again(house)
    await house.traveller.travel(7 * MINUTE)
    assert titles() == ["A trunk is down"] * down
    await trunk.set_trunk_status("trunk-1", "registered")
    await house.traveller.travel(2 * MINUTE)
    assert titles() == ["A trunk is back", *["A trunk is down"] * down]


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
