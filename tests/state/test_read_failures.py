"""What cannot be read while the link is up: unavailable, said once, and right soon after."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.diagnostics import async_get_config_entry_diagnostics
from custom_components.ippbx.issues.registry import READ_FAILS
from custom_components.ippbx.state.store import UNREAD_AFTER
from pbx_simulator import Simulator
from tests.conftest import SERIAL, StartSimulator
from tests.house import House, log_levels, move_in
from tests.issues.open_issues import open_issues, watch_issues
from tests.time_travel import TimeTraveller

LIST = "extensionlist/query"
SLACK = 16  # seconds from the begin of a fault to the first read that fails
RIGHT_WITHIN = 10

type Begin = Callable[[Simulator, str], None]


def web_page(simulator: Simulator, endpoint: str) -> None:
    simulator.knobs.html_answers = True
    simulator.knobs.fault_endpoints = {endpoint}


def cut(simulator: Simulator, endpoint: str) -> None:
    simulator.knobs.reset = True
    simulator.knobs.fault_endpoints = {endpoint}


def hang(simulator: Simulator, endpoint: str) -> None:
    simulator.knobs.hang = True
    simulator.knobs.fault_endpoints = {endpoint}


def errno(number: str) -> Begin:
    def begin(simulator: Simulator, endpoint: str) -> None:
        simulator.knobs.wrong_errno = {endpoint: number}

    return begin


def answer(answered: dict[str, Any]) -> Begin:
    def begin(simulator: Simulator, endpoint: str) -> None:
        simulator.recorded[endpoint] = answered

    return begin


def mend(simulator: Simulator) -> None:
    knobs = simulator.knobs
    knobs.html_answers = knobs.reset = knobs.hang = False
    knobs.fault_endpoints, knobs.wrong_errno = set(), {}
    simulator.recorded.clear()


FAULTS: dict[str, Begin] = {
    "web page": web_page,
    "cut": cut,
    "no answer": hang,
    "busy": errno("10025"),
    "unknown request": errno("10003"),
    "unknown number": errno("4711"),
    "unknown status": answer({"status": "Nope"}),
    "status of HTTP": answer({"status": 500}),
    "no list": answer({"status": "Success"}),
}
# Endpoints by dialect and part: extensions, trunks, calls.
ENDPOINTS = {
    "openvox": (LIST, "trunklist/query", "inbound/query"),
    "yeastar-v1": (LIST, "trunklist/query", "outbound/query"),
    "yeastar-v2": ("extension/list", "trunk/list", "call/query"),
}


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    return await move_in(hass, simulator, traveller)


def shown(house: House) -> tuple[str, str, str]:
    """Return whether an extension, a trunk and the number of calls are available."""
    trunk = next(iter(house.runtime.store.trunks))
    states = (
        house.state("sensor", "ext_1001_status"),
        house.state("sensor", f"trunk_{trunk}_status"),
        house.state("sensor", "active_calls"),
    )
    also = (
        house.state("binary_sensor", "ext_1001_registered"),
        house.state("binary_sensor", f"trunk_{trunk}_problem"),
    )
    assert [each == STATE_UNAVAILABLE for each in also] == [
        each == STATE_UNAVAILABLE for each in states[:2]
    ]
    return states


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_cannot_be_read_is_not_shown_as_true(
    house: House, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    """Heartbeats pass all the time."""
    simulator, traveller = house.simulator, house.traveller
    await traveller.travel(20)
    logins, seen = simulator.logins, watch_issues(house.hass)
    caplog.clear()

    FAULTS[fault](simulator, LIST)
    took = await traveller.travel(200, until=lambda: house.extension("1001") == STATE_UNAVAILABLE)

    assert UNREAD_AFTER < took < UNREAD_AFTER + SLACK + 10  # an answer that never comes takes 10
    await traveller.rest()
    assert shown(house) == (STATE_UNAVAILABLE, "registered", "0")
    assert open_issues(house) == {READ_FAILS: {"title": "PBX", "endpoints": LIST}}
    await traveller.travel(200)
    assert log_levels(caplog) == ["WARNING"]
    assert LIST in caplog.text

    simulator.directory.extensions["1001"].status = "busy"
    mend(simulator)
    took = await traveller.travel(60, until=lambda: house.extension("1001") == "busy")

    assert took <= RIGHT_WITHIN + 10 * (fault == "no answer")  # the one that is under way
    await traveller.rest()
    assert open_issues(house) == {}
    assert seen == [("create", READ_FAILS), ("remove", READ_FAILS)]
    assert log_levels(caplog) == ["WARNING", "INFO"]
    assert house.runtime.link.up
    assert simulator.logins == logins


@pytest.mark.parametrize("dialect", ENDPOINTS)
async def test_each_part_stands_for_itself(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller, dialect: str
) -> None:
    """A part that fails keeps no other from being read."""
    house = await move_in(hass, await start_simulator(dialect=dialect), traveller)
    simulator = house.simulator
    before = shown(house)
    for part, endpoint in enumerate(ENDPOINTS[dialect]):
        answer({"status": "Nope"})(simulator, endpoint)
        await traveller.travel(UNREAD_AFTER + 40)
        expected = list(before)
        expected[part] = STATE_UNAVAILABLE
        assert shown(house) == tuple(expected)
        assert open_issues(house)[READ_FAILS]["endpoints"] == endpoint
        mend(simulator)
        await traveller.travel(RIGHT_WITHIN)
        assert shown(house) == before


async def test_what_the_pbx_says_of_itself_feeds_no_entity(house: House) -> None:
    simulator, traveller = house.simulator, house.traveller
    await traveller.travel(20)
    answer({"status": "Nope"})(simulator, "deviceinfo/query")
    house.runtime.reader.request_info()
    await traveller.travel(UNREAD_AFTER + SLACK)
    assert open_issues(house) == {READ_FAILS: {"title": "PBX", "endpoints": "deviceinfo/query"}}
    assert STATE_UNAVAILABLE not in shown(house)
    found = await async_get_config_entry_diagnostics(house.hass, house.entry)
    assert found["reads"] == {"unread": ("deviceinfo/query",), "missing": 0, "failed_runs": 0}
    mend(simulator)
    await traveller.travel(RIGHT_WITHIN)
    assert open_issues(house) == {}


async def test_all_that_fails_at_once_is_said_at_once(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    simulator, traveller = house.simulator, house.traveller
    await traveller.travel(20)
    caplog.clear()
    simulator.knobs.html_answers = True
    simulator.knobs.fault_endpoints = set(ENDPOINTS["openvox"])
    await traveller.travel(UNREAD_AFTER + 2 * SLACK)
    assert shown(house) == (STATE_UNAVAILABLE,) * 3
    assert set(open_issues(house)[READ_FAILS]["endpoints"].split(", ")) == {*ENDPOINTS["openvox"]}
    mend(simulator)
    await traveller.travel(RIGHT_WITHIN)
    assert STATE_UNAVAILABLE not in shown(house)
    assert log_levels(caplog) == ["WARNING", "INFO"]


async def test_a_status_that_was_reported_since_stays(house: House) -> None:
    simulator, traveller = house.simulator, house.traveller
    await simulator.set_extension_status("1002", "busy")
    await traveller.travel(31)
    web_page(simulator, LIST)
    await traveller.travel(40)
    await simulator.set_extension_status("1000", "busy")
    await traveller.travel(UNREAD_AFTER)
    states = [house.extension(number) for number in ("1000", "1001", "1002")]
    assert states == ["busy", STATE_UNAVAILABLE, STATE_UNAVAILABLE]

    for number, status in (("1001", "Ringing"), ("1002", "Busy")):  # 1002 as it was before
        await simulator.send_report(
            {"action": "ExtensionStatus", "extension": number, "status": status, "sn": SERIAL}
        )
    await traveller.travel(30)
    states = [house.extension(number) for number in ("1000", "1001", "1002", "1003")]
    assert states == ["busy", "ringing", "busy", STATE_UNAVAILABLE]


async def test_a_short_fault_shows_nothing(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()
    for _ in range(5):
        web_page(house.simulator, LIST)
        await house.traveller.travel(UNREAD_AFTER - 10)
        assert house.extension("1001") == "idle"
        mend(house.simulator)
        await house.traveller.travel(30)
    assert open_issues(house) == {}
    assert log_levels(caplog) == []


def pauses(house: House, since: int) -> Iterator[float]:
    """Return the seconds between two requests for the list."""
    times = [r.time for r in list(house.simulator.requests)[since:] if r.endpoint == LIST]
    return (later - earlier for earlier, later in pairwise(times))


async def test_a_failed_read_is_repeated_often_then_every_half_minute(house: House) -> None:
    await house.simulator.set_extension_status("1000", "busy")
    await house.traveller.travel(31)  # reports are trusted: everything is read every five minutes
    web_page(house.simulator, LIST)
    since = len(house.simulator.requests)
    await house.traveller.travel(600)
    assert max(pauses(house, since)) <= 30
    await house.traveller.travel(100)
    since = len(house.simulator.requests)
    await house.traveller.travel(1200)
    assert 20 <= sorted(pauses(house, since))[25] <= max(pauses(house, since)) <= 30
    assert house.asked("heartbeat", since) <= 21


async def test_a_request_that_the_pbx_lacks_is_no_failure(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    caplog: pytest.LogCaptureFixture,
) -> None:
    simulator.knobs.wrong_errno = {
        "trunklist/query": "10003",
        "inbound/query": "10003",
        "outbound/query": "10003",
    }
    house = await move_in(hass, simulator, traveller)
    caplog.clear()
    await traveller.travel(900)
    assert open_issues(house) == {}
    assert house.state("sensor", "active_calls") == "0"
    assert log_levels(caplog) == []


async def test_a_list_of_calls_that_the_pbx_had_and_lacks_now(house: House) -> None:
    """That is named as any failure is; what the other list shows is used all the same."""
    simulator, traveller = house.simulator, house.traveller
    await traveller.travel(20)
    simulator.knobs.wrong_errno = {"inbound/query": "10003"}
    simulator.knobs.lose_reports = 1
    call = await simulator.calls.outbound("1001", "030555811")
    await call.ring()
    await call.answer()
    took = await traveller.travel(60, until=lambda: house.state("sensor", "active_calls") == "1")
    assert took <= 30
    took += await traveller.travel(200, until=lambda: READ_FAILS in open_issues(house))
    assert UNREAD_AFTER < took < UNREAD_AFTER + SLACK + 30
    assert open_issues(house)[READ_FAILS] == {"title": "PBX", "endpoints": "inbound/query"}
    await traveller.rest()
    assert house.state("sensor", "active_calls") == STATE_UNAVAILABLE

    simulator.knobs.wrong_errno = {}
    await call.hang_up()
    await traveller.travel(60, until=lambda: house.state("sensor", "active_calls") == "0")
    assert READ_FAILS not in open_issues(house)
    assert house.state("sensor", "active_calls") == "0"


async def test_records_are_searched_while_the_calls_are_read_in_part(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    """They tell what ended unseen, whatever the lists of calls lack."""
    simulator = await start_simulator(dialect="yeastar-v1")
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(20)
    simulator.knobs.wrong_errno = {"inbound/query": "10003"}
    simulator.knobs.lose_reports = 1
    await traveller.travel(30)
    since = len(simulator.requests)
    house.runtime.history.backfill.request()
    await traveller.travel(30)
    assert house.asked("cdr/get_random", since)
