"""The manager interface of an Asterisk: its events, and actions."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
import time

type Event = dict[str, str]


class ManagerError(Exception):
    """An Asterisk refused an action."""


class Manager:
    """A connection to the manager interface.

    Attributes:
        events: what has happened, with the time of its arrival; None at the end of the connection.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.events: asyncio.Queue[tuple[float, Event] | None] = asyncio.Queue()
        self._reader, self._writer = reader, writer
        self._answers: dict[str, asyncio.Future[Event]] = {}
        self._numbers = count(1)
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, port: int) -> "Manager":
        """Return a connection that is logged in."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await reader.readline()  # its version
        manager = cls(reader, writer)
        await manager.act("Login", Username="bed", Secret="bed")
        return manager

    async def act(self, action: str, **fields: str) -> Event:
        """Send an action; return the answer.

        Raises:
            ManagerError: it was refused.
        """
        number = str(next(self._numbers))
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        lines = {"Action": action, "ActionID": number} | fields
        text = "".join(f"{key}: {value}\r\n" for key, value in lines.items())
        self._writer.write(f"{text}\r\n".encode())
        found = await asyncio.wait_for(answer, 10)
        if found["Response"] not in ("Success", "Goodbye"):
            raise ManagerError(f"{action}: {found.get('Message', '')}")
        return found

    async def happening(self) -> AsyncIterator[tuple[float, Event]]:
        """Yield events as they come, until the connection ends."""
        while (found := await self.events.get()) is not None:
            yield found

    async def close(self) -> None:
        """End the connection."""
        self._writer.close()
        await self._reading

    async def _read(self) -> None:
        try:
            while message := await self._reader.readuntil(b"\r\n\r\n"):
                lines = message.decode(errors="replace").split("\r\n")
                event = dict(line.split(": ", 1) for line in lines if ": " in line)
                answer = self._answers.pop(event.get("ActionID", ""), None)
                if "Response" in event and answer is not None:
                    answer.set_result(event)
                elif "Event" in event:
                    self.events.put_nowait((time.time(), event))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        for answer in self._answers.values():
            answer.cancel()
        self.events.put_nowait(None)
