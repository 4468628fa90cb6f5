"""Error numbers: what the simulated PBX refuses, and the exception that each number becomes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from custom_components.ippbx.pbx.errors import (
    PbxActionUnsupportedError,
    PbxApiDisabledError,
    PbxBusyError,
    PbxInputError,
    PbxLockedOutError,
    PbxNumberError,
    PbxRequestError,
    PbxTokenError,
    PbxUnsupportedError,
)
from custom_components.ippbx.pbx.model.actions import Action, Party
from custom_components.ippbx.pbx.model.commands import (
    Dial,
    LegCommand,
    Monitor,
    PlayPrompt,
    PlayPromptOutside,
    SendMessage,
    Transfer,
)
from custom_components.ippbx.pbx.model.lines import CallLeg, LegKind
from custom_components.ippbx.pbx.uc.dialects import DIALECTS
from tests.pbx.conftest import MakeStage

from .stage import NOWHERE, Scene, Stage

type Do = Callable[[Stage], Awaitable[object]]

V1, V2 = ("yeastar-v1",), ("yeastar-v2",)
YEASTAR = (*V1, *V2)
EVERY = ("openvox", *YEASTAR)
OLD = ("openvox", *V1)
GONE = CallLeg(kind=LegKind.INBOUND, leg_id="1790000001.9")
GONE_OUT = CallLeg(kind=LegKind.OUTBOUND, leg_id="1790000001.9")


def without_right(stage: Stage) -> None:
    stage.sim.directory.extensions["2001"].may_dial_out = False


def without_monitoring(stage: Stage) -> None:
    stage.sim.directory.extensions["2001"].may_be_monitored = False


def unable_to_monitor(stage: Stage) -> None:
    stage.sim.directory.extensions["2005"].monitor_mode = "Disabled"


async def busy_gsm(stage: Stage) -> None:
    stage.sim.directory.trunks["gsm-1"].status = "busy"


def lone(change: Callable[[Stage], None]) -> Scene:
    async def scene(stage: Stage) -> None:
        change(stage)

    return scene


def talking(change: Callable[[Stage], None]) -> Scene:
    async def scene(stage: Stage) -> None:
        change(stage)
        await stage.internal()

    return scene


async def ringing(stage: Stage) -> None:
    """2002 rings for 2001."""
    stage.call = await stage.sim.calls.place("2001", "2002")
    await stage.call.ring()


async def unregistered(stage: Stage) -> None:
    await stage.sim.set_extension_status("2001", "unavailable")


async def listened_to(stage: Stage) -> None:
    await stage.internal()
    await stage.control.send(Monitor(action=Action.LISTEN, monitor="2004", extension="2001"))


async def both_busy(stage: Stage) -> None:
    await stage.internal()
    await (await stage.sim.calls.place("2005", "2003")).ring()


async def too_late(stage: Stage) -> None:
    await stage.invited()
    await stage.live.accept()


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Something that the PBX refuses, in these dialects."""

    errno: int
    do: Do
    scene: Scene = Stage.nothing
    dialects: tuple[str, ...] = EVERY


REFUSED: dict[str, Refused] = {
    "an unknown caller": Refused(
        errno=10006, do=lambda s: s.control.send(Dial(caller="99", callee="2001"))
    ),
    "an unknown callee": Refused(
        errno=10006, do=lambda s: s.control.send(Dial(caller="2001", callee="99")), dialects=OLD
    ),
    "no right to call outside": Refused(
        errno=10024,
        scene=lone(without_right),
        do=lambda s: s.control.send(Dial(caller="2001", callee="030111", callee_kind=Party.NUMBER)),
    ),
    "permission without the right": Refused(
        errno=10024,
        scene=lone(without_right),
        do=lambda s: s.control.send(
            Dial(
                caller="030111",
                callee="030222",
                caller_kind=Party.NUMBER,
                callee_kind=Party.NUMBER,
                permission="2001",
            )
        ),
    ),
    "permission of nobody": Refused(
        errno=10006,
        do=lambda s: s.control.send(
            Dial(
                caller="030111",
                callee="030222",
                caller_kind=Party.NUMBER,
                callee_kind=Party.NUMBER,
                permission="99",
            )
        ),
    ),
    "a caller without a phone": Refused(
        errno=10008,
        scene=unregistered,
        do=lambda s: s.control.send(Dial(caller="2001", callee="2002")),
    ),
    "no such IVR": Refused(
        errno=10012,
        do=lambda s: s.control.send(
            Dial(
                caller="6501",
                callee="007",
                caller_kind=Party.IVR,
                callee_kind=Party.NUMBER,
                permission="2001",
            )
        ),
        dialects=V1,
    ),
    "no such queue": Refused(
        errno=10013,
        do=lambda s: s.control.send(
            Dial(
                caller="6500",
                callee="007",
                caller_kind=Party.QUEUE,
                callee_kind=Party.NUMBER,
                permission="2001",
            )
        ),
        dialects=V1,
    ),
    "no such ring group": Refused(
        errno=10014,
        do=lambda s: s.control.send(
            Dial(
                caller="99",
                callee="007",
                caller_kind=Party.RING_GROUP,
                callee_kind=Party.NUMBER,
                permission="2001",
            )
        ),
        dialects=V1,
    ),
    "a service cannot call inside": Refused(
        errno=10011,
        do=lambda s: s.control.send(
            Dial(
                caller="6700",
                callee="2002",
                caller_kind=Party.QUEUE,
                callee_kind=Party.NUMBER,
                permission="2001",
            )
        ),
        dialects=V2,
    ),
    "hang up without a call": Refused(
        errno=10007,
        do=lambda s: s.control.send(
            LegCommand(action=Action.HANG_UP, leg=CallLeg(kind=LegKind.EXTENSION, extension="2001"))
        ),
    ),
    "hang up what is gone": Refused(
        errno=10007, do=lambda s: s.control.send(LegCommand(action=Action.HANG_UP, leg=GONE))
    ),
    "hang up an inbound call as outbound": Refused(
        errno=10007,
        scene=Stage.inbound,
        do=lambda s: s.control.send(
            LegCommand(
                action=Action.HANG_UP,
                leg=CallLeg(kind=LegKind.OUTBOUND, leg_id=s.live.caller.leg_id),
            )
        ),
        dialects=OLD,
    ),
    "hold while it rings": Refused(
        errno=10015,
        scene=ringing,
        do=lambda s: s.control.send(LegCommand(action=Action.HOLD, leg=s.caller)),
    ),
    "mute while it rings": Refused(
        errno=10015,
        scene=ringing,
        do=lambda s: s.control.send(LegCommand(action=Action.MUTE, leg=s.caller)),
    ),
    "resume what is not held": Refused(
        errno=10015,
        scene=Stage.internal,
        do=lambda s: s.control.send(LegCommand(action=Action.RESUME, leg=s.caller)),
    ),
    "transfer what is gone": Refused(
        errno=10007,
        do=lambda s: s.control.send(Transfer(leg=GONE, target="2002")),
        dialects=YEASTAR,
    ),
    "transfer an outbound call that is gone": Refused(
        errno=10007,
        do=lambda s: s.control.send(Transfer(leg=GONE_OUT, target="6700", target_kind=Party.QUEUE)),
        dialects=YEASTAR,
    ),
    "transfer to nobody": Refused(
        errno=10006,
        scene=Stage.inbound,
        do=lambda s: s.control.send(Transfer(leg=s.caller, target="99")),
        dialects=V1,
    ),
    "transfer to a busy phone": Refused(
        errno=10008,
        scene=both_busy,
        do=lambda s: s.control.send(Transfer(leg=s.caller, target="2003", call=s.live.call_id)),
        dialects=YEASTAR,
    ),
    "transfer by somebody else": Refused(
        errno=10007,
        scene=Stage.internal,
        do=lambda s: s.control.send(
            Transfer(
                leg=CallLeg(kind=LegKind.EXTENSION, extension="2004"),
                target="2003",
                call=s.live.call_id,
            )
        ),
        dialects=V1,
    ),
    "listen to silence": Refused(
        errno=10007,
        do=lambda s: s.control.send(
            Monitor(action=Action.LISTEN, monitor="2005", extension="2001")
        ),
        dialects=YEASTAR,
    ),
    "whisper to nobody": Refused(
        errno=10006,
        do=lambda s: s.control.send(Monitor(action=Action.WHISPER, monitor="2005", extension="99")),
    ),
    "a monitor who talks": Refused(
        errno=10008,
        scene=both_busy,
        do=lambda s: s.control.send(
            Monitor(action=Action.BARGE_IN, monitor="2005", extension="2001")
        ),
    ),
    "somebody who may not be monitored": Refused(
        errno=10009,
        scene=talking(without_monitoring),
        do=lambda s: s.control.send(
            Monitor(action=Action.BARGE_IN, monitor="2005", extension="2001")
        ),
    ),
    "somebody who is listened to already": Refused(
        errno=10009,
        scene=listened_to,
        do=lambda s: s.control.send(
            Monitor(action=Action.LISTEN, monitor="2005", extension="2001")
        ),
        dialects=YEASTAR,
    ),
    "another monitor mode": Refused(
        errno=10010,
        scene=talking(unable_to_monitor),
        do=lambda s: s.control.send(
            Monitor(action=Action.WHISPER, monitor="2005", extension="2001")
        ),
    ),
    "no such prompt": Refused(
        errno=10023,
        do=lambda s: s.control.send(PlayPrompt(extension="2001", prompt=("welcome", "nothing"))),
    ),
    "a prompt to a phone that is off": Refused(
        errno=10015,
        scene=unregistered,
        do=lambda s: s.control.send(PlayPrompt(extension="2001", prompt=("welcome",))),
    ),
    "a message over a SIP trunk": Refused(
        errno=10026,
        do=lambda s: s.control.send(SendMessage(trunk="sip-1", number="0171", message="hi")),
        dialects=YEASTAR,
    ),
    "a message while the module is busy": Refused(
        errno=10027,
        scene=busy_gsm,
        do=lambda s: s.control.send(SendMessage(trunk="gsm-1", number="0171", message="hi")),
        dialects=YEASTAR,
    ),
    "accept too late": Refused(
        errno=10016,
        scene=too_late,
        do=lambda s: s.control.send(LegCommand(action=Action.ACCEPT, leg=s.caller)),
        dialects=YEASTAR,
    ),
    "refuse too late": Refused(
        errno=10016,
        scene=too_late,
        do=lambda s: s.control.send(LegCommand(action=Action.REFUSE, leg=s.caller)),
        dialects=YEASTAR,
    ),
    "accept what is gone": Refused(
        errno=10007,
        do=lambda s: s.control.send(LegCommand(action=Action.ACCEPT, leg=GONE)),
        dialects=YEASTAR,
    ),
    "the calls of nobody": Refused(errno=10006, do=lambda s: s.control.extension_calls("99")),
}


@pytest.mark.parametrize(
    ("dialect", "name"),
    [(dialect, name) for name, refused in REFUSED.items() for dialect in refused.dialects],
)
async def test_refused(make_stage: MakeStage, dialect: str, name: str) -> None:
    """The PBX says why; nothing has changed."""
    refused = REFUSED[name]
    stage = await make_stage(dialect)
    await refused.scene(stage)
    before = [(call.call_id, call.state, call.legs) for call in stage.sim.calls.live.values()]
    with pytest.raises(PbxRequestError) as caught:
        await refused.do(stage)
    assert (type(caught.value), caught.value.errno) == (PbxRequestError, refused.errno)
    after = [(call.call_id, call.state, call.legs) for call in stage.sim.calls.live.values()]
    assert after == before


NUMBERS = (
    *range(10002, 10034),
    *range(10042, 10082),
    *range(10085, 10088),
    *range(20000, 20022),
    30001,
    30003,
)
KINDS: dict[int, type[PbxRequestError]] = {
    10003: PbxUnsupportedError,
    10025: PbxBusyError,
    20002: PbxLockedOutError,
    20003: PbxTokenError,
    20004: PbxTokenError,
    20005: PbxTokenError,
    20006: PbxTokenError,
    20010: PbxBusyError,
    30001: PbxBusyError,
    30003: PbxApiDisabledError,
}


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_every_documented_number_has_its_exception(
    make_stage: MakeStage, dialect: str
) -> None:
    """Each number has a meaning of its own, and nothing but a token's end is tried again."""
    stage = await make_stage(dialect)
    path = "call/dial" if stage.v2 else "extension/dial_extension"
    keys = set()
    for number in NUMBERS:
        await stage.client.open(NOWHERE, by_user=True)
        stage.sim.knobs.wrong_errno = {path: str(number)}
        sent = len(stage.sim.requests)
        with pytest.raises(PbxRequestError) as caught:
            await stage.control.send(Dial(caller="2001", callee="2002"))
        error = caught.value
        assert (type(error), error.errno) == (KINDS.get(number, PbxRequestError), number)
        keys.add(error.key)
        asked = [request.endpoint for request in list(stage.sim.requests)[sent:]]
        again = [path, "login", path]
        assert asked == (again if type(error) is PbxTokenError else [path])
    assert len(keys) == len(NUMBERS)
    assert not stage.sim.calls.live


@pytest.mark.parametrize("dialect", YEASTAR)
async def test_an_outside_call_of_nobody_sends_nothing(make_stage: MakeStage, dialect: str) -> None:
    """The documents ask for a permission, so what has none never leaves."""
    stage = await make_stage(dialect)
    await stage.inbound()
    for action in (
        stage.control.send(
            Dial(
                caller="030111", callee="030222", caller_kind=Party.NUMBER, callee_kind=Party.NUMBER
            )
        ),
        stage.control.send(
            Dial(
                caller="6700",
                callee="030222",
                caller_kind=Party.QUEUE,
                callee_kind=Party.NUMBER,
                permission="",
            )
        ),
        stage.control.send(PlayPromptOutside(number="030111", prompt=("alarm",))),
        stage.control.send(Transfer(leg=stage.caller, target="030111", target_kind=Party.NUMBER)),
    ):
        with pytest.raises(PbxInputError) as caught:
            await action
        assert (caught.value.field, caught.value.reason) == ("permission", "field_needed")
    assert len(stage.sim.requests) == 1


@pytest.mark.parametrize(
    ("kind", "caller", "permission", "field"),
    [
        (Party.IVR, "+49301234567", "2001", "ivr"),
        (Party.QUEUE, "*72", "2001", "queue"),
        (Party.RING_GROUP, "6200#", "2001", "ring_group"),
        (Party.IVR, "6500", "+49301234567", "permission"),
        (Party.NUMBER, "+49301234567", "2001*", "permission"),
    ],
)
@pytest.mark.parametrize("dialect", EVERY)
async def test_numbers_of_the_pbx_itself_have_digits_alone(
    make_stage: MakeStage, dialect: str, kind: Party, caller: str, permission: str, field: str
) -> None:
    stage = await make_stage(dialect)
    before = len(stage.sim.requests)
    command = Dial(
        caller=caller,
        callee="030222",
        caller_kind=kind,
        callee_kind=Party.NUMBER,
        permission=permission,
    )
    with pytest.raises((PbxNumberError, PbxActionUnsupportedError)) as caught:
        await stage.control.send(command)
    if isinstance(caught.value, PbxNumberError):
        assert caught.value.field == field
    assert len(stage.sim.requests) == before
