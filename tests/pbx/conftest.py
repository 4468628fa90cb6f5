"""What the tests of the PBX library share: sockets, a bare PBX, a client of it."""

from collections.abc import AsyncGenerator, Awaitable, Callable
import datetime
from pathlib import Path
from typing import Any

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
import pytest

from custom_components.ippbx.pbx.backend import Connection
from custom_components.ippbx.pbx.model.lines import ReportAddress
from custom_components.ippbx.pbx.net.login_guard import LoginGuard
from custom_components.ippbx.pbx.trace.trace import Exchange
from custom_components.ippbx.pbx.uc.backend import UcBackend
from custom_components.ippbx.pbx.uc.dialects import DIALECTS, OPENVOX, Dialect
from custom_components.ippbx.pbx.uc.reports import feed
from pbx_simulator import Simulator, SimulatorConfig
from tests.pbx.uc.control.stage import NOWHERE, Stage
from tests.pbx.uc.reports.feed_house import (
    PASSWORD as STREAM_PASSWORD,
    StreamListener,
    StreamScript,
)

from .raw_pbx import RawPbx

type MakeClient = Callable[..., UcBackend]
type MakeStage = Callable[[str], Awaitable[Stage]]
type MakeListener = Callable[..., StreamListener]
type MakeScript = Callable[..., Awaitable[StreamScript]]

ADDRESS = ReportAddress(ipaddr="192.0.2.7", port="8123", url="192.0.2.7:8123/api/webhook/4711")
PASSWORD = "Frühling-12"


def connection(
    port: int,
    host: str = "127.0.0.1",
    *,
    username: str = "hass",
    password: str = PASSWORD,
    **fields: Any,
) -> Connection:
    """Return the connection to a PBX, plain unless the fields say otherwise."""
    credentials = {"username": username, "password": password}
    fields = {"tls": False, "ssl": False} | fields
    return Connection(host=host, port=port, credentials=credentials, **fields)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def session(socket_enabled: None) -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def pbx(socket_enabled: None) -> AsyncGenerator[RawPbx]:
    pbx = RawPbx()
    await pbx.start()
    yield pbx
    await pbx.stop()


@pytest.fixture
def make_client(session: aiohttp.ClientSession, pbx: RawPbx, clock: Clock) -> MakeClient:
    """Return a function that makes clients of the bare PBX."""

    def make(
        dialect: Dialect = OPENVOX,
        guard: LoginGuard | None = None,
        on_exchange: Callable[[Exchange], None] | None = None,
        request_timeout: float = 10,
        now: Callable[[], float] = clock,
        **where: Any,
    ) -> UcBackend:
        return UcBackend(
            session,
            connection(**{"port": pbx.port} | where),
            dialect.key,
            guard or LoginGuard(now=clock),
            on_exchange,
            request_timeout=request_timeout,
            now=now,
            steady=clock,
        )

    return make


@pytest.fixture
def client(make_client: MakeClient) -> UcBackend:
    return make_client()


@pytest.fixture
async def make_stage(
    session: aiohttp.ClientSession, make_client: MakeClient, clock: Clock
) -> AsyncGenerator[MakeStage]:
    """Return a function that starts simulated PBXes and logs a client in."""
    started: list[Simulator] = []

    async def make(dialect: str) -> Stage:
        config = SimulatorConfig(
            dialect=dialect, first_extension=2001, trunks=0, username="hass", password=PASSWORD
        )
        sim = Simulator(config, clock=clock)
        for name in ("sip-1", "sip-2", "gsm-1"):
            sim.directory.add_trunk(name)
        sim.directory.trunks["gsm-1"].type, sim.directory.trunks["gsm-1"].status = "GSM", "idle"
        sim.knobs.strict_versions = sim.knobs.strict_parameters = True
        sim.knobs.lose_reports = 1
        sim.knobs.prompt_seconds = sim.knobs.message_seconds = 0
        await sim.start()
        started.append(sim)
        client = make_client(port=sim.port, dialect=DIALECTS[dialect])
        await client.open(NOWHERE)
        return Stage(sim=sim, client=client, dialect=DIALECTS[dialect])

    yield make
    for sim in started:
        await sim.stop()


@pytest.fixture
def short_pauses(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the pauses of feeds to a hundredth."""
    monkeypatch.setattr(feed, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(feed, "MAX_PAUSE", 0.05)


@pytest.fixture
async def stream_pbx(socket_enabled: None) -> AsyncGenerator[Simulator]:
    """Return a simulated PBX with an event stream."""
    config = SimulatorConfig(
        dialect="yeastar-v2", event_port=0, username="hass", password=STREAM_PASSWORD
    )
    sim = Simulator(config)
    await sim.start()
    yield sim
    await sim.stop()


@pytest.fixture
async def make_listener(short_pauses: None, clock: Clock) -> AsyncGenerator[MakeListener]:
    """Return a function that makes event streams; they stop with the test."""
    made: list[StreamListener] = []

    def make(port: int, *, started: bool = True, **changes: Any) -> StreamListener:
        listener = StreamListener(**{"guard": LoginGuard(now=clock), "port": port, **changes})
        made.append(listener)
        if started:
            listener.start()
        return listener

    yield make
    for listener in made:
        await listener.stop()


@pytest.fixture
async def make_script(socket_enabled: None) -> AsyncGenerator[MakeScript]:
    """Return a function that starts servers which follow a script."""
    started: list[StreamScript] = []

    async def make(*acts: list[bytes | None]) -> StreamScript:
        script = StreamScript(list(acts))
        await script.start()
        started.append(script)
        return script

    yield make
    for script in started:
        await script.stop()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that makes self-signed certificates, each kept with its key in a file."""
    folder = tmp_path_factory.mktemp("certificates")

    def make(name: str) -> Path:
        path = folder / f"{name}.pem"
        if not path.exists():
            path.write_bytes(_self_signed(name))
        return path

    return make


def _self_signed(name: str) -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    today = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today)
        .not_valid_after(today + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
