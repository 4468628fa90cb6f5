"""When a call is over, and telling so once."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from ..model.lines import CallRecord
from ..model.tracked import CallChange, CallEventType, CallOutcome
from .caller_inference import note_sides
from .identity import CallMatch
from .identity_openvox import take_back_second, was_taken_for_second
from .ids import PbxClock
from .inferred_ringing import SETTLE, RangUnreported
from .live import MAX_RECORDS, LiveCall
from .outcome import decide, goes_on, is_empty, is_other_leg, is_over, is_plain, was_found_at_once
from .phone_memory import Phones
from .registry import CallIndex, Finished, Known
from .split import CallSplit
from .summary import summary

RECORD_WAIT: Final = timedelta(seconds=6)
"""How long after its end the record of a call may come."""
PATIENCE: Final = timedelta(minutes=10)
"""How long a call whose outcome nothing decided waits for records that can be asked for."""
NEXT_READING: Final = timedelta(seconds=60)
"""Within what time a reading shows whether a call goes on."""
ASK_AGAIN: Final = timedelta(seconds=60)
"""How long after records were read in vain it makes sense to read them again."""
_MARGIN: Final = timedelta(minutes=1)

type Create = Callable[[str, datetime], LiveCall]


class CallEnds:
    """Ends calls.

    Attributes:
        ending: the calls that are over, as far as can be told, but not decided yet.
        keeps_records: whether the PBX can be asked for records.
    """

    def __init__(
        self,
        index: CallIndex,
        match: CallMatch,
        clock: PbxClock,
        phones: Phones,
        create: Create,
        *,
        split: CallSplit,
        ending: dict[str, LiveCall],
        keeps_records: bool,
    ) -> None:
        """Prepare.

        Args:
            create: makes a call of an id that none has.
        """
        self.ending = ending
        self.keeps_records = keeps_records
        self._index = index
        self._match = match
        self._clock = clock
        self._rang = RangUnreported(index, phones)
        self._split = split
        self._create = create
        self._soonest: datetime | None = None

    @property
    def due(self) -> datetime | None:
        """Return when the next decision may be due, or records may be asked for again (UTC).

        It may be earlier than that, never later: what is due is found out when decisions are made.
        """
        return self._soonest if self.ending else None

    @property
    def wants_records(self) -> datetime | None:
        """Return since when records are wanted (UTC): from before the first call that needs one."""
        calls = self.ending.values()
        asking = (c.started for c in calls if c.awaited is not None and c.ask_after is None)
        first = min(asking, default=None)
        return None if first is None else first - _MARGIN

    # What points to an end

    def consider(self, call: LiveCall, now: datetime) -> Iterator[CallChange]:
        """Look at a call after a report: it may be over, or may not be over after all."""
        if call.gone:
            if (
                not call.records and call.awaited is None
            ):  # it ended later than a reading made believe
                self._begin_end(call, now + RECORD_WAIT)
            return
        if call.records and not (is_other_leg(call) or goes_on(call)):
            call.over_at = call.over_at or now
            self._begin_end(call, call.awaited or now + SETTLE)
            if is_plain(call):
                yield from self._decide(call, now)
        elif is_over(call):
            call.over_at = call.over_at or now
            self._begin_end(call, call.due or now + RECORD_WAIT)
        else:
            call.over_at = None
            self._revive(call)

    def record(
        self, record: CallRecord, now: datetime, *, read: bool = False
    ) -> Iterator[CallChange]:
        """Apply a record.

        Args:
            read: whether it was asked for afterwards, not reported.
        """
        self._free(record)
        found = self._match.record(record)
        if isinstance(found, Finished):
            return
        call = found
        if call is None and self._match.two_ids and not is_empty(record):
            call = self._split.begun_between(record.call_id, (), None, now)
        call = call or self._create(record.call_id, now)
        if self._match.two_ids and not is_empty(record):
            call = self._split.recorded(call, record, now)
        if record in call.records or len(call.records) >= MAX_RECORDS:
            return
        self._index.name(call, (record.call_id,))
        for number in (record.caller, record.callee):
            self._index.note(call, number)
        call.records.append(record)
        note_sides(call, record, self._index.extensions)
        if (line := self._match.line_beside(record, call)) is not None:
            self.forget(line)
            self._index.absorb(line, call)
        self.make_room(call)
        call.recorded_ends = self._clock.ends(call.main_record or record)
        call.touched = now
        call.recorded_at, call.last_recorded_at = call.recorded_at or now, now
        if found is None and read:
            call.late = True
            call.started = self._clock.started(record, now) or call.started
        if call.awaited is None:
            yield from self.consider(call, now)

    def _free(self, record: CallRecord) -> None:
        """Let a call go on whose second id that of a record seemed to be.

        Records bear the first id of a call.
        """
        call = self._index.by_id(record.call_id)
        if not self._match.two_ids or is_empty(record) or not isinstance(call, LiveCall):
            return
        if was_taken_for_second(call, record.call_id):
            self._revive(call)
            if call.call_id == record.call_id and (others := call.ids - {record.call_id}):
                self._index.rename(call, min(others))
            self._index.release(call, {record.call_id}, ())
            take_back_second(call, record.call_id)

    def gone(self, call: LiveCall, now: datetime) -> None:
        """Apply that the PBX no longer knows a call.

        No news where its end was reported before.
        """
        if not call.gone:
            call.gone = True
            call.late = call.late or call.over_at is None
            call.gone_at = now
            call.over_at = call.over_at or now
            known = None if call.doubted else call.due
            self._begin_end(call, known or now + RECORD_WAIT)

    def all_gone(self, now: datetime) -> None:
        """Note that the PBX knows no call any more."""
        for call in self._index.live.values():
            self.gone(call, now)

    def back(self, call: LiveCall) -> None:
        """Note that the PBX knows a call still, or again."""
        call.gone = call.late = False
        call.gone_at = None

    def forget(self, call: LiveCall) -> None:
        """Make room."""
        self.ending.pop(call.call_id, None)
        self._index.drop(call)

    def make_room(self, call: LiveCall) -> None:
        """Forget other calls where, with what came of this one, too much is kept of all."""
        for other in self._index.weigh(call):
            self.forget(other)

    # Deciding

    def settle(self, now: datetime) -> Iterator[CallChange]:
        """Decide what is due."""
        for call in list(self.ending.values()):
            if call.ask_after is not None and call.ask_after <= now:
                call.ask_after = None
            still = self.ending.get(call.call_id) is call  # else it was a leg of the one before
            if still and call.due is not None and call.due <= now:
                yield from self._decide(call, now)
        self._soonest = None
        for call in self.ending.values():
            self._wait_until(call.ask_after or call.due)

    def records_read(self, now: datetime) -> Iterator[CallChange]:
        """Decide calls whose records were read; those that have none yet may be asked for later."""
        for call in [each for each in self.ending.values() if each.awaited is not None]:
            if call.records:
                yield from self._decide(call, now)
            else:
                call.ask_after = now + ASK_AGAIN
                self._wait_until(call.ask_after)

    def _begin_end(self, call: LiveCall, due: datetime) -> None:
        call.due = due
        self.ending[call.call_id] = call
        self._wait_until(due)

    def _wait_until(self, due: datetime | None) -> None:
        if due is not None and (self._soonest is None or due < self._soonest):
            self._soonest = due

    def _revive(self, call: LiveCall) -> None:
        call.due = call.awaited = call.ask_after = None
        call.doubted = False
        self.ending.pop(call.call_id, None)

    def _decide(self, call: LiveCall, now: datetime) -> Iterator[CallChange]:
        if self._is_none(call):
            self.forget(call)
            return
        for leg in self._match.lone_legs_of(call):
            if self._rang.all_ring_on(leg):
                continue
            self.ending.pop(leg.call_id, None)
            self._index.absorb(leg, call)
            call.guessed |= leg.guessed
        if others := self._rang.ring_on(call):
            self._split.leave(call, others, now)
        waits = self.keeps_records and call.awaited is None
        outcome = decide(call, sure=waits)
        if waits and outcome is CallOutcome.MISSED and self._rang.lacks_main_record(call):
            outcome = None
        if outcome is None and waits:
            call.awaited = call.due = now + PATIENCE
            self._wait_until(call.due)
            return
        if not self.keeps_records and self._rang.may_go_on(call, outcome):
            call.doubted, call.due = True, now + NEXT_READING
            return
        yield from self._end(call, outcome or CallOutcome.UNKNOWN, now)

    def _is_none(self, call: LiveCall) -> bool:
        """Return True if what looked like a call is a leg of another one, or nothing at all."""
        if call.answered_at is not None or call.on_trunk:
            return False
        if not call.records:
            return self._match.group_of(call) is not None
        if not all(map(is_empty, call.records)):
            return False
        home = self._match.group_of(call) if call.parties else self._home(call)
        if call.parties and not (isinstance(home, LiveCall) and home.transfers):
            return False
        if home is not None:
            if isinstance(home, LiveCall):
                home.add_records(call.records)
                home.last_recorded_at = home.last_recorded_at or call.last_recorded_at
            return True
        may_ask = self.keeps_records and call.awaited is None
        return not may_ask and not self._rang.unreported(call, call.touched)

    def _home(self, call: LiveCall) -> Known | None:
        """Return the call to whose legs records of no length belong."""
        for record in call.records:
            if (home := self._match.beside(record, call)) is not None:
                return home
        return self._match.callerless_beside(call)

    def _end(self, call: LiveCall, outcome: CallOutcome, now: datetime) -> Iterator[CallChange]:
        self.ending.pop(call.call_id, None)
        ended = self._ended_at(call, now)
        if outcome is CallOutcome.MISSED and not call.rang():
            call.seen_ringing = self._rang.unreported(call, ended)
        missed_by = call.rang() if outcome is CallOutcome.MISSED else ()
        tracked = summary(call, outcome=outcome, ended=ended, missed_by=missed_by)
        self._index.finish(call, tracked, now)
        parties = (party.extension for party in call.extensions)
        concerned = tuple(dict.fromkeys((*parties, *tracked.rang)))
        late = call.late and not was_found_at_once(call)
        yield CallChange(type=CallEventType.ENDED, call=tracked, extensions=concerned, late=late)
        if outcome is CallOutcome.MISSED:
            yield CallChange(
                type=CallEventType.MISSED, call=tracked, extensions=missed_by, late=late
            )

    def _ended_at(self, call: LiveCall, now: datetime) -> datetime:
        """Return when it ended.

        A record tells it to the second, and after a gap nothing else does.
        """
        record = call.main_record
        ends = self._clock.ends(record) if record is not None else ()
        return min(now, next(iter(ends), call.over_at or now))
