"""Who the extensions are in a call with."""

from collections.abc import Iterable, Mapping
from typing import Final

from homeassistant.core import callback

from ..pbx.model.lines import CallLeg, LegKind, LegState
from ..pbx.model.tracked import CallChange, TrackedCall
from ..pbx.tracking.tracker import CallTracker, LegStates
from .history.entries import Role, inside_number

_TALKING: Final = (LegState.TALKING, LegState.ON_HOLD)
_FIRST: Final = (*_TALKING, LegState.DIALING, LegState.WAITING, LegState.RINGING)
"""Which call counts if an extension has several: the one it talks in."""


type OtherParty = tuple[str, bool]
"""A number, empty if it is unknown, and whether it is outside."""


class OtherParties:
    """The other party of each extension that rings or talks, as its calls show it."""

    def __init__(self, tracker: CallTracker) -> None:
        """Start with no extension in a call."""
        self._tracker = tracker
        self._others: dict[str, OtherParty] = {}

    @callback
    def of(self, extension: str) -> OtherParty | None:
        """Return the other party of an extension; None without a call."""
        return self._others.get(extension)

    @callback
    def update(
        self, extensions: Mapping[str, LegStates], changes: Iterable[CallChange] = ()
    ) -> list[str]:
        """Look at the calls of extensions; return those that have another party than before.

        Args:
            extensions: their calls, and what they do in each.
            changes: what has just changed: its calls need not be looked up.
        """
        # A call costs the same for all of its members.
        seen: dict[str, TrackedCall | None] = {each.call.call_id: each.call for each in changes}
        changed = []
        for extension, calls in extensions.items():
            before, other = self._others.pop(extension, None), None
            states = [each for each in calls if each[1] in _FIRST] if calls else ()
            if states:
                call_id, _ = min(states, key=lambda each: _FIRST.index(each[1]))
                if call_id not in seen:
                    seen[call_id] = self._tracker.find(call_id)
                if (call := seen[call_id]) is not None:
                    self._others[extension] = other = other_party(call, extension)
            if other != before:
                changed.append(extension)
        return changed


def other_party(call: TrackedCall, extension: str) -> OtherParty:
    """Return the party that an extension is in a call with."""
    others = [leg for leg in call.legs if leg.extension != extension and leg.state in _TALKING]
    known = [(number, not leg.extension) for leg in others if (number := _number(leg))]
    if known and call.caller not in dict(known):
        return known[0]  # the caller may have left it
    role: Role = "callee" if inside_number(call, "caller") == extension else "caller"
    return getattr(call, role), not inside_number(call, role)


def _number(leg: CallLeg) -> str:
    if leg.kind is LegKind.EXTENSION:
        return leg.extension
    return leg.caller if leg.kind is LegKind.INBOUND else leg.callee
