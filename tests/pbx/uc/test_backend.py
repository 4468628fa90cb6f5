"""The client against the simulated PBX, which was written from the documents by somebody else."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from custom_components.ippbx.pbx.errors import (
    PbxApiDisabledError,
    PbxAuthError,
    PbxConnectionError,
    PbxError,
    PbxHandshakeError,
    PbxLockedOutError,
    PbxProtocolError,
    PbxUnsupportedError,
    PbxWrongSchemeError,
)
from custom_components.ippbx.pbx.model.lines import (
    CompanyContact,
    ExtensionStatus,
    LegKind,
    LegState,
    TrunkStatus,
)
from custom_components.ippbx.pbx.net.login_guard import LoginGuard
from custom_components.ippbx.pbx.net.tls import fetch_fingerprint, insecure_context
from custom_components.ippbx.pbx.uc.backend import UcBackend
from custom_components.ippbx.pbx.uc.detect import detect
from custom_components.ippbx.pbx.uc.dialects import DIALECTS, OPENVOX, Dialect
from pbx_simulator import Simulator, SimulatorConfig
from pbx_simulator.directory import CompanyContact as Listed, Extension
from tests.live import SHOWN_STATUS
from tests.pbx.conftest import ADDRESS, Clock, connection

type Start = Callable[..., Awaitable[Simulator]]
type Connect = Callable[..., UcBackend]


@pytest.fixture
async def start(socket_enabled: None, clock: Clock) -> AsyncGenerator[Start]:
    """Return a function that starts simulated PBXes."""
    started: list[Simulator] = []

    async def start(dialect: str = "openvox", *, tls: bool = False, **knobs: Any) -> Simulator:
        config = SimulatorConfig(dialect=dialect, tls=tls, username="hass", password="Frühling-12")
        pbx = Simulator(config, clock=clock)
        for name, value in knobs.items():
            setattr(pbx.knobs, name, value)
        await pbx.start()
        started.append(pbx)
        return pbx

    yield start
    for pbx in started:
        await pbx.stop()


@pytest.fixture
def connect(session: aiohttp.ClientSession, clock: Clock) -> Connect:
    """Return a function that makes a client of a simulated PBX."""

    def connect(
        pbx: Simulator,
        dialect: Dialect | None = None,
        guard: LoginGuard | None = None,
        request_timeout: float = 10,
        **where: Any,
    ) -> UcBackend:
        found = {"ssl": insecure_context(), "tls": pbx.config.tls, "host": pbx.host}
        return UcBackend(
            session,
            connection(pbx.port, **found | where),
            dialect.key if dialect else pbx.config.dialect,
            guard or LoginGuard(now=clock),
            request_timeout=request_timeout,
            now=clock,
            steady=clock,
        )

    return connect


@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_from_nothing_to_lists(
    session: aiohttp.ClientSession, start: Start, connect: Connect, dialect: str, strict: bool
) -> None:
    """Whatever versions the PBX lets pass, one login leads to the dialect that it speaks."""
    pbx = await start(dialect, strict_versions=strict, strict_parameters=strict)
    found = await detect(session, connection(pbx.port, pbx.host))
    client = connect(pbx, dialect=found)
    await client.open(ADDRESS)
    await client.keep_alive(ADDRESS)
    extensions = await client.extensions()
    info = await client.system_info()
    client.refine(info)
    trunks = await client.trunks()
    assert client.variant.key == dialect
    assert info.serial == pbx.config.serial
    assert [each.number for each in extensions] == ["1000", "1001", "1002", "1003", "1004"]
    assert [each.name for each in trunks] == ["trunk-1", "trunk-2"]
    assert (await client.live_calls(())).calls == ()
    assert (pbx.login_attempts, pbx.logins, pbx.max_in_flight) == (1, 1, 1)
    target = pbx.report_target
    assert target is not None
    assert (target.ipaddr, target.port, target.url, target.urltag) == (
        "192.0.2.7",
        "8123",
        ADDRESS.url,
        "1",
    )
    await client.close()
    assert not pbx.token_alive


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_states(start: Start, connect: Connect, dialect: str) -> None:
    pbx = await start(dialect)
    client = connect(pbx)
    await client.open(ADDRESS)
    for word in ("idle", "ringing", "busy", "on_hold", "unavailable"):
        await pbx.set_extension_status("1001", word)
        listed = {each.number: each.status for each in await client.extensions()}
        assert listed["1001"] == ExtensionStatus(SHOWN_STATUS.get(word, word))
    await pbx.set_trunk_status("trunk-2", "Unregistered")
    states = {trunk.name: trunk.status for trunk in await client.trunks()}
    assert states["trunk-2"] is TrunkStatus.UNREGISTERED


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_calls(start: Start, connect: Connect, dialect: str) -> None:
    pbx = await start(dialect)
    client = connect(pbx)
    await client.open(ADDRESS)
    call = await pbx.calls.inbound("trunk-1", "5550100", "1000")
    await call.ring()
    await call.answer()
    (found,) = (await client.live_calls(())).calls
    trunk, extension = found.legs
    assert (trunk.kind, trunk.caller, trunk.trunk, trunk.state) == (
        LegKind.INBOUND,
        "5550100",
        "trunk-1",
        LegState.TALKING,
    )
    assert (extension.extension, extension.state) == ("1000", LegState.TALKING)
    await call.hang_up()
    assert (await client.live_calls(())).calls == ()


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_tokens_end(start: Start, connect: Connect, clock: Clock, dialect: str) -> None:
    pbx = await start(dialect, single_token=True)
    client = connect(pbx)
    await client.open(ADDRESS)
    clock.time += 1801
    for _ in range(2):
        await client.keep_alive(ADDRESS)
        clock.time += 60
    pbx.drop_tokens()
    await asyncio.gather(client.keep_alive(ADDRESS), client.extensions())
    assert (pbx.logins, pbx.failed_logins, pbx.max_in_flight) == (3, 0, 1)


async def test_lock_out(start: Start, connect: Connect, clock: Clock) -> None:
    pbx = await start()
    right = connect(pbx)
    for number in range(5):
        with pytest.raises(PbxAuthError):
            await connect(pbx, password=f"wrong {number}").open(ADDRESS)
    with pytest.raises(PbxLockedOutError):
        await right.open(ADDRESS)
    clock.time += 300
    with pytest.raises(PbxLockedOutError) as caught:
        await right.open(ADDRESS)
    assert caught.value.remaining == 300
    assert pbx.login_attempts == 6
    clock.time += 301
    await right.open(ADDRESS)
    assert pbx.logins == 1


async def test_away_and_back(start: Start, connect: Connect) -> None:
    pbx = await start()
    client = connect(pbx)
    await client.open(ADDRESS)
    await pbx.go_away()
    for request in (client.keep_alive(ADDRESS), client.probe()):
        with pytest.raises(PbxConnectionError):
            await request
    await pbx.come_back()
    await client.probe()
    await client.keep_alive(ADDRESS)
    assert pbx.logins == 1


@pytest.mark.parametrize(
    ("knobs", "kind"),
    [
        ({"api_running": False}, PbxApiDisabledError),
        ({"html_answers": True}, PbxError),
        ({"empty_answers": True}, PbxError),
        ({"half_answers": True}, PbxError),
        ({"reset": True}, PbxError),
        ({"redirect_to": "https://127.0.0.1:8088/"}, PbxWrongSchemeError),
    ],
    ids=lambda value: next(iter(value), "") if isinstance(value, dict) else "",
)
async def test_faults(
    session: aiohttp.ClientSession,
    start: Start,
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
    knobs: dict[str, Any],
    kind: type[PbxError],
) -> None:
    monkeypatch.setattr("custom_components.ippbx.pbx.uc.detect.SCHEME_TIMEOUT", 0.1)
    pbx = await start(**knobs)
    with pytest.raises(kind):
        await detect(session, connection(pbx.port, pbx.host))
    with pytest.raises(kind):
        await connect(pbx).open(ADDRESS)


async def test_an_api_that_is_off(
    session: aiohttp.ClientSession, start: Start, connect: Connect
) -> None:
    """Its 404 may be any web server's; of a PBX that is known it says that the API is off."""
    pbx = await start(api_enabled=False)
    with pytest.raises(PbxProtocolError):
        await detect(session, connection(pbx.port, pbx.host))
    with pytest.raises(PbxApiDisabledError):
        await connect(pbx).open(ADDRESS)


@pytest.mark.parametrize("old", ["", "rsa", "1.0"])
async def test_tls(
    session: aiohttp.ClientSession, start: Start, connect: Connect, old: str
) -> None:
    pbx = await start(tls=True, old_tls=old)
    if old == "1.0":
        with pytest.raises(PbxHandshakeError):
            await detect(session, connection(pbx.port, pbx.host, tls=True, ssl=insecure_context()))
    pin = await fetch_fingerprint(pbx.host, pbx.port, bool(old))
    context = insecure_context(old=bool(old), pin=pin)
    await detect(session, connection(pbx.port, pbx.host, tls=True, ssl=context))
    await connect(pbx, ssl=context).open(ADDRESS)
    with pytest.raises(PbxWrongSchemeError):
        await detect(session, connection(pbx.port, pbx.host))


def test_the_default_is_the_first_product() -> None:
    assert DIALECTS[SimulatorConfig().dialect] is OPENVOX


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_extension_that_is_gone_keeps_no_call_from_being_read(
    start: Start, connect: Connect, dialect: str
) -> None:
    """Nor is it known to have none."""
    pbx = await start(dialect)
    client = connect(pbx)
    await client.open(ADDRESS)
    live = await client.live_calls(("1000", "9999"))
    assert (live.calls, live.trunks, live.queried) == ((), True, {"1000"})


async def test_company_contacts(start: Start, connect: Connect) -> None:
    """Names and all numbers but those of faxes; what has no name or no number is left out."""
    pbx = await start("yeastar-v2")
    client = connect(pbx)
    await client.open(ADDRESS)
    assert await client.company_contacts() == ()
    pbx.directory.contacts += [
        Listed(
            firstname="Anna",
            lastname="Sample",
            numbers={"mobile": "+49 171 5550101", "homefax": "030555099", "businessnum": "2001"},
        ),
        Listed(firstname="", company="Garden Tools", numbers={"othernum": "030555042"}),
        Listed(firstname="Nobody", numbers={}),
        Listed(firstname="", numbers={"mobile": "030555043"}),
    ]
    assert await client.company_contacts() == (
        CompanyContact(name="Anna Sample", numbers=("2001", "+49 171 5550101")),
        CompanyContact(name="Garden Tools", numbers=("030555042",)),
    )


async def test_5000_company_contacts(start: Start, connect: Connect) -> None:
    pbx = await start("yeastar-v2")
    client = connect(pbx)
    await client.open(ADDRESS)
    pbx.directory.contacts += [
        Listed(
            firstname="Firstname " * 3,
            lastname=f"Lastname-{number:07}",
            company="Company " * 5,
            numbers=dict.fromkeys(("businessnum", "mobile", "homenum"), f"+49 30 {number:07}"),
        )
        for number in range(5000)
    ]
    assert len(await client.company_contacts()) == 5000


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_who_lists_company_contacts(start: Start, connect: Connect, dialect: str) -> None:
    pbx = await start(dialect)
    client = connect(pbx)
    await client.open(ADDRESS)
    assert client.capabilities.lists_contacts is (dialect == "yeastar-v2")
    if not client.capabilities.lists_contacts:
        with pytest.raises(PbxUnsupportedError):
            await client.company_contacts()
        assert client.variant.key == dialect


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_settings_of_extensions(start: Start, connect: Connect, dialect: str) -> None:
    """Many are asked for at once."""
    pbx = await start(dialect)
    for number in map(str, range(1005, 1150)):
        pbx.directory.extensions[number] = Extension(number=number, name="")
    pbx.directory.extensions["1007"].dnd = True
    client = connect(pbx)
    await client.open(ADDRESS)
    before = len(pbx.requests)

    found = await client.extension_settings(tuple(pbx.directory.extensions))

    assert [each.number for each in found] == list(pbx.directory.extensions)
    assert [each.number for each in found if each.do_not_disturb] == ["1007"]
    assert {(each.forwards, each.forward_to) for each in found} == {(False, "")}
    assert len(pbx.requests) - before == 2
    assert await client.extension_settings(()) == ()
