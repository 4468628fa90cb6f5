"""The actions that only read: calls, extensions and trunks as they are known."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.ippbx.pbx.uc.dialects import DIALECTS
from pbx_simulator.families.uc.endpoints.queries import secrets_of
from tests.conftest import StartSimulator, add_entry
from tests.live import load, serve
from tests.pbx.uc.control.stage import Stage
from tests.test_services_refused import call, refusal

from .house import device_of, know, move_in, runtime_of, tracked, trunk_of


@pytest.fixture(params=DIALECTS)
async def stage(
    hass: HomeAssistant, start_simulator: StartSimulator, request: pytest.FixtureRequest
) -> Stage:
    """A house in which 2001 talks to an outside caller."""
    stage = await move_in(hass, start_simulator, request.param, {})
    await stage.inbound()
    return stage


def ids(calls: list[dict[str, Any]]) -> list[str]:
    return [each["call_id"] for each in calls]


async def test_calls(hass: HomeAssistant, stage: Stage) -> None:
    first = tracked(stage, trunk="sip-1", answered=datetime(2026, 11, 25, 9, 31, tzinfo=UTC))
    older = tracked(stage, call_id="1.2", started=datetime(2026, 11, 25, 9, tzinfo=UTC), legs=())
    know(hass, first, older)
    before = len(stage.sim.requests)
    answer = await call(hass, "get_calls")
    assert ids(answer["calls"]) == ["1.2", first.call_id]
    assert answer["calls"][1] == {
        "call_id": first.call_id,
        "direction": "inbound",
        "caller": "0301111",
        "caller_uri": "tel:0301111",
        "callee": "2001",
        "trunk": "sip-1",
        "state": "talking",
        "started": "2026-11-25T09:30:00+00:00",
        "answered": "2026-11-25T09:31:00+00:00",
        "extensions": ["2001"],
    }
    of_2001 = await call(hass, "get_calls", device_id=device_of(hass, "2001"))
    assert ids(of_2001["calls"]) == [first.call_id]
    assert await call(hass, "get_calls", extension="2002") == {"calls": []}
    both = await call(hass, "get_calls", extension="2001", device_id=device_of(hass, "2001"))
    assert ids(both["calls"]) == [first.call_id]
    assert len(stage.sim.requests) == before


async def test_users_read_the_pbxs_whose_entities_they_may_read(
    hass: HomeAssistant, start_simulator: StartSimulator, hass_read_only_user: MockUser
) -> None:
    await serve(hass)
    entries = []
    for number in "12":
        simulator = await start_simulator(serial=f"BARN00000000{number}")
        entries.append(add_entry(hass, simulator, webhook_id=number * 32))
        await load(hass, entries[-1])
    entities = er.async_get(hass).entities.get_entries_for_config_entry_id(entries[0].entry_id)
    readable = {each.entity_id: {"read": True} for each in entities}
    context = Context(user_id=hass_read_only_user.id)

    hass_read_only_user.mock_policy({"entities": {"entity_ids": readable}})
    for action in ("get_calls", "get_extension", "get_trunk", "get_call_log"):
        assert await call(hass, action, context)
        with pytest.raises(ServiceValidationError):
            await call(hass, action, context, config_entry_id=entries[1].entry_id)
    hass_read_only_user.mock_policy({"entities": {"entity_ids": dict([*readable.items()][1:])}})
    for action in ("get_calls", "get_extension", "get_trunk", "get_call_log"):
        with pytest.raises(Unauthorized):
            await call(hass, action, context)


async def test_extensions(hass: HomeAssistant, stage: Stage) -> None:
    know(hass, tracked(stage))
    await runtime_of(hass).coordinator.async_refresh()
    before = len(stage.sim.requests)
    answer = await call(hass, "get_extension", extension="2001")
    (extension,) = answer["extensions"]
    assert ids(extension.pop("calls")) == [stage.live.call_id]
    assert extension["kind"].lower() in ("sip", "pjsip")
    del extension["kind"]
    assert extension == {
        "number": "2001",
        "name": "User 2001",
        "status": "busy",
        "registered": True,
    }
    everybody = await call(hass, "get_extension")
    assert [each["number"] for each in everybody["extensions"]] == [
        "2001",
        "2002",
        "2003",
        "2004",
        "2005",
    ]
    secrets = secrets_of("2001").values()
    assert not [secret for secret in secrets if secret in str(everybody)]
    assert len(stage.sim.requests) == before


async def test_trunks(hass: HomeAssistant, stage: Stage) -> None:
    know(hass, tracked(stage, trunk="sip-1"))
    before = len(stage.sim.requests)
    answer = await call(hass, "get_trunk")
    assert [(each["name"], len(each["calls"])) for each in answer["trunks"]] == [
        ("sip-1", 1),
        ("sip-2", 0),
        ("gsm-1", 0),
    ]
    (gsm,) = (await call(hass, "get_trunk", trunk="gsm-1"))["trunks"]
    assert gsm == {"name": "gsm-1", "kind": "GSM", "status": "idle", "problem": False, "calls": []}
    by_device = await call(hass, "get_trunk", device_id=trunk_of(hass, "gsm-1"))
    assert by_device["trunks"] == [gsm]
    assert await refusal(hass, "get_trunk", trunk="gsm-2") == "trunk_unknown"
    assert await refusal(hass, "get_trunk", device_id=device_of(hass, "2001")) == "not_a_trunk"
    assert (await call(hass, "get_trunk", area_id="cellar"))["trunks"] == []
    assert len(stage.sim.requests) == before
