"""quality_scale.yaml.

All rules are there, and what is said to be done passes a look at the code.
"""

from collections.abc import Callable
from functools import partial
import re
from typing import Any

import pytest

from .source import (
    INTEGRATION,
    PLATFORMS,
    ROOT,
    english,
    manifest,
    python_files,
    read_json,
    read_yaml,
)

RULES = [
    "action-setup",
    "appropriate-polling",
    "brands",
    "common-modules",
    "config-flow",
    "config-flow-test-coverage",
    "dependency-transparency",
    "docs-actions",
    "docs-conditions",
    "docs-high-level-description",
    "docs-installation-instructions",
    "docs-removal-instructions",
    "docs-triggers",
    "entity-event-setup",
    "entity-unique-id",
    "has-entity-name",
    "runtime-data",
    "test-before-configure",
    "test-before-setup",
    "unique-config-entry",
    "action-exceptions",
    "config-entry-unloading",
    "docs-configuration-parameters",
    "docs-installation-parameters",
    "entity-unavailable",
    "integration-owner",
    "log-when-unavailable",
    "parallel-updates",
    "reauthentication-flow",
    "test-coverage",
    "devices",
    "diagnostics",
    "discovery",
    "discovery-update-info",
    "docs-data-update",
    "docs-examples",
    "docs-known-limitations",
    "docs-supported-devices",
    "docs-supported-functions",
    "docs-troubleshooting",
    "docs-use-cases",
    "dynamic-devices",
    "entity-category",
    "entity-device-class",
    "entity-disabled-by-default",
    "entity-translations",
    "exception-translations",
    "icon-translations",
    "reconfiguration-flow",
    "repair-issues",
    "stale-devices",
    "async-dependency",
    "inject-websession",
    "strict-typing",
]
WORDS = {"done", "todo", "exempt"}


def _rules() -> dict[str, Any]:
    return read_yaml(INTEGRATION / "quality_scale.yaml")["rules"]


def _status(rule: str) -> str:
    entry = _rules()[rule]
    return entry if isinstance(entry, str) else entry["status"]


def _code(pattern: str = "*.py") -> str:
    return "\n".join(path.read_text() for path in python_files(INTEGRATION) if path.match(pattern))


def _flow() -> str:
    return _code("config_flow.py") + _code("flows/*.py")


def _platform_files() -> list[str]:
    """Return the code of each platform: a module, or the top of a package."""
    wanted = {f"{name}{end}" for name in PLATFORMS for end in (".py", "/__init__.py")}
    return [
        path.read_text()
        for path in python_files(INTEGRATION)
        if str(path.relative_to(INTEGRATION)) in wanted
    ]


def _actions() -> str:
    return (ROOT / "docs" / "actions.md").read_text()


def _readme() -> str:
    return (ROOT / "README.md").read_text()


def test_there_are_54_rules() -> None:
    assert len(RULES) == len(set(RULES)) == 54


def test_every_rule_is_answered_once() -> None:
    assert set(_rules()) == set(RULES)


def test_answers_are_well_formed() -> None:
    for rule, entry in _rules().items():
        assert _status(rule) in WORDS, f"{rule}: {entry}"
        if isinstance(entry, dict):
            assert set(entry) <= {"status", "comment"}, f"{rule}: {entry}"
            assert entry["comment"].strip(), f"{rule}: {entry}"
        else:
            assert entry != "exempt", f"{rule} is exempt without a reason"


CHAPTERS = {
    "docs-configuration-parameters": "Options",
    "docs-data-update": "How data is updated",
    "docs-installation-instructions": "Installation",
    "docs-installation-parameters": "Set-up",
    "docs-known-limitations": "Known limitations",
    "docs-removal-instructions": "Removing the integration",
    "docs-supported-devices": "Supported PBXes",
    "docs-supported-functions": "Devices and entities",
    "docs-triggers": "Automations",
    "docs-troubleshooting": "Troubleshooting",
    "docs-use-cases": "Use cases",
}
"""The chapters of the README that rules ask for."""


def _has_chapter(title: str) -> bool:
    return f"\n## {title}\n" in _readme()


LOOKS: dict[str, Callable[[], bool]] = {
    "action-exceptions": lambda: "ServiceValidationError" in _code(),
    "action-setup": lambda: (
        "async def async_setup(" in _code() and "CONFIG_SCHEMA" in _code("__init__.py")
    ),
    "brands": (INTEGRATION / "brand" / "icon.png").is_file,
    "common-modules": lambda: (
        (INTEGRATION / "coordinator.py").is_file() and (INTEGRATION / "entity.py").is_file()
    ),
    "config-entry-unloading": lambda: "async def async_unload_entry(" in _code("__init__.py"),
    "config-flow": lambda: manifest()["config_flow"] and (INTEGRATION / "config_flow.py").is_file(),
    "devices": lambda: "DeviceInfo(" in _code() or "async_get_or_create(" in _code(),
    "diagnostics": lambda: "async_get_config_entry_diagnostics" in _code("diagnostics.py"),
    "entity-category": lambda: "EntityCategory.DIAGNOSTIC" in _code(),
    "entity-device-class": lambda: "SensorDeviceClass." in _code(),
    "entity-disabled-by-default": lambda: "entity_registry_enabled_default" in _code(),
    "entity-translations": lambda: bool(english()["entity"]),
    "exception-translations": lambda: bool(english()["exceptions"]),
    "has-entity-name": lambda: "_attr_has_entity_name = True" in _code(),
    "icon-translations": lambda: bool(read_json(INTEGRATION / "icons.json")["entity"]),
    "inject-websession": lambda: (
        "ClientSession" in (INTEGRATION / "pbx" / "uc" / "backend.py").read_text()
    ),
    "integration-owner": lambda: bool(manifest()["codeowners"]),
    "parallel-updates": lambda: all("PARALLEL_UPDATES" in text for text in _platform_files()),
    "reauthentication-flow": lambda: "async_step_reauth" in _flow(),
    "reconfiguration-flow": lambda: "async_step_reconfigure" in _flow(),
    "repair-issues": lambda: "async_create_issue" in _code(),
    "runtime-data": lambda: bool(re.search(r"type \w+ConfigEntry = ConfigEntry\[", _code())),
    "stale-devices": lambda: "async_remove_device" in _code(),
    "strict-typing": (INTEGRATION / "pbx" / "py.typed").is_file,
    "test-before-setup": lambda: (
        "ConfigEntryNotReady" in _code() or "async_config_entry_first_refresh" in _code()
    ),
    "unique-config-entry": lambda: "_abort_if_unique_id_configured" in _flow(),
    "discovery": lambda: bool({"dhcp", "ssdp", "zeroconf"} & set(manifest())),
    "docs-actions": lambda: all(
        f"ippbx.{name}" in _actions() for name in english().get("services", {})
    ),
    "docs-high-level-description": lambda: "**IP PBX** integration" in _readme(),
    "docs-examples": lambda: "```yaml" in _readme(),
    **{rule: partial(_has_chapter, title) for rule, title in CHAPTERS.items()},
}


@pytest.mark.parametrize("rule", LOOKS)
def test_done_is_done(rule: str) -> None:
    if _status(rule) == "done":
        assert LOOKS[rule](), f"{rule} is said to be done, but the code does not look so"
    else:
        assert rule in _rules()


def test_exempt_documents_have_nothing_to_document() -> None:
    if _status("docs-triggers") == "exempt":
        assert not (INTEGRATION / "trigger.py").exists()
    assert not (INTEGRATION / "condition.py").exists() or _status("docs-conditions") != "exempt"
