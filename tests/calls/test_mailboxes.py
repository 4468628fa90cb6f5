"""The number of new messages of an extension, on the dialect that can be asked."""

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.ippbx.pbx.errors import PbxError, PbxRequestError, PbxTimeoutError
from pbx_simulator.directory import Message
from tests.conftest import SERIAL, StartSimulator
from tests.house import House, move_in
from tests.time_travel import TimeTraveller

QUERY = "voicemail/query"
KEY = "ext_1001_new_messages"


@pytest.fixture
async def house(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    entity_registry_enabled_by_default: None,
) -> House:
    simulator = await start_simulator(dialect="yeastar-v1")
    simulator.directory.extensions["1001"].messages += [
        Message(caller="1000"),
        Message(caller="1002", heard=True),
    ]
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(40)
    return house


async def test_new_messages_are_counted_once_an_hour(house: House) -> None:
    assert house.state("sensor", KEY) == "1"
    assert house.state("sensor", "ext_1000_new_messages") == "0"
    asked = house.asked(QUERY)
    house.simulator.directory.extensions["1001"].messages[0].heard = True
    await house.traveller.travel(1800)
    assert house.asked(QUERY) == asked
    await house.traveller.travel(1900)
    assert house.state("sensor", KEY) == "0"
    assert house.asked(QUERY) == 2 * asked


async def test_a_message_that_is_left_is_counted_within_half_a_minute(house: House) -> None:
    asked = house.asked(QUERY)
    call = await house.simulator.calls.place("1000", "1001")
    await call.ring()
    await house.traveller.travel(5)
    house.simulator.calls.divert_to_voicemail(call)
    await house.traveller.travel(10)
    await call.hang_up()
    await house.traveller.travel(60)
    assert house.state("sensor", KEY) == "2"
    assert house.asked(QUERY) == asked + 1


async def test_a_pbx_that_cannot_be_asked_is_asked_once(house: House) -> None:
    house.simulator.knobs.wrong_errno[QUERY] = "10003"
    await house.traveller.travel(3700)
    asked = house.asked(QUERY)
    assert house.state("sensor", KEY) == STATE_UNKNOWN
    await house.traveller.travel(7300)
    assert house.asked(QUERY) == asked
    assert not house.runtime.coordinator.failures.endpoints


async def test_nobody_asks_for_what_nobody_looks_at(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    house = await move_in(hass, await start_simulator(dialect="yeastar-v1"), traveller)
    await traveller.travel(60)
    assert house.asked(QUERY) == 0


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v2"])
async def test_others_have_no_such_sensor(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller, dialect: str
) -> None:
    await move_in(hass, await start_simulator(dialect=dialect), traveller)
    registry = er.async_get(hass)
    assert not registry.async_get_entity_id("sensor", "ippbx", f"{SERIAL}_{KEY}")


@pytest.fixture
def failing(house: House, monkeypatch: pytest.MonkeyPatch) -> dict[str, PbxError]:
    """Return what the PBX answers instead of the messages of an extension."""
    failing: dict[str, PbxError] = {}
    ask = house.runtime.backend.new_messages

    async def asked(number: str) -> int:
        if number in failing:
            raise failing[number]
        return await ask(number)

    monkeypatch.setattr(house.runtime.backend, "new_messages", asked)
    return failing


async def test_a_box_that_the_pbx_refuses_to_show_hides_no_other(
    house: House, failing: dict[str, PbxError]
) -> None:
    failing["1000"] = PbxRequestError(20016, "voicemail_status")
    house.simulator.directory.extensions["1001"].messages[0].heard = True
    await house.traveller.travel(3700)
    assert house.state("sensor", KEY) == "0"
    assert house.state("sensor", "ext_1000_new_messages") == STATE_UNKNOWN
    assert not house.runtime.coordinator.failures.endpoints

    failing.clear()
    await house.traveller.travel(3700)
    assert house.state("sensor", "ext_1000_new_messages") == "0"


async def test_what_was_read_before_a_failure_is_read_again(
    house: House, failing: dict[str, PbxError]
) -> None:
    failing["1004"] = PbxTimeoutError("no answer in time")
    house.simulator.directory.extensions["1001"].messages[0].heard = True
    await house.traveller.travel(3600)
    failing.clear()
    await house.traveller.travel(40)
    assert house.state("sensor", KEY) == "0"
