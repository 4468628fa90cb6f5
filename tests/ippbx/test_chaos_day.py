"""A day with a fault each half an hour: at its end nothing has piled up, and everything is right."""

import asyncio
from collections.abc import AsyncGenerator
import gc
import itertools
import logging
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
import pytest

from .chaos_faults import FAULTS
from .chaos_stage import Stage, set_the_stage
from .conftest import StartSimulator
from .time_travel import TimeTraveller

HALF_AN_HOUR = 1800.0
WARM = 24  # half hours until what is kept of calls and of talk with the PBX is full
LOG_SIZE = 100  # calls


@pytest.fixture
async def stage(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[Stage]:
    logging.disable(logging.INFO)  # what pytest keeps of them would be all that piles up
    stage = await set_the_stage(
        hass,
        start_simulator,
        traveller,
        monkeypatch,
        options={"call_log_size": LOG_SIZE},
        dialect="yeastar-v1",
        keep=100,
    )
    stage.people.pauses = (20.0, 90.0)
    yield stage
    await stage.close()
    logging.disable(logging.NOTSET)


def held(stage: Stage) -> dict[str, int]:
    """Return how much there is of what could pile up."""
    stage.people.calls.clear()
    for name in ("_async_load", "_async_write_data", "async_remove"):
        getattr(Store, name).reset_mock()  # which remembers each call
    for task in [task for task in stage.tasks if task.done()]:
        stage.tasks.discard(task)
    gc.collect()
    loop: Any = stage.hass.loop
    return {
        "tasks": len(asyncio.all_tasks()),
        "timers": sum(not handle.cancelled() for handle in loop._scheduled),
        "listeners": sum(stage.hass.bus.async_listeners().values()),
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "objects": len(gc.get_objects()),
    }


async def half_an_hour(stage: Stage, name: str) -> None:
    """Live through a fault, and whatever is left of half an hour; calls are over at its end."""
    traveller, fault = stage.traveller, FAULTS[name]
    start = traveller.now()
    await fault.begin(stage)
    await traveller.travel(fault.seconds)
    await fault.end(stage)
    await traveller.travel(HALF_AN_HOUR - 600 - (traveller.now() - start))
    stage.people.resting = True
    await stage.people.hang_up_all()
    await traveller.travel(600)
    assert stage.is_right(), name
    assert not stage.coordinator.calls.tracker.active, name
    stage.people.resting = False


@pytest.mark.parametrize("half_hours", [2, pytest.param(48, marks=pytest.mark.slow)])
async def test_a_day(stage: Stage, half_hours: int) -> None:
    warm: dict[str, int] = {}
    for number, name in enumerate(itertools.islice(itertools.cycle(FAULTS), half_hours)):
        await half_an_hour(stage, name)
        if number == min(WARM, half_hours // 2):
            warm = held(stage)
    now = held(stage)
    # It grew by 15 % in the last twelve hours of a day, and why was not found: this limit only catches what runs away.
    assert now.pop("objects") <= warm.pop("objects") * 1.25
    for key, count in now.items():
        assert count <= warm[key] + 3, key
    assert stage.simulator.failed_logins == 0
