"""What the switchboard costs the browser: frames and memory, with many extensions and calls.

python -m benchmarks.card --python .venv-demo/bin/python [--minutes N] [--extensions N] [--calls N]

A real Home Assistant shows a dashboard of both cards in Chromium, while calls ring, are answered
and end all the time. The longest task is in processor time of the page's main thread, in which a
frame is one task: what other processes take does not count. The other times are those of a clock.
"""

import argparse
import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import os
from pathlib import Path
import random
from statistics import median, quantiles
import sys
from tempfile import TemporaryDirectory
import time
from typing import Any

import aiohttp
from playwright.async_api import CDPSession, Page

from demo.__main__ import BLUEPRINTS, COMPONENTS
from demo.browser import launched, signed_in
from demo.home_assistant import HomeAssistant, prepare
from demo.processes import choose_port
from pbx_simulator import Simulator, SimulatorConfig
from pbx_simulator.calls.model import Call

HOST = "127.0.0.1"
STEP = 0.5  # seconds between two changes of calls
SAMPLE = 30  # seconds between two lines
TRACED = 10  # of them

# Frames that took longer than 50 ms, and how long each update of a card took.
_WATCH = """() => {
  window.frames_ = []; window.own_ = [];
  new PerformanceObserver((list) => window.frames_.push(...list.getEntries().map(
    (each) => each.duration))).observe({type: "long-animation-frame"});
  for (const name of ["ippbx-switchboard", "ippbx-calls"]) {
    const prototype = customElements.get(name).prototype;
    const update = prototype.performUpdate;
    prototype.performUpdate = function () {
      const start = performance.now();
      update.call(this);
      window.own_.push(performance.now() - start);
    };
  }
}"""
_READ = """() => {
  const found = [window.frames_, window.own_];
  window.frames_ = []; window.own_ = [];
  return found;
}"""


async def main() -> None:
    """Measure, and print a line for each half minute and the longest of everything."""
    options = _parsed()
    config = SimulatorConfig(dialect="yeastar-v2", extensions=options.extensions, trunks=8)
    async with _home(options.python, config) as (home, pbx), launched() as browser:
        context = await signed_in(browser, home, 1280, 900)
        page = await context.new_page()
        await page.goto(f"{home.url}/own-cards")
        await page.locator("ippbx-switchboard .tile").first.wait_for(timeout=60_000)
        async with asyncio.TaskGroup() as group:
            changes = group.create_task(_phone(pbx, options.calls))
            await asyncio.sleep(STEP * 20)
            session = await context.new_cdp_session(page)
            await page.evaluate(_WATCH)
            await _watch(page, session, options.minutes * 60)
            changes.cancel()


async def _watch(page: Page, session: CDPSession, seconds: float) -> None:
    end = time.monotonic() + seconds
    own: list[float] = []
    longest = []
    print("seconds,calls,updates,longest update ms,frames over 50 ms,longest task ms,heap MiB")
    while (left := end - time.monotonic()) > 0:
        task = await _longest_task(page)
        await asyncio.sleep(max(0, min(SAMPLE - TRACED, left)))
        frames, updates = await page.evaluate(_READ)
        own += updates
        longest.append(task)
        calls = await page.locator("ippbx-switchboard .calls .call").count()
        print(
            f"{seconds + time.monotonic() - end:.0f},{calls},{len(updates)}"
            f",{max(updates, default=0):.1f},{len(frames)},{task:.1f}"
            f",{await _heap(session):.1f}",
            flush=True,
        )
    share = quantiles(own, n=100)
    print(
        f"Updates: {len(own)}, half of them within {share[49]:.1f} ms, 99 % within {share[98]:.1f};"
        f" longest task {max(longest):.1f} ms, in half of the samples {median(longest):.1f}"
    )


async def _longest_task(page: Page) -> float:
    """Watch the page's main thread for a while; return its longest task, in ms of processor time.

    The frame after a change is such a task: style, layout and paint, with the scripts in it.
    """
    browser = page.context.browser
    assert browser is not None
    session = await browser.new_browser_cdp_session()
    found: list[dict[str, Any]] = []
    complete = asyncio.Event()
    session.on("Tracing.dataCollected", lambda part: found.extend(part["value"]))
    session.on("Tracing.tracingComplete", lambda _: complete.set())
    await session.send("Tracing.start", {"traceConfig": {"includedCategories": ["toplevel"]}})
    await asyncio.sleep(TRACED)
    await session.send("Tracing.end")
    await complete.wait()
    await session.detach()
    threads = {
        (each["pid"], each["tid"])
        for each in found
        if each["name"] == "thread_name" and each["args"]["name"] == "CrRendererMain"
    }
    longest: float = max(
        each.get("tdur", 0) / 1000
        for each in found
        if (each["pid"], each["tid"]) in threads and each["name"] == "ThreadControllerImpl::RunTask"
    )
    return longest


async def _heap(session: CDPSession) -> float:
    """Return the memory that scripts hold after a collection, in MiB."""
    await session.send("HeapProfiler.collectGarbage")
    usage: dict[str, Any] = await session.send("Runtime.getHeapUsage")
    return float(usage["usedSize"]) / 2**20


async def _phone(pbx: Simulator, most: int) -> None:
    """Keep calls up: each step brings some forward, ends some and begins others."""
    chance = random.Random(1)
    calls: list[tuple[Call, bool]] = []
    while True:
        calls = [each for each in calls if each[0].call_id in pbx.calls.live]
        for _ in range(4):
            if len(calls) >= most:
                call, answered = calls.pop(chance.randrange(len(calls)))
                if not answered and chance.random() < 0.7:
                    await call.answer()
                    calls.append((call, True))
                else:
                    await call.hang_up()
        while len(calls) < most:
            free = [n for n, each in pbx.directory.extensions.items() if each.free]
            number = f"030555{chance.randrange(10_000):04}"
            call = await pbx.calls.inbound(None, caller=number, to=chance.choice(free))
            await call.ring()
            calls.append((call, False))
        await asyncio.sleep(STEP)


@asynccontextmanager
async def _home(
    python: str, config: SimulatorConfig
) -> AsyncGenerator[tuple[HomeAssistant, Simulator]]:
    """Run a Home Assistant with a PBX, all of whose extensions are devices, and a dashboard."""
    port = choose_port(HOST, 0, "--port")
    pbx = Simulator(config)
    await pbx.start(host=HOST, port=0)
    with TemporaryDirectory() as folder:
        prepare(Path(folder), COMPONENTS, BLUEPRINTS, host=HOST, port=port)
        async with aiohttp.ClientSession() as session:
            home = HomeAssistant(session, Path(folder), host=HOST, port=port, python=python)
            async with home.process:
                await home.wait()
                await _add(home, pbx)
                await home.commands(
                    {
                        "type": "lovelace/dashboards/create",
                        "url_path": "own-cards",
                        "title": "Cards",
                        "mode": "storage",
                    },
                    {
                        "type": "lovelace/config/save",
                        "url_path": "own-cards",
                        "config": {"strategy": {"type": "custom:ippbx"}},
                    },
                )
                yield home, pbx
    await pbx.stop()


async def _add(home: HomeAssistant, pbx: Simulator) -> None:
    path = "/api/config/config_entries/flow"
    form = await home.request("POST", path, json={"handler": "ippbx"})
    answers: tuple[dict[str, Any], ...] = (
        {
            "host": HOST,
            "port": pbx.port,
            "username": pbx.config.username,
            "password": pbx.config.password,
            "ssl": False,
            "verify_ssl": False,
            "more": {},
        },
        {"extensions": "all"},  # asked because there are so many
    )
    for answer in answers:
        result = await home.request("POST", f"{path}/{form['flow_id']}", json=answer)
        if result["type"] == "create_entry":
            return
    sys.exit(f"The config flow ended with {result}")


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.card", description=__doc__)
    add = parser.add_argument
    add(
        "--python",
        type=os.path.abspath,  # and no further: a link leads out of the environment
        default=sys.executable,
        help="of the environment with Home Assistant",
    )
    add("--minutes", type=float, default=10)
    add("--extensions", type=int, default=500)
    add("--calls", type=int, default=50, help="at once")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main())
