"""Which phone is meant, and who."""

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import area_registry as ar, entity_registry as er, intent
import pytest

from custom_components.ippbx.contacts.merge import row_of
from custom_components.ippbx.contacts.shared import async_get_contacts
from custom_components.ippbx.voice.languages import LANGUAGES
from custom_components.ippbx.voice.places import Places
from tests.conftest import StartSimulator
from tests.voice.house import House, move_in


async def places_of(house: House) -> Places:
    context = house.entry.runtime_data.action_context
    contacts = await async_get_contacts(house.hass)
    return Places(house.hass, {house.entry.entry_id: context}, contacts)


@pytest.mark.parametrize(
    ("place", "language", "numbers"),
    [
        ("1001", "en", ["1001"]),
        ("extension 1001", "en", ["1001"]),
        ("Durchwahl 1001", "de", ["1001"]),
        ("USER 1001", "en", ["1001"]),
        ("kitchen", "en", ["1001"]),
        ("Küche", "de", ["1001"]),
        ("hall", "en", ["1002", "1004"]),
        ("attic", "en", []),
        ("the kitchen", "en", ["1001"]),
        ("der Küche", "de", ["1001"]),
        ("la cocina", "es", ["1001"]),
        ("l'office", "fr", ["1001"]),
        ("l’office", "fr", ["1001"]),
        ("a cozinha", "pt", ["1001"]),
        ("l'", "fr", []),
        ("分机1001", "zh", ["1001"]),
        ("分机 1001", "zh", ["1001"]),
        ("厨房", "zh", ["1001"]),
        ("", "en", []),
        ("extension", "en", []),
        ("9999", "en", []),
    ],
)
async def test_phones(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    place: str,
    language: str,
    numbers: list[str],
) -> None:
    places = await places_of(await move_in(hass, start_simulator))
    found = places.phones(place, LANGUAGES[language])
    assert sorted(phone.number for phone in found) == numbers


@pytest.mark.parametrize("place", ["dépôt", "le dépôt", "Le Dépôt"])
async def test_a_room_whose_name_has_an_article(
    hass: HomeAssistant, start_simulator: StartSimulator, place: str
) -> None:
    """The sentences leave it out."""
    places = await places_of(await move_in(hass, start_simulator))
    ar.async_get(hass).async_update("kitchen", name="Le Dépôt", aliases=set())
    assert [phone.number for phone in places.phones(place, LANGUAGES["fr"])] == ["1001"]


async def test_the_area_of_a_satellite(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    """Its entity may be elsewhere than its device; a language model names the device alone."""
    house = await move_in(hass, start_simulator)
    places = await places_of(house)
    registry = er.async_get(hass)
    speaker = registry.async_get_or_create(
        "assist_satellite",
        "speakers",
        "1",
        device_id=house.satellites["kitchen"],
        has_entity_name=True,
        original_name="Voice",  # the newest Home Assistant gives areas to named entities only
    )

    def own(**where: str) -> list[str]:
        request = intent.Intent(
            hass, "test", "any", {}, None, Context(), "en",
            device_id=where.get("device_id"), satellite_id=where.get("satellite_id"),
        )  # fmt: skip
        return sorted(phone.number for phone in places.own(request))

    assert own(device_id=house.satellites["kitchen"]) == ["1001"]
    assert own(satellite_id=speaker.entity_id) == ["1001"]
    registry.async_update_entity(speaker.entity_id, area_id="hall")
    assert own(satellite_id=speaker.entity_id) == ["1002", "1004"]
    assert own(device_id="gone") == []
    assert own(satellite_id="assist_satellite.gone") == []


async def test_a_number_that_is_no_contact(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    house = await move_in(hass, start_simulator)
    places = await places_of(house)
    (phone,) = places.phones("1001", LANGUAGES["en"])
    (found,) = places.callees("number 0171 555", phone.context, LANGUAGES["en"])
    assert (found.name, found.number) == ("0171 555", "0171555")


async def test_5000_contacts(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    house = await move_in(hass, start_simulator)
    contacts = await async_get_contacts(hass)
    await contacts.async_set([row_of(f"030{n:07}", f"Name {n}") for n in range(5000)])
    places = await places_of(house)
    (phone,) = places.phones("1001", LANGUAGES["en"])
    assert [each.name for each in places.callees("name 4999", phone.context, LANGUAGES["en"])] == [
        "Name 4999"
    ]
    assert len(places.callees("name", phone.context, LANGUAGES["en"])) == 5000
