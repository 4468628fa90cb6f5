"""The calls of one PBX for one card: all of them at first, then those that change."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..calls.attributes import call_data, log_data
from ..calls.history.log import CallLog
from ..calls.monitor import CallMonitor
from ..calls.names import Names
from ..calls.other_parties import other_party
from ..pbx.backend import CallControl
from ..pbx.model.actions import Action
from ..pbx.model.tracked import CallChange, CallEventType, TrackedCall
from ..pbx.model.values import bundle
from ..state.store import EXTENSIONS, NAMES, StateStore, extension_key

PAUSE: Final = 0.1
"""Seconds in which changes are collected: nobody sees the difference, and 50 calls are much."""

type Send = Callable[[dict[str, Any]], None]


@bundle
class CardSource:
    """The parts of one PBX that a card shows.

    Attributes:
        acts: whether its user may act.
        own: returns the extension of its user, by the contacts; empty if unknown.
        recordings: whether its user may listen to recordings.
    """

    calls: CallMonitor
    log: CallLog
    store: StateStore
    control: CallControl
    acts: bool
    own: Callable[[], str]
    recordings: bool


class CallFeed:
    """Sends what a card shows of calls.

    The first message has the time, as clocks of browsers are wrong, `actions`, those that the PBX
    offers and the user may run, the user's `own` extension, the country's calling `code`, the
    `names` that contacts give to extensions, whether the user may listen to `recordings`, and all
    `calls` by their id. Another one like it follows when extensions or contacts change. Others have
    changed calls, None for each that is over, what was `logged`, and the logged calls that a late
    record `completed`.
    """

    def __init__(self, hass: HomeAssistant, source: CardSource, send: Send) -> None:
        """Start without subscriptions; nothing is sent yet."""
        self._hass = hass
        self._source = source
        self._send = send
        self._sent: dict[str, tuple[str, ...]] = {}  # extensions of the calls that were sent
        self._followed: set[str] = set()  # numbers of extensions
        self._changed: set[str] = set()  # ids of calls
        self._touched: set[str] = set()  # numbers of extensions
        self._logged: list[str] = []  # ids of calls
        self._completed: list[str] = []  # ids of calls
        self._flush = HassJob(self._async_flush, "calls for a card")
        self._cancel: CALLBACK_TYPE | None = None
        self._ends: list[CALLBACK_TYPE] = []

    @callback
    def async_start(self) -> None:
        """Send all calls, and subscribe to their changes."""
        self._send_all()
        calls, store = self._source.calls, self._source.store
        self._ends = [
            calls.listen(self._call_changed),
            calls.completions.listen(self._call_completed),
            store.subscribe(EXTENSIONS, self._follow_extensions),
            store.subscribe(EXTENSIONS, self._send_all),
            store.subscribe(NAMES, self._send_all),
        ]
        self._follow_extensions()

    @callback
    def _send_all(self) -> None:
        source = self._source
        calls, actions = source.calls, Action if source.acts else ()
        self._sent.clear()
        self._send(
            {
                "now": calls.now().isoformat(),
                "actions": [str(action) for action in actions if source.control.offers(action)],
                "own": source.own(),
                "code": calls.contacts.code,
                "names": {
                    number: name
                    for number in source.store.extensions
                    if (name := calls.contacts.name_of(number))
                },
                "recordings": source.recordings,
                "calls": self._calls(list(calls.active)),
            }
        )

    @callback
    def _follow_extensions(self) -> None:
        """Subscribe to those that are new: one may leave a call without a change of the call."""
        store = self._source.store
        new = store.extensions.keys() - self._followed
        self._followed |= new
        self._ends += [
            store.subscribe(extension_key(number), partial(self._touch, number)) for number in new
        ]

    @callback
    def async_stop(self) -> None:
        """End the subscriptions."""
        while self._ends:
            self._ends.pop()()
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    @callback
    def _call_changed(self, change: CallChange) -> None:
        self._changed.add(change.call.call_id)
        if change.type is CallEventType.ENDED and change.first:
            self._logged.append(change.call.call_id)
        self._flush_soon()

    @callback
    def _call_completed(self, change: CallChange) -> None:
        self._completed.append(change.call.call_id)
        self._flush_soon()

    @callback
    def _touch(self, number: str) -> None:
        self._touched.add(number)
        self._flush_soon()

    def _flush_soon(self) -> None:
        if self._cancel is None:
            self._cancel = async_call_later(self._hass, PAUSE, self._flush)

    @callback
    def _async_flush(self, _now: Any) -> None:
        self._cancel = None
        calls, touched = self._source.calls, self._touched
        changed = self._changed | {
            call.call_id for number in touched for call in calls.calls_of(number)
        }
        changed |= {call_id for call_id, those in self._sent.items() if touched & {*those}}
        changed |= self._sent.keys() - calls.active.keys()  # joined with others, for example
        message: dict[str, Any] = {"calls": self._calls(sorted(changed))}
        for key, call_ids in (("logged", self._logged), ("completed", self._completed)):
            if entries := self._entries(call_ids):
                message[key] = entries
        self._changed, self._touched, self._logged, self._completed = set(), set(), [], []
        self._send(message)

    def _entries(self, call_ids: list[str]) -> list[dict[str, Any]]:
        """Return the entries of the calls that are in the log."""
        log, names = self._source.log, self._source.calls.names
        found = (log.find(call_id) for call_id in call_ids)
        return [log_data(entry, names) for entry in found if entry is not None]

    def _calls(self, call_ids: list[str]) -> dict[str, dict[str, Any] | None]:
        """Return what a card shows of calls, and note it as sent; those that are over are None."""
        shown: dict[str, dict[str, Any] | None] = {}
        active = self._source.calls.active
        for call_id in call_ids:
            call = active.get(call_id)
            if call is not None:
                self._sent[call_id] = call.extensions
                shown[call_id] = shown_call(call, self._source.calls.names)
            elif self._sent.pop(call_id, None) is not None:
                shown[call_id] = None
        return shown


def shown_call(call: TrackedCall, names: Names) -> dict[str, Any]:
    """Return what a card shows of a call: each extension in it with the other party it has."""
    legs = []
    for leg in call.legs:
        if leg.extension:
            other, outside = other_party(call, leg.extension)
            legs.append(
                {
                    "extension": leg.extension,
                    "state": leg.state and str(leg.state),
                    "other": other,
                    "other_name": names.name_of(other, outside=outside),
                    "outside": outside,
                }
            )
    return {
        **call_data(call, names),
        "callee_name": names.name_in(call, "callee"),
        "legs": legs,
    }
