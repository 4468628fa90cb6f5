"""Queries of IVRs, queues and paging groups (pbx-api, section 7; section 8: with `number`)."""

from __future__ import annotations

from typing import Any

from pbx_simulator.calls.services import Service, ServiceKind
from pbx_simulator.calls.switchboard import AGENT_TIMEOUT

from ..errors import ApiError
from .context import Context
from .endpoint import V1, V2, YEASTAR, Answer, ApiRequest, Endpoint


async def _query_ivrs(context: Context, request: ApiRequest) -> Answer:
    found = _wanted(context, request, ServiceKind.IVR, "ivrid", "10012")
    return {"status": "Success", "ivr": [_ivr(service) for service in found]}


async def _query_queues(context: Context, request: ApiRequest) -> Answer:
    found = _wanted(context, request, ServiceKind.QUEUE, "queueid", "10013")
    return {"status": "Success", "queues": [_queue(service) for service in found]}


async def _list_paging_groups(context: Context, _request: ApiRequest) -> Answer:
    groups = context.calls.services.paging_groups
    found = [{"number": number, "name": name} for number, name in groups.items()]
    return {"status": "Success", "paginggrouplist": found}


def _wanted(
    context: Context, request: ApiRequest, kind: ServiceKind, key: str, errno: str
) -> list[Service]:
    """Return the services with the given numbers, or all of the kind."""
    services = context.calls.services
    wanted = request.number_list(key) or request.number_list("number")
    if wanted in ([], ["all"]):
        return [each for each in services.by_number.values() if each.kind is kind]
    found = [services.find(kind, number) for number in wanted]
    if None in found:
        raise ApiError(errno)
    return [each for each in found if each]


def _ivr(service: Service) -> dict[str, Any]:
    return {
        "ivrnumber": service.number,
        "ivrname": service.number,
        "prompt": "[Default]",
        "promptrepeat": "3",
        "responsetimeout": "3",
        "digittimeout": "3",
        "dialext": "on",
        "dialoutboundroutes": "off",
        "dialtocheckvoicemail": "off",
    }


def _queue(service: Service) -> dict[str, Any]:
    return {
        "queuenumber": service.number,
        "password": "",
        "queuename": service.number,
        "ringstrategy": "Linear" if service.in_turn else "Ring All",
        "failoveraction": "Hang up",
        "agents": "".join(f"{member}," for member in service.members),
        "agenttimeout": str(AGENT_TIMEOUT),
    }


ENDPOINTS = (
    Endpoint(name="ivr/query", sets=YEASTAR, answer=_query_ivrs),
    Endpoint(name="queue/query", sets=YEASTAR, answer=_query_queues),
    Endpoint(name="paginggrouplist/query", sets=V1, answer=_list_paging_groups),
    Endpoint(name="paginggroup/list", sets=V2, answer=_list_paging_groups),
)
