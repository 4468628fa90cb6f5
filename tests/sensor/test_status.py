"""Status sensors of extensions and of the link."""

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest

from pbx_simulator import Simulator
from tests.conftest import SERIAL, WEBHOOK_ID, StartSimulator, add_entry
from tests.live import entity_id, load, serve, wait_for_state

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

    for status in STATUSES:
        await simulator.set_extension_status("1001", status)
        await simulator.settle()
        await wait_for_state(hass, status_of(hass, "1001"), status)
        expected = STATE_OFF if status == "unavailable" else STATE_ON
        assert hass.states.get(registered).state == expected

    assert hass.states.get(status_of(hass, "1000")).state == "idle"


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
