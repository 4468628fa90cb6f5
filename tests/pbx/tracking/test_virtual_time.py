"""Virtual time: the simulator's calls without an event loop."""

import time

from .scenario import scenario
from .scenario.virtual_time import VirtualTime


def test_an_hour_passes_at_once() -> None:
    heard: list[tuple[str, float]] = []
    clock = VirtualTime(1000.0, after_each=lambda: None)

    async def wait(name: str, seconds: float) -> None:
        await clock.elapse(seconds)
        heard.append((name, clock()))

    async def begin() -> None:
        late = clock.create_task(wait("late", 3600))
        clock.create_task(wait("soon", 1))
        given_up = clock.create_task(wait("given up", 2))
        await clock.elapse(1.5)
        given_up.cancel()
        assert clock.current_task() is not late

    clock.create_task(begin())
    clock.run()
    assert heard == [("soon", 1001.0), ("late", 4600.0)]


def test_a_task_that_begins_now_runs_before_time_passes() -> None:
    heard: list[float] = []
    clock = VirtualTime(0.0, after_each=lambda: heard.append(clock()))

    async def outer() -> None:
        clock.create_task(inner())
        await clock.elapse(5)

    async def inner() -> None:
        heard.append(-1.0)

    clock.create_task(outer())
    clock.run()
    assert heard == [0.0, -1.0, 0.0, 5.0]


def test_a_scenario_of_minutes_takes_no_minutes() -> None:
    began = time.monotonic()
    played = scenario(7, "openvox")
    assert time.monotonic() - began < played.ended - played.started
