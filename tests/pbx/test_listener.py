"""The listener on real sockets: whoever sends whatever, good reports arrive."""

import asyncio
from collections.abc import AsyncIterator, Callable
import contextlib
import socket
import ssl
import time

import pytest

from custom_components.ippbx.pbx import listener as listener_module, report_sender
from custom_components.ippbx.pbx.listener import (
    MAX_CONNECTIONS,
    ListenedReport,
    ListenerCounts,
    ReportListener,
    normalised_address,
)

pytestmark = pytest.mark.usefixtures("socket_enabled")

BODY = b'{"action":"BootUp","sn":"5"}'
OK = b"HTTP/1.1 200 OK\r\n"
REPORT = b"POST /r HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
HANDSHAKE = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100


class House:
    """A listener, what it heard, and connections that are closed in the end."""

    def __init__(self) -> None:
        self.heard: list[ListenedReport] = []
        self.listener = ReportListener(self.heard.append)
        self.writers: list[asyncio.StreamWriter] = []

    async def connect(self, data: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        assert self.listener.port
        reader, writer = await asyncio.open_connection("127.0.0.1", self.listener.port)
        self.writers.append(writer)
        writer.write(data)
        return reader, writer

    async def send(self, data: bytes, *, eof: bool = False) -> bytes:
        """Send, and return the whole answer once the listener has closed."""
        reader, writer = await self.connect(data)
        if eof:
            writer.write_eof()
        try:
            async with asyncio.timeout(10):
                return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()

    def counts(self) -> dict[str, int]:
        counts = self.listener.counts
        names = ListenerCounts.__slots__
        return {name: getattr(counts, name) for name in names if getattr(counts, name)}


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    await house.listener.start("127.0.0.1", 0)
    yield house
    await house.listener.stop()
    for writer in house.writers:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a sender have a twentieth of a second."""
    monkeypatch.setattr(report_sender, "SENDER_TIMEOUT", 0.05)


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until something holds."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


def sender_timers() -> list[asyncio.TimerHandle]:
    """Return the timers of connections that would still fire."""
    timers = vars(asyncio.get_running_loop())["_scheduled"]
    return [
        timer for timer in timers if not timer.cancelled() and "Sender._time_out" in repr(timer)
    ]


async def test_a_report_arrives(house: House) -> None:
    answer = await house.send(REPORT)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(OK)
    assert b"Connection: close" in head
    assert b"Content-Length: %d" % len(body) in head
    assert house.heard == [ListenedReport(path="/r", body=BODY, source="127.0.0.1")]
    assert house.counts() == {"reports": 1}


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"", "/"),
        (b"report", "/report"),
        (b"//api/webhook/x", "/api/webhook/x"),
        (b"/report?x=y", "/report"),
        (b"127.0.0.1:8260/report", "/report"),
    ],
)
async def test_odd_targets(house: House, target: bytes, path: str) -> None:
    data = b"POST %b HTTP/1.1\nHost: 127.0.0.1: 8260\nContent-Length: %d\n\n%b"
    assert (await house.send(data % (target, len(BODY), BODY))).startswith(OK)
    assert house.heard == [ListenedReport(path=path, body=BODY, source="127.0.0.1")]


@pytest.mark.parametrize("eof", [True, False])
async def test_no_length(house: House, eof: bool) -> None:
    assert (await house.send(b"POST / HTTP/1.1\r\nHost: a\r\n\r\n" + BODY, eof=eof)).startswith(OK)
    assert [report.body for report in house.heard] == [BODY]


async def test_no_length_and_blanks_that_come_late(house: House) -> None:
    reader, writer = await house.connect(b"POST / HTTP/1.1\r\nHost: a\r\n\r\n" + BODY)
    assert (await reader.readline()) == OK
    writer.write(b"\r\n\r\n")
    await writer.drain()
    assert (await reader.read()).endswith(b'{"status":"Success"}')
    assert house.counts() == {"reports": 1}


async def test_byte_by_byte(house: House) -> None:
    reader, writer = await house.connect()
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in REPORT:
        writer.write(bytes([byte]))
        await asyncio.sleep(0)
    assert (await reader.read()).startswith(OK)
    assert [report.body for report in house.heard] == [BODY]


async def test_chunks(house: House) -> None:
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = await house.send(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY))
    assert answer.startswith(OK)
    assert [report.body for report in house.heard] == [BODY]


async def test_a_sender_that_waits_to_be_told_to_go_on(house: House) -> None:
    head, _, body = REPORT.partition(b"\r\n\r\n")
    reader, writer = await house.connect(head + b"\r\nExpect: 100-continue\r\n\r\n")
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(body)
    assert (await reader.read()).startswith(OK)
    assert [report.body for report in house.heard] == [BODY]


@pytest.mark.parametrize("method", [b"PUT", b"PATCH", b"REPORT"])
async def test_other_methods_with_a_body_are_reports(house: House, method: bytes) -> None:
    assert (await house.send(REPORT.replace(b"POST", method))).startswith(OK)
    assert [report.body for report in house.heard] == [BODY]


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
        REPORT.replace(b"POST", b"GET"),
        b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n\r\n",
    ],
)
async def test_no_report(house: House, data: bytes) -> None:
    answer = await house.send(data)
    assert answer.startswith(OK)
    assert answer.endswith(b"\r\n\r\n") == data.startswith(b"HEAD")
    assert house.heard == []
    assert house.counts() == {"ignored": 1}


@pytest.mark.parametrize(
    ("data", "count"),
    [
        pytest.param(b"GARBAGE" * 9363, "too_large", id="64 KiB of head"),
        pytest.param(b"POST / HTTP/1.1\r\n" + b"A: b\r\n" * 11_000, "too_large", id="headers"),
        pytest.param(
            b"POST / HTTP/1.1\r\nContent-Length: 70000\r\n\r\n" + b"x" * 70_000,
            "too_large",
            id="long body",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\n\r\n" + b'{"a":"' + b"x" * 70_000, "too_large", id="open body"
        ),
        pytest.param(bytes(range(32, 0, -1)) * 4 + b"\n\n", "malformed", id="binary"),
        pytest.param(b"\x00\xff\xfe\r\n\r\n\x01", "malformed", id="binary with a blank line"),
    ],
)
async def test_what_is_refused_is_answered_and_counted(
    house: House, data: bytes, count: str
) -> None:
    answer = await house.send(data, eof=True)
    assert answer.startswith(OK)
    assert house.heard == []
    assert house.counts() == {count: 1}
    assert (await house.send(REPORT)).startswith(OK)
    assert len(house.heard) == 1


async def test_a_body_that_never_ends_is_cut_off(house: House) -> None:
    _, writer = await house.connect(b'POST / HTTP/1.1\r\n\r\n{"a":"')
    sent = 0
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(10):
            while sent < 64 << 20 and not writer.is_closing():
                writer.write(b"x" * 65_536)
                sent += 65_536
                await writer.drain()
    assert sent < 64 << 20
    assert house.counts() == {"too_large": 1}
    assert house.listener.held == 0


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"POST /",
        b"POST / HTTP/1.1\r\nContent-Length: 99\r\n\r\n{",
        b'POST / HTTP/1.1\r\n\r\n{"action":"BootUp"',
        b"\x00" * 100,
    ],
)
async def test_a_sender_that_does_not_finish_is_closed(house: House, data: bytes) -> None:
    assert await house.send(data) == b""
    assert house.counts() == {"timed_out": 1}
    assert house.listener.connections == 0


@pytest.mark.usefixtures("impatient")
async def test_a_length_that_is_too_long_loses_nothing(house: House) -> None:
    head = b"POST / HTTP/1.1\r\nContent-Length: 99\r\n\r\n"
    assert (await house.send(head + BODY)).startswith(OK)
    assert (await house.send(head + BODY, eof=True)).startswith(OK)
    assert [report.body for report in house.heard] == [BODY, BODY]


@pytest.mark.usefixtures("impatient")
async def test_a_sender_that_does_not_close_is_closed(house: House) -> None:
    reader, _ = await house.connect(b"POST / HTTP/1.1\r\n\r\n" + BODY)
    assert (await reader.read()).startswith(OK)
    await until(lambda: house.listener.connections == 0)
    assert house.counts() == {"reports": 1}


async def test_what_is_given_up_halfway_is_answered(house: House) -> None:
    assert (await house.send(b"POST / HTTP/1.1\r\n\r\n{", eof=True)).startswith(OK)
    assert await house.send(b"", eof=True) == b""
    assert house.counts() == {"incomplete": 1}


async def test_tls_is_closed_quietly_and_counted(house: House) -> None:
    assert await house.send(HANDSHAKE) == b""
    assert house.listener.tls_attempts == 1
    context = ssl.create_default_context()
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection("127.0.0.1", house.listener.port, ssl=context)
    assert house.listener.tls_attempts == 2
    assert house.counts() == {"tls_attempts": 2}


async def test_a_handler_that_raises_harms_nobody(house: House) -> None:
    seen: list[bytes] = []

    def handler(report: ListenedReport) -> None:
        seen.append(report.body)
        raise RuntimeError("a bug")

    listener = ReportListener(handler)
    await listener.start("127.0.0.1", 0)
    house.listener = listener
    assert (await house.send(REPORT)).startswith(OK)
    assert (await house.send(REPORT)).startswith(OK)
    assert seen == [BODY, BODY]
    assert listener.counts.handler_errors == 2
    await listener.stop()


async def test_idle_connections_delay_nobody(house: House) -> None:
    for _ in range(200):
        await house.connect()
    await until(lambda: house.listener.connections == 200)
    took = []
    for _ in range(5):
        began = time.perf_counter()
        answer = await house.send(REPORT)
        took.append(time.perf_counter() - began)
        assert answer.startswith(OK)
    assert min(took) < 0.05
    assert len(house.heard) == 5


async def test_the_oldest_idle_connection_gives_way(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener_module, "GRACE", 0)
    first, _ = await house.connect()
    for _ in range(MAX_CONNECTIONS):
        await house.connect()
    assert await first.read() == b""
    await until(lambda: house.listener.connections == MAX_CONNECTIONS)
    assert (await house.send(REPORT)).startswith(OK)
    assert house.counts() == {"reports": 1, "evicted": 2}


async def test_who_was_heard_last_stays_longest(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener_module, "GRACE", 0)
    reader, writer = await house.connect(REPORT[:30])
    await until(lambda: house.listener.held == 30)
    for _ in range(MAX_CONNECTIONS - 1):
        await house.connect()
    writer.write(REPORT[30:40])
    await until(lambda: house.listener.held == 40)
    await house.connect()
    await until(lambda: house.listener.counts.evicted == 1)
    writer.write(REPORT[40:])
    assert (await reader.read()).startswith(OK)
    assert len(house.heard) == 1


@pytest.mark.parametrize("idle", [0, 200])
async def test_a_burst_loses_none(house: House, idle: int) -> None:
    for _ in range(idle):
        await house.connect()
    pairs = await asyncio.gather(*(house.connect() for _ in range(500)))
    for number, (_, writer) in enumerate(pairs):
        body = b'{"action":"BootUp","sn":"%d"}' % number
        writer.write(b"POST /r HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    answers = await asyncio.gather(*(reader.read() for reader, _ in pairs))
    assert all(answer.startswith(OK) for answer in answers)
    assert len({report.body for report in house.heard}) == 500
    assert house.listener.counts.reports == 500


async def test_connections_are_bounded_whatever_their_age(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener_module, "MAX_BURST", 100)
    for _ in range(150):
        await house.connect()
    await until(lambda: house.listener.counts.evicted == 50)
    assert house.listener.connections == 100


async def test_memory_is_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener_module, "MAX_HELD", 256 * 1024)
    most = 0
    for _ in range(20):
        with contextlib.suppress(ConnectionError):
            _, writer = await house.connect(b'POST / HTTP/1.1\r\n\r\n{"a":"' + b"x" * 60_000)
            await writer.drain()
        most = max(most, house.listener.held)
    await until(lambda: house.listener.counts.evicted > 10)
    assert 60_000 < most <= 256 * 1024
    assert house.listener.held <= 256 * 1024


async def test_stop_leaves_nothing(house: House) -> None:
    before = asyncio.all_tasks()
    readers = [(await house.connect(REPORT[:50]))[0] for _ in range(5)]
    readers += [(await house.connect())[0] for _ in range(5)]
    await until(lambda: house.listener.connections == 10)
    assert len(sender_timers()) == 10
    await house.listener.stop()
    assert house.listener.port is None
    assert house.listener.connections == 0
    assert house.listener.held == 0
    for reader in readers:
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
    assert asyncio.all_tasks() == before
    assert not sender_timers()
    await house.listener.stop()


async def test_a_report_leaves_no_timer(house: House) -> None:
    await house.send(REPORT)
    await until(lambda: house.listener.connections == 0)
    assert not sender_timers()


async def test_it_can_be_started_again_but_not_twice(house: House) -> None:
    port = house.listener.port
    assert port
    with pytest.raises(RuntimeError):
        await house.listener.start("127.0.0.1", 0)
    other = ReportListener(house.heard.append)
    with pytest.raises(OSError, match="in use"):
        await other.start("127.0.0.1", port)
    await house.listener.stop()
    await house.listener.start("127.0.0.1", port)
    assert house.listener.port == port
    assert (await house.send(REPORT)).startswith(OK)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.0.0.5", "10.0.0.5"),
        ("::ffff:10.0.0.5", "10.0.0.5"),
        ("fe80::1%eth0", "fe80::1"),
        ("FD00:0:0::5", "fd00::5"),
        ("nonsense", "nonsense"),
        ("", ""),
    ],
)
def test_one_spelling_of_an_address(address: str, expected: str) -> None:
    assert normalised_address(address) == expected
