"""Who an extension is in a call with, as its page shows it, in all dialects."""

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.calls.other_parties import other_party
from custom_components.ippbx.const import CONF_CONTACTS
from custom_components.ippbx.pbx.model.lines import CallLeg, LegKind, LegState
from pbx_simulator.calls.services import ServiceKind
from tests.conftest import StartSimulator
from tests.house import House, move_in
from tests.time_travel import TimeTraveller

from .changes import call

CALLER, GRANDMA = "030555831", {"number": "+4930555831", "name": "Grandma", "vip": False}
OTHER = "040555824"
GROUP = "6500"
NOBODY = STATE_UNKNOWN
MOMENT, TURN = 1.0, 45.0


@pytest.fixture(params=["openvox", "yeastar-v1", "yeastar-v2"])
async def house(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
) -> House:
    """Return a house that knows one caller by name, with a ring group."""
    await hass.config.async_update(country="DE")
    simulator = await start_simulator(dialect=request.param)
    simulator.calls.set_group(ServiceKind.RING_GROUP, GROUP, "1001", "1002")
    house = await move_in(hass, simulator, traveller, options={CONF_CONTACTS: [GRANDMA]})
    await traveller.travel(TURN)
    return house


def shown(house: House, *numbers: str) -> list[str]:
    return [house.state("sensor", f"ext_{number}_in_call_with") for number in numbers]


async def test_from_the_first_ring_to_the_end(house: House) -> None:
    assert shown(house, "1001") == [NOBODY]
    call = await house.simulator.calls.inbound("trunk-1", caller=CALLER, to="1001")
    await call.ring()
    await house.traveller.travel(MOMENT)
    assert shown(house, "1001", "1002") == ["Grandma", NOBODY]
    await call.answer()
    await house.traveller.travel(10)
    assert shown(house, "1001") == ["Grandma"]
    await call.hang_up()
    await house.traveller.travel(TURN)
    assert shown(house, "1001") == [NOBODY]


async def test_both_sides_of_an_internal_call(house: House) -> None:
    call = await house.simulator.calls.place("1000", "1001")
    await call.ring()
    await house.traveller.travel(MOMENT)
    assert shown(house, "1000", "1001") == ["User 1001", "User 1000"]
    await call.answer()
    await house.traveller.travel(10)
    assert shown(house, "1000", "1001") == ["User 1001", "User 1000"]


async def test_an_outbound_call(house: House) -> None:
    call = await house.simulator.calls.outbound("1001", CALLER)
    await call.ring()
    await house.traveller.travel(MOMENT)
    assert shown(house, "1001") == ["Grandma"]


async def test_members_of_a_group_until_another_answers(house: House) -> None:
    call = await house.simulator.calls.inbound("trunk-1", caller=OTHER, to=GROUP)
    await call.ring()
    await house.traveller.travel(MOMENT)
    assert shown(house, "1001", "1002") == [OTHER, OTHER]
    await call.answer(by="1002")
    await house.traveller.travel(TURN)
    assert shown(house, "1001", "1002") == [NOBODY, OTHER]


async def test_outside_parties_with_the_numbers_of_extensions(house: House) -> None:
    inbound = await house.simulator.calls.inbound("trunk-1", caller="1002", to="1001")
    outbound = await house.simulator.calls.outbound("1000", "1003")
    await inbound.ring()
    await outbound.ring()
    await house.traveller.travel(MOMENT)
    assert shown(house, "1000", "1001", "1002", "1003") == ["1003", "1002", NOBODY, NOBODY]
    await inbound.answer()
    await outbound.answer()
    await house.traveller.travel(TURN)
    assert shown(house, "1000", "1001", "1002", "1003") == ["1003", "1002", NOBODY, NOBODY]


def test_an_extension_that_is_called_from_outside_by_its_own_number() -> None:
    legs = tuple(
        CallLeg(kind=LegKind.EXTENSION, extension=number, state=LegState.RINGING)
        for number in ("1001", "1002")
    )
    called = call(caller="1002", callee=GROUP, legs=legs)
    assert [other_party(called, leg.extension) for leg in legs] == [("1002", True)] * 2


async def test_the_call_that_is_talked_in_comes_first(house: House) -> None:
    house.simulator.knobs.call_waiting = True
    first = await house.simulator.calls.inbound("trunk-1", caller=CALLER, to="1001")
    await first.ring()
    await first.answer()
    await house.traveller.travel(5)
    second = await house.simulator.calls.inbound("trunk-2", caller=OTHER, to="1001")
    await second.ring()
    await house.traveller.travel(5)
    assert shown(house, "1001") == ["Grandma"]
    await first.hang_up()
    await house.traveller.travel(5)
    assert shown(house, "1001") == [OTHER]


@pytest.mark.parametrize(
    ("withheld", "state"),
    [
        ("", "Unknown number"),
        ("anonymous", "Withheld number"),
        ("unavailable", "Withheld number"),
        ("Unknown", "Unknown number"),
    ],
)
async def test_a_withheld_number_is_no_state_of_another_meaning(
    house: House, withheld: str, state: str
) -> None:
    call = await house.simulator.calls.inbound("trunk-1", caller=withheld, to="1001")
    await call.ring()
    await house.traveller.travel(MOMENT)
    assert shown(house, "1001") == [state]


async def test_nobody_knows_without_a_link(house: House) -> None:
    call = await house.simulator.calls.inbound("trunk-1", caller=CALLER, to="1001")
    await call.ring()
    await call.answer()
    await house.traveller.travel(MOMENT)
    await house.simulator.go_away()
    await house.traveller.travel(120)
    assert shown(house, "1001") == [STATE_UNAVAILABLE]


async def test_a_power_cut_of_the_pbx_leaves_nobody_in_a_call(house: House) -> None:
    call = await house.simulator.calls.inbound("trunk-1", caller=CALLER, to="1001")
    await call.ring()
    await call.answer()
    await house.traveller.travel(10)
    assert (shown(house, "1001"), house.extension("1001")) == (["Grandma"], "busy")
    await house.traveller.wait_for(house.simulator.reboot(seconds=2))
    await house.traveller.travel(2 * TURN)
    assert not house.runtime.calls.active
    assert (shown(house, "1001"), house.extension("1001")) == ([NOBODY], "idle")
