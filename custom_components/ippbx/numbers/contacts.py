"""The user's contacts, found by any form of their numbers."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from homeassistant.const import CONF_NAME

from ..const import CONF_NUMBER, CONF_PERSON, CONF_VIP
from ..pbx.model.values import value
from .phone_numbers import InvalidNumberError, compact, dialable, numbering_for

_CACHE_SIZE = 1024  # numbers: a large PBX has 500 of its own


def _no_person(_entity_id: str) -> str:
    return ""


@value
class Contact:
    """The owner of a number.

    Attributes:
        person: entity id of the person that it is; empty if it is none of Home Assistant's.
    """

    name: str
    vip: bool = False
    person: str = ""


class ContactBook:
    """Contacts by their numbers; a look-up does not slow down with their number.

    Attributes:
        code: the calling code of the country, such as "49"; empty if it is unknown.
    """

    def __init__(
        self,
        rows: Iterable[Mapping[str, Any]],
        country: str | None,
        person_name: Callable[[str], str] = _no_person,
    ) -> None:
        """Add the contacts; of two with the same number the first one counts.

        Args:
            rows: number and name, vip for a VIP, and person for one; rows without a valid number
                are left out.
            country: two letters; its rules apply to national numbers.
            person_name: returns the present name of a person; empty if there is none.
        """
        self._numbering = numbering_for(country)
        self.code = self._numbering.code
        self._person_name = person_name
        self._contacts: dict[str, Contact] = {}
        self._numbers: dict[str, str] = {}
        for row in rows:
            contact = Contact(
                name=row[CONF_NAME], vip=row.get(CONF_VIP, False), person=row.get(CONF_PERSON, "")
            )
            self._numbers.setdefault(contact.name.casefold(), row[CONF_NUMBER])
            for reading in self.readings(row[CONF_NUMBER]):
                self._contacts.setdefault(reading, contact)
        # Several events of a call look up the same numbers.
        self._find = lru_cache(_CACHE_SIZE)(self._look_up)

    def readings(self, number: str) -> tuple[str, ...]:
        """Return the forms by which to find a number, the surest first; none if it is invalid."""
        try:
            return self._numbering.readings(dialable(number))
        except InvalidNumberError:
            return ()

    def has_part(self, numbers: Iterable[str], part: str) -> bool:
        """Return whether one of some numbers contains a part, in whatever form either is."""
        part = compact(part)
        if not part:
            return False
        forms = {part, self._numbering.canonical_start(part)}
        return any(
            form in known
            for number in numbers
            for known in (compact(number), *self.readings(number))
            for form in forms
        )

    def name_of(self, number: str) -> str:
        """Return the name for a number, that of a person as it is now; empty if there is none."""
        contact = self._find(number)
        if contact is None:
            return ""
        return (self._person_name(contact.person) if contact.person else "") or contact.name

    def person_of(self, number: str) -> str:
        """Return the entity id of the person that a number belongs to; empty if it is none."""
        contact = self._find(number)
        return "" if contact is None else contact.person

    def number_of(self, name: str) -> str:
        """Return the number of the first contact with a name; empty if there is none."""
        return self._numbers.get(name.strip().casefold(), "")

    def is_vip(self, number: str) -> bool:
        """Return whether a number belongs to a VIP."""
        contact = self._find(number)
        return contact is not None and contact.vip

    def _look_up(self, number: str) -> Contact | None:
        if not self._contacts:
            return None
        found = (self._contacts.get(reading) for reading in self.readings(number))
        return next((contact for contact in found if contact is not None), None)
