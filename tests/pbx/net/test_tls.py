"""TLS with real handshakes: self-signed, pinned, old, and not TLS at all."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import UTC, datetime
import hashlib
from pathlib import Path
import ssl
import warnings

import pytest

from custom_components.ippbx.pbx.errors import (
    PbxCertificateError,
    PbxConnectionError,
    PbxHandshakeError,
    PbxTimeoutError,
    PbxWrongSchemeError,
)
from custom_components.ippbx.pbx.net.tls import (
    fetch_fingerprint,
    insecure_context,
    legible,
    other_scheme_answers,
    tls_error,
)
from tests.pbx.conftest import ADDRESS, MakeClient
from tests.pbx.raw_pbx import RawPbx

type StartTls = Callable[..., Awaitable[RawPbx]]


def server_context(path: Path, *, old: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    if old:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1
    return context


def fingerprint(path: Path) -> str:
    pem = path.read_text().partition("-----BEGIN PRIVATE")[0]
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.strip())).hexdigest()


@pytest.fixture
async def start_tls(
    socket_enabled: None, certificate: Callable[[str], Path]
) -> AsyncGenerator[StartTls]:
    """Return a function that starts PBXes that speak TLS."""
    started: list[RawPbx] = []

    async def start(name: str = "pbx", *, old: bool = False) -> RawPbx:
        pbx = RawPbx()
        await pbx.start(server_context(certificate(name), old=old))
        started.append(pbx)
        return pbx

    yield start
    for pbx in started:
        await pbx.stop()


async def test_a_self_signed_certificate(start_tls: StartTls, make_client: MakeClient) -> None:
    pbx = await start_tls()
    client = make_client(port=pbx.port, tls=True, ssl=insecure_context())
    await client.open(ADDRESS)
    assert client.session.peer_address == "127.0.0.1"
    verifying = make_client(port=pbx.port, tls=True, ssl=True)
    with pytest.raises(PbxCertificateError) as caught:
        await verifying.open(ADDRESS)
    assert caught.value.fingerprint is None
    assert len(pbx.requests) == 1


async def test_when_a_verified_certificate_expires(
    start_tls: StartTls, make_client: MakeClient, certificate: Callable[[str], Path]
) -> None:
    pbx = await start_tls()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(certificate("pbx"))
    client = make_client(port=pbx.port, tls=True, ssl=context)
    assert client.session.certificate_expires is None
    await client.open(ADDRESS)
    assert client.session.certificate_expires == datetime(2035, 12, 30, tzinfo=UTC)
    unverified = make_client(port=pbx.port, tls=True, ssl=insecure_context())
    await unverified.open(ADDRESS)
    assert unverified.session.certificate_expires is None


async def test_ssl_false_verifies_nothing(start_tls: StartTls, make_client: MakeClient) -> None:
    pbx = await start_tls()
    await make_client(port=pbx.port, tls=True, ssl=False).probe()
    assert len(pbx.requests) == 1


@pytest.mark.parametrize("old", [False, True])
async def test_a_pinned_certificate(
    start_tls: StartTls,
    make_client: MakeClient,
    certificate: Callable[[str], Path],
    old: bool,
) -> None:
    pbx = await start_tls("pbx", old=old)
    other = await start_tls("other", old=old)
    pin = fingerprint(certificate("pbx"))
    context = insecure_context(old=old, pin=pin)
    await make_client(port=pbx.port, tls=True, ssl=context).open(ADDRESS)
    assert len(pbx.requests) == 1
    with pytest.raises(PbxCertificateError) as caught:
        await make_client(port=other.port, tls=True, ssl=context).open(ADDRESS)
    assert caught.value.fingerprint == fingerprint(certificate("other"))
    assert other.requests == []


async def test_a_pin_may_be_written_with_colons(
    start_tls: StartTls, make_client: MakeClient, certificate: Callable[[str], Path]
) -> None:
    pbx = await start_tls()
    pin = fingerprint(certificate("pbx")).upper()
    written = ":".join(pin[index : index + 2] for index in range(0, 64, 2))
    await make_client(port=pbx.port, tls=True, ssl=insecure_context(pin=written)).probe()
    assert len(pbx.requests) == 1


async def test_old_tls_is_another_try(start_tls: StartTls, make_client: MakeClient) -> None:
    pbx = await start_tls(old=True)
    with pytest.raises(PbxHandshakeError):
        await make_client(port=pbx.port, tls=True, ssl=insecure_context()).probe()
    await make_client(port=pbx.port, tls=True, ssl=insecure_context(old=True)).probe()
    assert len(pbx.requests) == 1


async def test_making_contexts_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert insecure_context(old=True).verify_mode is ssl.CERT_NONE


@pytest.mark.parametrize("old", [False, True])
async def test_fingerprint(
    start_tls: StartTls, certificate: Callable[[str], Path], old: bool
) -> None:
    pbx = await start_tls(old=old)
    assert await fetch_fingerprint("127.0.0.1", pbx.port, old) == fingerprint(certificate("pbx"))
    assert pbx.requests == []


def test_a_fingerprint_as_people_compare_it() -> None:
    assert legible("0a1bff") == "0A:1B:FF"


async def test_fingerprint_of_a_port_that_needs_old_tls(start_tls: StartTls) -> None:
    pbx = await start_tls(old=True)
    with pytest.raises(PbxHandshakeError):
        await fetch_fingerprint("127.0.0.1", pbx.port)


async def test_fingerprint_of_a_plain_port(pbx: RawPbx) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        with pytest.raises(PbxWrongSchemeError):
            await fetch_fingerprint("127.0.0.1", server.sockets[0].getsockname()[1])


async def test_fingerprint_of_nothing(pbx: RawPbx) -> None:
    with pytest.raises(PbxTimeoutError):
        await fetch_fingerprint("127.0.0.1", pbx.port, timeout=0.05)
    await pbx.stop()
    for host, port in (("127.0.0.1", pbx.port), ("127.0.0.1", 70_000), ("\ud800", 1)):
        with pytest.raises(PbxConnectionError) as caught:
            await fetch_fingerprint(host, port)
        assert type(caught.value) is PbxConnectionError


async def test_the_other_scheme(start_tls: StartTls, pbx: RawPbx) -> None:
    speaking = await start_tls()
    assert await other_scheme_answers("127.0.0.1", speaking.port, tls=False)
    assert not await other_scheme_answers("127.0.0.1", speaking.port, tls=True)
    assert await other_scheme_answers("127.0.0.1", pbx.port, tls=True)
    assert not await other_scheme_answers("127.0.0.1", pbx.port, tls=False, timeout=0.05)
    await pbx.stop()
    for tls in (False, True):
        assert not await other_scheme_answers("127.0.0.1", pbx.port, tls=tls)


async def test_an_alert_is_tls_too(socket_enabled: None) -> None:
    async def alert(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(b"\x15\x03\x01\x00\x02\x02\x28")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(alert, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await other_scheme_answers("127.0.0.1", port, tls=False)


def test_what_a_failed_handshake_means() -> None:
    assert isinstance(tls_error(ssl.SSLError("no reason")), PbxHandshakeError)
    assert isinstance(tls_error(ssl.SSLCertVerificationError("x")), PbxCertificateError)
