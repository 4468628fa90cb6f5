"""Status sensors of extensions and of the link."""

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest

from pbx_simulator import Simulator
from tests.conftest import SERIAL, WEBHOOK_ID, StartSimulator, add_entry
from tests.live import SHOWN_STATUS, entity_id, load, serve, wait_for_state

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
