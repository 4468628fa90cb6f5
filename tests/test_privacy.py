"""People's numbers are in no log above debug, no diagnostics, nothing that is recorded."""

import json
import logging
from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ippbx.const import (
    CONF_CALL_LOG_SIZE,
    CONF_CONTACTS,
    CONF_MASK_NUMBERS,
    CONF_SHOW_CALLERS,
)
from custom_components.ippbx.diagnostics import async_get_config_entry_diagnostics

from .conftest import StartSimulator
from .house import House, move_in
from .time_travel import TimeTraveller

CALLERS = ("030555831", "+4930555832", "0049305558330")
NAME = "Aunt Polly"
DIGITS = "3055583"
CODE = "471180935"  # so long that no time or count shows it by chance
TURN = 45.0


@pytest.fixture(params=["openvox", "yeastar-v1", "yeastar-v2"])
async def house(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    entity_registry_enabled_by_default: None,
) -> House:
    """Return a house that knows one caller by name."""
    simulator = await start_simulator(dialect=request.param, extensions=5)
    contacts = {"number": CALLERS[0], "name": NAME, "vip": True}
    return await move_in(hass, simulator, traveller, options={CONF_CONTACTS: [contacts]})


async def make_calls(house: House) -> None:
    """Call in and out, answered and not, press keys, and lose the link in between."""
    calls = house.simulator.calls
    for caller in CALLERS:
        call = await calls.inbound("trunk-1", caller=caller, did="4930120", to="1001")
        await call.ring()
        await house.traveller.travel(3)
        if caller == CALLERS[0]:
            await call.answer()
            for key in CODE:
                await call.press(key)
            await house.traveller.travel(3)
            await call.hang_up()
        else:
            await call.hang_up("caller")
        await house.traveller.travel(TURN)
    call = await calls.outbound("1002", CALLERS[1])
    await call.ring()
    await call.fail(486)
    await house.traveller.travel(TURN)


def kept(state: State) -> dict[str, Any]:
    """Return what the recorder keeps of the attributes of a state."""
    left_out = state.state_info["unrecorded_attributes"] if state.state_info else frozenset()
    if "*" in left_out:
        return {}
    return {name: value for name, value in state.attributes.items() if name not in left_out}


async def test_no_number_or_name_leaves_the_states(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    changes = async_capture_events(house.hass, EVENT_STATE_CHANGED)
    await make_calls(house)
    states: list[State] = [change.data["new_state"] for change in changes]
    shown = json.dumps([state.as_dict() for state in states], default=str)
    assert DIGITS in shown  # they are there to be found
    assert NAME in shown
    assert CODE in shown

    hidden = {
        "recorder": json.dumps([kept(state) for state in states], default=str),
        "log": "\n".join(
            record.getMessage()
            for record in caplog.get_records("call")
            if record.name.startswith("custom_components.ippbx")
        ),
        "diagnostics": json.dumps(
            await async_get_config_entry_diagnostics(house.hass, house.entry), default=str
        ),
    }
    found = {
        (place, secret)
        for place, text in hidden.items()
        for secret in (DIGITS, NAME, CODE)
        if secret in text
    }
    assert not found
    naming = {state.entity_id for state in states if named_in(state.state)}
    shown_in = ("_last_call", "_in_a_call_with", "_last_caller")
    assert all(each.endswith(shown_in) for each in naming)
    assert {each.partition("_") for each in naming} > {("sensor.pbx", "_", "last_call")}


async def test_states_name_nobody_if_the_user_does_not_want_it(house: House) -> None:
    """The last callers of extensions do: who does not want them leaves them switched off."""
    options = {**house.entry.options, CONF_SHOW_CALLERS: False}
    await make_calls(house)
    house.hass.config_entries.async_update_entry(house.entry, options=options)
    await house.traveller.wait_for(house.hass.config_entries.async_reload(house.entry.entry_id))
    assert house.state("sensor", "last_call") == "Outbound call, busy", "also what is restored"
    last = house.hass.states.get("sensor.pbx_last_call")
    assert last is not None
    assert last.attributes["outcome"] == "busy"
    assert not named_in(str(last.attributes))

    changes = async_capture_events(house.hass, EVENT_STATE_CHANGED)
    await make_calls(house)

    states: list[State] = [change.data["new_state"] for change in changes]
    naming = {state.entity_id for state in states if named_in(state.state)}
    assert all(each.endswith("_last_caller") for each in naming)
    with_details = {each.entity_id for each in states if named_in(str(each.attributes))}
    assert "sensor.pbx_last_call" not in with_details
    assert "sensor.pbx_last_call" in {state.entity_id for state in states}
    assert not [each for each in house.hass.states.async_entity_ids() if "in_a_call" in each]
    assert not [each for each in er.async_get(house.hass).entities if "in_a_call" in each]


@pytest.mark.parametrize("log_size", [0, 100])
async def test_masked_numbers_are_in_full_in_no_state_that_is_kept(
    house: House, log_size: int
) -> None:
    """Live attributes of events have them, for automations; an earlier run's states have not."""
    await make_calls(house)
    masks = {CONF_MASK_NUMBERS: True, CONF_CALL_LOG_SIZE: log_size}
    house.hass.config_entries.async_update_entry(
        house.entry, options={**house.entry.options, **masks}
    )
    await house.traveller.wait_for(house.hass.config_entries.async_reload(house.entry.entry_id))
    assert house.state("sensor", "last_call") == "User 1002 → +4930555xxx, busy", "restored"
    assert house.state("sensor", "ext_1001_last_caller") == "0049305558xxx", "restored"
    assert not [each for each in house.hass.states.async_all("sensor") if in_full(each)]

    changes = async_capture_events(house.hass, EVENT_STATE_CHANGED)
    await make_calls(house)
    forwarded = await house.simulator.calls.inbound("trunk-1", caller=CALLERS[1], to="1003")
    await forwarded.ring()
    await forwarded.forward(CALLERS[2])
    await forwarded.answer()
    await house.traveller.travel(3)
    await forwarded.hang_up()
    await house.traveller.travel(TURN)

    states: list[State] = [change.data["new_state"] for change in changes]
    assert {each.domain for each in states if in_full(each)} == {"event"}
    shown = {(each.entity_id, each.state) for each in states}
    assert {
        ("sensor.user_1001_in_a_call_with", NAME),
        ("sensor.user_1001_in_a_call_with", "+4930555xxx"),
        ("sensor.user_1001_last_caller", "0049305558xxx"),
        ("sensor.pbx_last_call", "+4930555xxx → 0049305558xxx, answered"),
    } <= shown
    caller = house.hass.states.get("sensor.user_1001_last_caller")
    assert caller is not None
    assert "caller_uri" not in caller.attributes
    last = house.hass.states.get("sensor.pbx_last_call")
    assert last is not None
    known = house.runtime.lines.find(last.attributes["call_id"])
    assert house.runtime.texts.line("ringing", known, "1003").endswith(" +4930555xxx"), "Activity"


def in_full(state: State) -> bool:
    return DIGITS in json.dumps(state.as_dict(), default=str)


def named_in(text: str) -> bool:
    return NAME in text or DIGITS in text
