"""What is news of a call: the difference between what it is now and what was published of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from ..model.events import KeyReport
from ..model.lines import LegState
from ..model.tracked import CallChange, CallEventType
from .calls import KnownCall
from .summary import summary

DECISION: Final = timedelta(seconds=10)
"""How long the PBX waits for a call to be accepted, refused or directed."""

type Publish = Callable[[CallChange], None]
type _Thing = tuple[CallEventType, list[str], bool]
"""What happened, the extensions for which it is news, and whether it is the first for the call."""


def publish_changes(call: KnownCall, publish: Publish) -> None:
    """Publish what is news of a call."""
    if call.ending.gone_at is None and (things := note_changes(call)):
        tracked, until = summary(call), call.facts.touched + DECISION
        for kind, extensions, whole in things:
            change = CallChange(type=kind, call=tracked, extensions=tuple(extensions), whole=whole)
            publish(replace(change, until=until) if kind is CallEventType.INVITED else change)


def note_changes(call: KnownCall) -> list[_Thing]:
    """Return what is news of a call, and note it as published."""
    facts, published = call.facts, call.published
    phones = [party for party in facts.extensions.values() if party.live and party.extension]
    ringing = [p.extension for p in phones if p.state is LegState.RINGING]
    talking = [p.extension for p in phones if p.talks]
    dialing = [p.extension for p in phones if p.calls or p.state is LegState.DIALING]
    known = facts.inbound is not None or CallEventType.DIALING in published
    invited = facts.invited and CallEventType.INVITED not in published
    news: list[_Thing] = [(CallEventType.INVITED, [], True)] if invited else []
    answered = facts.answered_at is not None
    if answered and facts.transfers > call.published_transfers:
        at = facts.transferred_at
        present = [n for n, p in facts.extensions.items() if p.live or p.since == at]
        news.append((CallEventType.TRANSFERRED, present, True))
    elif dialing and not (answered or known or facts.records):
        news.append((CallEventType.DIALING, dialing, True))
    call.published_transfers = facts.transfers
    if fresh := [each for each in ringing if each not in call.published_rings]:
        first = not answered and CallEventType.RINGING not in published
        news.append((CallEventType.RINGING, fresh, first))
        call.published_answers.difference_update(fresh)  # they may answer again
    call.published_rings = tuple(ringing)
    if answered:
        first = CallEventType.ANSWERED not in published
        new = [each for each in talking if first or each not in call.published_answers]
        if first or new:  # before it was passed on
            news.insert(0 if first else len(news), (CallEventType.ANSWERED, new, first))
            call.published_answers.update(new)
    published.update(kind for kind, _, _ in news)
    states = [party.state for party in facts.parties.values()] if talking else []
    held = LegState.ON_HOLD in states
    # One that is left alone by who held it, and hung up, is not resumed.
    alone = facts.stated and not held and states.count(LegState.TALKING) == 1
    if talking and held is not (CallEventType.HELD in published) and not alone:
        published ^= {CallEventType.HELD}
        news.append((CallEventType.HELD if held else CallEventType.RESUMED, talking, True))
    return news


def publish_key(call: KnownCall, report: KeyReport, publish: Publish) -> None:
    """Publish that a key was pressed."""
    keys = report.keys or "".join(each.key for _, each in call.facts.keys)
    tracked, event = summary(call), CallEventType.DTMF
    who = tracked.extensions
    publish(CallChange(type=event, call=tracked, extensions=who, key=report.key, keys=keys))
