"""Which requests each dialect has, and the words and keys that they and their answers use: data.

What a dialect's table lacks, its documents lack.
"""

from collections.abc import Mapping

from ...model.actions import Action, TransferStep
from ..dialects import OPENVOX, YEASTAR_V1, YEASTAR_V2
from .requests import Requests
from .v1 import OPENVOX_REQUESTS, YEASTAR_V1_REQUESTS
from .v2 import YEASTAR_V2_REQUESTS

REQUESTS: Mapping[str, Requests] = {
    OPENVOX.key: OPENVOX_REQUESTS,
    YEASTAR_V1.key: YEASTAR_V1_REQUESTS,
    YEASTAR_V2.key: YEASTAR_V2_REQUESTS,
}
OFFERED: Mapping[str, frozenset[Action]] = {
    key: frozenset(action for action, _ in requests) for key, requests in REQUESTS.items()
}
"""What a dialect has, be it for legs of one kind."""

# What attended_transfer_operate calls the steps (pbx-api, "Endpoints, v2.0.0").
STEP_WORDS: Mapping[TransferStep, str] = {
    TransferStep.COMPLETE: "complete",
    TransferStep.ABORT: "abort",
    TransferStep.SWAP: "swap",
    TransferStep.THREE_WAY: "threeway",
}
AUTO_ANSWER_WORDS: Mapping[bool, str] = {True: "yes", False: "no"}

# The download of call records (pbx-api, "Downloads").
RECORDS_DOWNLOAD = "cdr/download"
RANDOM_KEY, START_KEY, END_KEY = "random", "starttime", "endtime"
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
ERRNO_NO_RECORDS = 20021

# What an answer about an extension's calls holds them under: v2, then v1.
EXTENSION_CALLS_KEY, CALLS_OF_NUMBER_KEY = "calllist", "numbercalls"
EXTENSION_INFO_KEY = "extinfos"
# Dialects whose answer about an extension has all of its calls, not one of them.
ALL_CALLS_SHOWN = frozenset({YEASTAR_V2.key})
PARKED_KEY, PARKED_SECONDS_KEY = "parkinfos", "parktime"
PARKED_KEYS: Mapping[str, str] = {
    "slot": "parkingslot",
    "parker": "parker",
    "party": "parkedparty",
    "leg_id": "channelid",
}
