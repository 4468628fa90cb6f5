"""What each kind of report sets going: a table, so that a new kind is a new line."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from homeassistant.core import callback

from ..pbx.uc.reports.parse import (
    BootUpReport,
    ConfigChangeReport,
    ExtensionStatusReport,
    Report,
    TrunkStatusReport,
)
from ..state.merge import apply_trunk_status
from ..state.schedule import ResyncCause
from ..state.store import extension_key

if TYPE_CHECKING:
    from ..coordinator import PbxCoordinator


@callback
def apply_report(coordinator: "PbxCoordinator", report: Report) -> None:
    """Take over what a report says. Costs the same however many extensions there are."""
    if route := _ROUTES.get(type(report)):
        route(coordinator, report)
    coordinator.calls.take(report)


def _extension_status(coordinator: "PbxCoordinator", report: ExtensionStatusReport) -> None:
    number = report.extension
    extension = coordinator.data.extensions.get(number)
    if extension is None:
        coordinator.async_ask_resync(ResyncCause.UNKNOWN_EXTENSION)
    elif report.status is not None:
        coordinator.reading.reader.has_reported(number)
        coordinator.proof.silent.has_reported(number)
        if report.status is not extension.status:
            coordinator.data.extensions[number] = extension.with_status(report.status)
            coordinator.subscriptions.tell((extension_key(number),))


def _trunk_status(coordinator: "PbxCoordinator", report: TrunkStatusReport) -> None:
    coordinator.subscriptions.tell(apply_trunk_status(coordinator.data.trunks, report))


def _boot_up(coordinator: "PbxCoordinator", report: BootUpReport) -> None:
    coordinator.link.async_booted()
    coordinator.system_events.booted()


def _config_change(coordinator: "PbxCoordinator", report: ConfigChangeReport) -> None:
    coordinator.async_ask_resync(ResyncCause.CONFIG_CHANGE)
    coordinator.system_events.changed(report)


_ROUTES: Mapping[type[Report], Callable[["PbxCoordinator", Any], None]] = {
    ExtensionStatusReport: _extension_status,
    TrunkStatusReport: _trunk_status,
    BootUpReport: _boot_up,
    ConfigChangeReport: _config_change,
}
