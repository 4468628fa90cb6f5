"""A PBX as the vendors' documents describe it: what it answers, and where it reports to."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import json
import secrets
import time
from typing import Any, Self

import aiohttp
from aiohttp import web

OPENVOX, V1, V2 = "openvox", "v1", "v2"
ALL = (OPENVOX, V1, V2)

USER, PASSWORD = "stories", "Str4nger"
TRUNK, QUIET_TRUNK = "line-a", "line-b"

type Body = dict[str, Any]


@dataclass(frozen=True)
class Family:
    """What tells one kind of PBX from another.

    Attributes:
        version: the one in the paths of its API.
        device: its name in deviceinfo.
        firmware: of a box that is up to date.
        number: key of an extension's number in lists.
        extensions: path of the list of extensions.
        trunks: path of the list of trunks.
        trunks_key: key of that list.
        busy: word of ExtensionStatus for a phone in use.
        idle: likewise for a phone that becomes free.
        east: hours that its clock is ahead of UTC.
    """

    version: str
    device: str
    firmware: str
    number: str
    extensions: str
    trunks: str
    trunks_key: str
    busy: str
    idle: str
    east: int


FAMILIES = {
    OPENVOX: Family(
        version="v0.0.1",
        device="OpenVox UC300",
        firmware="1.2.6",
        number="extnumber",
        extensions="extensionlist/query",
        trunks="trunklist/query",
        trunks_key="trunkname",
        busy="InUse",
        idle="Idle",
        east=0,
    ),
    V1: Family(
        version="v1.1.0",
        device="Yeastar S100",
        firmware="30.12.0.20",
        number="extnumber",
        extensions="extensionlist/query",
        trunks="trunklist/query",
        trunks_key="trunklist",
        busy="Busy",
        idle="Idle",
        east=8,
    ),
    V2: Family(
        version="v2.0.0",
        device="Yeastar S100",
        firmware="30.15.0.35",
        number="number",
        extensions="extension/list",
        trunks="trunk/list",
        trunks_key="trunklist",
        busy="Busy",
        idle="Registered",
        east=-3,
    ),
}


@dataclass(eq=False)
class Party:
    """One party of a call, as reports and queries name it.

    Attributes:
        kind: ext, inbound or outbound.
        number: of an extension.
        source: "from" of a trunk's leg.
        target: "to" of a trunk's leg.
        id: `inboundid` or `outboundid` of a trunk's leg.
        channel: name of its channel, which only v2 tells.
        state: its `memberstatus`, which only v2 tells.
        path: number of the IVR, queue or group that it came by, likewise.
    """

    kind: str
    number: str = ""
    source: str = ""
    target: str = ""
    id: str = ""
    trunk: str = TRUNK
    channel: str = ""
    state: str = ""
    path: str = ""


@dataclass(eq=False)
class LiveCall:
    """A call that queries show."""

    callid: str
    parties: list[Party] = field(default_factory=list)

    def of(self, kind: str) -> Party | None:
        """Return its first party of a kind."""
        return next((party for party in self.parties if party.kind == kind), None)


def member(party: Party) -> Body:
    """Return an element of v2's `members`."""
    if party.kind == "ext":
        inner: Body = {"number": party.number}
    else:
        inner = {"from": party.source, "to": party.target, "trunkname": party.trunk}
    inner["channelid"] = party.channel
    if party.state:
        inner["memberstatus"] = party.state
    if party.path:
        inner["callpath"] = party.path
    return {party.kind: inner}


def flat(party: Party) -> Body:
    """Return a party as the v1 family names it."""
    if party.kind == "ext":
        return {"extid": party.number}
    return {
        "from": party.source,
        "to": party.target,
        "trunk": party.trunk,
        f"{party.kind}id": party.id,
    }


class StandIn:
    """One PBX on a port of its own.

    Attributes:
        dialect: which kind it is.
        extensions: status of each extension, as lists show it.
        trunks: status of each trunk.
        live: the calls that are up.
        requests: what was asked, path and body, newest last.
        asked_at: when it was asked, by a steady clock.
        answers: what it answers to a path beside Success, given the request.
        skew: seconds that its clock is ahead.
        target: where it was told to report to, as host:port/path.
    """

    def __init__(self, dialect: str, names: dict[str, str]) -> None:
        self.dialect = dialect
        self.family = FAMILIES[dialect]
        self.serial = f"5107{ALL.index(dialect)}0042117"
        self.names = names
        self.extensions = dict.fromkeys(names, "Registered" if dialect != OPENVOX else "Idle")
        self.trunks = {TRUNK: "Registered", QUIET_TRUNK: "Registered"}
        self.live: list[LiveCall] = []
        self.requests: list[tuple[str, Body]] = []
        self.asked_at: list[tuple[float, str]] = []
        self.answers: dict[str, Callable[[Body], Body]] = {}
        self.records: list[Body] = []
        self.skew = 0.0
        self.target = ""
        self.deaf = False
        self.port = 0
        self._asked = asyncio.Event()
        self._next = 1200
        self._tokens: set[str] = set()
        self._randoms: set[str] = set()
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True),
            timeout=aiohttp.ClientTimeout(total=10),
        )
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        assert self._session is not None
        await self._session.close()

    async def start(self) -> None:
        """Begin to answer, at the same port as before."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Answer no more: nothing listens at the port."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def forget(self) -> None:
        """Lose sessions and calls, as a PBX that starts does."""
        self._tokens.clear()
        self.live.clear()
        free = "Idle" if self.dialect == OPENVOX else "Registered"
        self.extensions = dict.fromkeys(self.extensions, free)

    def take(self, numbers: int = 6) -> int:
        """Return the number of the next channel, and keep some for the call that it begins."""
        self._next += numbers
        return self._next - numbers

    def now(self) -> float:
        """Return the time of its clock, in seconds since 1970."""
        return time.time() + self.skew

    def local(self, epoch: float) -> str:
        """Return a moment as its records write it: local time without a zone."""
        there = datetime.fromtimestamp(epoch, UTC) + timedelta(hours=self.family.east)
        return there.strftime("%Y-%m-%d %H:%M:%S")

    async def asked(self, path: str, since: int = 0, seconds: float = 30) -> Body:
        """Wait until something was asked and return the request's body.

        Args:
            path: what is asked.
            since: how many requests to pass over.
            seconds: how long to wait at most.
        """
        async with asyncio.timeout(seconds):
            while True:
                for asked, body in self.requests[since:]:
                    if asked == path:
                        return body
                self._asked.clear()
                await self._asked.wait()

    async def post(self, body: bytes | str | Body) -> None:
        """Deliver one report on a connection of its own, as the documents show it.

        Raises:
            AssertionError: it was not answered with 200.
        """
        assert self._session is not None
        if isinstance(body, dict):
            body = json.dumps(body, separators=(",", ":"))
        data = body if isinstance(body, bytes) else body.encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        async with self._session.post(
            f"http://{self.target}", data=data, headers=headers
        ) as answer:
            await answer.read()
            assert answer.status == 200

    # What it answers.

    async def _serve(self, request: web.Request) -> web.Response:
        _, _, rest = request.path.partition("/api/")
        version, _, path = rest.partition("/")
        text = await request.text()
        body = json.loads(text) if text.strip() else {}
        if path.endswith("/download"):
            answer = self._download(request)
            self.asked_at.append((time.monotonic(), f"{path}: {answer.text}"))
            return answer
        if version != self.family.version or request.method != "POST":
            return _json({"status": "Failed", "errno": "10003"})
        self.requests.append((path, body))
        self.asked_at.append((time.monotonic(), path))
        self._asked.set()
        if self.deaf:
            return _json({"status": "Failed", "errno": "10003"})
        if path == "login":
            return _json(self._login(body))
        token = request.query.get("token", "")
        if token not in self._tokens:
            return _json({"status": "Failed", "errno": "20004" if token else "20005"})
        if path == "heartbeat":
            self._aim(body)
        answer = self._answer(path, body)
        return _json(answer if "status" in answer else {"status": "Success", **answer})

    def _login(self, body: Body) -> Body:
        if body["username"] != USER:
            return {"status": "Failed", "errno": "20003"}
        self._aim(body)
        token = secrets.token_hex(16)
        self._tokens.add(token)
        answer = {"status": "Success", "token": token}
        return answer | ({"transport": "HTTP"} if self.dialect == V2 else {})

    def _aim(self, body: Body) -> None:
        if url := body.get("url"):
            self.target = url

    def _answer(self, path: str, body: Body) -> Body:
        family = self.family
        if path in self.answers:
            return self.answers[path](body)
        if path == "deviceinfo/query":
            return {"deviceinfo": self._device()}
        if path == family.extensions:
            return {"extlist": [self._listed(number) for number in self.extensions]}
        if path == family.trunks:
            return {family.trunks_key: [self._trunk(name) for name in self.trunks]}
        if path == "extension/query":
            return {"extinfos": [self._info(number) for number in self._asked_for(body)]}
        if self.dialect == V2:
            return self._answer_v2(path, body)
        if path == "inbound/query":
            legs = [(call, leg) for call in self.live if (leg := call.of("inbound"))]
            return {"inbound": [self._inbound(call, leg) for call, leg in legs]}
        if path == "outbound/query":
            legs = [(call, leg) for call in self.live if (leg := call.of("outbound"))]
            return {"outbound": [self._trunk_leg(call, leg) for call, leg in legs]}
        return self._files(path, body)

    def _answer_v2(self, path: str, body: Body) -> Body:
        if path == "call/query":
            found: Iterable[LiveCall] = self.live
            if kind := body.get("type"):
                found = [call for call in self.live if call.of(kind)]
            elif callid := body.get("callid"):
                found = [call for call in self.live if call.callid == callid]
            return {"calls": [self._members(call) for call in found]}
        if path == "extension/query_call":
            return {
                "calllist": [
                    {"number": number, "numbercalls": [self._members(c) for c in self._at(number)]}
                    for number in self._asked_for(body)
                ]
            }
        return self._files(path, body)

    def _files(self, path: str, body: Body) -> Body:
        if path == "cdr/get_random" and self.dialect != OPENVOX:
            random = secrets.token_hex(16)
            self._randoms.add(random)
            return {**body, "random": random}
        if path in {"heartbeat", "logout"}:
            return {}
        return {"status": "Failed", "errno": "10003"}

    def _download(self, request: web.Request) -> web.Response:
        if request.query.get("random") not in self._randoms:
            return _json({"status": "Failed", "errno": "20020"})
        keys = ("callid", "timestart", "callfrom", "callto", "callduraction", "talkduraction")
        keys += ("srctrunkname", "dsttrunkname", "pincode", "status", "type", "recording")
        keys += ("didnumber", "sn")
        begin, end = request.query["starttime"], request.query["endtime"]
        rows = [row for row in self.records if begin <= row["timestart"] <= end]
        lines = [",".join(str(row.get(key, "")) for key in keys) for row in rows]
        return web.Response(text="\r\n".join([",".join(keys), *lines, ""]), content_type="text/csv")

    def _device(self) -> Body:
        # The vendor's own sample, made eight hours east of Greenwich, says "UTC-8".
        east = self.family.east
        return {
            "devicename": self.family.device,
            "sn": self.serial,
            "hardwarever": "V1.00",
            "firmwarever": self.family.firmware,
            "systemtime": f"{self.local(self.now())} UTC{-east:+d}",
            "uptime": "03:25:04",
            "extensionstatus": f"{len(self.extensions)}/{len(self.extensions)}",
        }

    def _listed(self, number: str) -> Body:
        return {
            self.family.number: number,
            "status": self.extensions[number],
            "type": "pjsip" if self.dialect == OPENVOX else "SIP",
            "username": self.names[number],
            "agentid": "",
        }

    def _trunk(self, name: str) -> Body:
        trunk = {"trunkname": name, "status": self.trunks[name], "type": "SIP"}
        return trunk | (
            {"id": str(list(self.trunks).index(name) + 1)} if self.dialect == V2 else {}
        )

    def _asked_for(self, body: Body) -> list[str]:
        wish = body.get("extid") or body.get("number") or "all"
        return list(self.extensions) if wish == "all" else str(wish).split(",")

    def _at(self, number: str) -> list[LiveCall]:
        return [call for call in self.live if any(p.number == number for p in call.parties)]

    def _info(self, number: str) -> Body:
        info = self._listed(number) | {"callerid": number, "dnd": "off", "alwaysforward": "off"}
        for call in self._at(number) if self.dialect != V2 else ():
            # Whoever calls is the first, and those who are called have no other partner.
            partner = next((party for party in call.parties if party.number != number), None)
            info |= {partner.kind: flat(partner)} if partner is not None else {}
        return info

    def _members(self, call: LiveCall) -> Body:
        return {"members": [member(party) for party in call.parties], "callid": call.callid}

    def _trunk_leg(self, call: LiveCall, leg: Party) -> Body:
        talking = leg.state in {"ANSWER", "ANSWERED", "HOLD"}
        ringing = any(p.kind == "ext" for p in call.parties)
        status = "Talking" if talking else "Progress" if ringing else "Wait"
        return flat(leg) | {"status": status}

    def _inbound(self, call: LiveCall, leg: Party) -> Body:
        phones = [{"extid": party.number} for party in call.parties if party.kind == "ext"]
        return self._trunk_leg(call, leg) | {"callee": phones}


def _json(answer: Body) -> web.Response:
    """Return an answer as these boxes give it: HTTP 200 whatever it says."""
    return web.json_response(answer, headers={"Connection": "close"})
