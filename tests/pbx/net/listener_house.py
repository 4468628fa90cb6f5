"""A listener to talk to over raw sockets."""

import asyncio
from collections.abc import Callable
import contextlib

from custom_components.ippbx.pbx.net.listener import ListenedReport, ListenerCounts, ReportListener

BODY = b'{"action":"BootUp","sn":"5"}'
OK = b"HTTP/1.1 200 OK\r\n"
REPORT = b"POST /r HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)


class House:
    """A listener, what it heard, and connections that are closed in the end."""

    def __init__(self) -> None:
        self.heard: list[ListenedReport] = []
        self.listener = ReportListener(self.heard.append)
        self.writers: list[asyncio.StreamWriter] = []

    async def connect(self, data: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        assert self.listener.port
        reader, writer = await asyncio.open_connection("127.0.0.1", self.listener.port)
        self.writers.append(writer)
        writer.write(data)
        return reader, writer

    async def send(self, data: bytes, *, eof: bool = False) -> bytes:
        """Send, and return the whole answer once the listener has closed."""
        reader, writer = await self.connect(data)
        if eof:
            writer.write_eof()
        try:
            async with asyncio.timeout(10):
                return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()

    def counts(self) -> dict[str, int]:
        counts = self.listener.counts
        names = ListenerCounts.__slots__
        return {name: getattr(counts, name) for name in names if getattr(counts, name)}

    async def close(self) -> None:
        await self.listener.stop()
        for writer in self.writers:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until something holds."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


def sender_timers() -> list[asyncio.TimerHandle]:
    """Return the timers of connections that would still fire."""
    timers = vars(asyncio.get_running_loop())["_scheduled"]
    return [
        timer for timer in timers if not timer.cancelled() and "Sender._time_out" in repr(timer)
    ]
