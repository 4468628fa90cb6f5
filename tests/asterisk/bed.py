"""A real Asterisk with phones around it, and a log of what happens in it."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Callable
import fcntl
from itertools import cycle
from pathlib import Path
import re
import shutil
import time
from typing import IO

from .ami import Event, Manager
from .phone import scenario

HERE = Path(__file__).parent
TOOL = HERE.parent.parent / "scripts" / "asterisk"

_SIPP = ("sipp", "-i", "127.0.0.1", "-nostdin", "-aa", "-l", "100")
FIRST_BLOCK = 15
"""The thousand of the first bed's ports; the next bed has the next thousand.

In each: 060 SIP, 038 the manager, 100 to 109 phones, 180 the outside line, 200 to 399 the media of
Asterisk, 400 to 899 those of the phones, 900 to 999 callers. The files in `etc/` and `phones/` say
`{block}` for the thousand, and `{bed}` for the bed's folder as Asterisk sees it.
"""

_KEPT = {
    "Newchannel": "Channel ChannelStateDesc CallerIDNum Context Exten Uniqueid Linkedid",
    "Newstate": "Channel ChannelStateDesc Uniqueid Linkedid",
    "DialBegin": "Channel Uniqueid Linkedid DestChannel DestUniqueid DialString",
    "DialEnd": "Channel Uniqueid Linkedid DestChannel DestUniqueid DialStatus Forward",
    "LocalBridge": "LocalOneChannel LocalOneUniqueid LocalTwoChannel LocalTwoUniqueid "
    "LocalOneLinkedid Context Exten",
    "BridgeEnter": "BridgeUniqueid BridgeType BridgeNumChannels Channel Uniqueid Linkedid",
    "BridgeLeave": "BridgeUniqueid BridgeType BridgeNumChannels Channel Uniqueid Linkedid",
    "Hold": "Channel Uniqueid Linkedid",
    "Unhold": "Channel Uniqueid Linkedid",
    "BlindTransfer": "Result TransfererChannel TransfererUniqueid TransfererLinkedid "
    "TransfereeChannel TransfereeUniqueid TransfereeLinkedid Context Extension IsExternal",
    "AttendedTransfer": "Result OrigTransfererChannel OrigTransfererUniqueid "
    "OrigTransfererLinkedid SecondTransfererChannel SecondTransfererUniqueid "
    "SecondTransfererLinkedid TransfereeChannel TransfereeUniqueid TransferTargetChannel "
    "TransferTargetUniqueid DestType DestBridgeUniqueid IsExternal",
    "ParkedCall": "ParkeeChannel ParkeeUniqueid ParkeeLinkedid ParkerDialString ParkingSpace",
    "UnParkedCall": "ParkeeChannel ParkeeUniqueid ParkeeLinkedid ParkingSpace RetrieverChannel "
    "RetrieverUniqueid RetrieverLinkedid",
    "QueueCallerJoin": "Queue Channel Uniqueid Linkedid",
    "QueueCallerLeave": "Queue Channel Uniqueid Linkedid",
    "DTMFEnd": "Digit Direction Channel Uniqueid Linkedid",
    "Hangup": "Channel Uniqueid Linkedid Cause Cause-txt",
    "Cdr": "Channel DestinationChannel Source Destination DestinationContext CallerID StartTime "
    "AnswerTime EndTime Duration BillableSeconds Disposition LastApplication UniqueID",
    "DeviceStateChange": "Device State",
    "FullyBooted": "Uptime",
    "Newexten": "Channel Extension Uniqueid Linkedid",
    "OriginateResponse": "Response Channel Reason Uniqueid",
}
"""The events that tell something of calls, and the fields of each that do."""

ASKED = ("Originate", "Hangup", "BlindTransfer", "Atxfer")
"""The actions that are logged among the events: what they do is the API's doing."""


def kept(event: Event) -> Event | None:
    """Return what is worth keeping of an event; None if that is nothing."""
    name = event["Event"]
    fields = _KEPT.get(name)
    if fields is None or event.get("Device", "PJSIP").partition("/")[0] != "PJSIP":
        return None
    service = event.get("Extension", "").startswith(("62", "65", "67"))
    if name == "Newexten" and not (service and event["Priority"] == "1"):
        return None  # only that a call enters a group, a queue or an IVR tells something
    shown = {field: event[field] for field in fields.split() if event.get(field)}
    return {"Event": name} | shown


class Bed:
    """A running Asterisk; several with different numbers can run at once.

    Attributes:
        number: its number, from 0.
        log: what has happened, with the time of it.
        hearers: called with each of these at once.
    """

    def __init__(self, number: int = 0) -> None:
        self.number = number
        self.log: list[tuple[float, Event]] = []
        self.hearers: list[Callable[[float, Event], None]] = []
        self.channels: dict[str, str] = {}
        self._changed = asyncio.Condition()
        self._phones: list[Process] = []
        self._manager: Manager | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._asterisk: Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._folder = Path()
        self._lock: IO[str] | None = None
        self._inside = f"/bed/{number}"
        self._block = FIRST_BLOCK + number
        self._media_ports = cycle(range(self.port(400), self.port(900), 4))
        self._caller_ports = cycle(range(self.port(900), self.port(1000)))

    # Asterisk

    async def start(self) -> None:
        """Start Asterisk with our configuration, and wait until it works."""
        self._folder = Path(await _output(TOOL, "folder")) / str(self.number)
        self._folder.mkdir(exist_ok=True)
        if self._lock is None:
            self._lock = (self._folder / "lock").open("w")
            await asyncio.to_thread(fcntl.flock, self._lock, fcntl.LOCK_EX)  # its ports are fixed
        shutil.rmtree(self._folder / "run", ignore_errors=True)
        (self._folder / "run").mkdir()
        for file in (HERE / "etc").iterdir():
            text = file.read_text()
            for field, value in self._place.items():
                text = text.replace(f"{{{field}}}", value)
            (self._folder / file.name).write_text(text)
        (self._folder / "silence.raw").write_bytes(b"\xff" * 8000)  # a second of it
        (self._folder / "prompt.ulaw").write_bytes(b"\xff" * 32000)  # four of them
        self._asterisk = await asyncio.create_subprocess_exec(
            TOOL, "run", "/usr/sbin/asterisk", "-f", "-C", f"{self._inside}/asterisk.conf",
            stdin=DEVNULL, stdout=PIPE, stderr=STDOUT,
        )  # fmt: skip
        ready = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read(self._asterisk, ready))
        async with asyncio.timeout(60):
            assert await ready, f"Asterisk ended at once, see {self._folder / 'console'}"
        begin, self._manager = len(self.log), await Manager.connect(self.port(38))
        self._hearing = asyncio.create_task(self._hear(self._manager))
        await self.until(
            lambda: any(event["Event"] == "FullyBooted" for _, event in self.log[begin:])
        )

    async def _read(self, asterisk: Process, ready: asyncio.Future[bool]) -> None:
        """Keep what Asterisk prints, until it ends; tell whether it said that it works."""
        assert asterisk.stdout is not None
        with (self._folder / "console").open("wb") as console:
            async for line in asterisk.stdout:
                console.write(line)
                if b"Asterisk Ready." in line:
                    ready.set_result(True)
        if not ready.done():
            ready.set_result(False)

    async def stop(self) -> None:
        """End the phones, and Asterisk."""
        await self.hush()
        if self._asterisk is not None and self._asterisk.returncode is None:
            self._asterisk.terminate()
            await self._asterisk.wait()
        if self._reading is not None:
            await self._reading
        if self._manager is not None and self._hearing is not None:
            await self._manager.close()
            await self._hearing
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def kill(self) -> None:
        """Kill Asterisk in the middle of whatever it does."""
        assert self._asterisk is not None
        await _output(TOOL, "kill", self._asterisk.pid)
        await self._asterisk.wait()
        assert self._hearing is not None
        await self._hearing
        self.channels.clear()

    async def act(self, action: str, **fields: str) -> Event:
        """Send a manager action; return its answer. What a PBX is asked for is logged."""
        assert self._manager is not None
        if action in ASKED:
            self._log({"Event": "Asked", "Action": action} | fields)
        return await self._manager.act(action, **fields)

    def _log(self, event: Event, at: float | None = None) -> None:
        at = time.time() if at is None else at
        self.log.append((at, event))
        for hearer in self.hearers:
            hearer(at, event)

    async def _hear(self, manager: Manager) -> None:
        async for at, event in manager.happening():
            found = kept(event)
            if found is None:
                continue
            match found["Event"]:
                case "Newchannel":
                    self.channels[found["Uniqueid"]] = found["Channel"]
                case "Hangup":
                    self.channels.pop(found["Uniqueid"], None)
            self._log(found, at)
            async with self._changed:
                self._changed.notify_all()

    async def until(self, reached: Callable[[], bool], seconds: float = 30) -> None:
        """Wait until an event makes something true."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(reached)

    async def silence(self) -> None:
        """Wait until no channel is left, and half a second has passed without an event."""
        await self.until(lambda: not self.channels, 25)
        while True:
            heard = len(self.log)
            try:
                await self.until(lambda heard=heard: len(self.log) > heard, 0.5)  # type: ignore[misc]
            except TimeoutError:
                return

    def channel_of(self, number: str) -> str:
        """Return the newest channel of a phone, or of the line."""
        return [name for name in self.channels.values() if re.match(rf"PJSIP/{number}-", name)][-1]

    def has_channel(self, number: str) -> bool:
        """Return True while a phone, or the line, has a channel."""
        return any(name.startswith(f"PJSIP/{number}-") for name in self.channels.values())

    async def talks(self, number: str) -> None:
        """Wait until a phone has a channel that is put through to somebody.

        Its bridge has a second channel then: an Asterisk passes nobody on out of a bridge of one.
        """
        await self.until(lambda: self.has_channel(number))
        name = self.channel_of(number)

        def is_put_through() -> bool:
            entered = [event for _, event in self.log if event["Event"] == "BridgeEnter"]
            own = {event["BridgeUniqueid"] for event in entered if event["Channel"] == name}
            return any(
                event["BridgeUniqueid"] in own and event["BridgeNumChannels"] != "1"
                for event in entered
            )

        await self.until(is_put_through)

    async def originate(self, extension: str, number: str) -> str:
        """Ring an extension, then the number it is to call; return the id of the call."""
        return await self._originate(
            f"Local/{extension}@ext-local",
            Context="inside",
            Exten=number,
            Priority="1",
            CallerID=f'"Phone {extension}" <{extension}>',
        )

    async def prompt(self, number: str) -> str:
        """Ring an extension, or an outside number, and play it a prompt; return the call's id."""
        context = "out" if number.startswith("0") else "ext-local"
        prompt = {"Application": "Playback", "Data": f"{self._inside}/prompt"}
        return await self._originate(f"Local/{number}@{context}", **prompt)

    async def _originate(self, first: str, **then: str) -> str:
        """Ring a Local channel, and what is to follow its answer; return the id of the call."""
        before, prefix = set(self.channels), f"{first}-"
        fields = {"Channel": f"{first}/n", "Timeout": "5000", "Async": "true"}
        await self.act("Originate", **fields, **then)

        def begun() -> list[str]:
            new = self.channels.keys() - before
            return [each for each in new if self.channels[each].startswith(prefix)]

        await self.until(lambda: bool(begun()))
        return min(begun(), key=lambda uid: int(uid.partition(".")[2]))

    # Phones

    async def listens(self, number: str) -> None:
        """Wait until the phone waits for calls at its port."""
        port = self.phone_port(number)
        async with asyncio.timeout(10):
            while f":{port:04X} " not in Path("/proc/net/udp").read_text():
                await asyncio.sleep(0.02)  # SIPp does not say when it listens

    async def phone(self, number: str, script: str) -> None:
        """Let a phone do something: wait for calls, or make one.

        Args:
            number: an extension, "line" for whoever is called outside, or an outside number.
            script: what it does: once if it calls, else whenever it is called.
        """
        calling = script.startswith("dial")
        stamp = f"b{int(time.time() * 1000) % 10**9}"
        name = f"{stamp}-{number}.xml"
        (self._folder / "run" / name).write_text(scenario(number, script, stamp, self._place))
        arguments = ["-p", str(next(self._caller_ports) if calling else self.phone_port(number))]
        if calling:
            arguments += ["-m", "1", f"127.0.0.1:{self.port(60)}"]
        file = f"{self._inside}/run/{name}"
        process = await asyncio.create_subprocess_exec(
            TOOL, "run", *_SIPP, "-sf", file, "-mp", str(next(self._media_ports)),
            "-cid_str", f"{stamp}-%u-%s", "-trace_err", "-error_file", f"{file}.errors",
            *arguments, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL,
        )  # fmt: skip
        self._phones.append(process)

    async def hush(self) -> None:
        """Switch all phones off."""
        for process in self._phones:
            if process.returncode is None:
                process.terminate()
            await process.wait()
        self._phones.clear()

    @property
    def failed_phones(self) -> int:
        """Return how many phones ended because something went otherwise than they expected."""
        return sum(process.returncode not in (None, 0) for process in self._phones)

    # Its place

    @property
    def _place(self) -> dict[str, str]:
        return {"block": str(self._block), "bed": self._inside}

    def port(self, place: int) -> int:
        """Return a port by its place in the bed's thousand."""
        return self._block * 1000 + place

    def phone_port(self, number: str) -> int:
        """Return where Asterisk finds a phone, or the line."""
        return self.port(180 if number == "line" else int(number) - 900)


async def _output(*command: object) -> str:
    process = await asyncio.create_subprocess_exec(*map(str, command), stdout=PIPE)
    found, _ = await process.communicate()
    assert process.returncode == 0
    return found.decode().strip()
