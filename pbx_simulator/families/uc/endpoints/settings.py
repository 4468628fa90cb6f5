"""Changing what an extension is set to (pbx-api, section 7, "Configuration"; section 8)."""

from __future__ import annotations

from collections.abc import Mapping
import re

from pbx_simulator.directory import Extension, Forwarding

from ..errors import ApiError
from . import checks
from .context import Context
from .endpoint import V1, V2, Answer, ApiRequest, Endpoint

_SWITCH = {"on": True, "off": False}
_DESTINATIONS = ("Extension", "Voicemail", "Mobile Number", "Custom Number")
# The keys of a destination, and what they may hold.
_DETAILS: Mapping[str, tuple[str, re.Pattern[str]]] = {
    "atransferext": ("extension", re.compile(r"[0-9]{0,7}")),
    "atransferprefix": ("prefix", re.compile(r"[0-9]{0,7}")),
    "atransfernum": ("number", re.compile(r"[0-9]{0,15}")),
}


def _updating(sets: frozenset[str], key: str) -> Endpoint:
    """Return the endpoint that changes the extension whose number stands under a key."""

    async def answer(context: Context, request: ApiRequest) -> Answer:
        extension = checks.extension(context, request, key)
        now = context.clock()
        if now - context.device.configured < context.knobs.apply_seconds:
            raise ApiError("10025")
        _change(context, request, extension)
        context.device.configured = now
        return checks.success()

    return Endpoint(name="extension/update", sets=sets, answer=answer, body=True)


def _change(context: Context, request: ApiRequest, extension: Extension) -> None:
    """Change what a request names, or nothing if a part of it is wrong."""
    dnd = _flag(request, "dnd", extension.dnd)
    old = extension.forwarding
    kind = request.text("atransferto", old.kind)
    if kind not in _DESTINATIONS:
        raise ApiError("10017")
    details = {name: getattr(old, name) for name, _ in _DETAILS.values()}
    for key, (name, form) in _DETAILS.items():
        details[name] = request.text(key, details[name])
        if not form.fullmatch(details[name]):
            raise ApiError("10017")
    always = _flag(request, "alwaysforward", old.always)
    forwarding = Forwarding(always=always, kind=kind, **details)
    if forwarding.always or "atransferto" in request.params:
        target = forwarding.destination(extension.mobile)
        if not target:
            raise ApiError("10017")
        if kind == "Extension" and target not in context.directory.extensions:
            raise ApiError("10006")
    extension.dnd, extension.forwarding = dnd, forwarding
    extension.name = request.text("username", extension.name)


def _flag(request: ApiRequest, key: str, old: bool) -> bool:
    """Return a switch, as it was where the request does not name it; 10017 for another word."""
    if key not in request.params:
        return old
    word = request.text(key)
    if word not in _SWITCH:
        raise ApiError("10017")
    return _SWITCH[word]


ENDPOINTS = (_updating(V1, "extid"), _updating(V2, "number"))
