"""A job that runs again and again, never twice at once, and stops with its entry."""

import asyncio

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ippbx.link.periodic import Periodic
from tests.time_travel import TimeTraveller

AFTER_FAILURE = 7


class Job:
    """What is repeated.

    Notes when it runs, runs for `duration` seconds, and returns when to run again.
    """

    def __init__(self, hass: HomeAssistant, *delays: float | Exception | None) -> None:
        self.runs: list[float] = []
        self.duration = 0.0
        self.under_way = self.most_under_way = 0
        self._began = hass.loop.time()
        self._hass = hass
        self._delays = list(delays)

    async def __call__(self) -> float | None:
        self.runs.append(round(self._hass.loop.time() - self._began, 1))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(self.duration)
        finally:
            self.under_way -= 1
        delay = self._delays.pop(0) if len(self._delays) > 1 else self._delays[0]
        if isinstance(delay, Exception):
            raise delay
        return delay


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    entry = MockConfigEntry(domain="ippbx")
    entry.add_to_hass(hass)
    return entry


def repeater(hass: HomeAssistant, entry: MockConfigEntry, job: Job) -> Periodic:
    return Periodic(hass, entry, "test", job, after_failure=AFTER_FAILURE)


async def test_the_job_says_when_it_runs_next(
    hass: HomeAssistant, entry: MockConfigEntry, traveller: TimeTraveller
) -> None:
    job = Job(hass, 10, 20, 30)
    repeat = repeater(hass, entry, job)
    repeat.start(5)
    await traveller.travel(100)
    assert job.runs == [5, 15, 35, 65, 95]
    repeat.stop()
    await traveller.travel(100)
    assert len(job.runs) == 5


async def test_a_slow_job_piles_nothing_up(
    hass: HomeAssistant, entry: MockConfigEntry, traveller: TimeTraveller
) -> None:
    job = Job(hass, 10)
    job.duration = 25
    repeat = repeater(hass, entry, job)
    repeat.start(0)
    await traveller.travel(100)
    assert job.runs == [0, 35, 70]
    assert job.most_under_way == 1
    repeat.stop()


async def test_a_failure_stops_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    traveller: TimeTraveller,
    caplog: pytest.LogCaptureFixture,
) -> None:
    job = Job(hass, ValueError("oh"), 10)
    repeat = repeater(hass, entry, job)
    repeat.start(0)
    await traveller.travel(20)
    assert job.runs == [0, AFTER_FAILURE, AFTER_FAILURE + 10]
    assert caplog.text.count("Unexpected error in test") == 1
    repeat.stop()


async def test_a_failure_is_counted_and_gives_nothing_away(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    traveller: TimeTraveller,
    caplog: pytest.LogCaptureFixture,
) -> None:
    repeat = repeater(hass, entry, Job(hass, ValueError("030555820")))
    repeat.start(0)
    await traveller.travel(3 * AFTER_FAILURE - 1)
    assert repeat.failures.count == 3
    assert caplog.text.count("Unexpected error in test") == 1
    assert "ValueError" in caplog.text
    assert "030555820" not in caplog.text
    repeat.stop()


async def test_a_job_may_end_the_repetition_and_a_request_resumes_it(
    hass: HomeAssistant, entry: MockConfigEntry, traveller: TimeTraveller
) -> None:
    job = Job(hass, None)
    repeat = repeater(hass, entry, job)
    repeat.start(0)
    await traveller.travel(1000)
    assert job.runs == [0]
    repeat.run_soon()
    await traveller.rest()
    assert job.runs == [0, 1000]


async def test_wishes_before_a_run_are_one_wish(
    hass: HomeAssistant, entry: MockConfigEntry, traveller: TimeTraveller
) -> None:
    job = Job(hass, 100)
    repeat = repeater(hass, entry, job)
    repeat.start(50)
    for _ in range(9):
        repeat.run_soon()
    await traveller.travel(60)
    assert job.runs == [0]  # and the timer of the start is no more
    await traveller.travel(41)
    assert job.runs == [0, 100]
    repeat.stop()


async def test_wishes_during_a_run_are_one_run_after_it(
    hass: HomeAssistant, entry: MockConfigEntry, traveller: TimeTraveller
) -> None:
    job = Job(hass, 100)
    job.duration = 10
    repeat = repeater(hass, entry, job)
    repeat.start(0)
    await traveller.travel(5)
    for _ in range(9):
        repeat.run_soon()
    await traveller.travel(60)
    assert job.runs == [0, 10]
    assert job.most_under_way == 1
    repeat.stop()


async def test_a_run_is_brought_forward_and_never_put_off(
    hass: HomeAssistant, entry: MockConfigEntry, traveller: TimeTraveller
) -> None:
    job = Job(hass, 100)
    repeat = repeater(hass, entry, job)
    repeat.start(50)
    await traveller.travel(10)
    repeat.run_within(5)
    repeat.run_within(20)
    await traveller.travel(90)
    assert job.runs == [15]
    await traveller.travel(12)
    repeat.run_within(20)
    await traveller.travel(80)
    assert job.runs == [15, 115]
    repeat.stop()
    repeat.run_within(1)
    await traveller.travel(50)
    assert len(job.runs) == 2


async def test_a_run_brought_forward_counts_from_the_end_of_the_present_one(
    hass: HomeAssistant, entry: MockConfigEntry, traveller: TimeTraveller
) -> None:
    job = Job(hass, 100)
    job.duration = 10
    repeat = repeater(hass, entry, job)
    repeat.start(0)
    await traveller.travel(5)
    repeat.run_within(3)
    await traveller.travel(60)
    assert job.runs == [0, 13]
    repeat.stop()


async def test_stopping_cancels_the_present_run(
    hass: HomeAssistant, entry: MockConfigEntry, traveller: TimeTraveller
) -> None:
    job = Job(hass, 10)
    job.duration = 10
    repeat = repeater(hass, entry, job)
    repeat.start(0)
    await traveller.travel(5)
    assert job.under_way == 1
    repeat.stop()
    repeat.run_soon()
    await traveller.travel(100)
    assert (job.runs, job.under_way) == ([0], 0)


async def test_wishes_before_the_start_are_dropped(
    hass: HomeAssistant, entry: MockConfigEntry, traveller: TimeTraveller
) -> None:
    job = Job(hass, 10)
    repeater(hass, entry, job).run_soon()
    await traveller.travel(10)
    assert job.runs == []


async def test_a_job_without_a_first_run_runs_when_that_is_requested(
    hass: HomeAssistant, entry: MockConfigEntry, traveller: TimeTraveller
) -> None:
    job = Job(hass, None)
    repeat = repeater(hass, entry, job)
    repeat.run_soon()
    repeat.start(None)
    await traveller.travel(100)
    assert job.runs == []
    repeat.run_soon()
    await traveller.travel(100)
    repeat.stop()
    repeat.run_soon()
    await traveller.travel(1)
    assert job.runs == [100]
