"""What Yeastar v2.0.0 offers: data (pbx-api, "Endpoints, v2.0.0").

Every leg is named by its channel id. Where a number is asked for, any will do, outside ones too.
"""

from collections.abc import Mapping

from ...model.actions import Action, Field
from ...model.lines import LegKind
from .requests import ControlRequest, Requests, request
from .v1 import MESSAGES

_AUTO_ANSWER: Mapping[str, Field] = {"autoanswer": Field.AUTO_ANSWER}
_PERMISSION: Mapping[str, Field] = {"dialpermission": Field.PERMISSION}
_CHANNEL: Mapping[str, Field] = {"channelid": Field.LEG}


def _dial(caller: Field, callee: Field) -> ControlRequest:
    """Return a call that an extension makes, by its own right."""
    return request(
        "call/dial",
        {"caller": caller, "callee": callee, **_AUTO_ANSWER},
        outward=(caller, callee),
    )


def _dial_outside(caller: Field) -> ControlRequest:
    """Return a call that somebody else makes: it needs an extension's right."""
    return request(
        "call/dial",
        {"caller": caller, "callee": Field.NUMBER, **_PERMISSION},
        required=(Field.PERMISSION,),
        outward=(caller, Field.NUMBER),
    )


_DIALS: Requests = {
    (Action.DIAL_EXTENSION, None): _dial(Field.CALLER, Field.CALLEE),
    (Action.DIAL_OUTSIDE, None): _dial(Field.CALLER, Field.NUMBER),
    (Action.DIAL_TWO_OUTSIDE, None): _dial_outside(Field.CALLER),
    # An IVR can call outside numbers alone; an extension that calls the IVR hears the same.
    (Action.DIAL_EXTENSION_FROM_IVR, None): _dial(Field.CALLEE, Field.IVR),
    (Action.DIAL_OUTSIDE_FROM_IVR, None): _dial_outside(Field.IVR),
    (Action.DIAL_OUTSIDE_FROM_QUEUE, None): _dial_outside(Field.QUEUE),
    (Action.DIAL_OUTSIDE_FROM_RING_GROUP, None): _dial_outside(Field.RING_GROUP),
    (Action.RETRIEVE, None): _dial(Field.CALLER, Field.SLOT),
}
_PROMPTS: Requests = {
    (Action.PLAY_PROMPT, None): request(
        "call/playprompt",
        {"number": Field.EXTENSION, "prompt": Field.PROMPT, **_AUTO_ANSWER},
        outward=(Field.EXTENSION,),
    ),
    (Action.PLAY_PROMPT_OUTSIDE, None): request(
        "call/playprompt",
        {"number": Field.NUMBER, "prompt": Field.PROMPT, **_PERMISSION},
        required=(Field.PERMISSION,),
        outward=(Field.NUMBER,),
    ),
}


def _transfer(*required: Field) -> ControlRequest:
    return request(
        "call/transfer",
        {**_CHANNEL, "number": Field.TARGET, **_PERMISSION},
        required=required,
        outward=(Field.TARGET,),
    )


_TRANSFER, _TRANSFER_OUTSIDE = _transfer(), _transfer(Field.PERMISSION)
_ATTENDED_TRANSFER = request(
    "call/attended_transfer",
    {**_CHANNEL, "tonumber": Field.TARGET, **_PERMISSION},
    outward=(Field.TARGET,),
)
_ON_LEGS: Requests = {
    (action, kind): asked
    for kind in LegKind
    for action, asked in {
        Action.HANG_UP: request("call/hangup", _CHANNEL),
        Action.HOLD: request("call/hold", _CHANNEL),
        Action.RESUME: request("call/unhold", _CHANNEL),
        Action.MUTE: request("call/mute", _CHANNEL),
        Action.UNMUTE: request("call/unmute", _CHANNEL),
        Action.TRANSFER_TO_EXTENSION: _TRANSFER,
        Action.TRANSFER_TO_NUMBER: _TRANSFER_OUTSIDE,
        Action.TRANSFER_TO_IVR: _TRANSFER,
        Action.TRANSFER_TO_QUEUE: _TRANSFER,
        Action.TRANSFER_TO_RING_GROUP: _TRANSFER,
        Action.ATTENDED_TRANSFER: _ATTENDED_TRANSFER,
        Action.OPERATE_TRANSFER: request(
            "call/attended_transfer_operate", {**_CHANNEL, "operate": Field.STEP}
        ),
        Action.PARK: request(
            "call/callpark", {**_CHANNEL, "parkingslot": Field.SLOT}, answer="parkingslot"
        ),
    }.items()
}
_MONITORS: Requests = {
    (action, None): request(
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
}

YEASTAR_V2_REQUESTS: Requests = {
    **_DIALS,
    **_PROMPTS,
    **_ON_LEGS,
    **_MONITORS,
    **MESSAGES,
    (Action.LIST_PARKED, None): request("call/callpark_status", {}),
    (Action.ACCEPT, LegKind.INBOUND): request("call/accept_inbound", _CHANNEL),
    (Action.REFUSE, LegKind.INBOUND): request("call/refuse_inbound", _CHANNEL),
    (Action.EXTENSION_CALLS, None): request("extension/query_call", {"number": Field.EXTENSION}),
    (Action.DOWNLOAD_RECORDS, None): request("cdr/get_random", {}, fixed={"number": "all"}),
}
