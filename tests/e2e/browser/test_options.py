"""The options: a menu, and forms that each save by themselves."""

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


async def test_a_contact_names_its_calls(frontend: Frontend, simulator: Simulator) -> None:
    await frontend.add(simulator)
    await frontend.open_options("contacts")
    await frontend.page.get_by_text(
        label(*STEPS, "contacts", "menu_options", "contact_add")
    ).click()
    number = f"030555{simulator.port}"  # contacts outlive a PBX, and the test at the other width
    contact = {"name": "Grandma", "number": number}
    await frontend.fill((*STEPS, "contact_add"), contact)
    await frontend.press("Submit")
    await frontend.shows(label(*STEPS, "contacts", "title"))

    await frontend.open_device("1001")
    call = await simulator.calls.inbound("trunk-1", number, to="1001")
    await call.ring()
    await frontend.shows("Grandma")
    await call.hang_up()
    await frontend.open_device()
    missed = label("selector", "call_text", "options", "missed")
    await frontend.shows(f"Grandma → User 1001, {missed}")
