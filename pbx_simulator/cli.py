"""The command line: `python -m pbx_simulator --dialect openvox --port 9011`."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
import contextlib
from pathlib import Path
import signal
import sys

from .busy import BusyPhones
from .config import SimulatorConfig
from .families import PRODUCTS
from .replay import Recording, TraceError
from .simulator import Simulator


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line's options."""
    made = argparse.ArgumentParser(prog="pbx_simulator", description="A simulated IP PBX.")
    add = made.add_argument
    add(
        "--dialect", choices=sorted(PRODUCTS), help="kind of PBX (default: openvox, or the trace's)"
    )
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, help="port of the API, 0 = any free one (default: the dialect's)")
    add("--extensions", type=int, default=20, help="how many extensions (default: %(default)s)")
    add("--first-extension", type=int, default=1000, help="number of the first one")
    add("--trunks", type=int, default=2, help="how many SIP trunks (default: %(default)s)")
    add("--serial", default="", help="serial number")
    add("--user", default="api", help="API user (default: %(default)s)")
    add("--password", default="Pa55word", help="the API user's password (default: %(default)s)")
    add("--tls", action="store_true", help="serve TLS with a self-signed certificate")
    add("--event-port", type=int, help="port of the TCP event stream (yeastar-v2)")
    add("--busy", action="store_true", help="phones register and call all the time")
    add("--pace", type=float, default=2.0, help="seconds between two things that phones do")
    add("--replay", type=Path, metavar="FILE", help="play a trace from a user's diagnostics")
    add("--speed", type=float, default=1.0, help="how much faster than recorded it is played")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run a simulated PBX until Ctrl-C or SIGTERM; return the exit code."""
    options = parser().parse_args(argv)
    if options.speed <= 0 or options.pace <= 0:
        print("--speed and --pace must be greater than 0", file=sys.stderr)
        return 2
    try:
        recording = Recording.load(options.replay) if options.replay else None
        pbx = Simulator(_config(options, recording))
        asyncio.run(_run(pbx, options, recording))
    except (OSError, TraceError, ValueError, RuntimeError) as error:
        print(f"pbx_simulator: {error}", file=sys.stderr)
        return 1
    return 0


def _config(options: argparse.Namespace, recording: Recording | None) -> SimulatorConfig:
    dialect = options.dialect or (recording.dialect if recording else "") or "openvox"
    return SimulatorConfig(
        dialect=dialect,
        extensions=options.extensions,
        first_extension=options.first_extension,
        trunks=options.trunks,
        username=options.user,
        password=options.password,
        serial=options.serial or (recording.serial if recording else ""),
        tls=options.tls,
        event_port=options.event_port,
    )


async def _run(pbx: Simulator, options: argparse.Namespace, recording: Recording | None) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    port = pbx.dialect.default_port if options.port is None else options.port
    await pbx.start(options.host, port)
    _print_summary(pbx)
    work: list[asyncio.Task[None]] = []
    if recording:
        work.append(asyncio.create_task(_play(pbx, recording, options.speed)))
    if options.busy:
        phones = BusyPhones(pbx, pace=options.pace)
        work.append(asyncio.create_task(phones.run()))
    for task in work:
        task.add_done_callback(_print_failure)
    try:
        await stopped.wait()
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                await pbx.stop()


def _print_failure(task: asyncio.Task[None]) -> None:
    """Print at once that a background task has failed."""
    if not task.cancelled() and (error := task.exception()):
        print(f"pbx_simulator: {error!r}", file=sys.stderr, flush=True)


async def _play(pbx: Simulator, recording: Recording, speed: float) -> None:
    print("Waiting for a login to play the trace to", flush=True)
    sent = await recording.play(pbx, speed)
    print(f"Trace played: {sent} reports", flush=True)


def _print_summary(pbx: Simulator) -> None:
    scheme = "https" if pbx.config.tls else "http"
    host = f"[{pbx.host}]" if ":" in pbx.host else pbx.host
    base = f"{scheme}://{host}:{pbx.port}"
    extensions, trunks = len(pbx.directory.extensions), len(pbx.directory.trunks)
    print(f"Simulated {pbx.dialect.device_name}, serial number {pbx.config.serial}")
    print(f"  API       {base}/api/v{pbx.dialect.version}/")
    print(f"  Console   {base}/simulator/")
    print(f"  Login     user {pbx.account.username}, password {pbx.account.password}")
    print(f"  Has       {extensions} extensions, {trunks} trunks", flush=True)
