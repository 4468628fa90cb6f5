"""A user's diagnostics, played by the simulator, teach us what their PBX says."""

import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ippbx.runtime import PbxRuntime
from custom_components.ippbx.state.store import extension_key
from pbx_simulator.replay import Recording

from .conftest import StartSimulator, add_entry
from .live import entity_id, load, serve, wait_for, wait_for_state


async def recorded(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, entry: Any, folder: Path
) -> Path:
    """Return the file that a user would download."""
    assert await async_setup_component(hass, "diagnostics", {})
    found = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    path = folder / "diagnostics.json"
    path.write_text(json.dumps({"home_assistant": {}, "data": found}))
    return path


def listed(runtime: PbxRuntime) -> dict[str, str]:
    """Return the status of each extension but those that a replaced list lacks, kept for a time."""
    store = runtime.store
    return {
        number: str(extension.status)
        for number, extension in store.extensions.items()
        if extension_key(number) not in store.missing
    }


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_diagnostics_can_be_played(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    hass_client: ClientSessionGenerator,
    tmp_path: Path,
    dialect: str,
) -> None:
    await serve(hass)
    real = await start_simulator(dialect=dialect)
    entry = add_entry(hass, real)
    runtime = await load(hass, entry)
    sent = ("ringing", "busy", "idle", "unavailable")
    for status in sent:
        await real.set_extension_status("1001", status)
        await real.settle()
    await wait_for_state(
        hass, entity_id(hass, "sensor", f"{entry.unique_id}_ext_1001_status"), "not_registered"
    )
    await runtime.coordinator.async_refresh()

    recording = Recording.load(await recorded(hass, hass_client, entry, tmp_path))
    assert recording.dialect == dialect

    played = await start_simulator(dialect=dialect, serial=recording.serial)
    second = add_entry(hass, played, unique_id=recording.serial, webhook_id="b" * 32)
    replayed = await load(hass, second)
    assert await recording.play(played, speed=1000) == len(sent)
    await played.settle()
    await replayed.coordinator.async_refresh()
    await wait_for(hass, lambda: len(listed(replayed)) == len(listed(runtime)))

    # Numbers and names are others, but what they did is the same.
    assert sorted(listed(replayed).values()) == sorted(listed(runtime).values())
    assert not listed(replayed).keys() & listed(runtime).keys()
    assert replayed.receiver.accepted["ExtensionStatusReport"] == len(sent)
