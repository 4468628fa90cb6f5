"""Simultaneous reports are processed in their order, right after the present callback."""

import asyncio
from collections.abc import Sequence

from custom_components.ippbx.reports.queue import ReportQueue
from custom_components.ippbx.reports.receiver import Body

SOURCE = "192.0.2.10"


async def test_simultaneous_bodies_are_processed_in_order_soon() -> None:
    received: list[Sequence[Body]] = []
    queue = ReportQueue(received.append)

    queue.put(b"1", SOURCE)
    queue.put(b"2", SOURCE)
    assert not received, "whoever sent them is answered first"
    await asyncio.sleep(0)

    assert received == [[(b"1", SOURCE), (b"2", SOURCE)]]


async def test_bodies_that_arrive_meanwhile_are_processed_next() -> None:
    received: list[Sequence[Body]] = []

    def receive(bodies: Sequence[Body]) -> None:
        received.append(bodies)
        if len(received) == 1:
            queue.put(b"3", SOURCE)

    queue = ReportQueue(receive)
    queue.put(b"1", SOURCE)
    queue.put(b"2", SOURCE)
    await asyncio.sleep(0)
    assert received == [[(b"1", SOURCE), (b"2", SOURCE)]]

    await asyncio.sleep(0)
    assert received[1:] == [[(b"3", SOURCE)]]


async def test_nothing_is_processed_after_close() -> None:
    received: list[Sequence[Body]] = []
    queue = ReportQueue(received.append)
    queue.put(b"1", SOURCE)

    queue.close()
    await asyncio.sleep(0)

    assert not received
