"""The channels of an Asterisk, as its events tell of them, and who is behind each."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from .ami import Event

LINE = "trunk"
"""The endpoint of the outside line."""


@dataclass(slots=True, eq=False)
class Channel:
    """A channel.

    Attributes:
        linked: the id that all channels of one call share: that of the channel that began it.
        number: who is behind a phone's or line's channel: an extension or an outside number; for a
            Local channel the number that it dials.
        exten: the number that was dialled on it.
        calls: whether somebody calls on it, instead of being called.
        dialled_by: the channel that dials it.
        ringing, answered: whether it rings or rang, and whether its partner was put through to it.
        partner: the phone or line that it was put through to first.
        bridge: who is in the same bridge.
        path: number of the group, queue or IVR that it went into.
        gone, passed_on: whether it has ended, and whether by a transfer without asking.
        picked_up: whether its phone has taken a call that rang elsewhere.
    """

    uid: str
    name: str
    linked: str
    number: str
    exten: str
    calls: bool
    dialled_by: "Channel | None" = None
    dials: list["Channel"] = field(default_factory=list)
    other_end: "Channel | None" = None
    ringing: bool = False
    answered: bool = False
    partner: "Channel | None" = None
    on_hold: bool = False
    bridge: "set[Channel]" = field(default_factory=set)
    reported: bool = False
    keys: str = ""
    path: str = ""
    gone: bool = False
    passed_on: bool = False
    picked_up: bool = False

    @property
    def is_local(self) -> bool:
        """Return True if it is one end of a Local channel, with nobody behind it."""
        return self.name.startswith("Local/")

    @property
    def is_near_end(self) -> bool:
        """Return True if it is the end that is dialled; the other one dials the phone."""
        return self.name.endswith(";1")

    @property
    def is_line(self) -> bool:
        """Return True if it is one of the outside line."""
        return self.name.startswith(f"PJSIP/{LINE}-")

    def party(self, depth: int = 8) -> "Channel | None":
        """Return the phone or line that is at the far end of Local channels; None for nobody yet.

        For the near end of a Local channel that is the phone that its other end dials, for the far
        end whoever dials it.
        """
        if not self.is_local or depth == 0:
            return None if self.is_local else self
        other = self.other_end
        if other is None:
            return None
        if self.is_near_end:
            return next((p for c in reversed(other.dials) if (p := c.party(depth - 1))), None)
        dialler = other.dialled_by
        if dialler is not None and not (dialler.gone and dialler.passed_on):
            return dialler.party(depth - 1)
        # Whoever was put into a bridge with it: by a feature of Asterisk that dialled it, or in
        # place of a caller who has passed the call on.
        stays = (p for c in other.bridge if c is not other and (p := c.party(depth - 1)))
        return next(stays, None if dialler is None else dialler.party(depth - 1))


class Channels:
    """The channels that exist, and those of calls that have one.

    Attributes:
        by_id: all of them.
    """

    def __init__(self) -> None:
        self.by_id: dict[str, Channel] = {}
        self._bridges: dict[str, set[Channel]] = {}

    def hear(self, event: Event) -> Channel | None:
        """Follow an event; return the channel that it is about."""
        match event["Event"]:
            case "FullyBooted":
                self.by_id.clear()
                self._bridges.clear()
            case "Newchannel":
                name = event["Channel"]
                number = event["Exten"] if name.startswith("Local/") else _endpoint(name)
                if number == LINE:
                    number = event.get("CallerIDNum", "")
                self.by_id[event["Uniqueid"]] = Channel(
                    uid=event["Uniqueid"],
                    name=name,
                    linked=event["Linkedid"],
                    number=number,
                    exten=event["Exten"],
                    calls=event["ChannelStateDesc"] == "Ring",
                )
            case "LocalBridge":
                one = self.by_id[event["LocalOneUniqueid"]]
                two = self.by_id[event["LocalTwoUniqueid"]]
                one.other_end, two.other_end = two, one
            case "DialBegin":
                callee = self.by_id[event["DestUniqueid"]]
                callee.dialled_by = dialler = self.by_id.get(event.get("Uniqueid", ""))
                if callee.is_line:
                    callee.number = event["DialString"].partition("@")[0]
                if dialler is not None:
                    dialler.dials.append(callee)
                return callee
            case "DialEnd" if event["DialStatus"] == "ANSWER":
                self._answer(event)
            case "BridgeEnter":
                if (channel := self.by_id.get(event["Uniqueid"])) is None:
                    return None  # it was there before we were
                channel.bridge = self._bridges.setdefault(event["BridgeUniqueid"], set())
                channel.bridge.add(channel)
            case "BridgeLeave":
                if (channel := self.by_id.get(event["Uniqueid"])) is not None:
                    channel.bridge.discard(channel)
                    channel.bridge = set()
        channel = self.by_id.get(event.get("Uniqueid", ""))
        if channel is not None:
            if not channel.picked_up:  # its `Linkedid` is its own nearly to the end
                channel.linked = event.get("Linkedid", channel.linked)
            channel.gone |= event["Event"] == "Hangup"
        return channel

    def _answer(self, event: Event) -> None:
        """Let a phone that answers without having been dialled pick up the call."""
        phone = self.by_id.get(event["DestUniqueid"])
        dialler = self.by_id.get(event.get("Uniqueid", ""))
        if phone is not None and dialler is not None and phone.dialled_by is None:
            phone.dialled_by, phone.linked = dialler, dialler.linked
            phone.calls, phone.picked_up = False, True
            dialler.dials.append(phone)

    def of_call(self, linked: str) -> Iterator[Channel]:
        """Yield the channels of a call, those that are gone included."""
        return (channel for channel in self.by_id.values() if channel.linked == linked)

    def is_over(self, linked: str) -> bool:
        """Return True if a call has no channel any more."""
        return all(channel.gone for channel in self.of_call(linked))


def _endpoint(name: str) -> str:
    return name.removeprefix("PJSIP/").rpartition("-")[0]
