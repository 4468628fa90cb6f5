"""Bad hosts and bad answers: each one clear error, and nothing else."""

import asyncio
import gzip
import json
import re
import threading
import traceback
import tracemalloc

import aiohttp
import pytest

from custom_components.ippbx.pbx.errors import (
    PbxApiDisabledError,
    PbxConnectionError,
    PbxCutAnswerError,
    PbxDisconnectedError,
    PbxError,
    PbxProtocolError,
    PbxRequestError,
    PbxTimeoutError,
    PbxWrongSchemeError,
)
from custom_components.ippbx.pbx.trace.trace import Exchange
from custom_components.ippbx.pbx.uc import transport
from custom_components.ippbx.pbx.uc.backend import UcBackend
from custom_components.ippbx.pbx.uc.decode import decode_answer
from custom_components.ippbx.pbx.uc.dialects import OPENVOX
from tests.pbx.conftest import ADDRESS, PASSWORD, MakeClient, connection
from tests.pbx.raw_pbx import OK, RawPbx, failed, http

GOOD = b'{"status":"Success","extlist":[{"extnumber":"1007","status":"Idle"}]}'


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", PbxDisconnectedError),
        (b"\x00\x01\x02 nothing of the kind\r\n\r\n", PbxProtocolError),
        (b"\x15\x03\x01\x00\x02\x02\x46", PbxWrongSchemeError),
        (b"\x15\x03\x03\x00\x02\x02\x46\r\n\r\n", PbxWrongSchemeError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + GOOD, PbxCutAnswerError),
        (b"HTTP/1.1 200 OK\r\nContent-Le", PbxDisconnectedError),
        (http(b""), PbxProtocolError),
        (http(b" \r\n "), PbxProtocolError),
        (http(GOOD[:-20]), PbxCutAnswerError),
        (http(b"<html><body>Login</body></html>"), PbxProtocolError),
        (http(b"<html>gone</html>", "404 Not Found"), PbxApiDisabledError),
        (http(b"", "404 Not Found"), PbxApiDisabledError),
        (http(b"", "500 Internal Server Error"), PbxProtocolError),
        (http(b"", "401 Unauthorized"), PbxProtocolError),
        (http(b"", "301 Moved", Location="https://127.0.0.1:1/"), PbxWrongSchemeError),
        (http(GOOD, "302 Found", Location="/login.html"), PbxWrongSchemeError),
        (http(b"[]"), PbxProtocolError),
        (http(b'"Success"'), PbxProtocolError),
        (http(b"null"), PbxProtocolError),
        (http(b"{}"), PbxProtocolError),
        (http(b'{"status":null}'), PbxProtocolError),
        (http(b'{"status":["Success"]}'), PbxProtocolError),
        (http(b'{"status":NaN}'), PbxProtocolError),
        (http(b"[" * 100_000), PbxProtocolError),
        (http(b'{"status":' + b'{"a":' * 100_000), PbxProtocolError),
        (http(b'{"status":"Success"}'), PbxProtocolError),
        (http(b'{"status":"Success","extlist":"none"}'), PbxProtocolError),
        (http(b'{"status":"Success","extlist":[1,2]}'), PbxProtocolError),
        (http(b'{"status":"Success","extlist":[{"a":"b"}]}'), PbxProtocolError),
        (http(b'{"status":"Failed"}'), PbxRequestError),
        (http(b'{"status":"Failure","errno":"x"}'), PbxRequestError),
        (http(b'{"status":"failure","errno":' + b"9" * 60_000 + b"}"), PbxRequestError),
        (http(b'{"status":"Failed","errno":"\xd9\xa3"}'), PbxRequestError),
        (http(b'{"status":"Success ' + b"x" * 5_000_000), PbxProtocolError),
    ],
)
async def test_bad_answers(
    pbx: RawPbx, client: UcBackend, answer: bytes, kind: type[PbxError]
) -> None:
    await client.open(ADDRESS)
    pbx.script.append(answer)
    with pytest.raises(PbxError) as caught:
        await client.extensions()
    assert type(caught.value) is kind
    assert len(pbx.requests) == 2
    shown = "".join(traceback.format_exception(caught.value))
    assert pbx.tokens[0] not in shown
    assert PASSWORD not in shown


@pytest.mark.parametrize(
    "answer",
    [
        http(GOOD),
        http(GOOD, **{"Content-Type": "text/html"}),
        http(GOOD, "500 Internal Server Error"),
        http(GOOD, "404 Not Found"),
        http(b"\xef\xbb\xbf\r\n" + GOOD + b"\r\n"),
        http(GOOD.replace(b"Success", b"success")),
        http(GOOD.replace(b'"1007"', b"1007")),
        b"HTTP/1.0 200 OK\r\nServer: Boa/0.94.14rc21\r\nConnection: close\r\n\r\n" + GOOD,
    ],
)
async def test_odd_but_good_answers(pbx: RawPbx, client: UcBackend, answer: bytes) -> None:
    await client.open(ADDRESS)
    pbx.script.append(answer)
    (extension,) = await client.extensions()
    assert extension.number == "1007"


BOMB = gzip.compress(bytes(16 * 1024 * 1024))


@pytest.mark.parametrize(
    ("coding", "status", "kind"),
    [
        ("gzip", "200 OK", PbxProtocolError),
        (" GZip ", "200 OK", PbxProtocolError),
        ("x-gzip", "200 OK", PbxProtocolError),
        ("deflate", "200 OK", PbxProtocolError),
        ("br", "200 OK", PbxProtocolError),
        ("identity, zstd", "200 OK", PbxProtocolError),
        ("gzip", "500 Internal Server Error", PbxProtocolError),
        ("gzip", "404 Not Found", PbxApiDisabledError),
        ("gzip", "301 Moved", PbxWrongSchemeError),
    ],
)
async def test_a_compressed_answer_is_refused_unread(
    pbx: RawPbx, client: UcBackend, coding: str, status: str, kind: type[PbxError]
) -> None:
    await client.open(ADDRESS)
    pbx.script.append(http(BOMB, status, **{"Content-Encoding": coding}))
    tracemalloc.start()
    try:
        with pytest.raises(PbxError) as caught:
            await client.extensions()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert type(caught.value) is kind
    assert kind is not PbxProtocolError or "compressed" in str(caught.value)
    assert most < 1024 * 1024
    assert pbx.requests[-1].headers["accept-encoding"] == "identity"


async def test_a_compressed_answer_without_end_is_not_waited_for(
    socket_enabled: None, make_client: MakeClient
) -> None:
    closed = asyncio.Event()

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(http(BOMB, **{"Content-Encoding": "gzip"}))
        await reader.read()
        closed.set()
        writer.close()

    async with await asyncio.start_server(flood, "127.0.0.1", 0) as server:
        client = make_client(port=server.sockets[0].getsockname()[1], request_timeout=5)
        with pytest.raises(PbxProtocolError, match="compressed"):
            await client.probe()
        async with asyncio.timeout(2):
            await closed.wait()


@pytest.mark.parametrize("coding", ["", "identity", "Identity"])
async def test_an_answer_may_say_that_it_is_not_compressed(
    pbx: RawPbx, client: UcBackend, coding: str
) -> None:
    await client.open(ADDRESS)
    pbx.script.append(http(GOOD, **{"Content-Encoding": coding}))
    (extension,) = await client.extensions()
    assert extension.number == "1007"


@pytest.mark.parametrize("errno", [10003, "10003", " 10003 "])
async def test_error_numbers_are_numbers_or_text(
    pbx: RawPbx, client: UcBackend, errno: object
) -> None:
    await client.open(ADDRESS)
    pbx.script.append({"status": "Failed", "errno": errno})
    with pytest.raises(PbxRequestError) as caught:
        await client.extensions()
    assert caught.value.errno == 10003


async def test_an_answer_that_never_comes(pbx: RawPbx, make_client: MakeClient) -> None:
    client = make_client(request_timeout=0.05)
    pbx.open.clear()
    with pytest.raises(PbxTimeoutError):
        await client.probe()


async def test_an_answer_that_never_ends(socket_enabled: None, make_client: MakeClient) -> None:
    done = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(http(b'{"status"'))
        await done.wait()
        writer.close()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        client = make_client(port=server.sockets[0].getsockname()[1], request_timeout=0.05)
        with pytest.raises(PbxTimeoutError):
            await client.probe()
        done.set()


async def test_a_connection_that_is_reset(make_client: MakeClient) -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    async with await asyncio.start_server(reset, "127.0.0.1", 0) as server:
        client = make_client(port=server.sockets[0].getsockname()[1])
        with pytest.raises(PbxDisconnectedError):
            await client.probe()


@pytest.mark.parametrize(
    "host",
    ["", " ", "pbx one", "http://pbx", "pbx:80", "user@pbx", "a\nb", "a..b", "x" * 300, "\ud800"],
)
async def test_hosts_that_are_none(make_client: MakeClient, host: str) -> None:
    with pytest.raises(PbxConnectionError):
        await make_client(host=host).probe()


@pytest.mark.parametrize("port", [0, -1, 70_000])
async def test_ports_that_are_none(make_client: MakeClient, port: int) -> None:
    with pytest.raises(PbxConnectionError):
        await make_client(port=port).probe()


@pytest.mark.parametrize("host", [" 127.0.0.1 ", "[127.0.0.1]"])
async def test_hosts_are_trimmed(pbx: RawPbx, make_client: MakeClient, host: str) -> None:
    await make_client(host=host).probe()
    assert len(pbx.requests) == 1


async def test_nobody_listens(pbx: RawPbx, client: UcBackend) -> None:
    await pbx.stop()
    with pytest.raises(PbxConnectionError) as caught:
        await client.probe()
    assert type(caught.value) is PbxConnectionError


async def test_a_closed_session(session: aiohttp.ClientSession, client: UcBackend) -> None:
    await client.open(ADDRESS)
    await session.close()
    with pytest.raises(PbxConnectionError):
        await client.extensions()
    await client.close()
    assert client.session.age is None


class Exchanges(list[Exchange]):
    """What a client told of its exchanges."""

    @property
    def text(self) -> str:
        return repr([(each, each.request, each.response) for each in self])


@pytest.fixture
def exchanges() -> Exchanges:
    return Exchanges()


@pytest.fixture
def watched(make_client: MakeClient, exchanges: Exchanges) -> UcBackend:
    return make_client(on_exchange=exchanges.append)


async def test_each_exchange_is_traced(
    pbx: RawPbx, watched: UcBackend, exchanges: Exchanges
) -> None:
    await watched.open(ADDRESS)
    await watched.keep_alive(ADDRESS)
    pbx.script.append(failed(30001))
    with pytest.raises(PbxRequestError):
        await watched.trunks()
    pbx.script.append(b"")
    with pytest.raises(PbxDisconnectedError):
        await watched.probe()
    told = [(each.direction, each.path, each.errno) for each in exchanges]
    assert told == [
        ("request", "/api/v0.0.1/login", 0),
        ("request", "/api/v0.0.1/heartbeat", 0),
        ("request", "/api/v0.0.1/trunklist/query", 30001),
        ("request", "/api/v0.0.1/deviceinfo/query", None),
    ]
    assert [each.duration for each in exchanges] == [0, 0, 0, 0]
    assert exchanges[1].request == {
        "ipaddr": "192.0.2.7",
        "port": "8123",
        "url": "192.0.2.7:8123/...",
        "urltag": "1",
    }
    assert exchanges[1].response == OK
    assert exchanges[3].request is None
    assert exchanges[3].response is None


async def test_no_exchange_holds_a_secret(
    pbx: RawPbx, watched: UcBackend, exchanges: Exchanges
) -> None:
    secrets = {
        "registerpassword": "s3cret-1",
        "LoginPassword": "s3cret-2",
        "vmsecret": "s3cret-3",
        "pincode": "s3cret-4",
        "nested": [{"password": ["s3cret-5"]}],
    }
    answer = {"status": "Success", "extlist": [{"extnumber": "1007", **secrets}]}
    await watched.open(ADDRESS)
    pbx.script.append(answer)
    (extension,) = await watched.extensions()
    pbx.script.append(json.dumps(answer)[:-1].encode())
    with pytest.raises(PbxProtocolError):
        await watched.extensions()
    pbx.script.append(http(json.dumps(answer)[:-1].encode()))
    with pytest.raises(PbxProtocolError):
        await watched.extensions()
    assert "s3cret" not in repr(extension)
    assert "s3cret" not in exchanges.text
    assert "1007" in str(exchanges[-1].response)
    for secret in (PASSWORD, pbx.requests[0].json["password"], pbx.tokens[0], "4711", "hass"):
        assert secret not in exchanges.text


async def test_a_long_answer_is_traced_as_text(
    pbx: RawPbx, watched: UcBackend, exchanges: Exchanges
) -> None:
    await watched.open(ADDRESS)
    many = [{"extnumber": f"{number}"} for number in range(10_000, 14_000)]
    pbx.script.append({"status": "Success", "extlist": many, "token": "t0ken"})
    assert len(await watched.extensions()) == 4000
    response = exchanges[-1].response
    assert isinstance(response, str)
    assert response.startswith('{"status": "Success", "extlist": [{"extnumber": "10000"}')
    assert "t0ken" not in response


@pytest.mark.parametrize(
    "spoilt",
    [
        '{"registerpassword": "s3cret", }',
        "{registerpassword: 's3cret'}",
        "registerpassword=s3cret&x=1",
        '{"vmsecret":"s3cret',
        '{"loginpassword" : s3cret}',
        '{"token":"s3cret"',
    ],
)
async def test_secrets_in_spoilt_answers(
    pbx: RawPbx, watched: UcBackend, exchanges: Exchanges, spoilt: str
) -> None:
    await watched.open(ADDRESS)
    pbx.script.append(http(spoilt.encode()))
    with pytest.raises(PbxProtocolError):
        await watched.extensions()
    assert re.search(r"passw|secret|token", str(exchanges[-1].response))
    assert "s3cret" not in str(exchanges[-1].response)


async def test_a_cancelled_exchange_is_traced(
    pbx: RawPbx, make_client: MakeClient, exchanges: Exchanges
) -> None:
    client = make_client(on_exchange=exchanges.append)
    pbx.open.clear()
    task = asyncio.create_task(client.probe())
    await pbx.arrivals.get()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [each.errno for each in exchanges] == [None]


LIST = b'{"status":"Success","extlist":[%s{"extnumber":"1007"}]}'
ROWS = b'{"extnumber":"1007"},'
MIB = 1024 * 1024


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """Return the threads in which answers are decoded."""
    seen: list[threading.Thread] = []

    def watched(body: bytes) -> dict[str, object]:
        seen.append(threading.current_thread())
        return decode_answer(body)

    monkeypatch.setattr(transport, "decode_answer", watched)
    return seen


@pytest.mark.parametrize(
    ("filling", "in_loop"),
    [
        (ROWS * 500, True),
        (ROWS * 13_000, False),
        (b"{}," * 5_000, False),
        (b'"%s",' % (b"x" * 200 * 1024), True),
        (b'"%s",' % (b"x" * 300 * 1024), False),
    ],
    ids=["usual", "long", "many values", "long text", "longer text"],
)
async def test_long_answers_are_decoded_off_the_loop(
    pbx: RawPbx,
    client: UcBackend,
    threads: list[threading.Thread],
    filling: bytes,
    in_loop: bool,
) -> None:
    await client.open(ADDRESS)
    pbx.script.append(http(LIST % filling))
    (extension,) = await client.extensions()
    assert extension.number == "1007"
    assert (threads[-1] is threading.main_thread()) is in_loop


@pytest.mark.parametrize(
    "filling",
    [b"{},", b"[],", b"1,", b'{"a":1},', b'"",'],
    ids=["objects", "arrays", "numbers", "objects with a key", "texts"],
)
async def test_huge_answers_are_refused_unread(
    pbx: RawPbx,
    client: UcBackend,
    monkeypatch: pytest.MonkeyPatch,
    threads: list[threading.Thread],
    filling: bytes,
) -> None:
    await client.open(ADDRESS)
    threads.clear()
    pieces: list[int] = []

    class Parts(transport.Parts):
        def count(self, piece: bytes) -> None:
            pieces.append(len(piece))
            super().count(piece)

    monkeypatch.setattr(transport, "Parts", Parts)
    pbx.script.append(http(LIST % (filling * ((4 * MIB - 100) // len(filling)))))
    with pytest.raises(PbxProtocolError, match="too many parts"):
        await client.extensions()
    assert sum(pieces) < 2 * MIB, "the rest is not even read"
    assert threads == [], "a thread would keep memory of its own"


async def test_a_deep_answer_is_refused_and_traced(
    pbx: RawPbx, watched: UcBackend, exchanges: Exchanges
) -> None:
    await watched.open(ADDRESS)
    deep = b'{"status":"Success","extlist":' + b"[" * 30_000 + b"]" * 30_000 + b"}"
    pbx.script.append(http(deep))
    with pytest.raises(PbxProtocolError, match="too deeply"):
        await watched.extensions()
    assert exchanges[-1].errno is None
    assert str(exchanges[-1].response).startswith('{"status":"Success","extlist":[[[')


@pytest.fixture
def bare(session: aiohttp.ClientSession, pbx: RawPbx) -> transport.Transport:
    return transport.Transport(session, connection(pbx.port))


@pytest.mark.parametrize("begins", [b"\n" * 5 * MIB, b"id,time\n"], ids=["blanks", "text"])
async def test_a_file_is_longer_than_an_answer(
    pbx: RawPbx, bare: transport.Transport, threads: list[threading.Thread], begins: bytes
) -> None:
    content = begins + b"x" * (16 * MIB - len(begins))
    pbx.script.append(http(content))
    assert await bare.download(OPENVOX, "cdr/download", {}) == content
    pbx.script.append(http(content + b"x"))
    with pytest.raises(PbxProtocolError, match="too long"):
        await bare.download(OPENVOX, "cdr/download", {})
    assert not threads


async def test_a_compressed_file_is_refused(pbx: RawPbx, bare: transport.Transport) -> None:
    pbx.script.append(http(BOMB, **{"Content-Encoding": "gzip"}))
    with pytest.raises(PbxProtocolError, match="compressed"):
        await bare.download(OPENVOX, "cdr/download", {})


async def test_a_long_answer_instead_of_a_file_is_decoded_off_the_loop(
    pbx: RawPbx, bare: transport.Transport, threads: list[threading.Thread]
) -> None:
    pbx.script.append(http(LIST % (ROWS * 13_000)))
    with pytest.raises(PbxProtocolError, match="no file"):
        await bare.download(OPENVOX, "cdr/download", {})
    pbx.script.append(http(LIST % (ROWS * 500_000)))
    with pytest.raises(PbxProtocolError):
        await bare.download(OPENVOX, "cdr/download", {})
    assert len(threads) == 2
    assert threading.main_thread() not in threads
