"""manifest.json as hassfest wants it, and one version in all places."""

import json
from pathlib import Path
import re
import tomllib

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from homeassistant import loader
from homeassistant.core import HomeAssistant
import pytest

import custom_components

from .source import INTEGRATION, ROOT, manifest, python_files

CORE_KEYS = {
    "after_dependencies", "bluetooth", "codeowners", "config_flow", "dependencies", "dhcp",
    "disabled", "documentation", "domain", "homekit", "integration_type", "iot_class", "loggers",
    "mqtt", "name", "preview_features", "quality_scale", "requirements", "single_config_entry",
    "ssdp", "usb", "zeroconf",
}  # fmt: skip
CUSTOM_KEYS = {"import_executor", "issue_tracker", "version"}
NEEDED = {"codeowners", "documentation", "domain", "iot_class", "issue_tracker", "name", "version"}


def test_keys() -> None:
    keys = set(manifest())
    assert not keys - CORE_KEYS - CUSTOM_KEYS, "keys that hassfest does not know"
    assert not NEEDED - keys, "keys that hassfest or HACS demand"


def test_order_is_domain_name_then_alphabetical() -> None:
    keys = list(manifest())
    assert keys == ["domain", "name", *sorted(set(keys) - {"domain", "name"})]


def test_domain_is_the_folder_and_not_one_of_core() -> None:
    assert manifest()["domain"] == INTEGRATION.name
    core = Path(loader.__file__).parent / "components"
    assert core.is_dir()
    assert not (core / INTEGRATION.name).exists()


@pytest.mark.parametrize("key", ["documentation", "issue_tracker"])
def test_addresses(key: str) -> None:
    assert re.fullmatch(r"https://[^\s?#]+", manifest()[key])
    assert "home-assistant.io/integrations" not in manifest()[key]


def test_kinds() -> None:
    assert manifest()["iot_class"] == "local_push"
    assert manifest()["integration_type"] == "hub"


def test_owners_are_names_on_github() -> None:
    owners = manifest()["codeowners"]
    assert owners
    assert all(re.fullmatch(r"@[A-Za-z0-9][A-Za-z0-9-]*(/[\w.-]+)?", owner) for owner in owners)


def test_requirements() -> None:
    """One, in the version of core's caldav or a newer one, so that neither replaces the other."""
    assert manifest()["requirements"] == ["vobject>=0.9.9"]
    core = Path(loader.__file__).parent / "components" / "caldav" / "manifest.json"
    pins = dict(each.split("==") for each in json.loads(core.read_text())["requirements"])
    assert AwesomeVersion(pins["vobject"]) >= AwesomeVersion("0.9.9")


def test_config_flow_exists() -> None:
    assert manifest()["config_flow"] is True
    assert (INTEGRATION / "config_flow.py").is_file()


def test_loggers_are_used() -> None:
    code = "\n".join(path.read_text() for path in python_files(INTEGRATION))
    assert manifest()["loggers"] == ["custom_components.ippbx"]
    assert "getLogger(__package__)" in code or "getLogger(__name__)" in code


def test_home_assistant_loads_it(hass: HomeAssistant) -> None:
    integration = loader.Integration.resolve_from_root(hass, custom_components, INTEGRATION.name)
    assert integration is not None, "the loader refuses it, see its log line"
    assert integration.version == manifest()["version"]
    assert not integration.disabled


def test_version_is_one_that_home_assistant_accepts() -> None:
    version = AwesomeVersion(
        manifest()["version"],
        ensure_strategy=[AwesomeVersionStrategy.SEMVER, AwesomeVersionStrategy.PEP440],
    )
    assert version.valid


def test_one_version_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert project == manifest()["version"], "pyproject.toml and manifest.json differ"
    released = re.findall(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert released[0] == manifest()["version"], (
        "CHANGELOG.md's newest entry and manifest.json differ"
    )
