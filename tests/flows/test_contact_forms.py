"""The contacts that all PBXes share, in the options of any of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components import ippbx
from custom_components.ippbx.const import CONF_FOLLOW_CONTACTS, CONF_READ_ONLY
from custom_components.ippbx.contacts.merge import MAX_CONTACTS, row_of
from custom_components.ippbx.contacts.shared import async_get_contacts
from pbx_simulator import Simulator
from pbx_simulator.directory import CompanyContact
from tests.conftest import StartSimulator, add_entry as add_real_entry
from tests.live import load, serve

from .helpers import suggested
from .test_options import add_entry, submit

AUNT = row_of("+49 30 555-817", "Aunt Agatha", vip=True)
PLUMBER = row_of("030/555818", "Plumber")
CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:{}\nTEL:{}\nEND:VCARD\n"

type Upload = Callable[[str], Any]


async def open_menu(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigFlowResult:
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    return await choose(hass, menu, "contacts")


async def choose(hass: HomeAssistant, menu: ConfigFlowResult, step: str) -> ConfigFlowResult:
    return await hass.config_entries.options.async_configure(
        menu["flow_id"], {"next_step_id": step}
    )


def labels(form: ConfigFlowResult) -> list[str]:
    """Return the contacts to select from."""
    (selector,) = form["data_schema"].schema.values()
    options: list[str] = selector.config["options"]
    return options


async def rows(hass: HomeAssistant) -> list[dict[str, Any]]:
    return (await async_get_contacts(hass)).rows


async def keep(hass: HomeAssistant, *kept: dict[str, Any]) -> None:
    await (await async_get_contacts(hass)).async_set(list(kept))


@pytest.fixture
def upload(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Return what uploads a file, and returns its id."""
    path = tmp_path / "contacts.vcf"

    @contextmanager
    def processed(_hass: HomeAssistant, file_id: str) -> Iterator[Path]:
        if file_id != "7f" * 16:
            raise ValueError("File does not exist")
        yield path

    def upload(text: str) -> str:
        path.write_text(text)
        return "7f" * 16

    with patch("custom_components.ippbx.flows.contact_forms.process_uploaded_file", processed):
        yield upload


@pytest.mark.usefixtures("loadable")
async def test_menu(hass: HomeAssistant) -> None:
    """It leads back to the other options; without contacts there is none to change."""
    entry = await add_entry(hass)
    menu = await open_menu(hass, entry)
    assert menu["menu_options"] == ["contact_add", "contacts_file", "contacts_company", "init"]
    assert menu["description_placeholders"] == {"count": "0", "company": "0"}
    await keep(hass, AUNT)
    again = await choose(hass, await choose(hass, menu, "init"), "contacts")
    assert "contact_select" in again["menu_options"]
    texts = json.loads((Path(ippbx.__file__).parent / "translations/en.json").read_text())
    assert set(texts["options"]["step"]["contacts"]["menu_options"]) == {*again["menu_options"]}


@pytest.mark.usefixtures("loadable")
async def test_a_contact_is_added_changed_and_removed(hass: HomeAssistant) -> None:
    entry = await add_entry(hass, options={CONF_READ_ONLY: True})
    form = await choose(hass, await open_menu(hass, entry), "contact_add")
    menu = await submit(
        hass, form, {"name": " Aunt Agatha ", "number": " +49 30 555-817 ", "vip": True}
    )
    assert menu["type"] is FlowResultType.MENU
    form = await choose(hass, menu, "contact_add")
    menu = await submit(hass, form, {"name": "Plumber", "number": "030/555818"})
    assert await rows(hass) == [AUNT, PLUMBER]  # as they were typed

    form = await choose(hass, menu, "contact_select")
    form = await submit(hass, form, {"contact": "Aunt Agatha, +49 30 555-817"})
    assert suggested(form) == AUNT
    menu = await submit(hass, form, {"name": "Agatha", "number": "+4930555817"})
    assert await rows(hass) == [row_of("+4930555817", "Agatha"), PLUMBER]  # in its place

    form = await choose(hass, menu, "contact_select")
    form = await submit(hass, form, {"contact": "Plumber, 030/555818"})
    await submit(hass, form, {**suggested(form), "remove": True})
    assert await rows(hass) == [row_of("+4930555817", "Agatha")]
    assert dict(entry.options) == {CONF_READ_ONLY: True}


@pytest.mark.usefixtures("loadable")
async def test_a_person(hass: HomeAssistant) -> None:
    """Their name is that of the contact, if none is given."""
    hass.states.async_set("person.anna", "home", {"friendly_name": "Anna Sample"})
    entry = await add_entry(hass)
    form = await choose(hass, await open_menu(hass, entry), "contact_add")
    await submit(hass, form, {"number": "1001", "person": "person.anna"})
    assert await rows(hass) == [row_of("1001", "Anna Sample", person="person.anna")]


@pytest.mark.parametrize(
    ("contact", "errors"),
    [
        ({"name": " ", "number": "030555042"}, {"name": "invalid_contact"}),
        ({"number": "030555042", "person": "person.nobody"}, {"name": "invalid_contact"}),
        ({"name": "x" * 101, "number": "030555042"}, {"name": "name_too_long"}),
        ({"name": "Plumber", "number": ""}, {"number": "invalid_contact"}),
        ({"name": "Plumber", "number": "plumber"}, {"number": "invalid_contact"}),
        ({"name": "Plumber", "number": "0" * 40}, {"number": "invalid_contact"}),
        ({"name": "Plumber", "number": "0049 (30) 555817"}, {"number": "contact_twice"}),
        ({"name": "Plumber", "number": "030555817"}, {"number": "contact_twice"}),
    ],
)
@pytest.mark.usefixtures("loadable")
async def test_what_is_no_contact(
    hass: HomeAssistant, contact: dict[str, Any], errors: dict[str, str]
) -> None:
    hass.config.country = "DE"
    entry = await add_entry(hass)
    await keep(hass, AUNT)
    form = await choose(hass, await open_menu(hass, entry), "contact_add")
    form = await submit(hass, form, contact)
    assert form["errors"] == errors
    assert suggested(form).items() >= contact.items()  # nobody types them again
    assert await rows(hass) == [AUNT]
    await submit(hass, form, {"name": "Plumber", "number": "030/555818"})
    assert await rows(hass) == [AUNT, PLUMBER]


@pytest.mark.usefixtures("loadable")
async def test_a_contact_that_another_window_removed(hass: HomeAssistant) -> None:
    entry = await add_entry(hass)
    await keep(hass, AUNT, PLUMBER)
    form = await choose(hass, await open_menu(hass, entry), "contact_select")
    form = await submit(hass, form, {"contact": "Plumber, 030/555818"})
    await keep(hass, AUNT)
    await submit(hass, form, PLUMBER)
    assert await rows(hass) == [AUNT, PLUMBER]
    form = await choose(hass, await open_menu(hass, entry), "contact_select")
    await keep(hass, AUNT)
    form = await submit(hass, form, {"contact": "Plumber, 030/555818"})
    assert form["errors"] == {"contact": "contact_unknown"}
    assert labels(form) == ["Aunt Agatha, +49 30 555-817"]


@pytest.mark.usefixtures("loadable")
async def test_a_contact_is_searched_for(hass: HomeAssistant) -> None:
    """The frontend searches such a field only, and preselects the first where none is suggested."""
    entry = await add_entry(hass)
    await keep(hass, PLUMBER, AUNT)
    form = await choose(hass, await open_menu(hass, entry), "contact_select")
    (selector,) = form["data_schema"].schema.values()
    assert (selector.config["custom_value"], selector.config["mode"]) == (True, "dropdown")
    assert labels(form) == ["Plumber, 030/555818", "Aunt Agatha, +49 30 555-817"]
    assert suggested(form) == {"contact": ""}
    form = await submit(hass, form, {"contact": "agatha"})
    assert form["errors"] == {"contact": "contact_unknown"}
    assert suggested(form) == {"contact": "agatha"}
    form = await submit(hass, form, {"contact": "Aunt Agatha, +49 30 555-817"})
    assert suggested(form) == AUNT


@pytest.mark.usefixtures("loadable")
async def test_the_book_is_full(hass: HomeAssistant, upload: Upload) -> None:
    entry = await add_entry(hass)
    await keep(hass, *(row_of(f"030{n:07}", f"{n}") for n in range(MAX_CONTACTS)))
    form = await choose(hass, await open_menu(hass, entry), "contact_add")
    form = await submit(hass, form, AUNT)
    assert form["errors"] == {"number": "too_many_contacts"}
    form = await choose(hass, await open_menu(hass, entry), "contacts_file")
    form = await submit(hass, form, {"file": upload(CARD.format("Anna", "+4930555817"))})
    assert form["errors"] == {"file": "too_many_contacts"}
    assert len(await rows(hass)) == MAX_CONTACTS


@pytest.mark.usefixtures("loadable")
async def test_a_file_is_shown_before_it_is_imported(hass: HomeAssistant, upload: Upload) -> None:
    hass.config.country = "DE"
    entry = await add_entry(hass)
    await keep(hass, AUNT)
    form = await choose(hass, await open_menu(hass, entry), "contacts_file")
    text = (
        CARD.format("Anna Sample", "0171 5550101")
        + CARD.format("Agatha", "030 555817")
        + CARD.format("Anna again", "+491715550101")
        + CARD.format("Bob", "0171 5550102\nTEL:\nTEL:<0171>")
        + "".join(CARD.format(f"<b>Left</b> *out* {n}", "none") for n in range(12))
    )
    form = await submit(hass, form, {"file": upload(text)})
    assert form["step_id"] == "contacts_preview"
    shown = form["description_placeholders"]
    assert shown is not None
    assert (shown["new"], shown["numbers"], shown["known"]) == ("2", "2", "2")
    assert (shown["left_out"], shown["invalid"]) == ("12", "1")
    assert shown["invalid_numbers"] == r"- Bob: \<0171\>"
    names = shown["names"].splitlines()
    assert names[0] == r"- \<b\>Left\</b\> \*out\* 0"  # a browser shows it as text
    assert (len(names), names[-1]) == (11, "- …")
    assert await rows(hass) == [AUNT]
    menu = await submit(hass, form)
    assert menu["type"] is FlowResultType.MENU
    assert await rows(hass) == [
        AUNT,
        row_of("0171 5550101", "Anna Sample"),
        row_of("0171 5550102", "Bob"),
    ]


@pytest.mark.usefixtures("loadable")
async def test_a_file_with_nothing_new(hass: HomeAssistant, upload: Upload) -> None:
    """It is said, with the reasons; there is nothing to submit."""
    hass.config.country = "DE"
    entry = await add_entry(hass)
    await keep(hass, AUNT)
    form = await choose(hass, await open_menu(hass, entry), "contacts_file")
    text = CARD.format("Agatha", "030 555817\nTEL:none") + CARD.format("Bob", "")
    menu = await submit(hass, form, {"file": upload(text)})
    assert (menu["type"], menu["step_id"]) == (FlowResultType.MENU, "contacts_nothing")
    assert menu["description_placeholders"] == {
        "new": "0",
        "numbers": "0",
        "known": "1",
        "left_out": "1",
        "names": "- Bob",
        "invalid": "1",
        "invalid_numbers": "- Agatha: none",
    }
    assert (await choose(hass, menu, "contacts"))["step_id"] == "contacts"
    assert await rows(hass) == [AUNT]


@pytest.mark.usefixtures("loadable")
async def test_what_is_no_file(hass: HomeAssistant, upload: Upload) -> None:
    entry = await add_entry(hass)
    form = await choose(hass, await open_menu(hass, entry), "contacts_file")
    for text, error in (
        ("name,number\n", "no_vcard"),
        ("x" * 11_000_000, "file_too_large"),
        (CARD.format("x", "1") * 10_001, "too_many_contacts"),
    ):
        form = await submit(hass, form, {"file": upload(text)})
        assert form["errors"] == {"file": error}
    form = await submit(hass, form, {"file": "00" * 16})  # the upload is gone
    assert form["errors"] == {"file": "no_vcard"}
    assert await rows(hass) == []


async def pbx_with_contacts(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str = "yeastar-v2"
) -> tuple[Simulator, MockConfigEntry]:
    simulator = await start_simulator(dialect=dialect)
    simulator.directory.contacts += [
        CompanyContact(firstname="Anna", lastname="Sample", numbers={"mobile": "01715550101"}),
        CompanyContact(firstname="Bad", numbers={"mobile": "none"}),
    ]
    await serve(hass)
    entry = add_real_entry(hass, simulator)
    await load(hass, entry)
    return simulator, entry


async def test_the_address_book_of_the_pbx_is_imported_once(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    _, entry = await pbx_with_contacts(hass, start_simulator)
    form = await choose(hass, await open_menu(hass, entry), "contacts_company")
    assert suggested(form) == {"company_contacts": "off"}
    form = await submit(hass, form, {"company_contacts": "once"})
    shown = form["description_placeholders"]
    assert shown is not None
    assert (shown["new"], shown["left_out"], shown["names"]) == ("1", "1", "- Bad")
    await submit(hass, form)
    assert await rows(hass) == [row_of("01715550101", "Anna Sample")]
    assert not entry.options.get(CONF_FOLLOW_CONTACTS)


async def test_the_address_book_of_the_pbx_is_followed(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    _, entry = await pbx_with_contacts(hass, start_simulator)
    form = await choose(hass, await open_menu(hass, entry), "contacts_company")
    done = await submit(hass, form, {"company_contacts": "follow"})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options[CONF_FOLLOW_CONTACTS] is True
    names = entry.runtime_data.calls.names
    assert names.name_of("01715550101") == "Anna Sample"
    assert await rows(hass) == []
    menu = await open_menu(hass, entry)
    assert menu["description_placeholders"] == {"count": "0", "company": "1"}
    form = await choose(hass, menu, "contacts_company")
    assert suggested(form) == {"company_contacts": "follow"}
    await submit(hass, form, {"company_contacts": "off"})
    assert entry.options[CONF_FOLLOW_CONTACTS] is False
    assert entry.runtime_data.calls.names.name_of("01715550101") == ""


@pytest.mark.parametrize(
    ("answer", "error"), [("10003", "no_company_contacts"), ("30001", "cannot_connect")]
)
async def test_an_address_book_that_cannot_be_read(
    hass: HomeAssistant, start_simulator: StartSimulator, answer: str, error: str
) -> None:
    simulator, entry = await pbx_with_contacts(hass, start_simulator)
    simulator.knobs.wrong_errno["companycontacts/query"] = answer
    for wanted in ("once", "follow"):
        form = await choose(hass, await open_menu(hass, entry), "contacts_company")
        form = await submit(hass, form, {"company_contacts": wanted})
        assert form["errors"] == {"company_contacts": error}
    assert CONF_FOLLOW_CONTACTS not in entry.options
    assert (await async_get_contacts(hass)).all_rows == []


async def test_the_entry_is_loaded_again_while_the_form_is_open(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    """By a repair, or a new address from DHCP: its new session is asked, if there is one."""
    _, entry = await pbx_with_contacts(hass, start_simulator)
    form = await choose(hass, await open_menu(hass, entry), "contacts_company")
    await hass.config_entries.async_unload(entry.entry_id)
    form = await submit(hass, form, {"company_contacts": "once"})
    assert form["errors"] == {"company_contacts": "cannot_connect"}
    await load(hass, entry)
    form = await submit(hass, form, {"company_contacts": "once"})
    assert form["step_id"] == "contacts_preview"


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1"])
async def test_a_pbx_without_an_address_book(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    _, entry = await pbx_with_contacts(hass, start_simulator, dialect)
    menu = await open_menu(hass, entry)
    assert "contacts_company" not in menu["menu_options"]


@pytest.mark.usefixtures("loadable")
async def test_a_file_over_home_assistants_own_api(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    entry = await add_entry(hass)
    for component in ("webhook", "config", "file_upload"):  # before the server starts
        assert await async_setup_component(hass, component, {})
    client = await hass_client()
    card = CARD.format("Anna", "01715550101").encode()
    sent = await client.post("/api/file_upload", data={"file": BytesIO(card)})
    file_id = (await sent.json())["file_id"]
    path = "/api/config/config_entries/options/flow"
    menu = await (await client.post(path, json={"handler": entry.entry_id})).json()
    path = f"{path}/{menu['flow_id']}"
    for step in ("contacts", "contacts_file"):
        shown = await (await client.post(path, json={"next_step_id": step})).json()
    assert shown["data_schema"][0]["selector"]["file"]["accept"] == ".vcf,.vcard"
    preview = await (await client.post(path, json={"file": file_id})).json()
    assert preview["step_id"] == "contacts_preview"
    await client.post(path, json={})
    assert await rows(hass) == [row_of("01715550101", "Anna")]
