"""Readings: points that no document settles, decided by chance for one scenario.

The names and what each choice means stand here; everything else reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
import random

from ..dialects import Dialect, ReportFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """The behaviour of one PBX where the documents are silent or contradict each other.

    Attributes:
        rings: When RING and ALERT (API v2.0.0: the CallStatus of a call that rings) are sent:
            "always", "api" = only for calls made over the API, "never".
        callee_first: True if RING and ANSWER name the callee first (all samples), not the caller
            (English text).
        split_ids: True if the reports of one call carry different call ids (OpenVox).
        both_byes: True if BYE is sent for both parties.
        answered_word: The action of the caller's report of an answered call.
        bye_of_losers: True if members of a group that stop ringing get a BYE.
        group_members: A group in API v2.0.0: "all" = one event with all members, "growing" = one
            more member in each event, "each" = one event for each member.
        group_records: "one" record for a call, one for each "leg" that rang, or, as Asterisk
            itself does, one for each "branch" under an id of its own (OpenVox).
        line_answer: The report of an answer by an IVR, a queue or a voicemail box: "none" or
            "caller" (ANSWERED, CallStatus with the caller alone).
        path_on: The legs that carry `callpath`: "all", "caller".
        inbound_to: The `to` of an inbound leg while a group rings: the "group" or the "extension".
        answered_rings: True if a caller at an IVR or a queue stays ANSWERED while a phone rings.
        forwarder: The leg that the `Tranfer` of a forwarded call names: the one that forwards
            ("self") or the one that rings ("other").
        record_callee: The callee of a record: the number that was "dialled", or that "answered".
        holder: The leg that is HOLD: "self" = the leg that pressed hold, "other".
        idle_word, busy_word: The words in ExtensionStatus.
        waiting_word: True if a second call that rings on a busy phone is reported as Ringing.
        status_first: True if ExtensionStatus goes before the report about the call.
        timeout_fails: True if a phone that is not answered in time makes a CallFailed.
        refused_status: The record's status of a refused call.
        refusal: The end of a call that the API refuses: "failed" = CallFailed 603, "bye" = BYE and
            NO ANSWER.
        line_talk: True if a record's talk counts from the moment at which an IVR, a queue answered.
        transfer_records: "one" record for a transferred call, or "two", the second of type
            Transfer.
        late_status: True if a CallStatus may follow the record (API v2.0.0).
        phantoms: True if the other branches of a group leave zero-length records beside the real
            one.
        phantom_id: The id of a phantom: the call's own, or that of its "leg".
        api_leg: True if the ringing of the caller of an API call is reported.
        flag_infos: The fields of DTMF: "info", "flag" as well, or "all".
    """

    rings: str
    callee_first: bool
    split_ids: bool
    both_byes: bool
    answered_word: str
    bye_of_losers: bool
    group_members: str
    group_records: str
    line_answer: str
    path_on: str
    inbound_to: str
    answered_rings: bool
    forwarder: str
    record_callee: str
    holder: str
    idle_word: str
    busy_word: str
    waiting_word: bool
    status_first: bool
    timeout_fails: bool
    refused_status: str
    refusal: str
    line_talk: bool
    transfer_records: str
    late_status: bool
    phantoms: bool
    phantom_id: str
    api_leg: bool
    flag_infos: str


def draw(dice: random.Random, dialect: Dialect, fmt: ReportFormat) -> Habits:
    """Decide all of them by chance."""

    def chance(share: float) -> bool:
        return dice.random() < share

    def pick(*choices: tuple[str, int]) -> str:
        return dice.choices([word for word, _ in choices], [weight for _, weight in choices])[0]

    openvox, members = dialect.key == "openvox", fmt is ReportFormat.MEMBERS
    rings = pick(("always", 7), ("api", 2), ("never", 1))
    return Habits(
        rings=rings,
        callee_first=chance(0.85),
        split_ids=openvox,
        both_byes=chance(0.85),
        answered_word=pick(("ANSWER", 3), ("ANSWERED", 1)) if openvox else "ANSWERED",
        bye_of_losers=chance(0.5),
        group_members=pick(("all", 2), ("growing", 1), ("each", 1)),
        group_records=pick(("one", 2), ("leg", 1), *((("branch", 1),) if openvox else ())),
        line_answer=pick(("none", 1), ("caller", 1)),
        path_on=pick(("all", 1), ("caller", 1)),
        inbound_to=pick(("group", 1), ("extension", 1)),
        answered_rings=chance(0.5),
        forwarder=pick(("self", 1), ("other", 1)),
        record_callee=pick(("dialled", 1), ("answered", 1)),
        holder=pick(("self", 3), ("other", 1)),
        idle_word="Registered" if members else pick(("Idle", 7), ("Registered", 3)),
        busy_word=pick(("InUse", 9), ("Busy", 1)) if openvox else "Busy",
        waiting_word=chance(0.3),
        status_first=chance(0.6),
        timeout_fails=chance(0.25),
        refused_status=pick(("BUSY", 3), ("NO ANSWER", 1)),
        refusal=pick(("failed", 1), ("bye", 1)),
        line_talk=chance(0.5),
        transfer_records=pick(("one", 3), ("two", 1)),
        late_status=members and chance(0.2),
        phantoms=chance(0.15),
        phantom_id=pick(("own", 1), ("leg", 1)),
        api_leg=chance(0.3) and rings != "never",
        flag_infos=pick(("info", 1), ("flag", 1), ("all", 2)),
    )
