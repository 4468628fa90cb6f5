"""Reports that come together are taken in their order, right after what the event loop is at."""

import asyncio

from custom_components.ippbx.report_queue import ReportQueue

SOURCE = "192.0.2.10"


async def test_what_comes_together_is_taken_in_its_order_soon() -> None:
    taken: list[tuple[bytes, str]] = []
    queue = ReportQueue(lambda body, source: taken.append((body, source)))

    queue.put(b"1", SOURCE)
    queue.put(b"2", SOURCE)
    assert not taken, "whoever sent them is answered first"
    await asyncio.sleep(0)

    assert taken == [(b"1", SOURCE), (b"2", SOURCE)]


async def test_what_comes_meanwhile_is_taken_next() -> None:
    taken: list[bytes] = []

    def take(body: bytes, source: str) -> None:
        taken.append(body)
        if body == b"1":
            queue.put(b"3", source)

    queue = ReportQueue(take)
    queue.put(b"1", SOURCE)
    queue.put(b"2", SOURCE)
    await asyncio.sleep(0)
    assert taken == [b"1", b"2"]

    await asyncio.sleep(0)
    assert taken == [b"1", b"2", b"3"]


async def test_nothing_is_taken_after_the_end() -> None:
    taken: list[bytes] = []
    queue = ReportQueue(lambda body, _source: taken.append(body))
    queue.put(b"1", SOURCE)

    queue.close()
    await asyncio.sleep(0)

    assert not taken
