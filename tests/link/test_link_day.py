"""The link over whole days: heartbeats go on whatever happens, and no token ever gets old."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime, timedelta
from itertools import pairwise
import json

from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_time_interval
import pytest

from custom_components.ippbx.const import CONF_HEARTBEAT_INTERVAL
from tests.conftest import USERNAME, StartSimulator
from tests.house import House, move_in
from tests.time_travel import TimeTraveller

HOUR = 3600
TOKEN_LIFE = 1800
REQUESTS_KEPT = 100_000


type Event = Callable[[House], Awaitable[None]]


async def nothing(_house: House) -> None:
    """Happens."""


async def no_entity_is_enabled(house: House) -> None:
    registry = er.async_get(house.hass)
    for entity in er.async_entries_for_config_entry(registry, house.entry.entry_id):
        registry.async_update_entity(entity.entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    assert not [s for s in house.hass.states.async_all() if s.domain != "zone"]


async def a_report_comes_every_second(house: House) -> None:
    words = ("Ringing", "Busy", "Idle")

    @callback
    def report(now: datetime) -> None:
        word = words[int(now.timestamp()) % 3]
        body = {"action": "ExtensionStatus", "extension": "1003", "status": word}
        house.runtime.receiver.receive([(json.dumps(body).encode(), "127.0.0.1")])

    stop = async_track_time_interval(house.hass, report, timedelta(seconds=1))
    house.entry.async_on_unload(stop)
    await house.traveller.travel(5)


async def polling_is_switched_off(house: House) -> None:
    house.hass.config_entries.async_update_entry(house.entry, pref_disable_polling=True)
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    assert house.entry.pref_disable_polling


async def a_token_is_dropped(house: House) -> None:
    logins = house.simulator.logins
    house.simulator.drop_tokens()
    await house.traveller.travel(700)
    assert house.simulator.logins == logins + 1


async def the_pbx_is_away_for_an_hour(house: House) -> None:
    await house.simulator.go_away()
    await house.traveller.travel(HOUR)
    assert not house.runtime.link.up
    await house.simulator.come_back()
    await house.traveller.travel(10)
    assert house.runtime.link.up


async def a_wrong_password_is_mended(house: House) -> None:
    house.simulator.set_password("An0ther")
    house.simulator.drop_tokens()
    await house.traveller.travel(HOUR)
    (flow,) = house.hass.config_entries.flow.async_progress()
    assert house.simulator.failed_logins == 1
    await house.traveller.wait_for(
        house.hass.config_entries.flow.async_configure(
            flow["flow_id"], {CONF_USERNAME: USERNAME, CONF_PASSWORD: "An0ther"}
        )
    )
    await house.traveller.travel(10)
    assert house.runtime.link.up
    assert house.simulator.failed_logins == 1


async def answer_after_eight_seconds(house: House) -> None:
    house.simulator.knobs.answer_delay = 8


EVENTS = [
    nothing,
    no_entity_is_enabled,
    a_report_comes_every_second,
    polling_is_switched_off,
    a_token_is_dropped,
    the_pbx_is_away_for_an_hour,
    a_wrong_password_is_mended,
    answer_after_eight_seconds,
]


async def live_through(house: House, event: Event, hours: float, interval: float) -> None:
    """Cause an event at a loaded entry, and check the heartbeats that follow."""
    simulator, traveller = house.simulator, house.traveller
    await event(house)
    began, requests = traveller.now(), len(simulator.requests)

    await traveller.travel(hours * HOUR)

    sent = list(simulator.requests)[requests:]
    heartbeats = [request.time for request in sent if request.endpoint == "heartbeat"]
    moments = [began, *heartbeats, traveller.now()]
    longest = max(b - a for a, b in pairwise(moments))
    assert longest <= interval + 4 * simulator.knobs.answer_delay + 1
    assert simulator.longest_silence < TOKEN_LIFE
    assert simulator.max_in_flight == 1
    assert house.runtime.link.up
    assert simulator.token_alive
    if event is a_report_comes_every_second:
        reports = house.runtime.receiver.accepted["ExtensionStatusReport"]
        assert reports == pytest.approx(hours * HOUR, rel=0.01)


@pytest.fixture
async def loaded(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller, interval: int
) -> AsyncGenerator[House]:
    simulator = await start_simulator(keep=REQUESTS_KEPT)
    house = await move_in(hass, simulator, traveller, options={CONF_HEARTBEAT_INTERVAL: interval})
    yield house
    await house.unload()


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("interval", [600])
async def test_heartbeats_go_on(loaded: House, event: Event, interval: int) -> None:
    await live_through(loaded, event, 2, interval)


@pytest.mark.slow
@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("interval", [60])
async def test_heartbeats_go_on_for_a_day(loaded: House, event: Event, interval: int) -> None:
    await live_through(loaded, event, 24, interval)
