"""What confirming a repair about reports changes."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.ippbx.const import (
    ADDRESS_FIXED,
    CHANNEL_LISTENER,
    CHANNEL_WEBHOOK,
    CONF_ADDRESS_MODE,
    CONF_CHANNEL,
    CONF_CONTROLS,
    CONF_FIXED_HOST,
    CONF_FIXED_PORT,
    CONF_FIXED_URL,
    CONF_HEARTBEAT_INTERVAL,
    CONF_LISTENER_PORT,
)
from custom_components.ippbx.fixes import FIXES
from custom_components.ippbx.issues.registry import (
    FIXABLE,
    REPORTS_ADDRESS_CHOSEN,
    REPORTS_CHANNEL_CHOSEN,
    REPORTS_CONTAINER,
    REPORTS_LOST,
    REPORTS_OTHER_NETWORK,
    REPORTS_PORT_TAKEN,
    REPORTS_TLS_ONLY,
    async_open_issue,
)
from custom_components.ippbx.repairs import async_create_fix_flow
from pbx_simulator import Simulator
from tests.repository.source import english

from .conftest import add_entry
from .live import free_port, load, serve

KEPT = {CONF_HEARTBEAT_INTERVAL: 90}
FIXED = {CONF_ADDRESS_MODE: ADDRESS_FIXED, CONF_FIXED_HOST: "192.0.2.7", CONF_FIXED_URL: "x:1/y"}
REMEMBERED = {CONF_CHANNEL: CHANNEL_LISTENER}


def test_every_kind_that_can_be_fixed_has_a_fix_and_its_texts() -> None:
    assert set(FIXES) == set(FIXABLE)
    assert {kind for kind, issue in english()["issues"].items() if "fix_flow" in issue} == set(
        FIXES
    )
    for kind, (form, _) in FIXES.items():
        step = english()["issues"][kind]["fix_flow"]["step"]["confirm"]
        assert set(step.get("data", {})) == {str(field) for field in form.schema}, kind


async def fix(
    hass: HomeAssistant, entry: Any, kind: str, *answers: dict[str, Any]
) -> list[dict[str, Any]]:
    """Go through the fix of a repair; return what each step answered."""
    async_open_issue(hass, entry, kind, {"here": "172.17.0.3"})
    issue_id = f"{kind}_{entry.entry_id}"
    flow = await async_create_fix_flow(hass, issue_id, {"entry_id": entry.entry_id})
    flow.hass, flow.issue_id, flow.handler, flow.flow_id = hass, issue_id, "ippbx", "1"
    steps = [await flow.async_step_init()]
    steps.extend([await flow.async_step_confirm(answer) for answer in answers])
    await hass.async_block_till_done()
    return [dict(step) for step in steps]


@pytest.mark.parametrize(
    ("kind", "options", "answers", "expected", "remembered"),
    [
        (REPORTS_PORT_TAKEN, {}, {}, {}, True),
        (REPORTS_TLS_ONLY, {CONF_CHANNEL: CHANNEL_WEBHOOK}, {}, {}, False),
        (REPORTS_CHANNEL_CHOSEN, {CONF_CHANNEL: CHANNEL_WEBHOOK}, {}, {}, False),
        (REPORTS_LOST, {}, {}, {}, False),
        (REPORTS_ADDRESS_CHOSEN, FIXED, {}, {}, True),
        (
            REPORTS_CONTAINER,
            {},
            {CONF_FIXED_HOST: " 192.0.2.8 ", CONF_FIXED_PORT: 18260},
            {
                CONF_ADDRESS_MODE: ADDRESS_FIXED,
                CONF_FIXED_HOST: "192.0.2.8",
                CONF_FIXED_PORT: 18260,
            },
            True,
        ),
        (
            REPORTS_OTHER_NETWORK,
            FIXED,
            {CONF_FIXED_HOST: "ha.example"},
            {CONF_ADDRESS_MODE: ADDRESS_FIXED, CONF_FIXED_HOST: "ha.example"},
            True,
        ),
    ],
)
async def test_what_a_fix_changes(
    hass: HomeAssistant,
    simulator: Simulator,
    kind: str,
    options: dict[str, Any],
    answers: dict[str, Any],
    expected: dict[str, Any],
    remembered: bool,
) -> None:
    """Nothing else is changed, and the entry is loaded again."""
    await serve(hass)
    others = {**KEPT, CONF_LISTENER_PORT: free_port()}
    entry = add_entry(hass, simulator, options={**others, **options}, **REMEMBERED)
    first = await load(hass, entry)
    data = {key: value for key, value in entry.data.items() if key != CONF_CHANNEL}
    others |= {CONF_CONTROLS: True}  # chosen at set-up

    form, done = await fix(hass, entry, kind, answers)
    assert form["type"] is FlowResultType.FORM
    assert form["description_placeholders"] == {"title": "PBX", "here": "172.17.0.3"}
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {**others, **expected}
    assert entry.data == {**data, **(REMEMBERED if remembered else {})}
    assert entry.runtime_data is not first


@pytest.mark.parametrize("host", ["not a host", "fe80::1%eth0", "fe80::1%\r\nX-Evil: 1", "ha_1"])
async def test_an_address_that_cannot_be_is_asked_for_again(
    hass: HomeAssistant, simulator: Simulator, host: str
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator)
    runtime = await load(hass, entry)
    before = entry.options
    _, again = await fix(hass, entry, REPORTS_CONTAINER, {CONF_FIXED_HOST: host})
    assert again["errors"] == {CONF_FIXED_HOST: "invalid_fixed_host"}
    texts = english()["issues"][REPORTS_CONTAINER]["fix_flow"]["error"]
    assert set(texts) == {"invalid_fixed_host"}
    assert entry.options == before
    assert entry.runtime_data is runtime
