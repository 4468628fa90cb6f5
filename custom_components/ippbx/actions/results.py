"""The responses of actions that change calls."""

from typing import TypedDict

from .context import ActionContext
from .targets import Target


class ActionResult(TypedDict, total=False):
    """The result of an action; unknown values are left out.

    Attributes:
        extension: the extension that was the target, or that rings.
        call_id: the call that was the target, or that was made.
        slot: the parking slot of the call.
        message_id: the id of a message in the report about it.
    """

    config_entry_id: str
    extension: str
    call_id: str
    slot: str
    message_id: str


class ActionResults(TypedDict):
    """The result for each target."""

    results: list[ActionResult]


def result_of(context: ActionContext, **values: str) -> ActionResult:
    """Return a result with those of the values that are not empty."""
    result = ActionResult(config_entry_id=context.entry_id)
    for name, value in values.items():
        if value:
            result[name] = value  # type: ignore[literal-required]
    return result


def target_result(target: Target, **values: str) -> ActionResult:
    """Return the result for a target; `values` override its extension and call."""
    call_id = target.call.call_id if target.call is not None else ""
    return result_of(
        target.context, **{"extension": target.extension, "call_id": call_id, **values}
    )
