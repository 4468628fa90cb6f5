"""The freshest status of an extension: what the PBX said, or what its calls show."""

from homeassistant.core import callback

from ..pbx.model.lines import Extension, ExtensionStatus
from ..pbx.model.values import value
from ..pbx.tracking.status import status_in
from ..pbx.tracking.tracker import CallTracker, Doings


@value
class _Seen:
    """What an extension last did in its calls.

    Attributes:
        calls: the ids of its calls, and its state in each.
        shown: the status that these show.
        said: the status that the PBX had said before.
    """

    calls: Doings
    shown: ExtensionStatus
    said: ExtensionStatus | None


class ExtensionStatuses:
    """Joins the two sources. The later one wins, except that an extension with a call is never idle."""

    def __init__(self, tracker: CallTracker) -> None:
        """Start with no extension in a call."""
        self._tracker = tracker
        self._seen: dict[str, _Seen] = {}

    @callback
    def concerns(self, number: str) -> bool:
        """Return whether an extension has calls, or had some when they were last noted."""
        return number in self._seen or self._tracker.is_in_call(number)

    @callback
    def note(self, number: str, said: ExtensionStatus | None) -> bool:
        """Note that calls of an extension may have changed; return whether `of` returns another status now.

        Args:
            number: the extension.
            said: its status as the PBX last said.
        """
        calls, seen = self._tracker.doings_of(number), self._seen.get(number)
        if calls == (seen.calls if seen is not None else ()):
            return False
        before, shown = _status(seen, said), status_in([state for _, state in calls])
        if shown is None:
            self._seen.pop(number, None)
            return before is not said
        self._seen[number] = _Seen(calls=calls, shown=shown, said=said)
        return before is not shown

    @callback
    def of(self, extension: Extension) -> ExtensionStatus | None:
        """Return the status to show."""
        return _status(self._seen.get(extension.number), extension.status)


def _status(seen: _Seen | None, said: ExtensionStatus | None) -> ExtensionStatus | None:
    if seen is None or said not in (seen.said, ExtensionStatus.IDLE, None):
        return said
    return seen.shown
