"""What is news of a call: the difference between what it is now and what was published of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from ..model.events import CallEvent, KeyReport
from ..model.lines import LegState
from ..model.tracked import CallChange, CallEventType
from .calls import LiveCall
from .facts import DISORDER
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
    return [*_begun(call), *_going_on(call)]


def _begun(call: LiveCall) -> Iterator[Thing]:
    """Yield what happens until a call is answered, and that it is transferred."""
    facts, published = call.facts, call.published
    dialing: tuple[str, ...] = ()
    ringing: tuple[str, ...] = ()
    for party in facts.parties.values():
        if party.live and party.extension:
            if party.state is LegState.RINGING:
                ringing += (party.extension,)
            if party.calls or party.state is LegState.DIALING:
                dialing += (party.extension,)
    answered = facts.answered_at is not None
    starts = dialing and not answered and facts.inbound is None
    if starts and "dialing" not in published.things:
        published.things.add("dialing")
        yield CallEventType.DIALING, dialing, True
    if facts.transfers > published.transfers:
        published.transfers = facts.transfers
        if answered and not _was_sent(call):
            moved = facts.transferred_at
            present = [p.extension for p in facts.extensions if p.live or p.since == moved]
            yield CallEventType.TRANSFERRED, tuple(present), True
    if fresh := tuple([each for each in ringing if each not in published.rang]):
        first = not answered and "ringing" not in published.things
        published.things.add("ringing")
        yield CallEventType.RINGING, fresh, first
    published.rang = set(ringing)


def _going_on(call: LiveCall) -> Iterator[Thing]:
    """Yield what happens once a call is answered."""
    facts, published = call.facts, call.published
    talkers = [party for party in facts.parties.values() if party.talks]
    talking = tuple([party.extension for party in talkers if party.extension])
    if facts.answered_at is not None:
        new = tuple([each for each in talking if each not in published.answered])
        published.answered.update(new)
        if "answered" not in published.things:
            published.things.add("answered")
            yield CallEventType.ANSWERED, talking, True
        elif new:
            yield CallEventType.ANSWERED, new, False
    held = any(party.state is LegState.ON_HOLD for party in talkers)
    left_alone = facts.stated and len(talkers) == 1 and not held  # whoever held it hung up
    if held is not published.held and talking and not left_alone:
        published.held = held
        yield (CallEventType.HELD if held else CallEventType.RESUMED), talking, True


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
