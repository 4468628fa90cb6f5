"""The event stream of one entry: its task, its login, and what the log says of it."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_SSL, CONF_USERNAME
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ...const import CONF_EVENT_PORT, DEFAULT_EVENT_PORT, LOGGER
from ...link.login_memory import async_get_login_guards
from ...pbx.errors import PbxError, PbxLockedOutError
from ...pbx.net.login_guard import LoginGuard
from ...pbx.uc.backend import UcBackend
from ...pbx.uc.dialects import TRANSPORT_TCP
from ...pbx.uc.reports.feed import EventStream, StreamOwner, StreamState
from ...pbx.uc.reports.feed_login import StreamLogin

COMPLAINT_DELAY = (
    20.0  # seconds: a PBX that starts is told of by its link, its events may come a little later
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamHooks:
    """What the stream tells the rest of the entry.

    Attributes:
        receive: takes the body of a report and its source.
        on_connect: told of the far end of a connection, which may report.
        on_state: told of each new state.
        on_doubt: the PBX did not answer a question that cost no login.
    """

    receive: Callable[[bytes, str], None]
    on_connect: Callable[[str], None]
    on_state: Callable[[StreamState], None]
    on_doubt: Callable[[], None]


class ReportStream:
    """Opens and closes the event stream of a PBX."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, client: UcBackend, hooks: StreamHooks
    ) -> None:
        """Prepare; nothing is opened yet."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._hooks = hooks
        self._stream: EventStream | None = None
        self._task: asyncio.Task[None] | None = None
        self._cancel_complaint: CALLBACK_TYPE | None = None
        self._complained = False

    @property
    def is_offered(self) -> bool:
        """Return whether the PBX may have an event stream that can be tried unasked.

        It wants the password in plain, so one that has TLS and says that it posts its reports is left alone.
        """
        posts = self._client.report_transport not in ("", TRANSPORT_TCP)
        return self._client.dialect.has_events and not (posts and self._entry.data[CONF_SSL])

    @property
    def port(self) -> int:
        """Return the port of the PBX's events."""
        return event_port(self._entry.options)

    @property
    def has_failed(self) -> bool:
        """Return whether a stream ended or could not be had."""
        return self._stream is not None and self._stream.error is not None

    @property
    def is_missed(self) -> bool:
        """Return whether the log has told that the stream does not come up although the PBX is there."""
        return self._complained

    @property
    def is_refused(self) -> bool:
        """Return whether the PBX refuses the login of the stream."""
        return self._stream is not None and self._stream.state is StreamState.REFUSED

    @property
    def facts(self) -> dict[str, Any]:
        """Return what diagnostics show; nothing where no stream was ever opened."""
        if (stream := self._stream) is None:
            return {}
        error = repr(stream.error) if stream.error else None
        return {
            "state": stream.state,
            "port": self.port,
            "error": error,
            **asdict(stream.counts),
        }

    async def async_open(self) -> None:
        """Begin to keep a stream; nothing where one is kept already."""
        if self._task is not None:
            return
        data = self._entry.data
        guard = (await async_get_login_guards(self._hass)).async_get(data[CONF_HOST])
        owner = StreamOwner(
            take=self._hooks.receive,
            on_connect=self._hooks.on_connect,
            on_state=self._has_changed,
            is_there=self._async_is_there,
        )
        self._stream = EventStream(
            stream_login(data, self._entry.options),
            guard,
            owner,
            api_credentials=LoginGuard.digest(
                data[CONF_HOST], data[CONF_USERNAME], data[CONF_PASSWORD]
            ),
        )
        self._task = self._entry.async_create_background_task(
            self._hass,
            self._stream.run(),
            f"{self._entry.title} event stream",
            eager_start=False,
        )

    @callback
    def async_drop(self) -> None:
        """End the stream without waiting for its end; what is known of it stays."""
        self._stop_complaint()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def async_close(self) -> None:
        """End the stream."""
        task = self._task
        self.async_drop()
        if task is not None:
            await asyncio.wait((task,))

    @callback
    def async_link_changed(self, up: bool) -> None:
        """Try nothing while the PBX is away, and at once when it is back."""
        if self._stream is None:
            return
        if up:
            self._stream.resume()
            self._watch(self._stream.state)
        else:
            self._stream.pause()

    async def _async_is_there(self) -> bool:
        try:
            await self._client.probe()
        except PbxError:
            self._hooks.on_doubt()
            return False
        return True

    @callback
    def _has_changed(self, state: StreamState) -> None:
        if state is StreamState.UP and self._complained:
            self._complained = False
            LOGGER.info("%s: the event stream is back", self._entry.title)
        self._hooks.on_state(state)  # which may drop the stream
        if self._task is not None:
            self._watch(state)

    @callback
    def _watch(self, state: StreamState) -> None:
        """Have the log tell, once, of a stream that does not come up although the PBX is there."""
        self._stop_complaint()
        if state is StreamState.REFUSED:
            self._complain(None)
        elif state is StreamState.DOWN:
            self._cancel_complaint = async_call_later(self._hass, COMPLAINT_DELAY, self._complain)

    @callback
    def _complain(self, _now: datetime | None) -> None:
        self._cancel_complaint = None
        if self._stream is None or self._complained or self._stream.is_paused:
            return
        self._complained = True
        if self._stream.state is StreamState.REFUSED:
            LOGGER.warning(
                "%s: the PBX refuses the login of the event stream at port %s; it is not tried again"
                " until credentials or port change, or the options are saved with the stream chosen",
                self._entry.title,
                self.port,
            )
        else:
            LOGGER.warning(
                "%s: no event stream at port %s: %s",
                self._entry.title,
                self.port,
                self._stream.error,
            )

    @callback
    def _stop_complaint(self) -> None:
        if self._cancel_complaint is not None:
            self._cancel_complaint()
            self._cancel_complaint = None


@callback
def event_port(options: Mapping[str, Any]) -> int:
    """Return the port of the PBX's events by an entry's options."""
    return int(options.get(CONF_EVENT_PORT, DEFAULT_EVENT_PORT))


def stream_login(data: Mapping[str, Any], options: Mapping[str, Any]) -> StreamLogin:
    """Return the login that an entry's data and options ask for."""
    return StreamLogin(
        host=data[CONF_HOST],
        port=event_port(options),
        username=data[CONF_USERNAME],
        password=data[CONF_PASSWORD],
    )


async def async_allow_login(
    hass: HomeAssistant, data: Mapping[str, Any], options: Mapping[str, Any]
) -> None:
    """Have a refused login of the stream sent once more, for a user asks for the stream.

    The guard counts it; at three in ten minutes it stays refused.
    """
    guard = (await async_get_login_guards(hass)).async_get(data[CONF_HOST])
    with suppress(PbxLockedOutError):
        guard.allow(stream_login(data, options).digest)
