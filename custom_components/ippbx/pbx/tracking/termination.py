"""The end of calls: waiting for the evidence of it, and publishing it once."""

from datetime import UTC, datetime, timedelta
from typing import Final

from ..model.records import ends_at, is_empty
from ..model.tracked import CallChange, CallDirection, CallEventType, CallOutcome
from .calls import Calls, KnownCall
from .changes import Publish, publish_changes
from .facts import DISORDER, Party
from .identity import Subject, find
from .legs import Evidence, answer_alone, take_back
from .outcome import decide, direction_of, end_of, is_led_on, is_plain
from .phones import AT_ONCE, EXACT, Phones, Ring
from .summary import View

WAITS: Final = {
    # Other records of a call after its first one.
    "settle": timedelta(seconds=2),
    # The record of a call after a hang-up, or after a snapshot that does not show it any more.
    "record": timedelta(seconds=6),
    # A snapshot that shows whether a call is over.
    "snapshot": timedelta(seconds=50),
    # Other reports of such a call, before a snapshot is wanted; and between two snapshots.
    "confirm": timedelta(seconds=2),
    # Records that are read because none was reported; they are read with the calls, every 30 s.
    "records": timedelta(seconds=28),
    # Another party that rings: the single one that answered is then the caller, rung first.
    "answer": timedelta(seconds=2),
}
"""All waiting times of the engine, and what is waited for."""
_COARSE: Final = timedelta(seconds=2)
"""How exactly a record gives the end of its call: its start and duration are whole seconds."""
_SOON: Final = timedelta(minutes=1)
"""How soon after its end a snapshot must miss a call so that its end is not retroactive."""


class Termination:
    """Ends calls.

    Attributes:
        wants_snapshot: whether a snapshot of the calls on lines is wanted now.
        due: when the next decision may be due (UTC): never too late, at times too early; None while
            no call waits.
    """

    def __init__(self, calls: Calls, phones: Phones, publish: Publish) -> None:
        """Start without calls that wait."""
        self.wants_snapshot = False
        self.due: datetime | None = None
        self._calls, self._phones, self._publish = calls, phones, publish
        self._confirmed_at = datetime.min.replace(tzinfo=UTC)

    @property
    def wants_records(self) -> datetime | None:
        """Return the time (UTC) since which records are wanted; None if no call lacks one."""
        endings = ((call, call.ending) for call in self._calls.waiting)
        begun = [call.started for call, e in endings if "records" in e.waits and not e.asked]
        return min(begun, default=None)

    def _wait(self, call: KnownCall, wait: str, now: datetime) -> None:
        """Wait for something, unless that is waited for already."""
        until = call.ending.waits.setdefault(wait, now + WAITS[wait])
        self.due = min(self.due or until, until)
        self._calls.waiting[call] = None
        if wait == "snapshot":
            self._confirm(call, now)

    def consider(self, call: KnownCall, now: datetime) -> None:
        """Decide after new evidence whether a call is over, or goes on."""
        facts, ending = call.facts, call.ending
        alone = facts.alone if facts.answered_at is None else None
        # An extension that did not ring may have called the PBX itself.
        if alone and (not alone.extension or alone.rang or alone.calls is not None):
            self._wait(call, "answer", now)  # it may be one
        wanted = end_of(call)
        if wanted == "snapshot" and self._is_given_up(call):
            wanted = "settle"
        elif wanted == "settle" and self._calls.branches and is_led_on(call):
            wanted = "snapshot"
        if wanted is None or wanted == "snapshot":
            if call.call_id not in self._calls.active:  # it goes on
                self._calls.active[call.call_id] = call
                ending.waits = {wait: at for wait, at in ending.waits.items() if wait == "answer"}
                ending.asked = False
            ending.over_at = None
            if wanted is None:
                return
        else:
            ending.over_at = ending.over_at or now
            self._calls.active.pop(call.call_id, None)
        if wanted == "settle":
            ending.waits.pop("records", None)
            if is_plain(call):
                self._decide(call, now)
                return
        self._wait(call, wanted, now)
        if wanted == "record":  # the hang-up may have completed an attended transfer
            self._confirm(call, now)

    def _confirm(self, call: KnownCall, now: datetime) -> None:
        """Want a snapshot soon of a call on a line, unless one has shown it since its record.

        Asterisk reports no hang-up of an unanswered call (docs/asterisk.md). All calls share one
        snapshot in two seconds, which is too early for a call that has just begun.
        """
        ending, pause = call.ending, WAITS["confirm"]
        shown, recorded = ending.shown_at, ending.recorded_at
        if not call.facts.on_trunk or (shown and recorded and shown > recorded):
            return
        least = max(now + pause / 2, call.heard + DISORDER)
        if self._confirmed_at < least:
            self._confirmed_at = max(least + pause / 2, self._confirmed_at + pause)
        self._wait(call, "confirm", self._confirmed_at - pause)

    def begin(self, call_id: str, now: datetime) -> KnownCall:
        """Return a new call; an old one of that name, from before a start of the PBX, is over."""
        if (old := self._calls.live.get(call_id)) is not None:
            self._decide(old, now, last=True)
        return self._calls.create(call_id, now)

    def gone(self, call: KnownCall, now: datetime) -> None:
        """Note that the PBX does not know a call any more."""
        ending = call.ending
        if ending.gone_at is not None:
            return
        ending.gone_at = now
        if ending.waits.pop("snapshot", None) is not None:
            self._calls.active.pop(call.call_id, None)
            if now - (ending.recorded_at or now) < WAITS["settle"]:  # a failure may follow
                self._wait(call, "settle", now)
            else:
                self._decide(call, now)
            return
        ending.retroactive |= ending.over_at is None and call.facts.hung_up_at is None
        self.consider(call, now)
        if self._calls.keeps_records and call.begun and not call.facts.records:
            self._wait(call, "records", now)

    def settle(self, now: datetime) -> None:
        """Decide what is due."""
        waiting = self._calls.waiting
        for call in list(waiting):
            waits = call.ending.waits
            due = {each for each, at in waits.items() if at <= now}
            call.ending.waits = {each: at for each, at in waits.items() if each not in due}
            if "answer" in due:
                answer_alone(call.facts)
                call.cached = None
                publish_changes(call, self._publish)
                self.consider(call, now)
            self.wants_snapshot |= "confirm" in due
            if due - {"answer", "confirm"}:
                self._decide(call, now, last="records" in due or "snapshot" in due)
            if not call.ending.waits:
                waiting.pop(call, None)
        times = (at for call in waiting for at in call.ending.waits.values())
        self.due = min(times, default=None)

    def records_read(self) -> None:
        """Note that records were read; those of calls that still wait are not asked for again."""
        for call in self._calls.waiting:
            call.ending.asked |= "records" in call.ending.waits

    def _decide(self, call: KnownCall, now: datetime, *, last: bool = False) -> None:
        """End a call if its end is decided; else wait for what may decide it, unless it is last."""
        if self._is_none(call, now):
            return
        facts, ending, keeps_records = call.facts, call.ending, self._calls.keeps_records
        if any(map(facts.is_denied, facts.answerers)):
            take_back(facts)
        outcome, gone = decide(call), ending.gone_at is not None and not keeps_records
        if outcome is CallOutcome.MISSED and not facts.records and self._is_passed_on(call):
            outcome, gone = None, False
        talks = any(party.talks for party in facts.parties.values())
        answered = outcome is CallOutcome.ANSWERED and not talks
        if answered or ending.accepted is False or facts.records or last or gone:
            empty = not facts.answerers and all(map(is_empty, facts.records))
            if ending.branch is not None and empty:  # there is no better evidence
                self._calls.learn(call, Evidence(now, ending.branch))
                outcome = decide(call)
            self._end(call, outcome or CallOutcome.UNKNOWN, now)
        else:
            self._wait(call, "records" if keeps_records else "snapshot", now)
            if ending.gone_at is None:
                self._confirm(call, now)

    def _is_passed_on(self, call: KnownCall) -> bool:
        """Return whether a phone that rang was in a transfer when the call seemed to be over.

        Then its answer may have been that of the transferee.
        """
        over, extensions = call.ending.over_at, [party.extension for party in call.facts.rang()]
        others = (each for number in extensions for each in self._calls.live_of.get(number, ()))
        moves = (other.facts.transferred_at for other in others if other is not call)
        return any(over and moved and abs(moved - over) <= DISORDER for moved in moves)

    def _is_given_up(self, call: KnownCall) -> bool:
        """Return whether the record of an internal call is its end: its phones are in others.

        Asterisk writes it when the caller hangs up (docs/asterisk.md); no phone becomes idle.
        """
        facts = call.facts
        if not call.begun or facts.on_trunk or facts.answered_at is not None:
            return False
        live = [party for party in facts.extensions.values() if party.live]
        return facts.caller is not None and all(self.is_elsewhere(each, call) for each in live)

    def is_elsewhere(self, party: Party, call: KnownCall) -> bool:
        """Return whether an extension takes part in another call."""
        return any(other is not call for other, _ in self._calls.parts_of(party.extension))

    def _is_none(self, call: KnownCall, now: datetime) -> bool:
        """Drop a call that is a branch of another one, or has no substance; return whether."""
        facts, at, records = call.facts, call.ending.recorded_at or now, call.all_records
        # Reports of a Yeastar bear the ids of calls, not of branches.
        named = facts.records and facts.parties and not self._calls.paired
        if call.begun or named:
            return False
        if records and not any(find(self._calls, Subject(each, at), call)[1] for each in records):
            rings = self._unseen_rings(call, self._ended_at(call, now))
            # Who joins a conference last has a record without seconds (docs/asterisk.md).
            whole = not self._calls.branches and any(each.outcome == "answered" for each in records)
            if facts.parties or rings or whole or not all(map(is_empty, records)):
                return False
        self._calls.drop(call)
        return True

    def _end(self, call: KnownCall, outcome: CallOutcome, now: datetime) -> None:
        facts, ending = call.facts, call.ending
        ended = ending.ended_at = self._ended_at(call, now)
        found = ending.gone_at is not None and ending.gone_at - ended <= EXACT
        ending.unseen = found and not facts.records and ended - call.seen_at > EXACT
        for ring in self._unseen_rings(call, ended) if facts.first_ring is None else ():
            facts.infer_ring(ring)
            self._calls.note(call, ring.extension)
        if outcome is CallOutcome.CANCELLED:  # unless the callee has rung
            outcome = decide(call) or outcome
        ending.outcome = outcome
        tracked = View(call, self._calls.extensions).as_call()
        seen = call.seen_at if facts.record is None else ends_at(facts.record)
        just = seen is not None and ending.gone_at and abs(ending.gone_at - seen) < _SOON
        late = ending.retroactive and not just
        self._calls.finish(call, tracked, now)
        changes = {CallEventType.ENDED: (*facts.extensions,)}
        if outcome is CallOutcome.MISSED:
            changes[CallEventType.MISSED] = tracked.missed_by
        for event, extensions in changes.items():
            self._publish(CallChange(type=event, call=tracked, extensions=extensions, late=late))

    def _ended_at(self, call: KnownCall, now: datetime) -> datetime:
        """Return when it ended (UTC): as that was reported, else by its record, to the second."""
        facts, over_at = call.facts, call.ending.over_at
        record, end = facts.record, None
        if record is not None and (facts.answered_at is None or record.outcome == "answered"):
            ends = filter(None, map(ends_at, call.all_records))
            # An end before the beginning is that of a wrong clock.
            end = max((at for at in ends if at >= call.started), default=None)
        parties, moved = facts.parties.values(), facts.transferred_at
        if end is not None and moved and end < moved and not any(p.live for p in parties):
            # The record is that of the transferor.
            end = max((p.since for p in parties), default=end)
        seen = [at for at in (over_at, facts.hung_up_at) if at] if facts.hung_up_at else []
        if end is not None:
            covers = not facts.transfers or (moved is not None and end - moved > DISORDER)
            recorded = call.ending.recorded_at if covers and not seen else None
            near = [at for at in seen if abs(at - end) <= DISORDER]
            near += [recorded] if recorded is not None and abs(recorded - end) <= _COARSE else []
            if near or over_at is None or covers:
                return min(near, key=lambda at: abs(at - end), default=min(over_at or now, end))
        left = [p.since for p in facts.extensions.values() if not p.live]
        if not seen and end is None and 0 < len(left) == len(facts.extensions):
            return max(left)  # all phones had left before a snapshot
        return max(seen) if facts.transfers and seen else over_at or now

    def _unseen_rings(self, call: KnownCall, ended: datetime) -> list[Ring]:
        """Return the rings of a call without reports of ringing.

        Some PBXes report the ringing only of calls made by API (pbx-api, "Contradictions"): then
        an extension that ceases to ring when a call is answered, or ends, rang for it.
        """
        facts, record = call.facts, call.facts.record
        if facts.answered_at is not None:
            by = {p.extension or p.caller for p in facts.called}  # or its mobile phone
            rings = self._phones.rings(call.started, facts.answered_at)
            return [ring for ring in rings if ring.extension in by]
        if facts.invited or direction_of(call) is CallDirection.OUTBOUND:
            return []  # no extension rings, nor while the PBX waits for a decision
        recorded = call.ending.recorded_at  # with its end, more exact than its whole seconds
        if recorded is not None and abs(recorded - ended) <= EXACT:
            ended = recorded
        caller = facts.caller.number if facts.caller else record.caller if record else ""
        rings = self._phones.rings(call.started, ended)
        rings = [ring for ring in rings if ring.extension != caller]
        # Those of a group begin and end together; else some may belong to another call.
        for times in [r.since for r in rings], [r.until for r in rings if r.until]:
            if times and max(times) - min(times) > AT_ONCE:
                return []
        by_record = set[str]() if record is None else {record.callee}
        called = by_record.union(n for n, party in facts.extensions.items() if not party.calls)
        if called and by_record <= self._calls.extensions:  # else that of a group
            rings = [ring for ring in rings if ring.extension in called]
        # They are, or may be, of an answered call.
        if any(each.picked_up or not self._is_free(each.extension, call) for each in rings):
            return []
        return rings

    def _is_free(self, extension: str, call: KnownCall) -> bool:
        """Return whether an extension was in no other call while one went on."""
        others = self._calls.latest((extension,), live=False)
        ends = (other.ending.ended_at for other in others if other is not call)
        return all(end is not None and end <= call.started for end in ends)
