"""Compares what the call engine says of the calls that are up with what is true, while they are."""

from collections.abc import Collection, Iterator

from custom_components.ippbx.pbx.model.lines import LegState
from custom_components.ippbx.pbx.tracking.tracker import CallTracker
from pbx_simulator.calls import legs as wire_legs
from pbx_simulator.calls.model import Call, CallState

from .scenario import CallTruth, Scenario
from .scenario.models import Picture

_BEFORE, _AFTER = 3.5, 0.5
"""Seconds around a reading within which nothing may have happened to a call: it is under way."""
_OVER = 5.0
"""Seconds after its end within which a call need not be over yet."""
_TALKS = (LegState.TALKING, LegState.ON_HOLD, LegState.WAITING)
_RINGS = (LegState.RINGING, LegState.DIALING)


def standing(
    scenario: Scenario, picture: Picture, tracker: CallTracker, arrived: Collection[int]
) -> Iterator[tuple[int, str]]:
    """Yield what is wrong just after a reading: index of the call, and what.

    Args:
        scenario: what is true.
        picture: the moment that was read.
        tracker: what is told.
        arrived: the indices of the reports that arrived.
    """
    if scenario.readings.get("rings") == "api":
        return  # who rings is not reported
    begin, end = picture.at - _BEFORE, picture.at + _AFTER
    moving = {each.index for each in scenario.changes if begin < each.at < end}
    moving |= {
        each.call if each.call is not None else -1
        for each in scenario.reports
        if begin < each.at < end
    }
    phones = {
        number for each in scenario.changes if begin < each.at < end for number, _ in each.statuses
    }
    up = {call.call_id: call for call in picture.calls}
    # Who talks to whom is then a matter of two calls, which one reading or the other shows.
    united = {each.call_id for call in picture.calls if call.united for each in (call, call.united)}
    for index, truth in enumerate(scenario.calls):
        told = {call.call_id: call for each in truth.ids if (call := tracker.find(each))}
        active = [call for name, call in told.items() if name in tracker.active]
        call = up.get(truth.call_id)
        if index in moving or truth.call_id in united or not phones.isdisjoint(truth.rang):
            continue
        if call is None:
            if active and 0 < truth.ended_at < picture.at - _OVER:
                yield index, f"is up after its end, {picture.at - truth.ended_at:.1f} s"
        elif len(active) != 1:
            if _is_reported(scenario, index, picture.at, arrived):
                yield index, f"{len(active)} are up, not 1"
        elif truth.outcome != "voicemail":  # nothing reports that a box talks
            silent = set[str]() if scenario.dialect == "yeastar-v2" else _busy(picture, call)
            yield from ((index, what) for what in _parties(truth, call, tracker, phones, silent))


def _busy(picture: Picture, call: Call) -> set[str]:
    """Return the extensions in other calls: no report or status tells that one rings no longer.

    API v2 reports it, and shows it when it is read.
    """
    others = (other for other in picture.calls if other is not call)
    legs = (leg for other in others for leg in other.parties)
    return {leg.number for leg in legs if leg.kind is wire_legs.LegKind.EXTENSION}


def _is_reported(scenario: Scenario, index: int, at: float, arrived: Collection[int]) -> bool:
    """Return whether more than statuses of phones told of a call before a moment."""
    return any(
        each.call == index and each.at < at and number in arrived and each.name != "ExtensionStatus"
        for number, each in enumerate(scenario.reports)
    )


def _parties(
    truth: CallTruth,
    call: Call,
    tracker: CallTracker,
    moving: Collection[str],
    silent: Collection[str],
) -> Iterator[str]:
    """Yield what is wrong with who takes part in a call, but for phones whose status moves.

    Those that are `silent` may seem to ring for it still.
    """
    right = {
        leg.number: leg.state for leg in call.parties if leg.kind is wire_legs.LegKind.EXTENSION
    }
    if not moving.isdisjoint(right) or call.state in (CallState.INVITED, CallState.INCOMING):
        return
    found = {
        number: state
        for number in {*right, *truth.rang, truth.caller}
        for name, state in tracker.leg_states_of(number)
        if name in truth.ids and (number in right or number not in silent or state not in _RINGS)
    }
    if found.keys() != right.keys():
        yield f"{sorted(found)} take part, not {sorted(right)}"
        return
    for number, state in right.items():
        waits = state is wire_legs.LegState.ALERT and truth.answered_at is not None
        rings = state in (wire_legs.LegState.RING, wire_legs.LegState.ALERT)
        if not waits and found[number] not in (_RINGS if rings else _TALKS):
            yield f"{number} is {found[number]}, not {state}"
