"""The options: a menu, and forms that each save by themselves."""

import pytest

from pbx_simulator import Simulator
from tests.repository.source import english

from .frontend import Frontend, label

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

MENU = english()["options"]["step"]["init"]["menu_options"]
CONTACT = ("selector", "contacts", "fields")


async def test_each_form_of_the_menu(frontend: Frontend, simulator: Simulator) -> None:
    await frontend.add(simulator)
    await frontend.open_integration()
    await frontend.press("Configure")
    for step, entry in MENU.items():
        await frontend.page.get_by_text(entry, exact=True).first.click()
        for field in english()["options"]["step"][step]["data"]:
            await frontend.field(label("options", "step", step, "data", field))
        await frontend.press("Close")
        await frontend.press("Configure")


async def test_a_contact_names_its_calls(frontend: Frontend, simulator: Simulator) -> None:
    await frontend.add(simulator)
    await frontend.open_options("contacts")
    await frontend.press("Add")
    for key, value in (("number", "030 5550199"), ("name", "Grandma")):
        field = await frontend.field(label(*CONTACT, key, "name"))
        await field.locator("input").first.fill(value)
    await frontend.press("Add")
    await frontend.shows("Grandma")
    logins = simulator.logins
    await frontend.press("Submit")
    await simulator.wait_until(lambda: simulator.logins > logins)

    await frontend.open_device("1001")
    call = await simulator.calls.inbound("trunk-1", "0305550199", to="1001")
    await call.ring()
    await frontend.shows("Grandma")
    await call.hang_up()
    await frontend.open_device()
    missed = label("selector", "call_text", "options", "missed")
    await frontend.shows(f"Grandma → User 1001, {missed}")
