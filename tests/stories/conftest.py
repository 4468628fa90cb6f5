"""The Home Assistant of all stories, and the three PBXes that it is set up with."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
import pytest_asyncio
import pytest_socket

from .home import home_and_pbxs
from .stage import Theatre, extensions
from .stand_in import ALL, StandIn


@pytest.fixture(autouse=True)
def verify_cleanup() -> None:
    """Let the Home Assistant and the PBXes live on from story to story."""


@pytest.fixture(scope="package")
def sockets() -> Generator[None]:
    """Keep the test plugin from blocking sockets while the PBXes live."""
    forbid = pytest_socket.disable_socket
    pytest_socket.disable_socket = lambda **_: None
    pytest_socket.enable_socket()
    yield
    pytest_socket.disable_socket = forbid


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def theatre(
    request: pytest.FixtureRequest, sockets: None, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Theatre]:
    """Play all stories that were selected, and yield what knows how they went."""
    folder: Path = tmp_path_factory.mktemp("home")
    tests = [
        (item.function, item.callspec.params["dialect"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item.function, "play")
    ]
    async with home_and_pbxs(folder, {name: StandIn(name, extensions()) for name in ALL}) as home:
        theatre = Theatre(home)
        theatre.open(tests)
        yield theatre
        await theatre.close()
