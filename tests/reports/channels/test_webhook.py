"""What the webhook on Home Assistant's own web server accepts, and what not."""

import gzip
import logging
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

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
