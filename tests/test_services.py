"""The actions: the report address by hand, and a heartbeat now."""

import asyncio
from collections.abc import Awaitable
import gc
from typing import Any

from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.auth.models import User
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
import pytest

from custom_components.ippbx.const import (
    ADDRESS_FIXED,
    ADDRESS_RELATIVE,
    CONF_ADDRESS_MODE,
    CONF_FIXED_HOST,
    CONF_REPORT_ADDRESS,
    DOMAIN,
)
from pbx_simulator import Simulator
from tests.reports.raw_requests import PATH

from .conftest import SERIAL, WEBHOOK_ID, StartSimulator, add_entry
from .house import move_in
from .live import entity_id, load, serve, wait_for_state
from .test_services_refused import call
from .time_travel import TimeTraveller


async def test_a_heartbeat_now(hass: HomeAssistant, simulator: Simulator) -> None:
    port = await serve(hass)
    await load(hass, add_entry(hass, simulator))
    heartbeats = simulator.heartbeats

    answer = await call(hass, "send_heartbeat")

    assert simulator.heartbeats == heartbeats + 1
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


async def test_a_heartbeat_needs_control_and_hides_the_secret(
    hass: HomeAssistant, simulator: Simulator, hass_read_only_user: User
) -> None:
    await serve(hass)
    await load(hass, add_entry(hass, simulator))
    user = await hass.auth.async_create_user("user", group_ids=[GROUP_ID_USER])
    heartbeats = simulator.heartbeats
    with pytest.raises(Unauthorized):
        await call(hass, "send_heartbeat", Context(user_id=hass_read_only_user.id))
    assert simulator.heartbeats == heartbeats
    answer = await call(hass, "send_heartbeat", Context(user_id=user.id))
    assert WEBHOOK_ID not in str(answer)
    assert simulator.heartbeats == heartbeats + 1


async def test_heartbeats_of_users_are_joined_and_limited(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    """Button and action alike: 200 at once are one, and no other goes out for ten seconds."""
    house = await move_in(hass, simulator, traveller)
    button = {"entity_id": entity_id(hass, "button", f"{SERIAL}_send_heartbeat")}
    heartbeats = simulator.heartbeats

    def press() -> Awaitable[None]:
        return hass.services.async_call("button", "press", button, blocking=True)

    await asyncio.gather(press(), *(call(hass, "send_heartbeat") for _ in range(200)))
    assert simulator.heartbeats == heartbeats + 1
    await traveller.travel(9.5)
    for again in (press(), call(hass, "send_heartbeat")):
        with pytest.raises(HomeAssistantError) as refused:
            await again
        assert refused.value.translation_key == "heartbeat_too_soon"
        assert refused.value.translation_placeholders == {"seconds": "1"}
    assert simulator.heartbeats == heartbeats + 1
    await call(hass, "update_url", port=9000)  # an administrator's, with another address
    assert simulator.heartbeats == heartbeats + 2
    await traveller.travel(1)
    await press()
    assert simulator.heartbeats == heartbeats + 3

    simulator.knobs.answer_delay = 1
    house.runtime.link.async_heartbeat_soon()
    await asyncio.sleep(0)
    answer = await traveller.wait_for(call(hass, "send_heartbeat"))
    assert (answer["answer"], simulator.heartbeats) == ("Success", heartbeats + 4)


async def test_a_heartbeat_that_fails_when_nobody_waits_for_it_any_more(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As of a script that was stopped: asyncio would complain that nobody looked at the failure."""
    house = await move_in(hass, simulator, traveller)
    simulator.knobs.hang = True
    waiting = asyncio.create_task(house.runtime.link.async_send_heartbeat())
    await traveller.travel(1)
    waiting.cancel()
    await traveller.travel(15)
    assert waiting.cancelled()
    gc.collect()
    assert "never retrieved" not in caplog.text


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


async def test_the_origin_of_the_address_is_shown(
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

    await call(hass, "update_url", url=f"{'a' * 250}/in", urltag="0")
    assert hass.states.get(shown).state == f"127.0.0.1:{port}/{'a' * 250}/in"[:255]


@pytest.mark.parametrize(
    ("fields", "registered"),
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
    hass: HomeAssistant, simulator: Simulator, fields: dict[str, Any], registered: tuple[str, ...]
) -> None:
    """What is left out follows what is given, as the documents join them."""
    port = await serve(hass)
    await load(hass, add_entry(hass, simulator))
    await call(hass, "update_url", **fields)
    assert simulator.report_target == tuple(text.format(port=port) for text in registered)


@pytest.mark.parametrize(
    ("options", "registered"),
    [
        ({CONF_ADDRESS_MODE: ADDRESS_RELATIVE}, ("127.0.0.1", "{port}", PATH[1:], "0")),
        (
            {CONF_ADDRESS_MODE: ADDRESS_FIXED, CONF_FIXED_HOST: "ha.lan"},
            ("127.0.0.1", "{port}", f"ha.lan:{{port}}{PATH}", "1"),
        ),
    ],
)
async def test_undone_means_what_the_options_say(
    hass: HomeAssistant, simulator: Simulator, options: dict[str, Any], registered: tuple[str, ...]
) -> None:
    port = await serve(hass)
    await load(hass, add_entry(hass, simulator, options=options))
    await call(hass, "update_url", url="b.lan/in")
    assert simulator.report_target.url == "b.lan/in"

    answer = await call(hass, "update_url")
    assert simulator.report_target == tuple(text.format(port=port) for text in registered)
    assert answer["origin"] == options[CONF_ADDRESS_MODE]


async def test_the_pbx_refuses_the_address(hass: HomeAssistant, simulator: Simulator) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator)
    runtime = await load(hass, entry)
    simulator.knobs.wrong_errno["heartbeat"] = "20011"

    answer = await call(hass, "update_url", port=9000)

    assert answer["answer"] == "20011"
    assert answer["sent"]["port"] == "9000"
    assert entry.data[CONF_REPORT_ADDRESS] == {"port": "9000"}
    assert runtime.link.up


async def test_without_asking_for_an_answer(hass: HomeAssistant, simulator: Simulator) -> None:
    await serve(hass)
    await load(hass, add_entry(hass, simulator))
    await hass.services.async_call(DOMAIN, "update_url", {"port": "9000"}, blocking=True)
    assert simulator.report_target.port == "9000"
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call(DOMAIN, "update_url", {"port": "x"}, blocking=True)
