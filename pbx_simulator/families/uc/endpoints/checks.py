"""Checks that several endpoints share; each names the error number that the documents give it.

Source: pbx-api, sections 6 to 8.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import re
from typing import Any

from pbx_simulator.calls.legs import Leg, LegKind
from pbx_simulator.calls.model import Call, CallState, CallStateError
from pbx_simulator.calls.services import ServiceKind
from pbx_simulator.directory import Extension

from ..errors import ApiError
from .context import Context
from .endpoint import ApiRequest

_OUTSIDE = re.compile(r"\+?[0-9*#]{1,31}")
_NO_SERVICE = {
    ServiceKind.IVR: "10012",
    ServiceKind.QUEUE: "10013",
    ServiceKind.RING_GROUP: "10014",
}
_WORDS = {"yes": True, "no": False, "": False}


def success(**fields: str) -> dict[str, Any]:
    """Return the answer to a request that was carried out."""
    return {"status": "Success", **fields}


def made(context: Context, call: Call) -> dict[str, Any]:
    """Return the answer to a request that makes a call."""
    return success(callid=call.call_id) if context.knobs.returns_call_id else success()


@contextmanager
def refusing(errno: str) -> Iterator[None]:
    """Answer what the state of a call or a phone forbids with an error number."""
    try:
        yield
    except CallStateError:
        raise ApiError(errno) from None


def extension(context: Context, request: ApiRequest, key: str) -> Extension:
    """Return the extension that a parameter names.

    Raises:
        ApiError: 10004 without it, 10006 for one that does not exist.
    """
    found = context.directory.extensions.get(request.required(key))
    if found is None:
        raise ApiError("10006")
    return found


def outside(request: ApiRequest, key: str) -> str:
    """Return the outside number in a parameter.

    Raises:
        ApiError: 10004 without it, 10031 for one that cannot be dialled.
    """
    number = request.required(key)
    if not _OUTSIDE.fullmatch(number):
        raise ApiError("10031")
    return number


def permission(context: Context, request: ApiRequest, key: str) -> str:
    """Return the extension in a parameter, by the right of which a call goes outside.

    Raises:
        ApiError: as for an extension; 10024 where it has no such right, or nowhere to dial through.
    """
    found = extension(context, request, key)
    if not found.may_dial_out or not context.directory.trunks:
        raise ApiError("10024")
    return found.number


def service(context: Context, request: ApiRequest, key: str, kind: ServiceKind) -> str:
    """Return the number of an IVR, a queue or a ring group in a parameter.

    Raises:
        ApiError: 10004 without it, 10012 to 10014 for one that does not exist.
    """
    number = request.required(key)
    if context.calls.services.find(kind, number) is None:
        raise ApiError(_NO_SERVICE[kind])
    return number


def auto_answer(request: ApiRequest) -> bool:
    """Return True if the phone that is rung first shall pick up by itself.

    Raises:
        ApiError: 10004 for another word than yes and no.
    """
    word = request.text("autoanswer", "no")
    if word not in _WORDS:
        raise ApiError("10004")
    return _WORDS[word]


def own_call(context: Context, number: str, *states: CallState) -> tuple[Call, Leg]:
    """Return the call and leg of an extension, a call in these states first.

    Raises:
        ApiError: 10007 when it is in no call.
    """
    calls = sorted(context.calls.of_extension(number), key=lambda call: call.state not in states)
    for call in calls:
        if leg := call.leg_of(number):
            return call, leg
    raise ApiError("10007")


def trunk_call(context: Context, request: ApiRequest, kind: LegKind) -> tuple[Call, Leg]:
    """Return the call and leg of an inbound or outbound id; reports may give the call's own id.

    Raises:
        ApiError: 10004 without the id, 10007 for one that no call has.
    """
    id_ = request.required(f"{kind.value}id")
    call = context.calls.find(id_)
    legs = [] if call is None else [leg for leg in call.legs if leg.kind is kind]
    if call is None or not legs:
        raise ApiError("10007")
    return call, next((leg for leg in legs if leg.leg_id == id_), legs[0])


def channel(context: Context, request: ApiRequest, *states: CallState) -> tuple[Call, Leg]:
    """Return the call and leg of a channel id (API v2.0.0), a call in these states first.

    Raises:
        ApiError: 10004 without the id, 10007 for one that no call has.
    """
    found = context.calls.by_channel(request.required("channelid"), *states)
    if found is None:
        raise ApiError("10007")
    return found
