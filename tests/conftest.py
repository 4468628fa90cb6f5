"""Fixtures that the tests of the integration share: simulated PBXes on real sockets."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import Any
from unittest.mock import AsyncMock, MagicMock, patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import (
    CONF_HOST,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SSL,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
    CONF_WEBHOOK_ID,
)
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

# Imported before Home Assistant looks for it: the test plugin has a package of the same name.
import custom_components.ippbx  # noqa: F401
from custom_components.ippbx.const import CONF_DIALECT, CONF_FINGERPRINT, CONF_OLD_TLS, DOMAIN
from custom_components.ippbx.pbx.model.lines import Extension
from custom_components.ippbx.pbx.net.login_guard import wall_clock
from pbx_simulator import Simulator, SimulatorConfig
from pbx_simulator.net.tls import make_certificate

from .time_travel import TimeTraveller

USERNAME = "homeassistant"
PASSWORD = "Tr0ubadour"
SERIAL = "SIM0000000001"
WEBHOOK_ID = "6d1f9a7c3b5e4d2f8a0b1c2d3e4f5a6b"

type StartSimulator = Callable[..., Awaitable[Simulator]]


@pytest.fixture(scope="session", autouse=True)
def real_datetime_in_cryptography() -> None:
    """Let `cryptography` look up `datetime` before any test freezes time.

    It does so once per process, at its first certificate; in frozen time it would keep the frozen
    class and then refuse real datetimes.
    """
    make_certificate("first.example")


@pytest.fixture(autouse=True)
def _integration_ready(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant find the integration and open sockets, in tests that have one."""
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")
        request.getfixturevalue("socket_enabled")


@pytest.fixture
async def start_simulator() -> AsyncGenerator[StartSimulator]:
    """Return what starts simulated PBXes; they stop with the test.

    It takes the fields of SimulatorConfig, `knobs`: what is turned before the start, and the PBX's
    clock and address.
    """
    started: list[Simulator] = []

    async def start(
        *,
        knobs: dict[str, Any] | None = None,
        clock: Callable[[], float] = wall_clock,  # can be frozen
        host: str = "127.0.0.1",
        **config: Any,
    ) -> Simulator:
        config = {"username": USERNAME, "password": PASSWORD, "serial": SERIAL} | config
        simulator = Simulator(SimulatorConfig(**config), clock=clock)
        for knob, value in (knobs or {}).items():
            setattr(simulator.knobs, knob, value)
        _ignore_failed_handshakes()
        await simulator.start(host=host, port=0)
        started.append(simulator)
        return simulator

    yield start
    for simulator in started:
        await simulator.stop()


@pytest.fixture
async def simulator(start_simulator: StartSimulator) -> Simulator:
    """Return a simulated OpenVox PBX with five extensions."""
    return await start_simulator()


@pytest.fixture
def mock_setup_entry() -> Generator[AsyncMock]:
    """Keep entries from being set up: the flow alone talks to the PBX."""
    with (
        patch("custom_components.ippbx.async_setup_entry", return_value=True) as setup,
        patch("custom_components.ippbx.async_unload_entry", return_value=True),
    ):
        yield setup


@pytest.fixture
def loadable(mock_setup_entry: AsyncMock) -> None:
    """Load entries with three extensions, a paging group and no PBX."""

    async def set_up(_hass: HomeAssistant, entry: MockConfigEntry) -> bool:
        entry.runtime_data = MagicMock()
        entry.runtime_data.store.extensions = {
            number: Extension(number=number, name=name)
            for number, name in (("1001", "Lobby"), ("1000", ""), ("200", "Door"))
        }
        read_groups = AsyncMock(return_value=frozenset({"6300"}))
        entry.runtime_data.backend.control.paging_groups = read_groups
        return True

    mock_setup_entry.side_effect = set_up


def _ignore_failed_handshakes() -> None:
    """Keep a handshake that fails as it should from failing the test.

    Simulator and client share a loop.
    """
    loop = asyncio.get_running_loop()
    handler = loop.get_exception_handler() or asyncio.AbstractEventLoop.default_exception_handler

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if context["message"] != "Error on transport creation for incoming connection":
            handler(loop, context)

    loop.set_exception_handler(handle)


def entry_data(simulator: Simulator, **changes: Any) -> dict[str, Any]:
    """Return the data of an entry for a simulated PBX."""
    return {
        CONF_HOST: "127.0.0.1",
        CONF_PORT: simulator.port,
        CONF_SSL: simulator.config.tls,
        CONF_VERIFY_SSL: False,
        CONF_USERNAME: USERNAME,
        CONF_PASSWORD: PASSWORD,
        CONF_DIALECT: simulator.config.dialect,
        CONF_OLD_TLS: False,
        CONF_FINGERPRINT: None,
        CONF_WEBHOOK_ID: WEBHOOK_ID,
        **changes,
    }


def add_entry(
    hass: HomeAssistant,
    simulator: Simulator,
    *,
    options: dict[str, Any] | None = None,
    unique_id: str | None = None,
    **changes: Any,
) -> MockConfigEntry:
    """Return an entry for a simulated PBX, added but not set up."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="PBX",
        unique_id=unique_id or simulator.config.serial,
        data=entry_data(simulator, **changes),
        options=options or {},
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
def entity_registry_enabled_by_default() -> Generator[None]:
    """Enable entities that are disabled by default."""
    with patch(
        "homeassistant.helpers.entity.Entity.entity_registry_enabled_default", return_value=True
    ):
        yield


@pytest.fixture
def traveller(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Generator[TimeTraveller]:
    """Return what lets time pass."""
    traveller = TimeTraveller(hass, freezer)
    yield traveller
    traveller.close()


@pytest.fixture
def no_faulty_automation(caplog: pytest.LogCaptureFixture) -> Generator[None]:
    """Fail a test in which an automation or one of its templates got into trouble."""
    yield
    at_fault = ("homeassistant.components.automation", "homeassistant.helpers")
    assert not [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelname in ("WARNING", "ERROR") and record.name.startswith(at_fault)
    ]
