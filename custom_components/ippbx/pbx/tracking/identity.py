"""To which call a report, a record or a reading belongs: eight rules, the first that holds wins.

| rule   | what it says                                          | from                          |
|--------|-------------------------------------------------------|-------------------------------|
| STATED | an id that is stated is known; two known ids in one   | pbx-api, "Identifiers":       |
|        | report make one call, that of the line                | `inboundid`, `outboundid`     |
| PAIRED | OpenVox: n and n+2, with a number in common           | its samples RING/ALERT/BYE;   |
|        |                                                       | Asterisk: n and Local;2       |
| LINE   | Yeastar API v1: a reading shows a call by the id of   | its samples: `outboundid` is  |
|        | its outside line, n+1 (a mobile phone's: n+3), with a | `callid` + 1; Asterisk: the   |
|        | number in common                                      | next `Local` at n+3           |
| BRANCH | another phone rings for the caller of a call that     | Asterisk: members of a ring   |
|        | nobody has answered; where no report shows the        | group at +2, +4, +6; each     |
|        | caller, under the id of the next branch               | agent of a queue rings anew   |
| NEAR   | beginnings within a second and a few numbers, all of  | Asterisk: calls within one    |
|        | whose parties a call has                              | millisecond mix their ids     |
| MOVED  | a call was transferred: its partner and a new party   | Asterisk: the new pair has    |
|        | ring or talk under a later id                         | ids at odd distances, +4/+5   |
| LATER  | hang-ups, failures and records under later ids are of | Asterisk: each branch ends by |
|        | the call that has their parties, and begin none       | itself and leaves a record    |
| NEW    | anything else begins a call                           |                               |

All but STATED look at the calls with a number of the subject's, the nearest id first,
unless ids show that a call is another one (`find`). Yeastar's reports always state the id of their
call, so that PAIRED, BRANCH, NEAR and MOVED are OpenVox's.

Readings of API v1 that state no id are attached by their parties (`snapshots`).
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from ..model.events import CallEvent, CallReport
from ..model.lines import Call, CallRecord, LegKind, LegState
from ..model.tracked import CallDirection
from .calls import Calls, KnownCall, line_ids
from .facts import DISORDER
from .ids import BRANCHES, LINES, PAIR, began, distance, ends_at, parse_id
from .legs import ANSWERS, News
from .outcome import direction_of
from .phones import AT_ONCE

_MOVED_WITHIN: Final = timedelta(seconds=60)
"""How long after a transfer the new party rings or answers, at most."""
_NEAR_NUMBERS = 12
_GROUP = range(-24, 25, PAIR)
_INEXACT = timedelta(seconds=2)
"""How exactly an id, in whole seconds by another clock, tells when a branch began."""
_ROUNDED = timedelta(seconds=1)
"""How far the ends of two records of one call may be apart, both of whole seconds."""
_FIRST = (CallEvent.TRANSFER, CallEvent.FAILED, CallEvent.INVITE, CallEvent.INCOMING)
"""Reports that bear a call's first id, as records do."""
_REACHES = (CallEvent.RINGING, CallEvent.FAILED)
"""Reports that name a phone, and for whom it rings, or would."""
_BEGIN = (CallEvent.DIALING, CallEvent.RINGING, *ANSWERS)
_WAYS = frozenset(CallDirection)
_WITHHELD = frozenset(("", "anonymous", "unknown", "private", "withheld", "unavailable"))


class Subject:
    """What is to be attached.

    Attributes:
        event: what is reported; None for a record, a key or a reading.
        lines: ids of lines that it states, which are ids of calls.
        first_id: the first id of the call that it belongs to, "" where it does not tell.
        base: the id that others are compared with.
        extensions: the extensions that it names; `named`: all numbers of its parties;
            `numbers`: those that tell parties apart.
        rings_alone: whether an extension rings for somebody who is not shown.
        begins: whether it may be the first that is heard of a call: no record, nor only hang-ups.
    """

    def __init__(self, news: News, at: datetime) -> None:
        """Look at a report, a record or a reading as the rules do."""
        self.call_id, self.at, self.reading = news.call_id, at, isinstance(news, Call)
        event = self.event = news.event if isinstance(news, CallReport) else None
        record = self.record = news if isinstance(news, CallRecord) else None
        legs = self.legs = () if isinstance(news, CallRecord) else news.legs
        self.lines = line_ids(legs)
        first = event in _FIRST or record is not None or self.reading
        self.first_id = self.lines[0] if self.lines else news.call_id if first else ""
        self.base = self.first_id or news.call_id
        self.extensions = [leg.extension for leg in legs if leg.kind is LegKind.EXTENSION]
        self.named = {number for leg in legs for number in (leg.extension, leg.caller, leg.callee)}
        if record is not None:
            self.named = {record.caller, record.callee}
        self.numbers = self.named - _WITHHELD
        self.rings_alone = event is CallEvent.RINGING and len(legs) == len(self.extensions) == 1
        ends = event is CallEvent.ENDED or (
            event is CallEvent.STATUS and all(leg.state is LegState.ENDED for leg in legs)
        )
        self.begins = record is None and not ends

    @property
    def before(self) -> str:
        """Return the id of the branch before, if there is one; "" where its own is none."""
        base = parse_id(self.base)
        return "" if base is None else f"{base[0]}.{base[1] - PAIR}"


type Found = tuple[KnownCall, ...]
"""The call that a rule finds; with STATED others, which are parts of it."""
type _Rule = Callable[[Calls, KnownCall, Subject, int], bool]
"""Whether it belongs to a call whose first id lies so many numbers before that of the subject."""


def attach(
    calls: Calls, news: News, at: datetime, begin: Callable[[str, datetime], KnownCall]
) -> KnownCall | None:
    """Return the call to which a report, a record or a reading belongs, a new one if need be.

    None for one that is over, that has no name, or of which only hang-ups are known.
    """
    known = calls.by_id.get(news.call_id)
    if known is not None and known.heard > calls.booted_at and known.knows(news):
        known.rules["STATED"] = None
        return known
    what = Subject(news, at)
    rule, found = find(calls, what)
    call, *parts = found or (None,)
    if call is None:
        name = what.call_id or next(iter(what.lines), "")
        if not name or not (what.begins or what.record):
            return None
        call = begin(name, at)
        call.by_line = what.reading and all(leg.kind is LegKind.OUTBOUND for leg in what.legs)
    elif call.result is not None:
        if rule == "LATER" and what.record and what.record.callee not in call.numbers:
            calls.branches = True  # the call's own record has ended it
        return None
    for part in parts:
        if part is not None and part.result is None:
            calls.join(part, call)
    call.rules[rule] = None
    if what.lines and (calls.paired or what.legs[0].kind is LegKind.INBOUND):
        call.first_id = call.first_id or what.lines[0]
    for number in what.named:
        calls.note(call, number)
    calls.name(call, (what.call_id, *what.lines))
    return call


def find(calls: Calls, what: Subject, but: KnownCall | None = None) -> tuple[str, Found]:
    """Return the rule that holds, and the calls that it finds, `but` another one: none for NEW."""
    named = tuple(calls.named((*what.lines, what.call_id), begins=what.begins))
    if named and but is None:
        return "STATED", _stated(calls, what, named)
    base, by_line = parse_id(what.base), bool(what.lines) and not what.reading
    candidates, near = [], calls.latest(what.numbers, live=what.begins and calls.paired)
    if what.rings_alone:
        near |= calls.named((what.before,), begins=True)
    for call in near:
        if call is but or (by_line and call.first_id):
            continue
        # What begins after the end of a call is none of it, but for a late report; the id of a line
        # is the first one of its call.
        over = call.ending.over_at
        late = what.event is CallEvent.DIALING and over is not None and what.at - over <= DISORDER
        later = what.begins and over is not None and not (call.by_line or late)
        apart = None if later else distance(call.origin, base)
        if apart is None or abs(apart) > BRANCHES:
            continue
        if not (by_line and apart > 0) and not (call.first_id and apart < 0):
            candidates.append((call, apart))
    candidates.sort(key=lambda each: abs(each[1]))
    for name, rule in _PAIRED if calls.paired else _UNPAIRED:
        for call, apart in candidates:
            if rule(calls, call, what, apart):
                return name, (call,)
    return "NEW", ()


def _stated(calls: Calls, what: Subject, named: Found) -> Found:
    """Return the calls of the ids that it states, and those that asked before a transfer by keys.

    These have an id of their own in RING, and that of the call which is transferred in ANSWER.
    """
    own, extensions = named[0], set(what.extensions)
    talkers = {party.extension for party in own.facts.answerers}
    if what.lines or what.event not in ANSWERS or not talkers or extensions <= talkers:
        return named
    asked = [
        other
        for other in calls.latest(extensions, live=True)
        if other is not own
        and other.facts.answered_at is None
        and extensions == other.numbers
        and ((caller := other.facts.caller) is None or caller.extension in extensions)
    ]
    return (own, *asked)


def _by_pair(_calls: Calls, call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether its id lies two numbers from that of a call, and parties are the same."""
    same, at_once = what.numbers <= call.numbers, _same_second(call, what)
    if apart == PAIR:
        second = not what.first_id or what.record is not None
        return second and same and (at_once or not what.rings_alone)
    # All of them, where no id of the line is known.
    return apart == -PAIR and (bool(what.first_id) or (same and at_once))


def _by_line(_calls: Calls, call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether its id is that of a call's outside line, or the call is known by that."""
    outward = all(leg.kind is not LegKind.INBOUND for leg in what.legs)
    near = apart in LINES and _same_second(call, what)
    parties = call.facts.parties.values()
    if apart > 0 and len(parties) == 1:  # by command: the phone of who calls was rung first
        near |= any(party.rang for party in parties)
    shown = what.reading and outward and near
    return shown or (call.by_line and -apart in LINES)


def _by_branch(calls: Calls, call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether another phone rings, or is not reached, for the caller of a call."""
    extensions = call.facts.extensions
    if what.event not in _REACHES:
        return False
    if len(what.extensions) < 2:  # for somebody who is not shown
        return what.rings_alone and call.facts.only_rings and what.before in call.ids
    callee, caller = what.extensions[:2]
    if apart < -_NEAR_NUMBERS or not _goes_on(call, caller):
        return False
    rings = callee in extensions and extensions[callee].state is LegState.RINGING
    if rings and not any(party.ceased for party in extensions.values()):
        return False  # it was given up, and is made again
    others = (other.facts.extensions.get(caller) for other in calls.live_of.get(caller, ()))
    return not any(party is not None and party.talks for party in others)  # it asks somebody


def _by_nearness(_calls: Calls, call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether a call began within the second, and has all parties."""
    facts, extensions = call.facts, what.extensions
    if what.event not in _BEGIN or not extensions or not call.numbers.issuperset(extensions):
        return False
    if what.rings_alone and facts.dialled != extensions[0]:
        return False
    if what.rings_alone or (what.event is CallEvent.DIALING and facts.only_rings):
        return apart > 0  # by command: who makes it is rung first
    if _is_inside(call, what):
        return False
    # Who makes this call hears it ring, a line as well, or is answered.
    caller = facts.alone or (facts.caller if facts.answered_at is None else None)
    heard = what.event is not CallEvent.RINGING or len(what.legs) > len(extensions)
    makes = caller is not None and caller.extension in what.numbers
    return heard and makes and apart >= -_NEAR_NUMBERS


def _by_transfer(_calls: Calls, call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether a call was passed on to a party that it rings or talks with now."""
    moved, numbers = call.facts.transferred_at, what.numbers
    if moved is None or what.event not in _BEGIN or what.at - moved > _MOVED_WITHIN:
        return False
    if call.facts.on_trunk or any(p.talks and p.since > moved for p in call.facts.parties.values()):
        return False  # its new party has an id of its own, or is there
    if what.event is CallEvent.RINGING and len(what.extensions) > 1:  # its party hears it ring
        numbers = {what.extensions[-1]}
    return any(p.live and p.number in numbers for p in call.facts.parties.values())


def _by_parties(_calls: Calls, call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether an end, or a failure, under another id is of a call."""
    facts, named = call.facts, what.event is CallEvent.FAILED and len(what.numbers) > 1
    if not (named or what.event is CallEvent.ENDED) or not what.numbers <= call.numbers:
        return False
    if _is_inside(call, what):
        return False
    caller = facts.caller if named else None
    if caller is not None and not (caller.live and caller.number in what.numbers):
        return False  # somebody else hears it fail
    both = [party for party in facts.parties.values() if party.number in what.numbers]
    left = [party.since for party in both if party.state is LegState.ENDED]
    before = [at for at in left if what.at - at > DISORDER]
    if any(party.talks and at <= party.since for party in both for at in before):
        return False  # one had left before the other one came
    begun = apart > 0 or (apart >= -_NEAR_NUMBERS and _same_second(call, what))
    return begun and not _is_over_by(call, what)


def _by_record(calls: Calls, call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether a record is that of a call, or of one of its branches."""
    record = what.record
    if record is None or record.caller not in call.numbers or _is_over_by(call, what):
        return False
    if apart < 0:
        return _is_first(calls, call, record)
    both, given = record.callee in call.numbers or not record.callee, began(record.call_id)
    grouped = apart in _GROUP and _same_second(call, what)
    inside = not record.source_trunk and _goes_on(call, record.caller)
    together = grouped or inside or _ends_with(record, call, what.at)
    if not (calls.branches or both or together):
        return False  # a PBX that makes one record of a call
    if given is None or _is_elsewhere(calls, record, call):
        return False
    if _outlasts(record, call, given, what.at):
        return False
    answered, moved = call.facts.answered_at, call.facts.transferred_at is not None
    early = answered is None or given - _INEXACT <= answered
    return (early or moved) and (both or _may_call(call, record.caller))


def _is_first(calls: Calls, call: KnownCall, record: CallRecord) -> bool:
    """Return whether a record is that of a call which is known by the ids of branches alone."""
    facts, end = call.facts, ends_at(record)
    caller = facts.extensions.get(record.caller)
    if not calls.paired or call.first_id or facts.records or facts.on_trunk or end is None:
        return False
    return caller is not None and bool(caller.calls) and end >= call.heard - _INEXACT


def _goes_on(call: KnownCall, number: str) -> bool:
    """Return whether an extension makes a call that nobody has answered, and has not hung up."""
    facts, caller = call.facts, call.facts.extensions.get(number)
    if caller is None or facts.answered_at is not None or facts.records:
        return False
    up = caller.state not in (LegState.RINGING, LegState.ENDED)
    return up and facts.caller in (None, caller)


def _ends_with(record: CallRecord, call: KnownCall, at: datetime) -> bool:
    """Return whether a record is made together with a call's own one, and ends then."""
    own, recorded, end = call.facts.record, call.ending.recorded_at, ends_at(record)
    if own is None or recorded is None or end is None or (over := ends_at(own)) is None:
        return False
    return abs(at - recorded) <= AT_ONCE and abs(end - over) <= _ROUNDED


def _is_elsewhere(calls: Calls, record: CallRecord, call: KnownCall) -> bool:
    """Return whether a record is of another line than a call, or of another call of its phones.

    What a branch calls is a phone, never an IVR or a queue (docs/asterisk.md, "Records").
    """
    facts, own, trunk, callee = call.facts, call.facts.record, record.source_trunk, record.callee
    line, caller, moved = facts.inbound, facts.caller, facts.transferred_at is not None
    of_line = line.trunk if line is not None else own.source_trunk if own is not None else ""
    if record.outcome == "voicemail" or (trunk and of_line not in ("", trunk)):
        return True  # only who calls hears the box (`voicemail`)
    # What is passed on keeps the number outside in records inside, too.
    kept = moved and (line is None or record.caller == line.caller)
    if facts.on_trunk and record.direction == "internal" and not kept:
        return True
    way, its_way = direction_of(call), CallDirection.INBOUND if trunk else record.direction
    number = caller.number if caller is not None else ""
    reverse = number not in (record.caller, "")  # a branch of a call by command
    other_way = way is not None and its_way in _WAYS - {way} and not reverse
    if not moved and (other_way or (reverse and callee != number)):
        return True  # who calls is one side of all branches
    phones = {"", *(party.number for party in facts.parties.values())} | calls.extensions
    if not calls.extensions or callee in phones or record.direction == "outbound":
        return False
    if not facts.parties:
        return own is not None and callee == own.callee
    up = record.duration == record.talk_duration != 0  # from its first second: at an IVR
    led_on = line is not None and callee in (line.callee, facts.path)
    return led_on or (line is not None and up and callee not in call.numbers)


def _outlasts(record: CallRecord, call: KnownCall, given: datetime, at: datetime) -> bool:
    """Return whether a record begins or goes on after a call has ended by its own one.

    No branch does, but for those of a transfer; and NO ANSWER may be that of a queue's first agent.
    """
    facts, own, recorded = call.facts, call.facts.record, call.ending.recorded_at
    over, end = None if own is None else ends_at(own), ends_at(record)
    if own is None or over is None or end is None or facts.transferred_at is not None:
        return False
    if recorded is None or (own.outcome != "answered" and facts.touched > recorded):
        return False
    later = at - recorded > _ROUNDED
    early = not facts.parties and given + _INEXACT < over
    return given > over or (end > over + _ROUNDED and (early or later))


def _is_over_by(call: KnownCall, what: Subject) -> bool:
    """Return whether a call was over when an id was given, by the clock of the PBX."""
    first, later, record = call.origin, parse_id(what.base), call.facts.record
    lasted: float | None = None
    if record is not None and (call.result is not None or not call.facts.parties):
        lasted = record.duration
    elif call.result is not None:
        lasted = ((call.ending.over_at or call.heard) - call.heard).total_seconds()
    if first is None or later is None or lasted is None:
        return False
    return later[0] > first[0] + lasted + 1


def _may_call(call: KnownCall, number: str) -> bool:
    """Return whether a number makes a call, or may, as far as is known."""
    caller = call.facts.caller
    if caller is not None:
        return caller.number == number
    party = call.facts.extensions.get(number)
    recorded = any(record.caller == number for record in call.facts.records)
    return recorded or (party is not None and party.calls is None and not party.rang)


def _is_inside(call: KnownCall, what: Subject) -> bool:
    """Return whether a report is of two extensions, and a call on a line, which would be one."""
    inside = len(what.extensions) == len(what.legs) > 1
    return inside and call.facts.on_trunk and call.facts.transferred_at is None


def _same_second(call: KnownCall, what: Subject) -> bool:
    one, other = call.origin, parse_id(what.base)
    return one is not None and other is not None and abs(one[0] - other[0]) <= 1


_RECORD: Final = ("LATER", _by_record)
_UNPAIRED: Final[Sequence[tuple[str, _Rule]]] = (("LINE", _by_line), _RECORD)
_PAIRED: Final[Sequence[tuple[str, _Rule]]] = (
    ("PAIRED", _by_pair),
    ("LINE", _by_line),
    ("BRANCH", _by_branch),
    ("NEAR", _by_nearness),
    ("MOVED", _by_transfer),
    ("LATER", _by_parties),
    _RECORD,
)
