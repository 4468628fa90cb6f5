"""What an action is done to.

Extensions by device, entity, area or number, and calls by their id.
"""

from dataclasses import replace
from typing import Any

from homeassistant.components.websocket_api import automation
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.helpers.template import Template
import pytest

from custom_components.ippbx.calls.history.entries import LogEntry
from custom_components.ippbx.const import (
    CONF_ALLOWED_NUMBERS,
    CONF_CHOSEN_EXTENSIONS,
    CONF_EXTENSIONS,
    DOMAIN,
)
from custom_components.ippbx.pbx.model.tracked import CallState
from custom_components.ippbx.pbx.uc.dialects import DIALECTS
from tests.conftest import SERIAL, StartSimulator, add_entry
from tests.live import entity_id, load
from tests.pbx.uc.control.cases import CASES
from tests.pbx.uc.control.stage import Stage
from tests.test_services_refused import call, refusal

from .house import KnownCalls, device_named, device_of, know, move_in, runtime_of, tracked, trunk_of


async def talking(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str = "yeastar-v2"
) -> Stage:
    """Return a house in which 2001 talks to an outside caller."""
    stage = await move_in(hass, start_simulator, dialect)
    await stage.inbound()
    know(hass, tracked(stage))
    return stage


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_one_extension_is_one_request(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    """However it is named, and however often."""
    stage = await talking(hass, start_simulator, dialect)
    device = device_of(hass, "2001")
    area = ar.async_get(hass).async_create("Hall")
    dr.async_get(hass).async_update_device(device, area_id=area.id)
    status = entity_id(hass, "sensor", f"{SERIAL}_ext_2001_status")
    event = entity_id(hass, "event", f"{SERIAL}_ext_2001_call")
    targets: list[dict[str, Any]] = [
        {"device_id": device},
        {"entity_id": [status, event]},
        {"area_id": area.id},
        {"extension": 2001},
        {
            "device_id": [device],
            "entity_id": [status, event],
            "area_id": area.id,
            "extension": "2001",
        },
    ]  # fmt: skip
    for index, target in enumerate(targets):
        before = len(stage.sim.requests)
        answer = await call(hass, ("mute", "unmute")[index % 2], **target)
        assert [done["extension"] for done in answer["results"]] == ["2001"], target
        assert len(stage.sim.requests) == before + 1, target


async def test_several_extensions(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    """One that fails keeps no other from it."""
    stage = await move_in(hass, start_simulator, "openvox")
    await stage.internal()  # 2001 talks to 2002, 2003 to nobody
    devices = [device_of(hass, number) for number in ("2003", "2001", "2002")]
    assert await refusal(hass, "mute", device_id=devices) == "in_no_call"
    assert [leg.muted for leg in stage.live.legs] == [True, True]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "no_target"),
        ({"extension": "2009"}, "extension_unknown"),
        ({"extension": "2001 x"}, "invalid_number"),
        ({"device_id": "none"}, "target_unknown"),
        ({"device_id": "{pbx}"}, "target_unknown"),
        ({"entity_id": "light.kitchen"}, "target_unknown"),
        ({"entity_id": "sensor.pbx_active_calls"}, "target_unknown"),
        ({"area_id": "cellar"}, "no_target"),
        ({"call_id": "1790000001.9"}, "call_unknown"),
        ({"call_id": "{call}", "extension": "2002"}, "not_in_call"),
        ({"extension": "2001", "config_entry_id": "none"}, "entry_not_loaded"),
    ],
)
async def test_what_is_no_target(
    hass: HomeAssistant, start_simulator: StartSimulator, fields: dict[str, str], error: str
) -> None:
    stage = await talking(hass, start_simulator)
    before = len(stage.sim.requests)
    known = {"{call}": stage.live.call_id, "{pbx}": device_named(hass, SERIAL)}
    filled = {key: known.get(value, value) for key, value in fields.items()}
    assert await refusal(hass, "hang_up", **filled) == error
    assert len(stage.sim.requests) == before
    assert stage.live.live


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("dial", {"number": "2003"}),
        ("attended_transfer", {"number": "2003"}),
        ("retrieve", {"slot": "6900"}),
        ("listen", {"monitor": "2005"}),
        ("call_back", {"call_id": "{call}"}),
    ],
)
async def test_one_at_a_time(
    hass: HomeAssistant, start_simulator: StartSimulator, action: str, fields: dict[str, str]
) -> None:
    stage = await talking(hass, start_simulator)
    before = len(stage.sim.requests)
    filled = {
        key: stage.live.call_id if value == "{call}" else value for key, value in fields.items()
    }
    two = [device_of(hass, number) for number in ("2001", "2002")]
    assert await refusal(hass, action, device_id=two, **filled) == "several_targets"
    assert len(stage.sim.requests) == before


@pytest.mark.parametrize(
    "fields",
    [
        {"number": "2003"},
        {"number": "2003", "from_ivr": "6500", "extension": "2001"},
        {"number": "2003", "from_ivr": "6500", "from_queue": "6700"},
    ],
)
async def test_the_extension_that_dials(
    hass: HomeAssistant, start_simulator: StartSimulator, fields: dict[str, str]
) -> None:
    stage = await move_in(hass, start_simulator, "yeastar-v2")
    assert await refusal(hass, "dial", **fields) == "one_caller"
    assert not stage.sim.calls.live


async def test_an_extension_without_a_device(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    options = {CONF_EXTENSIONS: "chosen", CONF_CHOSEN_EXTENSIONS: ["2002"]}
    stage = await move_in(hass, start_simulator, "openvox", options)
    await call(hass, "dial", extension="2001", number="2003")
    assert stage.made.has_extension("2001")


async def test_call_ids_that_templates_have_made_numbers(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    """To a template 1790000001.10 is the number 1790000001.1.

    Another call of that name is not taken for it.
    """
    stage = await talking(hass, start_simulator)

    def given(text: str) -> Any:
        return Template(f"{{{{ '{text}' }}}}", hass).async_render()

    for call_id in ("1790000001.10", "1790000001.100", "1790000001.7"):
        know(hass, tracked(stage, call_id=call_id))
        answer = await call(hass, "mute", call_id=given(call_id))
        assert answer["results"][0]["call_id"] == call_id
        await call(hass, "unmute", call_id=call_id)
    know(hass, *(tracked(stage, call_id=each) for each in ("1790000001.1", "1790000001.10")))
    assert await refusal(hass, "hang_up", call_id=given("1790000001.10")) == "call_unknown"
    assert await refusal(hass, "hang_up", call_id=given("1790000001.2")) == "call_unknown"
    await call(hass, "hang_up", call_id="1790000001.10")
    assert not stage.live.live


# Ids, and what templates make of them where that is more than the loss of three zeros.
INEXACT = {
    "1796140109.10000": 1796140109.1,
    "1796140109.40000": 1796140109.4,
    "1796140109.700000": 1796140109.7,
    "1796140109.5000053": 1796140109.5000052,
    "1796140105.1234588": 1796140105.1234589,
    "1796140109.7000000": 1796140109.7,
    "1796140109.12345678": 1796140109.1234567,
}


@pytest.mark.parametrize(("call_id", "number"), INEXACT.items())
async def test_call_ids_that_are_no_exact_numbers(
    hass: HomeAssistant, start_simulator: StartSimulator, call_id: str, number: float
) -> None:
    """Found as a number and as the text of that number, while active and in the log."""
    stage = await talking(hass, start_simulator)
    assert Template(f"{{{{ '{call_id}' }}}}", hass).async_render() == number == float(call_id)
    far = tracked(stage, call_id="1796140108.1"), tracked(stage, call_id="channel-7")
    know(hass, *far, tracked(stage, call_id=call_id))
    for given in (number, str(number), call_id):
        answer = await call(hass, "mute", call_id=given)
        assert answer["results"][0]["call_id"] == call_id
    over = tracked(stage, state=CallState.ENDED, ended=far[0].started)
    logged = LogEntry.of(replace(over, call_id=call_id, caller="0301234567"), late=False)
    know(hass, *far)
    runtime_of(hass).history.log._keep(logged)
    assert await refusal(hass, "mute", call_id=number) == "call_unknown"
    for given in (number, str(number), call_id):
        assert (await call(hass, "call_back", call_id=given))["extension"] == "2001"


async def test_a_number_of_several_call_ids(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    """None of them is meant, be one of them over; each is by its text."""
    stage = await talking(hass, start_simulator)
    first, second = "1796140109.5000052", "1796140109.5000053"
    over = tracked(stage, call_id=first, ended=tracked(stage).started)
    logged = LogEntry.of(over, late=False)
    live = tracked(stage, call_id=second)
    for known in ((tracked(stage, call_id=first), live), (over, live)):
        know(hass, *known)
        assert await refusal(hass, "mute", call_id=float(second)) == "call_unknown"
        answer = await call(hass, "mute", call_id=second)
        assert answer["results"][0]["call_id"] == second
    assert await refusal(hass, "mute", call_id=first) == "call_unknown"  # it is over
    know(hass, live)
    assert (await call(hass, "mute", call_id=first))["results"][0]["call_id"] == second
    runtime_of(hass).history.log._keep(logged)
    assert await refusal(hass, "mute", call_id=float(second)) == "call_unknown"
    for given in (float("nan"), float("inf"), -1.5, 0, 10**400, True, "", "1e9", "1796140109.5000"):
        assert await refusal(hass, "mute", call_id=given) == "call_unknown"


async def test_two_pbxs(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    """A device and a call id name one extension; a number alone does not."""
    stages = [await talking(hass, start_simulator)]
    other = await start_simulator(serial="SIM0000000002", first_extension=2001)
    other.knobs.lose_reports = 1
    other.calls._ids._number += 500  # the calls of both have ids of their own
    await load(hass, add_entry(hass, other, webhook_id="1" * 32, unique_id="SIM0000000002"))
    first, second = hass.config_entries.async_loaded_entries(DOMAIN)

    assert await refusal(hass, "hang_up", extension="2001") == "several_entries"
    assert await refusal(hass, "get_calls") == "several_entries"
    device = device_of(hass, "2002", "SIM0000000002")
    answer = await call(hass, "dial", device_id=device, number="2003")
    assert answer["config_entry_id"] == second.entry_id
    assert len(other.calls.live) == 1

    for action in ("hang_up", "call_back"):
        fields = {"device_id": device, "call_id": stages[0].live.call_id}
        assert await refusal(hass, action, **fields) == "not_in_call"

    fields = {"call_id": stages[0].live.call_id}
    known = second.runtime_data.calls.tracker
    second.runtime_data.calls.tracker = first.runtime_data.calls.tracker
    assert await refusal(hass, "hang_up", **fields) == "several_entries", "both have such a call"
    second.runtime_data.calls.tracker = known

    wrong = {**fields, "config_entry_id": second.entry_id}
    assert await refusal(hass, "hang_up", **wrong) == "call_unknown"
    answer = await call(hass, "hang_up", **fields)
    assert answer["results"][0]["config_entry_id"] == first.entry_id
    assert not stages[0].live.live


async def test_a_target_of_another_pbx_than_the_named_one(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    """Nothing is sent to either of them, nor read of one for the other."""
    stage = await talking(hass, start_simulator)
    trunk = trunk_of(hass, "sip-1")
    other = await start_simulator(serial="SIM0000000002", first_extension=2001)
    await load(hass, add_entry(hass, other, webhook_id="1" * 32, unique_id="SIM0000000002"))
    first, second = hass.config_entries.async_loaded_entries(DOMAIN)
    device = device_of(hass, "2002", "SIM0000000002")
    before = [len(each.requests) for each in (stage.sim, other)]
    status = entity_id(hass, "sensor", f"{SERIAL}_ext_2001_status")
    area = ar.async_get(hass).async_create("Hall")
    for each in (device, device_of(hass, "2001")):
        dr.async_get(hass).async_update_device(each, area_id=area.id)
    contradictions: list[tuple[str, dict[str, Any], str]] = [
        ("dial", {"device_id": device, "number": "2003"}, "extension_unknown"),
        ("hold", {"device_id": device}, "extension_unknown"),
        ("hold", {"device_id": device, "extension": "2001"}, "extension_unknown"),
        ("hold", {"device_id": [device, device_of(hass, "2001")]}, "extension_unknown"),
        ("hold", {"area_id": area.id}, "extension_unknown"),
        ("play_prompt", {"device_id": device, "prompts": "hello"}, "extension_unknown"),
        ("get_calls", {"device_id": device}, "extension_unknown"),
        ("get_extension", {"device_id": device}, "extension_unknown"),
    ]
    for action, fields, error in contradictions:
        fields["config_entry_id"] = first.entry_id
        assert await refusal(hass, action, **fields) == error
    fields = {"entity_id": status, "config_entry_id": second.entry_id}
    assert await refusal(hass, "get_calls", **fields) == "extension_unknown"
    fields = {"device_id": trunk, "config_entry_id": second.entry_id}
    assert await refusal(hass, "get_trunk", **fields) == "trunk_unknown"
    fields = {"device_id": device, "config_entry_id": "none"}
    assert await refusal(hass, "get_calls", **fields) == "entry_not_loaded"
    assert before == [len(each.requests) for each in (stage.sim, other)]
    fields = {"device_id": device, "config_entry_id": second.entry_id}
    assert await call(hass, "get_extension", **fields)


async def test_a_call_id_that_two_pbxs_have(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    """A target says which of them it is about, without the PBX being named."""
    stage = await talking(hass, start_simulator)
    other = await start_simulator(serial="SIM0000000002", first_extension=2001)
    other.directory.add_trunk("sip-1")
    other.knobs.lose_reports = 1
    options = {CONF_ALLOWED_NUMBERS: ["03012345"]}
    entry = add_entry(hass, other, options=options, webhook_id="1" * 32, unique_id="SIM0000000002")
    await load(hass, entry)
    first, second = hass.config_entries.async_loaded_entries(DOMAIN)
    twin = Stage(sim=other, client=second.runtime_data.backend, dialect=stage.dialect)
    await twin.inbound()
    twin.live.caller.number = "03012345"
    call_id = twin.live.call_id
    first.runtime_data.calls.tracker = KnownCalls(tracked(stage, call_id=call_id))
    second.runtime_data.calls.tracker = KnownCalls(tracked(twin))
    devices = [device_of(hass, "2001", serial) for serial in (SERIAL, "SIM0000000002")]

    for action in ("hang_up", "hold", "call_back"):
        assert await refusal(hass, action, call_id=call_id) == "several_entries"
        fields = {"device_id": devices, "call_id": call_id}
        assert await refusal(hass, action, **fields) == "several_entries"
    fields = {"device_id": devices[1], "call_id": call_id}
    before = len(stage.sim.requests)
    answer = await call(hass, "call_back", **fields)
    assert answer["config_entry_id"] == second.entry_id
    assert {leg.number for leg in twin.made.legs} == {"2001", "03012345"}
    for action in ("hold", "hang_up"):
        answer = await call(hass, action, **fields)
        assert answer["results"][0]["config_entry_id"] == second.entry_id
    assert len(stage.sim.requests) == before
    assert stage.live.live
    assert not twin.live.live


async def test_an_extension_that_is_new(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    stage = await move_in(hass, start_simulator, "openvox")
    assert await refusal(hass, "dial", extension="2001", number="3000") == "number_not_allowed"
    await stage.sim.add_extension("3000", "New")
    await runtime_of(hass).coordinator.async_refresh()
    await call(hass, "dial", extension="2001", number="3000")
    assert stage.made.has_extension("3000")


async def test_the_only_call_that_waits_need_not_be_named(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    stage = await move_in(hass, start_simulator, "yeastar-v2")
    await CASES["accept"].scene(stage)
    know(hass, tracked(stage, call_id="1790000009.1"))
    assert await refusal(hass, "accept_call") == "none_waiting"
    waiting = tracked(stage, state=CallState.INVITED)
    know(hass, waiting, tracked(stage, state=CallState.INVITED, call_id="1790000009.1"))
    assert await refusal(hass, "accept_call") == "several_targets"
    know(hass, waiting, tracked(stage, call_id="1790000009.1"))
    entry_id = runtime_of(hass).entry.entry_id
    assert await refusal(hass, "accept_call", config_entry_id="none") == "entry_not_loaded"
    answer = await call(hass, "accept_call", config_entry_id=entry_id)
    assert answer["call_id"] == waiting.call_id
    CASES["accept"].then(stage)


async def test_a_message_over_a_trunk_by_its_device(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    stage = await move_in(hass, start_simulator, "yeastar-v2")
    fields = {"number": "0171555", "message": "hello"}
    trunk = trunk_of(hass, "gsm-1")
    entities = er.async_entries_for_device(er.async_get(hass), trunk)
    for target in (
        {"device_id": trunk},
        {"entity_id": entities[0].entity_id},
        {"trunk": "gsm-1"},
        {"device_id": trunk, "trunk": "gsm-1"},
    ):
        before = len(stage.sim.requests)
        assert (await call(hass, "send_message", **target, **fields))["message_id"]
        assert len(stage.sim.requests) == before + 1


@pytest.mark.parametrize(
    ("kind", "actions"),
    [
        ("extension", {"dial", "hang_up", "transfer", "listen", "play_prompt", "get_calls"}),
        ("trunk", {"send_message", "get_trunk"}),
        ("pbx", set()),
    ],
)
async def test_the_editor_offers_what_fits(
    hass: HomeAssistant, start_simulator: StartSimulator, kind: str, actions: set[str]
) -> None:
    """By the entities of a device.

    Home Assistant 2026.2 counts the diagnostic ones, too, so it offers actions for a PBX.
    """
    await move_in(hass, start_simulator, "yeastar-v2")
    devices = {
        "extension": device_of(hass, "2001"),
        "trunk": trunk_of(hass, "gsm-1"),
        "pbx": device_named(hass, SERIAL),
    }
    target = {"device_id": [devices[kind]]}
    for name in hass.services.async_services_for_domain("notify"):
        hass.services.async_remove("notify", name)  # their descriptions need packages of a camera
    found = await automation.async_get_services_for_target(hass, target, True)
    offered = {name.removeprefix("ippbx.") for name in found if name.startswith("ippbx.")}
    counts_all = not hasattr(automation._AutomationComponentLookupData, "primary_entities_only")
    if kind != "pbx" or not counts_all:
        assert offered >= actions
        assert offered & {"dial", "send_message"} == actions & {"dial", "send_message"}
    else:
        assert "send_message" not in offered

    triggers = await automation.async_get_triggers_for_target(hass, target, True)
    assert "ippbx.decision_needed" in triggers or kind == "extension"
    assert "ippbx.incoming_call" in triggers
