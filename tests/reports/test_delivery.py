"""A firewall stops reports, on each channel alone and on all.

Noticed, said, healed, and never a false alarm.
"""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.const import (
    ADDRESS_FIXED,
    CHANNEL_AUTOMATIC,
    CHANNEL_LISTENER,
    CHANNEL_STREAM,
    CHANNEL_WEBHOOK,
    CONF_ADDRESS_MODE,
    CONF_CHANNEL,
    CONF_EVENT_PORT,
    CONF_FIXED_HOST,
    CONF_LISTENER_PORT,
    CONF_REPORT_ADDRESS,
)
from custom_components.ippbx.issues.registry import (
    MONITOR_OFF,
    REPORTS_ADDRESS_CHOSEN,
    REPORTS_CHANNEL_CHOSEN,
    REPORTS_LOST,
    REPORTS_STREAM_DOWN,
    TRUNK_MONITOR_OFF,
)
from custom_components.ippbx.pbx.model.events import CallRecordReport
from custom_components.ippbx.state.store import DeliveryState
from pbx_simulator import Simulator
from tests.conftest import StartSimulator
from tests.house import House, move_in
from tests.issues.open_issues import open_issues, watch_issues
from tests.live import free_port
from tests.pbx.tracking.call_stage import record as call_record
from tests.time_travel import TimeTraveller

WAYS = (CHANNEL_AUTOMATIC, CHANNEL_WEBHOOK, CHANNEL_LISTENER, CHANNEL_STREAM)
CAUSE = dict.fromkeys(WAYS, REPORTS_CHANNEL_CHOSEN) | {CHANNEL_AUTOMATIC: REPORTS_LOST}


async def reporting_by(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    way: str,
    **knobs: Any,
) -> House:
    """Return a house with one channel, over which a report of each of two extensions came."""
    streams = way == CHANNEL_STREAM
    simulator = await start_simulator(
        dialect="yeastar-v2" if streams else "openvox",
        event_port=0 if streams else None,
        knobs=knobs,
    )
    options = {
        CONF_CHANNEL: way,
        CONF_LISTENER_PORT: free_port(),
        CONF_EVENT_PORT: simulator.event_port or free_port(),
    }
    house = await move_in(hass, simulator, traveller, options=options)
    await traveller.travel(10)
    return house


async def change(house: House, number: str, status: str) -> None:
    """Change an extension, and wait for its report, if there is one."""
    house.simulator.knobs.repeat_limit = 0  # nothing else is to wait for the clock
    await house.simulator.set_extension_status(number, status)
    await house.simulator.settle()
    await house.traveller.rest()


async def prove(house: House) -> None:
    """Send a report, and let a minute pass."""
    await change(house, "1001", "busy")
    assert house.runtime.store.delivery is DeliveryState.PROVEN
    await house.traveller.travel(60)


def broken(house: House) -> bool:
    """Return whether it is known that reports do not come."""
    return house.state("binary_sensor", "reports_arriving") == "off"


@pytest.mark.parametrize("proven", [True, False])
@pytest.mark.parametrize("way", WAYS)
async def test_reports_are_blocked_and_let_through_again(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    way: str,
    proven: bool,
) -> None:
    """Known within half a minute of the first change, whoever changes; states are right as soon."""
    house = await reporting_by(hass, start_simulator, traveller, way)
    seen = watch_issues(hass)
    if proven:
        await prove(house)
    house.simulator.knobs.lose_reports = 1
    await traveller.travel(47)

    await change(house, "1002", "ringing")
    took = await traveller.travel(60, until=lambda: house.extension("1002") == "ringing")
    assert took <= 24
    before = house.runtime.channel.current
    took += await traveller.travel(
        60, until=lambda: broken(house) or house.runtime.channel.current != before
    )
    assert took <= 30
    if way == CHANNEL_AUTOMATIC and not proven:
        await block_the_other_channel(house)
    assert set(open_issues(house)) == {CAUSE[way]}
    for status in ("busy", "idle"):
        await change(house, "1002", status)
        took = await traveller.travel(60, until=lambda s=status: house.extension("1002") == s)
        assert took <= 15

    house.simulator.knobs.lose_reports = 0
    await traveller.travel(45)
    await change(house, "1003", "ringing")
    assert house.extension("1003") == "ringing"
    assert open_issues(house) == {}
    assert house.runtime.store.delivery is DeliveryState.PROVEN
    assert seen == [("create", CAUSE[way]), ("remove", CAUSE[way])]


async def block_the_other_channel(house: House) -> None:
    """The listener is tried; with another address, one read has nothing to be compared with."""
    assert open_issues(house) == {}
    await house.traveller.travel(20)
    assert house.runtime.channel.current == CHANNEL_LISTENER
    await change(house, "1002", "busy")
    await house.traveller.travel(30, until=lambda: broken(house))


async def test_another_channel_is_tried_after_a_working_one_fails(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    """First the address is registered again, then the next channel is tried."""
    house = await reporting_by(hass, start_simulator, traveller, CHANNEL_AUTOMATIC)
    await prove(house)
    house.simulator.knobs.lose_reports = 1
    heartbeats = house.asked("heartbeat")
    await change(house, "1001", "idle")
    await traveller.travel(30, until=lambda: broken(house))
    await traveller.rest()
    assert house.asked("heartbeat") == heartbeats + 1 + (
        house.runtime.channel.current != CHANNEL_WEBHOOK
    )
    assert house.runtime.channel.current == CHANNEL_WEBHOOK

    await traveller.travel(20)
    await change(house, "1001", "busy")
    await traveller.travel(30)
    assert house.runtime.channel.current == CHANNEL_LISTENER
    assert set(open_issues(house)) == {REPORTS_LOST}
    house.simulator.knobs.lose_reports = 0
    await change(house, "1001", "ringing")
    assert open_issues(house) == {}


async def test_another_application_replaces_the_address_for_a_while(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await move_in(hass, simulator, traveller)
    await prove(house)
    told_before = simulator.report_target
    thief = simulator.sessions.open("127.0.0.1", "")
    simulator.sessions.register(thief, told_before._replace(url="127.0.0.1:9/elsewhere"))
    await change(house, "1001", "idle")
    await traveller.travel(30, until=lambda: broken(house))
    await traveller.rest()
    assert simulator.report_target == told_before
    await change(house, "1001", "ringing")
    assert open_issues(house) == {}


@pytest.mark.slow
@pytest.mark.parametrize("way", [CHANNEL_AUTOMATIC, CHANNEL_STREAM])
async def test_a_day_without_any_change(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller, way: str
) -> None:
    house = await reporting_by(hass, start_simulator, traveller, way)
    seen = watch_issues(hass)
    await traveller.travel(86_400)
    assert (seen, open_issues(house)) == ([], {})
    assert house.runtime.store.delivery is DeliveryState.UNPROVEN
    await prove(house)
    await traveller.travel(7200)
    assert (seen, open_issues(house)) == ([], {})
    assert house.runtime.store.delivery is DeliveryState.PROVEN


async def test_the_event_stream_is_gone(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    house = await reporting_by(hass, start_simulator, traveller, CHANNEL_STREAM)
    await prove(house)
    await house.simulator.events.stop()
    await traveller.travel(45)
    port = str(house.simulator.event_port or house.runtime.channel.stream.port)
    assert open_issues(house) == {REPORTS_STREAM_DOWN: {"title": "PBX", "event_port": port}}


async def test_no_issue_is_opened_for_an_address_set_by_hand(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await move_in(
        hass, simulator, traveller, **{CONF_REPORT_ADDRESS: {"ipaddr": "127.0.0.1", "port": "9"}}
    )
    await change(house, "1001", "busy")
    await traveller.travel(60)
    assert broken(house)
    assert open_issues(house) == {}


async def test_an_address_from_the_options_is_to_blame(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    options = {CONF_ADDRESS_MODE: ADDRESS_FIXED, CONF_FIXED_HOST: "127.0.0.9", "fixed_port": 9}
    house = await move_in(hass, simulator, traveller, options=options)
    await change(house, "1001", "busy")
    await traveller.travel(30)
    shown = {"title": "PBX", "address": "127.0.0.9:9/api/webhook/…"}
    assert open_issues(house) == {REPORTS_ADDRESS_CHOSEN: shown}


async def test_extensions_that_are_not_monitored(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    """Named once others are reported and they are not.

    The first report of each takes its name away.
    """
    house = await move_in(hass, simulator, traveller)
    await prove(house)
    for number in ("1003", "1004"):
        simulator.directory.extensions[number].monitored = False
    for status in ("busy", "idle", "busy"):
        for number in ("1003", "1004"):
            await change(house, number, status)
        await traveller.travel(40)
        await change(house, "1001", "ringing" if status == "busy" else "idle")
    await traveller.travel(30)
    assert open_issues(house) == {MONITOR_OFF: {"title": "PBX", "extensions": "1003, 1004"}}
    assert house.runtime.channel.current == CHANNEL_WEBHOOK
    assert house.runtime.store.delivery is DeliveryState.PROVEN

    simulator.directory.extensions["1003"].monitored = True
    await change(house, "1003", "ringing")
    await traveller.travel(30)
    assert open_issues(house) == {MONITOR_OFF: {"title": "PBX", "extensions": "1004"}}
    simulator.directory.extensions["1004"].monitored = True
    await change(house, "1004", "ringing")
    await traveller.travel(30)
    assert open_issues(house) == {}


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_calls_of_an_extension_that_is_not_monitored(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller, dialect: str
) -> None:
    """Its changes are read while other reports arrive: no channel has lost them."""
    house = await move_in(hass, await start_simulator(dialect=dialect), traveller)
    await prove(house)
    seen = watch_issues(hass)
    house.simulator.directory.extensions["1002"].monitored = False
    for _ in range(3):
        call = await house.simulator.calls.inbound("trunk-1", "030555811", to="1002")
        await call.ring()
        await traveller.travel(4, until=lambda: broken(house))
        await call.answer()
        await traveller.travel(31, until=lambda: broken(house))
        await call.hang_up()
        await traveller.travel(70, until=lambda: broken(house))
    assert not broken(house)
    assert seen == [("create", MONITOR_OFF)]
    assert open_issues(house)[MONITOR_OFF] == {"title": "PBX", "extensions": "1002"}


async def test_a_route_that_dies_is_noticed_though_a_report_came_a_moment_before(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    """It named another extension than the one that changes then."""
    house = await move_in(hass, simulator, traveller)
    await change(house, "1002", "ringing")
    await prove(house)
    await change(house, "1001", "idle")
    simulator.knobs.lose_reports = 1
    await change(house, "1002", "busy")
    took = await traveller.travel(60, until=lambda: broken(house))
    assert took <= 35
    assert house.extension("1002") == "busy"
    simulator.knobs.lose_reports = 0
    await change(house, "1001", "ringing")
    await traveller.travel(60)
    assert open_issues(house) == {}  # 1002 was reported before


async def test_numbers_outside_are_not_remembered(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    """There may be any number of them between two reads."""
    house = await move_in(hass, simulator, traveller)
    for number in range(3):
        record = call_record("1772442000.40", "answered", f"03055581{number}", "1001")
        house.runtime.delivery.receive(CallRecordReport(name="NewCdr", record=record))
    assert house.runtime.delivery._lost_reports._named.keys() == {"1001"}


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_trunks_that_are_not_monitored(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller, dialect: str
) -> None:
    """Named after some calls over them that other trunks' calls resemble.

    The first report of a call that names one takes its name away.
    """
    simulator = await start_simulator(dialect=dialect)
    house = await move_in(hass, simulator, traveller)

    async def talk(trunk: str, number: str) -> None:
        call = await simulator.calls.inbound(trunk, "030555811", to=number)
        await call.ring()
        await traveller.travel(5)
        await call.answer()
        await traveller.travel(40)
        await call.hang_up()
        await traveller.travel(60)

    simulator.directory.trunks["trunk-2"].monitored = False
    for _ in range(4):
        await talk("trunk-1", "1001")
        await talk("trunk-2", "1002")
    shown = {"title": "PBX", "trunks": "trunk-2"}
    assert open_issues(house).get(TRUNK_MONITOR_OFF) == shown

    simulator.directory.trunks["trunk-2"].monitored = True
    await talk("trunk-2", "1002")
    assert TRUNK_MONITOR_OFF not in open_issues(house)
