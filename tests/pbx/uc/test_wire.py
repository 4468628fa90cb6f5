"""What goes over the wire, compared on the raw socket."""

import asyncio
import hashlib

import pytest

from custom_components.ippbx.pbx.model.lines import ReportAddress
from custom_components.ippbx.pbx.uc.backend import UcBackend
from custom_components.ippbx.pbx.uc.dialects import (
    DIALECTS,
    OPENVOX,
    YEASTAR_V1,
    YEASTAR_V2,
    Dialect,
)
from tests.pbx.conftest import ADDRESS, PASSWORD, MakeClient
from tests.pbx.raw_pbx import RawPbx

MD5 = hashlib.md5(PASSWORD.encode()).hexdigest()
TOKEN = f"{1:032x}"


async def test_openvox_heartbeat_is_what_the_documents_give(
    pbx: RawPbx, make_client: MakeClient
) -> None:
    client = make_client()
    await client.open(ADDRESS)
    await client.keep_alive(ADDRESS)
    beat = pbx.requests[-1]
    assert beat.head.startswith(f"POST /api/v0.0.1/heartbeat?token={TOKEN} HTTP/1.1\r\n".encode())
    assert beat.headers["content-type"] == "application/json; charset=utf-8"
    assert beat.headers["content-length"] == str(len(beat.body))
    assert beat.headers["connection"] == "close"
    assert "transfer-encoding" not in beat.headers
    assert beat.body == (
        b'{"ipaddr":"192.0.2.7","port":"8123","url":"192.0.2.7:8123/api/webhook/4711","urltag":"1"}'
    )


@pytest.mark.parametrize(
    ("dialect", "more"),
    [
        (OPENVOX, {}),
        (YEASTAR_V1, {"urlflag": "1"}),
        (YEASTAR_V2, {"version": "2.0.0"}),
    ],
    ids=lambda value: getattr(value, "key", ""),
)
async def test_heartbeat_in_each_dialect(
    pbx: RawPbx, make_client: MakeClient, dialect: Dialect, more: dict[str, str]
) -> None:
    client = make_client(dialect=dialect)
    await client.open(ADDRESS)
    await client.keep_alive(ADDRESS)
    assert pbx.requests[-1].line == (
        f"POST /api/{dialect.version}/heartbeat?token={TOKEN} HTTP/1.1"
    )
    assert pbx.requests[-1].json == {
        "ipaddr": "192.0.2.7",
        "port": "8123",
        "url": "192.0.2.7:8123/api/webhook/4711",
        "urltag": "1",
        **more,
    }


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
async def test_login_in_each_dialect(
    pbx: RawPbx, make_client: MakeClient, dialect: Dialect
) -> None:
    await make_client(dialect=dialect).open(ADDRESS)
    (login,) = pbx.requests
    assert login.line == f"POST /api/{dialect.version}/login HTTP/1.1"
    assert login.json == {
        "username": "hass",
        "password": MD5,
        "port": "8123",
        "version": {"openvox": "0.0.1", "yeastar-v1": "1.0.2", "yeastar-v2": "2.0.0"}[dialect.key],
        "url": "192.0.2.7:8123/api/webhook/4711",
        "urltag": "1",
    }
    assert b": " not in login.body
    assert b", " not in login.body


async def test_relative_url(pbx: RawPbx, make_client: MakeClient) -> None:
    client = make_client(dialect=YEASTAR_V1)
    address = ReportAddress(ipaddr="192.0.2.7", port="8123", url="api/webhook/4711", urltag="0")
    await client.open(address)
    await client.keep_alive(address)
    assert pbx.requests[0].json["urltag"] == "0"
    assert pbx.requests[1].json == {
        "ipaddr": "192.0.2.7",
        "port": "8123",
        "url": "api/webhook/4711",
        "urltag": "0",
        "urlflag": "0",
    }


async def test_without_a_url_neither_url_nor_flag_is_sent(
    pbx: RawPbx, make_client: MakeClient
) -> None:
    client = make_client(dialect=YEASTAR_V1)
    address = ReportAddress(ipaddr="192.0.2.7", port="8260")
    await client.open(address)
    await client.keep_alive(address)
    assert pbx.requests[0].json.keys() == {"username", "password", "port", "version"}
    assert pbx.requests[1].json == {"ipaddr": "192.0.2.7", "port": "8260"}


async def test_a_request_without_parameters_has_an_empty_body(
    pbx: RawPbx, make_client: MakeClient
) -> None:
    pbx.routes["deviceinfo/query"] = {"status": "Success", "deviceinfo": {"sn": "s1"}}
    client = make_client()
    await client.open(ADDRESS)
    await client.system_info()
    assert pbx.requests[-1].line == f"POST /api/v0.0.1/deviceinfo/query?token={TOKEN} HTTP/1.1"
    assert pbx.requests[-1].headers["content-length"] == "0"
    assert pbx.requests[-1].body == b""


@pytest.mark.parametrize(
    ("dialect", "asked"),
    [
        (
            OPENVOX,
            [
                ("extensionlist/query", b""),
                ("trunklist/query", b""),
                ("inbound/query", b""),
                ("outbound/query", b""),
            ],
        ),
        (
            YEASTAR_V2,
            [
                ("extension/list", b""),
                ("trunk/list", b""),
                ("call/query", b'{"type":"inbound"}'),
                ("call/query", b'{"type":"outbound"}'),
            ],
        ),
    ],
    ids=["v1", "v2"],
)
async def test_lists_in_each_family(
    pbx: RawPbx, make_client: MakeClient, dialect: Dialect, asked: list[tuple[str, bytes]]
) -> None:
    empty = {"status": "Success", "extlist": [], "extinfos": []}
    pbx.routes.update({endpoint: empty for endpoint, _ in asked})
    client = make_client(dialect=dialect)
    await client.open(ADDRESS)
    assert await client.extensions() == ()
    assert await client.trunks() == ()
    assert (await client.live_calls(())).calls == ()
    assert [(request.endpoint, request.body) for request in pbx.requests[1:]] == asked
    assert {request.version for request in pbx.requests} == {dialect.version}
    assert {request.token for request in pbx.requests[1:]} == {TOKEN}


async def test_logout_gives_the_token_back(pbx: RawPbx, make_client: MakeClient) -> None:
    client = make_client()
    await client.open(ADDRESS)
    await client.close()
    assert pbx.requests[-1].line == f"POST /api/v0.0.1/logout?token={TOKEN} HTTP/1.1"
    assert client.session.age is None
    assert client.session.valid_until is None
    await client.close()
    assert len(pbx.requests) == 2


async def test_both_ends_of_the_connection_are_known(pbx: RawPbx, make_client: MakeClient) -> None:
    client = make_client()
    assert (client.session.local_address, client.session.peer_address) == (None, None)
    await client.probe()
    assert (client.session.local_address, client.session.peer_address) == ("127.0.0.1", "127.0.0.1")


async def test_no_connection_is_used_twice(make_client: MakeClient) -> None:
    """Even where the answer leaves it open, as real PBXes seem to, only to close it later."""
    ended: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"status":"Success"}')
        ended.append(await reader.read())
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        client = make_client(port=server.sockets[0].getsockname()[1])
        for _ in range(3):
            await client.probe()
        server.close()
        await server.wait_closed()
    assert ended == [b"", b"", b""]


async def test_an_ipv4_mapped_address_is_sent_as_ipv4(client: UcBackend, pbx: RawPbx) -> None:
    """An IPv6 socket wraps the address."""

    class Wrapped:
        def get_extra_info(self, name: str) -> tuple[str, int, int, int] | None:
            return ("::ffff:192.0.2.7", 1, 0, 0) if name == "sockname" else None

    await client.probe()
    client._transport._written(Wrapped())
    assert (client.session.local_address, client.session.peer_address) == ("192.0.2.7", "127.0.0.1")
    client._transport._written(None)
    assert client.session.local_address == "192.0.2.7"
