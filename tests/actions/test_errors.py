"""Each refusal of the PBX has its own message; neither that nor the log contains a number."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.translation import async_get_exception_message
import pytest
import voluptuous as vol

from custom_components.ippbx.const import DOMAIN
from custom_components.ippbx.pbx.uc.error_codes import KEYS
from tests.conftest import StartSimulator
from tests.house import log_levels
from tests.test_services_refused import call, refusal
from tests.time_travel import TimeTraveller

from .house import device_of, know, move_in, tracked, trunk_of

NUMBER = "+49301234567"


async def test_each_error_number_has_its_own_message(
    hass: HomeAssistant, start_simulator: StartSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    stage = await move_in(hass, start_simulator, "yeastar-v1")
    messages: dict[int, str] = {}
    for errno, key in KEYS.items():
        stage.sim.knobs.wrong_errno["extension/dial_outbound"] = str(errno)
        with pytest.raises(HomeAssistantError) as refused:
            await call(hass, "dial", extension="2001", number=f"030{errno}01")
        assert refused.value.translation_key == key
        assert not isinstance(refused.value, ServiceValidationError)
        messages[errno] = async_get_exception_message(
            DOMAIN, key, refused.value.translation_placeholders
        )
        runtime = hass.config_entries.async_loaded_entries(DOMAIN)[0].runtime_data
        runtime.policy._outside.clear()
        runtime.backend._guard.lasted()  # a lost token takes a login
    own = {errno: text.replace(str(errno), "") for errno, text in messages.items()}
    assert len(set(own.values())) == len(KEYS)
    assert all(str(errno) in text for errno, text in messages.items() if errno != 20002)
    assert "WARNING" not in log_levels(caplog)


async def test_an_unknown_error_number(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    stage = await move_in(hass, start_simulator, "openvox")
    stage.sim.knobs.wrong_errno["extension/dial_extension"] = "19999"
    assert await refusal(hass, "dial", extension="2001", number="2002") == "refused"


@pytest.mark.parametrize(
    ("knob", "value"),
    [
        *((name, True) for name in ("hang", "reset", "half_answers", "html_answers")),
        *(("empty_answers", True), ("gzip_answers", True), ("answer_text", "{}")),
        ("error_page", 500),
    ],
)
async def test_nobody_knows_whether_it_was_done(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    knob: str,
    value: Any,
) -> None:
    stage = await move_in(hass, start_simulator, "openvox")
    setattr(stage.sim.knobs, knob, value)
    refused = refusal(hass, "dial", extension="2001", number="2002")
    assert await traveller.wait_for(refused) == "unanswered"


@pytest.mark.parametrize(
    ("knob", "key"), [("html_answers", "not_a_pbx"), ("reset", "cannot_connect")]
)
async def test_the_login_that_an_action_takes_has_done_nothing(
    hass: HomeAssistant, start_simulator: StartSimulator, knob: str, key: str
) -> None:
    stage = await move_in(hass, start_simulator, "openvox")
    stage.sim.drop_tokens()
    stage.sim.knobs.fault_endpoints = {"login"}
    setattr(stage.sim.knobs, knob, True)
    assert await refusal(hass, "dial", extension="2001", number="2002") == key


async def test_the_pbx_is_away(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    stage = await move_in(hass, start_simulator, "openvox")
    await stage.sim.go_away()
    assert await refusal(hass, "dial", extension="2001", number="2002") == "cannot_connect"


@pytest.mark.parametrize(
    ("action", "fields", "error"),
    [
        ("dial", {"number": "grandma"}, "invalid_number"),
        ("dial", {"number": "+49301234,5"}, "invalid_number"),
        ("dial", {"number": "2002", "extension": "x"}, "invalid_number"),
        ("play_prompt", {"prompts": ["12"]}, "value_refused"),
        ("play_prompt", {"prompts": "a+b"}, "value_refused"),
        ("play_prompt", {"prompts": "alarm", "number": NUMBER}, "targets_or_number"),
        ("listen", {"monitor": NUMBER}, "extension_unknown"),
        ("park", {"slot": "x"}, "invalid_number"),
        ("dial", {"number": "20 01"}, "to_itself"),
        ("transfer", {"number": "2001"}, "to_itself"),
        ("attended_transfer", {"number": "2001"}, "to_itself"),
        ("listen", {"monitor": "2001"}, "to_itself"),
    ],
)
async def test_what_cannot_be_sent(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    action: str,
    fields: dict[str, object],
    error: str,
) -> None:
    stage = await move_in(hass, start_simulator, "yeastar-v2")
    await stage.internal()
    know(hass, tracked(stage))
    before = len(stage.sim.requests)
    assert await refusal(hass, action, **{"extension": "2001", **fields}) == error
    assert len(stage.sim.requests) == before


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"trunk": "gsm-2", "number": NUMBER, "message": "x"}, "trunk_unknown"),
        ({"trunk": "gsm-1", "number": NUMBER, "message": ""}, "value_empty"),
        ({"trunk": "gsm-1", "number": NUMBER, "message": "ö" * 334}, "value_too_long"),
        (
            {"trunk": "gsm-1", "number": NUMBER, "message": "\N{OFFICE BUILDING}"},
            "value_characters",
        ),
        ({"trunk": "gsm-1", "number": "", "message": "x"}, "invalid_number"),
        ({"number": NUMBER, "message": "x"}, "not_a_trunk"),
        ({"device_id": "2001", "number": NUMBER, "message": "x"}, "not_a_trunk"),
        ({"area_id": "cellar", "number": NUMBER, "message": "x"}, "not_a_trunk"),
        (
            {"device_id": "gsm-1", "trunk": "sip-1", "number": NUMBER, "message": "x"},
            "several_targets",
        ),
    ],
)
async def test_messages_that_cannot_be_sent(
    hass: HomeAssistant, start_simulator: StartSimulator, fields: dict[str, str], error: str
) -> None:
    stage = await move_in(hass, start_simulator, "yeastar-v1")
    known = {"2001": device_of(hass, "2001"), "gsm-1": trunk_of(hass, "gsm-1")}
    filled = fields | {key: known[value] for key, value in fields.items() if key == "device_id"}
    before = len(stage.sim.requests)
    assert await refusal(hass, "send_message", **filled) == error
    assert len(stage.sim.requests) == before


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("dial", {"extension": "2001"}),
        ("dial", {"extension": "2001", "number": True}),
        ("dial", {"extension": "2001", "number": ["2002"]}),
        ("dial", {"extension": "2001", "number": "2002", "to": "2003"}),
        ("play_prompt", {"extension": "2001", "prompts": []}),
        ("transfer", {"extension": "2001", "number": "2002", "kind": "cinema"}),
        ("attended_transfer_step", {"extension": "2001", "step": "jump"}),
        ("hang_up", {"call_id": None}),
    ],
)
async def test_fields_of_a_wrong_kind(
    hass: HomeAssistant, start_simulator: StartSimulator, action: str, fields: dict[str, object]
) -> None:
    await move_in(hass, start_simulator, "openvox")
    with pytest.raises(vol.Invalid) as refused:
        await call(hass, action, **fields)
    assert "2002" not in str(refused.value)


async def test_numbers_are_in_no_log(
    hass: HomeAssistant, start_simulator: StartSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither of what is done nor of what is refused, be it by us or by the PBX."""
    stage = await move_in(hass, start_simulator, "yeastar-v2")
    await call(hass, "dial", extension="2001", number=NUMBER)
    await refusal(hass, "dial", extension="2001", number="112")
    stage.sim.knobs.wrong_errno["call/dial"] = "10024"
    await refusal(hass, "dial", extension="2001", number=NUMBER)
    await stage.sim.go_away()
    await refusal(hass, "dial", extension="2001", number=NUMBER)
    loud = [record.getMessage() for record in caplog.records if record.levelname != "DEBUG"]
    assert not [line for line in loud if "301234567" in line]
