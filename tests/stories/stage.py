"""What one story plays and sees, and how stories are played: three PBXes at once, each in a row."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
import json
import os
from pathlib import Path
import time
from typing import Any

import pytest

from .calls import Call, Report
from .home import PBX, Home, Told
from .stand_in import ALL, OPENVOX, TRUNK, StandIn

# Those who play beside all others, and those who play on after them, sit on seats of their own.
BOXES, SEATS, PHONES = 16, 34, 4
PATIENCE = 10.0
_OUTSIDE = count(100)
STATUS, PARTNER = "extension_status", "in_call_with"

type Play = Callable[[Stage], Awaitable[None]]
type Acts = Callable[[Stage], AsyncGenerator[None]]


def extensions() -> dict[str, str]:
    """Return the extensions of every stand-in with the names that they have there."""
    return {str(2001 + n): f"Room {2001 + n}" for n in range((BOXES + SEATS) * PHONES)}


def fits(wanted: Any, value: Any) -> bool:
    """Return whether a value is what is wanted, or one of those, or passes a test."""
    if callable(wanted):
        return bool(value is not None and wanted(value))
    if isinstance(wanted, set | frozenset):
        return value in wanted
    return bool(wanted == value)


def about(seconds: float) -> Callable[[float], bool]:
    """Return a test for seconds that are whole on their way."""
    return lambda value: abs(value - seconds) <= 1.5


class Stage:
    """One story: phones and numbers of its own, what was sent, and what was told of it.

    Attributes:
        a: an extension; likewise b, c and d.
        outside: the number of somebody outside.
        home: the Home Assistant.
        pbx: the PBX.
        calls: the calls that were begun.
        ids: how many ids a call may be told under: one, and another one after a restart, from
            which on it is known from queries.
    """

    def __init__(self, home: Home, dialect: str, seat: int) -> None:
        self.home = home
        self.dialect = dialect
        self.pbx: StandIn = home.pbxs[dialect]
        first = 2001 + seat * PHONES
        self.a, self.b, self.c, self.d = (str(first + n) for n in range(PHONES))
        self.phones = {self.a, self.b, self.c, self.d}
        self.outside = f"0305550{next(_OUTSIDE):03d}"
        self.others: set[str] = set()
        self.calls: list[Call] = []
        self.sent: list[str] = []
        self.ids = 1
        self.began = time.monotonic()
        self.since = datetime.now(UTC) - timedelta(seconds=2)  # ids have whole seconds

    # Playing.

    def _call(self, direction: str, caller: str, callee: str, **more: Any) -> Call:
        gap = more.pop("gap", 6)
        number = more.pop("number", None) or self.pbx.take(gap)
        call = Call(self.pbx, direction, caller, callee, number=number, gap=gap, **more)
        self.calls.append(call)
        return call

    def inbound(self, callee: str, caller: str | None = None, **more: Any) -> Call:
        """Begin a call from outside."""
        return self._call("inbound", self.outside if caller is None else caller, callee, **more)

    def outbound(self, caller: str, callee: str = "", **more: Any) -> Call:
        """Begin a call to the outside."""
        return self._call("outbound", caller, callee or self.outside, **more)

    def internal(self, caller: str, callee: str, **more: Any) -> Call:
        """Begin a call from one extension to another."""
        return self._call("internal", caller, callee, **more)

    async def send(self, *groups: list[Report]) -> None:
        """Send reports from the PBX, one after the other."""
        for group in groups:
            for report in group:
                text = report if isinstance(report, str) else json.dumps(report)
                self.sent.append(f"{time.monotonic():10.2f} {text}")
                await self.pbx.post(report)

    async def passes(self, seconds: float) -> None:
        """Let time pass in a call: it rings, or people talk."""
        await asyncio.sleep(seconds)

    # Seeing.

    def mine(self, told: Told) -> bool:
        """Return whether something was told of this story's phones, numbers or calls."""
        if told.dialect != self.dialect or told.when < self.began:
            return False
        data = told.data
        numbers = self.phones | {self.outside} | self.others
        if told.where in numbers:
            return True
        if any(data.get(key) in numbers for key in ("caller", "callee", "answered_by")):
            return True
        return any(call.has(data.get("call_id")) for call in self.calls)

    def told(self, where: str = "", what: str = "call") -> list[Told]:
        """Return what was told of this story so far: of an extension or the PBX, or all."""
        return [
            told
            for told in self.home.told
            if (not what or told.what == what)
            and (not where or told.where == where)
            and self.mine(told)
        ]

    def types(self, where: str, call: Call | None = None) -> list[str]:
        """Return the types of what event entities told, in order."""
        return [
            told.type
            for told in self.told(where)
            if call is None or call.has(told.data.get("call_id"))
        ]

    async def sees(
        self, where: str, kind: str, *, seconds: float = PATIENCE, what: str = "call", **wanted: Any
    ) -> Told:
        """Wait until something was told, now or before.

        Args:
            where: number of an extension, or `PBX`.
            kind: the event's type, or the sensor's state.
            seconds: how long to wait at most.
            what: `call` for event entities, `trigger`, or a sensor's name.
            wanted: attributes and their values, sets of values, or tests.
        """

        def look() -> Told | None:
            for told in self.told(where, what):
                if told.type == kind and all(fits(v, told.data.get(k)) for k, v in wanted.items()):
                    return told
            return None

        found = await self.home.until(seconds, look)
        if found is None:
            raise AssertionError(f"not told within {seconds} s: {where} {what} {kind} {wanted}")
        return found

    async def triggers(self, kind: str, *, seconds: float = PATIENCE, **wanted: Any) -> Told:
        """Wait until a trigger has run."""
        return await self.sees(PBX, kind, seconds=seconds, what="trigger", **wanted)

    async def shows(
        self, where: str, what: str, wanted: Any, *, seconds: float = PATIENCE
    ) -> dict[str, Any]:
        """Wait until a sensor shows something."""
        place = (self.dialect, where, what)

        def look() -> dict[str, Any] | None:
            state = self.home.states.get(place)
            return state if state and fits(wanted, state["state"]) else None

        found = await self.home.until(seconds, look)
        if found is None:
            shown = self.home.states.get(place, {}).get("state")
            raise AssertionError(f"{where} {what} is {shown}, not {wanted}, for {seconds} s")
        return found

    def never(self, where: str, *kinds: str, what: str = "call") -> None:
        """See that none of some things was told of this story so far."""
        wrong = [told.line() for told in self.told(where, what) if told.type in kinds]
        assert not wrong, f"told, but did not happen: {wrong}"

    async def quiet(self) -> None:
        """Wait for something that must come after all that was sent: another phone's status."""
        other = next(p for p in (self.d, self.c, self.b, self.a) if self._free(p))
        spare = Call(self.pbx, "none", "", "", number=0)
        spare.gone()
        await self.send(spare.status(other, "Hold"))
        await self.shows(other, STATUS, "on_hold")
        await self.send(spare.status(other, "Idle"))
        await self.shows(other, STATUS, "idle")

    def _free(self, phone: str) -> bool:
        return self.home.states[self.dialect, phone, STATUS]["state"] == "idle"

    async def act(self, action: str, **data: Any) -> dict[str, Any]:
        """Run an action of the integration on this PBX."""
        return await self.home.act(self.dialect, action, **data)

    def _has(self, data: dict[str, Any]) -> bool:
        numbers = self.phones | {self.outside} | self.others
        text = json.dumps(data)
        known = any(f'"{number}"' in text for number in numbers)
        return known or any(call.has(data["call_id"]) for call in self.calls)

    async def up(self) -> list[dict[str, Any]]:
        """Return this story's calls that are up, as the action says."""
        return [call for call in (await self.act("get_calls"))["calls"] if self._has(call)]

    async def log(self) -> list[dict[str, Any]]:
        """Return this story's calls that have ended, newest first, as the action says."""
        answer = await self.act("get_call_log", since=self.since.isoformat())
        return [e for e in answer["entries"] if e["kind"] == "call" and self._has(e)]

    @staticmethod
    def minute(epoch: float) -> str:
        """Return a moment to the minute, as attributes have it."""
        return datetime.fromtimestamp(epoch, UTC).isoformat()[:16]

    async def entry_or_gap(self, outcome: str) -> None:
        """See that the log has the story's call, or says that it does not know that time.

        An OpenVox cannot be asked for its records; a Yeastar can.
        """

        async def known() -> bool:
            return bool(await self.log() or (self.dialect == OPENVOX and await self._gaps()))

        await self.home.ready(known, 60)
        if calls := await self.log():
            assert [call["outcome"] for call in calls] == [outcome], calls

    async def _gaps(self) -> list[Any]:
        """Return the times since the story began of which the log knows nothing."""
        answer = await self.act("get_call_log", since=self.since.isoformat())
        return [entry for entry in answer["entries"] if entry["kind"] != "call"]

    async def missed_are_counted(self, before: int, since: int) -> None:
        """See that the PBX counts what it tells as missed, no more and no less.

        Args:
            before: the count before.
            since: how many things all stories had been told then.
        """
        told = self.home.told[since:]
        missed = [t for t in told if (t.dialect, t.where, t.type) == (self.dialect, PBX, "missed")]
        calls = {told.data["call_id"] for told in missed if told.what == "call"}
        await self.shows(PBX, "missed_calls", str(before + len(calls)))

    async def lines(self, *wheres: str) -> list[str]:
        """Return the logbook's lines of devices since the story began."""
        devices = [self.home.devices[self.dialect, where] for where in wheres]
        lines = await self.home.command(
            type="logbook/get_events",
            start_time=self.since.isoformat(),
            device_ids=devices,
        )
        return [str(line.get("message")) for line in lines]

    async def reads(self, where: str, beginning: str) -> None:
        """Wait until a line of the logbook begins so: the recorder writes it a second later."""

        async def written() -> bool:
            return any(line.startswith(beginning) for line in await self.lines(where))

        await self.home.ready(written, 30)

    async def repairs(self) -> list[dict[str, Any]]:
        """Return the open repairs of this PBX."""
        issues = (await self.home.command(type="repairs/list_issues"))["issues"]
        entry = self.home.entries[self.dialect]
        return [i for i in issues if i["domain"] == "ippbx" and entry in json.dumps(i)]

    async def over(self, calls: int | None = None, *, seconds: float = PATIENCE) -> list[Any]:
        """See that everything is over: no call is up, each is in the log and was ended once.

        Args:
            calls: how many calls a user must find; those that were begun, if not given.
            seconds: how long the last end may take.

        Returns:
            The entries of the log, newest first.
        """
        wanted = len(self.calls) if calls is None else calls

        def ended() -> bool | None:
            ends = [told for told in self.told(PBX) if told.type == "ended"]
            return True if len(ends) >= wanted else None

        await self.home.until(seconds, ended)
        up, entries = await self.up(), await self.log()
        assert not up, up
        assert len(entries) == wanted, entries
        ends = [told.data["call_id"] for told in self.told(PBX) if told.type == "ended"]
        assert len(ends) == len(set(ends)) == wanted, f"ended: {ends}"
        for call in self.calls:
            ids = {t.data["call_id"] for t in self.told(what="") if call.has(t.data.get("call_id"))}
            assert len(ids) <= self.ids, f"one call, several ids: {ids}"
        misses = [told.data["call_id"] for told in self.told(PBX) if told.type == "missed"]
        assert len(misses) == len(set(misses)), f"missed: {misses}"
        for phone in sorted(self.phones):
            await self.shows(phone, STATUS, {"idle", "not_registered"}, seconds=2)
            await self.shows(phone, PARTNER, {"unknown", "unavailable"}, seconds=2)
        return entries

    def transcript(self) -> str:
        """Return what was sent and told, for whoever reads why a story failed."""
        reads = [f"{at:10.2f} <- {path}" for at, path in self.pbx.asked_at if at >= self.began]
        lines = [*self.sent, *reads, *(told.line() for told in self.told(what=""))]
        return "\n".join(sorted(lines, key=lambda line: float(line.split()[0])))


_BOXES = cycle(range(BOXES))
_SEATS = cycle(range(BOXES, BOXES + SEATS))


def story(*dialects: str, aside: bool = False, alone: bool = False) -> Callable[[Play], Any]:
    """Make a test of a story, for each of the dialects in which it is told; all if none is given.

    Args:
        dialects: the PBXes that it is told of.
        aside: whether it is played beside all others, since it takes long; it must not look at
            what the PBX as a whole shows.
        alone: whether it looks at what counts all calls of the PBX: it is played when all those
            that take long are over.
    """

    def decorate(play: Play) -> Any:
        @pytest.mark.slow
        @pytest.mark.asyncio(loop_scope="session")
        @pytest.mark.parametrize("dialect", dialects or ALL)
        async def test(theatre: Theatre, dialect: str) -> None:
            await theatre.result(play, dialect)

        test.__name__ = play.__name__
        test.__doc__ = play.__doc__
        more = {
            "play": play,
            "aside": aside,
            "alone": alone,
            "seat": next(_BOXES if aside else _SEATS),
        }
        test.__dict__.update(more)
        return test

    return decorate


def interrupted(kind: str, *dialects: str) -> Any:
    """Make a test of a story in three acts: before an interruption, while it lasts, and afterwards.

    Args:
        kind: what interrupts it: restart or reload of Home Assistant, or reboot of the PBXs.
        dialects: the PBXs that it is told of.
    """

    def decorate(acts: Acts) -> Any:
        @pytest.mark.slow
        @pytest.mark.asyncio(loop_scope="session")
        @pytest.mark.parametrize("dialect", dialects or ALL)
        async def test(theatre: Theatre, dialect: str) -> None:
            await theatre.interrupted(kind)
            await theatre.result(acts, dialect)

        test.__name__ = acts.__name__
        test.__doc__ = acts.__doc__
        test.__dict__.update({"play": acts, "kind": kind, "seat": next(_SEATS)})
        return test

    return decorate


class Theatre:
    """Plays the stories that were selected and keeps how each of them went."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._results: dict[tuple[Any, str], asyncio.Future[BaseException | None]] = {}
        self._interrupted: dict[str, list[tuple[Any, str]]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.stages: list[Stage] = []

    def open(self, tests: Collection[Any]) -> None:
        """Begin to play.

        Args:
            tests: pairs of a test that `story` made and a dialect, in order.
        """
        loop = asyncio.get_running_loop()
        for test, dialect in tests:
            self._results[test.play, dialect] = loop.create_future()
            if kind := getattr(test, "kind", ""):
                self._interrupted.setdefault(kind, []).append((test, dialect))
        for dialect in ALL:
            row = [t for t, other in tests if other == dialect and not hasattr(t, "kind")]
            aside = [asyncio.create_task(self._lane([test], dialect)) for test in row if test.aside]
            main = sorted((test for test in row if not test.aside), key=lambda test: test.alone)
            self._tasks += [*aside, asyncio.create_task(self._lane(main, dialect, aside))]

    async def _lane(
        self, tests: list[Any], dialect: str, others: Collection[asyncio.Task[None]] = ()
    ) -> None:
        for test in tests:
            if test.alone and others:
                await asyncio.wait(others)
            stage = self.stage(dialect, test.seat)
            await self._play(test, stage, test.play(stage))
            self._end(test, stage)

    async def _play(self, test: Any, stage: Stage, part: Awaitable[None]) -> None:
        """Play a story, or a part of it; whatever it stumbles over is its result."""
        try:
            async with asyncio.timeout(150):
                await part
        except Exception as err:  # noqa: BLE001
            err.add_note(stage.transcript())
            self._results[test.play, stage.dialect].set_result(err)

    def _end(self, test: Any, stage: Stage) -> None:
        result = self._results[test.play, stage.dialect]
        if not result.done():
            result.set_result(None)
        if folder := os.environ.get("STORIES_TRANSCRIPTS"):
            file = Path(folder, f"{test.play.__name__}.{stage.dialect}.txt")
            file.write_text(f"{result.result()!r}\n{stage.transcript()}\n")
        for call in stage.calls:
            call.gone()

    async def interrupted(self, kind: str) -> None:
        """Play all stories that one kind of interruption is part of, at once."""
        tests = self._interrupted.pop(kind, [])
        if not tests:
            return
        await self.empty()
        stages = [(test, self.stage(dialect, test.seat)) for test, dialect in tests]
        for _, stage in stages:
            stage.ids = 2
        running = [(test, stage, test.play(stage)) for test, stage in stages]
        begin, end = {
            "restart": (self.home.stop, self.home.start),
            "reload": (self.home.wait_for_reload, self.home.reload),
            "reboot": (self.home.switch_pbxs_off, self.home.switch_pbxs_on),
        }[kind]
        try:
            for change in (begin, end, None):
                await asyncio.gather(*(self._act(*run) for run in running))
                if change is not None:
                    await change()
        finally:
            for test, stage in stages:
                self._end(test, stage)

    async def _act(self, test: Any, stage: Stage, acts: AsyncGenerator[None]) -> None:
        """Play the next act of a story that has not failed."""

        async def act() -> None:
            with suppress(StopAsyncIteration):
                await anext(acts)

        if not self._results[test.play, stage.dialect].done():
            await self._play(test, stage, act())

    def stage(self, dialect: str, seat: int) -> Stage:
        """Return a new stage."""
        stage = Stage(self.home, dialect, seat)
        self.stages.append(stage)
        return stage

    async def result(self, play: Play, dialect: str) -> None:
        """Wait until a story has been played, and raise what went wrong in it."""
        if (error := await asyncio.shield(self._results[play, dialect])) is not None:
            raise error

    async def empty(self) -> None:
        """Wait until all stories have been played."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Stop playing."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)


__all__ = ["PARTNER", "PBX", "STATUS", "TRUNK", "Stage", "Theatre", "interrupted", "story"]
