"""A simulated PBX with calls on it, and a client that controls them over a real socket."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from custom_components.ippbx.pbx.model.lines import CallLeg, LegKind, ReportAddress
from custom_components.ippbx.pbx.uc.backend import UcBackend
from custom_components.ippbx.pbx.uc.control.control import UcControl
from custom_components.ippbx.pbx.uc.dialects import Dialect
from pbx_simulator import Simulator
from pbx_simulator.calls.legs import Leg
from pbx_simulator.calls.model import Call, CallState
from pbx_simulator.traffic import Request

# Nobody listens there; the reports are marked as lost, so none is ever sent.
NOWHERE = ReportAddress(ipaddr="127.0.0.1", port="9", url="127.0.0.1:9/reports")


@dataclass(kw_only=True)
class Stage:
    """Five extensions from 2001 on, two SIP trunks and a GSM trunk."""

    sim: Simulator
    client: UcBackend
    dialect: Dialect
    call: Call | None = None

    @property
    def control(self) -> UcControl:
        return self.client.control

    @property
    def v2(self) -> bool:
        return self.dialect.version == "v2.0.0"

    @property
    def live(self) -> Call:
        """The call that the scene is about."""
        assert self.call is not None
        return self.call

    @property
    def made(self) -> Call:
        """The youngest call."""
        return list(self.sim.calls.live.values())[-1]

    @property
    def asked(self) -> Request:
        return self.sim.requests[-1]

    def leg(self, leg: Leg) -> CallLeg:
        """The leg as the client knows it, from whatever the dialect tells."""
        kind = LegKind(leg.kind.value)
        if kind is LegKind.EXTENSION:
            channel = leg.channel_id if self.v2 else ""
            return CallLeg(kind=kind, extension=leg.number, leg_id=channel)
        return CallLeg(kind=kind, leg_id=leg.channel_id if self.v2 else leg.leg_id)

    @property
    def caller(self) -> CallLeg:
        return self.leg(self.live.caller)

    @property
    def callee(self) -> CallLeg:
        return self.leg(self.live.callee)

    def ids(self) -> dict[str, str]:
        """What the bodies that are expected name: the call and both legs."""
        if self.call is None:
            return {}
        return {
            "call": self.call.call_id,
            "caller": self.caller.leg_id,
            "callee": self.callee.leg_id,
        }

    async def talk(self, call: Call) -> Call:
        self.call = call
        await call.ring()
        await call.answer()
        return call

    async def internal(self) -> None:
        """2001 talks to 2002."""
        await self.talk(await self.sim.calls.place("2001", "2002"))

    async def inbound(self) -> None:
        """An outside caller talks to 2001."""
        await self.talk(await self.sim.calls.inbound("sip-1", "0301111", "2001"))

    async def outbound(self) -> None:
        """2001 talks to an outside number."""
        await self.talk(await self.sim.calls.outbound("2001", "0302222", "sip-1"))

    async def nothing(self) -> None:
        """Nobody calls anybody."""

    async def invited(self) -> None:
        """An outside caller waits to be let in."""
        self.sim.directory.trunks["sip-1"].control_answering = True
        self.call = await self.sim.calls.inbound("sip-1", "0301111", "2001")

    async def incoming(self) -> None:
        """An outside caller waits to be led somewhere."""
        self.sim.directory.trunks["sip-1"].control_destination = True
        self.call = await self.sim.calls.inbound("sip-1", "0301111", "2001")

    async def until(self, state: CallState, call: Call | None = None) -> None:
        """Wait until a call is in a state; the PBX itself answers in its own time."""
        watched = call or self.live
        await self.sim.wait_until(lambda: watched.state is state)

    async def report(self, name: str) -> dict[str, Any]:
        """The first report of that name, when it was sent."""
        key = "event" if self.v2 else "action"

        def found() -> list[dict[str, Any]]:
            sent = self.sim.deliveries
            return [each.report for each in sent if each.report.get(key) == name]

        await self.sim.wait_until(lambda: bool(found()))
        return found()[0]

    def assert_asked(self, path: str, body: str) -> None:
        """The last request is this one, byte by byte, and it was carried out."""
        token = self.sim.sessions.living()[-1].token
        line = f"POST /api/{self.dialect.version}/{path}?token={token} HTTP/1.1\r\n".encode()
        assert self.asked.raw_head[: len(line)] == line
        assert self.asked.body == body.encode()
        assert (self.asked.errno, self.asked.token_ok) == ("", True)


type Scene = Callable[[Stage], Any]
