"""The end of calls: what is waited for before one is published, and publishing it once."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from ..model.lines import CallRecord
from ..model.tracked import CallChange, CallEventType, CallOutcome
from .calls import CallIndex, Finished, LiveCall
from .changes import changes_of
from .facts import is_empty
from .identity import Identity, record_subject
from .ids import PbxClock
from .legs import answer_alone
from .outcome import decide, is_plain, main_record, wait_for_end
from .phones import EXACT, Phones
from .summary import summary
from .timers import WAITS, Wait

_MARGIN: Final = timedelta(minutes=1)
_SOON: Final = timedelta(seconds=10)
"""How soon after its end a reading must miss a call so that its end is not retroactive."""

type Join = Callable[[LiveCall, LiveCall], None]


class Termination:
    """Ends calls.

    Attributes:
        keeps_records: whether the PBX can be asked for records.
        over: the calls that are over as far as is known, but not published as such.
    """

    def __init__(
        self, index: CallIndex, identity: Identity, clock: PbxClock, phones: Phones, join: Join
    ) -> None:
        """Start without calls; `join` makes a call a part of another one."""
        self.keeps_records = False
        self.over: dict[str, LiveCall] = {}
        self._index = index
        self._identity = identity
        self._clock = clock
        self._phones = phones
        self._join = join
        self._waiting: dict[int, LiveCall] = {}
        self._soonest: datetime | None = None

    @property
    def due(self) -> datetime | None:
        """Return when the next decision may be due (UTC): never too late, at times too early."""
        return self._soonest if self._waiting else None

    @property
    def wants_records(self) -> datetime | None:
        """Return since when records are wanted (UTC): from before the first call without one."""
        calls = (
            call.started
            for call in self._waiting.values()
            if Wait.RECORDS in call.ending.waits and not call.ending.asked
        )
        first = min(calls, default=None)
        return None if first is None else first - _MARGIN

    # Waiting

    def wait(self, call: LiveCall, wait: Wait, now: datetime) -> None:
        """Wait for something, unless that is waited for already."""
        waits = call.ending.waits
        if wait not in waits:
            waits[wait] = now + WAITS[wait]
        self._waiting[id(call)] = call
        if self._soonest is None or waits[wait] < self._soonest:
            self._soonest = waits[wait]

    def forget(self, call: LiveCall) -> None:
        """Wait for nothing of a call any more."""
        call.ending.waits.clear()
        self._waiting.pop(id(call), None)
        self.over.pop(call.call_id, None)

    def consider(self, call: LiveCall, now: datetime) -> Iterator[CallChange]:
        """Look at a call after something was learnt of it: it may be over, or go on."""
        facts, ending = call.facts, call.ending
        if facts.alone is not None and facts.answered_at is None:
            self._await_answer(call, now)
        wanted = wait_for_end(call)
        if wanted in (None, Wait.SNAPSHOT):
            if call.call_id in self.over:
                self._revive(call)
            ending.over_at = None
            if wanted is None:
                return
        else:
            ending.over_at = ending.over_at or now
            self.over[call.call_id] = call
        if wanted is Wait.SETTLE and self._is_recorded(call):
            ending.waits.pop(Wait.RECORDS, None)
            ending.waits.pop(Wait.SNAPSHOT, None)
            if is_plain(call):
                yield from self._decide(call, now)
                return
        if Wait.RECORDS not in ending.waits and (
            wanted is not Wait.RECORD or Wait.SNAPSHOT not in ending.waits
        ):
            self.wait(call, wanted, now)

    def _await_answer(self, call: LiveCall, now: datetime) -> None:
        """Wait whether an answer alone is one, if the party rang or is stated to be called."""
        party = call.facts.alone
        if party is None or not party.extension or party.calls or party.extension == call.dialled:
            return
        if party.rang or party.calls is False:
            self.wait(call, Wait.ANSWER, now)

    def _revive(self, call: LiveCall) -> None:
        answer = call.ending.waits.get(Wait.ANSWER)
        self.forget(call)
        call.ending.over_at = None
        call.ending.asked = False
        if answer is not None:
            call.ending.waits[Wait.ANSWER] = answer
            self._waiting[id(call)] = call

    def gone(self, call: LiveCall, now: datetime) -> Iterator[CallChange]:
        """Note that the PBX does not know a call any more."""
        ending = call.ending
        if ending.gone_at is not None:
            return
        ending.gone_at = now
        ending.retroactive |= ending.over_at is None and call.facts.hung_up_at is None
        if Wait.SNAPSHOT in ending.waits:
            del ending.waits[Wait.SNAPSHOT]
            self.over[call.call_id] = call
            yield from self._decide(call, now)
        else:
            yield from self.consider(call, now)
            if self.keeps_records and not call.facts.records:
                self.wait(call, Wait.RECORDS, now)

    def back(self, call: LiveCall) -> None:
        """Note that the PBX knows a call still, or again."""
        ending = call.ending
        if ending.gone_at is not None:
            ending.gone_at = None
            ending.retroactive = False

    # Deciding

    def settle(self, now: datetime) -> Iterator[CallChange]:
        """Decide what is due."""
        for call in list(self._waiting.values()):
            if id(call) not in self._waiting:
                continue  # it was joined to one before
            waits = call.ending.waits
            due = [each for each, at in waits.items() if at <= now]
            for each in due:
                del waits[each]
            if Wait.ANSWER in due and call.facts.alone is not None:
                answer_alone(call.facts, now)
                yield from changes_of(call)
                yield from self.consider(call, now)
            if any(each is not Wait.ANSWER for each in due):
                yield from self._decide(
                    call, now, last=bool({Wait.RECORDS, Wait.SNAPSHOT} & {*due})
                )
            if not waits:
                self._waiting.pop(id(call), None)
        times = [at for call in self._waiting.values() for at in call.ending.waits.values()]
        self._soonest = min(times, default=None)

    def records_read(self, now: datetime) -> Iterator[CallChange]:
        """Decide calls whose records were read; the others are not asked for again."""
        for call in list(self._waiting.values()):
            if Wait.RECORDS in call.ending.waits:
                if call.facts.records:
                    yield from self._decide(call, now, last=True)
                else:
                    call.ending.asked = True

    def _decide(self, call: LiveCall, now: datetime, *, last: bool = False) -> Iterator[CallChange]:
        """End a call if its end is decided; else wait for what may decide it, unless it is last."""
        if self._is_none(call, now, last=last):
            return
        for part in self._identity.lone_branches(call):
            if self._ended_with(part, call, now):
                self._join(part, call)
        ending = call.ending
        outcome = decide(call, confirmed=ending.gone_at is not None)
        sure = outcome is CallOutcome.ANSWERED or call.refused or self._is_recorded(call)
        if not (sure or last):
            if self.keeps_records:
                self.wait(call, Wait.RECORDS, now)
                return
            if ending.gone_at is None:
                self.wait(call, Wait.SNAPSHOT, now)
                return
        yield from self._end(call, outcome or CallOutcome.UNKNOWN, now)

    def _is_recorded(self, call: LiveCall) -> bool:
        """Return whether the record of a call is there, not only those of its branches."""
        records = [record for record in call.facts.records if not is_empty(record)]
        if not self.keeps_records:
            return bool(call.facts.records)
        members = {record.callee for record in records} & self._index.extensions
        unanswered = all(record.outcome == "no_answer" for record in records)
        return bool(records) and not (unanswered and 1 < len(records) == len(members))

    def _is_none(self, call: LiveCall, now: datetime, *, last: bool) -> bool:
        """Return whether what seemed a call is a branch of another one, or nothing: it is gone."""
        records = call.facts.records
        if call.facts.parties or not records:
            return False
        home = next(filter(None, (self._home(call, each, now) for each in records)), None)
        if home is not None:
            if isinstance(home, LiveCall):
                for each in records:
                    home.facts.add_record(each, branch=True)
            self._drop(call)
            return True
        if not all(map(is_empty, records)):
            return False
        if self.keeps_records and not last:
            self.wait(call, Wait.RECORDS, now)
        elif self._rang_unseen(call, self._ended_at(call, now)):
            return False
        else:
            self._drop(call)
        return True

    def _home(
        self, call: LiveCall, record: CallRecord, now: datetime
    ) -> LiveCall | Finished | None:
        what = record_subject(record, now, call)
        found = self._identity.by_pair(what) or self._identity.by_parties(what)
        return found[0] if found else None

    def _drop(self, call: LiveCall) -> None:
        self.forget(call)
        self._index.drop(call)

    def _ended_with(self, part: LiveCall, call: LiveCall, now: datetime) -> bool:
        """Return whether extensions that rang alone stopped with a call, or it names them."""
        end = call.ending.over_at or now
        parties = list(part.facts.rang())
        return bool(parties) and all(
            party.extension in call.numbers
            or (party.idle_at is not None and abs(party.idle_at - end) <= EXACT)
            for party in parties
        )

    def _end(self, call: LiveCall, outcome: CallOutcome, now: datetime) -> Iterator[CallChange]:
        ended = self._ended_at(call, now)
        if outcome is CallOutcome.MISSED and not any(call.facts.rang()):
            call.inferred = self._rang_unseen(call, ended)
        if call.facts.first_ring is None:
            call.facts.first_ring = self._first_ring(call, call.facts.answered_at or ended)
        tracked = summary(call, outcome=outcome, ended=ended, extensions=self._index.extensions)
        retroactive = call.ending.retroactive and not self._just_ended(call)
        self.forget(call)
        self._index.finish(call, tracked, now)
        parties = (party.extension for party in call.facts.extensions)
        concerned = tuple(dict.fromkeys((*parties, *tracked.rang)))
        yield CallChange(
            type=CallEventType.ENDED, call=tracked, extensions=concerned, late=retroactive
        )
        if outcome is CallOutcome.MISSED:
            yield CallChange(
                type=CallEventType.MISSED,
                call=tracked,
                extensions=tracked.missed_by,
                late=retroactive,
            )

    def _just_ended(self, call: LiveCall) -> bool:
        record, gone = main_record(call), call.ending.gone_at
        ends = self._clock.ends(record) if record is not None else ()
        return bool(ends) and gone is not None and abs(gone - ends[-1]) < _SOON

    def _ended_at(self, call: LiveCall, now: datetime) -> datetime:
        """Return when it ended: by its record, to the second, else when that was first reported."""
        record = call.facts.record
        final = record is not None and not (call.facts.transfers and call.ending.over_at)
        ends = self._clock.ends(record) if record is not None and final else ()
        return min(now, next(iter(ends), call.ending.over_at or now))

    # Extensions whose ringing only their statuses show

    def _rang_unseen(self, call: LiveCall, ended: datetime) -> tuple[str, ...]:
        """Return extensions that rang for a call, as their statuses alone show."""
        record = main_record(call)
        callee = record.callee if record is not None else ""
        makers = {record.caller} if record is not None and call.facts.inbound is None else set()
        rings = self._phones.rang_until(call.started, ended)
        found = dict.fromkeys(
            ring.extension
            for ring in rings
            if ring.extension == callee or not self._is_of_another(call, ring.extension, makers)
        )
        if callee in found and (callee in self._index.extensions or self._contested(call, ended)):
            return (callee,)
        return () if self._contested(call, ended) else tuple(found)

    def _contested(self, call: LiveCall, ended: datetime) -> bool:
        """Return whether another call may have rung extensions of which no report tells why."""
        return any(
            other is not call
            and other.facts.answered_at is None
            and not any(other.facts.rang())
            and other.started < ended
            for other in self._index.live.values()
        )

    def _first_ring(self, call: LiveCall, until: datetime) -> datetime | None:
        """Return when a call first rang, as the statuses of its extensions show it."""
        callee = summary(call, extensions=self._index.extensions).callee
        rings = (
            ring.since
            for extension in {callee, *call.inferred}
            for ring in self._phones.rings_of(extension, call.started, until)
        )
        return min(rings, default=None)

    def _is_of_another(self, call: LiveCall, extension: str, makers: set[str]) -> bool:
        """Return whether an extension makes this call, or was called by another one meanwhile."""
        if extension in makers:
            return True
        for other in self._index.of_number(extension):
            if other is call:
                continue
            if isinstance(other, Finished):
                ended = other.call.ended
                if extension in other.call.rang and ended is not None and ended > call.started:
                    return True
            elif any(party.extension == extension for party in other.facts.rang()) or any(
                record.callee == extension for record in other.facts.records
            ):
                return True
        return False
