"""What Yeastar v2.0.0 offers: data (pbx-api, "Endpoints, v2.0.0").

Every leg is named by its channel id. Where it asks for a number, any number will do, outside ones too.
"""

from collections.abc import Mapping

from .control_models import Action, Field
from .control_request import ControlRequest, Requests, request
from .control_v1 import MESSAGES
from .models import LegKind

_AUTO_ANSWER: Mapping[str, Field] = {"autoanswer": Field.AUTO_ANSWER}
_PERMISSION: Mapping[str, Field] = {"dialpermission": Field.PERMISSION}
_CHANNEL: Mapping[str, Field] = {"channelid": Field.LEG}


def _dial(caller: Field, callee: Field, more: Mapping[str, Field]) -> ControlRequest:
    return request(
        "call/dial", {"caller": caller, "callee": callee, **more}, outward=(caller, callee)
    )


_DIALS: Requests = {
    (Action.DIAL_EXTENSION, None): _dial(Field.CALLER, Field.CALLEE, _AUTO_ANSWER),
    (Action.DIAL_OUTSIDE, None): _dial(Field.CALLER, Field.NUMBER, _AUTO_ANSWER),
    (Action.DIAL_TWO_OUTSIDE, None): _dial(Field.CALLER, Field.NUMBER, _PERMISSION),
    (Action.DIAL_EXTENSION_FROM_IVR, None): _dial(Field.IVR, Field.CALLEE, _AUTO_ANSWER),
    (Action.DIAL_OUTSIDE_FROM_IVR, None): _dial(Field.IVR, Field.NUMBER, _PERMISSION),
    (Action.DIAL_OUTSIDE_FROM_QUEUE, None): _dial(Field.QUEUE, Field.NUMBER, _PERMISSION),
    (Action.DIAL_OUTSIDE_FROM_RING_GROUP, None): _dial(Field.RING_GROUP, Field.NUMBER, _PERMISSION),
    (Action.RETRIEVE, None): _dial(Field.CALLER, Field.SLOT, _AUTO_ANSWER),
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
        outward=(Field.NUMBER,),
    ),
}
_TRANSFER = request(
    "call/transfer",
    {**_CHANNEL, "number": Field.TARGET, **_PERMISSION},
    outward=(Field.TARGET,),
)
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
        Action.TRANSFER_TO_NUMBER: _TRANSFER,
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
