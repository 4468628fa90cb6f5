"""Which call a report, a record or a reading is about, where its id alone does not tell."""

from collections.abc import Callable, Iterable

from ..model.events import CallEvent
from ..model.lines import CallLeg, CallRecord, LegKind
from .caller_inference import (
    came_in,
    have_other_callers,
    have_other_ids,
    is_of_another_caller,
    lost_its_caller,
    name_others,
)
from .identity_openvox import (
    bears_first,
    comes_before_own,
    has_answered,
    is_after_own,
    is_first_of,
    is_in_order,
    is_part,
    may_begin,
    may_have_second,
    rang_at,
    rang_before,
    ring_in,
    rings_for_another,
    was_only_passed_on,
)
from .ids import BESIDE_NUMBERS, PAIR_NUMBERS, are_beside, are_of_group, are_pair
from .live import LiveCall
from .outcome import is_empty
from .registry import CallIndex, Known, trunk_ids


class CallMatch:
    """Finds calls.

    Attributes:
        two_ids: whether the reports of one call may carry two ids that nothing joins (OpenVox).
    """

    def __init__(self, index: CallIndex, *, two_ids: bool) -> None:
        """Look at the calls of an index."""
        self.two_ids = two_ids
        self._index = index

    def report(
        self, call_id: str, legs: tuple[CallLeg, ...], event: CallEvent | None = None
    ) -> Known | None:
        """Return the call that a report is about; None for one that is not known.

        Args:
            event: what the report says of it.
        """
        if (found := self._index.by_id(call_id)) is not None:
            return found
        for each in trunk_ids(legs):
            if (found := self._index.by_id(each)) is not None:
                return found
        found = self._line(call_id, legs)
        return found or (self._one_of_two(call_id, legs, event) if self.two_ids else None)

    def _one_of_two(
        self, call_id: str, legs: tuple[CallLeg, ...], event: CallEvent | None
    ) -> Known | None:
        """Return the call that a report under an id which is not known is about (OpenVox)."""
        if not self._index.has_apart(call_id, PAIR_NUMBERS):  # so for nearly all calls that begin
            found = self._group_leg(call_id, legs, event)
            presses = event is None and ring_in(found, legs)  # who rings presses no key
            return None if presses else found
        found = self._second_leg(call_id, legs, event)
        if found is not None and has_answered(found, legs, event):
            return self._group_leg(call_id, legs, event)
        if found is None or rang_before(found, call_id):  # then it is rather that of a later leg
            found = self._group_leg(call_id, legs, event) or found
        return found or self._passed_on(call_id, legs, event)

    def _passed_on(
        self, call_id: str, legs: tuple[CallLeg, ...], event: CallEvent | None
    ) -> Known | None:
        """Return the only call whose second id may be that under which it is passed on.

        It is passed on to parties that it did not have.

        Or that under which they go on, where all that is known of it is that it was passed on.
        """
        fitting = [
            known
            for known in self._index.of_second(call_id)
            if isinstance(known, LiveCall)
            and (event is CallEvent.TRANSFER or was_only_passed_on(known, call_id, legs))
            and may_have_second(known, call_id, legs, event)
            and not rang_before(known, call_id)
        ]
        return fitting[0] if len(fitting) == 1 else None

    def _line(self, call_id: str, legs: tuple[CallLeg, ...]) -> Known | None:
        """Return the call of an outside line.

        A reading shows the line by its own id, without the call's (API v1).
        """
        if not self._index.has_apart(call_id, BESIDE_NUMBERS):
            return None  # so for nearly all calls that begin
        inbound = any(leg.kind is LegKind.INBOUND for leg in legs)
        if inbound or any(each != call_id for each in trunk_ids(legs)):
            return None  # it is no line that goes out, and its line is another one
        numbers = _named(legs)
        line = any(leg.kind is LegKind.OUTBOUND for leg in legs)
        for number in numbers:
            for known in self._index.of_number(number):
                if known.by_line and _any(are_beside, call_id, known):
                    return known
                if line and isinstance(known, LiveCall) and known.leads_to(number):
                    own = known.sure_ids or known.ids  # no line has the id after that of a phone
                    if any(are_beside(call_id, each) for each in own):
                        return known
        if legs:
            return None
        lines = (known for known in self._index.of_second(call_id) if known.by_line)
        return next((known for known in lines if _any(are_beside, call_id, known)), None)

    def _second_leg(
        self, call_id: str, legs: tuple[CallLeg, ...], event: CallEvent | None
    ) -> Known | None:
        """Return the call whose second id a report may carry (OpenVox).

        Ids side by side, the same parties.
        """
        numbers = _named(legs)
        for number in numbers:
            for known in self._index.of_number(number):
                fits = len(numbers) > 1 or numbers <= known.numbers
                if fits and may_have_second(known, call_id, legs, event):
                    return known
        return None

    def _group_leg(
        self, call_id: str, legs: tuple[CallLeg, ...], event: CallEvent | None
    ) -> Known | None:
        """Return the call of a leg that carries an id of its own.

        The trunk that would join them is not shown.
        """
        if len(legs) != 1 or not legs[0].extension or event is CallEvent.DIALING:
            return None  # who hears it ring makes the call
        rings, extension = event is CallEvent.RINGING, legs[0].extension
        first = bears_first(event, legs)
        fitting = [
            known
            for known in self._index.of_second(call_id)
            if known.takes_lone_legs
            and (extension in known.numbers or (rings and known.only_rings))
            and is_in_order(known, call_id, extension, rings=rings)
            and not (first and is_after_own(call_id, known))
            and not has_answered(known, legs, event)
            and _any(are_of_group, call_id, known)
        ]
        return min(fitting, key=lambda known: rang_at(known, extension), default=None)

    def group_of(self, leg: LiveCall) -> Known | None:
        """Return another call of which a call of one party, or of none, may be a leg."""
        several = len(leg.parties) > 1 and not leg.only_rings
        whole = leg.line_reported or several or bool(leg.calling)
        if not self.two_ids or whole:
            return None
        for known in self._index.of_second(leg.call_id):
            takes = known.takes_lone_legs or not leg.parties
            fits = takes and not comes_before_own(leg.call_id, known)
            fits = fits and not have_other_ids(leg, known)
            if known is not leg and fits and _any(are_of_group, leg.call_id, known):
                return known
        return None

    def lone_legs_of(self, call: LiveCall) -> list[LiveCall]:
        """Return the calls that turn out to be parts of this one.

        Its second id, or phones which must ring for it.
        """
        near = call.takes_lone_legs or any(
            self._index.has_apart(each, PAIR_NUMBERS) for each in call.ids
        )
        if not self.two_ids or not near:
            return []
        return [
            known
            for known in self._index.of_second(call.call_id)
            if known is not call
            and isinstance(known, LiveCall)
            and is_part(known, call)
            and not name_others(call, known, self._index.extensions)
        ]

    def callerless_beside(self, call: LiveCall) -> LiveCall | None:
        """Return the only call that began in the same second and shows its callee alone.

        One that has whom the records name comes first. Whoever called may have passed it on since.
        """
        if not self.two_ids:
            return None
        callers = {record.caller for record in call.records}
        fitting = [
            known
            for known in self._index.of_second(call.call_id)
            if known is not call
            and isinstance(known, LiveCall)
            and known.parties
            and (known.inbound is None or known.inbound.caller in callers)
            and (known.lacks_caller or lost_its_caller(known, call))
        ]
        callees = {record.callee for record in call.records}
        called = [known for known in fitting if not callees.isdisjoint(known.numbers)]
        likely = called or fitting
        if len(likely) > 1:  # the others may be legs of one of them
            likely = [known for known in likely if known.own_ids or self.group_of(known) is None]
        return likely[0] if len(likely) == 1 else None

    def legs_of(self, call: LiveCall, legs: Iterable[CallLeg]) -> list[LiveCall]:
        """Return the calls that turn out to be legs of another one.

        The PBX now shows the parties of that one.
        """
        if not self.two_ids:
            return []
        numbers = _named(legs) | call.numbers
        return [
            known
            for known in self._index.of_second(call.call_id)
            if isinstance(known, LiveCall)
            and known is not call
            and not known.on_trunk
            and may_begin(known.first_id, call)
            and not rings_for_another(known, call)
            and not have_other_callers(known, call)
            and (known.numbers <= numbers or (known.only_rings and known.numbers & numbers))
            and any(are_of_group(each, other) for each in known.ids for other in call.ids)
        ]

    def lines_of(self, call: LiveCall, lines: Iterable[str]) -> list[LiveCall]:
        """Return the calls that turn out to be outside lines of another one.

        Readings had shown them by themselves.

        Args:
            lines: ids of trunk legs.
        """
        return [
            known
            for line in lines
            if (known := self._index.by_id(line)) is not call
            and isinstance(known, LiveCall)
            and known.by_line
        ]

    def record(self, record: CallRecord) -> Known | None:
        """Return the call that a record is about.

        One under an id that nobody knows is about a leg of a call that began in the same second
        with the same parties.
        """
        if (found := self._index.by_id(record.call_id)) is not None:
            return found
        found = self.beside(record, None)
        if found is None and self.two_ids and not is_empty(record):
            callee = CallLeg(kind=LegKind.EXTENSION, extension=record.callee)
            found = self._group_leg(record.call_id, (callee,), None)
        return found

    def beside(self, record: CallRecord, but: LiveCall | None) -> Known | None:
        """Return the call, but for one, of which a record may be about another leg.

        One of a leg that never was may name somebody who is in no call at all: a call that has both
        parties comes first.
        """
        parties, likely = {record.caller, record.callee}, None
        for known in self._index.of_second(record.call_id):
            if known is but or record.caller not in known.numbers or came_in(record, known):
                continue
            if self._other_id(record, known):
                return known
            if comes_before_own(record.call_id, known):
                continue
            if parties <= known.numbers and not is_of_another_caller(record, known):
                return known
            rung = but is None and isinstance(known, LiveCall) and known.only_rings
            other = not parties <= known.numbers and (rung or is_of_another_caller(record, known))
            if likely is None and is_empty(record) and not other:
                likely = known
        return likely

    def line_beside(self, record: CallRecord, but: LiveCall) -> LiveCall | None:
        """Return the call, but for one, that a reading showed by its outside line.

        The id of that line shows that it is the call of a record.
        """
        if not self._index.has_apart(record.call_id, BESIDE_NUMBERS):
            return None
        for known in self._index.of_second(record.call_id):
            if known is but or not isinstance(known, LiveCall) or not known.by_line:
                continue
            if record.caller in known.numbers and _any(are_beside, record.call_id, known):
                return known
        return None

    def _other_id(self, record: CallRecord, known: Known) -> bool:
        """Return True if a call is known by the other one of its ids only.

        The second, or that of its outside line.
        """
        if self.two_ids and _any(are_pair, record.call_id, known):
            return is_first_of(known, record.call_id)
        return known.by_line and _any(are_beside, record.call_id, known)


def _any(close: Callable[[str, str], bool], call_id: str, known: Known) -> bool:
    return any(close(call_id, each) for each in known.ids)


def _named(legs: Iterable[CallLeg]) -> frozenset[str]:
    """Return the extensions among legs, and whoever calls on an outside line."""
    named = [leg.caller if leg.kind is LegKind.OUTBOUND else leg.extension for leg in legs]
    return frozenset(filter(None, named))
