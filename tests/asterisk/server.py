"""The vendor's API in front of an Asterisk: a thin translation of its requests and events."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
import csv
from datetime import UTC, datetime
import io
import json
import time

from aiohttp import ClientSession, web

from .ami import Event
from .answers import calls, calls_of, line_calls, partner
from .bed import Bed
from .channels import LINE
from .readings import READINGS
from .translation import MOMENT, Report, Translation, body

USERNAME, PASSWORD = "homeassistant", "Tr0ubadour"
EXTENSIONS = tuple(f"100{digit}" for digit in range(10))

_VERSIONS = {"openvox": "v0.0.1", "yeastar-v1": "v1.1.0", "yeastar-v2": "v2.0.0"}
_NAMES = {"openvox": "UC500", "yeastar-v1": "S100", "yeastar-v2": "S100"}
_FIRMWARE = {"openvox": "1.0.0", "yeastar-v1": "30.10.0.59", "yeastar-v2": "30.13.0.30"}
_RECORD_KEYS = (
    *("callid", "timestart", "callfrom", "callto", "callduraction", "talkduraction"),
    *("srctrunkname", "dsttrcunkname", "pincode", "status", "type", "recording", "didnumber"),
)
_TOKEN = "0123456789abcdef0123456789abcdef"


class VendorServer:
    """A PBX with the vendor's API, whose calls are those of an Asterisk.

    Attributes:
        serial: its serial number.
        port: where it listens.
    """

    def __init__(self, bed: Bed, reading: str, serial: str) -> None:
        self.serial = serial
        self.port = 0
        self._bed = bed
        self._dialect = READINGS[reading].dialect
        self._v2 = self._dialect == "yeastar-v2"
        self._translation = Translation(READINGS[reading], serial)
        self._reports: asyncio.Queue[Report] = asyncio.Queue()
        self._records: list[Report] = []
        self._statuses = dict.fromkeys(EXTENSIONS, "Registered" if self._v2 else "Idle")
        self._statuses["1004"] = "Unavailable"
        self._target = ""
        self._requests: dict[str, Callable[[Report], Awaitable[Report]]] = {
            "login": self._login,
            "heartbeat": self._heartbeat,
            "logout": self._nothing,
            "deviceinfo/query": self._device,
            "cdr/get_random": self._permit,
            "inbound/query": lambda _: self._lines("inbound"),
            "outbound/query": lambda _: self._lines("outbound"),
            "extension/query": self._extension,
            "extension/query_call": self._extension_calls,
            "call/query": self._calls,
            "extension/dial_extension": lambda asked: self._dial(asked, "caller", "callee"),
            "extension/dial_outbound": lambda asked: self._dial(asked, "extid", "outto"),
            "call/dial": lambda asked: self._dial(asked, "caller", "callee"),
            "extension/hangup": self._hang_up,
            "inbound/hangup": self._hang_up,
            "outbound/hangup": self._hang_up,
            "call/hangup": self._hang_up,
            "inbound/transfer_extension": self._transfer,
            "outbound/transfer_extension": self._transfer,
            "call/transfer": self._transfer,
            "extension/list" if self._v2 else "extensionlist/query": self._extensions,
            "trunk/list" if self._v2 else "trunklist/query": self._trunks,
        }

    async def start(self) -> None:
        """Listen, and report what happens from now on."""
        app = web.Application()
        app.router.add_route("*", "/api/{version}/{path:.*}", self._handle)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._posting = asyncio.create_task(self._post())
        self._bed.hearers.append(self._hear)

    async def stop(self) -> None:
        """Stop."""
        self._bed.hearers.remove(self._hear)
        self._posting.cancel()
        await self._runner.cleanup()

    # Reports

    def _hear(self, at: float, event: Event) -> None:
        self._report(self._translation.hear(at, event))
        if event["Event"] == "Hangup":
            loop = asyncio.get_running_loop()
            loop.call_later(2 * MOMENT, lambda: self._report(self._translation.due(time.time())))

    def _report(self, reports: Iterable[Report]) -> None:
        for report in reports:
            if "extension" in report:
                self._statuses[str(report["extension"])] = str(report["status"])
            if "timestart" in report:
                self._records.append(report)
            self._reports.put_nowait(report)

    async def _post(self) -> None:
        async with ClientSession() as session:
            while True:
                report = await self._reports.get()
                if self._target:
                    async with session.post(
                        f"http://{self._target}",
                        data=body(report),
                        headers={"Content-Type": "application/json", "Connection": "close"},
                    ) as answer:
                        assert answer.status == 200

    # Requests

    async def _handle(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        if request.match_info["version"] != _VERSIONS[self._dialect]:
            return web.json_response({"status": "Failed", "errno": "10003"})
        if path != "login" and request.query.get("token") != _TOKEN:
            empty = not request.query.get("token")
            return web.json_response({"status": "Failed", "errno": "20005" if empty else "20004"})
        if path == "cdr/download":
            return web.Response(body=self._table(), content_type="text/csv")
        asked = json.loads(await request.read() or b"{}")
        handle = self._requests.get(path)
        if handle is None:
            return web.json_response({"status": "Failed", "errno": "10003"})
        return web.json_response({"status": "Success"} | await handle(asked))

    async def _nothing(self, _asked: Report) -> Report:
        return {}

    async def _login(self, asked: Report) -> Report:
        await self._heartbeat(asked)
        return {"token": _TOKEN} | ({"transport": "HTTP"} if self._v2 else {})

    async def _heartbeat(self, asked: Report) -> Report:
        self._target = str(asked.get("url", self._target))
        return {}

    async def _device(self, _asked: Report) -> Report:
        return {
            "deviceinfo": {
                "devicename": _NAMES[self._dialect],
                "sn": self.serial,
                "hardwarever": "1.0",
                "firmwarever": _FIRMWARE[self._dialect],
                "systemtime": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC+0",
                "uptime": "01:00:00",
                "extensionstatus": "9/10",
            }
        }

    async def _extensions(self, _asked: Report) -> Report:
        key = "number" if self._v2 else "extnumber"
        return {
            "extlist": [
                {key: number, "status": status, "type": "SIP", "username": "", "agentid": ""}
                for number, status in self._statuses.items()
            ]
        }

    async def _trunks(self, _asked: Report) -> Report:
        trunk = {"trunkname": LINE, "status": "Registered", "type": "SIP"}
        if self._v2:
            return {"trunklist": [trunk | {"id": "1"}]}
        return {"trunkname" if self._dialect == "openvox" else "trunklist": [trunk]}

    async def _lines(self, kind: str) -> Report:
        return {kind: line_calls(self._translation.live_calls(), kind)}

    async def _calls(self, asked: Report) -> Report:
        return {"calls": calls(self._translation.live_calls(), str(asked["type"]))}

    async def _extension(self, asked: Report) -> Report:
        live, key = self._translation.live_calls(), "number" if self._v2 else "extnumber"
        wanted = str(asked.get("number" if self._v2 else "extid") or "all").split(",")
        return {
            "extinfos": [
                {key: number, "status": self._statuses[number], "type": "SIP"}
                | partner(live, number)
                for number in (EXTENSIONS if wanted == ["all"] else wanted)
            ]
        }

    async def _extension_calls(self, asked: Report) -> Report:
        live = self._translation.live_calls()
        return {
            "calllist": [
                {"number": number, "numbercalls": calls_of(live, number)}
                for number in str(asked["number"]).split(",")
            ]
        }

    async def _dial(self, asked: Report, caller: str, callee: str) -> Report:
        return {"callid": await self._bed.originate(str(asked[caller]), str(asked[callee]))}

    async def _hang_up(self, asked: Report) -> Report:
        await self._bed.act("Hangup", Channel=self._channel(asked))
        return {}

    async def _transfer(self, asked: Report) -> Report:
        passed_on = self._channel(asked)
        target = str(asked.get("extid") or asked["number"])
        by = self._translation.partner_of(passed_on)
        await self._bed.act("BlindTransfer", Channel=by, Exten=target, Context="inside")
        return {"callid": str(asked.get("inboundid", ""))}

    def _channel(self, asked: Report) -> str:
        """Return the channel that a request names: by itself, its id, or its extension."""
        if "channelid" in asked:
            return str(asked["channelid"])
        uid = asked.get("inboundid") or asked.get("outboundid")
        return self._bed.channels[str(uid)] if uid else self._bed.channel_of(str(asked["extid"]))

    # Records

    async def _permit(self, asked: Report) -> Report:
        return asked | {"random": _TOKEN}

    def _table(self) -> bytes:
        text = io.StringIO()
        writer = csv.DictWriter(text, _RECORD_KEYS, restval="", extrasaction="ignore")
        writer.writeheader()
        for record in self._records:
            writer.writerow({"dsttrcunkname": record.get("desttrunkname", "")} | record)
        return text.getvalue().encode()
