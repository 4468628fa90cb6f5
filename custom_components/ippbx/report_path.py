"""The way that reports take into Home Assistant: its webhook, or the own listener."""

from collections.abc import Callable
from enum import StrEnum
from ipaddress import ip_address

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback

from .const import (
    CONF_LISTENER_PORT,
    CONF_REPORT_PATH,
    DEFAULT_LISTENER_PORT,
    LOGGER,
    PATH_AUTOMATIC,
    PATH_LISTENER,
    PATH_WEBHOOK,
)
from .report_address import BY_HAND, Receiver, origin, report_address
from .report_listeners import Route, async_get_listeners
from .webhook import async_register


class PathReason(StrEnum):
    """Why reports take the way that they take."""

    DEFAULT = "default"
    OPTION = "option"
    TLS_ONLY = "tls_only"  # Home Assistant's server speaks TLS, which no PBX does
    LOOPBACK_ONLY = "loopback_only"  # Home Assistant's server cannot be reached from elsewhere
    REPORTS_LOST = "reports_lost"  # something changed and no report told it
    PORT_TAKEN = "port_taken"  # the own listener is wanted, but cannot have its port


class ReportPath:
    """Opens the way that reports take, and knows which one it is."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        receive: Callable[[bytes, str], None],
        claims: Callable[[bytes, str], bool],
    ) -> None:
        """Choose; nothing is opened yet."""
        self._hass = hass
        self._entry = entry
        self._receive = receive
        self._webhook_id: str = entry.data[CONF_WEBHOOK_ID]
        self._listener_port: int = int(entry.options.get(CONF_LISTENER_PORT, DEFAULT_LISTENER_PORT))
        self._route = Route(
            path=webhook.async_generate_path(self._webhook_id), receive=receive, claims=claims
        )
        self._listening = False
        self.current, self.reason = self._choose()

    @property
    def path(self) -> str:
        """The secret path, the same for both ways."""
        return self._route.path

    @property
    def port(self) -> int:
        """The port that receives."""
        return self._listener_port if self.current == PATH_LISTENER else server_port(self._hass)

    @property
    def can_switch(self) -> bool:
        """Whether the own listener may be tried without being asked, and would be told to the PBX.

        An address that was set by hand stays, and a fixed one that does not depend on the port does.
        """
        data, options = self._entry.data, self._entry.options
        told = {
            report_address(Receiver(host="", port=port, path=self.path), data, options)
            for port in (self.port, self._listener_port)
        }
        return (
            self.reason is PathReason.DEFAULT and origin(data, options) != BY_HAND and len(told) > 1
        )

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

    async def async_close(self) -> None:
        """Take no more reports."""
        webhook.async_unregister(self._hass, self._webhook_id)
        if self._listening:
            self._listening = False
            await async_get_listeners(self._hass).async_stop(self._listener_port, self._route)

    async def async_switch(self) -> bool:
        """Go over to the own listener and remember it; tell whether that worked."""
        if not await self._async_listen():
            return False
        self.current, self.reason = PATH_LISTENER, PathReason.REPORTS_LOST
        self._hass.config_entries.async_update_entry(
            self._entry, data={**self._entry.data, CONF_REPORT_PATH: PATH_LISTENER}
        )
        LOGGER.info(
            "%s: reports do not arrive through Home Assistant's server; taking them on port %s",
            self._entry.title,
            self._listener_port,
        )
        return True

    @property
    def _option(self) -> str:
        return str(self._entry.options.get(CONF_REPORT_PATH, PATH_AUTOMATIC))

    def _choose(self) -> tuple[str, PathReason]:
        if self._option != PATH_AUTOMATIC:
            return self._option, PathReason.OPTION
        if self._hass.config.api is not None and self._hass.config.api.use_ssl:
            return PATH_LISTENER, PathReason.TLS_ONLY
        if _is_loopback_only(self._hass.http.server_host) and not _is_loopback_only(
            self._entry.data[CONF_HOST]
        ):
            return PATH_LISTENER, PathReason.LOOPBACK_ONLY
        if self._entry.data.get(CONF_REPORT_PATH) == PATH_LISTENER:
            return PATH_LISTENER, PathReason.REPORTS_LOST
        return PATH_WEBHOOK, PathReason.DEFAULT

    async def _async_listen(self) -> bool:
        try:
            await async_get_listeners(self._hass).async_listen(self._listener_port, self._route)
        except OSError as error:
            LOGGER.warning(
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
