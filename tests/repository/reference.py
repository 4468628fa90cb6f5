"""The tables in README.md and docs that say what the translations say, written from them.

A table stands between `<!-- KIND NAME -->` and `<!-- end -->`.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
import re
from typing import Any

from custom_components.ippbx.contacts.merge import MAX_CONTACTS

from .source import ROOT, described, described_fields, english

BLOCK = re.compile(r"<!-- (\w+) ([\w.]+) -->\n.*?<!-- end -->", re.DOTALL)


def pages() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _fields(kind: str, file: str, name: str) -> str:
    """Return the fields of an action or a trigger."""
    texts, spec = english()[kind][name], described(file)[name]
    target = (
        [("target", "Target", "Devices, entities, areas or labels")] if "target" in spec else []
    )
    rows = [(f"`{key}`", *rest) for key, *rest in target]
    for key, field in described_fields(spec).items():
        said = texts["fields"][key]
        choices = (field["selector"].get("select") or {}).get("options", [])
        notes = [said["description"]]
        if choices:
            notes.append("One of " + ", ".join(f"`{each}`" for each in choices) + ".")
        if field.get("required"):
            notes.append("Required.")
        if "default" in field:
            notes.append(f"Default: `{str(field['default']).lower()}`.")
        rows.append((f"`{key}`", said["name"], " ".join(notes)))
    return f"{texts['description']}\n\n" + _table(("field", "in the editor", "meaning"), rows)


def _states(name: str) -> str:
    """Return the states of an entity, or the event types of an event entity."""
    platform, key = name.split(".")
    entity: dict[str, Any] = english()["entity"][platform][key]
    states = entity.get("state") or entity["state_attributes"]["event_type"]["state"]
    return _table(("state", "shown as"), ((f"`{key}`", shown) for key, shown in states.items()))


def _options(step: str) -> str:
    """Return the fields of a form."""
    flow, step_id = step.split(".")
    form: dict[str, Any] = english()[flow]["step"][step_id]
    forms = [form, *form.get("sections", {}).values()]
    rows = [
        (said[:1].upper() + said[1:], each["data_description"][key].format(limit=MAX_CONTACTS))
        for each in forms
        for key, said in each["data"].items()
    ]
    return _table(("field", "meaning"), rows)


KINDS: dict[str, Callable[[str], str]] = {
    "action": lambda name: _fields("services", "services.yaml", name),
    "trigger": lambda name: _fields("triggers", "triggers.yaml", name),
    "states": _states,
    "form": _options,
}


def written(text: str) -> str:
    """Return a page with its tables as they are to be."""

    def block(found: re.Match[str]) -> str:
        kind, name = found.groups()
        return f"<!-- {kind} {name} -->\n{KINDS[kind](name)}\n<!-- end -->"

    return BLOCK.sub(block, text)


if __name__ == "__main__":
    for page in pages():
        page.write_text(written(page.read_text()))
