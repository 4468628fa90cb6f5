"""Home Assistant under load while its PBX fails again and again.

`scripts/soak --minutes N`, see docs/development.md.

Prints a line of CSV for each minute: what faults there were, what Home Assistant holds at its end,
and how long its event loop was blocked at most. Before and after the minutes that count, the PBX
rests and Home Assistant is looked at again; what it holds then must be the same. The PBX runs in
this process, so that nothing of it counts.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
import itertools
import os
from pathlib import Path
import random
from statistics import mode
import sys
import time
from typing import Any

from pbx_simulator import Simulator, SimulatorConfig
from pbx_simulator.calls.record import CallRecord, local_time
from pbx_simulator.families.uc.dialects import DIALECTS

from .cases import MANY
from .host import HomeAssistant, Plan
from .pbx import FIRST_EXTENSION, PASSWORD, SERIAL, USER
from .plans import ippbx_plan
from .soak_curve import draw

CALLS = 2.0  # per second
STATUS_REPORTS = 40.0  # per second, beside those of calls; 50 in all
# Extensions that phone; the status of the others changes by itself. Within the warm-up each of them
# rings as often as is remembered.
CALLING = 150
KNOWN_IDS = 20_000  # of calls that are done with: as many as are ever kept
CALL_LOG = 200  # calls; what is kept is full within the first minutes
HEARTBEAT = 10  # seconds: two must pass between two faults
FAULT_AT, FAULT_LASTS, FAULTS_A_MINUTE = 2.0, 13.0, 2  # seconds of each slot
WARM_UP = 26  # minutes: each fault has been there twice, and all that is kept to a limit is full
QUIET, LOOKS = 45.0, 15  # seconds, and looks of a second's distance behind them
RECORDS = 66 * 60  # seconds that a read of the records covers: the PBX has them from the start
FIELDS = (
    *("fault", "memory", "descriptors", "tasks", "timers", "listeners", "reports", "active"),
    *("blocked", "kept_waiting", "threads"),
)
STEADY = ("descriptors", "tasks", "timers", "listeners")
MIB = 1024 * 1024
MOST_GROWTH = 2.0  # MiB
MOST_BLOCKED = 50.0  # milliseconds
LISTS = {"extensionlist/query", "extension/list", "trunklist/query", "trunk/list"}

type Step = Callable[[Simulator], Awaitable[None]]


async def _away(pbx: Simulator) -> None:
    await pbx.go_away()
    await asyncio.sleep(FAULT_LASTS)
    await pbx.come_back()


async def _reboot(pbx: Simulator) -> None:
    await pbx.reboot(seconds=FAULT_LASTS)


async def _tokens(pbx: Simulator) -> None:
    pbx.drop_tokens()


def _knobs(*steps: Step, **values: Any) -> Step:
    """Return what turns knobs for a while, and does something as soon as they are turned."""

    async def turn(pbx: Simulator) -> None:
        before = {name: getattr(pbx.knobs, name) for name in values}
        for name, value in values.items():
            setattr(pbx.knobs, name, copy(value))  # some are used up
        for step in steps:
            await step(pbx)
        await asyncio.sleep(FAULT_LASTS)
        for name, value in before.items():
            setattr(pbx.knobs, name, value)

    return turn


async def _read_all(pbx: Simulator) -> None:
    """Report a change of the configuration, after which everything is read."""
    await pbx.rename_extension(str(FIRST_EXTENSION), f"User {FIRST_EXTENSION}")


def _lists(**values: Any) -> Step:
    return _knobs(_read_all, fault_endpoints=LISTS, **values)


_OBJECTS = 4 * MIB // 3 - 64 * 1024  # a list of 500 has room beside them

# A PBX with another serial number is none of them: it costs five minutes, see `tests.chaos.faults`.
FAULTS: dict[str, Step] = {
    "connection refused": _away,
    "tokens dropped": _tokens,
    "reports lost": _knobs(lose_reports=1.0),
    "web pages": _knobs(html_answers=True),
    "reboot": _reboot,
    "reports repeated": _knobs(duplicate_reports=2),
    "no answer": _knobs(hang=True),
    "half answers": _knobs(half_answers=True),
    "reports reordered": _knobs(reorder_reports=True),
    "error pages": _knobs(error_page=500),
    "error pages for lists": _lists(error_page=500),
    "status Nope": _knobs(answer_text='{"status":"Nope"}'),
    "status 500 for lists": _lists(answer_text='{"status":500}'),
    "redirects": _knobs(redirect_to="/login.html"),
    "compressed lists": _lists(gzip_answers=True),
    "4 MiB of objects in lists": _lists(padding_objects=_OBJECTS),
    "lists 100,000 deep": _lists(padding_depth=100_000),
    "empty lists": _lists(list_share=0.0),
    "short lists": _lists(list_share=0.2),
    "cookies": _knobs(_read_all, set_cookies=True),
    "error pages for heartbeats": _knobs(error_page=500, fault_endpoints={"heartbeat"}),
    "a heartbeat answered 20003": _knobs(wrong_next={"heartbeat": "20003"}),
    "logins answered 20010": _knobs(_tokens, wrong_errno={"login": "20010"}),
    "error pages for logins": _knobs(_tokens, error_page=500, fault_endpoints={"login"}),
    "logins cut": _knobs(_tokens, reset=True, fault_endpoints={"login"}),
}


async def _phone(pbx: Simulator, chance: random.Random) -> None:
    """Make one call, from ring to record."""
    number = str(FIRST_EXTENSION + chance.randrange(CALLING))
    with suppress(Exception):  # the PBX may start anew, or the phone be busy
        call = await pbx.calls.inbound("trunk-1", f"+4930555{chance.randrange(1000):03}", to=number)
        await call.ring()
        await asyncio.sleep(chance.uniform(2, 5))
        if chance.random() < 0.7:
            await call.answer()
            await asyncio.sleep(chance.uniform(3, 8))
        await call.hang_up()


async def _phones(pbx: Simulator) -> None:
    """Phone without end."""
    chance, calls = random.Random(1), set[asyncio.Task[None]]()
    began = time.monotonic()
    for number in itertools.count():
        await asyncio.sleep(began + number / CALLS - time.monotonic())
        calls.add(task := asyncio.create_task(_phone(pbx, chance)))
        task.add_done_callback(calls.discard)


async def _statuses(pbx: Simulator) -> None:
    """Let phones come and go without end."""
    numbers = itertools.cycle(range(FIRST_EXTENSION + CALLING, FIRST_EXTENSION + MANY))
    began = time.monotonic()
    for count, number in enumerate(map(str, numbers)):
        await asyncio.sleep(began + count / STATUS_REPORTS - time.monotonic())
        away = pbx.directory.extensions[number].status == "unavailable"
        await pbx.set_extension_status(number, "registered" if away else "unavailable")


def _fill_records(pbx: Simulator) -> None:
    """Give the PBX the records of the time before, as many as there will be at the end."""
    now, offset = pbx.clock(), pbx.config.utc_offset
    for index in range(round(RECORDS * CALLS)):
        began = int(now - RECORDS + index / CALLS)
        record = CallRecord(
            call_id=f"{began}.{index}",
            started=began,
            start=f"{local_time(began, offset):%Y-%m-%d %H:%M:%S}",
            caller="+4930555000",
            callee=str(FIRST_EXTENSION + index % CALLING),
            duration=9,
            talk=5,
            status="ANSWERED",
            type="Inbound",
            source_trunk="trunk-1",
        )
        pbx.calls.records.append(record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Soak:
    """What a run showed.

    Attributes:
        minutes: what Home Assistant held at the end of each, the warm-up included.
        before, after: the same while the PBX rested, before and after the minutes that count.
        raised: exceptions in Home Assistant's log.
        refused: logins that the PBX refused.
        logins: logins that it granted.
        worst: the longest times in which the event loop was blocked.
    """

    minutes: list[dict[str, Any]]
    before: dict[str, Any]
    after: dict[str, Any]
    raised: int
    refused: int
    logins: int
    worst: list[dict[str, Any]]

    def missed(self) -> list[str]:
        """Return the bars that were missed."""
        before, after = self.before, self.after
        growth = after["memory"] - before["memory"]
        blocked = max((each["blocked"] * 1000 for each in self.worst), default=0.0)
        found = {
            f"memory grew by {growth:.1f} MiB": growth > MOST_GROWTH,
            f"the loop was blocked for {blocked:.0f} ms": blocked >= MOST_BLOCKED,
            f"{self.raised} exceptions": self.raised > 0,
            f"{self.refused} logins refused": self.refused > 0,
            **{f"more {name}": after[name] > before[name] for name in STEADY},
        }
        return [bar for bar, missed in found.items() if missed]

    def report(self) -> str:
        """Return the figures in words; memory in MiB, times in milliseconds."""
        lines = [
            f"{name}: {self.before[name]} before, {self.after[name]} after"
            for name in ("memory", "threads", *STEADY)
        ]
        lines += [
            f"loop blocked: {each['blocked'] * 1000:.0f}, of which {each['computed'] * 1000:.0f}"
            f" computing and {each['collected'] * 1000:.0f} collecting garbage, and without a core"
            f" for {each['kept_waiting'] * 1000:.0f} more; {each['fault']}; {each['where']}"
            for each in self.worst
        ]
        lines.append(f"{self.logins} logins, {self.refused} refused, {self.raised} exceptions")
        return "\n".join([*lines, *(f"MISSED: {each}" for each in self.missed())])


def _held(host: HomeAssistant) -> dict[str, Any]:
    """Return what Home Assistant holds now; memory in MiB."""
    process = Path(f"/proc/{host.pid}")
    held = host.ask("held")
    pages = int((process / "statm").read_text().split()[1])
    memory = pages * os.sysconf("SC_PAGE_SIZE") / MIB
    descriptors = len(list((process / "fd").iterdir()))
    threads = len(list((process / "task").iterdir()))
    return {
        "memory": round(memory, 1),
        "descriptors": descriptors,
        "threads": threads,  # a worker thread has memory of its own, which it keeps
        **held,
    }


async def _at_rest(host: HomeAssistant) -> dict[str, Any]:
    """Return what Home Assistant holds while nobody phones."""
    await asyncio.sleep(QUIET)
    looks = []
    for _ in range(LOOKS):
        looks.append(await asyncio.to_thread(_held, host))
        await asyncio.sleep(1)
    return between_requests(looks)


def between_requests(looks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what most looks show, for at some of them a request was under way, and its timer not.

    Of the memory it is the least.
    """
    most = {name: mode(look[name] for look in looks) for name in STEADY}
    return {
        "memory": min(look["memory"] for look in looks),
        "threads": max(look["threads"] for look in looks),
        **most,
    }


class _Minutes:
    """Lets minutes of load and faults pass."""

    def __init__(self, pbx: Simulator, host: HomeAssistant) -> None:
        self._pbx, self._host = pbx, host
        self._faults = itertools.cycle(FAULTS.items())
        self.rows: list[dict[str, Any]] = []
        self.worst: list[dict[str, Any]] = []

    async def pass_by(self, minutes: int) -> None:
        load = [asyncio.create_task(each(self._pbx)) for each in (_phones, _statuses)]
        try:
            for _ in range(minutes):
                await self._minute()
        finally:
            for task in load:
                task.cancel()

    async def _minute(self) -> None:
        await asyncio.to_thread(self._host.ask, "loop")
        begin, names = time.monotonic(), []
        for slot in range(FAULTS_A_MINUTE):
            name, fault = next(self._faults)
            names.append(name)
            await asyncio.sleep(begin + 60 / FAULTS_A_MINUTE * slot + FAULT_AT - time.monotonic())
            await fault(self._pbx)
        await asyncio.sleep(begin + 60 - time.monotonic())
        worst = await asyncio.to_thread(self._host.ask, "looped")
        row = {
            "fault": " + ".join(names),
            **await asyncio.to_thread(_held, self._host),
            **{key: round(worst[0][key] * 1000) for key in ("blocked", "kept_waiting")},
        }
        self.rows.append(row)
        print(len(self.rows), *(row[field] for field in FIELDS), sep=",", flush=True)
        found = [{**each, "fault": row["fault"]} for each in worst]
        self.worst = sorted([*self.worst, *found], key=lambda each: -each["blocked"])[:5]


def _plan(port: int, dialect: str) -> Plan:
    plan = ippbx_plan(port, dialect=dialect)
    (entry,) = plan.entries
    options = {"call_log_size": CALL_LOG, "heartbeat_interval": HEARTBEAT}
    entry = {**entry, "options": {**entry["options"], **options}}
    return replace(plan, entries=[entry], kept={f"ippbx.backfill.{entry['entry_id']}": busy_day()})


def busy_day() -> dict[str, Any]:
    """Return what a back-fill has kept of a busy day: as many ids of calls as it ever keeps.

    At two calls a second these would take three hours. A PBX that offers no records makes nothing
    of them: they are older than the hour for which it needs some.
    """
    now = datetime.now(UTC)
    began = (now - timedelta(hours=2)).timestamp()
    return {
        "since": now.isoformat(),
        "seen_until": now.isoformat(),
        "live_since": None,
        "seen": {f"{began:.0f}.{number}": began for number in range(KNOWN_IDS)},
    }


async def soak(warm_up: int, minutes: int, dialect: str) -> Soak:
    """Run so many minutes after a warm-up."""
    config = SimulatorConfig(
        dialect=dialect,
        extensions=MANY,
        first_extension=FIRST_EXTENSION,
        trunks=8,
        username=USER,
        password=PASSWORD,
        serial=SERIAL,
        keep=round(2 * RECORDS * CALLS),
    )
    pbx = Simulator(config)
    _fill_records(pbx)
    await pbx.start("127.0.0.1", 0)
    try:
        with HomeAssistant(_plan(pbx.port, dialect)) as host:
            await asyncio.to_thread(host.wait)
            passing = _Minutes(pbx, host)
            print("minute", *FIELDS, sep=",", flush=True)
            await passing.pass_by(warm_up)
            before = await _at_rest(host)
            passing.worst.clear()
            await passing.pass_by(minutes)
            return Soak(
                minutes=passing.rows,
                before=before,
                after=await _at_rest(host),
                raised=host.log().count("Traceback"),
                refused=pbx.failed_logins,
                logins=pbx.logins,
                worst=passing.worst,
            )
    finally:
        await pbx.stop()


def main() -> int:
    """Run from the command line; return 1 if a bar was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=30, help="after the warm-up")
    parser.add_argument("--warm-up", type=int, default=WARM_UP, help="minutes before")
    parser.add_argument("--dialect", choices=DIALECTS, default="openvox")
    parser.add_argument("--picture", type=Path, help="where to draw the curve (PNG)")
    arguments = parser.parse_args()
    found = asyncio.run(soak(arguments.warm_up, arguments.minutes, arguments.dialect))
    print(found.report(), file=sys.stderr)
    if arguments.picture:
        draw([row["memory"] for row in found.minutes], arguments.picture)
    return bool(found.missed())


if __name__ == "__main__":
    sys.exit(main())
