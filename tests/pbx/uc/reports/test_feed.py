"""The event stream on real sockets: what comes over it, and how it comes back."""

import asyncio
from collections import Counter
import json
import socket
import struct
from typing import Any

import pytest

from custom_components.ippbx.pbx.backend import FeedState
from custom_components.ippbx.pbx.uc.reports import feed, feed_connection
from pbx_simulator import Simulator
from tests.pbx.conftest import MakeListener, MakeScript

from .feed_house import PASSWORD

REPORT = b'{"event":"ExtensionStatus","extension":"2001","status":"Busy","sn":"4"}'


@pytest.mark.parametrize("answer", ["", "text", "json"])
@pytest.mark.parametrize("knob", [{}, {"split_events": True}, {"event_piece": 7}])
async def test_reports_come(
    stream_pbx: Simulator, make_listener: MakeListener, answer: str, knob: dict[str, Any]
) -> None:
    stream_pbx.knobs.event_answer = answer
    for name, value in knob.items():
        setattr(stream_pbx.knobs, name, value)
    listener = make_listener(stream_pbx.event_port)
    await stream_pbx.wait_until(lambda: stream_pbx.events.count == 1)
    for status in ("ringing", "busy"):
        await stream_pbx.set_extension_status("1000", status)
    await listener.until(lambda: len(listener.bodies) == 2)

    assert [json.loads(body)["status"] for body in listener.bodies] == ["Ringing", "Busy"]
    assert listener.states == [FeedState.CONNECTING, FeedState.UP]
    assert listener.sources == {"127.0.0.1"}
    assert (stream_pbx.login_attempts, stream_pbx.failed_logins) == (1, 0)
    assert listener.stream.counts.objects == 2


async def test_two_reports_in_one_piece(stream_pbx: Simulator, make_listener: MakeListener) -> None:
    stream_pbx.knobs.join_events = True
    listener = make_listener(stream_pbx.event_port)
    await stream_pbx.wait_until(lambda: stream_pbx.events.count == 1)
    for status in ("ringing", "busy"):
        await stream_pbx.set_extension_status("1000", status)
    await listener.until(lambda: len(listener.bodies) == 2)


async def test_what_is_sent(make_listener: MakeListener, make_script: MakeScript) -> None:
    script = await make_script([REPORT])
    listener = make_listener(script.port)
    await listener.until_state(FeedState.UP)
    assert script.logins == [
        f"Action: login\r\nUsername: hass\r\nSecret: {PASSWORD}\r\nVersion: 2.0.0\r\n\r\n".encode()
    ]
    assert listener.bodies == [REPORT]


async def test_a_name_that_would_be_another_login_is_not_sent(
    make_listener: MakeListener, make_script: MakeScript
) -> None:
    script = await make_script()
    listener = make_listener(script.port, password="x\r\nAction: other")
    await listener.until_state(FeedState.REFUSED)
    assert script.logins == []
    assert "other" not in str(listener.stream.error)


async def test_silence_is_consent(
    make_listener: MakeListener, make_script: MakeScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_connection, "ANSWER_WINDOW", 0.01)
    script = await make_script([b""])
    listener = make_listener(script.port)
    await listener.until_state(FeedState.UP)
    assert listener.stream.error is None


async def test_it_goes_on_after_a_connection_that_is_reset_at_once(
    make_listener: MakeListener, make_script: MakeScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a port that is forwarded to a PBX which starts: the system knows no far end then."""
    monkeypatch.setattr(feed, "FIRST_PAUSE", 0.01)
    script = await make_script([b'{"event":"BootUp"}'])
    loop = asyncio.get_running_loop()
    connect = loop.sock_connect
    with socket.create_server(("127.0.0.1", 0)) as resetting:

        async def connect_and_lose(sock: socket.socket, _address: object) -> None:
            monkeypatch.setattr(loop, "sock_connect", connect)
            await connect(sock, resetting.getsockname())
            accepted, _ = resetting.accept()
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            accepted.close()

        monkeypatch.setattr(loop, "sock_connect", connect_and_lose)
        listener = make_listener(script.port)
        await listener.until_state(FeedState.UP)
    assert listener.states == [FeedState.CONNECTING, FeedState.DOWN, FeedState.UP]
    assert len(script.logins) == listener.stream.counts.logins == 1


async def test_it_comes_back_after_a_cut(
    stream_pbx: Simulator, make_listener: MakeListener
) -> None:
    stream_pbx.knobs.event_answer = "text"
    listener = make_listener(stream_pbx.event_port)
    await listener.until_state(FeedState.UP)
    for cut in range(3):
        stream_pbx.events.drop()
        await listener.until(lambda cut=cut: listener.stream.counts.ends == cut + 1)  # type: ignore[misc]
        await listener.until_state(FeedState.UP)
        await stream_pbx.set_extension_status("1000", ("ringing", "busy", "idle")[cut])
        await listener.until(lambda cut=cut: len(listener.bodies) == cut + 1)  # type: ignore[misc]

    assert FeedState.DOWN not in listener.states
    assert stream_pbx.logins == 4


async def test_it_waits_longer_each_time_and_comes_back_when_the_port_does(
    stream_pbx: Simulator, make_listener: MakeListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MAX_PAUSE", 0.04)
    pauses = asyncio.Queue[float]()

    def uniform(low: float, high: float) -> float:
        pauses.put_nowait(high - low)
        return 1.0

    monkeypatch.setattr(feed.random, "uniform", uniform)
    await stream_pbx.events.stop()
    listener = make_listener(stream_pbx.event_port)
    await listener.until_state(FeedState.DOWN)
    async with asyncio.timeout(5):
        assert [await pauses.get() for _ in range(4)] == pytest.approx([0.4] * 4)
    assert listener.stream._failures >= 3
    stream_pbx.knobs.event_answer = "json"
    await stream_pbx.events.start("127.0.0.1", stream_pbx.event_port)
    await listener.until_state(FeedState.UP)
    assert stream_pbx.logins == 1


async def test_nothing_is_tried_while_the_pbx_is_away(
    stream_pbx: Simulator, make_listener: MakeListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And at once when it is back, with no regard for the pause that was under way."""
    stream_pbx.knobs.event_answer = "text"
    listener = make_listener(stream_pbx.event_port)
    await listener.until_state(FeedState.UP)
    monkeypatch.setattr(feed, "FIRST_PAUSE", 60.0)
    monkeypatch.setattr(feed, "MAX_PAUSE", 60.0)
    listener.stream.pause()
    await stream_pbx.reboot()
    await listener.until_state(FeedState.CONNECTING)
    assert stream_pbx.logins == 1

    listener.stream.resume()
    await listener.until_state(FeedState.UP)
    assert stream_pbx.logins == 2
    await stream_pbx.set_extension_status("1000", "busy")
    await listener.until(lambda: len(listener.bodies) == 1)


async def test_a_stream_from_before_is_exchanged(
    stream_pbx: Simulator, make_listener: MakeListener
) -> None:
    """A PBX that lost its power never said that the old connection ended."""
    stream_pbx.knobs.event_answer = "text"
    listener = make_listener(stream_pbx.event_port)
    await listener.until_state(FeedState.UP)
    listener.stream.pause()
    listener.stream.resume()
    await stream_pbx.wait_until(lambda: stream_pbx.logins == 2)
    await listener.until_state(FeedState.UP)
    await stream_pbx.wait_until(lambda: stream_pbx.events.count == 1)


async def test_what_the_handler_raises_ends_nothing(
    stream_pbx: Simulator, make_listener: MakeListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = make_listener(stream_pbx.event_port, started=False)
    taken = asyncio.Queue[bytes]()

    def take(body: bytes, _source: str) -> None:
        taken.put_nowait(body)
        raise ZeroDivisionError

    hooks = listener.stream._hooks
    monkeypatch.setattr(type(hooks), "receive", property(lambda _: take), raising=False)
    listener.start()
    await stream_pbx.wait_until(lambda: stream_pbx.events.count == 1)
    for status in ("ringing", "busy"):
        await stream_pbx.set_extension_status("1000", status)
    async with asyncio.timeout(5):
        for _ in range(2):
            await taken.get()
    assert listener.stream.state is FeedState.UP


async def test_an_object_without_an_end_is_given_up(
    make_listener: MakeListener, make_script: MakeScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_connection, "OBJECT_TIMEOUT", -1.0)
    script = await make_script([REPORT, b'{"event":"Boot}', b"\n" + REPORT])
    listener = make_listener(script.port)
    await listener.until(lambda: len(listener.bodies) == 2)
    assert listener.bodies == [REPORT, REPORT]
    assert listener.stream.counts.dropped == 1


async def test_junk_and_giants_are_passed_over(
    make_listener: MakeListener, make_script: MakeScript
) -> None:
    giant = b'{"event":"' + b"x" * 70_000 + b'"}'
    script = await make_script([b"\x00hello\r\n}" + REPORT + giant + b",,," + REPORT])
    listener = make_listener(script.port)
    await listener.until(lambda: len(listener.bodies) == 2)
    counts = listener.stream.counts
    assert (counts.objects, counts.dropped, counts.skipped) == (2, 1, 12)


async def test_a_flood_leaves_room_for_everything_else(
    make_listener: MakeListener, make_script: MakeScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most a hundred or so small reports are taken before the event loop has its turn."""
    script = await make_script([REPORT * 3000])
    listener = make_listener(script.port, started=False)
    turn, taken = 0, Counter[int]()
    receive = listener.stream._hooks.receive

    def count(body: bytes, source: str) -> None:
        taken[turn] += 1
        receive(body, source)

    monkeypatch.setattr(
        type(listener.stream._hooks), "receive", property(lambda _: count), raising=False
    )
    listener.start()
    async with asyncio.timeout(10):
        while len(listener.bodies) < 3000:
            turn += 1
            await asyncio.sleep(0)
    assert max(taken.values()) <= 8192 // len(REPORT) + 1


async def test_the_system_looks_after_the_connection(
    make_listener: MakeListener, make_script: MakeScript
) -> None:
    script = await make_script([REPORT])
    listener = make_listener(script.port)
    await listener.until_state(FeedState.UP)
    connection = listener.stream._connection
    assert connection is not None
    sock = connection._writer.get_extra_info("socket")
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 30


async def test_the_system_finds_the_far_end_gone(
    make_listener: MakeListener, make_script: MakeScript
) -> None:
    """What keep-alive raises is a TimeoutError, as the end of the answer's time is."""
    script = await make_script([REPORT], [REPORT])
    listener = make_listener(script.port)
    await listener.until_state(FeedState.UP)
    connection = listener.stream._connection
    assert connection is not None
    connection._reader.set_exception(TimeoutError(110, "Connection timed out"))
    await listener.until(lambda: len(listener.bodies) == 2)
    assert listener.stream.counts.ends == 1


async def test_cancelling_ends_the_connection_and_leaves_no_task(
    make_listener: MakeListener, make_script: MakeScript
) -> None:
    script = await make_script([REPORT])
    before = asyncio.all_tasks()
    listener = make_listener(script.port)
    await listener.until_state(FeedState.UP)
    await listener.stop()
    async with asyncio.timeout(5):
        await script.ended.wait()
    async with asyncio.timeout(5):
        while asyncio.all_tasks() - before:
            await asyncio.sleep(0)
