"""One at a time, the urgent first, whoever is cancelled."""

import asyncio

import pytest

from custom_components.ippbx.pbx.net.priority_lock import PriorityLock, priority


class Visitors:
    """Notes who came through a lock, and keeps the first one inside."""

    def __init__(self) -> None:
        self.lock = PriorityLock()
        self.passed: list[str] = []
        self.leave = asyncio.Event()

    async def pass_through(self, name: str, *, urgent: bool = False) -> None:
        if urgent:
            with priority():
                return await self.pass_through(name)
        async with self.lock.turn():
            self.passed.append(name)
            await self.leave.wait()
        return None


async def queue(visitors: Visitors, *names: str) -> dict[str, asyncio.Task[None]]:
    """Queue visitors in order; those with "!" are urgent."""
    tasks = {}
    for name in names:
        tasks[name] = asyncio.create_task(visitors.pass_through(name, urgent=name.endswith("!")))
        await asyncio.sleep(0)
    return tasks


async def test_order() -> None:
    visitors = Visitors()
    tasks = await queue(visitors, "first", "a", "b", "c!", "d!", "e")
    assert visitors.passed == ["first"]
    visitors.leave.set()
    await asyncio.gather(*tasks.values())
    assert visitors.passed == ["first", "c!", "d!", "a", "b", "e"]


async def test_one_who_gives_up_is_skipped() -> None:
    visitors = Visitors()
    tasks = await queue(visitors, "first", "a", "b", "c")
    tasks["a"].cancel()
    tasks["c"].cancel()
    await asyncio.wait([tasks["a"], tasks["c"]])
    visitors.leave.set()
    await tasks["b"]
    assert visitors.passed == ["first", "b"]
    await visitors.pass_through("later")
    assert visitors.passed[-1] == "later"


async def test_one_who_gives_up_while_being_let_in_passes_the_turn_on() -> None:
    visitors = Visitors()
    tasks = await queue(visitors, "first", "a", "b")
    visitors.lock._leave()
    tasks["a"].cancel()
    with pytest.raises(asyncio.CancelledError):
        await tasks["a"]
    visitors.leave.set()
    await tasks["b"]
    assert visitors.passed == ["first", "b"]
    await tasks["first"]


async def test_an_error_inside_gives_the_turn_back() -> None:
    lock = PriorityLock()
    with pytest.raises(ZeroDivisionError):
        async with lock.turn():
            raise ZeroDivisionError
    async with asyncio.timeout(1), lock.turn():
        assert lock._taken
    assert not lock._taken
