"""Commands: each knows its action and its values."""

from typing import Any

import pytest

from custom_components.ippbx.pbx.model.actions import (
    TRANSFERS,
    Action,
    Command,
    Field,
    Party,
    TransferStep,
)
from custom_components.ippbx.pbx.model.commands import (
    AttendedTransfer,
    Dial,
    LegCommand,
    Monitor,
    OperateTransfer,
    Park,
    PlayPrompt,
    PlayPromptOutside,
    PlayPromptToGroup,
    Retrieve,
    SendMessage,
    SetDoNotDisturb,
    SetForwarding,
    Transfer,
)
from custom_components.ippbx.pbx.model.lines import (
    VOICEMAIL,
    CallLeg,
    ExtensionSettings,
    LegKind,
)

LEG = CallLeg(kind=LegKind.EXTENSION, extension="1000")
READING = {
    Action.LIST_PARKED,
    Action.LIST_PAGING_GROUPS,
    Action.EXTENSION_CALLS,
    Action.DOWNLOAD_RECORDS,
    Action.DOWNLOAD_RECORDING,
}
ON_LEGS = (
    Action.HANG_UP,
    Action.HOLD,
    Action.RESUME,
    Action.MUTE,
    Action.UNMUTE,
    Action.ACCEPT,
    Action.REFUSE,
)
MONITORING = (Action.LISTEN, Action.WHISPER, Action.BARGE_IN)
COMMANDS: list[Command] = [
    *(
        Dial(caller="1", callee="2", caller_kind=caller, callee_kind=callee)
        for caller in Party
        for callee in (Party.EXTENSION, Party.NUMBER)
    ),
    *(LegCommand(action=action, leg=LEG) for action in ON_LEGS),
    *(Transfer(leg=LEG, target="1", target_kind=kind) for kind in Party),
    AttendedTransfer(leg=LEG, target="1"),
    OperateTransfer(leg=LEG, step=TransferStep.SWAP),
    Park(leg=LEG),
    Retrieve(caller="1", slot="6900"),
    *(Monitor(action=action, monitor="1", extension="2") for action in MONITORING),
    PlayPrompt(extension="1", prompt=("hello",)),
    PlayPromptOutside(number="1", prompt=("hello",)),
    PlayPromptToGroup(paging_group="1", prompt=("hello",)),
    SendMessage(trunk="gsm", number="1", message="hello"),
    SetDoNotDisturb(extension="1", enabled=True),
    *(
        SetForwarding(extension="1", enabled=enabled, target=target, target_kind=kind)
        for enabled, target, kind in (
            (True, "2", Party.EXTENSION),
            (True, "030111", Party.NUMBER),
            (False, VOICEMAIL, Party.NUMBER),
            (False, "", Party.EXTENSION),
        )
    ),
]


def test_every_action_has_its_command() -> None:
    assert {command.action for command in COMMANDS} == set(Action) - READING
    assert set(TRANSFERS) == set(Party)


@pytest.mark.parametrize(
    ("command", "values"),
    [
        (LegCommand(action=Action.HANG_UP, leg=LEG), {Field.LEG: LEG}),
        (Park(leg=LEG, slot="6900"), {Field.LEG: LEG, Field.SLOT: "6900"}),
        (
            Monitor(action=Action.LISTEN, monitor="1", extension="2"),
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


def test_what_settings_are_after_a_command() -> None:
    """What a command does not name stays."""
    before = ExtensionSettings(
        number="1000", do_not_disturb=False, forwards=False, forward_to="1001"
    )
    disturbed = SetDoNotDisturb(extension="1000", enabled=True).applied_to(before)
    assert (disturbed.do_not_disturb, disturbed.forward_to) == (True, "1001")
    begun = SetForwarding(extension="1000", enabled=True, target="1002").applied_to(before)
    assert (begun.forwards, begun.forward_to) == (True, "1002")
    ended = SetForwarding(extension="1000", enabled=False).applied_to(begun)
    assert (ended.forwards, ended.forward_to) == (False, "1002")


def test_forwarding_without_a_destination_is_no_end_of_it() -> None:
    """It is a request that lacks its number, which is not sent."""
    command = SetForwarding(extension="1000", enabled=True)
    assert command.action is Action.FORWARD_TO_EXTENSION


def test_commands_are_values() -> None:
    hang_up = LegCommand(action=Action.HANG_UP, leg=LEG)
    assert hang_up == LegCommand(action=Action.HANG_UP, leg=LEG)
    assert hang_up != LegCommand(action=Action.HOLD, leg=LEG)
    with pytest.raises(AttributeError):
        hang_up.leg = LEG  # type: ignore[misc]
