"""The config flow against what is not trusted, too old, or about to lock us out."""

import asyncio
from collections import Counter

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import (
    CONF_PASSWORD,
    CONF_SSL,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.ippbx.const import CONF_FINGERPRINT, CONF_OLD_TLS
from custom_components.ippbx.link.create import async_get_guard
from custom_components.ippbx.pbx.net.login_guard import LOCKOUT, REFUSALS
from custom_components.ippbx.pbx.net.tls import fetch_fingerprint
from pbx_simulator import Simulator
from tests.conftest import StartSimulator

from .helpers import add, form_of, start, submit

pytestmark = pytest.mark.usefixtures("mock_setup_entry")


async def test_first_certificate_is_pinned(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(tls=True)
    result = await add(hass, form_of(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    shown = await fetch_fingerprint("127.0.0.1", simulator.port)
    assert result["data"][CONF_FINGERPRINT] == shown
    assert len(shown) == 64
    assert result["data"][CONF_OLD_TLS] is False


async def test_plain_to_a_tls_port(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    simulator = await start_simulator(tls=True)
    result = await add(hass, form_of(simulator, **{CONF_SSL: False}))
    assert result["errors"] == {"base": "wrong_scheme"}
    result = await submit(hass, result, form_of(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (simulator.logins, simulator.failed_logins) == (1, 0)


async def test_certificate_that_nobody_trusts(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(tls=True)
    result = await add(hass, form_of(simulator, **{CONF_VERIFY_SSL: True}))
    assert result["errors"] == {"base": "certificate"}
    assert simulator.logins == 0
    result = await submit(hass, result, form_of(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated")
async def test_old_tls_is_tried_once_and_remembered(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(tls=True, knobs={"old_tls": "1.0"})
    result = await add(hass, form_of(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_OLD_TLS] is True
    assert result["data"][CONF_FINGERPRINT]
    assert (simulator.logins, simulator.failed_logins) == (1, 0)


@pytest.mark.parametrize("words", [["wrong"] * 8, [f"wrong {number}" for number in range(8)]])
async def test_no_form_locks_home_assistant_out_whatever_is_typed(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory, words: list[str]
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to("2026-03-04 11:20:30+00:00")
    result = await start(hass)
    shown = []
    for attempt, word in enumerate(words):
        form = form_of(simulator, **{CONF_USERNAME: f"user {attempt}", CONF_PASSWORD: word})
        result = await submit(hass, result, form)
        assert result["errors"] is not None
        shown.append(result["errors"]["base"])
    assert shown == ["invalid_auth"] * REFUSALS + ["too_many_attempts"] * (8 - REFUSALS)
    assert simulator.failed_logins == REFUSALS < simulator.knobs.lockout_after
    assert result["description_placeholders"] is not None
    assert result["description_placeholders"]["until"] == "12:31"

    freezer.tick(LOCKOUT)
    result = await submit(hass, result, form_of(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_forms_at_once_do_not_exceed_the_limit_together(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flows = [await start(hass) for _ in range(8)]
    results = await asyncio.gather(
        *(
            submit(hass, flow, form_of(simulator, **{CONF_PASSWORD: f"wrong {number}"}))
            for number, flow in enumerate(flows)
        )
    )
    shown = Counter(result["errors"]["base"] for result in results if result["errors"])
    assert shown == {"invalid_auth": REFUSALS, "too_many_attempts": 8 - REFUSALS}
    assert simulator.failed_logins == REFUSALS


async def test_a_granted_login_clears_the_count_of_refusals(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    result = await start(hass)
    for attempt in range(REFUSALS - 1):
        form = form_of(simulator, **{CONF_PASSWORD: f"wrong {attempt}"})
        result = await submit(hass, result, form)
    result = await submit(hass, result, form_of(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    guard = await async_get_guard(hass, form_of(simulator))
    for attempt in range(REFUSALS):
        guard.check(f"digest {attempt}", by_user=True)
        guard.refused(f"digest {attempt}")


async def test_another_pbx_behind_the_same_host_has_a_count_of_its_own(
    hass: HomeAssistant, simulator: Simulator, start_simulator: StartSimulator
) -> None:
    other = await start_simulator(serial="SIM0000000002")
    result = await start(hass)
    for attempt in range(8):
        form = form_of(simulator, **{CONF_PASSWORD: f"wrong {attempt}"})
        result = await submit(hass, result, form)
    assert result["errors"] == {"base": "too_many_attempts"}
    result = await submit(hass, result, form_of(other))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_form_gets_its_try_once_the_pbx_is_unlocked(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to("2026-03-04 11:20:30+00:00")
    simulator.lockout.lock("127.0.0.1")
    result = await add(hass, form_of(simulator))
    assert result["errors"] == {"base": "locked_out"}
    freezer.tick(180)
    result = await submit(hass, result, form_of(simulator))
    assert result["errors"] == {"base": "locked_out"}
    assert result["description_placeholders"] is not None
    assert result["description_placeholders"]["until"] == "12:31"

    simulator.lockout.clear()
    result = await submit(hass, result, form_of(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY
