"""The call log of a loaded entry.

Given out by an action, kept over restarts, gone with the entry.
"""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
import voluptuous as vol

from custom_components.ippbx.const import CONF_CALL_LOG_SIZE, CONF_MASK_NUMBERS
from custom_components.ippbx.diagnostics import async_get_config_entry_diagnostics
from custom_components.ippbx.pbx.model.tracked import CallDirection, CallOutcome
from custom_components.ippbx.runtime import PbxRuntime
from pbx_simulator import Simulator
from tests.calls.changes import BEGAN, CALLER
from tests.calls.history.test_log import FULL, MINUTE, ended, passed_on
from tests.conftest import add_entry
from tests.live import load, serve
from tests.test_services_refused import call, refusal


async def loaded(hass: HomeAssistant, simulator: Simulator, **options: Any) -> PbxRuntime:
    """Return the runtime of an entry with a few calls and a gap."""
    await serve(hass)
    await simulator.rename_extension("1001", "Porter")
    runtime = await load(hass, add_entry(hass, simulator, options=options))
    runtime.calls.listeners.publish(
        [
            ended("1.1", 1, **FULL),
            ended("1.2", 2, direction=CallDirection.INTERNAL, caller="1002"),
            ended("1.4", 5, outcome=CallOutcome.BUSY, missed_by=(), late=True),
        ]
    )
    runtime.history.log.record_gap(BEGAN + 3 * MINUTE, BEGAN + 4 * MINUTE)
    return runtime


async def ids(hass: HomeAssistant, **wanted: Any) -> list[str]:
    """Return the ids of the calls in a response, and the kind of other items."""
    answer = await call(hass, "get_call_log", **wanted)
    return [entry.get("call_id", entry["kind"]) for entry in answer["entries"]]


async def test_the_response_of_the_action(hass: HomeAssistant, simulator: Simulator) -> None:
    await loaded(hass, simulator)
    answer = await call(hass, "get_call_log")
    late, gap, internal, full = answer["entries"]
    assert full == {
        "kind": "call",
        "call_id": "1.1",
        "direction": "inbound",
        "caller": CALLER,
        "caller_uri": f"tel:{CALLER}",
        "callee": "1001",
        "callee_name": "Porter",
        "trunk": "trunk-1",
        "did": "4930120",
        "path": "6200",
        "answered_by": "1002",
        "missed_by": ["1001"],
        "started": "2026-03-01T09:31:00+00:00",
        "answered": "2026-03-01T09:30:08+00:00",
        "ended": "2026-03-01T09:31:20+00:00",
        "outcome": "answered",
        "ring_seconds": 0,
        "talk_seconds": 12,
        "recording": FULL["recording"],
    }
    assert "caller_uri" not in internal
    assert gap == {
        "kind": "gap",
        "started": "2026-03-01T09:33:00+00:00",
        "ended": "2026-03-01T09:34:00+00:00",
    }
    assert late["late"] is True


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["1.4", "gap", "1.2", "1.1"]),
        ({"limit": 1}, ["1.4"]),
        ({"limit": 2.0}, ["1.4", "gap"]),
        ({"limit": "2"}, ["1.4", "gap"]),
        ({"direction": "internal"}, ["gap", "1.2"]),
        ({"outcome": ["missed", "busy"]}, ["1.4", "gap", "1.2"]),
        ({"direction": ["inbound"], "outcome": ["missed", "busy"]}, ["1.4", "gap"]),
        ({"extension": 1002}, ["gap", "1.2", "1.1"]),
        ({"since": "2026-03-01T09:35:00+00:00"}, ["1.4"]),
        ({"until": "2026-03-01 01:31:30"}, ["1.1"]),  # the tests' own zone is UTC-8
        ({"until": "9999-12-31 23:59:59"}, ["1.4", "gap", "1.2", "1.1"]),
        ({"since": "0001-01-01T00:00:00+14:00"}, ["1.4", "gap", "1.2", "1.1"]),
    ],
)
async def test_what_is_wanted(
    hass: HomeAssistant, simulator: Simulator, wanted: dict[str, Any], found: list[str]
) -> None:
    await loaded(hass, simulator)
    assert await ids(hass, **wanted) == found


async def test_calls_that_were_passed_on(hass: HomeAssistant, simulator: Simulator) -> None:
    runtime = await loaded(hass, simulator)
    runtime.calls.listeners.publish(passed_on("1.6"))
    _, entry = (await call(hass, "get_call_log", extension="1004"))["entries"]
    assert entry["call_id"] == "1.6"
    assert (entry["answered_by"], entry["also_answered"]) == ("1002", ["1003", "1004"])
    assert entry["also_rang"] == ["1001"]
    assert await ids(hass, extension="1005") == ["gap"]


@pytest.mark.parametrize(
    "wanted",
    [
        {"limit": 0},
        {"limit": 10_001},
        {"limit": 12.5},
        {"limit": True},
        {"limit": "many"},
        {"outcome": "lucky"},
        {"direction": 3},
        {"since": "now"},
    ],
)
async def test_what_cannot_be_wanted(
    hass: HomeAssistant, simulator: Simulator, wanted: dict[str, Any]
) -> None:
    await loaded(hass, simulator)
    with pytest.raises(vol.Invalid):
        await ids(hass, **wanted)


async def test_a_pbx_that_is_not_loaded_has_none(hass: HomeAssistant, simulator: Simulator) -> None:
    runtime = await loaded(hass, simulator)
    await hass.config_entries.async_unload(runtime.entry.entry_id)
    assert await refusal(hass, "get_call_log") == "entry_not_loaded"


async def test_a_reload_keeps_the_log(hass: HomeAssistant, simulator: Simulator) -> None:
    runtime = await loaded(hass, simulator)
    entry = runtime.entry
    before = await call(hass, "get_call_log")
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.runtime_data is not runtime
    assert await call(hass, "get_call_log") == before


async def test_options_of_the_log(hass: HomeAssistant, simulator: Simulator) -> None:
    await loaded(hass, simulator, **{CONF_CALL_LOG_SIZE: 3, CONF_MASK_NUMBERS: True})
    answer = await call(hass, "get_call_log")
    callers = [entry.get("caller") for entry in answer["entries"]]
    assert callers == [f"{CALLER[:-3]}xxx", None, "1002"]


async def test_it_goes_with_the_entry(
    hass: HomeAssistant, simulator: Simulator, hass_storage: dict[str, Any]
) -> None:
    runtime = await loaded(hass, simulator)
    entry_id = runtime.entry.entry_id
    await hass.config_entries.async_unload(entry_id)
    assert f"ippbx.call_log.{entry_id}" in hass_storage
    await hass.config_entries.async_remove(entry_id)
    assert not [key for key in hass_storage if entry_id in key]


async def test_diagnostics_count_it(hass: HomeAssistant, simulator: Simulator) -> None:
    runtime = await loaded(hass, simulator, **{CONF_CALL_LOG_SIZE: 50})
    found = await async_get_config_entry_diagnostics(hass, runtime.entry)
    assert found["calls"]["logged"] == 4
    assert found["calls"]["found_afterwards"] == 1
    assert found["calls"]["keeps_records"] is False
    assert found["entry"]["options"][CONF_CALL_LOG_SIZE] == 50
    assert CALLER not in str(found)


async def test_a_spoilt_file_keeps_nothing_from_loading(
    hass: HomeAssistant, simulator: Simulator, hass_storage: dict[str, Any]
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator)
    for name in ("call_log", "missed_calls"):
        key = f"ippbx.{name}.{entry.entry_id}"
        kept = {"items": {}, "count": "many", "since": BEGAN.timestamp()}
        hass_storage[key] = {"key": key, "version": 1, "minor_version": 1, "data": kept}
    runtime = await load(hass, entry)
    assert len(runtime.history.log) == runtime.calls.missed.count == 0
    runtime.history.log.record_gap(BEGAN, BEGAN + timedelta(seconds=90))
    assert await ids(hass) == ["gap"]
