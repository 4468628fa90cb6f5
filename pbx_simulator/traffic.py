"""The requests and reports that a PBX remembers, for tests and for the console."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, SupportsIndex, override


@dataclass(slots=True, kw_only=True)
class Request:
    """One request to the API.

    Attributes:
        time: When it came, by the PBX's clock (epoch seconds, UTC).
        raw_head: Request line and headers as they stood on the wire.
        body: The body as it stood on the wire.
        endpoint: The path behind the version, such as "extensionlist/query".
        version: The version segment, such as "v0.0.1".
        source: The address it came from.
        params: The JSON body, if it was an object.
        errno: The error number it was answered with; "" = success, None = not answered (yet).
        token_ok: True if it carried a living token.
        answer: The JSON object it was answered with, if any.
    """

    time: float
    raw_head: bytes
    body: bytes
    endpoint: str
    version: str = ""
    source: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    errno: str | None = None
    token_ok: bool = False
    answer: dict[str, Any] | None = None


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One report and its delivery.

    Attributes:
        time: When it was first sent, by the PBX's clock (epoch seconds, UTC).
        report: The report as a JSON object; empty when it was given as bytes that are none.
        body: The body's bytes.
        raw: The whole request as it stood on the wire, last attempt; b"" = never sent.
        target: host:port/path it went to.
        status: The HTTP status of the answer; None = none came.
        attempts: The number of times it was sent.
        note: The end of its delivery: "answered", "lost", "given up", "no token", "away" or ""
            while open.
    """

    time: float
    report: dict[str, Any]
    body: bytes
    raw: bytes = b""
    target: str = ""
    status: int | None = None
    attempts: int = 0
    note: str = ""


class BoundedList[T](list[T]):
    """A list that forgets its oldest items beyond a limit; 0 = remembers nothing."""

    def __init__(self, limit: int) -> None:
        """Remember at most about `limit` items."""
        super().__init__()
        self.limit = limit

    @override
    def append(self, item: T, /) -> None:
        """Add an item; trims in chunks, so that the cost does not grow with the limit."""
        super().append(item)
        if len(self) > self.limit + self.limit // 4:
            del self[: len(self) - self.limit]

    @override
    def extend(self, items: Iterable[T], /) -> None:
        """Add items one by one."""
        for item in items:
            self.append(item)

    @override
    def insert(self, index: SupportsIndex, item: T, /) -> None:
        """Not offered: the order is the order of time.

        Raises:
            TypeError: Always.
        """
        raise TypeError("Items are remembered in the order of time")
