"""The PBX stays consistent after any sequence of what phones do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Coroutine
import contextlib
from typing import Any

from hypothesis import given, settings, strategies as st

from pbx_simulator import Call, CallState, CallStateError, Simulator, SimulatorConfig
from pbx_simulator.families.uc.dialects import ReportFormat

NUMBERS = ("1000", "1001", "1002")
FREE = {"idle", "registered"}

number = st.sampled_from(NUMBERS)
which = st.integers(0, 3)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("place"), number, number),
        st.tuples(st.just("inbound"), number),
        st.tuples(st.just("outbound"), number),
        st.tuples(st.just("group"), number),
        st.tuples(st.just("ask"), which, number),
        st.tuples(st.just("complete"), which),
        st.tuples(st.sampled_from(["ring", "answer", "hold", "resume", "reject"]), which),
        st.tuples(st.just("answer"), which, number),
        st.tuples(st.just("transfer"), which, st.sampled_from([*NUMBERS, "6200", "030333"])),
        st.tuples(st.just("hang_up"), which, st.sampled_from([*NUMBERS, "callee", None])),
    ),
    max_size=25,
)


def finish(work: Coroutine[Any, Any, None]) -> None:
    """Run to its end a coroutine that never waits, as calls wait for no clock or network."""
    with contextlib.suppress(StopIteration):
        work.send(None)
        raise AssertionError("A call waited for something")


async def act(sim: Simulator, started: list[Call], step: tuple[Any, ...]) -> None:
    """Do one step, if the calls' states allow it."""
    name, *arguments = step
    book = sim.calls
    with contextlib.suppress(CallStateError):
        if name == "place":
            started.append(await book.place(*arguments))
        elif name == "inbound":
            started.append(await book.inbound("trunk-1", "030111", to=arguments[0]))
        elif name == "outbound":
            started.append(await book.outbound(arguments[0], "030222"))
        elif name == "group":
            started.append(await book.inbound("trunk-1", "030444", to="6200"))
        elif started:
            call = started[-1 - arguments[0] % len(started)]
            if name == "ask":
                started.append(await book.ask(call, *arguments[1:]))
            elif name == "complete":
                await book.complete(call)
            else:
                await getattr(call, name)(*arguments[1:])


def check(sim: Simulator) -> None:
    """Check that statuses and calls fit together."""
    assert all(call.live for call in sim.calls.live.values())
    for each in NUMBERS:
        status = sim.directory.extensions[each].status
        if not sim.calls.of_extension(each):
            assert status in FREE, "no extension is busy without a call"
        talking = any(call.state is CallState.TALKING for call in sim.calls.of_extension(each))
        if talking:
            assert status == "busy"
        ringing = any(
            leg.number == each and call.state is CallState.RINGING
            for call in sim.calls.of_extension(each)
            for leg in call.called
        )
        if ringing:
            assert status not in FREE


@given(steps, st.booleans())
@settings(deadline=None, max_examples=150)
def test_any_order_of_events(sequence: list[tuple[Any, ...]], waiting: bool) -> None:
    async def run() -> None:
        sim = Simulator(SimulatorConfig(dialect="yeastar-v1", extensions=3))
        sim.knobs.call_waiting = waiting
        sent: list[tuple[str, str]] = []

        def note(render: Any) -> None:
            for fields in render(ReportFormat.CALL_ARRAY):
                report = dict(fields)
                sent.append((report["action"], report.get("callid", "")))

        sim.api.reporter.send = note  # type: ignore[method-assign]
        started: list[Call] = []
        for step in sequence:
            await act(sim, started, step)
            check(sim)
        for call in list(sim.calls.live.values()):
            await call.hang_up()
        check(sim)
        counted = Counter(sent)
        for call in started:
            assert counted["NewCdr", call.call_id] == 1
            answered = call.spoke is not None
            assert counted["BYE", call.call_id] in ((1, 2) if answered else (0, 1, 2))
            assert not (call.failure and not answered and counted["BYE", call.call_id])
            assert counted["ANSWER", call.call_id] >= (call.answered is not None)
        assert len(sim.calls.records) == len(started)

    finish(run())
