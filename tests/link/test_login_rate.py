"""How often the link logs in, whatever the PBX answers: each login is a session there."""

from collections.abc import Iterable
from itertools import pairwise
import random
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.ippbx.const import DOMAIN
from pbx_simulator import Simulator
from pbx_simulator.traffic import Request
from tests.conftest import SERIAL, add_entry
from tests.house import House, log_levels, move_in
from tests.issues.open_issues import open_issues
from tests.live import serve
from tests.time_travel import TimeTraveller

RIGHT_WITHIN = 10  # seconds
LIMIT = 360  # seconds in which a login is allowed again for certain
COUNTED = ("", "20003")
LOST_TOKEN = ("20003", "20004", "20005", "20006")
REDIRECT = "https://127.0.0.1:1/"

ERROR_PAGES: list[dict[str, Any]] = [
    {"html_answers": True},
    {"reset": True},
    {"redirect_to": REDIRECT},
    {"empty_answers": True},
    {"api_enabled": False},
]
HALF: dict[str, Any] = {"half_answers": True}
NO_FAULT = {
    "html_answers": False,
    "reset": False,
    "redirect_to": "",
    "empty_answers": False,
    "half_answers": False,
    "api_enabled": True,
    "fault_endpoints": set(),
    "wrong_errno": {},
}


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(61)  # two heartbeats
    return house


def turn(simulator: Simulator, **knobs: Any) -> None:
    """Turn the knobs of faults; those that are not named back."""
    for name, value in {**NO_FAULT, **knobs}.items():
        setattr(simulator.knobs, name, value)


def is_right(house: House) -> bool:
    return house.runtime.link.up and house.extension("1001") == "idle"


def check_logins(requests: Iterable[Request]) -> int:
    """Assert that at no time there were too many logins; return their number.

    Three in the first minute, one in five minutes after it, until two heartbeats in a row were good
    without a login between them.
    """
    logins: list[float] = []
    good = total = 0
    for request in requests:
        if request.endpoint == "heartbeat":
            good = good + 1 if request.errno == "" else 0
            if good == 2:
                logins = []
        if request.endpoint == "login" and request.errno in COUNTED:
            good, total = 0, total + 1
            logins.append(request.time)
            later = [at for at in logins if at >= logins[0] + 60]
            assert len(logins) - len(later) <= 3, logins
            assert all(b - a >= 300 for a, b in pairwise(later)), logins
    return total


@pytest.mark.parametrize("fault", ERROR_PAGES, ids=str)
async def test_no_login_while_the_token_may_live(
    house: House, caplog: pytest.LogCaptureFixture, fault: dict[str, Any]
) -> None:
    """The probe is answered, a heartbeat is not."""
    simulator = house.simulator
    caplog.clear()
    turn(simulator, **fault, fault_endpoints={"heartbeat"})
    await house.traveller.travel(150)
    assert not house.runtime.link.up
    assert simulator.login_attempts == 1

    turn(simulator)
    took = await house.traveller.travel(60, until=lambda: is_right(house))

    assert took <= RIGHT_WITHIN
    assert simulator.login_attempts == 1
    assert log_levels(caplog) == ["WARNING", "INFO"]


@pytest.mark.parametrize(
    "fault",
    [*ERROR_PAGES, *({"wrong_errno": {"login": errno}} for errno in ("20010", "30001", "30003"))],
    ids=str,
)
async def test_a_login_that_is_not_answered_is_repeated(
    house: House, fault: dict[str, Any]
) -> None:
    """A PBX that starts passes the probe before its API serves."""
    simulator = house.simulator
    since = len(simulator.requests)
    turn(simulator, **fault, fault_endpoints={"login"})
    simulator.drop_tokens()
    await house.traveller.travel(150)
    assert not house.runtime.link.up

    turn(simulator)
    took = await house.traveller.travel(60, until=lambda: is_right(house))

    assert took <= RIGHT_WITHIN
    requests = list(simulator.requests)[since:]
    tries = [request.time for request in requests if request.endpoint == "login"]
    pauses = [round(b - a, 3) for a, b in pairwise(tries)]
    assert all(5 <= pause <= 30 for pause in pauses)
    assert len(set(pauses)) > 1  # with jitter
    assert check_logins(requests) == 1


@pytest.mark.parametrize("errno", LOST_TOKEN)
async def test_a_token_that_no_heartbeat_gets_through_with(
    house: House, caplog: pytest.LogCaptureFixture, errno: str
) -> None:
    """Every session is said to be lost; one of them lives when that ends."""
    simulator = house.simulator
    since = len(simulator.requests)
    caplog.clear()
    turn(simulator, wrong_errno={"heartbeat": errno})
    await house.traveller.travel(1500)
    assert check_logins(list(simulator.requests)[since:]) <= 7
    logins = simulator.logins

    turn(simulator)
    took = await house.traveller.travel(60, until=lambda: is_right(house))

    assert took <= RIGHT_WITHIN
    assert simulator.logins == logins
    assert log_levels(caplog) == ["WARNING", "INFO"]


async def test_a_login_whose_answer_breaks_off_may_have_been_granted(house: House) -> None:
    simulator = house.simulator
    since = len(simulator.requests)
    turn(simulator, **HALF, fault_endpoints={"login"})
    simulator.drop_tokens()
    await house.traveller.travel(1500)
    assert 3 <= check_logins(list(simulator.requests)[since:]) <= 7
    assert not open_issues(house)  # no session began, so none was ended

    turn(simulator)
    await house.traveller.travel(LIMIT, until=lambda: is_right(house))
    assert is_right(house)


async def test_a_list_that_denies_every_token_does_not_end_the_link(house: House) -> None:
    simulator = house.simulator
    since = len(simulator.requests)
    turn(simulator, wrong_errno={"trunklist/query": "20004"})
    await house.traveller.travel(1500)
    check_logins(list(simulator.requests)[since:])
    assert house.runtime.link.up


async def test_starts_of_the_pbx_cost_few_logins(house: House) -> None:
    """Each report of a start asks for one; the session lives all the same."""
    simulator = house.simulator
    since = len(simulator.requests)
    for _ in range(120):
        await simulator.send_report({"action": "BootUp", "sn": SERIAL})
        await house.traveller.travel(5)
    assert check_logins(list(simulator.requests)[since:]) >= 3
    assert is_right(house)
    assert not open_issues(house)


async def test_an_action_does_not_log_in_beyond_the_limit(house: House) -> None:
    simulator = house.simulator
    since = len(simulator.requests)
    dial = {"extension": "1000", "number": "1001"}
    keys = set()
    for _ in range(30):
        simulator.drop_tokens()
        try:
            await house.hass.services.async_call(DOMAIN, "dial", dial, blocking=True)
        except HomeAssistantError as error:
            keys.add(error.translation_key)
        await house.traveller.travel(1)
    assert keys == {"too_many_attempts"}
    assert check_logins(list(simulator.requests)[since:]) == 3
    await house.traveller.travel(LIMIT)
    assert is_right(house)


async def test_retries_of_a_set_up_do_not_log_in_beyond_the_limit(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    """Home Assistant loads the entry again and again; what is counted survives that."""
    await serve(hass)
    turn(simulator, wrong_errno={"trunklist/query": "30001"})
    entry = add_entry(hass, simulator)
    await hass.config_entries.async_setup(entry.entry_id)
    await traveller.travel(1200)
    assert check_logins(simulator.requests) >= 3

    turn(simulator)
    await traveller.travel(2 * LIMIT)
    assert entry.state is ConfigEntryState.LOADED


async def test_a_user_may_load_a_working_entry_as_often_as_they_like(house: House) -> None:
    for _ in range(8):
        assert await house.hass.config_entries.async_reload(house.entry.entry_id)
    assert is_right(house)
    assert house.simulator.logins == 9


async def test_loading_a_failing_entry_again_is_counted(house: House) -> None:
    simulator = house.simulator
    since = len(simulator.requests)
    turn(simulator, wrong_errno={"heartbeat": "20004"})
    await house.traveller.travel(61)
    for _ in range(8):
        await house.traveller.wait_for(house.hass.config_entries.async_reload(house.entry.entry_id))
    assert check_logins(list(simulator.requests)[since:]) == 3

    turn(simulator)
    await house.traveller.travel(2 * LIMIT, until=lambda: is_right(house))
    assert is_right(house)


FAULTY = ("heartbeat", "login", "extensionlist/query", "trunklist/query", "deviceinfo/query")
ERRNOS = ("20004", "20005", "20006", "20010", "30001", "30003", "10025", "10003", "20011")


@pytest.mark.parametrize("seed", range(6))
async def test_no_sequence_of_answers_makes_a_storm(house: House, seed: int) -> None:
    chance = random.Random(seed)
    simulator, traveller = house.simulator, house.traveller
    since = len(simulator.requests)

    async def step() -> None:
        match chance.randrange(10):
            case 0 | 1 | 2:
                names = chance.sample(FAULTY, chance.randint(1, 3))
                turn(simulator, **chance.choice([*ERROR_PAGES, HALF]), fault_endpoints=set(names))
            case 3 | 4 | 5:
                names = chance.sample(FAULTY, chance.randint(1, 3))
                turn(simulator, wrong_errno={name: chance.choice(ERRNOS) for name in names})
                if "login" not in names and chance.random() < 0.3:
                    simulator.knobs.wrong_errno["heartbeat"] = "20003"
            case 6:
                turn(simulator)
            case 7:
                simulator.drop_tokens()
            case 8:
                await simulator.send_report({"action": "BootUp", "sn": SERIAL})
            case 9:
                house.runtime.link.async_heartbeat_soon()
        await traveller.travel(chance.choice((1, 5, 20, 60)))

    for _ in range(60):
        await step()
    check_logins(list(simulator.requests)[since:])
    turn(simulator)
    await traveller.travel(LIMIT + 30, until=lambda: is_right(house))

    assert is_right(house)
    check_logins(list(simulator.requests)[since:])
    assert simulator.failed_logins == 0
