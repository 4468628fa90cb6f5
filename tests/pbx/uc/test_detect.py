"""Finding the dialect: in the right order, without a login, and with the right name for failure."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
import ssl

import aiohttp
import pytest

from custom_components.ippbx.pbx.errors import (
    PbxApiDisabledError,
    PbxBusyError,
    PbxConnectionError,
    PbxDisconnectedError,
    PbxError,
    PbxHandshakeError,
    PbxLockedOutError,
    PbxProtocolError,
    PbxTimeoutError,
    PbxUnsupportedError,
    PbxWrongSchemeError,
)
from custom_components.ippbx.pbx.model.lines import SystemInfo
from custom_components.ippbx.pbx.net.tls import insecure_context
from custom_components.ippbx.pbx.trace.trace import Exchange
from custom_components.ippbx.pbx.uc.backend import UcBackend
from custom_components.ippbx.pbx.uc.detect import detect
from custom_components.ippbx.pbx.uc.dialects import (
    OPENVOX,
    YEASTAR_V1,
    YEASTAR_V2,
    Dialect,
    probe_order,
)
from tests.pbx.conftest import ADDRESS, Clock, MakeClient, connection
from tests.pbx.raw_pbx import OK, Answer, RawPbx, failed, http

HTML = http(b"<html>Welcome</html>")
GONE = http(b"", "404 Not Found")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.ippbx.pbx.uc.detect.SCHEME_TIMEOUT", 0.1)


def test_order() -> None:
    assert probe_order(9011) == (OPENVOX, YEASTAR_V2, YEASTAR_V1)
    assert probe_order(8088) == probe_order(443) == (YEASTAR_V2, YEASTAR_V1, OPENVOX)


@pytest.mark.parametrize(
    ("answers", "dialect"),
    [
        ([failed(20005)], YEASTAR_V2),
        ([failed(20004)], YEASTAR_V2),
        ([OK], YEASTAR_V2),
        ([failed(10003), failed(20005)], YEASTAR_V1),
        ([GONE, failed(20004)], YEASTAR_V1),
        ([HTML, failed(20005)], YEASTAR_V1),
        ([failed(10003), GONE, failed(20005)], OPENVOX),
        ([failed(10002), failed(10004), failed(20005)], OPENVOX),
        ([failed(20003)], YEASTAR_V2),  # about the token, as no login was sent
        # Other numbers of the API, where no version says anything about the token.
        ([failed(10004)] * 3, YEASTAR_V2),
        ([failed(10003), failed(20007), failed(10003)], YEASTAR_V1),
        ([HTML, GONE, failed(20009)], OPENVOX),
    ],
)
async def test_the_first_version_that_answers(
    session: aiohttp.ClientSession, pbx: RawPbx, answers: list[Answer], dialect: Dialect
) -> None:
    pbx.script.extend(answers)
    told: list[Exchange] = []
    found = await detect(session, connection(pbx.port), on_exchange=told.append)
    assert found is dialect
    assert [request.line for request in pbx.requests] == [
        f"POST /api/{version}/deviceinfo/query?token= HTTP/1.1"
        for version in ("v2.0.0", "v1.1.0", "v0.0.1")[: len(answers)]
    ]
    assert len(told) == len(answers)


@pytest.mark.parametrize(
    ("answers", "kind", "asked"),
    [
        ([HTML] * 3, PbxProtocolError, 3),
        ([failed(10003)] * 3, PbxUnsupportedError, 3),
        ([failed(10003), GONE, GONE], PbxUnsupportedError, 3),
        ([failed(99999), {"status": "Failed"}, failed(10001)], PbxProtocolError, 3),
        ([GONE, HTML, GONE], PbxProtocolError, 3),
        ([http(b"")] * 3, PbxProtocolError, 3),
        ([GONE] * 3, PbxProtocolError, 3),
        ([failed(30003)], PbxApiDisabledError, 1),
        ([failed(20010)], PbxBusyError, 1),
        ([failed(20002)], PbxLockedOutError, 1),
        ([failed(30001)], PbxBusyError, 1),
        ([http(b"", "302 Found", Location="https://x/")], PbxWrongSchemeError, 1),
        ([b"\x15\x03\x01\x00\x02\x02\x46\r\n"], PbxWrongSchemeError, 1),
        ([b""], PbxDisconnectedError, 1),
    ],
)
async def test_failures(
    session: aiohttp.ClientSession,
    pbx: RawPbx,
    answers: list[Answer],
    kind: type[PbxError],
    asked: int,
) -> None:
    pbx.script.extend(answers)
    with pytest.raises(PbxError) as caught:
        await detect(session, connection(pbx.port))
    assert type(caught.value) is kind
    assert len(pbx.requests) == asked


async def test_nobody_listens(session: aiohttp.ClientSession, pbx: RawPbx) -> None:
    await pbx.stop()
    with pytest.raises(PbxConnectionError) as caught:
        await detect(session, connection(pbx.port))
    assert type(caught.value) is PbxConnectionError


async def test_it_hangs(session: aiohttp.ClientSession, pbx: RawPbx) -> None:
    pbx.open.clear()
    with pytest.raises(PbxTimeoutError):
        await detect(session, connection(pbx.port), request_timeout=0.05)


@pytest.fixture
async def tls_pbx(socket_enabled: None, certificate: Callable[[str], Path]) -> object:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate("pbx"))
    pbx = RawPbx()
    await pbx.start(context)
    yield pbx
    await pbx.stop()


async def test_over_tls(session: aiohttp.ClientSession, tls_pbx: RawPbx) -> None:
    found = await detect(session, connection(tls_pbx.port, tls=True, ssl=insecure_context()))
    assert found is YEASTAR_V2


async def test_plain_towards_tls(session: aiohttp.ClientSession, tls_pbx: RawPbx) -> None:
    with pytest.raises(PbxWrongSchemeError):
        await detect(session, connection(tls_pbx.port))


async def test_tls_towards_plain(session: aiohttp.ClientSession, pbx: RawPbx) -> None:
    """A server that waits for the end of a line keeps still: only the other scheme tells."""
    pbx.script.append(http(b"", "400 Bad Request"))
    with pytest.raises(PbxWrongSchemeError):
        await detect(
            session, connection(pbx.port, tls=True, ssl=insecure_context()), request_timeout=0.2
        )


@pytest.mark.parametrize("first", [b"HTTP/1.0 400 Bad Request\r\n\r\n", b""])
async def test_tls_towards_a_plain_port_that_answers(
    session: aiohttp.ClientSession, socket_enabled: None, first: bytes
) -> None:
    """Some web servers answer to a TLS greeting in plain text, some hang up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greeting = await reader.read(4096)
        writer.write(first if greeting[:1] == b"\x16" else b"HTTP/1.0 200 OK\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(PbxWrongSchemeError):
            await detect(session, connection(port, tls=True, ssl=insecure_context()))


async def test_tls_that_cannot_be_agreed_upon(
    session: aiohttp.ClientSession, socket_enabled: None
) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(PbxHandshakeError):
            await detect(session, connection(port, tls=True, ssl=insecure_context()))


LISTS = {
    YEASTAR_V2: {"status": "Success", "extlist": [{"number": "1007"}]},
    YEASTAR_V1: {"status": "Success", "extlist": [{"extnumber": "1007"}]},
    OPENVOX: {"status": "Success", "extlist": [{"extnumber": "1007", "type": "pjsip"}]},
}


@pytest.mark.parametrize("spoken", [YEASTAR_V1, OPENVOX], ids=lambda dialect: dialect.key)
async def test_unknown_lists_step_down_without_a_login(
    pbx: RawPbx, make_client: MakeClient, spoken: Dialect
) -> None:
    """The PBX takes any version at login, yet knows only its own lists."""
    for dialect in LISTS:
        path = dialect.extension_list.path
        pbx.routes[path] = lambda request: (
            LISTS[spoken] if request.version == spoken.version else failed(10003)
        )
    client = make_client(dialect=YEASTAR_V2)
    await client.open(ADDRESS)
    (extension,) = await client.extensions()
    assert extension.number == "1007"
    assert client.variant is spoken
    assert len(pbx.asked("login")) == 1
    await client.extensions()
    assert pbx.requests[-1].version == spoken.version


async def test_an_unknown_login_steps_down(pbx: RawPbx, make_client: MakeClient) -> None:
    """The PBX looks at the token before it looks at the version."""
    granted = {**OK, "token": "0123456789abcdef0123456789abcdef"}
    pbx.routes["login"] = lambda request: (
        granted if request.version == YEASTAR_V1.version else failed(10003)
    )
    client = make_client(dialect=YEASTAR_V2)
    await client.open(ADDRESS, by_user=True)
    assert client.variant is YEASTAR_V1
    assert [request.json["version"] for request in pbx.asked("login")] == ["2.0.0", "1.0.2"]


async def test_a_dialect_that_cannot_log_in_stays(pbx: RawPbx, make_client: MakeClient) -> None:
    pbx.routes["login"] = failed(10003)
    client = make_client(dialect=YEASTAR_V2)
    with pytest.raises(PbxUnsupportedError):
        await client.open(ADDRESS)
    assert client.variant is YEASTAR_V2
    assert len(pbx.asked("login")) == 1


async def test_an_unknown_heartbeat_steps_down(pbx: RawPbx, make_client: MakeClient) -> None:
    pbx.routes["heartbeat"] = lambda request: (
        OK if request.version == YEASTAR_V1.version else failed(10003)
    )
    client = make_client(dialect=YEASTAR_V2)
    await client.open(ADDRESS)
    await client.keep_alive(ADDRESS)
    assert pbx.requests[-1].json["urlflag"] == "1"
    assert client.variant is YEASTAR_V1


async def test_no_dialect_knows_the_list(pbx: RawPbx, make_client: MakeClient) -> None:
    pbx.routes |= {"extension/list": failed(10003), "extensionlist/query": failed(10003)}
    client = make_client(dialect=YEASTAR_V2)
    await client.open(ADDRESS)
    with pytest.raises(PbxUnsupportedError):
        await client.extensions()
    assert client.variant is YEASTAR_V2
    assert len(pbx.requests) == 4


async def test_a_dialect_that_has_proven_itself_stays(pbx: RawPbx, make_client: MakeClient) -> None:
    pbx.routes |= {"extension/list": LISTS[YEASTAR_V2], "call/query": failed(10003)}
    client = make_client(dialect=YEASTAR_V2)
    await client.open(ADDRESS)
    await client.extensions()
    assert (await client.live_calls(())).unlisted is not None
    assert client.variant is YEASTAR_V2


def test_stepping_down_ends_with_the_lowest(client: UcBackend, make_client: MakeClient) -> None:
    assert not client.step_down()
    client = make_client(dialect=YEASTAR_V2)
    assert client.step_down()
    assert client.variant is YEASTAR_V1
    assert client.step_down()
    assert client.variant is OPENVOX


@pytest.mark.parametrize(
    ("found", "name", "firmware", "dialect"),
    [
        (OPENVOX, "Yeastar S100", "30.15.0.17", YEASTAR_V2),
        (OPENVOX, "Yeastar S100", "30.12.0.9", YEASTAR_V1),
        (OPENVOX, "Yeastar K2", "", YEASTAR_V1),
        (YEASTAR_V2, "Yeastar K2", "42.1.0.9", YEASTAR_V2),
        (YEASTAR_V2, "Yeastar S50", "30.13.0.30", YEASTAR_V2),
        (YEASTAR_V2, "Yeastar S50", "30.13.0.29", YEASTAR_V1),
        (YEASTAR_V1, "Yeastar S50", "30.15.0.1", YEASTAR_V1),
        (YEASTAR_V2, "Office", "81.12.0.3", YEASTAR_V1),
        (YEASTAR_V2, "Office", "81.13.0.30", YEASTAR_V2),
        (YEASTAR_V2, "OpenVox UC501", "1.2.3", OPENVOX),
        (YEASTAR_V2, "UC300-A1", "", OPENVOX),
        (OPENVOX, "Office", "1.2.3", OPENVOX),
        (YEASTAR_V2, "Office", "1.2.3", YEASTAR_V2),
        (YEASTAR_V2, "", "9" * 60_000, YEASTAR_V2),
        (YEASTAR_V2, "Yeastar", "9" * 60_000, YEASTAR_V2),
        (YEASTAR_V2, "Yeastar", "", YEASTAR_V2),
    ],
)
def test_what_the_pbx_says_it_is_fixes_the_dialect(
    make_client: MakeClient, found: Dialect, name: str, firmware: str, dialect: Dialect
) -> None:
    client = make_client(dialect=found)
    info = SystemInfo(serial="s1", name=name, firmware=firmware)
    assert client.refine(info) is (found is not dialect)
    assert client.variant is dialect


def serve(pbx: RawPbx, version: str, answer: Answer) -> None:
    """Serve one version of the API, and answer so where another one is asked for."""
    pbx.tokens.clear()
    served = RawPbx._answer
    pbx._answer = lambda asked: served(pbx, asked) if asked.version == version else answer


@pytest.mark.parametrize("answer", [failed(10003), GONE])
@pytest.mark.parametrize(("before", "after"), [(YEASTAR_V1, YEASTAR_V2), (YEASTAR_V2, YEASTAR_V1)])
async def test_the_version_that_new_firmware_serves_is_found(
    pbx: RawPbx,
    make_client: MakeClient,
    clock: Clock,
    before: Dialect,
    after: Dialect,
    answer: Answer,
) -> None:
    """It is looked for now and then, and costs one login at last."""
    client = make_client(before)
    pbx.routes["extensionlist/query"] = pbx.routes["extension/list"] = {**OK, "extlist": []}
    await client.open(ADDRESS)
    await client.extensions()
    serve(pbx, after.version, answer)

    async def probe() -> None:
        with suppress(PbxApiDisabledError):
            await client.probe()

    for _ in range(4):
        await probe()
        clock.time += 5
    assert client.variant is before
    assert {each.version for each in pbx.requests} == {before.version}
    await probe()
    assert client.variant is after
    await client.keep_alive(ADDRESS)
    await client.extensions()
    assert [each.version for each in pbx.asked("login")] == [before.version, after.version]


async def test_a_pbx_that_serves_no_version_is_asked_for_others_now_and_then(
    pbx: RawPbx, make_client: MakeClient, clock: Clock
) -> None:
    client = make_client(YEASTAR_V1)
    serve(pbx, "", failed(10003))
    for _ in range(60):
        await client.probe()
        clock.time += 5
    assert client.variant is YEASTAR_V1
    assert sum(each.version == YEASTAR_V2.version for each in pbx.requests) == 14
    assert not any(each.version == OPENVOX.version for each in pbx.requests)
    assert not pbx.asked("login")


async def test_an_openvox_has_no_other_version(
    pbx: RawPbx, make_client: MakeClient, clock: Clock
) -> None:
    client = make_client(OPENVOX)
    serve(pbx, YEASTAR_V1.version, failed(10003))
    for _ in range(30):
        await client.probe()
        clock.time += 5
    assert {each.version for each in pbx.requests} == {OPENVOX.version}
