"""conditions.yaml against the code that makes the conditions and the texts that describe them."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.condition import async_get_all_descriptions
from homeassistant.helpers.selector import validate_selector
from homeassistant.setup import async_setup_component
import pytest
import voluptuous as vol

from custom_components.ippbx import condition

from .source import INTEGRATION, described, described_fields, english, manifest, read_json

DOMAIN = manifest()["domain"]
CONDITIONS = described("conditions.yaml")
MINE = condition.CONDITIONS


def test_every_condition_is_described_and_made() -> None:
    assert set(CONDITIONS) == set(MINE)
    assert set(CONDITIONS) == set(english()["conditions"])
    icons = read_json(INTEGRATION / "icons.json")["conditions"]
    assert set(CONDITIONS) == set(icons)
    assert all(set(entry) == {"condition"} for entry in icons.values())


@pytest.mark.parametrize("name", CONDITIONS)
def test_fields_are_those_of_the_code(name: str) -> None:
    assert issubclass(MINE[name], condition.PbxCondition)
    assert set(described_fields(CONDITIONS[name])) == set(MINE[name].options)
    assert set(english()["conditions"][name]["fields"]) == set(MINE[name].options)
    assert set(CONDITIONS[name]) == {"target", "fields"}


@pytest.mark.parametrize("name", CONDITIONS)
async def test_what_is_not_described_is_refused(hass: HomeAssistant, name: str) -> None:
    with pytest.raises(vol.Invalid):
        await MINE[name].async_validate_config(hass, {"options": {"made_up": 1}})


@pytest.mark.parametrize("name", CONDITIONS)
async def test_every_choice_is_one_of_the_code(hass: HomeAssistant, name: str) -> None:
    for key, field in described_fields(CONDITIONS[name]).items():
        validate_selector(field["selector"])
        if select := field["selector"].get("select"):
            many = select.get("multiple")
            for chosen in [select["options"]] if many else select["options"]:
                options = {"options": {key: chosen}}
                assert await MINE[name].async_validate_config(hass, options) == options
            known = english()["selector"][select["translation_key"]]["options"]
            assert set(select["options"]) <= set(known)


async def test_home_assistant_shows_all_of_them(
    hass: HomeAssistant, enable_custom_integrations: None, caplog: pytest.LogCaptureFixture
) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    shown = await async_get_all_descriptions(hass)
    for name, described_condition in CONDITIONS.items():
        description = shown[f"{DOMAIN}.{name}"]
        assert description is not None, name
        assert set(description["fields"]) == set(described_fields(described_condition)), name
        assert "target" in description, name
    told = [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]
    assert not [record for record in told if record.name.startswith("homeassistant.helpers")]
