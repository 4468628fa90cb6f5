"""What a PBX of this kind reports of what happens in its Asterisk: a pure translation.

What an Asterisk cannot tell is chosen in `readings.py`, and nowhere else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
import json

from .ami import Event
from .channels import LINE, Channel, Channels
from .readings import FIRST, INBOUND, INTERNAL, NEAR, OUTBOUND, SECOND, Reading
from .records import Record, merged

SERIAL = "AST0000000001"

type Report = dict[str, object]

MOMENT = 0.05
"""Seconds until all of Asterisk's records of a call that is over are there."""

_REASONS = {"17": 486, "21": 603}
"""Q.850 cause with which a phone's channel ends -> SIP status; any other is 480."""
_REASON_TEXTS = {
    480: "480 Temporarily unavailable",
    486: "486 Busy Here",
    603: "603 Declined",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody in a call, as a report names him.

    Attributes:
        kind: "ext", "inbound" or "outbound".
        caller, callee: `from` and `to` of an outside line's leg.
        state: word of API v2.0.0 for what he does.
    """

    kind: str
    number: str
    channel: str
    caller: str = ""
    callee: str = ""
    line_id: str = ""
    state: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    """A call that is up: who takes part, and the number of the group or IVR that it waits in."""

    call_id: str
    parties: tuple[Party, ...]
    path: str = ""


class Translation:
    """Reads the events of an Asterisk, and says what the PBX reports."""

    def __init__(self, reading: Reading, serial: str = SERIAL) -> None:
        self._reading, self._serial = reading, serial
        self._channels = Channels()
        self._records: dict[str, list[Record]] = {}
        self._statuses: dict[str, str] = {}
        self._left_first: dict[str, Channel] = {}
        self._byes: dict[str, int] = {}
        self._outcomes: dict[str, set[str]] = {}
        self._causes: dict[str, str] = {}
        self._answered: dict[str, list[Channel]] = {}
        self._asked: set[str] = set()
        self._over: dict[str, float] = {}
        self._time = 0.0
        self._hearers: dict[str, Callable[[Event, Channel | None], Iterator[Report]]] = {
            "Asked": self._of_action,
            "FullyBooted": self._of_boot,
            "Newexten": self._of_path,
            "DialBegin": self._of_ringing,
            "Newstate": self._of_ringing,
            "DialEnd": self._of_dial_end,
            "BridgeEnter": self._of_answer,
            "BridgeLeave": self._of_leaving,
            "Hold": self._of_hold,
            "Unhold": self._of_hold,
            "BlindTransfer": self._of_transfer,
            "AttendedTransfer": self._of_transfer,
            "DTMFEnd": self._of_key,
            "Hangup": self._of_hang_up,
            "Cdr": self._of_record,
            "DeviceStateChange": self._of_status,
        }

    def hear(self, at: float, event: Event) -> list[Report]:
        """Return what is reported of an event, and what was due before it."""
        due = self.due(at)
        self._time = at
        channel = self._channels.hear(event)
        hearer = self._hearers.get(event["Event"])
        return due if hearer is None else [*due, *hearer(event, channel)]

    def due(self, at: float) -> list[Report]:
        """Return the records of calls that are over since a moment."""
        over = [linked for linked, due in self._over.items() if due <= at]
        for linked in over:
            del self._over[linked]
        records = ((linked, self._records.pop(linked, [])) for linked in over)
        return [self._written(merged(found, linked), linked) for linked, found in records if found]

    def live_calls(self) -> list[LiveCall]:
        """Return the calls that are up."""
        linked = {channel.linked for channel in self._channels.by_id.values() if not channel.gone}
        return [
            LiveCall(call_id=each, parties=tuple(self._parties(each)), path=self._path(each))
            for each in sorted(linked, key=_order)
        ]

    def partner_of(self, name: str) -> str:
        """Return the phone's channel that talks with a channel."""
        (own,) = (c for c in self._channels.by_id.values() if c.name == name)
        phones = [
            channel
            for channel in self._channels.of_call(own.linked)
            if channel.answered and channel is not own and not channel.gone
        ]
        return phones[-1].name

    # The call's life

    def _of_action(self, event: Event, _channel: Channel | None) -> Iterator[Report]:
        self._asked.add(event.get("Channel", ""))
        yield from ()

    def _of_boot(self, _event: Event, _channel: Channel | None) -> Iterator[Report]:
        self._records.clear()
        self._over.clear()
        self._statuses.clear()
        yield self._report("BootUp", {})

    def _of_path(self, event: Event, channel: Channel | None) -> Iterator[Report]:
        if channel is not None:
            channel.path = event["Extension"]
        yield from ()

    def _of_ringing(self, event: Event, phone: Channel | None) -> Iterator[Report]:
        if phone is None or phone.is_local:
            return
        phone.ringing |= event.get("ChannelStateDesc") == "Ringing"
        if not phone.ringing or phone.reported or phone.dialled_by is None:
            return
        phone.reported = True
        caller = phone.dialled_by.party()
        if caller is None and not self._reading.rings_own:
            return
        if self._reading.dialect == "yeastar-v2":
            yield self._status(phone.linked)
            return
        yield self._call_report("RING", phone, (phone, caller))
        if caller is not None:
            yield self._call_report("ALERT", phone, (caller,))

    def _of_answer(self, _event: Event, phone: Channel | None) -> Iterator[Report]:
        if phone is None or phone.is_local or phone.answered or phone.dialled_by is None:
            return
        phone.answered, phone.partner = True, phone.dialled_by.party()
        self._answered.setdefault(phone.linked, []).append(phone)
        self._left_first.pop(phone.linked, None)
        caller = phone.dialled_by.party()
        if caller is None and not self._reading.rings_own:
            return
        if self._reading.dialect == "yeastar-v2":
            yield self._status(phone.linked)
            return
        yield self._call_report("ANSWER", phone, (phone, caller))
        if caller is not None:
            word = "ANSWERED" if self._reading.dialect == "yeastar-v1" else "ANSWER"
            yield self._call_report(word, phone, (caller, phone))

    def _of_dial_end(self, event: Event, _channel: Channel | None) -> Iterator[Report]:
        if "Linkedid" in event and event["Uniqueid"] == event["Linkedid"]:
            self._outcomes.setdefault(event["Linkedid"], set()).add(event["DialStatus"])
        yield from ()

    def _of_leaving(self, _event: Event, channel: Channel | None) -> Iterator[Report]:
        if channel is not None and (party := channel.party()) is not None:
            self._left_first.setdefault(channel.linked, party)
        yield from ()

    def _of_hold(self, event: Event, phone: Channel | None) -> Iterator[Report]:
        on_hold = event["Event"] == "Hold"
        if phone is None or phone.on_hold is on_hold:
            return  # a phone that transfers takes back a hold that never was
        phone.on_hold = on_hold
        if self._reading.dialect == "yeastar-v2":
            yield self._status(phone.linked)

    def _of_transfer(self, event: Event, _channel: Channel | None) -> Iterator[Report]:
        blind = event["Event"] == "BlindTransfer"
        key = "TransfererUniqueid" if blind else "OrigTransfererUniqueid"
        by = self._channels.by_id.get(event[key])
        if by is not None:
            by.passed_on |= blind
        if by is None or by.name in self._asked:
            return  # the API's own transfers are not reported
        self._left_first.pop(by.linked, None)
        who = self._channels.by_id.get(event.get("TransfereeUniqueid", ""))
        staying = None if who is None else who.party()
        target = event.get("Extension", "")
        if not blind:
            reached = self._channels.by_id.get(event.get("TransferTargetUniqueid", ""))
            asked = None if reached is None else reached.party()
            target = "" if asked is None else asked.number
        parties = []
        if target:
            parties.append(Party(kind="ext", number=target, channel=""))
        if staying is not None:
            parties.append(self._party(staying, None, to=target))
        yield self._report("Tranfer", {"callid": by.linked}, parties)

    def _of_key(self, event: Event, phone: Channel | None) -> Iterator[Report]:
        if phone is None or phone.is_local or event["Direction"] != "Received":
            return
        phone.keys += event["Digit"]
        fields: Report = {"callid": phone.linked}
        extra: Report = {"info": event["Digit"], "flag": str(len(phone.keys) - 1)}
        if self._reading.dialect == "yeastar-v2":
            extra["infos"] = phone.keys
        yield self._report("DTMF", fields, [self._party(phone, None)], extra)

    def _of_hang_up(self, event: Event, channel: Channel | None) -> Iterator[Report]:
        if channel is None:
            return
        linked = channel.linked
        if not channel.is_local and not channel.calls:
            self._causes[linked] = event["Cause"]
        yield from self._byes_of(channel)
        if self._channels.is_over(linked) and (first := self._channels.by_id.get(linked)):
            yield from self._failure(first)
            if not self._reading.record_per_branch:
                self._over[linked] = self._time + MOMENT

    def _byes_of(self, channel: Channel) -> Iterator[Report]:
        linked, answered = channel.linked, self._answered.get(channel.linked, [])
        if self._reading.dialect == "yeastar-v2":
            if not channel.is_local and (answered or channel.ringing or channel.calls):
                leaver = self._party(channel, self._callee_of(channel), state="BYE")
                yield self._report("CallStatus", {"callid": linked}, [leaver])
            return
        own = [phone for phone in channel.dials if not phone.is_local]
        if self._reading.byes_of_all and own and not own[-1].answered and own[-1].reported:
            caller = channel.party()
            yield self._call_report("BYE 2", own[-1], (own[-1], caller))
            return
        if not answered or self._byes.get(linked, 0) == 2:
            return
        phone = answered[-1]
        if channel.uid != linked and channel is not phone.dialled_by:
            return
        caller = None if phone.dialled_by is None else phone.dialled_by.party()
        if caller is None or caller.passed_on:
            caller = phone.partner
        count = self._byes[linked] = self._byes.get(linked, 0) + 1
        callee_left = self._left_first.get(linked) is phone
        parties = (phone, caller) if callee_left is (count == 1) else (caller, phone)
        yield self._call_report(f"BYE {count}", phone, parties)

    def _failure(self, first: Channel) -> Iterator[Report]:
        outcomes, cause = self._outcomes.get(first.linked, set()), self._causes.get(first.linked)
        failed = outcomes & {"BUSY", "CHANUNAVAIL", "CONGESTION"} or cause in _REASONS
        if first.linked in self._answered or not failed:
            return
        near = first.dials[-1] if first.dials else None
        callee = None if near is None else near.party()
        reason = _REASONS.get(cause or "", 480)
        openvox = self._reading.dialect == "openvox"
        fields: Report = {
            "reason": reason if openvox else _REASON_TEXTS[reason],
            "callid": self._id("CallFailed", first.linked, near and near.other_end),
        }
        caller = first.party()
        parties = []
        if callee is not None:
            parties.append(self._party(callee, callee))
        elif near is not None:
            parties.append(Party(kind="ext", number=near.number, channel=""))
        if caller is not None and caller is not callee:
            parties.append(self._party(caller, callee, to=near.number if near else ""))
        yield self._report("CallFailed", fields, parties)

    # Records and statuses

    def _of_record(self, event: Event, channel: Channel | None) -> Iterator[Report]:
        uid = event["UniqueID"]
        of = self._channels.by_id.get(uid)
        if of is None:
            return
        record = Record.of(event)
        self._records.setdefault(of.linked, []).append(record)
        if self._reading.record_per_branch:
            yield self._written(record, of.linked)

    def _written(self, record: Record, linked: str) -> Report:
        direction = self._direction(linked)
        v2, v1 = self._reading.dialect == "yeastar-v2", self._reading.dialect == "yeastar-v1"
        fields: Report = {
            "callid": record.uid,
            "timestart": record.started,
            "callfrom": record.source,
            "callto": record.destination,
            "callduraction": str(record.duration),
            "talkduraction": str(record.talk),
        }
        lines = {
            "srctrunkname": LINE if direction == INBOUND else "",
            "dsttrcunkname" if v2 else "desttrunkname": LINE if direction == OUTBOUND else "",
        }
        if v1 or v2:
            fields |= {key: line for key, line in lines.items() if line or v2}
        fields |= {"status": record.disposition, "type": direction.capitalize()}
        if v2:
            fields |= {"pincode": "", "recording": "", "didnumber": "", "agentringtime": ""}
        return self._report("NewCdr", fields)

    def _of_status(self, event: Event, _channel: Channel | None) -> Iterator[Report]:
        number = event["Device"].removeprefix("PJSIP/")
        word = self._reading.words.get(event["State"])
        if number == LINE or word is None or self._statuses.get(number) == word:
            return
        self._statuses[number] = word
        yield self._report("ExtensionStatus", {"extension": number, "status": word})

    # Who takes part

    def _direction(self, linked: str) -> str:
        channels = [c for c in self._channels.of_call(linked) if c.is_line]
        if any(channel.calls for channel in channels):
            return INBOUND
        return OUTBOUND if channels else INTERNAL

    def _path(self, linked: str) -> str:
        return next((c.path for c in self._channels.of_call(linked) if c.path), "")

    def _callee_of(self, channel: Channel) -> Channel | None:
        """Return the phone that a channel reached last, or itself if it is one."""
        return _partner(channel) if channel.calls else channel

    def _parties(self, linked: str) -> Iterator[Party]:
        """Yield who takes part now, the caller first."""
        phones = [
            channel
            for channel in self._channels.of_call(linked)
            if not channel.is_local and not channel.gone
        ]
        called = [p for p in phones if not p.calls and (p.ringing or p.answered)]
        answered = any(phone.answered for phone in called)
        for phone in phones:
            if phone.calls:
                state = "ANSWERED" if answered else "ALERT"
                reached = next((p for p in called if p.answered), called[0] if called else None)
            elif phone in called:
                own = phone.dialled_by is None or phone.dialled_by.party() is None
                state, reached = "ANSWER" if phone.answered else "RING", phone
                if own and phone.answered and len(called) > 1:
                    state = "ANSWERED" if all(p.answered for p in called) else "ALERT"
            else:
                continue
            yield self._party(phone, reached, state="HOLD" if phone.on_hold else state)

    def _party(
        self, phone: Channel, callee: Channel | None, *, state: str = "", to: str = ""
    ) -> Party:
        """Return how a report names a phone or line whose call reached `callee`."""
        linked, path = phone.linked, self._path(phone.linked)
        if not phone.is_line:
            return Party(
                kind="ext", number=phone.number, channel=phone.name, state=state, path=path
            )
        if phone.calls:
            reached = to or (callee.number if callee is not None else "")
            dialled = path or phone.exten
            shown = reached if self._reading.to_member and reached else dialled
            return Party(
                kind=INBOUND,
                number=phone.number,
                channel=phone.name,
                caller=phone.number,
                callee=shown,
                line_id=self._bearer(self._reading.line_ids[INBOUND], linked, phone),
                state=state,
                path=path,
            )
        dialler = phone.dialled_by
        caller = None if dialler is None else dialler.party()
        return Party(
            kind=OUTBOUND,
            number=phone.number,
            channel=phone.name,
            caller="" if caller is None else caller.number,
            callee=phone.number,
            line_id=self._bearer(self._reading.line_ids[OUTBOUND], linked, dialler),
            state=state,
            path=path,
        )

    # Writing

    def _id(self, report: str, linked: str, second: Channel | None) -> str:
        """Return the id that a report bears; `second` is the channel that dials the phone."""
        bears = self._reading.ids[report, self._direction(linked)]
        return self._bearer(bears, linked, second)

    def _bearer(self, bears: str, linked: str, second: Channel | None) -> str:
        if bears == SECOND and second is not None:
            return second.uid
        if bears == NEAR and second is not None and second.other_end is not None:
            return second.other_end.uid
        assert bears in (FIRST, SECOND, NEAR)
        return linked

    def _call_report(
        self, report: str, phone: Channel, parties: tuple[Channel | None, ...]
    ) -> Report:
        kind = "ANSWER" if report == "ANSWERED" else report
        fields: Report = {"callid": self._id(kind, phone.linked, phone.dialled_by)}
        shown = [self._party(each, phone) for each in parties if each is not None]
        found = self._report(report.partition(" ")[0], fields, shown)
        if self._reading.dialect == "openvox" and phone.is_line and report in ("RING", "ALERT"):
            del found["sn"]  # its samples of both have none
            if report == "ALERT":
                found["ext"] = {"extid": shown[0].number}
        return found

    def _status(self, linked: str) -> Report:
        return self._report("CallStatus", {"callid": linked}, list(self._parties(linked)))

    def _report(
        self,
        name: str,
        fields: Report,
        parties: list[Party] | None = None,
        extra: Report | None = None,
    ) -> Report:
        """Return a report in the dialect's shape."""
        shown = _SHAPES[self._reading.dialect](name, parties) if parties is not None else {}
        key = "event" if self._reading.dialect == "yeastar-v2" else "action"
        return {key: name} | fields | shown | (extra or {}) | {"sn": self._serial}


def _partner(channel: Channel) -> Channel | None:
    """Return the phone that a channel reached last."""
    return next((p for near in reversed(channel.dials) if (p := near.party())), None)


def _order(uid: str) -> tuple[int, int]:
    epoch, _, number = uid.partition(".")
    return int(epoch), int(number)


def _line(party: Party) -> Report:
    return {
        "from": party.caller,
        "to": party.callee,
        "trunk": LINE,
        f"{party.kind}id": party.line_id,
    }


def _flat(name: str, parties: list[Party]) -> Report:
    """Return parties as OpenVox writes them: two extensions are an array in one."""
    phones = [party.number for party in parties if party.kind == "ext"]
    among_phones = len(phones) == len(parties)
    shown: Report = {}
    for party in parties:
        if party.kind != "ext":
            shown[party.kind] = _line(party)
        elif len(phones) > 1 or (among_phones and name in ("ALERT", "RING")):
            shown["ext"] = {"extid": phones}
        else:
            shown["ext"] = {"extid": party.number}
    return shown


def _array(name: str, parties: list[Party]) -> Report:
    """Return parties as Yeastar's format 1.0.2 does; CallFailed has them at its top level."""
    items = [
        {"ext": {"extid": party.number}} if party.kind == "ext" else {party.kind: _line(party)}
        for party in parties
    ]
    if name == "CallFailed":
        return {key: value for item in reversed(items) for key, value in item.items()}
    return {"call": items}


def _members(_name: str, parties: list[Party]) -> Report:
    return {"members": [member(party) for party in parties]}


def member(party: Party) -> Report:
    """Return a member of a call in API v2.0.0."""
    shown: Report = {"number": party.number}
    if party.kind != "ext":
        shown = {"from": party.caller, "to": party.callee, "trunkname": LINE}
    shown["channelid"] = party.channel
    if party.state:
        shown["memberstatus"] = party.state
    if party.path:
        shown["callpath"] = party.path
    return {party.kind: shown}


_SHAPES: dict[str, Callable[[str, list[Party]], Report]] = {
    "openvox": _flat,
    "yeastar-v1": _array,
    "yeastar-v2": _members,
}


def body(report: Report) -> bytes:
    """Return the bytes of a report, as compact as those that were seen."""
    return json.dumps(report, separators=(",", ":")).encode()
