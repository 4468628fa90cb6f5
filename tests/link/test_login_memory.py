"""No automatic login repeats refused credentials, and a lock-out is waited out.

Over restarts, too.
"""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import (
    CONF_PASSWORD,
    CONF_USERNAME,
    EVENT_CORE_CONFIG_UPDATE,
    STATE_OFF,
    STATE_UNAVAILABLE,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ippbx.const import DOMAIN
from custom_components.ippbx.exceptions import local_time
from custom_components.ippbx.link.login_memory import DATA_LOGIN_GUARDS, async_get_login_guards
from custom_components.ippbx.pbx.errors import PbxLockedOutError
from custom_components.ippbx.pbx.net.login_guard import LoginGuard
from pbx_simulator import Simulator
from tests.conftest import PASSWORD, StartSimulator, add_entry
from tests.flows.helpers import form_of
from tests.house import move_in
from tests.live import load, serve
from tests.time_travel import TimeTraveller

HOUR = 3600
LOCK_OUT = 600
OWN_ADDRESS = "127.0.0.1"
STORAGE_KEY = f"{DOMAIN}.logins"


async def restart(hass: HomeAssistant, entry: MockConfigEntry, traveller: TimeTraveller) -> None:
    """Load an entry as after a restart: of what was known, only what was stored is left."""
    await traveller.wait_for(hass.config_entries.async_unload(entry.entry_id))
    await hass.async_block_till_done()
    del hass.data[DATA_LOGIN_GUARDS]
    await traveller.wait_for(hass.config_entries.async_setup(entry.entry_id))


def locked_until(entry: MockConfigEntry) -> str:
    """Return the time of day until which an entry says that the lock-out lasts."""
    assert entry.error_reason_translation_key == "locked_out"
    until = entry.error_reason_translation_placeholders["until"]
    assert f"until {until}," in entry.reason
    return until


async def test_refused_at_set_up_is_never_sent_again(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    hass_storage: dict[str, Any],
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator, **{CONF_PASSWORD: "Wr0ng"})
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "invalid_auth"

    for _ in range(3):
        await traveller.travel(HOUR)
        hass.bus.async_fire(EVENT_CORE_CONFIG_UPDATE)
        await restart(hass, entry, traveller)
        await hass.config_entries.async_reload(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_ERROR

    assert simulator.login_attempts == simulator.failed_logins == 1
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == [
        "reauth"
    ]
    assert "Wr0ng" not in str(hass_storage[STORAGE_KEY])


async def test_refused_at_a_later_try_to_set_up_is_never_sent_again(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    await serve(hass)
    await simulator.go_away()
    entry = add_entry(hass, simulator)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    simulator.set_password("An0ther")
    await traveller.travel(300)
    await simulator.come_back()

    await traveller.travel(HOUR)

    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert simulator.login_attempts == simulator.failed_logins == 1


async def test_refused_while_loaded_is_never_sent_again(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await move_in(hass, simulator, traveller)
    attempts = simulator.login_attempts
    simulator.set_password("An0ther")
    simulator.drop_tokens()
    await traveller.travel(61)
    assert house.state("binary_sensor", "connected") == STATE_OFF
    assert house.extension("1000") == STATE_UNAVAILABLE

    for _ in range(12):
        await traveller.travel(HOUR / 12)
        hass.bus.async_fire(EVENT_CORE_CONFIG_UPDATE)
    with pytest.raises(HomeAssistantError) as refused:
        await hass.services.async_call(DOMAIN, "send_heartbeat", {}, blocking=True)
    assert refused.value.translation_key == "invalid_auth"
    await restart(hass, house.entry, traveller)
    assert house.entry.state is ConfigEntryState.SETUP_ERROR

    assert simulator.login_attempts - attempts == simulator.failed_logins == 1
    assert len(hass.config_entries.flow.async_progress()) == 1


async def test_refused_while_reading_is_noticed_at_once(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await move_in(hass, simulator, traveller, options={"heartbeat_interval": 600})
    await traveller.travel(1)
    simulator.set_password("An0ther")
    simulator.drop_tokens()

    await traveller.travel(31)  # a read, no heartbeat

    assert house.state("binary_sensor", "connected") == STATE_OFF
    assert len(hass.config_entries.flow.async_progress()) == 1
    assert simulator.failed_logins == 1


async def test_changed_credentials_are_tried(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator, **{CONF_PASSWORD: "Wr0ng"})
    await hass.config_entries.async_setup(entry.entry_id)
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_PASSWORD: PASSWORD})

    await restart(hass, entry, traveller)

    assert entry.state is ConfigEntryState.LOADED
    assert (simulator.logins, simulator.failed_logins) == (1, 1)
    assert (await async_get_login_guards(hass)).async_get(entry.data).as_dict() == {}


async def test_lock_out_at_set_up_is_waited_out(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    await serve(hass)
    simulator.lockout.lock(OWN_ADDRESS)
    entry = add_entry(hass, simulator)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    until = local_time(dt_util.utcnow(), LOCK_OUT)
    assert locked_until(entry) == until

    await traveller.travel(LOCK_OUT / 2)
    assert locked_until(entry) == until
    await hass.config_entries.async_reload(entry.entry_id)
    assert locked_until(entry) == until
    await restart(hass, entry, traveller)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await traveller.travel(LOCK_OUT / 2 - 10)
    await hass.config_entries.async_reload(entry.entry_id)
    assert locked_until(entry) == until
    assert simulator.login_attempts == 1

    await traveller.travel(100)

    assert entry.state is ConfigEntryState.LOADED
    assert (simulator.login_attempts, simulator.logins) == (2, 1)


async def test_lock_out_while_loaded_is_waited_out(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = await move_in(hass, simulator, traveller)
    simulator.lockout.lock(OWN_ADDRESS)
    simulator.drop_tokens()
    await traveller.travel(LOCK_OUT - 20)
    hass.bus.async_fire(EVENT_CORE_CONFIG_UPDATE)  # requests a heartbeat at once
    await traveller.travel(10)
    assert (simulator.login_attempts, simulator.failed_logins) == (2, 1)
    assert house.extension("1000") == STATE_UNAVAILABLE
    assert "no login for 10 minutes" in caplog.text

    await traveller.travel(60)

    assert (simulator.login_attempts, simulator.failed_logins) == (3, 1)
    assert house.extension("1000") == "idle"
    assert house.entry.state is ConfigEntryState.LOADED


async def test_lock_out_while_loaded_outlasts_a_restart(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await move_in(hass, simulator, traveller)
    simulator.lockout.lock(OWN_ADDRESS)
    simulator.drop_tokens()
    await traveller.travel(100)
    assert simulator.failed_logins == 1

    await restart(hass, house.entry, traveller)

    assert house.entry.state is ConfigEntryState.LOADED
    assert isinstance(house.runtime.link.last_error, PbxLockedOutError)
    assert house.extension("1000") == STATE_UNAVAILABLE
    await traveller.travel(LOCK_OUT)
    assert house.extension("1000") == "idle"
    assert (simulator.login_attempts, simulator.failed_logins) == (3, 1)


async def test_a_removed_entry_leaves_nothing(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    hass_storage: dict[str, Any],
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator, **{CONF_PASSWORD: "Wr0ng"})
    await hass.config_entries.async_setup(entry.entry_id)
    await traveller.travel(1)
    assert hass_storage[STORAGE_KEY]["data"]

    await hass.config_entries.async_remove(entry.entry_id)
    await traveller.travel(1)

    assert STORAGE_KEY not in hass_storage


async def test_a_removed_entry_leaves_what_another_one_needs(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await serve(hass)
    refused = add_entry(hass, simulator, **{CONF_PASSWORD: "Wr0ng"})
    await hass.config_entries.async_setup(refused.entry_id)
    add_entry(hass, simulator, unique_id="ANOTHER")

    await hass.config_entries.async_remove(refused.entry_id)

    assert (await async_get_login_guards(hass)).async_get(refused.data).as_dict()


async def test_old_refusals_are_forgotten_except_those_of_an_entry(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator, **{CONF_PASSWORD: "Wr0ng"})
    await hass.config_entries.async_setup(entry.entry_id)
    guard = (await async_get_login_guards(hass)).async_get(entry.data)
    typed = LoginGuard.digest(OWN_ADDRESS, "homeassistant", "typed in a form")
    feed = LoginGuard.digest(f"{OWN_ADDRESS}:8333", "homeassistant", "Wr0ng")
    guard.refused(typed)
    guard.refused(feed)
    await traveller.travel(1)
    kept = hass_storage[STORAGE_KEY]["data"]["pbxs"][f"{OWN_ADDRESS} {simulator.port}"]["refused"]
    assert len(kept) == 3
    assert not {typed, feed} & set(kept)  # salted

    freezer.tick(31 * 24 * HOUR)
    await restart(hass, entry, traveller)
    await traveller.travel(1)

    (state,) = hass_storage[STORAGE_KEY]["data"]["pbxs"].values()
    assert len(state["refused"]) == 2
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert simulator.login_attempts == 1


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {OWN_ADDRESS: None},
        {"salt": "x", "pbxs": {"127.0.0.1 1": {"refused": 7}}},
        {"salt": "x", "hosts": {OWN_ADDRESS: {"refused": {}, "locked_until": 9e9}}},
    ],
)
async def test_a_spoilt_store_does_no_harm(
    hass: HomeAssistant, simulator: Simulator, hass_storage: dict[str, Any], stored: Any
) -> None:
    hass_storage[STORAGE_KEY] = {"version": 1, "key": STORAGE_KEY, "data": stored}
    await serve(hass)

    await load(hass, add_entry(hass, simulator))

    assert simulator.logins == 1


async def test_wrong_passwords_in_forms_do_not_keep_a_good_entry_from_loading(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Four were refused, at the same host and port: the entry's own was not."""
    await serve(hass)
    entry = add_entry(hass, simulator)
    for attempt in range(8):
        result = await entry.start_reauth_flow(hass)
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], {CONF_USERNAME: "someone", CONF_PASSWORD: f"wrong {attempt}"}
        )
        hass.config_entries.flow.async_abort(result["flow_id"])
    assert simulator.failed_logins == 4

    await load(hass, entry)


async def test_a_lock_out_of_one_pbx_is_none_of_another_behind_the_same_host(
    hass: HomeAssistant, simulator: Simulator, start_simulator: StartSimulator
) -> None:
    await serve(hass)
    other = await start_simulator(serial="SIM0000000002")
    other.lockout.lock(OWN_ADDRESS)
    locked = add_entry(hass, other)
    await hass.config_entries.async_setup(locked.entry_id)
    assert locked.state is ConfigEntryState.SETUP_RETRY

    await load(hass, add_entry(hass, simulator))


async def test_a_form_after_the_pbx_was_unlocked_ends_the_wait(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await serve(hass)
    simulator.lockout.lock(OWN_ADDRESS)
    entry = add_entry(hass, simulator)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    simulator.lockout.clear()

    result = await entry.start_reconfigure_flow(hass)
    result = await hass.config_entries.flow.async_configure(result["flow_id"], form_of(simulator))
    await hass.async_block_till_done()

    assert result["reason"] == "reconfigure_successful"
    assert entry.state is ConfigEntryState.LOADED


async def test_a_form_gets_its_try_although_too_many_were_refused_before_the_lock_out(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    """Four forms were refused, another application did the rest, and an administrator lifted it."""
    house = await move_in(hass, simulator, traveller)
    flow = hass.config_entries.flow
    for attempt in range(4):
        form = await house.entry.start_reconfigure_flow(hass)
        wrong = form_of(simulator, **{CONF_PASSWORD: f"wrong {attempt}"})
        await traveller.wait_for(flow.async_configure(form["flow_id"], wrong))
        flow.async_abort(form["flow_id"])
    simulator.lockout.refused(OWN_ADDRESS)
    simulator.drop_tokens()
    await traveller.travel(120)
    assert isinstance(house.runtime.link.last_error, PbxLockedOutError)
    simulator.lockout.clear()

    form = await house.entry.start_reconfigure_flow(hass)
    done = flow.async_configure(form["flow_id"], form_of(simulator))
    result = await traveller.wait_for(done)
    await traveller.travel(5)

    assert result["reason"] == "reconfigure_successful"
    assert house.entry.runtime_data.link.up


async def test_a_lock_out_that_a_form_met_does_not_keep_a_good_entry_from_loading(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """It was lifted on the PBX since, which nothing but the entry's own login can show."""
    await serve(hass)
    entry = add_entry(hass, simulator)
    simulator.lockout.lock(OWN_ADDRESS)
    form = await entry.start_reconfigure_flow(hass)
    wrong = form_of(simulator, **{CONF_USERNAME: "someone"})
    result = await hass.config_entries.flow.async_configure(form["flow_id"], wrong)
    assert result["errors"] == {"base": "locked_out"}
    simulator.lockout.clear()

    await load(hass, entry)
