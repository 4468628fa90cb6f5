"""The config flow against what is not trusted, too old, or about to lock us out."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import (
    CONF_PASSWORD,
    CONF_SSL,
    CONF_VERIFY_SSL,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.ippbx.const import CONF_FINGERPRINT, CONF_OLD_TLS
from custom_components.ippbx.pbx.net.login_guard import REPEATS
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


async def test_same_wrong_password_is_not_sent_for_ever(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    wrong = form_of(simulator, **{CONF_PASSWORD: "wrong"})
    result = await start(hass)
    for _ in range(1 + REPEATS):
        result = await submit(hass, result, wrong)
        assert result["errors"] == {"base": "invalid_auth"}
    result = await submit(hass, result, wrong)
    assert result["errors"] == {"base": "too_many_attempts"}
    assert result["description_placeholders"] is not None
    assert result["description_placeholders"]["minutes"] == "10"
    assert simulator.failed_logins == 1 + REPEATS < simulator.knobs.lockout_after
    # Other credentials are taken at once.
    result = await submit(hass, result, form_of(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_lock_out_is_shown_with_the_minutes_left_and_nothing_is_sent(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    result = await start(hass)
    for attempt in range(5):
        form = form_of(simulator, **{CONF_PASSWORD: f"wrong {attempt}"})
        result = await submit(hass, result, form)
        assert result["errors"] == {"base": "invalid_auth"}
    result = await submit(hass, result, form_of(simulator))
    assert result["errors"] == {"base": "locked_out"}
    assert result["description_placeholders"] is not None
    assert result["description_placeholders"]["minutes"] == "10"

    freezer.tick(180)
    login_requests = len([r for r in simulator.requests if r.endpoint == "login"])
    result = await submit(hass, result, form_of(simulator))
    assert result["errors"] == {"base": "locked_out"}
    assert result["description_placeholders"]["minutes"] == "7"
    assert len([r for r in simulator.requests if r.endpoint == "login"]) == login_requests

    freezer.tick(421)
    result = await submit(hass, result, form_of(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY
