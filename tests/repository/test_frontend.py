"""The sources of the cards: the bundle is built from them, and each language has the same texts."""

from hashlib import sha256
from pathlib import Path
import re

import pytest

from custom_components.ippbx.dashboard.bundle import source_hash
from custom_components.ippbx.numbers.masking import HIDDEN
from custom_components.ippbx.pbx.model.withheld import NOT_TOLD, WITHHELD

from .source import INTEGRATION, ROOT, files, read_json

FRONTEND = ROOT / "frontend"
TEXTS = FRONTEND / "src" / "texts"
LANGUAGES = sorted(path.stem for path in TEXTS.glob("*.json"))
MOST_TIMES_LONGER = 2.5  # than in English, of a text that is no single word

SEARCHED = 20  # characters, 0.2 of Fuse's distance of 100
PICKED_BY = {
    "de": ("telefon", "anruf"),
    "en": ("phone", "call"),
    "es": ("teléfono", "llamada"),
    "fr": ("téléphon", "appel"),
    "pt-BR": ("telefone", "chamada"),
    "zh-Hans": ("电话", "通话"),
}
"""What people look for in the card picker."""


def sources() -> list[Path]:
    """Return what the bundle is built from."""
    return [
        path
        for path in files()
        if (path.is_relative_to(FRONTEND / "src") and path.suffix in (".ts", ".json"))
        or path in (FRONTEND / "build.mjs", FRONTEND / "package-lock.json")
    ]


def test_the_bundle_is_fresh() -> None:
    """`scripts/frontend` builds it anew."""
    found = sha256()
    named = {path.relative_to(FRONTEND).as_posix(): path for path in sources()}
    for name in sorted(named):
        found.update(f"{name}\0".encode() + named[name].read_bytes() + b"\0")
    assert source_hash() == found.hexdigest()


def test_the_lock_names_no_addresses() -> None:
    assert "omit-lockfile-registry-resolved=true" in (FRONTEND / ".npmrc").read_text()
    packages = read_json(FRONTEND / "package-lock.json")["packages"]
    assert not [name for name, package in packages.items() if "resolved" in package]


def test_tools_are_pinned() -> None:
    package = read_json(FRONTEND / "package.json")
    assert not package.get("dependencies"), "the bundle has all that it needs"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", pin) for pin in package["devDependencies"].values())


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", text))


def english() -> dict[str, str]:
    texts: dict[str, str] = read_json(TEXTS / "en.json")
    return texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_all_texts(language: str) -> None:
    texts: dict[str, str] = read_json(TEXTS / f"{language}.json")
    assert list(texts) == list(english())
    for key, text in texts.items():
        assert text.strip() == text != "", key
        assert placeholders(text) == placeholders(english()[key]), key
        assert len(text) <= max(24, MOST_TIMES_LONGER * len(english()[key])), key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("card", ["switchboard", "calls"])
def test_cards_are_found_in_the_picker(card: str, language: str) -> None:
    """By what people look for: up to 2026.2 it searches the beginnings of the texts alone."""
    texts: dict[str, str] = read_json(TEXTS / f"{language}.json")
    searched = (f"custom:ippbx-{card}", texts[f"{card}.name"], texts[f"{card}.description"])
    for word in (*PICKED_BY[language], "pbx"):
        places = [text.casefold().find(word) for text in searched]
        assert any(0 <= place <= SEARCHED for place in places), word


def test_the_cards_know_the_same_words_for_numbers() -> None:
    assert read_json(FRONTEND / "src" / "numbers.json") == {
        "hidden": HIDDEN,
        "not_told": sorted(NOT_TOLD),
        "withheld": sorted(WITHHELD),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_withheld_number_is_called_as_in_entities(language: str) -> None:
    entities = read_json(INTEGRATION / "translations" / f"{language}.json")
    word = entities["selector"]["caller_is"]["options"]["withheld"]
    assert read_json(TEXTS / f"{language}.json")["withheld"] == word


@pytest.mark.parametrize("language", LANGUAGES)
def test_calls_end_in_the_same_words_as_in_entities(language: str) -> None:
    """But for their first letter."""
    entities = read_json(INTEGRATION / "translations" / f"{language}.json")
    words = entities["selector"]["call_text"]["options"]
    texts = read_json(TEXTS / f"{language}.json")
    for outcome in ("answered", "refused"):
        assert texts[f"outcome.{outcome}"].casefold() == words[outcome].casefold()


def test_the_code_has_no_texts_of_its_own() -> None:
    """A literal that begins like a text is none but the name of a key."""
    code = "".join(path.read_text() for path in sources() if path.suffix == ".ts")
    assert set(re.findall(r'"([A-Z][^"\n]*)"', code)) == {"Escape"}


def test_each_text_is_used() -> None:
    code = "".join(path.read_text() for path in sources() if path.suffix == ".ts")
    computed = re.findall(r"`(\w+)\.\$\{", code)
    unused = [
        key for key in english() if f'"{key}"' not in code and key.partition(".")[0] not in computed
    ]
    assert not [
        key for key in unused if not key.startswith(("switchboard.", "calls.", "strategy."))
    ]
