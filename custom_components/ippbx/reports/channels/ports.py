"""What a channel asks of the own listener, which loads when an entry first wants it."""

from collections.abc import Callable
from typing import Protocol

from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module

from ...pbx.model.values import bundle


@bundle
class Route:
    """The route of one entry's reports on a listener.

    Attributes:
        path: the secret path.
        receive: receives a body and its source address.
        claims: returns whether a report to the root path belongs to this entry.
    """

    path: str
    receive: Callable[[bytes, str], None]
    claims: Callable[[bytes, str], bool]


class Ports(Protocol):
    """The ports that receive reports, shared by all entries of this Home Assistant.

    Attributes:
        unavailable: ports that could not be opened when last tried.
    """

    unavailable: set[int]

    def counts(self, port: int) -> dict[str, int]:
        """Return the counts of connections to a port; empty where it is not open."""

    async def async_can_listen(self, port: int) -> bool:
        """Return whether a port is open here already, or can be opened."""

    async def async_listen(self, port: int, route: Route) -> None:
        """Receive the reports of an entry on a port; raise OSError where it cannot be opened."""

    async def async_stop(self, port: int, route: Route) -> None:
        """Stop receiving for an entry; the last one closes the port."""


async def async_load_ports(hass: HomeAssistant) -> Ports:
    """Return the ports of this Home Assistant."""
    listener = await async_import_module(hass, f"{__package__}.listener")
    ports: Ports = listener.async_get_listeners(hass)
    return ports
