"""A day with a fault each half an hour.

At its end nothing has piled up, and everything is right.
"""

import asyncio
from collections.abc import AsyncGenerator
import gc
import itertools
import logging
from pathlib import Path
from types import BuiltinFunctionType
from typing import Any
import weakref

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import DATA_ENTITY_PLATFORM
from homeassistant.helpers.storage import Store
import pytest

from custom_components.ippbx.const import DOMAIN
from custom_components.ippbx.pbx.model.ids import parse_id

# Loads when it is first wanted, which is late in the day: its code is nothing that piles up.
import custom_components.ippbx.reports.channels.listener  # noqa: F401
from tests.conftest import StartSimulator
from tests.time_travel import TimeTraveller

from .faults import FAULTS
from .stage import Stage, set_the_stage

HALF_AN_HOUR = 1800.0
# Half hours until what is kept of calls and of talk with the PBX is full: of ids that is fifteen
# hours.
WARM = 32
LOG_SIZE = 100  # calls
GROWTH = 1.03  # of objects


@pytest.fixture
async def stage(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[Stage]:
    # Pytest keeps each line, and the exceptions in it with all their frames.
    logging.disable(logging.CRITICAL)
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


def forget_what_is_bounded(stage: Stage) -> None:
    """Empty what fills up, to a limit, for longer than a day.

    And what is the tests' or Home Assistant's alone.
    """
    stage.people.calls.clear()
    stage.simulator.requests.clear()
    stage.simulator.api.reporter.deliveries.clear()
    stage.runtime.trace._entries.clear()
    stage.runtime.calls.tracker._phones._rings.clear()
    index = stage.runtime.calls.tracker.index
    for finished in list(index._finished):  # of the last quarter of an hour
        index.drop(finished)
    parse_id.cache_clear()
    # It keeps the emptied platform of each time that an entry was loaded:
    # `EntityComponent.async_unload_entry`.
    platforms = stage.hass.data[DATA_ENTITY_PLATFORM][DOMAIN]
    platforms[:] = [platform for platform in platforms if platform.entities]
    for name in ("_async_load", "_async_write_data", "async_remove"):
        getattr(Store, name).reset_mock()  # which remembers each call
    for task in [task for task in stage.tasks if task.done()]:
        stage.tasks.discard(task)


def is_cached_check(obj: object) -> bool:
    """Return True for what `isinstance` keeps, once, of a type in each subclass of an ABC."""
    callback = obj.__callback__ if type(obj) is weakref.ref else obj
    return isinstance(callback, BuiltinFunctionType) and callback.__name__ == "_destroy"


def held(stage: Stage) -> dict[str, int]:
    """Return how much there is of what could pile up."""
    forget_what_is_bounded(stage)
    gc.collect()
    loop: Any = stage.hass.loop
    return {
        "tasks": len(asyncio.all_tasks()),
        "timers": sum(not handle.cancelled() for handle in loop._scheduled),
        "listeners": sum(stage.hass.bus.async_listeners().values()),
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "objects": sum(not is_cached_check(each) for each in gc.get_objects()),
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
    assert not stage.runtime.calls.tracker.active, name
    stage.people.resting = False


@pytest.mark.parametrize("half_hours", [2, pytest.param(48, marks=pytest.mark.slow)])
async def test_a_day(stage: Stage, half_hours: int) -> None:
    warm: dict[str, int] = {}
    for number, name in enumerate(itertools.islice(itertools.cycle(FAULTS), half_hours)):
        await half_an_hour(stage, name)
        if number == min(WARM, half_hours // 2):
            warm = held(stage)
    now = held(stage)
    assert now.pop("objects") <= warm.pop("objects") * GROWTH
    for key, count in now.items():
        assert count <= warm[key] + 3, key
    assert stage.simulator.failed_logins == 0
