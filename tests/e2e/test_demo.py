"""The demo as a person starts it: a process of its own, ended by a signal."""

import asyncio
import os
from pathlib import Path
import signal
import sys

import aiohttp
import pytest

from tests.repository.source import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("socket_enabled")]

PATIENCE = 120


async def start(folder: Path, *arguments: str) -> asyncio.subprocess.Process:
    release = "python{}.{}".format(*sys.version_info)
    return await asyncio.create_subprocess_exec(
        ROOT / "scripts" / "demo",
        *("--folder", str(folder / "home"), *arguments),
        env={
            **os.environ,
            "PYTHON": str(Path(sys.base_prefix, "bin", release)),
            "PYTHONUNBUFFERED": "1",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_check(dialect: str, tmp_path: Path) -> None:
    demo = await start(tmp_path, "--check", "--dialect", dialect)
    async with asyncio.timeout(PATIENCE):
        output, _ = await demo.communicate()
    assert demo.returncode == 0, output.decode()
    assert b"latency" in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_signal_ends_everything(number: signal.Signals, tmp_path: Path) -> None:
    demo = await start(tmp_path, "--port", "0", "--pbx-port", "0")
    assert demo.stdout is not None
    async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as session:
        pages = []
        while len(pages) < 2:
            line = (await demo.stdout.readline()).decode()
            assert line, "the demo ended by itself"
            pages += [word for word in line.split() if word.startswith("http://")]
        for page in pages:
            async with session.get(page) as response:
                assert response.status == 200, page
        demo.send_signal(number)
        output, _ = await demo.communicate()
        assert demo.returncode == 0, output.decode()
        for page in pages:
            with pytest.raises(aiohttp.ClientConnectorError):
                await session.get(page)


async def test_occupied_port_is_explained(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    async with server, asyncio.timeout(PATIENCE):
        port = server.sockets[0].getsockname()[1]
        demo = await start(tmp_path, "--port", str(port), "--pbx-port", "0")
        output, _ = await demo.communicate()
    assert demo.returncode == 1
    assert f"Port {port} cannot be used" in output.decode()
    assert "Traceback" not in output.decode()
