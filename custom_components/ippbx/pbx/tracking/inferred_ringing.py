"""Which phones rang for a call that no report shows to ring anybody, as their status tells."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from ..model.lines import ExtensionStatus, LegState
from ..model.tracked import CallOutcome
from .ids import parse_id
from .legs import DISORDER, Party
from .live import LiveCall
from .outcome import AT_ONCE, is_empty, was_of_one, went_on
from .phone_memory import Phones
from .registry import CallIndex

SETTLE: Final = timedelta(seconds=2.5)
"""How long after a word of a call another one of the same moment may come."""
_OWN_IDS = 4
"""The largest distance of two ids that leaves no room for another call's between them."""
_IN_A_CALL = (ExtensionStatus.RINGING, ExtensionStatus.BUSY, ExtensionStatus.ON_HOLD)


class RangUnreported:
    """Looks for phones that rang."""

    def __init__(self, index: CallIndex, phones: Phones) -> None:
        """Look at the calls of an index."""
        self._index = index
        self._phones = phones

    def unreported(self, call: LiveCall, ended: datetime) -> tuple[str, ...]:
        """Return the extensions that rang for a call of which only a record tells."""
        record = call.main_record
        callee = record.callee if record is not None else ""
        rang = self.meanwhile(call, ended)
        return (callee,) if callee in rang else rang

    def meanwhile(self, call: LiveCall, ended: datetime) -> tuple[str, ...]:
        """Return the extensions that rang during a call, for no other that is known."""
        rings = self._phones.between(call.started - SETTLE, ended + SETTLE)
        rang = (number for at, number in rings if not self._for_another(number, at, call))
        return tuple(dict.fromkeys(rang))

    def lacks_main_record(self, call: LiveCall) -> bool:
        """Return True if all records are of single members of a group.

        Or of members that rang in vain long before the end: others may answer.
        """
        seen = {p.extension for p in call.extensions if not p.calls} - {call.calling}
        seen.update(self.meanwhile(call, call.over_at or call.touched))
        callees = {record.callee for record in call.records if not is_empty(record)}
        group = bool(call.path) or len(seen) > 1 or len(callees) > 1 or went_on(call)
        return group and callees <= seen | self._index.extensions

    def ring_on(self, call: LiveCall) -> list[Party]:
        """Return the extensions that still ring when a call ends for which they seemed to ring.

        Their last status says so.

        The records name those who were called: it was no group's. Where even they ring on, nobody
        rang for it.
        """
        records = [each for each in call.records if call.guessed and not is_empty(each)]
        called = {record.callee for record in records}
        if not called:
            return []
        callers = {each.caller for each in records if each.direction == "outbound"}
        if any(map(call.of_extension, callers)):
            return _rung_beside(callers, call)
        failed = {failure.party for failure in call.failures}
        if len(failed) == 1 and any(each.outcome == "busy" for each in records):
            called = failed  # whatever number led to it
        if any(call.of_extension(number) is None for number in called):
            return self._rang_after(call)
        alone = was_of_one(call)
        rings = [
            party
            for party in call.extensions
            if party.state is LegState.RINGING
            and (
                (alone and party.idle_at is None)
                or self._rings(party)
                or _is_apart(party, called, call)
            )
        ]
        in_vain = all(record.outcome == "no_answer" for record in records)
        if in_vain and len(rings) == len(call.parties):
            return rings
        return [party for party in rings if party.extension not in called]

    def _rang_after(self, call: LiveCall) -> list[Party]:
        """Return the extensions that rang longer or shorter than the group of a call.

        And those whose ids follow on its ids.

        Between the ids of the last phone of a call and the first one of the next call there is room
        for two of its own.
        """
        end = max(call.recorded_ends, default=call.touched)
        rang, numbers = _in_order(call)
        begun = 0
        for index, party in enumerate(rang):
            apart = numbers[index] - numbers[index - 1]
            begun = index if apart > _OWN_IDS else begun
            early = party.idle_at is not None and end - party.idle_at > AT_ONCE
            late = self._phones.idle_after(party.extension, end + DISORDER)
            if begun and party.state is LegState.RINGING and (early or late):
                return rang[begun:]
        return []

    def all_ring_on(self, leg: LiveCall) -> bool:
        """Return True if phones still ring that seemed to ring for a call which is over.

        Their last status says so.
        """
        return bool(leg.parties) and all(map(self._rings, leg.parties.values()))

    def may_go_on(self, call: LiveCall, outcome: CallOutcome | None) -> bool:
        """Return True if phones may be left in a call, or ring for another one.

        The next reading will tell.
        """
        if call.gone or call.doubted:
            return False
        if outcome is not None:
            return outcome is not CallOutcome.ANSWERED and self._may_ring_on(call)
        named = {number for who in call.byes for number in who}
        left = any(p.rang and p.live and p.extension not in named for p in call.extensions)
        return left or self._may_talk(call)

    def _may_ring_on(self, call: LiveCall) -> bool:
        """Return True if a phone that may never have rung for a call still rings.

        Its last status says so.
        """
        ringing = (party for party in call.extensions if party.state is LegState.RINGING)
        return call.guessed and any(map(self._rings, ringing))

    def _rings(self, party: Party) -> bool:
        """Return True if a phone rings, by its status, and for no other call that is known."""
        number = party.extension
        others = (call.of_extension(number) for call in self._index.live_of(number))
        ringing = [each for each in others if each is not None and each.state is LegState.RINGING]
        return ringing == [party] and self._phones.last(number) is ExtensionStatus.RINGING

    def _may_talk(self, call: LiveCall) -> bool:
        """Return True if the extension to which a line leads is in a call.

        Maybe in another one; its last status says so.
        """
        inbound = call.inbound
        return inbound is not None and self._phones.last(inbound.callee) in _IN_A_CALL

    def _for_another(self, number: str, at: datetime, call: LiveCall) -> bool:
        for known in self._index.of_number(number):
            rang = known.rang() if isinstance(known, LiveCall) else known.call.rang
            over = at if isinstance(known, LiveCall) else known.at
            if known is not call and number in rang and known.heard - SETTLE <= at <= over:
                return True
        return False


def _in_order(call: LiveCall) -> tuple[list[Party], list[int]]:
    """Return the phones that rang for a call, and the numbers of the ids under which they did.

    In the order of those numbers.
    """
    ids = ((party, parse_id(party.rings_by)) for party in call.extensions)
    numbered = sorted(
        ((parsed.number, party) for party, parsed in ids if parsed is not None),
        key=lambda each: each[0],
    )
    return [party for _, party in numbered], [number for number, _ in numbered]


def _is_apart(party: Party, called: set[str], call: LiveCall) -> bool:
    """Return True if a call's own ids fit between that of a phone and those of all called."""
    rang, numbers = _in_order(call)
    if party not in rang:
        return False
    group = [
        sum(b - a > _OWN_IDS for a, b in pairwise(numbers[: at + 1])) for at in range(len(rang))
    ]
    its = group[rang.index(party)]
    return all(
        each != its for each, other in zip(group, rang, strict=True) if other.extension in called
    )


def _rung_beside(callers: set[str], call: LiveCall) -> list[Party]:
    """Return who rings beside those who call out, having been rung first.

    Nobody else is rung for that.
    """
    return [
        party
        for party in call.extensions
        if party.extension not in callers and party.state is LegState.RINGING
    ]
