"""A house with phones in rooms, satellites, people, and Assist."""

from dataclasses import dataclass
from typing import Any

from homeassistant.components import conversation
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.ippbx.const import CONF_VOICE, DOMAIN
from custom_components.ippbx.contacts.merge import row_of
from custom_components.ippbx.contacts.shared import async_get_contacts
from custom_components.ippbx.state.devices import EXTENSION_ITEM, item_id
from pbx_simulator import Simulator
from tests.conftest import SERIAL, StartSimulator, add_entry
from tests.live import load, serve

OUTSIDE = "+491715550101"
CONTACTS = (
    row_of(OUTSIDE, "Anna Sample"),
    row_of("1002", "Anna Sample"),
    row_of("+49301234567", "Bob Builder"),
    row_of("+49301234568", "Bob Baker"),
    row_of("1003", "Carla", person="person.carla"),
)

KITCHEN = {"Küche", "cocina", "office", "cozinha", "厨房"}


@dataclass(kw_only=True)
class House:
    """Extension 1001 is in the kitchen, 1003 is Carla's; the hall has 1002 and 1004."""

    hass: HomeAssistant
    simulator: Simulator
    entry: MockConfigEntry
    satellites: dict[str, str]
    carla: MockUser

    async def say(
        self, text: str, language: str = "en", *, room: str = "", user: MockUser | None = None
    ) -> str:
        """Say something to a satellite in a room; return the answer."""
        result = await conversation.async_converse(
            self.hass,
            text,
            None,
            Context(user_id=user.id if user else None),
            language=language,
            device_id=self.satellites.get(room),
        )
        await self.hass.async_block_till_done()
        answer: str = result.response.speech["plain"]["speech"]
        return answer

    def dialled(self) -> list[tuple[str, str]]:
        """Return who rang, and what number was called then, for each call that was made."""
        return [
            (self._text(each.params, "caller"), self._text(each.params, "callee"))
            for each in self.simulator.requests
            if each.endpoint in ("call/dial", "extension/dial_extension", "extension/dial_outbound")
        ]

    @staticmethod
    def _text(params: dict[str, Any], key: str) -> str:
        names = {"caller": ("caller", "extid"), "callee": ("callee", "called", "outto")}[key]
        return next((str(params[name]) for name in names if name in params), "")


async def move_in(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    *,
    dialect: str = "openvox",
    options: dict[str, Any] | None = None,
) -> House:
    """Return a house whose PBX may be used by voice."""
    hass.config.country = "DE"
    for component in ("homeassistant", "conversation"):
        assert await async_setup_component(hass, component, {})
    await serve(hass)
    simulator = await start_simulator(dialect=dialect)
    entry = add_entry(hass, simulator, options={CONF_VOICE: True} | (options or {}))
    await load(hass, entry)
    await (await async_get_contacts(hass)).async_set(list(CONTACTS))
    rooms, devices = ar.async_get(hass), dr.async_get(hass)
    kitchen, hall = rooms.async_create("Kitchen", aliases=KITCHEN), rooms.async_create("Hall")
    rooms.async_create("Attic")
    for number, room in (("1001", kitchen), ("1002", hall), ("1004", hall)):
        identifier = (DOMAIN, item_id(SERIAL, EXTENSION_ITEM, number))
        device = next(
            each
            for each in dr.async_entries_for_config_entry(devices, entry.entry_id)
            if identifier in each.identifiers
        )
        devices.async_update_device(device.id, area_id=room.id)
    speakers = MockConfigEntry(domain="speakers")
    speakers.add_to_hass(hass)
    satellites = {}
    for room_id in (kitchen.id, hall.id):
        device = devices.async_get_or_create(
            config_entry_id=speakers.entry_id, identifiers={("speakers", room_id)}
        )
        devices.async_update_device(device.id, area_id=room_id)
        satellites[room_id] = device.id
    carla = MockUser(is_owner=True).add_to_hass(hass)
    attributes = {"friendly_name": "Carla Cook", "user_id": carla.id}
    hass.states.async_set("person.carla", "home", attributes)
    return House(hass=hass, simulator=simulator, entry=entry, satellites=satellites, carla=carla)
