"""Calls that nobody sees, and what a house knows of them afterwards."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from homeassistant.core import Event, HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ippbx.calls.attributes import EVENT_CALL
from custom_components.ippbx.calls.history.entries import LogEntry, LogGap
from custom_components.ippbx.calls.history.log import LogQuery
from tests.calls.changes import written
from tests.conftest import SERIAL
from tests.house import House
from tests.live import entity_id

CALLERS = ("030555811", "030555812", "030555813")
SECOND = timedelta(seconds=1)
TURN = 40.0  # seconds in which the records are read at least once, and their calls are decided


def now() -> datetime:
    """Return the time of the test (UTC)."""
    return datetime.now(UTC)


async def missed(house: House, caller: str, *, rings: float = 20) -> datetime:
    """Make a call from outside that is not answered; return its start."""
    began = now()
    call = await house.simulator.calls.inbound("trunk-1", caller=caller, did="4930120", to="1001")
    await call.ring()
    await house.traveller.travel(rings)
    await call.hang_up()
    return began


async def stop(house: House) -> None:
    """Stop what Home Assistant does with the PBX."""
    await house.unload()


async def start(house: House) -> None:
    """Start it again and let it look back."""
    await house.traveller.wait_for(
        house.hass.config_entries.async_setup(house.entry.entry_id), seconds=10
    )
    await house.traveller.travel(TURN)


def calls(house: House) -> list[LogEntry]:
    """Return the calls of the log, oldest first."""
    items = [*house.runtime.history.log.select(LogQuery())][::-1]
    return [item for item in items if isinstance(item, LogEntry)]


def gaps(house: House) -> list[LogGap]:
    """Return the gaps of the log, oldest first."""
    items = [*house.runtime.history.log.select(LogQuery())][::-1]
    return [item for item in items if isinstance(item, LogGap)]


@dataclass
class PublishedEvents:
    """Events of calls since: on the bus, which no restart repeats by itself, and as states."""

    hass: HomeAssistant
    events: list[Event]
    states: list[State]

    def count(self, event_type: str = "missed", extension: str = "") -> Counter[str]:
        """Return the number of events of a type by call, of the PBX or of an extension."""
        device = _event_entity(self.hass, extension).device_id
        return Counter(
            event.data["call_id"]
            for event in self.events
            if (event.data["type"], event.data["device_id"]) == (event_type, device)
        )


def listen(house: House) -> PublishedEvents:
    """Record the events of calls from now on."""
    events = async_capture_events(house.hass, EVENT_CALL)
    return PublishedEvents(
        house.hass, events, written(house.hass, _event_entity(house.hass).entity_id)
    )


def _event_entity(hass: HomeAssistant, extension: str = "") -> er.RegistryEntry:
    key = f"ext_{extension}_call" if extension else "call"
    known = er.async_get(hass).async_get(entity_id(hass, "event", f"{SERIAL}_{key}"))
    assert known is not None
    return known


def once(house: House) -> Counter[str]:
    """Return one event for each call of the log."""
    return Counter({item.call_id: 1 for item in calls(house)})
