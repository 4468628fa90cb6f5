"""The PBX goes away and comes back: what shows meanwhile, and how soon it is right again."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any, override

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.ippbx.const import DOMAIN
from custom_components.ippbx.link.link import PATIENT_PROBE
from custom_components.ippbx.pbx.net.tls import fetch_fingerprint
from pbx_simulator import Simulator
from tests.conftest import StartSimulator
from tests.house import House, log_levels, move_in
from tests.time_travel import TimeTraveller

RIGHT_WITHIN = 10  # seconds after the API answers

type Step = Callable[[Simulator], Awaitable[None]]


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    return await move_in(hass, simulator, traveller)


async def refuse(simulator: Simulator) -> None:
    await simulator.go_away()


async def lose_all(simulator: Simulator) -> None:
    await simulator.go_away()
    simulator.drop_tokens()


async def return_(simulator: Simulator) -> None:
    await simulator.come_back()


async def hang(simulator: Simulator) -> None:
    simulator.knobs.hang = True


async def hang_no_more(simulator: Simulator) -> None:
    simulator.knobs.hang = False


async def stop_api(simulator: Simulator) -> None:
    simulator.knobs.api_running = False  # 30003


async def start_api(simulator: Simulator) -> None:
    simulator.knobs.api_running = True


async def switch_api_off(simulator: Simulator) -> None:
    simulator.knobs.api_enabled = False  # 404


async def switch_api_on(simulator: Simulator) -> None:
    simulator.knobs.api_enabled = True


async def break_hand_over(simulator: Simulator) -> None:
    simulator.knobs.wrong_errno["*"] = "20010"


async def mend_hand_over(simulator: Simulator) -> None:
    simulator.knobs.wrong_errno.clear()


async def show_web_page(simulator: Simulator) -> None:
    simulator.knobs.html_answers = True


async def show_web_page_no_more(simulator: Simulator) -> None:
    simulator.knobs.html_answers = False


OUTAGES = {
    "refused": (refuse, return_),
    "refused, tokens lost": (lose_all, return_),
    "hanging": (hang, hang_no_more),
    "API stopped": (stop_api, start_api),
    "API off": (switch_api_off, switch_api_on),
    "hand-over fails": (break_hand_over, mend_hand_over),
    "web page": (show_web_page, show_web_page_no_more),
}


@pytest.mark.parametrize("seconds", [90, 91.7, 94.2, 97.5])
@pytest.mark.parametrize(("begin", "end"), OUTAGES.values(), ids=OUTAGES)
async def test_states_are_right_soon_after_an_outage(
    house: House, caplog: pytest.LogCaptureFixture, begin: Step, end: Step, seconds: float
) -> None:
    simulator = house.simulator
    assert (house.extension("1001"), house.trunk("trunk-2")) == ("idle", "registered")
    logins = simulator.logins
    caplog.clear()

    await begin(simulator)
    await house.traveller.travel(seconds)
    assert house.state("binary_sensor", "connected") == STATE_OFF
    assert house.extension("1001") == house.trunk("trunk-2") == STATE_UNAVAILABLE
    simulator.directory.extensions["1001"].status = "busy"
    simulator.directory.trunks["trunk-2"].status = "failure"

    await end(simulator)
    took = await house.traveller.travel(
        60, until=lambda: (house.extension("1001"), house.trunk("trunk-2")) == ("busy", "failure")
    )

    assert took <= RIGHT_WITHIN
    assert house.state("binary_sensor", "connected") == STATE_ON
    assert log_levels(caplog) == ["WARNING", "INFO"]
    assert simulator.logins == logins + (begin is lose_all)  # the token lives otherwise
    assert simulator.max_in_flight == 1


@pytest.mark.parametrize("keep_tokens", [False, True])
async def test_states_are_right_soon_after_a_reboot(
    house: House, caplog: pytest.LogCaptureFixture, keep_tokens: bool
) -> None:
    simulator = house.simulator
    await simulator.set_extension_status("1001", "busy")
    await house.traveller.travel(1)
    assert house.extension("1001") == "busy"
    caplog.clear()

    reboot = asyncio.create_task(simulator.reboot(keep_tokens=keep_tokens, seconds=100))
    await house.traveller.travel(99)
    assert house.extension("1001") == STATE_UNAVAILABLE
    await house.traveller.travel(5, until=reboot.done)
    took = await house.traveller.travel(60, until=lambda: house.extension("1001") == "idle")

    assert took <= RIGHT_WITHIN
    assert log_levels(caplog) == ["WARNING", "INFO"]
    assert simulator.max_in_flight == 1
    await reboot


@pytest.mark.parametrize("keep_tokens", [False, True])
async def test_reboot_too_quick_to_be_noticed_otherwise(
    house: House, caplog: pytest.LogCaptureFixture, keep_tokens: bool
) -> None:
    """Only the report of the start shows it."""
    simulator = house.simulator
    await simulator.set_extension_status("1001", "busy")
    await house.traveller.travel(1)
    simulator.directory.trunks["trunk-1"].status = "failure"
    logins = simulator.logins
    caplog.clear()

    await simulator.reboot(keep_tokens=keep_tokens)
    took = await house.traveller.travel(
        20, until=lambda: (house.extension("1001"), house.trunk("trunk-1")) == ("idle", "failure")
    )

    assert took <= RIGHT_WITHIN
    assert simulator.logins == logins + 1
    assert log_levels(caplog) == []


async def test_a_pbx_that_comes_and_goes_is_read_each_time_it_comes(house: House) -> None:
    simulator, states = house.simulator, ("busy", "idle", "ringing")
    await simulator.go_away()
    await house.traveller.travel(60)

    for status in states:
        simulator.directory.extensions["1002"].status = status
        await simulator.come_back()
        took = await house.traveller.travel(20, until=lambda s=status: house.extension("1002") == s)
        assert took <= RIGHT_WITHIN
        await simulator.go_away()
        house.runtime.link.async_heartbeat_soon()
        await house.traveller.rest()
        assert house.extension("1002") == STATE_UNAVAILABLE


async def test_an_outage_of_an_hour_is_probed_without_logins(house: House) -> None:
    simulator = house.simulator
    simulator.knobs.api_running = False
    attempts, requests = simulator.login_attempts, len(simulator.requests)

    await house.traveller.travel(3600)

    probes = list(simulator.requests)[requests + 2 :]  # the first ones noticed it
    assert {(r.endpoint, r.params.get("token", "")) for r in probes} == {("deviceinfo/query", "")}
    assert 3600 / 6.1 <= len(probes) <= 3600 / 3.9
    assert simulator.login_attempts == attempts


async def test_a_pbx_that_answers_slowly_comes_back_as_well(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.simulator.go_away()
    await house.traveller.travel(120)
    house.simulator.knobs.answer_delay = 8
    await house.simulator.come_back()

    took = await house.traveller.travel(600, until=lambda: house.extension("1001") == "idle")

    assert took < PATIENT_PROBE * 10 + 60
    await house.traveller.travel(600)
    assert log_levels(caplog) == ["WARNING", "INFO"]
    await house.unload()


async def test_a_failed_read_is_repeated_soon(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    simulator = house.simulator
    await simulator.set_extension_status("1000", "busy")
    await house.traveller.travel(31)  # reports are trusted: everything is read every five minutes
    simulator.knobs.wrong_errno["extensionlist/query"] = "10025"  # busy
    simulator.drop_tokens()
    await house.traveller.travel(50)
    simulator.directory.extensions["1001"].status = "busy"
    await house.traveller.travel(30)
    assert house.extension("1001") == "idle"

    simulator.knobs.wrong_errno.clear()
    took = await house.traveller.travel(60, until=lambda: house.extension("1001") == "busy")

    assert took <= RIGHT_WITHIN
    assert log_levels(caplog) == []  # the heartbeats passed all the time


@pytest.mark.parametrize("answer", [{"status": "Nope"}, {"status": 500}])
async def test_a_heartbeat_that_is_answered_with_nonsense_has_failed(
    house: House, answer: dict[str, Any]
) -> None:
    house.simulator.recorded["heartbeat"] = answer
    await house.traveller.travel(61)
    assert house.state("binary_sensor", "connected") == STATE_OFF
    assert house.extension("1001") == STATE_UNAVAILABLE


async def test_busy_pbx_is_tried_less_and_less_often(house: House) -> None:
    """It answers the probe, but accepts no login."""
    simulator = house.simulator
    await simulator.go_away()
    simulator.drop_tokens()
    await house.traveller.travel(60)
    simulator.knobs.wrong_errno["login"] = "30001"
    await simulator.come_back()
    requests = len(simulator.requests)

    await house.traveller.travel(3600)

    tries = [r.time for r in list(simulator.requests)[requests:] if r.endpoint == "login"]
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert all(5 <= pause <= 30.1 for pause in pauses)
    assert max(pauses[:10]) < 10 < 20 < min(pauses[-10:])
    simulator.knobs.wrong_errno.clear()
    await house.traveller.travel(40, until=lambda: house.extension("1001") == "idle")
    assert house.extension("1001") == "idle"


async def test_another_certificate_while_loaded_is_asked_about(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    """As long as the stranger answers, and no longer."""
    simulator = await start_simulator(tls=True)
    own = simulator.certificate
    pin = await fetch_fingerprint("127.0.0.1", simulator.port, old=False)
    house = await move_in(hass, simulator, traveller, fingerprint=pin)
    issue = f"certificate_changed_{house.entry.entry_id}"
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue) is None

    await simulator.renew_certificate()
    requests = len(simulator.requests)
    await traveller.travel(90)

    assert ir.async_get(hass).async_get_issue(DOMAIN, issue) is not None
    assert len(simulator.requests) == requests  # nothing is said to a stranger
    assert house.state("binary_sensor", "connected") == STATE_OFF

    await simulator.go_away()
    simulator.certificate = own
    await simulator.come_back()
    await traveller.travel(30, until=lambda: house.runtime.link.up)
    assert house.state("binary_sensor", "connected") == STATE_ON
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue) is None


class _Once(dict[str, str]):
    """Error numbers that are each answered once."""

    @override
    def get(self, name: str, default: Any = None) -> Any:
        return self.pop(name, default)


@pytest.mark.parametrize("endpoint", ["heartbeat", "extensionlist/query"])
async def test_a_stray_refusal_costs_a_silent_login(
    house: House, caplog: pytest.LogCaptureFixture, endpoint: str
) -> None:
    """20003 in another answer than a login's is a lost token; nobody is asked for a password."""
    simulator = house.simulator
    logins = simulator.logins
    caplog.clear()
    simulator.knobs.wrong_errno = _Once({endpoint: "20003"})
    await house.traveller.travel(90)

    assert simulator.knobs.wrong_errno == {}
    assert simulator.logins == logins + 1
    assert house.state("binary_sensor", "connected") == STATE_ON
    assert house.extension("1001") == "idle"
    assert not house.hass.config_entries.flow.async_progress()
    assert log_levels(caplog) == []
