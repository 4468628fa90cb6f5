"""Notices which calls ring, once each, and which have rung for long enough."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ...coordinator import PbxCoordinator
from ...pbx.model.lines import LegState
from ...pbx.model.tracked import CallChange, CallEventType

_OVER = (CallEventType.ANSWERED, CallEventType.ENDED, CallEventType.MISSED)

type _Call = tuple[PbxCoordinator, str]
type Rung = Callable[[PbxCoordinator, CallChange, str], None]


@dataclass(slots=True)
class _Rings:
    """A call that rings.

    Attributes:
        extensions: for whom, as far as somebody wants it.
        cancel: ends the wait, while there is one.
    """

    extensions: list[str] = field(default_factory=list)
    cancel: CALLBACK_TYPE | None = None


class Ringing:
    """Tells of each call that rings, after it has rung for a while.

    A call rings once, however many members of a group do, until somebody answers.
    """

    def __init__(self, hass: HomeAssistant, least: timedelta, rung: Rung) -> None:
        """Prepare.

        Args:
            least: how long a call must ring.
            rung: called with what began the ringing, and for which extension.
        """
        self._hass = hass
        self._least = least
        self._rung = rung
        self._calls: dict[_Call, _Rings] = {}

    @callback
    def began(self, coordinator: PbxCoordinator, change: CallChange, extension: str) -> None:
        """Take over that a call rings."""
        call = (coordinator, change.call.call_id)
        if (rings := self._calls.get(call)) is not None:
            rings.extensions.append(extension)
            return
        self._calls[call] = rings = _Rings([extension])
        if not self._least:
            self._rung(coordinator, change, extension)
            return

        @callback
        def waited(_now: datetime) -> None:
            rings.cancel = None
            still = [each for each in rings.extensions if _rings_for(each, coordinator, change)]
            if still:
                self._rung(coordinator, change, still[0])
            else:
                del self._calls[call]  # it may come back

        job = HassJob(waited, "a call has rung for long enough", cancel_on_shutdown=True)
        rings.cancel = async_call_later(self._hass, self._least, job)

    @callback
    def went_on(self, coordinator: PbxCoordinator, change: CallChange) -> None:
        """Take over anything else that happens to a call."""
        if change.type in _OVER:
            self._forget((coordinator, change.call.call_id))

    @callback
    def leave(self, coordinator: PbxCoordinator | None = None) -> None:
        """Forget the calls of one PBX, or of all."""
        for call in tuple(self._calls):
            if coordinator is None or call[0] is coordinator:
                self._forget(call)

    def _forget(self, call: _Call) -> None:
        rings = self._calls.pop(call, None)
        if rings is not None and rings.cancel is not None:
            rings.cancel()


def _rings_for(extension: str, coordinator: PbxCoordinator, change: CallChange) -> bool:
    """Tell whether a call still rings for an extension, or at all; nothing is known while the link is down."""
    find = coordinator.calls.tracker.find
    call = find(change.call.call_id) if coordinator.link.up else None
    return call is not None and any(
        leg.state is LegState.RINGING and extension in ("", leg.extension) for leg in call.legs
    )
