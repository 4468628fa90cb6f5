"""The file of a PBX holds what identifies it, and nothing that may be out of date."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.pbx.model.lines import (
    Extension,
    ExtensionStatus,
    SystemInfo,
    Trunk,
    TrunkStatus,
)
from custom_components.ippbx.state.file import StateFile
from custom_components.ippbx.state.store import StateStore, extension_key, trunk_key

ENTRY = "0123456789abcdef"
KEY = f"ippbx.pbx.{ENTRY}"
INFO = SystemInfo(serial="SN-1", name="UC120", hardware="V1", firmware="1.2.3", uptime="3 days")
ANNA = Extension(number="1000", name="Anna", kind="SIP", status=ExtensionStatus.BUSY)
LINE = Trunk(key="7", name="Line 7", kind="FXO", status=TrunkStatus.FAILURE)


def store_of_the_pbx() -> StateStore:
    return StateStore(lambda: 0.0, frozenset())


async def write(hass: HomeAssistant) -> StateFile:
    store = store_of_the_pbx()
    store.set_info(INFO)
    store.merge_extensions((ANNA,), asked_at=0.0)
    store.merge_trunks((LINE,))
    file = StateFile(hass, ENTRY, store)
    file.update()
    await file.async_close()
    return file


async def test_what_is_kept_and_restored(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    await write(hass)
    assert hass_storage[KEY]["data"] == {
        "pbx": ["SN-1", "UC120", "V1", "1.2.3"],
        "extensions": [["1000", "Anna", "SIP"]],
        "trunks": [["7", "Line 7", "FXO"]],
    }

    store = store_of_the_pbx()
    file = StateFile(hass, ENTRY, store)
    assert await file.async_restore("SN-1") == SystemInfo(
        serial="SN-1", name="UC120", hardware="V1", firmware="1.2.3"
    )
    assert store.extensions == {"1000": Extension(number="1000", name="Anna", kind="SIP")}
    assert store.trunks == {"7": Trunk(key="7", name="Line 7", kind="FXO")}
    assert not store.is_current(extension_key("1000"))
    assert not store.is_current(trunk_key("7"))
    assert not store.is_known  # whose lists they are is for the set-up to say


@pytest.mark.parametrize("serial", ["SN-2", None])
async def test_another_pbx_is_not_restored(hass: HomeAssistant, serial: str | None) -> None:
    await write(hass)
    store = store_of_the_pbx()
    assert await StateFile(hass, ENTRY, store).async_restore(serial) is None
    assert not store.extensions


async def test_the_same_again_is_not_written(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    await write(hass)
    store = store_of_the_pbx()
    file = StateFile(hass, ENTRY, store)
    info = await file.async_restore("SN-1")
    assert info is not None
    store.set_info(info)
    del hass_storage[KEY]
    file.update()
    await file.async_close()
    assert KEY not in hass_storage
