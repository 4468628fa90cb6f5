"""What an Asterisk cannot tell of the PBXes that are built on it: the choices, in one table.

A reading says which reports a PBX makes of what happens in its Asterisk, and which channel's id
each of them bears. The first reading of a dialect is the default one. OpenVox's is the one that the
documented samples show, see `SAMPLES`; everything else is a choice that no document contradicts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

FIRST = "first"
"""The channel that began the call: its id is the `Linkedid` of all."""
SECOND = "second"
"""The far end of the Local channel that dials this phone: two numbers on, for the first phone."""
NEAR = "near"
"""The near end of that Local channel: one number on, for the first phone."""

INBOUND, OUTBOUND, INTERNAL = "inbound", "outbound", "internal"
_ALL = (INBOUND, OUTBOUND, INTERNAL)


def _every(report: str, bears: str) -> dict[tuple[str, str], str]:
    return {(report, direction): bears for direction in _ALL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a PBX reports what its Asterisk does.

    Attributes:
        dialect: the format of its reports.
        ids: report and direction of the call -> which channel's id the report bears.
        line_ids: direction -> which channel's id `inboundid` or `outboundid` is.
        words: device state of Asterisk -> status of an extension; others are not reported.
        reports_both: both ends of an answer have a word of their own (ANSWERED beside ANSWER).
        rings_own: the ringing of the phone for which the API calls is reported, with it alone.
        byes_of_all: phones that were not answered have a BYE, too.
        record_per_branch: each record of Asterisk is one, instead of one for each call.
        to_member: `to` of an inbound leg is the phone that rings, instead of what was dialled.
    """

    dialect: str
    ids: Mapping[tuple[str, str], str]
    line_ids: Mapping[str, str]
    words: Mapping[str, str]
    reports_both: bool = True
    rings_own: bool = True
    byes_of_all: bool = False
    record_per_branch: bool = False
    to_member: bool = True


_WORDS = {
    "RINGING": "Ringing",
    "RINGINUSE": "Busy",
    "INUSE": "Busy",
    "BUSY": "Busy",
    "ONHOLD": "Busy",
    "NOT_INUSE": "Idle",
    "UNAVAILABLE": "Unregistered",
}
_FIRST_ALWAYS = {
    pair: FIRST
    for report in ("RING", "ALERT", "ANSWER", "BYE 1", "BYE 2", "Tranfer", "CallFailed", "NewCdr")
    for pair in ((report, direction) for direction in _ALL)
}

_OPENVOX = Reading(
    dialect="openvox",
    ids=_FIRST_ALWAYS
    | {
        ("RING", INBOUND): SECOND,
        ("ALERT", INBOUND): SECOND,
        ("ALERT", OUTBOUND): SECOND,
        ("ANSWER", OUTBOUND): SECOND,
    }
    | _every("BYE 2", SECOND),
    line_ids={INBOUND: FIRST, OUTBOUND: FIRST},
    words=_WORDS | {"INUSE": "InUse", "RINGINUSE": "InUse", "BUSY": "InUse", "ONHOLD": "InUse"},
)
_YEASTAR_V1 = Reading(
    dialect="yeastar-v1",
    ids=_FIRST_ALWAYS,
    line_ids={INBOUND: FIRST, OUTBOUND: NEAR},
    words=_WORDS,
)
_YEASTAR_V2 = replace(
    _YEASTAR_V1, dialect="yeastar-v2", words=_WORDS | {"NOT_INUSE": "Registered"}, byes_of_all=True
)

READINGS: Mapping[str, Reading] = {
    "openvox": _OPENVOX,
    "yeastar-v1": _YEASTAR_V1,
    "yeastar-v2": _YEASTAR_V2,
    # The other readings of what no document says.
    "openvox-inside-second": replace(
        _OPENVOX,
        ids=_OPENVOX.ids
        | {(report, INTERNAL): SECOND for report in ("RING", "ALERT", "ANSWER", "CallFailed")},
    ),
    "openvox-branches": replace(_OPENVOX, record_per_branch=True, byes_of_all=True),
    "openvox-dialled": replace(_OPENVOX, to_member=False, rings_own=False),
    "yeastar-v1-branches": replace(_YEASTAR_V1, record_per_branch=True, byes_of_all=True),
    "yeastar-v2-branches": replace(_YEASTAR_V2, record_per_branch=True),
}

FOLLOWS, CHOSEN = "follows", "chosen"

SAMPLES: Mapping[str, tuple[str, str]] = {
    # Ten samples bear or pair two ids, which Asterisk's counter explains.
    "report.RING.inbound": (SECOND, FOLLOWS),  # .1709 beside inboundid .1707
    "report.ALERT.inbound": (SECOND, FOLLOWS),  # the same call
    "report.ANSWER.inbound": (FIRST, FOLLOWS),  # callid and inboundid alike
    "report.RING.outbound": (FIRST, FOLLOWS),  # .1690, outboundid alike
    "report.ALERT.outbound": (SECOND, FOLLOWS),  # .1692 a second later, the same call
    "report.ANSWER.outbound": (SECOND, FOLLOWS),  # .1760 beside outboundid .1758
    "report.BYE.internal-first": (FIRST, FOLLOWS),  # .1775
    "report.BYE.internal-second": (SECOND, FOLLOWS),  # .1777
    "report.BYE.outbound-first": (FIRST, FOLLOWS),  # .1962, outboundid alike
    "report.BYE.outbound-second": (SECOND, FOLLOWS),  # .1964 beside outboundid .1962
    # Ten have one id each, and nothing says whose: a choice.
    "report.RING.internal": (FIRST, CHOSEN),
    "report.ALERT.internal": (FIRST, CHOSEN),
    "report.ANSWER.internal": (FIRST, CHOSEN),
    "report.ANSWER.internal-answered-page": (FIRST, CHOSEN),
    "report.CallFailed.480": (FIRST, CHOSEN),
    "report.NewCdr.inbound": (FIRST, CHOSEN),  # its second is that of `timestart`
    "report.NewCdr.internal": (FIRST, CHOSEN),  # likewise
    "report.NewCdr.outbound": (FIRST, CHOSEN),  # likewise
    "report.Tranfer.inbound": (FIRST, CHOSEN),  # inboundid alike
    "report.Tranfer.internal": (FIRST, CHOSEN),
}
"""OpenVox's samples -> which channel's id each bears, and whether that follows or is chosen."""
