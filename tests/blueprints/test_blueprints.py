"""Each blueprint in a real Home Assistant, with calls on a simulated PBX: what it does."""

from collections.abc import Sequence
from pathlib import Path

from homeassistant.core import HomeAssistant, ServiceCall, callback
import pytest

from pbx_simulator import Simulator
from tests.conftest import StartSimulator
from tests.house import House, move_in
from tests.time_travel import TimeTraveller

from .automations import DIALECTS, automate, device, record, ring, status

pytestmark = pytest.mark.usefixtures("no_faulty_automation")


@pytest.fixture(params=DIALECTS)
async def simulator(start_simulator: StartSimulator, request: pytest.FixtureRequest) -> Simulator:
    return await start_simulator(dialect=request.param)


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    hass.config.country = "DE"
    aunt = {"name": "Aunt Agatha", "number": "+4930555817"}
    return await move_in(hass, simulator, traveller, options={"contacts": [aunt]})


def add_players(house: House, **states: str) -> dict[str, list[str]]:
    """Add media players that follow their actions; return the actions so far of each."""
    called: dict[str, list[str]] = {name: [] for name in states}
    for name, state in states.items():
        house.hass.states.async_set(f"media_player.{name}", state)

    @callback
    def obey(call: ServiceCall) -> None:
        for entity in call.data["entity_id"]:
            called[entity.removeprefix("media_player.")].append(call.service)
            house.hass.states.async_set(entity, DONE[call.service])

    for service in DONE:
        house.hass.services.async_register("media_player", service, obey)
    return called


DONE = {"media_pause": "paused", "media_play": "playing"}


async def test_media_are_paused_while_a_phone_is_in_a_call(house: House, tmp_path: Path) -> None:
    hall = add_players(house, hall="playing")["hall"]
    phones = [status(house, "1001"), status(house, "1002")]
    await automate(
        house.hass,
        tmp_path,
        "pause_media_during_calls",
        phones=phones,
        players=["media_player.hall"],
    )
    other = await ring(house, "1003")
    await other.hang_up()
    assert hall == []
    first = await ring(house)
    assert hall == ["media_pause"]
    second = await ring(house, "1002")
    await first.answer()
    await house.traveller.travel(20)
    await first.hang_up()
    await house.traveller.travel(20)
    assert hall == ["media_pause"], "the other phone still rings"
    await second.hang_up()
    await house.traveller.travel(20)
    assert hall == ["media_pause", "media_play"]


async def test_media_that_began_during_a_call_are_paused_by_another_phone(
    house: House, tmp_path: Path
) -> None:
    """All go on after both calls."""
    called = add_players(house, hall="playing", den="off")
    await automate(
        house.hass,
        tmp_path,
        "pause_media_during_calls",
        phones=[status(house, "1001"), status(house, "1002")],
        players=["media_player.hall", "media_player.den"],
    )
    first = await ring(house)
    await first.answer()
    await house.traveller.travel(20)
    house.hass.states.async_set("media_player.den", "playing")
    second = await ring(house, "1002")
    assert called == {"hall": ["media_pause"], "den": ["media_pause"]}
    await second.answer()
    await house.traveller.travel(20)
    await first.hang_up()
    await house.traveller.travel(20)
    assert called == {"hall": ["media_pause"], "den": ["media_pause"]}
    await second.hang_up()
    await house.traveller.travel(20)
    assert called == {name: ["media_pause", "media_play"] for name in called}


async def test_media_go_on_although_the_phone_is_closed_after_the_call(
    house: House, tmp_path: Path
) -> None:
    """A softphone is not registered any more then, and in no call; nothing waits for it."""
    hall = add_players(house, hall="playing")["hall"]
    phones = [status(house, "1001"), status(house, "1002")]
    await automate(
        house.hass,
        tmp_path,
        "pause_media_during_calls",
        phones=phones,
        players=["media_player.hall"],
    )
    call = await ring(house)
    await call.answer()
    await house.traveller.travel(20)
    await call.hang_up()
    await house.simulator.set_extension_status("1001", "unavailable")
    await house.traveller.travel(20)
    assert hall == ["media_pause", "media_play"]


async def test_media_that_did_not_play_stay_paused(house: House, tmp_path: Path) -> None:
    hall = add_players(house, hall="off")["hall"]
    await automate(
        house.hass,
        tmp_path,
        "pause_media_during_calls",
        phones=[status(house, "1001")],
        players=["media_player.hall"],
        when="answered",
    )
    call = await ring(house)
    await call.answer()
    await house.traveller.travel(5)
    await call.hang_up()
    await house.traveller.travel(5)
    assert hall == []


async def test_callers_from_outside_are_announced(house: House, tmp_path: Path) -> None:
    spoken = record(house.hass, "tts.speak")["tts.speak"]
    await automate(
        house.hass,
        tmp_path,
        "announce_caller",
        speakers=["media_player.hall"],
        voice="tts.voice",
        phones=[device(house, "ext_1001")],
    )
    internal = await house.simulator.calls.place("1002", "1001")
    await internal.ring()
    await house.traveller.travel(3)
    await internal.hang_up()
    await house.traveller.travel(3)
    assert spoken == [], "a call between extensions"
    call = await ring(house, caller="+4940111")
    assert [each.data for each in spoken] == [
        {
            "entity_id": ["tts.voice"],
            "media_player_entity_id": ["media_player.hall"],
            "message": "Call from + 4 9 4 0 1 1 1",
        }
    ]
    await call.hang_up()
    await ring(house, "1002")
    assert len(spoken) == 1, "another phone"


@pytest.mark.parametrize(
    ("caller", "announced"),
    [
        ("030555817", "Call from Aunt Agatha"),
        ("0049 30 555817", "Call from Aunt Agatha"),
        ("0301234", "Call from 0 3 0 1 2 3 4"),
        ("", "Call from a withheld number"),
        ("Anonymous", "Call from a withheld number"),
        ("agatha", "Call from agatha"),
        ("+1 (555) 123-4567", "Call from + 1 5 5 5 1 2 3 4 5 6 7"),
        ("tel:+15551234567", "Call from + 1 5 5 5 1 2 3 4 5 6 7"),
    ],
)
async def test_callers_that_are_announced(
    house: House, tmp_path: Path, caller: str, announced: str
) -> None:
    spoken = record(house.hass, "tts.speak")["tts.speak"]
    await automate(
        house.hass, tmp_path, "announce_caller", speakers=["media_player.hall"], voice="tts.voice"
    )
    await ring(house, caller=caller)
    assert [each.data["message"] for each in spoken] == [announced]


async def flash(house: House, folder: Path) -> Sequence[object]:
    """Let a light flash while 1001 rings; return each time that it is toggled."""
    toggled = record(house.hass, "light.toggle")["light.toggle"]
    phones, lights = [status(house, "1001")], {"entity_id": "light.hall"}
    await automate(house.hass, folder, "flash_lights_on_ring", phones=phones, lights=lights)
    return toggled


async def test_lights_flash_while_a_phone_rings(house: House, tmp_path: Path) -> None:
    toggled = await flash(house, tmp_path)
    call = await ring(house)
    await house.traveller.travel(6)
    assert 4 <= len(toggled) <= 10
    await call.answer()
    await house.traveller.travel(3)
    flashes = len(toggled)
    assert flashes % 2 == 0, "they end as they were"
    await house.traveller.travel(10)
    assert len(toggled) == flashes


async def test_lights_flash_for_a_second_call_of_a_phone(house: House, tmp_path: Path) -> None:
    house.simulator.knobs.call_waiting = True
    toggled = await flash(house, tmp_path)
    talk = await house.simulator.calls.outbound("1001", "+4940111")
    await talk.ring()
    await house.traveller.travel(10)
    await talk.answer()
    assert toggled == [], "it calls itself"
    call = await ring(house)
    await house.traveller.travel(10)
    assert len(toggled) >= 8
    await call.hang_up()
    await house.traveller.travel(3)
    flashes = len(toggled)
    await house.traveller.travel(10)
    assert len(toggled) == flashes


async def test_lights_flash_on_after_a_short_loss_of_the_link(house: House, tmp_path: Path) -> None:
    toggled = await flash(house, tmp_path)
    call = await ring(house)
    await house.simulator.go_away()
    await house.traveller.travel(20)
    assert not house.runtime.link.up
    await house.simulator.come_back()
    await house.traveller.travel(10)
    flashes = len(toggled)
    await house.traveller.travel(6)
    assert len(toggled) - flashes >= 4
    await call.answer()
    await house.traveller.travel(3)
    flashes = len(toggled)
    await house.traveller.travel(10)
    assert len(toggled) == flashes


async def test_a_key_opens_the_door(house: House, tmp_path: Path) -> None:
    opened = record(house.hass, "lock.unlock")["lock.unlock"]
    await automate(
        house.hass,
        tmp_path,
        "open_door_by_key",
        door_phone=[device(house, "ext_1003")],
        keys="42#",
        open=[{"action": "lock.unlock", "target": {"entity_id": "lock.door"}}],
    )
    call = await house.simulator.calls.place("1003", "1001")
    await call.ring()
    await call.answer()
    for key in "142":
        await call.press(key)
        await house.traveller.travel(1)
    assert opened == []
    await call.press("#")
    await house.traveller.travel(1)
    assert [each.data for each in opened] == [{"entity_id": ["lock.door"]}]
    await call.press("4")
    await house.traveller.travel(1)
    assert len(opened) == 1


async def test_without_a_door_phone_no_key_opens_the_door(house: House, tmp_path: Path) -> None:
    opened = record(house.hass, "lock.unlock")["lock.unlock"]
    open_door = [{"action": "lock.unlock", "target": {"entity_id": "lock.door"}}]
    automation = await automate(
        house.hass, tmp_path, "open_door_by_key", door_phone=[], keys="5", open=open_door
    )
    call = await ring(house)
    await call.answer()
    await call.press("5")
    await house.traveller.travel(1)
    assert (opened, automation.runs) == ([], [])
