"""Where all calls of an extension are forwarded to, over real sockets."""

import asyncio
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.loader import async_get_integration
from homeassistant.setup import async_setup_component
import pytest

from custom_components.ippbx.const import CONF_ALLOWED_NUMBERS
from custom_components.ippbx.state.writing import PAUSE
from pbx_simulator.directory import Forwarding

from .conftest import SERIAL, StartSimulator
from .house import House, move_in
from .live import entity_id
from .time_travel import TimeTraveller

FORWARD_TO, FORWARDS = "ext_1001_forward_to", "ext_1001_forward_all_calls"
UPDATE = "extension/update"


@pytest.fixture(params=["yeastar-v1", "yeastar-v2"])
async def house(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    request: pytest.FixtureRequest,
    entity_registry_enabled_by_default: None,
) -> House:
    """Return a house in which 0301234567 is an allowed number."""
    simulator = await start_simulator(dialect=request.param)
    options = {CONF_ALLOWED_NUMBERS: ["0301234567", "+49 171 555666"]}
    house = await move_in(hass, simulator, traveller, options=options)
    await traveller.rest()
    return house


async def enter(house: House, text: str) -> None:
    """Enter a text; time passes until it is done or refused."""
    entity = entity_id(house.hass, "text", f"{SERIAL}_{FORWARD_TO}")
    fields = {"entity_id": entity, "value": text}
    done = house.hass.services.async_call("text", "set_value", fields, blocking=True)
    await house.traveller.wait_for(asyncio.ensure_future(done))


def forwarding(house: House) -> Forwarding:
    return house.simulator.directory.extensions["1001"].forwarding


@pytest.mark.parametrize(
    ("text", "shown", "expected"),
    [
        ("1003", "1003", {"kind": "Extension", "extension": "1003"}),
        ("030 / 123 45 67", "0301234567", {"kind": "Custom Number", "number": "0301234567"}),
        (" Voicemail ", "voicemail", {"kind": "Voicemail"}),
        ("Buzón de voz", "voicemail", {"kind": "Voicemail"}),
    ],
)
@pytest.mark.parametrize("always", [False, True])
async def test_it_is_written(
    house: House, text: str, shown: str, expected: dict[str, Any], always: bool
) -> None:
    """Whether calls are forwarded or not stays as it is."""
    house.simulator.directory.extensions["1001"].forwarding = Forwarding(
        always=always, kind="Custom Number", prefix="9", number="112"
    )
    await house.traveller.travel(31)
    assert house.state("text", FORWARD_TO) == "9112"

    await enter(house, text)

    got = forwarding(house)
    assert {name: getattr(got, name) for name in expected} == expected
    assert got.always is always
    assert got.destination("") == shown  # no prefix of an earlier destination is left
    assert house.state("text", FORWARD_TO) == shown


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0307654321", "number_not_allowed"),
        ("112", "number_not_allowed"),
        ("*72", "number_not_allowed"),
        ("tel:0307654321", "number_not_allowed"),
        ("1001", "to_itself"),
        ("", "forward_target_invalid"),
        ("my mobile", "forward_target_invalid"),
        ("+49171555666", "forward_target_invalid"),  # the PBX takes digits alone
    ],
)
async def test_what_is_refused(house: House, text: str, reason: str) -> None:
    """Nothing is sent, and the text is as it was."""
    before = house.state("text", FORWARD_TO)
    with pytest.raises(ServiceValidationError) as refused:
        await enter(house, text)
    assert refused.value.translation_key == reason
    assert house.asked(UPDATE) == 0
    assert house.state("text", FORWARD_TO) == before


async def test_an_extension_that_the_pbx_does_not_know(house: House) -> None:
    """It is gone, and nobody has noticed yet."""
    del house.simulator.directory.extensions["1003"]
    with pytest.raises(HomeAssistantError) as refused:
        await enter(house, "1003")
    assert refused.value.translation_key == "extension_missing"


@pytest.mark.parametrize(
    "destination", ["9" * 60, "<b>1003</b>", "+", "0301234567\n", "anna@example.org"]
)
async def test_what_a_pbx_says_that_is_no_number(house: House, destination: str) -> None:
    house.simulator.directory.extensions["1001"].forwarding = Forwarding(
        kind="Extension", extension=destination
    )
    await house.traveller.travel(31)
    assert house.state("text", FORWARD_TO) in ("unknown", "0301234567")


async def apply(house: House, *domains: str) -> None:
    """Apply a scene in which the switch and the text stand in an order."""
    entities = {
        "switch": {entity_id(house.hass, "switch", f"{SERIAL}_{FORWARDS}"): "on"},
        "text": {entity_id(house.hass, "text", f"{SERIAL}_{FORWARD_TO}"): "1003"},
    }
    for domain in domains:  # else one that has to be loaded comes last
        integration = await async_get_integration(house.hass, domain)
        await integration.async_get_platform("reproduce_state")
    assert await async_setup_component(house.hass, "homeassistant", {})
    assert await async_setup_component(house.hass, "scene", {})
    await house.hass.async_block_till_done()
    scene = {"entities": entities[domains[0]] | entities[domains[1]]}
    done = house.hass.services.async_call("scene", "apply", scene, blocking=True)
    await house.traveller.wait_for(asyncio.ensure_future(done))


async def test_a_scene_that_sets_it_before_it_begins_to_forward(house: House) -> None:
    """The switch sees the wish for the destination, which is not written yet."""
    await apply(house, "text", "switch")
    assert (forwarding(house).always, forwarding(house).destination("")) == (True, "1003")


async def test_a_scene_that_begins_to_forward_before_it_sets_it(house: House) -> None:
    """The switch is refused where the PBX names no destination; that is set all the same."""
    with pytest.raises(ServiceValidationError) as refused:
        await apply(house, "switch", "text")
    assert refused.value.translation_key == "forward_target_missing"
    await house.traveller.travel(PAUSE)
    assert (forwarding(house).always, forwarding(house).destination("")) == (False, "1003")

    await apply(house, "switch", "text")
    assert (forwarding(house).always, forwarding(house).destination("")) == (True, "1003")
