"""The frozen summary of a call (`TrackedCall`), made of all its evidence."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from ..model.lines import LegState
from ..model.records import ends_at
from ..model.tracked import CallDirection, CallOutcome, CallState, TrackedCall
from .calls import KnownCall
from .facts import DISORDER, Party
from .outcome import direction_of
from .phones import AT_ONCE, EXACT

_HELD_UP: Final = timedelta(seconds=1)
"""Within what time reports come that an outage has held up, as PBXes repeat them then."""


def summary(call: KnownCall) -> TrackedCall:
    """Return the summary of a live call, cached until new evidence."""
    if call.cached is None:
        call.cached = View(call).as_call()
    return call.cached


def _state_of(call: KnownCall) -> CallState:
    """Return the state of a live call."""
    facts = call.facts
    waits = facts.invited and call.ending.accepted is None  # for a decision
    states = [party.state for party in facts.parties.values() if party.live]
    if not states:
        ended = call.ending.over_at is not None and not facts.invited
        return CallState.ENDED if ended else CallState.INVITED if waits else CallState.DIALING
    held = LegState.ON_HOLD in states
    talking = states.count(LegState.TALKING) + held
    rings = LegState.RINGING in states
    if facts.answered_at is not None and (talking > 1 or (talking and not rings)):
        return CallState.ON_HOLD if held else CallState.TALKING
    if rings:
        return CallState.RINGING
    if waits and states.count(LegState.DIALING) == len(states):
        return CallState.INVITED
    return CallState.DIALING


class View:
    """The values of a summary."""

    def __init__(self, call: KnownCall, extensions: frozenset[str] = frozenset()) -> None:
        """Look at a call; `extensions` are numbers known to be extensions."""
        self._call, self._facts, self._record = call, call.facts, call.facts.record
        self._outcome, self._ended = call.ending.outcome, call.ending.ended_at
        self._extensions, self._direction = extensions, direction_of(call)
        rang = sorted(call.facts.rang(), key=lambda p: p.rang_at or p.rung_at or p.since)
        self._rang = tuple([party.extension for party in rang])
        self._caller, self._recorded = self._find_caller(), self._answered_by_record()
        self._answered_by = self._find_answerer()
        self._all_held_up = self._ended is not None and self._ended - call.heard <= _HELD_UP
        self._inexact = self._is_inexact()
        self._answered = self._recorded if self._inexact else call.facts.answered_at

    def as_call(self) -> TrackedCall:
        """Return the summary."""
        facts, record, parties = self._facts, self._record, self._facts.parties.values()
        trunks = [party.trunk for party in parties]
        if record is not None:
            trunks += record.source_trunk, record.destination_trunk
        return TrackedCall(
            call_id=self._call.call_id,
            state=CallState.ENDED if self._outcome else _state_of(self._call),
            direction=self._direction,
            caller=self._caller,
            callee=self._callee(),
            trunk=_first(trunks),
            did=_first([each.did for each in facts.records]),
            path=facts.path,
            legs=tuple([p.as_leg() for p in parties if p.live] or [p.as_leg() for p in parties]),
            rang=self._rang,
            answered_by=self._answered_by,
            missed_by=self._rang if self._outcome is CallOutcome.MISSED else (),
            started=self._call.started,
            answered=self._answered,
            ended=self._ended,
            outcome=self._outcome,
            ring_seconds=self._ring_seconds(),
            talk_seconds=self._talk_seconds(),
            recording=_first([each.recording for each in facts.records]),
        )

    def _find_caller(self) -> str:
        """Return the number of the caller; "" while it is unknown."""
        if (caller := self._facts.caller) is not None:
            return caller.number
        line = self._facts.outbound
        if line is not None and line.caller and not self._rang:
            return line.caller
        return self._record.caller if self._record is not None else self._facts.dialled

    def _callee(self) -> str:
        """Return the number called first: one that did not ring itself led to those that did."""
        facts, rang, extensions = self._facts, self._rang, self._extensions
        first = next((n for n, p in facts.extensions.items() if p.calls is False), "")
        recorded = self._record.callee if self._record is not None else ""
        # A caller inside may call its own number; by command its phone is rung first.
        inside = self._direction is CallDirection.INTERNAL and not (rang or facts.dialled)
        if recorded == self._caller and facts.inbound is None and not inside:
            recorded = ""  # the phone of the caller, which was rung first
        alone = len(facts.parties) == len(facts.extensions) == 1 and not (facts.records or rang)
        if alone and facts.failure is not None and facts.caller is None:
            return ""  # it was not reached, or its callee was not
        if facts.only_rings and len(facts.extensions) == 1 and self._outcome is CallOutcome.UNKNOWN:
            return ""
        if self._direction is CallDirection.OUTBOUND:
            line = facts.outbound.callee if facts.outbound is not None else ""
            at, own = facts.answered_at, facts.rang()
            twins = (p.extension for p in own if at is None or (p.rang_at and p.rang_at < at))
            # The line is that of a mobile phone.
            return _first((recorded, *twins, line, facts.dialled_callee, first))
        called = [party.number for party in facts.called]
        reached = {*rang, *(p.number for p in facts.answerers if not p.calls)}
        line = facts.inbound.callee if facts.inbound is not None else ""
        unknown = bool(self._outcome) and not facts.records and line not in extensions
        reaches = rang or called or first or recorded in extensions or unknown
        if reaches and line not in (*rang, recorded):
            line = ""  # the own number of the line, not that of the callee
        led_on = [n for n in (facts.path, recorded, line, facts.dialled_callee) if n not in reached]
        answered_at, rings = facts.answered_at, [p.rang_at for p in facts.rang() if p.rang_at]
        lost = answered_at is not None and all(at > answered_at for at in rings)
        answered = called[:1] if lost else []  # the report of its ringing
        return _first((*led_on, line, *answered, *rang, first, recorded))

    def _find_answerer(self) -> str:
        """Return the number that answered first, not one that only led to it; "" if unknown."""
        facts, record, answered = self._facts, self._record, self._facts.answered_at
        if answered is None:
            if self._outcome is not CallOutcome.ANSWERED or record is None:
                return ""
            alone = facts.inbound is not None and facts.inbound.picked_up
            mobile = alone or facts.outbound is not None or record.destination_trunk
            forwards = not {record.callee, self._caller}.issuperset(facts.extensions)
            known = self._direction is CallDirection.OUTBOUND or (
                record.callee in self._extensions and not mobile and not forwards
            )  # else its mobile phone may have answered for it, or the number it forwards to
            named, recorded = facts.extensions.get(record.callee), self._recorded
            if named is not None and named.ceased and recorded and named.since - recorded <= EXACT:
                known = False  # another phone picked it up
            return record.callee if known else ""
        called = facts.called
        first = min(called, key=lambda p: (p.rung_at is None, p.rung_at or answered), default=None)
        return "" if first is None or self._is_late(first, answered) else first.number

    def _is_late(self, first: Party, answered: datetime) -> bool:
        """Return whether another phone may have answered before, whose report was lost."""
        facts, record, recorded = self._facts, self._record, self._recorded or answered
        moved = min(facts.transferred_at or answered, answered)
        early = (first.rang_at or answered) - recorded > DISORDER
        for party in set(facts.rang()).difference(facts.answerers):
            rung = party.rang_at or party.rung_at or moved
            rang = early and rung + DISORDER < recorded < party.since
            left = party.ceased and party.since <= moved
            # It is busy, but may have been so by another call, if its group still rings.
            up = party.picked_up and not (
                party.rung_at and first.rung_at and first.rung_at - party.rung_at <= AT_ONCE
            )
            if rung < moved and (up or rang or (moved < answered and not left)):
                return True
        other = record is not None and record.callee in self._extensions - {first.number}
        return other and answered - recorded > EXACT

    def _answered_by_record(self) -> datetime | None:
        """Return when it was answered by its record (UTC); None without one, or without talk."""
        record, ended = self._record, self._ended
        if record is None or ended is None or not record.talk_duration:
            return None
        end = ends_at(record)
        if end is None or end < self._call.started:  # by a wrong clock
            end = ended
        return end - timedelta(seconds=record.talk_duration)

    def _is_inexact(self) -> bool:
        """Return whether no report of the answer came in time: its record has the time of it.

        Before any phone rings a queue or an IVR answers, so that a record has that time.
        """
        facts, answered, recorded = self._facts, self._facts.answered_at, self._recorded
        if answered is None or recorded is None or answered - recorded <= DISORDER:
            return facts.inexact
        held_up = self._ended is not None and self._ended - answered <= _HELD_UP
        rings = [p.rung_at for p in facts.rang()]  # those of the phones of a queue follow
        held_up &= self._all_held_up or all(rung is not None and rung < recorded for rung in rings)
        return facts.inexact or (bool(facts.called) and (held_up or not self._answered_by))

    def _ring_seconds(self) -> int | None:
        """Return for how long it rang; by its record alone, since it was dialled."""
        unseen = self._call.ending.unseen
        facts, until = self._facts, self._answered or (None if unseen else self._ended)
        if until is None or (self._outcome is CallOutcome.ANSWERED and self._answered is None):
            return None
        first, record = facts.first_ring, self._record
        if self._outcome is CallOutcome.VOICEMAIL and record is not None:
            until -= timedelta(seconds=record.talk_duration or 0)  # the message
        held_up = self._all_held_up and first is not None and self._call.heard <= first
        if first is not None and first <= until and not (held_up and record):
            return _seconds(first, until)
        dialled = self._direction is CallDirection.OUTBOUND and not facts.dialled
        known = held_up or dialled or self._call.ending.retroactive
        if record is None or facts.invited or not known:
            return None
        if record.duration is None or record.talk_duration is None:
            return None
        talked = _seconds(until, self._ended or until)
        if not self._inexact and record.talk_duration > talked + 1:
            return None  # with a queue or an IVR, too
        return max(0, record.duration - record.talk_duration)

    def _talk_seconds(self) -> int | None:
        facts, record, outcome = self._facts, self._record, self._outcome
        if self._ended is None or outcome is CallOutcome.UNKNOWN:
            return None
        if outcome is not CallOutcome.ANSWERED:
            return 0
        if self._call.ending.unseen:
            return None
        stated = record.talk_duration if record is not None else None
        if facts.answered_at is not None and (stated is None or not self._inexact):
            return _seconds(facts.answered_at, self._ended)
        return stated


def _first(texts: Iterable[str]) -> str:
    """Return the first text that is not empty; "" if there is none."""
    return next(filter(None, texts), "")


def _seconds(begin: datetime, end: datetime) -> int:
    return max(0, round((end - begin).total_seconds()))
