"""A loaded entry with its PBX and the clock, and what tests read of them."""

from dataclasses import dataclass
import logging
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ippbx.runtime import PbxRuntime
from pbx_simulator import Simulator

from .conftest import SERIAL, add_entry
from .live import entity_id, load, serve
from .time_travel import TimeTraveller

LOGGER_NAME = "custom_components.ippbx"


@dataclass(kw_only=True)
class House:
    """A loaded entry, its PBX and the clock."""

    hass: HomeAssistant
    entry: MockConfigEntry
    simulator: Simulator
    traveller: TimeTraveller

    @property
    def runtime(self) -> PbxRuntime:
        """The runtime of the entry as it is loaded now."""
        runtime: PbxRuntime = self.entry.runtime_data
        return runtime

    def state(self, platform: str, key: str) -> str:
        """Return the state of an entity by the end of its unique id."""
        state = self.hass.states.get(entity_id(self.hass, platform, f"{SERIAL}_{key}"))
        return "" if state is None else state.state

    def extension(self, number: str) -> str:
        """Return the shown status of an extension."""
        return self.state("sensor", f"ext_{number}_status")

    def trunk(self, name: str) -> str:
        """Return the shown status of a trunk."""
        return self.state("sensor", f"trunk_{name}_status")

    def asked(self, endpoint: str, since: int = 0) -> int:
        """Return the number of requests for an endpoint, without the first `since` requests."""
        return sum(r.endpoint == endpoint for r in list(self.simulator.requests)[since:])

    async def unload(self) -> None:
        """Unload the entry; time passes if the PBX is slow."""
        await self.traveller.wait_for(self.hass.config_entries.async_unload(self.entry.entry_id))


async def move_in(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller, **changes: Any
) -> House:
    """Return a house with a loaded entry.

    Args:
        changes: as for add_entry.
    """
    await serve(hass)
    entry = add_entry(hass, simulator, **changes)
    await load(hass, entry)
    return House(hass=hass, entry=entry, simulator=simulator, traveller=traveller)


def log_levels(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the levels of what the integration logged, debug left out."""
    return [
        record.levelname
        for record in caplog.records
        if record.name.startswith(LOGGER_NAME) and record.levelno > logging.DEBUG
    ]
