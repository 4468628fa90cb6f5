"""Recordings are read in pieces; whatever breaks off is an error of ours."""

import asyncio

import pytest

from custom_components.ippbx.pbx.errors import (
    PbxConnectionError,
    PbxError,
    PbxInputError,
    PbxProtocolError,
    PbxRequestError,
)
from custom_components.ippbx.pbx.uc.dialects import YEASTAR_V1
from tests.pbx.conftest import ADDRESS, MakeClient
from tests.pbx.raw_pbx import RawPbx, http

NAME = "20261125093001-1790000001.5-2001-2002-Internal.wav"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nContent-Length: 100000\r\n\r\n"


async def listen(pbx: RawPbx, make_client: MakeClient, answer: bytes, name: str = NAME) -> bytes:
    """Return what of a recording comes before an error."""
    client = make_client(dialect=YEASTAR_V1, request_timeout=0.2)
    await client.open(ADDRESS)
    pbx.routes["recording/get_random"] = {"status": "Success", "random": "4711"}
    pbx.routes["recording/download"] = answer
    async with client.control.recording(name) as file:
        content = b"".join([piece async for piece in file.pieces])
    assert file.size in (None, len(content))
    return content


async def test_a_file(pbx: RawPbx, make_client: MakeClient) -> None:
    content = b"RIFF" + bytes(99_996)
    assert await listen(pbx, make_client, http(content)) == content
    assert await listen(pbx, make_client, HEAD + content) == content


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (HEAD + b"RIFF", PbxProtocolError),  # and then nothing
        (http(b'{"status":"Failed","errno":"20014"}'), PbxRequestError),
        (http(b'{"status":"Success"}'), PbxProtocolError),
        (http(b"<html>"), PbxProtocolError),
        (http(b"RIFF", "404 Not Found"), PbxError),
        (http(b"RIFF", "500 Internal Server Error"), PbxProtocolError),
        (http(b"<" * 8_000_000), PbxProtocolError),
        (b"nonsense\r\n\r\n", PbxError),
        (b"", PbxConnectionError),
    ],
)
async def test_what_is_none(
    pbx: RawPbx, make_client: MakeClient, answer: bytes, error: type[PbxError]
) -> None:
    """The text of the error holds no token and no name."""
    with pytest.raises(error) as caught:
        await listen(pbx, make_client, answer)
    assert pbx.tokens[-1] not in str(caught.value)
    assert "Internal" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "../x.wav", "a/b.wav", "x.mp3", "x&y.wav", "%2F.wav", ".wav"])
async def test_names_that_are_not_asked_for(
    pbx: RawPbx, make_client: MakeClient, name: str
) -> None:
    with pytest.raises(PbxInputError):
        await listen(pbx, make_client, http(b"RIFF"), name)
    assert not pbx.asked("recording/get_random")


async def test_a_listener_who_stops_keeps_nothing_open(
    pbx: RawPbx, make_client: MakeClient
) -> None:
    client = make_client(dialect=YEASTAR_V1)
    await client.open(ADDRESS)
    pbx.routes["recording/get_random"] = {"status": "Success", "random": "4711"}
    pbx.routes["recording/download"] = http(
        b"RIFF" + bytes(4_000_000), **{"Content-Length": "4000004"}
    )
    pbx.routes["deviceinfo/query"] = {"status": "Success", "deviceinfo": {"sn": "s1"}}
    async with client.control.recording(NAME) as file:
        assert file.size == 4_000_004
        await anext(file.pieces)
        assert (await client.system_info()).serial == "s1"  # while nobody listens on
    async with asyncio.timeout(2):
        while pbx._connections:
            await asyncio.wait(pbx._connections)
