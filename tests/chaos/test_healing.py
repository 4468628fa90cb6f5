"""After a gap: log in again, read everything, reconcile the calls, look for records.

In this order, each once.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from tests.calls.history.helpers import listen, missed, once
from tests.conftest import StartSimulator
from tests.house import House, move_in
from tests.time_travel import TimeTraveller

CALLERS = ("030555831", "030555832")
GAP = 300.0  # seconds
HEALED_WITHIN = 20.0  # seconds in which everything is done
STEPS = ("login", "extensionlist/query", "inbound/query", "cdr/get_random")

type Step = Callable[[House], Awaitable[None]]


@pytest.fixture
async def house(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
) -> House:
    """Return a house with a PBX that gives its records."""
    house = await move_in(hass, await start_simulator(dialect="yeastar-v1"), traveller)
    await traveller.travel(40)
    return house


async def go_away(house: House) -> None:
    await house.simulator.go_away()
    house.simulator.drop_tokens()


async def come_back(house: House) -> None:
    await house.simulator.come_back()


async def stop_reporting(house: House) -> None:
    """Drop all tokens and answer nothing, so that nothing shows before the end."""
    house.simulator.drop_tokens()
    house.simulator.knobs.hang = True


async def speak(house: House) -> None:
    house.simulator.knobs.hang = False


async def lose_power(house: House) -> None:
    await house.simulator.go_away()
    house.simulator.drop_tokens()


async def boot(house: House) -> None:
    house.simulator.calls.forget_all()
    await house.simulator.come_back()
    house.simulator.api.reports.boot_up()


async def stop(house: House) -> None:
    await house.unload()


async def start(house: House) -> None:
    await house.traveller.wait_for(
        house.hass.config_entries.async_setup(house.entry.entry_id), seconds=10
    )


GAPS: dict[str, tuple[Step, Step]] = {
    "link down": (go_away, come_back),
    "tokens lost": (stop_reporting, speak),
    "PBX started anew": (lose_power, boot),
    "Home Assistant stopped": (stop, start),
}


@pytest.mark.parametrize(("begin", "end"), GAPS.values(), ids=GAPS)
async def test_a_gap_is_healed_in_order_and_once(house: House, begin: Step, end: Step) -> None:
    simulator, published = house.simulator, listen(house)
    await missed(house, CALLERS[0])
    await house.traveller.travel(40)
    await begin(house)
    await house.traveller.travel(GAP)
    await missed(house, CALLERS[1])
    await house.traveller.travel(20)
    since = len(simulator.requests)

    await end(house)
    await house.traveller.travel(HEALED_WITHIN)

    asked = [r.endpoint for r in list(simulator.requests)[since:] if r.errno == ""]
    steps = [each for each in asked if each in STEPS]
    # Where Home Assistant was stopped, everything is read once more until a report has shown that
    # reports come.
    assert (steps if begin is not stop else list(dict.fromkeys(steps))) == list(STEPS)
    assert (steps.count("login"), steps.count("cdr/get_random")) == (1, 1)
    await house.traveller.travel(600)
    assert published.count() == once(house)
    assert len(once(house)) == len(CALLERS)
    assert house.runtime.calls.missed.count == len(CALLERS)
    assert Counter(published.count().values()) == {1: len(CALLERS)}
    assert simulator.failed_logins == 0
