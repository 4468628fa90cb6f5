"""To which call a report, a record or a reading belongs: eight rules, the first that holds wins.

- STATED: an id that is stated is known; two known ids in one report make one call, that of the line
  (pbx-api, "Identifiers": `inboundid`, `outboundid`).
- PAIRED, OpenVox: n and n+2 in one second, of the same parties (its samples RING, ALERT, BYE;
  Asterisk: n and `Local;2`).
- LINE, Yeastar API v1: a reading shows a call by the id of its outside line, n+1, or n+3 of a
  mobile phone, with a number in common (its samples; Asterisk: the next `Local` is n+3).
- BRANCH: another phone rings for the caller of a call that nobody has answered, unless several rang
  under one id; where no report shows the caller, at the next id (Asterisk: members of a ring group
  are at +2, +4, +6; each agent of a queue rings anew).
- NEAR: a beginning all of whose parties a call has in which something has just begun (Asterisk:
  calls within one millisecond mix their ids).
- MOVED: a call was transferred, and its partner and a new party ring or talk under a later id
  (Asterisk: the new pair has ids at odd distances, +4, +5).
- LATER: a record under a later id is of the call in whose time it lies, and whose caller it names;
  one under an earlier id where ids of branches alone are known (Asterisk: each branch ends by
  itself and leaves a record).
- NEW: anything else begins a call; of hang-ups and records of nothing none remains (`termination`).

All but STATED look at the calls with a number of the subject's, the nearest id first. Yeastar's
reports always state the id of their call, so that PAIRED, BRANCH, NEAR and MOVED are OpenVox's.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from ..model.events import CallEvent, CallReport
from ..model.ids import BRANCHES, LINES, PAIR, distance, is_name, parse_id
from ..model.lines import Call, CallRecord, LegKind, LegState
from ..model.records import ends_at
from .calls import Calls, KnownCall
from .changes import note_changes
from .facts import DISORDER
from .legs import ANSWERS, News

_MOVED_WITHIN: Final = timedelta(seconds=60)
"""How long after a transfer the new party rings or answers, at most."""
_INEXACT = timedelta(seconds=2)
"""How exactly an id, in whole seconds by another clock, tells when a branch began."""
_ROUNDED = timedelta(seconds=1)
"""How far the ends of two records of one call may be apart, both of whole seconds."""
_FIRST = (CallEvent.TRANSFER, CallEvent.FAILED, CallEvent.INVITE, CallEvent.INCOMING)
"""Reports that bear a call's first id, as records do."""
_REACHES = (CallEvent.RINGING, CallEvent.FAILED)
"""Reports that name a phone, and for whom it rings, or would."""
_BEGIN = (CallEvent.DIALING, CallEvent.RINGING, *ANSWERS)
_RINGS = (LegState.RINGING, LegState.DIALING)
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
        begins: whether it may be the first that is heard of a call: no record, nor only hang-ups;
            `rings`: whether its call has not been answered yet.
    """

    def __init__(self, news: News, at: datetime) -> None:
        """Look at a report, a record or a reading as the rules do."""
        self.call_id, self.at, self.reading = news.call_id, at, isinstance(news, Call)
        event = self.event = news.event if isinstance(news, CallReport) else None
        record = self.record = news if isinstance(news, CallRecord) else None
        legs = self.legs = () if isinstance(news, CallRecord) else news.legs
        self.lines = [leg.leg_id for leg in legs if is_name(leg.leg_id)]  # no channels
        first = event in _FIRST or record is not None or self.reading
        self.first_id = self.lines[0] if self.lines else news.call_id if first else ""
        self.base = self.first_id or news.call_id
        self.extensions = [leg.extension for leg in legs if leg.kind is LegKind.EXTENSION]
        sides = {record.caller, record.callee} if record is not None else set[str]()
        self.named = sides.union(*((leg.extension, leg.caller, leg.callee) for leg in legs))
        self.numbers = self.named - _WITHHELD
        self.rings_alone = event is CallEvent.RINGING and len(legs) == len(self.extensions) == 1
        ends = event is CallEvent.STATUS and all(leg.state is LegState.ENDED for leg in legs)
        self.begins = record is None and event is not CallEvent.ENDED and not ends
        self.rings = event in (CallEvent.RINGING, CallEvent.DIALING, CallEvent.INVITE)
        self.rings |= event is CallEvent.STATUS and any(leg.state in _RINGS for leg in legs)

    @property
    def before(self) -> str:
        """Return the id of the branch before, if there is one; "" where its own is none."""
        parsed = parse_id(self.base)
        return "" if parsed is None else f"{parsed[0]}.{parsed[1] - PAIR}"


type Found = tuple[KnownCall, ...]
"""The call that a rule finds; with STATED others, which are parts of it."""
type _Rule = Callable[[Calls, KnownCall, Subject, int], bool]
"""Whether it belongs to a call whose first id lies so many numbers before that of the subject."""


def attach(
    calls: Calls, news: News, at: datetime, begin: Callable[[str, datetime], KnownCall]
) -> KnownCall | None:
    """Return the call to which something belongs, a new one if need be; None for one that is over.

    What names no call, and is of none that is known, is of no call either.
    """
    known = calls.by_id.get(news.call_id)
    if known is not None and known.heard > calls.booted_at and _tells_all(known, news):
        known.rules["STATED"] = None
        return known
    what = Subject(news, at)
    rule, found = find(calls, what)
    if not (found or what.base):
        return None
    if found and found[0].result is not None:
        if rule == "LATER" and what.record and what.record.callee not in found[0].numbers:
            calls.branches = True  # the call's own record has ended it
        return None
    call, *parts = found or (begin(what.call_id or what.base, at),)
    if not found:
        call.by_line = what.reading and all(leg.kind is LegKind.OUTBOUND for leg in what.legs)
    call.begun |= what.begins
    call.heard = call.heard if call.heard > calls.booted_at else at  # it outlived that
    for part in parts:
        if part.result is None:
            calls.join(part, call)
            if not call.published:
                note_changes(call)  # readings showed both, and what they are together is no news
    call.rules[rule] = None
    if what.lines and (calls.paired or what.legs[0].kind is LegKind.INBOUND):
        call.first_id = call.first_id or what.lines[0]
    for number in what.named:
        calls.note(call, number)
    calls.name(call, (what.call_id, *what.lines))
    return call


def _tells_all(call: KnownCall, news: News) -> bool:
    """Return whether something names nothing new of a call that goes on, as most reports do."""
    joins = isinstance(news, CallReport) and news.event in ANSWERS and call.facts.answerers
    if call.result is not None or not call.begun or joins:  # it may join two calls
        return False
    if isinstance(news, CallRecord):
        return call.numbers.issuperset((news.caller, news.callee))
    ids = {leg.leg_id for leg in news.legs if leg.leg_id}
    numbers = {n for leg in news.legs for n in (leg.extension, leg.caller, leg.callee) if n}
    return numbers <= call.numbers and (not ids or (bool(call.first_id) and ids <= call.ids))


def find(calls: Calls, what: Subject, but: KnownCall | None = None) -> tuple[str, Found]:
    """Return the rule that holds, and the calls that it finds, `but` another one: none for NEW."""
    named = tuple(calls.named((*what.lines, what.call_id), begins=what.rings))
    if named and but is None:
        if calls.paired and not named[0].begun:  # something else may be known of it
            others = find(calls, what, named[0])[1]
            named = (*[each for each in others if each.result is None], *named)
        return "STATED", _stated(calls, what, named)
    candidates, near = [], calls.latest(what.numbers, live=what.begins and calls.paired)
    if what.rings_alone or what.record is not None:
        near |= calls.named((what.before,), begins=True)
    base = parse_id(what.base)
    states = bool(what.lines) and not what.reading  # the id of a line is the first one of its call
    for call in near:
        if call is but or (states and call.first_id):
            continue
        if calls.paired and not (call.begun or call.facts.records):
            continue  # hang-ups alone may be of a branch
        apart = distance(call.origin, base)
        if apart is None or (apart > 0 if states else call.first_id and apart < 0):
            continue
        if abs(apart) <= BRANCHES and not _is_another(calls, call, what):
            candidates.append((call, apart))
    candidates.sort(key=lambda each: (abs(each[1]), -each[1]))
    for name, rule in (_PAIRED if calls.paired else _UNPAIRED).items():
        for call, apart in candidates:
            if rule(calls, call, what, apart):
                return name, (call,)
    return "NEW", ()


def _stated(calls: Calls, what: Subject, named: Found) -> Found:
    """Return the calls of the ids that it states, and those that asked before a transfer by keys.

    These have an id of their own in RING, and that of the call which is transferred in ANSWER.
    """
    own, extensions = named[0], set(what.extensions)
    answered, talkers = own.facts.answered_at, {p.extension for p in own.facts.answerers}
    if what.event is CallEvent.TRANSFER and all(each.facts.answered_at for each in named):
        return tuple(each for each in named if what.call_id in each.ids) or (own,)  # two united
    if what.lines or what.event not in ANSWERS or answered is None or extensions <= talkers:
        return named
    if own.facts.transfers:
        return named  # who answers is whom a report has named
    asked = [
        other
        for other in calls.latest(extensions, live=True)
        if other is not own
        and other.facts.answered_at is None
        and not other.facts.records
        and other.heard > answered
        and (extensions == other.numbers or (extensions & talkers) == other.numbers)
        and ((caller := other.facts.caller) is None or caller.extension in extensions)
    ]
    return (own, *asked)


def _by_pair(calls: Calls, call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether its id lies two numbers from that of a call, and parties are the same."""
    if what.event is CallEvent.DIALING and call.facts.inbound is not None:
        return False  # that is a line which hears it ring
    record, caller, at_once = what.record, call.facts.caller, _same_second(call, what)
    same = at_once and what.numbers <= call.numbers
    if caller is not None and (record or (len(what.numbers) > 1 and not call.facts.transferred_at)):
        same &= caller.number in what.named  # who calls is one side of all branches
    by_command = apart == 1 and not what.begins and call.facts.inbound is None
    if apart == PAIR or by_command:  # the phone that is rung first: n+1
        second = not what.first_id if record is None else _is_within(calls, record, call, what.at)
        return second and same
    # Records and reports with the first id follow where that of a branch alone is known.
    first = bool(what.first_id) and (record is None or (at_once and len(call.numbers) < 2))
    return apart == -PAIR and (first or same)


def _by_line(calls: Calls, call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether its id is that of a call's outside line, or the call is known by that."""
    outward = all(leg.kind is not LegKind.INBOUND for leg in what.legs)
    near = apart in LINES and _same_second(call, what)
    if len(call.facts.parties) == 1:  # by command: the phone of who calls was rung first
        (party,) = call.facts.parties.values()
        rung = party.rang or party.picked_up or party.number == call.facts.dialled
        rung &= party.number in what.numbers
        near |= rung if apart > 0 else calls.paired and bool(party.calls)
    shown = what.reading and outward and near
    return shown or (call.by_line and -apart in LINES)


def _by_branch(calls: Calls, call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether another phone rings, or is not reached, for the caller of a call."""
    if what.event not in _REACHES:
        return False
    if len(what.extensions) < 2:  # for somebody who is not shown
        return what.rings_alone and call.facts.only_rings and what.before in call.ids
    facts, caller = call.facts, call.facts.extensions.get(what.extensions[1])
    if caller is None or facts.answered_at is not None or facts.records:
        return False
    up = caller.state not in (LegState.RINGING, LegState.ENDED) and facts.caller in (None, caller)
    up &= caller.picked_up or not facts.dialled  # by command: its phone is rung first
    grouped = len([*facts.rang()]) > len(call.ids)  # its branches ring under its own id
    return up and not (grouped or _asks(calls, caller.extension))


def _asks(calls: Calls, number: str) -> bool:
    """Return whether an extension talks, so that it makes another call to ask somebody."""
    parties = (call.facts.extensions.get(number) for call in calls.live_of.get(number, ()))
    return any(party is not None and party.talks for party in parties)


def _by_nearness(calls: Calls, call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether something has just begun in a call, which has all parties."""
    facts, extensions = call.facts, what.extensions
    if what.event not in _BEGIN or not extensions or not call.numbers.issuperset(extensions):
        return False
    if any(leg.kind is LegKind.INBOUND for leg in what.legs):
        return False  # nobody here makes it
    if what.rings_alone and facts.dialled != extensions[0]:
        return False
    if what.rings_alone or (what.event is CallEvent.DIALING and facts.only_rings):
        # By command: who makes it is rung first, and may just have given it up.
        return apart > 0 and (bool(facts.present) or what.at - facts.touched <= DISORDER)
    # Who makes this call hears it ring, a line as well, or is answered.
    caller = facts.alone or (facts.caller if facts.answered_at is None else None)
    rings = what.event is CallEvent.RINGING
    named = extensions[-1:] if rings else extensions  # it is the last
    if caller is None or caller.extension not in named:
        return False
    # By command: its phone is rung first, under n+1, and it hears the other one ring late.
    late = caller.rang or 1 in (distance(call.origin, parse_id(each)) for each in call.ids)
    just_now = what.at - max(party.since for party in facts.parties.values()) <= DISORDER
    just_now |= facts.dialled == caller.extension and len(facts.parties) == 1
    over = bool(facts.records) or caller.state is LegState.ENDED
    asks = rings and not facts.dialled and _asks(calls, caller.extension)
    return just_now and (late or not over) and not asks


def _by_transfer(calls: Calls, call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether a call was passed on to a party that it rings or talks with now."""
    moved, numbers, parties = call.facts.transferred_at, what.numbers, call.facts.parties.values()
    if moved is None or what.event not in _BEGIN or what.at - moved > _MOVED_WITHIN:
        return False
    here = ((p.rung_at, p.since if p.talks or p.ceased else None) for p in parties)
    come = (at is not None and moved <= at for times in here for at in times)
    asked = calls.latest([p.extension for p in parties if p.live and p.since == moved], live=False)
    answers = ((o.facts.answered_at, o.ending.over_at or moved) for o in asked if o is not call)
    talked = (at is not None and at < moved <= over for at, over in answers)
    if call.facts.on_trunk or any(come) or any(talked):
        return False  # its new party has an id of its own, or was asked before
    if what.event is CallEvent.RINGING and len(what.extensions) > 1:  # its party hears it ring
        numbers = {what.extensions[-1]}
    return any(p.live and p.number in numbers for p in parties)


def _by_record(calls: Calls, call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether a record is that of a branch of a call, or of one known by its branches."""
    record = what.record
    if record is None:
        return False
    if apart < 0:
        caller = call.facts.extensions.get(record.caller)
        makes = caller is not None and bool(caller.calls) and not record.source_trunk
        recorded = call.ending.recorded_at if call.begun else None
        now = what.at >= call.heard and (recorded is None or what.at - recorded <= _ROUNDED)
        return makes and now and calls.paired and apart <= -PAIR
    answered, known = call.facts.answered_at is not None, call.begun or call.facts.records
    channel = answered and record.outcome == "answered" and apart in (1, PAIR)
    channel = channel and _same_second(call, what)
    inbound = call.facts.inbound
    withheld = not record.caller and inbound is not None and not inbound.caller
    named = record.caller in call.numbers or withheld
    parties = {"", *(party.number for party in call.facts.parties.values())}
    channel &= named or record.callee in parties  # no IVR
    if not named and known and (record.source_trunk or not channel):
        return False  # hang-ups alone do not tell who calls
    own, branches = call.facts.record, calls.paired or calls.branches or _same_second(call, what)
    alone = answered or record.source_trunk or (own and own.direction != record.direction)
    if alone and not branches and record.callee not in {"", *call.numbers}:
        return False  # who calls asks somebody, or a number outside has called two
    # Its own Local channel has other sides once the call was passed on.
    return _is_within(calls, record, call, what.at) and (
        channel or not _is_elsewhere(calls, record, call)
    )


def _is_elsewhere(calls: Calls, record: CallRecord, call: KnownCall) -> bool:
    """Return whether a record is of another call of somebody who takes part in a call.

    What a branch calls is a phone, never an IVR or a queue (docs/asterisk.md, "Records").
    """
    facts, own, caller = call.facts, call.facts.record, call.facts.caller
    moved = facts.transferred_at is not None
    number = caller.number if caller is not None else own.caller if own is not None else ""
    # What is passed on keeps the number outside in records inside, too.
    far = facts.outbound.callee if facts.outbound is not None and facts.inbound is None else number
    kept = record.caller == far and (moved or far not in calls.extensions)
    if facts.on_trunk and record.direction == "internal" and not kept:
        return True
    given = calls.given(record.call_id)
    sides = (record.callee, "" if record.source_trunk else record.caller)
    gone = (p for p in map(facts.extensions.get, sides) if p is not None and not p.live)
    if moved and given is not None and any(given > party.since for party in gone):
        return True  # by or to somebody who had left it
    # The leg of whoever has passed it on, but not the phone of who calls by command.
    itself = record.callee in ("", record.caller) and record.direction != "outbound"
    asked = {record.caller, record.callee} <= facts.extensions.keys()  # by keys, under this id
    free = moved and (itself or asked or (facts.inbound is None and record.callee in call.numbers))
    free |= kept or (itself and record.direction == "inbound")
    if number not in ("", record.caller, record.callee) and not free:
        return True  # who calls is one side of all branches
    phones = {"", *(party.number for party in facts.parties.values())} | calls.extensions
    led_on = record.duration == record.talk_duration != 0  # answered at once
    return led_on and record.callee not in phones and record.direction != "outbound"


def _is_within(calls: Calls, record: CallRecord, call: KnownCall, at: datetime) -> bool:
    """Return whether a record is of a time in which a call went on, as that of a branch is.

    What a call was passed on to begins after its answer. NO ANSWER may be that of a queue's agent.
    """
    facts, own, given = call.facts, call.facts.record, calls.given(record.call_id)
    over = call.ending.over_at
    if given is None or (over is not None and given - _INEXACT > over):
        return False
    if facts.transferred_at is not None:
        return True
    if own is None:
        return facts.answered_at is None or given - _ROUNDED <= facts.answered_at
    recorded, over, end = call.ending.recorded_at, ends_at(own), ends_at(record)
    together = recorded is not None and at - recorded <= _ROUNDED
    # That of a queue which nobody answered, but itself, tells no end: it is of the last agent.
    queued = together and own.outcome != "answered" and bool(own.talk_duration)
    if over is None or end is None or queued:
        return True
    return given <= over and (together or end <= over + _ROUNDED)


def _is_another(calls: Calls, call: KnownCall, what: Subject) -> bool:
    """Return whether something is none of a call that is over, or that a line carries."""
    facts, over, given = call.facts, call.ending.over_at, calls.given(what.base)
    end = ends_at(facts.record) if facts.record is not None else None
    follows = what.begins and end is not None and given is not None and given > end + _ROUNDED
    inside = facts.on_trunk and len(what.extensions) == len(what.legs) > 1
    if facts.transferred_at is None and (follows or inside):
        return True
    if over is None or call.by_line or not what.begins:
        return False
    return what.event is not CallEvent.DIALING or what.at - over > DISORDER  # else it is late


def _same_second(call: KnownCall, what: Subject) -> bool:
    one, other = call.origin, parse_id(what.base)
    return one is not None and other is not None and abs(one[0] - other[0]) <= 1


_UNPAIRED: Final[dict[str, _Rule]] = {"LINE": _by_line, "LATER": _by_record}
_PAIRED: Final[dict[str, _Rule]] = {
    "PAIRED": _by_pair,
    **_UNPAIRED,
    "BRANCH": _by_branch,
    "NEAR": _by_nearness,
    "MOVED": _by_transfer,
}
