"""services.yaml against the code that registers the actions and the texts that describe them."""

import re
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import validate_selector
from homeassistant.helpers.service import async_get_all_descriptions
from homeassistant.setup import async_setup_component
import pytest
import voluptuous as vol

from custom_components.ippbx.pbx.model.actions import Action
from custom_components.ippbx.pbx.uc.control.control import OFFERED

from .source import ROOT, described, described_fields, english, manifest

DOMAIN = manifest()["domain"]
DIALECTS: Final = {
    "all": {"openvox", "yeastar-v1", "yeastar-v2"},
    "Yeastar": {"yeastar-v1", "yeastar-v2"},
    "Yeastar v2.0.0": {"yeastar-v2"},
}
"""What docs/actions.md calls the PBXes that an action is for."""
SENT: Final = {
    "dial": Action.DIAL_EXTENSION,
    "call_back": Action.DIAL_OUTSIDE,
    "transfer": Action.TRANSFER_TO_EXTENSION,
    "attended_transfer_step": Action.OPERATE_TRANSFER,
    "accept_call": Action.ACCEPT,
    "refuse_call": Action.REFUSE,
}
"""What is sent for an action of another name."""
TARGET = {str(marker) for marker in cv.TARGET_FIELDS}


def _actions() -> dict[str, Any]:
    return described("services.yaml")


@pytest.fixture
async def registered(hass: HomeAssistant, enable_custom_integrations: None) -> dict[str, Any]:
    assert await async_setup_component(hass, DOMAIN, {})
    return dict(hass.services.async_services_for_domain(DOMAIN))


async def test_every_action_is_described_and_registered(registered: dict[str, Any]) -> None:
    assert set(_actions()) == set(registered)
    assert set(_actions()) == set(english()["services"])


@pytest.mark.parametrize("name", described("services.yaml"))
def test_the_manual_says_which_pbxs_can_do_it(name: str) -> None:
    manual = (ROOT / "docs" / "actions.md").read_text()
    chapter = manual.partition(f"### ippbx.{name}\n")[2].partition("\n### ")[0]
    (said,) = re.findall(r"^PBX: ([^;,]*?)[;,.](?= |$)", chapter, re.MULTILINE)
    if said == "as `ippbx.hold`":
        said = "all"
    sent = SENT.get(name) or next((each for each in Action if each == name), None)
    can = {dialect for dialect, actions in OFFERED.items() if sent is None or sent in actions}
    assert DIALECTS[said] == can


async def test_fields_are_those_of_the_code(registered: dict[str, Any]) -> None:
    for name, action in registered.items():
        schema = action.schema
        assert isinstance(schema, vol.Schema), name
        assert isinstance(schema.schema, dict), name
        taken = {str(marker) for marker in schema.schema}
        if "target" in _actions()[name]:
            assert taken > TARGET, name
            taken -= TARGET
        assert set(described_fields(_actions()[name])) == taken, name


def test_fields_are_translated() -> None:
    for name, action in _actions().items():
        assert set(english()["services"][name].get("fields", {})) == set(
            described_fields(action)
        ), name


def test_texts_are_not_in_the_yaml() -> None:
    for name, action in _actions().items():
        assert not {"name", "description"} & set(action or {}), name
        for key, field in described_fields(action).items():
            assert set(field) <= {
                "required",
                "default",
                "example",
                "selector",
                "filter",
                "advanced",
            }, f"{name}.{key}"


def test_selectors_are_valid_and_translated() -> None:
    for name, action in _actions().items():
        for key, field in described_fields(action).items():
            validate_selector(field["selector"])
            select = field["selector"].get("select") or {}
            if options := select.get("options"):
                assert "translation_key" in select, f"{name}.{key}: options without translations"
                translated = english()["selector"][select["translation_key"]]["options"]
                assert set(options) <= set(translated), f"{name}.{key}"


async def test_home_assistant_shows_all_of_them(
    hass: HomeAssistant, registered: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    shown = (await async_get_all_descriptions(hass))[DOMAIN]
    for name, action in _actions().items():
        assert set(shown[name]["fields"]) == set((action or {}).get("fields") or {}), name
    assert "services.yaml" not in caplog.text
