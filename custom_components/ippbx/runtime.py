"""The parts of one PBX and their wiring. `PbxRuntime` is the `runtime_data` of an entry."""

from typing import Final

from aiohttp import ClientSession
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    CONF_HOST,
    CONF_MAC,
    EVENT_CORE_CONFIG_UPDATE,
    EVENT_HOMEASSISTANT_STOP,
    Platform,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.importlib import async_import_module
from homeassistant.util import dt as dt_util
from homeassistant.util.package import is_docker_env

from .actions.context import ActionContext
from .calls.history.history import CallHistory
from .calls.lines import CallLines
from .calls.listening.entries import CallSource
from .calls.mailboxes import Mailboxes
from .calls.monitor import CallMonitor
from .calls.texts import CallTexts
from .const import (
    CHANNEL_STREAM,
    CONF_DIALECT,
    CONF_DOOR_PHONES,
    CONF_FOLLOW_CONTACTS,
    CONF_HEARTBEAT_INTERVAL,
    CONF_MASK_NUMBERS,
    CONF_NETWORKS,
    CONF_RECORDINGS,
    DEFAULT_HEARTBEAT_INTERVAL,
)
from .contacts.shared import SharedContacts
from .coordinator import CoordinatorHooks, PbxCoordinator
from .issues.facts import DeliveryFacts, Facts
from .issues.registry import (
    UNKNOWN_SOURCE,
    OpenIssues,
    async_clear_issues,
    async_open_issue,
)
from .issues.rules import problems
from .link.link import LinkHooks, PbxLink
from .link.periodic import Periodic
from .numbers.dial_policy import DialPolicy
from .numbers.phone_numbers import numbering_for
from .pbx.backend import Delivery, FeedState, PbxBackend
from .pbx.backends import hardware_address
from .pbx.errors import PbxAuthError, PbxError
from .pbx.model.actions import Action
from .pbx.model.events import CallRecordReport, CallReport, ConfigChangeReport, PbxEvent
from .pbx.model.lines import ReportAddress, SystemInfo
from .pbx.model.tracked import CallChange, CallEventType
from .pbx.net.addresses import normalised
from .pbx.trace.trace import Trace
from .reports.address import BY_HAND, origin, report_address, without_secret
from .reports.channel import ChannelReason, ReportChannel
from .reports.channels.feed import ReportFeed, ReportFeedHooks
from .reports.delivery import DeliveryHooks, DeliveryWatch
from .reports.dispatcher import DispatcherHooks, ReportDispatcher
from .reports.queue import ReportQueue
from .reports.receiver import ReceiverHooks, ReportReceiver
from .reports.sources import SourceCheck
from .reports.unmonitored import UnmonitoredTrunks
from .state.devices import async_sync_devices
from .state.file import StateFile
from .state.publications import Publications
from .state.reading import PbxReader, ReaderHooks, ReadResult
from .state.schedule import GAPS, ReadCause
from .state.store import LINK, StateStore
from .state.system_events import SystemEvents
from .state.writing import SettingsWriter, WriterHooks

type PbxConfigEntry = ConfigEntry[PbxRuntime]

SERVICE_CODE: Final = "*"
"""How the numbers of a PBX's own services begin, that of the voicemail boxes among them."""
_CONTACTS_DELAY = 30.0  # seconds after the start: what matters more is read first
_CONTACTS_RETRY = 3600.0  # seconds after an unexpected error


class PbxRuntime:
    """The parts of one PBX, each built with what it needs and nothing more.

    Attributes:
        backend: speaks the protocol of the PBX.
        trace: the last exchanges with the PBX, masked when they are shown.
        store: the state of the PBX.
        publications: what entities and triggers are told.
        calls: the tracked calls.
        history: the ended calls.
        mailboxes: publishes messages that were left in voicemail boxes.
        lines: what the logbook has a line for.
        texts: calls in words.
        policy: which numbers may be dialled.
        system_events: starts and changes of configuration.
        sources: addresses that may report.
        receiver: turns bodies of reports into events.
        channel: how reports arrive.
        delivery: whether reports arrive.
        unmonitored_trunks: trunks that no report of a call names.
        link: the session.
        reader: reads the PBX.
        settings: writes settings of extensions.
        coordinator: when the PBX is read.
        platforms: the platforms that have entities of it.
        corrections: number of unreported changes that reads found.
        issues: the open issues in Repairs.
        call_source: this PBX for triggers.
        action_context: this PBX for actions.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: PbxConfigEntry,
        session: ClientSession,
        backend: PbxBackend,
        trace: Trace,
    ) -> None:
        """Build and wire the parts; nothing is sent yet.

        Args:
            session: what the backend sends with; `async_close` detaches it.
        """
        self._session = session
        self.hass = hass
        self.entry = entry
        self.backend = backend
        self.trace = trace
        self.store = StateStore(hass.loop.time, backend.capabilities.pushed)
        self.publications = Publications(self._publication_failed)
        self.issues = OpenIssues(hass, entry)
        self.system_events = SystemEvents(hass.loop.time)
        self.platforms: list[Platform] = []
        self.corrections = 0
        self._file = StateFile(hass, entry.entry_id, self.store)
        self._info: SystemInfo | None = None  # of an earlier run
        self._started = False
        self._build_calls()
        self._build_link()
        self._build_reading()
        self._build_reports()

    def _build_calls(self) -> None:
        hass, entry, store = self.hass, self.entry, self.store
        self.calls = CallMonitor(hass, entry, store, self.backend, self.publications)
        self.history = CallHistory(hass, entry, self.backend, self.calls)
        self.lines = CallLines(hass, entry.entry_id, lambda: store.serial)
        self.calls.listen(self.lines.record)
        self.texts = CallTexts(
            hass=hass,
            names=self.calls.names,
            masked=entry.options.get(CONF_MASK_NUMBERS, False),
        )
        self.policy = DialPolicy(
            entry.options,
            numbering_for(hass.config.country),
            is_extension=lambda number: number in store.extensions,
            now=hass.loop.time,
        )
        self.backend.control.permit = self.policy.permit
        self.call_source = CallSource(
            entry_id=entry.entry_id,
            title=lambda: entry.title,
            calls=self.calls,
            texts=self.texts,
            store=store,
            is_up=lambda: self.link.up,
        )
        self.action_context = ActionContext(
            entry_id=entry.entry_id,
            control=self.backend.control,
            calls=self.calls,
            log=self.history.log,
            store=store,
            policy=self.policy,
        )

    def _build_reports(self) -> None:
        hass, entry = self.hass, self.entry
        self.sources = SourceCheck(entry.data[CONF_HOST], entry.options.get(CONF_NETWORKS, ()))
        hooks = ReceiverHooks(
            title=entry.title,
            # A report that comes before the sources are known shows nothing that the first read
            # does not.
            serial=lambda: self.store.serial if self.link.up or self.link.heartbeats else "",
            parse=self.backend.parse,
            dispatch=self._dispatch,
            on_unknown_source=self._unknown_source,
        )
        self.receiver = ReportReceiver(hooks, self.sources, self.trace, self.publications)
        self._queue = ReportQueue(self.receiver.receive)
        feed_hooks = ReportFeedHooks(
            receive=self._queue.put,
            on_connect=self.sources.accept_peer,
            on_state=self._feed_changed,
            on_no_answer=self.link.async_heartbeat_soon,
        )
        feed = ReportFeed(hass, entry, self.backend, feed_hooks)
        self.channel = ReportChannel(hass, entry, self._queue.put, self.receiver.claims, feed)
        delivery_hooks = DeliveryHooks(
            wanted=self._wanted_delivery,
            on_verdict=self._check_issues,
            on_unproven=self.coordinator.async_delivery_unproven,
            on_feed_up=lambda: self._request_read(ReadCause.FEED_UP),
            on_feed_failed=self._feed_failed,
            register_address=self.link.async_heartbeat_soon,
            choose_channel=self.coordinator.async_read_soon,
        )
        self.delivery = DeliveryWatch(hass, self.store, self.channel, delivery_hooks)
        self.unmonitored_trunks = UnmonitoredTrunks(
            self.store,
            lambda call_id: call.trunk if (call := self.calls.find(call_id)) else "",
            hass.loop.time,
        )
        self._dispatcher = ReportDispatcher(
            self.store,
            DispatcherHooks(
                on_boot=self._booted,
                on_config_change=self._config_changed,
                on_status=self.delivery.unmonitored.status_reported,
                on_unknown_extension=lambda: self._request_read(ReadCause.UNKNOWN_EXTENSION),
            ),
            (
                (PbxEvent, self.delivery.receive),
                (PbxEvent, self.calls.receive),
                (CallRecordReport, self.mailboxes.receive),
                (CallRecordReport, self.history.backfill.receive),
                ((CallReport, CallRecordReport), self.unmonitored_trunks.receive),
                (PbxEvent, self.backend.observe),
            ),
        )

    def _build_link(self) -> None:
        entry = self.entry
        hooks = LinkHooks(
            title=entry.title,
            address=self._address_to_register,
            on_heartbeat=self._async_heartbeat_passed,
            on_change=self._link_changed,
            on_login=lambda: self._request_read(ReadCause.LOGIN),
            on_failure=self._link_failed,
        )
        interval = float(entry.options.get(CONF_HEARTBEAT_INTERVAL, DEFAULT_HEARTBEAT_INTERVAL))
        self.link = PbxLink(self.hass, entry, self.backend, hooks, interval)

    def _build_reading(self) -> None:
        reader_hooks = ReaderHooks(
            any_live=lambda: self.calls.any_live,
            unsure=lambda: self.calls.unsure_extensions,
            unexplained=lambda: self.calls.unexplained_extensions,
            now=self.calls.now,
        )
        clock = self.hass.loop.time
        self.reader = PbxReader(self.backend, self.store, reader_hooks, clock)
        hooks = CoordinatorHooks(
            is_up=lambda: self.link.up,
            before=self._async_choose_channel,
            apply=self._apply,
            after=self.history.backfill.async_run,
            check_link=self.link.async_check,
            on_done=self._read_done,
        )
        self.mailboxes = Mailboxes(self.calls, self.publications, self.reader.request_messages)
        self.calls.listen(self._messages_may_change)
        self.coordinator = PbxCoordinator(self.hass, self.entry, self.store, self.reader, hooks)
        self.backend.control.done = self.coordinator.async_acted
        self.calls.confirm = self.coordinator.async_confirm_calls
        self.calls.doubt_clock = lambda: self._request_read(ReadCause.CLOCK)
        writer_hooks = WriterHooks(
            is_up=lambda: self.link.up,
            check=lambda action, numbers: self.policy.check(action, *numbers),
        )
        self.settings = SettingsWriter(
            self.hass, self.entry, self.backend, self.store, writer_hooks
        )

    # Life cycle

    async def async_connect(self) -> None:
        """Open the channel of the reports, log in, and read the system information.

        Raises:
            PbxError: the PBX could not be read. `async_close` is needed all the same.
        """
        self._info = await self._file.async_restore(self.entry.unique_id)
        await self.channel.async_open()
        await self.link.async_connect()
        await self._async_know(await self.reader.async_info())
        await self.channel.async_follow(self._wanted_delivery())

    async def async_resume(self) -> bool:
        """Continue as the PBX that an earlier run knew; return False if there was none."""
        if self._info is None:
            return False
        if not self.store.is_known:
            await self._async_know(self._info)
        return True

    async def _async_know(self, info: SystemInfo) -> None:
        """Load the calls of earlier runs, then set the system information: reports count now.

        An entry that fails before leaves their files alone.
        """
        await self.history.async_open()
        await self.calls.async_open()
        self.store.set_info(info)

    @callback
    def async_start(self, error: PbxError | None = None) -> None:
        """Start to send heartbeats and to read on schedule.

        Args:
            error: why the PBX could not be read; it is tried again soon.
        """
        self._started = True
        self._file.update()
        self._check_issues()
        self.link.async_start(error)
        self.coordinator.async_start()
        if error is not None and self.link.up:
            self._request_read(ReadCause.LINK_UP)
        if self.store.wanted_settings or self.store.wanted_messages:
            self.coordinator.async_read_soon()
        self._follow_home_assistant()

    async def async_close(self) -> None:
        """Stop everything and end the session, best effort.

        What is written comes after the last report, which may come while the session is ended.
        """
        self._started = False
        self.issues.withdraw()
        self.settings.stop()
        self.coordinator.async_stop()
        await self.link.async_stop()
        await self.channel.async_close()
        self._queue.close()
        self._session.detach()  # ending the session of the PBX takes a request
        self.delivery.stop()
        await self.calls.async_close()
        await self.history.async_close()
        await self._file.async_close()

    @callback
    def _follow_home_assistant(self) -> None:
        """Register our address when it changes, and close when Home Assistant stops."""

        @callback
        def core_changed(_event: Event) -> None:
            self.link.async_heartbeat_soon()
            self.policy.set_numbering(numbering_for(self.hass.config.country))

        async def stopping(_event: Event) -> None:
            await self.async_close()

        listen, listen_once = self.hass.bus.async_listen, self.hass.bus.async_listen_once
        self.entry.async_on_unload(listen(EVENT_CORE_CONFIG_UPDATE, core_changed))
        self.entry.async_on_unload(listen_once(EVENT_HOMEASSISTANT_STOP, stopping))

    @callback
    def async_use_contacts(self, contacts: SharedContacts) -> None:
        """Name callers by the contacts that all PBXes share, and by each change of them."""

        @callback
        def apply() -> None:
            self.calls.contacts = contacts.book

        apply()
        self.entry.async_on_unload(contacts.listen(apply))
        if self.entry.options.get(CONF_FOLLOW_CONTACTS, False):
            self._follow_contacts(contacts)

    def _follow_contacts(self, contacts: SharedContacts) -> None:
        """Read the address book of the PBX now and then; a failed link only delays it."""

        async def follow() -> float | None:
            company = await async_import_module(self.hass, f"{__package__}.contacts.company")
            after: float | None = await company.async_follow(
                contacts, self.entry.entry_id, self.backend.company_contacts
            )
            return after

        name = f"{self.entry.title} contacts"
        job = Periodic(self.hass, self.entry, name, follow, after_failure=_CONTACTS_RETRY)
        self.entry.async_on_unload(job.stop)
        job.start(_CONTACTS_DELAY)

    @property
    def plays_recordings(self) -> bool:
        """Return whether administrators may listen to recordings, and the PBX sends them."""
        offered = self.backend.control.offers(Action.DOWNLOAD_RECORDING)
        return offered and bool(self.entry.options.get(CONF_RECORDINGS, False))

    # The link

    @callback
    def report_address(self) -> ReportAddress:
        """Return the current report address."""
        endpoint = self.channel.endpoint(self.backend.session.local_address or "")
        return report_address(endpoint, self.entry.data, self.entry.options)

    def _address_to_register(self) -> ReportAddress | None:
        """Return the current report address; None for a PBX that posts no reports."""
        posts = Delivery.PUSH in self.backend.capabilities.deliveries
        return self.report_address() if posts else None

    async def _async_heartbeat_passed(self, moved: bool) -> None:
        session = self.backend.session
        await self.sources.async_refresh(session.peer_address, session.local_address)
        if (unknown := self.receiver.unknown_source) and self.sources.accepts(unknown):
            self.receiver.unknown_source = ""  # the PBX has moved, and is found there now
            async_clear_issues(self.hass, self.entry, UNKNOWN_SOURCE)
        if moved:
            self.delivery.address_changed()
        self.store.publish((LINK,))

    @callback
    def _link_changed(self) -> None:
        """Update all parts and all entities, which are available while the link is up."""
        self.channel.async_link_changed(self.link.up)
        if self.link.up:
            self._request_read(ReadCause.LINK_UP)
        else:
            self.delivery.gap()
            self.calls.link_lost()
        self._check_issues()
        self.store.publish_all()

    @callback
    def _link_failed(self, error: PbxError) -> None:
        """Ask the user for credentials where the error needs it; update the issues."""
        if isinstance(error, PbxAuthError):
            self.entry.async_start_reauth(self.hass)
        self._check_issues()

    # Reports

    @callback
    def _wanted_delivery(self) -> Delivery:
        """Return how events are to be delivered: as the PBX says, else the best that it offers."""
        return self.backend.session.delivery or self.backend.capabilities.deliveries[0]

    @callback
    def _publication_failed(self, error: Exception) -> None:
        self.receiver.failed(error)

    @callback
    def _dispatch(self, event: PbxEvent) -> None:
        self._dispatcher.dispatch(event)

    @callback
    def _booted(self) -> None:
        self.link.async_booted()
        self.system_events.booted()

    @callback
    def _config_changed(self, event: ConfigChangeReport) -> None:
        self._request_read(ReadCause.CONFIG_CHANGE)
        self.system_events.config_changed(event)

    @callback
    def _feed_changed(self, state: FeedState) -> None:
        self.delivery.feed_changed(state)

    @callback
    def _feed_failed(self) -> None:
        self.calls.link_lost()
        self.link.async_heartbeat_soon()  # finds out whether the link is lost

    @callback
    def _unknown_source(self, source: str) -> None:
        async_open_issue(self.hass, self.entry, UNKNOWN_SOURCE, {"source": source})

    @callback
    def _messages_may_change(self, change: CallChange) -> None:
        """Read new messages after an extension called a service of the PBX: its box, perhaps."""
        if change.type is CallEventType.ENDED and change.call.callee.startswith(SERVICE_CODE):
            self.reader.request_messages(change.call.caller)

    # Reading

    async def _async_choose_channel(self) -> None:
        if self.link.up:
            await self.delivery.async_choose_channel()

    @callback
    def _read_done(self) -> None:
        self._check_issues()
        self.store.publish((LINK,))  # the last report, at a pace that suits a recorder

    @callback
    def _request_read(self, cause: ReadCause) -> None:
        if cause in GAPS:
            self.history.backfill.request()
        if cause is ReadCause.LOGIN:
            self.delivery.gap()
        if cause in (ReadCause.LOGIN, ReadCause.CLOCK):
            self.reader.request_info()
        self.coordinator.async_request_read(cause)

    @callback
    def _apply(self, result: ReadResult) -> None:
        """Apply one result of a read; the device registry follows before any entity does.

        An entity that is added before its device has a name gets a wrong entity id for good.
        """
        if result.info is not None:
            self._apply_info(result.info)
        self.store.hold()
        try:
            if self._merge(result) and self._started:
                self._lists_changed()
        finally:
            self.store.release()
        if result.messages is not None:
            self.store.set_messages(result.messages)
        if result.settings is not None:
            self.store.merge_settings(result.settings, result.asked_at)
        if result.calls is not None:
            self.calls.apply_snapshot(result.calls)
        if result.extensions is not None:
            self._keep_variant()

    @callback
    def _keep_variant(self) -> None:
        """Keep the variant that new firmware has brought, once the PBX lists its extensions in it.

        What the platforms offer depends on it, so an entry that runs is loaded again.
        """
        data, variant = self.entry.data, self.backend.first_variant.key
        if variant == data[CONF_DIALECT]:
            return
        entries = self.hass.config_entries
        entries.async_update_entry(self.entry, data={**data, CONF_DIALECT: variant})
        if self._started:
            entries.async_schedule_reload(self.entry.entry_id)

    def _merge(self, result: ReadResult) -> bool:
        """Merge lists; return whether items appeared, vanished or were renamed."""
        membership = False
        if result.extensions is not None:
            changes = self.store.merge_extensions(result.extensions, result.asked_at)
            self.corrections += len(changes.unreported)
            if self.delivery.compare(changes.unreported, result.asked_at):
                self.coordinator.async_read_often()
            membership = changes.membership
        if result.trunks is not None:
            membership |= self.store.merge_trunks(result.trunks).membership
        if self.store.missing:
            self.coordinator.async_read_often()
        return membership

    def _apply_info(self, info: SystemInfo) -> None:
        self.store.set_info(info)
        self._lists_changed()

    @callback
    def _lists_changed(self) -> None:
        """Update what is made of the lists and the system information."""
        self.async_sync_devices()
        if self._started:
            self._file.update()

    @property
    def mac(self) -> str | None:
        """Return the hardware address of the PBX, if it is known."""
        return self.entry.data.get(CONF_MAC) or hardware_address(self.store.serial)

    @callback
    def async_sync_devices(self) -> None:
        """Bring the device registry in line with the store."""
        async_sync_devices(self.hass, self.entry, self.store, self.backend.variant, self.mac)

    # Issues

    @callback
    def _check_issues(self) -> None:
        if self._started:
            self.issues.update(problems(self.facts()))

    @callback
    def facts(self) -> Facts:
        """Return the facts for the rules of Repairs."""
        info, wrong = self.store.info, self.reader.clock_is_wrong
        extensions = self.store.extensions
        door_phones = self.entry.options.get(CONF_DOOR_PHONES, ())
        unmonitored = self.delivery.unmonitored.numbers
        trunks = {trunk.name for trunk in self.store.trunks.values()}
        return Facts(
            now=dt_util.utcnow(),
            last_error=self.link.last_error,
            failed_at=self.link.failed_at,
            down_since=self.link.down_since,
            cut_short=self.backend.session.cut_short,
            firmware=info.firmware,
            needed_firmware=self.backend.needed_firmware(info),
            clock_error=self.reader.clock_error if wrong else None,
            gone_door_phones=tuple(n for n in door_phones if extensions and n not in extensions),
            unmonitored=tuple(n for n in unmonitored if n in extensions),
            unmonitored_trunks=tuple(n for n in self.unmonitored_trunks.names if n in trunks),
            unread=self.coordinator.failures.endpoints,
            certificate_expires=self.backend.session.certificate_expires,
            delivery=self._delivery_facts(),
        )

    def _delivery_facts(self) -> DeliveryFacts:
        entry, channel, session = self.entry, self.channel, self.backend.session
        api = self.hass.config.api
        port_taken = channel.reason is ChannelReason.PORT_TAKEN
        feed_fails = channel.current == CHANNEL_STREAM and channel.feed_is_down
        mode = origin(entry.data, entry.options)
        return DeliveryFacts(
            lost=self.delivery.lost or feed_fails,
            set_by_hand=mode == BY_HAND,
            channel=channel.current,
            port_taken=port_taken,
            chosen=channel.reason is ChannelReason.OPTION,
            address_mode=mode,
            address=without_secret(self.report_address(), channel.path),
            here=normalised(session.local_address or ""),
            pbx=normalised(session.peer_address or ""),
            port=channel.listener_port if port_taken else channel.port,
            event_port=channel.feed_port,
            tls_only=api is not None and api.use_ssl,
            in_container=is_docker_env(),
            feed_down=channel.feed_is_down,
            feed_refused=channel.feed_is_refused,
            unknown_source=bool(self.receiver.unknown_source),
        )
