"""What holds for every blueprint.

Where it says it comes from, what it needs, and what it is made of.
"""

from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any
from urllib.parse import quote

from homeassistant.util.yaml import Input, load_yaml
import pytest

from .source import ROOT, described, described_fields, english, manifest, read_json

FOLDER = ROOT / "blueprints" / "automation" / "ippbx"
BLUEPRINTS = sorted(FOLDER.glob("*.yaml"))
REPOSITORY = manifest()["documentation"]
OF_OTHERS = {"event", "state"}
NOT_OURS = {"mobile_app_notification_action"}

each = pytest.mark.parametrize("path", BLUEPRINTS, ids=lambda path: path.stem)


def read(path: Path) -> dict[str, Any]:
    content = load_yaml(path)
    assert isinstance(content, dict)
    return content


def source_url(path: Path) -> str:
    return f"{REPOSITORY}/blob/main/{path.relative_to(ROOT).as_posix()}"


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping in a blueprint."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from parts(part)


def test_there_are_enough() -> None:
    assert len(BLUEPRINTS) >= 9


@each
def test_it_says_where_it_comes_from_and_what_it_needs(path: Path) -> None:
    head = read(path)["blueprint"]
    assert head["name"].startswith("IP PBX: ")  # blueprints of all integrations share one list
    assert head["domain"] == "automation"
    assert head["source_url"] == source_url(path)
    assert head["homeassistant"]["min_version"] == read_json(ROOT / "hacs.json")["homeassistant"]
    assert head["description"].endswith(".")


@each
def test_inputs_are_named_chosen_and_used(path: Path) -> None:
    content = read(path)
    inputs = content.pop("blueprint")["input"]
    used = {
        value.name for part in parts(content) for value in part.values() if isinstance(value, Input)
    }
    assert used == set(inputs)
    for key, described_input in inputs.items():
        assert described_input["name"], key
        assert described_input["selector"], key
        assert re.fullmatch(r"[a-z_]+", key)


@each
def test_what_may_be_chosen_of_ours_is_ours_alone(path: Path) -> None:
    for key, described_input in read(path)["blueprint"]["input"].items():
        for kind in ("device", "entity"):
            for choice in (described_input["selector"].get(kind) or {}).get("filter", ()):
                foreign = {"mobile_app"} if key == "app" else set()
                assert "domain" in choice or choice["integration"] in {"ippbx", *foreign}, key


@each
def test_triggers_are_ours_and_known(path: Path) -> None:
    content = read(path)
    content.pop("blueprint")
    found = [part for part in parts(content) if isinstance(part.get("trigger"), str)]
    assert found
    for trigger in found:
        name = trigger["trigger"]
        if name in OF_OTHERS:
            assert name == "state" or trigger["event_type"] in NOT_OURS
            continue
        domain, _, key = name.partition(".")
        assert domain == "ippbx", name
        fields = described_fields(described("triggers.yaml")[key])
        assert set(trigger.get("options", {})) <= set(fields), name


@each
def test_actions_of_ours_are_known(path: Path) -> None:
    for part in parts(read(path)):
        domain, _, key = str(part.get("action", "")).partition(".")
        if domain == "ippbx":
            fields = described_fields(described("services.yaml")[key])
            assert set(part.get("data", {})) <= set(fields), key


@each
def test_the_manual_has_a_link_that_imports_it(path: Path) -> None:
    manual = (ROOT / "docs" / "automations.md").read_text()
    assert f"blueprint_url={quote(source_url(path), safe='')}" in manual
    assert "triggers" in english()
