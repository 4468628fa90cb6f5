"""README.md and docs describe every field, state and repair, in the words of the translations."""

from pathlib import Path
import re

import pytest

from custom_components.ippbx.issues.registry import KINDS

from .reference import BLOCK, pages, written
from .source import INTEGRATION, ROOT, described, english

BLOCKS = {block.groups() for page in pages() for block in BLOCK.finditer(page.read_text())}
LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")
FILE = re.compile(r"`((?:[\w.]+/)+[\w.]+\.\w+)`")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_tables_are_those_of_the_translations(page: Path) -> None:
    text = page.read_text()
    assert text == written(text), "scripts/reference writes them anew"


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("action", list(described("services.yaml"))),
        ("trigger", list(described("triggers.yaml"))),
        (
            "states",
            [
                f"{platform}.{key}"
                for platform in ("sensor", "event")
                for key, entity in english()["entity"][platform].items()
                if key != "extension_call"  # has fewer of the events of `call`
                and ("state" in entity or "event_type" in entity.get("state_attributes", {}))
            ],
        ),
        (
            "form",
            [
                f"options.{step}"
                for step, form in english()["options"]["step"].items()
                # One of them selects a contact; the other one has the fields of a new contact.
                if form.get("data") and step not in ("contact_select", "contact_change")
            ],
        ),
    ],
)
def test_all_are_described(kind: str, names: list[str]) -> None:
    assert not {(kind, name) for name in names} - BLOCKS


def test_each_repair_has_its_paragraph() -> None:
    text = (ROOT / "docs" / "troubleshooting.md").read_text()
    assert sorted(re.findall(r'<a name="(\w+)"></a>', text)) == sorted(KINDS)


def anchors(page: Path) -> set[str]:
    text = page.read_text()
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    return {*plain, *re.findall(r'<a name="([\w-]+)"></a>', text)}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for path, anchor in LINK.findall(page.read_text()):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    named = FILE.findall(page.read_text())
    assert not [
        path for path in named if not ((ROOT / path).exists() or (INTEGRATION / path).exists())
    ]


def test_each_picture_is_shown() -> None:
    shown = {
        (page.parent / path).resolve()
        for page in pages()
        for path, _ in LINK.findall(page.read_text())
    }
    assert set((ROOT / "docs" / "images").iterdir()) <= shown
