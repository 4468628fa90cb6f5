"""What is news of a call: the difference between what it is now and what was published of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from ..model.events import CallEvent, KeyReport
from ..model.lines import LegState
from ..model.tracked import CallChange, CallEventType
from .calls import KnownCall
from .facts import DISORDER, Facts
from .legs import key_index
from .summary import summary

DECISION: Final = timedelta(seconds=10)
"""How long the PBX waits for a call to be accepted, refused or directed."""

type Publish = Callable[[CallChange], None]
type _Thing = tuple[CallEventType, list[str], bool]
"""What happened, the extensions for which it is news, and whether it is the first for the call."""


def publish_changes(call: KnownCall, publish: Publish) -> None:
    """Publish what is news of a call."""
    if call.ending.gone_at is None and (things := note_changes(call)):
        tracked = summary(call)
        for kind, extensions, whole in things:
            publish(CallChange(type=kind, call=tracked, extensions=tuple(extensions), whole=whole))


def note_changes(call: KnownCall) -> list[_Thing]:
    """Return what is news of a call, and note it as published."""
    facts, published = call.facts, call.published
    dialing, ringing, talking, talkers, held = _doings(facts)
    things, news, answered = published.things, list[_Thing](), facts.answered_at is not None
    if not answered:
        if dialing and facts.inbound is None and "dialing" not in things:
            things.add("dialing")
            news.append((CallEventType.DIALING, dialing, True))
    elif facts.transfers > published.transfers and not _was_sent(call):
        at = facts.transferred_at
        present = [n for n, p in facts.extensions.items() if p.live or p.since == at]
        news.append((CallEventType.TRANSFERRED, present, True))
    published.transfers = facts.transfers
    if fresh := [each for each in ringing if each not in published.rang]:
        news.append((CallEventType.RINGING, fresh, not answered and "ringing" not in things))
        things.add("ringing")
    published.rang = tuple(ringing)
    if answered:
        new = [each for each in talking if each not in published.answered]
        published.answered.update(new)
        first = "answered" not in things
        things.add("answered")
        if first or new:
            news.append((CallEventType.ANSWERED, talking if first else new, first))
    left_alone = facts.stated and talkers == 1 and not held  # by who held it, and hung up
    if held is not published.held and talking and not left_alone:
        published.held = held
        news.append((CallEventType.HELD if held else CallEventType.RESUMED, talking, True))
    return news


def _doings(facts: Facts) -> tuple[list[str], list[str], list[str], int, bool]:
    """Return who dials, rings and talks, how many talk, and whether anybody is on hold."""
    dialing, ringing, talking = [], [], []
    talkers, held = 0, False
    for party in facts.parties.values():
        if not party.live:
            continue
        state, number = party.state, party.extension
        if party.talks:
            talkers += 1
            held |= state is LegState.ON_HOLD
        if number:
            if party.talks:
                talking.append(number)
            elif state is LegState.RINGING:
                ringing.append(number)
            if party.calls or state is LegState.DIALING:
                dialing.append(number)
    return dialing, ringing, talking, talkers, held


def _was_sent(call: KnownCall) -> bool:
    """Return whether the PBX reports, against its documents, a transfer by command."""
    return call.moved_at is not None and call.facts.touched - call.moved_at <= DISORDER


def publish_transfer(call: KnownCall, publish: Publish) -> None:
    """Publish that a call is transferred by command."""
    present = tuple([number for number, party in call.facts.extensions.items() if party.live])
    publish(CallChange(type=CallEventType.TRANSFERRED, call=summary(call), extensions=present))


def publish_invitation(call: KnownCall, event: CallEvent, now: datetime, publish: Publish) -> None:
    """Publish that the PBX waits for a decision, once for each kind of it."""
    if event not in call.published.things:
        call.published.things.add(event)
        until = now + DECISION
        publish(CallChange(type=CallEventType.INVITED, call=summary(call), until=until))


def pressed(call: KnownCall, report: KeyReport) -> CallChange | None:
    """Return the change that a key was pressed; None for one that is known. Before it is folded."""
    keys, index = call.facts.keys, key_index(call.facts, report)
    if index in keys:
        return None
    tracked = summary(call)
    return CallChange(
        type=CallEventType.DTMF,
        call=tracked,
        extensions=tracked.extensions,
        key=report.key,
        keys=report.keys or "".join(key for _, key in sorted((*keys.items(), (index, report.key)))),
    )
