"""The link: a session with the PBX that is kept alive, with the report address."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime
from math import ceil
import random

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..const import LOGGER
from ..pbx.backend import PbxBackend
from ..pbx.errors import (
    PbxAddressRefusedError,
    PbxAuthError,
    PbxConnectionError,
    PbxError,
    PbxForbiddenError,
    PbxLockedOutError,
    PbxLoginLimitError,
    PbxOtherPbxError,
)
from ..pbx.model.lines import ReportAddress
from ..pbx.model.values import bundle
from .periodic import Periodic

PROBE_INTERVAL = 5.0  # seconds, +- 20 %, while the PBX is away
PROBE_TIMEOUT = 4.0  # seconds: a packet lost on return must not cost a full request timeout
PATIENT_PROBE = 20  # each 20th probe has the timeout of any request, for a slow PBX
GROWTH, MAX_PAUSE = 1.015, 25.0  # of the pause while logins fail, in seconds
JITTER = 1.2
USER_PAUSE = 10.0  # seconds between two heartbeats that users send
LOGIN_PAUSE = 30.0  # seconds between two logins after starts of the PBX


@bundle
class LinkHooks:
    """Callbacks of the link, and the name that it logs.

    Attributes:
        title: name of the PBX.
        address: returns the current report address; None for a PBX that posts no reports.
        on_heartbeat: a heartbeat was answered; True if it registered another address than before.
        on_change: the link went up or down.
        on_login: a new session began; everything may have changed.
        on_failure: a heartbeat or probe failed; after refused credentials nothing more is sent.
    """

    title: str
    address: Callable[[], ReportAddress | None]
    on_heartbeat: Callable[[bool], Awaitable[None]]
    on_change: Callable[[], None]
    on_login: Callable[[], None]
    on_failure: Callable[[PbxError], None]


class PbxLink:
    """The session with one PBX, kept alive.

    Up: a heartbeat every interval, each with the current report address. Down: a probe every five
    seconds, which costs no login; when it is answered, a heartbeat, and a login where the session
    is over. Refused credentials end it until the entry is loaded again.

    Attributes:
        up: whether the last heartbeat or probe passed.
        down_since: when the link was lost (UTC); None while it is up.
        heartbeats: number of passed heartbeats.
        failures: number of failed heartbeats and probes, by class of the error.
        last_heartbeat: when the last heartbeat passed (UTC).
        last_error: error of the last heartbeat or probe; None if it passed.
        failed_at: when the last heartbeat or probe failed (UTC).
        registered: the report address registered with the PBX; None before the first heartbeat.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        backend: PbxBackend,
        hooks: LinkHooks,
        interval: float,
    ) -> None:
        """Keep the arguments; nothing is sent yet. `interval` is in seconds."""
        self.up = False
        self.down_since: datetime | None = None
        self.heartbeats = 0
        self.failures: Counter[str] = Counter()
        self.last_heartbeat: datetime | None = None
        self.last_error: PbxError | None = None
        self.failed_at: datetime | None = None
        self.registered: ReportAddress | None = None
        self._hass = hass
        self._entry = entry
        self._backend = backend
        self._hooks = hooks
        self._interval = interval
        self._probes = 0  # since the link went down
        self._failures = 0  # of logins, since the link went down
        self._login_due = False
        self._boot_login_at = -LOGIN_PAUSE
        self._sessions = 0
        self._by_user_at = -USER_PAUSE
        self._runs = Periodic(
            hass, entry, f"{hooks.title} heartbeat", self._run, after_failure=PROBE_INTERVAL
        )

    @property
    def failed_runs(self) -> int:
        """Return the number of runs that an unexpected exception ended."""
        return self._runs.failures.count

    async def async_connect(self) -> None:
        """Probe, which shows our own address, log in, and register the report address.

        Raises:
            PbxError: a request failed; it is not repeated.
        """
        await self._backend.probe()
        try:
            await self._backend.open(self._hooks.address())
        finally:  # a session may have begun also where what followed the login has failed
            self._sessions = self._backend.session.count
            self.up = self._backend.session.age is not None
        await self._async_heartbeat()

    @callback
    def async_start(self, error: PbxError | None = None) -> None:
        """Start to send heartbeats, or to probe; `error` is why the PBX could not be read."""
        if error is None:
            self._runs.start(self._interval)
        elif self.up:
            self._runs.start(0)  # whether the session works is what the heartbeat shows
        else:
            self._runs.start(PROBE_INTERVAL)
            self._went_down(error)

    async def async_stop(self) -> None:
        """Send no more heartbeats, and end the session, best effort."""
        self._runs.stop()
        if self.up:
            self.up = False
            await self._backend.close()

    @callback
    def async_heartbeat_soon(self) -> None:
        """Send a heartbeat now: an address changed, or a request failed."""
        self._runs.run_soon()

    async def async_check(self) -> bool:
        """Send a heartbeat now, or wait for the one under way; return whether the link is up."""
        if not await self._runs.async_join():
            self._runs.run_soon()
            await self._runs.async_join()
        return self.up

    @callback
    def async_booted(self) -> None:
        """Log in again after a start of the PBX, at most every `LOGIN_PAUSE`."""
        now = self._hass.loop.time()
        if now - self._boot_login_at >= LOGIN_PAUSE:
            self._boot_login_at = now
            self._login_due = True
            self._runs.run_soon()

    async def async_send_heartbeat(self) -> ReportAddress | None:
        """Send a heartbeat for a user, or join the one under way; return the registered address.

        Raises:
            PbxForbiddenError: the last one for a user went out less than `USER_PAUSE` ago.
            PbxError: the heartbeat failed or was refused.
        """
        if await self._runs.async_join():
            return self._outcome()
        now = self._hass.loop.time()
        if (wait := self._by_user_at + USER_PAUSE - now) > 0:
            raise PbxForbiddenError("heartbeat_too_soon", {"seconds": str(ceil(wait))})
        self._by_user_at = now
        return await self.async_register_address()

    async def async_register_address(self) -> ReportAddress | None:
        """Send a heartbeat now, or right after the one under way; return the registered address.

        Raises:
            PbxError: the heartbeat failed or was refused.
        """
        before = self.heartbeats
        self._runs.run_soon()
        while await self._runs.async_join():
            pass  # the one that was under way, then this one
        if self.last_error is None and self.heartbeats == before:
            raise PbxConnectionError("no heartbeat was sent")  # unloaded meanwhile, for example
        return self._outcome()

    def _outcome(self) -> ReportAddress | None:
        """Return the registered address, or raise the error of the last heartbeat."""
        if self.last_error is not None:
            raise self.last_error
        return self.registered

    async def _run(self) -> float | None:
        """Probe or send a heartbeat; return the seconds to the next run, None to stop."""
        try:
            if not self.up:
                await self._async_probe()
        except PbxError as error:
            self._went_down(error)
            # A patient probe has waited long enough.
            return 0 if self._probes % PATIENT_PROBE == 0 else self._pause()
        try:
            await self._async_log_in()
            await self._async_heartbeat()
        except PbxAuthError as error:
            self._went_down(error)
            return None
        except PbxLockedOutError as error:
            self._went_down(error)
            return error.remaining + 1
        except (PbxLoginLimitError, PbxOtherPbxError) as error:
            # The session may still live at the true PBX: a heartbeat finds out, without a login.
            self._went_down(error)
            return self._pause()
        except PbxError as error:
            self._went_down(error)
            return self._pause_after_login() if error.in_login else self._pause()
        self._went_up()
        return self._interval

    async def _async_log_in(self) -> None:
        """Log in where there is no session, or after a start of the PBX."""
        has_session = self._backend.session.age is not None
        if has_session and not self._login_due:
            return
        self._login_due = False
        try:
            await self._backend.open(self._hooks.address())
        except PbxLoginLimitError:
            if not has_session:
                raise
            self._sessions = -1  # the session may have outlived the start: all is read anew

    async def _async_probe(self) -> None:
        self._probes += 1
        patient = self._probes % PATIENT_PROBE == 0
        try:
            async with asyncio.timeout(None if patient else PROBE_TIMEOUT):
                await self._backend.probe()
        except TimeoutError:
            raise PbxConnectionError("no answer in time") from None

    async def _async_heartbeat(self) -> None:
        address = self._hooks.address()
        try:
            with self._backend.priority():  # a user may wait for it
                await self._backend.keep_alive(address)
                if (now := self._hooks.address()) != address:
                    # The connection shows that our own address has changed.
                    address = now
                    await self._backend.keep_alive(address)
        except PbxAddressRefusedError as error:
            # The PBX answers and the token is valid.
            if not isinstance(self.last_error, PbxAddressRefusedError):
                LOGGER.warning("%s: the report address is refused: %s", self._hooks.title, error)
            self.last_error = error
            await self._hooks.on_heartbeat(False)
            return
        await self._async_passed(address)

    async def _async_passed(self, address: ReportAddress | None) -> None:
        self.heartbeats += 1
        self.last_heartbeat = dt_util.utcnow()
        self.last_error = None
        moved, self.registered = self.registered != address, address
        await self._hooks.on_heartbeat(moved)

    def _pause_after_login(self) -> float:
        """Return the seconds until the next login, which grow with each that failed."""
        self._failures += 1
        pause = PROBE_INTERVAL * GROWTH ** min(self._failures, 200)
        return random.uniform(1, JITTER) * min(pause, MAX_PAUSE)

    @staticmethod
    def _pause() -> float:
        """Return the seconds until the next probe or heartbeat."""
        return PROBE_INTERVAL * random.uniform(0.8, JITTER)

    @callback
    def _went_up(self) -> None:
        self._failures = self._probes = 0
        came_back = not self.up
        self.up, self.down_since = True, None
        if came_back:
            LOGGER.info("%s: the PBX is back", self._hooks.title)
            self._hooks.on_change()
        if (sessions := self._backend.session.count) != self._sessions:
            self._sessions = sessions
            self._hooks.on_login()

    @callback
    def _went_down(self, error: PbxError) -> None:
        self.last_error, self.failed_at = error, dt_util.utcnow()
        self.failures[type(error).__name__] += 1
        if self.down_since is None:
            self.up, self.down_since = False, self.failed_at
            LOGGER.warning("%s: lost the link to the PBX: %s", self._hooks.title, error)
            self._hooks.on_change()
        self._hooks.on_failure(error)
