"""Events over a TCP connection that we open, of API v2.0.0 (pbx-api, "Event transport")."""

import asyncio
from collections.abc import Mapping
import contextlib
from dataclasses import asdict
import random
from typing import Any

from ...backend import FeedHooks, FeedState
from ...errors import (
    PbxAuthError,
    PbxDisconnectedError,
    PbxError,
    PbxInputError,
    PbxLockedOutError,
    PbxLoginLimitError,
)
from ...net.login_guard import LoginGuard
from ..error_codes import refused_login
from .feed_connection import FeedConnection, FeedCounts
from .feed_login import FeedLogin

STEADY = 20.0  # seconds after which a connection that ends counts as one that worked
FIRST_PAUSE = 1.0  # seconds before the second try ...
MAX_PAUSE = 60.0  # ... doubled each time up to these; +- 20 %


class TcpFeed:
    """A connection to the events of a PBX, kept by a task of its own.

    A login that the PBX refused is not sent again (see LoginGuard). A PBX may refuse by hanging up,
    so a connection that ends before anything came of it is a refusal, too, if the PBX answers
    elsewhere at that moment; after a connection that worked only if it happens twice.

    Attributes:
        state: its state.
        error: what ended the last connection; None while it is up.
        counts: attempts and what came of them.
    """

    def __init__(
        self, login: FeedLogin, guard: LoginGuard, hooks: FeedHooks, *, api_credentials: str
    ) -> None:
        """Make a feed that sends nothing before `start`.

        Args:
            guard: knows which logins were refused, those of the API and those of the feed.
            api_credentials: digest of the API's login: what is refused there is not sent here.
        """
        self.state = FeedState.IDLE
        self.error: PbxError | None = None
        self.counts = FeedCounts()
        self._task: asyncio.Task[None] | None = None
        self._login = login
        self._guard = guard
        self._hooks = hooks
        self._credentials = login.digest
        self._api_credentials = api_credentials
        self._there = asyncio.Event()  # set while the PBX is not known to be away
        self._there.set()
        self._at_once = asyncio.Event()  # cuts a pause short
        self._connection: FeedConnection | None = None
        self._failures = 0
        self._may_hang_up = False  # once, for it worked before

    @property
    def facts(self) -> Mapping[str, Any]:
        """Return counts for diagnostics."""
        return asdict(self.counts)

    @property
    def is_paused(self) -> bool:
        """Return whether it is paused."""
        return not self._there.is_set()

    def start(self) -> None:
        """Keep a connection from now on; nothing where it was started before."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="PBX event feed")

    def stop(self) -> None:
        """Stop without waiting for the end of the task."""
        if self._task is not None:
            self._task.cancel()

    async def wait_stopped(self) -> None:
        """Return when its task has ended."""
        if self._task is not None:
            await asyncio.wait((self._task,))

    def pause(self) -> None:
        """Attempt nothing until `resume`; a connection that lives goes on."""
        self._there.clear()

    def resume(self) -> None:
        """Connect at once; a connection from before the pause is replaced: it may be dead."""
        if self._there.is_set():
            return
        self._failures = 0
        self._there.set()
        self._at_once.set()
        if self._connection is not None:
            self._connection.close(at_once=True)

    async def _run(self) -> None:
        """Keep a connection until this is cancelled, or until the PBX refuses the login."""
        while True:
            await self._there.wait()
            self._at_once.clear()
            pause = await self._attempt()
            if pause is None:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._at_once.wait()

    async def _attempt(self) -> float | None:
        """Keep one connection as long as it lasts; return seconds until the next, None for none."""
        if self.state is FeedState.IDLE:
            self._set(FeedState.CONNECTING)
        try:
            self._guard.check(self._api_credentials)
            self._guard.check(self._credentials)
            await self._keep()
        except (PbxAuthError, PbxInputError) as error:
            self._set(FeedState.REFUSED, error)
            return None
        except (PbxLockedOutError, PbxLoginLimitError) as error:
            self._set(FeedState.DOWN, error)
            return error.remaining + 1
        except PbxError as error:
            ended = self.state is FeedState.UP
            self.counts.ends += ended
            self._set(FeedState.CONNECTING if ended else FeedState.DOWN, error)
        pause: float = min(FIRST_PAUSE * 2 ** min(self._failures, 8), MAX_PAUSE)
        self._failures += 1
        return pause * random.uniform(0.8, 1.2)

    async def _keep(self) -> None:
        """Keep one connection; it always ends by an error."""
        request = self._login.request()
        connection = await FeedConnection.open(
            self._login, self.counts, self._hooks.receive, self._accepted
        )
        began = asyncio.get_running_loop().time()
        self._connection = connection
        self._hooks.on_connect(connection.peer)
        try:
            await connection.follow(request)
        except PbxAuthError:
            self._guard.refused(self._credentials)
            raise
        except PbxLockedOutError:
            for credentials in (self._credentials, self._api_credentials):  # of one address
                self._guard.locked_out(credentials)
            raise
        except PbxDisconnectedError:
            if not connection.accepted:
                await self._judge_hang_up()
            elif asyncio.get_running_loop().time() - began >= STEADY:
                self._failures = 0
            raise
        finally:
            self._connection = None
            connection.close()

    async def _judge_hang_up(self) -> None:
        """Raise PbxAuthError where a connection that ended without a word was a refusal."""
        if not self._there.is_set() or not await self._hooks.is_there():
            return
        if self._may_hang_up:
            self._may_hang_up = False
            return
        self._guard.refused(self._credentials)
        raise refused_login()

    def _accepted(self) -> None:
        self._guard.succeeded(self._credentials)
        self._may_hang_up = True
        self._set(FeedState.UP)

    def _set(self, state: FeedState, error: PbxError | None = None) -> None:
        self.error = error
        if state is not self.state:
            self.state = state
            self._hooks.on_state(state)
