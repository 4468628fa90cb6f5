"""The control API and the console page, below /simulator/ on the API's port."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
import json
from pathlib import Path
from typing import Any

from aiohttp import web

from pbx_simulator.calls.model import CallStateError
from pbx_simulator.pbx import Pbx

from .commands import COMMANDS, DELAYED
from .parameters import CommandError, Params
from .state import knobs_state, pbx_state

_PAGE = Path(__file__).with_name("console.html")
_API = "/simulator/api/"
_GRACE = 0.1
"""Seconds for the answer to leave before a command that cuts connections."""


class ControlApi:
    """Answers requests of the console and of scripts; see README.md for the commands."""

    def __init__(self, pbx: Pbx) -> None:
        """Control this PBX."""
        self._pbx = pbx
        self._tasks: set[asyncio.Task[None]] = set()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request below /simulator."""
        path = request.path
        if request.method == "GET":
            return self._show(path)
        if request.method != "POST" or not path.startswith(_API):
            return _json(405, {"error": "Use GET, or POST below /simulator/api/"})
        # A foreign web page cannot send this type without asking first, so it cannot give commands.
        if request.content_type != "application/json":
            return _json(415, {"error": "Send application/json"})
        try:
            params = Params(await _read(request))
            result = await self._command(path.removeprefix(_API), params)
        except CommandError as error:
            return _json(400, {"error": str(error)})
        except CallStateError as error:
            return _json(409, {"error": str(error)})
        return _json(200, result or {"ok": True})

    async def stop(self) -> None:
        """Cancel commands that still run."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _show(self, path: str) -> web.StreamResponse:
        if path == "/simulator":
            return web.Response(status=302, headers={"Location": "/simulator/"})
        if path == "/simulator/":
            return web.Response(text=_PAGE.read_text("utf-8"), content_type="text/html")
        if path == f"{_API}state":
            return _json(200, pbx_state(self._pbx))
        if path == f"{_API}knobs":
            return _json(200, knobs_state(self._pbx))
        return _json(404, {"error": "Not found"})

    async def _command(self, name: str, params: Params) -> dict[str, Any] | None:
        if later := DELAYED.get(name):
            self._start(later(self._pbx, params))
            return None
        command = COMMANDS.get(name)
        if command is None:
            raise CommandError(f"Unknown command {name!r}")
        return await command(self._pbx, params)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        async def after_a_moment() -> None:
            await asyncio.sleep(_GRACE)
            await work

        task = asyncio.create_task(after_a_moment(), name="pbx_simulator command")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _read(request: web.BaseRequest) -> dict[str, Any]:
    try:
        value = json.loads(await request.read() or b"{}")
    except (ValueError, RecursionError):
        raise CommandError("The body is not JSON") from None
    if not isinstance(value, dict):
        raise CommandError("The body is not a JSON object")
    return value


def _json(status: int, value: dict[str, Any]) -> web.StreamResponse:
    response = web.json_response(value, status=status)
    response.headers["Cache-Control"] = "no-store"
    response.force_close()
    return response
