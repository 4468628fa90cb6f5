"""Targets that read bytes as they come off a socket: the listener and the event stream."""

import asyncio
from asyncio.events import _set_running_loop
from collections.abc import Callable
from typing import Any, cast

from custom_components.ippbx.pbx.errors import PbxError
from custom_components.ippbx.pbx.model.events import MAX_BODY
from custom_components.ippbx.pbx.net.http_request import (
    MAX_HEAD,
    Request,
    RequestError,
    RequestReader,
)
from custom_components.ippbx.pbx.net.json_stream import JsonSplitter
from custom_components.ippbx.pbx.net.listener import (
    ListenedReport,
    ListenerCounts,
    ReportListener,
    Sender,
)
from custom_components.ippbx.pbx.uc.reports.feed_connection import FeedConnection, FeedCounts
from custom_components.ippbx.pbx.uc.reports.feed_login import is_accepted_by_text, is_answer

from .checks import pieces

_SMALL = 300  # bytes: a limit that inputs can reach


class _Timer:
    def __init__(self, fire: Callable[[], None]) -> None:
        self.fire = fire
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class _Loop:
    """As much of an event loop as a connection needs."""

    def __init__(self) -> None:
        self.timers: list[_Timer] = []

    def time(self) -> float:
        return 0.0

    def call_later(self, delay: float, fire: Callable[[], None]) -> _Timer:
        self.timers.append(timer := _Timer(fire))
        return timer


class _Transport:
    """The far end of a connection: takes answers."""

    def __init__(self) -> None:
        self.written = bytearray()
        self.closed = False
        self.ended = False

    def write(self, data: bytes) -> None:
        assert not self.closed, "written to a closed connection"
        assert not self.ended, "written after the end"
        self.written += data

    def write_eof(self) -> None:
        self.ended = True

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close

    def get_extra_info(self, name: str) -> tuple[str, int]:
        return ("192.0.2.10", 4711)


def _connect(listener: ReportListener, loop: _Loop) -> tuple[Sender, _Transport]:
    transport = _Transport()
    _set_running_loop(cast("asyncio.AbstractEventLoop", loop))
    try:
        sender = Sender(listener)
    finally:
        _set_running_loop(None)
    vars(listener)["_server"] = object()  # it takes nobody while it does not listen
    sender.connection_made(cast("asyncio.Transport", transport))
    return sender, transport


def listener(data: bytes) -> None:
    """Send an input to the listener, in pieces.

    Then hang up, or fall silent, as its last byte says.
    """
    content, cut = pieces(data)
    heard: list[ListenedReport] = []
    house, loop = ReportListener(heard.append), _Loop()
    sender, transport = _connect(house, loop)
    for piece in cut:
        if transport.closed:
            break
        sender.data_received(piece)
        assert house.held <= MAX_HEAD + MAX_BODY + 1024, "holds too much"
    if data and data[-1] % 2 and not transport.closed:
        sender.eof_received()
    for timer in loop.timers:
        if not timer.cancelled:
            timer.fire()
    sender.connection_lost(None)
    _check_house(house, loop, heard)
    _check_request(content, cut, heard)


def _check_house(house: ReportListener, loop: _Loop, heard: list[ListenedReport]) -> None:
    assert house.held == 0, "memory is not given back"
    assert house.connections == 0, "the place is not given back"
    assert all(timer.cancelled for timer in loop.timers), "a timer is left"
    counts = [getattr(house.counts, name) for name in ListenerCounts.__slots__]
    assert sum(counts) == 1, "not counted once"
    assert house.counts.reports == len(heard), "a report is not counted"


def _check_request(content: bytes, cut: list[bytes], heard: list[ListenedReport]) -> None:
    whole = _read([content])
    if whole is None or not heard:
        return
    assert heard[0].path == whole.path, "the path depends on how it is cut"
    assert heard[0].body == whole.body, "the body depends on how it is cut"
    assert heard[0].path.startswith("/"), "no leading slash"
    assert len(heard[0].body) <= MAX_BODY, "body too large"


def _read(cut: list[bytes]) -> Request | None:
    reader = RequestReader()
    try:
        for piece in cut:
            if (request := reader.feed(piece)) is not None:
                return request
        return reader.finish()
    except RequestError:
        return None


def splitter(data: bytes) -> None:
    """Cut an input into objects: the same ones however it arrives."""
    content, cut = pieces(data)
    for limit in (_SMALL, 1 << 16):
        whole, other = JsonSplitter(limit), JsonSplitter(limit)
        found = whole.feed(content)
        again = [body for piece in cut for body in other.feed(piece)]
        assert found == again, "the objects depend on how it is cut"
        for name in ("dropped", "skipped", "inside"):
            assert getattr(whole, name) == getattr(other, name), f"{name} depends on how it is cut"
        assert whole.skipped + sum(map(len, found)) <= len(content), "more than came"
        for body in found:
            assert body[:1] + body[-1:] == b"{}", "no object"
            assert len(body) <= limit, "object too long"
            assert body in content, "an object that did not come"


def login(data: bytes) -> None:
    """Judge an input as an answer to the login of the event stream."""
    for judge in (is_answer, is_accepted_by_text):
        try:
            judge(data)
        except PbxError as error:
            str(error)


class _Writer:
    def write(self, data: bytes) -> None:
        """Take the login."""

    def get_extra_info(self, name: str) -> Any:
        return ("192.0.2.10", 4711)


_LOOP = asyncio.new_event_loop()


def stream(data: bytes) -> None:
    """Send an input over the event stream, in pieces, until it ends."""
    _LOOP.run_until_complete(_stream(pieces(data)[1]))


async def _stream(cut: list[bytes]) -> None:
    reader, counts = asyncio.StreamReader(), FeedCounts()
    bodies: list[bytes] = []
    accepted: list[bool] = []
    connection = FeedConnection(
        reader,
        cast("asyncio.StreamWriter", _Writer()),
        counts,
        lambda body, _source: bodies.append(body),
        lambda: accepted.append(True),
    )
    following = asyncio.ensure_future(connection.follow(b""))
    for piece in cut[:64]:
        reader.feed_data(piece)
        await asyncio.sleep(0)
    for piece in cut[64:]:
        reader.feed_data(piece)
    reader.feed_eof()
    try:
        await following
    except PbxError as error:
        str(error)
    else:
        raise AssertionError("a stream that ended did not raise")
    assert len(accepted) == connection.accepted, "accepted more than once"
    assert counts.objects == len(bodies), "an object is not counted"
