"""The websocket commands of the cards: subscribe to calls, and page through the call log."""

from itertools import islice
from typing import Any, Final

from homeassistant.auth.models import User
from homeassistant.components.websocket_api import ActiveConnection, const, messages
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_connect
import voluptuous as vol
from voluptuous.humanize import humanize_error

from ..calls.attributes import log_data
from ..calls.history.entries import ROLES, LogEntry, LogItem
from ..calls.history.log import CallLog, LogQuery
from ..calls.names import Names
from ..const import DOMAIN, MAX_CALL_LOG_SIZE
from ..numbers.contacts import ContactBook
from ..pbx.model.tracked import CallDirection, CallOutcome
from ..pbx.model.values import value
from ..state.devices import extension_of, may_control, may_read
from ..state.store import StateStore
from .feed import CallFeed, CardSource

MAX_PAGE: Final = 100
"""Most items of a page."""
SCANNED: Final = 1000
SEARCHED: Final = 100
"""Items that one request looks at, at most; fewer if their names are looked up for a search."""
_MAX_TEXT: Final = 64

# Checked here, as Home Assistant's check writes what it refuses into the log.
_ENTRY: Final = {vol.Required(ATTR_CONFIG_ENTRY_ID): vol.All(str, vol.Length(max=_MAX_TEXT))}
_SUBSCRIBE: Final = vol.Schema({"id": int, "type": str, **_ENTRY})
_LOG: Final = vol.Schema(
    {
        "id": int,
        "type": str,
        **_ENTRY,
        vol.Optional("offset", default=0): vol.All(int, vol.Range(min=0, max=MAX_CALL_LOG_SIZE)),
        vol.Optional("limit", default=MAX_PAGE): vol.All(int, vol.Range(min=1, max=MAX_PAGE)),
        vol.Optional("direction", default=list): [vol.Coerce(CallDirection)],
        vol.Optional("outcome", default=list): [vol.Coerce(CallOutcome)],
        vol.Optional("extension", default=""): vol.All(str, vol.Length(max=_MAX_TEXT)),
        vol.Optional("search", default=""): vol.All(str, vol.Length(max=_MAX_TEXT)),
    }
)


class _RefusedError(Exception):
    """A message that is refused: code and text of the answer."""


@callback
def subscribe(hass: HomeAssistant, connection: ActiveConnection, message: dict[str, Any]) -> None:
    """Send the calls of a PBX, and changes from then on until the PBX is unloaded: `closed`."""
    message_id = message["id"]

    def send(event: dict[str, Any]) -> None:
        connection.send_message(messages.event_message(message_id, event))

    @callback
    def entry_changed(_change: ConfigEntryChange, changed: ConfigEntry) -> None:
        if changed is entry and entry.state is not ConfigEntryState.LOADED:
            connection.subscriptions.pop(message_id)()
            send({"closed": True})

    @callback
    def end() -> None:
        feed.async_stop()
        listening()

    try:
        entry = _entry_of(hass, connection.user, _checked(_SUBSCRIBE, message))
    except _RefusedError as error:
        connection.send_error(message_id, *error.args)
        return
    runtime = entry.runtime_data
    source = CardSource(
        calls=runtime.calls,
        log=runtime.history.log,
        store=runtime.store,
        control=runtime.backend.control,
        acts=may_control(hass, connection.user),
        own=lambda: _own_extension(hass, connection.user, runtime.store, runtime.calls.contacts),
        recordings=runtime.plays_recordings
        and connection.user.is_admin
        and "media_source" in hass.config.components,
    )
    feed = CallFeed(hass, source, send)
    listening = async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, entry_changed)
    connection.subscriptions[message_id] = end
    connection.send_result(message_id)
    feed.async_start()


def _own_extension(
    hass: HomeAssistant, user: User, store: StateStore, contacts: ContactBook
) -> str:
    """Return the extension whose contact is the person of a user; empty if none or several are."""
    persons = {
        state.entity_id
        for state in hass.states.async_all("person")
        if state.attributes.get("user_id") == user.id
    }
    own = [number for number in store.extensions if contacts.person_of(number) in persons]
    return own[0] if len(own) == 1 else ""


@callback
def log(hass: HomeAssistant, connection: ActiveConnection, message: dict[str, Any]) -> None:
    """Answer with a page of the call log, newest first: `entries`, and the offset of the `next`.

    Offsets count items of the log, whether they match or not. A page may have fewer entries than
    asked for, or none, although there is a next one; that is None at the end of the log.
    """
    try:
        wanted = _checked(_LOG, message)
        entry = _entry_of(hass, connection.user, wanted)
        runtime = entry.runtime_data
        text = wanted["search"].strip().casefold()
        search = text and _Search(
            text=text,
            names=runtime.calls.names,
            renamed=_renamed(hass, entry, runtime.store.serial, text),
        )
        page = _page(runtime.history.log, runtime.calls.names, wanted, search or None)
    except _RefusedError as error:
        connection.send_error(message["id"], *error.args)
    else:
        connection.send_result(message["id"], page)


def _checked(schema: vol.Schema, message: dict[str, Any]) -> dict[str, Any]:
    """Return a message with its defaults.

    Raises:
        _RefusedError: it has wrong types or values.
    """
    try:
        checked: dict[str, Any] = schema(message)
    except vol.Invalid as error:
        raise _RefusedError(const.ERR_INVALID_FORMAT, humanize_error(message, error)) from error
    return checked


def _entry_of(hass: HomeAssistant, user: User, wanted: dict[str, Any]) -> ConfigEntry[Any]:
    """Return the loaded entry of a message.

    Raises:
        _RefusedError: there is none, or the user may not read all of its entities.
    """
    loaded: list[ConfigEntry[Any]] = hass.config_entries.async_loaded_entries(DOMAIN)
    entry = next((each for each in loaded if each.entry_id == wanted[ATTR_CONFIG_ENTRY_ID]), None)
    if entry is None:
        raise _RefusedError(const.ERR_NOT_FOUND, "No such PBX is loaded")
    if not may_read(hass, user, entry.entry_id):
        raise _RefusedError(const.ERR_UNAUTHORIZED, "Unauthorized")
    return entry


@value
class _Search:
    """What is looked for in calls.

    Attributes:
        text: it, in small letters.
        renamed: extensions whose devices a user has named with it.
    """

    text: str
    names: Names
    renamed: frozenset[str]


def _renamed(hass: HomeAssistant, entry: ConfigEntry, serial: str, text: str) -> frozenset[str]:
    """Return the extensions with a text in the name that a user gave to their device."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return frozenset(
        extension_of(serial, each.identifiers)
        for each in devices
        if text in (each.name_by_user or "").casefold()
    ) - {""}


def _page(
    log: CallLog, names: Names, wanted: dict[str, Any], search: _Search | None
) -> dict[str, Any]:
    """Return a page of the call log.

    Raises:
        _RefusedError: the offset is beyond the log.
    """
    offset, size = wanted["offset"], len(log)
    if offset > size:
        raise _RefusedError(const.ERR_INVALID_FORMAT, "The offset is beyond the log")
    query = LogQuery(
        directions=wanted["direction"],
        outcomes=wanted["outcome"],
        extension=wanted["extension"],
    )
    entries = []
    most = SEARCHED if search else SCANNED
    for item in islice(log.select(LogQuery()), offset, offset + most):
        offset += 1
        if query.matches(item) and (search is None or _mentions(item, search)):
            entries.append(log_data(item, names))
            if len(entries) == wanted["limit"]:
                break
    return {"entries": entries, "next": offset if offset < size else None}


def _mentions(item: LogItem, search: _Search) -> bool:
    """Return whether a number of a call, or its name, contains a text.

    Numbers are compared as they came, and in their international form.
    """
    if not isinstance(item, LogEntry):
        return False
    text, names = search.text, search.names
    extensions = (*item.missed_by, *item.also_answered)
    named = (*map(names.name_of, extensions), *(names.name_in(item, role) for role in ROLES))
    return (
        not search.renamed.isdisjoint(item.inside_numbers)
        or any(text in name.casefold() for name in named)
        or names.contacts.has_part(item.numbers, text)
    )
