"""What is news of a call: the difference between what it is now and what was published of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from ..model.events import CallEvent, KeyReport
from ..model.lines import LegState
from ..model.tracked import CallChange, CallEventType
from .calls import LiveCall
from .facts import DISORDER, TALKING
from .legs import next_key
from .summary import summary

DECISION: Final = timedelta(seconds=10)
"""How long the PBX waits for a call to be accepted, refused or directed."""

type Thing = tuple[CallEventType, tuple[str, ...], bool]
"""What happened, the extensions for which it is news, and whether it is the first for the call."""


def changes_of(call: LiveCall) -> list[CallChange]:
    """Return what is to be published of a call now, and note that it was."""
    if call.ending.gone_at is not None:
        return []
    things = _things(call)
    if not things:
        return []
    tracked = summary(call)
    return [
        CallChange(type=kind, call=tracked, extensions=extensions, whole=whole)
        for kind, extensions, whole in things
    ]


def catch_up(call: LiveCall) -> None:
    """Note everything as published: it happened before anybody listened."""
    _things(call)


def _things(call: LiveCall) -> list[Thing]:
    facts, published = call.facts, call.published
    dialing: tuple[str, ...] = ()
    ringing: tuple[str, ...] = ()
    talking: tuple[str, ...] = ()
    held = False
    talkers = 0
    for party in facts.parties.values():
        state = party.state
        if state is None or state is LegState.ENDED:
            continue
        held |= state is LegState.ON_HOLD
        talkers += state in TALKING
        if not party.extension:
            continue
        if party.calls or state is LegState.DIALING:
            dialing += (party.extension,)
        if state is LegState.RINGING:
            ringing += (party.extension,)
        elif state in TALKING:
            talking += (party.extension,)
    answered = facts.answered_at is not None
    things: list[Thing] = []
    if facts.inbound is not None:
        dialing = ()
    if not answered and dialing and "dialing" not in published.things:
        published.things.add("dialing")
        things.append((CallEventType.DIALING, dialing, True))
    if facts.transfers > published.transfers:
        if answered and not _was_sent(call):
            present = tuple(
                [p.extension for p in facts.extensions if p.live or p.since == facts.transferred_at]
            )
            things.append((CallEventType.TRANSFERRED, present, True))
        published.transfers = facts.transfers
    fresh = tuple([each for each in ringing if each not in published.rang])
    if fresh:
        first = not answered and "ringing" not in published.things
        published.things.add("ringing")
        things.append((CallEventType.RINGING, fresh, first))
    published.rang = set(ringing)
    if answered:
        new = tuple([each for each in talking if each not in published.answered])
        if "answered" not in published.things:
            published.things.add("answered")
            things.append((CallEventType.ANSWERED, talking, True))
        elif new:
            things.append((CallEventType.ANSWERED, new, False))
        published.answered.update(new)
    left_alone = facts.stated and talkers == 1 and not held  # whoever held the call hung up
    if held is not published.held and talking and not left_alone:
        published.held = held
        kind = CallEventType.HELD if held else CallEventType.RESUMED
        things.append((kind, talking, True))
    return things


def _was_sent(call: LiveCall) -> bool:
    """Return whether the PBX reports, against its documents, a transfer by command."""
    return call.moved_at is not None and call.facts.touched - call.moved_at <= DISORDER


def transferred(call: LiveCall) -> CallChange:
    """Return the change that a call is transferred by command."""
    present = tuple([each.extension for each in call.facts.extensions if each.live])
    return CallChange(type=CallEventType.TRANSFERRED, call=summary(call), extensions=present)


def invited(call: LiveCall, event: CallEvent, now: datetime) -> Iterator[CallChange]:
    """Yield the change that the PBX waits for a decision, once for each kind of it."""
    if event not in call.published.things:
        call.published.things.add(event)
        until = now + DECISION
        yield CallChange(type=CallEventType.INVITED, call=summary(call), until=until)


def pressed(call: LiveCall, report: KeyReport) -> CallChange | None:
    """Return the change that a key was pressed; None for one that is known. Before it is folded."""
    facts = call.facts
    index = next_key(facts) if report.index is None else report.index
    if index in facts.keys:
        return None
    tracked = summary(call)
    keys = [*facts.keys.items(), (index, report.key)]
    return CallChange(
        type=CallEventType.DTMF,
        call=tracked,
        extensions=tracked.extensions,
        key=report.key,
        keys=report.keys or "".join(key for _, key in sorted(keys)),
    )
