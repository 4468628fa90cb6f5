"""The actions: the report address by hand, and a heartbeat now."""

from typing import Any

from homeassistant.auth.models import User
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers.translation import async_get_exception_message
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
import voluptuous as vol

from custom_components.ippbx.const import (
    ADDRESS_FIXED,
    ADDRESS_RELATIVE,
    CONF_ADDRESS_MODE,
    CONF_FIXED_HOST,
    CONF_REPORT_ADDRESS,
    DOMAIN,
)
from pbx_simulator import Simulator

from .conftest import SERIAL, WEBHOOK_ID, StartSimulator, add_entry
from .live import entity_id, load, serve, wait_for_state
from .posting import PATH
from .test_report_address import BAD


async def call(
    hass: HomeAssistant, action: str, context: Context | None = None, **fields: Any
) -> dict[str, Any]:
    answer = await hass.services.async_call(
        DOMAIN, action, fields, blocking=True, return_response=True, context=context
    )
    assert isinstance(answer, dict)
    return answer


@pytest.fixture
async def user(hass: HomeAssistant) -> User:
    """Return somebody who is no administrator."""
    return MockUser(name="guest").add_to_hass(hass)


async def test_a_heartbeat_now(hass: HomeAssistant, simulator: Simulator) -> None:
    port = await serve(hass)
    await load(hass, add_entry(hass, simulator))
    beats = simulator.heartbeats

    answer = await call(hass, "send_heartbeat")

    assert simulator.heartbeats == beats + 1
    assert answer == {
        "sent": {
            "ipaddr": "127.0.0.1",
            "port": str(port),
            "url": f"127.0.0.1:{port}/api/webhook/…",
            "urltag": "1",
        },
        "origin": "automatic",
        "answer": "Success",
    }


async def test_a_heartbeat_is_for_everybody_and_tells_nobody_the_secret(
    hass: HomeAssistant, simulator: Simulator, user: User
) -> None:
    await serve(hass)
    await load(hass, add_entry(hass, simulator))
    answer = await call(hass, "send_heartbeat", Context(user_id=user.id))
    assert WEBHOOK_ID not in str(answer)


async def test_the_address_by_hand_survives_and_is_undone(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator()
    port = await serve(hass)
    entry = add_entry(hass, simulator)
    await load(hass, entry)
    automatic = simulator.report_target

    answer = await call(hass, "update_url", ipaddr="10.0.0.9", port=8080.0, url="ha.lan:81/in")
    by_hand = {"ipaddr": "10.0.0.9", "port": "8080", "url": "ha.lan:81/in", "urltag": "1"}
    assert answer == {"sent": by_hand, "origin": "by_hand", "answer": "Success"}
    assert simulator.report_target == tuple(by_hand.values())

    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert simulator.report_target == tuple(by_hand.values())
    assert (await call(hass, "send_heartbeat"))["origin"] == "by_hand"

    answer = await call(hass, "update_url")
    assert simulator.report_target == automatic
    assert answer["origin"] == "automatic"
    assert answer["sent"]["url"] == f"127.0.0.1:{port}{PATH}"
    assert CONF_REPORT_ADDRESS not in entry.data
    assert entry.data[CONF_WEBHOOK_ID] == WEBHOOK_ID
    await simulator.set_extension_status("1001", "busy")
    await simulator.settle()
    status = entity_id(hass, "sensor", f"{SERIAL}_ext_1001_status")
    await wait_for_state(hass, status, "busy")


async def test_what_was_set_by_hand_is_said(
    hass: HomeAssistant,
    simulator: Simulator,
    entity_registry_enabled_by_default: None,
) -> None:
    port = await serve(hass)
    await load(hass, add_entry(hass, simulator))
    shown = entity_id(hass, "sensor", f"{SERIAL}_report_address")
    assert hass.states.get(shown).state == f"127.0.0.1:{port}/api/webhook/…"
    assert hass.states.get(shown).attributes["origin"] == "automatic"

    await call(hass, "update_url", port="9000")
    assert hass.states.get(shown).state == "127.0.0.1:9000/api/webhook/…"
    assert hass.states.get(shown).attributes["origin"] == "by_hand"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"port": 9000}, ("127.0.0.1", "9000", f"127.0.0.1:9000{PATH}", "1")),
        ({"ipaddr": "10.0.0.9"}, ("10.0.0.9", "{port}", f"10.0.0.9:{{port}}{PATH}", "1")),
        ({"urltag": 0}, ("127.0.0.1", "{port}", PATH[1:], "0")),
        ({"urltag": "0", "url": "/in"}, ("127.0.0.1", "{port}", "in", "0")),
        ({"url": "b.lan/in"}, ("127.0.0.1", "{port}", "b.lan/in", "1")),
        (
            {"url": "http://b.lan/in", "allow_scheme": True},
            ("127.0.0.1", "{port}", "http://b.lan/in", "1"),
        ),
    ],
)
async def test_some_fields(
    hass: HomeAssistant, simulator: Simulator, fields: dict[str, Any], told: tuple[str, ...]
) -> None:
    """What is left out follows what is given, as the documents join them."""
    port = await serve(hass)
    await load(hass, add_entry(hass, simulator))
    await call(hass, "update_url", **fields)
    assert simulator.report_target == tuple(text.format(port=port) for text in told)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({CONF_ADDRESS_MODE: ADDRESS_RELATIVE}, ("127.0.0.1", "{port}", PATH[1:], "0")),
        (
            {CONF_ADDRESS_MODE: ADDRESS_FIXED, CONF_FIXED_HOST: "ha.lan"},
            ("127.0.0.1", "{port}", f"ha.lan:{{port}}{PATH}", "1"),
        ),
    ],
)
async def test_undone_means_what_the_options_say(
    hass: HomeAssistant, simulator: Simulator, options: dict[str, Any], told: tuple[str, ...]
) -> None:
    port = await serve(hass)
    await load(hass, add_entry(hass, simulator, options=options))
    await call(hass, "update_url", url="b.lan/in")
    assert simulator.report_target.url == "b.lan/in"

    answer = await call(hass, "update_url")
    assert simulator.report_target == tuple(text.format(port=port) for text in told)
    assert answer["origin"] == options[CONF_ADDRESS_MODE]


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
    hass: HomeAssistant, simulator: Simulator, user: User
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator)
    await load(hass, entry)
    requests = len(simulator.requests)
    with pytest.raises(Unauthorized):
        await call(hass, "update_url", Context(user_id=user.id), port=9000)
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
    beats = simulators[0].heartbeats
    await call(hass, "send_heartbeat")  # it is the only one now
    assert simulators[0].heartbeats == beats + 1

    assert await hass.config_entries.async_unload(entries[0].entry_id)
    assert await refusal(hass, "send_heartbeat") == "entry_not_loaded"


async def test_the_pbx_refuses_the_address(hass: HomeAssistant, simulator: Simulator) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator)
    coordinator = await load(hass, entry)
    simulator.knobs.wrong_errno["heartbeat"] = "20011"

    answer = await call(hass, "update_url", port=9000)

    assert answer["answer"] == "20011"
    assert answer["sent"]["port"] == "9000"
    assert entry.data[CONF_REPORT_ADDRESS] == {"port": "9000"}
    assert coordinator.link.up


async def test_the_pbx_cannot_be_reached(hass: HomeAssistant, simulator: Simulator) -> None:
    """What was set by hand is kept, and told when the PBX is back."""
    await serve(hass)
    entry = add_entry(hass, simulator)
    await load(hass, entry)
    await simulator.go_away()

    assert await refusal(hass, "send_heartbeat") == "cannot_connect"
    assert await refusal(hass, "update_url", port=9000) == "cannot_connect"
    assert entry.data[CONF_REPORT_ADDRESS] == {"port": "9000"}

    await simulator.come_back()
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


async def test_without_asking_for_an_answer(hass: HomeAssistant, simulator: Simulator) -> None:
    await serve(hass)
    await load(hass, add_entry(hass, simulator))
    await hass.services.async_call(DOMAIN, "update_url", {"port": "9000"}, blocking=True)
    assert simulator.report_target.port == "9000"
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call(DOMAIN, "update_url", {"port": "x"}, blocking=True)
