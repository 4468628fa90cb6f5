"""Back-fill after crashes, over long gaps, with wrong clocks, and from spoilt files."""

import asyncio
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.calls.history import backfill
from custom_components.ippbx.calls.history.backfill import MAX_LOOK_BACK, PERIOD
from custom_components.ippbx.calls.history.record_filter import AT_ONCE
from custom_components.ippbx.calls.history.seen_records import SeenRecords
from custom_components.ippbx.pbx.model.lines import SystemInfo
from custom_components.ippbx.pbx.uc.backend import UcBackend
from custom_components.ippbx.pbx.uc.control.control import UcControl
from pbx_simulator import Simulator
from tests.conftest import StartSimulator, add_entry
from tests.house import House, move_in
from tests.live import load, serve
from tests.time_travel import TimeTraveller

from .helpers import CALLERS, SECOND, TURN, calls, gaps, listen, missed, now, once, start, stop

DAY = 86400.0


@pytest.fixture
async def simulator(start_simulator: StartSimulator) -> Simulator:
    """Return a simulated PBX with records."""
    return await start_simulator(dialect="yeastar-v2")


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    """Return a house with that PBX, which was looked at once."""
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(TURN)
    return house


def key(house: House) -> str:
    """Return the key of what is kept."""
    return f"ippbx.backfill.{house.entry.entry_id}"


@pytest.mark.parametrize("busy", [False, True])
async def test_a_crash_repeats_nothing(
    house: House, hass_storage: dict[str, Any], busy: bool
) -> None:
    """Published calls are written within two seconds, and a crash writes nothing more.

    Be it in the log alone.
    """
    published = listen(house)
    earlier = [f"03055584{number}" for number in range(3 * busy)]
    for caller in (*earlier, CALLERS[0]):
        await missed(house, caller)
        await house.traveller.travel(10)
    before = deepcopy(hass_storage)
    await stop(house)
    hass_storage.clear()
    hass_storage.update(before)
    await missed(house, CALLERS[1])
    await house.traveller.travel(300)
    await start(house)
    assert [item.caller for item in calls(house)] == [*earlier, *CALLERS[:2]]
    assert published.count() == once(house)
    assert house.runtime.calls.missed.count == len(calls(house))


async def test_more_than_can_be_published_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "MAX_RECORDS", 2)
    published = listen(house)
    await stop(house)
    callers = [f"0305558{number}" for number in range(20, 25)]
    for caller in callers:
        await missed(house, caller)
    await house.traveller.travel(60)
    await start(house)
    await house.traveller.travel(3 * TURN)
    assert [item.caller for item in calls(house)] == callers
    assert published.count() == once(house)


async def test_a_file_of_very_many_records_does_not_block_the_event_loop(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others wait for some hundred records at most between two turns, however many there are."""
    began = now() - timedelta(minutes=1)
    many = [
        f"9.{number},{began:%Y-%m-%d %H:%M:%S},{CALLERS[0]},1001,NO ANSWER"
        for number in range(3_000)
    ]
    content = "\n".join(("callid,timestart,callfrom,callto,status", *many)).encode()
    looked_at = [0]
    knows = SeenRecords.knows

    def look(seen: SeenRecords, any_id: str) -> bool:
        looked_at[-1] += 1
        return knows(seen, any_id)

    async def wait() -> None:
        while True:
            await asyncio.sleep(0)
            looked_at.append(0)

    monkeypatch.setattr(SeenRecords, "knows", look)
    with patch.object(UcControl, "download_records", AsyncMock(return_value=content)):
        house.runtime.history.backfill.request()
        other = asyncio.create_task(wait())
        await house.runtime.history.backfill.async_run()
        other.cancel()
    assert sum(looked_at) >= len(many)
    assert max(looked_at) <= 2 * AT_ONCE


async def test_a_gap_of_weeks(house: House) -> None:
    published = listen(house)
    stopped = now()
    await stop(house)
    await missed(house, CALLERS[0])  # too long ago by then
    await house.traveller.travel(3 * DAY)
    await missed(house, CALLERS[1])
    await house.traveller.travel(6 * DAY)
    started = now()
    asked = house.asked("cdr/get_random")
    await start(house)
    assert [item.caller for item in calls(house)] == [CALLERS[1]]
    assert published.count() == once(house)
    (gap,) = gaps(house)
    assert stopped - PERIOD <= gap.started <= stopped
    assert abs(gap.ended - (started - MAX_LOOK_BACK)) <= timedelta(seconds=TURN)
    assert house.asked("cdr/get_random") - asked == 8  # a day each

    await house.traveller.travel(PERIOD.total_seconds() + TURN)
    assert house.asked("cdr/get_random") - asked == 9  # nothing is read twice


@pytest.mark.parametrize("shown", ["", "soon", "UTC+1"])
async def test_a_clock_that_cannot_be_read(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller, shown: str
) -> None:
    """Ids of calls and their records show the zone then."""
    ask = UcBackend.system_info

    async def system_info(client: UcBackend) -> SystemInfo:
        return replace(await ask(client), time=shown)

    with patch.object(UcBackend, "system_info", system_info):
        call = await simulator.calls.inbound("trunk-1", caller=CALLERS[2], to="1001")
        await call.ring()
        await call.hang_up()
        await traveller.travel(300)
        house = await move_in(hass, simulator, traveller)
        await traveller.travel(TURN)
        await stop(house)
        began = await missed(house, CALLERS[0])
        await traveller.travel(300)
        await start(house)
    (item,) = calls(house)  # and none from before the first set-up
    assert (item.caller, abs(item.started - began) <= SECOND) == (CALLERS[0], True)


async def test_what_is_kept_does_not_grow(house: House, hass_storage: dict[str, Any]) -> None:
    for _ in range(12):
        await missed(house, CALLERS[0])
        await house.traveller.travel(7200)
    assert len(calls(house)) == 12
    await stop(house)
    kept = hass_storage[key(house)]["data"]
    assert 1 <= len(kept["seen"]) <= 8  # of somewhat more than fifteen hours
    assert not [caller for caller in CALLERS if caller in str(kept)]


GOOD = {"since": "2026-01-01T00:00:00+00:00", "seen_until": "2026-01-01T00:00:00+00:00"}
SPOILT: list[object] = [
    None,
    [],
    {},
    {"since": 5, "seen_until": GOOD["seen_until"]},
    {"since": GOOD["since"]},
    GOOD | {"seen_until": "2025-01-01T00:00:00+00:00"},  # before the first set-up
    GOOD | {"seen_until": "2999-01-01T00:00:00+00:00"},
    GOOD | {"seen_until": "2026-01-01"},
    GOOD | {"since": "0001-01-01T00:00:00+14:00"},
]


@pytest.mark.parametrize("kept", SPOILT)
async def test_a_spoilt_file_is_a_first_set_up(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    hass_storage: dict[str, Any],
    kept: object,
) -> None:
    call = await simulator.calls.inbound("trunk-1", caller=CALLERS[0], to="1001")
    await call.ring()
    await traveller.travel(20)
    await call.hang_up()
    await traveller.travel(60)
    await serve(hass)
    entry = add_entry(hass, simulator)
    house = House(hass=hass, entry=entry, simulator=simulator, traveller=traveller)
    hass_storage[key(house)] = {"key": key(house), "version": 1, "minor_version": 1, "data": kept}
    await load(hass, entry)
    await traveller.travel(TURN)
    assert calls(house) == []
    assert not gaps(house)

    await stop(house)
    await missed(house, CALLERS[1])
    await traveller.travel(60)
    await start(house)
    assert [item.caller for item in calls(house)] == [CALLERS[1]]


@pytest.mark.parametrize("seen", [5, [], {"1.1": 5, "1.2": "soon"}, {"1.1": None}])
async def test_what_was_seen_is_spoilt(
    house: House, hass_storage: dict[str, Any], seen: object
) -> None:
    await stop(house)
    hass_storage[key(house)]["data"] |= {"seen": seen, "live_since": seen}
    await missed(house, CALLERS[0])
    await house.traveller.travel(60)
    await start(house)
    assert [item.caller for item in calls(house)] == [CALLERS[0]]
