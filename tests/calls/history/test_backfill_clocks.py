"""The back-fill while a clock is set, ours or the PBX's: each call is published once, and soon."""

from collections import Counter
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.calls.history.backfill import PERIOD
from pbx_simulator.families.uc.endpoints import records
from tests.chaos.stage import Clock, put_clock
from tests.conftest import StartSimulator
from tests.house import House, move_in
from tests.time_travel import TimeTraveller

from .helpers import CALLERS, SECOND, TURN, calls, listen, missed, now, once, start, stop

HOUR = 3600.0
LONG_AGO = timedelta(days=1)
NEXT_READ = PERIOD.total_seconds() + TURN


@pytest.fixture
def pbx_clock() -> Clock:
    """Return the clock of the PBX."""
    return Clock()


@pytest.fixture
def our_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return Home Assistant's clock."""
    clock = Clock()
    put_clock(monkeypatch, clock)
    return clock


@pytest.fixture
async def house(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    pbx_clock: Clock,
    our_clock: Clock,
) -> House:
    """Return a house with a PBX with records, and an entry that is old."""
    simulator = await start_simulator(dialect="yeastar-v2", clock=pbx_clock)
    house = await move_in(hass, simulator, traveller)
    house.runtime.history.backfill._since -= LONG_AGO
    await traveller.travel(TURN)
    return house


def callers(house: House) -> list[str]:
    """Return the callers of the published calls."""
    return sorted(item.caller for item in calls(house))


@pytest.mark.parametrize("offset", [0, 2], ids=["end of summer time", "begin of summer time"])
async def test_clocks_are_changed_meanwhile(house: House, offset: int) -> None:
    """The PBX has another offset afterwards, and prints older records as they were."""
    published = listen(house)
    await stop(house)
    began = [await missed(house, CALLERS[0])]
    await house.traveller.travel(600)
    object.__setattr__(house.simulator.config, "utc_offset", offset)
    began += [await missed(house, caller) for caller in CALLERS[1:]]
    await house.traveller.travel(600)
    await start(house)
    await house.traveller.travel(NEXT_READ)
    found = calls(house)
    assert [item.caller for item in found] == list(CALLERS)
    for item, truth in zip(found, began, strict=True):
        assert abs(item.started - truth) <= SECOND
    assert published.count() == once(house)


@pytest.mark.parametrize("later", [0, 2], ids=["no call after it", "calls after it"])
@pytest.mark.parametrize("offset", [0, 2], ids=["end of summer time", "begin of summer time"])
async def test_clocks_are_changed_soon_after_set_up(
    house: House, monkeypatch: pytest.MonkeyPatch, offset: int, later: int
) -> None:
    """Records of before are not taken for older than the set-up, nor for those of a wrong clock.

    Theirs may be the last lines of the file.
    """
    table = records._table
    monkeypatch.setattr(records, "_table", lambda found: table(found[::-1]))
    backfill = house.runtime.history.backfill
    backfill._since = backfill.seen_until
    await stop(house)
    began = [await missed(house, CALLERS[0])]
    await house.traveller.travel(600)
    object.__setattr__(house.simulator.config, "utc_offset", offset)
    began += [await missed(house, caller) for caller in CALLERS[1 : 1 + later]]
    await house.traveller.travel(600)
    await start(house)
    await house.traveller.travel(NEXT_READ)
    began.append(await missed(house, "030555814"))
    await house.traveller.travel(TURN)
    found = calls(house)
    assert [item.caller for item in found] == [*CALLERS[: 1 + later], "030555814"]
    for item, truth in zip(found, began, strict=True):
        assert abs(item.started - truth) <= SECOND


async def test_records_that_are_read_show_the_zone(house: House, pbx_clock: Clock) -> None:
    """The PBX has the zone of the factory, and by hand the local time."""
    await stop(house)
    object.__setattr__(house.simulator.config, "utc_offset", 8)
    pbx_clock.ahead -= 7 * HOUR
    began = [await missed(house, caller) for caller in CALLERS]
    await house.traveller.travel(600)
    await start(house)
    await house.traveller.travel(NEXT_READ)
    found = calls(house)
    assert [item.caller for item in found] == list(CALLERS)
    for item, truth in zip(found, began, strict=True):
        assert abs(item.started - truth) <= SECOND


async def test_midnight_passes_meanwhile(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    freezer: FrozenDateTimeFactory,
) -> None:
    freezer.move_to(now().replace(hour=22, minute=56) + timedelta(days=1))
    simulator = await start_simulator(dialect="yeastar-v2", utc_offset=1)
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(TURN)
    published = listen(house)
    await stop(house)
    began = [await missed(house, caller, rings=150) for caller in CALLERS]
    days = {(moment + timedelta(hours=1)).date() for moment in began}
    await traveller.travel(300)
    await start(house)
    await house.traveller.travel(NEXT_READ)
    found = calls(house)
    assert len(days) == 2
    assert [item.caller for item in found] == list(CALLERS)
    for item, truth in zip(found, began, strict=True):
        assert abs(item.started - truth) <= SECOND
    assert published.count() == once(house)


@pytest.mark.parametrize("hours", [1, 7])
async def test_the_clock_of_the_pbx_is_put_back_after_a_gap(
    house: House, pbx_clock: Clock, hours: int
) -> None:
    """Its records are of times to come then; nobody waits until these have come."""
    published = listen(house)
    await stop(house)
    pbx_clock.ahead += hours * HOUR
    await missed(house, CALLERS[0])
    await house.traveller.travel(60)
    pbx_clock.ahead -= hours * HOUR
    await start(house)
    assert callers(house) == [CALLERS[0]]
    await house.traveller.travel(NEXT_READ)
    assert published.count() == once(house)
    assert house.runtime.calls.missed.count == 1


async def test_the_clock_of_the_pbx_is_put_back_after_a_call(
    house: House, pbx_clock: Clock
) -> None:
    """Its record can be read for long, and is no change once the engine forgot the call."""
    published = listen(house)
    pbx_clock.ahead += HOUR
    await missed(house, CALLERS[0])
    await house.traveller.travel(60)
    pbx_clock.ahead -= HOUR
    await house.traveller.travel(HOUR / 2)
    await missed(house, CALLERS[1])
    await house.traveller.travel(HOUR)
    assert callers(house) == list(CALLERS[:2])
    assert published.count() == once(house)
    assert house.runtime.calls.missed.count == 2


async def test_our_clock_is_put_back_over_a_restart(house: House, our_clock: Clock) -> None:
    """What was published until then stays known."""
    published = listen(house)
    await missed(house, CALLERS[0])
    await house.traveller.travel(60)
    await stop(house)
    our_clock.ahead -= 2 * HOUR
    await missed(house, CALLERS[1])
    await house.traveller.travel(60)
    await start(house)
    assert callers(house) == list(CALLERS[:2])
    await stop(house)
    our_clock.ahead += 2 * HOUR
    await start(house)
    await house.traveller.travel(NEXT_READ)
    assert callers(house) == list(CALLERS[:2])
    assert published.count() == once(house)
    assert house.runtime.calls.missed.count == 2


async def test_our_clock_is_put_back(house: House, our_clock: Clock) -> None:
    """Records are read as often as ever."""
    our_clock.ahead -= 2 * HOUR
    asked = house.asked("cdr/get_random")
    await house.traveller.travel(4 * NEXT_READ)
    assert 3 <= house.asked("cdr/get_random") - asked <= 5


async def test_our_clock_is_put_forward_after_a_while(house: House, our_clock: Clock) -> None:
    """What was published before is read again, and not published again."""
    published = listen(house)
    our_clock.ahead -= 3 * HOUR
    for _ in range(3):
        await missed(house, CALLERS[0])
        await house.traveller.travel(HOUR)
    our_clock.ahead += 3 * HOUR
    await house.traveller.travel(NEXT_READ)
    assert published.count() == once(house)
    assert Counter(published.count().values()) == {1: 3}
    assert house.runtime.calls.missed.count == 3
