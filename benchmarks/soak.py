"""Home Assistant under load while its PBX fails again and again.

`scripts/soak --minutes N`, see docs/development.md.

Prints a line of CSV for each minute: what fault there was, and what Home Assistant holds at its
end. The PBX runs in this process, so that nothing of it counts.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
import itertools
import os
from pathlib import Path
import random
import sys
import time
from typing import Any

from pbx_simulator import Simulator, SimulatorConfig
from pbx_simulator.families.uc.dialects import DIALECTS

from .cases import MANY
from .host import HomeAssistant, Plan
from .pbx import FIRST_EXTENSION, PASSWORD, SERIAL, USER
from .plans import ippbx_plan
from .soak_curve import draw

REPORTS = 50  # per second
REPORTS_OF_A_CALL = 5  # about
CALL_LOG = 200  # calls; what is kept is full within the first minutes
FAULT_AT, FAULT_LASTS, FAULT_REST = 15.0, 10.0, 35.0  # seconds of each minute
# Minutes until what is kept to a limit is full: each fault has been there once, the log has its
# calls, and the engine the calls that are over and the ids that it has taken apart.
WARM_UP = 10
FIELDS = ("fault", "memory", "descriptors", "tasks", "timers", "listeners", "reports", "active")
STEADY = ("memory", "descriptors", "tasks", "timers", "listeners")
MIB = 1024 * 1024

type Step = Callable[[Simulator], Awaitable[None]]


async def _away(pbx: Simulator) -> None:
    await pbx.go_away()
    await asyncio.sleep(FAULT_LASTS)
    await pbx.come_back()


async def _reboot(pbx: Simulator) -> None:
    await pbx.reboot(seconds=FAULT_LASTS)


async def _tokens(pbx: Simulator) -> None:
    pbx.drop_tokens()


def _knob(name: str, value: Any) -> Step:
    async def turn(pbx: Simulator) -> None:
        before = getattr(pbx.knobs, name)
        setattr(pbx.knobs, name, value)
        await asyncio.sleep(FAULT_LASTS)
        setattr(pbx.knobs, name, before)

    return turn


FAULTS: dict[str, Step] = {
    "connection refused": _away,
    "tokens dropped": _tokens,
    "reports lost": _knob("lose_reports", 1.0),
    "web pages": _knob("html_answers", True),
    "reboot": _reboot,
    "reports repeated": _knob("duplicate_reports", 2),
    "no answer": _knob("hang", True),
    "half answers": _knob("half_answers", True),
    "reports reordered": _knob("reorder_reports", True),
}


async def _phone(pbx: Simulator, chance: random.Random) -> None:
    """Make one call, from ring to record."""
    number = str(FIRST_EXTENSION + chance.randrange(MANY))
    with suppress(Exception):  # the PBX may start anew, or the phone be busy
        call = await pbx.calls.inbound("trunk-1", f"+4930555{chance.randrange(1000):03}", to=number)
        await call.ring()
        await asyncio.sleep(chance.uniform(2, 5))
        if chance.random() < 0.7:
            await call.answer()
            await asyncio.sleep(chance.uniform(3, 8))
        await call.hang_up()


async def _load(pbx: Simulator) -> None:
    """Phone so often that there are as many reports as wanted."""
    chance, calls = random.Random(1), set[asyncio.Task[None]]()
    began = time.monotonic()
    for number in itertools.count():
        await asyncio.sleep(began + number * REPORTS_OF_A_CALL / REPORTS - time.monotonic())
        calls.add(task := asyncio.create_task(_phone(pbx, chance)))
        task.add_done_callback(calls.discard)


def _held(host: HomeAssistant) -> dict[str, Any]:
    """Return what Home Assistant holds now; memory in MiB."""
    process = Path(f"/proc/{host.pid}")
    pages = int((process / "statm").read_text().split()[1])
    memory = pages * os.sysconf("SC_PAGE_SIZE") / MIB
    descriptors = len(list((process / "fd").iterdir()))
    return {"memory": round(memory, 1), "descriptors": descriptors, **host.ask("held")}


async def _minutes(
    pbx: Simulator, host: HomeAssistant, minutes: int, faults: Iterator[tuple[str, Step]]
) -> list[dict[str, Any]]:
    rows = []
    print("minute", *FIELDS, sep=",", flush=True)
    for minute in range(1, minutes + 1):
        name, fault = next(faults)
        end = time.monotonic() + 60
        await asyncio.sleep(FAULT_AT)
        await fault(pbx)
        await asyncio.sleep(end - time.monotonic())
        row = {"fault": name, **await asyncio.to_thread(_held, host)}
        rows.append(row)
        print(minute, *(row[field] for field in FIELDS), sep=",", flush=True)
    return rows


def verdict(rows: list[dict[str, Any]]) -> str:
    """Return between what the figures moved that should stay where they are; memory in MiB."""
    values = {field: [row[field] for row in rows] for field in STEADY}
    return ", ".join(f"{field} {min(each)} to {max(each)}" for field, each in values.items())


def _plan(port: int, dialect: str) -> Plan:
    plan = ippbx_plan(port, dialect=dialect)
    (entry,) = plan.entries
    return replace(
        plan, entries=[{**entry, "options": {**entry["options"], "call_log_size": CALL_LOG}}]
    )


async def soak(minutes: int, dialect: str) -> list[dict[str, Any]]:
    """Run so many minutes; return what Home Assistant held at the end of each."""
    config = SimulatorConfig(
        dialect=dialect,
        extensions=MANY,
        first_extension=FIRST_EXTENSION,
        trunks=8,
        username=USER,
        password=PASSWORD,
        serial=SERIAL,
    )
    pbx = Simulator(config)
    await pbx.start("127.0.0.1", 0)
    with HomeAssistant(_plan(pbx.port, dialect)) as host:
        await asyncio.to_thread(host.wait)
        load = asyncio.create_task(_load(pbx))
        try:
            return await _minutes(pbx, host, minutes, itertools.cycle(FAULTS.items()))
        finally:
            load.cancel()
            raised = host.log().count("Traceback")
            print(f"{pbx.failed_logins} logins refused, {raised} exceptions", file=sys.stderr)
            await pbx.stop()


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=30, help="after the warm-up")
    parser.add_argument("--warm-up", type=int, default=WARM_UP, help="minutes before")
    parser.add_argument("--dialect", choices=DIALECTS, default="openvox")
    parser.add_argument("--picture", type=Path, help="where to draw the curve (PNG)")
    arguments = parser.parse_args()
    rows = asyncio.run(soak(arguments.warm_up + arguments.minutes, arguments.dialect))
    print(f"after the warm-up: {verdict(rows[arguments.warm_up :])}", file=sys.stderr)
    if arguments.picture:
        draw([row["memory"] for row in rows], arguments.picture)


if __name__ == "__main__":
    main()
