"""The pictures of docs/images, each of which a person has looked at: scripts/screenshots."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from io import BytesIO
import json
import os
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal, NamedTuple

import aiohttp
from PIL import Image
from playwright.async_api import Browser, Page

from demo.__main__ import BLUEPRINTS, COMPONENTS, CONTACTS, add_contacts, name_phones
from demo.browser import launched, signed_in
from demo.dashboard import PATH, add_dashboard
from demo.home_assistant import HomeAssistant, prepare
from pbx_simulator import Simulator, SimulatorConfig
from pbx_simulator.calls.model import Call
from tests.live import free_port
from tests.repository.source import ROOT

from .frontend import HOST, Frontend, label, text

IMAGES = ROOT / "docs" / "images"
GRANDMA, SCHOOL, ANNA, _ = (number.replace(" ", "") for number in CONTACTS)
RING, TALK = 1, 3  # seconds of real time, as the pictures show them
PATIENCE = 60  # seconds
AUTOMATION: dict[str, Any] = {
    "alias": "Grandma is waiting",
    "triggers": [
        {
            "trigger": "ippbx.incoming_call",
            "options": {"caller_is": ["vip"], "ringing_for": "00:00:15"},
        }
    ],
    "actions": [
        {
            "action": "persistent_notification.create",
            "data": {"message": "{{ trigger.caller_name }} is waiting."},
        }
    ],
}


class Look(NamedTuple):
    """How a browser shows a page: its window, its colours and its language."""

    width: int = 1180
    height: int = 960
    scheme: Literal["light", "dark"] = "light"
    language: str = "en"


class Stage:
    """A household that phones, and its Home Assistant.

    Attributes:
        frontend: the page that is photographed.
        pbx: the simulated PBX.
    """

    def __init__(self, frontend: Frontend, pbx: Simulator) -> None:
        """Start before anything is set up."""
        self.frontend = frontend
        self.pbx = pbx
        self._over = 0  # calls

    async def live_in(self) -> None:
        """Set everything up, let some people phone, and leave two calls up."""
        home_assistant = self.frontend.home_assistant
        await self.frontend.add(self.pbx)
        await add_contacts(home_assistant)
        await add_dashboard(home_assistant)
        await self._call(GRANDMA, "1000", answered=True)
        await self._call(SCHOOL, "1002", answered=False)
        await self._call(ANNA, "1001", answered=True)
        await self._call("0695550188", "1000", answered=False)
        talking = await self._ring(GRANDMA, "1000")
        await talking.answer()
        await self._ring(ANNA, "1001")
        await self.pbx.set_extension_status("1006", "unavailable")
        await self.pbx.settle()

    async def _ring(self, caller: str, to: str) -> Call:
        call = await self.pbx.calls.inbound("trunk-1", caller, to=to)
        await call.ring()
        await asyncio.sleep(RING)
        return call

    async def _call(self, caller: str, to: str, *, answered: bool) -> None:
        call = await self._ring(caller, to)
        if answered:
            await call.answer()
            await asyncio.sleep(TALK)
        await call.hang_up()
        self._over += 1
        await self.frontend.home_assistant.process.ready(self._is_told, PATIENCE)

    async def _is_told(self) -> bool:
        """Return whether it is certain how all calls ended."""
        log = await self.frontend.home_assistant.call("ippbx", "get_call_log", {})
        return len(log["entries"]) == self._over


async def _form(stage: Stage) -> Page:
    frontend = stage.frontend
    await frontend.begin_set_up()
    values = {"host": "192.168.5.150", "username": "homeassistant", "password": "secret"}
    await frontend.fill(("config", "step", "user"), values)
    await frontend.page.get_by_text(label("config", "step", "user", "title")).first.click()
    return frontend.page


async def _dashboard(stage: Stage) -> Page:
    await stage.frontend.open(f"/{PATH}")
    await stage.frontend.shows("Calls in progress")
    return stage.frontend.page


async def _pbx(stage: Stage) -> Page:
    await stage.frontend.open_device()
    await stage.frontend.shows(label("entity", "sensor", "last_call", "name"))
    return stage.frontend.page


async def _extension(stage: Stage) -> Page:
    await stage.frontend.open_device("1000")
    await stage.frontend.shows(text("entity", "sensor", "in_call_with", "name"))
    return stage.frontend.page


async def _logbook(stage: Stage) -> Page:
    await stage.frontend.open_logbook("1000")
    await stage.frontend.shows("Grandma")
    return stage.frontend.page


async def _options(stage: Stage) -> Page:
    await stage.frontend.open_integration()
    await stage.frontend.press("Configure")
    await stage.frontend.shows(label("options", "step", "init", "menu_options", "calls"))
    return stage.frontend.page


async def _automation(stage: Stage) -> Page:
    path = "/api/config/automation/config/grandma"
    (trigger,) = AUTOMATION["triggers"]
    trigger = {**trigger, "target": {"entity_id": "event.front_desk_call"}}
    automation = {**AUTOMATION, "triggers": [trigger]}
    await stage.frontend.home_assistant.request("POST", path, json=automation)
    await stage.frontend.open("/config/automation/edit/grandma")
    row = stage.frontend.page.locator("ha-automation-trigger-row").first
    await row.wait_for()
    await row.page.wait_for_timeout(6000)  # until it knows the trigger, and its texts
    await row.click(position={"x": 30, "y": 24})  # beside the target, which opens something else
    await stage.frontend.shows(label("selector", "caller_is", "options", "named"))
    return stage.frontend.page


PICTURES: Final[Mapping[str, Callable[[Stage], Awaitable[Page]]]] = {
    "dashboard": _dashboard,
    "pbx-device": _pbx,
    "extension": _extension,
    "logbook": _logbook,
    "options": _options,
    "automation": _automation,
}
"""Each picture of a household that is set up."""
LOOKS: Final[Mapping[str, Look]] = {
    "dashboard-dark": Look(scheme="dark"),
    "dashboard-phone": Look(width=390, height=1180),
    "dashboard-right-to-left": Look(language="he"),
}
"""The dashboard as others see it."""


async def _take(name: str, page: Page) -> None:
    await page.wait_for_timeout(2500)  # icons, history and animations
    picture = Image.open(BytesIO(await page.screenshot()))
    picture.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT).save(
        IMAGES / f"{name}.png", optimize=True
    )
    print(IMAGES / f"{name}.png")


async def _open(browser: Browser, home_assistant: HomeAssistant, look: Look) -> Frontend:
    """Return a page in a window of its own."""
    window = await signed_in(
        browser, home_assistant, look.width, look.height, color_scheme=look.scheme
    )
    language = json.dumps(json.dumps(look.language))
    await window.add_init_script(f"localStorage.setItem('selectedLanguage', {language})")
    return Frontend(await window.new_page(), home_assistant)


async def main(names: list[str]) -> None:
    """Take these pictures, or all of them."""
    port = free_port()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        prepare(folder, COMPONENTS, BLUEPRINTS, host=HOST, port=port)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        python = os.environ["HOME_ASSISTANT_PYTHON"]
        home_assistant = HomeAssistant(session, folder, host=HOST, port=port, python=python)
        pbx = Simulator(SimulatorConfig(extensions=8))
        name_phones(pbx)
        await pbx.start(host=HOST)
        stack.push_async_callback(pbx.stop)
        await stack.enter_async_context(home_assistant.process)
        await home_assistant.wait()
        browser = await stack.enter_async_context(launched())
        stage = Stage(await _open(browser, home_assistant, Look()), pbx)
        if not names or "config-flow" in names:
            await _take("config-flow", await _form(stage))
        await stage.live_in()
        for name, show in PICTURES.items():
            if not names or name in names:
                await _take(name, await show(stage))
        for name, look in LOOKS.items():
            if not names or name in names:
                seen = Stage(await _open(browser, home_assistant, look), pbx)
                await _take(name, await _dashboard(seen))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
