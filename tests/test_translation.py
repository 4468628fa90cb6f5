"""What Home Assistant says in its own language where the code puts the words together."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
import pytest

from custom_components.ippbx.const import DOMAIN
from custom_components.ippbx.exceptions import name_in_yaml
from custom_components.ippbx.pbx.model.actions import Action, Field
from custom_components.ippbx.pbx.model.tracked import CallEventType
from custom_components.ippbx.translation import translation
from pbx_simulator import Simulator
from tests.calls.changes import change
from tests.repository.source import english

from .attached_triggers import attach
from .conftest import SERIAL, StartSimulator, add_entry
from .live import load, serve

# What no action of an automation asks for, or no PBX lacks, or is no text that people write.
NEVER_REFUSED = {
    *(Action.DIAL_EXTENSION, Action.DIAL_OUTSIDE, Action.DIAL_TWO_OUTSIDE),
    *(Action.LIST_PARKED, Action.LIST_PAGING_GROUPS, Action.EXTENSION_CALLS),
    *(Action.DOWNLOAD_RECORDS, Action.DOWNLOAD_RECORDING),
    *(Action.SET_DO_NOT_DISTURB, Action.STOP_FORWARDING),
    *(Action.FORWARD_TO_EXTENSION, Action.FORWARD_TO_NUMBER, Action.FORWARD_TO_VOICEMAIL),
    *(Field.AUTO_ANSWER, Field.STEP, Field.ENABLED, Field.RECORDING, Field.PAGING_GROUP),
}


@pytest.fixture
async def german(hass: HomeAssistant, start_simulator: StartSimulator) -> Simulator:
    """Return a PBX of a German Home Assistant."""
    await hass.config.async_update(language="de")
    simulator = await start_simulator()
    await serve(hass)
    await load(hass, add_entry(hass, simulator))
    return simulator


async def test_devices(hass: HomeAssistant, german: Simulator) -> None:
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    devices = {
        identifier: device
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        for _, identifier in device.identifiers
    }
    assert devices[f"{SERIAL}_ext_1000"].model == "Nebenstelle 1000"
    assert devices[f"{SERIAL}_trunk_trunk-1"].model == "SIP-Leitung"


async def test_another_language(hass: HomeAssistant, german: Simulator) -> None:
    """All texts follow a change without a reload."""
    await hass.config.async_update(language="fr")
    await hass.async_block_till_done()
    said = translation(hass, "selector.call_text.options.incoming_from", "raw", party="Anna")
    assert said == "a été appelé par Anna"


@pytest.mark.parametrize(
    ("action", "fields", "key", "placeholders"),
    [
        ("dial", {"from_queue": "6x", "number": "1001"}, "invalid_number", {"field": "from_queue"}),
        ("dial", {"from_ivr": "*6", "number": "1001"}, "digits_only", {"field": "from_ivr"}),
        (
            "dial",
            {"from_ivr": "6500", "number": "1001"},
            "action_unsupported",
            {"action": "from_ivr"},
        ),
        (
            "play_prompt",
            {"prompts": "alarm", "number": "007"},
            "action_unsupported",
            {"action": "number"},
        ),
    ],
)
async def test_refusals(
    hass: HomeAssistant,
    german: Simulator,
    action: str,
    fields: dict[str, str],
    key: str,
    placeholders: dict[str, str],
) -> None:
    """The message is in the language of the user, and nothing in it in that of Home Assistant."""
    with pytest.raises(ServiceValidationError) as refused:
        await hass.services.async_call(DOMAIN, action, fields, blocking=True, return_response=True)
    assert refused.value.translation_key == key
    assert refused.value.translation_placeholders == placeholders


def test_what_can_be_refused_has_a_name() -> None:
    services = english()["services"]
    names = services.keys() | {key for each in services.values() for key in each.get("fields", {})}
    shown = {name_in_yaml(name) for name in {*Action, *Field} - NEVER_REFUSED}
    assert not shown - names


async def test_a_text_that_is_not_there(hass: HomeAssistant) -> None:
    assert translation(hass, "selector.none.options.none", "as it is") == "as it is"


async def test_a_trigger_in_the_logbook(hass: HomeAssistant, german: Simulator) -> None:
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    attached = await attach(hass, "call_missed")
    entry.runtime_data.calls.triggers.publish([change(CallEventType.MISSED)])
    await hass.async_block_till_done()
    assert attached.values("description") == [f"Anruf verpasst ({entry.title})"]
