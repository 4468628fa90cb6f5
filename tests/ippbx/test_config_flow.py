"""The config flow against simulated PBXs: what it says, what it sends, what it keeps."""

from collections.abc import Callable
from functools import partial
import logging
from typing import Any
from unittest.mock import AsyncMock, MagicMock, patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.const import (
    CONF_HOST,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SSL,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
    CONF_WEBHOOK_ID,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ippbx import flow_check
from custom_components.ippbx.const import (
    CONF_CHOSEN_EXTENSIONS,
    CONF_DIALECT,
    CONF_EXTENSIONS,
    CONF_FINGERPRINT,
    CONF_OLD_TLS,
    DOMAIN,
)
from custom_components.ippbx.flow_forms import CONF_ACCEPT_CERTIFICATE, SECTION_MORE
from custom_components.ippbx.pbx.guard import REPEATS
from custom_components.ippbx.pbx.models import SystemInfo
from custom_components.ippbx.pbx.tls import fetch_fingerprint
from pbx_simulator import Simulator

from .conftest import (
    PASSWORD,
    SERIAL,
    USERNAME,
    WEBHOOK_ID,
    StartSimulator,
    add_entry,
    assert_translated,
)

pytestmark = pytest.mark.usefixtures("mock_setup_entry")


def form_of(simulator: Simulator, **changes: Any) -> dict[str, Any]:
    """Return what a user types for a simulated PBX."""
    return {
        CONF_HOST: "127.0.0.1",
        CONF_PORT: simulator.port,
        CONF_SSL: simulator.config.tls,
        CONF_VERIFY_SSL: False,
        CONF_USERNAME: USERNAME,
        CONF_PASSWORD: PASSWORD,
        **changes,
    }


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    """Open the first form."""
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "user"
    assert not result["errors"]
    return result


async def submit(
    hass: HomeAssistant, result: ConfigFlowResult, form: dict[str, Any]
) -> ConfigFlowResult:
    """Submit a form."""
    result = await hass.config_entries.flow.async_configure(result["flow_id"], form)
    await hass.async_block_till_done()
    assert_translated(result, "config")
    return result


async def add(hass: HomeAssistant, form: dict[str, Any]) -> ConfigFlowResult:
    """Open the first form and submit it."""
    return await submit(hass, await start(hass), form)


def suggested(result: ConfigFlowResult) -> dict[str, Any]:
    """Return what the fields of a form are filled with."""
    schema = result["data_schema"]
    assert schema is not None
    return {
        key.schema: key.description["suggested_value"]
        for key in schema.schema
        if key.description and "suggested_value" in key.description
    }


# A new entry


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_pbx_is_added(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    simulator = await start_simulator(dialect=dialect)
    result = await add(hass, form_of(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"]
    assert result["result"].unique_id == SERIAL
    webhook_id = result["data"].pop(CONF_WEBHOOK_ID)
    assert len(bytes.fromhex(webhook_id)) == 16
    assert result["data"] == {
        CONF_HOST: "127.0.0.1",
        CONF_PORT: simulator.port,
        CONF_SSL: False,
        CONF_VERIFY_SSL: False,
        CONF_USERNAME: USERNAME,
        CONF_PASSWORD: PASSWORD,
        CONF_DIALECT: dialect,
        CONF_OLD_TLS: False,
        CONF_FINGERPRINT: None,
    }
    assert result["options"] == {CONF_EXTENSIONS: "all"}
    assert (simulator.logins, simulator.failed_logins) == (1, 0)
    assert not simulator.token_alive


async def test_login_tells_the_address_that_the_entry_will(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    result = await add(hass, form_of(simulator))
    login = next(request for request in simulator.requests if request.endpoint == "login")
    port = str(hass.http.server_port)
    path = f"/api/webhook/{result['data'][CONF_WEBHOOK_ID]}"
    assert login.params["port"] == port
    assert login.params["url"] == f"127.0.0.1:{port}{path}"
    assert str(login.params["urltag"]) == "1"


async def test_over_home_assistants_own_api(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    for component in ("webhook", "config"):  # views are registered before the server starts
        assert await async_setup_component(hass, component, {})
    client = await hass_client()
    answer = await client.post("/api/config/config_entries/flow", json={"handler": DOMAIN})
    shown = await answer.json()
    assert [field["name"] for field in shown["data_schema"]] == [
        CONF_HOST,
        CONF_PORT,
        CONF_SSL,
        CONF_VERIFY_SSL,
        CONF_USERNAME,
        CONF_PASSWORD,
        SECTION_MORE,
    ]
    form = form_of(simulator)
    del form[CONF_SSL], form[CONF_VERIFY_SSL]
    answer = await client.post(f"/api/config/config_entries/flow/{shown['flow_id']}", json=form)
    assert (await answer.json())["type"] == "create_entry"


async def test_empty_port_is_found(hass: HomeAssistant, simulator: Simulator) -> None:
    closed = simulator.port - 1 if simulator.port > 1024 else simulator.port + 1
    with patch.object(flow_check, "_USUAL_PORTS", (closed, simulator.port)):
        form = form_of(simulator)
        del form[CONF_PORT]
        result = await add(hass, form)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_PORT] == simulator.port


async def test_empty_port_tells_of_what_answered(hass: HomeAssistant, simulator: Simulator) -> None:
    simulator.knobs.api_running = False
    closed = simulator.port - 1
    with patch.object(flow_check, "_USUAL_PORTS", (closed, simulator.port)):
        form = form_of(simulator)
        del form[CONF_PORT]
        result = await add(hass, form)
    assert result["errors"] == {"base": "api_disabled"}


async def test_empty_port_is_that_of_a_chosen_dialect(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    form = form_of(simulator, **{SECTION_MORE: {CONF_DIALECT: "yeastar-v2"}})
    del form[CONF_PORT]
    with patch.object(flow_check, "detect_dialect", side_effect=RuntimeError) as detect:
        result = await add(hass, form)
    assert detect.call_args.args[2] == 8088
    assert result["errors"] == {"base": "unknown"}


@pytest.mark.parametrize("pasted", ["http://127.0.0.1:{}/", "127.0.0.1:{}", " 127.0.0.1:{}/api "])
async def test_pasted_address_is_taken_apart(
    hass: HomeAssistant, simulator: Simulator, pasted: str
) -> None:
    form = form_of(simulator, **{CONF_HOST: pasted.format(simulator.port), CONF_PORT: 1})
    result = await add(hass, form)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_HOST] == "127.0.0.1"
    assert result["data"][CONF_PORT] == simulator.port


async def test_pasted_address_without_a_port(hass: HomeAssistant, simulator: Simulator) -> None:
    result = await add(hass, form_of(simulator, **{CONF_HOST: "http://127.0.0.1/"}))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_PORT] == simulator.port


async def test_pasted_https_means_tls(hass: HomeAssistant, simulator: Simulator) -> None:
    form = form_of(simulator, **{CONF_HOST: f"https://127.0.0.1:{simulator.port}"})
    result = await add(hass, form)
    assert result["errors"] == {"base": "wrong_scheme"}
    shown = suggested(result)
    assert (shown[CONF_HOST], shown[CONF_SSL]) == ("127.0.0.1", True)
    result = await submit(hass, result, {**form_of(simulator), CONF_HOST: shown[CONF_HOST]})
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    "host",
    [
        "",
        "a pbx",
        "ftp://pbx",
        "http://",
        "http://a b/",
        "pbx:70000",
        "pbx:port",
        "/api",
        "a" * 254,
        "x..y",
    ],
)
async def test_invalid_host(hass: HomeAssistant, simulator: Simulator, host: str) -> None:
    result = await add(hass, form_of(simulator, **{CONF_HOST: host}))
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {CONF_HOST: "invalid_host"}
    assert not simulator.requests
    result = await submit(hass, result, form_of(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY


# Extensions


async def test_many_extensions_are_asked_for(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(extensions=51, first_extension=2000)
    result = await add(hass, form_of(simulator))
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "extensions"
    assert result["description_placeholders"] is not None
    assert result["description_placeholders"]["count"] == "51"
    first_50 = [str(2000 + index) for index in range(50)]
    assert suggested(result)[CONF_CHOSEN_EXTENSIONS] == first_50
    result = await submit(hass, result, {CONF_CHOSEN_EXTENSIONS: ["2003", "2050"]})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["options"] == {
        CONF_EXTENSIONS: "chosen",
        CONF_CHOSEN_EXTENSIONS: ["2003", "2050"],
    }


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ({CONF_EXTENSIONS: "all"}, {CONF_EXTENSIONS: "all"}),
        ({CONF_EXTENSIONS: "none"}, {CONF_EXTENSIONS: "none"}),
        (
            {CONF_EXTENSIONS: "chosen", CONF_CHOSEN_EXTENSIONS: []},
            {CONF_EXTENSIONS: "none", CONF_CHOSEN_EXTENSIONS: []},
        ),
    ],
)
async def test_choice_among_few_extensions(
    hass: HomeAssistant, simulator: Simulator, form: dict[str, Any], options: dict[str, Any]
) -> None:
    result = await add(hass, form_of(simulator, **{SECTION_MORE: {CONF_EXTENSIONS: "chosen"}}))
    assert result["step_id"] == "extensions"
    result = await submit(hass, result, form)
    assert result["options"] == options


async def test_no_extensions_wanted(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    simulator = await start_simulator(extensions=60)
    result = await add(hass, form_of(simulator, **{SECTION_MORE: {CONF_EXTENSIONS: "none"}}))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["options"] == {CONF_EXTENSIONS: "none"}


# Errors, each with the way out of it


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
            "api_disabled",
            {},
            id="404",
        ),
        pytest.param(
            _knob("wrong_errno", {"login": "20010"}),
            _knob("wrong_errno", {}),
            {},
            "api_disabled",
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
    impatient = partial(flow_check.detect_dialect, request_timeout=0.1)
    with (
        patch.object(flow_check, "detect_dialect", impatient),
        patch("custom_components.ippbx.pbx.detect.other_scheme_answers", return_value=False),
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
    with patch(
        "custom_components.ippbx.pbx.client.PbxClient.system_info",
        return_value=SystemInfo(serial=""),
    ):
        result = await add(hass, form_of(simulator))
    assert result["errors"] == {"base": "no_serial"}
    assert not simulator.token_alive
    result = await submit(hass, result, form_of(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_unexpected_failure_shows_no_traceback(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    with patch.object(flow_check, "create_client", side_effect=RuntimeError):
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
    # The choice is followed as far as the login; then the PBX must say who it is.
    assert result["errors"] == {"base": "refused"}
    assert simulator.logins == 1
    simulator.knobs.wrong_errno = original
    result = await submit(hass, result, form_of(simulator, **by_hand))
    assert result["data"][CONF_DIALECT] == "openvox"


async def test_api_that_is_off_stays_so_with_a_dialect_by_hand(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.knobs.api_running = False
    result = await add(hass, form_of(simulator, **{SECTION_MORE: {CONF_DIALECT: "openvox"}}))
    assert result["errors"] == {"base": "api_disabled"}
    assert simulator.logins == 0


# TLS


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


# Lock-out


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


# A PBX that is there already


async def test_known_address_is_left_alone(hass: HomeAssistant, simulator: Simulator) -> None:
    add_entry(hass, simulator)
    result = await add(hass, form_of(simulator))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert not simulator.requests


async def test_known_address_with_the_port_found(hass: HomeAssistant, simulator: Simulator) -> None:
    add_entry(hass, simulator)
    form = form_of(simulator)
    del form[CONF_PORT]
    with patch.object(flow_check, "_USUAL_PORTS", (simulator.port,)):
        result = await add(hass, form)
    assert result["reason"] == "already_configured"
    assert simulator.logins == 0


async def test_known_pbx_at_another_address_gets_its_reports_back(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = add_entry(hass, simulator, **{CONF_HOST: "pbx.example"})
    assert await hass.config_entries.async_setup(entry.entry_id)
    entry.runtime_data = MagicMock()
    result = await add(hass, form_of(simulator))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert entry.data[CONF_HOST] == "pbx.example"
    entry.runtime_data.link.async_beat_soon.assert_called_once_with()


async def test_pbx_added_while_extensions_are_chosen(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(extensions=51)
    first = await add(hass, form_of(simulator))
    second = await add(hass, form_of(simulator))
    assert first["step_id"] == second["step_id"] == "extensions"
    first = await submit(hass, first, {})
    assert first["type"] is FlowResultType.CREATE_ENTRY
    assert not hass.config_entries.flow.async_progress()
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_two_pbxs(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    first = await start_simulator(serial="SIM0000000001")
    second = await start_simulator(serial="SIM0000000002")
    for simulator in (first, second):
        result = await add(hass, form_of(simulator))
        assert result["type"] is FlowResultType.CREATE_ENTRY
    assert {entry.unique_id for entry in hass.config_entries.async_entries(DOMAIN)} == {
        "SIM0000000001",
        "SIM0000000002",
    }


# New credentials


async def test_reauth_begins_with_a_form_and_sends_nothing(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = add_entry(hass, simulator, **{CONF_PASSWORD: "old"})
    result = await entry.start_reauth_flow(hass)
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "reauth_confirm"
    assert suggested(result) == {CONF_USERNAME: USERNAME}
    assert not simulator.requests


async def test_reauth(
    hass: HomeAssistant, simulator: Simulator, mock_setup_entry: AsyncMock
) -> None:
    entry = add_entry(hass, simulator, options={CONF_EXTENSIONS: "none"}, **{CONF_PASSWORD: "old"})
    result = await entry.start_reauth_flow(hass)
    wrong = {CONF_USERNAME: USERNAME, CONF_PASSWORD: "wrong"}
    result = await submit(hass, result, wrong)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": "invalid_auth"}
    assert entry.data[CONF_PASSWORD] == "old"
    result = await submit(hass, result, {CONF_USERNAME: USERNAME, CONF_PASSWORD: PASSWORD})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    assert entry.data[CONF_PASSWORD] == PASSWORD
    assert entry.data[CONF_WEBHOOK_ID] == WEBHOOK_ID
    assert entry.options == {CONF_EXTENSIONS: "none"}
    assert len(mock_setup_entry.mock_calls) == 1
    assert (simulator.logins, simulator.failed_logins) == (1, 1)
    login = [request for request in simulator.requests if request.endpoint == "login"][-1]
    assert login.params["url"].endswith(f"/api/webhook/{WEBHOOK_ID}")


async def test_reauth_repeats_refused_credentials_only_a_few_times(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    entry = add_entry(hass, simulator)
    result = await entry.start_reauth_flow(hass)
    for _ in range(8):
        form = {CONF_USERNAME: USERNAME, CONF_PASSWORD: "wrong"}
        result = await submit(hass, result, form)
    assert result["errors"] == {"base": "too_many_attempts"}
    assert simulator.failed_logins == 1 + REPEATS


async def test_reauth_at_another_pbx(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    simulator = await start_simulator(serial="SIM0000000002")
    entry = add_entry(hass, simulator, unique_id="SIM0000000001", **{CONF_PASSWORD: "old"})
    result = await entry.start_reauth_flow(hass)
    result = await submit(hass, result, {CONF_USERNAME: USERNAME, CONF_PASSWORD: PASSWORD})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "unique_id_mismatch"
    assert entry.data[CONF_PASSWORD] == "old"


async def test_reauth_does_not_trust_another_certificate(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(tls=True)
    entry = add_entry(hass, simulator, **{CONF_FINGERPRINT: "0" * 64})
    result = await entry.start_reauth_flow(hass)
    result = await submit(hass, result, {CONF_USERNAME: USERNAME, CONF_PASSWORD: PASSWORD})
    assert result["errors"] == {"base": "certificate_changed"}
    assert not simulator.requests


# Another connection


async def test_reconfigure(
    hass: HomeAssistant, start_simulator: StartSimulator, mock_setup_entry: AsyncMock
) -> None:
    before = await start_simulator()
    after = await start_simulator(tls=True)
    kept = {"report_address": {"port": "8300"}}
    entry = add_entry(hass, before, options={CONF_EXTENSIONS: "none"}, **kept)
    result = await entry.start_reconfigure_flow(hass)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "reconfigure"
    shown = suggested(result)
    assert shown[CONF_PORT] == before.port
    assert CONF_PASSWORD not in shown
    result = await submit(hass, result, form_of(after, **{CONF_SSL: False}))
    assert result["errors"] == {"base": "wrong_scheme"}
    assert entry.data[CONF_PORT] == before.port
    result = await submit(hass, result, form_of(after))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert entry.data == {
        **kept,
        **form_of(after),
        CONF_DIALECT: "openvox",
        CONF_OLD_TLS: False,
        CONF_FINGERPRINT: await fetch_fingerprint("127.0.0.1", after.port),
        CONF_WEBHOOK_ID: WEBHOOK_ID,
    }
    assert entry.options == {CONF_EXTENSIONS: "none"}
    assert len(mock_setup_entry.mock_calls) == 1
    assert (before.logins, after.logins) == (0, 1)


async def test_reconfigure_changes_the_dialect(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(dialect="yeastar-v2")
    entry = add_entry(hass, simulator, **{CONF_DIALECT: "yeastar-v1"})
    result = await entry.start_reconfigure_flow(hass)
    automatic = {SECTION_MORE: {CONF_DIALECT: "automatic"}}
    result = await submit(hass, result, form_of(simulator, **automatic))
    assert result["reason"] == "reconfigure_successful"
    assert entry.data[CONF_DIALECT] == "yeastar-v2"


async def test_reconfigure_to_another_pbx(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    first = await start_simulator(serial="SIM0000000001")
    second = await start_simulator(serial="SIM0000000002")
    entry = add_entry(hass, first)
    robbed = add_entry(hass, second)
    await hass.config_entries.async_setup(robbed.entry_id)
    robbed.runtime_data = MagicMock()
    result = await entry.start_reconfigure_flow(hass)
    result = await submit(hass, result, form_of(second))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "unique_id_mismatch"
    assert entry.data[CONF_PORT] == first.port
    robbed.runtime_data.link.async_beat_soon.assert_called_once_with()


async def test_reconfigure_asks_before_it_trusts_a_new_certificate(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(tls=True)
    entry = add_entry(hass, simulator, **{CONF_FINGERPRINT: "0" * 64})
    result = await entry.start_reconfigure_flow(hass)
    assert CONF_ACCEPT_CERTIFICATE not in result["data_schema"].schema
    result = await submit(hass, result, form_of(simulator))
    assert result["errors"] == {"base": "certificate_changed"}
    assert CONF_ACCEPT_CERTIFICATE in result["data_schema"].schema
    assert not simulator.requests
    result = await submit(hass, result, form_of(simulator, **{CONF_ACCEPT_CERTIFICATE: True}))
    assert result["reason"] == "reconfigure_successful"
    assert entry.data[CONF_FINGERPRINT] == await fetch_fingerprint("127.0.0.1", simulator.port)
    assert CONF_ACCEPT_CERTIFICATE not in entry.data
