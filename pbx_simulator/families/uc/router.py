"""From a request's path, query and body to an answer: the checks that all endpoints share.

Source: pbx-api, sections 2, 3, 5 and 6. Which check comes first is not documented; see README.md.
"""

from __future__ import annotations

from collections.abc import Mapping
import json
import re
from typing import Any

from pbx_simulator.traffic import Request

from .endpoints import ENDPOINTS
from .endpoints.context import Context
from .endpoints.endpoint import Answer, ApiRequest, Download, Endpoint
from .errors import ApiError

_PATH = re.compile(r"/api/(?P<version>v\d+(?:\.\d+)*)/(?P<endpoint>.+)")
_OLD_LOGIN = "v1.10"
"""The documents print the login path of API v1.1.0 with this version."""


def split(path: str) -> tuple[str, str] | None:
    """Return version segment and endpoint of a path; None when it is no path of the API."""
    match = _PATH.fullmatch(path)
    return (match["version"], match["endpoint"].rstrip("/")) if match else None


class Router:
    """Answers requests by the endpoint that they name."""

    def __init__(self, context: Context, recorded: Mapping[str, dict[str, Any]]) -> None:
        """Answer for a PBX.

        Args:
            context: The parts of the PBX that endpoints may use.
            recorded: Endpoint -> the answer of a replayed trace, given in place of its own.
        """
        self._context = context
        self._recorded = recorded

    async def answer(self, request: Request, method: str, query: Mapping[str, str]) -> Answer:
        """Answer one request and note the outcome in it."""
        try:
            answer = await self._answer(request, method, query)
        except ApiError as error:
            request.errno = error.errno
            answer = {"status": "Failed", "errno": error.errno}
        else:
            request.errno = ""
        request.answer = answer if isinstance(answer, dict) else None
        return answer

    async def _answer(self, request: Request, method: str, query: Mapping[str, str]) -> Answer:
        knobs = self._context.knobs
        if not knobs.api_running:
            raise ApiError("30003")
        for name in (request.endpoint, "*"):
            if errno := knobs.wrong_next.pop(name, "") or knobs.wrong_errno.get(name):
                raise ApiError(errno)
        asked = ApiRequest(
            endpoint=request.endpoint,
            version=request.version,
            source=request.source,
            params={},
            query=query,
            strict=knobs.strict_parameters,
        )
        if knobs.token_before_endpoint and request.endpoint not in ("login", "token/refresh"):
            self._check_token(request, asked)
        endpoint = self._find(request.version, request.endpoint)
        if method != ("GET" if endpoint.download else "POST"):
            raise ApiError("20001")
        if endpoint.token and not asked.opened:
            self._check_token(request, asked)
        asked.params = request.params = _read_body(request.body, endpoint)
        if recorded := self._recorded.get(request.endpoint):
            return recorded
        return await endpoint.answer(self._context, asked)

    def _find(self, version: str, name: str) -> Endpoint:
        dialect = self._context.dialect
        if self._context.knobs.strict_versions:
            old_login = name == "login" and version == _OLD_LOGIN and dialect.key == "yeastar-v1"
            if version not in dialect.versions and not old_login:
                raise ApiError("10003")
        for endpoint_set in self._context.endpoint_sets:
            if endpoint := ENDPOINTS.get((endpoint_set, name)):
                return endpoint
        raise ApiError("10003")

    def _check_token(self, request: Request, asked: ApiRequest) -> None:
        asked.opened.append(self._context.sessions.check(asked.query.get("token", "")))
        request.token_ok = True


def _read_body(body: bytes, endpoint: Endpoint) -> dict[str, Any]:
    """Return the JSON object in a body.

    Raises:
        ApiError: 20009 without a body that must be there, 10002 for XML, 20000 for anything
            else that is no JSON object, 20007 for an empty object.
    """
    text = body.strip()
    if not text:
        if endpoint.body:
            raise ApiError("20009")
        return {}
    if text.startswith(b"<"):
        raise ApiError("10002")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ApiError("20000") from None
    if not isinstance(value, dict):
        raise ApiError("20000")
    if not value and endpoint.body:
        raise ApiError("20007")
    return value


def encode(answer: Answer) -> bytes:
    """Return the body of an answer."""
    if isinstance(answer, Download):
        return answer.content
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
