"""The call to which a report, a record or a snapshot belongs: eight rules, the first match wins.

- STATED: an id that is stated is known; two known ids in one report make one call, that of the line
  (pbx-api, "Identifiers": `inboundid`, `outboundid`).
- PAIRED, OpenVox: n and n+2 in one second, of the same parties (its samples RING, ALERT, BYE;
  Asterisk: n and `Local;2`).
- LINE, Yeastar API v1: a snapshot shows a call by the id of its outside line, n+1, or n+3 of a
  mobile phone, with a number in common (its samples; Asterisk: the next `Local` is n+3).
- BRANCH: another phone rings for the caller of an unanswered call, unless several rang under one
  id; where no report shows the caller, at the next id, and an earlier id that has the answer, the
  failure or the line of a phone that rings is the first one (Asterisk: members of a ring group are
  at +2, +4, +6; each agent of a queue rings anew).
- NEAR: the beginning of a call whose parties are all in a call that has just begun or changed
  (Asterisk: calls within one millisecond mix their ids, and a transferred party hears ringing
  under the id of its new branch).
- MOVED: a call was transferred, and its remaining party and a new one ring or talk under a later
  id (Asterisk: the new pair has ids at odd distances, +4, +5).
- LATER: a record under a later id belongs to the call that was up then and whose caller it names;
  one under an earlier id, where only ids of branches are known (Asterisk: each branch ends by
  itself and leaves a record). One with another callee is that of a branch in the same second, or
  where the PBX has made such.
- NEW: anything else begins a call; one of hang-ups and empty records is dropped (`termination`).

All rules but STATED look at calls with a number in common, the nearest id first. Reports of a
Yeastar state the id of their call, so that PAIRED, BRANCH, NEAR and MOVED are for OpenVox.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from ..model.events import CallEvent, CallReport
from ..model.ids import BRANCHES, LINES, PAIR, distance, is_name, parse_id
from ..model.lines import Call, CallRecord, LegKind, LegState
from ..model.records import ends_at
from ..model.withheld import is_withheld
from .calls import Calls, KnownCall
from .changes import note_changes
from .facts import DISORDER
from .legs import ANSWERS, BEFORE_TALK, Observation
from .phones import AT_ONCE

_MOVED_WITHIN: Final = timedelta(seconds=60)
"""How long after a transfer the new party may ring or answer."""
_ROUNDED = timedelta(seconds=1)
"""How far the ends of two records of one call may be apart: both are whole seconds."""
_FIRST = (CallEvent.TRANSFER, CallEvent.FAILED, CallEvent.INVITE, CallEvent.INCOMING)
"""Reports with the first id of a call, as in records."""
_BEGIN = (CallEvent.DIALING, CallEvent.RINGING, *ANSWERS)


class Subject:
    """An observation to be attached, as the rules look at it.

    Attributes:
        event: what is reported; None for a record, a key or a snapshot.
        lines: stated ids of lines, which are ids of calls.
        first_id: the first id of its call, "" if unknown.
        base: the id to be compared with those of calls; `parsed`: its parts.
        extensions: the named extensions; `named`: all numbers of its parties;
            `numbers`: those that distinguish parties.
        inbound: whether it is a call from outside.
        rings_alone: whether an extension rings for an unknown caller.
        begins: whether it may be the first of its call: no record, nor only hang-ups;
            `rings`: whether its call has not been answered yet.
    """

    def __init__(self, observed: Observation, at: datetime) -> None:
        """Extract the ids and numbers."""
        self.call_id, self.at, self.shown = observed.call_id, at, isinstance(observed, Call)
        event = self.event = observed.event if isinstance(observed, CallReport) else None
        record = self.record = observed if isinstance(observed, CallRecord) else None
        legs = self.legs = () if isinstance(observed, CallRecord) else observed.legs
        self.lines = [leg.leg_id for leg in legs if is_name(leg.leg_id)]  # no channels
        first = event in _FIRST or record is not None or self.shown
        self.first_id = self.lines[0] if self.lines else observed.call_id if first else ""
        self.base = self.first_id or observed.call_id
        self.parsed = parse_id(self.base)
        self.extensions = [leg.extension for leg in legs if leg.kind is LegKind.EXTENSION]
        self.inbound = any(leg.kind is LegKind.INBOUND for leg in legs)
        sides = {record.caller, record.callee} if record is not None else set[str]()
        self.named = sides.union(*((leg.extension, leg.caller, leg.callee) for leg in legs))
        self.numbers = {each for each in self.named if not is_withheld(each)}
        self.rings_alone = event is CallEvent.RINGING and len(legs) == len(self.extensions) == 1
        ends = event is CallEvent.STATUS and all(leg.state is LegState.ENDED for leg in legs)
        self.begins = record is None and event is not CallEvent.ENDED and not ends
        self.rings = event in (CallEvent.RINGING, CallEvent.DIALING, CallEvent.INVITE)
        self.rings |= event is CallEvent.STATUS and any(leg.state in BEFORE_TALK for leg in legs)

    @property
    def beside(self) -> tuple[str, str]:
        """Return the ids of the branches before and after."""
        second, number = self.parsed or (0, 0)
        return f"{second}.{number - PAIR}", f"{second}.{number + PAIR}"


type Found = tuple[KnownCall, ...]
"""The call that a rule finds; for STATED also others, which are parts of it."""
type _Rule = Callable[[Calls, KnownCall, Subject, int], bool]
"""Whether a subject belongs to a call; the integer is its id minus the first id of the call."""


def attach(
    calls: Calls, observed: Observation, at: datetime, begin: Callable[[str, datetime], KnownCall]
) -> KnownCall | None:
    """Return the call of an observation, a new one if need be.

    None is returned if its call is over, but for a record, or if it has no id and no known call
    matches.
    """
    known = calls.by_id.get(observed.call_id)
    if known is not None and known.heard > calls.booted_at and _is_known(known, observed):
        known.rules["STATED"] = None
        return known
    what = Subject(observed, at)
    rule, found = find(calls, what)
    if not (found or what.base):
        return None
    if found and found[0].result is not None:
        own = {each.call_id for each in found[0].facts.records}  # that of the call has ended it
        calls.branches |= what.record is not None and bool(own - {what.record.call_id})
        return found[0] if what.record is not None else None
    call, *parts = found or (begin(what.call_id or what.base, at),)
    if not found:
        call.by_line = what.shown and all(leg.kind is LegKind.OUTBOUND for leg in what.legs)
    call.begun |= what.begins
    call.heard = call.heard if call.heard > calls.booted_at else at  # it outlived that
    origin = call.origin
    for part in parts:
        if part.result is None:
            calls.join(part, call)
            if not call.published:
                note_changes(call)  # snapshots showed both parts: their union is nothing new
    call.rules[rule] = None
    if what.lines and (calls.paired or what.legs[0].kind is LegKind.INBOUND):
        call.first_id = call.first_id or what.lines[0]
    for number in what.named:
        calls.note(call, number)
    calls.name(call, (what.call_id, *what.lines))
    if call.facts.records and call.origin != origin:
        calls.demote_records(call)
    return call


def _is_known(call: KnownCall, observed: Observation) -> bool:
    """Return whether all ids and numbers are known of a live call, as in most reports."""
    joins = isinstance(observed, CallReport) and observed.event in ANSWERS and call.facts.answerers
    if call.result is not None or not call.begun or joins:  # it may join two calls
        return False
    if isinstance(observed, CallRecord):
        return call.numbers.issuperset((observed.caller, observed.callee))
    ids = {leg.leg_id for leg in observed.legs if leg.leg_id}
    numbers = {n for leg in observed.legs for n in (leg.extension, leg.caller, leg.callee) if n}
    return numbers <= call.numbers and (not ids or (bool(call.first_id) and ids <= call.ids))


def find(calls: Calls, what: Subject, but: KnownCall | None = None) -> tuple[str, Found]:
    """Return the first rule that matches, and its calls except `but`; none for NEW."""
    named = tuple(calls.named((*what.lines, what.call_id), begins=what.rings))
    if named and but is None:
        if calls.paired and not named[0].begun:  # something else may be known of it
            others = find(calls, what, named[0])[1]
            named = (*[each for each in others if each.result is None], *named)
        return "STATED", _stated(calls, what, named)
    candidates, near = [], calls.latest(what.numbers, live=what.begins and calls.paired)
    if what.rings_alone or what.record is not None:
        near |= calls.named(what.beside, begins=True)
    states = bool(what.lines) and not what.shown  # the id of a line is the first one of its call
    for call in near:
        if call is but or (states and call.first_id):
            continue
        if calls.paired and not (call.begun or call.facts.records):
            continue  # hang-ups alone may be those of a branch
        apart = distance(call.origin, what.parsed)
        if apart is None or (apart > 0 if states else call.first_id and apart < 0):
            continue
        if abs(apart) <= BRANCHES and not _is_excluded(calls, call, what):
            candidates.append((call, apart))
    candidates.sort(key=lambda each: (abs(each[1]), -each[1]))
    for name, rule in (_PAIRED if calls.paired else _UNPAIRED).items():
        for call, apart in candidates:
            if rule(calls, call, what, apart):
                return name, (call,)
    return "NEW", ()


def _stated(calls: Calls, what: Subject, named: Found) -> Found:
    """Return the calls of stated ids, and consultation calls before a transfer by keys.

    A consultation call has an id of its own in RING, and that of the transferred call in ANSWER.
    """
    own, extensions = named[0], set(what.extensions)
    answered, talkers = own.facts.answered_at, {p.extension for p in own.facts.answerers}
    if what.event is CallEvent.TRANSFER and all(each.facts.answered_at for each in named):
        return tuple(each for each in named if what.call_id in each.ids) or (own,)  # both answered
    if what.lines or what.event not in ANSWERS or answered is None or extensions <= talkers:
        return named
    if own.facts.transfers:
        return named  # the transferee answers, whom a report has named
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
    """Return whether its id lies two numbers from that of a call with the same parties."""
    if what.event is CallEvent.DIALING and call.facts.inbound is not None:
        return False  # the caller is an outside line that hears ringing
    record, caller, at_once = what.record, call.facts.caller, _same_second(call, what)
    same = at_once and what.numbers <= call.numbers
    if caller is not None and (record or (len(what.numbers) > 1 and not call.facts.transferred_at)):
        same &= caller.number in what.named  # the caller is one side of all branches
    by_command = apart == 1 and not what.begins and call.facts.inbound is None
    if apart == PAIR or by_command:  # the phone of the caller, rung first: n+1
        second = not what.first_id if record is None else _is_within(calls, record, call, what.at)
        return second and same
    # Records and reports with the first id may follow those with the id of a branch.
    lone = call.facts.only_rings or len(call.numbers) < 2
    first = bool(what.first_id) and (record is None or (at_once and lone))
    return apart == -PAIR and (first or same)


def _by_line(calls: Calls, call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether its id is that of the outside line of a call, or the reverse."""
    near = apart in LINES and _same_second(call, what)
    if len(call.facts.parties) == 1:  # by command: the phone of the caller was rung first
        (party,) = call.facts.parties.values()
        rung = party.rang or party.picked_up or party.number == call.facts.dialled
        rung &= party.number in what.numbers
        near |= rung if apart > 0 else calls.paired and bool(party.calls)
    return (what.shown and not what.inbound and near) or (call.by_line and -apart in LINES)


def _by_branch(calls: Calls, call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether another phone rings, or cannot be reached, for the caller of a call."""
    facts = call.facts
    if facts.only_rings and what.rings_alone:  # for an unknown caller
        return not call.ids.isdisjoint(what.beside[:1])
    ceases = what.event in (CallEvent.FAILED, *ANSWERS)
    if facts.only_rings and apart < 0 and (what.shown or ceases):
        parties = (party for n, party in facts.extensions.items() if n in what.numbers)
        return any(party.state is LegState.RINGING for party in parties)
    if what.event not in (CallEvent.RINGING, CallEvent.FAILED) or len(what.extensions) < 2:
        return False
    caller = facts.extensions.get(what.extensions[1])
    if caller is None or facts.answered_at is not None or facts.records:
        return False
    if apart < 0 and not _same_second(call, what):
        return False  # its call began before
    up = caller.state not in (LegState.RINGING, LegState.ENDED) and facts.caller in (None, caller)
    up &= caller.picked_up or not facts.dialled  # by command: its phone is rung first
    grouped = len([*facts.rang()]) > len(call.ids)  # its branches ring under its own id
    asks = what.at - caller.since > AT_ONCE and _consults(calls, caller.extension)
    return up and not (grouped or asks)  # unless it consults a group


def _consults(calls: Calls, number: str) -> bool:
    """Return whether an extension talks, so that a call that it makes is a consultation."""
    return any(party.talks for _, party in calls.parts_of(number))


def _by_nearness(calls: Calls, call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether a call with all these parties has just begun or changed."""
    facts, extensions = call.facts, what.extensions
    if what.event not in _BEGIN or not extensions or not call.numbers.issuperset(extensions):
        return False
    own = facts.dialled == extensions[0] and facts.answered_at is None  # it is rung once
    if what.inbound or (what.rings_alone and not own):
        return False
    party, parties = facts.extensions.get(extensions[0]), facts.parties.values()
    if facts.transferred_at and party and party.live and what.event is CallEvent.DIALING:
        # The party that was transferred hears ringing.
        return any(p.state is LegState.RINGING and what.at - p.since <= AT_ONCE for p in parties)
    if what.rings_alone or (what.event is CallEvent.DIALING and facts.only_rings):
        # By command: the caller is rung first, and may just have given up.
        return apart > 0 and (bool(facts.present) or what.at - facts.touched <= DISORDER)
    # The caller of this call hears ringing, as does a line, or is answered.
    caller = facts.alone or (facts.caller if facts.answered_at is None else None)
    rings = what.event is CallEvent.RINGING
    named = extensions[-1:] if rings else extensions  # the caller is last
    if caller is None or caller.extension not in named:
        return False
    # By command: the phone of the caller is rung first, under n+1, and hears ringing later.
    late = by_command = facts.dialled == caller.extension
    late |= caller.rang or 1 in (distance(call.origin, parse_id(each)) for each in call.ids)
    just_now = what.at - max(party.since for party in parties) <= DISORDER
    just_now |= by_command and len(parties) == 1
    over = bool(facts.records) or caller.state is LegState.ENDED
    asks = rings and not facts.dialled and _consults(calls, caller.extension)
    return just_now and (late or not over) and not asks


def _by_transfer(calls: Calls, call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether a call was transferred to a party that now rings or talks."""
    moved, numbers, parties = call.facts.transferred_at, what.numbers, call.facts.parties.values()
    if moved is None or what.event not in _BEGIN or what.at - moved > _MOVED_WITHIN:
        return False
    here = ((p.rung_at, p.since if p.talks or p.ceased else None) for p in parties)
    come = (at is not None and moved <= at for times in here for at in times)
    asked = calls.latest([p.extension for p in parties if p.live and p.since == moved], live=False)
    answers = ((o.facts.answered_at, o.ending.over_at or moved) for o in asked if o is not call)
    talked = (at is not None and at < moved <= over for at, over in answers)
    if call.facts.on_trunk or any(come) or any(talked):
        return False  # the new party has arrived already, or was consulted before
    if what.event is CallEvent.RINGING and len(what.extensions) > 1:  # the transferee hears ringing
        numbers = {what.extensions[-1]}
    return any(p.live and p.number in numbers for p in parties)


def _by_record(calls: Calls, call: KnownCall, what: Subject, apart: int) -> bool:
    """Return whether a record belongs to a branch of a call, or to a call known by its branches."""
    record = what.record
    if record is None:
        return False
    if apart < 0:
        caller = call.facts.extensions.get(record.caller)
        makes = caller is not None and bool(caller.calls) and not record.source_trunk
        makes |= call.facts.only_rings and record.callee in call.numbers
        recorded = call.ending.recorded_at if call.begun else None
        now = what.at >= call.heard and (recorded is None or what.at - recorded <= _ROUNDED)
        leads = record.callee not in calls.extensions or record.callee in call.numbers
        return makes and leads and now and calls.paired and apart <= -PAIR
    if calls.branches and _ends_with(call, record, what.at):
        return True
    answered, known = call.facts.answered_at is not None, call.begun or call.facts.records
    same = _same_second(call, what)
    channel = same and answered and record.outcome == "answered" and apart in (1, PAIR)
    inbound = call.facts.inbound
    like = is_withheld(inbound.caller) if inbound is not None else not record.source_trunk
    withheld = like and is_withheld(record.caller)
    named = record.caller in call.numbers or withheld
    parties = {"", *(party.number for party in call.facts.parties.values())}
    channel &= named or record.callee in parties  # no IVR
    if not named and known and (record.source_trunk or not channel):
        return False  # while only hang-ups are known, the caller is not
    if not (calls.branches or same or record.callee in {"", *call.numbers}):
        return False  # a second call of the caller, as a consultation
    # The Local channel of the call itself has other sides after a transfer.
    return _is_within(calls, record, call, what.at) and (
        channel or not _is_of_another(calls, record, call)
    )


def _ends_with(call: KnownCall, record: CallRecord, at: datetime) -> bool:
    """Return whether a record was closed with that of a call, by a party of which it was.

    Asterisk closes the records of all legs that are left when the last talk ends.
    """
    own, recorded = call.facts.record, call.ending.recorded_at
    if own is None or recorded is None or own.outcome != "answered":
        return False
    over, end = ends_at(own), ends_at(record)
    if over is None or end is None or max(abs(over - end), at - recorded) > _ROUNDED:
        return False
    last = [p.number for p in call.facts.parties.values() if recorded - p.since <= _ROUNDED]
    return any(number in (record.caller, record.callee) for number in last if number)


def _is_of_another(calls: Calls, record: CallRecord, call: KnownCall) -> bool:
    """Return whether a record belongs to another call of a party of this one."""
    facts, own, caller = call.facts, call.facts.record, call.facts.caller
    moved = facts.transferred_at is not None
    number = caller.number if caller is not None else own.caller if own is not None else ""
    # After a transfer records of internal legs keep the outside number.
    far = facts.outbound.callee if facts.outbound is not None and facts.inbound is None else number
    kept = record.caller == far and (moved or far not in calls.extensions)
    if facts.on_trunk and record.direction == "internal" and not kept:
        return True
    given = calls.given(record.call_id)
    sides = (record.callee, "" if record.source_trunk else record.caller)
    gone = (p for p in map(facts.extensions.get, sides) if p is not None and not p.live)
    if moved and given is not None and any(given > party.since for party in gone):
        return True  # by or to a party that had left before
    # The leg of the transferor, but not the phone that was rung first by command.
    itself = record.callee in ("", record.caller) and record.direction != "outbound"
    asked = {record.caller, record.callee} <= facts.extensions.keys()  # consulted by keys
    free = moved and (itself or asked or (facts.inbound is None and record.callee in call.numbers))
    free |= kept or (itself and record.direction == "inbound")
    # The caller is one side of all branches.
    return not (free or is_withheld(number) or number in (record.caller, record.callee))


def _is_within(calls: Calls, record: CallRecord, call: KnownCall, at: datetime) -> bool:
    """Return whether a call was up at the time of a record, as it is during its branches.

    The leg of a transferee begins after the answer. NO ANSWER may be that of an agent of a queue.
    """
    facts, own, given = call.facts, call.facts.record, calls.given(record.call_id)
    over = call.ending.over_at
    if given is None or (over is not None and given - _ROUNDED > over):
        return False
    if facts.transferred_at is not None:
        return True
    if own is None:
        return facts.answered_at is None or given - _ROUNDED <= facts.answered_at
    recorded, over, end = call.ending.recorded_at, ends_at(own), ends_at(record)
    together = recorded is not None and at - recorded <= _ROUNDED
    # The record of a queue that no agent answered has the end of the last agent, not of the call.
    queued = together and own.outcome != "answered" and bool(own.talk_duration)
    if over is None or end is None or queued:
        return True
    return given <= over and (together or end <= over + _ROUNDED)


def _is_excluded(calls: Calls, call: KnownCall, what: Subject) -> bool:
    """Return whether it cannot belong to a call: that is over, or on a line while this is not."""
    facts, over, given = call.facts, call.ending.over_at, calls.given(what.base)
    end = ends_at(facts.record) if facts.record is not None else None
    follows = what.begins and end is not None and given is not None and given > end + _ROUNDED
    inside = facts.on_trunk and len(what.extensions) == len(what.legs) > 1
    inside &= facts.inbound is not None or not facts.extensions.keys() >= {*what.extensions}
    inside |= what.inbound and facts.inbound is None and facts.caller is not None
    if facts.transferred_at is None and (follows or inside):
        return True
    if over is None or call.by_line or not what.begins:
        return False
    return what.event is not CallEvent.DIALING or what.at - over > DISORDER  # DIALING may be late


def _same_second(call: KnownCall, what: Subject) -> bool:
    one, other = call.origin, what.parsed
    return one is not None and other is not None and abs(one[0] - other[0]) <= 1


_UNPAIRED: Final[dict[str, _Rule]] = {"LINE": _by_line, "LATER": _by_record}
_PAIRED: Final[dict[str, _Rule]] = {
    "PAIRED": _by_pair,
    **_UNPAIRED,
    "BRANCH": _by_branch,
    "NEAR": _by_nearness,
    "MOVED": _by_transfer,
}
