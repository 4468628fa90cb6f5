"""Switches of extensions, over real sockets, in the dialects that let settings be changed."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.ippbx.const import CONF_ALLOWED_NUMBERS, CONF_OUTSIDE_LIMIT, CONF_READ_ONLY
from custom_components.ippbx.state.store import StateStore
from custom_components.ippbx.state.writing import PATIENCE, PAUSE
from pbx_simulator.directory import Extension, Forwarding

from .conftest import SERIAL, StartSimulator
from .house import House, log_levels, move_in
from .live import entity_id
from .time_travel import TimeTraveller

DND, FORWARD = "ext_1001_do_not_disturb", "ext_1001_forward_all_calls"
UPDATE, QUERY = "extension/update", "extension/query"

type MoveIn = Callable[..., Awaitable[House]]


@pytest.fixture(params=["yeastar-v1", "yeastar-v2"])
def dialect(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
async def enter(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    dialect: str,
    entity_registry_enabled_by_default: None,
) -> MoveIn:
    """Return what loads an entry with options."""

    async def enter(**options: Any) -> House:
        simulator = await start_simulator(dialect=dialect)
        house = await move_in(hass, simulator, traveller, options=options)
        await traveller.rest()
        return house

    return enter


def phone(house: House, number: str = "1001") -> Extension:
    return house.simulator.directory.extensions[number]


def turn(house: House, key: str, on: bool) -> asyncio.Future[None]:
    """Begin to turn a switch."""
    return asyncio.ensure_future(
        house.hass.services.async_call(
            "switch",
            "turn_on" if on else "turn_off",
            {"entity_id": entity_id(house.hass, "switch", f"{SERIAL}_{key}")},
            blocking=True,
        )
    )


def writes(house: House) -> list[float]:
    """Return when settings were written."""
    return [each.time for each in house.simulator.requests if each.endpoint == UPDATE]


async def test_it_shows_what_a_phone_or_the_pbx_was_set_to(enter: MoveIn) -> None:
    """At the next read; one request reads all extensions."""
    house = await enter()
    assert house.state("switch", DND) == STATE_OFF
    phone(house).dnd = True
    phone(house).forwarding = Forwarding(always=True, kind="Extension", extension="1003")
    before = len(house.simulator.requests)

    await house.traveller.travel(31)

    assert house.state("switch", DND) == house.state("switch", FORWARD) == STATE_ON
    assert house.state("text", "ext_1001_forward_to") == "1003"
    assert house.state("switch", "ext_1000_do_not_disturb") == STATE_OFF
    reads = house.asked("trunklist/query", before) + house.asked("trunk/list", before)
    assert house.asked(QUERY, before) == reads


async def test_it_is_written_and_read_back(enter: MoveIn) -> None:
    house = await enter()
    await house.traveller.wait_for(turn(house, DND, on=True))
    assert phone(house).dnd
    assert house.state("switch", DND) == STATE_ON
    assert [each.endpoint for each in house.simulator.requests[-2:]] == [UPDATE, QUERY]

    await house.traveller.wait_for(turn(house, DND, on=False))
    assert not phone(house).dnd
    assert house.state("switch", DND) == STATE_OFF


async def test_two_hundred_quick_toggles(enter: MoveIn, caplog: pytest.LogCaptureFixture) -> None:
    """Make a write in five seconds at most, and the last one counts."""
    house = await enter()
    toggles, began = [], house.traveller.now()
    for count in range(200):
        toggles.append(turn(house, DND, on=count % 2 == 1))
        await house.traveller.travel(0.1)
        assert house.state("switch", DND) == (STATE_ON if count % 2 else STATE_OFF)
    await house.traveller.wait_for(asyncio.gather(*toggles))

    assert phone(house).dnd
    assert house.state("switch", DND) == STATE_ON
    times = writes(house)
    assert 4 <= len(times) <= 1 + (house.traveller.now() - began) / PAUSE
    assert all(later - earlier >= PAUSE for earlier, later in pairwise(times))
    assert {each.errno for each in house.simulator.requests if each.endpoint == UPDATE} == {""}
    assert log_levels(caplog) == []


async def test_the_settings_of_several_extensions_take_turns(enter: MoveIn) -> None:
    house = await enter()
    numbers = ("1000", "1001", "1002")
    turns = [turn(house, f"ext_{number}_do_not_disturb", on=True) for number in numbers]
    await house.traveller.wait_for(asyncio.gather(*turns))
    assert all(phone(house, number).dnd for number in numbers)
    assert all(later - earlier >= PAUSE for earlier, later in pairwise(writes(house)))


async def test_a_pbx_that_restarts_in_between(enter: MoveIn) -> None:
    """What was wished is done when it is back."""
    house = await enter()
    await house.traveller.wait_for(turn(house, DND, on=True))
    wished = turn(house, DND, on=False)
    other = turn(house, "ext_1002_do_not_disturb", on=True)
    restart = asyncio.ensure_future(house.simulator.reboot(seconds=90))
    await house.traveller.travel(60)
    assert house.state("switch", DND) == STATE_UNAVAILABLE
    assert not wished.done()

    await house.traveller.wait_for(asyncio.gather(restart, wished, other), 120)

    assert (phone(house).dnd, phone(house, "1002").dnd) == (False, True)
    await house.traveller.travel(10)
    assert house.state("switch", DND) == STATE_OFF
    assert house.state("switch", "ext_1002_do_not_disturb") == STATE_ON


@pytest.mark.parametrize("fault", ["reset", "half_answers", "html_answers"])
async def test_a_write_of_which_nobody_knows_whether_it_was_done(enter: MoveIn, fault: str) -> None:
    """It is done again."""
    house = await enter()
    setattr(house.simulator.knobs, fault, True)
    house.simulator.knobs.fault_endpoints = {UPDATE}
    wished = turn(house, DND, on=True)
    await house.traveller.travel(12)
    setattr(house.simulator.knobs, fault, False)
    await house.traveller.wait_for(wished)
    assert phone(house).dnd
    assert house.state("switch", DND) == STATE_ON


async def test_a_pbx_that_others_configure_too(enter: MoveIn) -> None:
    """10025: it was configured too often."""
    house = await enter()
    house.simulator.device.configured = house.simulator.clock()
    await house.traveller.wait_for(turn(house, DND, on=True))
    assert phone(house).dnd
    errnos = [each.errno for each in house.simulator.requests if each.endpoint == UPDATE]
    assert errnos == ["10025", ""]


async def test_a_pbx_that_stays_away(enter: MoveIn) -> None:
    """The wish is given up in words, and never done afterwards."""
    house = await enter()
    await house.traveller.wait_for(turn(house, DND, on=True))
    wished = turn(house, DND, on=False)
    await house.simulator.go_away()
    with pytest.raises(HomeAssistantError) as failure:
        await house.traveller.wait_for(wished, PATIENCE + 30)
    assert failure.value.translation_key == "cannot_connect"
    await house.simulator.come_back()
    await house.traveller.travel(60)
    assert phone(house).dnd
    assert house.state("switch", DND) == STATE_ON


async def test_what_the_pbx_refuses(enter: MoveIn) -> None:
    """Is said in its words, and the switch shows the truth."""
    house = await enter()
    house.simulator.knobs.wrong_errno = {UPDATE: "10017"}
    with pytest.raises(HomeAssistantError) as failure:
        await house.traveller.wait_for(turn(house, DND, on=True))
    assert failure.value.translation_key == "extension_settings"
    assert house.state("switch", DND) == STATE_OFF


async def test_a_fault_of_ours_stops_no_later_write(
    enter: MoveIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await enter()
    with monkeypatch.context() as patches:
        patches.setattr(StateStore, "merge_settings", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await house.traveller.wait_for(turn(house, DND, on=True))
    await house.traveller.wait_for(turn(house, DND, on=False))
    assert len(writes(house)) == 2
    assert not phone(house).dnd


async def test_unloading_ends_what_waits(enter: MoveIn) -> None:
    house = await enter()
    await house.traveller.wait_for(turn(house, DND, on=True))
    wished = turn(house, DND, on=False)
    await house.traveller.rest()
    await house.unload()
    with pytest.raises(HomeAssistantError):
        await wished
    assert phone(house).dnd


async def test_what_was_read_before_a_write_does_not_undo_it(enter: MoveIn) -> None:
    house = await enter()
    old = house.runtime.store.settings["1001"]
    asked_at = house.hass.loop.time()
    await house.traveller.travel(1)
    await house.traveller.wait_for(turn(house, DND, on=True))
    house.runtime.store.merge_settings((old,), asked_at)
    assert house.state("switch", DND) == STATE_ON


async def test_forwarding_goes_where_the_pbx_has_it(enter: MoveIn) -> None:
    """Within the PBX and to its voicemail; what is written names the destination."""
    house = await enter()
    for destination in (Forwarding(kind="Extension", extension="1003"), Forwarding(number="7")):
        phone(house).forwarding = destination
        await house.traveller.travel(31)
        await house.traveller.wait_for(turn(house, FORWARD, on=True))
        assert phone(house).forwarding.always
        assert phone(house).forwarding.kind == destination.kind
        assert house.simulator.requests[-2].params["atransferto"] == destination.kind
        await house.traveller.wait_for(turn(house, FORWARD, on=False))
        assert not phone(house).forwarding.always
        assert "atransferto" not in house.simulator.requests[-2].params


async def test_forwarding_to_nobody_knows_where(enter: MoveIn) -> None:
    house = await enter()
    assert house.state("text", "ext_1001_forward_to") == STATE_UNKNOWN
    with pytest.raises(ServiceValidationError) as refused:
        await house.traveller.wait_for(turn(house, FORWARD, on=True))
    assert refused.value.translation_key == "forward_target_missing"
    assert writes(house) == []


OUTSIDE = Forwarding(kind="Custom Number", prefix="0", number="0301234567")


async def test_forwarding_outside_needs_an_allowed_number(enter: MoveIn) -> None:
    """With the prefix that the PBX puts before it: that is what it dials."""
    house = await enter(**{CONF_ALLOWED_NUMBERS: ["00301234567"], CONF_OUTSIDE_LIMIT: 1})
    phone(house).forwarding = OUTSIDE
    await house.traveller.travel(31)
    await house.traveller.wait_for(turn(house, FORWARD, on=True))
    forwarding = phone(house).forwarding
    assert (forwarding.prefix, forwarding.number) == ("", "00301234567")
    await house.traveller.wait_for(turn(house, FORWARD, on=False))  # which rings nobody

    with pytest.raises(ServiceValidationError) as refused:  # it counts as a call
        await house.traveller.wait_for(turn(house, FORWARD, on=True))
    assert refused.value.translation_key == "outside_limit"
    assert house.state("switch", FORWARD) == STATE_OFF


@pytest.mark.parametrize("mobile", [False, True])
async def test_forwarding_outside_is_refused_by_default(enter: MoveIn, mobile: bool) -> None:
    house = await enter()
    phone(house).mobile = "0171555666"
    phone(house).forwarding = Forwarding(kind="Mobile Number") if mobile else OUTSIDE
    await house.traveller.travel(31)
    with pytest.raises(ServiceValidationError) as refused:
        await house.traveller.wait_for(turn(house, FORWARD, on=True))
    assert refused.value.translation_key == "number_not_allowed"
    assert writes(house) == []
    assert house.state("switch", FORWARD) == STATE_OFF


async def test_read_only(enter: MoveIn) -> None:
    house = await enter(**{CONF_READ_ONLY: True})
    for key, on in ((DND, True), (DND, False), (FORWARD, False)):
        with pytest.raises(ServiceValidationError) as refused:
            await house.traveller.wait_for(turn(house, key, on=on))
        assert refused.value.translation_key == "read_only"
    assert writes(house) == []


async def test_what_nobody_looks_at_is_not_read(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller, dialect: str
) -> None:
    """The switches are there, disabled."""
    house = await move_in(hass, await start_simulator(dialect=dialect), traveller)
    entity = er.async_get(hass).async_get(entity_id(hass, "switch", f"{SERIAL}_{DND}"))
    assert entity is not None
    assert entity.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    await traveller.travel(400)
    assert house.asked(QUERY) == 0


async def test_settings_that_cannot_be_read(enter: MoveIn) -> None:
    """Are unavailable after a while, and right when they can be."""
    house = await enter()
    house.simulator.knobs.wrong_errno = {QUERY: "30001"}
    await house.traveller.travel(150)
    assert house.state("switch", DND) == STATE_UNAVAILABLE
    assert house.extension("1001") == "idle"
    house.simulator.knobs.wrong_errno = {}
    phone(house).dnd = True
    await house.traveller.travel(31)
    assert house.state("switch", DND) == STATE_ON


async def test_an_extension_that_is_gone(enter: MoveIn) -> None:
    """Nobody asks for its settings any more, and nothing of them is kept."""
    house = await enter()
    await house.simulator.remove_extension("1004")
    await house.traveller.travel(31)
    assert "1004" not in house.runtime.store.wanted_settings
    assert "1004" not in house.runtime.store.settings


@pytest.mark.parametrize("dialect", ["openvox"])
async def test_a_pbx_that_lets_nobody_change_them(enter: MoveIn) -> None:
    """Has binary sensors in their place."""
    house = await enter()
    assert not house.hass.states.async_entity_ids("switch")
    assert not house.hass.states.async_entity_ids("text")
    assert house.state("binary_sensor", DND) == STATE_OFF
    phone(house).dnd = True
    phone(house).forwarding = Forwarding(always=True)
    await house.traveller.travel(31)
    assert house.state("binary_sensor", DND) == STATE_ON
    assert house.state("binary_sensor", FORWARD) == STATE_ON
