"""Names for the numbers of a call."""

from collections.abc import Callable, Mapping
from typing import Final

from ..numbers.contacts import ContactBook
from ..pbx.model.lines import Extension

NOT_TOLD: Final = frozenset(("", "unknown"))
"""What PBXes send for a number that they do not tell, for whatever reason, in lower case."""
WITHHELD: Final = NOT_TOLD | {"anonymous", "private", "restricted", "unavailable"}
"""What PBXes send for a withheld number, in lower case."""


class Names:
    """Names from the user's contacts, and of extensions from the PBX.

    Attributes:
        contacts: the user's contacts; they have precedence.
    """

    def __init__(self, extensions: Callable[[], Mapping[str, Extension]]) -> None:
        """Start without contacts; `extensions` returns the present extensions by number."""
        self.contacts = ContactBook((), None)
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
