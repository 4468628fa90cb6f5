"""Placeholder until the control API is in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from .simulator import Simulator


class Control:
    """The control API."""

    def __init__(self, pbx: Simulator) -> None:
        """Control this PBX."""
        self._pbx = pbx

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request below /simulator."""
        return web.json_response({"dialect": self._pbx.dialect.key})
