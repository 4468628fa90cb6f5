"""triggers.yaml against the code that makes the triggers and the texts that describe them."""

import re

from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import validate_selector
from homeassistant.helpers.trigger import async_get_all_descriptions
from homeassistant.setup import async_setup_component
import pytest
import voluptuous as vol

from custom_components.ippbx import trigger

from .source import ROOT, described, described_fields, english, manifest

DOMAIN = manifest()["domain"]
TRIGGERS = described("triggers.yaml")
MINE = trigger.TRIGGERS


def test_every_trigger_is_described_and_made() -> None:
    assert set(TRIGGERS) == set(MINE)
    assert set(TRIGGERS) == set(english()["triggers"])


@pytest.mark.parametrize("name", TRIGGERS)
def test_fields_are_those_of_the_code(name: str) -> None:
    assert issubclass(MINE[name], trigger.CallTrigger)
    assert set(described_fields(TRIGGERS[name])) == set(MINE[name].options)
    assert set(english()["triggers"][name]["fields"]) == set(MINE[name].options)


def test_the_manual_has_all_variables() -> None:
    manual = (ROOT / "docs" / "triggers.md").read_text().partition("## What a trigger gives")[2]
    rows = re.findall(r"^\| (`.*?) \|", manual, re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted({*trigger.EMPTY, "config_entry_id", "device_id"})


@pytest.mark.parametrize("name", TRIGGERS)
async def test_what_is_not_described_is_refused(hass: HomeAssistant, name: str) -> None:
    with pytest.raises(vol.Invalid):
        await MINE[name].async_validate_config(hass, {"options": {"made_up": 1}})


@pytest.mark.parametrize("name", TRIGGERS)
async def test_every_choice_is_one_of_the_code(hass: HomeAssistant, name: str) -> None:
    for key, field in described_fields(TRIGGERS[name]).items():
        validate_selector(field["selector"])
        if select := field["selector"].get("select"):
            chosen = {"options": {key: select["options"]}}
            assert await MINE[name].async_validate_config(hass, chosen) == chosen
            known = english()["selector"][select["translation_key"]]["options"]
            assert set(select["options"]) <= set(known)


def test_texts_are_not_in_the_yaml() -> None:
    for name, described_trigger in TRIGGERS.items():
        assert set(described_trigger) <= {"target", "fields"}, name
        for key, field in described_fields(described_trigger).items():
            assert set(field) <= {"required", "default", "example", "selector"}, f"{name}.{key}"


async def test_home_assistant_shows_all_of_them(
    hass: HomeAssistant, enable_custom_integrations: None, caplog: pytest.LogCaptureFixture
) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    shown = await async_get_all_descriptions(hass)
    for name, described_trigger in TRIGGERS.items():
        description = shown[f"{DOMAIN}.{name}"]
        assert description is not None, name
        assert set(description["fields"]) == set(described_fields(described_trigger)), name
        assert "target" in description, name
    told = [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]
    assert not [record for record in told if record.name.startswith("homeassistant.helpers")]
