"""The keys that the integration's code uses, read from its syntax trees and its modules."""

import ast
from collections.abc import Iterator
from enum import Enum
from functools import cache
import importlib
from types import ModuleType
from typing import Any

from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.selector import ObjectSelector, SelectSelector
import voluptuous as vol

from .source import INTEGRATION, PLATFORMS, ROOT, python_files, tree

PACKAGE = "custom_components.ippbx"
# Exceptions of Home Assistant whose translation_key is looked up under "exceptions".
TRANSLATED_ERRORS = {
    "ConfigEntryAuthFailed",
    "ConfigEntryError",
    "ConfigEntryNotReady",
    "HomeAssistantError",
    "ServiceValidationError",
    "UpdateFailed",
}


@cache
def modules() -> dict[str, ModuleType]:
    """Return all modules of the integration by their name below the package."""
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in python_files(INTEGRATION)
    ]
    return {name.removeprefix(PACKAGE).lstrip("."): importlib.import_module(name) for name in names}


@cache
def words() -> frozenset[str]:
    """Return every text that the code holds.

    Literals, constants that it imports, members of enums.
    """
    found = {
        node.value
        for path in python_files(INTEGRATION)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for module in modules().values():
        for value in vars(module).values():
            if isinstance(value, str):
                found.add(str(value))
            elif isinstance(value, type) and issubclass(value, Enum):
                found.update(member.value for member in value if isinstance(member.value, str))
    return frozenset(found)


def _text(node: ast.expr | None, module: ModuleType) -> str | None:
    """Return the text of a literal or of a name that a module knows, else None."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name) and isinstance(value := vars(module).get(node.id), str):
        return str(value)
    return None


def calls(*names: str) -> Iterator[tuple[str, ast.Call, ModuleType]]:
    """Yield where each call of a function or method with one of these names is, and the call."""
    for path in python_files(INTEGRATION):
        name = ".".join(path.relative_to(INTEGRATION).with_suffix("").parts).removesuffix(
            "__init__"
        )
        module = modules()[name.rstrip(".")]
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                called = (
                    node.func.attr
                    if isinstance(node.func, ast.Attribute)
                    else getattr(node.func, "id", "")
                )
                if called in names:
                    yield f"{path.name}:{node.lineno}", node, module


def arguments(keyword: str, *names: str, position: int | None = None) -> dict[str, str]:
    """Return the text of one argument of such calls, and where it is."""
    found = {}
    for where, call, module in calls(*names):
        values = [item.value for item in call.keywords if item.arg == keyword]
        if position is not None and len(call.args) > position:
            values.append(call.args[position])
        for value in values:
            if (text := _text(value, module)) is not None:
                found[text] = where
    return found


def keywords(*names: str) -> set[str]:
    """Return the keywords of such calls."""
    return {item.arg for _, call, _ in calls(*names) for item in call.keywords if item.arg}


def returned(module: str, function: str) -> set[str]:
    """Return the texts that a function of a module returns."""
    code = modules()[module]
    (found,) = (
        node
        for node in ast.walk(tree(INTEGRATION / f"{module.replace('.', '/')}.py"))
        if isinstance(node, ast.FunctionDef) and node.name == function
    )
    values = [_text(node.value, code) for node in ast.walk(found) if isinstance(node, ast.Return)]
    return {value for value in values if value is not None}


def _descriptions(value: Any) -> Iterator[EntityDescription]:
    # Not isinstance: Home Assistant builds some of them from a class of its own.
    if hasattr(value, "entity_registry_enabled_default") and not isinstance(value, type):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _descriptions(item)
    elif isinstance(value, dict):
        yield from _descriptions(list(value.values()))


def entity_descriptions() -> dict[str, list[EntityDescription]]:
    """Return the descriptions of all entities by platform."""
    return {
        platform: [
            description
            for name, module in modules().items()
            if name.partition(".")[0] == platform
            for value in vars(module).values()
            for description in _descriptions(value)
        ]
        for platform in PLATFORMS
        if platform in modules()
    }


def fields(schema: vol.Schema) -> Iterator[tuple[str, str, Any]]:
    """Yield the section ("" for none), the name and the selector of every field of a form."""
    for marker, field in schema.schema.items():
        if hasattr(field, "options") and isinstance(getattr(field, "schema", None), vol.Schema):
            yield from ((str(marker), name, part) for _, name, part in fields(field.schema))
        else:
            yield "", str(marker), field


def translated_parts(field: Any) -> tuple[str, dict[str, set[str]]] | None:
    """Return where the words of a field are translated, and which.

    Options of a select, fields of an object.
    """
    for part in field.validators if isinstance(field, vol.All) else [field]:
        for kind, selector in (("options", SelectSelector), ("fields", ObjectSelector)):
            if isinstance(part, selector) and (key := part.config.get("translation_key")):
                return key, {kind: set(part.config[kind])}
    return None
