"""A real Home Assistant starts again: without its PBX, and while somebody reports all the time."""

import asyncio
from contextlib import suppress
import json
from pathlib import Path

import aiohttp
import pytest

from demo.__main__ import BLUEPRINTS, COMPONENTS, add_integration
from demo.home_assistant import HomeAssistant, prepare
from pbx_simulator import Simulator, SimulatorConfig
from tests.conftest import SERIAL
from tests.live import free_port
from tests.reports.raw_requests import status_report

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("socket_enabled")]

HOST = "127.0.0.1"
PATIENCE = 240
STATUS = "sensor.user_1000_status"


async def report(session: aiohttp.ClientSession, url: str) -> None:
    """Report all the time, as a PBX does that knows the address from before."""
    while True:
        with suppress(aiohttp.ClientError):
            await session.post(url, data=status_report("1001", "Idle"))
        await asyncio.sleep(0.02)


async def test_a_start_without_the_pbx_shows_no_secret_and_ends_well(tmp_path: Path) -> None:
    port = free_port()
    pbx = Simulator(SimulatorConfig(serial=SERIAL))
    await pbx.start(host=HOST, port=0)
    prepare(tmp_path, COMPONENTS, BLUEPRINTS, host=HOST, port=port)
    configuration = tmp_path / "configuration.yaml"
    configuration.write_text(
        configuration.read_text().replace("logger:\n", "logger:\n  default: info\n")
    )
    async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as session:
        home_assistant = HomeAssistant(session, tmp_path, host=HOST, port=port)
        async with home_assistant.process:
            await home_assistant.wait()
            await add_integration(home_assistant, pbx, HOST)
            assert await home_assistant.state(STATUS) == "idle"
        await pbx.go_away()
        entries = json.loads((tmp_path / ".storage" / "core.config_entries").read_text())
        (secret,) = [
            entry["data"]["webhook_id"]
            for entry in entries["data"]["entries"]
            if entry["domain"] == "ippbx"
        ]
        home_assistant.token = ""

        async def is_idle() -> bool:
            return await home_assistant.state(STATUS) == "idle"

        reports = asyncio.create_task(report(session, f"{home_assistant.url}/api/webhook/{secret}"))
        async with home_assistant.process:
            await home_assistant.wait()
            assert await home_assistant.state(STATUS) == "unavailable"
            await pbx.come_back()
            await home_assistant.process.ready(is_idle, patience=20)
        reports.cancel()
    await pbx.stop()

    lines = home_assistant.log.read_text().splitlines()
    begun = next(number for number, line in enumerate(lines) if "Setting up ippbx" in line)
    assert [line for line in lines[begun:] if secret in line] == []
