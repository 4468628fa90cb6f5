"""What each report says of the parties of a call: one table, from a report and a role to a state.

A call's evidence is folded into its facts, one report after another; joined calls are folded anew.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum, auto
from typing import Final, NamedTuple

from ..model.events import CallEvent, CallReport, KeyReport, PromptEndReport
from ..model.lines import Call, CallLeg, CallRecord, LegKind, LegState
from .facts import MAX_FAILURES, TALKING, Facts, Failure, Party

_MAX_KEYS = 256
_MAX_KEY = 16  # characters


class Role(Enum):
    """What a report makes of a party that it names."""

    CALLER = auto()
    CALLEE = auto()
    ALONE = auto()  # the only one named: it talks to the PBX, or its partner is not shown
    LEAVER = auto()
    LEFT = auto()  # its partner has left, which ends its part
    STAYS = auto()  # its partner has left, and others may follow


_E, _S = CallEvent, LegState
STATES: Final[dict[tuple[CallEvent, Role], LegState]] = {
    (_E.RINGING, Role.CALLEE): _S.RINGING,
    (_E.RINGING, Role.CALLER): _S.DIALING,
    (_E.DIALING, Role.CALLER): _S.DIALING,
    (_E.ANSWER, Role.CALLEE): _S.TALKING,
    (_E.ANSWER, Role.CALLER): _S.TALKING,
    (_E.ANSWER, Role.ALONE): _S.WAITING,
    (_E.ANSWERED, Role.CALLEE): _S.TALKING,
    (_E.ANSWERED, Role.CALLER): _S.TALKING,
    (_E.ANSWERED, Role.ALONE): _S.WAITING,
    (_E.ENDED, Role.LEAVER): _S.ENDED,
    (_E.ENDED, Role.LEFT): _S.ENDED,
    (_E.FAILED, Role.CALLEE): _S.ENDED,
    (_E.INVITE, Role.CALLER): _S.DIALING,
    (_E.INCOMING, Role.CALLER): _S.DIALING,
}
"""The state of a party by a report and its role there; CallStatus states it by itself."""


class Shown(NamedTuple):
    """A call as a reading showed it.

    Attributes:
        names_all: whether all parties are named; API v1 names two of a call between extensions.
        ringing: the extensions that rang at that time.
    """

    call: Call
    names_all: bool
    ringing: frozenset[str]


class Moved(NamedTuple):
    """A transfer by command; `left` takes part no more, "" where nobody is known to have left."""

    left: str


class Dialled(NamedTuple):
    """A call by command: the phone of the caller is rung first."""

    caller: str
    callee: str


type Event = CallReport | KeyReport | PromptEndReport | Shown | Moved | Dialled | CallRecord


class Evidence(NamedTuple):
    """One thing that was learnt of a call.

    Attributes:
        call_id: the id under which it was reported.
        caller: the extension that calls, by the phones' statuses at that time.
        branch: whether it is the record of a single branch.
    """

    at: datetime
    event: Event
    call_id: str
    caller: str = ""
    branch: bool = False


def fold(facts: Facts, evidence: Evidence, *, callee_first: bool) -> None:
    """Apply one piece of evidence.

    Args:
        facts: what is known so far.
        evidence: what was learnt.
        callee_first: whether this PBX names the callee first where it names both sides.
    """
    event, at = evidence.event, evidence.at
    if isinstance(event, CallRecord):
        facts.add_record(event, branch=evidence.branch)
        facts.touched = max(facts.touched, at)
    elif isinstance(event, Shown):
        _show(facts, event, at)
    elif isinstance(event, Dialled):
        facts.called = event.callee
        party = facts.party(CallLeg(kind=LegKind.EXTENSION, extension=event.caller), at)
        if party is not None:
            party.calls = party.certain = True
            party.enter(LegState.DIALING, at)
    elif isinstance(event, Moved):
        facts.move(at)
        if (party := facts.extension(event.left)) is not None:
            party.enter(LegState.ENDED, at)
    else:
        facts.touched = max(facts.touched, at)
        if isinstance(event, CallReport):
            _report(facts, event, evidence, callee_first=callee_first)
        elif isinstance(event, KeyReport):
            _press(facts, event, at)
        else:
            _prompt(facts, event, at)


# Reports


def _report(facts: Facts, report: CallReport, evidence: Evidence, *, callee_first: bool) -> None:
    event, at = report.event, evidence.at
    named = [(leg, p) for leg in report.legs if (p := facts.party(leg, at)) is not None]
    parties = [party for _, party in named]
    moved = facts.answered_at is not None and any(party.state is None for party in parties)
    if event is CallEvent.STATUS:
        _status(facts, named, at)
    elif event is CallEvent.TRANSFER:
        _transfer(facts, parties, at)
    else:
        _call_roles(facts, report, parties, evidence.caller)
        roles = _ROLES[event](facts, parties, callee_first)
        for party, role in roles:
            if (state := STATES.get((event, role))) is not None:
                party.enter(state, at)
        if event in (CallEvent.ANSWER, CallEvent.ANSWERED):
            _answer(facts, event, parties, at)
        elif event is CallEvent.ENDED:
            _hang_up(facts, parties, at)
        elif event is CallEvent.FAILED:
            _fail(facts, report, [party for party, role in roles if role is Role.CALLEE], at)
        elif event in (CallEvent.INVITE, CallEvent.INCOMING):
            facts.invited = True
    if moved and any(p.state is LegState.RINGING and p.since == at for p in parties):
        facts.move(at)
    if facts.alone is not None and facts.alone.calls:
        facts.alone = None
    if event in (CallEvent.RINGING, CallEvent.ANSWER, CallEvent.ANSWERED):
        _leave_unnamed(facts, parties, at)
    _note_ring(facts, at)


def _call_roles(facts: Facts, report: CallReport, parties: Sequence[Party], hint: str) -> None:
    """Note who calls, where something else than the order of the parties tells it."""
    if report.event is CallEvent.FAILED:
        _take_back(facts, facts.answerers)
    elif report.event in (CallEvent.DIALING, CallEvent.RINGING):
        _take_back(facts, parties)
    if facts.answered_at is not None:
        return
    inbound = facts.inbound
    line = next((p for p in parties if p.kind is LegKind.OUTBOUND), None)
    for party in parties:
        if party.kind is not LegKind.EXTENSION:
            continue
        if inbound is not None:
            if not party.certain:
                party.calls, party.certain = False, True
        elif report.event is CallEvent.DIALING or (
            line is not None and party.calls is None and line.caller in ("", party.extension)
        ):
            facts.name_caller(party)
    if hint:
        _apply_hint(facts, hint)


def _apply_hint(facts: Facts, hint: str) -> None:
    """Note who calls by the statuses of two extensions, unless something is certain of it."""
    known, party = facts.caller, facts.extension(hint)
    if party is None or (known is not None and known.certain):
        return
    others = [each for each in facts.extensions if each is not party]
    if not any(each.state is LegState.WAITING for each in others):
        facts.name_caller(party)


def _take_back(facts: Facts, parties: Sequence[Party]) -> None:
    """Take an answer back of an extension alone that makes the call: it was rung first."""
    if len(facts.answerers) == 1 and facts.answerers[0] in parties and not facts.transfers:
        alone = facts.answerers[0]
        facts.answered_at, facts.answerers = None, ()
        alone.state, alone.calls, alone.talked = LegState.WAITING, None, False


type Placed = list[tuple[Party, Role]]


def _ringing(facts: Facts, parties: Sequence[Party], callee_first: bool) -> Placed:
    callees = _callees(facts, parties, callee_first=callee_first)
    placed: Placed = []
    for party in parties:
        rings = any(party is each for each in callees)
        if len(parties) > 1 and party.calls is None:
            party.calls = not rings
        placed.append((party, Role.CALLEE if rings else Role.CALLER))
    return placed


def _callees(facts: Facts, parties: Sequence[Party], *, callee_first: bool) -> Sequence[Party]:
    """Return the parties that ring: samples name the callee first, a page says otherwise."""
    lines = [party for party in parties if party.kind is LegKind.OUTBOUND]
    if lines:
        return lines
    extensions = [party for party in parties if party.kind is LegKind.EXTENSION]
    if len(extensions) < len(parties) or len(extensions) < 2:
        return [p for p in extensions if not (p.calls and p.certain)]
    called = [party for party in extensions if not party.calls]
    if len(called) < len(extensions):
        return called
    return extensions[:-1] if callee_first else extensions[1:]


def _as_callers(facts: Facts, parties: Sequence[Party], callee_first: bool) -> Placed:
    return [(party, Role.CALLER) for party in parties]


def _talking(facts: Facts, parties: Sequence[Party], callee_first: bool) -> Placed:
    if len(parties) == 1:
        return [(parties[0], Role.ALONE)]
    return [(party, Role.CALLER if party.calls else Role.CALLEE) for party in parties]


def _leaving(facts: Facts, parties: Sequence[Party], callee_first: bool) -> Placed:
    """Return who hung up, the first one named, and whether that ends the other's part."""
    if not parties:
        return []
    first, others = parties[0], parties[1:]
    gone = first.state is LegState.ENDED and facts.transferred_at is not None
    ends = not gone and (
        bool(first.calls)
        or first.talked
        or (any(p.talked for p in others if not p.calls) and not _elsewhere(facts, parties))
    )
    if facts.transferred_at is not None and first.since < facts.transferred_at:
        ends = ends and not any(p.since >= facts.transferred_at for p in others)
    return [(first, Role.LEAVER), *((p, Role.LEFT if ends else Role.STAYS) for p in others)]


def _elsewhere(facts: Facts, parties: Sequence[Party]) -> bool:
    """Return whether somebody who is not named has answered: the one who leaves only rang."""
    moved = facts.transferred_at
    return any(
        p.talks and p not in parties and (moved is None or p.since > moved)
        for p in facts.parties.values()
    )


def _failing(facts: Facts, parties: Sequence[Party], callee_first: bool) -> Placed:
    """Return the callee, who is named first or is the line, and the caller."""
    lines = [party for party in parties if party.kind is LegKind.OUTBOUND]
    callees: Sequence[Party] = lines or [
        p for p in parties if p.kind is LegKind.EXTENSION and not p.calls
    ]
    if len(parties) == 1 and callees and not lines:
        alone = callees[0]
        outbound = facts.outbound if facts.inbound is None else None
        picked_up = alone.picked_up or alone.state is LegState.WAITING
        if alone.rang and picked_up and facts.caller is None:
            callees = []  # it makes the call, and was rung first
        elif outbound is not None and not alone.rang and facts.extensions == [alone]:
            callees = [outbound]
    if len(callees) == 1 < len(parties) and not any(party.certain for party in parties):
        callees = parties[:1]  # the order of one report outweighs that of others
    failed = callees[0] if callees else None
    others = [party for party in parties if party is not failed]
    if failed is not None and not failed.certain:
        failed.calls = False
    if facts.inbound is None and len(others) == 1 and others[0].kind is LegKind.EXTENSION:
        facts.name_caller(others[0])
    placed = [(party, Role.CALLER) for party in others]
    return placed if failed is None else [(failed, Role.CALLEE), *placed]


_ROLES: dict[CallEvent, Callable[[Facts, Sequence[Party], bool], Placed]] = {
    CallEvent.RINGING: _ringing,
    CallEvent.DIALING: _as_callers,
    CallEvent.ANSWER: _talking,
    CallEvent.ANSWERED: _talking,
    CallEvent.ENDED: _leaving,
    CallEvent.FAILED: _failing,
    CallEvent.INVITE: _as_callers,
    CallEvent.INCOMING: _as_callers,
}


def _answer(facts: Facts, event: CallEvent, parties: Sequence[Party], at: datetime) -> None:
    if len(parties) > 1:
        first, second = parties[0], parties[1]
        if event is CallEvent.ANSWERED:
            first, second = second, first
        alone = facts.alone
        if alone in parties and alone is not None and not alone.rang and not alone.certain:
            for party in parties:  # the PBX itself answered it before
                party.calls = party is alone
        elif first.calls is None and second.calls is None:
            first.calls, second.calls = False, True  # by their order alone
        _talk(facts, parties, at)
    elif parties:
        party = parties[0]
        _talk_to_pbx(facts, party, at)
        if event is CallEvent.ANSWERED and not facts.stated and party.calls is None:
            party.calls = None if party.rang else True


def _talk_to_pbx(facts: Facts, party: Party, at: datetime) -> None:
    """Note that a party was answered alone: by an IVR or a queue, if nobody rang before."""
    facts.alone, facts.alone_at = party, at
    party.led_on |= party.kind is LegKind.INBOUND and not any(facts.rang())


def _talk(facts: Facts, parties: Sequence[Party], at: datetime) -> None:
    facts.alone = None
    if facts.answered_at is None:
        facts.answered_at, facts.answerers = at, tuple(parties)


def answer_alone(facts: Facts, at: datetime) -> None:
    """Note that the party that was answered alone talks to somebody whom no report shows."""
    party = facts.alone
    facts.alone = None
    if party is None or facts.answered_at is not None or not party.live:
        return
    party.state, party.talked = LegState.TALKING, True
    party.calls = bool(party.calls)
    facts.answered_at, facts.answerers = facts.alone_at or at, (party,)


def _hang_up(facts: Facts, parties: Sequence[Party], at: datetime) -> None:
    facts.hung_up_at = at
    for party in parties[1:]:
        if party.state is None:
            party.enter(LegState.WAITING, at)


def _fail(facts: Facts, report: CallReport, failed: Sequence[Party], at: datetime) -> None:
    if len(facts.failures) >= MAX_FAILURES:
        return
    number = failed[0].number if failed else ""
    others = any(
        p.state is LegState.RINGING and p not in failed and not p.calls and p.idle_at is None
        for p in facts.parties.values()
    )
    facts.failures.append(Failure(number, report.reason, at, others))


def _transfer(facts: Facts, parties: Sequence[Party], at: datetime) -> None:
    """Move a call on: those named take part from now on, and who rang for it before does not."""
    facts.transfers += 1
    facts.move(at)
    if facts.answered_at is None:
        numbers = [party.extension for party in parties if party.extension]
        if not any(facts.rang()):
            facts.called = facts.called or next(iter(numbers), "")
        ringing = [party for party in facts.extensions if party.state is LegState.RINGING]
        if len(ringing) == 1:  # it forwards the call
            ringing[0].state, ringing[0].since = LegState.ENDED, at
        for party in parties:
            if party.state is LegState.RINGING and len(parties) == 1:
                party.state, party.since = LegState.ENDED, at
            elif party.state is None and party.kind is LegKind.EXTENSION:
                party.calls = False if party.calls is None else party.calls
        return
    talking = [p for p in facts.extensions if p.talks and p not in parties]
    staying = [p for p in facts.parties.values() if p.live and p not in talking]
    for party in talking:
        if len(talking) == 1 or staying:
            party.state, party.since = LegState.ENDED, at
    for party in parties:
        if party.state in (None, LegState.ENDED):
            party.state, party.since = LegState.DIALING, at
            party.calls = bool(party.calls)


def _leave_unnamed(facts: Facts, parties: Sequence[Party], at: datetime) -> None:
    """Let extensions go that talked before the call moved on and are not named any more."""
    moved = facts.transferred_at
    if moved is None or len(parties) < 2 or facts.answered_at is None:
        return
    for party in facts.extensions:
        if party not in parties and party.talks and party.since < moved:
            party.state, party.since = LegState.ENDED, at


def _status(facts: Facts, named: Sequence[tuple[CallLeg, Party]], at: datetime) -> None:
    facts.stated = True
    parties = [party for _, party in named]
    talking = [party for leg, party in named if leg.state in TALKING]
    _take_back(facts, [party for leg, party in named if leg.state is LegState.DIALING])
    if facts.answered_at is None:
        _stated_roles(facts, named)
    for leg, party in named:
        state = leg.state
        if state is LegState.TALKING and len(talking) < 2 and facts.answered_at is None:
            party.enter(LegState.WAITING, at)
            if len(named) == 1:
                _talk_to_pbx(facts, party, at)
        elif state is LegState.RINGING and party.calls and party.certain:
            party.enter(LegState.DIALING, at)  # it makes the call, and is rung first
        elif state is not None:
            party.enter(state, at)
    if len(talking) > 1:
        _talk(facts, talking, at)
    leavers = [party for leg, party in named if leg.state is LegState.ENDED]
    if leavers:
        facts.hung_up_at = at
    else:
        _leave_unnamed(facts, parties, at)


def _stated_roles(facts: Facts, named: Sequence[tuple[CallLeg, Party]]) -> None:
    for leg, party in named:
        if facts.inbound is not None and party.kind is LegKind.EXTENSION:
            party.calls, party.certain = False, True
        if leg.calls is None or party.certain or facts.inbound is not None:
            continue
        if leg.calls and party.kind is LegKind.EXTENSION:
            facts.name_caller(party)
        elif not leg.calls and len(named) > 1:
            party.calls = False


def _press(facts: Facts, report: KeyReport, at: datetime) -> None:
    index = next_key(facts) if report.index is None else report.index
    if index not in facts.keys and len(facts.keys) < _MAX_KEYS:
        facts.keys[index] = report.key[:_MAX_KEY]
    for leg in report.legs:
        party = facts.party(leg, at)
        if party is not None and facts.answered_at is None and not any(facts.rang()):
            party.led_on |= party.kind is LegKind.INBOUND  # by an IVR


def next_key(facts: Facts) -> int:
    """Return the position of a key whose report does not tell it: behind all others."""
    return max(facts.keys, default=-1) + 1


def _prompt(facts: Facts, report: PromptEndReport, at: datetime) -> None:
    """Note who heard a prompt: it is connected to the PBX itself."""
    facts.path = facts.path or report.ivr
    for leg in report.legs:
        party = facts.party(leg, at)
        if party is not None and party.state is None:
            party.enter(LegState.WAITING, at)


# Readings


def _show(facts: Facts, shown: Shown, at: datetime) -> None:
    """Apply what a reading showed: the truth of its time, but for newer reports."""
    named = set()
    legs = shown.call.legs
    kinds = {leg.kind for leg in legs}  # lists of API v1 show the lines of each way apart
    partly = facts.inbound is not None and LegKind.INBOUND not in kinds
    callers = {leg.caller for leg in legs if leg.kind is LegKind.OUTBOUND}
    outward = bool(callers) and not any(leg.kind is LegKind.INBOUND for leg in legs)
    for leg in legs:
        party = facts.party(leg, at)
        if party is None:
            continue
        named.add(id(party))
        state = leg.state
        if leg.calls and party.kind is LegKind.EXTENSION and facts.inbound is None:
            facts.name_caller(party)
        newer = party.state is not None and party.since >= at
        if state is not None and not newer and not _hides_hold(party, leg):
            party.note(state)
            if state is not party.state:
                party.state, party.since = state, at
    for party in facts.parties.values():
        hidden = outward and party.extension in callers  # lists of lines show these alone
        hidden |= party.state is LegState.RINGING and party.extension in shown.ringing
        hidden |= partly or (party.kind is not LegKind.EXTENSION and party.kind not in kinds)
        if legs and not hidden and id(party) not in named and party.since < at:
            party.state = LegState.ENDED
            if shown.names_all:  # else a report that names it is newer
                party.since = at
    talking = [party for party in facts.live() if party.talks]
    if len(talking) > 1 and facts.answered_at is None:
        alone, rang = facts.alone_at, facts.first_ring
        facts.inexact = alone is None or (rang is not None and rang > alone)
        _talk(facts, talking, at if facts.inexact or alone is None else alone)


def _hides_hold(party: Party, leg: CallLeg) -> bool:
    """Return whether an answer has no word for a hold: that of API v1, which knows no channels."""
    no_channel = not leg.leg_id or leg.leg_id.replace(".", "").isdecimal()
    return no_channel and leg.state is LegState.TALKING and party.state is LegState.ON_HOLD


def _note_ring(facts: Facts, at: datetime) -> None:
    if facts.first_ring is None and any(
        party.state is LegState.RINGING and party.since == at and not party.calls
        for party in facts.parties.values()
    ):
        facts.first_ring = at
    if facts.answered_at is None and not facts.several:
        facts.several = sum(party.rang and not party.calls for party in facts.extensions) > 1
