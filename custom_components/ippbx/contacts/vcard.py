"""vCard files (2.1, 3.0, 4.0) into contacts. It blocks: call it in a thread."""

from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
import re
from typing import Any, Final

import vobject  # type: ignore[import-untyped]
from vobject.base import getLogicalLines  # type: ignore[import-untyped]

from .merge import MAX_CONTACTS, Card, one_line, row_of

MAX_FILE: Final = 10 * 1024 * 1024
"""5,000 contacts of 2 kB; larger files hold pictures."""
_MAX_LINES: Final = 200  # of one card that are read; nobody has so many numbers
_MAX_LINE: Final = 4096
# A property that is read, with the group before it: item1.TEL;TYPE=CELL:...
_READ = re.compile(
    r"(?:[\w-]+\.)?(?P<name>VERSION|FN|N|ORG|NICKNAME|TEL)(?P<more>[;:].*)", re.IGNORECASE
)
_QUOTED = re.compile(r"ENCODING=QUOTED-PRINTABLE|;QUOTED-PRINTABLE", re.IGNORECASE)


class VCardError(Exception):
    """A file that is not imported.

    Attributes:
        key: why, as a key of the texts.
    """

    def __init__(self, key: str) -> None:
        """Keep the key."""
        super().__init__(key)
        self.key = key


def read_cards(path: Path) -> list[Card]:
    """Return the contacts of a file; some may have no name or no valid number.

    Raises:
        VCardError: the file is too large, is no vCard file, or has too many contacts.
    """
    if path.stat().st_size > MAX_FILE:
        raise VCardError("file_too_large")
    cards: list[Card] = []
    numbers = 0
    for lines in _cards(_text(path.read_bytes())):
        card = _contact(lines)
        cards.append(card)
        numbers += len(card)
        if numbers > 2 * MAX_CONTACTS:
            raise VCardError("too_many_contacts")
    if not cards:
        raise VCardError("no_vcard")
    return cards


def _text(content: bytes) -> str:
    """Return the text of a file; what is no UTF-8 is read as Windows writes it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _cards(text: str) -> Iterator[list[str]]:
    """Yield the lines of each card that are read; pictures and the like are skipped unread."""
    card: list[str] | None = None
    reading = quoted = False
    for line in re.split(r"\r\n|\r|\n", text):
        word = line.strip().upper()
        if word == "BEGIN:VCARD":
            card, reading, quoted = [line], False, False
        elif card is None:
            continue
        elif word == "END:VCARD":
            yield [*card, line]
            card = None
        elif quoted or line[:1] in (" ", "\t"):  # goes on
            if reading and len(card) < _MAX_LINES:
                card.append(line[:_MAX_LINE])
            quoted = quoted and line.endswith("=")
        else:
            found = _READ.fullmatch(line[:_MAX_LINE])
            reading = found is not None
            if found is not None and len(card) < _MAX_LINES:
                card.append(f"{found['name']}{found['more']}")
            head = line[:_MAX_LINE].partition(":")[0]
            quoted = line.endswith("=") and _QUOTED.search(head) is not None


def _contact(lines: list[str]) -> Card:
    """Return the contact of a card; an empty number is none."""
    name, numbers = "", list[str]()
    for read in (_content, _readable_content):
        with suppress(Exception):  # a card may hold anything, and vobject raises anything
            name, numbers = read(lines)
            break
    found = [row_of(number, name) for number in dict.fromkeys(numbers) if number]
    return found or [row_of("", name or "?")]


def _content(lines: list[str]) -> tuple[str, list[str]]:
    """Return the name and the numbers of a card."""
    card = vobject.readOne("\r\n".join(lines), allowQP=True)
    return _name(card), [one_line(_first(each)) for each in getattr(card, "tel_list", ())]


def _readable_content(lines: list[str]) -> tuple[str, list[str]]:
    """Return the name and the numbers in those lines of a card that can be read alone."""
    begin, *between, end = lines
    readable = [begin]
    for line, _ in getLogicalLines(StringIO("\r\n".join(between)), allowQP=True):
        with suppress(Exception):
            _content([begin, line, end])
            readable.append(line)
    return _content([*readable, end])


def _name(card: Any) -> str:
    """Return the name of a card: as it is shown, else composed, else that of the company."""
    for key in ("fn", "n", "org", "nickname"):
        for each in getattr(card, f"{key}_list", ()):
            value = each.value
            text = (
                f"{_joined(value.given)} {_joined(value.family)}"
                if key == "n" and not isinstance(value, str)
                else _first(each)
            )
            if name := one_line(text):
                return name
    return ""


def _joined(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _first(line: Any) -> str:
    value = line.value
    return str(value[0] if isinstance(value, list) and value else value)
