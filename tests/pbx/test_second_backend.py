"""A second protocol in a real Home Assistant: one more row in BACKENDS, and nothing else."""

from collections.abc import AsyncGenerator
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_SSL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.ippbx.const import CONF_DIALECT, DOMAIN
from custom_components.ippbx.pbx.backends import BACKENDS, backend_of
from custom_components.ippbx.pbx.model.tracked import CallDirection, CallOutcome, CallState
from custom_components.ippbx.runtime import PbxRuntime
from tests.flows.helpers import suggested
from tests.live import entity_id, serve
from tests.time_travel import TimeTraveller

from .second_backend import TIN_TYPE, TinBackend
from .second_pbx import KEY, SERIAL, TinPbx

CALLER, CALLEE = "100", "101"


@pytest.fixture
async def tin(hass: HomeAssistant) -> AsyncGenerator[TinPbx]:
    pbx = TinPbx()
    await pbx.start()
    with patch.dict(BACKENDS, {TIN_TYPE.key: TIN_TYPE}):
        yield pbx
    await pbx.stop()


def form_of(tin: TinPbx, **changes: Any) -> dict[str, Any]:
    """Return what a user types for it; that it is a Tin is found out."""
    return {
        CONF_HOST: "127.0.0.1",
        CONF_PORT: tin.port,
        CONF_SSL: False,
        CONF_VERIFY_SSL: False,
        "api_key": KEY,
        **changes,
    }


async def add(hass: HomeAssistant, form: dict[str, Any]) -> ConfigFlowResult:
    """Open the first form and submit it; the texts of its own fields come with a true backend."""
    flow = hass.config_entries.flow
    begun = await flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    result = await flow.async_configure(begun["flow_id"], form)
    await hass.async_block_till_done()
    return result


async def set_up(hass: HomeAssistant, tin: TinPbx, traveller: TimeTraveller) -> PbxRuntime:
    """Set it up as a user does, and return its runtime."""
    await serve(hass)
    result = await traveller.wait_for(add(hass, form_of(tin)))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await traveller.travel(1)
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert entry.state is ConfigEntryState.LOADED
    runtime: PbxRuntime = entry.runtime_data
    return runtime


def status(hass: HomeAssistant, number: str) -> str:
    """Return the shown status of an extension."""
    state = hass.states.get(entity_id(hass, "sensor", f"{SERIAL}_ext_{number}_status"))
    return "" if state is None else state.state


async def test_it_is_set_up_by_its_own_credentials(
    hass: HomeAssistant, tin: TinPbx, traveller: TimeTraveller
) -> None:
    await serve(hass)
    for wrong in ({"api_key": "guess"}, {"username": "hass", "password": "x", "api_key": ""}):
        result = await traveller.wait_for(add(hass, form_of(tin, **wrong)))
        assert result["errors"] == {"base": "invalid_auth"}
    form = form_of(tin, username="hass", password="x")
    del form["api_key"]
    result = await traveller.wait_for(add(hass, form))
    assert result["errors"] == {"api_key": "invalid_auth"}
    result = await traveller.wait_for(add(hass, form_of(tin)))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (result["title"], result["result"].unique_id) == ("Tin", SERIAL)
    assert (result["data"][CONF_DIALECT], result["data"]["api_key"]) == ("tin", KEY)
    assert "username" not in result["data"]
    assert backend_of("tin") is TIN_TYPE


@pytest.mark.parametrize("source", [SOURCE_REAUTH, SOURCE_RECONFIGURE])
async def test_no_form_shows_a_stored_secret(
    hass: HomeAssistant, tin: TinPbx, traveller: TimeTraveller, source: str
) -> None:
    entry = (await set_up(hass, tin, traveller)).entry
    context = {"source": source, "entry_id": entry.entry_id}
    data = {**entry.data} if source == SOURCE_REAUTH else None  # elsewhere it is what is typed
    form = await hass.config_entries.flow.async_init(DOMAIN, context=context, data=data)
    assert form["type"] is FlowResultType.FORM
    assert entry.data["api_key"] == KEY
    assert "api_key" not in suggested(form)


async def test_it_is_loaded_again_with_what_was_known(
    hass: HomeAssistant, tin: TinPbx, traveller: TimeTraveller
) -> None:
    entry = (await set_up(hass, tin, traveller)).entry
    assert await traveller.wait_for(hass.config_entries.async_reload(entry.entry_id))
    await traveller.travel(1)
    assert entry.state is ConfigEntryState.LOADED
    assert status(hass, CALLEE) == "idle"


async def test_it_is_read_and_kept_alive(
    hass: HomeAssistant, tin: TinPbx, traveller: TimeTraveller
) -> None:
    runtime = await set_up(hass, tin, traveller)
    assert isinstance(runtime.backend, TinBackend)
    assert set(runtime.store.extensions) == {CALLER, CALLEE}
    assert set(runtime.store.trunks) == {"city"}
    assert status(hass, CALLEE) == "idle"
    before = tin.count("stay")
    await traveller.travel(300)
    assert tin.count("stay") - before == 5
    assert runtime.link.up
    assert set(runtime.backend.addresses) == {None}
    assert tin.count("knock") == 2  # the form's and the entry's

    await tin.stop()
    await traveller.travel(120)
    assert not runtime.link.up
    assert status(hass, CALLEE) == "unavailable"
    await tin.start()
    await traveller.travel(30)
    assert runtime.link.up
    assert status(hass, CALLEE) == "idle"


async def test_it_dials_and_its_call_is_tracked(
    hass: HomeAssistant, tin: TinPbx, traveller: TimeTraveller
) -> None:
    runtime = await set_up(hass, tin, traveller)
    assert tin.watched  # it says nothing of how it delivers events, and offers one way
    dialled = {"extension": CALLER, "number": CALLEE}
    answer = await hass.services.async_call(
        DOMAIN, "dial", dialled, blocking=True, return_response=True
    )
    assert answer is not None
    assert answer["call_id"] == "c1"
    assert "dial 100 101" in tin.asked

    tin.call("c1", "rings")
    await traveller.travel(0.1)
    assert status(hass, CALLEE) == "ringing"
    (call,) = runtime.calls.tracker.active.values()
    assert (call.call_id, call.state) == ("c1", CallState.RINGING)
    tin.call("c1", "talks")
    await traveller.travel(60)  # and a read or two
    (call,) = runtime.calls.tracker.active.values()
    assert (call.state, call.answered_by) == (CallState.TALKING, CALLEE)
    assert status(hass, CALLEE) == "busy"
    tin.call("c1", "over")
    await traveller.travel(60)
    assert not runtime.calls.tracker.active
    known = runtime.calls.tracker.find("c1")
    assert known is not None
    assert (known.outcome, known.direction) == (CallOutcome.ANSWERED, CallDirection.INTERNAL)
    assert status(hass, CALLEE) == "idle"


async def test_what_it_cannot_do_is_refused(
    hass: HomeAssistant, tin: TinPbx, traveller: TimeTraveller
) -> None:
    await set_up(hass, tin, traveller)
    before = len(tin.asked)
    with pytest.raises(HomeAssistantError) as caught:
        await hass.services.async_call(DOMAIN, "hold", {"extension": CALLER}, blocking=True)
    assert caught.value.translation_key == "action_unsupported"
    outside = {"extension": CALLER, "number": "0301234567"}
    with pytest.raises(HomeAssistantError):
        await hass.services.async_call(DOMAIN, "dial", outside, blocking=True)
    assert len(tin.asked) == before
