"""Missed calls are counted once each, whatever restarts, for the extensions that the user chose."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import flush_store

from custom_components.ippbx.calls.missed import MissedCalls, missed_for, with_named_extensions
from custom_components.ippbx.const import MISSED_FOR_DIRECT, MISSED_FOR_GROUP_MEMBERS
from custom_components.ippbx.pbx.model.tracked import (
    CallChange,
    CallDirection,
    CallEventType,
    CallOutcome,
)
from custom_components.ippbx.storage import async_forget

from .changes import call, change

GROUP = ("1001", "1002", "1003")


def record(counted: MissedCalls, event_type: CallEventType, **changes: Any) -> None:
    """Record a change of a call that has one id."""
    made = change(event_type, **changes)
    counted.record(made, (made.call.call_id,))


def missed(**known: Any) -> CallChange:
    """Return that a call was missed by all that it rang."""
    rang = known.get("rang", ("1001",))
    return change(CallEventType.MISSED, call=call(**known), extensions=rang)


def test_only_missed_calls_count(hass: HomeAssistant) -> None:
    counted = MissedCalls(hass, "entry")
    for event_type in CallEventType:
        record(counted, event_type)
    other = call(call_id="1772357400.200")
    record(counted, CallEventType.MISSED, call=other, first=False)
    assert counted.count == 1
    record(counted, CallEventType.MISSED, call=other, late=True)
    assert counted.count == 2


async def test_a_call_counts_once(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """Over restarts and resets, which a record may be repeated after."""
    counted = MissedCalls(hass, "entry")
    await counted.async_load()
    for late in (False, True):
        record(counted, CallEventType.MISSED, late=late)
    assert counted.count == 1
    counted.reset()
    await counted.async_save()
    again = MissedCalls(hass, "entry")
    await again.async_load()
    record(again, CallEventType.MISSED)
    assert again.count == 0


@pytest.mark.parametrize("kept", [None, "1.1", {}, [None, 5, ["1.1"], "1772357400.100"]])
async def test_spoilt_ids_are_left_out(
    hass: HomeAssistant, hass_storage: dict[str, Any], kept: object
) -> None:
    counted = MissedCalls(hass, "entry")
    await counted.async_load()
    record(counted, CallEventType.MISSED)
    await counted.async_save()
    (file,) = (file for key, file in hass_storage.items() if "missed" in key)
    file["data"]["counted"] = kept
    again = MissedCalls(hass, "entry")
    await again.async_load()
    assert again.count == 1
    assert [*again.counted] in ([], ["1772357400.100"])


def test_few_ids_are_kept(hass: HomeAssistant) -> None:
    counted = MissedCalls(hass, "entry")
    for number in range(1000):
        record(counted, CallEventType.MISSED, call=call(call_id=f"1772357400.{number}"))
    assert counted.count == 1000
    assert len(counted.counted) == 256


async def test_the_count_is_kept(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    counted = MissedCalls(hass, "entry")
    await counted.async_load()
    record(counted, CallEventType.MISSED)
    await flush_store(counted._store)  # what Home Assistant does by itself within a moment

    again = MissedCalls(hass, "entry")
    await again.async_load()
    assert (again.count, again.since) == (1, counted.since)

    before = dt_util.utcnow()
    again.reset()
    await again.async_save()
    third = MissedCalls(hass, "entry")
    await third.async_load()
    assert third.count == 0
    assert third.since >= before

    await async_forget(hass, "entry")
    assert not [key for key in hass_storage if "missed" in key]


async def test_what_was_never_read_is_not_overwritten(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    counted = MissedCalls(hass, "entry")
    await counted.async_load()
    record(counted, CallEventType.MISSED)
    await counted.async_save()
    await MissedCalls(hass, "entry").async_save()  # a set-up that was cancelled
    again = MissedCalls(hass, "entry")
    await again.async_load()
    assert again.count == 1


@pytest.mark.parametrize(
    ("known", "direct"),
    [
        ({"callee": "1001"}, ("1001",)),
        ({"callee": "6200", "path": "6200", "rang": GROUP}, ()),
        ({"callee": "6500", "path": "6500"}, ("1001",)),  # an IVR that led to one extension
        ({"callee": "1001", "rang": ("1001", "1002")}, ("1001",)),  # forwarded when nobody answered
    ],
)
def test_extensions_that_missed_a_call(known: dict[str, Any], direct: tuple[str, ...]) -> None:
    original = missed(**known)
    assert missed_for(original, MISSED_FOR_GROUP_MEMBERS) is original
    assert missed_for(original, MISSED_FOR_DIRECT).extensions == direct


def test_other_changes_are_everybodys() -> None:
    original = change(CallEventType.ENDED, call=call(rang=GROUP), extensions=GROUP)
    assert missed_for(original, MISSED_FOR_DIRECT) is original


NUMBERS = frozenset(GROUP)
MISSED, ENDED = CallEventType.MISSED, CallEventType.ENDED
INTERNAL = {"direction": CallDirection.INTERNAL, "caller": "1002"}
OUTBOUND = {"direction": CallDirection.OUTBOUND, "caller": "1001"}


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("event_type", "known", "extensions", "missed_by"),
    [
        (ENDED, {"callee": "1001"}, ("1001",), ("1001",)),
        (MISSED, {"callee": "1001"}, ("1001",), ("1001",)),
        (ENDED, {**INTERNAL, "callee": "1001"}, ("1002", "1001"), ("1001",)),
        (MISSED, {**INTERNAL, "callee": "1001"}, ("1001",), ("1001",)),
        (ENDED, {"caller": "1002", "callee": "1001"}, ("1001",), ("1001",)),  # outside, too
        (ENDED, {**OUTBOUND, "callee": "1002", "outcome": None}, ("1001",), ()),
        (MISSED, {"callee": "6200"}, (), ()),  # who of a group rang, no record tells
        (ENDED, {"callee": "1001", "outcome": CallOutcome.ANSWERED}, ("1001",), ()),
        (ENDED, {**OUTBOUND, "callee": "030555816", "outcome": None}, ("1001",), ()),
    ],
)
def test_extension_that_a_record_names(
    event_type: CallEventType,
    known: dict[str, Any],
    extensions: tuple[str, ...],
    missed_by: tuple[str, ...],
    *,
    late: bool,
) -> None:
    over = call(**{"rang": (), "outcome": CallOutcome.MISSED} | known)
    told = change(event_type, call=over, extensions=(), late=late)
    named = with_named_extensions(told, NUMBERS)
    assert (named.extensions, named.call.missed_by) == (extensions, missed_by)


def test_a_record_names_who_missed_a_call_whose_parties_are_known() -> None:
    """What the log shows agrees with what is told."""
    over = call(rang=(), outcome=CallOutcome.MISSED, callee="1001")
    told = with_named_extensions(change(ENDED, call=over, extensions=("1000",)), NUMBERS)
    assert (told.extensions, told.call.missed_by) == (("1000",), ("1001",))


@pytest.mark.parametrize(
    "original",
    [
        change(MISSED, extensions=("1002",), late=True),  # the engine knows better
        change(CallEventType.RINGING, extensions=()),
    ],
)
def test_what_is_known_stays(original: CallChange) -> None:
    assert with_named_extensions(original, NUMBERS) is original
