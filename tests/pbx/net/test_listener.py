"""The listener on real sockets: whoever sends whatever, good reports arrive."""

import asyncio
from collections.abc import AsyncIterator
import socket
import ssl

import pytest

from custom_components.ippbx.pbx.net.listener import ListenedReport, ReportListener

from .listener_house import BODY, OK, REPORT, House

pytestmark = pytest.mark.usefixtures("socket_enabled")

HANDSHAKE = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    await house.listener.start("127.0.0.1", 0)
    yield house
    await house.close()


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


async def test_a_sender_that_waits_for_continue(house: House) -> None:
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


async def test_what_is_given_up_halfway_is_answered(house: House) -> None:
    assert (await house.send(b"POST / HTTP/1.1\r\n\r\n{", eof=True)).startswith(OK)
    assert await house.send(b"", eof=True) == b""
    assert house.counts() == {"incomplete": 1}


async def test_tls_is_closed_quietly_and_counted(house: House) -> None:
    assert await house.send(HANDSHAKE) == b""
    assert house.listener.counts.tls_attempts == 1
    context = ssl.create_default_context()
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection("127.0.0.1", house.listener.port, ssl=context)
    assert house.listener.counts.tls_attempts == 2
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
