"""Time, memory and connections of the listener are bounded, and no good report pays for it."""

import asyncio
from collections.abc import AsyncIterator
import contextlib

import pytest

from custom_components.ippbx.pbx.net import listener as listener_module
from custom_components.ippbx.pbx.net.listener import MAX_CONNECTIONS

from .listener_house import BODY, OK, REPORT, House, sender_timers, until

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    await house.listener.start("127.0.0.1", 0)
    yield house
    await house.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a sender have a twentieth of a second."""
    monkeypatch.setattr(listener_module, "SENDER_TIMEOUT", 0.05)


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


async def test_idle_connections_delay_nobody(house: House) -> None:
    for _ in range(200):
        await house.connect()
    await until(lambda: house.listener.connections == 200)
    answer = await house.send(REPORT)
    assert answer.startswith(OK)
    await until(lambda: house.listener.connections == 200)  # they are still there
    assert len(house.heard) == 1


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
