"""The event feed of one entry: when it is open, and what is logged of it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ...const import CONF_EVENT_PORT, DEFAULT_EVENT_PORT, LOGGER
from ...pbx.backend import Delivery, EventFeed, FeedHooks, FeedState, PbxBackend
from ...pbx.errors import PbxError
from ...pbx.model.values import bundle

COMPLAINT_DELAY = 20.0  # seconds: after a start of the PBX its events come later than its API


@bundle
class ReportFeedHooks:
    """Callbacks of the feed.

    Attributes:
        receive: receives the body of a report and its source address.
        on_connect: receives the peer address of a connection.
        on_state: receives each new state.
        on_no_answer: called when the PBX did not answer a probe.
    """

    receive: Callable[[bytes, str], None]
    on_connect: Callable[[str], None]
    on_state: Callable[[FeedState], None]
    on_no_answer: Callable[[], None]


class ReportFeed:
    """The event feed of a PBX, which it opens and closes."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, backend: PbxBackend, hooks: ReportFeedHooks
    ) -> None:
        """Keep the arguments; nothing is opened yet."""
        self._hass = hass
        self._entry = entry
        self._backend = backend
        self._hooks = hooks
        self._feed: EventFeed | None = None
        self._is_open = False
        self._drops = 0
        self._cancel_complaint: CALLBACK_TYPE | None = None
        self._complained = False

    @property
    def is_offered(self) -> bool:
        """Return True if the PBX may have an event feed."""
        return Delivery.FEED in self._backend.capabilities.deliveries

    @property
    def port(self) -> int:
        """Return the port of the PBX's events."""
        return event_port(self._entry.options)

    @property
    def has_failed(self) -> bool:
        """Return True if the feed ended or could not connect."""
        return self._feed is not None and self._feed.error is not None

    @property
    def is_down(self) -> bool:
        """Return True once it is logged that the feed is down although the PBX answers."""
        return self._complained

    @property
    def is_refused(self) -> bool:
        """Return True if the PBX refuses the login of the feed."""
        return self._feed is not None and self._feed.state is FeedState.REFUSED

    @property
    def facts(self) -> dict[str, Any]:
        """Return the feed's part of the diagnostics; empty if it was never opened."""
        if (feed := self._feed) is None:
            return {}
        error = repr(feed.error) if feed.error else None
        return {"state": feed.state, "port": self.port, "error": error, **feed.facts}

    async def async_open(self) -> None:
        """Open the feed, unless it is open already or the PBX has none."""
        if self._is_open:
            return
        drops = self._drops
        feed = await self._backend.feed(
            FeedHooks(
                receive=self._hooks.receive,
                on_connect=self._hooks.on_connect,
                on_state=self._state_changed,
                is_there=self._async_is_there,
            )
        )
        opened_or_dropped = self._is_open or self._drops != drops  # meanwhile
        if feed is not None and not opened_or_dropped:
            self._feed, self._is_open = feed, True
            feed.start()

    @callback
    def async_drop(self) -> None:
        """Stop the feed without waiting for its end; its facts stay."""
        self._stop_complaint()
        self._drops += 1
        self._is_open = False
        if self._feed is not None:
            self._feed.stop()

    async def async_close(self) -> None:
        """Stop the feed, and wait for its end."""
        self.async_drop()
        if self._feed is not None:
            await self._feed.wait_stopped()

    @callback
    def async_link_changed(self, up: bool) -> None:
        """Pause while the link is down, and resume when it is up."""
        if self._feed is None or not self._is_open:
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
            self._hooks.on_no_answer()
            return False
        return True

    @callback
    def _state_changed(self, state: FeedState) -> None:
        if state is FeedState.UP and self._complained:
            self._complained = False
            LOGGER.info("%s: the event stream is back", self._entry.title)
        self._hooks.on_state(state)  # may drop the feed
        if self._is_open:
            self._watch(state)

    @callback
    def _watch(self, state: FeedState) -> None:
        """Log once, after a delay, that the feed is down although the PBX answers."""
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
                " again until credentials or port change, or the options are saved with the"
                " stream chosen",
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
