"""A real Home Assistant in a process of its own, seen through its websocket API alone."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
import re
import time
from typing import Any, Self

import aiohttp

from demo.home_assistant import HomeAssistant, prepare
from demo.processes import choose_port

from .stand_in import OPENVOX, PASSWORD, USER, StandIn

ROOT = Path(__file__).parents[2]
DOMAIN = "ippbx"
PBX = "pbx"
TRIGGERS = (
    "incoming_call",
    "call_answered",
    "call_ended",
    "call_missed",
    "key_pressed",
    "decision_needed",
)
LATE = {"call_ended", "call_missed"}
ALLOWED = "0305*"
GRANDMA = {"number": "+49 30 5559999", "name": "Grandma", "vip": True}
# What tells of something that has passed; it is restored after a restart.
PASSING = {"call", "system", "last_call", "last_caller"}


@dataclass(frozen=True)
class Told:
    """Something that Home Assistant said.

    Attributes:
        dialect: of the PBX that it is about.
        where: number of an extension, the name of a trunk, or `PBX`.
        what: `call` for event entities, a sensor's name, or `trigger`.
        type: `event_type`, the sensor's state, or the trigger's name.
        data: attributes, or a trigger's variables.
        when: when it was seen, in seconds of a steady clock.
    """

    dialect: str
    where: str
    what: str
    type: str
    data: dict[str, Any] = field(repr=False)
    when: float

    def line(self) -> str:
        """Return it as a line for whoever reads why a story failed."""
        kept = ("call_id", "direction", "caller", "caller_name", "callee", "answered_by", "outcome")
        kept += ("ring_seconds", "talk_seconds", "path", "all_keys", "late", "extension")
        rest = {key: self.data[key] for key in kept if self.data.get(key) not in {None, "", False}}
        return f"{self.when:10.2f} {self.where} {self.what} {self.type} {rest}"


class Home:
    """One Home Assistant and everything that it has told so far.

    Attributes:
        told: all of it, oldest first.
        states: the present state of each of the integration's entities.
        entries: config entry of each dialect.
    """

    def __init__(self, folder: Path, pbxs: dict[str, StandIn]) -> None:
        self.folder = folder
        self.pbxs = pbxs
        self.told: list[Told] = []
        self.states: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.entries: dict[str, str] = {}
        self.entities: dict[str, tuple[str, str, str]] = {}
        self.devices: dict[tuple[str, str], str] = {}
        self._news = asyncio.Event()
        self._port = choose_port("127.0.0.1", 0, "")
        self._life: AsyncExitStack | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._number = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._handlers: dict[int, Callable[[dict[str, Any]], None]] = {}
        self._entry_states: dict[str, str] = {}
        self._rest: HomeAssistant | None = None
        self._token = ""
        self._shown: dict[tuple[str, str, str], tuple[Any, ...]] = {}

    async def __aenter__(self) -> Self:
        components = ROOT / "custom_components" / DOMAIN
        blueprints = ROOT / "blueprints" / "automation" / DOMAIN
        prepare(self.folder, components, blueprints, host="127.0.0.1", port=self._port)
        await self.start()
        for dialect, pbx in self.pbxs.items():
            await self._add(dialect, pbx)
        await self._loaded()
        await self._learn()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start the process, sign in, and listen to everything."""
        self._life = AsyncExitStack()
        session = await self._life.enter_async_context(aiohttp.ClientSession())
        rest = HomeAssistant(session, self.folder, host="127.0.0.1", port=self._port)
        self._rest = rest
        rest.token = self._token
        await self._life.enter_async_context(rest.process)
        if not self._token:
            await rest.wait()
            self._token = rest.token
        self._reader = asyncio.create_task(self._read(await self._connect(session, rest.url)))
        await self.subscribe(
            self._state_changed, type="subscribe_events", event_type="state_changed"
        )
        if self.entries:
            await self._learn()
        await self.subscribe(
            self._entries_changed, type="config_entries/subscribe", type_filter=["hub"]
        )
        await self.ready(self._runs, 120)
        if self.entries:
            await self._learn()
        for name in TRIGGERS:
            trigger: dict[str, Any] = {"trigger": f"{DOMAIN}.{name}"}
            if name in LATE:
                trigger["options"] = {"late": True}
            await self.subscribe(
                lambda event, name=name: self._ran(name, event),
                type="subscribe_trigger",
                trigger=[trigger],
            )

    async def _connect(
        self, session: aiohttp.ClientSession, url: str
    ) -> aiohttp.ClientWebSocketResponse:
        """Open the websocket as soon as it can be had: what is told at the start counts, too."""
        async with asyncio.timeout(120):
            while True:
                try:
                    socket = await session.ws_connect(f"{url}/api/websocket", max_msg_size=0)
                    break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": self._token})
        assert (await socket.receive_json())["type"] == "auth_ok"
        self._socket = socket
        return socket

    async def stop(self) -> None:
        """End the process as a user does who restarts it."""
        assert self._life is not None
        assert self._reader is not None
        self._reader.cancel()
        with suppress(asyncio.CancelledError):
            await self._reader
        await self._life.aclose()

    async def _add(self, dialect: str, pbx: StandIn) -> None:
        """Set a PBX up through the form, as a user does."""
        assert self._rest is not None
        path = "/api/config/config_entries/flow"
        form = await self._rest.request("POST", path, json={"handler": DOMAIN})
        answers: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": pbx.port,
            "username": USER,
            "password": PASSWORD,
            "ssl": False,
            "verify_ssl": False,
            "more": {},
        }
        result = await self._rest.request("POST", f"{path}/{form['flow_id']}", json=answers)
        if result["type"] == "form" and result["step_id"] == "extensions":
            result = await self._rest.request(
                "POST", f"{path}/{form['flow_id']}", json={"extensions": "all"}
            )
        assert result["type"] == "create_entry", result
        self.entries[dialect] = result["result"]["entry_id"]
        await self._save_options(dialect)

    async def _save_options(self, dialect: str) -> None:
        """Save the options of a PBX as a user does: numbers that may be rung, and a contact."""
        await self._option(dialect, ["calls"], {"allowed_numbers": [ALLOWED]})
        if dialect == OPENVOX:  # contacts are those of all PBXs
            await self._option(dialect, ["contacts", "contact_add"], GRANDMA)

    async def _option(self, dialect: str, menu: list[str], answers: dict[str, Any]) -> None:
        """Go through the menu of the options and submit the form at its end."""
        assert self._rest is not None
        path = "/api/config/config_entries/options/flow"
        flow = await self._rest.request("POST", path, json={"handler": self.entries[dialect]})
        path += f"/{flow['flow_id']}"
        for page in menu:
            await self._rest.request("POST", path, json={"next_step_id": page})
        result = await self._rest.request("POST", path, json=answers)
        assert not result.get("errors"), result
        if result["type"] != "create_entry":
            await self._rest.request("DELETE", path)
        await self._loaded()

    async def _runs(self) -> bool:
        return bool((await self.command(type="get_config"))["state"] == "RUNNING")

    def _entries_changed(self, changes: Any) -> None:
        for change in changes:
            entry = change["entry"]
            self._entry_states[entry["entry_id"]] = entry["state"]

    async def _loaded(self) -> None:
        """Wait until all entries are loaded."""
        entries = await self.command(type="config_entries/get", domain=DOMAIN)
        self._entry_states |= {entry["entry_id"]: entry["state"] for entry in entries}

        def loaded() -> bool | None:
            states = {self._entry_states[each] for each in self.entries.values()}
            return True if states <= {"loaded"} else None

        assert await self.until(60, loaded), self._entry_states

    async def wait_for_reload(self) -> None:
        """Do nothing: an entry is reloaded in one step."""

    async def reload(self) -> None:
        """Reload all entries, as the menu does."""
        assert self._rest is not None
        for entry in self.entries.values():
            await self._rest.request(
                "POST", f"/api/config/config_entries/entry/{entry}/reload", json={}
            )
        await self._loaded()

    async def switch_pbxs_off(self) -> None:
        """Cut the power of all PBXs."""
        for pbx in self.pbxs.values():
            await pbx.stop()
            pbx.forget()

    async def switch_pbxs_on(self) -> None:
        """Give it back; each says that it has started."""
        for dialect, pbx in self.pbxs.items():
            await pbx.start()
            key = "event" if dialect == "v2" else "action"
            await pbx.post({key: "BootUp", "sn": pbx.serial})

    async def _learn(self) -> None:
        """Find out which entity shows what, and what each shows now."""
        dialects = {entry: dialect for dialect, entry in self.entries.items()}
        devices = {}
        for device in await self.command(type="config/device_registry/list"):
            for entry in device["config_entries"]:
                if entry in dialects:
                    # "Room 2001", with more behind it where another PBX has the same name.
                    found = re.search(r"\b\d{4}\b", device["name"])
                    where = found[0] if found else device["name"].split()[0]
                    where = PBX if device["via_device_id"] is None else where
                    devices[device["id"]] = (dialects[entry], where)
        self.devices = {place: device for device, place in devices.items()}
        self.entities = {}
        for entity in await self.command(type="config/entity_registry/list"):
            if entity["platform"] == DOMAIN and entity["device_id"] in devices:
                what = entity["translation_key"] or ""
                what = "call" if what == "extension_call" else what
                self.entities[entity["entity_id"]] = (*devices[entity["device_id"]], what)
        for state in await self.command(type="get_states"):
            if place := self.entities.get(state["entity_id"]):
                known = self.states.get(place)
                # What came while the answer waited for its turn is newer.
                if known is None or known["last_updated"] <= state["last_updated"]:
                    self._now_is(place, state)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            content = message.json()
            if content["type"] == "result":
                answer = self._answers.pop(content["id"])
                if answer.done():  # nobody waits any more
                    continue
                if content["success"]:
                    answer.set_result(content["result"])
                else:
                    answer.set_exception(RuntimeError(str(content["error"])))
            elif content["type"] == "event":
                self._handlers[content["id"]](content["event"])
                self._news.set()

    async def command(self, **content: Any) -> Any:
        """Send a command and return its result.

        Raises:
            RuntimeError: Home Assistant refused it.
        """
        assert self._socket is not None
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        if handler := content.pop("handler", None):
            self._handlers[self._number] = handler
        await self._socket.send_json({"id": self._number, **content})
        async with asyncio.timeout(30):
            return await answer

    async def subscribe(self, handler: Callable[[dict[str, Any]], None], **content: Any) -> None:
        """Call a function with each event of a subscription."""
        await self.command(handler=handler, **content)

    async def act(self, dialect: str, action: str, **data: Any) -> dict[str, Any]:
        """Run an action of the integration on one PBX and return what it answers."""
        result = await self.command(
            type="call_service",
            domain=DOMAIN,
            service=action,
            service_data={"config_entry_id": self.entries[dialect], **data},
            return_response=True,
        )
        response = result["response"]
        assert isinstance(response, dict)
        return response

    async def press(self, dialect: str, button: str) -> None:
        """Press a button of a PBX."""
        place = (dialect, PBX, button)
        entity = next(name for name, there in self.entities.items() if there == place)
        await self.command(
            type="call_service",
            domain="button",
            service="press",
            target={"entity_id": entity},
        )

    def _state_changed(self, event: dict[str, Any]) -> None:
        data = event["data"]
        place = self.entities.get(data["entity_id"])
        state = data["new_state"]
        if place is not None and state is not None:
            self._now_is(place, state)

    def _now_is(self, place: tuple[str, str, str], state: dict[str, Any]) -> None:
        """Take a state, which is news unless it is what was there before a gap."""
        self.states[place] = state
        if place[2] in PASSING and state["state"] in {"unavailable", "unknown"}:
            return
        attributes = state["attributes"]
        shown = (state["state"], attributes.get("event_type"), attributes.get("call_id"))
        if self._shown.get(place) == shown:
            return
        self._shown[place] = shown
        self._add_told(place, attributes.get("event_type") or state["state"], attributes)

    def _ran(self, name: str, event: dict[str, Any]) -> None:
        trigger = event["variables"]["trigger"]
        dialects = {entry: dialect for dialect, entry in self.entries.items()}
        dialect = dialects[trigger["config_entry_id"]]
        self._add_told((dialect, PBX, "trigger"), name, trigger)

    def _add_told(self, place: tuple[str, str, str], kind: str, data: dict[str, Any]) -> None:
        self.told.append(Told(*place, kind, data, time.monotonic()))

    async def ready(self, probe: Callable[[], Awaitable[bool]], seconds: float) -> None:
        """Ask again and again what no news tells, until it is so."""
        assert self._rest is not None
        await self._rest.process.ready(probe, seconds)

    async def until[T](self, seconds: float, look: Callable[[], T | None]) -> T | None:
        """Look again at each piece of news until something is found, for so long at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while (found := look()) is None:
                    self._news.clear()
                    await self._news.wait()
                return found
        return look()


@asynccontextmanager
async def home_and_pbxs(folder: Path, pbxs: dict[str, StandIn]) -> AsyncGenerator[Home]:
    """Run stand-ins and the Home Assistant that is set up with them."""
    async with AsyncExitStack() as stack:
        for pbx in pbxs.values():
            await stack.enter_async_context(pbx)
        yield await stack.enter_async_context(Home(folder, pbxs))
