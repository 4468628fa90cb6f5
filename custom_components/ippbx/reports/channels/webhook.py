"""Receives reports through Home Assistant's web server.

Home Assistant logs the id of a webhook that is not registered, and the id is a secret: so it stays
registered as long as the entry exists and is enabled, loaded or not.
"""

import asyncio
from collections.abc import Callable
import contextlib

from aiohttp import hdrs
from aiohttp.web import Request, Response
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.network import is_cloud_connection
from homeassistant.util.hass_dict import HassKey

from ...const import DOMAIN
from ...pbx.model.events import MAX_BODY

type Receive = Callable[[bytes, str], None]
"""Receives a body and its source address."""

DATA_RECEIVERS: HassKey[dict[str, Receive | None]] = HassKey(f"{DOMAIN}_receivers")
READ_TIMEOUT = 5.0  # seconds
METHODS = (hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_POST, hdrs.METH_PUT)
"""All that are possible: Home Assistant logs the secret id with the refusal of others."""


@callback
def async_receive(hass: HomeAssistant, entry: ConfigEntry, receive: Receive | None) -> None:
    """Pass what is posted to the webhook of an entry on from now; without a receiver, drop it.

    What is dropped is read when the entry is loaded. `local_only` stays off, for it would drop a
    PBX behind a VPN; the receiver checks the source.
    """
    receivers = hass.data.setdefault(DATA_RECEIVERS, {})
    webhook_id = entry.data[CONF_WEBHOOK_ID]
    known = webhook_id in receivers
    receivers[webhook_id] = receive
    if known:
        return

    async def handle(hass: HomeAssistant, webhook_id: str, request: Request) -> Response:
        if (
            _may_report(hass, request)
            and (body := await _async_read(request))
            and (receive := receivers.get(webhook_id)) is not None
        ):
            receive(body, request.remote or "")
        response = Response()
        if "keep-alive" not in request.headers.get(hdrs.CONNECTION, "").lower():
            # The documents want the receiver to close; only a sender that asks for more is kept.
            response.headers[hdrs.CONNECTION] = "close"
            response.force_close()
        return response

    webhook.async_register(
        hass, DOMAIN, entry.title, webhook_id, handle, local_only=False, allowed_methods=METHODS
    )


@callback
def async_unregister(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Unregister the webhook of an entry that is removed or disabled."""
    webhook_id = entry.data.get(CONF_WEBHOOK_ID, "")
    hass.data.get(DATA_RECEIVERS, {}).pop(webhook_id, None)
    webhook.async_unregister(hass, webhook_id)


def _may_report(hass: HomeAssistant, request: Request) -> bool:
    """Return True if a request was posted to our server, not through the cloud or a WebSocket."""
    return (
        isinstance(request, Request)
        and request.method == hdrs.METH_POST
        and not is_cloud_connection(hass)
    )


async def _async_read(request: Request) -> bytes:
    """Return the body as far as it came within the timeout, cut one byte after the limit."""
    content = request.content
    if content.is_eof() and content.exception() is None:
        return content.read_nowait(MAX_BODY + 1)  # came with the head, as that of a report does
    body = bytearray()
    with contextlib.suppress(Exception):  # aiohttp raises many errors for a bad body
        async with asyncio.timeout(READ_TIMEOUT):
            async for chunk in content.iter_any():
                body += chunk
                if len(body) > MAX_BODY:
                    break
    return bytes(body[: MAX_BODY + 1])
