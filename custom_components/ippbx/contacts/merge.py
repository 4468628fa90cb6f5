"""Contacts added to contacts: each number once."""

from collections.abc import Iterable, Mapping, Sequence
import re
from typing import Any, Final

from homeassistant.const import CONF_NAME

from ..const import CONF_NUMBER, CONF_PERSON, CONF_VIP
from ..numbers.contacts import ContactBook
from ..numbers.phone_numbers import as_written
from ..pbx.model.values import value

MAX_CONTACTS: Final = 5000
MAX_NAME: Final = 100  # characters; a state of 255 holds the names of a caller and a callee

_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")

type Row = dict[str, Any]
"""A contact: number and name as text, vip as bool, and person (an entity id) for a person."""
type Card = Sequence[Row]
"""All numbers of one contact; at least one, which is empty where it has none."""


@value
class Merged:
    """Contacts after others were added.

    Attributes:
        rows: all contacts, the earlier ones first and unchanged.
        new: how many contacts have numbers that were added.
        numbers: how many numbers were added.
        known: how many contacts have only numbers that were known, or came twice.
        left_out: names of those without a valid number, or the numbers of those without a name.
        invalid: names and numbers of contacts which have valid numbers beside it.
    """

    rows: list[Row]
    new: int
    numbers: int
    known: int
    left_out: list[str]
    invalid: list[str]


def row_of(number: str, name: str, *, vip: bool = False, person: str = "") -> Row:
    """Return a contact with what was typed, stripped; the name is one line, a URI its number."""
    row = {CONF_NUMBER: as_written(number), CONF_NAME: one_line(name), CONF_VIP: vip}
    return row | {CONF_PERSON: person} if person else row


def one_line(text: str) -> str:
    """Return a text as a name: without control characters, on one line, cut if it is too long.

    Format characters stay: they join emoji, and tell where writing from right to left begins.
    """
    line = " ".join(_CONTROLS.sub(" ", text[: 4 * MAX_NAME]).split())
    return line if len(line) <= MAX_NAME else f"{line[: MAX_NAME - 1]}…"


def key_of(book: ContactBook, row: Mapping[str, Any]) -> str:
    """Return what two contacts with the same number share; empty for an invalid number."""
    return next(iter(book.readings(row[CONF_NUMBER])), "")


def merged(rows: Iterable[Row], cards: Iterable[Card], country: str | None) -> Merged:
    """Return contacts with others added; of two with the same number the first one stays."""
    book = ContactBook((), country)
    found = list(rows)
    keys = {key_of(book, row) for row in found}
    before, new, known = len(found), 0, 0
    left_out, invalid = list[str](), list[str]()
    for card in cards:
        keyed = [(key_of(book, row) if row[CONF_NAME] else "", row) for row in card]
        valid: dict[str, Row] = {}
        for key, row in keyed:
            if key:
                valid.setdefault(key, row)
        if not valid:
            left_out.append(card[0][CONF_NAME] or card[0][CONF_NUMBER])
            continue
        invalid.extend(f"{row[CONF_NAME]}: {row[CONF_NUMBER]}" for key, row in keyed if not key)
        added = [row for key, row in valid.items() if key not in keys]
        new += bool(added)
        known += not added
        keys |= valid.keys()
        found.extend(added)
    return Merged(
        rows=found,
        new=new,
        numbers=len(found) - before,
        known=known,
        left_out=left_out,
        invalid=invalid,
    )


def adopted(rows: Iterable[Row], added: Iterable[Row], country: str | None) -> list[Row]:
    """Return contacts with those of an entry added: nothing that a user typed is left out.

    A number may so have two names; the first one counts.
    """
    book = ContactBook((), country)
    found = {(key_of(book, row) or row[CONF_NUMBER], row[CONF_NAME]): row for row in rows}
    for row in added:
        key = (key_of(book, row) or row[CONF_NUMBER], row[CONF_NAME])
        twin = found.get(key, row)
        found[key] = twin | {CONF_VIP: twin[CONF_VIP] or row[CONF_VIP]}
    return list(found.values())
