"""What the browser complains about."""

from collections.abc import Mapping
import re
from typing import Final

from playwright.async_api import ConsoleMessage, Error, Page

CORE: Final[Mapping[str, str]] = {
    r"Failed to load resource: .*brands": "icons come from the internet, or are not there",
    r"Failed to load resource: .*stub_config": "pictures of the picker come from the internet",
    r"Transition was skipped": "the frontend changes pages faster than it can animate them",
    r"Failure writing unhandled promise rejection to system log": "what the frontend makes of that",
}
"""Complaints that are not about the integration, with the reason."""


class Console:
    """The complaints of a page that Home Assistant itself does not cause."""

    def __init__(self, page: Page) -> None:
        """Listen to a page."""
        self.complaints: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", self._raised)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._add(f"{message.text} {message.location['url']}")

    def _raised(self, error: Error) -> None:
        self._add(f"{error.message} {error.stack}")

    def _add(self, text: str) -> None:
        if not any(re.search(pattern, text) for pattern in CORE):
            self.complaints.append(text)
