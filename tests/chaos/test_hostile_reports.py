"""Spoilt reports of a PBX that is known, fed to a loaded entry.

Nothing raises in what becomes of them either.
"""

from collections.abc import Iterator
import json
from random import Random
import re

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.diagnostics import async_get_config_entry_diagnostics
from fuzz.mutations import mutate
from tests.conftest import SERIAL, StartSimulator
from tests.house import House, move_in
from tests.pbx.tracking.scenario import Scenario, scenario
from tests.time_travel import TimeTraveller

from .malformed_json import corrupt, errors_in

LIGHT = 40  # of a hundred reports so many are corrupted in their bytes, and as many in their values


def reports_of(dialect: str, chance: Random) -> Iterator[tuple[float, bytes]]:
    """Yield reports of one scenario after another, as those of our PBX.

    Each with the seconds since the one before.
    """
    while True:
        played = scenario(chance.randrange(10**6), dialect)
        last = played.started
        for report in played.reports:
            yield report.at - last, corrupted(as_ours(report.body, played), chance)
            last = report.at
        yield 30.0, b'{"action":"BootUp"}'


def as_ours(body: bytes, played: Scenario) -> bytes:
    """Return a report with the extensions, the trunks and the serial number of our PBX."""
    ours = {each.name: str(1000 + index % 5) for index, each in enumerate(played.extensions)}
    ours |= {each.name: f"trunk-{index % 2 + 1}" for index, each in enumerate(played.trunks)}
    ours[played.serial] = SERIAL
    theirs = "|".join(map(re.escape, ours))
    return re.sub(f'"({theirs})"', lambda found: f'"{ours[found[1]]}"', body.decode()).encode()


def corrupted(body: bytes, chance: Random) -> bytes:
    """Return a report that may be changed: in its bytes, or in one of its values."""
    lot = chance.randrange(100)
    if lot < LIGHT:
        return mutate(body, chance, 2048)
    if lot < 2 * LIGHT:
        data = json.loads(body)
        corrupt(data, chance)
        return json.dumps(data).encode()
    return body


async def feed(house: House, count: int, seed: int) -> None:
    """Send reports, with time between them."""
    chance = Random(seed)
    reports = reports_of(house.simulator.config.dialect, chance)
    for _ in range(count):
        pause, body = next(reports)
        if pause > 1:
            await house.traveller.travel(pause)
        house.runtime.receiver.receive([(body, "127.0.0.1")])
    await house.traveller.travel(60)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
@pytest.mark.parametrize("count", [400, pytest.param(4000, marks=pytest.mark.slow)])
async def test_spoilt_reports(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    caplog: pytest.LogCaptureFixture,
    dialect: str,
    count: int,
) -> None:
    simulator = await start_simulator(dialect=dialect, first_extension=1000)
    house = await move_in(hass, simulator, traveller)
    await feed(house, count, seed=count)
    found = await async_get_config_entry_diagnostics(hass, house.entry)
    json.dumps(found)
    reports = found["reports"]
    assert set(reports["rejected"]) <= {"malformed", "serial"}
    assert sum(reports["accepted"].values()) > count / 2
    assert len(reports["accepted"]) > 5, "too few kinds"
    assert found["calls"]["published"]["ended"] > count / 50
    assert errors_in(caplog) == []
    await house.unload()
