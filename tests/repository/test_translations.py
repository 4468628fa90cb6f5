"""The form of the translations, as hassfest checks it for custom integrations."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any

import pytest

from .source import INTEGRATION, ROOT, english, manifest, read_json

LANGUAGES = sorted((INTEGRATION / "translations").glob("*.json"))
STEMS = ("de", "en", "es", "fr", "pt-BR", "zh-Hans")
"""The languages that the integration speaks; its cards speak the same."""
CARDS = sorted((ROOT / "frontend" / "src" / "texts").glob("*.json"))
TRANSLATIONS = [path for path in LANGUAGES if path.stem != "en"]
KEY = re.compile(r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?")
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

# A text is None, a mapping of free keys is {ANY: ...}; a key that ends in "?" may be missing.
ANY = "*"
TEXT = None
FIELDS = {ANY: TEXT}
SECTION = {"name": TEXT, "description?": TEXT, "data": FIELDS, "data_description?": FIELDS}
STEP = {
    "title?": TEXT,
    "description?": TEXT,
    "data?": FIELDS,
    "data_description?": FIELDS,
    "sections?": {ANY: SECTION},
    "menu_options?": FIELDS,
    "menu_option_descriptions?": FIELDS,
    "submit?": TEXT,
}
FLOW = {"step": {ANY: STEP}, "error?": FIELDS, "abort?": FIELDS}
ENTITY = {
    "name?": TEXT,
    "state?": FIELDS,
    "state_attributes?": {ANY: {"name?": TEXT, "state?": FIELDS}},
}
ACTION = {
    "name": TEXT,
    "description": TEXT,
    "fields?": {ANY: {"name": TEXT, "description": TEXT}},
    "sections?": {ANY: {"name": TEXT, "description?": TEXT}},
}
SCHEMA = {
    "title?": TEXT,
    "config": {**FLOW, "flow_title?": TEXT},
    "options?": FLOW,
    "device?": {ANY: {"name": TEXT}},
    "entity?": {ANY: {ANY: ENTITY}},
    "exceptions?": {ANY: {"message": TEXT}},
    "issues?": {ANY: {"title": TEXT, "description?": TEXT, "fix_flow?": FLOW}},
    "selector?": {
        ANY: {"options?": FIELDS, "fields?": {ANY: {"name": TEXT, "description?": TEXT}}}
    },
    "services?": {ANY: ACTION},
    "system_health?": {"info": FIELDS},
    "triggers?": {ANY: ACTION},
    "conditions?": {ANY: ACTION},
}


# What is a name, a button or an entry of a menu, by its path.
NAME = re.compile(
    r"(?<!data_description)\.(?:name|submit)$"
    r"|^(?:config|options)\.step\.\w+\.(?:sections\.\w+\.)?(?:data|menu_options)\."
    r"|\.fix_flow\.step\.\w+\.data\."
    r"|\.state\.|^selector\.|^system_health\."
)
SHORT_NAME = 24  # letters, which every place has
TIMES_LONGER = 1.75  # than in English

UNTRANSLATED = {
    "{name}": "the name of the device",
    "IVR": "what PBXes call it in every language",
    "URL": "an abbreviation",
    "VIP": "an abbreviation",
    "PBX": "an abbreviation",
    "OpenVox UC (API v0.0.1)": "a product",
    "Yeastar S-Series, K2, Cloud (API v1.1.0)": "products",
    "Yeastar S-Series, K2, Cloud (API v2.0.0)": "products",
}
"""Texts that are the English ones in any language, and why."""

# Words that a language has in common with English, or has taken from it.
SAME_WORDS = {
    "de": {"Alarm", "Firmware", "Host", "Name", "Person", "Port", "Status", "System"},
    "es": {"Firmware", "Host", "No"},
    "fr": {"Contact", "Contacts", "Message", "Options", "Port"},
    "pt-BR": {"Firmware", "Host", "Status"},
    "zh-Hans": set[str](),
}


def _faults(value: Any, schema: Any, path: str = "") -> Iterator[str]:
    """Yield what is wrong with the shape of a translation file."""
    if schema is TEXT:
        if not isinstance(value, str):
            yield f"{path}: must be a text"
        return
    if not isinstance(value, dict):
        yield f"{path}: must be a mapping"
        return
    known = {key.removesuffix("?"): part for key, part in schema.items()}
    yield from (
        f"{path}.{key}: is missing"
        for key in schema
        if not key.endswith("?") and key not in value and key != ANY
    )
    for key, part in value.items():
        if key not in known and ANY not in known:
            yield f"{path}.{key}: hassfest does not know this key"
        elif not KEY.fullmatch(key):
            yield f"{path}.{key}: keys are lower-case letters, digits, - and _"
        else:
            yield from _faults(part, known.get(key, known.get(ANY)), f"{path}.{key}")


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and the text of every leaf."""
    if isinstance(value, str):
        yield path, value
        return
    for key, part in value.items():
        yield from texts(part, f"{path}.{key}" if path else key)


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda path: path.stem)
def test_shape(path: Path) -> None:
    assert not list(_faults(read_json(path), SCHEMA))


@pytest.mark.parametrize(
    ("fault", "pattern"),
    [
        ("HTML", r"<[a-zA-Z/!]"),
        ("an address; use a placeholder", r"https?://|www\."),
        ("a reference, which custom integrations cannot use", r"\[%key:"),
        ("blanks at an end", r"^\s|\s$"),
        ("two blanks", r"  "),
        ("nothing", r"^$"),
        ("a placeholder in single quotes", r"'\{|\}'"),
    ],
)
def test_texts_hold_no(fault: str, pattern: str) -> None:
    found = {
        f"{language.stem}: {path}"
        for language in LANGUAGES
        for path, text in texts(read_json(language))
        if re.search(pattern, text)
    }
    assert not found, f"texts that hold {fault}"


def test_placeholders_are_names() -> None:
    for language in LANGUAGES:
        for path, text in texts(read_json(language)):
            bare = PLACEHOLDER.sub("", text)
            assert "{" not in bare, f"{language.stem}: {path}: braces do not match"
            assert "}" not in bare, f"{language.stem}: {path}: braces do not match"
            for name in PLACEHOLDER.findall(text):
                assert re.fullmatch(r"[a-z][a-z0-9_]*", name), f"{language.stem}: {path}: {name}"


def test_described_fields_exist_and_every_field_is_described() -> None:
    for flow in ("config", "options"):
        for step, content in english()[flow]["step"].items():
            for part in (content, *content.get("sections", {}).values()):
                fields = set(part.get("data", {}))
                assert set(part.get("data_description", {})) == fields, f"{flow}.step.{step}"


def test_issues_are_described_or_fixed() -> None:
    for key, issue in english().get("issues", {}).items():
        assert ("description" in issue) != ("fix_flow" in issue), f"issues.{key}: one of the two"


def test_title_is_the_name_in_the_manifest() -> None:
    assert english().get("title", manifest()["name"]) == manifest()["name"]


def test_languages() -> None:
    assert [path.stem for path in LANGUAGES] == sorted(STEMS)
    assert [path.stem for path in CARDS] == sorted(STEMS)


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.stem)
def test_other_languages_say_the_same(path: Path) -> None:
    original, translated = dict(texts(english())), dict(texts(read_json(path)))
    assert list(translated) == list(original), "other keys, or in another order"
    other = {
        key: translated[key]
        for key, text in original.items()
        if Counter(PLACEHOLDER.findall(translated[key])) != Counter(PLACEHOLDER.findall(text))
    }
    assert not other, "texts with other placeholders"


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.stem)
def test_names_have_their_place_on_a_phone(path: Path) -> None:
    original, translated = dict(texts(english())), dict(texts(read_json(path)))
    long = {
        key: translated[key]
        for key, text in original.items()
        if NAME.search(key) and len(translated[key]) > max(SHORT_NAME, TIMES_LONGER * len(text))
    }
    assert not long


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.stem)
def test_every_text_is_translated(path: Path) -> None:
    original, translated = dict(texts(english())), dict(texts(read_json(path)))
    same = {text for key, text in original.items() if translated[key] == text}
    assert same - set(UNTRANSLATED) == SAME_WORDS[path.stem]


def test_every_language_has_its_words_that_are_the_english_ones() -> None:
    assert set(SAME_WORDS) == set(STEMS) - {"en"}
