"""The status of phones: it follows from the calls of their extension."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pbx_simulator.directory import Directory
from pbx_simulator.knobs import Knobs

from .legs import Leg, LegKind, LegState
from .model import Call, CallState

_STATUS_OF_LEG = {
    LegState.ALERT: "busy",
    LegState.RING: "ringing",
    LegState.ANSWERED: "busy",
    LegState.ANSWER: "busy",
    LegState.HOLD: "on_hold",
}
_STRONGEST = ("busy", "on_hold", "ringing")
_UNNOTICED = frozenset(
    {CallState.INVITED, CallState.INCOMING, CallState.CALLING_BACK, CallState.DIALING}
)


class PhoneStatuses:
    """Keeps the status of every extension in step with its calls."""

    def __init__(
        self,
        directory: Directory,
        knobs: Knobs,
        set_status: Callable[[str, str, bool], None],
        calls_of: Callable[[str], Iterable[Call]],
    ) -> None:
        """Start without any call."""
        self._directory = directory
        self._knobs = knobs
        self._set_status = set_status
        self._calls_of = calls_of
        self._numbers: dict[str, set[str]] = {}
        self._occupied: set[str] = set()

    def forget(self, call: Call) -> None:
        """Forget a call that is over, after its phones were refreshed."""
        self._numbers.pop(call.call_id, None)

    def forget_all(self) -> None:
        """Forget all calls."""
        self._numbers.clear()
        self._occupied.clear()

    def refresh(self, call: Call) -> None:
        """Set the status of all phones that are or were in a call."""
        phones = self._numbers.setdefault(call.call_id, set())
        phones.update(leg.number for leg in call.legs if leg.kind is LegKind.EXTENSION)
        for number in sorted(phones):
            self._refresh_one(number)

    def _refresh_one(self, number: str) -> None:
        """Derive a phone's status from its calls; leave alone what calls did not set."""
        found = {_STATUS_OF_LEG[leg.state] for leg in self._active_legs(number)}
        wanted = next((status for status in _STRONGEST if status in found), "")
        if wanted:
            self._occupied.add(number)
            self._change(number, wanted)
        elif number in self._occupied:
            self._occupied.discard(number)
            self._change(number, "idle")

    def _change(self, number: str, status: str) -> None:
        """Set a status; no document has a report of a phone that is put on hold or resumed."""
        extension = self._directory.extensions.get(number)
        if extension is None or (status == "idle" and extension.status not in _STRONGEST):
            return
        resumed = extension.status == "on_hold" and status == "busy"
        reported = self._knobs.hold_reports or not (status == "on_hold" or resumed)
        self._set_status(number, status, reported)

    def _active_legs(self, number: str) -> Iterator[Leg]:
        """Return the legs of an extension that its phone shows."""
        for call in self._calls_of(number):
            leg = call.leg_of(number)
            unnoticed = call.state in _UNNOTICED and leg is call.callee
            if leg and not unnoticed:
                yield leg
