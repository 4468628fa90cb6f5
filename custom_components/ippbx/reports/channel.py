"""The way that reports take into Home Assistant: its webhook, the own listener, or the PBX's event stream."""

from collections.abc import Callable
from enum import StrEnum
from ipaddress import ip_address
import logging

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback

from ..const import (
    CONF_LISTENER_PORT,
    CONF_REPORT_PATH,
    DEFAULT_LISTENER_PORT,
    LOGGER,
    PATH_AUTOMATIC,
    PATH_LISTENER,
    PATH_STREAM,
    PATH_WEBHOOK,
)
from ..pbx.uc.dialects import TRANSPORT_TCP
from ..pbx.uc.reports.feed import StreamState
from .address import BY_HAND, Receiver, origin, report_address
from .channels.feed import ReportStream
from .channels.listener import Route, async_get_listeners
from .channels.webhook import async_register


class PathReason(StrEnum):
    """Why reports take the way that they take."""

    DEFAULT = "default"
    OPTION = "option"
    TLS_ONLY = "tls_only"  # Home Assistant's server speaks TLS, which no PBX does
    LOOPBACK_ONLY = "loopback_only"  # Home Assistant's server cannot be reached from elsewhere
    REPORTS_LOST = "reports_lost"  # something changed and no report told it
    PORT_TAKEN = "port_taken"  # the own listener is wanted, but cannot have its port
    PBX_STREAMS = "pbx_streams"  # the PBX said at login that its reports are to be fetched


class ReportPath:
    """Opens the way that reports take, and knows which one it is."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        receive: Callable[[bytes, str], None],
        claims: Callable[[bytes, str], bool],
        stream: ReportStream,
    ) -> None:
        """Choose; nothing is opened yet."""
        self.stream = stream
        self._hass = hass
        self._entry = entry
        self._receive = receive
        self._webhook_id: str = entry.data[CONF_WEBHOOK_ID]
        self._listener_port: int = int(entry.options.get(CONF_LISTENER_PORT, DEFAULT_LISTENER_PORT))
        self._route = Route(
            path=webhook.async_generate_path(self._webhook_id), receive=receive, claims=claims
        )
        self._listening = False
        self._stream_tried = False
        self._before: tuple[str, PathReason] | None = (
            None  # what a stream on trial would give way to
        )
        self.current, self.reason = self._choose()

    @property
    def path(self) -> str:
        """The secret path, the same for webhook and listener."""
        return self._route.path

    @property
    def port(self) -> int:
        """The port that receives what the PBX posts, which may be nothing where there is a stream."""
        own = self._listening or self.current == PATH_LISTENER
        return self._listener_port if own else server_port(self._hass)

    @property
    def listener_port(self) -> int:
        """The port of the own listener, whether it is open or not."""
        return self._listener_port

    @property
    def next(self) -> str | None:
        """The way to try next where this one brings no reports; None where there is none.

        What the user chose stays, by an option or by an address that was set by hand. The listener is of no use
        where the PBX would be told the same address for it.
        """
        if self.reason is PathReason.OPTION or self._is_by_hand:
            return None
        if self.current == PATH_STREAM:
            return self._before and self._before[0]
        if self.reason is PathReason.DEFAULT and self._listener_would_be_told:
            return PATH_LISTENER
        return PATH_STREAM if self.stream.is_offered and not self._stream_tried else None

    @property
    def listener_counts(self) -> dict[str, int]:
        """What became of the connections to the own listener; nothing where it is not open."""
        return async_get_listeners(self._hass).counts(self._listener_port)

    def receiver(self, host: str) -> Receiver:
        """Return where reports are taken, as seen from a PBX that knows us by this host."""
        return Receiver(host=host, port=self.port, path=self.path)

    async def async_open(self) -> None:
        """Begin to take reports. The webhook is always open: an address told earlier may still be in use."""
        async_register(self._hass, self._entry.title, self._webhook_id, self._receive)
        if self.current == PATH_LISTENER:
            await self._async_listen()

    async def async_follow(self, transport: str) -> bool:
        """Follow what the PBX said at its last login, and keep the stream where it is the way.

        Args:
            transport: how the PBX says it sends reports; see `UcBackend.report_transport`.

        Returns:
            Whether the way is another one now.
        """
        before = self.current
        if self._option == PATH_AUTOMATIC:
            await self._async_follow(streams=transport == TRANSPORT_TCP)
        if self.current == PATH_STREAM:
            await self.stream.async_open()
        return self.current != before

    async def async_close(self) -> None:
        """Take no more reports."""
        await self.stream.async_close()
        webhook.async_unregister(self._hass, self._webhook_id)
        if self._listening:
            self._listening = False
            await async_get_listeners(self._hass).async_stop(self._listener_port, self._route)

    async def async_switch(self) -> bool:
        """Go over to the next way; tell whether the PBX is to be told another address for it."""
        wanted = self.next
        if wanted == PATH_LISTENER and self.current == PATH_WEBHOOK:
            return await self._async_switch_to_listener()
        if wanted == PATH_STREAM:
            self._before = self.current, self.reason
            self.current, self.reason = PATH_STREAM, PathReason.REPORTS_LOST
            await self.stream.async_open()
        elif wanted is not None:
            self._give_stream_up()
        return False

    @callback
    def async_proven(self) -> None:
        """Remember a stream that was tried since no report came: now one did."""
        if self.current == PATH_STREAM and self._before is not None:
            self._before = None
            LOGGER.info(
                "%s: reports do not arrive by themselves; fetching them from port %s of the PBX",
                self._entry.title,
                self.stream.port,
            )
            self._remember(PATH_STREAM)

    @callback
    def async_stream_changed(self, state: StreamState) -> None:
        """Give a stream that was only tried up at its first failure."""
        if self._before is not None and state in (StreamState.DOWN, StreamState.REFUSED):
            self._give_stream_up()

    async def _async_switch_to_listener(self) -> bool:
        if not await self._async_listen():
            return False
        self.current, self.reason = PATH_LISTENER, PathReason.REPORTS_LOST
        self._remember(PATH_LISTENER)
        LOGGER.info(
            "%s: reports do not arrive through Home Assistant's server; taking them on port %s",
            self._entry.title,
            self._listener_port,
        )
        return True

    async def _async_follow(self, *, streams: bool) -> None:
        if streams and self.reason is not PathReason.PBX_STREAMS:
            self._before = None
            self.current, self.reason = PATH_STREAM, PathReason.PBX_STREAMS
        elif self.reason is PathReason.PBX_STREAMS and not streams:
            await self.stream.async_close()
            self.current, self.reason = self._choose()
            if self.current == PATH_LISTENER and not self._listening:
                await self._async_listen()

    @callback
    def _give_stream_up(self) -> None:
        if self._before is not None:
            (self.current, self.reason), self._before = self._before, None
            self._stream_tried = True
            self.stream.async_drop()

    @callback
    def _remember(self, path: str) -> None:
        self._hass.config_entries.async_update_entry(
            self._entry, data={**self._entry.data, CONF_REPORT_PATH: path}
        )

    @property
    def _is_by_hand(self) -> bool:
        return origin(self._entry.data, self._entry.options) == BY_HAND

    @property
    def _listener_would_be_told(self) -> bool:
        told = {
            report_address(
                Receiver(host="", port=port, path=self.path), self._entry.data, self._entry.options
            )
            for port in (self.port, self._listener_port)
        }
        return len(told) > 1

    @property
    def _option(self) -> str:
        return str(self._entry.options.get(CONF_REPORT_PATH, PATH_AUTOMATIC))

    def _choose(self) -> tuple[str, PathReason]:
        if self._option != PATH_AUTOMATIC:
            return self._option, PathReason.OPTION
        remembered = self._entry.data.get(CONF_REPORT_PATH)
        if remembered == PATH_STREAM and self.stream.is_offered:
            return PATH_STREAM, PathReason.REPORTS_LOST
        if self._hass.config.api is not None and self._hass.config.api.use_ssl:
            return PATH_LISTENER, PathReason.TLS_ONLY
        if _is_loopback_only(self._hass.http.server_host) and not _is_loopback_only(
            self._entry.data[CONF_HOST]
        ):
            return PATH_LISTENER, PathReason.LOOPBACK_ONLY
        if remembered == PATH_LISTENER:
            return PATH_LISTENER, PathReason.REPORTS_LOST
        return PATH_WEBHOOK, PathReason.DEFAULT

    async def _async_listen(self) -> bool:
        listeners = async_get_listeners(self._hass)
        known = self._listener_port in listeners.taken  # it is told once, however often it is tried
        try:
            await listeners.async_listen(self._listener_port, self._route)
        except OSError as error:
            LOGGER.log(
                logging.DEBUG if known else logging.WARNING,
                "%s: cannot take reports on port %s: %s",
                self._entry.title,
                self._listener_port,
                error.strerror,
            )
            self.current, self.reason = PATH_WEBHOOK, PathReason.PORT_TAKEN
            return False
        self._listening = True
        return True


@callback
def server_port(hass: HomeAssistant) -> int:
    """Return the port of Home Assistant's own server."""
    return hass.http.server_port if hass.config.api is None else hass.config.api.port


def _is_loopback_only(hosts: str | list[str] | None) -> bool:
    """Tell whether these addresses are all of this machine alone."""
    names = [hosts] if isinstance(hosts, str) else hosts or ()
    return bool(names) and all(_is_loopback(name) for name in names)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
