"""Requests are read however they are written, and however they are cut into pieces."""

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ippbx.pbx.net.http_request import (
    MAX_BODY,
    MAX_HEAD,
    Request,
    RequestError,
    RequestReader,
)
from custom_components.ippbx.pbx.net.json_stream import BraceScanner, holds_object

BODY = b'{"action":"BootUp","note":"}\\"{","sn":"5"}'
LENGTH = b"Content-Length: %d\r\n" % len(BODY)


def read(data: bytes, piece: int | None = None) -> Request | None:
    """Feed a reader with pieces of a size; return the request, or what is left at the end."""
    reader = RequestReader()
    size = piece or len(data)
    for start in range(0, len(data), size):
        if request := reader.feed(data[start : start + size]):
            return request
    return reader.finish()


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (b"POST / HTTP/1.1", "/"),
        (b"POST  HTTP/1.1", "/"),
        (b"POST HTTP/1.1", "/"),
        (b"POST", "/"),
        (b"POST /report HTTP/1.1", "/report"),
        (b"POST report HTTP/1.1", "/report"),
        (b"POST /report", "/report"),
        (b"POST //api/webhook/abc HTTP/1.1", "/api/webhook/abc"),
        (b"POST ///// HTTP/1.1", "/"),
        (b"POST /report HTTP/1.1 HTTP/1.1", "/report"),
        (b"POST /report?a=/b HTTP/1.1", "/report"),
        (b"POST ?a=b HTTP/1.1", "/"),
        (b"POST /report#x HTTP/1.1", "/report"),
        (b"POST http://10.0.0.2:8260/report HTTP/1.1", "/report"),
        (b"POST http://10.0.0.2 HTTP/1.1", "/"),
        (b"POST 10.0.0.2:8260/report HTTP/1.1", "/report"),
        (b"POST 10.0.0.2:8260 HTTP/1.1", "/"),
        (b"POST [fd00::2]:8260/report HTTP/1.0", "/report"),
        (b"POST /a:1/b HTTP/1.1", "/a:1/b"),
        (b"post /report http/1.1", "/report"),
        (b"\tPOST \t /report\tHTTP/1.1", "/report"),
        (b"POST /caf\xe9 HTTP/1.1", "/caf\xe9"),
        (b"\r\n\r\nPOST /report HTTP/1.1", "/report"),
    ],
)
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_targets(line: bytes, path: str, end: bytes) -> None:
    head = b"Host: 10.0.0.2: 8260\r\nContent-Type: nonsense\r\n" + LENGTH
    request = read(line + end + head.replace(b"\r\n", end) + end + BODY)
    assert request == Request(method="POST", path=path, body=BODY, exact=True)


FRAMED = {
    "length": b"POST /r HTTP/1.1\r\n" + LENGTH + b"\r\n" + BODY,
    "length in odd case": b"POST /r HTTP/1.1\r\ncontent-LENGTH:%d\r\n\r\n%b" % (len(BODY), BODY),
    "no length": b"POST /r HTTP/1.1\r\nHost: a\r\n\r\n" + BODY,
    "nonsense as length": b"POST /r HTTP/1.1\r\nContent-Length: -1\r\n\r\n" + BODY,
    "no header at all": b"POST /r HTTP/1.1\r\n\r\n" + BODY,
    "chunked": (
        b"POST /r HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\n%b\r\n%X;x=y\r\n%b\r\n0\r\n\r\n" % (BODY[:5], len(BODY) - 5, BODY[5:])
    ),
    "chunked with bare line feeds": (
        b"POST /r HTTP/1.1\nTransfer-Encoding: Chunked\n\n%x\n%b\n0\n\n" % (len(BODY), BODY)
    ),
    "chunked and a length": (
        b"POST /r HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
    ),
}


@pytest.mark.parametrize("piece", [None, 1, 2, 7])
@pytest.mark.parametrize("data", FRAMED.values(), ids=FRAMED)
def test_bodies(data: bytes, piece: int | None) -> None:
    request = read(data, piece)
    assert request is not None
    assert (request.method, request.path, request.body) == ("POST", "/r", BODY)


def test_only_a_declared_length_is_exact() -> None:
    exact = {name: request.exact for name, data in FRAMED.items() if (request := read(data))}
    assert {name for name, value in exact.items() if value} == {"length", "length in odd case"}
    surplus = read(FRAMED["length"] + b"\r\n")
    assert surplus is not None
    assert surplus.body == BODY
    assert not surplus.exact


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"get"])
def test_requests_without_a_body_are_complete_at_once(method: bytes) -> None:
    request = read(method + b" /r HTTP/1.1\r\nHost: a\r\n\r\n")
    assert request == Request(method=method.decode().upper(), path="/r", body=b"", exact=True)


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"POST /r HTTP/1.1\r\nContent-Length: 99\r\n\r\n" + BODY, BODY),
        (b"POST /r HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n63\r\n" + BODY, BODY),
        (b"POST /r HTTP/1.1\r\nContent-Length: 99\r\n\r\n" + BODY[:-1], None),
        (b"POST /r HTTP/1.1\r\n\r\n" + BODY[:-1], None),
        (b"POST /r HTTP/1.1\r\n\r\n", None),
        (b"POST /r HTTP/1.1\r\n", None),
    ],
)
def test_what_stopped_early_counts_if_its_object_is_complete(
    data: bytes, body: bytes | None
) -> None:
    request = read(data)
    assert (request and request.body) == body


CHUNKED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
REFUSED = {
    "long line": (b"x" * (MAX_HEAD + 1), "too_large"),
    "many headers": (b"POST / HTTP/1.1\r\n" + b"a: b\r\n" * MAX_HEAD, "too_large"),
    "many headers and an end": (
        b"POST / HTTP/1.1\r\n" + b"a: b\r\n" * MAX_HEAD + b"\r\n",
        "too_large",
    ),
    "length": (b"POST / HTTP/1.1\r\nContent-Length: 65537\r\n\r\n", "too_large"),
    "9,000 digits": (
        b"POST / HTTP/1.1\r\nContent-Length: %b\r\n\r\n" % (b"9" * 9000),
        "too_large",
    ),
    "open body": (b"POST / HTTP/1.1\r\n\r\n" + b"x" * (MAX_BODY + 1), "too_large"),
    "long chunk": (CHUNKED + b"FFFFFFF\r\n" + b"x" * 70_000, "too_large"),
    "many chunks": (CHUNKED + b"1\r\nx\r\n" * 65_537, "too_large"),
    "no chunk size": (CHUNKED + b"xyz\r\n", "malformed"),
    "endless chunk size": (CHUNKED + b"1" * 300, "malformed"),
    "binary": (b"\x00\x01\x02\r\n\r\n", "malformed"),
    "no ASCII": (b"\xff\xfe / HTTP/1.1\r\n\r\n", "malformed"),
    "blanks": (b"   \r\n\r\n", "malformed"),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01", "tls_attempts"),
}


@pytest.mark.parametrize(("data", "kind"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("piece", [None, 4096])
def test_what_is_refused(data: bytes, kind: str, piece: int | None) -> None:
    with pytest.raises(RequestError) as caught:
        read(data, piece)
    assert caught.value.kind == kind


def test_little_is_held_of_a_stream_of_blank_lines() -> None:
    reader = RequestReader()
    for _ in range(100):
        assert reader.feed(b"\r\n" * 1000) is None
    assert reader.size == 0
    assert not reader.begun


def test_a_body_that_begins_like_tls_is_a_body() -> None:
    reader = RequestReader()
    assert reader.feed(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n") is None
    request = reader.feed(b"\x16\x03")
    assert request is not None
    assert request.body == b"\x16\x03"


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.binary(max_size=40)
        | st.sampled_from(
            [
                b"POST / HTTP/1.1\r\n",
                b"Transfer-Encoding: chunked\r\n",
                b"Content-Length: 7\r\n",
                b"\r\n",
                b"5\r\n",
                b"0\r\n\r\n",
                b'{"a":',
                b"}",
                b'"',
            ]
        ),
        max_size=12,
    )
)
def test_any_bytes_give_a_request_or_a_request_error(pieces: list[bytes]) -> None:
    reader = RequestReader()
    try:
        for piece in pieces:
            if reader.feed(piece):
                return
        reader.finish()
    except RequestError:
        pass
    assert reader.size <= MAX_HEAD + MAX_BODY


@pytest.mark.parametrize(
    ("data", "end"),
    [
        (b"{}", 2),
        (b' \r\n{"a":{"b":[{}]}} {}', 19),
        (b'{"a":"}"}', 9),
        (b'{"a":"\\"}"}', 11),
        (b'{"a":"\\\\"}', 10),
        (b'}"{{"}"}', None),
        (b'text "quoted" {"a":1}', 21),
        (b'{"a":"', None),
        (b'{"a":"\\', None),
        (b"{{}", None),
        (b"", None),
    ],
)
def test_where_an_object_ends(data: bytes, end: int | None) -> None:
    assert BraceScanner().feed(data) == end
    assert holds_object(data) == (end is not None)
    for piece in (1, 2, 3):
        scanner = BraceScanner()
        found = None
        for start in range(0, len(data), piece):
            if (offset := scanner.feed(data[start : start + piece])) is not None:
                found = start + offset
                break
        assert found == end
