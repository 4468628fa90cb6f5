"""Ringing calls: each once, after a minimum ringing time."""

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
    """A ringing call.

    Attributes:
        extensions: the extensions in scope that ring; empty text for the call as a whole.
        cancel: cancels the timer; None if there is none.
        overdue: whether the time is over, and it has not rung in scope since.
    """

    extensions: list[str] = field(default_factory=list)
    cancel: CALLBACK_TYPE | None = None
    overdue: bool = False


class RingingCalls:
    """Calls that ring in scope, each reported once after the minimum ringing time.

    A call of a group counts once, however many members ring. If no extension in scope rings at
    that moment, the call is reported when one next rings: a queue may be between two agents, or the
    caller may have given up, which the PBX reports a moment later.
    """

    def __init__(self, hass: HomeAssistant, minimum: timedelta, on_rung: OnRung) -> None:
        """Start without calls.

        Args:
            minimum: how long a call must ring.
            on_rung: called with the PBX, the change that began the ringing, or that made it ring
                again after that time, and the extension.
        """
        self._hass = hass
        self._minimum = minimum
        self._on_rung = on_rung
        self._calls: dict[_Call, _Ringing] = {}

    @callback
    def began(self, source: CallSource, change: CallChange, extension: str) -> None:
        """Add a call that rings at an extension."""
        call = (source, change.call.call_id)
        if (ringing := self._calls.get(call)) is not None:
            ringing.extensions.append(extension)
            self.changed(source, change)
            return
        self._calls[call] = ringing = _Ringing([extension])
        if not self._minimum:
            self._on_rung(source, change, extension)
            return

        @callback
        def waited(_now: datetime) -> None:
            ringing.cancel = None
            self._pass_on(ringing, source, change)

        job = HassJob(waited, "a call has rung for long enough", cancel_on_shutdown=True)
        ringing.cancel = async_call_later(self._hass, self._minimum, job)

    @callback
    def changed(self, source: CallSource, change: CallChange) -> None:
        """Forget the call of a change if it no longer rings; pass it on if that is overdue."""
        call_id = change.call.call_id
        if change.type in _OVER:
            # One that joined others is over under their id.
            for each in (call_id, *source.calls.tracker.ids_of(call_id)):
                self._forget((source, each))
        elif change.type is CallEventType.RINGING:
            ringing = self._calls.get((source, call_id))
            if ringing is not None and ringing.overdue:
                self._pass_on(ringing, source, change)

    @callback
    def clear(self, source: CallSource | None = None) -> None:
        """Forget the calls of one PBX, or of all PBXes."""
        for call in tuple(self._calls):
            if source is None or call[0] is source:
                self._forget(call)

    def _pass_on(self, ringing: _Ringing, source: CallSource, change: CallChange) -> None:
        """Pass a call on whose time is over, if it rings in scope now."""
        still = [each for each in ringing.extensions if _still_rings(each, source, change)]
        ringing.overdue = not still
        if still:
            self._on_rung(source, change, still[0])

    def _forget(self, call: _Call) -> None:
        ringing = self._calls.pop(call, None)
        if ringing is not None and ringing.cancel is not None:
            ringing.cancel()


def _still_rings(extension: str, source: CallSource, change: CallChange) -> bool:
    """Return whether a call still rings at an extension, or at any.

    False if the link is down, or the phones have ceased to ring, which they say before the PBX
    tells that the caller has given up.
    """
    call = source.calls.find(change.call.call_id) if source.is_up() else None
    if call is None:
        return False
    ringing = (call.call_id, LegState.RINGING)
    return any(
        leg.state is LegState.RINGING
        and extension in ("", leg.extension)
        and (not leg.extension or ringing in source.calls.tracker.leg_states_of(leg.extension))
        for leg in call.legs
    )
