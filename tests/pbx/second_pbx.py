"""A PBX of a make that nobody knows: short lines over TCP, one request for each connection."""

import asyncio
from dataclasses import dataclass, field

KEY = "open sesame"
SERIAL = "TIN7"


@dataclass
class TinPbx:
    """Two phones, a line to the outside, and whoever watches them.

    Attributes:
        asked: the requests, without the visa.
        phones: what each phone does.
        calls: the calls that are up: who rings, and who calls.
    """

    asked: list[str] = field(default_factory=list)
    phones: dict[str, str] = field(default_factory=lambda: {"100": "free", "101": "free"})
    calls: dict[str, tuple[str, str]] = field(default_factory=dict)
    port: int = 0
    _visas: int = 0
    _made: int = 0
    _watchers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for writer in self._watchers:
            writer.transport.abort()
        self._watchers.clear()

    def count(self, verb: str) -> int:
        return sum(each.split()[0] == verb for each in self.asked)

    def phone(self, number: str, does: str) -> None:
        self.phones[number] = does
        self._push(f"phone {number} {does}")

    def call(self, call_id: str, step: str) -> None:
        """Let the phones of a call do something, and say so."""
        callee, caller = self.calls[call_id]
        if step == "over":
            del self.calls[call_id]
        self._push(f"call {call_id} {step} {callee} {caller}")
        for number in (callee, caller):
            self.phone(number, {"rings": "rings", "talks": "busy", "over": "free"}[step])

    @property
    def watched(self) -> bool:
        return bool(self._watchers)

    def _push(self, line: str) -> None:
        for writer in self._watchers:
            writer.write(line.encode() + b"\n")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.read(200)).decode("latin-1").strip()
        answer = self._answer(line)
        writer.write(answer.encode() + b"\n")
        if answer == "watching":
            self._watchers.append(writer)
            await reader.read()
            return
        writer.close()

    def _answer(self, line: str) -> str:
        if line == "who":
            return "tin 1"
        if line.split()[:1] == ["knock"]:
            self.asked.append("knock")
            if line != f"knock {KEY}":
                return "no 1"
            self._visas += 1
            return f"visa{self._visas}"
        visa, _, request = line.partition(" ")
        if visa != f"visa{self._visas}":
            return "no 2" if visa.startswith("visa") else "no 3"
        self.asked.append(request)
        return self._granted(*request.split())

    def _granted(self, verb: str, *words: str) -> str:
        if verb == "dial":
            self._made += 1
            call_id = f"c{self._made}"
            self.calls[call_id] = (words[1], words[0])
            return call_id
        answers = {
            "stay": "fine",
            "leave": "bye",
            "watch": "watching",
            "self": f"{SERIAL} Tin 9.1",
            "phones": " ".join(f"{number}={does}" for number, does in self.phones.items()),
            "lines": "city=up",
            "calls": " ".join(f"{key}={'+'.join(both)}" for key, both in self.calls.items()),
        }
        return answers.get(verb, "no 3")
