"""What is true of each call of a trace, by Asterisk's own events alone.

Nothing here knows of reports, dialects or the call engine. What the events leave open is named.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
import re
from typing import override

from tests.asterisk.ami import Event
from tests.asterisk.bed import HERE
from tests.asterisk.channels import Channel, Channels
from tests.asterisk.play import Trace

_GOTO = re.compile(r"exten => (\d+),1,Goto\([\w-]+,(\d+),1\)")
_DIALPLAN = "".join(path.read_text() for path in (HERE / "etc").glob("*extensions.conf"))
LEADS_TO = dict(_GOTO.findall(_DIALPLAN)) | {f"556{digit}": f"100{digit}" for digit in range(10)}
"""Number of our own -> extension that it leads to."""
WHOLE = "call"
"""As undecided field: nothing of the call is decided."""

_REFUSALS = {"17": "busy", "21": "refused"}
"""Cause of Q.850 with which a phone ends -> outcome of a call to it alone."""
_UNHEARD = {"inbound": "missed", "internal": "missed", "outbound": "cancelled"}
"""Direction -> outcome of a call that rang unanswered."""
_PARKED = "69"  # with it begin the numbers by which a parked call is retrieved


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is true of a call.

    Attributes:
        dialled: the number that its caller dialled.
        directions, callees, outcomes: each is a right one.
        answered_by, answered: the phone or number that answered first, and when.
        missed_by, may_have_missed: extensions that have to be named, and that may be.
        rang: extension or number outside -> when it began to ring.
        rings: seconds of ringing: from the first ring on, then by other readings.
        talks: seconds of talk: from the answer to the end, then by other readings.
        united: when a phone united it with another call; 0 if none did.
        undecided: the fields that the events do not decide.
    """

    call_id: str
    caller: str
    dialled: str
    began: float
    ended: float
    directions: frozenset[str]
    callees: frozenset[str]
    outcomes: frozenset[str] = frozenset({"answered"})
    answered_by: str = ""
    answered: float = 0.0
    missed_by: frozenset[str] = frozenset()
    may_have_missed: frozenset[str] = frozenset()
    rang: Mapping[str, float]
    rings: tuple[float, ...] = ()
    talks: tuple[float, ...] = ()
    united: float = 0.0
    undecided: frozenset[str] = frozenset()

    @override
    def __str__(self) -> str:
        how = self.answered_by or "|".join(sorted(self.outcomes)) or "undecided"
        seconds = "/".join(f"{each[0]:.1f}" for each in (self.rings, self.talks) if each)
        names = f"rang {sorted(self.rang)} missed {sorted(self.missed_by)}"
        return f"{self.call_id} {self.caller}>{self.dialled} {how} {seconds} {names}"


@dataclass(slots=True, eq=False)
class _Life:
    """A channel, and when each event, or state, was first told of it."""

    channel: Channel
    call_id: str
    times: dict[str, float] = field(default_factory=dict)
    cause: str = ""

    def at(self, what: str) -> float:
        return self.times.get(what, 0.0)


@dataclass(slots=True)
class _Call:
    """The channels of a call, and what happened to it as a whole.

    Attributes:
        passed_on, united: when it was transferred, and united with another call.
        services: groups, queues and IVRs that it went through.
    """

    first: _Life
    lives: list[_Life] = field(default_factory=list)
    passed_on: list[float] = field(default_factory=list)
    united: float = 0.0
    services: set[str] = field(default_factory=set)
    forwarded: bool = False
    voicemail: bool = False


class Day:
    """The calls of a trace.

    Attributes:
        call_of: id of a channel -> id of its call.
        truths: id of a call -> what is true of it.
    """

    def __init__(self, trace: Trace) -> None:
        self._lives: dict[str, _Life] = {}
        self._calls: dict[str, _Call] = {}
        channels = Channels()
        for at, event in trace:
            channel = channels.hear(event)
            if event["Event"] == "Newchannel" and channel is not None:
                life = self._lives[channel.uid] = _Life(channel, channel.linked)
                if channel.calls and not channel.is_local:
                    self._calls[channel.uid] = _Call(life)
                if (call := self._calls.get(life.call_id)) is not None:
                    call.lives.append(life)
            self._follow(at, event)
            if event["Event"] == "DialEnd":
                self._pick_up(channels.by_id[event["DestUniqueid"]])
        lives = self._lives.items()
        self.call_of = {uid: life.call_id for uid, life in lives if life.call_id in self._calls}
        self.truths = {uid: _truth(call, trace[-1][0]) for uid, call in self._calls.items()}

    def _pick_up(self, channel: Channel) -> None:
        """Let a phone that picks up a call belong to that: it has made none of its own."""
        life, call = self._lives[channel.uid], self._calls.get(channel.linked)
        if channel.picked_up and call is not None and life.call_id != channel.linked:
            self._calls.pop(life.call_id, None)
            life.call_id = channel.linked
            call.lives.append(life)

    def _follow(self, at: float, event: Event) -> None:
        ends = ("Uniqueid", "UniqueID", "TransfererUniqueid", "OrigTransfererUniqueid")
        uid = next((event[end] for end in ends if end in event), "")
        if (life := self._lives.get(uid)) is None:
            return
        life.cause = event.get("Cause", life.cause)
        for what in (event["Event"], event.get("ChannelStateDesc", "")):
            life.times.setdefault(what, at)
        if (call := self._calls.get(life.call_id)) is None:
            return
        call.forwarded |= "Forward" in event
        call.voicemail |= uid == life.call_id and event.get("LastApplication") == "VoiceMail"
        if event["Event"] == "Newexten":
            call.services.add(event["Extension"])
        elif event["Event"] in ("BlindTransfer", "AttendedTransfer"):
            second = self._lives.get(event.get("SecondTransfererUniqueid", uid), life)
            for each in {life.call_id, second.call_id} & self._calls.keys():
                self._calls[each].passed_on.append(at)
                if life.call_id != second.call_id:
                    self._calls[each].united = self._calls[each].united or at


def _truth(call: _Call, last: float) -> Truth:
    """Return what is true of a call; `last` is when the trace ends."""
    first, others = call.first.channel, [life for life in call.lives if life is not call.first]
    phones = [life for life in others if not life.channel.is_local]
    ended = max(life.at("Hangup") or last for life in call.lives)
    joined = [life for life in phones if life.at("BridgeEnter")]
    answer = min(joined, key=lambda life: life.at("BridgeEnter"), default=None)
    until = min([answer.at("BridgeEnter") if answer else ended, *call.passed_on])
    reached = [life for life in others if life.at("Newchannel") <= until]
    asked = [life for life in phones if life in reached]
    rang = [life for life in asked if life.at("Ringing")]
    rings: dict[str, float] = {}
    for life in sorted(rang, key=lambda life: life.at("Ringing")):
        rings.setdefault(life.channel.number, life.at("Ringing"))
    inside = "outbound" if first.exten.startswith("0") else "internal"
    directions = {"inbound" if first.is_line else inside}
    if not first.is_line and any(life.channel.is_line for life in phones):
        directions.add("outbound")  # it went on to a number outside
    numbers = (life.channel.number for life in reached if not life.channel.picked_up)
    target = LEADS_TO.get(first.exten, first.exten) if first.is_line else first.exten
    truth = Truth(
        call_id=first.uid,
        caller=first.number,
        dialled=first.exten,
        began=call.first.at("Newchannel"),
        ended=ended,
        directions=frozenset(directions),
        callees=frozenset({target, *call.services, *numbers}),
        rang=rings,
        united=call.united,
    )
    if first.exten.startswith(_PARKED) or (call.first.at("BridgeEnter") and not first.dials):
        # It retrieves a parked call, joins a conference, or pages.
        return replace(truth, undecided=frozenset({WHOLE}))
    if answer is not None:
        return _answered(truth, call, answer)
    if call.voicemail:
        return replace(truth, outcomes=frozenset({"voicemail"}))
    return _unanswered(truth, call, asked, rang)


def _answered(truth: Truth, call: _Call, answer: _Life) -> Truth:
    at, number = answer.at("BridgeEnter"), answer.channel.number
    begins = (min(truth.rang.values(), default=at), truth.rang.get(number, at), truth.began)
    talks = [truth.ended - at, truth.ended - call.first.at("Up")]  # a queue takes the line first
    if truth.united:
        talks.append(truth.united - at)
    if not call.passed_on and call.first.at("Hangup") > at:
        talks.append(call.first.at("Hangup") - at)  # its callee may go on, with a third party
    return replace(
        truth,
        answered_by=number,
        answered=at,
        rings=tuple(at - begin for begin in begins),
        talks=tuple(talks),
    )


def _unanswered(truth: Truth, call: _Call, phones: list[_Life], rang: list[_Life]) -> Truth:
    """Return it of a call to some phones, of which some rang."""
    inside = {number for number in truth.rang if not number.startswith("0")}
    silent = {life.channel.number for life in rang if life.cause not in _REFUSALS}
    outcomes: set[str] = set()
    if silent:
        outcomes = {_UNHEARD[direction] for direction in truth.directions}
        outcomes |= set() if inside else {"cancelled"}
    elif len(phones) == 1 and not call.services and phones[0].cause in _REFUSALS:
        outcomes = {_REFUSALS[phones[0].cause]} | ({"refused"} if rang else set())
    elif not phones and not call.services:
        outcomes = {"failed"}
    is_decided = bool(outcomes) and not truth.united and not call.forwarded
    missed = silent & inside - {truth.caller} if len(outcomes) == 1 else set()
    begins = min(truth.rang.values(), default=0.0)
    ends = [*sorted((life.at("Hangup") for life in rang), reverse=True), truth.ended]
    own = [life.at("Hangup") - life.at("Ringing") for life in rang]
    return replace(
        truth,
        outcomes=frozenset(outcomes),
        missed_by=frozenset(missed),
        may_have_missed=frozenset(inside) if silent else frozenset(),
        rings=(*(end - begins for end in ends), *own, truth.ended - truth.began) if rang else (),
        undecided=frozenset() if is_decided else frozenset({"outcome", "missed_by"}),
    )
