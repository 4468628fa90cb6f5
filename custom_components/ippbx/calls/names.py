"""Names for the numbers of a call."""

from collections.abc import Callable, Mapping
from typing import Protocol

from ..pbx.model.lines import Extension


class Contacts(Protocol):
    """Names for numbers."""

    def name_of(self, number: str) -> str:
        """Return the name for a number; empty if there is none."""
        ...

    def is_vip(self, number: str) -> bool:
        """Return whether a number belongs to a VIP."""
        ...


class NoContacts:
    """No contacts at all."""

    def name_of(self, number: str) -> str:
        """Return no name."""
        return ""

    def is_vip(self, number: str) -> bool:
        """Return False."""
        return False


class Names:
    """Names from the user's contacts, and of extensions from the PBX.

    Attributes:
        contacts: the user's contacts; they have precedence.
    """

    def __init__(self, extensions: Callable[[], Mapping[str, Extension]]) -> None:
        """Start without contacts; `extensions` returns the present extensions by number."""
        self.contacts: Contacts = NoContacts()
        self._extensions = extensions

    def name_of(self, number: str) -> str:
        """Return the name for a number; empty if there is none."""
        if name := self.contacts.name_of(number):
            return name
        extension = self._extensions().get(number)
        return extension.name if extension is not None and extension.name != number else ""

    def is_vip(self, number: str) -> bool:
        """Return whether a number belongs to a VIP."""
        return self.contacts.is_vip(number)
