"""From which side calls come, as far as that is known: other lines, other extensions that call."""

from collections.abc import Collection, Iterable
from datetime import datetime

from ..model.lines import CallLeg, CallRecord, LegKind
from ..model.tracked import CallDirection
from .ids import are_beside, are_pair, comes_before, parse_id
from .live import LiveCall
from .outcome import is_empty
from .registry import Finished, Known, known_extensions


def note_sides(call: LiveCall, record: CallRecord, extensions: Collection[str]) -> None:
    """Note who a record shows to be inside.

    "outbound" to an extension is what rang a mobile phone, too.

    Args:
        extensions: numbers that are known to be extensions.
    """
    caller_inside, callee_inside = record.caller in extensions, record.callee in extensions
    outbound = record.direction == "outbound"
    mobile = callee_inside or call.inbound is not None or _goes_out_for_another(call, record)
    call.came_in |= outbound and mobile
    if record.direction == "internal" or (outbound and caller_inside and not mobile):
        call.recorded_caller = record.caller


def _goes_out_for_another(call: LiveCall, record: CallRecord) -> bool:
    """Return True if the line that goes out is that of somebody else than who calls."""
    outbound = call.outbound
    return outbound is not None and outbound.caller not in ("", record.caller)


def note_led_on(call: LiveCall, legs: Iterable[CallLeg], now: datetime) -> None:
    """Note that a call was led on, as its line tells: it led to another phone, which rang."""
    line = call.inbound
    before = call.of_extension(line.callee) if line is not None else None
    if before is None or not before.rang or call.answered_at is not None:
        return
    callees = (leg.callee for leg in legs if leg.kind is LegKind.INBOUND)
    if any(callee not in ("", before.extension) for callee in callees):
        call.transferred_at = now


def lost_its_caller(known: LiveCall, call: LiveCall) -> bool:
    """Return True if a call is known only since it was passed on, with a party of another one."""
    passed_on = known.transfers > 0 and not known.calling and not known.line_reported
    return passed_on and not known.numbers.isdisjoint(call.numbers)


def have_other_ids(one: Known, other: Known) -> bool:
    """Return True if two calls are known by ids of which each must be that of a call."""
    a, b = (known.first_id or line_of(known) for known in (one, other))
    if a and b:
        return a != b and not are_beside(a, b)  # without second ids, a line has the next one
    if _is_not_first(one.first_id, other) or _is_not_first(other.first_id, one):
        return True
    return any(a != b and not are_pair(a, b) for a in one.sure_ids for b in other.sure_ids)


def _is_not_first(first: str, known: Known) -> bool:
    """Return True if a call has an id that was given before one that must be a first one.

    All others come after that.
    """
    return bool(first) and any(comes_before(each, first) for each in known.ids)


def have_other_callers(one: LiveCall, other: LiveCall) -> bool:
    """Return True if two calls are known to come from different sides.

    Other lines, other extensions.
    """
    if have_other_ids(one, other):
        return True
    lines = [line_of(call) for call in (one, other)]
    if all(lines):
        return lines[0] != lines[1]
    if (one.line_reported and _is_internal(other)) or (other.line_reported and _is_internal(one)):
        return True
    callers = [_caller_of(call) for call in (one, other)]
    return all(callers) and callers[0] != callers[1]


def is_of_another_caller(record: CallRecord, known: Known) -> bool:
    """Return True if somebody is known to call who is not the one of a record."""
    return isinstance(known, LiveCall) and known.calling not in ("", record.caller)


def name_others(call: LiveCall, part: LiveCall, extensions: Collection[str]) -> bool:
    """Return True if records of a call that nobody passed on name extensions alone.

    Not the one that rang in a part of it.

    That must have been hung up by itself, if one that the records name is known to have rung.

    Args:
        part: what may be a part of it.
        extensions: numbers that are known to be extensions.
    """
    callees = {record.callee for record in call.records if not is_empty(record)}
    if not callees or call.transfers or not callees <= set(extensions):
        return False
    if any(part.of_extension(callee) for callee in callees):
        return False
    return part.bye_at is not None or not any(call.of_extension(callee) for callee in callees)


def came_in(record: CallRecord, known: Known) -> bool:
    """Return True if a record is of a call from outside, by its number.

    In this call only an extension is known to have that number.
    """
    if record.direction != "inbound" or record.caller not in known_extensions(known):
        return False
    if isinstance(known, Finished):
        return known.call.direction is not CallDirection.INBOUND
    return known.inbound is None and all(each.caller != record.caller for each in known.records)


def is_on_line_beside(known: LiveCall, legs: Iterable[CallLeg]) -> bool:
    """Return True if a line belongs to an extension that is in another call.

    The line calls it, or it calls out; that call is with another extension
    and was not passed on.
    """
    if known.transfers or not _is_internal(known):
        return False
    legs = tuple(legs)
    if known.answered_at is None or any(leg.kind is LegKind.INBOUND for leg in legs):
        return any(leg.kind is LegKind.INBOUND for leg in legs)
    callers = {leg.caller for leg in legs if leg.kind is LegKind.OUTBOUND}
    return any(party.extension in callers for party in known.extensions)


def _is_internal(call: LiveCall) -> bool:
    """Return True if reports named two extensions, and no line."""
    return call.both_reported and not call.on_trunk


def line_of(known: Known) -> str:
    """Return the id of the line of a call, as API v1 gives it, while the line is up."""
    lines = (known.inbound, known.outbound) if isinstance(known, LiveCall) else ()
    ids = (party.leg_id for party in lines if party is not None)
    return next((each for each in ids if parse_id(each) is not None), "")


def _caller_of(call: LiveCall) -> str:
    """Return what is known of who calls: an extension, or somebody outside."""
    return LegKind.INBOUND if call.inbound is not None else call.calling
