"""Calls written from the documents alone, many at once in one Home Assistant, and what it told.

A story is played on a PBX of its own (a lane), once for each dialect. Stories of one act with an
interlude (a restart, a reload, a power cut, a lost link) share it, and with it the lanes.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
import json
import os
from pathlib import Path
import random
import tempfile
import time
from typing import Any, override

import pytest

from .home import PBX, Home, Told
from .stand_in import ALL, OPENVOX, TRUNK, V1, V2, Body, LiveCall, Party, StandIn, flat, member

LANES = 5
OUTAGE = 2  # seconds that a PBX is away which starts anew
PHONES = [str(number) for number in range(4101, 4137)]
QUICK, SLOW = 6.0, 40.0
PLAIN, RELOAD, LINK, POWER, RESTART = "plain", "reload", "link", "power", "restart"
# No interlude, but a PBX that says BootUp, or much that is odd: the last that is played on it.
ODD = "odd"

type Play = Callable[["Scene"], Awaitable[None]]


@dataclass(frozen=True)
class Story:
    """A story in one dialect: its function, and the act in which it is played."""

    play: Play
    dialect: str
    act: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Name it."""
        return self.play.__module__, self.play.__name__, self.dialect


STORIES: dict[tuple[str, str, str], Story] = {}
_RESULTS: dict[tuple[str, str, str], BaseException | None] = {}


def story(*dialects: str, act: str = PLAIN) -> Callable[[Play], Callable[..., None]]:
    """Make a test of a story.

    Args:
        dialects: in which it is played, all without any.
        act: the interlude that it has, if any.
    """

    def make(play: Play) -> Callable[..., None]:
        params = []
        for dialect in dialects or ALL:
            told = Story(play, dialect, act)
            STORIES[told.key] = told
            params.append(pytest.param(told, id=dialect))

        @pytest.mark.slow
        @pytest.mark.parametrize("told", params)
        def test(told: Story, played: Callable[[Story], None]) -> None:
            played(told)

        test.__name__ = play.__name__
        return test

    return make


@pytest.fixture
def played(request: pytest.FixtureRequest, sockets: None) -> Callable[[Story], None]:
    """Play all stories that were selected, once, and return what raises how one went."""
    if not _RESULTS:
        wanted = [
            item.callspec.params["told"]
            for item in request.session.items
            if isinstance(item, pytest.Function) and played.__name__ in item.fixturenames
        ]
        with ThreadPoolExecutor(1) as thread:
            _RESULTS.update(thread.submit(asyncio.run, _play(wanted)).result())

    def result(told: Story) -> None:
        if error := _RESULTS[told.key]:
            raise error

    return result


class Pbx(StandIn):
    """A stand-in that stays the one that it is beside others of its kind."""

    def __init__(self, dialect: str, lane: int, act: str) -> None:
        phones = PHONES if act in {RELOAD, LINK, POWER, RESTART} else PHONES[:16]
        super().__init__(dialect, {number: f"Desk {number}" for number in phones})
        self.serial = f"6203{ALL.index(dialect)}{lane}0077041"
        self._next = 2000 + 90 * lane
        self.free_phones = list(phones)

    def phones(self, count: int) -> list[str]:
        """Lend phones that were not used for the longest time."""
        lent, self.free_phones = self.free_phones[:count], self.free_phones[count:]
        self.free_phones += lent
        return lent


class Interlude:
    """Something that happens to all stories of an act at once."""

    def __init__(self, players: int) -> None:
        self.left = players
        self.ready = asyncio.Event()
        self.over = asyncio.Event()

    def arrived(self) -> None:
        """Count one that waits for it, or has ended."""
        self.left -= 1
        if self.left <= 0:
            self.ready.set()


class House(Home):
    """A home to which all PBXs are added at once."""

    @override
    async def _add(self, dialect: str, pbx: StandIn) -> None:
        if not self.entries:
            await asyncio.gather(*(super(House, self)._add(*one) for one in self.pbxs.items()))

    async def post(self, path: str) -> None:
        """Ask its REST API for something."""
        assert self._rest is not None
        await self._rest.request("POST", path, json={})


async def _play(stories: list[Story]) -> dict[tuple[str, str, str], BaseException | None]:
    """Play stories: each act on a PBX of its own, beside the plain ones; the restart is last."""
    pbxs: dict[str, StandIn] = {}
    lanes: dict[str, dict[str, str]] = defaultdict(dict)
    for dialect in ALL:
        count = defaultdict(int)
        for told in stories:
            count[told.act] += told.dialect == dialect
        acts = [PLAIN] * min(LANES, count[PLAIN]) + [
            a for a in (RELOAD, LINK, POWER, ODD) if count[a]
        ]
        if not acts and count[RESTART]:
            acts = [RESTART]
        for lane, act in enumerate(acts):
            key = f"{dialect}.{lane}" if lane else dialect
            pbxs[key] = Pbx(dialect, lane, act)
            lanes[act][key] = dialect
    results: dict[tuple[str, str, str], BaseException | None] = {}
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            for pbx in pbxs.values():
                await stack.enter_async_context(pbx)
            home = await stack.enter_async_context(House(Path(folder), pbxs))
            chosen: dict[str, list[Story]] = defaultdict(list)
            queues: dict[tuple[str, str], list[Story]] = defaultdict(list)
            for told in stories:
                chosen[told.act].append(told)
                queues[told.act, told.dialect].append(told)

            async def play(act: str) -> None:
                if act in {RELOAD, LINK, POWER} and chosen[act]:
                    await _together(home, chosen[act], act, list(lanes[act]), results)
                if act not in {LINK, POWER}:
                    kind = ODD if act == ODD else PLAIN
                    of_lanes = ((key, queues[kind, dialect]) for key, dialect in lanes[act].items())
                    await asyncio.gather(*(_plain(home, *one, results) for one in of_lanes))

            await asyncio.gather(*(play(act) for act in (PLAIN, RELOAD, LINK, POWER, ODD)))
            if chosen[RESTART]:
                await _together(home, chosen[RESTART], RESTART, list(pbxs), results)
    return results


async def _plain(
    home: Home, key: str, queue: list[Story], results: dict[Any, BaseException | None]
) -> None:
    """Play what is left of a queue on one PBX, one story after the other."""
    while queue:
        told = queue.pop(0)
        results[told.key] = await Scene(home, key, alone=True).run(told)


async def _together(
    home: House,
    stories: list[Story],
    act: str,
    keys: list[str],
    results: dict[Any, BaseException | None],
) -> None:
    """Play stories at once on some PBXs, with something that happens to all of them."""
    interlude = Interlude(len(stories))
    used: dict[str, int] = defaultdict(int)

    async def one(told: Story) -> None:
        lanes = [key for key in keys if home.pbxs[key].dialect == told.dialect]
        key = lanes[used[told.dialect] % len(lanes)]
        used[told.dialect] += 1
        scene = Scene(home, key, alone=False)
        scene.pause = interlude
        results[told.key] = await scene.run(told)

    async def happens() -> None:
        await interlude.ready.wait()
        if act == RESTART:
            await home.stop()
            await home.start()
        elif act == RELOAD:
            for key in keys:
                entry = home.entries[key]
                await home.post(f"/api/config/config_entries/entry/{entry}/reload")
        else:
            for key in keys:
                await home.pbxs[key].stop()
                if act == POWER:
                    home.pbxs[key].forget()
            if act == LINK:
                await home.until(90, lambda: None if any(up(home, key) for key in keys) else True)
            else:
                await patience(OUTAGE)
            for key in keys:
                pbx = home.pbxs[key]
                await pbx.start()
                if act == POWER:
                    word = "event" if pbx.dialect == V2 else "action"
                    await pbx.post({word: "BootUp", "sn": pbx.serial})
            await home.until(90, lambda: True if all(up(home, key) for key in keys) else None)
        interlude.over.set()

    await asyncio.gather(happens(), *(one(told) for told in stories))


def up(home: Home, key: str) -> bool:
    """Return whether the link of a PBX is shown as up."""
    return home.states[key, PBX, "connected"]["state"] == "on"


class Scene:
    """One story that is being played.

    Attributes:
        a, b, c, d: extensions that only this story uses.
        outside: number of a caller from outside that only this story has.
    """

    def __init__(self, home: Home, key: str, *, alone: bool) -> None:
        self.home = home
        self.key = key
        pbx = home.pbxs[key]
        assert isinstance(pbx, Pbx)
        self.pbx: Pbx = pbx
        self.dialect = pbx.dialect
        self.alone = alone
        self.a, self.b, self.c, self.d = pbx.phones(4)
        self.outside = f"0307{random.randrange(10**6, 10**7)}"
        self.mark = len(home.told)
        self.began = time.monotonic()
        # What is still told of a call that an earlier story left behind is not of this one.
        self._foreign = {t.data.get("call_id") for t in home.told if t.dialect == key} - {None}
        self.missed_before = 0
        self.pause: Interlude | None = None
        self.sent: list[str] = []
        self._known: set[str] = set()
        self._paused = False

    @property
    def mine(self) -> set[str]:
        """Return the numbers by which what is told is this story's."""
        return {self.a, self.b, self.c, self.d, self.outside}

    async def run(self, told: Story) -> BaseException | None:
        """Play it and return what went wrong, with what was sent and told."""
        wrong: list[str] = []
        try:
            self._known = {entry["call_id"] for entry in await self._entries()}
            self.missed_before = self.missed_calls()
            await told.play(self)
        except Exception as error:  # noqa: BLE001
            wrong = [f"FAILED {error!r}"]
            error.add_note("\n".join(["", "sent:", *self.sent, "told:", *self.lines()]))
            return error
        finally:
            asked = [f"{when:10.2f} {path[:40]}" for when, path in self.pbx.asked_at]
            self.sent += ["asked:", *(line for line in asked if float(line[:10]) > self.began)]
            if file := os.environ.get("STORIES_SHOWN"):
                with Path(file).open("a") as out:
                    out.write(
                        "\n".join([f"== {told.key}", *wrong, *self.sent, "--", *self.lines(), ""])
                    )
            if self.pause and not self._paused:
                self.pause.arrived()
            if self.alone and wrong:  # what is left must not spoil the next story
                self.pbx.live.clear()
                for phone in (self.a, self.b, self.c, self.d):
                    self.pbx.extensions[phone] = self.free
                await self.home.until(30, self._nothing_is_up)
            if self.alone:
                self.pbx.live.clear()
                self.pbx.answers.clear()
            for phone in (self.a, self.b, self.c, self.d):
                self.pbx.extensions[phone] = self.free
        return None

    def _nothing_is_up(self) -> bool | None:
        if self.state(PBX, "active_calls") != "0":
            return None
        phones = (self.a, self.b, self.c, self.d)
        return True if all(self.state(phone) == "idle" for phone in phones) else None

    async def interlude(self) -> None:
        """Wait until what the act is about has happened."""
        assert self.pause is not None
        self._paused = True
        self.pause.arrived()
        await self.pause.over.wait()

    # What the PBX says.

    @property
    def free(self) -> str:
        """Return the word of lists for an idle phone."""
        return "Idle" if self.dialect == OPENVOX else "Registered"

    async def say(self, *bodies: Body | str | bytes, gap: float = 0.03) -> None:
        """Deliver reports one after the other."""
        for body in bodies:
            report = body
            if isinstance(body, dict):
                report = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
            self.sent.append(f"{time.monotonic():10.2f} {report!s:.600}")
            await self.pbx.post(report)
            await asyncio.sleep(gap)

    def status(self, phone: str, word: str) -> Body:
        """Return the report of a phone's state, after which lists show it, too.

        Args:
            phone: its number.
            word: free, busy, ringing, hold or gone.
        """
        family = self.pbx.family
        listed = {
            "free": self.free,
            "busy": "InUse" if self.dialect == OPENVOX else "Busy",
            "ringing": "Ringing",
            "hold": "Hold",
            "gone": "Unavailable",
        }
        said = {"free": family.idle, "busy": family.busy, "gone": "Unregistered"}
        self.pbx.extensions[phone] = listed[word]
        key = "event" if self.dialect == V2 else "action"
        body: Body = {key: "ExtensionStatus", "extension": phone}
        return {**body, "status": said.get(word, listed[word]), "sn": self.pbx.serial}

    def call(self, caller: str, callee: str, **more: Any) -> "Call":
        """Begin a call; which numbers are extensions tells its direction."""
        return Call(self, caller, callee, **more)

    async def talk(self, caller: str, callee: str, seconds: float = 0.6, **more: Any) -> "Call":
        """Return a call that was answered, after so many seconds of it."""
        call = self.call(caller, callee, **more)
        await self.say(*call.ring(), *call.answer())
        await patience(seconds)
        return call

    # What Home Assistant says.

    def told(self, where: str, what: str = "call") -> list[Told]:
        """Return what was told of a place since the story began."""
        found = [
            told
            for told in self.home.told[self.mark :]
            if (told.dialect, told.where, told.what) == (self.key, where, what)
            and told.data.get("call_id") not in self._foreign
        ]
        if where != PBX or self.alone:
            return found
        keys = ("caller", "callee", "answered_by", "extension")
        return [t for t in found if self.mine & {str(t.data.get(key)) for key in keys}]

    def types(self, where: str) -> list[str]:
        """Return the types of the events of a place; no document orders an end and its miss."""
        types = [told.type for told in self.told(where)]
        for i in range(1, len(types)):
            if types[i - 1 : i + 1] == ["missed", "ended"]:
                types[i - 1 : i + 1] = ["ended", "missed"]
        return types

    def lines(self) -> list[str]:
        """Return all that was told, for whoever reads why it failed."""
        places = {self.a, self.b, self.c, self.d, PBX}
        kept = [
            told
            for told in self.home.told[self.mark :]
            if told.dialect == self.key and told.where in places
        ]
        return [told.line() for told in kept]

    def state(self, where: str, what: str = "extension_status") -> str:
        """Return the state of a sensor."""
        return str(self.home.states[self.key, where, what]["state"])

    def missed_calls(self) -> int:
        """Return how many missed calls the PBX counts."""
        found = self.home.states[self.key, PBX, "missed_calls"]["state"]
        return int(found) if found.isdigit() else 0

    def foreign_missed(self) -> int:
        """Return how many of them earlier stories left behind."""
        return sum(
            (told.dialect, told.where, told.what, told.type) == (self.key, PBX, "call", "missed")
            and told.data.get("call_id") in self._foreign
            for told in self.home.told[self.mark :]
        )

    def nobody_missed(self) -> bool:
        """Return whether no missed call was counted but those of earlier stories."""
        return self.missed_calls() - self.missed_before <= self.foreign_missed()

    async def gaps(self) -> list[Body]:
        """Return the periods for which calls may be missing in the call log."""
        answer = await self.home.act(self.key, "get_call_log", limit=1000)
        return [entry for entry in answer["entries"] if not entry.get("call_id")]

    async def _entries(self) -> list[Body]:
        answer = await self.home.act(self.key, "get_call_log", limit=1000)
        return [entry for entry in answer["entries"] if entry.get("call_id")]  # else a gap

    async def log(self) -> list[Body]:
        """Return what the call log has gained, oldest first."""
        known = self._known | self._foreign
        entries = [e for e in await self._entries() if e["call_id"] not in known]
        if not self.alone:
            keys = ("caller", "callee", "answered_by")
            entries = [e for e in entries if self.mine & {str(e.get(key)) for key in keys}]
        return entries[::-1]

    async def calls(self) -> list[Body]:
        """Return the calls that are up."""
        found = (await self.home.act(self.key, "get_calls"))["calls"]
        assert isinstance(found, list)
        return found

    async def until(self, look: Callable[[], bool], seconds: float, why: Callable[[], Any]) -> None:
        """Wait until something holds.

        Raises:
            AssertionError: it did not in time.
        """
        if not await self.home.until(seconds, lambda: True if look() else None):
            raise AssertionError(f"after {seconds:g} s: {why()}")

    async def expect(self, where: str, *types: str, within: float = QUICK) -> None:
        """Wait until just these events were told of a place, in this order."""
        wanted = list(types)
        await self.until(
            lambda: self.types(where) == wanted,
            within,
            lambda: f"{where}: {wanted} wanted, {self.types(where)} told",
        )

    async def shows(
        self, where: str, state: str, what: str = "extension_status", within: float = QUICK
    ) -> None:
        """Wait until a sensor has a state."""
        await self.until(
            lambda: self.state(where, what) == state,
            within,
            lambda: f"{where} {what}: {state} wanted, {self.state(where, what)} shown",
        )

    async def first(self, where: str, kind: str, within: float = QUICK, nth: int = 0) -> Told:
        """Wait for an event and return it."""

        def look() -> Told | None:
            found = [told for told in self.told(where) if told.type == kind]
            return found[nth] if len(found) > nth else None

        found = await self.home.until(within, look)
        if not found:
            raise AssertionError(f"{where}: no {kind} in {within:g} s, but {self.types(where)}")
        return found

    async def ends(self, *ends: "End", within: float = QUICK) -> None:
        """Check all that tells how calls ended: events, triggers, log, missed calls, last call."""
        await self.until(
            lambda: self.types(PBX).count("ended") >= len(ends),
            within,
            lambda: f"{len(ends)} ends wanted, {self.types(PBX)} told",
        )
        await patience(1)  # what is one too many would come now
        told = [told for told in self.told(PBX) if told.type == "ended"]
        entries = await self.log()
        wrong = []
        for name, found in (("events", [t.data for t in told]), ("log", entries)):
            wrong += [f"{name}: {line}" for line in compare(found, ends)]
        missed = sum(end.missed for end in ends)
        if self.alone:
            counted = self.missed_calls() - self.missed_before - self.foreign_missed()
            if counted != missed and not self.foreign_missed():
                wrong.append(f"missed calls: +{missed} wanted, +{counted} shown")
        triggers = [t.type for t in self.told(PBX, "trigger")]
        for name, count in (("call_ended", len(ends)), ("call_missed", missed)):
            if triggers.count(name) != count:
                wrong.append(f"trigger {name}: {count} wanted, {triggers.count(name)} ran")
        if self.types(PBX).count("missed") != missed:
            wrong.append(f"PBX: {missed} missed wanted, {self.types(PBX)} told")
        if self.alone and len(ends) == 1:
            last = self.home.states[self.key, PBX, "last_call"]["attributes"]
            wrong += [f"last call: {line}" for line in ends[-1].differs(last)]
        assert not wrong, "\n".join(wrong)

    async def rest(self, *phones: str, within: float = QUICK) -> None:
        """Check that nothing is left of any call."""
        for phone in phones or (self.a, self.b, self.c, self.d):
            await self.shows(phone, "idle", within=within)
            await self.shows(phone, "unknown", "in_call_with", within=within)
        if self.alone:
            await self.shows(PBX, "0", "active_calls", within=within)


@dataclass(frozen=True)
class End:
    """How a call has to be told when it is over; None is whatever is told.

    Attributes:
        ring, talk: seconds, give or take three, for a machine that others use.
    """

    outcome: str
    caller: str | None = None
    callee: str | None = None
    answered_by: str | None = None
    direction: str | None = None
    ring: float | None = None
    talk: float | None = None
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def missed(self) -> bool:
        """Return whether it counts as missed."""
        return self.outcome == "missed"

    def differs(self, found: Body) -> list[str]:
        """Return what is told otherwise."""
        wrong = []
        for name in ("outcome", "caller", "callee", "answered_by", "direction"):
            wanted = getattr(self, name)
            got = found.get(name) or ""
            if wanted is not None and got != wanted:
                wrong.append(f"{name} {wanted!r} wanted, {got!r} told")
        for name, seconds in (("ring_seconds", self.ring), ("talk_seconds", self.talk)):
            got = found.get(name)
            if seconds is not None and (got is None or abs(got - seconds) > 3):
                wrong.append(f"{name} {seconds} wanted, {got} told")
        for name, wanted in self.more.items():
            if found.get(name) != wanted:
                wrong.append(f"{name} {wanted!r} wanted, {found.get(name)!r} told")
        return wrong


def compare(found: Sequence[Body], ends: Sequence[End]) -> list[str]:
    """Return what differs between what was told and what has to be, in any order."""
    left = list(found)
    wrong = []
    for end in ends:
        fits = min(left, key=lambda one: len(end.differs(one)), default=None)
        if fits is None:
            wrong.append(f"no {end}")
            continue
        left.remove(fits)
        wrong += end.differs(fits)
    kept = ("call_id", "outcome", "caller", "callee", "answered_by", "direction")
    return wrong + [f"too many: { {key: one.get(key) for key in kept} }" for one in left]


class Call:
    """One call as the documents print its reports, and as queries show it meanwhile.

    Attributes:
        n: number of the channel that begins it.
        epoch: second in which it begins.
        branches: the extensions that were rung, with the id of the channel that dials each.
        parties: who is there now: `line`, and extensions by their numbers.
    """

    def __init__(
        self,
        scene: Scene,
        caller: str,
        callee: str,
        *,
        path: str = "",
        trunk: str = TRUNK,
        did: str = "",
        numbers: int = 6,
        epoch: int | None = None,
        n: int | None = None,
        listed: bool = True,
    ) -> None:
        self.scene = scene
        self.pbx = scene.pbx
        self.dialect = scene.dialect
        self.caller, self.callee = caller, callee
        self.path, self.trunk, self.did = path, trunk, did
        inside = scene.pbx.extensions
        self.inbound = caller not in inside
        self.outbound = callee not in inside and not self.inbound and not path
        self.n = scene.pbx.take(numbers) if n is None else n
        self.epoch = int(scene.pbx.now()) if epoch is None else epoch
        self.began = time.monotonic()
        self.answered: float | None = None
        self.branches: dict[str, str] = {}
        self.parties: dict[str, Party] = {}
        if self.inbound:
            self.parties["line"] = self._line("inbound", caller, callee, self.id())
        else:
            self.parties[caller] = self._phone(caller)
        if self.outbound:
            id_ = self.id(1) if self.dialect == V1 else self.id()
            self.parties["line"] = self._line("outbound", caller, callee, id_)
        self.live = LiveCall(self.id())
        if listed:
            self.pbx.live.append(self.live)
        self._show()

    def id(self, k: int = 0, later: int = 0) -> str:
        """Return the id of its channel k, made some seconds later."""
        return f"{self.epoch + later}.{self.n + k}"

    def _line(self, kind: str, source: str, target: str, id_: str) -> Party:
        channel = f"PJSIP/trunk-{self.trunk}-endpoint-{self.n:08x}"
        return Party(
            kind,
            source=source,
            target=target,
            id=id_,
            trunk=self.trunk,
            channel=channel,
            state="ALERT" if kind == "inbound" else "RING",
            path=self.path,
        )

    def _phone(self, number: str, k: int = 0) -> Party:
        channel = f"PJSIP/{number}-{self.n + k:08x}"
        state = "RING" if k else "ALERT"
        return Party("ext", number=number, channel=channel, state=state, path=self.path)

    def _show(self) -> None:
        self.live.parties = list(self.parties.values())

    # Reports.

    def report(self, action: str, id_: str, *parties: Party, **more: Any) -> Body:
        """Return a report of the v1 family about some parties."""
        body: Body = {"action": action, **more, "callid": id_}
        if self.dialect == V1 and action not in {"CallFailed", "PlayPromptEnd"}:
            body["call"] = [{party.kind: flat(party)} for party in parties]
        else:
            phones = [party.number for party in parties if party.kind == "ext"]
            for party in parties:
                body[party.kind] = flat(party)
            if len(phones) > 1:
                body["ext"] = {"extid": phones}
        if self.dialect != OPENVOX or action not in {"RING", "ALERT"} or not self.outbound:
            body["sn"] = self.pbx.serial
        return body

    def event(self, *parties: Party, event: str = "CallStatus", **more: Any) -> Body:
        """Return an event of v2 about some parties, all without any."""
        shown = parties or tuple(self.parties.values())
        members = [member(party) for party in shown]
        body: Body = {"event": event, "callid": self.id(), "members": members}
        return {**body, **more, "sn": self.pbx.serial}

    @property
    def first(self) -> Party:
        """Return the party that calls."""
        return self.parties["line" if self.inbound else self.caller]

    def ring(self, *phones: str, k: int = 2, later: int = 0, statuses: bool = True) -> list[Body]:
        """Return what is reported when phones, or the outside, begin to ring."""
        said: list[Body] = []
        if not self.inbound and statuses and self.pbx.extensions[self.caller] == self.scene.free:
            said.append(self.scene.status(self.caller, "busy"))
        if self.outbound:
            line = self.parties["line"]
            if self.dialect == V2:
                return [*said, self.event()]
            later = self.id(2) if self.dialect == OPENVOX else self.id()
            return [
                *said,
                self.report("RING", self.id(), line, self.first),
                self.report("ALERT", later, self.first),
            ]
        for phone in phones or (self.callee,):
            self.branches[phone] = self.id(k, later)
            party = self.parties[phone] = self._phone(phone, k)
            if statuses:
                said.append(self.scene.status(phone, "ringing"))
            if self.path and self.inbound and self.dialect != V2:
                self.first.target = phone  # `to` is the phone that rings, in all samples
            self._show()
            if self.dialect == V2:
                said.append(self.event())
            else:
                of_branch = self.dialect == OPENVOX and self.inbound
                id_ = self.branches[phone] if of_branch else self.id()
                said.append(self.report("RING", id_, party, self.first))
                said.append(self.report("ALERT", id_, self.first))
            k += 2
        return said

    def answer(self, phone: str = "", *, statuses: bool = True) -> list[Body]:
        """Return what is reported when somebody answers; others cease to ring."""
        self.answered = time.monotonic()
        who = phone or self.callee
        said: list[Body] = []
        for other in [p for p in self.branches if p != who and p in self.parties]:
            if self.parties[other].state != "RING":
                continue
            del self.parties[other]
            if statuses:
                said.append(self.scene.status(other, "free"))
        self.first.state = "ANSWERED"
        second = self.parties["line" if self.outbound else who]
        second.state = "ANSWER"
        self._show()
        if statuses and not self.outbound:
            said.append(self.scene.status(who, "busy"))
        if self.dialect == V2:
            said.append(self.event())
        elif self.dialect == V1:
            said.append(self.report("ANSWER", self.id(), second, self.first))
            said.append(self.report("ANSWERED", self.id(), self.first, second))
        elif self.outbound:
            said.append(self.report("ANSWER", self.id(2), self.first, second))
        else:
            said.append(self.report("ANSWER", self.id(), second, self.first))
            if not self.inbound:
                said.append(self.report("ANSWER", self.id(), self.first, second))
        return said

    def leave(self, phone: str, *, statuses: bool = True) -> list[Body]:
        """Return what is reported when a phone ceases to be in it, and the call goes on."""
        del self.parties[phone]
        self._show()
        said = [self.scene.status(phone, "free")] if statuses else []
        return [*said, self.event()] if self.dialect == V2 else said

    def hold(self, phone: str, on: bool = True) -> list[Body]:
        """Return what v2 reports when a phone holds its partner, or takes him back."""
        party = self.parties[phone]
        party.state = "HOLD" if on else "ANSWERED" if party is self.first else "ANSWER"
        return [self.event()]

    def bye(self, *, by: str = "", statuses: bool = True) -> list[Body]:
        """Return what is reported when a talk ends; queries show it no more."""
        both = [self.first, next(p for p in self.parties.values() if p is not self.first)]
        phones = [party.number for party in self.parties.values() if party.number]
        self.over()
        if by and by in {both[1].number, both[1].kind}:
            both.reverse()
        said: list[Body] = []
        if self.dialect == V2:
            for party in both:
                party.state = "BYE"
            said.append(self.event(*both))
        else:
            branch = self.branches.get(both[0].number) or self.branches.get(both[1].number)
            second = branch or self.id(2) if self.dialect == OPENVOX else self.id()
            said.append(self.report("BYE", self.id(), *both))
            said.append(self.report("BYE", second, *both[::-1]))
        if statuses:
            said += [self.scene.status(phone, "free") for phone in phones]
        return said

    def over(self) -> None:
        """Take it out of what queries show."""
        if self.live in self.pbx.live:
            self.pbx.live.remove(self.live)

    def given_up(self, *, statuses: bool = True) -> list[Body]:
        """Return what is reported when it ends unanswered: states, and in v2 its members' ends."""
        phones = [party.number for party in self.parties.values() if party.number]
        self.over()
        said: list[Body] = []
        if self.dialect == V2:
            for party in self.parties.values():
                party.state = "BYE"
            said.append(self.event())
        if statuses:
            said += [self.scene.status(phone, "free") for phone in phones]
        return said

    @property
    def seconds(self) -> int:
        """Return for how long it has been there."""
        return round(time.monotonic() - self.began)

    @property
    def talk(self) -> int:
        """Return for how long it has been answered."""
        return round(time.monotonic() - self.answered) if self.answered else 0

    def record(
        self, status: str = "", *, id_: str = "", duration: int = -1, talk: int = -1, **more: Any
    ) -> Body:
        """Return its record, which a download has from now on, too."""
        kind = "Inbound" if self.inbound else "Outbound" if self.outbound else "Internal"
        began = int((id_ or self.id()).split(".")[0])
        lasts = max(self.seconds - (began - self.epoch), 0)
        record: Body = {
            "callid": id_ or self.id(),
            "timestart": self.pbx.local(began),
            "callfrom": self.caller,
            "callto": self.callee,
            "callduraction": str(lasts if duration < 0 else duration),
            "talkduraction": str(self.talk if talk < 0 else talk),
        }
        source = self.trunk if self.inbound else ""
        target = self.trunk if self.outbound else ""
        if self.dialect == V2:
            record |= {"srctrunkname": source, "dsttrcunkname": target, "pincode": ""}
        elif self.dialect == V1:
            record |= {"srctrunkname": source} if source else {}
            record |= {"desttrunkname": target} if target else {}
        record |= {"status": status or ("ANSWERED" if self.answered else "NO ANSWER")}
        record |= {"type": kind}
        if self.dialect == V2:
            record |= {"recording": "", "didnumber": self.did, "agentringtime": "0"}
        record |= more
        self.pbx.records.append(record | {"dsttrunkname": target, "sn": self.pbx.serial})
        word = "event" if self.dialect == V2 else "action"
        return {word: "NewCdr", **record, "sn": self.pbx.serial}

    def failed(self, reason: int | str, *phones: str) -> Body:
        """Return the report that it was not connected."""
        text = {480: "480 Temporarily unavailable", 486: "486 Busy Here", 603: "603 Declined"}
        if self.dialect == OPENVOX:
            both = [self.first, *(Party("ext", number=phone) for phone in phones)]
            if self.outbound:
                both.append(self.parties["line"])
            return self.report("CallFailed", self.id(), *both[::-1], reason=reason)
        said = text.get(reason, str(reason)) if isinstance(reason, int) else reason
        if self.dialect == V2:
            return self.event(self.first, event="CallFailed", reason=said)
        parties = [self.parties["line"], self.first] if self.outbound else [self.first]
        return self.report("CallFailed", self.id(), *parties, reason=said)

    def key(self, key: str, keys: str, *, who: Party | None = None) -> Body:
        """Return the report of a key."""
        flag = str(len(keys) - 1)
        if self.dialect == V2:
            return self.event(who or self.first, event="DTMF", infos=keys, flag=flag, info=key)
        body = self.report("DTMF", self.id(), who or self.first, info=key, flag=flag)
        return body | {"infos": keys} if len(keys) > 1 else body


async def patience(seconds: float = 0.6) -> None:
    """Let some time pass, as between what people do."""
    await asyncio.sleep(seconds)


async def missed_in_a_row(scene: Scene, *phones: str) -> None:
    """Let phones miss a call, one after the other; each has to be told soon."""
    late = []
    for nth, phone in enumerate(phones):
        call = scene.call(f"{scene.outside}{nth}", phone)
        await scene.say(*call.ring())
        await patience(1)
        await scene.say(*call.given_up(), call.record())
        began = time.monotonic()
        await scene.first(phone, "missed", within=40)
        late.append(round(time.monotonic() - began, 1))
        await patience(0.5)
    assert max(late) < 15, late
    await scene.rest()
