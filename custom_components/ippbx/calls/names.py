"""Names for the numbers of a call."""

from collections.abc import Callable, Mapping
from typing import Protocol

from ..pbx.model.lines import Extension


class Contacts(Protocol):
    """Knows names for numbers."""

    def name_of(self, number: str) -> str:
        """Return the name that goes with a number; empty where there is none."""
        ...

    def is_vip(self, number: str) -> bool:
        """Return whether a number is one of a VIP."""
        ...


class NoContacts:
    """Knows nobody."""

    def name_of(self, number: str) -> str:
        """Return no name."""
        return ""

    def is_vip(self, number: str) -> bool:
        """Return False: nobody is known."""
        return False


class Names:
    """Knows the user's contacts, and the extensions by the names that the PBX has for them.

    Attributes:
        contacts: the user's; they go before the PBX's names.
    """

    def __init__(self, extensions: Callable[[], Mapping[str, Extension]]) -> None:
        """Start without contacts.

        Args:
            extensions: returns the extensions as they are known now.
        """
        self.contacts: Contacts = NoContacts()
        self._extensions = extensions

    def name_of(self, number: str) -> str:
        """Return the name that goes with a number; empty where there is none."""
        if name := self.contacts.name_of(number):
            return name
        extension = self._extensions().get(number)
        return extension.name if extension is not None and extension.name != number else ""

    def is_vip(self, number: str) -> bool:
        """Return whether a number is one of a VIP."""
        return self.contacts.is_vip(number)
