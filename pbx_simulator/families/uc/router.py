"""From a request's path, query and body to an answer: the checks that all endpoints share.

Source: pbx-api, sections 2, 3, 5 and 6. Which check comes first is not documented; see README.md.
"""

from __future__ import annotations

from collections.abc import Mapping
import json
import re
from typing import TYPE_CHECKING, Any

from pbx_simulator.traffic import Request

from .endpoints import ENDPOINTS
from .endpoints.endpoint import Answer, Ask, Download, Endpoint
from .errors import ApiError

if TYPE_CHECKING:
    from pbx_simulator.simulator import Simulator

_PATH = re.compile(r"/api/(?P<version>v\d+(?:\.\d+)*)/(?P<endpoint>.+)")
_OLD_LOGIN = "v1.10"
"""The documents print the login path of API v1.1.0 with this version."""


class Api:
    """Answers requests to the API of one simulated PBX."""

    def __init__(self, pbx: Simulator) -> None:
        """Answer for this PBX."""
        self._pbx = pbx

    @staticmethod
    def split(path: str) -> tuple[str, str] | None:
        """Version segment and endpoint of a path; None when it is no path of the API."""
        match = _PATH.fullmatch(path)
        return (match["version"], match["endpoint"].rstrip("/")) if match else None

    async def answer(self, request: Request, method: str, query: Mapping[str, str]) -> Answer:
        """Answer one request and note in it what came of it."""
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
        pbx, knobs = self._pbx, self._pbx.knobs
        if not knobs.api_running:
            raise ApiError("30003")
        for name in (request.endpoint, "*"):
            if errno := knobs.wrong_errno.get(name):
                raise ApiError(errno)
        ask = Ask(
            endpoint=request.endpoint,
            version=request.version,
            source=request.source,
            params={},
            query=query,
            strict=knobs.strict_parameters,
            has_body=bool(request.body.strip()),
        )
        if knobs.token_before_endpoint and request.endpoint not in ("login", "token/refresh"):
            self._check_token(request, ask)
        endpoint = self._find(request.version, request.endpoint)
        if method != ("GET" if endpoint.download else "POST"):
            raise ApiError("20001")
        if endpoint.token and not ask.opened:
            self._check_token(request, ask)
        ask.params = request.params = _read_body(request.body, endpoint)
        if recorded := pbx.recorded_answer(request.endpoint):
            return recorded
        return await endpoint.answer(pbx, ask)

    def _find(self, version: str, name: str) -> Endpoint:
        dialect = self._pbx.dialect
        if self._pbx.knobs.strict_versions:
            old_login = name == "login" and version == _OLD_LOGIN and dialect.key == "yeastar-v1"
            if version not in dialect.versions and not old_login:
                raise ApiError("10003")
        for family in self._pbx.families:
            if endpoint := ENDPOINTS.get((family, name)):
                return endpoint
        raise ApiError("10003")

    def _check_token(self, request: Request, ask: Ask) -> None:
        ask.opened.append(self._pbx.sessions.check(ask.query.get("token", "")))
        request.token_ok = True


def _read_body(body: bytes, endpoint: Endpoint) -> dict[str, Any]:
    """The JSON object in a body.

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
    """The body of an answer."""
    if isinstance(answer, Download):
        return answer.content
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
