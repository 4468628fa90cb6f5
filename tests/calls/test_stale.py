"""Reports that come long after their calls, over real sockets and in all dialects.

They ring nowhere, make no event and count nothing.
"""

from collections.abc import Iterable
from copy import deepcopy
import re
from typing import Any
from unittest.mock import MagicMock

from homeassistant.core import Event, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ippbx.calls.attributes import EVENT_CALL
from custom_components.ippbx.calls.history.entries import LogEntry
from custom_components.ippbx.calls.history.log import LogQuery
from custom_components.ippbx.calls.stale import STALE_AFTER, StaleEvents
from custom_components.ippbx.const import CONF_CALL_LOG_SIZE
from custom_components.ippbx.pbx.backend import IdRules
from custom_components.ippbx.pbx.model.events import (
    BootUpReport,
    CallEvent,
    CallRecordReport,
    CallReport,
)
from custom_components.ippbx.pbx.model.ids import epoch_of
from pbx_simulator.calls.model import Call as SimulatedCall
from tests.chaos.stage import Clock
from tests.conftest import StartSimulator
from tests.house import House, move_in
from tests.pbx.tracking.call_stage import EPOCH, record, report
from tests.reports.raw_requests import post
from tests.time_travel import TimeTraveller

from .changes import call as known_call

HOUR = 3600.0
DAY = 24 * 3600
TURN = 45.0  # seconds in which everything is read, and every end is decided
FORGOTTEN = 20 * 60.0  # longer than the engine remembers a call that is over
DIALECTS = ("openvox", "yeastar-v1", "yeastar-v2")


@pytest.fixture(params=DIALECTS)
async def dialect(request: pytest.FixtureRequest) -> str:
    """Return a dialect."""
    dialect: str = request.param
    return dialect


@pytest.fixture
def pbx_clock() -> Clock:
    """Return the clock of the PBX."""
    return Clock()


@pytest.fixture
async def house(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    pbx_clock: Clock,
    dialect: str,
) -> House:
    """Return a house with a PBX."""
    return await settled(hass, await start_simulator(dialect=dialect, clock=pbx_clock), traveller)


async def settled(
    hass: HomeAssistant, simulator: Any, traveller: TimeTraveller, **changes: Any
) -> House:
    """Return a house in which everything was read."""
    house = await move_in(hass, simulator, traveller, **changes)
    await traveller.travel(TURN)
    return house


async def ringing(house: House, to: str = "1001") -> SimulatedCall:
    """Return a call from outside that rings."""
    call = await house.simulator.calls.inbound("trunk-1", caller="030555823", to=to)
    await call.ring()
    await house.traveller.travel(1)
    return call


async def reports_of_a_call(house: House, *, answered: bool = True) -> list[bytes]:
    """Return the reports of a call that was made just now, from its first ring to its record."""
    before = len(house.runtime.trace)
    call = await ringing(house)
    if answered:
        await call.answer()
    await house.traveller.travel(5)
    await call.hang_up()
    await house.traveller.travel(15)
    kept = [each for each in list(house.runtime.trace)[before:] if each.direction == "report"]
    bodies = [each.request for each in kept if isinstance(each.request, bytes)]
    return [body for body in bodies if call.call_id.partition(".")[0].encode() in body]


def moved(bodies: Iterable[bytes], seconds: int) -> list[bytes]:
    """Return reports with ids of another time."""

    def move(found: re.Match[bytes]) -> bytes:
        return b"%d.%d" % (int(found[1]) + seconds, int(found[2]) + 4000)

    return [re.sub(rb"(\d{10})\.(\d+)", move, body) for body in bodies]


async def send(house: House, bodies: Iterable[bytes]) -> None:
    """Post reports to Home Assistant."""
    port = house.hass.http.server_port
    for body in bodies:
        assert b"200" in await house.traveller.wait_for(post(port, body))
        assert house.state("sensor", "active_calls") == "0"
        assert house.extension("1001") == "idle"
    await house.traveller.travel(TURN)


def listen(house: House) -> list[Event]:
    """Record the events of calls from now on."""
    return async_capture_events(house.hass, EVENT_CALL)


async def test_reports_of_yesterday(house: House) -> None:
    """A call that nobody knows, each of whose reports is of the right PBX."""
    today = await reports_of_a_call(house)
    events, logged = listen(house), len(house.runtime.history.log)
    asked = len(house.simulator.requests)
    assert len(today) >= 3
    await send(house, moved(today, -DAY))
    assert events == []
    assert len(house.runtime.history.log) == logged
    assert house.runtime.calls.stale.count >= 3
    assert house.asked("deviceinfo/query", asked) <= 3  # whether the clock was set


async def test_a_missed_call_of_yesterday(house: House) -> None:
    today = await reports_of_a_call(house, answered=False)
    events = listen(house)
    await send(house, moved(today, -DAY))
    assert events == []
    assert house.state("sensor", "missed_calls") == "1"


async def test_a_call_of_just_now_that_is_over(house: House) -> None:
    """Its reports come again when the engine has forgotten it, but it is not old."""
    today = await reports_of_a_call(house, answered=False)
    await house.traveller.travel(FORGOTTEN)
    await reports_of_a_call(house)  # when that ends, the engine forgets
    events = listen(house)
    await send(house, today)
    assert events == []
    assert house.state("sensor", "missed_calls") == "1"
    assert len(house.runtime.history.log) == 2


@pytest.mark.parametrize("log_size", [100, 0])
async def test_a_missed_call_counts_once_over_a_restart(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    dialect: str,
    log_size: int,
) -> None:
    simulator = await start_simulator(dialect=dialect)
    house = await settled(hass, simulator, traveller, options={CONF_CALL_LOG_SIZE: log_size})
    record = (await reports_of_a_call(house, answered=False))[-1:]
    assert b"NewCdr" in record[0]
    await house.unload()
    await traveller.wait_for(hass.config_entries.async_setup(house.entry.entry_id))
    events = listen(house)
    await send(house, record)
    assert events == []
    assert house.state("sensor", "missed_calls") == "1"


async def test_an_end_is_told_once_over_a_power_cut(
    house: House, hass_storage: dict[str, Any]
) -> None:
    """It is written within seconds, that of each call."""
    await reports_of_a_call(house)
    reports = await reports_of_a_call(house)
    before = deepcopy(hass_storage)
    await house.unload()
    hass_storage.clear()
    hass_storage.update(before)
    await house.traveller.wait_for(house.hass.config_entries.async_setup(house.entry.entry_id))
    events = listen(house)
    await send(house, reports[-3:])
    assert events == []
    items = house.runtime.history.log.select(LogQuery())
    assert sum(isinstance(item, LogEntry) for item in items) == 2  # and the gap


@pytest.mark.parametrize("reloaded", [False, True])
async def test_a_long_call_is_live_whatever_its_age(
    house: House, pbx_clock: Clock, reloaded: bool
) -> None:
    long = await ringing(house)
    await long.answer()
    await house.traveller.travel(TURN)
    if reloaded:
        await house.unload()
        await house.traveller.wait_for(house.hass.config_entries.async_setup(house.entry.entry_id))
        await house.traveller.travel(TURN)
    for _ in range(2):  # a step at a time, for a PBX's clock does not leap
        pbx_clock.ahead += 0.75 * STALE_AFTER
        other = await ringing(house, "1002")
        await other.hang_up()
        await house.traveller.travel(TURN)
    events = listen(house)
    await long.hang_up()
    await house.traveller.travel(TURN)
    ended = [event.data["call_id"] for event in events if event.data["type"] == "ended"]
    assert ended
    assert house.runtime.calls.find(ended[0]) is house.runtime.calls.find(long.call_id)
    assert house.state("sensor", "active_calls") == "0"
    assert house.runtime.calls.stale.count == 0


async def test_the_clock_of_the_pbx_is_put_back(house: House, pbx_clock: Clock) -> None:
    """A read shows the first call afterwards, and the next ones are live at once."""
    call = await ringing(house)
    await call.hang_up()
    await house.traveller.travel(TURN)
    pbx_clock.ahead -= 5 * HOUR
    first = await ringing(house)
    await house.traveller.travel(30)
    assert house.state("sensor", "active_calls") == "1"
    await first.hang_up()
    await house.traveller.travel(TURN)
    second = await ringing(house)
    assert house.state("sensor", "active_calls") == "1"
    await second.hang_up()
    await house.traveller.travel(TURN)
    assert len(house.runtime.history.log) == 3


@pytest.mark.parametrize("answered", [False, True])
async def test_a_call_inside_shows_that_the_clock_of_the_pbx_was_put_back(
    house: House, pbx_clock: Clock, *, answered: bool
) -> None:
    """It seems to be stale, so the clock is read; no read need show the call itself."""
    call = await ringing(house)
    await call.hang_up()
    await house.traveller.travel(TURN)
    pbx_clock.ahead -= 3 * HOUR
    inside = await house.simulator.calls.place("1001", "1002")
    await inside.ring()
    await house.traveller.travel(3)
    if answered:
        await inside.answer()
    await house.traveller.travel(2)
    await inside.hang_up()
    await house.traveller.travel(TURN)
    assert len(house.runtime.history.log) == 2
    ended = house.runtime.history.log.find(inside.call_id)
    assert ended is not None
    assert ended.outcome == ("answered" if answered else "missed")


async def test_the_clock_of_the_pbx_is_put_back_by_its_restart(
    house: House, pbx_clock: Clock
) -> None:
    call = await ringing(house)
    await call.hang_up()
    await house.traveller.travel(TURN)
    pbx_clock.ahead -= 5 * HOUR
    await house.traveller.wait_for(house.simulator.reboot(), seconds=30)
    await house.traveller.travel(TURN)
    events = listen(house)
    await ringing(house)
    assert events[0].data["type"] == "ringing"


# The filter by itself


class Filter:
    """The filter, with an engine that makes a call of every event of one."""

    def __init__(self) -> None:
        """Start with a call that rang a while ago."""
        self.time = 0.0
        self.known: dict[str, object] = {}
        self.stale = StaleEvents(
            MagicMock(find=self.known.get, index=MagicMock(active=self.known)),
            IdRules(paired=True, began=epoch_of),
            lambda: self.time,
        )
        assert self.passes(ring(0))
        self.forget()

    def passes(self, event: CallReport | CallRecordReport) -> bool:
        """Return True if an event reached the engine."""
        if self.stale.recognises(event):
            return False
        call_id = event.record.call_id if isinstance(event, CallRecordReport) else event.call_id
        self.known[call_id] = known_call()
        self.stale.note_heard(call_id)
        return True

    def read(self, *call_ids: str) -> None:
        """Show calls in a read."""
        self.known |= dict.fromkeys(call_ids, known_call())
        self.stale.note_read(call_ids)

    def forget(self) -> None:
        """Let the engine forget all calls."""
        self.known.clear()


def ring(seconds: int, number: int = 100) -> CallReport:
    """Return the ring of a call that began some seconds later than the first one."""
    return report(CallEvent.RINGING, f"{EPOCH + seconds}.{number}", "1001")


def test_what_is_too_old() -> None:
    stage = Filter()
    assert stage.passes(ring(-STALE_AFTER, 96))
    stage.forget()
    assert not stage.passes(ring(-STALE_AFTER - 1, 92))
    assert stage.stale.count == 1


def test_what_is_over() -> None:
    stage = Filter()
    assert not stage.passes(ring(0))
    assert stage.passes(ring(0, 104))
    assert stage.passes(ring(0, 104))


@pytest.mark.parametrize("call_id", ["x", "12", "1.1", "-1.5", "99999999999.1"])
def test_ids_of_no_time_are_never_old(call_id: str) -> None:
    stage = Filter()
    assert stage.passes(report(CallEvent.RINGING, call_id, "1002"))
    assert stage.passes(ring(1, 104))


def test_a_report_without_an_id() -> None:
    stage = Filter()
    assert not stage.stale.recognises(report(CallEvent.RINGING, "", "1002"))


def test_a_record_is_as_old_as_the_end_of_its_call() -> None:
    stage = Filter()
    over = record(f"{EPOCH - STALE_AFTER - 60}.50", "answered", "1002", "1001", duration=59)
    lasted = record(f"{EPOCH - STALE_AFTER - 60}.60", "answered", "1002", "1001", duration=60)
    assert not stage.passes(CallRecordReport(name="NewCdr", record=over))
    assert stage.passes(CallRecordReport(name="NewCdr", record=lasted))


def test_a_call_may_have_several_records() -> None:
    """The engine may have made nothing of the first one."""
    stage = Filter()
    event = CallRecordReport(name="NewCdr", record=record(f"{EPOCH}.7", "busy", "1002", "1001"))
    assert stage.passes(event)
    stage.forget()
    assert stage.passes(event)
    stage.stale.note_ended([f"{EPOCH}.7"])
    stage.forget()
    assert not stage.passes(event)


def test_an_id_beside_that_of_a_live_call() -> None:
    """OpenVox has two ids for a call, of which the second may be stated late."""
    stage = Filter()
    stage.read(f"{EPOCH - DAY}.40", f"{EPOCH}.104")
    assert not stage.passes(ring(-DAY + 2, 42))
    assert stage.passes(report(CallEvent.ENDED, f"{EPOCH - DAY + 1}.42", "1002"))


@pytest.mark.parametrize("far", [DAY, 10**9])
def test_an_id_of_a_time_that_cannot_have_come_is_not_the_newest(far: int) -> None:
    stage = Filter()
    assert stage.passes(ring(far, 104))
    assert stage.passes(ring(1, 108))
    stage.time += DAY
    assert stage.passes(ring(DAY, 112))
    assert not stage.passes(ring(60, 116))


@pytest.mark.parametrize("beside", [0, 1])
def test_an_id_of_such_a_time_that_is_repeated_is_not_the_newest(beside: int) -> None:
    """A call of a spoilt id is hung up, and has a record, like any other."""
    stage = Filter()
    assert stage.passes(ring(DAY, 104))
    stage.forget()
    ended = report(CallEvent.ENDED, f"{EPOCH + DAY + beside}.106", "1001")
    assert stage.passes(ended)
    assert stage.passes(ring(1, 108))


def test_the_next_id_confirms_one_that_is_far_ahead() -> None:
    """The first one was of yesterday."""
    stage = Filter()
    assert stage.passes(ring(DAY, 104))
    assert stage.passes(ring(2, 108))
    assert stage.passes(ring(DAY + 5, 112))
    assert stage.passes(ring(DAY + 9, 116))
    assert not stage.passes(ring(9, 120))


def test_a_new_session_and_a_start_of_the_pbx_begin_anew() -> None:
    stage = Filter()
    stage.stale.restart()
    assert stage.passes(ring(-DAY, 104))
    stage.stale.note_ended([f"{EPOCH}.7"])
    assert not stage.passes(ring(0, 7))
    assert not stage.stale.recognises(BootUpReport(name="BootUp"))
    assert stage.passes(ring(0, 7))


def test_what_a_read_shows_is_live() -> None:
    stage = Filter()
    stage.read(f"{EPOCH - DAY}.40", f"{EPOCH + 1}.104")
    assert not stage.passes(ring(-DAY + 5, 44))
    assert stage.passes(ring(-DAY, 40))
    stage.read(f"{EPOCH - DAY + 9}.48")  # it was in no read before: the clock was set back
    assert stage.passes(ring(-DAY + 5, 44))


def test_a_read_shows_the_newest_id() -> None:
    stage = Filter()
    stage.stale.restart()
    stage.read(f"{EPOCH + 1}.104")
    stage.forget()
    assert not stage.passes(ring(-DAY, 40))


def test_the_id_of_a_call_that_is_over_may_be_the_newest() -> None:
    """A PBX repeats reports of today, and of yesterday, after Home Assistant has started."""
    stage = Filter()
    stage.stale.note_ended([f"{EPOCH}.100"])
    stage.stale.restart()
    assert not stage.passes(ring(0))
    assert not stage.passes(ring(-DAY, 40))


def test_the_ids_of_legs_count() -> None:
    stage = Filter()
    line = "in 030555823>1001"
    assert not stage.passes(report(CallEvent.RINGING, f"{EPOCH - DAY}.40", line))
    new = report(CallEvent.RINGING, f"{EPOCH - DAY}.40", line, leg_id=f"{EPOCH}.104")
    assert stage.passes(new)


@pytest.mark.parametrize("kept", [None, {}, "1.1", [None, 5, [f"{EPOCH}.7"]]])
def test_spoilt_ids_are_left_out(kept: object) -> None:
    stage = Filter()
    stage.stale.load(kept)
    assert stage.stale.as_kept() == []


def test_the_latest_ends_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.ippbx.calls.stale._MAX_KEPT", 2)
    stage = Filter()
    assert stage.passes(ring(0, 104))
    stage.stale.note_ended(["1.1", "1.2", "1.3", "1.2"])
    again = Filter()
    again.stale.load(stage.stale.as_kept())
    assert again.stale.as_kept() == ["1.3", "1.2"]


def test_the_number_of_ids_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.ippbx.calls.stale._MAX_IDS", 3)
    stage = Filter()
    stage.stale.note_ended(f"{EPOCH}.{number}" for number in range(5))
    over = [stage.stale.recognises(ring(0, number)) for number in range(5)]
    assert over == [False, False, True, True, True]
