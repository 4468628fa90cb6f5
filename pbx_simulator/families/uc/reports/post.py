"""One report over one connection."""

from __future__ import annotations

import asyncio
import contextlib

from .address import Address

_ANSWER_LIMIT = 64 * 1024


async def post(raw: bytes, address: Address, *, source: str, timeout: float) -> int | None:
    """Send the bytes of a request and read the status of the answer.

    Args:
        raw: The request's bytes.
        address: Where to connect to.
        source: Local address to connect from; empty = the system's choice.
        timeout: Seconds for the whole exchange.

    Returns:
        The HTTP status, or None when there was no answer that starts like HTTP.
    """
    status: int | None = None
    writer: asyncio.StreamWriter | None = None
    with contextlib.suppress(OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
        async with asyncio.timeout(timeout):
            try:
                reader, writer = await asyncio.open_connection(
                    address.host,
                    address.port,
                    local_addr=(source, 0) if source else None,
                    limit=_ANSWER_LIMIT,
                )
                writer.write(raw)
                await writer.drain()
                status = _status(await reader.readline())
                # The rest is read so that the receiver is not cut off while it answers.
                while (await reader.readline()).strip():
                    pass
            finally:
                if writer:
                    writer.close()
    if writer:
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return status


def _status(line: bytes) -> int | None:
    parts = line.split()
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/") or not parts[1].isdigit():
        return None
    return int(parts[1])
