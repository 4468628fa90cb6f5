"""Who may report."""

import asyncio
from collections.abc import Generator
import socket
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.ippbx.reports import sources as sources_module
from custom_components.ippbx.reports.sources import SourceCheck


@pytest.fixture(autouse=True)
def _integration_ready() -> None:
    """Nothing here needs Home Assistant."""


class Names:
    """A name server that knows the names that a test adds."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.known: dict[str, list[str]] = {}
        self.error: Exception | None = None
        self.hangs = False

    async def getaddrinfo(self, host: str, port: Any, **_: Any) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        if self.hangs:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        return [(socket.AF_INET, 0, 0, "", (address, 0)) for address in self.known[host]]


@pytest.fixture
def names() -> Generator[Names]:
    server = Names()
    with patch("asyncio.base_events.BaseEventLoop.getaddrinfo", new=server.getaddrinfo):
        yield server


@pytest.mark.parametrize(
    ("host", "networks", "source", "accepted"),
    [
        ("10.1.2.3", [], "10.1.2.3", True),
        ("10.1.2.3", [], "::ffff:10.1.2.3", True),
        ("10.1.2.3", [], "10.1.2.4", False),
        ("10.1.2.3", [], "127.0.0.1", False),
        ("10.1.2.3", ["10.9.0.0/16"], "10.9.200.1", True),
        ("10.1.2.3", ["10.9.0.0/16"], "::ffff:10.9.200.1", True),
        ("10.1.2.3", ["10.9.0.0/16"], "10.10.0.1", False),
        ("10.1.2.3", ["10.9.0.7/16"], "10.9.1.1", True),
        ("10.1.2.3", ["10.9.0.7"], "10.9.0.7", True),
        ("10.1.2.3", ["10.9.0.7"], "10.9.0.8", False),
        ("10.1.2.3", ["fd12::/64"], "fd12::99", True),
        ("10.1.2.3", ["fd12::/64"], "10.9.0.8", False),
        ("10.1.2.3", ["0.0.0.0/0"], "fd12::99", False),
        ("fd12::7", [], "FD12:0::7", True),
        ("fe80::7", [], "fe80::7%eth0", True),
        ("10.1.2.3", ["0.0.0.0/0", "::/0"], "nonsense", False),
        ("10.1.2.3", ["0.0.0.0/0", "::/0"], "", False),
        ("pbx.lan", [], "10.1.2.3", False),  # not looked up yet
    ],
)
def test_accepted_sources(host: str, networks: list[str], source: str, accepted: bool) -> None:
    sources = SourceCheck(host, networks)
    assert sources.accepts(source) is accepted
    assert sources.accepts(source) is accepted  # from the memory, too


async def test_all_addresses_of_a_name_count_and_follow_the_name_server(names: Names) -> None:
    names.known["pbx.lan"] = ["10.1.2.3", "fd12::3"]
    sources = SourceCheck("pbx.lan", [])
    assert not sources.accepts("10.1.2.3")

    await sources.async_refresh("10.1.2.3", "10.1.2.100")
    assert sources.addresses == {"10.1.2.3", "fd12::3"}
    assert sources.accepts("fd12::3")
    assert not sources.accepts("10.1.2.4")

    names.known["pbx.lan"] = ["10.1.2.4"]
    await sources.async_refresh("10.1.2.4", "10.1.2.100")
    assert sources.accepts("10.1.2.4")  # though it was refused before
    assert not sources.accepts("10.1.2.3")


@pytest.mark.parametrize(
    "error", [OSError("no answer"), UnicodeError("label too long"), socket.gaierror(-2, "unknown")]
)
async def test_a_failed_look_up_removes_nothing(names: Names, error: Exception) -> None:
    names.known["pbx.lan"] = ["10.1.2.3", "10.1.2.4"]
    sources = SourceCheck("pbx.lan", [])
    await sources.async_refresh("10.1.2.3", None)

    names.error = error
    await sources.async_refresh("10.1.2.3", None)

    assert sources.addresses == {"10.1.2.3", "10.1.2.4"}


async def test_a_name_server_that_hangs_does_not_hold_up_the_heartbeat(names: Names) -> None:
    names.hangs = True
    sources = SourceCheck("pbx.lan", [])
    with patch.object(sources_module, "LOOKUP_TIMEOUT", 0):
        await sources.async_refresh("10.1.2.3", "10.1.2.100")
    assert sources.addresses == {"10.1.2.3"}  # the far end of our own connection


async def test_an_address_is_not_looked_up(names: Names) -> None:
    sources = SourceCheck("10.1.2.3", [])
    await sources.async_refresh("10.1.2.3", "10.1.2.100")
    assert not names.asked
    assert sources.addresses == {"10.1.2.3"}


@pytest.mark.parametrize(
    ("peer", "local", "ours"),
    [
        ("127.0.0.1", "127.0.0.1", {"127.0.0.1", "::1"}),
        ("::1", "::1", {"127.0.0.1", "::1"}),
        ("10.1.2.3", "10.1.2.3", {"10.1.2.3", "127.0.0.1", "::1"}),
        ("::ffff:10.1.2.3", "10.1.2.3", {"10.1.2.3", "127.0.0.1", "::1"}),
        ("10.1.2.3", "10.1.2.100", {"10.1.2.3"}),
        ("10.1.2.3", None, {"10.1.2.3"}),
        ("nonsense", "nonsense", set()),
        (None, None, set()),
    ],
)
async def test_this_machine_where_the_pbx_is_on_it(
    names: Names, peer: str | None, local: str | None, ours: set[str]
) -> None:
    names.known["pbx.lan"] = []
    sources = SourceCheck("pbx.lan", [])
    await sources.async_refresh(peer, local)
    assert sources.addresses == ours


def test_a_flood_of_addresses_does_not_fill_the_memory() -> None:
    sources = SourceCheck("10.1.2.3", [])
    for number in range(5_000):
        assert not sources.accepts(f"10.7.{number // 250}.{number % 250}")
    assert len(sources._answers) <= 256
    assert sources.accepts("10.1.2.3")


async def test_the_far_end_of_our_own_stream_may_report(names: Names) -> None:
    """Its name may stand for several addresses, of which the link uses another."""
    names.known["pbx.lan"] = ["10.1.2.3"]
    check = SourceCheck("pbx.lan", [])
    assert not check.accepts("fd12::5")
    check.accept_peer("fd12::5%eth0")
    assert check.accepts("fd12::5")
    await check.async_refresh("10.1.2.3", "10.1.2.9")
    assert check.addresses == {"10.1.2.3", "fd12::5"}
    check.accept_peer("not an address")
    await check.async_refresh("10.1.2.3", "10.1.2.9")
    assert check.addresses == {"10.1.2.3"}
    assert not check.accepts("fd12::5")
