"""What OpenVox (v0.0.1) and Yeastar v1.1.0 offer: data (pbx-api, "Call control").

A trunk's leg is named by its inbound or outbound id, an extension by its number.
"""

from collections.abc import Mapping
from dataclasses import replace

from ...model.actions import TRANSFERS, Action, Field
from ...model.lines import LegKind
from .requests import Request, Requests

_EXTENSION, _IN, _OUT = LegKind.EXTENSION, LegKind.INBOUND, LegKind.OUTBOUND
_IN_ID: Mapping[str, Field] = {"inboundid": Field.LEG}
_OUT_ID: Mapping[str, Field] = {"outboundid": Field.LEG}
_AUTO_ANSWER: Mapping[str, Field] = {"autoanswer": Field.AUTO_ANSWER}
_PERMISSION = (Field.PERMISSION,)
_TO_TARGET = (Field.TARGET,)


def _monitor(path: str, monitor: str, extension: str) -> Request:
    parameters = {monitor: Field.MONITOR, extension: Field.EXTENSION}
    return Request(path, parameters, outward=(Field.MONITOR,))


def _outside(path: str, source: Mapping[str, Field], target: Field = Field.NUMBER) -> Request:
    """Return a request that reaches outside numbers alone, by an extension's right."""
    parameters = {**source, "outto": target, "fromext": Field.PERMISSION}
    return Request(path, parameters, required=_PERMISSION, outward=(target,))


_DIAL_TWO_OUTSIDE = Request(
    "outbound/dial_outbound",
    {"caller": Field.CALLER, "outto": Field.NUMBER, "fromext": Field.PERMISSION},
    outward=(Field.CALLER, Field.NUMBER),
)
# An extension's own leg has one way for all destinations, outside numbers included.
_TRANSFER = Request(
    "calltransfer",
    {
        "callid": Field.CALL,
        "transferor": Field.EXTENSION,
        "transferto": Field.TARGET,
        "fromext": Field.PERMISSION,
    },
    blank=_PERMISSION,
    outward=_TO_TARGET,
)
# Outbound legs have no narrower one to queues and ring groups.
_TRANSFER_OUTBOUND = Request(
    "outbound/transfer_number",
    {**_OUT_ID, "number": Field.TARGET, "fromext": Field.PERMISSION},
    blank=_PERMISSION,
    outward=_TO_TARGET,
)
SEND_MESSAGE = Request(
    "sms/send",
    {"trunk": Field.TRUNK, "phonenumber": Field.NUMBER, "message": Field.MESSAGE},
    outward=(Field.NUMBER,),
    answer="smsid",
)
DOWNLOAD_RECORDING = Request("recording/get_random", {"recording": Field.RECORDING})


def settings(number_key: str) -> Requests:
    """Return the requests that change settings of an extension; OpenVox documents none.

    A destination that is an outside number is sent without a prefix before it: an empty one clears
    that of an earlier destination, with which the PBX would dial another number.
    """
    number, switch = {number_key: Field.EXTENSION}, {"alwaysforward": Field.ENABLED}

    def update(parameters: Mapping[str, Field], *outward: Field, **fixed: str) -> Request:
        return Request("extension/update", {**number, **parameters}, fixed=fixed, outward=outward)

    return {
        (Action.SET_DO_NOT_DISTURB, None): update({"dnd": Field.ENABLED}),
        (Action.FORWARD_TO_EXTENSION, None): update(
            {**switch, "atransferext": Field.TARGET}, Field.TARGET, atransferto="Extension"
        ),
        (Action.FORWARD_TO_NUMBER, None): update(
            {**switch, "atransfernum": Field.FORWARD_NUMBER},
            Field.FORWARD_NUMBER,
            atransferto="Custom Number",
            atransferprefix="",
        ),
        (Action.FORWARD_TO_VOICEMAIL, None): update(switch, atransferto="Voicemail"),
        (Action.STOP_FORWARDING, None): update(switch),
    }


OPENVOX_REQUESTS: Requests = {
    (Action.DIAL_EXTENSION, None): Request(
        "extension/dial_extension",
        {"caller": Field.CALLER, "callee": Field.CALLEE, **_AUTO_ANSWER},
        outward=(Field.CALLER, Field.CALLEE),
    ),
    (Action.DIAL_OUTSIDE, None): Request(
        "extension/dial_outbound",
        {"extid": Field.CALLER, "outto": Field.NUMBER, **_AUTO_ANSWER},
        outward=(Field.CALLER, Field.NUMBER),
    ),
    (Action.DIAL_TWO_OUTSIDE, None): _DIAL_TWO_OUTSIDE,  # the sample names no permission
    **{
        (action, _EXTENSION): Request(path, {"extid": Field.EXTENSION})
        for action, path in (
            (Action.HANG_UP, "extension/hangup"),
            (Action.HOLD, "extension/hold"),
            (Action.RESUME, "extension/unhold"),
            (Action.MUTE, "extension/mute"),
            (Action.UNMUTE, "extension/unmute"),
        )
    },
    (Action.HANG_UP, _IN): Request("inbound/hangup", _IN_ID),
    (Action.HANG_UP, _OUT): Request("outbound/hangup", _OUT_ID),
    (Action.WHISPER, None): _monitor("extension/whisper", "whisperer", "whisperedext"),
    (Action.BARGE_IN, None): _monitor("extension/barge", "bargein", "bargedext"),
    (Action.PLAY_PROMPT, None): Request(
        "extension/playprompt",
        {"extid": Field.EXTENSION, "prompt": Field.PROMPT, **_AUTO_ANSWER},
        outward=(Field.EXTENSION,),
    ),
    (Action.EXTENSION_CALLS, None): Request("extension/query", {"extid": Field.EXTENSION}),
}
YEASTAR_V1_REQUESTS: Requests = {
    **OPENVOX_REQUESTS,
    (Action.DIAL_TWO_OUTSIDE, None): replace(_DIAL_TWO_OUTSIDE, required=_PERMISSION),
    (Action.LISTEN, None): _monitor("extension/listen", "listener", "listenedext"),
    (Action.PLAY_PROMPT_OUTSIDE, None): Request(
        "outbound/playprompt",
        {"outto": Field.NUMBER, "prompt": Field.PROMPT, "fromext": Field.PERMISSION},
        required=_PERMISSION,
        outward=(Field.NUMBER,),
    ),
    # Any number would do as the callee: the dial policy knows which ones are groups.
    (Action.PLAY_PROMPT_TO_GROUP, None): Request(
        "extension/dial_number",
        {"callee": Field.PAGING_GROUP, "prompt": Field.PROMPT},
        outward=(Field.PAGING_GROUP,),
    ),
    (Action.LIST_PAGING_GROUPS, None): Request("paginggrouplist/query", {}),
    (Action.DIAL_EXTENSION_FROM_IVR, None): Request(
        "ivr/dial_extension",
        {"ivrid": Field.IVR, "extid": Field.CALLEE, **_AUTO_ANSWER},
        outward=(Field.CALLEE,),
    ),
    (Action.DIAL_OUTSIDE_FROM_IVR, None): _outside("ivr/dial_outbound", {"ivrid": Field.IVR}),
    (Action.DIAL_OUTSIDE_FROM_QUEUE, None): _outside(
        "queue/dial_outbound", {"queueid": Field.QUEUE}
    ),
    (Action.DIAL_OUTSIDE_FROM_RING_GROUP, None): _outside(
        "ringgroup/dial_outbound", {"ringgroupid": Field.RING_GROUP}
    ),
    **{(action, _EXTENSION): _TRANSFER for action in TRANSFERS.values()},
    (Action.TRANSFER_TO_EXTENSION, _IN): Request(
        "inbound/transfer_extension", {**_IN_ID, "extid": Field.TARGET}, outward=_TO_TARGET
    ),
    (Action.TRANSFER_TO_NUMBER, _IN): _outside("inbound/transfer_outbound", _IN_ID, Field.TARGET),
    (Action.TRANSFER_TO_IVR, _IN): Request(
        "inbound/transfer_ivr", {**_IN_ID, "ivrid": Field.TARGET}
    ),
    (Action.TRANSFER_TO_QUEUE, _IN): Request(
        "inbound/transfer_queue", {**_IN_ID, "queueid": Field.TARGET}
    ),
    (Action.TRANSFER_TO_RING_GROUP, _IN): Request(
        "inbound/transfer_ringgroup", {**_IN_ID, "ringgroupid": Field.TARGET}
    ),
    (Action.TRANSFER_TO_EXTENSION, _OUT): Request(
        "outbound/transfer_extension", {**_OUT_ID, "extid": Field.TARGET}, outward=_TO_TARGET
    ),
    (Action.TRANSFER_TO_NUMBER, _OUT): _outside(
        "outbound/transfer_outbound", _OUT_ID, Field.TARGET
    ),
    (Action.TRANSFER_TO_IVR, _OUT): Request(
        "outbound/transfer_ivr", {**_OUT_ID, "ivrid": Field.TARGET}
    ),
    (Action.TRANSFER_TO_QUEUE, _OUT): _TRANSFER_OUTBOUND,
    (Action.TRANSFER_TO_RING_GROUP, _OUT): _TRANSFER_OUTBOUND,
    (Action.ACCEPT, _IN): Request("inbound/accept", _IN_ID),
    (Action.REFUSE, _IN): Request("inbound/refuse", _IN_ID),
    (Action.SEND_MESSAGE, None): SEND_MESSAGE,
    (Action.DOWNLOAD_RECORDS, None): Request("cdr/get_random", {}, fixed={"extid": "all"}),
    (Action.DOWNLOAD_RECORDING, None): DOWNLOAD_RECORDING,
    **settings("extid"),
}
