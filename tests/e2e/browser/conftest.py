"""A Home Assistant in a process of its own, simulated PBXes beside it, and a Chromium."""

from collections.abc import AsyncGenerator, Awaitable, Callable
import os
from typing import Any

import aiohttp
from playwright.async_api import Browser
import pytest
import pytest_asyncio
import pytest_socket

from demo.__main__ import BLUEPRINTS, COMPONENTS
from demo.browser import chromium, launched, signed_in
from demo.check import DOMAIN
from demo.home_assistant import HomeAssistant, prepare
from pbx_simulator import Simulator, SimulatorConfig
from tests.live import free_port

from .console import Console
from .frontend import HOST, Frontend

SIZES = {"wide": (1280, 900), "phone": (390, 844)}
ENTRIES = "/api/config/config_entries/entry"

type StartSimulator = Callable[..., Awaitable[Simulator]]


@pytest.fixture
def verify_cleanup() -> None:
    """Leave tasks alone: those of the browser outlive a test."""


@pytest.fixture
def enable_event_loop_debug() -> None:
    """Leave the event loop alone: the tests of this folder share one."""


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def home_assistant(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncGenerator[HomeAssistant]:
    """Return a Home Assistant that runs, of an environment that has all its frontend needs."""
    if chromium() is None:
        pytest.skip("There is no Chromium here")
    if (python := os.environ.get("HOME_ASSISTANT_PYTHON")) is None:
        pytest.skip("scripts/browser runs these")
    pytest_socket.enable_socket()
    folder, port = tmp_path_factory.mktemp("home"), free_port()
    prepare(folder, COMPONENTS, BLUEPRINTS, host=HOST, port=port)
    async with aiohttp.ClientSession() as session:
        running = HomeAssistant(session, folder, host=HOST, port=port, python=python)
        async with running.process:
            await running.wait()
            yield running


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser(home_assistant: HomeAssistant) -> AsyncGenerator[Browser]:
    """Return a Chromium."""
    async with launched() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="package", params=SIZES)
async def frontend(
    request: pytest.FixtureRequest,
    socket_enabled: None,
    browser: Browser,
    home_assistant: HomeAssistant,
) -> AsyncGenerator[Frontend]:
    """Return a page of Home Assistant about which the browser must not complain."""
    context = await signed_in(browser, home_assistant, *SIZES[request.param])
    page = await context.new_page()
    console = Console(page)
    yield Frontend(page, home_assistant)
    await context.close()
    for entry in await home_assistant.request("GET", f"{ENTRIES}?domain={DOMAIN}"):
        await home_assistant.request("DELETE", f"{ENTRIES}/{entry['entry_id']}")
    assert console.complaints == []


@pytest_asyncio.fixture(loop_scope="package")
async def start_simulator(socket_enabled: None) -> AsyncGenerator[StartSimulator]:
    """Return what starts simulated PBXes; it takes the fields of SimulatorConfig."""
    started: list[Simulator] = []

    async def start(**config: Any) -> Simulator:
        simulator = Simulator(SimulatorConfig(**config))
        await simulator.start(host=HOST, port=0)
        started.append(simulator)
        return simulator

    yield start
    for simulator in started:
        await simulator.stop()


@pytest_asyncio.fixture(loop_scope="package")
async def simulator(start_simulator: StartSimulator) -> Simulator:
    """Return a simulated OpenVox PBX."""
    return await start_simulator()
