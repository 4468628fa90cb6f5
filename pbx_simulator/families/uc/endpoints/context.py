"""What endpoints may use of the PBX that they answer for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pbx_simulator.calls.attended_transfers import AttendedTransfers
from pbx_simulator.calls.call_control import CallControl
from pbx_simulator.calls.monitoring import Monitoring
from pbx_simulator.calls.parking import Parking
from pbx_simulator.config import SimulatorConfig
from pbx_simulator.directory import Device, Directory
from pbx_simulator.knobs import Knobs
from pbx_simulator.logins import Account, Lockout
from pbx_simulator.statistics import Statistics
from pbx_simulator.waiting import Clock

from ..dialects import Dialect
from ..sessions import Sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadPermit:
    """A permission to fetch one file once.

    Attributes:
        asked: What was asked for, as it has to be repeated in the download.
        numbers: The extensions whose records are wanted, or "all".
        sources: The addresses that may fetch it: the one that asked, and one further.
    """

    asked: Mapping[str, str]
    numbers: tuple[str, ...]
    start: datetime
    end: datetime
    sources: frozenset[str]
    expires: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The parts of a PBX that endpoints read or act on.

    Attributes:
        streaming: Returns True if the PBX serves an event stream.
        permits: The downloads that are permitted, by their random string.
    """

    config: SimulatorConfig
    dialect: Dialect
    knobs: Knobs
    clock: Clock
    device: Device
    account: Account
    lockout: Lockout
    statistics: Statistics
    sessions: Sessions
    directory: Directory
    calls: CallControl
    parking: Parking
    monitoring: Monitoring
    attended_transfers: AttendedTransfers
    streaming: Callable[[], bool]
    permits: dict[str, DownloadPermit] = field(default_factory=dict)

    @property
    def endpoint_sets(self) -> tuple[str, ...]:
        """The endpoint sets that are served now."""
        own = tuple(sorted(self.dialect.endpoint_sets))
        both = self.dialect.key == "yeastar-v2" and not self.knobs.strict_versions
        return (*own, "v1") if both else own

    def listed[T](self, items: Mapping[str, T]) -> list[T]:
        """Return what a list shows of extensions or trunks."""
        return list(items.values())[: round(len(items) * self.knobs.list_share)]

    def number_key(self, endpoint: str) -> str:
        """Return what an answer of an endpoint calls an extension's number."""
        return "extnumber" if endpoint == "extensionlist/query" else self.dialect.number_key
