"""What hostile answers of a PBX cost Home Assistant: memory, and how long its loop is blocked.

`python -m benchmarks.answers_cost [--component FOLDER]`, in the environment of the Home Assistant
that is wanted; the folder is that of another state of the integration. Prints a table in Markdown.
"""

import argparse
import asyncio
from collections.abc import Callable
from contextlib import suppress
from itertools import batched
from pathlib import Path
from typing import Any
import zlib

from aiohttp import web
from homeassistant.const import __version__

from pbx_simulator import Simulator, SimulatorConfig
from pbx_simulator.net.connections import RawAnswer, response_head

from .host import COMPONENTS, HomeAssistant
from .pbx import FIRST_EXTENSION, PASSWORD, SERIAL, USER
from .plans import ippbx_plan

MIB = 1024 * 1024
LIST = "/api/v0.0.1/extensionlist/query"
CHUNK = 30_000  # bytes
READS = 2  # of the list, each answered with the same
PATIENCE = 150.0  # seconds until so many reads were made
SETTLED = 5.0  # seconds after the last one
STATUS = b'{"status":"Success","extlist":['


def _compressed(size: int) -> bytes:
    """Return an answer that is so large once it is decompressed.

    aiohttp decompresses each chunk by itself, and refuses one that gives more than 32 MiB.
    """
    packer = zlib.compressobj(wbits=31)
    body = packer.compress(STATUS)
    body += b"".join(packer.compress(b" " * MIB) for _ in range(size // MIB))
    body += packer.compress(b"]}") + packer.flush()
    chunks = (
        b"%x\r\n%b\r\n" % (len(each), each)
        for each in (*map(bytes, batched(body, CHUNK, strict=False)), b"")
    )
    head = response_head(200, ["Content-Encoding: gzip", "Transfer-Encoding: chunked"], None)
    return head + b"".join(chunks)


def _plain(member: bytes) -> bytes:
    """Return an answer of nearly 4 MiB, which is what may be read of one."""
    count = (4 * MIB - 1024) // (len(member) + 1)
    body = STATUS + b",".join([member] * count) + b"]}"
    return response_head(200, [], body) + body


ANSWERS: dict[str, Callable[[], bytes]] = {
    "300 MB, compressed": lambda: _compressed(300 * 1000 * 1000),
    "4 MiB of empty objects": lambda: _plain(b"{}"),
    "4 MiB of short texts": lambda: _plain(b'"a"'),
    "4 MiB of long texts": lambda: _plain(b'"%s"' % (b"a" * 1000)),
}


def _memory(host: HomeAssistant, field: str) -> float:
    """Return a memory figure of the process in MiB."""
    status = Path(f"/proc/{host.pid}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1024


def _forget_peak(host: HomeAssistant) -> None:
    """Let the kernel measure the peak of the memory from now on."""
    Path(f"/proc/{host.pid}/clear_refs").write_text("5", encoding="ascii")


class Hostile:
    """Answers the list of extensions with the same bytes.

    Attributes:
        sent: how often it was.
        enough: set once it was so often that the cost shows.
    """

    def __init__(self, answer: bytes) -> None:
        """Start with nothing sent; each request gets this answer, head and body."""
        self.sent = 0
        self.enough = asyncio.Event()
        self._answer = answer

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""
        await request.read()
        self.sent += 1
        if self.sent == READS:
            self.enough.set()
        return RawAnswer(self._answer)


async def _cost(answer: bytes) -> dict[str, Any]:
    """Return what Home Assistant spends on an answer to a few reads of a list."""
    config = SimulatorConfig(
        extensions=10,
        first_extension=FIRST_EXTENSION,
        username=USER,
        password=PASSWORD,
        serial=SERIAL,
    )
    pbx = Simulator(config)
    await pbx.start("127.0.0.1", 0)
    try:
        with HomeAssistant(ippbx_plan(pbx.port)) as host:
            await asyncio.to_thread(host.wait)
            await asyncio.to_thread(host.ask, "rest")
            hostile = Hostile(answer)
            before = _memory(host, "VmRSS")
            _forget_peak(host)
            await asyncio.to_thread(host.ask, "loop")
            pbx.server.mount(LIST, hostile.handle)
            with suppress(TimeoutError):
                await asyncio.wait_for(hostile.enough.wait(), PATIENCE)
            await asyncio.sleep(SETTLED)
            worst = await asyncio.to_thread(host.ask, "looped")
            peak = _memory(host, "VmHWM")
            return {
                "reads": hostile.sent,
                "before": before,
                "peak": peak,
                "growth": peak - before,
                **worst[0],
            }
    finally:
        await pbx.stop()


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--component", type=Path, help="custom_components/ippbx of another state")
    parser.add_argument("--only", action="append", choices=ANSWERS, help="an answer; all without")
    arguments = parser.parse_args()
    if arguments.component:
        COMPONENTS["ippbx"] = arguments.component.resolve()
    print(f"Home Assistant {__version__}, {COMPONENTS['ippbx']}")
    print("| answer | reads | MiB before | MiB at most | MiB more | loop blocked, ms | where |")
    print("|---|--:|--:|--:|--:|--:|---|")
    for name in arguments.only or ANSWERS:
        found = asyncio.run(_cost(ANSWERS[name]()))
        figures = (f"{found[key]:.0f}" for key in ("reads", "before", "peak", "growth"))
        where = ", ".join(found["where"][:3])
        print("|", " | ".join([name, *figures, f"{found['blocked'] * 1000:.0f}", where]), "|")


if __name__ == "__main__":
    main()
