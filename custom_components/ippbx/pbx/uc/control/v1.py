"""What OpenVox (v0.0.1) and Yeastar v1.1.0 offer: data (pbx-api, "Call control").

A trunk's leg is named by its inbound or outbound id, an extension by its number.
"""

from collections.abc import Mapping

from ...model.actions import Action, Field
from ...model.lines import LegKind
from .requests import ControlRequest, Requests, request

_EXTENSION_LEG = LegKind.EXTENSION
_PERMISSION = (Field.PERMISSION,)

_DIALS: Requests = {
    (Action.DIAL_EXTENSION, None): request(
        "extension/dial_extension",
        {"caller": Field.CALLER, "callee": Field.CALLEE, "autoanswer": Field.AUTO_ANSWER},
        outward=(Field.CALLER, Field.CALLEE),
    ),
    (Action.DIAL_OUTSIDE, None): request(
        "extension/dial_outbound",
        {"extid": Field.CALLER, "outto": Field.NUMBER, "autoanswer": Field.AUTO_ANSWER},
        outward=(Field.CALLER, Field.NUMBER),
    ),
}


def _dial_two_outside(*required: Field) -> Requests:
    """Return the call between two outside numbers; OpenVox's sample names no permission."""
    asked = request(
        "outbound/dial_outbound",
        {"caller": Field.CALLER, "outto": Field.NUMBER, "fromext": Field.PERMISSION},
        required=required,
        outward=(Field.CALLER, Field.NUMBER),
    )
    return {(Action.DIAL_TWO_OUTSIDE, None): asked}


_ON_EXTENSIONS: Requests = {
    (action, _EXTENSION_LEG): request(path, {"extid": Field.EXTENSION})
    for action, path in (
        (Action.HANG_UP, "extension/hangup"),
        (Action.HOLD, "extension/hold"),
        (Action.RESUME, "extension/unhold"),
        (Action.MUTE, "extension/mute"),
        (Action.UNMUTE, "extension/unmute"),
    )
}
_ON_TRUNKS: Requests = {
    (Action.HANG_UP, LegKind.INBOUND): request("inbound/hangup", {"inboundid": Field.LEG}),
    (Action.HANG_UP, LegKind.OUTBOUND): request("outbound/hangup", {"outboundid": Field.LEG}),
}
_MONITORS: Requests = {
    (Action.WHISPER, None): request(
        "extension/whisper",
        {"whisperer": Field.MONITOR, "whisperedext": Field.EXTENSION},
        outward=(Field.MONITOR,),
    ),
    (Action.BARGE_IN, None): request(
        "extension/barge",
        {"bargein": Field.MONITOR, "bargedext": Field.EXTENSION},
        outward=(Field.MONITOR,),
    ),
}
_LISTEN: Requests = {
    (Action.LISTEN, None): request(
        "extension/listen",
        {"listener": Field.MONITOR, "listenedext": Field.EXTENSION},
        outward=(Field.MONITOR,),
    ),
}
_PROMPT: Requests = {
    (Action.PLAY_PROMPT, None): request(
        "extension/playprompt",
        {"extid": Field.EXTENSION, "prompt": Field.PROMPT, "autoanswer": Field.AUTO_ANSWER},
        outward=(Field.EXTENSION,),
    ),
}
_PROMPT_OUTSIDE: Requests = {
    (Action.PLAY_PROMPT_OUTSIDE, None): request(
        "outbound/playprompt",
        {"outto": Field.NUMBER, "prompt": Field.PROMPT, "fromext": Field.PERMISSION},
        required=_PERMISSION,
        outward=(Field.NUMBER,),
    ),
}
_EXTENSION_CALLS: Requests = {
    (Action.EXTENSION_CALLS, None): request("extension/query", {"extid": Field.EXTENSION}),
}
_RECORDS: Requests = {
    (Action.DOWNLOAD_RECORDS, None): request("cdr/get_random", {}, fixed={"extid": "all"}),
}
_INVITATIONS: Requests = {
    (Action.ACCEPT, LegKind.INBOUND): request("inbound/accept", {"inboundid": Field.LEG}),
    (Action.REFUSE, LegKind.INBOUND): request("inbound/refuse", {"inboundid": Field.LEG}),
}


def _from_group(path: str, parameters: Mapping[str, Field]) -> ControlRequest:
    """Return a call that an IVR or a group makes to an outside number."""
    return request(
        path,
        {**parameters, "outto": Field.NUMBER, "fromext": Field.PERMISSION},
        required=_PERMISSION,
        outward=(Field.NUMBER,),
    )


_DIALS_FROM_GROUPS: Requests = {
    (Action.DIAL_EXTENSION_FROM_IVR, None): request(
        "ivr/dial_extension",
        {"ivrid": Field.IVR, "extid": Field.CALLEE, "autoanswer": Field.AUTO_ANSWER},
        outward=(Field.CALLEE,),
    ),
    (Action.DIAL_OUTSIDE_FROM_IVR, None): _from_group("ivr/dial_outbound", {"ivrid": Field.IVR}),
    (Action.DIAL_OUTSIDE_FROM_QUEUE, None): _from_group(
        "queue/dial_outbound", {"queueid": Field.QUEUE}
    ),
    (Action.DIAL_OUTSIDE_FROM_RING_GROUP, None): _from_group(
        "ringgroup/dial_outbound", {"ringgroupid": Field.RING_GROUP}
    ),
}
# An extension's own leg has one way for all destinations, outside numbers included.
_EXTENSION_TRANSFERS: Requests = {
    (action, _EXTENSION_LEG): request(
        "calltransfer",
        {
            "callid": Field.CALL,
            "transferor": Field.EXTENSION,
            "transferto": Field.TARGET,
            "fromext": Field.PERMISSION,
        },
        blank=_PERMISSION,
        outward=(Field.TARGET,),
    )
    for action in (
        Action.TRANSFER_TO_EXTENSION,
        Action.TRANSFER_TO_NUMBER,
        Action.TRANSFER_TO_IVR,
        Action.TRANSFER_TO_QUEUE,
        Action.TRANSFER_TO_RING_GROUP,
    )
}


def _narrow(path: str, key: str, destination: str, *outward: Field) -> ControlRequest:
    """Return a transfer that reaches destinations of one kind alone."""
    return request(path, {key: Field.LEG, destination: Field.TARGET}, outward=outward)


def _outside(path: str, key: str) -> ControlRequest:
    return request(
        path,
        {key: Field.LEG, "outto": Field.TARGET, "fromext": Field.PERMISSION},
        required=_PERMISSION,
        outward=(Field.TARGET,),
    )


def _anywhere(path: str, key: str) -> ControlRequest:
    return request(
        path,
        {key: Field.LEG, "number": Field.TARGET, "fromext": Field.PERMISSION},
        blank=_PERMISSION,
        outward=(Field.TARGET,),
    )


_IN, _OUT = LegKind.INBOUND, LegKind.OUTBOUND
_IN_ID, _OUT_ID = "inboundid", "outboundid"
_TRUNK_TRANSFERS: Requests = {
    (Action.TRANSFER_TO_EXTENSION, _IN): _narrow(
        "inbound/transfer_extension", _IN_ID, "extid", Field.TARGET
    ),
    (Action.TRANSFER_TO_NUMBER, _IN): _outside("inbound/transfer_outbound", _IN_ID),
    (Action.TRANSFER_TO_IVR, _IN): _narrow("inbound/transfer_ivr", _IN_ID, "ivrid"),
    (Action.TRANSFER_TO_QUEUE, _IN): _narrow("inbound/transfer_queue", _IN_ID, "queueid"),
    (Action.TRANSFER_TO_RING_GROUP, _IN): _narrow(
        "inbound/transfer_ringgroup", _IN_ID, "ringgroupid"
    ),
    (Action.TRANSFER_TO_EXTENSION, _OUT): _narrow(
        "outbound/transfer_extension", _OUT_ID, "extid", Field.TARGET
    ),
    (Action.TRANSFER_TO_NUMBER, _OUT): _outside("outbound/transfer_outbound", _OUT_ID),
    (Action.TRANSFER_TO_IVR, _OUT): _narrow("outbound/transfer_ivr", _OUT_ID, "ivrid"),
    # There are no narrower ones.
    (Action.TRANSFER_TO_QUEUE, _OUT): _anywhere("outbound/transfer_number", _OUT_ID),
    (Action.TRANSFER_TO_RING_GROUP, _OUT): _anywhere("outbound/transfer_number", _OUT_ID),
}
MESSAGES: Requests = {
    (Action.SEND_MESSAGE, None): request(
        "sms/send",
        {"trunk": Field.TRUNK, "phonenumber": Field.NUMBER, "message": Field.MESSAGE},
        outward=(Field.NUMBER,),
        answer="smsid",
    ),
}

OPENVOX_REQUESTS: Requests = {
    **_DIALS,
    **_dial_two_outside(),
    **_ON_EXTENSIONS,
    **_ON_TRUNKS,
    **_MONITORS,
    **_PROMPT,
    **_EXTENSION_CALLS,
}
YEASTAR_V1_REQUESTS: Requests = {
    **OPENVOX_REQUESTS,
    **_dial_two_outside(Field.PERMISSION),
    **_LISTEN,
    **_PROMPT_OUTSIDE,
    **_DIALS_FROM_GROUPS,
    **_EXTENSION_TRANSFERS,
    **_TRUNK_TRANSFERS,
    **_INVITATIONS,
    **MESSAGES,
    **_RECORDS,
}
