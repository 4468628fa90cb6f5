"""Calls that ring: each once, after it has rung for long enough."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ...pbx.model.lines import LegState
from ...pbx.model.tracked import CallChange, CallEventType
from .entries import CallSource

_OVER = (CallEventType.ANSWERED, CallEventType.ENDED, CallEventType.MISSED)

type _Call = tuple[CallSource, str]
type OnRung = Callable[[CallSource, CallChange, str], None]


@dataclass(slots=True)
class _Ringing:
    """A call that rings.

    Attributes:
        extensions: the extensions in scope for which it rings.
        cancel: ends the wait, while there is one.
    """

    extensions: list[str] = field(default_factory=list)
    cancel: CALLBACK_TYPE | None = None


class RingingCalls:
    """Passes on each call that rings, after it has rung for a while.

    A call rings once, however many members of a group do, until an extension answers.
    """

    def __init__(self, hass: HomeAssistant, least: timedelta, on_rung: OnRung) -> None:
        """Start without calls.

        Args:
            hass: for its timers.
            least: how long a call must ring.
            on_rung: called with the change that began the ringing, and for which extension.
        """
        self._hass = hass
        self._least = least
        self._on_rung = on_rung
        self._calls: dict[_Call, _Ringing] = {}

    @callback
    def began(self, source: CallSource, change: CallChange, extension: str) -> None:
        """Note that a call rings for an extension."""
        call = (source, change.call.call_id)
        if (ringing := self._calls.get(call)) is not None:
            ringing.extensions.append(extension)
            return
        self._calls[call] = ringing = _Ringing([extension])
        if not self._least:
            self._on_rung(source, change, extension)
            return

        @callback
        def waited(_now: datetime) -> None:
            ringing.cancel = None
            still = [each for each in ringing.extensions if _still_rings(each, source, change)]
            if still:
                self._on_rung(source, change, still[0])
            else:
                del self._calls[call]  # it may come back

        job = HassJob(waited, "a call has rung for long enough", cancel_on_shutdown=True)
        ringing.cancel = async_call_later(self._hass, self._least, job)

    @callback
    def changed(self, source: CallSource, change: CallChange) -> None:
        """Note any other change of a call."""
        if change.type in _OVER:
            self._forget((source, change.call.call_id))

    @callback
    def clear(self, source: CallSource | None = None) -> None:
        """Forget the calls of one PBX, or of all."""
        for call in tuple(self._calls):
            if source is None or call[0] is source:
                self._forget(call)

    def _forget(self, call: _Call) -> None:
        ringing = self._calls.pop(call, None)
        if ringing is not None and ringing.cancel is not None:
            ringing.cancel()


def _still_rings(extension: str, source: CallSource, change: CallChange) -> bool:
    """Return whether a call still rings for an extension, or at all; False while the link is down."""
    call = source.calls.find(change.call.call_id) if source.is_up() else None
    return call is not None and any(
        leg.state is LegState.RINGING and extension in ("", leg.extension) for leg in call.legs
    )
