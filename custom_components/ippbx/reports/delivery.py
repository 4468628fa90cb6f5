"""Whether reports arrive: what proves or refutes it, and when the next channel is tried."""

from collections.abc import Callable, Mapping, Set as AbstractSet

from homeassistant.core import HomeAssistant, callback

from ..const import CHANNEL_STREAM
from ..pbx.backend import Delivery, FeedState
from ..pbx.model.events import (
    CallRecordReport,
    CallReport,
    ExtensionStatusReport,
    KeyReport,
    PbxEvent,
    PromptEndReport,
)
from ..pbx.model.values import bundle
from ..state.store import DeliveryState, StateStore
from .channel import ChannelReason, ReportChannel
from .lost_reports import LostReports
from .unmonitored import UnmonitoredExtensions

_AFTER_FEED: Mapping[FeedState, DeliveryState] = {
    FeedState.CONNECTING: DeliveryState.UNPROVEN,
    FeedState.UP: DeliveryState.UNPROVEN,
    FeedState.DOWN: DeliveryState.BROKEN,
    FeedState.REFUSED: DeliveryState.BROKEN,
}
"""From the state of the feed to that of the delivery, where the feed is the channel."""


@bundle
class DeliveryHooks:
    """Callbacks of the delivery watch.

    Attributes:
        wanted: returns how events are to be delivered, as far as no user decides.
        on_verdict: `DeliveryWatch.lost` was decided anew.
        on_unproven: reports are no longer known to arrive.
        on_feed_up: the feed came up; what happened before must be read.
        on_feed_failed: the feed ended or could not connect.
        register_address: requests a heartbeat with the report address, at once.
        choose_channel: requests `async_choose_channel` soon.
    """

    wanted: Callable[[], Delivery]
    on_verdict: Callable[[], None]
    on_unproven: Callable[[], None]
    on_feed_up: Callable[[], None]
    on_feed_failed: Callable[[], None]
    register_address: Callable[[], None]
    choose_channel: Callable[[], None]


class DeliveryWatch:
    """The watch over `PbxState.delivery`, which tries the next channel where reports are lost.

    On any channel an accepted report proves delivery, and a change that is read of an extension
    that no report names breaks it. The address of a channel that worked is registered again before
    the channel is left, for another application may have registered its own.

    Attributes:
        lost: whether reports are lost on every channel tried; the next accepted report ends it.
        unmonitored: the extensions that are never reported while others are.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        store: StateStore,
        channel: ReportChannel,
        hooks: DeliveryHooks,
    ) -> None:
        """Start with delivery unproven."""
        self.lost = False
        self.unmonitored = UnmonitoredExtensions()
        self._store = store
        self._channel = channel
        self._hooks = hooks
        self._lost_reports = LostReports(hass, self._lost)
        self._switch_due = False
        self._had_proof = False  # on this channel, with this address
        self._registered_again = False  # since the last report
        self._missing: set[str] = set()  # extensions with an overdue report

    @callback
    def receive(self, event: PbxEvent) -> None:
        """Record an accepted event."""
        self._lost_reports.received(_named(event) & self._store.extensions.keys())
        self._missing.clear()
        if self._store.delivery is not DeliveryState.PROVEN:
            self._had_proof, self._registered_again, self.lost = True, False, False
            self._switch_due = False
            self.unmonitored.confirm()
            self._set(DeliveryState.PROVEN)
            self._channel.async_proven()
            self._hooks.on_verdict()

    @callback
    def address_changed(self) -> None:
        """Start anew: another address was registered, or the channel has changed."""
        self._had_proof = self._registered_again = False
        self._lost_reports.restart()
        self._set(DeliveryState.UNPROVEN)

    @callback
    def gap(self) -> None:
        """Exclude the next read from comparison: an outage explains missing reports."""
        self._lost_reports.restart()

    @callback
    def compare(self, changed: AbstractSet[str], asked_at: float) -> bool:
        """Compare a read of the extensions with the reports.

        Args:
            changed: extensions that changed without a report.
            asked_at: when the read was requested, in seconds of the event loop's clock.

        Returns:
            True if reports are missing that should have arrived.
        """
        proven = self._store.delivery is DeliveryState.PROVEN
        comparable = self._lost_reports.is_comparable
        missing = self.unmonitored.compare(changed if comparable else frozenset(), proven=proven)
        missing = self._lost_reports.unexplained(missing)
        self._missing |= missing
        self._lost_reports.compare(unreported=bool(missing), asked_at=asked_at)
        return comparable and not changed <= set(self.unmonitored.numbers)

    @callback
    def feed_changed(self, state: FeedState) -> None:
        """Record a state of the feed. What happened while it was down is read."""
        self._channel.async_feed_changed(state)
        if not self._store.is_known:
            return
        self._lost_reports.restart()
        if (delivery := _AFTER_FEED.get(state)) is not None:
            self._set(delivery)
        if self._channel.current != CHANNEL_STREAM:
            self._judge()
        if state is FeedState.UP:
            self._hooks.on_feed_up()
        elif self._channel.feed_has_failed:
            self._hooks.on_feed_failed()

    async def async_choose_channel(self) -> None:
        """Apply how events are to be delivered; switch the channel where that is due."""
        channel = self._channel
        if await channel.async_try_port_again(lost=self.lost) or await channel.async_follow(
            self._hooks.wanted()
        ):
            self.lost = False  # the new channel was not tried yet
            self.address_changed()
            self._hooks.register_address()
        if self._switch_due:
            self._switch_due = False
            if await self._channel.async_switch():
                self._hooks.register_address()
            else:
                self._judge()

    @callback
    def stop(self) -> None:
        """Stop waiting for reports."""
        self._lost_reports.cancel()

    @callback
    def _set(self, delivery: DeliveryState) -> None:
        before = self._store.delivery
        self._store.set_delivery(delivery)
        if before is DeliveryState.PROVEN and delivery is not before:
            self._hooks.on_unproven()

    @callback
    def _lost(self) -> None:
        """React to a change at the PBX without a report."""
        self._set(DeliveryState.BROKEN)
        monitored, self._missing = self.unmonitored.any_reported(self._missing), set()
        self.unmonitored.forget_reported()
        if self._had_proof and not (self._registered_again and monitored):
            self._registered_again = True
            self._hooks.register_address()
            self._give_up()
        elif self._channel.next is not None:
            self._switch_due = True
            self._hooks.choose_channel()
        else:
            self._give_up()

    @callback
    def _judge(self) -> None:
        """Give up after a failed attempt if no channel is left."""
        if self._store.delivery is DeliveryState.BROKEN and (
            self._channel.next is None or self._channel.reason is ChannelReason.PORT_TAKEN
        ):
            self._give_up()

    @callback
    def _give_up(self) -> None:
        self.lost = True
        self._hooks.on_verdict()


def _named(event: PbxEvent) -> set[str]:
    """Return the numbers that a report names, those of extensions among them."""
    if isinstance(event, CallRecordReport):
        return {event.record.caller, event.record.callee}
    if isinstance(event, CallReport | KeyReport | PromptEndReport):
        return {leg.extension for leg in event.legs}
    return {event.extension} if isinstance(event, ExtensionStatusReport) else set()
