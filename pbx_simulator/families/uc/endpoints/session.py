"""login, heartbeat, logout, token/refresh (pbx-api, section 5)."""

from __future__ import annotations

import hashlib
import ipaddress
from typing import TYPE_CHECKING, Any

from pbx_simulator.traffic import ReportTarget

from ..errors import ApiError
from ..sessions import Session
from .endpoint import EVERY, YEASTAR, Answer, Ask, Endpoint

if TYPE_CHECKING:
    from pbx_simulator.knobs import Knobs
    from pbx_simulator.simulator import Simulator

_FLAGS = {"both": ("urltag", "urlflag"), "urltag": ("urltag",), "urlflag": ("urlflag",)}
_DEFAULT_PORT = "8260"


async def _login(pbx: Simulator, ask: Ask) -> Answer:
    pbx.statistics.login_attempts += 1
    username, password = ask.required("username"), ask.required("password")
    if pbx.lockout.locked(ask.source):
        pbx.statistics.failed_logins += 1
        raise ApiError("20002")
    target = _login_target(pbx, ask)
    if pbx.knobs.refuse_logins or not _is_right(pbx, username, password):
        pbx.statistics.failed_logins += 1
        pbx.lockout.refused(ask.source)
        raise ApiError("20003")
    pbx.lockout.succeeded(ask.source)
    pbx.statistics.logins += 1
    session = pbx.sessions.open(ask.source, ask.text("version"))
    if target:
        pbx.sessions.tell(session, target)
    answer = {"status": "Success", **_tokens(session, pbx.knobs)}
    if transport := pbx.dialect.transport:
        streams = pbx.event_port and not pbx.knobs.reports_beside_events
        answer["transport"] = "TCP" if streams else transport
    return answer


def _is_right(pbx: Simulator, username: str, password: str) -> bool:
    digest = hashlib.md5(pbx.password.encode(), usedforsecurity=False).hexdigest()
    return username == pbx.username and password == digest


def _tokens(session: Session, knobs: Knobs) -> dict[str, Any]:
    tokens = {"token": session.token}
    if knobs.refresh_tokens:
        tokens["refreshtoken"] = session.refresh_token
    return tokens


def _login_target(pbx: Simulator, ask: Ask) -> ReportTarget | None:
    """Where a login wants its reports; None when it tells no port."""
    port, url, flag = ask.text("port"), ask.text("url"), _flag(pbx.knobs, ask)
    if not port and pbx.dialect.transport:
        port = _DEFAULT_PORT
    if not port and ask.strict:
        raise ApiError("10004")
    if port in ("", "0") and not ask.strict:
        return None
    _check_port(port)
    _check_url(pbx.knobs, url, "10004")
    return ReportTarget(ask.source, port, url, flag)


async def _heartbeat(pbx: Simulator, ask: Ask) -> Answer:
    pbx.statistics.heartbeats += 1
    told = ask.session.target
    ipaddr, port, url = ask.text("ipaddr"), ask.text("port"), ask.text("url")
    flag = _flag(pbx.knobs, ask)
    if ask.strict and not (ipaddr and port):
        raise ApiError("10004")
    if ipaddr or port or url:
        ipaddr = ipaddr or (told.ipaddr if told else ask.source)
        port = port or (told.port if told else _DEFAULT_PORT)
        _check_address(ipaddr)
        _check_port(port)
        _check_url(pbx.knobs, url, "20011")
        pbx.sessions.tell(ask.session, ReportTarget(ipaddr, port, url, flag))
    return {"status": "Success"}


def _flag(knobs: Knobs, ask: Ask) -> str:
    """The url's kind; the OpenVox sample sends it as a number, so that is never refused."""
    for name in _FLAGS[knobs.flag_names]:
        value = str(ask.params.get(name, ""))
        if value in ("0", "1"):
            return value
        if value and ask.strict:
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


async def _logout(pbx: Simulator, ask: Ask) -> Answer:
    pbx.sessions.close(ask.session)
    return {"status": "Success"}


async def _refresh(pbx: Simulator, ask: Ask) -> Answer:
    session = pbx.sessions.refresh(ask.required("refreshtoken"))
    return {
        "status": "Success",
        "token": session.token,
        "refreshtoken": session.refresh_token,
    }


ENDPOINTS = (
    Endpoint(name="login", families=EVERY, answer=_login, token=False, body=True),
    Endpoint(name="heartbeat", families=EVERY, answer=_heartbeat),
    Endpoint(name="logout", families=EVERY, answer=_logout),
    Endpoint(name="token/refresh", families=YEASTAR, answer=_refresh, token=False, body=True),
)
