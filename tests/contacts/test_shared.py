"""One book for all PBXes, in a file of its own, with what the options of entries held before."""

from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.const import CONF_CONTACTS, CONF_READ_ONLY, DOMAIN
from custom_components.ippbx.contacts.merge import MAX_CONTACTS, row_of
from custom_components.ippbx.contacts.shared import SharedContacts, async_get_contacts
from custom_components.ippbx.storage import CONTACTS, shared_store
from pbx_simulator import Simulator
from tests.conftest import StartSimulator, add_entry
from tests.live import load, serve

FILE = f"{DOMAIN}.{CONTACTS}"
AUNT = row_of("030 555817", "Aunt Agatha", vip=True)
PLUMBER = row_of("+49 30 555042", "Plumber")


def name_of(runtime: Any, number: str) -> str:
    name: str = runtime.calls.names.name_of(number)
    return name


async def test_contacts_of_the_options_move_into_the_file(
    hass: HomeAssistant, simulator: Simulator, hass_storage: dict[str, Any]
) -> None:
    await serve(hass)
    options = {CONF_CONTACTS: [AUNT, PLUMBER], CONF_READ_ONLY: True}
    entry = add_entry(hass, simulator, options=options)
    runtime = await load(hass, entry)
    assert CONF_CONTACTS not in entry.options
    assert entry.options[CONF_READ_ONLY] is True
    assert hass_storage[FILE]["data"]["contacts"] == [AUNT, PLUMBER]
    assert name_of(runtime, "030555817") == "Aunt Agatha"


async def test_options_keep_contacts_that_no_file_has(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """As with a file that cannot be written: the next start tries it again."""
    await serve(hass)
    entry = add_entry(hass, simulator, options={CONF_CONTACTS: [AUNT]})
    with patch("custom_components.ippbx.contacts.shared.async_save_stored"):
        runtime = await load(hass, entry)
    assert entry.options[CONF_CONTACTS] == [AUNT]
    assert name_of(runtime, "030555817") == "Aunt Agatha"
    assert "are kept in its options" in caplog.text
    await hass.config_entries.async_reload(entry.entry_id)
    assert CONF_CONTACTS not in entry.options
    assert (await async_get_contacts(hass)).rows == [AUNT]  # and not twice


async def test_all_pbxs_share_them_and_nothing_is_lost(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    hass.config.country = "DE"
    await serve(hass)
    runtimes = []
    other = {**row_of("+4930555817", "Agatha"), "vip": False}
    for index, rows in enumerate(([AUNT | {"vip": False}], [other, AUNT, PLUMBER])):
        simulator = await start_simulator(serial=f"HOUSE{index:08}")
        entry = add_entry(
            hass, simulator, options={CONF_CONTACTS: rows}, webhook_id=f"{index}" * 32
        )
        runtimes.append(await load(hass, entry))
    assert (await async_get_contacts(hass)).rows == [AUNT, other, PLUMBER]
    for runtime in runtimes:
        assert name_of(runtime, "+4930555817") == "Aunt Agatha"
        assert name_of(runtime, "+4930555042") == "Plumber"


async def test_a_change_is_seen_at_once_and_kept(
    hass: HomeAssistant, simulator: Simulator, hass_storage: dict[str, Any]
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator)
    runtime = await load(hass, entry)
    assert FILE not in hass_storage  # nothing is written for who has none
    contacts = await async_get_contacts(hass)
    await contacts.async_set([PLUMBER])
    assert name_of(runtime, "+4930555042") == "Plumber"
    again = SharedContacts(hass)
    await again.async_load()
    assert again.rows == [PLUMBER]
    await hass.config_entries.async_unload(entry.entry_id)
    await contacts.async_set([])  # nobody listens any more


async def test_own_contacts_precede_those_of_a_pbx(
    hass: HomeAssistant, simulator: Simulator, hass_storage: dict[str, Any]
) -> None:
    await serve(hass)
    runtime = await load(hass, add_entry(hass, simulator))
    contacts = await async_get_contacts(hass)
    await contacts.async_set_company("one", [row_of("030555817", "Agatha Ltd."), PLUMBER])
    await contacts.async_set([AUNT])
    assert name_of(runtime, "030555817") == "Aunt Agatha"
    assert name_of(runtime, "+4930555042") == "Plumber"
    before = hass_storage[FILE]["data"]
    with patch("custom_components.ippbx.contacts.shared.async_save_stored") as saved:
        await contacts.async_set_company("one", list(contacts.company["one"]))
    assert not saved.called  # the same again is not written
    await contacts.async_set_company("one", [])
    assert before["company"]["one"]
    assert hass_storage[FILE]["data"]["company"] == {}
    assert name_of(runtime, "+4930555042") == ""


async def test_a_person_shows_as_caller(hass: HomeAssistant, simulator: Simulator) -> None:
    """By the name that the person has now; while there is none, by the contact's."""
    await serve(hass)
    runtime = await load(hass, add_entry(hass, simulator))
    contacts = await async_get_contacts(hass)
    await contacts.async_set([row_of("1001", "Anna", person="person.anna")])
    assert name_of(runtime, "1001") == "Anna"
    hass.states.async_set("person.anna", "home", {"friendly_name": "Anna Sample"})
    assert name_of(runtime, "1001") == "Anna Sample"


@pytest.mark.parametrize(
    "stored",
    [
        {"contacts": 5, "company": 5},
        {"contacts": [5, {}, {"number": 7, "name": "x"}, {"number": "7"}], "company": {"one": 5}},
    ],
)
async def test_a_spoilt_file(
    hass: HomeAssistant, hass_storage: dict[str, Any], stored: dict[str, Any]
) -> None:
    hass_storage[FILE] = {"version": 1, "minor_version": 1, "key": FILE, "data": stored}
    contacts = SharedContacts(hass)
    await contacts.async_load()
    assert contacts.all_rows == []


async def test_nothing_is_left_of_the_last_pbx(
    hass: HomeAssistant, start_simulator: StartSimulator, hass_storage: dict[str, Any]
) -> None:
    await serve(hass)
    entries = []
    for index in range(2):
        simulator = await start_simulator(serial=f"HOUSE{index:08}")
        entries.append(add_entry(hass, simulator, webhook_id=f"{index}" * 32))
        await load(hass, entries[-1])
    contacts = await async_get_contacts(hass)
    await contacts.async_set([AUNT])
    await contacts.async_set_company(entries[0].entry_id, [PLUMBER])
    await hass.config_entries.async_remove(entries[0].entry_id)
    assert contacts.all_rows == [AUNT]
    await hass.config_entries.async_remove(entries[1].entry_id)
    assert contacts.all_rows == []
    assert FILE not in hass_storage


async def test_the_most_contacts_are_kept(hass: HomeAssistant) -> None:
    contacts = SharedContacts(hass)
    with patch("custom_components.ippbx.contacts.shared.async_save_stored"):
        await contacts.async_set([row_of(f"030{n:07}", f"{n}") for n in range(MAX_CONTACTS)])
    assert len(contacts.all_rows) == MAX_CONTACTS
    assert shared_store(hass, CONTACTS).key == FILE
