"""HTTP requests to webhook and listener, byte by byte."""

import asyncio
import json
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from tests.conftest import SERIAL, WEBHOOK_ID

CLOSE = "Connection: close\r\n"
PATH = f"/api/webhook/{WEBHOOK_ID}"


def status_report(number: str, status: str = "Ringing", **fields: Any) -> bytes:
    """Return the report of an extension's status."""
    report = {"action": "ExtensionStatus", "extension": number, "status": status, "sn": SERIAL}
    return json.dumps(report | fields).encode()


def request(body: bytes = b"", *, path: str = PATH, method: str = "POST", head: str = "") -> bytes:
    """Return a request.

    Args:
        head: further lines of the head, each with its end.
    """
    lines = f"{method} {path} HTTP/1.1\r\nHost: ha.lan\r\nContent-Length: {len(body)}\r\n{head}\r\n"
    return lines.encode() + body


async def exchange(port: int, data: bytes, *, source: str = "127.0.0.1") -> bytes:
    """Send bytes from a local address and return what is answered until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    try:
        writer.write(data)
        await writer.drain()
        async with asyncio.timeout(8):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def first_answer(port: int, data: bytes) -> bytes:
    """Send bytes and return the status line of what is answered, without waiting for the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        async with asyncio.timeout(8):
            return await reader.readline()
    finally:
        writer.close()


async def post(port: int, body: bytes, *, path: str = PATH, source: str = "127.0.0.1") -> bytes:
    """Post a body and return the status line of the answer."""
    answer = await exchange(port, request(body, path=path, head=CLOSE), source=source)
    return answer.partition(b"\r\n")[0]


def own_lines(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    """Return what the integration wrote into the log, from a level on."""
    return [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.name.startswith("custom_components.ippbx") and record.levelno >= level
    ]


def states(hass: HomeAssistant) -> list[str]:
    """Return all states, as text."""
    return sorted(f"{state.entity_id} {state.state}" for state in hass.states.async_all())
