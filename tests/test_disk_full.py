"""The disk is full while something is kept.

Nothing else suffers, and what was not written is written later.
"""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util.file import WriteError
import pytest

from pbx_simulator import Simulator
from tests.calls.history.helpers import calls, missed

from .house import House, log_levels, move_in
from .time_travel import TimeTraveller

CALLER = "030555820"
NO_SPACE = OSError(28, "No space left on device")


@pytest.fixture
async def house(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    traveller: TimeTraveller,
) -> House:
    return await move_in(hass, simulator, traveller)


def fill(error: Exception) -> Any:
    """Make every write of ours fail from now on; return what undoes that."""
    store: Any = Store._async_write_data
    write = store.side_effect

    async def full(store: Store[Any], data: dict[str, Any]) -> None:
        if not store.key.startswith("ippbx."):
            await write(store, data)
            return
        if "data_func" in data:
            data["data"] = data.pop("data_func")()
        raise error

    store.side_effect = full
    return write


async def test_the_log_that_could_not_be_written_is_written_at_the_end(house: House) -> None:
    write = fill(WriteError(NO_SPACE))
    await missed(house, CALLER)
    await house.traveller.travel(30)
    Store._async_write_data.side_effect = write  # type: ignore[attr-defined]
    await house.traveller.wait_for(house.hass.config_entries.async_reload(house.entry.entry_id))
    assert [call.caller for call in calls(house)] == [CALLER]


async def test_the_list_that_could_not_be_written_is_written_at_the_end(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    traveller: TimeTraveller,
) -> None:
    """The PBX that is away at the next start is known then."""
    write = fill(WriteError(NO_SPACE))
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(30)
    Store._async_write_data.side_effect = write  # type: ignore[attr-defined]
    await house.unload()
    await simulator.go_away()
    assert await traveller.wait_for(hass.config_entries.async_setup(house.entry.entry_id))


@pytest.mark.parametrize("error", [WriteError(NO_SPACE), NO_SPACE])
async def test_an_entry_is_unloaded_wholly_though_nothing_can_be_written(
    house: House, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    await missed(house, CALLER)
    await house.traveller.travel(30)
    caplog.clear()
    fill(error)
    await house.unload()
    assert house.entry.state is ConfigEntryState.NOT_LOADED
    assert house.simulator.requests[-1].endpoint == "logout"
    assert not house.simulator.token_alive
    # Home Assistant logs the failure of a file by itself.
    assert len(log_levels(caplog)) == (6 if error is NO_SPACE else 0)
    requests = len(house.simulator.requests)
    await house.traveller.travel(120)
    assert len(house.simulator.requests) == requests
