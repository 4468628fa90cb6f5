"""Receives reports through Home Assistant's web server."""

import asyncio
from collections.abc import Callable
import contextlib

from aiohttp import hdrs
from aiohttp.web import Request, Response
from homeassistant.components import webhook
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.network import is_cloud_connection

from ...const import DOMAIN
from ...pbx.model.events import MAX_BODY

READ_TIMEOUT = 5.0  # seconds
METHODS = (hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_POST, hdrs.METH_PUT)
"""All that are possible: Home Assistant logs the secret id with the refusal of others."""


@callback
def async_register(
    hass: HomeAssistant, title: str, webhook_id: str, receive: Callable[[bytes, str], None]
) -> None:
    """Register a webhook that passes on posted bodies with their source address.

    `local_only` stays off, for it would drop a PBX behind a VPN; the receiver checks the source.
    """

    async def handle(hass: HomeAssistant, _webhook_id: str, request: Request) -> Response:
        if _may_report(hass, request) and (body := await _async_read(request)):
            receive(body, request.remote or "")
        response = Response()
        if "keep-alive" not in request.headers.get(hdrs.CONNECTION, "").lower():
            # The documents want the receiver to close; only a sender that asks for more is kept.
            response.headers[hdrs.CONNECTION] = "close"
            response.force_close()
        return response

    webhook.async_register(
        hass, DOMAIN, title, webhook_id, handle, local_only=False, allowed_methods=METHODS
    )


def _may_report(hass: HomeAssistant, request: Request) -> bool:
    """Return True if a request was posted to our server, not through the cloud or a WebSocket."""
    return (
        isinstance(request, Request)
        and request.method == hdrs.METH_POST
        and not is_cloud_connection(hass)
    )


async def _async_read(request: Request) -> bytes:
    """Return the body as far as it came within the timeout and the limit of length."""
    content = request.content
    if content.is_eof() and content.exception() is None:
        return content.read_nowait()  # came with the head, as that of a report does
    body = bytearray()
    with contextlib.suppress(Exception):  # aiohttp raises many errors for a bad body
        async with asyncio.timeout(READ_TIMEOUT):
            async for chunk in content.iter_any():
                body += chunk
                if len(body) > MAX_BODY:
                    break
    return bytes(body)
