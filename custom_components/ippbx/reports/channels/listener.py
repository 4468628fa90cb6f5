"""The own listeners: one per port, shared by the entries that receive reports there."""

import asyncio
from dataclasses import asdict, dataclass, field

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.singleton import singleton
from homeassistant.util.hass_dict import HassKey

from ...pbx.net.listener import ListenedReport, ReportListener
from .ports import Route

DATA_LISTENERS: HassKey["SharedListeners"] = HassKey("ippbx_listeners")
ROOT = "/"


@dataclass(slots=True)
class SharedListener:
    """A port and the entries behind it."""

    listener: ReportListener = field(init=False)
    routes: list[Route] = field(default_factory=list)
    unclaimed: int = 0

    def __post_init__(self) -> None:
        """Create the listener; it is not started yet."""
        self.listener = ReportListener(self._receive)

    @callback
    def _receive(self, report: ListenedReport) -> None:
        """Pass a report to its entry: found by the path, or at the root by the sender."""
        if report.path == ROOT:
            routes = [r for r in self.routes if r.claims(report.body, report.source)]
        else:
            routes = [r for r in self.routes if r.path == report.path]
        if len(routes) == 1:
            routes[0].receive(report.body, report.source)
        else:
            self.unclaimed += 1


class SharedListeners:
    """The listeners of this Home Assistant, by port."""

    def __init__(self) -> None:
        """Start with none."""
        self._by_port: dict[int, SharedListener] = {}
        self.unavailable: set[int] = set()  # ports that could not be opened at the last attempt
        self._lock = asyncio.Lock()

    @callback
    def counts(self, port: int) -> dict[str, int]:
        """Return the counts of connections to a port; empty where it is not open."""
        if (shared := self._by_port.get(port)) is None:
            return {}
        return {**asdict(shared.listener.counts), "unclaimed": shared.unclaimed}

    async def async_can_listen(self, port: int) -> bool:
        """Return whether a port is open here already, or can be opened."""
        async with self._lock:
            if port in self._by_port:
                return True
            listener = SharedListener().listener
            try:
                await listener.start(None, port)
            except OSError:
                return False
            await listener.stop()
            return True

    async def async_listen(self, port: int, route: Route) -> None:
        """Receive the reports of an entry on a port; the first entry opens it.

        Raises:
            OSError: the port cannot be opened.
        """
        async with self._lock:
            shared = self._by_port.get(port)
            if shared is None:
                shared = SharedListener()
                self.unavailable.add(port)
                await shared.listener.start(None, port)
                self.unavailable.discard(port)
                self._by_port[port] = shared
            shared.routes.append(route)

    async def async_stop(self, port: int, route: Route) -> None:
        """Receive no more reports of an entry; the last entry closes the port."""
        async with self._lock:
            shared = self._by_port[port]
            shared.routes.remove(route)
            if not shared.routes:
                del self._by_port[port]
                await shared.listener.stop()


@singleton(DATA_LISTENERS)
@callback
def async_get_listeners(hass: HomeAssistant) -> SharedListeners:
    """Return the listeners of this Home Assistant."""
    return SharedListeners()
