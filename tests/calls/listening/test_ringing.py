"""Calls ring once, and for as long as somebody wants them to; nothing but calls runs a trigger."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ippbx.calls.listening.ringing import RingingCalls
from custom_components.ippbx.pbx.model.events import CallEvent, CallReport
from custom_components.ippbx.pbx.model.lines import CallLeg, LegKind, LegState
from custom_components.ippbx.pbx.model.tracked import (
    CallChange,
    CallDirection,
    CallEventType,
    CallState,
    TrackedCall,
)
from custom_components.ippbx.pbx.tracking.tracker import LegStates
from pbx_simulator import Simulator
from tests.attached_triggers import attach
from tests.calls.changes import call, change
from tests.conftest import StartSimulator, add_entry
from tests.house import House, move_in
from tests.time_travel import TimeTraveller

RINGING = CallEventType.RINGING
HALF_A_MINUTE = {"seconds": 30}


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    return await move_in(hass, simulator, traveller)


class Known:
    """The call that the engine finds, in place of those that it tracks."""

    def __init__(self, house: House) -> None:
        self.call: TrackedCall | None = None
        self.ceased: set[str] = set()
        self._house = house
        self.replace_find()

    def replace_find(self) -> None:
        """Replace the look-up of the engine of the entry as it is loaded now."""
        find: Callable[[str], TrackedCall | None] = lambda _: self.call  # noqa: E731
        self._house.runtime.calls.tracker.find = find  # type: ignore[method-assign]
        self._house.runtime.calls.tracker.leg_states_of = self._leg_states_of  # type: ignore[method-assign]

    def _leg_states_of(self, number: str) -> LegStates:
        legs = self.call.legs if self.call is not None and number not in self.ceased else ()
        return tuple((call().call_id, leg.state) for leg in legs if leg.extension == number)

    async def publish(
        self, event: CallEventType, known: TrackedCall | None, **changes: Any
    ) -> None:
        """Publish a change of it."""
        self.call = known
        published = change(event, call=known or call(state=CallState.ENDED), **changes)
        self._house.runtime.calls.triggers.publish((published,))
        await self._house.traveller.rest()


@pytest.fixture
def known(house: House) -> Known:
    return Known(house)


def ringing(*numbers: str, **changes: Any) -> TrackedCall:
    """Return a call that rings at some extensions."""
    legs = tuple(
        CallLeg(kind=LegKind.EXTENSION, extension=number, state=LegState.RINGING)
        for number in numbers
    )
    return call(legs=legs, **changes)


async def test_a_group_rings_once(house: House, known: Known) -> None:
    everybody = await attach(house.hass, "incoming_call")
    two = await attach(house.hass, "incoming_call", extension=["1002", "1003"])
    group = ringing("1001", "1002", "1003")
    for position, number in enumerate(("1001", "1002", "1003")):
        await known.publish(RINGING, group, extensions=(number,), first=position == 0)
    assert everybody.values("extension") == ["1001"]
    assert two.values("extension") == ["1002"]
    other = ringing("1003", call_id="1772357999.9")
    await known.publish(RINGING, other, extensions=("1003",))
    assert two.values("extension") == ["1002", "1003"]


async def test_a_call_that_was_passed_on_rings_again(house: House, known: Known) -> None:
    """For the extensions in scope alone: the call as a whole has rung."""
    both = await attach(house.hass, "incoming_call", extension=["1001", "1002"])
    first = await attach(house.hass, "incoming_call", extension="1001")
    everybody = await attach(house.hass, "incoming_call")
    await known.publish(RINGING, ringing("1001"))
    await known.publish(CallEventType.ANSWERED, call(state=CallState.TALKING))
    await known.publish(RINGING, ringing("1002"), extensions=("1002",), first=False)
    assert both.values("extension") == ["1001", "1002"]
    assert first.values("extension") == ["1001"]
    assert everybody.values("extension") == ["1001"]


async def test_a_call_to_the_outside_is_none_that_comes_in(house: House, known: Known) -> None:
    attached = await attach(house.hass, "incoming_call")
    await known.publish(RINGING, ringing("1001", direction=CallDirection.OUTBOUND))
    assert attached.runs == []


async def test_long_enough(house: House, known: Known) -> None:
    attached = await attach(house.hass, "incoming_call", ringing_for=HALF_A_MINUTE)
    await known.publish(RINGING, ringing("1001"))
    await house.traveller.travel(29.9)
    assert attached.runs == []
    await house.traveller.travel(0.2)
    assert attached.values("extension") == ["1001"]
    await known.publish(RINGING, ringing("1001", "1002"), extensions=("1002",))
    await house.traveller.travel(60)
    assert len(attached.runs) == 1


@pytest.mark.parametrize("event", [CallEventType.ANSWERED, CallEventType.ENDED])
async def test_answered_or_over_before(house: House, known: Known, event: CallEventType) -> None:
    attached = await attach(house.hass, "incoming_call", ringing_for=30)
    await known.publish(RINGING, ringing("1001"))
    await house.traveller.travel(29)
    await known.publish(event, None)
    known.call = ringing("1001")  # even if the engine were wrong
    await house.traveller.travel(60)
    assert attached.runs == []


@pytest.mark.parametrize("everything", [False, True])
async def test_its_phone_has_ceased_to_ring(
    house: House, known: Known, *, everything: bool
) -> None:
    """The caller has given up: the phone says so at once, the end of the call comes later."""
    target = {} if everything else {"extension": "1001"}
    attached = await attach(house.hass, "incoming_call", ringing_for=3, **target)
    await known.publish(RINGING, ringing("1001"))
    known.ceased = {"1001"}
    await house.traveller.travel(4)
    assert attached.runs == []


async def test_it_rings_elsewhere_by_then(house: House, known: Known) -> None:
    porter = await attach(house.hass, "incoming_call", extension="1001", ringing_for=30)
    both = await attach(
        house.hass, "incoming_call", extension=["1001", "1002"], ringing_for=HALF_A_MINUTE
    )
    await known.publish(RINGING, ringing("1001"))
    await house.traveller.travel(15)
    await known.publish(RINGING, ringing("1002"), extensions=("1002",), first=False)
    await house.traveller.travel(16)
    assert porter.runs == []
    assert both.values("extension") == ["1002"]
    await known.publish(RINGING, ringing("1001"), first=False)
    assert porter.values("extension") == ["1001"], "it has waited for long enough"
    assert len(both.runs) == 1


@pytest.mark.parametrize("target", [{}, {"extension": ["1001", "1002"]}])
async def test_the_time_is_over_between_two_agents_of_a_queue(
    house: House, known: Known, target: dict[str, Any]
) -> None:
    """Nobody rings for a second: whether the caller has given up shows when the next one rings."""
    attached = await attach(house.hass, "incoming_call", ringing_for=15, **target)
    await known.publish(RINGING, ringing("1001"))
    await house.traveller.travel(14.5)
    known.ceased = {"1001"}
    await house.traveller.travel(1)
    assert attached.runs == []
    await known.publish(RINGING, ringing("1002"), extensions=("1002",), first=False)
    assert attached.values("extension") == ["1002"]
    await known.publish(RINGING, ringing("1003"), extensions=("1003",), first=False)
    await house.traveller.travel(60)
    assert len(attached.runs) == 1


async def test_the_time_is_over_while_the_only_agent_pauses(house: House, known: Known) -> None:
    attached = await attach(house.hass, "incoming_call", extension="1001", ringing_for=15)
    await known.publish(RINGING, ringing("1001"))
    known.ceased = {"1001"}
    await house.traveller.travel(16)
    await known.publish(RINGING, ringing("1002"), extensions=("1002",), first=False)
    assert attached.runs == []
    known.ceased = set()
    await known.publish(RINGING, ringing("1001"), first=False)
    assert attached.values("extension") == ["1001"]


async def test_answered_after_the_time_and_passed_on(house: House, known: Known) -> None:
    attached = await attach(house.hass, "incoming_call", ringing_for=15)
    await known.publish(RINGING, ringing("1001"))
    known.ceased = {"1001"}
    await house.traveller.travel(16)
    await known.publish(CallEventType.ANSWERED, call(state=CallState.TALKING))
    await known.publish(RINGING, ringing("1002"), extensions=("1002",), first=False)
    await house.traveller.travel(60)
    assert attached.runs == []


async def test_nothing_is_known_without_a_link(house: House, known: Known) -> None:
    attached = await attach(house.hass, "incoming_call", ringing_for=30)
    await known.publish(RINGING, ringing("1001"))
    await house.simulator.go_away()
    house.runtime.link.async_heartbeat_soon()
    await house.traveller.travel(25, until=lambda: not house.runtime.link.up)
    assert not house.runtime.link.up
    await house.traveller.travel(60)
    assert attached.runs == []


async def test_detaching_ends_the_wait(house: House, known: Known) -> None:
    attached = await attach(house.hass, "incoming_call", ringing_for=30)
    await known.publish(RINGING, ringing("1001"))
    attached.detach()
    await house.traveller.travel(60)
    assert attached.runs == []


async def test_unloading_ends_the_wait(house: House, known: Known) -> None:
    attached = await attach(house.hass, "incoming_call", ringing_for=30)
    await known.publish(RINGING, ringing("1001"))
    await house.unload()
    await house.traveller.wait_for(house.hass.config_entries.async_setup(house.entry.entry_id))
    known.replace_find()
    await house.traveller.travel(60)
    assert attached.runs == []


async def test_a_call_that_joined_another_one_is_forgotten_with_it(house: House) -> None:
    """It has no end of its own, and stayed until the automation was reloaded."""
    source = house.runtime.call_source
    ringing_calls = RingingCalls(house.hass, timedelta(), lambda *_: None)

    def follow(change: CallChange) -> None:
        if change.type is RINGING:
            ringing_calls.began(source, change, "")
        else:
            ringing_calls.changed(source, change)

    source.calls.listen(follow)
    one, other = (f"{int(house.traveller.now())}.{number}" for number in (100, 102))
    line = CallLeg(kind=LegKind.INBOUND, caller="030555", callee="1001", leg_id=one)
    phones = {n: CallLeg(kind=LegKind.EXTENSION, extension=n) for n in ("1001", "1002", "1003")}
    for call_id, event, *legs in (
        (one, CallEvent.RINGING, line, phones["1001"]),
        (other, CallEvent.RINGING, phones["1003"], phones["1002"]),
        (other, CallEvent.ANSWERED, line, phones["1002"]),  # it states both
        (other, CallEvent.ENDED, line, phones["1002"]),
    ):
        report = CallReport(name="", call_id=call_id, event=event, legs=tuple(legs))
        source.calls.receive(report)
        if event is CallEvent.RINGING:
            assert (source, call_id) in ringing_calls._calls
    await house.traveller.travel(60)
    assert source.calls.count == 0
    assert not ringing_calls._calls


async def test_a_trigger_outlives_its_entry(house: House, known: Known) -> None:
    attached = await attach(house.hass, "incoming_call")
    entries = house.hass.config_entries
    for _ in range(3):
        await house.traveller.wait_for(entries.async_reload(house.entry.entry_id))
    await known.publish(RINGING, ringing("1001", call_id="1772358000.1"))
    assert len(attached.runs) == 1, "once, not once per load"
    await house.unload()
    assert len(attached.runs) == 1
    attached.detach()
    await house.traveller.wait_for(entries.async_setup(house.entry.entry_id))
    await known.publish(RINGING, ringing("1001", call_id="1772358000.2"))
    assert len(attached.runs) == 1


async def test_a_trigger_may_come_before_the_entry(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    attached = await attach(hass, "call_missed")
    house = await move_in(hass, simulator, traveller)
    missed = change(CallEventType.MISSED, call=replace(call(), call_id="1772358000.3"))
    house.runtime.calls.triggers.publish((missed,))
    await house.traveller.rest()
    assert attached.values("call_id") == ["1772358000.3"]


async def test_one_of_two_pbxs_may_go(
    house: House, start_simulator: StartSimulator, known: Known
) -> None:
    attached = await attach(house.hass, "incoming_call", ringing_for=HALF_A_MINUTE)
    await known.publish(RINGING, ringing("1001"))
    barn = await start_simulator(serial="BARN000000002")
    entry = add_entry(house.hass, barn, webhook_id="bb22bb22bb22bb22bb22bb22bb22bb22")
    await house.traveller.wait_for(house.hass.config_entries.async_setup(entry.entry_id))
    other = ringing("1002", call_id="1772357400.200")
    entry.runtime_data.calls.tracker.find = lambda _: other
    entry.runtime_data.calls.triggers.publish((change(RINGING, call=other),))
    await house.traveller.wait_for(house.hass.config_entries.async_unload(entry.entry_id))
    house.hass.config_entries.async_update_entry(house.entry, title="House")  # no reason to stop
    await house.traveller.travel(60)
    assert attached.values("call_id") == [ringing("1001").call_id]
    assert attached.values("config_entry_id") == [house.entry.entry_id]


async def test_entries_of_others_do_not_matter(house: House, known: Known) -> None:
    attached = await attach(house.hass, "incoming_call")
    stranger = MockConfigEntry(domain="elsewhere")
    stranger.add_to_hass(house.hass)
    stranger.mock_state(house.hass, ConfigEntryState.LOADED)
    house.hass.config_entries.async_update_entry(stranger, title="Somebody")
    await known.publish(RINGING, ringing("1001"))
    assert len(attached.runs) == 1
