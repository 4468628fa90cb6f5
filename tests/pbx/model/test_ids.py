"""Tests of the ids of calls: what they tell, and which are comparable."""

from datetime import UTC, datetime

import pytest

from custom_components.ippbx.pbx.model.ids import (
    began,
    distance,
    epoch_of,
    is_name,
    parse_id,
)

_NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("1772442000.40", (1772442000, 40)),
        ("946684800.7", (946684800, 7)),  # a clock that begins in 2000
        ("SIP/101-0000002a", None),
        ("1772442000", None),
        ("0.40", None),
        ("4294967295.1", None),
        ("-1772442000.40", None),
        ("1772442000.1234567890123", None),
        ("\u0661772442000.40", None),
        ("", None),
    ],
)
def test_an_id_is_a_second_and_a_number(text: str, parsed: tuple[int, int] | None) -> None:
    assert parse_id(text) == parsed
    assert epoch_of(text) == (None if parsed is None else parsed[0])


def test_an_id_tells_when_it_was_given() -> None:
    assert began("1772442000.40") == _NOW
    assert began("SIP/101-0000002a") is None


def test_a_channel_names_no_call() -> None:
    assert is_name("0.40")
    assert not is_name("SIP/101-0000002a")


@pytest.mark.parametrize(
    ("first", "other", "apart"),
    [
        ((100, 5), (100, 7), 2),
        ((100, 7), (100, 5), -2),
        ((100, 5), (130, 9), 4),
        ((100, 5), (130, 3), None),  # of another run of the PBX
        (None, (100, 5), None),
    ],
)
def test_how_far_ids_are_apart(
    first: tuple[int, int] | None, other: tuple[int, int] | None, apart: int | None
) -> None:
    assert distance(first, other) == apart
