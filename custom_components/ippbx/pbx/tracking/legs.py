"""How evidence changes the states of the parties of a call.

| report           | parties that it names                    | their states                       |
|------------------|------------------------------------------|------------------------------------|
| RINGING          | the callee, and mostly the caller        | RINGING; DIALING                   |
| DIALING          | the caller                               | DIALING                            |
| INVITE, INCOMING | the caller                               | DIALING                            |
| ANSWER, ANSWERED | both; or one, if the other is unknown    | TALKING; WAITING                   |
| ENDED            | the party that hung up, and the other    | ENDED; ENDED if that ends its part |
| FAILED           | the callee, and mostly the caller        | ENDED; as before                   |
| TRANSFER         | the parties from now on                  | DIALING, if not yet in the call    |
| STATUS           | all                                      | as each leg states                 |

Evidence of a call is folded into its facts in order; joined calls are folded anew.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from ..model.events import CallEvent, CallReport, FailureReason, KeyReport, PromptEndReport
from ..model.lines import Call, CallLeg, CallRecord, LegKind, LegState
from .facts import DISORDER, TALKING, Facts, Party
from .phones import AT_ONCE

_MAX_KEYS = 64
ANSWERS: Final = (CallEvent.ANSWER, CallEvent.ANSWERED)
BEFORE_TALK: Final = (LegState.RINGING, LegState.DIALING)
_GOES_ON: Final = (CallEvent.RINGING, CallEvent.DIALING, CallEvent.FAILED)

type Observation = CallReport | KeyReport | PromptEndReport | Call | CallRecord
"""Reports, calls in a snapshot, and records."""
type _Named = Mapping[Party, CallLeg]
"""The parties that a report names, in its order, and the leg of each."""


class Command(NamedTuple):
    """A call by command, for which the phone of the caller rings first, or a transfer by command.

    Attributes:
        left: the transferor, "" if unknown; None for a call by command.
    """

    caller: str = ""
    callee: str = ""
    left: str | None = None


class Evidence(NamedTuple):
    """One observation of a call, or a command, and when it was made (UTC)."""

    at: datetime
    event: Observation | Command


def fold(facts: Facts, evidence: Evidence) -> None:
    """Apply one piece of evidence."""
    at, event = evidence
    if type(event) not in (Call, Command):
        facts.touched = at
    _FOLDS[type(event)](facts, event, at)


def _command(facts: Facts, command: Command, at: datetime) -> None:
    if command.left is not None:
        facts.count_transfer(at, command=True)
        if (party := facts.extensions.get(command.left)) is not None:
            party.enter(LegState.ENDED, at)
        return
    facts.dialled, facts.dialled_callee = command.caller, command.callee
    for party in facts.named([CallLeg(kind=LegKind.EXTENSION, extension=command.caller)], at):
        party.calls = party.certain = True
        party.enter(LegState.DIALING, at)


def _press(facts: Facts, report: KeyReport, at: datetime) -> None:
    """Note a key, before keys of a later position that overtook it."""
    _hear(facts, report.legs, at)
    place = len(facts.keys)
    for then, other in reversed(facts.keys):
        overtook = other.legs == report.legs and (other.index or 0) > (report.index or 0)
        if not overtook or at - then > DISORDER:
            break
        place -= 1
    if len(facts.keys) < _MAX_KEYS:
        facts.keys.insert(place, (at, report))


def _prompt(facts: Facts, report: PromptEndReport, at: datetime) -> None:
    facts.path = facts.path or report.ivr
    _hear(facts, report.legs, at)


def _hear(facts: Facts, legs: Iterable[CallLeg], at: datetime) -> None:
    """Note a party that hears a prompt or presses keys: it is connected to the PBX itself."""
    for party in facts.named(legs, at):
        if party.state is None:
            party.enter(LegState.WAITING, at)


def _report(facts: Facts, report: CallReport, at: datetime) -> None:
    event, parties = report.event, facts.named(report.legs, at)
    for record in facts.records:
        facts.correct_caller(record)
    caller = facts.caller
    left = caller is not None and caller.state is LegState.ENDED and caller not in parties
    moved = (facts.answered_at is not None or left) and any(not party.live for party in parties)
    goes_on = event in _GOES_ON or (event in ANSWERS and len(parties) > 1)
    if goes_on and any(party.live for party in facts.answerers):
        take_back(facts)
    if facts.begins:
        line = _line(parties)
        for party, leg in parties.items():
            makes = party.calls is None and line and line.caller in ("", party.extension)
            makes = makes and leg.state is not LegState.RINGING  # its mobile phone rings, too
            if party.extension and (makes or event is CallEvent.DIALING):
                facts.name_caller(party)
    _REPORTS[event](facts, report, parties, at)
    if moved and any(
        (p.state is LegState.RINGING and p.since == at)
        or (event is CallEvent.DIALING and (not p.extension or p.calls is False))
        for p in parties
    ):
        facts.move(at)  # an answered call rings a new party: a party not named has transferred it
        for party in facts.parties.values():
            if party.extension and party.talks and party not in parties:
                party.put(LegState.ENDED, at)
        for party in parties:
            if not party.live:
                party.put(LegState.DIALING, at)


def take_back(facts: Facts) -> None:
    """Take back the answer of a single extension: it is the caller, and was rung first."""
    if len(facts.answerers) == 1:
        alone = facts.answerers[0]
        facts.answered_at, facts.answerers = None, ()
        alone.calls = alone.calls if alone.certain else None
        alone.put(LegState.WAITING, alone.since)


def _line(parties: Iterable[Party]) -> Party | None:
    """Return the outbound line."""
    return next((party for party in parties if party.kind is LegKind.OUTBOUND), None)


def _begin(facts: Facts, report: CallReport, parties: _Named, at: datetime) -> None:
    """Let parties ring or talk; a single party that is answered is connected to the PBX itself."""
    answer, caller_first = report.event in ANSWERS, report.event is CallEvent.ANSWERED
    callees = _callees([*parties][::-1] if caller_first else [*parties])
    alone, caller = len(parties) == 1, facts.caller
    for party in parties:
        called = party in callees
        if party.calls is None and not alone:
            party.calls = not called and caller is None
        elif party.calls is None and caller_first and not (facts.stated or party.rang):
            party.calls = bool(party.extension)  # a number outside hears a prompt
        if answer:
            party.enter(LegState.WAITING if alone else LegState.TALKING, at)
            party.picked_up |= alone
        else:
            party.enter(LegState.RINGING if called else LegState.DIALING, at)
    if answer and len(parties) > 1:
        turned = caller in [*parties][:1] and not caller_first
        if turned and facts.answered_at and at - facts.answered_at > AT_ONCE:
            for party in parties:  # either may be late: which one names the caller first?
                party.calls = party.calls if party.certain or party.rang else None
        _talk(facts, parties, at)


def _callees(parties: Sequence[Party]) -> Sequence[Party]:
    """Return the callees: all samples of RING and ANSWER name the callee first."""
    extensions = [party for party in parties if party.extension]
    if (line := _line(parties)) is not None:
        answered = line.talks or line.picked_up
        return [p for p in extensions if not p.talks] if answered else [line]
    if len(extensions) < 2:
        return [party for party in extensions if not party.certain]
    return extensions[:-1]


def _dial(facts: Facts, report: CallReport, parties: _Named, at: datetime) -> None:
    for party in parties:
        # It hears ringing.
        party.picked_up |= party.rang or party.extension == facts.dialled
        party.enter(LegState.DIALING, at)
    facts.invited |= report.event is not CallEvent.DIALING


def _talk(facts: Facts, parties: Collection[Party], at: datetime, *, inexact: bool = False) -> None:
    if facts.answered_at is None:
        facts.answered_at, facts.answerers, facts.inexact = at, tuple(parties), inexact
        for party in facts.parties.values():
            if party.state is LegState.RINGING and party not in parties:
                party.put(LegState.ENDED, at)  # others of its group, and their mobile phones
        return
    soon, answerers = at - facts.answered_at <= DISORDER, set(facts.answerers)
    if soon and facts.inexact and answerers == set(parties):
        facts.answered_at, facts.inexact = at, False  # its report follows the snapshot
    elif not (soon or facts.transferred_at or answerers.issuperset(parties)):
        facts.move(at)  # the report of the transfer was lost


def answer_alone(facts: Facts) -> None:
    """Let a single party that was answered talk to a partner that no report shows."""
    party = facts.alone
    if party is not None and facts.answered_at is None and not facts.is_denied(party):
        party.put(LegState.TALKING, party.since)
        party.calls = False
        facts.answered_at, facts.answerers = party.since, (party,)


def _end(facts: Facts, _report: CallReport, parties: _Named, at: datetime) -> None:
    """Apply a hang-up of the first party named; it may end the part of the other."""
    leaver, others, moved = [*parties][:1], [*parties][1:], facts.transferred_at
    passed_on = False
    if moved is not None and at - moved <= DISORDER:  # the transferor leaves, alone
        comes = (p for p in facts.parties.values() if p.live and not (p.talks and p.since < moved))
        left = [p for p in parties if not p.live and p.hang_up in ((), (*parties,))]
        passed_on = not any(comes) or bool(left)
        for party in left:
            party.hang_up = (*parties,)
        leaver = left or leaver
    asked = [p for p in parties if p not in facts.answerers]
    waits = any(p.talks and p not in parties for p in facts.answerers)
    if waits and 0 < len(asked) < len(parties):  # the consulted party leaves, alone
        asked[0].enter(LegState.ENDED, at)
        return
    if not passed_on:
        facts.hung_up_at = at
    talked = any(p.calls or p.talks for p in leaver) or any(p.talks and not p.calls for p in others)
    talked |= any(p.hang_up == (*parties,)[::-1] for p in parties)  # its other end hangs up, too
    for party in parties if talked and not passed_on else leaver:
        party.enter(LegState.ENDED, at)


def _fail(facts: Facts, report: CallReport, parties: _Named, at: datetime) -> None:
    """Note that the callee was not reached: the line, else the first party but the caller."""
    callees = [party for party in parties if party.extension and not party.calls]
    if len(parties) == 1 and facts.caller is None and any(p.rang and p.picked_up for p in callees):
        callees = []  # it is the caller
    others = [p for p in facts.rang() if p.state is LegState.RINGING and p not in parties]
    if not callees and len(others) == 1:
        callees = others  # of several, which?
    failed = _line(parties) or next(iter(callees), None)
    named = [party for party in parties if party is not failed]
    if len(named) == 1 and named[0].extension:
        certain = named[0].certain or _line(parties) is not None  # else a record may know better
        facts.name_caller(named[0])
        named[0].certain &= certain
    if failed is not None:
        failed.calls = bool(failed.calls)
        failed.enter(LegState.ENDED, at)
    if failed is not None or not others:
        facts.failure = report.reason or FailureReason.OTHER, at


def _transfer(facts: Facts, _report: CallReport, parties: _Named, at: datetime) -> None:
    """Apply a transfer: the parties named are those from now on."""
    facts.count_transfer(at)
    if facts.answered_at is None:
        caller, stays = facts.caller, [p for p in parties if p.state is LegState.RINGING]
        if len(parties) < 2 or caller is None or caller in parties or not caller.live:
            return
        talked = caller, (stays or [*parties])[-1]  # the report of the answer was lost
        for party in talked:
            party.put(LegState.TALKING, at)
        _talk(facts, talked, at, inexact=True)
    gone = (p for p in parties if p in facts.answerers and not p.live)
    if any(at - party.since <= DISORDER for party in gone):
        return  # it names the transferor, which is idle
    # A channel that has ended does not come back.
    come = [p for p, leg in parties.items() if not p.live and not (p.state and leg.leg_id)]
    for party in facts.extensions.values():  # the transferee of an earlier transfer, not reported
        if party.state is LegState.DIALING and party.calls is False and party not in parties:
            party.put(LegState.ENDED, at)
    leave = [p for p in facts.extensions.values() if p.talks and p not in parties]
    goes_on = any(p.live and p not in leave for p in facts.parties.values())
    if not facts.stated and sum(p.talks for p in facts.parties.values()) > 2:
        leave = [p for p in facts.extensions.values() if p.talks]  # a line waited for the answer
    elif all(p.talks for p in parties):
        leave = []  # it names the parties that talk
    if leave and goes_on:
        min(leave, key=lambda p: p.since).put(LegState.ENDED, at)  # not the consulted party
    for party in come:
        party.put(LegState.DIALING, at)
        party.calls = bool(party.calls)


def _status(facts: Facts, _report: CallReport, named: _Named, at: datetime) -> None:
    facts.stated = True
    talking = [party for party, leg in named.items() if leg.state in TALKING]
    known = (LegState.WAITING, LegState.ON_HOLD)
    held = any(p.state not in known and named[p].state is LegState.ON_HOLD for p in talking)
    rung = any(p.rang or p.state is LegState.WAITING for p in facts.parties.values())
    states = ((p, named[p].state if p in named else p.state) for p in facts.parties.values())
    given_up = any(p.calls and s is LegState.ENDED for p, s in states) and facts.begins
    for party, leg in named.items():
        state = leg.state
        over = party.state is LegState.ENDED and leg.leg_id  # of the same channel: an older report
        if state is LegState.RINGING and (given_up or over):
            continue  # its end will be reported, too
        if leg.calls and facts.answerers == (party,):
            take_back(facts)
        if leg.calls and party.extension and facts.begins:
            facts.name_caller(party)
        if state in TALKING and len(talking) < 2 and facts.answered_at is None:
            party.enter(LegState.WAITING, at)
            party.picked_up |= len(named) == 1
        elif state is not None and party.enter(state, at) and party.live:
            facts.hung_up_at = None  # it goes on
        if state is LegState.ENDED:
            facts.hung_up_at = at
    if len(talking) > 1:
        _talk(facts, talking, at, inexact=held or not rung)  # it may have been answered before


_REPORTS: Final[dict[CallEvent, Callable[[Facts, CallReport, _Named, datetime], None]]] = {
    **dict.fromkeys((CallEvent.RINGING, *ANSWERS), _begin),
    **dict.fromkeys((CallEvent.DIALING, CallEvent.INVITE, CallEvent.INCOMING), _dial),
    CallEvent.ENDED: _end,
    CallEvent.FAILED: _fail,
    CallEvent.TRANSFER: _transfer,
    CallEvent.STATUS: _status,
}


def _snapshot(facts: Facts, shown: Call, at: datetime) -> None:
    """Apply a snapshot: it was true when asked for; newer reports count more."""
    legs = shown.legs
    named = facts.named(legs, at)
    alone = facts.answered_at is None and sum(leg.state in TALKING for leg in legs) < 2
    # API v1 has no word for on hold, and no API has one for a talk with the PBX itself.
    same = (LegState.WAITING if alone else None, None if facts.stated else LegState.ON_HOLD)
    for party, leg in named.items():
        if leg.calls and party.extension:
            facts.name_caller(party)
        vague = party.state is not None and leg.state is LegState.TALKING and party.state in same
        before = facts.invited and party.state is LegState.DIALING  # a decision
        vague |= leg.state is LegState.WAITING and (before or party.state is LegState.RINGING)
        # Lists of API v1 have one state for all legs of a call, also while a new party rings.
        vague |= party.talks and leg.state in BEFORE_TALK and not facts.stated
        if leg.state is not None and not vague:
            party.enter(leg.state, at, shown=True)
    if facts.answered_at and any(p.state is LegState.RINGING and p.since == at for p in named):
        facts.move(at)  # it was transferred
    kinds = {leg.kind for leg in legs}  # a list of lines shows no extensions
    for party in facts.parties.values():
        left = party.kind in kinds and party not in named and party.since < at
        if left and party.state is not LegState.ENDED:
            party.put(LegState.ENDED, at)
    talking = [party for party in facts.parties.values() if party.talks]
    if len(talking) > 1 and facts.answered_at is None:
        _talk(facts, talking, at, inexact=True)


_FOLDS: Final[dict[type, Callable[[Facts, Any, datetime], None]]] = {
    CallReport: _report,
    CallRecord: lambda facts, record, _at: facts.add_record(record),
    Call: _snapshot,
    Command: _command,
    KeyReport: _press,
    PromptEndReport: _prompt,
}
