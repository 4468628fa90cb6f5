"""What the actions refuse, with which words, and before anything is sent."""

from typing import Any

from homeassistant.auth.models import User
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers.translation import async_get_exception_message
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
import voluptuous as vol

from custom_components.ippbx.const import CONF_REPORT_ADDRESS, DOMAIN
from custom_components.ippbx.link import link
from pbx_simulator import Simulator
from tests.reports.test_address import BAD

from .conftest import StartSimulator, add_entry
from .live import load, serve


async def call(
    hass: HomeAssistant, action: str, context: Context | None = None, **fields: Any
) -> dict[str, Any]:
    answer = await hass.services.async_call(
        DOMAIN, action, fields, blocking=True, return_response=True, context=context
    )
    assert isinstance(answer, dict)
    return answer


async def refusal(hass: HomeAssistant, action: str, **fields: Any) -> str:
    """Return the key of the translated message that an action is refused with."""
    with pytest.raises(HomeAssistantError) as refused:
        await call(hass, action, **fields)
    error = refused.value
    assert error.translation_domain == DOMAIN
    message = async_get_exception_message(
        DOMAIN, error.translation_key, error.translation_placeholders
    )
    assert message != error.translation_key  # there are words for it
    assert "{" not in message
    return str(error.translation_key)


@pytest.mark.parametrize(
    ("action", "field"), [("attended_transfer_step", "step"), ("transfer", "kind")]
)
async def test_the_words_of_a_field_are_named_as_they_are_written(
    hass: HomeAssistant, simulator: Simulator, action: str, field: str
) -> None:
    await load(hass, add_entry(hass, simulator))
    fields = {"number": "2002"} if action == "transfer" else {}
    with pytest.raises(vol.Invalid) as refused:
        await call(hass, action, extension="2001", **{field: "no such word"}, **fields)
    assert "<" not in str(refused.value)
    assert "['" in str(refused.value)


async def test_bad_fields_are_refused_before_anything_is_sent(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator)
    await load(hass, entry)
    data, requests = dict(entry.data), len(simulator.requests)

    for fields, reason in BAD:
        assert await refusal(hass, "update_url", **fields) == reason, fields
    assert await refusal(hass, "update_url", port=8123.5) == "invalid_port"
    assert await refusal(hass, "update_url", port=float("inf")) == "invalid_port"

    assert dict(entry.data) == data
    assert len(simulator.requests) == requests


@pytest.mark.parametrize(
    "fields",
    [{"port": True}, {"port": None}, {"url": ["b.lan/in"]}, {"host": "b.lan"}, {"ipaddr": {}}],
)
async def test_fields_of_a_wrong_kind_or_name(
    hass: HomeAssistant, simulator: Simulator, fields: dict[str, Any]
) -> None:
    await serve(hass)
    await load(hass, add_entry(hass, simulator))
    requests = len(simulator.requests)
    with pytest.raises(vol.Invalid):
        await call(hass, "update_url", **fields)
    assert len(simulator.requests) == requests


async def test_only_administrators_may_redirect_reports(
    hass: HomeAssistant, simulator: Simulator, hass_read_only_user: User
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator)
    await load(hass, entry)
    requests = len(simulator.requests)
    with pytest.raises(Unauthorized):
        await call(hass, "update_url", Context(user_id=hass_read_only_user.id), port=9000)
    assert CONF_REPORT_ADDRESS not in entry.data
    assert len(simulator.requests) == requests


async def test_the_pbx_that_is_meant(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    await serve(hass)
    simulators = [await start_simulator(serial=f"SIM000000000{n}") for n in (1, 2)]
    entries = []
    for number, simulator in enumerate(simulators):
        entry = add_entry(hass, simulator, webhook_id=f"{number}" * 32)
        await load(hass, entry)
        entries.append(entry)

    assert await refusal(hass, "send_heartbeat") == "several_entries"
    assert await refusal(hass, "update_url", port=9000) == "several_entries"
    assert await refusal(hass, "send_heartbeat", config_entry_id="none") == "entry_not_loaded"

    await call(hass, "update_url", config_entry_id=entries[1].entry_id, port=9000)
    assert simulators[1].report_target.port == "9000"
    assert simulators[0].report_target.port != "9000"

    assert await hass.config_entries.async_unload(entries[1].entry_id)
    gone = entries[1].entry_id
    assert await refusal(hass, "send_heartbeat", config_entry_id=gone) == "entry_not_loaded"
    heartbeats = simulators[0].heartbeats
    await call(hass, "send_heartbeat")  # it is the only one now
    assert simulators[0].heartbeats == heartbeats + 1

    assert await hass.config_entries.async_unload(entries[0].entry_id)
    assert await refusal(hass, "send_heartbeat") == "entry_not_loaded"


async def test_the_pbx_cannot_be_reached(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was set by hand is kept, and registered when the PBX is back."""
    await serve(hass)
    entry = add_entry(hass, simulator)
    await load(hass, entry)
    await simulator.go_away()

    assert await refusal(hass, "send_heartbeat") == "cannot_connect"
    assert await refusal(hass, "update_url", port=9000) == "cannot_connect"
    assert entry.data[CONF_REPORT_ADDRESS] == {"port": "9000"}

    await simulator.come_back()
    monkeypatch.setattr(link, "USER_PAUSE", 0)
    await call(hass, "send_heartbeat")
    assert simulator.report_target.port == "9000"


async def test_the_api_was_switched_off(hass: HomeAssistant, simulator: Simulator) -> None:
    await serve(hass)
    await load(hass, add_entry(hass, simulator))
    simulator.knobs.api_running = False
    assert await refusal(hass, "send_heartbeat") == "api_disabled"


async def test_over_the_websocket(
    hass: HomeAssistant, simulator: Simulator, hass_ws_client: WebSocketGenerator
) -> None:
    """As the user interface calls it: the answer, or the words of the refusal."""
    assert await async_setup_component(hass, "websocket_api", {})
    await load(hass, add_entry(hass, simulator))
    client = await hass_ws_client(hass)

    async def ask(**fields: Any) -> dict[str, Any]:
        await client.send_json_auto_id(
            {
                "type": "call_service",
                "domain": DOMAIN,
                "service": "update_url",
                "service_data": fields,
                "return_response": True,
            }
        )
        answer: dict[str, Any] = await client.receive_json()
        return answer

    answer = await ask(port=9000)
    assert answer["result"]["response"]["sent"]["port"] == "9000"
    answer = await ask(port="70000")
    assert not answer["success"]
    assert answer["error"]["translation_key"] == "invalid_port"
    assert "65535" in answer["error"]["message"]
