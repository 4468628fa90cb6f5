"""The user's names for numbers, in whatever form a PBX gives a number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from homeassistant.const import CONF_NAME

from ..const import CONF_NUMBER, CONF_VIP
from .phone_numbers import InvalidNumberError, dialable, numbering_for

REMEMBERED = 256  # numbers whose contact, or lack of one, is remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The owner of a number."""

    name: str
    vip: bool = False


class ContactBook:
    """Knows the contacts by their numbers. However many there are, finding one takes the same time."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], country: str | None) -> None:
        """Enter the contacts; of two with the same number the first one counts.

        Args:
            rows: number, name and, for a VIP, vip. A row without a number that can be dialled is left out.
            country: two letters: whose national numbers are meant.
        """
        self._numbering = numbering_for(country)
        self._contacts: dict[str, Contact] = {}
        for row in rows:
            contact = Contact(name=row[CONF_NAME], vip=row.get(CONF_VIP, False))
            for reading in self.readings(row[CONF_NUMBER]):
                self._contacts.setdefault(reading, contact)
        # Several events of a call ask for the same numbers.
        self._find = lru_cache(REMEMBERED)(self._look_up)

    def readings(self, number: str) -> tuple[str, ...]:
        """Return the forms under which a number may be entered; none where it cannot be dialled."""
        try:
            return self._numbering.readings(dialable(number))
        except InvalidNumberError:
            return ()

    def name_of(self, number: str) -> str:
        """Return the name that goes with a number; empty where there is none."""
        contact = self._find(number)
        return contact.name if contact is not None else ""

    def is_vip(self, number: str) -> bool:
        """Return whether a number is one of a VIP."""
        contact = self._find(number)
        return contact is not None and contact.vip

    def _look_up(self, number: str) -> Contact | None:
        found = (self._contacts.get(reading) for reading in self.readings(number))
        return next((contact for contact in found if contact is not None), None)
