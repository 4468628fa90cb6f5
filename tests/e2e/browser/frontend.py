"""Home Assistant's frontend as a person uses it: by the words on it."""

from collections.abc import Mapping
import logging
import re
from typing import Any

from playwright.async_api import (
    Error as PlaywrightError,
    Locator,
    Page,
    TimeoutError as PlaywrightTimeoutError,
    expect,
)

from demo.__main__ import add_integration
from demo.check import DOMAIN, eventually
from demo.home_assistant import HomeAssistant
from pbx_simulator import Simulator
from tests.repository.source import english, manifest

_LOGGER = logging.getLogger(__name__)
HOST = "127.0.0.1"
PATIENCE = 45_000  # milliseconds
NAME = str(manifest()["name"])

# Every device of the integration with its identifier.
DEVICES = """
{%- set found = namespace(rows=[]) -%}
{%- for device in integration_entities('ippbx') | map('device_id') | unique -%}
{%- set found.rows = found.rows + [[device, (device_attr(device, 'identifiers') | list)[0][1]]] -%}
{%- endfor -%}
{{ found.rows | to_json }}
"""


def text(*path: str) -> re.Pattern[str]:
    """Return a pattern for a text of the translations, whatever stands for its placeholders."""
    found: Any = english()
    for key in path:
        found = found[key]
    return re.compile(".*".join(re.escape(part) for part in re.split(r"\{\w+\}", found)))


def label(*path: str) -> str:
    """Return a text of the translations that has no placeholders."""
    found: Any = english()
    for key in path:
        found = found[key]
    return str(found)


def connection(pbx: Simulator, **changes: Any) -> dict[str, Any]:
    """Return what a person enters into the form for a PBX."""
    return {
        "host": HOST,
        "port": pbx.port,
        "ssl": pbx.config.tls,
        "verify_ssl": False,
        "username": pbx.config.username,
        "password": pbx.config.password,
        **changes,
    }


class Frontend:
    """A page of Home Assistant.

    Attributes:
        page: the page.
        home_assistant: whose page it is.
    """

    def __init__(self, page: Page, home_assistant: HomeAssistant) -> None:
        """Set the patience of a new page."""
        page.set_default_timeout(PATIENCE)
        self.page = page
        self.home_assistant = home_assistant

    async def open(self, path: str) -> None:
        """Open a page of Home Assistant; it steps back as a dialog closes, which may abort that."""
        url = f"{self.home_assistant.url}{path}"
        try:
            await self.page.goto(url)
        except PlaywrightError as error:
            if "ERR_ABORTED" not in error.message:
                raise
            await self.page.goto(url)

    async def press(self, name: str | re.Pattern[str]) -> None:
        """Press a button."""
        await self.page.get_by_role("button", name=name, exact=True).last.click()

    async def shows(self, words: str | re.Pattern[str]) -> None:
        """Wait until words can be seen."""
        await expect(self.page.get_by_text(words).first).to_be_visible(timeout=PATIENCE)

    async def shows_not(self, words: str, *, exact: bool = False) -> None:
        """Wait until words are gone."""
        found = self.page.get_by_text(words, exact=exact)
        await expect(found).to_have_count(0, timeout=PATIENCE)

    async def field(self, name: str) -> Locator:
        """Return the field of a form with a label."""
        selectors = self.page.locator("ha-selector")
        await expect(selectors.first).to_be_attached(timeout=PATIENCE)
        names = await selectors.evaluate_all("all => all.map(each => each.label)")
        found = [str(each).removesuffix("*") for each in names]
        return selectors.nth(found.index(name))

    async def fill(self, step: tuple[str, ...], values: Mapping[str, Any]) -> None:
        """Fill the fields of a form.

        Args:
            step: where the form's texts are in the translations.
            values: the values by field.
        """
        for key, value in values.items():
            field = await self.field(label(*step, "data", key))
            box = field.locator("input").first
            if isinstance(value, bool):
                if await box.is_checked() is not value:
                    await field.locator("ha-switch").click()
            else:
                await box.fill(str(value))

    async def begin_set_up(self) -> None:
        """Open the first form of a new entry, by the list of integrations.

        A link to the form leads to a question, which the frontend closes by itself now and then
        while it goes on loading. The list itself was seen without the integration on a slow
        machine, nobody knows why: it is opened again then, as a person would.
        """
        try:
            await self._pick_integration(PATIENCE / 3)
        except PlaywrightTimeoutError:
            shown = await self.page.locator("body").aria_snapshot()
            _LOGGER.warning("The list of integrations shows\n%s", shown)
            await self._pick_integration(PATIENCE)
        await self.shows(label("config", "step", "user", "title"))

    async def _pick_integration(self, patience: float) -> None:
        """Pick the integration from the list, which is to show it within milliseconds."""
        await self.open("/config/integrations/dashboard")
        await self.press("Add integration")
        dialog = self.page.locator("dialog-add-integration")
        await dialog.locator("ha-integration-list-item").first.wait_for(timeout=patience)
        await dialog.locator("input").first.fill(NAME)
        await dialog.get_by_text(NAME).first.click(timeout=patience)

    async def add(self, pbx: Simulator) -> None:
        """Set a PBX up without the browser."""
        await add_integration(self.home_assistant, pbx, HOST)

    async def set_options(self, step: str, **values: Any) -> None:
        """Change options of one form, without the browser."""
        entries = "/api/config/config_entries"
        request = self.home_assistant.request
        (entry,) = await request("GET", f"{entries}/entry?domain={DOMAIN}")
        path = f"{entries}/options/flow"
        menu = await request("POST", path, json={"handler": entry["entry_id"]})
        path = f"{path}/{menu['flow_id']}"
        await request("POST", path, json={"next_step_id": step})
        await request("POST", path, json=values)

    async def remove_dashboard(self, path: str) -> None:
        """Remove a dashboard, without the browser."""
        (dashboards,) = await self.home_assistant.commands({"type": "lovelace/dashboards/list"})
        (found,) = [each["id"] for each in dashboards if each["url_path"] == path]
        command = {"type": "lovelace/dashboards/delete", "dashboard_id": found}
        await self.home_assistant.commands(command)

    async def reload(self) -> None:
        """Load the entry again, without the browser."""
        path = "/api/config/config_entries/entry"
        (entry,) = await self.home_assistant.request("GET", f"{path}?domain={DOMAIN}")
        await self.home_assistant.request("POST", f"{path}/{entry['entry_id']}/reload")

    async def open_device(self, number: str = "") -> None:
        """Open the page of an extension's device, or of the PBX's."""
        await self.open(f"/config/devices/device/{await self.device(number)}")

    async def open_logbook(self, number: str = "") -> None:
        """Open the logbook of an extension, or of the PBX."""
        await self.open(f"/logbook?device_id={await self.device(number)}")

    async def device(self, number: str) -> str:
        """Return the id of an extension's device, or of the PBX's, as soon as it is there."""
        found: list[str] = []

        async def exists() -> bool:
            for device, identifier in await self.home_assistant.template(DEVICES):
                if identifier.endswith(f"_ext_{number}") if number else "_" not in identifier:
                    found.append(device)
            return bool(found)

        await eventually("the device", exists)
        return found[0]

    async def open_integration(self) -> None:
        """Open the page of the integration."""
        await self.open(f"/config/integrations/integration/{DOMAIN}")

    async def open_repair(self, kind: str) -> None:
        """Open a repair, as soon as it is there."""
        await self.open("/config/repairs")
        await self.page.get_by_text(text("issues", kind, "title")).first.click()

    async def has_no_repair(self, kind: str) -> None:
        """Wait until a repair is gone."""
        await self.open("/config/repairs")
        await expect(self.page.get_by_text(text("issues", kind, "title"))).to_have_count(0)

    async def open_reconfigure(self) -> None:
        """Open the form for the connection of the entry."""
        await self.open_integration()
        row = self.page.locator("ha-config-entry-row").first
        await row.locator("ha-icon-button[slot=trigger]").first.click()
        await self.page.get_by_role("menuitem", name="Reconfigure").click()

    async def open_options(self, step: str) -> None:
        """Open a form of the options by their menu."""
        await self.open_integration()
        await self.press("Configure")
        entry = label("options", "step", "init", "menu_options", step)
        await self.page.get_by_text(entry, exact=True).first.click()
        await self.shows(label("options", "step", step, "title"))
