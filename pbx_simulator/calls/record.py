"""Call records (pbx-api, section 9, NewCdr)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from .legs import Leg, LegKind
from .model import Call, CallType

_FAILURES = {486: "BUSY", 603: "NO ANSWER"}
"""SIP status -> the record's; any other is FAILED (docs/asterisk.md)."""


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

    def recorded(self) -> CallRecord:
        """Return the record with the name of its recording, if anybody talked."""
        start = "".join(filter(str.isdigit, self.start))
        name = f"{start}-{self.call_id}-{self.caller}-{self.callee}-{self.type}.wav"
        return replace(self, recording=name) if self.talk else self

    def concerns(self, number: str) -> bool:
        """Return True if an extension was a party; "all" concerns every record."""
        return number in ("all", self.caller, self.callee)


def local_time(epoch: float, utc_offset: int) -> datetime:
    """Return the PBX's local time without a zone."""
    return datetime.fromtimestamp(epoch, UTC).replace(tzinfo=None) + timedelta(hours=utc_offset)


def record_of(call: Call, *, utc_offset: int) -> CallRecord:
    """Return the record of a call that has just ended."""
    ended = call.started if call.ended is None else call.ended
    # Talk counts from when the line was up; in a queue for each agent by itself.
    talked = call.rung_at if call.queued and call.rung_at else call.served_at or call.answered
    trunk = call.trunk
    # An inbound call that goes out again, to a mobile phone, counts as an outbound one
    # (pbx-api, section 10).
    kind = CallType.OUTBOUND if call.callee.kind is LegKind.OUTBOUND else call.type
    start = local_time(call.started, utc_offset)
    return CallRecord(
        call_id=call.call_id,
        started=call.started,
        start=f"{start:%Y-%m-%d %H:%M:%S}",
        caller=_number(_side(call.begun_by)[-1], call) if call.by_api else call.origin,
        callee=call.caller.number if call.by_api and not call.spoke else call.dialled,
        duration=int(ended) - int(call.started),
        talk=0 if talked is None else int(ended) - int(talked),
        status=_status(call),
        type=kind.value,
        source_trunk=trunk if call.type is CallType.INBOUND else "",
        destination_trunk=call.callee.trunk or trunk if kind is CallType.OUTBOUND else "",
        did=call.did,
    )


def branch_records_of(call: Call, *, over: bool, utc_offset: int) -> list[CallRecord]:
    """Return the records that an Asterisk itself writes now (docs/asterisk.md).

    Each branch has one under its own id when it stops; when the call is over, each of those that
    are left has one, and the channel that began the call has one for each that it dialled.
    """
    whole = record_of(call, utc_offset=utc_offset)
    if not over:
        return [_branch(call, leg, whole, utc_offset) for leg in call.stopped if leg.far]
    legs = [*_side(call.begun_by), *_side(call.reached), *call.called]
    ended = [_branch(call, leg, whole, utc_offset) for leg in dict.fromkeys(legs) if leg.far]
    if call.first_left and call.reached and not call.consults_for:
        by, to = _side(call.reached)[-1], None if call.united else call.begun_by.successor
        onward = "" if to is None else to.number
        ended.append(replace(whole, call_id=call.reached.near, caller=by.number, callee=onward))
    joined = {leg.number for leg in legs}
    losers = [each for each in call.rung if each not in joined]
    in_vain = replace(whole, status="NO ANSWER", talk=0)
    lost = [in_vain for _ in losers] if whole.status == "ANSWERED" else []
    return [whole, *lost, *ended]


def _side(leg: Leg | None) -> list[Leg]:
    """Return a leg, and those that took its place one after another."""
    return [] if leg is None else [leg, *_side(leg.successor)]


def _number(leg: Leg, call: Call) -> str:
    """Return the number that a record shows of a leg."""
    return call.origin if leg is call.begun_by else leg.number


def _branch(call: Call, leg: Leg, whole: CallRecord, utc_offset: int) -> CallRecord:
    ended = call.clock()
    begun = call.started if leg.rung_at is None else leg.rung_at
    answered = leg.answered_at
    status = "ANSWERED" if answered else whole.status
    if whole.status in ("ANSWERED", "VOICEMAIL") and not answered:
        status = "NO ANSWER"
    # Who is on the other side at the end, and the phone, or who took its place by a transfer; one
    # that unites two calls leaves it.
    by_caller, called = _side(call.begun_by), _side(call.reached)
    others = called if leg in by_caller else by_caller if leg in called else [call.caller]
    successor = None if call.united else leg.successor
    return replace(
        whole,
        call_id=leg.far,
        started=begun,
        start=f"{local_time(begun, utc_offset):%Y-%m-%d %H:%M:%S}",
        caller=_number(others[-1], call) if others else whole.callee,
        callee=(successor or leg).number,
        duration=int(ended) - int(begun),
        talk=0 if answered is None else int(ended) - int(answered),
        status=status,
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
