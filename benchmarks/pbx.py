"""A simulated PBX in a process of its own, so that its work is not Home Assistant's.

As a program it prints the port that it took, and the number of requests it has got for every line
that it reads.
"""

import argparse
import asyncio
import json
from pathlib import Path
import subprocess
import sys
from types import TracebackType
from typing import Self

SERIAL = "BENCH0000001"
FIRST_EXTENSION = 1000
USER, PASSWORD = "api", "Pa55word"
ROOT = Path(__file__).parent.parent


class Pbx:
    """A PBX with extensions from 1000 on; a context manager.

    Attributes:
        port: of its API on 127.0.0.1.
    """

    def __init__(self, extensions: int, trunks: int, dialect: str = "openvox") -> None:
        """Keep the arguments; the PBX starts when the context is entered."""
        self.port = 0
        self._command = [
            *(sys.executable, "-m", "benchmarks.pbx"),
            *(str(extensions), str(trunks), dialect),
        ]
        self._process: subprocess.Popen[str]

    def __enter__(self) -> Self:
        """Start it and wait until it listens."""
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.port = self._read()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """End it."""
        self._process.communicate()

    def requests(self) -> int:
        """Return how many requests it has got so far."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> int:
        assert self._process.stdout is not None
        number: int = json.loads(self._process.stdout.readline())
        return number


async def _run(extensions: int, trunks: int, dialect: str) -> None:
    from pbx_simulator import Simulator, SimulatorConfig  # noqa: PLC0415 - in this process alone

    config = SimulatorConfig(
        dialect=dialect,
        extensions=extensions,
        first_extension=FIRST_EXTENSION,
        trunks=trunks,
        username=USER,
        password=PASSWORD,
        serial=SERIAL,
    )
    simulator = Simulator(config)
    await simulator.start("127.0.0.1", 0)
    print(simulator.port, flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(len(simulator.requests), flush=True)
    await simulator.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("extensions", type=int)
    parser.add_argument("trunks", type=int)
    parser.add_argument("dialect")
    arguments = parser.parse_args()
    asyncio.run(_run(arguments.extensions, arguments.trunks, arguments.dialect))
