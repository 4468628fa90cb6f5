"""Status sensors of extensions and of the link."""

from datetime import datetime, timedelta

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.event import async_track_state_change_event
import pytest

from custom_components.ippbx.const import CONF_HEARTBEAT_INTERVAL
from pbx_simulator import Simulator
from tests.conftest import SERIAL, WEBHOOK_ID, StartSimulator, add_entry
from tests.house import move_in
from tests.live import SHOWN_STATUS, entity_id, load, serve, wait_for_state
from tests.time_travel import TimeTraveller

STATUSES = ("ringing", "busy", "unavailable", "idle")


def status_of(hass: HomeAssistant, number: str) -> str:
    return entity_id(hass, "sensor", f"{SERIAL}_ext_{number}_status")


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_extension_follows_its_reports(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    simulator = await start_simulator(dialect=dialect)
    await serve(hass)
    await load(hass, add_entry(hass, simulator))
    registered = entity_id(hass, "binary_sensor", f"{SERIAL}_ext_1001_registered")

    for word in STATUSES:
        await simulator.set_extension_status("1001", word)
        await simulator.settle()
        await wait_for_state(hass, status_of(hass, "1001"), SHOWN_STATUS.get(word, word))
        expected = STATE_OFF if word == "unavailable" else STATE_ON
        assert hass.states.get(registered).state == expected

    assert hass.states.get(status_of(hass, "1000")).state == "idle"


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_an_extension_that_was_deleted_in_a_call_and_added_again(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller, dialect: str
) -> None:
    """Nothing of the call is left: the next one shows from its first ring to its end."""
    house = await move_in(hass, await start_simulator(dialect=dialect), traveller)
    calls = house.simulator.calls

    talk = await calls.inbound("trunk-1", "0301234", to="1001")
    await talk.ring()
    await talk.answer()
    await traveller.travel(3)
    assert house.extension("1001") == "busy"
    await house.simulator.remove_extension("1001")
    await traveller.travel(5)
    await talk.hang_up()
    await traveller.travel(12)
    await house.simulator.add_extension("1001")
    await traveller.travel(40)
    assert house.extension("1001") == "idle"

    shown: list[str] = []
    status = status_of(hass, "1001")
    async_track_state_change_event(
        hass, status, lambda event: shown.append(event.data["new_state"].state)
    )
    for _ in range(2):
        ring = await calls.inbound("trunk-1", "0301234", to="1001")
        await ring.ring()
        await traveller.travel(5)
        await ring.hang_up()
        await traveller.travel(30)
    assert shown == ["ringing", "idle"] * 2


async def test_no_option_is_a_reserved_word(
    hass: HomeAssistant, simulator: Simulator, entity_registry_enabled_by_default: None
) -> None:
    """What Home Assistant says of a missing entity or value is no state of a line."""
    await load(hass, add_entry(hass, simulator))

    options = {
        shown.entity_id: {
            *shown.attributes.get("options", ()),
            *shown.attributes.get("event_types", ()),
        }
        for shown in hass.states.async_all()
    }

    assert any(options.values())
    assert not [each for each in options if options[each] & {STATE_UNAVAILABLE, STATE_UNKNOWN}]


@pytest.mark.parametrize("word", ["Unknown", "(Unmonitored)"])
async def test_a_trunk_that_the_pbx_does_not_know_is_unknown(
    hass: HomeAssistant, simulator: Simulator, word: str
) -> None:
    await simulator.set_trunk_status("trunk-1", word)
    await load(hass, add_entry(hass, simulator))

    trunk = entity_id(hass, "sensor", f"{SERIAL}_trunk_trunk-1_status")
    assert hass.states.get(trunk).state == STATE_UNKNOWN
    problem = entity_id(hass, "binary_sensor", f"{SERIAL}_trunk_trunk-1_problem")
    assert hass.states.get(problem).state == STATE_UNKNOWN


async def test_details_of_the_link(
    hass: HomeAssistant,
    simulator: Simulator,
    entity_registry_enabled_by_default: None,
) -> None:
    port = await serve(hass)
    runtime = await load(hass, add_entry(hass, simulator))

    def state(key: str) -> str:
        return hass.states.get(entity_id(hass, "sensor", f"{SERIAL}_{key}")).state

    assert state("last_heartbeat") == runtime.link.last_heartbeat.isoformat(timespec="seconds")
    assert state("token_valid_until") > state("last_heartbeat")
    assert state("last_report") == STATE_UNKNOWN
    address = hass.states.get(entity_id(hass, "sensor", f"{SERIAL}_report_address"))
    assert address.state == f"127.0.0.1:{port}/api/webhook/…"
    assert address.attributes["origin"] == "automatic"
    assert all(WEBHOOK_ID not in str(shown.as_dict()) for shown in hass.states.async_all())


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_the_end_of_the_token_moves_in_steps(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    """Every answer of the PBX prolongs it; a state for each would fill the recorder."""
    house = await move_in(hass, simulator, traveller)
    runtime = house.runtime
    shown = set[datetime]()
    for _ in range(20 * 4):
        await traveller.travel(15)
        state = hass.states.get(entity_id(hass, "sensor", f"{SERIAL}_token_valid_until")).state
        shown.add(datetime.fromisoformat(state))
        assert runtime.backend.session.valid_until - max(shown) < timedelta(minutes=5, seconds=15)
    assert len(shown) in (4, 5)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_the_last_report_is_shown_with_the_next_read(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    """Heartbeats may be ten minutes apart."""
    house = await move_in(hass, simulator, traveller, options={CONF_HEARTBEAT_INTERVAL: 600})
    await traveller.travel(30)
    await simulator.set_extension_status("1001", "busy")
    await traveller.travel(30)
    reported = house.runtime.receiver.last_report
    assert reported is not None
    assert house.state("sensor", "last_report") == reported.isoformat(timespec="seconds")
