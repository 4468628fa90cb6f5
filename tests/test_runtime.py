"""The parts of a PBX, wired: what one report sets going in all of them."""

from collections import Counter

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.state.store import CALLS, Key, extension_key
from tests.conftest import StartSimulator
from tests.house import move_in
from tests.reports.raw_requests import status_report
from tests.time_travel import TimeTraveller

ANNA, BERT = extension_key("1000"), extension_key("1001")


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_a_report_wakes_each_entity_at_most_once(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller, dialect: str
) -> None:
    """From the first ring to the end of a call, whatever a report changes at once."""
    simulator = await start_simulator(dialect=dialect, first_extension=1000)
    house = await move_in(hass, simulator, traveller)
    runtime = house.runtime
    woken: Counter[Key] = Counter()
    most: Counter[Key] = Counter()
    for key in (ANNA, BERT, CALLS):
        runtime.store.subscribe(key, lambda key=key: woken.update((key,)))
    dispatch = runtime._dispatcher.dispatch
    reports = 0

    def counted(event: object) -> None:
        nonlocal reports
        reports += 1
        woken.clear()
        dispatch(event)
        for key, times in woken.items():
            most[key] = max(most[key], times)

    runtime._dispatcher.dispatch = counted
    call = await simulator.calls.place("1000", "1001")
    await call.ring()
    await traveller.travel(2)
    await call.answer()
    await traveller.travel(5)
    # A hold of which no call report comes changes the extension and its call at once.
    for status in ("Hold", "Busy"):
        runtime.receiver.receive([(status_report("1001", status), "127.0.0.1")])
        await traveller.travel(2)
    await call.hang_up()
    await traveller.travel(5)

    assert reports >= 4
    assert most == {ANNA: 1, BERT: 1, CALLS: 1}


async def test_reports_do_not_count_before_the_pbx_is_known(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    simulator = await start_simulator(first_extension=1000)
    house = await move_in(hass, simulator, traveller)
    runtime = house.runtime
    runtime.store.state.info = type(runtime.store.info)(serial="")
    runtime.receiver.receive([(status_report("1000", "Busy"), "127.0.0.1")])
    assert runtime.receiver.accepted.total() == runtime.receiver.rejected.total() == 0
    assert house.extension("1000") == "idle"
