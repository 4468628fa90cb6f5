"""The call log is written sparingly; a stop or power cut loses a second of calls at most."""

from collections import Counter
from copy import deepcopy
from typing import Any
from unittest.mock import MagicMock

from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers.json import json_bytes
from homeassistant.helpers.storage import Store
import pytest

from custom_components.ippbx.calls.history.backfill import Backfill
from custom_components.ippbx.calls.history.log import CallLog
from custom_components.ippbx.const import DEFAULT_CALL_LOG_SIZE
from tests.calls.changes import BEGAN, CALLER
from tests.time_travel import TimeTraveller

from .test_log import FULL, MINUTE, ended, ids, loaded

EVERY = 32  # calls after which all of a log of the usual size is written
WHOLE, LATEST = "ippbx.call_log.entry", "ippbx.latest_calls.entry"


@pytest.fixture
def writes(hass_storage: dict[str, Any]) -> Counter[str]:
    """Return a count of the writes of each file."""
    store: Any = Store._async_write_data
    write, count = store.side_effect, Counter[str]()

    async def counted(store: Store[Any], data: dict[str, Any]) -> None:
        await write(store, data)
        count[store.key] += 1

    store.side_effect = counted
    return count


async def after_a_power_cut(hass: HomeAssistant, hass_storage: dict[str, Any]) -> list[str]:
    """Return what a start would find if the power went now; nothing is changed by that."""
    kept = deepcopy(hass_storage)
    found = ids(await loaded(hass))
    hass_storage.clear()
    hass_storage.update(kept)
    return found


async def full(hass: HomeAssistant) -> CallLog:
    """Return a log that has as many calls as it keeps."""
    log = await loaded(hass)
    for number in range(DEFAULT_CALL_LOG_SIZE):
        log.record(ended(f"0.{number}", number - DEFAULT_CALL_LOG_SIZE, **FULL))
    await log.async_save()
    return await loaded(hass)


async def test_a_busy_hour_writes_little(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    writes: Counter[str],
    traveller: TimeTraveller,
) -> None:
    log = await full(hass)
    writes.clear()
    most = 0
    for number in range(120):
        log.record(ended(f"1.{number}", number, **FULL))
        await traveller.travel(30)
        most = max(most, len(json_bytes(hass_storage[LATEST])))
    assert writes == {LATEST: 120, WHOLE: 120 // EVERY}
    before = 120 * (size := len(json_bytes(hass_storage[WHOLE])))
    assert 120 * most + size * writes[WHOLE] < before / 10


@pytest.mark.parametrize("pause", [0.3, 0.9, 1.1, 40])
async def test_a_power_cut_loses_a_second(
    hass: HomeAssistant, hass_storage: dict[str, Any], traveller: TimeTraveller, pause: float
) -> None:
    log = await loaded(hass)
    ended_at: dict[str, float] = {}
    for number in range(3 * EVERY + 7):
        log.record(ended(f"1.{number}", number))
        ended_at[f"1.{number}"] = traveller.now()
        await traveller.travel(pause)
        found = await after_a_power_cut(hass, hass_storage)
        assert {call for call, at in ended_at.items() if traveller.now() - at > 1} <= {*found}
        assert len(found) == len({*found})


async def test_a_power_cut_while_the_large_file_is_written_loses_no_more(
    hass: HomeAssistant, hass_storage: dict[str, Any], traveller: TimeTraveller
) -> None:
    store: Any = Store._async_write_data
    write = store.side_effect

    async def cut_short(store: Store[Any], data: dict[str, Any]) -> None:
        if store.key != WHOLE:
            await write(store, data)

    store.side_effect = cut_short
    log = await loaded(hass)
    for number in range(EVERY + 3):
        log.record(ended(f"1.{number}", number))
        await traveller.travel(2)
    store.side_effect = write
    assert await after_a_power_cut(hass, hass_storage) == ids(log)


async def test_a_large_file_that_cannot_be_written_loses_no_more(
    hass: HomeAssistant, hass_storage: dict[str, Any], traveller: TimeTraveller
) -> None:
    """The disk is nearly full when the log is saved: at a stop, or at a start that cuts it."""
    store: Any = Store._async_write_data
    write = store.side_effect

    async def full_disk(store: Store[Any], data: dict[str, Any]) -> None:
        if store.key != WHOLE:
            await write(store, data)

    log = await loaded(hass)
    for number in range(EVERY + 3):
        log.record(ended(f"1.{number}", number))
        await traveller.travel(2)
    store.side_effect = full_disk
    await log.async_save()
    assert ids(await loaded(hass)) == ids(log)
    assert ids(await loaded(hass, size=5)) == ids(log)[:5]
    store.side_effect = write
    assert ids(await loaded(hass, size=5)) == ids(log)[:5]


@pytest.mark.parametrize("kept", [0, 1, EVERY, 3 * EVERY])
async def test_a_log_that_was_saved_is_not_written_at_the_next_start(
    hass: HomeAssistant, hass_storage: dict[str, Any], writes: Counter[str], kept: int
) -> None:
    log = await loaded(hass)
    for number in range(kept):
        log.record(ended(f"1.{number}", number))
    await log.async_save()
    writes.clear()
    again = await loaded(hass)
    await again.async_save()
    assert ids(again) == ids(log)
    assert not writes


async def test_many_calls_at_once_survive_a_power_cut(
    hass: HomeAssistant, hass_storage: dict[str, Any], traveller: TimeTraveller
) -> None:
    log = await loaded(hass)
    for number in range(250):
        log.record(ended(f"1.{number}", number, late=True))
    log.record_gap(BEGAN - MINUTE, BEGAN)
    await traveller.travel(1.01)
    assert await after_a_power_cut(hass, hass_storage) == ids(log)
    assert ids(await loaded(hass)) == ids(await loaded(hass)) == ids(log)  # a gap counts once, too


async def test_a_stop_in_the_same_moment_loses_nothing(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    log = await loaded(hass)
    for number in range(EVERY + 3):
        log.record(ended(f"1.{number}", number))
    hass.set_state(CoreState.final_write)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    assert ids(await loaded(hass)) == ids(log)


async def test_calls_while_home_assistant_stops_are_written(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    log = await loaded(hass)
    hass.set_state(CoreState.stopping)
    log.record(ended())
    hass.set_state(CoreState.final_write)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    assert ids(await loaded(hass)) == ["1772357400.100"]


async def test_what_was_kept_before_is_masked_at_once(
    hass: HomeAssistant, hass_storage: dict[str, Any], traveller: TimeTraveller
) -> None:
    log = await loaded(hass)
    log.record(ended())
    await log.async_save()
    log.record(ended("1.2", 2))
    await traveller.travel(2)
    assert all(CALLER in str(hass_storage[file]) for file in (WHOLE, LATEST))
    await loaded(hass, masked=True)
    assert CALLER not in str(hass_storage)


@pytest.mark.parametrize("size", [0, 3])
async def test_no_file_holds_more_than_the_log(
    hass: HomeAssistant, hass_storage: dict[str, Any], traveller: TimeTraveller, size: int
) -> None:
    log = await loaded(hass, size=size)
    for number in range(8):
        log.record(ended(f"1.{number}", number))
    await traveller.travel(2)
    kept = str(hass_storage)
    assert [number for number in range(8) if f"1.{number}'" in kept] == [*range(8 - size, 8)]


@pytest.mark.parametrize(
    ("size", "pause", "written"),
    [(DEFAULT_CALL_LOG_SIZE, 30, 12), (DEFAULT_CALL_LOG_SIZE, 400, 120), (0, 30, 120)],
)
async def test_the_file_of_the_backfill_is_written_seldom_too(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    writes: Counter[str],
    traveller: TimeTraveller,
    size: int,
    pause: float,
    written: int,
) -> None:
    """It knows the calls of fifteen hours by their ids.

    Those of the last minutes the log knows, where there is one.
    """
    calls = MagicMock()
    calls.tracker.active = {}
    backfill = Backfill(hass, "entry", MagicMock(), calls, await loaded(hass, size=size))
    await backfill.async_load()
    for number in range(120):
        backfill.record_ended(ended(f"1.{number}", number))
        await traveller.travel(pause)
    assert writes["ippbx.backfill.entry"] == written
