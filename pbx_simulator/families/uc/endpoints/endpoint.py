"""An endpoint, its request and its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import ApiError
from ..sessions import Session
from .context import Context

OLD = frozenset({"openvox", "v1"})
YEASTAR = frozenset({"v1", "v2"})
V1 = frozenset({"v1"})
EVERY = frozenset({"openvox", "v1", "v2"})
V2 = frozenset({"v2"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """An answer that is a file."""

    content_type: str
    content: bytes


type Answer = dict[str, Any] | Download


@dataclass(slots=True, kw_only=True)
class ApiRequest:
    """One request, checked as far as all endpoints have it in common.

    Attributes:
        params: The JSON object in the body; empty when there was no body.
        query: The parameters behind the path.
        session: The session of the token, for endpoints that need one.
    """

    endpoint: str
    version: str
    source: str
    params: dict[str, Any]
    query: Mapping[str, str]
    strict: bool
    opened: list[Session] = field(default_factory=list)

    @property
    def session(self) -> Session:
        """The session of the request's token."""
        return self.opened[0]

    def text(self, key: str, default: str = "") -> str:
        """Return a parameter as a string.

        Raises:
            ApiError: 10004 when it is no text or number, or a number where a strict PBX wants text.
        """
        value = self.params.get(key, default)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ApiError("10004")
        if isinstance(value, int) and self.strict:
            raise ApiError("10004")
        return str(value)

    def required(self, key: str) -> str:
        """Return a parameter that must be there and not empty.

        Raises:
            ApiError: 10004 when it is not.
        """
        value = self.text(key)
        if not value:
            raise ApiError("10004")
        return value

    def number_list(self, key: str) -> list[str]:
        """Return a parameter that holds one or several numbers, separated by commas."""
        return [part for part in self.text(key).split(",") if part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One endpoint of the API.

    Attributes:
        name: The path behind the version.
        sets: The endpoint sets that have it.
        token: True if it needs a token.
        body: True if it needs a body.
        download: True if it is requested with GET.
    """

    name: str
    sets: frozenset[str]
    answer: Callable[[Context, ApiRequest], Awaitable[Answer]]
    token: bool = True
    body: bool = False
    download: bool = False
