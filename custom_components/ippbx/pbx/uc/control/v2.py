"""What Yeastar v2.0.0 offers: data (pbx-api, "Endpoints, v2.0.0").

Every leg is named by its channel id. Where a number is asked for, any will do, outside ones too.
"""

from collections.abc import Mapping

from ...model.actions import Action, Field
from ...model.lines import LegKind
from .requests import Request, Requests
from .v1 import DOWNLOAD_RECORDING, SEND_MESSAGE, settings

_AUTO_ANSWER: Mapping[str, Field] = {"autoanswer": Field.AUTO_ANSWER}
_PERMISSION: Mapping[str, Field] = {"dialpermission": Field.PERMISSION}
_CHANNEL: Mapping[str, Field] = {"channelid": Field.LEG}


def _dial(caller: Field, callee: Field) -> Request:
    """Return a call that an extension makes, by its own right."""
    parameters = {"caller": caller, "callee": callee, **_AUTO_ANSWER}
    return Request("call/dial", parameters, outward=(caller, callee))


def _dial_outside(caller: Field) -> Request:
    """Return a call that somebody else makes: it needs an extension's right."""
    return Request(
        "call/dial",
        {"caller": caller, "callee": Field.NUMBER, **_PERMISSION},
        required=(Field.PERMISSION,),
        outward=(caller, Field.NUMBER),
    )


def _transfer(*required: Field) -> Request:
    parameters = {**_CHANNEL, "number": Field.TARGET, **_PERMISSION}
    return Request("call/transfer", parameters, required=required, outward=(Field.TARGET,))


_ON_LEGS: Mapping[Action, Request] = {
    Action.HANG_UP: Request("call/hangup", _CHANNEL),
    Action.HOLD: Request("call/hold", _CHANNEL),
    Action.RESUME: Request("call/unhold", _CHANNEL),
    Action.MUTE: Request("call/mute", _CHANNEL),
    Action.UNMUTE: Request("call/unmute", _CHANNEL),
    Action.TRANSFER_TO_EXTENSION: _transfer(),
    Action.TRANSFER_TO_NUMBER: _transfer(Field.PERMISSION),
    Action.TRANSFER_TO_IVR: _transfer(),
    Action.TRANSFER_TO_QUEUE: _transfer(),
    Action.TRANSFER_TO_RING_GROUP: _transfer(),
    Action.ATTENDED_TRANSFER: Request(
        "call/attended_transfer",
        {**_CHANNEL, "tonumber": Field.TARGET, **_PERMISSION},
        outward=(Field.TARGET,),
    ),
    Action.OPERATE_TRANSFER: Request(
        "call/attended_transfer_operate", {**_CHANNEL, "operate": Field.STEP}
    ),
    Action.PARK: Request(
        "call/callpark", {**_CHANNEL, "parkingslot": Field.SLOT}, answer="parkingslot"
    ),
}

YEASTAR_V2_REQUESTS: Requests = {
    (Action.DIAL_EXTENSION, None): _dial(Field.CALLER, Field.CALLEE),
    (Action.DIAL_OUTSIDE, None): _dial(Field.CALLER, Field.NUMBER),
    (Action.DIAL_TWO_OUTSIDE, None): _dial_outside(Field.CALLER),
    # An IVR can call outside numbers alone; an extension that calls the IVR hears the same.
    (Action.DIAL_EXTENSION_FROM_IVR, None): _dial(Field.CALLEE, Field.IVR),
    (Action.DIAL_OUTSIDE_FROM_IVR, None): _dial_outside(Field.IVR),
    (Action.DIAL_OUTSIDE_FROM_QUEUE, None): _dial_outside(Field.QUEUE),
    (Action.DIAL_OUTSIDE_FROM_RING_GROUP, None): _dial_outside(Field.RING_GROUP),
    (Action.RETRIEVE, None): _dial(Field.CALLER, Field.SLOT),
    (Action.PLAY_PROMPT, None): Request(
        "call/playprompt",
        {"number": Field.EXTENSION, "prompt": Field.PROMPT, **_AUTO_ANSWER},
        outward=(Field.EXTENSION,),
    ),
    (Action.PLAY_PROMPT_OUTSIDE, None): Request(
        "call/playprompt",
        {"number": Field.NUMBER, "prompt": Field.PROMPT, **_PERMISSION},
        required=(Field.PERMISSION,),
        outward=(Field.NUMBER,),
    ),
    (Action.PLAY_PROMPT_TO_GROUP, None): Request(
        "call/playprompt",
        {"number": Field.PAGING_GROUP, "prompt": Field.PROMPT},
        outward=(Field.PAGING_GROUP,),
    ),
    (Action.LIST_PAGING_GROUPS, None): Request("paginggroup/list", {}),
    **{(action, kind): each for kind in LegKind for action, each in _ON_LEGS.items()},
    **{
        (action, None): Request(
            "call/listen",
            {"monitor": Field.MONITOR, "extension": Field.EXTENSION},
            fixed={"type": word},
            outward=(Field.MONITOR,),
        )
        for action, word in (
            (Action.LISTEN, "listen"),
            (Action.WHISPER, "whisper"),
            (Action.BARGE_IN, "barge"),
        )
    },
    (Action.SEND_MESSAGE, None): SEND_MESSAGE,
    (Action.LIST_PARKED, None): Request("call/callpark_status", {}),
    (Action.ACCEPT, LegKind.INBOUND): Request("call/accept_inbound", _CHANNEL),
    (Action.REFUSE, LegKind.INBOUND): Request("call/refuse_inbound", _CHANNEL),
    (Action.EXTENSION_CALLS, None): Request("extension/query_call", {"number": Field.EXTENSION}),
    (Action.DOWNLOAD_RECORDS, None): Request("cdr/get_random", {}, fixed={"number": "all"}),
    (Action.DOWNLOAD_RECORDING, None): DOWNLOAD_RECORDING,
    **settings("number"),
}
