"""What Repairs says of a PBX that its user can mend.

Opened once, closed when mended, nothing more.
"""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import CONF_PASSWORD
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ippbx.const import CONF_DOOR_PHONES, DOMAIN
from custom_components.ippbx.issues.registry import (
    API_OFF,
    CLOCK_WRONG,
    DOOR_PHONE_GONE,
    FIRMWARE_FAULTY,
    FOUND_AGAIN_WITHIN,
    LOCKED_OUT,
    READ_FAILS,
    SESSIONS_END,
    TRUNK_MONITOR_OFF,
    UNKNOWN_SOURCE,
    OpenIssues,
    async_open_issue,
)
from pbx_simulator import Simulator
from tests.conftest import StartSimulator, add_entry
from tests.house import House, move_in
from tests.live import serve
from tests.time_travel import TimeTraveller

from .open_issues import open_issues, watch_issues


async def test_no_issue_is_opened_for_a_pbx_without_problems(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    seen = watch_issues(hass)
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(3700)
    await house.unload()
    assert seen == []


async def test_firmware_that_loses_reports(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    seen = watch_issues(hass)
    house = await move_in(hass, await start_simulator(dialect="yeastar-v1"), traveller)
    shown = {"title": "PBX", "firmware": "30.10.0.67", "needed": "30.11.0.7"}
    assert open_issues(house) == {FIRMWARE_FAULTY: shown}
    await traveller.travel(3700)
    assert seen == [("create", FIRMWARE_FAULTY)]
    await house.unload()
    assert open_issues(house) == {}


async def test_an_ignored_issue_stays_ignored(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    """After a reload, a failed set-up, and a stop of Home Assistant, which keeps what it has."""
    simulator = await start_simulator(dialect="yeastar-v1")
    house = await move_in(hass, simulator, traveller)
    registry, issue = ir.async_get(hass), f"{FIRMWARE_FAULTY}_{house.entry.entry_id}"
    ir.async_ignore_issue(hass, DOMAIN, issue, True)

    assert await hass.config_entries.async_reload(house.entry.entry_id)
    assert registry.async_get_issue(DOMAIN, issue).dismissed_version

    right = dict(house.entry.data)
    hass.config_entries.async_update_entry(house.entry, data={**right, CONF_PASSWORD: "wrong"})
    await hass.config_entries.async_reload(house.entry.entry_id)
    assert house.entry.state is ConfigEntryState.SETUP_ERROR
    hass.config_entries.async_update_entry(house.entry, data=right)
    assert await hass.config_entries.async_reload(house.entry.entry_id)
    assert registry.async_get_issue(DOMAIN, issue).dismissed_version

    await house.runtime.async_close()
    assert registry.async_get_issue(DOMAIN, issue).dismissed_version

    await hass.config_entries.async_remove(house.entry.entry_id)
    assert registry.async_get_issue(DOMAIN, issue) is None


async def test_an_ignored_issue_that_is_mended_is_news_when_it_comes_again(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await move_in(hass, simulator, traveller)
    registry, issue = ir.async_get(hass), f"{CLOCK_WRONG}_{house.entry.entry_id}"
    house.runtime.issues.update({CLOCK_WRONG: {"minutes": "7"}})
    ir.async_ignore_issue(hass, DOMAIN, issue, True)

    house.runtime.issues.update({})
    house.runtime.issues.update({CLOCK_WRONG: {"minutes": "7"}})

    assert registry.async_get_issue(DOMAIN, issue).dismissed_version is None


async def test_an_ignored_issue_that_is_mended_about_a_restart_is_news_when_it_comes_again(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Some problems are found by use alone: not to find one soon says nothing."""
    house = await move_in(hass, simulator, traveller)
    registry, ignored = ir.async_get(hass), (READ_FAILS, TRUNK_MONITOR_OFF, UNKNOWN_SOURCE)
    for kind in ignored:
        async_open_issue(hass, house.entry, kind, {})
        ir.async_ignore_issue(hass, DOMAIN, f"{kind}_{house.entry.entry_id}", True)
    await house.runtime.async_close()
    found_again = {TRUNK_MONITOR_OFF: {"trunks": "to-18"}}

    def left() -> set[str]:
        issues = (registry.async_get_issue(DOMAIN, f"{k}_{house.entry.entry_id}") for k in ignored)
        return {k for k, each in zip(ignored, issues, strict=True) if each is not None}

    issues = OpenIssues(hass, house.entry)
    issues.update({})
    freezer.tick(FOUND_AGAIN_WITHIN - timedelta(minutes=1))
    issues = OpenIssues(hass, house.entry)  # few entries are loaded for so long
    issues.update(found_again)
    assert left() == {*ignored}

    freezer.tick(timedelta(minutes=1))
    issues.update(found_again)
    assert left() == {TRUNK_MONITOR_OFF, UNKNOWN_SOURCE}  # of the last one reports decide
    issues.update({})
    assert left() == {UNKNOWN_SOURCE}


@pytest.mark.parametrize(
    ("error", "minutes"),
    [
        (timedelta(seconds=55), None),
        (timedelta(seconds=-55), None),
        (timedelta(seconds=70), "1"),
        (timedelta(minutes=-7), "7"),
        (timedelta(minutes=45), None),  # a zone
        (timedelta(hours=5, minutes=32), "2"),
        (timedelta(days=-9000), "12959940"),  # an empty battery; an hour of it is the zone
    ],
)
async def test_a_wrong_clock(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    error: timedelta,
    minutes: str | None,
) -> None:
    """Looked at again with every full read once it is wrong, else every hour."""
    seen = watch_issues(hass)
    simulator.device.clock_error = error.total_seconds()
    house = await move_in(hass, simulator, traveller)
    if minutes is None:
        assert seen == []
        return
    assert open_issues(house) == {CLOCK_WRONG: {"title": "PBX", "minutes": minutes}}
    simulator.device.clock_error = 0
    await traveller.travel(301)
    assert seen == [("create", CLOCK_WRONG), ("remove", CLOCK_WRONG)]


async def test_a_clock_that_goes_wrong(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(100)
    simulator.device.clock_error = 180
    await traveller.travel(3700)
    assert open_issues(house) == {CLOCK_WRONG: {"title": "PBX", "minutes": "3"}}


async def test_a_door_phone_that_the_pbx_no_longer_has(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    """It has another number: nobody hears its doorbell, and nothing else would say so."""
    seen = watch_issues(hass)
    options = {CONF_DOOR_PHONES: ["1001", "1003"]}
    house = await move_in(hass, simulator, traveller, options=options)
    await traveller.travel(100)
    assert seen == []

    await simulator.remove_extension("1003")
    await house.runtime.coordinator.async_refresh()
    await traveller.travel(61)
    assert open_issues(house) == {DOOR_PHONE_GONE: {"title": "PBX", "extensions": "1003"}}

    await simulator.add_extension("1003", name="Gate")
    await house.runtime.coordinator.async_refresh()
    await traveller.travel(61)
    assert seen == [("create", DOOR_PHONE_GONE), ("remove", DOOR_PHONE_GONE)]


async def test_the_api_is_switched_off(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    seen = watch_issues(hass)
    house = await move_in(hass, simulator, traveller)
    simulator.knobs.api_running = False
    await traveller.travel(100, until=lambda: not house.runtime.link.up)
    await traveller.travel(50)
    assert seen == []  # a PBX that starts says so for a while
    await traveller.travel(20)
    assert open_issues(house) == {API_OFF: {"title": "PBX"}}
    simulator.knobs.api_running = True
    await traveller.travel(90, until=lambda: house.runtime.link.up)
    await traveller.rest()
    assert seen == [("create", API_OFF), ("remove", API_OFF)]


async def test_a_lock_out_says_until_when(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller, freezer: Any
) -> None:
    freezer.move_to("2026-03-04 11:20:30+00:00")
    await hass.config.async_set_time_zone("Europe/Berlin")
    seen = watch_issues(hass)
    house = await move_in(hass, simulator, traveller)
    simulator.knobs.wrong_errno = {"login": "20002", "heartbeat": "20004"}
    await traveller.travel(61)
    assert open_issues(house) == {LOCKED_OUT: {"title": "PBX", "until": "12:32"}}
    simulator.knobs.wrong_errno = {}
    await traveller.travel(610, until=lambda: house.runtime.link.up)
    await traveller.rest()
    assert seen == [("create", LOCKED_OUT), ("remove", LOCKED_OUT)]


async def test_another_application_that_ends_each_session(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    """It logs in with the same API user whenever its own session has ended; once is no problem."""
    seen = watch_issues(hass)
    house = await move_in(hass, simulator, traveller)
    simulator.drop_tokens()
    await traveller.travel(130)
    assert seen == []
    for _ in range(60):
        simulator.drop_tokens()
        await traveller.travel(10)
    assert not house.runtime.link.up
    assert open_issues(house) == {SESSIONS_END: {"title": "PBX"}}
    await traveller.travel(500)
    assert house.runtime.link.up
    assert seen == [("create", SESSIONS_END), ("remove", SESSIONS_END)]


async def test_refused_credentials_are_asked_for_and_reported_once(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await move_in(hass, simulator, traveller)
    simulator.knobs.refuse_logins = True
    simulator.drop_tokens()
    await traveller.travel(61)
    assert open_issues(house) == {}
    flows = hass.config_entries.flow.async_progress()
    assert [flow["context"]["source"] for flow in flows] == ["reauth"]


@pytest.mark.parametrize(("errno", "kind"), [("30003", API_OFF), ("20002", LOCKED_OUT)])
async def test_an_entry_that_cannot_be_set_up(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller, errno: str, kind: str
) -> None:
    await serve(hass)
    simulator.knobs.wrong_errno = {"login": errno}
    entry = add_entry(hass, simulator)
    house = House(hass=hass, entry=entry, simulator=simulator, traveller=traveller)
    seen = watch_issues(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert set(open_issues(house)) == {kind}

    simulator.knobs.wrong_errno = {}
    await traveller.travel(700, until=lambda: entry.state is ConfigEntryState.LOADED)
    await traveller.rest()
    assert open_issues(house) == {}
    assert set(seen) == {("create", kind), ("remove", kind)}


async def test_an_unknown_source_is_nobody_s_business_once_unloaded(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await move_in(hass, simulator, traveller)
    async_open_issue(hass, house.entry, UNKNOWN_SOURCE, {"source": "10.9.9.9"})
    assert set(open_issues(house)) == {UNKNOWN_SOURCE}
    await house.unload()
    assert open_issues(house) == {}


@pytest.mark.parametrize("turned", [{"api_running": False}, {"api_enabled": False}])
async def test_an_entry_that_is_switched_off_while_it_waits_to_be_set_up(
    hass: HomeAssistant, simulator: Simulator, turned: dict[str, Any]
) -> None:
    """Nobody wants to hear of it any more; the first try after it is switched on says it again."""
    for name, value in turned.items():
        setattr(simulator.knobs, name, value)
    await serve(hass)
    entry = add_entry(hass, simulator)
    other = add_entry(hass, simulator, unique_id="another", webhook_id="bb22" * 8)
    await hass.config_entries.async_setup(entry.entry_id)  # of all entries
    issues = ir.async_get(hass)

    def has_issue(each: MockConfigEntry) -> bool:
        return issues.async_get_issue(DOMAIN, f"{API_OFF}_{each.entry_id}") is not None

    assert has_issue(entry)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert (has_issue(entry), has_issue(other)) == (False, True)

    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    assert has_issue(entry)
