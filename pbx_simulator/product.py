"""A kind of PBX, as the vendor-neutral part of the simulator sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Product(Protocol):
    """One kind of PBX: its names, its defaults and its words for a status."""

    @property
    def key(self) -> str:
        """The name by which users choose it."""

    @property
    def version(self) -> str:
        """The version of its API, without the leading "v"."""

    @property
    def default_port(self) -> int:
        """The port of its API."""

    @property
    def default_tls(self) -> bool:
        """True if its API is served over TLS."""

    @property
    def device_name(self) -> str:
        """The name that it gives itself."""

    @property
    def firmware(self) -> str:
        """The version of its firmware."""

    @property
    def serial(self) -> str:
        """The serial number, unless the configuration has one."""

    @property
    def knobs(self) -> Mapping[str, Any]:
        """The knobs that are not at their general default: name -> value."""

    def extension_status(self, word: str) -> str:
        """Return the status that a word in any spelling stands for."""

    def trunk_status(self, word: str) -> str:
        """Return the status that a word in any spelling stands for."""
