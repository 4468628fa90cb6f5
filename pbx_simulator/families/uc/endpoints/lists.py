"""Lists and queries of extensions, trunks and live calls (pbx-api, sections 7 and 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pbx_simulator.calls.legs import LegKind
from pbx_simulator.directory import Extension

from .. import live_calls
from ..errors import ApiError
from .endpoint import EVERY, OLD, V2, Answer, Ask, Endpoint

if TYPE_CHECKING:
    from pbx_simulator.simulator import Simulator


async def _list_extensions(pbx: Simulator, ask: Ask) -> Answer:
    key, kind = pbx.number_key(ask.endpoint), pbx.dialect.extension_type
    found = [
        {
            key: extension.number,
            "status": pbx.directory.list_word(extension),
            "type": kind,
            "username": extension.name,
            "agentid": "",
        }
        for extension in pbx.directory.extensions.values()
    ]
    return {"status": "Success", "extlist": found}


async def _query_extensions(pbx: Simulator, ask: Ask) -> Answer:
    wanted = ask.number_list("number") or ask.number_list("extid")
    everybody = pbx.directory.extensions
    if wanted in ([], ["all"]):
        wanted = list(everybody)
    if not all(number in everybody for number in wanted):
        raise ApiError("10006")
    key = "number" if "number" in ask.params else pbx.number_key(ask.endpoint)
    found = [_details(pbx, everybody[number], key) for number in wanted]
    return {"status": "Success", "extinfos": found}


def _details(pbx: Simulator, extension: Extension, key: str) -> dict[str, Any]:
    details: dict[str, Any] = {
        key: extension.number,
        "username": extension.name,
        "status": pbx.directory.list_word(extension),
        "type": pbx.dialect.extension_type,
        "callerid": extension.number,
        "registername": extension.number,
        "maxregistrations": "1",
        "email": f"{extension.number}@pbx.example",
        "moblie": "",
        "language": "System Default",
        "hasvoicemail": "on",
        "enablevmtoemail": "off",
        "alwaysforward": "off",
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
        **extension.secrets,
    }
    for call in pbx.calls.of_extension(extension.number)[:1]:
        details.update(live_calls.partner(call, extension.number))
    return details


async def _list_trunks(pbx: Simulator, ask: Ask) -> Answer:
    found = []
    for trunk in pbx.directory.trunks.values():
        word = pbx.directory.trunk_word(trunk)
        item = {"trunkname": trunk.name, "status": word, "type": trunk.type}
        if ask.endpoint == "trunk/list":
            item = {"trunkname": trunk.name, "id": trunk.id, "status": word, "type": trunk.type}
        found.append(item)
    return {"status": "Success", pbx.dialect.trunks_key: found}


async def _query_inbound(pbx: Simulator, ask: Ask) -> Answer:
    return _trunk_calls(pbx, ask, LegKind.INBOUND)


async def _query_outbound(pbx: Simulator, ask: Ask) -> Answer:
    return _trunk_calls(pbx, ask, LegKind.OUTBOUND)


def _trunk_calls(pbx: Simulator, ask: Ask, kind: LegKind) -> Answer:
    key = f"{kind.value}id"
    calls = [live_calls.trunk_call(call, kind) for call in pbx.calls.live.values()]
    found = [call for call in calls if call]
    if wanted := ask.number_list(key):
        found = [call for call in found if call[key] in wanted]
        if len(found) < len(wanted):
            raise ApiError("10007")
    return {"status": "Success", kind.value: found}


async def _query_calls(pbx: Simulator, ask: Ask) -> Answer:
    if call_id := ask.text("callid"):
        call = pbx.calls.find(call_id)
        if call is None:
            raise ApiError("10005")
        return {"status": "Success", "calls": [live_calls.members(call)]}
    kind = ask.required("type")
    if kind not in (LegKind.INBOUND, LegKind.OUTBOUND):
        raise ApiError("10004")
    found = [
        live_calls.members(call)
        for call in pbx.calls.live.values()
        if any(leg.kind == kind for leg in call.legs)
    ]
    return {"status": "Success", "calls": found}


async def _query_extension_calls(pbx: Simulator, ask: Ask) -> Answer:
    wanted = ask.required("number").split(",")
    if wanted == ["all"]:
        wanted = list(pbx.directory.extensions)
    if not all(number in pbx.directory.extensions for number in wanted):
        raise ApiError("10006")
    found = [
        {
            "number": number,
            "numbercalls": [live_calls.members(call) for call in pbx.calls.of_extension(number)],
        }
        for number in wanted
    ]
    return {"status": "Success", "calllist": found}


ENDPOINTS = (
    Endpoint(name="extensionlist/query", families=OLD, answer=_list_extensions),
    Endpoint(name="extension/list", families=V2, answer=_list_extensions),
    Endpoint(name="extension/query", families=EVERY, answer=_query_extensions),
    Endpoint(name="trunklist/query", families=OLD, answer=_list_trunks),
    Endpoint(name="trunk/list", families=V2, answer=_list_trunks),
    Endpoint(name="inbound/query", families=OLD, answer=_query_inbound),
    Endpoint(name="outbound/query", families=OLD, answer=_query_outbound),
    Endpoint(name="call/query", families=V2, answer=_query_calls, body=True),
    Endpoint(name="extension/query_call", families=V2, answer=_query_extension_calls, body=True),
)
