"""Takes reports over a connection that we open: the event stream of API v2.0.0 (pbx-api, "Event transport")."""

import asyncio
from collections.abc import Awaitable, Callable
import contextlib
from dataclasses import dataclass
from enum import StrEnum
import random

from ...errors import PbxAuthError, PbxDisconnectedError, PbxError, PbxInputError, PbxLockedOutError
from ...net.login_guard import LoginGuard
from ..error_codes import ERRNO_REFUSED, error_for
from .feed_connection import StreamConnection, StreamCounts
from .feed_login import StreamLogin

STEADY = 20.0  # seconds after which a stream that ends counts as one that worked
FIRST_PAUSE = 1.0  # seconds before the second try ...
MAX_PAUSE = 60.0  # ... doubled each time up to these; +- 20 %


class StreamState(StrEnum):
    """How an event stream fares."""

    WAITING = "waiting"  # nothing was tried yet
    CONNECTING = "connecting"  # it is tried for the first time, or again after it ended
    UP = "up"
    DOWN = "down"  # a try failed; others follow
    REFUSED = "refused"  # the PBX does not take the login; nothing is tried any more


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOwner:
    """What the stream asks of and tells its owner. None of these may raise.

    Attributes:
        take: takes the body of a report and the address that it came from.
        on_connect: told the far end of each new connection, before anything comes from it.
        on_state: told of each new state.
        is_there: finds out, without a login, whether the PBX answers; see EventStream.
    """

    take: Callable[[bytes, str], None]
    on_connect: Callable[[str], None]
    on_state: Callable[[StreamState], None]
    is_there: Callable[[], Awaitable[bool]]


class EventStream:
    """Keeps one connection to the events of a PBX. Whoever runs `run` owns its only task.

    A login that the PBX refused is not sent again (see LoginGuard). A PBX may refuse by hanging up, so a connection
    that ends before anything came of it is a refusal, too, if the PBX answers elsewhere at that moment; after a
    stream that worked only if it happens twice.

    Attributes:
        state: how it fares.
        error: why it is not up; None where it is.
        counts: what became of the tries.
    """

    def __init__(
        self, login: StreamLogin, guard: LoginGuard, owner: StreamOwner, *, api_credentials: str
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            login: where to, and as whom.
            guard: knows which logins were refused, those of the API and those of the stream.
            owner: takes what comes.
            api_credentials: digest of the API's login: what is refused there is not sent here.
        """
        self.state = StreamState.WAITING
        self.error: PbxError | None = None
        self.counts = StreamCounts()
        self._login = login
        self._guard = guard
        self._owner = owner
        self._credentials = login.digest
        self._api_credentials = api_credentials
        self._there = asyncio.Event()  # set while the PBX is not known to be away
        self._there.set()
        self._at_once = asyncio.Event()  # cuts a pause short
        self._connection: StreamConnection | None = None
        self._failures = 0
        self._may_hang_up = False  # once, for it worked before

    @property
    def is_paused(self) -> bool:
        """Return whether nothing is tried, for the PBX is away."""
        return not self._there.is_set()

    def pause(self) -> None:
        """Try nothing until `resume`: the PBX is away. A stream that lives goes on."""
        self._there.clear()

    def resume(self) -> None:
        """Try at once: the PBX is back. A stream from before is exchanged, since nobody knows if it lives."""
        if self._there.is_set():
            return
        self._failures = 0
        self._there.set()
        self._at_once.set()
        if self._connection is not None:
            self._connection.close(at_once=True)

    async def run(self) -> None:
        """Keep the stream until this is cancelled, or until the PBX refuses the login."""
        while True:
            await self._there.wait()
            self._at_once.clear()
            pause = await self._try()
            if pause is None:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._at_once.wait()

    async def _try(self) -> float | None:
        """Keep one connection as long as it lasts; return the seconds until the next, None for none."""
        if self.state is StreamState.WAITING:
            self._set(StreamState.CONNECTING)
        try:
            self._guard.check(self._api_credentials)
            self._guard.check(self._credentials)
            await self._keep()
        except (PbxAuthError, PbxInputError) as error:
            self._set(StreamState.REFUSED, error)
            return None
        except PbxLockedOutError as error:
            self._set(StreamState.DOWN, error)
            return error.remaining + 1
        except PbxError as error:
            ended = self.state is StreamState.UP
            self.counts.ends += ended
            self._set(StreamState.CONNECTING if ended else StreamState.DOWN, error)
        pause: float = min(FIRST_PAUSE * 2 ** min(self._failures, 8), MAX_PAUSE)
        self._failures += 1
        return pause * random.uniform(0.8, 1.2)

    async def _keep(self) -> None:
        """Keep one connection; it always ends by an error."""
        request = self._login.request()
        connection = await StreamConnection.open(
            self._login, self.counts, self._owner.take, self._accepted
        )
        began = asyncio.get_running_loop().time()
        self._connection = connection
        self._owner.on_connect(connection.peer)
        try:
            await connection.follow(request)
        except PbxAuthError:
            self._guard.refused(self._credentials)
            raise
        except PbxLockedOutError:
            self._guard.locked_out()
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
        if not self._there.is_set() or not await self._owner.is_there():
            return
        if self._may_hang_up:
            self._may_hang_up = False
            return
        self._guard.refused(self._credentials)
        raise error_for(ERRNO_REFUSED)

    def _accepted(self) -> None:
        self._guard.succeeded(self._credentials)
        self._may_hang_up = True
        self._set(StreamState.UP)

    def _set(self, state: StreamState, error: PbxError | None = None) -> None:
        self.error = error
        if state is not self.state:
            self.state = state
            self._owner.on_state(state)
