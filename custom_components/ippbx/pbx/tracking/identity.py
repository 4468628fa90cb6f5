"""To which call a report, a record or a reading belongs: eight rules, the first that holds wins.

| rule   | what it says                                          | from                          |
|--------|-------------------------------------------------------|-------------------------------|
| STATED | an id that is stated is known; two known ids in one   | pbx-api, "Identifiers":       |
|        | report make one call, that of the line                | `inboundid`, `outboundid`     |
| PAIRED | OpenVox: n and n+2, with a number in common, or a     | its samples RING/ALERT/BYE;   |
|        | line's n and an extension that rings alone under n+2  | Asterisk: n and Local;2       |
| LINE   | Yeastar API v1: a reading shows a call by the id of   | its samples: `outboundid` is  |
|        | its outside line, n+1 (a mobile phone's: n+3), with a | `callid` + 1; Asterisk: the   |
|        | number in common                                      | next `Local` at n+3           |
| BRANCH | an extension that rings alone two numbers after       | Asterisk: members of a ring   |
|        | another one that does is a member of the same group   | group at +2, +4, +6           |
| NEAR   | beginnings within a second and a few numbers, all of  | Asterisk: calls within one    |
|        | whose parties a call has                              | millisecond mix their ids     |
| MOVED  | a call was transferred: its partner and a new party   | Asterisk: the new pair has    |
|        | ring or talk under a later id                         | ids at odd distances, +4/+5   |
| LATER  | hang-ups, failures and records under later ids are of | Asterisk: each branch ends by |
|        | the call that has their parties, and begin none       | itself and leaves a record    |
| NEW    | anything else begins a call                           |                               |

For all but STATED, ids may show that a call is another one (`_is_other`): the id of a line is the
first one of its call, and what begins after the end of a call is none of it.

Readings of API v1 that state no id are attached by their parties (`snapshots`).
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from ..model.events import CallEvent
from ..model.lines import CallLeg, CallRecord, LegKind
from .calls import Calls, KnownCall, line_ids
from .facts import DISORDER
from .ids import BRANCHES, LINES, PAIR, began, distance, ends_at, ids_after, parse_id

MOVED_WITHIN: Final = timedelta(seconds=60)
"""How long after a transfer the new party rings or answers, at most."""
_NEAR_NUMBERS = 12
_INEXACT = timedelta(seconds=2)
"""How exactly an id, in whole seconds by another clock, tells when a branch began."""
_ROUNDED = timedelta(seconds=1)
"""How far the ends of two records of one call may be apart, both of whole seconds."""
_GROUP = range(-24, 25, PAIR)
_FIRST = (CallEvent.TRANSFER, CallEvent.FAILED, CallEvent.INVITE, CallEvent.INCOMING)
"""Reports that bear a call's first id, as records do."""
ANSWERS = (CallEvent.ANSWER, CallEvent.ANSWERED)
_BEGIN = (CallEvent.DIALING, CallEvent.RINGING, *ANSWERS)
_WITHHELD = frozenset(("", "anonymous", "unknown", "private", "withheld", "unavailable"))


class Subject:
    """What is to be attached.

    Attributes:
        event: what is reported; None for a record, a key or a reading.
        part: the call that it was attached to, where another one is looked for.
        lines: ids of lines that it states, which are ids of calls.
        first_id: the first id of the call that it belongs to, "" where it does not tell.
        extensions: the extensions that it names; `numbers`: all numbers of its parties.
        rings_alone: whether an extension rings for somebody who is not shown.
        begins: whether it may be the first that is heard of a call.
    """

    def __init__(
        self,
        call_id: str,
        at: datetime,
        legs: Sequence[CallLeg] = (),
        *,
        event: CallEvent | None = None,
        record: CallRecord | None = None,
        reading: bool = False,
        part: KnownCall | None = None,
    ) -> None:
        """Look at a report, a record or a reading as the rules do."""
        self.call_id, self.at, self.legs = call_id, at, legs
        self.event, self.record, self.reading, self.part = event, record, reading, part
        self.lines = line_ids(legs)
        self.begins = record is None and event is not CallEvent.ENDED

    def look(self) -> None:
        """Find out what all rules but the first one look at."""
        legs, event = self.legs, self.event
        first = event in _FIRST or self.record is not None or self.reading
        self.first_id = self.lines[0] if self.lines else self.call_id if first else ""
        self.extensions = [leg.extension for leg in legs if leg.kind is LegKind.EXTENSION]
        numbers = {number for leg in legs for number in (leg.extension, leg.caller, leg.callee)}
        if self.record is not None:
            numbers = {self.record.caller, self.record.callee}
        self.numbers = numbers - _WITHHELD
        self.rings_alone = event is CallEvent.RINGING and len(legs) == len(self.extensions) == 1


type Found = tuple[KnownCall, ...]
"""The call that a rule finds; with STATED a second one, which is a part of it."""


def find(calls: Calls, what: Subject) -> tuple[str, Found]:
    """Return the rule that holds, and the calls that it finds: none for NEW."""
    if (found := _stated(calls, what)) and not found[0].booted:
        return "STATED", found
    what.look()
    if found:
        return "STATED", found
    for name, rule in _RULES:
        if found := rule(calls, what):
            return name, found
    return "NEW", ()


# Rules


def _stated(calls: Calls, what: Subject) -> Found:
    """Return the calls of the ids that it states, that of its line first."""
    by_id = calls.by_id
    own = by_id(what.call_id)
    if not what.lines:
        if own is None:
            return ()
        asked = what.event in ANSWERS and len(what.legs) > 1
        return (own, *_asked(calls, own, what)) if asked else (own,)
    if own is not None and what.lines == [what.call_id]:
        return (own,)
    named = dict.fromkeys((*map(by_id, what.lines), own))
    return tuple([call for call in named if call is not None])


def _asked(calls: Calls, call: KnownCall, what: Subject) -> list[KnownCall]:
    """Return the call that rings an extension which is answered in another one.

    Asking before a transfer by keys: RING has an id of its own, ANSWER that of the call.
    """
    named = [leg.extension for leg in what.legs if leg.extension]
    talked = {party.extension for party in call.facts.answerers}
    if len(named) < 2 or talked.issuperset(named):
        return []
    return [
        other
        for other in calls.latest(named)
        if other is not call
        and other.facts.answered_at is None
        and other.numbers.issuperset(named)
        and ((caller := other.facts.caller) is None or caller.extension in named)
    ]


def by_pair(calls: Calls, what: Subject) -> Found:
    """Return the call whose id lies two numbers away; its second may be a later one."""
    if not calls.paired:
        return ()
    first = what.first_id
    for call in _pairs(calls, what.call_id, -PAIR, what):
        if distance(call.earliest_id, what.call_id) == PAIR and _may_be_second(what, call):
            return (call,)
    for call in _pairs(calls, first or what.call_id, PAIR, what):
        if call.first_id not in ("", first or what.call_id):
            continue
        shared = what.numbers & call.numbers
        if first:
            if shared or (call.result is None and call.facts.only_rings):
                return (call,)
        elif shared and shared == what.numbers:  # all, where no id of the line is known
            return (call,)
    return ()


def _is_other(calls: Calls, call: KnownCall, what: Subject) -> bool:
    """Return whether ids show that a call is another one, whoever takes part.

    The id of a line is the first one of its call; what begins after the end of a call, and not at
    the far end of its first channel, is none of it. An earlier id than the call's began before it.
    """
    if call is what.part:
        return True
    apart = distance(call.earliest_id, what.call_id)
    if what.lines and calls.paired and not what.reading:
        first = distance(call.earliest_id, what.lines[0])
        if call.first_id or first is None or first > 0:
            return True
    return what.begins and call.is_over and (apart is None or (apart > 0 and apart != PAIR))


def _pairs(calls: Calls, any_id: str, apart: int, what: Subject) -> Iterator[KnownCall]:
    """Yield the calls that have an id so many numbers away, its parties' of whatever second."""
    yield from _near(calls, any_id, apart, what)
    for call in calls.live_at(any_id, apart):
        shared = not what.numbers.isdisjoint(call.numbers) and not _is_other(calls, call, what)
        if shared and distance(any_id, call.earliest_id) == apart:
            yield call


def _near(calls: Calls, any_id: str, apart: int, what: Subject) -> Iterator[KnownCall]:
    """Yield the calls that have an id so many numbers away, within a second."""
    for each in ids_after(any_id, apart):
        if (call := calls.by_id(each)) is not None and not _is_other(calls, call, what):
            yield call


def _latest(calls: Calls, numbers: Collection[str], what: Subject) -> Iterator[KnownCall]:
    """Yield the live calls of numbers that it may belong to, the latest first."""
    return (call for call in calls.latest(numbers) if not _is_other(calls, call, what))


def _by_line(calls: Calls, what: Subject) -> Found:
    """Return the call whose outside line has the next id."""
    if what.reading:
        for apart in LINES:
            for call in _near(calls, what.call_id, -apart, what):
                if not what.numbers.isdisjoint(call.numbers):
                    return (call,)
    for apart in () if calls.paired else LINES:
        for call in _pairs(calls, what.call_id, apart, what):
            if call.by_line and not what.numbers.isdisjoint(call.numbers):
                return (call,)
    return ()


def _by_branch(calls: Calls, what: Subject) -> Found:
    """Return the call for whose caller another extension rings: the other one of a group."""
    if not calls.paired or what.event is not CallEvent.RINGING:
        return ()
    if not what.rings_alone:
        return _of_caller(calls, what)
    for apart in (-PAIR, PAIR):
        for call in _near(calls, what.call_id, apart, what):
            if (
                call.result is None
                and call.facts.only_rings
                and what.at - call.heard <= DISORDER
                and what.numbers.isdisjoint(call.numbers)
            ):
                return (call,)
    return ()


def _of_caller(calls: Calls, what: Subject) -> Found:
    """Return the call of an extension that rings others: none makes two in one second."""
    if what.lines or len(what.extensions) < 2:
        return ()
    number = what.extensions[-1 if calls.callee_first else 0]
    for call in _latest(calls, (number,), what):
        facts = call.facts
        caller = facts.caller
        if (
            facts.answered_at is None
            and caller is not None
            and caller.extension == number
            and distance(call.earliest_id, what.call_id) in _GROUP
            and _same_second(call.earliest_id, what.call_id)
        ):
            return (call,)
    return ()


def _by_nearness(calls: Calls, what: Subject) -> Found:
    """Return the call that began within the second, and has all parties."""
    if not calls.paired or what.event not in _BEGIN or not what.extensions:
        return ()
    if any(leg.kind is LegKind.INBOUND for leg in what.legs):
        return ()
    for call in _latest(calls, what.extensions, what):
        apart = distance(call.earliest_id, what.first_id or what.call_id)
        if apart is None or not call.numbers.issuperset(what.extensions):
            continue
        if what.rings_alone and call.dialled != what.extensions[0]:
            continue
        if apart < 0 and call.first_id:
            continue
        if _waits(call, what) and -_NEAR_NUMBERS <= apart <= BRANCHES:
            return (call,)
        if (
            not (what.event is CallEvent.RINGING and apart < 0)
            and abs(apart) <= _NEAR_NUMBERS
            and (apart > 0 or call.facts.answered_at is None)
            and _same_second(call.earliest_id, what.call_id)
            and not call.facts.only_rings
            and _have_parts(call, what.extensions)
            and not (what.first_id and call.first_id)
        ):
            return (call,)
    return ()


def _by_transfer(calls: Calls, what: Subject) -> Found:
    """Return the call that was passed on to a party that it rings or talks with now."""
    if not calls.paired or what.event not in _BEGIN or len(what.legs) < 2 or what.lines:
        return ()
    for call in _latest(calls, what.numbers, what):
        moved = call.facts.transferred_at
        if (
            moved is not None
            and not call.facts.on_trunk
            and what.at - moved <= MOVED_WITHIN
            and _is_later(call, what)
            and not any(p.talked and p.since > moved for p in call.facts.extensions.values())
            and any(p.live and p.number in what.numbers for p in call.facts.parties.values())
        ):
            return (call,)
    return ()


def by_parties(calls: Calls, what: Subject) -> Found:
    """Return the call that an end or a record under a later id belongs to."""
    if what.record is not None:
        fits = _has_record
    elif calls.paired and (
        what.event is CallEvent.ENDED or (what.event is CallEvent.FAILED and len(what.numbers) > 1)
    ):
        fits = _has_all
    else:
        return ()
    best: tuple[int, Found] = BRANCHES + 1, ()
    for call in calls.known(what.numbers):
        apart = distance(call.earliest_id, what.call_id)
        if (
            not _is_other(calls, call, what)
            and apart is not None
            and (calls.paired or apart > 0)
            and abs(apart) < best[0]
            and fits(call, what, apart)
            and not _is_over_by(call, what.call_id)
        ):
            best = abs(apart), (call,)
    return best[1]


def lone_branches(calls: Calls, call: KnownCall) -> list[KnownCall]:
    """Return calls that are only extensions ringing alone, as members of a call's group do.

    Their ids follow the call's, and they have stopped ringing, or the call names them.
    """
    if not calls.alone or not call.numbers:
        return []
    return [
        other
        for apart in range(PAIR, _GROUP.stop, PAIR)
        for each in ids_after(call.call_id, apart)
        if each in calls.alone
        and (other := calls.by_id(each)) is not None
        and other is not call
        and not other.first_id
        and other.facts.only_rings
    ]


_RULES: Final[tuple[tuple[str, Callable[[Calls, Subject], Found]], ...]] = (
    ("PAIRED", by_pair),
    ("LINE", _by_line),
    ("BRANCH", _by_branch),
    ("NEAR", _by_nearness),
    ("MOVED", _by_transfer),
    ("LATER", by_parties),
)


def _may_be_second(what: Subject, call: KnownCall) -> bool:
    if what.lines or (what.first_id and what.record is None):
        return False
    if call.facts.only_rings and what.rings_alone:
        return False
    return bool(what.numbers) and what.numbers <= call.numbers


def _waits(call: KnownCall, what: Subject) -> bool:
    """Return whether an extension hears it ring, or is answered, that makes this call."""
    facts = call.facts
    if what.event is CallEvent.RINGING and not any(
        leg.kind is LegKind.OUTBOUND for leg in what.legs
    ):
        return False
    caller = facts.alone
    if caller is None and facts.answered_at is None:
        caller = facts.caller
    return caller is not None and caller.extension in what.numbers


def _have_parts(call: KnownCall, extensions: Sequence[str]) -> bool:
    """Return whether extensions do something in a call, and did not only forward it."""
    parties = [call.facts.extensions.get(number) for number in extensions]
    return all(party is not None and party.state is not None for party in parties)


def _same_second(one: str, other: str) -> bool:
    a, b = parse_id(one), parse_id(other)
    return a is not None and b is not None and abs(a[0] - b[0]) <= 1


def _is_later(call: KnownCall, what: Subject) -> bool:
    apart = distance(call.earliest_id, what.call_id)
    return apart is not None and 0 < apart <= BRANCHES


def _is_over_by(call: KnownCall, any_id: str) -> bool:
    """Return whether a call was over when an id was given, by the clock of the PBX."""
    first, later = parse_id(call.earliest_id), parse_id(any_id)
    record = call.facts.record
    lasted: float | None = None
    if record is not None and not call.facts.parties:
        lasted = record.duration
    elif call.result is not None:
        over = call.ending.over_at or call.ending.published_at or call.heard
        lasted = (over - call.heard).total_seconds()
    if first is None or later is None or lasted is None:
        return False
    return later[0] > first[0] + lasted + 1


def _has_all(call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether a call has everybody whom an end or a failure names."""
    if not what.numbers or not what.numbers <= call.numbers:
        return False
    if what.event is CallEvent.FAILED:
        if call.result is not None:
            return False  # who tries again
        caller = call.facts.caller
        if caller is not None and caller.number not in what.numbers:
            return False
    if apart < 0:  # an earlier id than any that is known
        return apart >= -_NEAR_NUMBERS and _is_open(call)
    return apart <= BRANCHES


def _has_record(call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether a record is that of a call, or of one of its branches."""
    record = what.record
    if record is None or not record.caller or record.caller not in call.numbers:
        return False
    both = record.callee in call.numbers or not record.callee
    if record.caller in _WITHHELD and not both:
        return False
    if apart < 0:
        near = both and apart >= -_NEAR_NUMBERS and _is_open(call)
        return near and _may_call(call, record.caller)
    given = began(record.call_id)
    if apart > BRANCHES or given is None or _outlives(what, call) or _is_elsewhere(record, call):
        return False
    if _overlaps(record, call, given):
        return False
    answered, moved = call.facts.answered_at, call.facts.transferred_at is not None
    early = answered is None or given - _INEXACT <= answered
    return (both and (early or moved)) or (early and _may_call(call, record.caller))


def _is_elsewhere(record: CallRecord, call: KnownCall) -> bool:
    """Return whether a record is of another line than a call."""
    trunk = record.source_trunk
    if not trunk:
        return False
    line, caller = call.facts.inbound, call.facts.caller
    if line is not None:
        return line.trunk not in ("", trunk)
    return caller is not None and caller.kind is LegKind.EXTENSION and caller.certain


def _outlives(what: Subject, call: KnownCall) -> bool:
    """Return whether a record goes on after the end of a call, which its branches do not."""
    own, at = call.facts.record, call.ending.recorded_at
    over = ends_at(own) if own is not None and own.outcome != "answered" else None
    end = ends_at(what.record) if what.record is not None else None
    if over is None or end is None or at is None:
        return False
    return min(end, over + (what.at - at)) > over + _ROUNDED


def _overlaps(record: CallRecord, call: KnownCall, given: datetime) -> bool:
    """Return whether a record begins before the end of a call that records alone show, and goes on.

    A branch does not, but for one that a transfer makes at that end.
    """
    own = call.facts.record
    if own is None or call.facts.parties:
        return False
    over, end = ends_at(own), ends_at(record)
    return bool(over and end and given + _INEXACT < over and end > over + _ROUNDED)


def _is_open(call: KnownCall) -> bool:
    """Return whether the first id of a call is not known."""
    return call.result is None and not call.first_id


def _may_call(call: KnownCall, number: str) -> bool:
    """Return whether a number makes a call, or may, as far as is known."""
    caller = call.facts.caller
    if caller is not None:
        return caller.number == number
    party = call.facts.extensions.get(number)
    recorded = any(record.caller == number for record in call.facts.records)
    return recorded or (party is not None and party.calls is None and not party.rang)
