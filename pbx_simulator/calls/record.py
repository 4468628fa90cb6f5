"""Call records (pbx-api, section 9, NewCdr)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .legs import LegKind
from .model import Call, CallType

_FAILURES = {486: "BUSY", 480: "NO ANSWER", 487: "NO ANSWER", 603: "BUSY"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """The record of a call that is over.

    Durations are whole seconds; `start` is the PBX's local time, without a zone.
    """

    call_id: str
    started: float
    start: str
    caller: str
    callee: str
    duration: int
    talk: int
    status: str
    type: str
    source_trunk: str = ""
    destination_trunk: str = ""
    recording: str = ""
    did: str = ""

    def concerns(self, number: str) -> bool:
        """Return True if an extension was a party; "all" concerns every record."""
        return number in ("all", self.caller, self.callee)


def local_time(epoch: float, utc_offset: int) -> datetime:
    """Return the PBX's local time without a zone."""
    return datetime.fromtimestamp(epoch, UTC).replace(tzinfo=None) + timedelta(hours=utc_offset)


def record_of(call: Call, *, utc_offset: int) -> CallRecord:
    """Return the record of a call that has just ended."""
    ended = call.started if call.ended is None else call.ended
    answered = call.answered
    if answered is None and (call.voicemail or _served(call)):
        answered = call.served_at
    trunk = call.trunk
    callee = call.dialled
    if call.type is not CallType.OUTBOUND and call.callee.kind is LegKind.EXTENSION:
        callee = call.callee.number
    # An inbound call that goes out again, to a mobile phone, counts as an outbound one
    # (pbx-api, section 10).
    kind = CallType.OUTBOUND if call.callee.kind is LegKind.OUTBOUND else call.type
    start = local_time(call.started, utc_offset)
    return CallRecord(
        call_id=call.call_id,
        started=call.started,
        start=f"{start:%Y-%m-%d %H:%M:%S}",
        caller=call.origin,
        callee=callee,
        duration=int(ended) - int(call.started),
        talk=0 if answered is None else int(ended) - int(answered),
        status=_status(call),
        type=kind.value,
        source_trunk=trunk if call.type is CallType.INBOUND else "",
        destination_trunk=call.callee.trunk or trunk if kind is CallType.OUTBOUND else "",
        did=call.did,
    )


def _status(call: Call) -> str:
    if call.answered is not None:
        return "ANSWERED"
    if call.voicemail:
        return "VOICEMAIL"
    if call.failure:
        return _FAILURES.get(call.failure, "FAILED")
    return "ANSWERED" if _served(call) else "NO ANSWER"


def _served(call: Call) -> bool:
    """Return True if only the PBX itself answered, without ringing a phone: an IVR, a prompt."""
    return call.served_at is not None and not call.rung and not call.queued
