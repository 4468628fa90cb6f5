"""The address book of a PBX as contacts, and what follows it."""

from collections.abc import Awaitable, Callable
from typing import Final

from ..const import LOGGER
from ..pbx.errors import PbxError, PbxUnsupportedError
from ..pbx.model.lines import CompanyContact
from .merge import MAX_CONTACTS, Card, row_of
from .shared import SharedContacts

PERIOD: Final = 6 * 3600.0  # seconds; people change it some times a month, and it may have 2 MB
RETRY: Final = 600.0  # seconds

type Read = Callable[[], Awaitable[tuple[CompanyContact, ...]]]


def cards_of(contacts: tuple[CompanyContact, ...]) -> list[Card]:
    """Return those contacts of an address book that have numbers."""
    return [
        [row_of(number, contact.name) for number in contact.numbers]
        for contact in contacts
        if contact.numbers
    ]


async def async_follow(shared: SharedContacts, entry_id: str, read: Read) -> float | None:
    """Read the address book of a PBX into the shared contacts.

    Of too many numbers the first ones count.

    Returns:
        Seconds until it is to be read again; None where the PBX has none.
    """
    try:
        cards = cards_of(await read())
    except PbxUnsupportedError:
        return None
    except PbxError as error:
        LOGGER.debug("The address book of a PBX could not be read: %s", error)
        return RETRY
    await shared.async_set_company(entry_id, shared.merged((), cards).rows[:MAX_CONTACTS])
    return PERIOD
