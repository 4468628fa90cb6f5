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


CUT_TILES = """
tiles => tiles.flatMap(tile => {
  const found = [];
  const walk = node => {
    if (/primary|secondary/.test(node.className) && node.scrollWidth > node.clientWidth + 1)
      found.push(node.textContent.trim());
    for (const child of [...node.children, ...(node.shadowRoot?.children ?? [])]) walk(child);
  };
  walk(tile);
  return found;
})
"""


async def test_dashboard(frontend: Frontend, simulator: Simulator) -> None:
    name_phones(simulator)
    await frontend.add(simulator)
    await add_dashboard(frontend.home_assistant)
    await frontend.open(f"/{PATH}")
    tiles = frontend.page.locator("hui-tile-card")
    await tiles.first.wait_for(timeout=PATIENCE)
    await frontend.shows("Nobody is on the phone")
    assert await tiles.evaluate_all(CUT_TILES) == []

    call = await simulator.calls.place("1000", "1001")
    await call.ring()
    await frontend.shows("ringing · Front desk")
    await call.hang_up()
    await frontend.press("Call Kitchen")
    await simulator.wait_until(lambda: bool(simulator.calls.live))
    await frontend.press("Hang up Front desk")
    await simulator.wait_until(lambda: not simulator.calls.live)
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
