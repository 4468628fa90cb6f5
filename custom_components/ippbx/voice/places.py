"""Who is meant by a name, and which phone by a place, a speaker or a person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    intent,
)

from ..actions.context import ActionContext
from ..const import CONF_NUMBER, CONF_PERSON
from ..contacts.shared import SharedContacts
from ..numbers.phone_numbers import InvalidNumberError, dialable
from ..pbx.model.values import value
from ..state.devices import extension_of
from .languages import Language

type Contexts = Mapping[str, ActionContext]
"""The PBXes that may be used by voice, by config entry."""


@value
class Phone:
    """An extension.

    Attributes:
        device_id: its device; empty if it has none.
        renamed: the name that a user gave to the device; empty without one.
    """

    context: ActionContext
    number: str
    device_id: str = ""
    renamed: str = ""

    @property
    def name(self) -> str:
        """Return its name, else its number."""
        return self.renamed or self._name_at_pbx or self.number

    @property
    def names(self) -> tuple[str, ...]:
        """Return all its names, that in Home Assistant and that at the PBX."""
        return tuple(filter(None, (self.renamed, self._name_at_pbx)))

    @property
    def _name_at_pbx(self) -> str:
        return self.context.store.extensions[self.number].name


@value
class Callee:
    """Somebody who can be called.

    Attributes:
        names: all names that are understood.
    """

    name: str
    number: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Finds phones and people.

    Attributes:
        contexts: the PBXes.
        contacts: the contacts that they share.
    """

    hass: HomeAssistant
    contexts: Contexts
    contacts: SharedContacts

    def phones(self, place: str, language: Language) -> list[Phone]:
        """Return the phones with a number or a name, or in an area with this name."""
        text = _plain(place, language)
        named = [
            phone
            for phone in self._all()
            if text in (phone.number, *(_plain(name, language) for name in phone.names))
        ]
        if named:
            return named
        return [
            phone
            for area in ar.async_get(self.hass).async_list_areas()
            if any(_plain(name, language) == text for name in (area.name, *area.aliases))
            for phone in self._in_area(area.id)
        ]

    def own(self, request: intent.Intent) -> list[Phone]:
        """Return the phones of the speaker: in the area of the satellite, else of the person.

        Of several in the area those of the person, if there are any.
        """
        near = self._near(request)
        own = self._of_user(request.context.user_id)
        both = [phone for phone in near if phone in own]
        return both or near or own

    def callees(self, name: str, context: ActionContext, language: Language) -> list[Callee]:
        """Return the possible callees of a name or a number, each name once.

        A name is meant by all or some of its words. Of several numbers of a name that of an
        extension of the PBX that calls is meant, else the first one.
        """
        text = _plain(name, language)
        try:
            return [Callee(name=text, number=dialable(text), names=(text,))]
        except InvalidNumberError:
            known = list(self._known(context))
        words = set(text.split())
        whole = [
            each for each in known if any(_plain(name, language) == text for name in each.names)
        ]
        part = [
            each
            for each in known
            if any(words <= set(name.casefold().split()) for name in each.names)
        ]
        extensions = context.store.extensions
        found: dict[str, Callee] = {}
        for each in whole or part:
            first = found.setdefault(each.name.casefold(), each)
            if each.number in extensions and first.number not in extensions:
                found[each.name.casefold()] = each
        return list(found.values())

    def _known(self, context: ActionContext) -> Iterable[Callee]:
        """Yield everybody with a name: contacts, then extensions of the PBX."""
        for row in self.contacts.all_rows:
            yield Callee(name=row[CONF_NAME], number=row[CONF_NUMBER], names=(row[CONF_NAME],))
            person = self.hass.states.get(row[CONF_PERSON]) if CONF_PERSON in row else None
            if person is not None and person.name != row[CONF_NAME]:
                yield Callee(name=person.name, number=row[CONF_NUMBER], names=(person.name,))
        for each in self._all():
            if each.context is context and each.names:
                yield Callee(name=each.name, number=each.number, names=each.names)

    def _all(self) -> list[Phone]:
        registry = dr.async_get(self.hass)
        found = {}
        for context in self.contexts.values():
            for device in dr.async_entries_for_config_entry(registry, context.entry_id):
                if phone := _phone_of(context, device):
                    found[phone.context.entry_id, phone.number] = phone
            for number in context.store.extensions:
                found.setdefault((context.entry_id, number), Phone(context=context, number=number))
        return list(found.values())

    def _in_area(self, area_id: str) -> list[Phone]:
        devices = dr.async_entries_for_area(dr.async_get(self.hass), area_id)
        in_area = {device.id for device in devices}
        return [phone for phone in self._all() if phone.device_id in in_area]

    def _near(self, request: intent.Intent) -> list[Phone]:
        entity = er.async_get(self.hass).async_get(request.satellite_id or "")
        device_id = request.device_id or (entity.device_id if entity is not None else None)
        device = dr.async_get(self.hass).async_get(device_id) if device_id else None
        area_id = entity.area_id if entity is not None and entity.area_id else None
        if area_id is None and device is not None:
            area_id = device.area_id
        return self._in_area(area_id) if area_id else []

    def _of_user(self, user_id: str | None) -> list[Phone]:
        """Return the extensions whose contact is linked to the person of a user."""
        if user_id is None:
            return []
        persons = {
            state.entity_id
            for state in self.hass.states.async_all("person")
            if state.attributes.get("user_id") == user_id
        }
        numbers = {
            row[CONF_NUMBER] for row in self.contacts.rows if row.get(CONF_PERSON) in persons
        }
        return [phone for phone in self._all() if phone.number in numbers] if numbers else []


def _phone_of(context: ActionContext, device: dr.DeviceEntry) -> Phone | None:
    number = extension_of(context.store.serial, device.identifiers)
    if number not in context.store.extensions:
        return None
    renamed = device.name_by_user or ""
    return Phone(context=context, number=number, device_id=device.id, renamed=renamed)


def _plain(text: str, language: Language) -> str:
    """Return a name or number in lower case, without an article or a word such as "extension"."""
    plain = " ".join(text.casefold().replace("’", "'").split())
    while lead := next((each for each in language.lead if plain.startswith(each)), ""):
        if plain == lead:
            break
        plain = plain.removeprefix(lead).lstrip()
    return plain
