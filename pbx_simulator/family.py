"""The seam between a simulated PBX and the protocol that it speaks.

A family of protocols is a folder in `families`, with a row in its table. It gets the parts of a PBX
that any PBX has, and makes the API of that PBX.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web

from .calls.attended_transfers import AttendedTransfers
from .calls.call_control import CallControl
from .calls.monitoring import Monitoring
from .calls.parking import Parking
from .config import SimulatorConfig
from .directory import Device, Directory, Extension, Trunk
from .knobs import Knobs
from .logins import Account, Lockout
from .product import Product
from .statistics import Statistics
from .traffic import BoundedList, Delivery, Request
from .waiting import Clock, Sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxParts:
    """The parts of a PBX that its API may use.

    Attributes:
        requests: The requests so far; the API adds to them.
        recorded: Endpoint -> the answer that a replayed trace has for it.
        changed: Called after every change that a test may wait for.
    """

    config: SimulatorConfig
    knobs: Knobs
    clock: Clock
    sleep: Sleep
    account: Account
    lockout: Lockout
    statistics: Statistics
    directory: Directory
    calls: CallControl
    parking: Parking
    monitoring: Monitoring
    attended_transfers: AttendedTransfers
    requests: BoundedList[Request]
    recorded: dict[str, dict[str, Any]]
    device: Device
    changed: Callable[[], None]


class SystemReports(Protocol):
    """Reports about the PBX itself, its extensions and its trunks."""

    def boot_up(self) -> None:
        """Report that the PBX has started."""

    def config_change(self, kind: str, key: str, operation: str) -> None:
        """Report that an extension or trunk was added, removed or changed.

        Args:
            kind: "extension" or "trunk".
            key: Its number or name.
            operation: "add", "del" or "update".
        """

    def extension_status(self, extension: Extension) -> None:
        """Report an extension's new status."""

    def trunk_status(self, trunk: Trunk) -> None:
        """Report a trunk's new status."""


class ReportTarget(Protocol):
    """An address for reports, in the words of its family."""

    @property
    def url(self) -> str:
        """The URL, or what the family has in its place."""

    def __iter__(self) -> Iterator[str]:
        """Return all that the address consists of."""


class Sessions(Protocol):
    """The sessions of an API's clients."""

    @property
    def last_target(self) -> ReportTarget | None:
        """The address for reports that was registered last."""

    def living(self) -> Sequence[object]:
        """Return the sessions that live now."""

    def receivers(self) -> Sequence[object]:
        """Return the sessions that a report goes to now."""

    def drop_all(self) -> None:
        """Forget every session."""

    def state(self) -> list[dict[str, Any]]:
        """Return the living sessions for the console, without their secrets."""


class EventStream(Protocol):
    """A connection that clients open to receive reports."""

    @property
    def port(self) -> int:
        """The port it listens on; 0 = it does not."""

    @property
    def count(self) -> int:
        """The number of clients that are connected now."""

    async def start(self, host: str, port: int) -> None:
        """Listen on `port`, or on any free one if it is 0."""

    async def stop(self) -> None:
        """Stop listening and end every stream."""

    def drop(self) -> None:
        """Cut every stream; clients may connect again."""


class Api(Protocol):
    """The API of one simulated PBX, in the words of its family."""

    @property
    def sessions(self) -> Sessions:
        """Its clients' sessions."""

    @property
    def events(self) -> EventStream:
        """Its event stream."""

    @property
    def reports(self) -> SystemReports:
        """Its reports about anything but calls; those about calls observe the calls."""

    @property
    def deliveries(self) -> BoundedList[Delivery]:
        """The reports sent, or lost, so far."""

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer an HTTP request."""

    def start(self) -> None:
        """Start sending reports."""

    async def listen(self, host: str) -> None:
        """Listen on what the API has beside its HTTP port."""

    async def stop(self) -> None:
        """Stop sending reports and listening."""

    async def go_away(self) -> None:
        """Give up all reports and stop listening, as a PBX that loses its power does."""

    def come_back(self) -> None:
        """Send reports again."""

    def send_report(self, report: Mapping[str, Any] | bytes) -> None:
        """Send a report as it stands to all sessions that receive reports now."""

    async def settle(self) -> None:
        """Wait until every report was answered or given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The PBXes that speak one protocol.

    Attributes:
        products: Its kinds of PBX, by the name that users choose them by.
        create: Makes the API of a PBX.
    """

    products: Mapping[str, Product]
    create: Callable[[PbxParts], Api]
