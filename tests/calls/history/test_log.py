"""The call log holds each call once, newest last, over restarts, up to the user's limit."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import flush_store

from custom_components.ippbx.calls.history.entries import (
    LogEntry,
    LogGap,
    LogItem,
    item_from,
)
from custom_components.ippbx.calls.history.log import CallLog, LogQuery
from custom_components.ippbx.pbx.model.tracked import (
    CallChange,
    CallDirection,
    CallEventType,
    CallOutcome,
    CallState,
)
from custom_components.ippbx.storage import async_forget
from tests.calls.changes import BEGAN, CALLER, call, change

KEY = "ippbx.call_log.entry"
MINUTE = timedelta(minutes=1)


def ended(call_id: str = "1772357400.100", minutes: int = 0, **known: Any) -> CallChange:
    """Return that a call which began some minutes later than others is over."""
    known = {"outcome": CallOutcome.MISSED, "missed_by": ("1001",)} | known
    late = known.pop("late", False)
    began = BEGAN + minutes * MINUTE
    over = {"state": CallState.ENDED, "started": began, "ended": began + timedelta(seconds=20)}
    return change(CallEventType.ENDED, call=call(call_id=call_id, **over | known), late=late)


def ids(log: CallLog, **wanted: Any) -> list[str]:
    """Return the ids of calls of the log, "gap" for a gap."""
    return [getattr(item, "call_id", "gap") for item in log.select(LogQuery(**wanted))]


async def loaded(hass: HomeAssistant, **choices: Any) -> CallLog:
    """Return a log that has read what was kept."""
    log = CallLog(hass, "entry", **choices)
    await log.async_load()
    return log


def test_only_ends_are_kept_and_each_once(hass: HomeAssistant) -> None:
    log = CallLog(hass, "entry")
    for event_type in CallEventType:
        log.record(change(event_type, call=ended().call))
    log.record(ended())
    log.record(ended(outcome=CallOutcome.ANSWERED, late=True))  # published once more
    log.record(change(CallEventType.ENDED, call=ended("1772357400.7").call, first=False))
    assert ids(log) == ["1772357400.100"]
    found = log.find("1772357400.100")
    assert found is not None
    assert (found.outcome, found.late, found.caller) == (CallOutcome.MISSED, False, CALLER)
    assert log.find("1772357400.7") is None


def test_retroactive_calls_are_in_order(hass: HomeAssistant) -> None:
    log = CallLog(hass, "entry")
    for call_id, minutes in (("1.1", 1), ("1.9", 9), ("1.5", 5)):
        log.record(ended(call_id, minutes, late=call_id == "1.5"))
    log.record_gap(BEGAN + 6 * MINUTE, BEGAN + 8 * MINUTE)
    assert ids(log) == ["1.9", "gap", "1.5", "1.1"]


async def test_a_call_is_newer_than_one_in_the_future(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Home Assistant's clock was ahead when the first one came."""
    freezer.move_to(BEGAN + 5 * MINUTE)
    log = CallLog(hass, "entry")
    for call_id, minutes in (("1.60", 60), ("1.5", 5), ("1.1", 1)):
        log.record(ended(call_id, minutes))
    assert ids(log) == ["1.5", "1.60", "1.1"]
    await log.async_save()
    freezer.move_to(BEGAN + 6 * MINUTE)
    log = await loaded(hass)
    log.record(ended("1.6", 6))
    assert ids(log)[0] == "1.6"


def test_the_oldest_go_first(hass: HomeAssistant) -> None:
    log = CallLog(hass, "entry", size=2)
    for minutes in (3, 1, 4, 2):
        log.record(ended(f"1.{minutes}", minutes))
    assert ids(log) == ["1.4", "1.3"]
    assert log.find("1.1") is log.find("1.2") is None
    assert len(log) == 2


def test_a_log_of_size_zero_is_empty(hass: HomeAssistant) -> None:
    log = CallLog(hass, "entry", size=0)
    log.record(ended())
    log.record_gap(BEGAN, BEGAN + MINUTE)
    assert ids(log) == []
    assert log.find("1772357400.100") is None


FULL: dict[str, Any] = {
    "outcome": CallOutcome.ANSWERED,
    "did": "4930120",
    "path": "6200",
    "answered_by": "1002",
    "answered": BEGAN + timedelta(seconds=8),
    "ring_seconds": 0,
    "talk_seconds": 12,
    "recording": "20260301103008-1772357400.100-4930555817-1002-Inbound.wav",
}


async def test_the_log_is_kept(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    log = await loaded(hass)
    log.record(ended(late=True, **FULL))
    log.record(ended("1.2", 2, direction=None, caller="", callee="", trunk="", outcome=None))
    log.record_gap(BEGAN + 4 * MINUTE, BEGAN + 9 * MINUTE)
    # What Home Assistant does by itself within a moment.
    await flush_store(log._file._latest_file._store)

    again = await loaded(hass)
    assert list(again.select(LogQuery())) == list(log.select(LogQuery()))
    assert again.find("1772357400.100") == log.find("1772357400.100")
    again.record(ended())  # it is known
    assert len(again) == 3

    await async_forget(hass, "entry")
    assert KEY not in hass_storage


async def test_a_smaller_log_forgets_the_oldest(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    log = await loaded(hass)
    for minutes in range(5):
        log.record(ended(f"1.{minutes}", minutes))
    await log.async_save()
    smaller = await loaded(hass, size=3)
    await smaller.async_save()
    assert ids(await loaded(hass)) == ["1.4", "1.3", "1.2"]


@pytest.mark.parametrize(
    ("known", "kept"),
    [
        ({}, (f"{CALLER[:-3]}xxx", "1001", "")),
        ({"direction": CallDirection.INTERNAL, "caller": "1002"}, ("1002", "1001", "")),
        (
            {"direction": CallDirection.OUTBOUND, "caller": "1001", "callee": "030555816"}
            | {"answered_by": "030555816"},
            ("1001", "030555xxx", "030555xxx"),
        ),
        (
            {"direction": CallDirection.OUTBOUND, "caller": "1001", "callee": "112"},
            ("1001", "112", ""),
        ),
        ({"direction": None, "caller": "030555816"}, ("030555xxx", "1001", "")),
        ({"caller": "030 55 58 1 6"}, ("030555xxx", "1001", "")),
        ({"caller": ""}, ("", "1001", "")),
        ({"caller": "anonymous"}, ("anonymous", "1001", "")),
        (
            {"answered_by": "01715558169"},  # the mobile phone to which 1001 forwards
            (f"{CALLER[:-3]}xxx", "1001", "01715558xxx"),
        ),
    ],
)
def test_numbers_can_be_masked(
    hass: HomeAssistant, known: dict[str, Any], kept: tuple[str, str, str]
) -> None:
    log = CallLog(hass, "entry", masked=True)
    log.record(ended(recording="20260301-1.1-030555816-1001.wav", **known))
    entry = log.find("1772357400.100")
    assert entry is not None
    assert (entry.caller, entry.callee, entry.answered_by) == kept
    assert entry.masked == any("xxx" in number for number in kept)
    assert bool(entry.recording) != entry.masked  # its name holds the numbers


async def test_what_was_kept_before_is_masked_too(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    log = await loaded(hass)
    log.record(ended())
    await log.async_save()
    assert CALLER in str(hass_storage[KEY])
    masked = await loaded(hass, masked=True)
    await masked.async_save()
    assert CALLER not in str(hass_storage[KEY])
    twice = (await loaded(hass, masked=True)).find("1772357400.100")
    assert twice is not None
    assert twice.caller == f"{CALLER[:-3]}xxx"


OUTBOUND, INTERNAL = CallDirection.OUTBOUND, CallDirection.INTERNAL


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["1.3", "gap", "1.2", "1.1"]),
        ({"since": BEGAN + 2 * MINUTE}, ["1.3", "gap", "1.2"]),
        ({"since": BEGAN + 5 * MINUTE + MINUTE / 2}, ["1.3", "gap"]),
        ({"until": BEGAN + 5 * MINUTE}, ["1.2", "1.1"]),
        ({"directions": (OUTBOUND, INTERNAL)}, ["1.3", "gap", "1.2"]),
        ({"outcomes": (CallOutcome.ANSWERED,)}, ["gap", "1.2"]),
        ({"extension": "1002"}, ["1.3", "gap", "1.1"]),
        ({"extension": "1003"}, ["gap", "1.2"]),
        ({"extension": "1004"}, ["gap"]),  # called from outside, with such a number
        ({"extension": "100"}, ["gap"]),
    ],
)
def test_matching_items_are_found(
    hass: HomeAssistant, wanted: dict[str, Any], found: list[str]
) -> None:
    log = CallLog(hass, "entry")
    log.record(ended("1.1", 1, caller="1004", missed_by=("1001", "1002")))
    log.record(ended("1.2", 2, direction=OUTBOUND, caller="1003", outcome=CallOutcome.ANSWERED))
    log.record_gap(BEGAN + 5 * MINUTE, BEGAN + 6 * MINUTE)
    log.record(ended("1.3", 7, direction=INTERNAL, caller="1002"))
    assert ids(log, **wanted) == found


def passed_on(call_id: str = "1772357400.100") -> list[CallChange]:
    """Return the changes of a group's call that 1002 answers, and passes on to 1004 by 1003."""
    rang = ("1001", "1002", "1003")
    over = ended(
        call_id,
        outcome=CallOutcome.ANSWERED,
        callee="6200",
        path="6200",
        rang=rang,
        answered_by="1002",
        missed_by=(),
    )
    answers = [
        change(CallEventType.ANSWERED, call=over.call, extensions=(each,), first=each == "1002")
        for each in ("1002", "1003", "1004")  # that the last one rang was not reported
    ]
    return [*answers, over]


async def test_a_call_is_that_of_all_who_answered_or_rang(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    log = await loaded(hass)
    for each in passed_on():
        log.record(each)
    entry = log.find("1772357400.100")
    assert entry is not None
    assert (entry.also_answered, entry.also_rang) == (("1003", "1004"), ("1001",))
    assert entry.inside_numbers == {"1002", "1003", "1004", "6200"}
    await log.async_save()
    again = await loaded(hass)
    assert again.find("1772357400.100") == entry
    found = [number for number in ("1001", "1002", "1003", "1004") if ids(again, extension=number)]
    assert found == ["1001", "1002", "1003", "1004"]
    assert not ids(again, extension="1005")


@pytest.mark.parametrize("direction", [*CallDirection, None])
def test_a_plain_call_takes_no_more_room(direction: CallDirection | None) -> None:
    """What other fields name is not kept twice."""
    plain = ended(outcome=CallOutcome.ANSWERED, answered_by="1001", missed_by=()).call
    outbound = {"caller": "1001", "callee": "030555816", "rang": (), "answered_by": "030555816"}
    known = outbound if direction is CallDirection.OUTBOUND else {"caller": "1002"}
    plain = replace(plain, direction=direction, **known)
    answered = ("1001", "1002") if direction is CallDirection.INTERNAL else ("1001",)
    row = LogEntry.of(plain, late=False, answered=answered).as_row()
    assert not row.keys() & {"rang", "also_answered", "also_rang"}
    missed = replace(ended().call, rang=("1001", "1002"), missed_by=("1001", "1002"))
    assert not LogEntry.of(missed, late=False).as_row().keys() & {"also_answered", "also_rang"}


def test_answers_are_forgotten(hass: HomeAssistant) -> None:
    log = CallLog(hass, "entry")
    for each in passed_on():
        log.record(each)
    assert not log._answers
    for index in range(1000):  # calls whose end is not published
        answered = replace(passed_on()[0].call, call_id=f"1.{index}")
        log.record(change(CallEventType.ANSWERED, call=answered))
    assert len(log._answers) == 256


GOOD = {"call_id": "1.1", "started": "2026-03-01T10:30:00+01:00"}
BAD_ROWS: list[object] = [
    None,
    7,
    "1.1",
    [],
    {},
    {"call_id": "1.1"},
    {"started": GOOD["started"]},
    GOOD | {"call_id": None},
    GOOD | {"call_id": "1" * 300},
    GOOD | {"started": 1772357400},
    GOOD | {"started": "yesterday"},
    GOOD | {"started": "2026-03-01T10:30:00"},
    GOOD | {"started": "0001-01-01T00:00:00+14:00"},
    GOOD | {"ended": {}},
    GOOD | {"outcome": "lucky"},
    GOOD | {"direction": []},
    GOOD | {"missed_by": 5},
    GOOD | {"missed_by": [[]]},
    GOOD | {"also_answered": 1001},
    GOOD | {"also_rang": [1001]},
    GOOD | {"talk_seconds": "12"},
    GOOD | {"talk_seconds": True},
    {"gap": True, "started": GOOD["started"]},
]


@pytest.mark.parametrize("row", BAD_ROWS)
def test_a_row_that_is_none(row: object) -> None:
    with pytest.raises(ValueError, match=r"^no row$"):
        item_from(row)


def test_what_a_newer_version_knows_is_left_out() -> None:
    assert item_from(GOOD | {"mood": "good"}) == LogEntry(call_id="1.1", started=BEGAN)


@pytest.mark.parametrize(
    "kept",
    [
        {"version": 1, "data": {"items": BAD_ROWS}},
        {"version": 1, "data": {"items": {"1.1": GOOD}}},
        {"version": 1, "data": {"items": 5}},
        {"version": 1, "data": []},
        {"version": 1, "data": None},
        {"version": 1},
        {"version": 99, "data": {"items": [GOOD]}},
        {},
    ],
)
async def test_a_spoilt_file_is_an_empty_log(
    hass: HomeAssistant, hass_storage: dict[str, Any], kept: dict[str, Any]
) -> None:
    hass_storage[KEY] = {"key": KEY, "minor_version": 1} | kept
    log = await loaded(hass)
    assert ids(log) == []
    log.record(ended())
    await log.async_save()
    assert ids(await loaded(hass)) == ["1772357400.100"]


async def test_good_rows_beside_bad_ones_are_kept(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    gap = LogGap(started=BEGAN + MINUTE, ended=BEGAN + 2 * MINUTE)
    rows = [GOOD, *BAD_ROWS, gap.as_row(), GOOD]
    hass_storage[KEY] = {"key": KEY, "version": 1, "minor_version": 1, "data": {"items": rows}}
    kept: list[LogItem] = list((await loaded(hass)).select(LogQuery()))
    assert kept == [gap, LogEntry(call_id="1.1", started=BEGAN)]
