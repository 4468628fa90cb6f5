"""The cards as a person uses them: from the picker to the end of a call."""

from contextlib import suppress
from importlib.resources import files
import re
from typing import Any

from playwright.async_api import Locator, Page, Route, TimeoutError, expect
import pytest
import pytest_asyncio

from demo.check import DOMAIN
from demo.processes import DemoError
from pbx_simulator import Simulator
from tests.repository.source import ROOT, english, read_json

from .conftest import ENTRIES, StartSimulator
from .frontend import PATIENCE, Frontend

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

WIDE = pytest.mark.parametrize("frontend", ["wide"], indirect=True)
DASHBOARD = "own-cards"
AXE = files("axe_playwright_python") / "axe.min.js"
TEXTS: dict[str, str] = read_json(ROOT / "frontend" / "src" / "texts" / "en.json")
CALLER = "0305550144"
HIT_OF_ONE_ROW = """([card, x, y]) =>
  card.shadowRoot.querySelectorAll(".call").length === 1
    && [card.shadowRoot.elementFromPoint(x, y).closest("button")?.ariaLabel ?? "nothing"]"""
STEPS = ("complete", "swap", "three_way", "abort")
PRIVACY = {"show_callers": True, "call_log_size": 1000, "mask_numbers": False}


def label(key: str, **values: str) -> str:
    """Return an English text of the cards."""
    return TEXTS[key].format(**values)


@pytest_asyncio.fixture(loop_scope="package")
async def pbx(start_simulator: StartSimulator) -> Simulator:
    """A Yeastar, on which calls can be transferred and parked; one extension has markup as name."""
    simulator = await start_simulator(dialect="yeastar-v2")
    await simulator.rename_extension("1001", "<b>Anna</b>")
    return simulator


async def save(frontend: Frontend, config: dict[str, Any]) -> None:
    """Make a dashboard, or change that of the test before."""
    home = frontend.home_assistant
    made = {"url_path": DASHBOARD, "title": "Cards", "mode": "storage"}
    with suppress(DemoError):  # it is there
        await home.commands({"type": "lovelace/dashboards/create", **made})
    await home.commands(
        {"type": "lovelace/config/save", "url_path": made["url_path"], "config": config}
    )


async def show(frontend: Frontend, *cards: dict[str, Any], **query: str) -> Page:
    """Open a dashboard with these cards; with none, the one that the strategy makes."""
    section = {"type": "grid", "cards": list(cards)}
    views = [{"title": "Cards", "type": "sections", "sections": [section]}]
    strategy = {"strategy": {"type": "custom:ippbx"}}
    await save(frontend, {"views": views} if cards or query else strategy)
    await frontend.open(f"/{DASHBOARD}/0?" + "&".join(f"{k}={v}" for k, v in query.items()))
    return frontend.page


def tile(page: Page, number: str) -> Locator:
    """Return the tile of an extension."""
    return page.locator(f"ippbx-switchboard [data-number='{number}']")


def row(page: Page) -> Locator:
    """Return the first call in progress."""
    return page.locator("ippbx-switchboard .call").first


async def choose_own(page: Page, number: str) -> None:
    """Open the dial pad and choose one's own extension."""
    await page.get_by_role("button", name=label("dial_pad")).click()
    await page.get_by_label(label("from")).select_option(number)


@WIDE
@pytest.mark.parametrize("name", ["switchboard", "calls"])
async def test_add_a_card_through_the_picker(frontend: Frontend, pbx: Simulator, name: str) -> None:
    await frontend.add(pbx)
    page = await show(frontend, edit="1")
    await page.locator("hui-grid-section .add").first.click()
    await page.get_by_text("By card").click()
    await page.locator("hui-card-picker input").first.fill("phone")
    preview = page.locator(f"hui-card-picker ippbx-{name}")
    await expect(preview.locator("h2")).to_be_visible(timeout=PATIENCE)
    await page.locator("hui-card-picker .card", has=page.locator(f"ippbx-{name}")).click()
    form = page.locator("hui-form-editor")
    own = form.get_by_text(label("editor.own_extension"), exact=True)
    await expect(own.first).to_be_visible(timeout=PATIENCE)
    await form.get_by_role("textbox", name=label("editor.title")).fill("Front desk")
    shown = page.locator(f"hui-dialog-edit-card ippbx-{name} h2")
    await expect(shown).to_have_text("Front desk", timeout=PATIENCE)
    await page.get_by_role("button", name="Save").last.click()
    await expect(shown).to_have_count(0, timeout=PATIENCE)
    saved = page.locator(f"hui-grid-section ippbx-{name} h2")
    await expect(saved).to_have_text("Front desk", timeout=PATIENCE)


@WIDE
async def test_two_pbxs_with_the_same_names(
    frontend: Frontend, start_simulator: StartSimulator
) -> None:
    """Home Assistant's names end with that of the PBX then; a card has it in its head alone."""
    for serial in ("SIM1", "SIM2"):
        await frontend.add(await start_simulator(serial=serial))
    entries = await frontend.home_assistant.request("GET", f"{ENTRIES}?domain={DOMAIN}")
    page = await show(
        frontend,
        *(
            {"type": "custom:ippbx-switchboard", "config_entry_id": each["entry_id"]}
            for each in entries
        ),
    )
    cards = page.locator("ippbx-switchboard")
    for index, entry in enumerate(entries):
        await expect(cards.nth(index).locator("h2")).to_have_text(entry["title"], timeout=PATIENCE)
        tiles = cards.nth(index).locator(".tiles .name")
        await expect(tiles.first).to_have_text("User 1000")
        assert not [name for name in await tiles.all_text_contents() if "(" in name]


@WIDE
async def test_what_a_person_writes_into_the_options(frontend: Frontend, pbx: Simulator) -> None:
    """One number without quotes is an extension; a PBX that is not there is told.

    Where there is no extension, there is nothing to search.
    """
    await frontend.add(pbx)
    page = await show(
        frontend,
        {"type": "custom:ippbx-switchboard", "extensions": 1001},
        {"type": "custom:ippbx-switchboard", "extensions": 4711},
        {"type": "custom:ippbx-calls", "config_entry_id": "removed"},
    )
    await expect(tile(page, "1001")).to_be_visible(timeout=PATIENCE)
    await expect(page.locator("ippbx-switchboard [data-number]")).to_have_count(1)
    empty = page.locator("ippbx-switchboard").nth(1)
    await expect(empty.get_by_role("heading", name=label("lines"))).to_be_visible(timeout=PATIENCE)
    await expect(empty.get_by_role("searchbox")).to_have_count(0)
    await expect(page.locator("ippbx-calls")).to_contain_text(label("other_pbx"))


@WIDE
async def test_a_caller_who_waits(frontend: Frontend, pbx: Simulator) -> None:
    """In a queue whose agents do not answer: the line is taken, and nobody dials."""
    await frontend.add(pbx)
    page = await show(frontend)
    await expect(tile(page, "1000")).to_be_visible(timeout=PATIENCE)
    call = await pbx.calls.inbound(None, caller=CALLER, to="6700")
    await call.ring()
    await expect(row(page)).to_contain_text(label("call.ringing"), timeout=PATIENCE)
    call.return_to(pbx.calls.service("6700"))
    await expect(row(page)).to_contain_text(label("call.waiting"), timeout=PATIENCE)
    await expect(row(page)).not_to_contain_text(label("call.dialing"))


async def test_a_call_from_ring_to_end(frontend: Frontend, pbx: Simulator) -> None:
    await frontend.add(pbx)
    page = await show(frontend)
    await expect(tile(page, "1001")).to_contain_text("<b>Anna</b>", timeout=PATIENCE)
    call = await pbx.calls.inbound(None, caller=CALLER, to="1001")
    await call.ring()
    await expect(tile(page, "1001")).to_contain_text("Ringing", timeout=PATIENCE)
    await expect(tile(page, "1001")).to_contain_text(CALLER)
    await expect(row(page)).to_contain_text(label("call.ringing"))
    said = page.locator("ippbx-switchboard p[role=status]")
    call_to_anna = f"{CALLER}, trunk-1, <b>Anna</b>"
    await expect(said).to_have_text(f"{call_to_anna}, {label('call.ringing')}")
    await call.answer()
    await expect(row(page)).to_contain_text(label("call.talking"), timeout=PATIENCE)
    await expect(said).to_have_text(f"{call_to_anna}, {label('call.talking')}")
    await expect(row(page).locator("ippbx-clock")).to_have_text(re.compile(r"^0:0[1-9]$"))
    await row(page).get_by_role("button", name=label("hold")).click()
    await expect(row(page)).to_contain_text(label("call.on_hold"), timeout=PATIENCE)
    await row(page).get_by_role("button", name=label("resume")).click()
    await expect(row(page)).to_contain_text(label("call.talking"), timeout=PATIENCE)
    await row(page).get_by_role("button", name=label("transfer")).click()
    await expect(page.get_by_text(label("transfer_hint"))).to_be_visible()
    await tile(page, "1002").click()
    await expect(tile(page, "1002")).to_contain_text("Ringing", timeout=PATIENCE)
    (live,) = pbx.calls.live.values()
    await live.answer()
    await expect(tile(page, "1002")).to_contain_text(CALLER, timeout=PATIENCE)
    await expect(row(page)).to_contain_text("User 1002")
    began = await page.locator("ippbx-switchboard ippbx-clock").evaluate_all(
        "clocks => clocks.map(each => each.from)"
    )
    assert began[1] - began[0] >= 1000  # of the call and, below it, of who joined it
    await row(page).get_by_role("button", name=label("hang_up")).click()
    await expect(page.get_by_text(label("no_active_calls"))).to_be_visible(timeout=PATIENCE)
    await expect(said).to_have_text("")
    logged = page.locator("ippbx-calls li").first
    await expect(logged).to_contain_text(CALLER)
    await expect(logged).to_contain_text(label("outcome.answered"))


@WIDE
async def test_a_double_click_ends_one_call(frontend: Frontend, pbx: Simulator) -> None:
    """A second click at once is not sent, a later one meets no button of the next call."""
    await frontend.add(pbx)
    page = await show(frontend, {"type": "custom:ippbx-switchboard"})
    for caller, to in ((CALLER, "1000"), ("0305550155", "1001")):
        call = await pbx.calls.inbound(None, caller=caller, to=to)
        await call.ring()
        await call.answer()
    rows = page.locator("ippbx-switchboard .call")
    await expect(rows.last).to_contain_text(label("call.talking"), timeout=PATIENCE)
    hang_up = row(page).get_by_role("button", name=label("hang_up"))
    await hang_up.click(trial=True)
    box = await hang_up.bounding_box()
    assert box is not None
    point = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    card = await page.locator("ippbx-switchboard").element_handle()
    await page.mouse.click(*point, click_count=2)
    hit = await page.wait_for_function(HIT_OF_ONE_ROW, arg=[card, *point])
    assert await hit.json_value() == ["nothing"]
    await expect(page.locator("ippbx-switchboard [role=alert]")).to_have_count(0)
    await row(page).get_by_role("button", name=label("hold")).click()
    await expect(row(page)).to_contain_text(label("call.on_hold"), timeout=PATIENCE)
    await expect(row(page)).to_contain_text("0305550155")
    await hang_up.click()
    await expect(page.get_by_text(label("no_active_calls"))).to_be_visible(timeout=PATIENCE)


async def test_ask_before_a_transfer(frontend: Frontend, pbx: Simulator) -> None:
    await frontend.add(pbx)
    page = await show(frontend, {"type": "custom:ippbx-switchboard"})
    call = await pbx.calls.inbound(None, caller=CALLER, to="1000")
    await call.ring()
    await call.answer()
    asks = page.locator("ippbx-switchboard .notice")
    steps = {step: asks.get_by_role("button", name=label(f"step.{step}")) for step in STEPS}
    await row(page).get_by_role("button", name=label("transfer")).click()
    await page.get_by_role("button", name=label("ask_first")).click()
    await tile(page, "1002").click()
    await expect(tile(page, "1002")).to_contain_text("Ringing", timeout=PATIENCE)
    await expect(asks).to_contain_text(re.compile(f"User 1000.*User 1002.*{CALLER}"))
    await expect(asks.get_by_role("button")).to_have_count(1)
    await steps["abort"].click()
    await expect(asks).to_have_count(0, timeout=PATIENCE)
    await expect(row(page)).to_contain_text(label("call.talking"), timeout=PATIENCE)

    await row(page).get_by_role("button", name=label("transfer")).click()
    await page.get_by_role("button", name=label("ask_first")).click()
    await page.get_by_role("button", name=label("dial_pad")).click()
    await page.get_by_label(label("number"), exact=True).fill("1003")
    await page.locator("form").get_by_role("button", name=label("ask_first")).click()
    await expect(tile(page, "1003")).to_contain_text("Ringing", timeout=PATIENCE)
    (third,) = [each for each in pbx.calls.live.values() if each is not call]
    await third.answer()
    await steps["swap"].click(timeout=PATIENCE)
    rows = page.locator("ippbx-switchboard .call")
    await expect(rows.first).to_contain_text(label("call.talking"), timeout=PATIENCE)
    await expect(rows.last).to_contain_text(label("call.on_hold"), timeout=PATIENCE)
    await steps["three_way"].click()
    await expect(rows.last).to_contain_text(label("call.talking"), timeout=PATIENCE)
    await steps["complete"].click()
    await expect(asks).to_have_count(0, timeout=PATIENCE)
    await expect(row(page)).to_contain_text("User 1003")
    assert [leg.number for leg in call.legs] == [CALLER, "1003"]


@WIDE
async def test_park_and_take_back(frontend: Frontend, pbx: Simulator) -> None:
    await frontend.add(pbx)
    page = await show(frontend, {"type": "custom:ippbx-switchboard", "own_extension": "1002"})
    call = await pbx.calls.inbound(None, caller=CALLER, to="1000")
    await call.ring()
    await call.answer()
    await row(page).get_by_role("button", name=label("park")).click(timeout=PATIENCE)
    parked = page.get_by_role("region", name=label("parked"))
    await expect(parked).to_contain_text(CALLER, timeout=PATIENCE)
    await expect(parked).to_contain_text(label("slot", slot="6900"))
    await expect(page.get_by_text(label("no_active_calls"))).to_be_visible()
    back = parked.get_by_role("button", name=f"{label('retrieve')}, {CALLER}")
    await back.focus()
    await back.press("Enter")
    await expect(tile(page, "1002")).to_contain_text("Ringing", timeout=PATIENCE)
    (ringing,) = [each for each in pbx.calls.live.values() if each is not call]
    await ringing.pick_up()
    await expect(parked).to_have_count(0, timeout=PATIENCE)
    await expect(page.locator("ippbx-switchboard h2")).to_be_focused()
    await expect(row(page)).to_contain_text("User 1002")
    await expect(row(page)).to_contain_text(label("call.talking"))


@WIDE
async def test_what_a_pbx_cannot_do_is_not_offered(
    frontend: Frontend, start_simulator: StartSimulator
) -> None:
    """API v1.1.0 transfers, but knows neither consultations nor slots."""
    pbx = await start_simulator(dialect="yeastar-v1")
    await frontend.add(pbx)
    page = await show(frontend, {"type": "custom:ippbx-switchboard"})
    call = await pbx.calls.inbound(None, caller=CALLER, to="1000")
    await call.ring()
    await call.answer()
    await row(page).get_by_role("button", name=label("transfer")).click(timeout=PATIENCE)
    await expect(page.get_by_text(label("transfer_hint"))).to_be_visible()
    for absent in ("ask_first", "park"):
        await expect(page.get_by_role("button", name=label(absent))).to_have_count(0)


@WIDE
async def test_a_recording_is_played(frontend: Frontend, pbx: Simulator) -> None:
    pbx.knobs.records_calls = True
    await frontend.add(pbx)
    call = await pbx.calls.inbound(None, caller=CALLER, to="1001")
    await call.ring()
    await call.answer()
    page = await show(frontend)
    clock = row(page).locator("ippbx-clock")
    await expect(clock).to_have_text(re.compile("^0:0[2-9]$"), timeout=PATIENCE)
    await call.hang_up()
    play = page.get_by_role("button", name=label("recording_of", name=CALLER))
    entry = page.locator("ippbx-calls li").first
    await expect(entry).to_contain_text(CALLER, timeout=PATIENCE)
    await expect(play).to_have_count(0)
    await frontend.set_options("privacy", **PRIVACY, recordings=True)
    await play.click(timeout=PATIENCE)
    audio = page.locator("ippbx-calls audio")
    await expect(audio).to_have_js_property("error", None, timeout=PATIENCE)
    await expect(audio).to_have_js_property("ended", True, timeout=PATIENCE)
    await play.click()
    await expect(audio).to_have_count(0)


@WIDE
async def test_what_the_log_shows(frontend: Frontend, pbx: Simulator) -> None:
    await frontend.add(pbx)
    for caller, to, answered in ((CALLER, "1001", True), ("0305550155", "1002", False)):
        call = await pbx.calls.inbound(None, caller=caller, to=to)
        await call.ring()
        if answered:
            await call.answer()
        await call.hang_up()
    page = await show(frontend, {"type": "custom:ippbx-calls"})
    card = page.locator("ippbx-calls")
    shown, extension = (card.get_by_label(label(key)) for key in ("show", "extensions"))
    search = card.get_by_role("searchbox")
    await expect(card.get_by_role("heading", name=label("today"))).to_be_visible(timeout=PATIENCE)
    for choose, entries in (
        (shown.select_option("missed"), ["0305550155"]),
        (shown.select_option("inbound"), ["0305550155", CALLER]),
        (extension.select_option("1001"), [CALLER]),
        (extension.select_option(""), ["0305550155", CALLER]),
        (search.fill("55 01 55"), ["0305550155"]),
        (search.fill("aNNa"), [CALLER]),
        (search.fill("nobody"), []),
    ):
        await choose
        await expect(card.locator("li")).to_contain_text(entries, timeout=PATIENCE)
    await expect(card.get_by_role("status")).to_have_text(label("nothing_found"))


@WIDE
async def test_numbers_that_are_not_told(frontend: Frontend, pbx: Simulator) -> None:
    """A withheld one is told in words; neither it nor a masked one can be called back."""
    await frontend.add(pbx)
    page = await show(frontend)
    entry = page.locator("ippbx-calls li").first
    back = entry.get_by_role("button", name=re.compile("back$"))
    await expect(tile(page, "1001")).to_be_visible(timeout=PATIENCE)
    for caller, shown, buttons in (("anonymous", label("withheld"), 0), (CALLER, CALLER, 1)):
        call = await pbx.calls.inbound(None, caller=caller, to="1001")
        await call.ring()
        await expect(row(page)).to_contain_text(shown, timeout=PATIENCE)
        await expect(tile(page, "1001")).to_contain_text(shown)
        await call.hang_up()
        await expect(entry).to_contain_text(shown, timeout=PATIENCE)
        await expect(back).to_have_count(buttons)
    await frontend.set_options("privacy", **PRIVACY | {"mask_numbers": True})
    await expect(entry).to_contain_text(f"{CALLER[:-3]}xxx", timeout=PATIENCE)
    await expect(back).to_have_count(0)


async def test_dial_and_call_back(frontend: Frontend, pbx: Simulator) -> None:
    await frontend.add(pbx)
    missed = await pbx.calls.place("1003", "1001")
    await missed.ring()
    await missed.hang_up()
    page = await show(frontend)
    await choose_own(page, "1001")
    for key in "1002":
        await page.locator(".keys").get_by_role("button", name=key, exact=True).click()
    await page.locator("form").get_by_role("button", name=label("call"), exact=True).click()
    await expect(tile(page, "1001")).to_contain_text("Ringing", timeout=PATIENCE)
    await tile(page, "1001").click()
    await page.locator(".panel").get_by_role("button", name=label("hang_up")).click()
    await expect(page.get_by_text(label("no_active_calls"))).to_be_visible(timeout=PATIENCE)
    back = page.get_by_role("button", name=re.compile("back$")).last
    await back.click()
    await expect(tile(page, "1001")).to_contain_text("Ringing", timeout=PATIENCE)
    page = await show(frontend)  # one's own extension is kept
    await page.get_by_role("button", name=label("dial_pad")).click()
    await expect(page.get_by_label(label("from"))).to_have_value("1001", timeout=PATIENCE)


@WIDE
async def test_what_is_not_allowed_is_refused_in_words(frontend: Frontend, pbx: Simulator) -> None:
    await frontend.add(pbx)
    page = await show(frontend, {"type": "custom:ippbx-switchboard", "own_extension": "1001"})
    await page.get_by_role("button", name=label("dial_pad")).click()
    await page.get_by_label(label("number"), exact=True).fill("0900123456")
    await page.locator("form").get_by_role("button", name=label("call"), exact=True).click()
    refused = english()["exceptions"]["number_not_allowed"]["message"]
    start = refused.partition("{")[0].strip()
    await expect(page.locator("ippbx-switchboard [role=alert]")).to_contain_text(
        start, timeout=PATIENCE
    )
    assert not pbx.calls.live


async def test_pop_up(frontend: Frontend, pbx: Simulator) -> None:
    await frontend.add(pbx)
    card = {"type": "custom:ippbx-switchboard", "own_extension": 1001, "popup": True}
    page = await show(frontend, card)
    await expect(tile(page, "1001")).to_be_visible(timeout=PATIENCE)
    call = await pbx.calls.inbound(None, caller=CALLER, to="1001")
    await call.ring()
    dialog = page.get_by_role("dialog", name=label("incoming"))
    await expect(dialog).to_contain_text(CALLER, timeout=PATIENCE)
    await expect(dialog).to_be_focused()
    for key in ("Space", "Enter"):  # typed into something else when it opened
        await page.keyboard.press(key)
    await expect(dialog).to_contain_text(CALLER)
    await dialog.get_by_role("button", name=label("close")).click()
    await expect(dialog).to_have_count(0)
    assert pbx.calls.live  # no key has hung up
    await call.hang_up()
    await expect(page.get_by_text(label("no_active_calls"))).to_be_visible(timeout=PATIENCE)


async def test_pop_up_of_a_long_name(frontend: Frontend, pbx: Simulator) -> None:
    """It is cut after three lines, so that the buttons stay in sight."""
    await frontend.add(pbx)
    command = {"type": "config/device_registry/update", "name_by_user": "Long name " * 25}
    await frontend.home_assistant.commands(command | {"device_id": await frontend.device("1002")})
    card = {"type": "custom:ippbx-switchboard", "own_extension": 1001, "popup": True}
    page = await show(frontend, card)
    await expect(tile(page, "1001")).to_be_visible(timeout=PATIENCE)
    call = await pbx.calls.place("1002", "1001")
    await call.ring()
    dialog = page.get_by_role("dialog", name=label("incoming"))
    await expect(dialog.get_by_role("button", name=label("close"))).to_be_in_viewport()
    name = dialog.locator(".caller")
    await expect(name).to_contain_text("Long name")
    assert await name.evaluate("each => each.clientHeight") < 120
    await call.hang_up()


@WIDE
async def test_cards_that_load_before_home_assistant(frontend: Frontend, pbx: Simulator) -> None:
    """Home Assistant's own registry of elements forgets what was defined before it."""

    async def delay(route: Route) -> None:
        with suppress(TimeoutError):  # newer releases load the cards afterwards
            await frontend.page.wait_for_function("window.customCards?.length", timeout=2000)
        await route.continue_()

    await frontend.add(pbx)
    await frontend.page.route(re.compile(r"frontend_latest/app\.\w+\.js"), delay)
    page = await show(frontend)
    await expect(tile(page, "1000")).to_be_visible(timeout=PATIENCE)


@WIDE
async def test_by_keyboard(frontend: Frontend, pbx: Simulator) -> None:
    await frontend.add(pbx)
    page = await show(frontend)
    call = await pbx.calls.inbound(None, caller=CALLER, to="1001")
    await call.ring()
    await call.answer()
    transfer = row(page).get_by_role("button", name=label("transfer"))
    for key, shown in (("Enter", 1), ("Escape", 0), ("Space", 1)):
        await transfer.press(key)
        await expect(page.get_by_text(label("transfer_hint"))).to_have_count(shown)
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("Escape")
    await expect(page.get_by_text(label("transfer_hint"))).to_have_count(0)
    await transfer.press("Enter")
    await tile(page, "1002").press("Enter")
    await expect(tile(page, "1002")).to_contain_text("Ringing", timeout=PATIENCE)
    await tile(page, "1002").press("Enter")
    hang_up = page.locator(".panel").get_by_role("button", name=label("hang_up"))
    await hang_up.press("Enter")
    await expect(hang_up).to_have_count(0, timeout=PATIENCE)
    await expect(tile(page, "1002")).to_be_focused()


@WIDE
async def test_in_german(frontend: Frontend, pbx: Simulator) -> None:
    await frontend.add(pbx)
    stored = "localStorage.setItem('selectedLanguage', '\"de\"')"
    await frontend.page.context.add_init_script(stored)
    page = await show(frontend)
    german: dict[str, str] = read_json(ROOT / "frontend" / "src" / "texts" / "de.json")
    for key in ("extensions", "active_calls", "lines"):
        heading = page.get_by_role("heading", name=german[key])
        await expect(heading).to_be_visible(timeout=PATIENCE)
    await expect(page.get_by_text(german["no_calls"])).to_be_visible(timeout=PATIENCE)


async def test_how_the_cards_look(frontend: Frontend, pbx: Simulator) -> None:
    """Light, dark and right to left, on a phone too, nothing sticks out and nothing is cut off."""
    await pbx.rename_extension("1002", "Anna-Katharina from the workshop behind the garage")
    await pbx.set_extension_status("1004", "unavailable")
    await frontend.add(pbx)
    ringing = await pbx.calls.inbound("trunk-1", CALLER, to="1001")
    await ringing.ring()
    talking = await pbx.calls.place("1003", "1002")
    await talking.ring()
    await talking.answer()
    page = frontend.page
    shades: set[str] = set()
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await show(frontend)
        await look_at(page, "ltr")
        shades.add(await page.locator("ippbx-switchboard ha-card").evaluate(SHADE))
    assert len(shades) == 2
    await page.context.add_init_script("localStorage.setItem('selectedLanguage', '\"he\"')")
    await show(frontend)
    await look_at(page, "rtl")


SHADE = "card => getComputedStyle(card).backgroundColor"
CUT = """() => {
  const deep = (root) => [...root.querySelectorAll("*")].flatMap((each) =>
    [each, ...(each.shadowRoot ? deep(each.shadowRoot) : [])]);
  const shortens = (each) => getComputedStyle(each).textOverflow === "ellipsis";
  const cards = deep(document).filter((each) => /^ippbx-(switchboard|calls)$/.test(each.localName));
  const found = [];
  for (const card of cards) {
    const { left, right } = card.getBoundingClientRect();
    for (const each of card.shadowRoot.querySelectorAll("*")) {
      if (!(each instanceof HTMLElement) || each.matches(".hidden")) continue;
      if (shortens(each.parentElement ?? card)) continue;
      const box = each.getBoundingClientRect();
      const out = box.width && (box.left < left - 1 || box.right > right + 1);
      const fits = shortens(each) || !each.clientWidth || each.scrollWidth <= each.clientWidth + 1;
      const low = each.matches(".tiles > li") && each.scrollHeight > each.clientHeight + 1;
      if (out || !fits || low) found.push(each.outerHTML.slice(0, 120));
    }
  }
  const page = document.scrollingElement;
  if (page.scrollWidth > page.clientWidth) found.push("the page");
  return cards.length === 2 ? found : ["a card is missing"];
}"""
WHOLE = """(each) =>
  each.scrollWidth <= each.clientWidth + 1 && each.scrollHeight <= each.clientHeight + 1"""


async def look_at(page: Page, direction: str) -> None:
    """Open all that there is to see, and check that it fits, in its direction."""
    await expect(row(page)).to_be_visible(timeout=PATIENCE)
    await expect(page.locator("ippbx-switchboard .row").first).to_have_css("direction", direction)
    await page.get_by_role("button", name=label("dial_pad")).click()
    await tile(page, "1001").click()
    await expect(page.locator(".panel")).to_be_visible()
    first, second = [await tile(page, number).bounding_box() for number in ("1003", "1004")]
    assert first
    assert second
    if first["y"] == second["y"]:
        assert (first["x"] < second["x"]) == (direction == "ltr")
    assert await page.evaluate(CUT) == []
    words = tile(page, "1004").locator(".second")
    await expect(words).to_contain_text("Not registered")
    assert await words.evaluate(WHOLE)


@WIDE
async def test_a_reload_of_the_integration(frontend: Frontend, pbx: Simulator) -> None:
    await frontend.add(pbx)
    page = await show(frontend)
    await expect(tile(page, "1000")).to_be_visible(timeout=PATIENCE)
    (entry,) = await frontend.home_assistant.request(
        "GET", "/api/config/config_entries/entry?domain=ippbx"
    )
    path = f"/api/config/config_entries/entry/{entry['entry_id']}/reload"
    await frontend.home_assistant.request("POST", path)
    call = await pbx.calls.inbound(None, caller=CALLER, to="1000")
    await call.ring()
    await expect(row(page)).to_contain_text(CALLER, timeout=PATIENCE)


@WIDE
async def test_an_entry_that_is_disabled(
    frontend: Frontend, pbx: Simulator, start_simulator: StartSimulator
) -> None:
    """No card tells what it does not know: neither that nobody phones, nor that calls will come."""
    await frontend.add(pbx)
    (entry,) = await frontend.home_assistant.request("GET", f"{ENTRIES}?domain={DOMAIN}")
    await frontend.add(await start_simulator(serial="SIM2"))  # browsers load the cards for it
    command = {"type": "config_entries/disable", "entry_id": entry["entry_id"]}
    named = {"config_entry_id": entry["entry_id"]}
    cards = [{"type": f"custom:ippbx-{name}", **named} for name in ("switchboard", "calls")]
    page = await show(frontend, *cards)
    call = await pbx.calls.inbound(None, caller=CALLER, to="1001")
    await call.ring()
    await expect(row(page)).to_be_visible(timeout=PATIENCE)
    await tile(page, "1001").click()
    switchboard, calls = (page.locator(f"ippbx-{name}") for name in ("switchboard", "calls"))
    dial = switchboard.locator(".panel").get_by_role("button", name=re.compile("^Call"))
    await expect(dial).to_be_enabled()
    await expect(calls).to_contain_text(label("no_calls"))
    await frontend.home_assistant.commands({**command, "disabled_by": "user"})
    for opened in ("before", "afterwards"):
        if opened == "afterwards":
            page = await show(frontend, *cards)
            await tile(page, "1001").click()
        await expect(calls).to_contain_text(label("disconnected"), timeout=PATIENCE)
        await expect(calls).not_to_contain_text(label("no_calls"))
        await expect(switchboard).to_contain_text(label("disconnected"), timeout=PATIENCE)
        await expect(switchboard).not_to_contain_text(label("no_active_calls"))
        await expect(dial).to_be_disabled()
    await frontend.home_assistant.commands({**command, "disabled_by": None})
    await expect(row(page)).to_contain_text(CALLER, timeout=PATIENCE)
    await expect(calls).to_contain_text(label("no_calls"), timeout=PATIENCE)
    await expect(dial).to_be_enabled()


@WIDE
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_serious_for_who_cannot_see(
    frontend: Frontend, pbx: Simulator, scheme: Any
) -> None:
    await frontend.add(pbx)
    await frontend.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page = await show(frontend)
    for number in ("1001", "1003"):
        call = await pbx.calls.inbound(None, caller=CALLER, to=number)
        await call.ring()
    await call.answer()
    missed = await pbx.calls.place("1002", "1004")
    await missed.ring()
    await missed.hang_up()
    await choose_own(page, "1002")
    await tile(page, "1003").click()
    await expect(page.locator(".panel")).to_be_visible(timeout=PATIENCE)
    await expect(page.locator("ippbx-calls li").first).to_be_visible(timeout=PATIENCE)
    await page.add_script_tag(content=AXE.read_text())
    assert await serious(page) == []
    await page.locator(".calls").get_by_role("button", name=label("transfer")).click()
    await page.get_by_role("button", name=label("ask_first")).click()
    assert await serious(page) == []
    await tile(page, "1000").click()
    abort = page.get_by_role("button", name=label("step.abort"))
    await expect(abort).to_be_visible(timeout=PATIENCE)
    assert await serious(page) == []


async def serious(page: Page) -> list[str]:
    """Return what axe finds serious in the cards."""
    found: list[str] = await page.evaluate(
        """async () => {
          const deep = (root) => [...root.querySelectorAll("*")].flatMap((each) =>
            [each, ...(each.shadowRoot ? deep(each.shadowRoot) : [])]);
          const ours = deep(document).filter((each) =>
            ["ippbx-switchboard", "ippbx-calls"].includes(each.localName));
          const { violations } = await axe.run(ours);
          return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
            .map(({ id, nodes }) => `${id}: ${nodes.map((each) => each.html).join(" ")}`);
        }"""
    )
    return found
