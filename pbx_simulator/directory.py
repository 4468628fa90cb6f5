"""The device, its extensions and its trunks: numbers, names and statuses."""

from __future__ import annotations

from dataclasses import dataclass, field

from .config import SimulatorConfig

FREE = frozenset({"idle", "registered"})
"""Statuses in which a phone can be rung."""


@dataclass(slots=True, kw_only=True)
class Device:
    """The data of a device query; a test may change them while the PBX runs.

    Attributes:
        serial: The serial number.
        booted: When it was started, in epoch seconds.
        clock_error: Seconds by which the time that it shows is ahead.
        configured: When the API changed a setting last.
    """

    serial: str
    booted: float
    clock_error: float = 0.0
    configured: float = 0.0


@dataclass
class Message:
    """A message in a voicemail box."""

    caller: str
    heard: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarding:
    """Where the calls of an extension are forwarded to, and whether all of them are.

    `kind` is Extension, Voicemail, Mobile Number or Custom Number (pbx-api, section 7).
    """

    always: bool = False
    kind: str = "Voicemail"
    extension: str = ""
    prefix: str = ""
    number: str = ""

    def destination(self, mobile: str) -> str:
        """Return the number that is dialled, or the word voicemail; empty if a part is missing."""
        if self.kind == "Voicemail":
            return "voicemail"
        if self.kind == "Extension":
            return self.extension
        number = mobile if self.kind == "Mobile Number" else self.number
        return number and self.prefix + number


@dataclass(slots=True, kw_only=True)
class Extension:
    """An extension; `messages` are those in its voicemail box.

    `status` is one of idle, registered, ringing, busy, on_hold, unavailable, fault, or any other
    word, which then goes over the wire as it is.

    `monitor_mode` says how its user may listen in on others: Disabled, Extensive (any way), Listen,
    Whisper or Barge-in; `may_be_monitored` whether others may on this one (pbx-api, section 7).

    `mobile` is the outside number that rings with it; empty = none.
    """

    number: str
    name: str
    status: str = "idle"
    monitored: bool = True
    dnd: bool = False
    may_dial_out: bool = True
    may_be_monitored: bool = True
    monitor_mode: str = "Extensive"
    address: str = "192.0.2.10"
    mobile: str = ""
    forwarding: Forwarding = field(default_factory=Forwarding)
    messages: list[Message] = field(default_factory=list)

    @property
    def registered(self) -> bool:
        """True if a phone is registered."""
        return self.status != "unavailable"

    @property
    def free(self) -> bool:
        """True if its phone can be rung."""
        return self.status in FREE and not self.dnd


@dataclass(slots=True, kw_only=True)
class Trunk:
    """A SIP trunk; `status` in lower case, as far as a family has words for it."""

    name: str
    id: str
    status: str = "registered"
    type: str = "SIP"
    monitored: bool = True
    control_answering: bool = False
    control_destination: bool = False


@dataclass(slots=True, kw_only=True)
class CompanyContact:
    """An entry of the company's address book; `numbers` by the key of their kind."""

    firstname: str
    lastname: str = ""
    company: str = ""
    numbers: dict[str, str]


class Directory:
    """All extensions and trunks, in the order in which they were made, and the address book."""

    def __init__(self, config: SimulatorConfig) -> None:
        """Make the extensions and trunks that the configuration asks for."""
        self.extensions: dict[str, Extension] = {}
        self.trunks: dict[str, Trunk] = {}
        self.contacts: list[CompanyContact] = []
        self._trunks_made = 0
        for index in range(config.extensions):
            number = str(config.first_extension + index)
            self.extensions[number] = Extension(number=number, name=f"User {number}")
        for index in range(config.trunks):
            self.add_trunk(f"trunk-{index + 1}")

    def add_trunk(self, name: str) -> Trunk:
        """Add a trunk; its id is never used again."""
        self._trunks_made += 1
        trunk = Trunk(name=name, id=str(self._trunks_made))
        self.trunks[name] = trunk
        return trunk

    def rename_trunk(self, name: str, new_name: str) -> None:
        """Rename a trunk, in its place."""
        self.trunks[name].name = new_name
        self.trunks = {each.name: each for each in self.trunks.values()}
