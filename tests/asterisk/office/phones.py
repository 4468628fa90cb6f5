"""SIP phones with any number of calls at once, under the control of `day.py`.

The phones of SIPp (`phone.py`) follow a script; these tell the state of each call at any moment.
They speak as much SIP as an Asterisk on the same machine needs: nothing is sent twice.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import Enum
from itertools import count
import re
import socket
from typing import override
from uuid import uuid4

_HOST = "127.0.0.1"
_PATIENCE = 4.0  # seconds until Asterisk has answered a request
_FRAME = 0.02  # seconds of sound in a packet

type Headers = Sequence[tuple[str, str]]


class State(Enum):
    """The states of a call."""

    NEW, RINGING, UP, OVER = range(4)


def _first(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


class Leg:
    """A call at one phone.

    Attributes:
        number: the other side, as the phone sees it.
        call_id: that of SIP.
        own, peer: the two sides, as requests name them.
        state: its state; it never leaves OVER.
        held: this phone has put it on hold.
    """

    def __init__(self, phone: "Phone", number: str, own: str, invite: Headers | None) -> None:
        self.number, self.state, self.held = number, State.NEW, False
        self._phone, self._invite = phone, invite
        self._called = f"sip:{number}@{phone.server}"
        self.call_id = _first(invite, "call-id") if invite else uuid4().hex
        self.own = f"{own};tag={uuid4().hex}"
        self.peer = _first(invite, "from") if invite else f"<{self._called}>"
        self._target, self._sound_to = self._called, 0
        self._changed, self._passed_on = asyncio.Event(), asyncio.Event()
        self._answers: dict[str, asyncio.Future[int]] = {}
        self._numbers = count(2)

    @property
    def is_up(self) -> bool:
        """Return True while it is answered and not over."""
        return self.state is State.UP

    async def until(self, *states: State, seconds: float) -> None:
        """Wait until it is in one of some states, or time is up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.state not in states:
                    await self._changed.wait()

    async def ends_within(self, seconds: float) -> bool:
        """Let time pass; return True as soon as it is over."""
        await self.until(State.OVER, seconds=seconds)
        return self.state is State.OVER

    # What the phone does

    def invite(self) -> None:
        """Begin the call."""
        self._send("INVITE", 1, body=self._phone.sdp(), first=True)

    def reply(self, status: str, forward: str = "") -> None:
        """Ring (180), answer (200), refuse the call, or name a number to call instead (302)."""
        if self._invite is None or self.state not in (State.NEW, State.RINGING):
            return
        state = {"1": State.RINGING, "2": State.UP}.get(status[0], State.OVER)
        contact = [("Contact", f"<sip:{forward}@{self._phone.server}>")] if forward else []
        body = self._phone.sdp() if state is State.UP else ""
        self._phone.answer(self._invite, status, self.own, contact, body)
        self._reach(state)

    async def hang_up(self) -> None:
        """End the call, in whatever state it is."""
        if self.is_up:
            self._reach(State.OVER)
            await self._ask("BYE")
        elif self.state is not State.OVER and self._invite is None:
            self._send("CANCEL", 1, first=True)
            await self.until(State.OVER, State.UP, seconds=_PATIENCE)
            if self.is_up:  # it was answered in the same moment
                await self.hang_up()
        else:
            self.reply("480 Temporarily Unavailable")

    async def hold(self, on: bool = True) -> None:
        """Put it on hold, or take it back."""
        if self.is_up and self.held is not on:
            self.held = on
            await self._ask("INVITE", body=self._phone.sdp("sendonly" if on else "sendrecv"))

    async def pass_on(self, number: str, second: "Leg | None" = None) -> bool:
        """Transfer the other side to a number, or to that of a second call; True if it is done."""
        target = f"{number}@{self._phone.server}"
        if second is not None:
            tags = [f"{each}=".split("tag=")[1].strip("=") for each in (second.peer, second.own)]
            target += f"?Replaces={second.call_id}%3Bto-tag%3D{tags[0]}%3Bfrom-tag%3D{tags[1]}"
        self._passed_on.clear()
        by = f"<sip:{self._phone.number}@{_HOST}>"
        headers = [("Refer-To", f"<sip:{target}>"), ("Referred-By", by)]
        done = await self._ask("REFER", headers) == 202
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE if done else 0):
                await self._passed_on.wait()
        return done

    async def press(self, digit: str) -> None:
        """Press a key."""
        kind = ("Content-Type", "application/dtmf-relay")
        await self._ask("INFO", [kind], f"Signal={digit}\r\nDuration=160\r\n")

    async def speak(self, seconds: float) -> None:
        """Send silence: an Asterisk looks for keys only while sound comes in."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            for number in range(int(seconds / _FRAME)):
                if self.is_up:
                    stamp = number.to_bytes(2, "big") + (number * 160).to_bytes(4, "big")
                    packet = b"\x80\x00" + stamp + b"ours" + b"\xff" * 160
                    out.sendto(packet, (_HOST, self._sound_to))
                    await asyncio.sleep(_FRAME)

    # What Asterisk says

    def hear(self, line: str, headers: Headers, body: str) -> None:
        """Take a message, of which `line` is the first line."""
        if contact := re.search(r"<(sip:[^>]+)>", _first(headers, "contact")):
            self._target = contact[1]
        if port := re.search(r"m=audio (\d+)", body):
            self._sound_to = int(port[1])
        if line.startswith("SIP/2.0 "):
            self._hear_answer(int(line.split()[1]), headers)
            return
        verb = line.partition(" ")[0]
        again = self._invite is not None and _first(self._invite, "cseq") == _first(headers, "cseq")
        if verb != "ACK" and not again:
            sdp = self._phone.sdp() if verb == "INVITE" else ""
            self._phone.answer(headers, "200 OK", _first(headers, "to"), [], sdp)
        if verb == "BYE":
            self._reach(State.OVER)
        elif verb == "CANCEL":
            self.reply("487 Request Terminated")
        elif verb == "NOTIFY" and not body.startswith("SIP/2.0 100"):
            self._passed_on.set()

    def _hear_answer(self, code: int, headers: Headers) -> None:
        sequence = _first(headers, "cseq")
        answer = self._answers.get(sequence)
        if answer is not None and code >= 200 and not answer.done():
            answer.set_result(code)
        if answer is None and sequence == "1 INVITE":
            self.peer = _first(headers, "to")
            if code >= 200:
                self._send("ACK", 1, first=code >= 300)
                self._reach(State.UP if code < 300 else State.OVER)
            elif code > 100:
                self._reach(State.RINGING)

    def _reach(self, state: State) -> None:
        if self.state is not State.OVER:
            self.state = state
            self._changed.set()
            self._changed = asyncio.Event()

    async def _ask(self, verb: str, more: Headers = (), body: str = "") -> int:
        """Send a request within the call; return the status of its answer."""
        number = next(self._numbers)
        answer = asyncio.get_running_loop().create_future()
        self._answers[f"{number} {verb}"] = answer
        self._send(verb, number, more, body)
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await answer
        if verb == "INVITE":
            self._send("ACK", number)
        return answer.result() if answer.done() and not answer.cancelled() else 408

    def _send(
        self, verb: str, number: int, more: Headers = (), body: str = "", *, first: bool = False
    ) -> None:
        """Send a request; the first one, and what belongs to it, goes to the number itself."""
        headers = [
            ("Via", self._phone.way(self.call_id if first else uuid4().hex)),
            ("From", self.own),
            ("To", self.peer),
            ("Call-ID", self.call_id),
            ("CSeq", f"{number} {verb}"),
            ("Max-Forwards", "70"),
            *more,
        ]
        self._phone.send(f"{verb} {self._called if first else self._target} SIP/2.0", headers, body)


class Phone(asyncio.DatagramProtocol):
    """A phone, or the outside line with all numbers behind it.

    Attributes:
        number: its extension, or "line".
        server: where Asterisk hears it.
        legs: its calls by the id that SIP gives them, those that are over included.
        on_call: called with each call that comes in.
    """

    def __init__(self, number: str, port: int, server: int) -> None:
        self.number, self._port, self._server_port = number, port, server
        self.server = f"{_HOST}:{server}"
        self.legs: dict[str, Leg] = {}
        self.on_call: Callable[[Leg], object] = print
        self._transport: asyncio.DatagramTransport | None = None
        self._versions = count(1)
        self._sound = socket.socket(
            socket.AF_INET, socket.SOCK_DGRAM
        )  # what it receives is dropped
        self._sound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self._sound.bind((_HOST, 0))

    async def switch_on(self) -> None:
        """Begin to hear Asterisk."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=(_HOST, self._port))

    def switch_off(self) -> None:
        """Hear nothing any more."""
        self._sound.close()
        if self._transport is not None:
            self._transport.close()

    def dial(self, number: str, caller: str = "") -> Leg:
        """Call a number; the line does so for a caller."""
        leg = Leg(self, number, f"<sip:{caller or self.number}@{_HOST}>", None)
        self.legs[leg.call_id] = leg
        leg.invite()
        return leg

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: object) -> None:
        head, _, body = data.decode(errors="replace").partition("\r\n\r\n")
        line, *lines = head.split("\r\n")
        pairs = (each.partition(":") for each in lines)
        headers = [(name.strip(), value.strip()) for name, _, value in pairs]
        call_id = _first(headers, "call-id")
        known = call_id in self.legs
        if not known and line.startswith("INVITE "):
            caller = _first(headers, "from").partition("sip:")[2].partition("@")[0]
            self.legs[call_id] = Leg(self, caller, _first(headers, "to"), headers)
        if call_id in self.legs:
            self.legs[call_id].hear(line, headers, body)
        if call_id in self.legs and not known:
            self.on_call(self.legs[call_id])

    def way(self, branch: str) -> str:
        """Return the `Via` of a request."""
        return f"SIP/2.0/UDP {_HOST}:{self._port};branch=z9hG4bK{branch}"

    def sdp(self, direction: str = "sendrecv") -> str:
        """Return a description of the sound that the phone sends and takes."""
        return (
            f"v=0\r\no=phone 1 {next(self._versions)} IN IP4 {_HOST}\r\ns=-\r\n"
            f"c=IN IP4 {_HOST}\r\nt=0 0\r\nm=audio {self._sound.getsockname()[1]} RTP/AVP 0\r\n"
            f"a=rtpmap:0 PCMU/8000\r\na={direction}\r\n"
        )

    def answer(self, request: Headers, status: str, to: str, more: Headers, body: str) -> None:
        """Send a response to a request."""
        kept = [pair for pair in request if pair[0].lower() in ("via", "from", "call-id", "cseq")]
        self.send(f"SIP/2.0 {status}", [*kept, ("To", to), *more], body)

    def send(self, line: str, headers: Headers, body: str) -> None:
        """Send a message, with the headers that each one has."""
        own = [("Contact", f"<sip:{self.number}@{_HOST}:{self._port}>")]
        own += [("Content-Type", "application/sdp")] if body else []
        given = {name for name, _ in headers}
        every = [*headers, *(pair for pair in own if pair[0] not in given)]
        every.append(("Content-Length", str(len(body))))
        text = "".join(f"{name}: {value}\r\n" for name, value in every)
        if self._transport is not None:
            data = f"{line}\r\n{text}\r\n{body}".encode()
            self._transport.sendto(data, (_HOST, self._server_port))
