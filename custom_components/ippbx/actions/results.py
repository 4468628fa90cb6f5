"""What the actions that do something to calls answer."""

from typing import TypedDict

from .context import ActionContext
from .targets import Target


class Done(TypedDict, total=False):
    """What was done; what the PBX does not tell is left out.

    Attributes:
        extension: the extension that it was done to, or whose phone rings.
        call_id: the call that it was done to, or that it made.
        slot: where the call was parked.
        message_id: what the report about a message will name it by.
    """

    config_entry_id: str
    extension: str
    call_id: str
    slot: str
    message_id: str


class AllDone(TypedDict):
    """What was done to each target."""

    results: list[Done]


def done(context: ActionContext, **said: str) -> Done:
    """Return what was done, by the names of `Done`."""
    result = Done(config_entry_id=context.entry_id)
    for name, value in said.items():
        if value:
            result[name] = value  # type: ignore[literal-required]
    return result


def done_to(target: Target, **said: str) -> Done:
    """Return what was done to a target."""
    call_id = target.call.call_id if target.call is not None else ""
    return done(target.context, **{"extension": target.extension, "call_id": call_id, **said})
