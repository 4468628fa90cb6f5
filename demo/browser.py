"""A headless Chromium that is signed in to a Home Assistant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
import shutil
import time
from typing import Any

from playwright.async_api import Browser, BrowserContext, async_playwright

from .home_assistant import HomeAssistant

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """Return the path of this machine's Chromium."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """Run Chromium with a fresh profile."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=_FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


async def signed_in(
    browser: Browser, home_assistant: HomeAssistant, width: int, height: int, **options: Any
) -> BrowserContext:
    """Return a window in which Home Assistant's user is signed in.

    Args:
        browser: the browser.
        home_assistant: a Home Assistant that runs.
        width: width of the window, in CSS pixels.
        height: height of the window.
        options: further ones of Playwright's contexts, such as `color_scheme`.
    """
    context = await browser.new_context(
        viewport={"width": width, "height": height}, locale="en-GB", **options
    )
    tokens = {
        "access_token": home_assistant.token,
        "token_type": "Bearer",
        "expires_in": 1800,
        "expires": int((time.time() + 1800) * 1000),
        "refresh_token": "",
        "hassUrl": home_assistant.url,
        "clientId": home_assistant.client_id,
    }
    stored = json.dumps(json.dumps(tokens))
    await context.add_init_script(f"localStorage.setItem('hassTokens', {stored})")
    return context
