"""The latest status of an extension: reported by the PBX, or derived from its calls."""

from collections.abc import Iterable
from typing import Final

from homeassistant.core import callback

from ..pbx.model.lines import Extension, ExtensionStatus, LegState
from ..pbx.model.values import value
from ..pbx.tracking.tracker import LegStates

_STATUS: Final[dict[LegState | None, ExtensionStatus]] = {
    LegState.DIALING: ExtensionStatus.BUSY,
    LegState.WAITING: ExtensionStatus.BUSY,
    LegState.TALKING: ExtensionStatus.BUSY,
    LegState.ON_HOLD: ExtensionStatus.ON_HOLD,
    LegState.RINGING: ExtensionStatus.RINGING,
}
_STRONGEST = (ExtensionStatus.BUSY, ExtensionStatus.ON_HOLD, ExtensionStatus.RINGING)


def status_in(states: Iterable[LegState | None]) -> ExtensionStatus | None:
    """Return what an extension with legs in these states does."""
    found = {_STATUS.get(state) for state in states}
    for status in _STRONGEST:
        if status in found:
            return status
    return None


@value
class _Derived:
    """A status that was derived from calls.

    Attributes:
        calls: the ids of the extension's calls, and its state in each.
        status: the status that follows from these.
        reported: the status that the PBX had reported before.
    """

    calls: LegStates
    status: ExtensionStatus
    reported: ExtensionStatus | None


class ExtensionStatuses:
    """Statuses from both sources: the later one wins, but an extension in a call is never idle."""

    def __init__(self) -> None:
        """Start with no extension in a call."""
        self._derived: dict[str, _Derived] = {}

    @callback
    def update(self, number: str, calls: LegStates, reported: ExtensionStatus | None) -> bool:
        """Derive the status of an extension from its calls; return whether `of` changes with it.

        Args:
            number: the extension.
            calls: its calls, and what it does in each.
            reported: the status that the PBX last reported.
        """
        derived = self._derived.get(number)
        if calls == (derived.calls if derived is not None else ()):
            return False
        before, status = _latest(derived, reported), status_in([state for _, state in calls])
        if status is None:
            self._derived.pop(number, None)
            return before is not reported
        self._derived[number] = _Derived(calls=calls, status=status, reported=reported)
        return before is not status

    @callback
    def of(self, extension: Extension) -> ExtensionStatus | None:
        """Return the latest status; None if it is unknown."""
        return _latest(self._derived.get(extension.number), extension.status)


def _latest(derived: _Derived | None, reported: ExtensionStatus | None) -> ExtensionStatus | None:
    if derived is None or reported not in (derived.reported, ExtensionStatus.IDLE, None):
        return reported
    return derived.status
