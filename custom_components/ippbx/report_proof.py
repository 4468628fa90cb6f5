"""Whether reports arrive: what shows it, what casts doubt on it, and which way is tried next."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from homeassistant.core import callback

from .lost_reports import LostReports
from .pbx.event_stream import StreamState
from .resync import ResyncCause
from .state import REPORTS, ReportsArriving

if TYPE_CHECKING:
    from .coordinator import PbxCoordinator

_AFTER_STREAM: Mapping[StreamState, ReportsArriving] = {
    StreamState.CONNECTING: ReportsArriving.UNPROVEN,
    StreamState.UP: ReportsArriving.UNPROVEN,
    StreamState.DOWN: ReportsArriving.BROKEN,
    StreamState.REFUSED: ReportsArriving.BROKEN,
}
"""What an event stream that is the way of the reports makes of them."""


class ReportProof:
    """Keeps `PbxState.reports` true, and has the next way tried where reports are lost.

    Whatever way they take: a report that counts proves it, a change that a read finds and no report tells breaks it.
    """

    def __init__(self, coordinator: "PbxCoordinator") -> None:
        """Begin without a proof."""
        self._coordinator = coordinator
        self._lost_reports = LostReports(coordinator.hass, self._lost)
        self._switch_due = False

    @callback
    def has_come(self) -> None:
        """Note a report that counts."""
        if self._coordinator.data.reports is not ReportsArriving.PROVEN:
            self._lost_reports.forget()
            self._set(ReportsArriving.PROVEN)
            self._coordinator.path.async_proven()

    @callback
    def has_moved(self) -> None:
        """Note that the PBX was told another address, or that reports take another way."""
        if self._coordinator.data is not None:
            self._lost_reports.start_anew()
            self._set(ReportsArriving.UNPROVEN)

    @callback
    def has_gap(self) -> None:
        """Note that reports may have been lost for a good reason: do not compare over it."""
        self._lost_reports.start_anew()

    @callback
    def has_read(self, *, unreported: bool) -> None:
        """Note a read of the extensions, and whether it found changes that reports should have told."""
        doubtful = self._coordinator.data.reports is ReportsArriving.UNPROVEN
        self._lost_reports.has_read(unreported=unreported and doubtful)

    @callback
    def stream_has_changed(self, state: StreamState) -> None:
        """Note how the event stream fares. What came to pass while it was not up is read."""
        coordinator, path = self._coordinator, self._coordinator.path
        path.async_stream_changed(state)
        if coordinator.data is None:
            return
        self._lost_reports.start_anew()
        if (reports := _AFTER_STREAM.get(state)) is not None:
            self._set(reports)
        if state is StreamState.UP:
            coordinator.async_ask_resync(ResyncCause.STREAM_UP)
        elif path.stream.has_failed:
            coordinator.calls.link_lost()
            coordinator.link.async_beat_soon()  # which finds out whether the PBX is there

    async def async_choose_way(self) -> None:
        """Take the way that the PBX says its reports go, or the next one where this one brings none."""
        coordinator, path = self._coordinator, self._coordinator.path
        if await path.async_follow(coordinator.client.report_transport):
            self.has_moved()
            coordinator.link.async_beat_soon()
        if self._switch_due:
            self._switch_due = False
            if await path.async_switch():
                coordinator.link.async_beat_soon()

    @callback
    def stop(self) -> None:
        """Wait for no report any more."""
        self._lost_reports.forget()

    @callback
    def _set(self, reports: ReportsArriving) -> None:
        coordinator = self._coordinator
        before = coordinator.data.reports
        if before is reports:
            return
        coordinator.data.reports = reports
        coordinator.subscriptions.tell((REPORTS,))
        if before is ReportsArriving.PROVEN:
            coordinator.async_doubt_reports()

    @callback
    def _lost(self) -> None:
        """Something changed at the PBX, and no report told it."""
        self._set(ReportsArriving.BROKEN)
        if self._coordinator.path.next is not None:
            self._switch_due = True
            self._coordinator.async_read_soon()
