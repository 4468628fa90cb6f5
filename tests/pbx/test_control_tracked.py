"""Calls that the API makes, passes on, parks and ends, as the call engine sees them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from custom_components.ippbx.pbx.model.actions import Action, Party, TransferStep
from custom_components.ippbx.pbx.model.commands import (
    AttendedTransfer,
    Dial,
    LegCommand,
    Monitor,
    OperateTransfer,
    Park,
    PlayPrompt,
    Retrieve,
    Transfer,
)
from custom_components.ippbx.pbx.model.tracked import (
    CallChange,
    CallEventType,
    CallOutcome,
    CallSnapshot,
)
from custom_components.ippbx.pbx.tracking.tracker import CallTracker
from custom_components.ippbx.pbx.uc.dialects import DIALECTS
from custom_components.ippbx.pbx.uc.reports.parse import parse_report
from pbx_simulator.calls.model import CallState
from tests.pbx.uc.control.stage import Stage

from .conftest import Clock, MakeStage

type Play = Callable[[Stage], Awaitable[None]]


async def dialled(stage: Stage) -> None:
    await stage.control.send(Dial(caller="2001", callee="2002"))
    await stage.made.pick_up()
    await stage.made.answer()


async def dialled_in_vain(stage: Stage) -> None:
    await stage.control.send(
        Dial(caller="2001", callee="0301234", callee_kind=Party.NUMBER, auto_answer=True)
    )
    await stage.made.fail(486)


async def two_outside(stage: Stage) -> None:
    await stage.control.send(
        Dial(
            caller="030111",
            callee="030222",
            caller_kind=Party.NUMBER,
            callee_kind=Party.NUMBER,
            permission="2001",
        )
    )
    await stage.made.pick_up()
    await stage.made.answer()


async def ended(stage: Stage) -> None:
    await stage.inbound()
    await stage.control.send(LegCommand(action=Action.HANG_UP, leg=stage.caller))


async def listened_to(stage: Stage) -> None:
    await stage.internal()
    await stage.control.send(Monitor(action=Action.BARGE_IN, monitor="2005", extension="2001"))
    await stage.until(CallState.TALKING, stage.made)


async def prompted(stage: Stage) -> None:
    await stage.control.send(PlayPrompt(extension="2001", prompt=("welcome",)))
    call = stage.made
    await call.pick_up()
    await stage.until(CallState.ENDED, call)


async def passed_on(stage: Stage) -> None:
    await stage.inbound()
    await stage.control.send(Transfer(leg=stage.caller, target="2003"))
    await stage.live.answer()


async def led_by_an_ivr(stage: Stage) -> None:
    await stage.control.send(
        Dial(caller="6500", callee="2001", caller_kind=Party.IVR, auto_answer=True)
    )
    call = stage.made
    await stage.until(CallState.TALKING, call)
    for key in "2003":
        await call.press(key)
    await stage.until(CallState.RINGING, call)
    await call.answer()


async def consulted(stage: Stage) -> None:
    await stage.inbound()
    await stage.control.send(AttendedTransfer(leg=stage.callee, target="2003"))
    await stage.made.answer()
    await stage.control.send(OperateTransfer(leg=stage.callee, step=TransferStep.COMPLETE))


async def parked(stage: Stage) -> None:
    await stage.inbound()
    await stage.control.send(Park(leg=stage.caller))
    await stage.control.send(Retrieve(caller="2004", slot="6900"))
    own = stage.made
    await own.pick_up()
    await stage.until(CallState.ENDED, own)


async def refused(stage: Stage) -> None:
    await stage.invited()
    await stage.control.send(LegCommand(action=Action.REFUSE, leg=stage.caller))


ALL, YEASTAR, V2 = tuple(DIALECTS), ("yeastar-v1", "yeastar-v2"), ("yeastar-v2",)
ANSWERED = CallOutcome.ANSWERED
PLAYS: dict[Play, tuple[tuple[str, ...], tuple[CallOutcome, ...]]] = {
    dialled: (ALL, (ANSWERED,)),
    dialled_in_vain: (ALL, (CallOutcome.BUSY,)),
    two_outside: (ALL, (ANSWERED,)),
    ended: (ALL, (ANSWERED,)),
    listened_to: (ALL, (ANSWERED, ANSWERED)),
    prompted: (ALL, (ANSWERED,)),
    passed_on: (YEASTAR, (ANSWERED,)),
    led_by_an_ivr: (YEASTAR, (ANSWERED,)),
    refused: (YEASTAR, (CallOutcome.REFUSED,)),
    consulted: (V2, (ANSWERED, ANSWERED)),
    parked: (V2, (ANSWERED, ANSWERED)),
}


@pytest.mark.parametrize(
    ("dialect", "play"),
    [
        pytest.param(dialect, play, id=f"{dialect}: {play.__name__}")
        for play, (dialects, _) in PLAYS.items()
        for dialect in dialects
    ],
)
async def test_each_call_ends_once_and_rightly(
    make_stage: MakeStage, clock: Clock, dialect: str, play: Play
) -> None:
    stage = await make_stage(dialect)
    now = datetime.fromtimestamp(clock.time, UTC)
    tracker = CallTracker(
        now=lambda: datetime.fromtimestamp(clock.time, UTC),
        keeps_records=dialect != "openvox",
        paired=dialect == "openvox",
    )
    tracker.resync(CallSnapshot(asked_at=now, extensions={}))
    await play(stage)
    while stage.sim.calls.live:
        await next(iter(stage.sim.calls.live.values())).hang_up()
        await asyncio.sleep(0)
    changes: list[CallChange] = []
    for delivery in stage.sim.deliveries:
        changes += tracker.receive(parse_report(delivery.body))
        if play is refused:
            tracker.decided(stage.live.call_id, accepted=False)  # as the action that refuses does
    clock.time += 60
    changes += tracker.settle()
    assert not tracker.active
    assert CallEventType.MISSED not in [change.type for change in changes]
    over = [change.call for change in changes if change.type is CallEventType.ENDED]
    assert Counter(call.outcome for call in over) == Counter(PLAYS[play][1])
    assert len({call.call_id for call in over}) == len(over) == len(stage.sim.calls.records)
