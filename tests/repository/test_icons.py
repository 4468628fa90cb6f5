"""icons.json against the translations, as hassfest checks it and further."""

from collections.abc import Iterator
import re
from typing import Any

from .source import INTEGRATION, described, english, read_json


def icons() -> dict[str, Any]:
    return read_json(INTEGRATION / "icons.json")


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
        return
    for key, part in value.items():
        yield from _leaves(part, f"{path}.{key}")


def test_sections() -> None:
    assert set(icons()) <= {"entity", "services", "triggers", "conditions"}


def test_icons_are_material_design() -> None:
    for path, icon in _leaves(icons()):
        assert re.fullmatch(r"mdi:[a-z0-9]+(-[a-z0-9]+)*", icon), path


def test_entities_are_translated() -> None:
    for platform, entities in icons()["entity"].items():
        for key, entity in entities.items():
            where = f"{platform}.{key}"
            known = english()["entity"].get(platform, {})
            assert key in known, f"{where}: an icon for what en.json does not know"
            assert set(entity) <= {"default", "state", "state_attributes", "range"}, where
            assert "default" in entity or "state" in entity, where
            for state, icon in entity.get("state", {}).items():
                assert icon != entity.get("default"), f"{where}: {state} has the default icon"
                if platform != "binary_sensor":
                    assert state in known[key]["state"], f"{where}: {state} is no translated state"


def test_translated_entities_without_device_class_have_icons() -> None:
    plain = {
        f"{platform}.{key}"
        for platform, entities in english()["entity"].items()
        for key in entities
        if key not in icons()["entity"].get(platform, {})
    }
    assert not plain, "entities in en.json without an icon"


def test_every_action_has_an_icon() -> None:
    assert set(icons()["services"]) == set(described("services.yaml"))
    assert all(set(entry) <= {"service", "sections"} for entry in icons()["services"].values())


def test_every_trigger_has_an_icon() -> None:
    assert set(icons()["triggers"]) == set(described("triggers.yaml"))
    assert all(set(entry) == {"trigger"} for entry in icons()["triggers"].values())
