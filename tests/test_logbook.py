"""The logbook says in plain words what happens to calls, and shows no number."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ippbx.calls.attributes import EVENT_CALL
from custom_components.ippbx.const import DOMAIN
from custom_components.ippbx.logbook import async_describe_events
from custom_components.ippbx.pbx.model.tracked import CallEventType

type Describe = Callable[[str, str], dict[str, str]]


@pytest.fixture
def devices(hass: HomeAssistant) -> dict[str, str]:
    """Return the ids of a PBX and of an extension of it that the user has renamed."""
    entry = MockConfigEntry(domain=DOMAIN)
    entry.add_to_hass(hass)
    registry = dr.async_get(hass)
    made = {
        name: registry.async_get_or_create(
            config_entry_id=entry.entry_id, identifiers={(DOMAIN, name)}, name=name
        ).id
        for name in ("Office PBX", "User 2001")
    }
    registry.async_update_device(
        made["User 2001"], via_device_id=made["Office PBX"], name_by_user="Workshop"
    )
    return made


@pytest.fixture
def describe(hass: HomeAssistant) -> Describe:
    """Return what describes an event of a type on a device."""
    known: list[tuple[str, str, Callable[[Event], dict[str, str]]]] = []
    async_describe_events(hass, lambda *described: known.append(described))
    ((domain, event_type, say),) = known
    assert (domain, event_type) == (DOMAIN, EVENT_CALL)

    def described(kind: str, device: str) -> dict[str, str]:
        data: dict[str, Any] = {"device_id": device, "type": kind, "call_id": "1793700000.12"}
        return say(Event(EVENT_CALL, data))

    return described


def test_lines_name_the_pbx_or_the_extension(describe: Describe, devices: dict[str, str]) -> None:
    assert describe("missed", devices["User 2001"]) == {
        LOGBOOK_ENTRY_NAME: "Workshop",
        LOGBOOK_ENTRY_MESSAGE: "missed a call",
        LOGBOOK_ENTRY_ICON: "mdi:phone-missed",
    }
    assert describe("missed", devices["Office PBX"]) == {
        LOGBOOK_ENTRY_NAME: "Office PBX",
        LOGBOOK_ENTRY_MESSAGE: "has a call that nobody answered",
        LOGBOOK_ENTRY_ICON: "mdi:phone-missed",
    }


@pytest.mark.parametrize("kind", list(CallEventType))
def test_every_event_has_words(describe: Describe, devices: dict[str, str], kind: str) -> None:
    for device in devices.values():
        line = describe(kind, device)
        assert " " in line[LOGBOOK_ENTRY_MESSAGE] or line[LOGBOOK_ENTRY_MESSAGE] == "rings"
        assert "1793700000" not in "".join(line.values())


def test_no_message_names_who_hung_up(describe: Describe, devices: dict[str, str]) -> None:
    """A phone that rang until the caller gave up has ended nothing."""
    for device in devices.values():
        assert describe("ended", device)[LOGBOOK_ENTRY_MESSAGE] == "has a call that ended"


def test_a_device_that_is_gone(describe: Describe) -> None:
    assert describe("ringing", "nobody") == {
        LOGBOOK_ENTRY_NAME: "What has been removed since",
        LOGBOOK_ENTRY_MESSAGE: "rings",
        LOGBOOK_ENTRY_ICON: "mdi:phone-ring",
    }
