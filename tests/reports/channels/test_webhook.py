"""What the webhook on Home Assistant's own web server accepts, and what not."""

import asyncio
import gzip
import logging
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.ippbx.const import DOMAIN
from custom_components.ippbx.reports.channels import webhook
from pbx_simulator import Simulator
from tests.conftest import WEBHOOK_ID, add_entry
from tests.live import load, serve
from tests.reports.raw_requests import (
    PATH,
    exchange,
    first_answer,
    own_lines,
    post,
    request,
    states,
    status_report,
)
from tests.time_travel import TimeTraveller

KIB = 1024


async def test_only_posts_count_on_the_webhook(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    port = await serve(hass)
    await load(hass, add_entry(hass, simulator))
    before = states(hass)
    for method in ("PUT", "get", "DELETE", "PATCH"):
        await first_answer(port, request(status_report("1001"), method=method))
    assert states(hass) == before
    assert not [
        r for r in caplog.records if r.levelno >= logging.WARNING and WEBHOOK_ID in r.getMessage()
    ]


async def test_a_body_that_never_ends_on_the_webhook(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    port = await serve(hass)
    runtime = await load(hass, add_entry(hass, simulator))
    before = states(hass)
    whole = request(b"x" * 10_000)
    with patch.object(webhook, "READ_TIMEOUT", 0.01):
        assert (await first_answer(port, whole[:-1]))[:12] == b"HTTP/1.1 200"
    assert runtime.receiver.rejected == {"malformed": 1}

    chunked = f"POST {PATH} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    endless = chunked + b"8000\r\n" + b"y" * 0x8000 + b"\r\n"
    endless += b"8001\r\n" + b"y" * 0x8001 + b"\r\n"
    assert (await first_answer(port, endless))[:12] == b"HTTP/1.1 200"
    assert runtime.receiver.rejected == {"malformed": 2}
    assert states(hass) == before


async def test_a_long_body_is_cut(hass: HomeAssistant, simulator: Simulator) -> None:
    port = await serve(hass)
    await load(hass, add_entry(hass, simulator))
    lengths: list[int] = []
    receivers = hass.data[webhook.DATA_RECEIVERS]
    receivers[WEBHOOK_ID] = lambda body, _source: lengths.append(len(body))
    for length in (64 * KIB, 120 * KIB):
        assert b"200" in await first_answer(port, request(b"x" * length))
    assert lengths == [64 * KIB, 64 * KIB + 1]


@pytest.mark.parametrize(
    "data",
    [
        request(b"this is no gzip", head="Content-Encoding: gzip\r\n"),
        request(gzip.compress(bytes(8 * KIB * KIB)), head="Content-Encoding: gzip\r\n"),
        f"POST {PATH} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".encode(),
        request(b""),
    ],
    ids=["no gzip", "much in little gzip", "no chunk", "nothing"],
)
async def test_bodies_that_aiohttp_cannot_read(
    hass: HomeAssistant,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
    data: bytes,
) -> None:
    port = await serve(hass)
    runtime = await load(hass, add_entry(hass, simulator))
    before = states(hass)
    head, _, body = data.partition(b"\r\n\r\n")
    answer = await exchange(port, head + b"\r\nConnection: close\r\n\r\n" + body)

    assert answer[:7] == b"HTTP/1."
    assert states(hass) == before
    assert not runtime.receiver.accepted
    assert len(own_lines(caplog, logging.INFO)) <= 1
    assert not [
        r for r in caplog.records if r.levelno >= logging.WARNING and WEBHOOK_ID in r.getMessage()
    ]


async def test_the_cloud_connection_is_refused(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    port = await serve(hass)
    runtime = await load(hass, add_entry(hass, simulator))
    before = states(hass)
    with patch(
        "custom_components.ippbx.reports.channels.webhook.is_cloud_connection", return_value=True
    ):
        assert b" 200 " in await post(port, status_report("1001"))
    assert states(hass) == before
    assert not runtime.receiver.accepted

    assert b" 200 " in await post(port, status_report("1001"))
    assert states(hass) != before  # it was only that


async def test_a_webhook_call_over_the_websocket_is_refused(
    hass: HomeAssistant, simulator: Simulator, hass_ws_client: WebSocketGenerator
) -> None:
    assert await async_setup_component(hass, "websocket_api", {})
    runtime = await load(hass, add_entry(hass, simulator))
    before = states(hass)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {
            "type": "webhook/handle",
            "webhook_id": WEBHOOK_ID,
            "method": "POST",
            "body": status_report("1001").decode(),
        }
    )
    answer = await client.receive_json()
    assert answer["success"]
    assert answer["result"]["status"] == 200
    assert states(hass) == before
    assert not runtime.receiver.accepted


@pytest.mark.parametrize(
    ("client", "accepted"), [("10.9.9.9", False), ("127.0.0.1", True), ("::ffff:127.0.0.1", True)]
)
async def test_the_source_behind_a_trusted_proxy_is_the_client(
    hass: HomeAssistant, simulator: Simulator, client: str, accepted: bool
) -> None:
    proxied = {"use_x_forwarded_for": True, "trusted_proxies": ["127.0.0.2"]}
    assert await async_setup_component(hass, "http", {"http": proxied})
    port = await serve(hass)
    runtime = await load(hass, add_entry(hass, simulator))
    data = request(
        status_report("1001"), head=f"X-Forwarded-For: {client}\r\nConnection: close\r\n"
    )
    assert (await exchange(port, data, source="127.0.0.2")).startswith(b"HTTP/1.1 200 ")
    assert bool(runtime.receiver.accepted) is accepted
    assert bool(runtime.receiver.rejected) is not accepted


def lines_with_the_id(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the log holds of the secret id; Home Assistant has no log of accesses."""
    return [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelno > logging.DEBUG
        and record.name != "aiohttp.access"
        and WEBHOOK_ID in record.getMessage()
    ]


async def registered(hass: HomeAssistant, port: int) -> bool:
    """Report something; return whether Home Assistant knows the webhook."""
    assert b" 200 " in await post(port, status_report("1001"))
    return WEBHOOK_ID in hass.data.get("webhook", {})


async def test_the_id_is_in_no_log_line_whatever_the_entry_does(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A report may come at any moment from the time the integration is loaded."""
    caplog.set_level(logging.INFO)
    port = await serve(hass)
    assert await async_setup_component(hass, "webhook", {})
    await simulator.go_away()
    entry = add_entry(hass, simulator)
    assert await async_setup_component(hass, DOMAIN, {})
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert await registered(hass, port)

    await simulator.come_back()
    simulator.knobs.answer_delay = 1
    setup = asyncio.create_task(hass.config_entries.async_reload(entry.entry_id))
    while not setup.done():
        assert await registered(hass, port)
        await traveller.travel(0.5)
    assert entry.state is ConfigEntryState.LOADED
    simulator.knobs.answer_delay = 0
    unloaded = asyncio.create_task(hass.config_entries.async_unload(entry.entry_id))
    while not unloaded.done():
        assert await registered(hass, port)
        await traveller.rest()
    assert await registered(hass, port)
    assert await hass.config_entries.async_setup(entry.entry_id)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await traveller.rest()
    assert await registered(hass, port)
    assert lines_with_the_id(caplog) == []


async def test_a_report_that_comes_before_the_entry_is_loaded_is_read_instead(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    port = await serve(hass)
    entry = add_entry(hass, simulator)
    runtime = await load(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert b" 200 " in await post(port, status_report("1001"))
    assert not runtime.receiver.accepted

    await load(hass, entry)
    assert not entry.runtime_data.receiver.accepted
    assert b" 200 " in await post(port, status_report("1001"))
    await asyncio.sleep(0)
    assert entry.runtime_data.receiver.accepted


@pytest.mark.parametrize("away", [False, True])
async def test_the_webhook_goes_with_its_entry(
    hass: HomeAssistant, simulator: Simulator, away: bool
) -> None:
    port = await serve(hass)
    if away:
        await simulator.go_away()
    entry = add_entry(hass, simulator)
    await hass.config_entries.async_setup(entry.entry_id)
    assert await registered(hass, port)

    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    assert not await registered(hass, port)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    assert await registered(hass, port)
    await hass.config_entries.async_remove(entry.entry_id)
    assert not await registered(hass, port)


async def test_a_disabled_entry_gets_no_webhook(hass: HomeAssistant, simulator: Simulator) -> None:
    port = await serve(hass)
    assert await async_setup_component(hass, "webhook", {})
    entry = add_entry(hass, simulator)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    assert await async_setup_component(hass, DOMAIN, {})
    assert not await registered(hass, port)
