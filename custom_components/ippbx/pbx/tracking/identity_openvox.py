"""Which call an id may be of that it is not known by.

OpenVox uses two for one call, and others for phones that ring.
"""

from collections.abc import Iterable, Sequence
import math

from ..model.events import CallEvent
from ..model.lines import CallLeg, LegKind, LegState
from .caller_inference import have_other_callers, is_on_line_beside, line_of
from .ids import are_beside, are_of_group, are_pair, comes_before, parse_id
from .live import LiveCall
from .outcome import is_empty, was_of_one
from .registry import Finished, Known, trunk_ids

_FIRST = (None, CallEvent.TRANSFER, CallEvent.FAILED, CallEvent.INVITE, CallEvent.INCOMING)
"""What is only said under the first id of a call; None: a record, a key, a prompt, a reading."""


def bears_first(event: CallEvent | None, legs: Sequence[CallLeg]) -> bool:
    """Return True if a report's id must be the first one of its call.

    Unless it is that of a phone which rings for the call.
    """
    if event is not CallEvent.RINGING:
        return event in _FIRST
    outward = any(leg.kind is LegKind.OUTBOUND for leg in legs)
    return outward or sum(bool(leg.extension) for leg in legs) > 1


def may_have_second(
    known: Known, call_id: str, legs: Sequence[CallLeg], event: CallEvent | None
) -> bool:
    """Return True if an id may be the other one of a call; that of its line is always the first."""
    near = [each for each in known.ids if are_pair(call_id, each)]
    if not near:
        return False
    line = line_of(known)
    first = line or known.first_id
    if first and (comes_before(call_id, first) or first not in near):
        return False
    if bears_first(event, legs) and not any(comes_before(call_id, each) for each in near):
        return False
    if line and any(each != line for each in trunk_ids(legs)):
        return False
    inside = sum(bool(leg.extension) for leg in legs) > 1
    if line and inside and isinstance(known, LiveCall) and not known.transfers:
        return False  # two extensions talk, and one of this call is outside
    beside = isinstance(known, LiveCall) and is_on_line_beside(known, legs)
    # A PBX without second ids gives its lines the next one.
    beside = beside or any(are_beside(line, each) for each in known.ids)
    return not beside and _lacks_second(known)


def was_only_passed_on(known: LiveCall, call_id: str, legs: Iterable[CallLeg]) -> bool:
    """Return True if nothing is known of a call but that it was passed on.

    Its id may be the first of two.
    """
    only = known.transfers > 0 and known.takes_lone_legs and comes_before(known.call_id, call_id)
    return only and not any(trunk_ids(legs))


def rang_before(known: Known, call_id: str) -> bool:
    """Return True if nothing is known of a call but phones that ring.

    The first of them rings under an earlier id.
    """
    if not isinstance(known, LiveCall) or not known.only_rings:
        return False
    return comes_before(known.call_id, call_id)


def has_answered(known: Known, legs: Sequence[CallLeg], event: CallEvent | None) -> bool:
    """Return True if a report says that somebody answers who has answered this call already.

    Alone or with others.

    Both reports of an answer bear one id.
    """
    if event not in (CallEvent.ANSWER, CallEvent.ANSWERED) or not isinstance(known, LiveCall):
        return False
    parties = [known.of_extension(leg.extension) for leg in legs if leg.extension]
    if len(legs) > 1 and None not in parties:
        return False
    return any(
        p is not None
        and p.rings_by not in known.own_ids  # else he was rung first, and the other side answers
        and (p.talks or p.state is LegState.WAITING)
        for p in parties
    )


def ring_in(known: Known | None, legs: Sequence[CallLeg]) -> bool:
    """Return True if somebody who is named rings for a call."""
    if not isinstance(known, LiveCall):
        return False
    parties = (known.of_extension(leg.extension) for leg in legs if leg.extension)
    return any(party is not None and party.state is LegState.RINGING for party in parties)


def is_first_of(known: Known, call_id: str) -> bool:
    """Return True if an id may be the first one of a call of which only the second is known."""
    if known.first_id or line_of(known):
        return False
    both = any(are_pair(one, other) for one in known.sure_ids for other in known.sure_ids)
    return not both and any(
        are_pair(call_id, each) and comes_before(call_id, each) for each in known.ids
    )


def _lacks_second(known: Known) -> bool:
    """Return True if a call is known under one id only, be it that of a trunk's leg as well."""
    return not any(are_pair(one, other) for one in known.ids for other in known.ids)


def is_in_order(known: Known, call_id: str, extension: str, *, rings: bool) -> bool:
    """Return True if a phone may ring for a call: ids of legs come after the call's own ones."""
    if isinstance(known, Finished):
        return True
    party = known.of_extension(extension)
    if rings:
        elsewhere = party is not None and party.state is LegState.RINGING and party.idle_at is None
        before = any(
            comes_before(call_id, each.rings_by)  # but it begins to ring after that one
            for each in known.extensions
            if each is party or each.idle_at is not None
        )
        over = any(each.picked_up for each in known.extensions)
        return not (elsewhere or before or over or comes_before_own(call_id, known))
    own = known.own_ids
    if (
        own
        and not known.guessed
        and not any(each == call_id or are_pair(each, call_id) for each in own)
    ):
        return False
    return party is None or not party.rang or not comes_before(party.named_by, call_id)


def is_after_own(call_id: str, known: Known) -> bool:
    """Return True if an id was given after one that must be a call's own.

    It is not the first one of that.
    """
    return isinstance(known, LiveCall) and any(comes_before(own, call_id) for own in known.own_ids)


def rang_at(known: Known, extension: str) -> float:
    """Return where among all legs that of a phone was which rang for a call.

    Of two calls, it is in that before.
    """
    party = known.of_extension(extension) if isinstance(known, LiveCall) else None
    named_by = parse_id(party.named_by) if party is not None else None
    return math.inf if named_by is None else named_by.number


def was_taken_for_second(known: Known, first: str) -> bool:
    """Return True if what must be a call's first id was thought to be another's second one."""
    return isinstance(known, LiveCall) and any(
        are_pair(own, first) and comes_before(own, first) for own in known.own_ids
    )


def take_back_second(call: LiveCall, second: str) -> None:
    """Take back what was said of a call under an id that is another one's.

    That somebody hung up.
    """
    call.own_ids.discard(second)
    for party in call.parties.values():
        if party.state is LegState.ENDED and party.since == call.bye_at:
            party.state = LegState.TALKING if party.talked else LegState.WAITING
    call.bye_at = call.over_at = None
    call.byes.clear()


def comes_before_own(leg_id: str, known: Known) -> bool:
    """Return True if an id was given before one that must be a call's own.

    No phone that rings for it has it.
    """
    return any(comes_before(leg_id, own) for own in known.sure_ids)


def rings_for_another(known: LiveCall, call: LiveCall) -> bool:
    """Return True if the caller is rung, but not under one of the call's ids.

    A caller who is rung first would be rung under one of them.
    """
    calls = known.only_rings and call.calling in known.numbers
    return calls and not any(are_pair(known.call_id, each) for each in call.ids)


def may_begin(first: str, call: LiveCall) -> bool:
    """Return True if what must be a first id may be that of a call which a reading shows.

    The reading shows it by that id or by its line's.
    """
    return not first or first in call.ids or any(are_beside(first, each) for each in call.ids)


def is_part(part: LiveCall, call: LiveCall) -> bool:
    """Return True if what looked like a call is a part of another one.

    Its second id, or phones that ring for it.
    """
    rings_for_it = call.takes_lone_legs and part.only_rings
    rings_for_it = rings_for_it and not (comes_before_own(part.call_id, call) or was_of_one(call))
    rings_for_it = rings_for_it and any(are_of_group(part.call_id, each) for each in call.ids)
    shared = not part.numbers.isdisjoint(call.numbers)
    if not rings_for_it and not (shared and any(are_pair(part.call_id, each) for each in call.ids)):
        return False
    if not all(map(is_empty, part.records)) or have_other_callers(part, call):
        return False
    # Two calls of one phone, one right after the other, are no parts of each other.
    both_answered = part.answered_at is not None and call.answered_at is not None
    return rings_for_it or not both_answered or _same(part.numbers, call.numbers)


def _same(some: set[str], others: set[str]) -> bool:
    return some <= others or others <= some
