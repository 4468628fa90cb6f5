"""Recordings of calls in the media browser, for administrators, where an option allows them.

They are listed from the call log. The PBX's token is in no address, nor is a number: an address
names a call by its id.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from http import HTTPStatus
from itertools import chain
from sys import maxsize
from typing import Final, override
from urllib.parse import quote

from aiohttp import hdrs, web
from homeassistant.components.http import KEY_HASS, KEY_HASS_USER, HomeAssistantView
from homeassistant.components.media_player import BrowseError, MediaClass
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.components.websocket_api import current_connection
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from .calls.history.entries import LogEntry
from .calls.history.log import LogQuery
from .const import DOMAIN
from .pbx.errors import PbxError, PbxRequestError
from .pbx.model.actions import is_recording
from .runtime import PbxConfigEntry, PbxRuntime

MIME: Final = "audio/wav"
MISSING: Final = "recording_missing"
_LEVELS: Final = ("PBX", "day", "extension")
_WHOLE: Final = slice(None, None, 1)
_ROOT: Final = f"/api/{DOMAIN}/recording"


class RecordingSource(MediaSource):
    """The recordings: of each PBX by day, then by extension."""

    name = "IP PBX"

    def __init__(self, hass: HomeAssistant) -> None:
        """Start; what is listed is found when somebody looks."""
        super().__init__(DOMAIN)
        self._hass = hass

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Return all PBXes, or one of them, a day or an extension, with what is under it."""
        _check_user(BrowseError)
        where = item.identifier.split("/") if item.identifier else []
        entries = {entry.entry_id: entry for entry in _entries(self._hass)}
        if not where:
            if not entries:
                raise BrowseError(translation_domain=DOMAIN, translation_key="recordings_off")
            found = _folder("", self.name or DOMAIN)
            found.children = [_folder(each, entry.title) for each, entry in entries.items()]
            return found
        if where[0] not in entries or len(where) > len(_LEVELS):
            raise _unknown(BrowseError)
        runtime = entries[where[0]].runtime_data
        found = _folder(item.identifier, _title(runtime, where))
        found.children = list(_children(runtime, where))
        return found

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Return the address of a recording."""
        _check_user(Unresolvable)
        *where, call_id = item.identifier.split("/", len(_LEVELS))
        if not where or _find(self._hass, where[0], call_id) is None:
            raise _unknown(Unresolvable)
        return PlayMedia(f"{_ROOT}/{where[0]}/{quote(call_id, safe='')}", MIME)


class RecordingView(HomeAssistantView):
    """Serves a recording while the PBX sends it."""

    url = f"{_ROOT}/{{entry_id}}/{{call_id}}"
    name = f"api:{DOMAIN}:recording"

    async def get(self, request: web.Request, entry_id: str, call_id: str) -> web.StreamResponse:
        """Answer with a recording."""
        if not request[KEY_HASS_USER].is_admin:
            return web.Response(status=HTTPStatus.FORBIDDEN)
        found = _find(request.app[KEY_HASS], entry_id, call_id)
        if found is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        runtime, name = found
        response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: MIME})
        try:
            async with runtime.backend.control.recording(name) as file:
                start, stop = _announce(response, request, file.size)
                await response.prepare(request)
                async for piece in _part(file.pieces, start, stop):
                    await response.write(piece)
        except PbxError as error:
            if not response.prepared:
                missing = isinstance(error, PbxRequestError) and error.key == MISSING
                status = HTTPStatus.NOT_FOUND if missing else HTTPStatus.BAD_GATEWAY
                return web.Response(status=status)
            if request.transport is not None:
                request.transport.abort()  # the rest does not come
        return response


def _announce(
    response: web.StreamResponse, request: web.Request, size: int | None
) -> tuple[int, int]:
    """Say in the head of a response what follows; return the first byte and the end of that.

    Players ask for a part to go to another moment of a recording. What does not name one part is
    answered with the whole.
    """
    if size is None:
        return 0, maxsize
    try:
        wanted = request.http_range
    except ValueError:
        wanted = _WHOLE
    start, stop, _ = wanted.indices(size)
    response.headers[hdrs.ACCEPT_RANGES] = "bytes"
    response.content_length = max(stop - start, 0)
    if wanted != _WHOLE:
        part = f"{start}-{stop - 1}" if start < stop else "*"
        response.headers[hdrs.CONTENT_RANGE] = f"bytes {part}/{size}"
        response.set_status(
            HTTPStatus.PARTIAL_CONTENT
            if start < stop
            else HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        )
    return start, stop


async def _part(pieces: AsyncIterator[bytes], start: int, stop: int) -> AsyncGenerator[bytes]:
    """Yield some bytes of a file: no PBX is known to send a part."""
    at = 0
    while at < stop and (piece := await anext(pieces, None)) is not None:
        if part := piece[max(start - at, 0) : stop - at]:
            yield part
        at += len(piece)


def _check_user(error: type[HomeAssistantError]) -> None:
    """Raise an error unless an administrator asks, over a websocket connection."""
    connection = current_connection.get()
    if connection is None or not connection.user.is_admin:
        raise error(translation_domain=DOMAIN, translation_key="recordings_for_administrators")


def _unknown(error: type[HomeAssistantError]) -> HomeAssistantError:
    return error(translation_domain=DOMAIN, translation_key="recording_unknown")


def _entries(hass: HomeAssistant) -> Iterator[PbxConfigEntry]:
    """Yield the loaded PBXes whose options allow to listen to recordings."""
    entry: PbxConfigEntry
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        if entry.runtime_data.plays_recordings:
            yield entry


def _find(hass: HomeAssistant, entry_id: str, call_id: str) -> tuple[PbxRuntime, str] | None:
    """Return the PBX of a recording and its name; None where nobody may listen to it."""
    for entry in _entries(hass):
        call = entry.runtime_data.history.log.find(call_id)
        if entry.entry_id == entry_id and call is not None and is_recording(call.recording):
            return entry.runtime_data, call.recording
    return None


def _recorded(runtime: PbxRuntime, day: str = "", extension: str = "") -> Iterator[LogEntry]:
    """Yield the recorded calls, of a day and an extension if these are given, newest first."""
    for call in runtime.history.log.select(LogQuery(extension=extension)):
        if not isinstance(call, LogEntry) or day not in ("", _day(call)):
            continue
        if not is_recording(call.recording):
            continue
        if not extension or extension in call.inside_numbers:  # one that only rang is not in it
            yield call


def _day(call: LogEntry) -> str:
    return dt_util.as_local(call.started).date().isoformat()


def _title(runtime: PbxRuntime, where: list[str]) -> str:
    """Return the title of a PBX, a day or an extension."""
    if len(where) == len(_LEVELS):
        return runtime.texts.party(where[-1])
    return where[-1] if len(where) > 1 else runtime.entry.title


def _children(runtime: PbxRuntime, where: list[str]) -> Iterator[BrowseMediaSource]:
    """Yield the days of a PBX, the extensions of a day, or the recordings of an extension."""
    if len(where) < len(_LEVELS):
        calls = _recorded(runtime, *where[1:])
        under = ((_day(call),) if len(where) == 1 else _extensions(runtime, call) for call in calls)
        for name in dict.fromkeys(chain.from_iterable(under)):
            path = [*where, name]
            yield _folder("/".join(path), _title(runtime, path))
        return
    for call in _recorded(runtime, *where[1:]):
        yield BrowseMediaSource(
            domain=DOMAIN,
            identifier="/".join((*where, call.call_id)),
            media_class=MediaClass.MUSIC,
            media_content_type=MIME,
            title=f"{dt_util.as_local(call.started):%H:%M} {runtime.texts.last_call(call)}",
            can_play=True,
            can_expand=False,
        )


def _extensions(runtime: PbxRuntime, call: LogEntry) -> list[str]:
    return sorted(call.inside_numbers & runtime.store.extensions.keys())


def _folder(identifier: str, title: str) -> BrowseMediaSource:
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=identifier,
        media_class=MediaClass.DIRECTORY,
        media_content_type="",
        title=title,
        can_play=False,
        can_expand=True,
    )
