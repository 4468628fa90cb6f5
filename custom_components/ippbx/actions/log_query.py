"""The action that returns the call log."""

from itertools import islice
from typing import Any

from homeassistant.core import callback

from ..calls.attributes import caller_uri
from ..calls.history.entries import LogGap, LogItem
from ..calls.history.log import LogQuery
from ..calls.names import Contacts
from .context import ActionRequest


@callback
def get_call_log(request: ActionRequest) -> dict[str, Any]:
    """Return the matching entries of the call log, newest first."""
    context = request.context
    wanted = request.data
    query = LogQuery(
        since=wanted.get("since"),
        until=wanted.get("until"),
        directions=wanted["direction"],
        outcomes=wanted["outcome"],
        extension=wanted["extension"],
    )
    found = islice(context.log.select(query), wanted["limit"])
    return {"entries": [_response(item, context.calls.names) for item in found]}


def _response(item: LogItem, names: Contacts) -> dict[str, Any]:
    """Return the response for an item; unknown values are left out."""
    row = item.as_row()
    if isinstance(item, LogGap):
        return {"kind": "gap", "started": row["started"], "ended": row["ended"]}
    more = {
        "caller_name": names.name_of(item.caller) if item.caller else "",
        "caller_uri": caller_uri(item),
        "callee_name": names.name_of(item.callee) if item.callee else "",
        "vip": bool(item.caller) and names.is_vip(item.caller),
    }
    return {"kind": "call", **row, **{name: value for name, value in more.items() if value}}
