"""Commands: each knows its action and its values."""

from typing import Any

import pytest

from custom_components.ippbx.pbx.model.actions import (
    TRANSFERS,
    Accept,
    Action,
    AttendedTransfer,
    Command,
    Dial,
    Field,
    HangUp,
    Hold,
    Monitor,
    MonitorMode,
    Mute,
    OperateTransfer,
    Park,
    Party,
    PlayPrompt,
    PlayPromptOutside,
    Refuse,
    Resume,
    Retrieve,
    SendMessage,
    Transfer,
    TransferStep,
    Unmute,
)
from custom_components.ippbx.pbx.model.lines import CallLeg, LegKind

LEG = CallLeg(kind=LegKind.EXTENSION, extension="1000")
READING = {Action.LIST_PARKED, Action.EXTENSION_CALLS, Action.DOWNLOAD_RECORDS}
COMMANDS: list[Command] = [
    *(
        Dial(caller="1", callee="2", caller_kind=caller, callee_kind=callee)
        for caller in Party
        for callee in (Party.EXTENSION, Party.NUMBER)
    ),
    *(command(leg=LEG) for command in (HangUp, Hold, Resume, Mute, Unmute, Accept, Refuse)),
    *(Transfer(leg=LEG, target="1", target_kind=kind) for kind in Party),
    AttendedTransfer(leg=LEG, target="1"),
    OperateTransfer(leg=LEG, step=TransferStep.SWAP),
    Park(leg=LEG),
    Retrieve(caller="1", slot="6900"),
    *(Monitor(mode=mode, monitor="1", extension="2") for mode in MonitorMode),
    PlayPrompt(extension="1", prompt=("hello",)),
    PlayPromptOutside(number="1", prompt=("hello",)),
    SendMessage(trunk="gsm", number="1", message="hello"),
]


def test_every_action_has_its_command() -> None:
    assert {command.action for command in COMMANDS} == set(Action) - READING
    assert set(TRANSFERS) == set(Party)


@pytest.mark.parametrize(
    ("command", "values"),
    [
        (HangUp(leg=LEG), {Field.LEG: LEG}),
        (Park(leg=LEG, slot="6900"), {Field.LEG: LEG, Field.SLOT: "6900"}),
        (
            Monitor(mode=MonitorMode.LISTEN, monitor="1", extension="2"),
            {Field.MONITOR: "1", Field.EXTENSION: "2"},
        ),
        (
            Dial(caller="6500", callee="1000", caller_kind=Party.IVR, auto_answer=True),
            {
                Field.IVR: "6500",
                Field.CALLEE: "1000",
                Field.PERMISSION: "",
                Field.AUTO_ANSWER: True,
            },
        ),
        (
            Dial(caller="6700", callee="1000", caller_kind=Party.QUEUE, permission="1001"),
            {
                Field.QUEUE: "6700",
                Field.NUMBER: "1000",
                Field.PERMISSION: "1001",
                Field.AUTO_ANSWER: False,
            },
        ),
    ],
)
def test_values(command: Command, values: dict[Field, Any]) -> None:
    assert command.values == values


def test_commands_are_values() -> None:
    assert HangUp(leg=LEG) == HangUp(leg=LEG) != Hold(leg=LEG)
    with pytest.raises(AttributeError):
        HangUp(leg=LEG).leg = LEG  # type: ignore[misc]
