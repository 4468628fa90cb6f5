"""Queries of the device, extensions, trunks and live calls (pbx-api, sections 7 and 8)."""

from __future__ import annotations

import hashlib
from typing import Any

from pbx_simulator.calls.legs import LegKind
from pbx_simulator.calls.record import local_time
from pbx_simulator.directory import Extension, Forwarding

from .. import live_calls
from ..errors import ApiError
from .context import Context
from .endpoint import EVERY, OLD, V1, V2, Answer, ApiRequest, Endpoint


async def _device_info(context: Context, request: ApiRequest) -> Answer:
    now, offset = context.clock(), context.config.utc_offset
    shown = local_time(now + context.device.clock_error, offset)
    up = int(now - context.device.booted)
    extensions = context.directory.extensions.values()
    registered = sum(extension.registered for extension in extensions)
    return {
        "status": "Success",
        "deviceinfo": {
            "devicename": context.dialect.device_name,
            "sn": context.device.serial,
            "hardwarever": context.dialect.hardware,
            "firmwarever": context.dialect.firmware,
            "systemtime": f"{shown:%Y-%m-%d %H:%M:%S} UTC{offset:+d}",
            "uptime": f"{up // 3600:02d}:{up // 60 % 60:02d}:{up % 60:02d}",
            "extensionstatus": f"{registered}/{len(extensions)}",
        },
    }


async def _list_extensions(context: Context, request: ApiRequest) -> Answer:
    key, kind = context.number_key(request.endpoint), context.dialect.extension_type
    found = [
        {
            key: extension.number,
            "status": context.dialect.list_word(extension.status),
            "type": kind,
            "username": extension.name,
            "agentid": "",
        }
        for extension in context.listed(context.directory.extensions)
    ]
    return {"status": "Success", "extlist": found}


async def _query_extensions(context: Context, request: ApiRequest) -> Answer:
    wanted = request.number_list("number") or request.number_list("extid")
    extensions = context.directory.extensions
    if wanted in ([], ["all"]):
        wanted = list(extensions)
    if not all(number in extensions for number in wanted):
        raise ApiError("10006")
    key = "number" if "number" in request.params else context.number_key(request.endpoint)
    found = [_details(context, extensions[number], key) for number in wanted]
    return {"status": "Success", "extinfos": found}


def _details(context: Context, extension: Extension, key: str) -> dict[str, Any]:
    details: dict[str, Any] = {
        key: extension.number,
        "username": extension.name,
        "status": context.dialect.list_word(extension.status),
        "type": context.dialect.extension_type,
        "callerid": extension.number,
        "registername": extension.number,
        "maxregistrations": "1",
        "email": f"{extension.number}@context.example",
        "moblie": extension.mobile,
        "language": "System Default",
        "hasvoicemail": "on",
        "enablevmtoemail": "off",
        **_forwarding(extension.forwarding),
        "noanswerforward": "off",
        "ntransferto": "Voicemail",
        "ntransferprefix": "",
        "busyforward": "off",
        "btransferto": "Voicemail",
        "btransferprefix": "",
        "ringsimultaneous": "off",
        "mobileprefix": "",
        "enablemobile": "off",
        "allowbeingmonitored": "on" if extension.may_be_monitored else "off",
        "monitormode": extension.monitor_mode,
        "ringtimeout": "30",
        "maxduration": "Follow System",
        "dnd": "on" if extension.dnd else "off",
        "callrestriction": "off",
        "agentid": "",
        **secrets_of(extension.number),
    }
    for call in context.calls.of_extension(extension.number)[:1]:
        details.update(live_calls.partner(call, extension.number))
    return details


def _forwarding(forwarding: Forwarding) -> dict[str, str]:
    """Return how all calls are forwarded; the destination is not told before it was ever set."""
    shown = {"alwaysforward": "on" if forwarding.always else "off"}
    if forwarding != Forwarding():
        shown |= {
            "atransferto": forwarding.kind,
            "atransferext": forwarding.extension,
            "atransferprefix": forwarding.prefix,
            "atransfernum": forwarding.number,
        }
    return shown


def secrets_of(number: str) -> dict[str, str]:
    """Return the secrets that an extension query gives away (pbx-api, section 7)."""
    digest = hashlib.md5(f"web-{number}".encode(), usedforsecurity=False)
    return {
        "registerpassword": f"Reg{number}Secret",
        "loginpassword": digest.hexdigest(),
        "vmsecret": f"77{number}",
    }


async def _list_trunks(context: Context, request: ApiRequest) -> Answer:
    found = []
    for trunk in context.listed(context.directory.trunks):
        word = context.dialect.trunk_word(trunk.status)
        item = {"trunkname": trunk.name, "status": word, "type": trunk.type}
        if request.endpoint == "trunk/list":
            item = {"trunkname": trunk.name, "id": trunk.id, "status": word, "type": trunk.type}
        found.append(item)
    return {"status": "Success", context.dialect.trunks_key: found}


async def _query_inbound(context: Context, request: ApiRequest) -> Answer:
    return _trunk_calls(context, request, LegKind.INBOUND)


async def _query_outbound(context: Context, request: ApiRequest) -> Answer:
    return _trunk_calls(context, request, LegKind.OUTBOUND)


def _trunk_calls(context: Context, request: ApiRequest, kind: LegKind) -> Answer:
    key = f"{kind.value}id"
    calls = [live_calls.trunk_call(call, kind) for call in context.calls.live.values()]
    found = [call for call in calls if call]
    if wanted := request.number_list(key):
        found = [call for call in found if call[key] in wanted]
        if len(found) < len(wanted):
            raise ApiError("10007")
    return {"status": "Success", kind.value: found}


async def _query_calls(context: Context, request: ApiRequest) -> Answer:
    if call_id := request.text("callid"):
        call = context.calls.find(call_id)
        if call is None:
            raise ApiError("10005")
        return {"status": "Success", "calls": [live_calls.members(call)]}
    kind = request.required("type")
    if kind not in (LegKind.INBOUND, LegKind.OUTBOUND):
        raise ApiError("10004")
    found = [
        live_calls.members(call)
        for call in context.calls.live.values()
        if any(leg.kind == kind for leg in call.legs)
    ]
    return {"status": "Success", "calls": found}


async def _query_extension_calls(context: Context, request: ApiRequest) -> Answer:
    wanted = request.required("number").split(",")
    if wanted == ["all"]:
        wanted = list(context.directory.extensions)
    if not all(number in context.directory.extensions for number in wanted):
        raise ApiError("10006")
    found = [
        {
            "number": number,
            "numbercalls": [
                live_calls.members(call) for call in context.calls.of_extension(number)
            ],
        }
        for number in wanted
    ]
    return {"status": "Success", "calllist": found}


async def _query_voicemails(context: Context, request: ApiRequest) -> Answer:
    numbers = request.number_list("extid")
    if not numbers or not all(number in context.directory.extensions for number in numbers):
        raise ApiError("10006")
    boxes = [
        {
            "extid": number,
            "voicemail": [
                {
                    "voicemailfile": f"msg{index:04}.wav",
                    "messagefrom": message.caller,
                    "voicemailstatus": "read" if message.heard else "unread",
                    "voicemaildate": "2026-03-01 09:30:00",
                    "voicemaillength": "7",
                }
                for index, message in enumerate(context.directory.extensions[number].messages)
            ],
        }
        for number in numbers
    ]
    return {"status": "Success", "voicemails": boxes}


# The vendor's page on adding a contact names them in this order.
_CONTACT_NUMBERS = (
    "businessnum", "businessnum2", "mobile", "mobile2", "homenum", "homenum2", "businessfax",
    "homefax", "othernum",
)  # fmt: skip
_CONTACT_ADDRESS = ("email", "zipcode", "street", "city", "state", "country")


async def _query_contacts(context: Context, request: ApiRequest) -> Answer:
    known = {str(index): each for index, each in enumerate(context.directory.contacts, 1)}
    wanted = request.required("id").split(",")
    if wanted == ["all"]:
        wanted = list(known)
    if not all(key in known for key in wanted):
        raise ApiError("10004")
    found = [
        {
            "id": int(key),
            "firstname": known[key].firstname,
            "lastname": known[key].lastname,
            "company": known[key].company,
            **dict.fromkeys(_CONTACT_ADDRESS, ""),
            **dict.fromkeys(_CONTACT_NUMBERS, ""),
            **known[key].numbers,
        }
        for key in wanted
    ]
    return {"status": "Success", "companycontacts": found}


ENDPOINTS = (
    Endpoint(name="voicemail/query", sets=V1, answer=_query_voicemails),
    Endpoint(name="deviceinfo/query", sets=EVERY, answer=_device_info),
    Endpoint(name="extensionlist/query", sets=OLD, answer=_list_extensions),
    Endpoint(name="extension/list", sets=V2, answer=_list_extensions),
    Endpoint(name="extension/query", sets=EVERY, answer=_query_extensions),
    Endpoint(name="trunklist/query", sets=OLD, answer=_list_trunks),
    Endpoint(name="trunk/list", sets=V2, answer=_list_trunks),
    Endpoint(name="inbound/query", sets=OLD, answer=_query_inbound),
    Endpoint(name="outbound/query", sets=OLD, answer=_query_outbound),
    Endpoint(name="call/query", sets=V2, answer=_query_calls, body=True),
    Endpoint(name="companycontacts/query", sets=V2, answer=_query_contacts, body=True),
    Endpoint(name="extension/query_call", sets=V2, answer=_query_extension_calls, body=True),
)
