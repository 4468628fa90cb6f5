"""The contacts of this Home Assistant: one file, one book, for all PBXes."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_NAME, EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.singleton import singleton
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_CONTACTS, CONF_NUMBER, CONF_PERSON, CONF_VIP, DOMAIN, LOGGER
from ..numbers.contacts import ContactBook
from ..storage import CONTACTS, async_load_stored, async_save_stored, shared_store
from .merge import Card, Merged, Row, adopted, merged, row_of

DATA_CONTACTS: HassKey["SharedContacts"] = HassKey(f"{DOMAIN}_contacts")
_OWN: Final = "contacts"
_COMPANY: Final = "company"


class SharedContacts:
    """The contacts that the user keeps, and those of PBXes that are followed.

    Attributes:
        rows: the user's contacts, in the order in which they came.
        company: contacts of PBXes by config entry; the user's have precedence.
        book: all of them, by their numbers.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Start empty; nothing is read yet."""
        self._hass = hass
        self._store = shared_store(hass, CONTACTS)
        self._listeners: list[Callable[[], None]] = []
        self._country: str | None = None
        self.rows: list[Row] = []
        self.company: dict[str, list[Row]] = {}
        self.book = ContactBook((), None)

    async def async_load(self) -> None:
        """Read the stored contacts, and follow the country of Home Assistant from now on."""
        stored = await async_load_stored(self._store)
        self.rows = _rows(stored.get(_OWN))
        company = stored.get(_COMPANY)
        if isinstance(company, Mapping):
            self.company = {entry_id: _rows(rows) for entry_id, rows in company.items()}
        self._build()
        self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._async_core_changed)

    @property
    def all_rows(self) -> list[Row]:
        """Return the user's contacts, then those of PBXes."""
        return [*self.rows, *(row for rows in self.company.values() for row in rows)]

    def merged(self, rows: Iterable[Row], cards: Iterable[Card]) -> Merged:
        """Return contacts with others added, by the rules of Home Assistant's country."""
        return merged(rows, cards, self._hass.config.country)

    async def async_set(self, rows: list[Row]) -> None:
        """Replace the user's contacts."""
        self.rows = rows
        await self._async_changed()

    async def async_set_company(self, entry_id: str, rows: list[Row]) -> None:
        """Replace the contacts of a PBX; without any it is forgotten."""
        if self.company.get(entry_id, []) == rows:
            return
        others = {each: own for each, own in self.company.items() if each != entry_id}
        self.company = others | ({entry_id: rows} if rows else {})
        await self._async_changed()

    async def async_adopt(self, entry: ConfigEntry) -> None:
        """Move the contacts out of the options of an entry, where they were before.

        The options lose them when the file is seen to have them.
        """
        if CONF_CONTACTS not in entry.options:
            return
        if added := _rows(entry.options[CONF_CONTACTS]):
            await self.async_set(adopted(self.rows, added, self._country))
            written = await async_load_stored(shared_store(self._hass, CONTACTS))
            if written != self._content():
                LOGGER.warning("The contacts of %s are kept in its options", entry.title)
                return
        options = {key: value for key, value in entry.options.items() if key != CONF_CONTACTS}
        self._hass.config_entries.async_update_entry(entry, options=options)

    async def async_forget(self, entry_id: str) -> None:
        """Forget the contacts of a removed PBX; with the last one, all."""
        if self._hass.config_entries.async_entries(DOMAIN, include_ignore=False):
            await self.async_set_company(entry_id, [])
            return
        self.rows, self.company = [], {}
        self._build()
        await self._store.async_remove()

    @callback
    def listen(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call a listener with each new book; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _content(self) -> dict[str, Any]:
        return {_OWN: self.rows, _COMPANY: self.company}

    async def _async_changed(self) -> None:
        self._build()
        await async_save_stored(self._store, self._content())

    @callback
    def _async_core_changed(self, _event: Event) -> None:
        if self._country != self._hass.config.country:
            self._build()

    @callback
    def _build(self) -> None:
        """Build the book: 20 ms for 5,000 contacts."""
        self._country = self._hass.config.country
        self.book = ContactBook(self.all_rows, self._country, self._person_name)
        for listener in tuple(self._listeners):
            listener()

    def _person_name(self, entity_id: str) -> str:
        state = self._hass.states.get(entity_id)
        return "" if state is None else state.name


@singleton(DATA_CONTACTS, async_=True)
async def async_get_contacts(hass: HomeAssistant) -> SharedContacts:
    """Return the one collection of contacts of this Home Assistant."""
    contacts = SharedContacts(hass)
    await contacts.async_load()
    return contacts


def _rows(stored: object) -> list[Row]:
    """Return the contacts of a file or of options; what is none is left out."""
    found: Iterable[object] = stored if isinstance(stored, list) else ()
    return [
        row_of(
            row[CONF_NUMBER],
            row[CONF_NAME],
            vip=bool(row.get(CONF_VIP)),
            person=str(row.get(CONF_PERSON, "")),
        )
        for row in found
        if isinstance(row, Mapping)
        and isinstance(row.get(CONF_NUMBER), str)
        and isinstance(row.get(CONF_NAME), str)
    ]
