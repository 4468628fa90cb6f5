"""The options: a menu, and forms that each save by themselves."""

from playwright.async_api import expect
import pytest

from pbx_simulator import Simulator
from tests.repository.source import english

from .frontend import Frontend, label

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

MENU = english()["options"]["step"]["init"]["menu_options"]
STEPS = ("options", "step")


async def test_each_form_of_the_menu(frontend: Frontend, simulator: Simulator) -> None:
    await frontend.add(simulator)
    await frontend.open_integration()
    await frontend.press("Configure")
    for step, entry in MENU.items():
        await frontend.page.get_by_text(entry, exact=True).first.click()
        form = english()["options"]["step"][step]
        for field in form.get("data", {}):
            await frontend.field(label("options", "step", step, "data", field))
        if "data" not in form:
            await frontend.shows(form["menu_options"]["contact_add"])
        await frontend.press("Close")
        await frontend.press("Configure")


async def choose(frontend: Frontend, entry: str) -> None:
    """Choose an entry of the menu of the contacts."""
    name = label(*STEPS, "contacts", "menu_options", entry)
    await frontend.page.get_by_text(name, exact=True).click()
    await frontend.shows(label(*STEPS, entry, "title"))


async def add_contact(frontend: Frontend, name: str, number: str) -> None:
    """Add a contact from the menu of the contacts, which is shown again."""
    await choose(frontend, "contact_add")
    await frontend.fill((*STEPS, "contact_add"), {"name": name, "number": number})
    await frontend.press("Submit")
    await frontend.shows(label(*STEPS, "contacts", "title"))


async def test_a_contact_is_searched_for(frontend: Frontend, simulator: Simulator) -> None:
    """None is selected before, and what is typed opens that one."""
    await frontend.add(simulator)
    await frontend.open_options("contacts")
    for name, number in ("Anna", f"030556{simulator.port}"), ("Zora", f"030557{simulator.port}"):
        await add_contact(frontend, name, number)
    await choose(frontend, "contact_select")
    field = await frontend.field(label(*STEPS, "contact_select", "data", "contact"))
    await expect(field).not_to_contain_text("Anna")
    await field.locator("ha-picker-field").click()
    search = frontend.page.locator("ha-picker-combo-box input")
    await search.fill("zora")
    await frontend.page.locator("ha-combo-box-item").get_by_text(f"Zora, {number}").click()
    await expect(field).to_contain_text(f"Zora, {number}")
    await frontend.press("Submit")
    await frontend.shows(label(*STEPS, "contact_change", "title"))
    name = await frontend.field(label(*STEPS, "contact_change", "data", "name"))
    await expect(name.locator("input")).to_have_value("Zora")


async def test_a_contact_names_its_calls(frontend: Frontend, simulator: Simulator) -> None:
    await frontend.add(simulator)
    await frontend.open_options("contacts")
    number = f"030555{simulator.port}"  # contacts outlive a PBX, and the test at the other width
    await add_contact(frontend, "Grandma", number)

    await frontend.open_device("1001")
    call = await simulator.calls.inbound("trunk-1", number, to="1001")
    await call.ring()
    await frontend.shows("Grandma")
    await call.hang_up()
    await frontend.open_device()
    missed = label("selector", "call_text", "options", "missed")
    await frontend.shows(f"Grandma → User 1001, {missed}")
