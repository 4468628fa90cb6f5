"""What the tests of the flows share."""

import json
from pathlib import Path
from string import Formatter
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.const import (
    CONF_HOST,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SSL,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, section

from custom_components import ippbx
from custom_components.ippbx.const import DOMAIN
from pbx_simulator import Simulator
from tests.conftest import PASSWORD, USERNAME


def form_of(simulator: Simulator, **changes: Any) -> dict[str, Any]:
    """Return what a user types for a simulated PBX."""
    return {
        CONF_HOST: "127.0.0.1",
        CONF_PORT: simulator.port,
        CONF_SSL: simulator.config.tls,
        CONF_VERIFY_SSL: False,
        CONF_USERNAME: USERNAME,
        CONF_PASSWORD: PASSWORD,
        **changes,
    }


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    """Open the first form."""
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "user"
    assert not result["errors"]
    return result


async def submit(
    hass: HomeAssistant, result: ConfigFlowResult, form: dict[str, Any]
) -> ConfigFlowResult:
    """Submit a form."""
    result = await hass.config_entries.flow.async_configure(result["flow_id"], form)
    await hass.async_block_till_done()
    assert_translated(result, "config")
    return result


async def add(hass: HomeAssistant, form: dict[str, Any]) -> ConfigFlowResult:
    """Open the first form and submit it."""
    return await submit(hass, await start(hass), form)


def suggested(result: ConfigFlowResult) -> dict[str, Any]:
    """Return what the fields of a form are filled with."""
    schema = result["data_schema"]
    assert schema is not None
    return {
        key.schema: key.description["suggested_value"]
        for key in schema.schema
        if key.description and "suggested_value" in key.description
    }


def assert_translated(result: ConfigFlowResult, part: str) -> None:
    """Assert that a user sees words, not keys, in what a flow shows.

    Args:
        result: what the flow shows.
        part: "config" or "options".
    """
    texts = json.loads((Path(ippbx.__file__).parent / "translations/en.json").read_text())[part]
    if result["type"] is FlowResultType.ABORT:
        assert texts["abort"][result["reason"]]
    if result["type"] is not FlowResultType.FORM:
        return
    shown = set(result["description_placeholders"] or {})
    step = texts["step"][result["step_id"]]
    for text in (
        step["description"],
        *(texts["error"][key] for key in (result["errors"] or {}).values()),
    ):
        assert {name for _, name, _, _ in Formatter().parse(text) if name} <= shown
    _assert_fields_translated(result["data_schema"].schema, step)


def _assert_fields_translated(schema: dict[Any, Any], step: dict[str, Any]) -> None:
    for marker, selector in schema.items():
        if isinstance(selector, section):
            _assert_fields_translated(selector.schema.schema, step["sections"][marker.schema])
        else:
            assert step["data"][marker.schema]
            assert step["data_description"][marker.schema]
