"""Keys that are pressed during a call: each is told once, and in its place."""

from datetime import datetime

from ..model.events import KeyReport
from ..model.tracked import CallChange, CallEventType
from .live import LiveCall
from .summary import summary

_MAX_KEYS = 256


def press(call: LiveCall, report: KeyReport, now: datetime) -> CallChange | None:
    """Apply a key; return what is to be told, None for one that was told before."""
    index = len(call.keys) if report.index is None else report.index
    if index in call.keys or len(call.keys) >= _MAX_KEYS:
        return None
    call.keys[index] = report.key
    call.touched = now
    for leg in report.legs:
        call.party(leg, now)
    if call.muted:
        return None
    tracked = summary(call)
    return CallChange(
        type=CallEventType.DTMF,
        call=tracked,
        extensions=tracked.extensions,
        key=report.key,
        keys=report.keys or "".join(key for _, key in sorted(call.keys.items())),
    )
