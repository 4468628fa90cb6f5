"""What is news of a call: the difference between what it is now and what was published of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from ..model.events import CallEvent, KeyReport
from ..model.lines import LegState
from ..model.tracked import CallChange, CallEventType
from .calls import KnownCall
from .facts import DISORDER
from .legs import key_index
from .summary import summary

DECISION: Final = timedelta(seconds=10)
"""How long the PBX waits for a call to be accepted, refused or directed."""

type Publish = Callable[[CallChange], None]
type _Thing = tuple[CallEventType, tuple[str, ...], bool]
"""What happened, the extensions for which it is news, and whether it is the first for the call."""


def publish_changes(call: KnownCall, publish: Publish) -> None:
    """Publish what is news of a call."""
    if call.ending.gone_at is None and (things := note_changes(call)):
        tracked = summary(call)
        for kind, extensions, whole in things:
            publish(CallChange(type=kind, call=tracked, extensions=extensions, whole=whole))


def note_changes(call: KnownCall) -> list[_Thing]:
    """Return what is news of a call, and note it as published."""
    news: list[_Thing] = []
    dialing, ringing, talking = [], [], []
    talkers, held = 0, False
    for party in call.facts.parties.values():
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
    answered = call.facts.answered_at is not None
    if not answered:
        _note_begun(call, dialing, news)
    elif call.facts.transfers > call.published.transfers:
        _note_transfer(call, news)
    call.published.transfers = call.facts.transfers
    _note_ringing(call, ringing, news)
    if answered:
        _note_answered(call, talking, news)
    left_alone = call.facts.stated and talkers == 1 and not held  # by who held it, and hung up
    if held is not call.published.held and talking and not left_alone:
        call.published.held = held
        kind = CallEventType.HELD if held else CallEventType.RESUMED
        news.append((kind, tuple(talking), True))
    return news


def _note_begun(call: KnownCall, dialing: list[str], news: list[_Thing]) -> None:
    things = call.published.things
    if dialing and call.facts.inbound is None and "dialing" not in things:
        things.add("dialing")
        news.append((CallEventType.DIALING, tuple(dialing), True))


def _note_transfer(call: KnownCall, news: list[_Thing]) -> None:
    moved, sent = call.facts.transferred_at, call.moved_at
    if sent is not None and call.facts.touched - sent <= DISORDER:
        return  # the PBX reports, against its documents, a transfer by command
    present = [n for n, p in call.facts.extensions.items() if p.live or p.since == moved]
    news.append((CallEventType.TRANSFERRED, tuple(present), True))


def _note_ringing(call: KnownCall, ringing: list[str], news: list[_Thing]) -> None:
    things, before = call.published.things, call.published.rang
    if ringing and (fresh := tuple([each for each in ringing if each not in before])):
        first = call.facts.answered_at is None and "ringing" not in things
        things.add("ringing")
        news.append((CallEventType.RINGING, fresh, first))
    call.published.rang = tuple(ringing)


def _note_answered(call: KnownCall, talking: list[str], news: list[_Thing]) -> None:
    things, before = call.published.things, call.published.answered
    new = tuple([each for each in talking if each not in before])
    before.update(new)
    if "answered" not in things:
        things.add("answered")
        news.append((CallEventType.ANSWERED, tuple(talking), True))
    elif new:
        news.append((CallEventType.ANSWERED, new, False))


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
    facts = call.facts
    index = key_index(facts, report)
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
