"""What was commanded of calls that are not over, kept for the next run.

No report tells whose phone rings first for a call by command, nor that one was refused by command.
"""

from typing import Any, Final

from homeassistant.core import callback

from ..pbx.tracking.calls import Calls, Commanded

_MAX_KEPT: Final = 32
_MAX_IDS: Final = 8


@callback
def commands_of(calls: Calls) -> list[dict[str, Any]]:
    """Return what to store: what the last calls were commanded that are not over."""
    kept = [*dict.fromkeys(calls.commanded.values())]  # of which nothing was heard yet
    for call in calls.live.values():
        facts, accepted = call.facts, call.ending.accepted
        if facts.dialled or accepted is not None:
            callee = facts.dialled_callee
            ids = tuple(sorted(call.ids)[:_MAX_IDS])
            kept.append(Commanded(ids, facts.dialled, callee, accepted))
    return [each._asdict() for each in kept[-_MAX_KEPT:]]


@callback
def restore_commands(calls: Calls, stored: object) -> None:
    """Restore what was stored; what is invalid is left out. No call begins by that."""
    for item in stored if isinstance(stored, list) else ():
        if (commanded := _commanded(item)) is not None:
            calls.commanded |= dict.fromkeys(commanded.ids, commanded)


def _commanded(item: object) -> Commanded | None:
    if not isinstance(item, dict):
        return None
    ids, accepted = item.get("ids"), item.get("accepted")
    numbers = [item.get("caller"), item.get("callee")]
    texts = [*ids, *numbers] if isinstance(ids, list) else [None]
    if accepted not in (True, False, None) or not all(isinstance(each, str) for each in texts):
        return None
    caller, callee = map(str, numbers)
    return Commanded(tuple(map(str, ids or ())), caller, callee, accepted)
