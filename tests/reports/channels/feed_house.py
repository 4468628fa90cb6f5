"""A house that reads the event stream of its PBX."""

from collections.abc import Callable
from typing import Any

from homeassistant.core import HomeAssistant

from custom_components.ippbx.const import CONF_EVENT_PORT, CONF_LISTENER_PORT
from pbx_simulator import Simulator
from tests.house import House, move_in
from tests.live import free_port
from tests.time_travel import TimeTraveller


async def house_with_feed(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    *,
    options: dict[str, Any] | None = None,
    **changes: Any,
) -> House:
    """Return a house whose event stream is where the simulated PBX has it."""
    port = simulator.event_port or free_port()
    options = {CONF_EVENT_PORT: port, CONF_LISTENER_PORT: free_port(), **(options or {})}
    return await move_in(hass, simulator, traveller, options=options, **changes)


def subscribers(simulator: Simulator, count: int) -> Callable[[], bool]:
    """Return a function: True if so many applications read the events of a PBX."""
    return lambda: simulator.events.count == count


async def reported(house: House, number: str, status: str) -> bool:
    """Change the status of an extension; return True if a report shows it within 0.1 s."""
    await house.simulator.set_extension_status(number, status)
    await house.simulator.settle()
    await house.traveller.travel(0.1, until=lambda: house.extension(number) == status)
    return house.extension(number) == status


def stream_state(house: House) -> Any:
    """Return the state of the event stream."""
    return house.runtime.channel.feed_facts["state"]
