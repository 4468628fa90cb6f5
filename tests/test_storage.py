"""The kept files: synced to the disk, and read though they are spoilt or of a newer version."""

from collections.abc import Iterator
import json
import os
from pathlib import Path
from unittest.mock import patch

import atomicwrites
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers.storage import STORAGE_MANAGER, Store
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ippbx.const import CONF_DIALECT, DOMAIN
from custom_components.ippbx.storage import LOGINS, async_save_stored, shared_store, store_of

from .conftest import StartSimulator, add_entry
from .live import serve
from .repository.source import INTEGRATION, imports, python_files

OF_AN_ENTRY = ("missed_calls", "call_log", "latest_calls", "backfill", "pbx")
SHARED = ("logins", "contacts")
STORE = "homeassistant.helpers.storage"
# What the test plugin keeps from the disk.
ON_DISK = {
    name: getattr(Store, name) for name in ("_async_load", "_async_write_data", "async_remove")
}

SPOILT = {
    "empty": b"",
    "cut off": b'{"version": 1, "minor_version": 1, "data": {"it',
    "binary": bytes(range(256)),
    "a list": b"[1, 2]",
    "a number": b"7",
    "no version": b'{"data": {}}',
    "no data": b'{"version": 1, "minor_version": 1}',
    "data of another kind": b'{"version": 1, "minor_version": 1, "data": [7]}',
    "a version of another kind": b'{"version": "x", "minor_version": null, "data": {}}',
    "newer": b'{"version": 2, "minor_version": 1, "data": {"anything": 1}}',
}
SET_ASIDE_BY_HOME_ASSISTANT = ("empty", "cut off", "binary")


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path) -> Iterator[Path]:
    """Return the folder of stored files, a real one."""
    hass.config.config_dir = str(tmp_path)
    hass.data.pop(STORAGE_MANAGER, None)  # it knows the files of another folder
    folder = tmp_path / ".storage"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patches:
        for name, method in ON_DISK.items():
            patches.setattr(Store, name, method)
        yield folder


@pytest.fixture
async def entry(hass: HomeAssistant, start_simulator: StartSimulator) -> MockConfigEntry:
    """Return an entry, not set up, for a PBX that gives its records: all files are kept."""
    await serve(hass)
    return add_entry(
        hass, await start_simulator(dialect="yeastar-v2"), **{CONF_DIALECT: "yeastar-v2"}
    )


def keys_of(entry: MockConfigEntry) -> list[str]:
    return [f"{DOMAIN}.{name}.{entry.entry_id}" for name in OF_AN_ENTRY] + [
        f"{DOMAIN}.{name}" for name in SHARED
    ]


def own_warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelname in ("WARNING", "ERROR")
        and record.name.startswith("custom_components.ippbx")
    ]


async def start(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Load an entry as after a restart: of what was known, only what was stored is left."""
    hass.data.pop(f"{DOMAIN}_login_guards", None)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED


@pytest.mark.parametrize("content", SPOILT.values(), ids=SPOILT)
async def test_spoilt_files_are_set_aside_and_said_once(
    hass: HomeAssistant,
    folder: Path,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    content: bytes,
) -> None:
    for key in keys_of(entry):
        (folder / key).write_bytes(content)

    await start(hass, entry)

    for key in keys_of(entry):
        aside = [path.read_bytes() for path in folder.glob(f"{key}.*")]
        assert aside.count(content) == 1, key
    by_home_assistant = content in [SPOILT[kind] for kind in SET_ASIDE_BY_HOME_ASSISTANT]
    said = own_warnings(caplog)
    assert len(said) == (0 if by_home_assistant else len(keys_of(entry)))
    assert by_home_assistant or all(
        any(f"{key} " in line for line in said) for key in keys_of(entry)
    )
    assert str(folder) not in "".join(said)

    await hass.config_entries.async_unload(entry.entry_id)
    await start(hass, entry)
    assert own_warnings(caplog) == said
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_file_that_cannot_be_set_aside_does_no_harm(
    hass: HomeAssistant, folder: Path, entry: MockConfigEntry
) -> None:
    for key in keys_of(entry):
        (folder / key).write_bytes(SPOILT["newer"])
    with patch("os.replace", side_effect=PermissionError):
        await start(hass, entry)
        await hass.config_entries.async_unload(entry.entry_id)


async def test_a_removed_entry_leaves_no_file(
    hass: HomeAssistant, folder: Path, entry: MockConfigEntry
) -> None:
    """What was set aside holds the numbers of callers, too."""
    for kind in ("cut off", "newer"):
        for key in keys_of(entry):
            (folder / key).write_bytes(SPOILT[kind])
        await start(hass, entry)
        await hass.config_entries.async_unload(entry.entry_id)
    assert list(folder.glob(f"*.{entry.entry_id}.*"))

    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()

    assert not list(folder.glob(f"*{entry.entry_id}*"))


async def test_the_last_entry_leaves_no_file_of_logins(
    hass: HomeAssistant, folder: Path, entry: MockConfigEntry
) -> None:
    await start(hass, entry)
    logins = shared_store(hass, LOGINS)
    await logins.async_save({"pbxs": {}})
    assert Path(logins.path).exists()
    await hass.config_entries.async_remove(entry.entry_id)
    hass.set_state(CoreState.final_write)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    assert not Path(logins.path).exists()


async def test_every_kept_file_is_synced(hass: HomeAssistant, folder: Path) -> None:
    """A power cut must find either the old content or the new one."""
    stores = [store_of(hass, "entry", name) for name in OF_AN_ENTRY]
    stores += [shared_store(hass, name) for name in SHARED]
    synced: list[str] = []

    def sync(descriptor: int) -> None:
        what = Path(f"/proc/self/fd/{descriptor}").readlink()
        synced.append(json.loads(what.read_text())["key"] if what.is_file() else str(what))
        os.fsync(descriptor)

    with patch.object(atomicwrites, "_proper_fsync", sync):
        for store in stores:
            await async_save_stored(store, {"items": []})

    assert synced == [each for store in stores for each in (store.key, str(folder))]


def test_only_one_module_makes_stores() -> None:
    """So that every file is synced and read by the reader that forgives."""
    makers = {
        path.relative_to(INTEGRATION).as_posix()
        for path in python_files(INTEGRATION)
        for name, *_ in imports(path)
        if name.startswith(STORE)
    }
    assert makers == {"storage.py"}
