"""A stream of objects is cut right however it arrives."""

from itertools import pairwise
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.ippbx.pbx.model.events import MAX_BODY
from custom_components.ippbx.pbx.net.json_stream import JsonSplitter

OBJECTS = [
    b'{"event":"BootUp","sn":"71"}',
    '{"event":"ExtensionStatus","name":"Jürgen Ωß 🙂","status":"Busy"}'.encode(),
    b'{"a":"}{","b":"\\"}{\\\\","c":{"d":[{"e":{}},{}]}}',
    b"{}",
]
JUNK = [b"", b"\r\n", b"}}", b' "x": ', b'Response: Success\r\n"', "ü\\".encode(), b"\xff\x00"]


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """Return data in pieces that end at these places."""
    edges = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


def split(pieces: list[bytes], limit: int = MAX_BODY) -> tuple[list[bytes], int, int]:
    """Return the objects in pieces, how many were dropped and how many bytes skipped."""
    splitter = JsonSplitter(limit)
    found = [body for piece in pieces for body in splitter.feed(piece)]
    return found, splitter.dropped, splitter.skipped


@given(
    st.lists(st.tuples(st.sampled_from(JUNK), st.sampled_from(OBJECTS)), max_size=8),
    st.lists(st.integers(0, 10_000), max_size=30),
)
def test_any_partition_gives_the_same_objects(
    items: list[tuple[bytes, bytes]], places: list[int]
) -> None:
    data = b"".join(junk + body for junk, body in items)
    found, dropped, skipped = split(cut(data, places))
    assert found == [body for _, body in items]
    assert (dropped, skipped) == (0, sum(len(junk) for junk, _ in items))


@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=4), max_size=6),
    st.lists(st.integers(0, 10_000), max_size=30),
    st.booleans(),
)
def test_whatever_json_writes_is_found(
    values: list[dict[str, str]], places: list[int], ascii_only: bool
) -> None:
    bodies = [json.dumps(value, ensure_ascii=ascii_only).encode() for value in values]
    assert split(cut(b"".join(bodies), places))[0] == bodies


@given(st.binary(max_size=300), st.lists(st.integers(0, 400), max_size=20))
def test_any_bytes_at_all(data: bytes, places: list[int]) -> None:
    """The same for every partition, and nothing is found that does not stand there."""
    whole = split([data], limit=40)
    assert split(cut(data, places), limit=40) == whole
    assert all(body in data and len(body) <= 40 for body in whole[0])


def test_byte_by_byte() -> None:
    data = b"\r\n".join(OBJECTS)
    assert split([data[i : i + 1] for i in range(len(data))])[0] == OBJECTS


@pytest.mark.parametrize("piece", [1, 7, 64, 100_000])
def test_a_long_object_is_dropped_and_the_next_one_found(piece: int) -> None:
    fits = b'{"x":"' + b"y" * 92 + b'"}'
    long = b'{"x":"' + b"{" * 93 + b'"}'
    data = fits + long + OBJECTS[0]
    pieces = [data[i : i + piece] for i in range(0, len(data), piece)]
    assert split(pieces, limit=100) == ([fits, OBJECTS[0]], 1, 0)


def test_a_long_object_is_not_kept_in_memory() -> None:
    splitter = JsonSplitter()
    assert splitter.feed(b'{"x":"') == []
    for _ in range(100):
        splitter.feed(b"y" * 65536)
    assert len(splitter._held) == 0
    assert splitter.feed(b'"}{}') == [b"{}"]
    assert splitter.dropped == 1


def test_an_object_without_an_end_can_be_given_up() -> None:
    """A quote too few turns everything inside out until somebody says so."""
    splitter = JsonSplitter()
    assert splitter.feed(b'{"event":"Boot}') == []
    assert splitter.feed(OBJECTS[0]) == []
    assert splitter.inside
    splitter.reset()
    assert not splitter.inside
    assert splitter.feed(b'x"}' + OBJECTS[0]) == [OBJECTS[0]]
    assert splitter.dropped == 1


def test_giving_up_nothing() -> None:
    splitter = JsonSplitter()
    splitter.reset()
    assert splitter.feed(b"{}") == [b"{}"]
    assert splitter.dropped == 0
