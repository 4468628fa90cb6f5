"""What the integration imports against what manifest.json declares."""

import re
import sys

from homeassistant.const import Platform

from .source import INTEGRATION, imports, manifest, place, python_files

# Parts of Home Assistant that we use and hassfest lets everybody use without declaring them.
FREE = {*Platform, "media_source", "webhook", "websocket_api"}
# Packages that come with Home Assistant itself, on all supported versions.
BROUGHT = {"aiohttp", "homeassistant", "orjson", "voluptuous", "yarl"}


def _components() -> dict[str, str]:
    """Return the parts of Home Assistant that the integration imports, and where."""
    found = {}
    for path in python_files(INTEGRATION):
        for name, line in imports(path):
            if name.startswith("homeassistant.components."):
                found.setdefault(name.split(".")[2], place(path, line))
    return found


def test_every_used_part_is_declared() -> None:
    declared = {*manifest()["dependencies"], *manifest().get("after_dependencies", [])}
    own = {path.stem for path in INTEGRATION.glob("*.py")}
    undeclared = {
        part: where
        for part, where in _components().items()
        if part not in declared | FREE | own and part != manifest()["domain"]
    }
    assert not undeclared


def test_every_declared_part_is_used() -> None:
    code = "\n".join(path.read_text() for path in python_files(INTEGRATION))
    used = set(_components()) | ({"http"} if "hass.http" in code or "config.api" in code else set())
    assert set(manifest()["dependencies"]) <= used


def test_only_packages_that_come_with_home_assistant_or_are_required() -> None:
    required = {re.split("[=<>~!]", package)[0] for package in manifest()["requirements"]}
    foreign = {
        f"{place(path, line)} imports {name}"
        for path in python_files(INTEGRATION)
        for name, line in imports(path)
        if name.split(".")[0]
        not in {*BROUGHT, *required, *sys.stdlib_module_names, "custom_components"}
    }
    assert not foreign
