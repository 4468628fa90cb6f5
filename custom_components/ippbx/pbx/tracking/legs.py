"""What each piece of evidence says of the parties of a call: from a report to their states.

| report           | who it names                       | their states                             |
|------------------|------------------------------------|------------------------------------------|
| RINGING          | the callee, and mostly the caller  | RINGING; DIALING                         |
| DIALING          | the caller                         | DIALING                                  |
| ANSWER, ANSWERED | both; or one alone: its partner is | TALKING; WAITING                         |
|                  | the PBX itself, or not shown       |                                          |
| ENDED            | who hung up, and the other one     | ENDED; ENDED if that ends its part       |
| FAILED           | the callee, and mostly the caller  | ENDED; as before                         |
| INVITE, INCOMING | the caller                         | DIALING                                  |
| STATUS           | everybody                          | as each leg states                       |
| TRANSFER         | those that take part from now on   | DIALING, unless they do already          |

A call's evidence is folded into its facts, one piece after another; joined calls are folded anew.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from ..model.events import CallEvent, CallReport, KeyReport, PromptEndReport
from ..model.lines import Call, CallLeg, CallRecord, LegKind, LegState
from .facts import TALKING, Facts, Party

MAX_FAILURES: Final = 16
_MAX_KEYS = 256
_MAX_KEY = 16  # characters
_ANSWERS = (CallEvent.ANSWER, CallEvent.ANSWERED)
_BEGIN_A_PART = (CallEvent.RINGING, *_ANSWERS)


class Command(NamedTuple):
    """A call by command, of which the phone of the caller rings first, or a transfer by command.

    Attributes:
        left: the extension that a transfer leaves behind, "" where that is unknown; None for a
            call by command.
    """

    caller: str = ""
    callee: str = ""
    left: str | None = None


class Evidence(NamedTuple):
    """One thing that was learnt of a call.

    Attributes:
        caller: the extension that calls, by the phones' statuses at that time.
        branch: whether it is the record of a single branch.
    """

    at: datetime
    event: CallReport | KeyReport | PromptEndReport | Call | Command | CallRecord
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
    if not isinstance(event, Call | Command) and at > facts.touched:
        facts.touched = at
    if isinstance(event, CallReport):
        _report(facts, event, evidence, callee_first=callee_first)
    elif isinstance(event, CallRecord):
        facts.add_record(event, branch=evidence.branch)
    elif isinstance(event, Call):
        _show(facts, event, at)
    elif isinstance(event, Command):
        _command(facts, event, at)
    elif isinstance(event, KeyReport):
        _press(facts, event, at)
    else:
        _prompt(facts, event, at)


def _command(facts: Facts, command: Command, at: datetime) -> None:
    if command.left is not None:
        facts.move(at)
        if (party := facts.extensions.get(command.left)) is not None:
            party.enter(LegState.ENDED, at)
        return
    facts.called = command.callee
    party = facts.party(CallLeg(kind=LegKind.EXTENSION, extension=command.caller), at)
    if party is not None:
        party.calls = party.certain = True
        party.enter(LegState.DIALING, at)


# Reports


def _report(facts: Facts, report: CallReport, evidence: Evidence, *, callee_first: bool) -> None:
    event, at = report.event, evidence.at
    parties = [party for leg in report.legs if (party := facts.party(leg, at)) is not None]
    moved = facts.answered_at is not None and any(not party.live for party in parties)
    if event is CallEvent.STATUS:
        _status(facts, report.legs, at)
    elif event is CallEvent.TRANSFER:
        _transfer(facts, parties, at)
    else:
        if len(facts.answerers) == 1 and event not in _ANSWERS:
            if event is CallEvent.FAILED:
                _take_back(facts, facts.answerers)
            elif event is not CallEvent.ENDED:
                _take_back(facts, parties)
        if facts.answered_at is None:
            _call_roles(facts, event, parties, evidence.caller)
        if event is CallEvent.RINGING:
            _ring(facts, parties, at, callee_first=callee_first)
        else:
            _REPORTS[event](facts, report, parties, at)
    if moved and any(p.state is LegState.RINGING and p.since == at for p in parties):
        _go_on(facts, parties, at)
    if facts.alone is not None and facts.alone.calls:
        facts.alone = None
    if facts.transferred_at is not None and event in _BEGIN_A_PART:
        _leave_unnamed(facts, parties, at)


def _go_on(facts: Facts, parties: Sequence[Party], at: datetime) -> None:
    """Note that an answered call rings somebody else: who hung up has passed it on."""
    facts.move(at)
    for party in parties:
        if not party.live:
            party.put(LegState.DIALING, at)


def _call_roles(facts: Facts, event: CallEvent, parties: Sequence[Party], hint: str) -> None:
    """Note who calls, where something else than the order of the parties tells it."""
    for party in parties:
        if party.kind is not LegKind.EXTENSION:
            continue
        if facts.inbound is not None:
            if not party.certain:
                party.calls, party.certain = False, True
        elif event is CallEvent.DIALING or (
            party.calls is None
            and (line := _line(parties)) is not None
            and line.caller in ("", party.extension)
        ):
            facts.name_caller(party)
    caller = facts.extensions.get(hint) if hint else None
    if caller is None or ((known := facts.caller) is not None and known.certain):
        return
    others = (each for each in facts.extensions.values() if each is not caller)
    if not any(each.state is LegState.WAITING for each in others):
        facts.name_caller(caller)


def _line(parties: Sequence[Party]) -> Party | None:
    """Return the line on which a call goes out."""
    return next((party for party in parties if party.kind is LegKind.OUTBOUND), None)


def _take_back(facts: Facts, parties: Sequence[Party]) -> None:
    """Take an answer back of an extension alone that makes the call: it was rung first."""
    if len(facts.answerers) == 1 and facts.answerers[0] in parties and not facts.transfers:
        alone = facts.answerers[0]
        facts.answered_at, facts.answerers = None, ()
        alone.calls, alone.talked = None, False
        alone.put(LegState.WAITING, alone.since)


def _ring(facts: Facts, parties: Sequence[Party], at: datetime, *, callee_first: bool) -> None:
    callees = _callees(parties, callee_first=callee_first)
    for party in parties:
        rings = party in callees
        if len(parties) > 1 and party.calls is None:
            party.calls = not rings
        party.enter(LegState.RINGING if rings else LegState.DIALING, at)


def _callees(parties: Sequence[Party], *, callee_first: bool) -> Sequence[Party]:
    """Return the parties that ring: samples name the callee first, a page says otherwise."""
    extensions = [party for party in parties if party.kind is LegKind.EXTENSION]
    if (line := _line(parties)) is not None:
        return [p for p in extensions if not p.talked] if line.talked else [line]
    if len(extensions) < len(parties) or len(extensions) < 2:
        return [p for p in extensions if not (p.calls and p.certain)]
    called = [party for party in extensions if not party.calls]
    if len(called) < len(extensions):
        return called
    return extensions[:-1] if callee_first else extensions[1:]


def _dial(facts: Facts, report: CallReport, parties: Sequence[Party], at: datetime) -> None:
    for party in parties:
        party.enter(LegState.DIALING, at)
    facts.invited |= report.event is not CallEvent.DIALING


def _answer(facts: Facts, report: CallReport, parties: Sequence[Party], at: datetime) -> None:
    if len(parties) > 1:
        for party in parties:
            party.enter(LegState.TALKING, at)
        first, second = parties[0], parties[1]
        if report.event is CallEvent.ANSWERED:
            first, second = second, first
        if first.calls is None and second.calls is None:
            first.calls, second.calls = False, True  # by their order alone
        _talk(facts, parties, at)
    elif parties:
        (party,) = parties
        party.enter(LegState.WAITING, at)
        _talk_to_pbx(facts, party, at)
        caller = report.event is CallEvent.ANSWERED and not facts.stated and not party.rang
        if caller and party.calls is None:
            party.calls = True


def _talk_to_pbx(facts: Facts, party: Party, at: datetime) -> None:
    """Note that a party was answered alone: by an IVR or a queue, if nobody rang before."""
    facts.alone, facts.alone_at = party, at
    party.led_on |= party.kind is LegKind.INBOUND and not any(facts.rang())


def _talk(facts: Facts, parties: Sequence[Party], at: datetime) -> None:
    facts.alone = None
    if facts.answered_at is None:
        facts.answered_at, facts.answerers = at, tuple(parties)
        for party in facts.extensions.values():
            if party.state is LegState.RINGING and party not in parties:
                party.put(LegState.ENDED, at)  # others of its group


def answer_alone(facts: Facts, at: datetime) -> None:
    """Note that the party that was answered alone talks to somebody whom no report shows."""
    party = facts.alone
    facts.alone = None
    if party is None or facts.answered_at is not None or not party.live:
        return
    party.put(LegState.TALKING, party.since)
    party.talked, party.calls = True, bool(party.calls)
    facts.answered_at, facts.answerers = facts.alone_at or at, (party,)


def _end(facts: Facts, report: CallReport, parties: Sequence[Party], at: datetime) -> None:
    """Apply who hung up, the first one named, and whether that ends the other's part."""
    moved = facts.transferred_at
    if moved is None and _elsewhere(facts, parties):
        for party in parties:  # a phone of a group that lost, or answered second
            if not party.calls:
                party.enter(LegState.ENDED, at)
        return
    facts.hung_up_at = at
    if not parties:
        return
    leaver, *others = parties
    ends = (
        not (leaver.state is LegState.ENDED and moved is not None)
        and (bool(leaver.calls) or leaver.talked or any(p.talked and not p.calls for p in others))
        and not (
            moved is not None and leaver.since < moved and any(p.since >= moved for p in others)
        )
    )
    leaver.enter(LegState.ENDED, at)
    for party in others:
        if ends:
            party.enter(LegState.ENDED, at)
        elif party.state is None:
            party.enter(LegState.WAITING, at)


def _elsewhere(facts: Facts, parties: Sequence[Party]) -> bool:
    """Return whether somebody called who is not named talks: not so they who are."""
    return any(p.talks and not p.calls and p not in parties for p in facts.parties.values())


def _fail(facts: Facts, report: CallReport, parties: Sequence[Party], at: datetime) -> None:
    failed = _failed(facts, parties)
    others = [party for party in parties if party is not failed]
    if failed is not None and not failed.certain:
        failed.calls = False
    if facts.inbound is None and len(others) == 1 and others[0].kind is LegKind.EXTENSION:
        facts.name_caller(others[0])
    if failed is not None:
        failed.enter(LegState.ENDED, at)
    if len(facts.failures) < MAX_FAILURES:
        ring = any(
            p.state is LegState.RINGING and p is not failed and not p.calls and p.idle_at is None
            for p in facts.parties.values()
        )
        facts.failures.append((failed.number if failed else "", report.reason, at, ring))


def _failed(facts: Facts, parties: Sequence[Party]) -> Party | None:
    """Return the callee, who is named first or is the line."""
    if (line := _line(parties)) is not None:
        return line
    callees = [p for p in parties if p.kind is LegKind.EXTENSION and not p.calls]
    if len(parties) == 1 and callees:
        alone = callees[0]
        picked_up = alone.picked_up or alone.state is LegState.WAITING
        if alone.rang and picked_up and facts.caller is None:
            return None  # it makes the call, and was rung first
    if len(callees) == 1 < len(parties) and not any(party.certain for party in parties):
        return parties[0]  # the order of one report outweighs that of others
    return callees[0] if callees else None


_REPORTS: Final[dict[CallEvent, Callable[[Facts, CallReport, Sequence[Party], datetime], None]]] = {
    CallEvent.DIALING: _dial,
    CallEvent.INVITE: _dial,
    CallEvent.INCOMING: _dial,
    CallEvent.ANSWER: _answer,
    CallEvent.ANSWERED: _answer,
    CallEvent.ENDED: _end,
    CallEvent.FAILED: _fail,
}


def _transfer(facts: Facts, parties: Sequence[Party], at: datetime) -> None:
    """Move a call on: those named take part from now on, and who rang for it before does not."""
    facts.transfers += 1
    facts.move(at)
    extensions = facts.extensions.values()
    if facts.answered_at is None:
        if not any(facts.rang()):
            named = next((party.extension for party in parties if party.extension), "")
            facts.called = facts.called or named
        ringing = [party for party in extensions if party.state is LegState.RINGING]
        if len(ringing) == 1:  # it forwards the call
            ringing[0].put(LegState.ENDED, at)
        for party in parties:
            if party.state is None and party.kind is LegKind.EXTENSION and party.calls is None:
                party.calls = False
        return
    talking = [p for p in extensions if p.talks and p not in parties]
    if len(talking) == 1 or any(p.live and p not in talking for p in facts.parties.values()):
        first = min(talking, key=lambda party: party.since, default=None)
        if first is not None:  # who asked before is on hold
            first.put(LegState.ENDED, at)
    for party in parties:
        if not party.live:
            party.put(LegState.DIALING, at)
            party.calls = bool(party.calls)


def _leave_unnamed(facts: Facts, parties: Sequence[Party], at: datetime) -> None:
    """Let extensions go that talked before the call moved on and are not named any more."""
    moved = facts.transferred_at
    if moved is None or len(parties) < 2 or facts.answered_at is None:
        return
    for party in facts.extensions.values():
        if party not in parties and party.talks and party.since < moved:
            party.put(LegState.ENDED, at)


def _status(facts: Facts, legs: Sequence[CallLeg], at: datetime) -> None:
    named = [(leg, party) for leg in legs if (party := facts.party(leg, at)) is not None]
    facts.stated = True
    talking = [party for leg, party in named if leg.state in TALKING]
    _take_back(facts, [party for leg, party in named if leg.state is LegState.DIALING])
    if facts.answered_at is None:
        _stated_roles(facts, named)
    left = False
    for leg, party in named:
        state = leg.state
        left |= state is LegState.ENDED
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
    if left:
        facts.hung_up_at = at
    else:
        _leave_unnamed(facts, [party for _, party in named], at)


def _stated_roles(facts: Facts, named: Sequence[tuple[CallLeg, Party]]) -> None:
    for leg, party in named:
        if facts.inbound is not None:
            if party.kind is LegKind.EXTENSION:
                party.calls, party.certain = False, True
        elif leg.calls and not party.certain and party.kind is LegKind.EXTENSION:
            facts.name_caller(party)
        elif leg.calls is False and not party.certain and len(named) > 1:
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


def _show(facts: Facts, shown: Call, at: datetime) -> None:
    """Apply what a reading showed: the truth of its time, but for newer reports."""
    legs = shown.legs
    kinds = {leg.kind for leg in legs}  # lists of API v1 show the lines of each way apart
    named = set()
    for leg in legs:
        party = facts.party(leg, at)
        if party is None:
            continue
        named.add(party)
        state = leg.state
        if leg.calls and party.kind is LegKind.EXTENSION and facts.inbound is None:
            facts.name_caller(party)
        if state is LegState.RINGING and party.calls and party.certain:
            state = LegState.DIALING  # it makes the call, and is rung first
        newer = party.state is not None and party.since >= at
        if state is not None and not newer and not _hides_hold(party, leg):
            party.note(state)
            if state is not party.state:
                party.put(state, at)
    partly = facts.inbound is not None and LegKind.INBOUND not in kinds
    callers = {leg.caller for leg in legs if leg.kind is LegKind.OUTBOUND}
    outward = LegKind.INBOUND not in kinds  # lists of lines show these alone
    for party in facts.parties.values():
        hidden = (
            partly
            or (outward and party.extension in callers)
            or (party.kind is not LegKind.EXTENSION and party.kind not in kinds)
        )
        if legs and not hidden and party not in named and party.since < at:
            party.put(LegState.ENDED, at)
    talking = [party for party in facts.parties.values() if party.talks]
    if len(talking) > 1 and facts.answered_at is None:
        alone, rang = facts.alone_at, facts.first_ring
        facts.inexact = alone is None or (rang is not None and rang > alone)
        _talk(facts, talking, at if facts.inexact or alone is None else alone)


def _hides_hold(party: Party, leg: CallLeg) -> bool:
    """Return whether an answer has no word for a hold: that of API v1, which knows no channels."""
    no_channel = not leg.leg_id or leg.leg_id.replace(".", "").isdecimal()
    return no_channel and leg.state is LegState.TALKING and party.state is LegState.ON_HOLD
