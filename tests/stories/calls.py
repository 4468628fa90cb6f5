"""What a PBX sends of a call, step by step, in the words of each of the three dialects.

Each step says what is true of the call from then on, which queries show at once, and returns the
reports that tell it: a story sends them, all or some, in this order or another.
"""

from collections.abc import Iterable, Sequence
from itertools import count
import json
import time
from typing import Any

from .stand_in import OPENVOX, TRUNK, V1, V2, Body, LiveCall, Party, StandIn, flat, member

type Report = Body | str

_CHANNELS = count(0x100)


def name_of(report: Report) -> str:
    """Return the name of a report."""
    if isinstance(report, str):
        return next(name for name in ("CallFailed", "Tranfer") if f'"{name}"' in report)
    return str(report.get("action") or report.get("event"))


def without(reports: Sequence[Report], *names: str) -> list[Report]:
    """Return reports without those of some names: they are lost."""
    return [report for report in reports if name_of(report) not in names]


def only(reports: Sequence[Report], *names: str) -> list[Report]:
    """Return the reports of some names."""
    return [report for report in reports if name_of(report) in names]


class Call:
    """One call as the PBX has it.

    Attributes:
        first: its id, as events and actions give it to users: the number of its first channel.
        began: second in which it began, on the PBX's clock.
        live: what queries show of it.
    """

    def __init__(
        self,
        pbx: StandIn,
        direction: str,
        caller: str,
        callee: str,
        *,
        number: int,
        gap: int = 6,
        trunk: str = TRUNK,
        age: float = 0,
        ahead: float = 0,
    ) -> None:
        """Begin a call.

        Args:
            pbx: the PBX that it is on.
            direction: inbound, outbound or internal.
            caller: who calls; empty if the number is withheld.
            callee: what was dialled.
            number: the number after the dot of its id.
            gap: how many numbers belong to it.
            trunk: the line that it uses.
            age: seconds for which it is up already.
            ahead: seconds by which the clock of its ids and records is ahead of the PBX's.
        """
        self.pbx = pbx
        self.direction = direction
        self.caller = caller
        self.callee = callee
        self.number = number
        self.numbers = range(number, number + gap)
        self.start = time.monotonic() - age
        self.ahead = ahead
        self.began = pbx.now() - age + ahead
        self.first = f"{int(self.began)}.{number}"
        self.branches: dict[str, str] = {}
        self.next_branch = 2
        self.answered_at: float | None = None
        self.answerer = ""
        self.live = LiveCall(self.first)
        self.ext = Party("ext", number=caller, state="ALERT", channel=self._channel(caller))
        line = f"trunk-{trunk}-endpoint"
        self.leg = Party(
            direction, source=caller, target=callee, trunk=trunk, channel=self._channel(line)
        )
        if direction == "outbound":
            self.leg.id = self.later(0 if pbx.dialect == OPENVOX else 1)
            self.leg.state = "RING"
        elif direction == "inbound":
            self.leg.id = self.first
            self.leg.state = "ALERT"
        self.caller_party = self.leg if direction == "inbound" else self.ext
        self.live.parties = [self.caller_party]
        pbx.live.append(self.live)

    def _channel(self, end: str) -> str:
        return f"PJSIP/{end}-{next(_CHANNELS):08x}"

    def later(self, distance: int) -> str:
        """Return the id of a channel of this call that is made now."""
        return f"{int(self.pbx.now() + self.ahead)}.{self.number + distance}"

    def has(self, callid: str | None) -> bool:
        """Return whether an id is that of one of its channels."""
        number = (callid or "").rpartition(".")[2]
        return number.isdecimal() and int(number) in self.numbers

    # Reports.

    def status(self, extension: str, word: str) -> list[Report]:
        """Return the report of a phone's new status: Ringing, Busy, Idle, or another word."""
        family = self.pbx.family
        listed = {"Busy": "Busy", "Idle": family.idle}.get(word, word)
        self.pbx.extensions[extension] = listed
        said = {"Busy": family.busy, "Idle": family.idle}.get(word, word)
        key = "event" if self.pbx.dialect == V2 else "action"
        return [
            {
                key: "ExtensionStatus",
                "extension": extension,
                "status": said,
                "sn": self.pbx.serial,
            }
        ]

    def report(
        self, name: str, parties: Iterable[Party], *, callid: str = "", **more: Any
    ) -> Report:
        """Return a report that names parties, in the shape of the dialect."""
        parties = list(parties)
        callid = callid or self.first
        dialect = self.pbx.dialect
        if dialect == V2:
            body: Body = {"event": name, "callid": callid}
            body |= {"members": [member(party) for party in parties], **more}
            return body | {"sn": self.pbx.serial}
        if dialect == V1 and name != "CallFailed":
            body = {"action": name, "callid": callid}
            body |= {"call": [{party.kind: flat(party)} for party in parties], **more}
            return body | {"sn": self.pbx.serial}
        phones = [party.number for party in parties if party.kind == "ext"]
        pairs: list[tuple[str, Any]] = [("action", name), *more.items(), ("callid", callid)]
        if dialect == V1:
            pairs += [(party.kind, flat(party)) for party in parties]
            pairs.append(("sn", self.pbx.serial))
            if len(phones) > 1:  # a key twice, as it stands on the page
                inner = (f"{json.dumps(key)}:{json.dumps(value)}" for key, value in pairs)
                return "{" + ",".join(inner) + "}"
            return dict(pairs)
        body = dict(pairs)
        several = len(phones) > 1 or all(party.kind == "ext" for party in parties)
        for party in parties:
            if party.kind != "ext":
                body[party.kind] = flat(party)
            else:
                body["ext"] = {"extid": phones if several else phones[0]}
        # The samples of outbound ALERT and RING lack the serial number.
        if self.direction == "outbound" and name in {"RING", "ALERT"}:
            return body
        return body | {"sn": self.pbx.serial}

    def snapshot(self, *parties: Party) -> list[Report]:
        """Return v2's report of the call: some of its parties, or all that are in it."""
        return [self.report("CallStatus", parties or self.live.parties)]

    # Steps.

    def dial(self) -> list[Report]:
        """The caller's phone is off-hook; of an outside caller nothing is told yet."""
        if self.direction == "inbound":
            return []
        return self.status(self.caller, "Busy")

    def branch(self, phone: str) -> Party:
        """Add a phone that is rung, with ids of its own."""
        self.branches[phone] = self.later(self.next_branch)
        self.next_branch += 2
        party = Party("ext", number=phone, state="RING", channel=self._channel(phone))
        self.live.parties.append(party)
        return party

    def party(self, phone: str) -> Party:
        """Return an extension's party."""
        return next(party for party in self.live.parties if party.number == phone)

    def ring(
        self, *phones: str, via: str = "", statuses: bool = True, to: str = ""
    ) -> list[Report]:
        """Phones ring; a call to the outside rings there.

        Args:
            phones: the extensions that ring.
            via: the group, queue or IVR that has them rung.
            statuses: whether their statuses change: not that of one in a call.
            to: `to` of an outside caller's leg, if it is not what was dialled.
        """
        reports: list[Report] = []
        if self.direction == "outbound":
            self.live.parties.insert(0, self.leg)
            if self.pbx.dialect == V2:
                return self.snapshot()
            second = self.later(2) if self.pbx.dialect == OPENVOX else self.first
            self.branches[""] = second
            return [
                self.report("RING", [self.leg, self.ext]),
                self.report("ALERT", [self.ext], callid=second),
            ]
        self.caller_party.path = via
        self.leg.target = to or self.leg.target
        for phone in phones:
            party = self.branch(phone)
            party.path = via
            if statuses:
                reports += self.status(phone, "Ringing")
            if self.pbx.dialect == V2:
                reports += self.snapshot()
            else:
                callid = self.ringing_id(phone)
                reports.append(self.report("RING", [party, self.caller_party], callid=callid))
                reports.append(self.report("ALERT", [self.caller_party], callid=callid))
        return reports

    def ringing_id(self, phone: str) -> str:
        """Return the id under which a phone's ringing is reported.

        OpenVox gives calls on lines that of the channel that dials the phone; their samples of
        calls inside show one id.
        """
        second = self.pbx.dialect == OPENVOX and self.direction == "inbound"
        return self.branches[phone] if second else self.first

    def answer(self, phone: str = "") -> list[Report]:
        """A phone answers, or whoever was called outside; other phones cease to ring."""
        self.answered_at = self.answered_at or time.monotonic()
        reports: list[Report] = []
        self.answerer = phone
        if phone:
            for party in list(self.live.parties):
                if party.kind == "ext" and party.state == "RING" and party.number != phone:
                    reports += self.stop_ringing(party.number)
            reports += self.status(phone, "Busy")
        callee = self.party(phone) if phone else self.leg
        callee.state, self.caller_party.state = "ANSWER", "ANSWERED"
        if self.pbx.dialect == V2:
            return reports + self.snapshot()
        parties = [callee, self.caller_party]
        if self.pbx.dialect == V1:
            reports.append(self.report("ANSWER", parties))
            reports.append(self.report("ANSWERED", parties[::-1]))
        elif self.direction == "internal":
            reports.append(self.report("ANSWER", parties))
            reports.append(self.report("ANSWER", parties[::-1]))
        else:
            callid = self.branches[""] if self.direction == "outbound" else self.first
            reports.append(self.report("ANSWER", parties, callid=callid))
        return reports

    def stop_ringing(self, phone: str) -> list[Report]:
        """A phone is no longer rung."""
        self.live.parties.remove(self.party(phone))
        return self.status(phone, "Idle")

    def hang_up(self, *, byes: int = 2, callee_first: bool = False) -> list[Report]:
        """The call is over: its ends, and its phones are free.

        Args:
            byes: how many of the two ends are reported. Of a call that nobody answered the
                documents do not say.
            callee_first: whether who was called hung up.
        """
        phones = [party for party in self.live.parties if party.kind == "ext"]
        far = self.leg if self.direction == "outbound" else None
        if far is None:
            others = [party for party in phones if party is not self.caller_party]
            far = others[-1] if others else None
        ends = [party for party in (self.caller_party, far) if party is not None]
        second = self.branches.get(self.answerer or (far.number if far else ""), self.first)
        ids = [self.first, second if self.pbx.dialect == OPENVOX else self.first]
        if callee_first:
            ends.reverse()
            ids.reverse()
        reports: list[Report] = []
        for end, callid in list(zip(ends, ids, strict=False))[:byes]:
            if self.pbx.dialect == V2:
                end.state = "BYE"
                reports += self.snapshot(end)
            else:
                rest = [party for party in ends if party is not end]
                reports.append(self.report("BYE", [end, *rest], callid=callid))
        self.gone()
        for party in phones:
            reports += self.status(party.number, "Idle")
        return reports

    def gone(self) -> None:
        """Let queries show it no more."""
        if self.live in self.pbx.live:
            self.pbx.live.remove(self.live)

    def failed(self, reason: str, callee: str = "", callid: str = "") -> list[Report]:
        """The call could not be connected: 486, 480, 603."""
        words = {
            "480": "480 Temporarily unavailable",
            "486": "486 Busy Here",
            "603": "603 Declined",
        }
        said: Any = int(reason) if self.pbx.dialect == OPENVOX else words[reason]
        parties = [self.leg] if self.direction == "outbound" else []
        if callee:
            parties.append(Party("ext", number=callee, channel=self._channel(callee)))
        parties.append(self.caller_party)
        return [self.report("CallFailed", parties, callid=callid, reason=said)]

    def record(
        self,
        status: str = "ANSWERED",
        *,
        callto: str = "",
        callfrom: str = "",
        callid: str = "",
        kind: str = "",
        total: int | None = None,
        talk: int | None = None,
    ) -> list[Report]:
        """The call's record; what is not given is as it was."""
        now = time.monotonic()
        if talk is None:
            talk = round(now - self.answered_at) if self.answered_at else 0
            talk = talk if status == "ANSWERED" else 0
        dialect = self.pbx.dialect
        row: Body = {"event" if dialect == V2 else "action": "NewCdr"}
        row |= {
            "callid": callid or self.first,
            "timestart": self.pbx.local(self.began),
            "callfrom": callfrom or self.caller,
            "callto": callto or self.callee,
            "callduraction": str(round(now - self.start) if total is None else total),
            "talkduraction": str(talk),
        }
        trunks = {
            "srctrunkname": self.leg.trunk if self.direction == "inbound" else "",
            "dsttrunkname": self.leg.trunk if self.direction == "outbound" else "",
        }
        if dialect == V1:
            row |= {
                {"dsttrunkname": "desttrunkname"}.get(key, key): value
                for key, value in trunks.items()
                if value
            }
        elif dialect == V2:
            row |= {
                "srctrunkname": trunks["srctrunkname"],
                "dsttrcunkname": trunks["dsttrunkname"],
                "pincode": "",
            }
        row |= {"status": status, "type": kind or self.direction.capitalize()}
        if dialect == V2:
            row |= {"recording": "", "didnumber": "", "agentringtime": "0"}
        row["sn"] = self.pbx.serial
        self.pbx.records.append(row | trunks)
        return [row]
