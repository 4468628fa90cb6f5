"""Simultaneous reports are processed in their order, together, and soon."""

import asyncio
from collections.abc import Sequence

import pytest

from custom_components.ippbx.reports import queue as queue_module
from custom_components.ippbx.reports.queue import ReportQueue
from custom_components.ippbx.reports.receiver import Body

SOURCE = "192.0.2.10"


class Received:
    """A queue, and the batches that it passed on."""

    def __init__(self) -> None:
        self.batches: list[bytes] = []
        self.queue = ReportQueue(self._receive)

    def put(self, *bodies: bytes) -> None:
        for body in bodies:
            self.queue.put(body, SOURCE)

    def _receive(self, bodies: Sequence[Body]) -> None:
        assert {source for _, source in bodies} == {SOURCE}
        self.batches.append(b"".join(body for body, _ in bodies))
        if self.batches == [b"1"]:
            self.put(b"2")


async def test_one_body_waits_for_its_answer_only() -> None:
    received = Received()
    received.put(b"1")
    assert not received.batches, "whoever sent it is answered first"
    await asyncio.sleep(0)
    assert received.batches == [b"1"]
    await asyncio.sleep(0)
    assert received.batches == [b"1", b"2"], "it came meanwhile"


async def test_a_burst_is_processed_in_its_order_when_no_more_follows() -> None:
    received = Received()
    for bodies in ((b"3", b"4"), (b"5",)):
        received.put(*bodies)
        await asyncio.sleep(0)
        assert not received.batches
    await asyncio.sleep(0)
    assert received.batches == [b"345"]


async def test_a_burst_without_an_end_is_processed_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queue_module, "PATIENCE", -1)
    received = Received()
    for bodies in ((b"3", b"4"), (b"5", b"6")):
        received.put(*bodies)
        await asyncio.sleep(0)
    assert received.batches == [b"34", b"56"]


async def test_nothing_is_processed_after_close() -> None:
    received = Received()
    received.put(b"1")

    received.queue.close()
    await asyncio.sleep(0)

    assert not received.batches
