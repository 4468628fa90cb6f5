"""Changes of a call: the difference between its present state and what was published."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from ..model.events import KeyReport
from ..model.lines import LegState
from ..model.tracked import CallChange, CallEventType
from .calls import KnownCall
from .facts import DISORDER
from .summary import summary

DECISION: Final = timedelta(seconds=10)
"""How long the PBX waits until a call is accepted, refused or directed."""

type Publish = Callable[[CallChange], None]
type _Change = tuple[CallEventType, list[str], bool]
"""The event, the extensions for which it is new, and whether it is the first of the call."""


def publish_changes(call: KnownCall, publish: Publish) -> None:
    """Publish the changes of a call."""
    if call.ending.gone_at is None and (changes := note_changes(call)):
        tracked, until = summary(call), call.facts.touched + DECISION
        for kind, extensions, first in changes:
            change = CallChange(type=kind, call=tracked, extensions=tuple(extensions), first=first)
            publish(replace(change, until=until) if kind is CallEventType.INVITED else change)


def note_changes(call: KnownCall) -> list[_Change]:
    """Return the changes of a call, and note them as published."""
    facts, published = call.facts, call.published
    phones = [party for party in facts.extensions.values() if party.live and party.extension]
    ringing = [p.extension for p in phones if p.state is LegState.RINGING]
    talking = [p.extension for p in phones if p.talks]
    dialing = [p.extension for p in phones if p.calls or p.state is LegState.DIALING]
    if facts.failure is not None and facts.caller is not None and facts.caller.extension:
        dialing = [facts.caller.extension]  # its failure may be all that is reported
    known = facts.inbound is not None or CallEventType.DIALING in published
    invited = facts.invited and CallEventType.INVITED not in published
    changes: list[_Change] = [(CallEventType.INVITED, [], True)] if invited else []
    answered = facts.answered_at is not None
    if answered and facts.transfers > call.published_transfers:
        at, talked = facts.transferred_at or facts.touched, call.published_answers
        # The status of who has passed it on may be reported before the transfer.
        present = [
            number
            for number, party in facts.extensions.items()
            if party.live or at - party.since <= (DISORDER if number in talked else timedelta(0))
        ]
        changes.append((CallEventType.TRANSFERRED, present, True))
    elif dialing and not (answered or known or facts.records):
        changes.append((CallEventType.DIALING, dialing, True))
    call.published_transfers = facts.transfers
    if fresh := [each for each in ringing if each not in call.published_rings]:
        first = not answered and CallEventType.RINGING not in published
        changes.append((CallEventType.RINGING, fresh, first))
        call.published_answers.difference_update(fresh)  # they may answer again
    call.published_rings = tuple(ringing)
    if answered:
        first = CallEventType.ANSWERED not in published
        new = [each for each in talking if each not in call.published_answers]
        if first or new:  # the first answer precedes a transfer
            changes.insert(0 if first else len(changes), (CallEventType.ANSWERED, new, first))
            call.published_answers.update(new)
    published.update(kind for kind, _, _ in changes)
    states = [party.state for party in facts.parties.values()] if talking else []
    held = LegState.ON_HOLD in states
    # If the party that held it has hung up, the other one is not resumed.
    alone = facts.stated and not held and states.count(LegState.TALKING) == 1
    if talking and held is not (CallEventType.HELD in published) and not alone:
        published ^= {CallEventType.HELD}
        changes.append((CallEventType.HELD if held else CallEventType.RESUMED, talking, True))
    return changes


def publish_key(call: KnownCall, report: KeyReport, publish: Publish) -> None:
    """Publish a pressed key."""
    keys = report.keys or "".join(each.key for _, each in call.facts.keys)
    tracked, event = summary(call), CallEventType.DTMF
    parties = tracked.extensions
    publish(CallChange(type=event, call=tracked, extensions=parties, key=report.key, keys=keys))
