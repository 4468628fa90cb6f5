"""Unreported calls are published afterwards, once, at their true times.

Otherwise the log has a gap.
"""

from datetime import timedelta
import logging

from homeassistant.core import CoreState, HomeAssistant
import pytest

from custom_components.ippbx.calls.history.backfill import PERIOD
from custom_components.ippbx.pbx.model.tracked import CallOutcome
from tests.conftest import StartSimulator
from tests.house import House, move_in
from tests.time_travel import TimeTraveller

from .helpers import CALLERS, SECOND, TURN, calls, gaps, listen, missed, once, start, stop

YEASTAR = ("yeastar-v1", "yeastar-v2")


@pytest.fixture(params=YEASTAR)
async def house(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
) -> House:
    """Return a house with a PBX with records, which were read once."""
    simulator = await start_simulator(dialect=request.param)
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(TURN)
    return house


async def test_calls_missed_while_home_assistant_was_stopped(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await stop(house)
    began = []
    for caller in CALLERS:
        await house.traveller.travel(180)
        began.append(await missed(house, caller))
    published = listen(house)
    await start(house)

    found = calls(house)
    assert [(item.caller, item.outcome) for item in found] == [
        (caller, CallOutcome.MISSED) for caller in CALLERS
    ]
    for item, truth in zip(found, began, strict=True):
        assert abs(item.started - truth) <= SECOND
        assert item.ended is not None
        assert abs(item.ended - truth - timedelta(seconds=20)) <= SECOND
        assert (item.late, item.missed_by) == (True, ("1001",))
    assert published.count() == published.count(extension="1001") == once(house)
    assert all(
        state.attributes["late"] for state in published.states if "call_id" in state.attributes
    )
    assert house.runtime.calls.missed.count == 3
    assert not gaps(house)
    loud = "".join(r.getMessage() for r in caplog.records if r.levelno > logging.DEBUG)
    assert not [caller for caller in CALLERS if caller in loud]

    # Neither another start nor time brings them again.
    for _ in range(2):
        await stop(house)
        await start(house)
    await house.traveller.travel(2 * PERIOD.total_seconds())
    assert calls(house) == found
    assert published.count() == once(house)
    assert house.runtime.calls.missed.count == 3


async def test_calls_that_were_seen_are_not_published_again(house: House) -> None:
    published = listen(house)
    for caller in CALLERS:
        await missed(house, caller)
    await house.traveller.travel(5)
    assert published.count() == once(house)
    assert len(calls(house)) == 3
    assert not any(item.late for item in calls(house))
    await house.traveller.travel(2 * PERIOD.total_seconds())
    for _ in range(2):
        await stop(house)
        await start(house)
    assert len(calls(house)) == 3
    assert published.count() == once(house)
    assert house.runtime.history.backfill.found == 0


async def test_calls_missed_while_the_link_was_down(house: House) -> None:
    published = listen(house)
    await house.simulator.go_away()
    await house.traveller.travel(120)
    began = [await missed(house, caller) for caller in CALLERS]
    await house.simulator.come_back()
    await house.traveller.travel(30 + TURN)
    assert [item.caller for item in calls(house)] == list(CALLERS)
    assert all(
        abs(item.started - truth) <= SECOND for item, truth in zip(calls(house), began, strict=True)
    )
    assert published.count() == once(house)


async def test_a_call_that_goes_on_over_a_restart(house: House) -> None:
    """Its start was reported, its end was not, and it is published once."""
    call = await house.simulator.calls.inbound("trunk-1", caller=CALLERS[0], to="1001")
    await call.ring()
    await call.answer()
    await house.traveller.travel(2 * 3600)
    published = listen(house)
    await stop(house)
    await house.traveller.travel(60)
    await call.hang_up()
    await house.traveller.travel(60)
    await start(house)
    (item,) = calls(house)
    assert (item.caller, item.outcome) == (CALLERS[0], CallOutcome.ANSWERED)
    assert item.talk_seconds == pytest.approx(2 * 3600 + 60, abs=2)
    assert published.count("ended") == once(house)


async def test_a_call_of_which_every_report_was_lost(house: House) -> None:
    house.simulator.knobs.lose_reports = 1
    published = listen(house)
    began = await missed(house, CALLERS[0])
    house.simulator.knobs.lose_reports = 0
    await house.traveller.travel(PERIOD.total_seconds() + TURN)
    (item,) = calls(house)
    assert (item.caller, item.outcome) == (CALLERS[0], CallOutcome.MISSED)
    assert abs(item.started - began) <= SECOND
    assert published.count() == once(house)


async def test_nothing_from_before_the_first_set_up(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    simulator = await start_simulator(dialect="yeastar-v2")
    call = await simulator.calls.inbound("trunk-1", caller=CALLERS[0], to="1001")
    await call.ring()
    await traveller.travel(30)
    await call.hang_up()
    await traveller.travel(60)
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(PERIOD.total_seconds() + TURN)
    assert house.asked("cdr/get_random") >= 2
    assert calls(house) == []
    assert not gaps(house)


@pytest.mark.parametrize("utc_offset", [-8, 0, 13])
async def test_times_are_true_in_any_zone(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    utc_offset: int,
) -> None:
    simulator = await start_simulator(dialect="yeastar-v1", utc_offset=utc_offset)
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(TURN)
    await stop(house)
    began = await missed(house, CALLERS[0])
    await traveller.travel(600)
    await start(house)
    (item,) = calls(house)
    assert abs(item.started - began) <= SECOND


async def test_nothing_is_published_before_home_assistant_has_started(house: House) -> None:
    """Automations would not hear it."""
    await stop(house)
    await missed(house, CALLERS[0])
    await house.traveller.travel(60)
    house.hass.set_state(CoreState.starting)
    await start(house)
    assert calls(house) == []
    house.hass.set_state(CoreState.running)
    await house.traveller.travel(TURN)
    assert len(calls(house)) == 1


async def test_one_request_at_a_time(house: House) -> None:
    await stop(house)
    await missed(house, CALLERS[0])
    await start(house)
    assert house.simulator.max_in_flight == 1
