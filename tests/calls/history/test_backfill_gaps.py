"""Without records the log has a gap; after a passing failure the read is repeated."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.calls.history.backfill import PERIOD
from tests.conftest import StartSimulator
from tests.house import House, move_in
from tests.time_travel import TimeTraveller

from .helpers import CALLERS, SECOND, TURN, calls, gaps, listen, missed, now, once, start, stop

MINUTES = 60.0
NO_RECORDS = {"cdr/get_random": "10003"}


@pytest.fixture
async def openvox(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> House:
    """Return a house with a PBX without records."""
    simulator = await start_simulator(knobs={"wrong_errno": dict(NO_RECORDS)})
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(TURN)
    return house


@pytest.fixture
async def yeastar(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> House:
    """Return a house with a PBX with records."""
    simulator = await start_simulator(dialect="yeastar-v1")
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(TURN)
    return house


def assert_gap(house: House, since: datetime, until: datetime) -> None:
    """Assert that the log has one gap, whose start is right to half a minute."""
    (gap,) = gaps(house)
    assert since - timedelta(seconds=35) <= gap.started <= since
    assert abs(gap.ended - until) <= SECOND


async def test_home_assistant_was_stopped(openvox: House) -> None:
    assert not gaps(openvox)  # nothing was lost before the first set-up
    published = listen(openvox)
    stopped = now()
    await stop(openvox)
    for caller in CALLERS:
        await openvox.traveller.travel(180)
        await missed(openvox, caller)
    started = now()
    await start(openvox)
    assert_gap(openvox, stopped, started)
    assert calls(openvox) == []
    assert published.count() == Counter()

    # It is one gap, however often it is started after that.
    for _ in range(2):
        await stop(openvox)
        await start(openvox)
    assert_gap(openvox, stopped, started)


async def test_the_link_was_down(openvox: House) -> None:
    lost = now()
    await openvox.simulator.go_away()
    await openvox.traveller.travel(10 * MINUTES)
    await openvox.simulator.come_back()
    back = now() + timedelta(
        seconds=await openvox.traveller.travel(30, until=lambda: openvox.runtime.link.up)
    )
    await openvox.traveller.travel(TURN)
    assert_gap(openvox, lost, back)


async def test_a_short_gap_is_none(openvox: House) -> None:
    await stop(openvox)
    await openvox.traveller.travel(20)
    await start(openvox)
    await openvox.traveller.wait_for(openvox.simulator.reboot(seconds=20))
    await openvox.traveller.travel(2 * MINUTES)
    assert not gaps(openvox)


async def test_refused_records_are_requested_again_when_the_link_was_renewed(
    yeastar: House,
) -> None:
    """Its firmware may be another one by then."""
    simulator = yeastar.simulator
    simulator.knobs.wrong_errno = dict(NO_RECORDS)
    stopped = now()
    await stop(yeastar)
    await missed(yeastar, CALLERS[0])
    await yeastar.traveller.travel(10 * MINUTES)
    started = now()
    asked = yeastar.asked("cdr/get_random")
    await start(yeastar)
    await yeastar.traveller.travel(3 * PERIOD.total_seconds())
    assert yeastar.asked("cdr/get_random") == asked + 1
    # How long ago the records were read the last time is not known better than that.
    (gap,) = gaps(yeastar)
    assert stopped - PERIOD <= gap.started <= stopped
    assert abs(gap.ended - started) <= SECOND

    simulator.knobs.wrong_errno = {}
    await simulator.go_away()
    await yeastar.traveller.travel(2 * MINUTES)
    await missed(yeastar, CALLERS[1])
    await simulator.come_back()
    await yeastar.traveller.travel(30 + TURN)
    assert [item.caller for item in calls(yeastar)] == list(CALLERS[:2])


@pytest.mark.parametrize("answered", [True, False])
async def test_a_call_ended_while_home_assistant_was_stopped(
    openvox: House, answered: bool
) -> None:
    """However short that was: no report and no record tells of its end."""
    call = await openvox.simulator.calls.inbound("trunk-1", caller=CALLERS[0], to="1001")
    await call.ring()
    if answered:
        await call.answer()
    await openvox.traveller.travel(TURN)
    stopped = now()
    await stop(openvox)
    await openvox.traveller.travel(5)
    await call.hang_up()
    await openvox.traveller.travel(5)
    started = now()
    await start(openvox)
    assert_gap(openvox, stopped, started)
    for _ in range(2):
        await stop(openvox)
        await start(openvox)
    assert_gap(openvox, stopped, started)


async def test_a_call_that_outlives_a_restart_leaves_no_gap(openvox: House) -> None:
    call = await openvox.simulator.calls.inbound("trunk-1", caller=CALLERS[0], to="1001")
    await call.ring()
    await call.answer()
    await openvox.traveller.travel(TURN)
    await stop(openvox)
    await start(openvox)
    await call.hang_up()
    await openvox.traveller.travel(TURN)
    assert not gaps(openvox)
    (item,) = calls(openvox)
    assert (item.caller, item.answered_by, item.outcome) == (CALLERS[0], "1001", "answered")


@pytest.mark.parametrize("errno", ["30001", "10025", "30003", "20004"])
async def test_a_passing_failure_is_waited_out(yeastar: House, errno: str) -> None:
    published = listen(yeastar)
    await stop(yeastar)
    await missed(yeastar, CALLERS[0])
    await yeastar.traveller.travel(10 * MINUTES)
    yeastar.simulator.knobs.wrong_errno = {"cdr/get_random": errno}
    await start(yeastar)
    await yeastar.traveller.travel(5 * MINUTES)
    assert calls(yeastar) == []
    yeastar.simulator.knobs.wrong_errno = {}
    await yeastar.traveller.travel(2 * MINUTES)
    assert [item.caller for item in calls(yeastar)] == [CALLERS[0]]
    assert published.count() == once(yeastar)
    assert not gaps(yeastar)


@pytest.mark.parametrize("errno", ["20019", "99999"])
async def test_a_failure_that_lasts_ends_in_a_gap(yeastar: House, errno: str) -> None:
    await stop(yeastar)
    await missed(yeastar, CALLERS[0])
    await yeastar.traveller.travel(10 * MINUTES)
    yeastar.simulator.knobs.wrong_errno = {"cdr/get_random": errno}
    asked = yeastar.asked("cdr/get_random")
    await start(yeastar)
    await yeastar.traveller.travel(5 * MINUTES)
    assert yeastar.asked("cdr/get_random") == asked + 3
    assert len(gaps(yeastar)) == 1
    assert yeastar.runtime.link.up


async def test_a_web_page_is_no_file(yeastar: House) -> None:
    await stop(yeastar)
    await missed(yeastar, CALLERS[0])
    await yeastar.traveller.travel(10 * MINUTES)
    yeastar.simulator.knobs.fault_endpoints = {"cdr/download"}
    yeastar.simulator.knobs.html_answers = True
    await start(yeastar)
    assert calls(yeastar) == []
    yeastar.simulator.knobs.html_answers = False
    await yeastar.traveller.travel(MINUTES)
    assert [item.caller for item in calls(yeastar)] == [CALLERS[0]]


async def test_where_no_calls_were_there_is_no_gap(yeastar: House) -> None:
    await stop(yeastar)
    await yeastar.traveller.travel(10 * MINUTES)
    await start(yeastar)
    assert not gaps(yeastar)
    assert calls(yeastar) == []


async def test_what_is_kept_does_not_grow_without_records(
    openvox: House, hass_storage: dict[str, Any]
) -> None:
    for _ in range(3):
        await missed(openvox, CALLERS[0])
        await openvox.traveller.travel(60)
    assert len(calls(openvox)) == 3
    await stop(openvox)
    kept = hass_storage[f"ippbx.backfill.{openvox.entry.entry_id}"]["data"]
    assert kept["seen"] == {}


async def test_what_is_kept_does_not_grow_while_records_are_refused(
    yeastar: House, hass_storage: dict[str, Any]
) -> None:
    yeastar.simulator.knobs.wrong_errno = dict(NO_RECORDS)
    for _ in range(12):
        await missed(yeastar, CALLERS[0])
        await yeastar.traveller.travel(1200)
    assert len(calls(yeastar)) == 12
    await stop(yeastar)
    kept = hass_storage[f"ippbx.backfill.{yeastar.entry.entry_id}"]["data"]
    assert 1 <= len(kept["seen"]) <= 6  # of somewhat more than an hour
