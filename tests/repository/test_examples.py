"""Home Assistant accepts the YAML that README.md and docs show."""

from pathlib import Path
import re
import shutil
from typing import Any

from homeassistant.components.logbook import CONFIG_SCHEMA as LOGBOOK
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.setup import async_setup_component
import pytest
import yaml

from .reference import pages
from .source import ROOT, described, described_fields
from .test_blueprints import parts

EXAMPLES = [
    pytest.param(yaml.safe_load(example), id=f"{page.stem}-{number}")
    for page in pages()
    for number, example in enumerate(re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL))
]
TRIGGER = {"trigger": "event", "event_type": "an_event"}


def automation(example: dict[str, Any]) -> dict[str, Any]:
    """Return an example, or the automation that it is a part of."""
    if "use_blueprint" in example:
        return example
    if "action" in example:
        example = {"actions": [example]}
    return {"alias": "Example", "triggers": [TRIGGER], "actions": [], **example}


@pytest.mark.parametrize("example", EXAMPLES)
async def test_example(
    hass: HomeAssistant, enable_custom_integrations: None, tmp_path: Path, example: dict[str, Any]
) -> None:
    if "strategy" in example:
        assert example == {"strategy": {"type": "custom:ippbx"}}
        return
    if "logbook" in example:
        LOGBOOK(example)
        return
    hass.config.config_dir = str(tmp_path)
    shutil.copytree(ROOT / "blueprints", hass.config.path("blueprints"))
    made = automation(example)
    assert await async_setup_component(hass, "automation", {"automation": [made]})
    await hass.async_block_till_done()
    (state,) = hass.states.async_all("automation")
    assert state.state == "on", "Home Assistant does not accept it"
    for part in parts(example):
        domain, _, name = str(part.get("action", "")).partition(".")
        if domain == "ippbx":
            assert set(part.get("data", {})) <= set(
                described_fields(described("services.yaml")[name])
            )
            assert set(part.get("target", {})) <= {*cv.TARGET_SERVICE_FIELDS}
