"""The channel of the reports: Home Assistant's webhook, the own listener, or the PBX's feed."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from ipaddress import ip_address
import logging
from typing import Any, Final

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback

from ..const import (
    CHANNEL_AUTOMATIC,
    CHANNEL_LISTENER,
    CHANNEL_STREAM,
    CHANNEL_WEBHOOK,
    CONF_CHANNEL,
    CONF_LISTENER_PORT,
    DEFAULT_LISTENER_PORT,
    LOGGER,
)
from ..pbx.backend import Delivery, FeedState
from .address import BY_HAND, Endpoint, origin, report_address, server_port
from .channels.feed import ReportFeed
from .channels.ports import Ports, Route, async_load_ports
from .channels.webhook import async_receive

_INSTEAD: Final = (
    "%s: reports do not arrive through Home Assistant's server; receiving them on port %s"
)
_FREE_NOW: Final = "%s: receiving reports on port %s, which is free now"


class ChannelReason(StrEnum):
    """Why reports use their channel."""

    DEFAULT = "default"
    OPTION = "option"
    TLS_ONLY = "tls_only"  # Home Assistant's server speaks TLS, which no PBX does
    LOOPBACK_ONLY = "loopback_only"  # Home Assistant's server cannot be reached from elsewhere
    REPORTS_LOST = "reports_lost"  # a change was read without a report
    PORT_TAKEN = "port_taken"  # the own listener cannot open its port
    PBX_STREAMS = "pbx_streams"  # the PBX says so, or offers nothing else: reports must be fetched


class ReportChannel:
    """The chosen channel of the reports, which it opens and closes.

    Attributes:
        current: the channel: webhook, listener or stream.
        reason: why that one.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        receive: Callable[[bytes, str], None],
        claims: Callable[[bytes, str], bool],
        feed: ReportFeed,
    ) -> None:
        """Choose a channel; nothing is opened yet.

        Args:
            entry: the entry of the PBX; its options and data decide the channel.
            receive: receives a body and its source address.
            claims: returns whether a report without a path belongs to this entry.
            feed: the feed of the PBX, opened where it is the channel.
        """
        self._feed = feed
        self._hass = hass
        self._entry = entry
        self._receive = receive
        self._listener_port = listener_port(entry.options)
        path = webhook.async_generate_path(entry.data[CONF_WEBHOOK_ID])
        self._route = Route(path=path, receive=receive, claims=claims)
        self._ports: Ports | None = None  # while the own listener receives for this entry
        self._feed_tried = False
        # The channel to return to if a provisional feed fails.
        self._before: tuple[str, ChannelReason] | None = None
        self.current, self.reason = self._choose()

    @property
    def path(self) -> str:
        """Return the secret path, the same for webhook and listener."""
        return self._route.path

    @property
    def feed_port(self) -> int:
        """Return the port of the PBX's feed."""
        return self._feed.port

    @property
    def feed_has_failed(self) -> bool:
        """Return True if the feed ended or could not connect."""
        return self._feed.has_failed

    @property
    def feed_is_down(self) -> bool:
        """Return True once it is logged that the feed is down although the PBX answers."""
        return self._feed.is_down

    @property
    def feed_is_refused(self) -> bool:
        """Return True if the PBX refuses the login of the feed."""
        return self._feed.is_refused

    @property
    def feed_facts(self) -> dict[str, Any]:
        """Return the feed's part of the diagnostics; empty if it was never opened."""
        return self._feed.facts

    @property
    def port(self) -> int:
        """Return the port that receives posted reports."""
        own = self._ports is not None or self.current == CHANNEL_LISTENER
        return self._listener_port if own else server_port(self._hass)

    @property
    def listener_port(self) -> int:
        """Return the port of the own listener, open or not."""
        return self._listener_port

    @property
    def next(self) -> str | None:
        """Return the channel to try after this one; None where there is none.

        A channel or address that the user chose stays. The listener is no alternative where the
        same address would be registered for it.
        """
        if self.reason is ChannelReason.OPTION or self._is_by_hand:
            return None
        if self.current == CHANNEL_STREAM:
            return self._before and self._before[0]
        if self.reason is ChannelReason.DEFAULT and self._listener_has_own_address:
            return CHANNEL_LISTENER
        return CHANNEL_STREAM if self._feed.is_offered and not self._feed_tried else None

    @property
    def listener_counts(self) -> dict[str, int]:
        """Return the counts of connections to the own listener; empty where it is not open."""
        return {} if self._ports is None else self._ports.counts(self._listener_port)

    def endpoint(self, host: str) -> Endpoint:
        """Return where reports are received, for a PBX that reaches us as `host`."""
        return Endpoint(host=host, port=self.port, path=self.path)

    async def async_open(self) -> None:
        """Start to receive reports.

        The webhook is always open: an address registered earlier may still be in use.
        """
        async_receive(self._hass, self._entry, self._receive)
        if self.current == CHANNEL_LISTENER:
            await self._async_listen()

    async def async_follow(self, wanted: Delivery) -> bool:
        """Apply how events are to be delivered; open the feed where it is the channel.

        Args:
            wanted: what the PBX announced at the last login, else what suits it best.

        Returns:
            True if the channel has changed.
        """
        before = self.current
        if self._option == CHANNEL_AUTOMATIC:
            await self._async_follow(feeds=wanted is Delivery.FEED)
        if self.current == CHANNEL_STREAM:
            await self._feed.async_open()
        return self.current != before

    async def async_try_port_again(self, *, lost: bool) -> bool:
        """Open the own listener where its port was taken; return True if it listens now.

        Args:
            lost: whether reports are lost on every channel tried; else it is opened only where no
                other channel is to be tried first.
        """
        wanted = (lost and not self._is_by_hand) or self._is_listener_chosen
        if self.reason is not ChannelReason.PORT_TAKEN or not wanted:
            return False
        return await self._async_use_listener(_FREE_NOW)

    async def async_close(self) -> None:
        """Receive no more reports."""
        await self._feed.async_close()
        async_receive(self._hass, self._entry, None)
        if (ports := self._ports) is not None:
            self._ports = None
            await ports.async_stop(self._listener_port, self._route)

    async def async_switch(self) -> bool:
        """Switch to the next channel; return True if it needs another report address."""
        wanted = self.next
        if wanted == CHANNEL_LISTENER and self.current == CHANNEL_WEBHOOK:
            return await self._async_use_listener(_INSTEAD)
        if wanted == CHANNEL_STREAM:
            self._before = self.current, self.reason
            self.current, self.reason = CHANNEL_STREAM, ChannelReason.REPORTS_LOST
            await self._feed.async_open()
        elif wanted is not None:
            self._give_feed_up()
        return False

    @callback
    def async_link_changed(self, up: bool) -> None:
        """Pause the feed while the link is down, and resume it when the link is up."""
        self._feed.async_link_changed(up)

    @callback
    def async_proven(self) -> None:
        """Note that reports arrive: a provisional feed is remembered."""
        if self.current == CHANNEL_STREAM and self._before is not None:
            self._before = None
            LOGGER.info(
                "%s: reports do not arrive by themselves; fetching them from port %s of the PBX",
                self._entry.title,
                self._feed.port,
            )
            self._remember(CHANNEL_STREAM)

    @callback
    def async_feed_changed(self, state: FeedState) -> None:
        """Give up a provisional feed at its first failure."""
        if self._before is not None and state in (FeedState.DOWN, FeedState.REFUSED):
            self._give_feed_up()

    async def _async_use_listener(self, message: str) -> bool:
        """Open the own listener, and log it; remember it where it is used as reports are lost."""
        if not await self._async_listen():
            return False
        if not self._is_listener_chosen:
            self._remember(CHANNEL_LISTENER)
        self.current, self.reason = self._choose()
        LOGGER.info(message, self._entry.title, self._listener_port)
        return True

    async def _async_follow(self, *, feeds: bool) -> None:
        if feeds and self.reason is not ChannelReason.PBX_STREAMS:
            self._before = None
            self.current, self.reason = CHANNEL_STREAM, ChannelReason.PBX_STREAMS
        elif self.reason is ChannelReason.PBX_STREAMS and not feeds:
            await self._feed.async_close()
            self.current, self.reason = self._choose()
            if self.current == CHANNEL_LISTENER and self._ports is None:
                await self._async_listen()

    @callback
    def _give_feed_up(self) -> None:
        if self._before is not None:
            (self.current, self.reason), self._before = self._before, None
            self._feed_tried = True
            self._feed.async_drop()

    @callback
    def _remember(self, channel: str) -> None:
        self._hass.config_entries.async_update_entry(
            self._entry, data={**self._entry.data, CONF_CHANNEL: channel}
        )

    @property
    def _is_by_hand(self) -> bool:
        return origin(self._entry.data, self._entry.options) == BY_HAND

    @property
    def _listener_has_own_address(self) -> bool:
        addresses = {
            report_address(
                Endpoint(host="", port=port, path=self.path), self._entry.data, self._entry.options
            )
            for port in (self.port, self._listener_port)
        }
        return len(addresses) > 1

    @property
    def _option(self) -> str:
        return str(self._entry.options.get(CONF_CHANNEL, CHANNEL_AUTOMATIC))

    @property
    def _is_listener_chosen(self) -> bool:
        return self._choose()[0] == CHANNEL_LISTENER

    def _choose(self) -> tuple[str, ChannelReason]:
        if self._option != CHANNEL_AUTOMATIC:
            return self._option, ChannelReason.OPTION
        remembered = self._entry.data.get(CONF_CHANNEL)
        if remembered == CHANNEL_STREAM and self._feed.is_offered:
            return CHANNEL_STREAM, ChannelReason.REPORTS_LOST
        if self._hass.config.api is not None and self._hass.config.api.use_ssl:
            return CHANNEL_LISTENER, ChannelReason.TLS_ONLY
        if _is_loopback_only(self._hass.http.server_host) and not _is_loopback_only(
            self._entry.data[CONF_HOST]
        ):
            return CHANNEL_LISTENER, ChannelReason.LOOPBACK_ONLY
        if remembered == CHANNEL_LISTENER:
            return CHANNEL_LISTENER, ChannelReason.REPORTS_LOST
        return CHANNEL_WEBHOOK, ChannelReason.DEFAULT

    async def _async_listen(self) -> bool:
        ports = await async_load_ports(self._hass)
        known = self._listener_port in ports.unavailable  # logged once, however often it is tried
        try:
            await ports.async_listen(self._listener_port, self._route)
        except OSError as error:
            LOGGER.log(
                logging.DEBUG if known else logging.WARNING,
                "%s: cannot receive reports on port %s: %s",
                self._entry.title,
                self._listener_port,
                error.strerror,
            )
            self.current, self.reason = CHANNEL_WEBHOOK, ChannelReason.PORT_TAKEN
            return False
        self._ports = ports
        return True


def listener_port(options: Mapping[str, Any]) -> int:
    """Return the port of the own listener by an entry's options."""
    return int(options.get(CONF_LISTENER_PORT, DEFAULT_LISTENER_PORT))


def _is_loopback_only(hosts: str | list[str] | None) -> bool:
    """Return True if all of these addresses are loopback."""
    names = [hosts] if isinstance(hosts, str) else hosts or ()
    return bool(names) and all(_is_loopback(name) for name in names)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
