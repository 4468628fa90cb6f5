"""A PBX whose answers are corrupted while people phone.

Nothing raises, and all is right once they are not any more.
"""

import copy
from random import Random
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from pbx_simulator import Simulator
from pbx_simulator.families.uc.router import Router
from tests.conftest import StartSimulator
from tests.house import House, move_in
from tests.live import SHOWN_STATUS
from tests.time_travel import TimeTraveller

from .malformed_json import corrupt, errors_in

STATUSES = ("ringing", "busy", "idle", "unavailable")


class Spoiler:
    """Spoils the answers of simulated PBXes, downloads and the login's included."""

    def __init__(self, patch: pytest.MonkeyPatch, chance: Random) -> None:
        """Begin with answers that are right."""
        self.share = 0.0
        self.corrupted = 0
        answer = Router.answer

        async def corrupted(router: Router, *args: Any) -> Any:
            found = await answer(router, *args)
            if isinstance(found, dict) and found and chance.random() < self.share:
                self.corrupted += 1
                found = copy.deepcopy(found)
                corrupt(found, chance)
            return found

        patch.setattr(Router, "answer", corrupted)


async def live(house: House, chance: Random, seconds: float) -> None:
    """Let people phone, and phones come and go, for some time."""
    simulator, traveller = house.simulator, house.traveller
    end = traveller.now() + seconds
    while traveller.now() < end:
        caller, callee = chance.sample(["1000", "1001", "1002"], 2)
        await simulator.set_extension_status("1004", chance.choice(STATUSES))
        call = await simulator.calls.place(caller, callee)
        await call.ring()
        await traveller.travel(chance.choice((1, 8)))
        if chance.random() < 0.6:
            await call.answer()
            await traveller.travel(chance.choice((2, 20, 70)))
        await call.hang_up()
        await traveller.travel(chance.choice((1, 5, 30)))


def shown(house: House) -> list[str]:
    return [house.extension(number) for number in house.simulator.directory.extensions]


def true_states(simulator: Simulator) -> list[str]:
    """What is to be shown of each extension."""
    found = simulator.directory.extensions.values()
    return [SHOWN_STATUS.get(each.status, each.status) for each in found]


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
@pytest.mark.parametrize("minutes", [10, pytest.param(60, marks=pytest.mark.slow)])
async def test_spoilt_answers(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    dialect: str,
    minutes: int,
) -> None:
    simulator = await start_simulator(dialect=dialect, first_extension=1000)
    house = await move_in(hass, simulator, traveller)
    chance = Random(minutes)
    spoiler = Spoiler(monkeypatch, chance)
    await traveller.travel(20)

    spoiler.share = 0.4
    simulator.knobs.lose_reports = 0.3  # so that reads have something to tell
    await live(house, chance, minutes * 60)
    assert spoiler.corrupted > minutes

    spoiler.share = simulator.knobs.lose_reports = 0
    await traveller.travel(900)
    assert house.runtime.link.up
    assert shown(house) == true_states(simulator)
    assert house.state("sensor", "active_calls") == "0"
    assert simulator.failed_logins == 0
    assert not hass.config_entries.flow.async_progress(), "somebody is asked for credentials"
    assert errors_in(caplog) == []
    await house.unload()
