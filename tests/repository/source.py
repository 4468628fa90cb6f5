"""What the tests of this folder read: files of the repository and their syntax trees."""

import ast
from collections.abc import Iterator
from functools import cache
import json
from pathlib import Path
import subprocess
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
INTEGRATION = ROOT / "custom_components" / "ippbx"
PLATFORMS = ("binary_sensor", "button", "event", "notify", "sensor", "switch", "text")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"duplicate keys: {sorted(keys)}"
    return dict(pairs)


@cache
def read_json(path: Path) -> Any:
    return json.loads(path.read_text(), object_pairs_hook=_without_duplicates)


@cache
def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def manifest() -> dict[str, Any]:
    return read_json(INTEGRATION / "manifest.json")


def english() -> dict[str, Any]:
    return read_json(INTEGRATION / "translations" / "en.json")


def described(name: str) -> dict[str, dict[str, Any]]:
    """Return the actions, triggers or conditions that a YAML file describes.

    Parts that they share left out.
    """
    content = read_yaml(INTEGRATION / name)
    return {key: value or {} for key, value in content.items() if not key.startswith(".")}


def described_fields(action: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an action or a trigger, those in sections too."""
    found: dict[str, Any] = {}
    for name, field in (action.get("fields") or {}).items():
        found.update(field.get("fields", {name: field}))
    return found


def described_choices() -> dict[str, set[str]]:
    """Return the options of all selects that YAML files describe, by translation key."""
    found: dict[str, set[str]] = {}
    for name in ("services.yaml", "triggers.yaml", "conditions.yaml"):
        for action in described(name).values():
            for field in described_fields(action).values():
                select = field["selector"].get("select") or {}
                if key := select.get("translation_key"):
                    found.setdefault(key, set()).update(select["options"])
    return found


@cache
def files() -> tuple[Path, ...]:
    """Return the files that are, or are about to be, in the repository."""
    command = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    paths = (ROOT / name for name in names.decode().split("\0") if name)
    return tuple(path for path in sorted(paths) if path.is_file())


def python_files(folder: Path) -> list[Path]:
    return [path for path in files() if path.suffix == ".py" and path.is_relative_to(folder)]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def imports(path: Path, root: Path = ROOT) -> Iterator[tuple[str, int]]:
    """Yield the absolute name and the line of everything that a file imports.

    `from a.b import c` gives `a.b.c`; relative imports are resolved.
    """
    package = path.relative_to(root).with_suffix("").parts[:-1]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join((*above, *([node.module] if node.module else [])))
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def place(path: Path, line: int | None = None) -> str:
    """Return where something is, for a message."""
    name = str(path.relative_to(ROOT))
    return name if line is None else f"{name}:{line}"
