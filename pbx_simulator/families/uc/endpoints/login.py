"""login, heartbeat, logout, token/refresh (pbx-api, section 5)."""

from __future__ import annotations

import hashlib
import ipaddress
from typing import Any

from pbx_simulator.knobs import Knobs

from ..errors import ApiError
from ..sessions import ReportTarget, Session
from .context import Context
from .endpoint import EVERY, YEASTAR, Answer, ApiRequest, Endpoint

_FLAGS = {"both": ("urltag", "urlflag"), "urltag": ("urltag",), "urlflag": ("urlflag",)}
_DEFAULT_PORT = "8260"


async def _login(context: Context, request: ApiRequest) -> Answer:
    context.statistics.login_attempts += 1
    username, password = request.required("username"), request.required("password")
    if context.lockout.locked(request.source):
        context.statistics.failed_logins += 1
        raise ApiError("20002")
    target = _login_target(context, request)
    if context.knobs.refuse_logins or not _is_right(context, username, password):
        context.statistics.failed_logins += 1
        context.lockout.refused(request.source)
        raise ApiError("20003")
    context.lockout.succeeded(request.source)
    context.statistics.logins += 1
    session = context.sessions.open(request.source, request.text("version"))
    if target:
        context.sessions.register(session, target)
    answer = {"status": "Success", **_tokens(session, context.knobs)}
    if transport := context.dialect.transport:
        streams = context.streaming() and not context.knobs.reports_beside_events
        answer["transport"] = "TCP" if streams else transport
    return answer


def _is_right(context: Context, username: str, password: str) -> bool:
    digest = hashlib.md5(context.account.password.encode(), usedforsecurity=False).hexdigest()
    return username == context.account.username and password == digest


def _tokens(session: Session, knobs: Knobs) -> dict[str, Any]:
    tokens = {"token": session.token}
    if knobs.refresh_tokens:
        tokens["refreshtoken"] = session.refresh_token
    return tokens


def _login_target(context: Context, request: ApiRequest) -> ReportTarget | None:
    """Return the address for reports that a login registers; None without a port."""
    port, url, flag = request.text("port"), request.text("url"), _flag(context.knobs, request)
    if not port and context.dialect.transport:
        port = _DEFAULT_PORT
    if not port and request.strict:
        raise ApiError("10004")
    if port in ("", "0") and not request.strict:
        return None
    _check_port(port)
    _check_url(context.knobs, url, "10004")
    return ReportTarget(request.source, port, url, flag)


async def _heartbeat(context: Context, request: ApiRequest) -> Answer:
    context.statistics.heartbeats += 1
    known = request.session.target
    ipaddr, port, url = request.text("ipaddr"), request.text("port"), request.text("url")
    flag = _flag(context.knobs, request)
    if request.strict and not (ipaddr and port):
        raise ApiError("10004")
    if ipaddr or port or url:
        ipaddr = ipaddr or (known.ipaddr if known else request.source)
        port = port or (known.port if known else _DEFAULT_PORT)
        _check_address(ipaddr)
        _check_port(port)
        _check_url(context.knobs, url, "20011")
        context.sessions.register(request.session, ReportTarget(ipaddr, port, url, flag))
    return {"status": "Success"}


def _flag(knobs: Knobs, request: ApiRequest) -> str:
    """Return the kind of the url; a number is never refused, as the OpenVox sample has one."""
    for name in _FLAGS[knobs.flag_names]:
        value = str(request.params.get(name, ""))
        if value in ("0", "1"):
            return value
        if value and request.strict:
            raise ApiError("20011")
    return "0"


def _check_port(port: str) -> None:
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536):
        raise ApiError("20008")


def _check_address(ipaddr: str) -> None:
    try:
        ipaddress.ip_address(ipaddr)
    except ValueError:
        raise ApiError("20011") from None


def _check_url(knobs: Knobs, url: str, errno: str) -> None:
    if knobs.max_url_length is not None and len(url) > knobs.max_url_length:
        raise ApiError(errno)


async def _logout(context: Context, request: ApiRequest) -> Answer:
    context.sessions.close(request.session)
    return {"status": "Success"}


async def _refresh(context: Context, request: ApiRequest) -> Answer:
    session = context.sessions.refresh(request.required("refreshtoken"))
    return {
        "status": "Success",
        "token": session.token,
        "refreshtoken": session.refresh_token,
    }


ENDPOINTS = (
    Endpoint(name="login", sets=EVERY, answer=_login, token=False, body=True),
    Endpoint(name="heartbeat", sets=EVERY, answer=_heartbeat),
    Endpoint(name="logout", sets=EVERY, answer=_logout),
    Endpoint(name="token/refresh", sets=YEASTAR, answer=_refresh, token=False, body=True),
)
