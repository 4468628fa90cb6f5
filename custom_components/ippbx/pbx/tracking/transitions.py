"""What each kind of report says about the parties of a call."""

from collections.abc import Callable, Sequence
from datetime import datetime

from ..model.events import CallEvent, CallReport, PromptEndReport
from ..model.lines import LegKind, LegState
from .caller_inference import note_led_on
from .legs import TALKING, Failure, Party
from .live import MAX_FAILURES, LiveCall


def apply(call: LiveCall, report: CallReport, now: datetime, *, callee_first: bool = True) -> None:
    """Apply a report.

    Args:
        callee_first: whether this PBX names the callee first where it names both sides.
    """
    call.touched = now
    if report.event in _BEFORE_ANSWER:
        note_led_on(call, report.legs, now)
    parties = [p for leg in report.legs if (p := call.party(leg, now, report.call_id)) is not None]
    _note_caller(call, parties)
    both = len(parties) > 1
    if not call.line_reported:
        lines = (LegKind.INBOUND, LegKind.OUTBOUND) if both else (LegKind.INBOUND,)
        call.line_reported = any(party.kind in lines for party in parties)
    call.both_reported |= both
    fresh = call.answered_at is not None and [party for party in parties if party.state is None]
    _STEPS[report.event](call, report, parties, now, callee_first)
    if fresh and any(party.state is LegState.RINGING for party in fresh):
        _pass_on(call, parties, now)
    note_times(call, now)


def _note_caller(call: LiveCall, parties: Sequence[Party]) -> None:
    """Whoever is named beside an outside line calls on it, unless somebody called in.

    Then it is a mobile phone's.
    """
    if call.inbound is not None or call.answered_at is not None:
        return
    line = next((party for party in parties if party.kind is LegKind.OUTBOUND), None)
    if line is None:
        return
    for party in parties:
        if party.kind is LegKind.EXTENSION and party.calls is None:
            party.calls = line.caller in ("", party.extension)


_BEFORE_ANSWER = (CallEvent.RINGING, CallEvent.DIALING, CallEvent.FAILED)

type _Step = Callable[[LiveCall, CallReport, Sequence[Party], datetime, bool], None]


def _ringing(
    call: LiveCall, report: CallReport, parties: Sequence[Party], now: datetime, callee_first: bool
) -> None:
    for party in _callees(parties, callee_first=callee_first):
        if party.calls is None and len(parties) > 1:
            party.calls = False
        party.enter(LegState.RINGING, now)
        party.rings_by = party.rings_by or report.call_id
    for party in parties:
        if party.state is None or party.calls:
            party.enter(LegState.DIALING, now)
    _leave_unnamed(call, parties, now)


def _callees(parties: Sequence[Party], *, callee_first: bool) -> Sequence[Party]:
    """Return who rings among the parties of a RING."""
    lines = [party for party in parties if party.kind is LegKind.OUTBOUND]
    if lines:
        return lines
    extensions = [party for party in parties if party.kind is LegKind.EXTENSION]
    if len(extensions) < len(parties) or len(extensions) < 2:
        return extensions
    known = [party for party in extensions if party.calls]
    if known:
        return [party for party in extensions if not party.calls]
    return extensions[:-1] if callee_first else extensions[1:]


def _dialing(
    call: LiveCall, report: CallReport, parties: Sequence[Party], now: datetime, callee_first: bool
) -> None:
    for party in parties:
        _name_caller(call, party, now)
        party.enter(LegState.DIALING, now)


def name_caller(call: LiveCall, extension: str, now: datetime) -> None:
    """Note which extension calls, if nobody is known to."""
    party = call.of_extension(extension)
    others = (each for each in call.extensions if each is not party)
    waits = call.picked_up_at is not None or any(p.state is LegState.WAITING for p in others)
    if party is not None and call.caller_party is None and not waits:  # who waits was rung first
        _name_caller(call, party, now)


def _name_caller(call: LiveCall, caller: Party, now: datetime) -> None:
    """Note who calls.

    Whoever hears it ring once it was answered waits for a transfer's target, and need not call.
    """
    settled = call.answered_at is not None or call.transfers > 0 or call.inbound is not None
    if settled or caller.calls or caller.kind is not LegKind.EXTENSION:
        return
    caller.calls = True
    others = [party for party in call.extensions if party is not caller]
    for party in others:
        party.calls = False
    if caller.state is LegState.RINGING:  # it was taken for the callee, or its own phone rang first
        caller.state = LegState.DIALING
        for party in others:
            if party.state is LegState.DIALING:
                party.enter(LegState.RINGING, now)


def _answer(
    call: LiveCall, report: CallReport, parties: Sequence[Party], now: datetime, callee_first: bool
) -> None:
    """Both sides talk. A side alone talks to the PBX itself.

    An IVR, a queue, or it waits for its own call.
    """
    if len(parties) == 1 and parties[0].rang:
        call.picked_up_at = call.picked_up_at or now
    for party in parties:
        party.enter(LegState.TALKING if len(parties) > 1 else LegState.WAITING, now)
    if len(parties) > 1:
        call.answered_at = call.answered_at or now
        _leave_unnamed(call, parties, now)


def _leave_unnamed(call: LiveCall, parties: Sequence[Party], now: datetime) -> None:
    """Let go who talked before the call was passed on and is not named any more."""
    passed_on = call.transferred_at
    if passed_on is None or len(parties) < 2:
        return
    for party in call.extensions:
        if party not in parties and party.talks and party.since < passed_on:
            party.state, party.since = LegState.ENDED, now


def _ended(
    call: LiveCall, report: CallReport, parties: Sequence[Party], now: datetime, callee_first: bool
) -> None:
    """Somebody hung up: the first one named.

    The other side is left alone unless others are still there.
    """
    if not parties:
        return
    call.hang_up(parties, now)
    first, others = parties[0], parties[1:]
    was_caller = bool(first.calls)
    was_in_talk = first.talked or (
        any(party.talked for party in others if not party.calls)
        and not _talks_with_another(call, parties)
    )
    first.enter(LegState.ENDED, now)
    for party in others:
        if was_caller or was_in_talk:
            party.enter(LegState.ENDED, now)
        elif party.state is None:
            party.enter(LegState.WAITING, now)


def _talks_with_another(call: LiveCall, parties: Sequence[Party]) -> bool:
    """Return True if somebody who is not named has answered.

    Who hangs up then only rang, as a member of a group.
    """
    passed_on = call.transferred_at
    return any(
        party.talks and party not in parties and (passed_on is None or party.since > passed_on)
        for party in call.parties.values()
    )


def _transfer(
    call: LiveCall, report: CallReport, parties: Sequence[Party], now: datetime, callee_first: bool
) -> None:
    call.transfers += 1
    _pass_on(call, parties, now)


def _pass_on(call: LiveCall, parties: Sequence[Party], now: datetime) -> None:
    """Note that a call went on to somebody else.

    Those who are named take part, whoever hung up before.
    """
    call.transferred_at = now
    for party in parties:
        if party.state in (None, LegState.ENDED):
            party.state, party.since = LegState.DIALING, now


def _failed(
    call: LiveCall, report: CallReport, parties: Sequence[Party], now: datetime, callee_first: bool
) -> None:
    """The callee could not be reached; it is named first, or is the line.

    Others of a group may ring on.
    """
    lines = [party for party in parties if party.kind is LegKind.OUTBOUND]
    callees = lines or [p for p in parties if p.kind is LegKind.EXTENSION and not p.calls]
    if len(parties) == 1 and not lines and _is_alone_with_line(call, parties[0]):
        callees = [p for p in call.parties.values() if p.kind is LegKind.OUTBOUND]
    if len(parties) == 1 and parties[0].rang and _has_picked_up(parties[0]):
        callees = []  # he makes the call, and was rung first
    failed = callees[0] if callees else None
    if failed is not None:
        failed.enter(LegState.ENDED, now)
        failed.calls = False
    callers = [party for party in parties if party is not failed]
    if call.inbound is None and len(callers) == 1:
        callers[0].calls = True
    if len(call.failures) < MAX_FAILURES:
        party = failed.number if failed else ""
        call.failures.append(Failure(party, report.reason, now, report.call_id))


def _has_picked_up(party: Party) -> bool:
    return party.picked_up or party.state is LegState.WAITING


def _is_alone_with_line(call: LiveCall, party: Party) -> bool:
    """Return True if an extension must be the one that calls outside.

    The line is one that reports do not show.
    """
    lines = call.outbound is not None and call.inbound is None
    return lines and not party.rang and call.extensions == [party]


def _status(
    call: LiveCall, report: CallReport, parties: Sequence[Party], now: datetime, callee_first: bool
) -> None:
    states = [leg.state for leg in report.legs]
    call.stated = True
    both = sum(state in TALKING for state in states) > 1
    for party, state in zip(parties, states, strict=False):
        if state is LegState.DIALING:
            _name_caller(call, party, now)
        if state is LegState.TALKING and not both and call.answered_at is None:
            party.enter(LegState.WAITING, now)  # to an IVR, a queue
        elif state is not None:
            party.enter(state, now)
    if both:
        call.answered_at = call.answered_at or now
    if LegState.ENDED in states:
        call.hang_up(parties, now)
    if LegState.ENDED not in states:
        _leave_unnamed(call, parties, now)


def _invite(
    call: LiveCall, report: CallReport, parties: Sequence[Party], now: datetime, callee_first: bool
) -> None:
    call.invited = True
    for party in parties:
        if party.state is None:
            party.enter(LegState.DIALING, now)


_STEPS: dict[CallEvent, _Step] = {
    CallEvent.RINGING: _ringing,
    CallEvent.DIALING: _dialing,
    CallEvent.ANSWER: _answer,
    CallEvent.ANSWERED: _answer,
    CallEvent.ENDED: _ended,
    CallEvent.TRANSFER: _transfer,
    CallEvent.FAILED: _failed,
    CallEvent.STATUS: _status,
    CallEvent.INVITE: _invite,
    CallEvent.INCOMING: _invite,
}


def hear_prompt(call: LiveCall, report: PromptEndReport, now: datetime) -> None:
    """Note that somebody heard a prompt: he is on the line with the PBX itself."""
    call.touched = now
    call.path = call.path or report.ivr
    for leg in report.legs:
        party = call.party(leg, now)
        if party is not None and party.state is None:
            party.enter(LegState.WAITING, now)


def note_times(call: LiveCall, now: datetime) -> None:
    """Note when it first rang."""
    if call.first_ring is None and any(
        party.rang and not party.calls for party in call.parties.values()
    ):
        call.first_ring = now
