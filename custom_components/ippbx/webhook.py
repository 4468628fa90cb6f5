"""Takes reports through Home Assistant's own web server."""

import asyncio
from collections.abc import Callable

from aiohttp import hdrs
from aiohttp.web import Request, Response
from homeassistant.components import webhook
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.network import is_cloud_connection

from .const import DOMAIN

MAX_BODY = 64 * 1024  # bytes
READ_TIMEOUT = 5  # seconds


@callback
def async_register(
    hass: HomeAssistant, title: str, webhook_id: str, receive: Callable[[bytes, str], None]
) -> None:
    """Have the bodies that are posted to a webhook handed on, with their source address.

    `local_only` stays off, for it would silently drop a PBX behind a VPN; who may report is checked by the receiver.
    """

    async def handle(hass: HomeAssistant, _webhook_id: str, request: Request) -> Response:
        if isinstance(request, Request) and not is_cloud_connection(hass):
            body = await _async_read(request)
            if body is not None and request.remote is not None:
                receive(body, request.remote)
        response = Response()
        if "keep-alive" not in request.headers.get(hdrs.CONNECTION, "").lower():
            # The documents want the receiver to close; only a sender that asks for more is kept.
            response.headers[hdrs.CONNECTION] = "close"
            response.force_close()
        return response

    webhook.async_register(
        hass, DOMAIN, title, webhook_id, handle, local_only=False, allowed_methods=("POST",)
    )


async def _async_read(request: Request) -> bytes | None:
    """Return the body of a request, None where it is too long, too slow or broken off."""
    try:
        async with asyncio.timeout(READ_TIMEOUT):
            body = bytearray()
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > MAX_BODY:
                    return None
    except (TimeoutError, ConnectionError, ValueError):
        return None
    return bytes(body)
