"""The errors of the config flow, each with its recovery."""

from collections.abc import Callable
import logging
from typing import Any
from unittest.mock import patch

from homeassistant.const import (
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SSL,
    CONF_USERNAME,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ippbx.const import CONF_DIALECT
from custom_components.ippbx.flows import check
from custom_components.ippbx.flows.forms import SECTION_MORE
from custom_components.ippbx.pbx.uc import detect
from custom_components.ippbx.pbx.uc.transport import Transport
from pbx_simulator import Simulator
from tests.conftest import PASSWORD, USERNAME, StartSimulator

from .helpers import add, form_of, submit, suggested

pytestmark = pytest.mark.usefixtures("mock_setup_entry")


async def _away(simulator: Simulator) -> None:
    await simulator.go_away()


def _knob(name: str, value: Any) -> Callable[[Simulator], Any]:
    async def turn(simulator: Simulator) -> None:
        setattr(simulator.knobs, name, value)

    return turn


async def _nothing(simulator: Simulator) -> None:
    pass


@pytest.mark.parametrize(
    ("spoil", "mend", "changes", "error", "placeholders"),
    [
        pytest.param(
            _away, lambda s: s.come_back(), {}, "cannot_connect", {}, id="nothing listens"
        ),
        pytest.param(
            _knob("reset", True), _knob("reset", False), {}, "cannot_connect", {}, id="cut off"
        ),
        pytest.param(
            _nothing, _nothing, {CONF_SSL: True}, "wrong_scheme", {}, id="TLS to a plain port"
        ),
        pytest.param(
            _knob("redirect_to", "https://127.0.0.1:8088/"),
            _knob("redirect_to", ""),
            {},
            "wrong_scheme",
            {},
            id="redirect",
        ),
        pytest.param(
            _nothing, _nothing, {CONF_PASSWORD: "wrong"}, "invalid_auth", {}, id="password"
        ),
        pytest.param(
            _nothing, _nothing, {CONF_USERNAME: "admin"}, "invalid_auth", {}, id="user name"
        ),
        pytest.param(
            _knob("api_running", False),
            _knob("api_running", True),
            {},
            "api_disabled",
            {},
            id="30003",
        ),
        pytest.param(
            _knob("api_enabled", False),
            _knob("api_enabled", True),
            {},
            "not_a_pbx",
            {},
            id="404",
        ),
        pytest.param(
            _knob("wrong_errno", {"login": "20010"}),
            _knob("wrong_errno", {}),
            {},
            "busy",
            {},
            id="20010",
        ),
        pytest.param(
            _knob("html_answers", True),
            _knob("html_answers", False),
            {},
            "not_a_pbx",
            {},
            id="HTML",
        ),
        pytest.param(
            _knob("empty_answers", True),
            _knob("empty_answers", False),
            {},
            "not_a_pbx",
            {},
            id="empty answers",
        ),
        pytest.param(
            _knob("wrong_errno", {"login": "30001"}),
            _knob("wrong_errno", {}),
            {},
            "busy",
            {},
            id="30001",
        ),
        pytest.param(
            _knob("wrong_errno", {"login": "10001"}),
            _knob("wrong_errno", {}),
            {},
            "refused",
            {"errno": "10001"},
            id="another number",
        ),
    ],
)
async def test_error_and_recovery(
    hass: HomeAssistant,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[Simulator], Any],
    mend: Callable[[Simulator], Any],
    changes: dict[str, Any],
    error: str,
    placeholders: dict[str, str],
) -> None:
    await spoil(simulator)
    result = await add(hass, form_of(simulator, **changes))
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "user"
    assert result["errors"] == {"base": error}
    assert (result["description_placeholders"] or {}).items() >= placeholders.items()
    assert suggested(result)[CONF_USERNAME] == {CONF_USERNAME: USERNAME, **changes}[CONF_USERNAME]
    more = result["data_schema"].schema[SECTION_MORE]
    assert more.options["collapsed"] is (error not in ("not_a_pbx", "unsupported"))
    assert not simulator.token_alive
    await mend(simulator)
    result = await submit(hass, result, form_of(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not [
        record
        for record in caplog.records
        if record.levelno >= logging.WARNING and record.name.startswith("custom_components")
    ]


async def test_half_an_answer(hass: HomeAssistant, simulator: Simulator) -> None:
    simulator.knobs.half_answers = True
    result = await add(hass, form_of(simulator))
    assert result["type"] is FlowResultType.FORM
    assert result["errors"]["base"] in ("not_a_pbx", "cannot_connect")
    simulator.knobs.half_answers = False
    result = await submit(hass, result, form_of(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_pbx_that_hangs(hass: HomeAssistant, simulator: Simulator) -> None:
    simulator.knobs.hang = True

    def impatient(*where: Any, **settings: Any) -> Transport:
        return Transport(*where, **settings | {"timeout": 0.1})

    with (
        patch.object(detect, "Transport", impatient),
        patch("custom_components.ippbx.pbx.uc.detect.other_scheme_answers", return_value=False),
    ):
        result = await add(hass, form_of(simulator))
    assert result["errors"] == {"base": "cannot_connect"}
    simulator.knobs.hang = False
    result = await submit(hass, result, form_of(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_session_ends_when_the_pbx_fails_after_the_login(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.knobs.wrong_errno = {"extensionlist/query": "30001"}
    result = await add(hass, form_of(simulator))
    assert result["errors"] == {"base": "busy"}
    assert simulator.logins == 1
    assert not simulator.token_alive


async def test_pbx_without_serial_number(hass: HomeAssistant, simulator: Simulator) -> None:
    serial, simulator.device.serial = simulator.device.serial, ""
    result = await add(hass, form_of(simulator))
    assert result["errors"] == {"base": "no_serial"}
    assert not simulator.token_alive
    simulator.device.serial = serial
    result = await submit(hass, result, form_of(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_unexpected_failure_shows_no_traceback(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    with patch.object(check, "create_backend", side_effect=RuntimeError):
        result = await add(hass, form_of(simulator))
    assert result["errors"] == {"base": "unknown"}
    assert not [
        record for record in caplog.records if record.levelno > logging.DEBUG and record.exc_info
    ]
    result = await submit(hass, result, form_of(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_password_is_not_logged(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await add(hass, form_of(simulator, **{CONF_PASSWORD: "Sesame0pen"}))
    await add(hass, form_of(simulator))
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("custom_components")]
    assert not [line for line in ours if "Sesame0pen" in line or PASSWORD in line]
    assert simulator.failed_logins == 1


# A dialect by hand


async def test_dialect_by_hand_for_a_pbx_that_detection_does_not_know(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    original = simulator.knobs.wrong_errno
    simulator.knobs.wrong_errno = {"deviceinfo/query": "10001"}
    result = await add(hass, form_of(simulator))
    assert result["errors"] == {"base": "not_a_pbx"}
    by_hand = {SECTION_MORE: {CONF_DIALECT: "openvox"}}
    result = await submit(hass, result, form_of(simulator, **by_hand))
    # The choice is followed as far as the login; then the PBX must have a serial number.
    assert result["errors"] == {"base": "refused"}
    assert simulator.logins == 1
    simulator.knobs.wrong_errno = original
    result = await submit(hass, result, form_of(simulator, **by_hand))
    assert result["data"][CONF_DIALECT] == "openvox"


async def test_system_information_counts_more_than_the_version_that_answers(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(knobs={"strict_versions": False})
    result = await add(hass, form_of(simulator))
    assert result["data"][CONF_DIALECT] == "openvox"


async def test_dialect_by_hand_counts_more_than_system_information(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(dialect="yeastar-v1", knobs={"strict_versions": False})
    result = await add(hass, form_of(simulator, **{SECTION_MORE: {CONF_DIALECT: "openvox"}}))
    assert result["data"][CONF_DIALECT] == "openvox"


async def test_api_that_is_off_stays_so_with_a_dialect_by_hand(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.knobs.api_running = False
    result = await add(hass, form_of(simulator, **{SECTION_MORE: {CONF_DIALECT: "openvox"}}))
    assert result["errors"] == {"base": "api_disabled"}
    assert simulator.logins == 0


@pytest.mark.parametrize("more", [{}, {CONF_DIALECT: "openvox"}])
async def test_the_port_of_home_assistant_is_no_pbx(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client_no_auth: ClientSessionGenerator,
    more: dict[str, str],
) -> None:
    """It answers 404 to the paths of the API, as a PBX does whose API is off."""
    assert await async_setup_component(hass, "webhook", {})  # before the server starts
    client = await hass_client_no_auth()
    form = form_of(simulator, **{CONF_PORT: client.server.port, SECTION_MORE: more})
    result = await add(hass, form)
    assert result["errors"] == {"base": "not_a_pbx"}
