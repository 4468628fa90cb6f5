"""The event feed of one entry: when it is kept, and what the log says of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ...const import CONF_EVENT_PORT, DEFAULT_EVENT_PORT, LOGGER
from ...pbx.backend import Delivery, EventFeed, FeedHooks, FeedState, PbxBackend
from ...pbx.errors import PbxError

# Seconds: of a PBX that starts its link logs; its events may come a little later.
COMPLAINT_DELAY = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFeedHooks:
    """What the feed of an entry calls.

    Attributes:
        receive: receives the body of a report and its source.
        on_connect: called with the far end of a connection, which may report.
        on_state: called with each new state.
        on_doubt: called when the PBX did not answer a question that cost no login.
    """

    receive: Callable[[bytes, str], None]
    on_connect: Callable[[str], None]
    on_state: Callable[[FeedState], None]
    on_doubt: Callable[[], None]


class ReportFeed:
    """Opens and closes the event feed of a PBX."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, backend: PbxBackend, hooks: ReportFeedHooks
    ) -> None:
        """Make one that is not open."""
        self._hass = hass
        self._entry = entry
        self._backend = backend
        self._hooks = hooks
        self._feed: EventFeed | None = None
        self._is_open = False
        self._cancel_complaint: CALLBACK_TYPE | None = None
        self._complained = False

    @property
    def is_offered(self) -> bool:
        """Return whether the PBX may have an event feed that can be tried unasked."""
        return Delivery.FEED in self._backend.capabilities.deliveries

    @property
    def port(self) -> int:
        """Return the port of the PBX's events."""
        return event_port(self._entry.options)

    @property
    def has_failed(self) -> bool:
        """Return whether a feed ended or could not be had."""
        return self._feed is not None and self._feed.error is not None

    @property
    def is_missed(self) -> bool:
        """Return whether the log says that the feed does not come up although the PBX is there."""
        return self._complained

    @property
    def is_refused(self) -> bool:
        """Return whether the PBX refuses the login of the feed."""
        return self._feed is not None and self._feed.state is FeedState.REFUSED

    @property
    def facts(self) -> dict[str, Any]:
        """Return what diagnostics show; nothing where no feed was ever opened."""
        if (feed := self._feed) is None:
            return {}
        error = repr(feed.error) if feed.error else None
        return {
            "state": feed.state,
            "port": self.port,
            "error": error,
            **feed.facts,
        }

    async def async_open(self) -> None:
        """Keep a feed from now on; nothing where one is kept already, or the PBX has none."""
        if self._is_open:
            return
        self._feed = self._backend.feed(
            FeedHooks(
                receive=self._hooks.receive,
                on_connect=self._hooks.on_connect,
                on_state=self._has_changed,
                is_there=self._async_is_there,
            )
        )
        if self._feed is not None:
            self._is_open = True
            self._feed.start()

    @callback
    def async_drop(self) -> None:
        """Stop the feed without waiting for its end; what is known of it stays."""
        self._stop_complaint()
        if self._feed is not None:
            self._is_open = False
            self._feed.stop()

    async def async_close(self) -> None:
        """Stop the feed."""
        self.async_drop()
        if self._feed is not None:
            await self._feed.wait_stopped()

    @callback
    def async_link_changed(self, up: bool) -> None:
        """Try nothing while the PBX is away, and at once when it is back."""
        if self._feed is None:
            return
        if up:
            self._feed.resume()
            self._watch(self._feed.state)
        else:
            self._feed.pause()

    async def _async_is_there(self) -> bool:
        try:
            await self._backend.probe()
        except PbxError:
            self._hooks.on_doubt()
            return False
        return True

    @callback
    def _has_changed(self, state: FeedState) -> None:
        if state is FeedState.UP and self._complained:
            self._complained = False
            LOGGER.info("%s: the event stream is back", self._entry.title)
        self._hooks.on_state(state)  # which may drop the feed
        if self._is_open:
            self._watch(state)

    @callback
    def _watch(self, state: FeedState) -> None:
        """Log once that a feed does not come up although the PBX is there."""
        self._stop_complaint()
        if state is FeedState.REFUSED:
            self._complain(None)
        elif state is FeedState.DOWN:
            self._cancel_complaint = async_call_later(self._hass, COMPLAINT_DELAY, self._complain)

    @callback
    def _complain(self, _now: datetime | None) -> None:
        self._cancel_complaint = None
        if self._feed is None or self._complained or self._feed.is_paused:
            return
        self._complained = True
        if self._feed.state is FeedState.REFUSED:
            LOGGER.warning(
                "%s: the PBX refuses the login of the event stream at port %s; it is not tried"
                " again until credentials or port change, or the options are saved with the stream"
                " chosen",
                self._entry.title,
                self.port,
            )
        else:
            LOGGER.warning(
                "%s: no event stream at port %s: %s",
                self._entry.title,
                self.port,
                self._feed.error,
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
