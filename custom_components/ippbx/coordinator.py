"""The coordinator: takes reports and reads the PBX, owns what is known of it, and tells who wants to know."""

from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .calls.history.history import CallHistory
from .calls.monitor import PbxCalls
from .const import CONF_HEARTBEAT_INTERVAL, CONF_NETWORKS, DEFAULT_HEARTBEAT_INTERVAL, LOGGER
from .issues.registry import async_report_unknown_source
from .issues.rules import Troubles
from .link.link import LinkOwner, PbxLink
from .link.periodic import Repeater
from .numbers.dial_policy import DialPolicy
from .numbers.phone_numbers import numbering_for
from .pbx.errors import PbxError
from .pbx.model.actions import UNREPORTED, Action
from .pbx.model.lines import ReportAddress
from .pbx.trace.trace import Trace
from .pbx.uc.backend import UcBackend
from .pbx.uc.reports.parse import Report
from .reports.address import report_address
from .reports.channel import ReportPath
from .reports.channels.feed import ReportStream, StreamHooks
from .reports.delivery import ReportProof
from .reports.dispatcher import apply_report
from .reports.queue import ReportQueue
from .reports.receiver import ReportIntake
from .reports.sources import SourceCheck
from .state.reading import PbxReading
from .state.schedule import ACTED_PAUSE, GAPS, PERIOD, UNPROVEN_PERIOD, ResyncCause, ResyncSchedule
from .state.store import LINK, PbxState, ReportsArriving, Subscriptions
from .state.system_events import SystemEvents

type PbxConfigEntry = ConfigEntry[PbxCoordinator]


class PbxCoordinator(DataUpdateCoordinator[PbxState]):
    """Keeps what is known of one PBX true.

    Reports make it fast, reading makes it true: a read of everything repairs what a lost report left wrong. The
    update interval of the base class stays off, for its schedule stops in cases in which ours must not.
    """

    config_entry: PbxConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: PbxConfigEntry, client: UcBackend, trace: Trace
    ) -> None:
        """Prepare; nothing is sent yet."""
        super().__init__(hass, LOGGER, config_entry=entry, name=entry.title, update_interval=None)
        self.client = client
        self.trace = trace
        self.subscriptions = Subscriptions()
        self.troubles = Troubles(self)
        self.system_events = SystemEvents(hass.loop.time)
        self.calls = PbxCalls(
            hass, entry, client, lambda: self.data.extensions, self.subscriptions.tell
        )
        self.policy = DialPolicy(
            entry.options,
            numbering_for(hass.config.country),
            is_extension=lambda number: number in self.data.extensions,
            now=hass.loop.time,
        )
        client.control.permit = self.policy.permit
        client.control.done = self._has_acted
        self.history = CallHistory(hass, entry, client, self.calls)
        self.call_log = self.history.log
        self.sources = SourceCheck(entry.data[CONF_HOST], entry.options.get(CONF_NETWORKS, ()))
        self.intake = ReportIntake(
            entry.title,
            lambda: self.data.info.serial if self.data is not None else None,
            self.sources,
            trace=trace,
            apply=self._apply,
            on_unknown_source=lambda source: async_report_unknown_source(hass, entry, source),
        )
        self._queue = ReportQueue(self.intake.receive)
        interval = float(entry.options.get(CONF_HEARTBEAT_INTERVAL, DEFAULT_HEARTBEAT_INTERVAL))
        self.link = PbxLink(hass, entry, client, self._link_owner(), interval)
        self.proof = ReportProof(self)
        self.path = ReportPath(
            hass, entry, self._queue.put, self.intake.claims, self._report_stream()
        )
        self._schedule = ResyncSchedule()
        self._resync = Repeater(
            hass, entry, f"{entry.title} resync", self._async_resync, after_failure=UNPROVEN_PERIOD
        )
        self.reading = PbxReading(self)
        self._reads = False  # whether this turn of reading went well so far

    def _link_owner(self) -> LinkOwner:
        return LinkOwner(
            title=self.config_entry.title,
            address=self.report_address,
            on_beat=self._async_beat_passed,
            on_change=self._link_changed,
            on_login=lambda: self.async_ask_resync(ResyncCause.LOGIN),
            on_failure=self.troubles.link_failed,
        )

    def _report_stream(self) -> ReportStream:
        hooks = StreamHooks(
            receive=self._queue.put,
            on_connect=self.sources.has_connected,
            on_state=self.proof.stream_has_changed,
            on_doubt=self.link.async_beat_soon,
        )
        return ReportStream(self.hass, self.config_entry, self.client, hooks)

    # Life

    async def async_connect(self) -> None:
        """Open the way of the reports, log in, and learn which PBX this is.

        Raises:
            PbxError: it did not work. `async_close` is needed all the same.
        """
        await self.history.async_open()
        await self.calls.async_open()
        await self.path.async_open()
        await self.link.async_connect()
        self.data = PbxState(info=await self.reading.async_info())
        await self.path.async_follow(self.client.report_transport)

    @callback
    def async_start(self) -> None:
        """Begin to beat and to read by the clock, after the first read."""
        self.reading.started = True
        self.troubles.start()
        self.link.async_start()
        self._resync.start(self._schedule.until_next(self.hass.loop.time()))

    async def async_close(self) -> None:
        """Stop everything and end the session, best effort."""
        self.troubles.stop()
        self.proof.stop()
        self._resync.stop()
        await self.calls.async_close()
        await self.history.async_close()
        await self.link.async_stop()
        await self.path.async_close()
        self._queue.close()

    # The report address

    @callback
    def report_address(self) -> ReportAddress:
        """Return where the PBX is to report now."""
        entry = self.config_entry
        receiver = self.path.receiver(self.client.local_address or "")
        return report_address(receiver, entry.data, entry.options)

    async def _async_beat_passed(self, moved: bool) -> None:
        await self.sources.async_refresh(self.client.peer_address, self.client.local_address)
        if moved:
            self.proof.has_moved()
        self.subscriptions.tell((LINK,))

    @callback
    def _link_changed(self) -> None:
        """Tell everybody: what all of them show is available now, or no longer."""
        self.path.stream.async_link_changed(self.link.up)
        if self.link.up:
            self.async_ask_resync(ResyncCause.LINK_UP)
        else:
            self.proof.has_gap()
            self.calls.link_lost()
        self.troubles.check()
        self.subscriptions.tell_all()

    # Reports

    @callback
    def _apply(self, report: Report) -> None:
        """Take over what a report says. Costs the same however many extensions there are."""
        self.proof.has_come()
        apply_report(self, report)
        self.history.backfill.take_report(report)

    # Reading

    @callback
    def async_ask_resync(self, cause: ResyncCause) -> None:
        """Have everything read soon; how often that may be asked is the schedule's business."""
        if cause in GAPS:
            self.history.backfill.ask()
        if cause is ResyncCause.LOGIN:
            self.proof.has_gap()
            self.reading.ask_info()
        if self._schedule.ask(cause, self.hass.loop.time()):
            self._resync.run_soon()

    @callback
    def async_read_soon(self) -> None:
        """Do what is due for the reports' way and the next read now."""
        self._resync.run_soon()

    @callback
    def _has_acted(self, action: Action) -> None:
        if action in UNREPORTED:
            self._resync.run_within(ACTED_PAUSE)

    @callback
    def async_read_often(self) -> None:
        """Read more often for a while: a read found what a report should have told."""
        self._schedule.corrected(self.hass.loop.time())

    @callback
    def async_doubt_reports(self) -> None:
        """Read everything soon and more often: reports are no longer known to come."""
        self._schedule.doubt(self.hass.loop.time())
        self._resync.run_soon()

    @override
    async def _async_update_data(self) -> PbxState:
        """Read everything. A failure leaves what is known as it is: the link, not this, tells of outages."""
        try:
            await self.async_read()
        except PbxError as error:
            self._schedule.full_failed(self.hass.loop.time())
            self._read_failed(error)
        return self.data

    @callback
    def _read_failed(self, error: PbxError) -> None:
        self._reads = False
        LOGGER.debug("%s: the PBX could not be read: %s", self.name, error)
        self.link.async_beat_soon()  # which finds out whether it was more than this one request

    async def _async_resync(self) -> float:
        """Read what is due; return the seconds until the next read."""
        await self.proof.async_choose_way()
        if not self.link.up:
            return PERIOD
        self._reads = True
        if self._schedule.is_full_due(self.hass.loop.time()):
            await self.async_refresh()
        else:
            try:
                await self.reading.async_live()
            except PbxError as error:
                self._read_failed(error)
        if self._reads:
            await self._async_look_back()
        self.troubles.check()
        return self._schedule.until_next(self.hass.loop.time())

    async def _async_look_back(self) -> None:
        """Find out what calls there were while nobody listened."""
        try:
            await self.history.backfill.async_run()
        except PbxError as error:
            self._read_failed(error)

    async def async_read(self) -> None:
        """Read everything.

        Raises:
            PbxError: it could not be read; what was read before the failure counts.
        """
        proven = self.data.reports is ReportsArriving.PROVEN
        self._schedule.begin_full(self.hass.loop.time(), proven=proven)
        await self.reading.async_all()
