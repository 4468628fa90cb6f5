"""The action that returns the call log."""

from datetime import datetime
from itertools import islice
from typing import Any, Final

from homeassistant.core import callback
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..calls.attributes import caller_uri
from ..calls.history.entries import LogGap, LogItem
from ..calls.history.log import LogQuery
from ..calls.names import Contacts
from ..const import MAX_CALL_LOG_SIZE
from ..pbx.model.tracked import CallDirection, CallOutcome
from .context import ActionRequest
from .fields import Fields

_DEFAULT_LIMIT = 100


def _moment(value: object) -> datetime:
    """Return a time (UTC); without a zone it is in that of Home Assistant."""
    return dt_util.as_utc(cv.datetime(value))


def _number(value: object) -> str:
    """Return an extension's number as text, as templates make numbers of digits."""
    return cv.string(value).strip()


FIELDS: Final[Fields] = {
    vol.Optional("since"): _moment,
    vol.Optional("until"): _moment,
    vol.Optional("direction", default=list): vol.All(cv.ensure_list, [vol.Coerce(CallDirection)]),
    vol.Optional("outcome", default=list): vol.All(cv.ensure_list, [vol.Coerce(CallOutcome)]),
    vol.Optional("extension", default=""): _number,
    vol.Optional("limit", default=_DEFAULT_LIMIT): vol.All(
        vol.Coerce(int), vol.Range(min=1, max=MAX_CALL_LOG_SIZE)
    ),
}


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
