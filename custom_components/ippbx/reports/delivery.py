"""Whether reports arrive: what shows it, what casts doubt on it, and which way is tried next."""

from collections.abc import Mapping, Set as AbstractSet
from typing import TYPE_CHECKING

from homeassistant.core import callback

from ..const import PATH_STREAM
from ..pbx.uc.reports.feed import StreamState
from ..state.schedule import ResyncCause
from ..state.store import REPORTS, ReportsArriving
from .channel import PathReason
from .lost_reports import LostReports
from .unmonitored import SilentExtensions

if TYPE_CHECKING:
    from ..coordinator import PbxCoordinator

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
    A way that brought reports is told to the PBX again before it is left, for another application may have told its own.

    Attributes:
        lost: whether reports are lost and nothing that was tried has helped; a report that counts ends it.
        silent: the extensions that never report while others do.
    """

    def __init__(self, coordinator: "PbxCoordinator") -> None:
        """Begin without a proof."""
        self.lost = False
        self.silent = SilentExtensions()
        self._coordinator = coordinator
        self._lost_reports = LostReports(coordinator.hass, self._lost)
        self._switch_due = False
        self._had_proof = False  # on this way, with this address
        self._told_again = False  # since the last report
        self._missing: set[str] = set()  # extensions whose reports are waited for

    @callback
    def has_come(self) -> None:
        """Note a report that counts."""
        self._lost_reports.forget()
        self._missing.clear()
        if self._coordinator.data.reports is not ReportsArriving.PROVEN:
            self._had_proof, self._told_again, self.lost = True, False, False
            self._switch_due = False
            self.silent.confirm()
            self._set(ReportsArriving.PROVEN)
            self._coordinator.path.async_proven()
            self._coordinator.troubles.check()

    @callback
    def has_moved(self) -> None:
        """Note that the PBX was told another address, or that reports take another way."""
        self._had_proof = self._told_again = False
        if self._coordinator.data is not None:
            self._lost_reports.start_anew()
            self._set(ReportsArriving.UNPROVEN)

    @callback
    def has_gap(self) -> None:
        """Note that reports may have been lost for a good reason: do not compare over it."""
        self._lost_reports.start_anew()

    @callback
    def has_read(self, changed: AbstractSet[str]) -> bool:
        """Note a read of the extensions, and which of them changed though no report said so.

        Returns:
            Whether reports were lost that should have come.
        """
        proven = self._coordinator.data.reports is ReportsArriving.PROVEN
        comparable = self._lost_reports.is_comparable
        missing = self.silent.has_read(changed if comparable else frozenset(), proven=proven)
        self._missing |= missing
        self._lost_reports.has_read(unreported=bool(missing))
        return comparable and not changed <= set(self.silent.numbers)

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
        if path.current != PATH_STREAM:
            self._judge()
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
            else:
                self._judge()

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
        coordinator = self._coordinator
        self._set(ReportsArriving.BROKEN)
        monitored, self._missing = self.silent.has_spoken(self._missing), set()
        if self._had_proof and not (self._told_again and monitored):
            self._told_again = True
            coordinator.link.async_beat_soon()
            self._give_up()
        elif coordinator.path.next is not None:
            self._switch_due = True
            coordinator.async_read_soon()
        else:
            self._give_up()

    @callback
    def _judge(self) -> None:
        """Find out whether a way is left, after one was tried in vain."""
        path = self._coordinator.path
        if self._coordinator.data.reports is ReportsArriving.BROKEN and (
            path.next is None or path.reason is PathReason.PORT_TAKEN
        ):
            self._give_up()

    @callback
    def _give_up(self) -> None:
        """Have the user told what there is to do."""
        self.lost = True
        self._coordinator.troubles.check()
