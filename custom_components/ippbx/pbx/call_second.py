"""Which call a second id may be of: OpenVox uses two for one call, and nothing in its reports joins them."""

from collections.abc import Iterable

from .call_ids import are_beside, are_pair, comes_before
from .call_index import Known, trunk_ids
from .call_live import LiveCall
from .call_sides import is_on_line_beside, line_of
from .models import CallLeg


def may_have_second(known: Known, call_id: str, legs: Iterable[CallLeg]) -> bool:
    """Tell whether an id may be the other one of a call; that of its line is always the first."""
    if not any(are_pair(call_id, each) for each in known.ids):
        return False
    line = line_of(known) if isinstance(known, LiveCall) else ""
    if line and (comes_before(call_id, line) or not are_pair(call_id, line)):
        return False
    if line and any(each != line for each in trunk_ids(legs)):
        return False
    if any(are_beside(line, each) for each in known.ids):
        return False  # a PBX without second ids: its lines have the next one
    if isinstance(known, LiveCall) and is_on_line_beside(known, legs):
        return False
    return _lacks_second(known)


def was_only_passed_on(known: LiveCall, call_id: str, legs: Iterable[CallLeg]) -> bool:
    """Tell whether all that is known of a call is that it was passed on, under an id that may be the first of two."""
    only = known.transfers > 0 and known.takes_lone_legs and comes_before(known.call_id, call_id)
    return only and not any(trunk_ids(legs))


def rang_before(known: Known, call_id: str) -> bool:
    """Tell whether all that is known of a call is that phones ring, the first of them under an earlier id."""
    if not isinstance(known, LiveCall) or not known.only_rings:
        return False
    return comes_before(known.call_id, call_id)


def has_first_id(known: Known) -> bool:
    """Tell whether the first id of a call is surely known: that of its line, or of two that are its own."""
    if isinstance(known, LiveCall) and line_of(known):
        return True
    return any(are_pair(one, other) for one in known.sure_ids for other in known.sure_ids)


def _lacks_second(known: Known) -> bool:
    """Tell whether a call is known under one id only, be it that of a trunk's leg as well."""
    return not any(are_pair(one, other) for one in known.ids for other in known.ids)
