"""Names for the numbers of a call."""

from collections.abc import Callable, Mapping

from ..numbers.contacts import ContactBook
from ..pbx.model.lines import Extension
from ..pbx.model.tracked import TrackedCall
from .history.entries import LogEntry, Role, inside_number


class Names:
    """Names from the user's contacts, and of extensions from the PBX.

    Attributes:
        contacts: the user's contacts; they have precedence.
    """

    def __init__(self, extensions: Callable[[], Mapping[str, Extension]]) -> None:
        """Start without contacts; `extensions` returns the present extensions by number."""
        self.contacts = ContactBook((), None)
        self._extensions = extensions

    def name_in(self, call: TrackedCall | LogEntry, role: Role) -> str:
        """Return the name of a party of a call; empty if there is none."""
        return self.name_of(getattr(call, role), outside=not inside_number(call, role))

    def name_of(self, number: str, *, outside: bool = False) -> str:
        """Return the name for a number, of outside ones a contact's; empty if there is none."""
        if name := self.contacts.name_of(number):
            return name
        extension = None if outside else self._extensions().get(number)
        return extension.name if extension is not None and extension.name != number else ""

    def is_vip(self, number: str) -> bool:
        """Return whether a number belongs to a VIP."""
        return self.contacts.is_vip(number)
