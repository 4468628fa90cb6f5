"""The pages of the demo on a phone: nothing is cut off."""

from playwright.async_api import Response
import pytest

from demo.__main__ import name_phones
from demo.dashboard import PATH, add_dashboard
from pbx_simulator import Simulator

from .frontend import HOST, PATIENCE, Frontend

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]


def is_command(answer: Response) -> bool:
    """Return True for the answer to a command of the console."""
    return answer.request.method == "POST"


# What is wider than its place is cut off, by intention only where it ends with an ellipsis.
CUT_OFF = """
cards => cards.flatMap(card => [card, ...card.shadowRoot.querySelectorAll("*")]
  .filter(each => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 1
    && getComputedStyle(each).overflowX !== "visible")
  .map(each => each.textContent.trim()))
"""


async def test_dashboard(frontend: Frontend, simulator: Simulator) -> None:
    name_phones(simulator)
    await frontend.add(simulator)
    await add_dashboard(frontend.home_assistant)
    await frontend.open(f"/{PATH}")
    cards = frontend.page.locator("ippbx-switchboard, ippbx-calls")
    await cards.nth(1).wait_for(timeout=PATIENCE)
    await frontend.shows("Nobody is on the phone")
    assert await cards.evaluate_all(CUT_OFF) == []

    call = await simulator.calls.place("1000", "1001")
    await call.ring()
    kitchen = frontend.page.locator("[data-number='1001']")
    await kitchen.get_by_text("Front desk").wait_for(timeout=PATIENCE)
    await call.hang_up()
    await frontend.shows("Nobody is on the phone")
    await frontend.remove_dashboard(PATH)


async def test_console_of_the_simulated_pbx(frontend: Frontend, simulator: Simulator) -> None:
    await frontend.add(simulator)  # shows the long address of the webhook
    page = frontend.page
    await page.goto(f"http://{HOST}:{simulator.port}/simulator/")
    await frontend.shows("Reports to")
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= await page.evaluate("innerWidth")

    for off in (True, False):
        async with page.expect_response(is_command):
            await page.get_by_label("API off").set_checked(off)
        assert simulator.knobs.api_enabled is not off
    await page.get_by_label("Clock ahead by").fill("600")
    async with page.expect_response(is_command):
        await frontend.press("Set")
    await page.get_by_label("Password").fill("Other1")
    async with page.expect_response(is_command):
        await frontend.press("Change")
    assert (simulator.device.clock_error, simulator.account.password) == (600, "Other1")
    await page.close()  # the console asks every second, and the PBX stops first
