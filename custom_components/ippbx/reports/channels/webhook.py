"""Takes reports through Home Assistant's own web server."""

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
"""All that can be: Home Assistant answers the others with an error and writes the secret id into the log."""


@callback
def async_register(
    hass: HomeAssistant, title: str, webhook_id: str, receive: Callable[[bytes, str], None]
) -> None:
    """Have the bodies that are posted to a webhook handed on, with their source address.

    `local_only` stays off, for it would silently drop a PBX behind a VPN; who may report is checked by the receiver.
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
    """Tell whether a request came to our own server as reports do: posted, not through the cloud or a WebSocket."""
    return (
        isinstance(request, Request)
        and request.method == hdrs.METH_POST
        and not is_cloud_connection(hass)
    )


async def _async_read(request: Request) -> bytes:
    """Return what came of a body: in time, until it broke off, or until it was too long to count."""
    content = request.content
    if content.is_eof() and content.exception() is None:
        return (
            content.read_nowait()
        )  # it came along with the head, as reports do: nothing to wait for
    body = bytearray()
    with contextlib.suppress(Exception):  # aiohttp knows many ways in which a body can be bad
        async with asyncio.timeout(READ_TIMEOUT):
            async for chunk in content.iter_any():
                body += chunk
                if len(body) > MAX_BODY:
                    break
    return bytes(body)
