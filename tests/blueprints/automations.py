"""Automations made from our blueprints by Home Assistant's own integrations."""

from dataclasses import dataclass
from pathlib import Path
import shutil
from typing import Any

from homeassistant.core import Event, HomeAssistant, ServiceCall, SupportsResponse, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_mock_service

from pbx_simulator.calls.model import Call
from tests.conftest import SERIAL
from tests.house import House
from tests.live import entity_id

FOLDER = Path(__file__).parents[2] / "blueprints" / "automation" / "ippbx"
DIALECTS = ("openvox", "yeastar-v1", "yeastar-v2")
CALLER = "+4930555817"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


@dataclass
class Automation:
    """An automation that was made from a blueprint.

    Attributes:
        runs: names what each run was triggered by.
    """

    hass: HomeAssistant
    entity_id: str
    runs: list[str]

    async def switch(self, to: str) -> None:
        """Switch it on, or off, which ends what it does."""
        await self.hass.services.async_call(
            "automation", f"turn_{to}", {"entity_id": self.entity_id}, blocking=True
        )


async def automate(hass: HomeAssistant, folder: Path, blueprint: str, **inputs: Any) -> Automation:
    """Make an automation from a blueprint.

    Args:
        folder: an empty one, for Home Assistant's configuration.
    """
    (automation,) = await automate_all(hass, folder, {blueprint: inputs})
    return automation


async def automate_all(
    hass: HomeAssistant, folder: Path, inputs: dict[str, dict[str, Any]]
) -> list[Automation]:
    """Make an automation from each of some blueprints.

    Args:
        inputs: those of each blueprint, by its name.
    """
    hass.config.config_dir = str(folder)
    shutil.copytree(FOLDER, hass.config.path("blueprints", "automation", "ippbx"))
    made = {f"automation.{name}": Automation(hass, f"automation.{name}", []) for name in inputs}

    @callback
    def triggered(event: Event[Any]) -> None:
        made[event.data["entity_id"]].runs.append(event.data["source"])

    hass.bus.async_listen("automation_triggered", triggered)
    configs = [
        {"alias": name, "use_blueprint": {"path": f"ippbx/{name}.yaml", "input": given}}
        for name, given in inputs.items()
    ]
    assert await async_setup_component(hass, "automation", {"automation": configs})
    await hass.async_block_till_done()
    refused = [entity_id for entity_id in made if not hass.states.is_state(entity_id, "on")]
    assert not refused, "Home Assistant does not accept them"
    return list(made.values())


def record(hass: HomeAssistant, *actions: str) -> dict[str, list[ServiceCall]]:
    """Put what only notes its calls, and answers that it did nothing, in the place of actions."""
    return {
        action: async_mock_service(
            hass,
            *action.split("."),
            response={"results": []},
            supports_response=SupportsResponse.OPTIONAL,
        )
        for action in actions
    }


def device(house: House, item: str = "") -> str:
    """Return the id of the device of the PBX, or of an extension or a trunk ("ext_1001")."""
    identifier = ("ippbx", f"{SERIAL}_{item}" if item else SERIAL)
    devices = dr.async_entries_for_config_entry(dr.async_get(house.hass), house.entry.entry_id)
    (found,) = (each.id for each in devices if identifier in each.identifiers)
    return found


def status(house: House, number: str) -> str:
    """Return the entity id of the status of an extension."""
    return entity_id(house.hass, "sensor", f"{SERIAL}_ext_{number}_status")


async def ring(house: House, number: str = "1001", caller: str = CALLER) -> Call:
    """Call an extension from outside; return the ringing call."""
    call = await house.simulator.calls.inbound(None, caller, to=number)
    await call.ring()
    await house.traveller.travel(1)
    return call
