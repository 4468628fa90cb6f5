"""What runs a trigger, what does not, and the variables of a run."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr
from homeassistant.util import dt as dt_util
import pytest
import voluptuous as vol

from custom_components.ippbx.calls.attributes import CallAttributes
from custom_components.ippbx.const import CONF_MASK_NUMBERS
from custom_components.ippbx.pbx.model.tracked import (
    CallChange,
    CallDirection,
    CallEventType,
    CallOutcome,
)
from custom_components.ippbx.runtime import PbxRuntime
from custom_components.ippbx.trigger import EMPTY
from pbx_simulator import Simulator
from tests.calls.changes import CALLER, call, change

from .attached_triggers import Attached, attach
from .conftest import SERIAL, add_entry
from .live import entity_id, load

RINGING = CallEventType.RINGING
EVENTS = {
    "incoming_call": CallEventType.RINGING,
    "call_answered": CallEventType.ANSWERED,
    "call_ended": CallEventType.ENDED,
    "call_missed": CallEventType.MISSED,
    "key_pressed": CallEventType.DTMF,
    "decision_needed": CallEventType.INVITED,
}


@pytest.fixture
async def runtime(hass: HomeAssistant, simulator: Simulator) -> PbxRuntime:
    return await load(hass, add_entry(hass, simulator))


async def publish(runtime: PbxRuntime, *changes: CallChange) -> None:
    runtime.calls.triggers.publish(changes)
    await runtime.hass.async_block_till_done()


def device(hass: HomeAssistant, item: str = "") -> str:
    """Return the id of the device of the PBX, or of an extension or a trunk ("ext_1001")."""
    wanted = f"{SERIAL}_{item}" if item else SERIAL
    (found,) = (
        each.id
        for entry in hass.config_entries.async_entries("ippbx")
        for each in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        if ("ippbx", wanted) in each.identifiers
    )
    return found


@pytest.mark.parametrize("name", EVENTS)
async def test_each_runs_for_its_own_event_alone(
    hass: HomeAssistant, runtime: PbxRuntime, name: str
) -> None:
    attached = await attach(hass, name)
    later = dt_util.utcnow() + timedelta(seconds=9)
    for event in CallEventType:
        await publish(runtime, change(event, until=later if event == "invited" else None))
    assert attached.values("platform") == [f"ippbx.{name}"]
    await publish(runtime, change(CallEventType.ENDED, call=call(call_id="1772357499.7")))
    await publish(runtime, change(EVENTS[name], call=call(call_id="1772357500.1"), first=False))
    assert len(attached.runs) == (2 if name == "call_ended" else 1)
    attached.detach()
    await publish(runtime, change(EVENTS[name], call=call(call_id="1772357501.2")))
    assert len(attached.runs) == (2 if name == "call_ended" else 1)


async def test_variables_of_a_run(hass: HomeAssistant, runtime: PbxRuntime) -> None:
    attached = await attach(hass, "call_missed")
    missed = change(CallEventType.MISSED, call=call(outcome=CallOutcome.MISSED, ring_seconds=18))
    await publish(runtime, missed)
    (run,) = attached.runs
    assert run["description"] == "Call missed (PBX)"
    variables = {name: run[name] for name in (*EMPTY, "config_entry_id", "device_id", "started")}
    assert variables == EMPTY | {
        "device_id": device(hass),
        "started": "2026-03-01T09:30:00+00:00",
        "config_entry_id": runtime.entry.entry_id,
        "call_id": "1772357400.100",
        "direction": "inbound",
        "caller": CALLER,
        "caller_uri": "tel:+4930555817",
        "callee": "1001",
        "extension": "1001",
        "trunk": "trunk-1",
        "outcome": "missed",
        "ring_seconds": 18,
    }


def test_a_run_has_all_that_an_event_may(runtime: PbxRuntime) -> None:
    late = change(CallEventType.DTMF, key="1", keys="21", until=dt_util.utcnow(), late=True)
    full = CallAttributes(runtime.calls.names).of_change(late, "1001")
    assert set(full) <= set(EMPTY)


def test_templates_can_name_all_of_a_run() -> None:
    """`trigger.keys` is a method of dictionaries, which a template takes before the variable."""
    assert not set(EMPTY) & set(dir(dict))


async def test_a_run_says_which_numbers_are_masked_where_they_are_kept(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    runtime = await load(hass, add_entry(hass, simulator, options={CONF_MASK_NUMBERS: True}))
    attached = await attach(hass, "call_missed")
    inside = call(call_id="1772357499.7", direction=CallDirection.INTERNAL, caller="1002")
    for each in (call(), call(call_id="1772357498.7", caller="007"), inside):
        await publish(runtime, change(CallEventType.MISSED, call=each))
    assert attached.values("caller") == [CALLER, "007", "1002"]
    assert attached.values("masked") == [True, False, False]


async def test_a_renamed_pbx(hass: HomeAssistant, runtime: PbxRuntime) -> None:
    attached = await attach(hass, "call_missed")
    hass.config_entries.async_update_entry(runtime.entry, title="Office")
    await publish(runtime, change(CallEventType.MISSED))
    assert attached.values("description") == ["Call missed (Office)"]


async def test_how_long_the_pbx_waits(hass: HomeAssistant, runtime: PbxRuntime) -> None:
    attached = await attach(hass, "decision_needed")
    now = dt_util.utcnow()
    await publish(runtime, change(CallEventType.INVITED, until=now + timedelta(seconds=9)))
    (left,) = attached.values("seconds_left")
    assert 7 < left <= 9
    await publish(runtime, change(CallEventType.INVITED, until=now - timedelta(seconds=1)))
    assert len(attached.runs) == 1, "it is too late to decide"


# Filters


async def test_trunks_by_their_devices(hass: HomeAssistant, runtime: PbxRuntime) -> None:
    """The editor gives devices; a name says the same."""
    first, second = device(hass, "trunk_trunk-1"), device(hass, "trunk_trunk-2")
    over_first = await attach(hass, "incoming_call", trunk=[first])
    over_second = await attach(hass, "incoming_call", trunk=[second])
    over_either = await attach(hass, "incoming_call", trunk=[first, "trunk-2"])
    inside = change(CallEventType.RINGING, call=call(call_id="1772357499.7", trunk=""))
    other = change(CallEventType.RINGING, call=call(call_id="1772357498.7", trunk="trunk-2"))
    for each in (change(CallEventType.RINGING), inside, other):
        await publish(runtime, each)
    assert over_first.values("trunk") == ["trunk-1"]
    assert over_second.values("trunk") == ["trunk-2"]
    assert over_either.values("trunk") == ["trunk-1", "trunk-2"]


@pytest.mark.parametrize(
    ("options", "fits"),
    [
        ({}, True),
        ({"caller": []}, True),
        ({"caller": [CALLER]}, True),
        ({"caller": "tel:+49 30 555-817"}, True),
        ({"caller": ["+4940*", "+4930*"]}, True),
        ({"caller": ["+4930555??"]}, False),
        ({"caller_is": ["unnamed", "vip"]}, True),
        ({"caller_is": ["named", "withheld"]}, False),
        ({"trunk": ["trunk-2", "trunk-1"]}, True),
        ({"trunk": "trunk-2"}, False),
        ({"direction": ["inbound"]}, True),
        ({"direction": ["internal"]}, False),
        ({"extension": ["1002", "1001"]}, True),
        ({"extension": "1002"}, False),
        ({"extension": "1001", "caller": "1*"}, False),
    ],
)
@pytest.mark.parametrize("name", ["incoming_call", "call_answered", "call_missed"])
async def test_filters(
    hass: HomeAssistant,
    runtime: PbxRuntime,
    name: str,
    options: dict[str, Any],
    fits: bool,
) -> None:
    attached = await attach(hass, name, **options)
    await publish(runtime, change(EVENTS[name]))
    assert len(attached.runs) == fits


@pytest.mark.parametrize("name", ["call_ended", "call_missed"])
async def test_the_dialed_number_is_known_of_calls_that_are_over(
    hass: HomeAssistant, runtime: PbxRuntime, name: str
) -> None:
    here = await attach(hass, name, did="4930120")
    elsewhere = await attach(hass, name, did="493012")
    await publish(runtime, change(EVENTS[name], call=call(did="4930120")))
    assert (len(here.runs), len(elsewhere.runs)) == (1, 0)
    with pytest.raises(vol.Invalid):
        await attach(hass, "incoming_call", did="4930120")


async def test_a_trigger_that_would_never_fire_is_refused(
    hass: HomeAssistant, runtime: PbxRuntime
) -> None:
    with pytest.raises(vol.Invalid, match="inbound or internal"):
        await attach(hass, "incoming_call", direction="outbound")
    both = await attach(hass, "incoming_call", direction=["outbound", "inbound"])
    await publish(runtime, change(RINGING))
    assert len(both.runs) == 1


@pytest.mark.parametrize(
    ("caller", "kinds"),
    [
        ("", {"withheld"}),
        ("Anonymous", {"withheld"}),
        ("+4930999", {"unnamed"}),
        ("1002", {"named"}),
        ("1001", {"unnamed"}),  # outside, too
        ("+4930111", {"named", "vip"}),
    ],
)
async def test_kinds_of_callers(
    hass: HomeAssistant, runtime: PbxRuntime, caller: str, kinds: set[str]
) -> None:
    class Friend:
        def name_of(self, number: str) -> str:
            return {"+4930111": "Friend", "1002": "Desk"}.get(number, "")

        def is_vip(self, number: str) -> bool:
            return number == "+4930111"

    runtime.calls.contacts = Friend()
    for kind in ("vip", "named", "unnamed", "withheld"):
        attached = await attach(hass, "call_answered", caller_is=kind)
        await publish(runtime, change(CallEventType.ANSWERED, call=call(caller=caller)))
        assert len(attached.runs) == (kind in kinds), kind
        attached.detach()


@pytest.mark.parametrize(
    ("caller", "pattern", "fits"),
    [
        ("0301234567", "+49301234567", True),
        ("0049301234567", "030*", True),
        ("49301234567", "+4930*", True),
        ("0301234567", "03?*", True),
        ("0301234567", "0049301234567", True),
        ("0401234567", "+4930*", False),
        ("1001", "10??", True),
        ("007", "007", True),
        ("007", "+497", False),
        ("", "0*", False),
        ("", "*", True),
    ],
)
async def test_forms_of_a_number(
    hass: HomeAssistant, runtime: PbxRuntime, caller: str, pattern: str, fits: bool
) -> None:
    hass.config.country = "DE"
    attached = await attach(hass, "call_answered", caller=pattern)
    await publish(runtime, change(CallEventType.ANSWERED, call=call(caller=caller)))
    assert len(attached.runs) == fits


async def test_outcomes(hass: HomeAssistant, runtime: PbxRuntime) -> None:
    attached = await attach(hass, "call_ended", outcome=["busy", "refused"])
    for outcome in CallOutcome:
        await publish(runtime, change(CallEventType.ENDED, call=call(outcome=outcome)))
    assert attached.values("outcome") == ["busy", "refused"]


async def test_keys(hass: HomeAssistant, runtime: PbxRuntime) -> None:
    attached = await attach(hass, "key_pressed", keys=["42#", "7"])
    for pressed in ("4", "42", "42#", "42#7", "42#70"):
        await publish(runtime, change(CallEventType.DTMF, key=pressed[-1], keys=pressed))
    await publish(runtime, change(CallEventType.DTMF, key="7"))
    assert attached.values("all_keys") == ["42#", "42#7", ""]


@pytest.mark.parametrize("keys", ["*9", "a", "0123456789*#ABCD", " 5 ", ["5", "d"], [], None])
async def test_keys_of_phones(hass: HomeAssistant, keys: Any) -> None:
    """In any case; a field of a form that was emptied is no filter."""
    await attach(hass, "key_pressed", keys=keys)


async def test_keys_in_any_case(hass: HomeAssistant, runtime: PbxRuntime) -> None:
    attached = await attach(hass, "key_pressed", keys=["1a", "B"])
    for pressed in ("1A", "1a", "b", "A"):
        await publish(runtime, change(CallEventType.DTMF, key=pressed[-1], keys=pressed))
    assert attached.values("all_keys") == ["1A", "1a", "b"]


@pytest.mark.parametrize("keys", ["x", "5;6", "4 2", "+1", "٣", ["5", "e"], "", 5])
async def test_keys_that_no_phone_has_are_refused(hass: HomeAssistant, keys: Any) -> None:
    with pytest.raises(vol.Invalid):
        await attach(hass, "key_pressed", keys=keys)


@pytest.mark.parametrize("value", [1001, 7, "", [1001], None, {"a": "b"}])
async def test_numbers_that_yaml_has_eaten_are_refused(hass: HomeAssistant, value: Any) -> None:
    if value is None:
        await attach(hass, "call_missed", caller=value)  # an empty field of a form
        return
    with pytest.raises(vol.Invalid):
        await attach(hass, "call_missed", caller=value)


async def test_a_retroactive_change_runs_only_what_wants_it(
    hass: HomeAssistant, runtime: PbxRuntime
) -> None:
    wants_it = await attach(hass, "call_missed", late=True)
    wants_ends = await attach(hass, "call_ended", late=True)
    others = [await attach(hass, name) for name in EVENTS]
    for event in CallEventType:
        await publish(runtime, change(event, late=True))
    assert wants_it.values("late") == wants_ends.values("late") == [True]
    assert [other.runs for other in others] == [[]] * len(others)


# Targets


async def targets(hass: HomeAssistant, target: dict[str, Any]) -> Attached:
    return await attach(hass, "call_answered", target)


async def test_devices(hass: HomeAssistant, runtime: PbxRuntime) -> None:
    pbx = await targets(hass, {"device_id": device(hass)})
    porter = await targets(hass, {"device_id": [device(hass, "ext_1001")]})
    other = await targets(hass, {"device_id": [device(hass, "ext_1002")]})
    trunk = await targets(hass, {"device_id": [device(hass, "trunk_trunk-1")]})
    gone = await targets(hass, {"device_id": "0123456789abcdef0123456789abcdef"})
    nothing = await targets(hass, {"device_id": []})
    await publish(runtime, change(CallEventType.ANSWERED))
    second = change(CallEventType.ANSWERED, extensions=("1002",), call=call(trunk=""), first=False)
    await publish(runtime, second)
    assert pbx.values("extension") == ["1001"]
    assert porter.values("extension") == ["1001"]
    assert other.values("extension") == ["1002"]
    assert trunk.values("extension") == ["1001"]
    assert gone.runs == []
    assert nothing.values("extension") == ["1001"]


async def test_entities_and_areas(hass: HomeAssistant, runtime: PbxRuntime) -> None:
    office = ar.async_get(hass).async_create("Office")
    empty = ar.async_get(hass).async_create("Cellar")
    dr.async_get(hass).async_update_device(device(hass, "ext_1002"), area_id=office.id)
    status = entity_id(hass, "sensor", f"{SERIAL}_ext_1001_status")
    by_entity = await targets(hass, {"entity_id": status})
    by_area = await targets(hass, {"area_id": office.id})
    by_empty_area = await targets(hass, {"area_id": empty.id})
    by_stranger = await targets(hass, {"entity_id": "light.office"})
    for number in ("1001", "1002", "1003"):
        await publish(runtime, change(CallEventType.ANSWERED, extensions=(number,)))
    assert by_entity.values("extension") == ["1001"]
    assert by_area.values("extension") == ["1002"]
    assert by_empty_area.runs == by_stranger.runs == []


async def test_numbers_beside_targets(hass: HomeAssistant, runtime: PbxRuntime) -> None:
    either = await attach(
        hass, "call_answered", {"device_id": device(hass, "ext_1001")}, extension="4711"
    )
    for number in ("1001", "4711", "1002"):
        await publish(runtime, change(CallEventType.ANSWERED, extensions=(number,)))
    assert either.values("extension") == ["1001", "4711"]
    assert either.values("device_id") == [device(hass, "ext_1001"), ""]
