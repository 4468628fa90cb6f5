"""Child processes that are waited for, watched and ended in good order."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
import fcntl
import os
from pathlib import Path
import signal
import socket
from types import TracebackType
from typing import Self


class DemoError(Exception):
    """The demo cannot go on; the text is for the person who started it."""


def choose_port(host: str, port: int, option: str) -> int:
    """Return a port that can be listened on.

    Args:
        host: address to listen on.
        port: the wanted one; 0 for any free one.
        option: the command line option that chooses it, for the error's text.

    Raises:
        DemoError: the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as err:
            raise DemoError(
                f"Port {port} cannot be used ({err.strerror}): choose another with {option},"
                " 0 takes any free one"
            ) from err
        return int(probe.getsockname()[1])


@contextmanager
def only_user_of(folder: Path) -> Iterator[None]:
    """Keep a folder to ourselves; the lock lies beside it and goes with the process.

    Raises:
        DemoError: another demo uses it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as err:
            raise DemoError(f"Another demo uses {folder}: end it first") from err
        yield


def in_url(host: str) -> str:
    """Return a host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


class Child:
    """A process of our own: started in a group of its own, so that Ctrl-C reaches only us.

    Attributes:
        name: what it is, for messages.
        log: file that takes its output.
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        *,
        folder: Path,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Remember what to start and where."""
        self.name = name
        self.log = log
        self._command = command
        self._folder = folder
        self._environment = {**os.environ, **(environment or {})}
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        """Start the process."""
        with self.log.open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=self._folder,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the process."""
        await self.stop()

    async def stop(self, patience: float = 30) -> None:
        """End the process, by force after `patience` seconds."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, None)):
            with suppress(ProcessLookupError):
                process.send_signal(number)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await process.wait()
                    return

    async def ended(self) -> int:
        """Wait for the process to end by itself and return its exit code."""
        assert self._process is not None
        return await self._process.wait()

    async def ready(self, probe: Callable[[], Awaitable[bool]], patience: float) -> None:
        """Wait until `probe` says yes.

        Raises:
            DemoError: the process ended, or `patience` seconds went by.
        """
        assert self._process is not None
        try:
            async with asyncio.timeout(patience):
                while not await probe():
                    if self._process.returncode is not None:
                        raise DemoError(f"{self.name} ended at once:\n{self.tail()}")
                    await asyncio.sleep(0.1)
        except TimeoutError as err:
            raise DemoError(
                f"{self.name} did not answer within {patience:.0f} s:\n{self.tail()}"
            ) from err

    def tail(self, lines: int = 20) -> str:
        """Return the last lines of the output."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
