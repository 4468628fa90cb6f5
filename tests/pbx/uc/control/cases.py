"""Actions of one request: in which scene, what they send in each dialect, what is so afterwards.

The bodies are those of pbx-api, sections 7 and 8, with numbers and ids of the scene.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from custom_components.ippbx.pbx.model.actions import Action, Party
from custom_components.ippbx.pbx.model.commands import (
    Dial,
    LegCommand,
    Monitor,
    PlayPrompt,
    PlayPromptOutside,
    PlayPromptToGroup,
    SendMessage,
)
from pbx_simulator.calls.legs import LegKind, LegState
from pbx_simulator.calls.model import CallState

from .stage import Scene, Stage

type Do = Callable[[Stage], Awaitable[object]]
type Then = Callable[[Stage], None]
type Sent = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One action: what it is done to, what it sends in each dialect, and what is so afterwards."""

    do: Do
    then: Then
    scene: Scene = Stage.nothing
    openvox: Sent | None = None
    v1: Sent | None = None
    v2: Sent | None = None

    def sent(self, dialect: str) -> Sent | None:
        return {"openvox": self.openvox, "yeastar-v1": self.v1, "yeastar-v2": self.v2}[dialect]


def legs(stage: Stage, state: CallState) -> tuple[tuple[LegKind, str], ...]:
    """Kinds and numbers of the youngest call's legs; it must be in a state."""
    assert stage.made.state is state
    assert stage.made.by_api
    return tuple((leg.kind, leg.number) for leg in stage.made.legs)


EXT, IN, OUT, PBX = LegKind.EXTENSION, LegKind.INBOUND, LegKind.OUTBOUND, LegKind.SERVICE


def rings(*expected: tuple[LegKind, str], state: CallState = CallState.CALLING_BACK) -> Then:
    """The youngest call rings its first leg; the other one is called when that has answered."""

    def check(stage: Stage) -> None:
        assert legs(stage, state) == expected

    return check


def released(by: str) -> Then:
    def check(stage: Stage) -> None:
        assert not stage.sim.calls.live
        assert stage.live.released_by is getattr(stage.live, by)

    return check


def is_held(stage: Stage) -> None:
    assert stage.live.state is CallState.HELD
    assert stage.live.caller.state is LegState.HOLD
    assert stage.live.callee.state is LegState.ANSWER


def is_resumed(stage: Stage) -> None:
    assert stage.live.state is CallState.TALKING
    assert stage.live.caller.state is LegState.ANSWERED


def muted(*expected: bool) -> Then:
    def check(stage: Stage) -> None:
        assert tuple(leg.muted for leg in stage.live.legs) == expected

    return check


async def held(stage: Stage) -> None:
    await stage.internal()
    stage.sim.calls.hold(stage.live, stage.live.caller)


async def silent(stage: Stage) -> None:
    await stage.internal()
    stage.live.caller.muted = True


def monitored(mode: str) -> Then:
    def check(stage: Stage) -> None:
        (monitor,) = stage.sim.monitoring.active
        assert (monitor.monitor, monitor.extension, monitor.mode) == ("2005", "2001", mode)
        assert monitor.heard is stage.live
        assert stage.sim.directory.extensions["2005"].status == "busy"

    return check


def announced(stage: Stage) -> None:
    assert stage.sim.calls.announcements == [("6300", "welcome+alarm")]


def messaged(stage: Stage) -> None:
    (message,) = stage.sim.calls.messages
    assert (message.trunk, message.number) == ("gsm-1", "0171555")
    assert message.text == "Tür & Tor 100 %"


def let_in(stage: Stage) -> None:
    assert stage.live.state is CallState.RINGING
    assert stage.live.callee.number == "2001"


def turned_away(stage: Stage) -> None:
    assert (stage.live.live, stage.live.refused) == (False, True)


def of_call(path: str, body: str) -> tuple[Sent, Sent, Sent]:
    """An action on an extension's own leg: the same in OpenVox and v1, by its channel in v2."""
    old = (f"extension/{path}", body)
    return old, old, (f"call/{path}", '{"channelid":"%(caller)s"}')


def of_2001(path: str) -> dict[str, Sent]:
    return dict(zip(("openvox", "v1", "v2"), of_call(path, '{"extid":"2001"}'), strict=True))


def listening(path: str, body: str, mode: str) -> dict[str, Sent]:
    v2 = f'{{"monitor":"2005","extension":"2001","type":"{mode}"}}'
    return {"v1": (f"extension/{path}", body), "v2": ("call/listen", v2)}


MESSAGE = (
    "sms/send",
    '{"trunk":"gsm-1","phonenumber":"0171555","message":"T%%C3%%BCr%%20%%26%%20Tor%%20100%%20%%25"}',
)
WHISPER = '{"whisperer":"2005","whisperedext":"2001"}'
BARGE = '{"bargein":"2005","bargedext":"2001"}'

CASES: dict[str, Case] = {
    "dial an extension": Case(
        do=lambda s: s.control.send(Dial(caller="2001", callee="2002")),
        openvox=(
            "extension/dial_extension",
            '{"caller":"2001","callee":"2002","autoanswer":"no"}',
        ),
        v1=("extension/dial_extension", '{"caller":"2001","callee":"2002","autoanswer":"no"}'),
        v2=("call/dial", '{"caller":"2001","callee":"2002","autoanswer":"no"}'),
        then=rings((EXT, "2001"), (EXT, "2002")),
    ),
    "dial an extension hands-free": Case(
        do=lambda s: s.control.send(Dial(caller="2001", callee="2002", auto_answer=True)),
        openvox=(
            "extension/dial_extension",
            '{"caller":"2001","callee":"2002","autoanswer":"yes"}',
        ),
        v1=("extension/dial_extension", '{"caller":"2001","callee":"2002","autoanswer":"yes"}'),
        v2=("call/dial", '{"caller":"2001","callee":"2002","autoanswer":"yes"}'),
        then=rings((EXT, "2001"), (EXT, "2002"), state=CallState.RINGING),
    ),
    "dial outside": Case(
        do=lambda s: s.control.send(
            Dial(caller="2001", callee="+49301234", callee_kind=Party.NUMBER)
        ),
        openvox=(
            "extension/dial_outbound",
            '{"extid":"2001","outto":"+49301234","autoanswer":"no"}',
        ),
        v1=("extension/dial_outbound", '{"extid":"2001","outto":"+49301234","autoanswer":"no"}'),
        v2=("call/dial", '{"caller":"2001","callee":"+49301234","autoanswer":"no"}'),
        then=rings((EXT, "2001"), (OUT, "+49301234")),
    ),
    "dial two outside": Case(
        do=lambda s: s.control.send(
            Dial(
                caller="030111",
                callee="030222",
                caller_kind=Party.NUMBER,
                callee_kind=Party.NUMBER,
                permission="2001",
            )
        ),
        openvox=(
            "outbound/dial_outbound",
            '{"caller":"030111","outto":"030222","fromext":"2001"}',
        ),
        v1=("outbound/dial_outbound", '{"caller":"030111","outto":"030222","fromext":"2001"}'),
        v2=("call/dial", '{"caller":"030111","callee":"030222","dialpermission":"2001"}'),
        then=rings((OUT, "030111"), (OUT, "030222")),
    ),
    "dial an extension from an IVR": Case(
        do=lambda s: s.control.send(Dial(caller="6500", callee="2001", caller_kind=Party.IVR)),
        v1=("ivr/dial_extension", '{"ivrid":"6500","extid":"2001","autoanswer":"no"}'),
        v2=("call/dial", '{"caller":"2001","callee":"6500","autoanswer":"no"}'),
        then=rings((EXT, "2001"), (PBX, "6500")),
    ),
    "dial outside from an IVR": Case(
        do=lambda s: s.control.send(
            Dial(
                caller="6500",
                callee="007",
                caller_kind=Party.IVR,
                callee_kind=Party.NUMBER,
                permission="2001",
            )
        ),
        v1=("ivr/dial_outbound", '{"ivrid":"6500","outto":"007","fromext":"2001"}'),
        v2=("call/dial", '{"caller":"6500","callee":"007","dialpermission":"2001"}'),
        then=rings((OUT, "007"), (PBX, "6500")),
    ),
    "dial outside from a queue": Case(
        do=lambda s: s.control.send(
            Dial(
                caller="6700",
                callee="007",
                caller_kind=Party.QUEUE,
                callee_kind=Party.NUMBER,
                permission="2001",
            )
        ),
        v1=("queue/dial_outbound", '{"queueid":"6700","outto":"007","fromext":"2001"}'),
        v2=("call/dial", '{"caller":"6700","callee":"007","dialpermission":"2001"}'),
        then=rings((OUT, "007"), (PBX, "6700")),
    ),
    "dial outside from a ring group": Case(
        do=lambda s: s.control.send(
            Dial(
                caller="6200",
                callee="007",
                caller_kind=Party.RING_GROUP,
                callee_kind=Party.NUMBER,
                permission="2001",
            )
        ),
        v1=("ringgroup/dial_outbound", '{"ringgroupid":"6200","outto":"007","fromext":"2001"}'),
        v2=("call/dial", '{"caller":"6200","callee":"007","dialpermission":"2001"}'),
        then=rings((OUT, "007"), (PBX, "6200")),
    ),
    "hang up an extension": Case(
        scene=Stage.internal,
        do=lambda s: s.control.send(LegCommand(action=Action.HANG_UP, leg=s.caller)),
        **of_2001("hangup"),
        then=released("caller"),
    ),
    "hang up the called extension": Case(
        scene=Stage.inbound,
        do=lambda s: s.control.send(LegCommand(action=Action.HANG_UP, leg=s.callee)),
        openvox=("extension/hangup", '{"extid":"2001"}'),
        v1=("extension/hangup", '{"extid":"2001"}'),
        v2=("call/hangup", '{"channelid":"%(callee)s"}'),
        then=released("callee"),
    ),
    "hang up an inbound call": Case(
        scene=Stage.inbound,
        do=lambda s: s.control.send(LegCommand(action=Action.HANG_UP, leg=s.caller)),
        openvox=("inbound/hangup", '{"inboundid":"%(caller)s"}'),
        v1=("inbound/hangup", '{"inboundid":"%(caller)s"}'),
        v2=("call/hangup", '{"channelid":"%(caller)s"}'),
        then=released("caller"),
    ),
    "hang up an outbound call": Case(
        scene=Stage.outbound,
        do=lambda s: s.control.send(LegCommand(action=Action.HANG_UP, leg=s.callee)),
        openvox=("outbound/hangup", '{"outboundid":"%(callee)s"}'),
        v1=("outbound/hangup", '{"outboundid":"%(callee)s"}'),
        v2=("call/hangup", '{"channelid":"%(callee)s"}'),
        then=released("callee"),
    ),
    "hold": Case(
        scene=Stage.internal,
        do=lambda s: s.control.send(LegCommand(action=Action.HOLD, leg=s.caller)),
        **of_2001("hold"),
        then=is_held,
    ),
    "hold on a trunk": Case(
        scene=Stage.inbound,
        do=lambda s: s.control.send(LegCommand(action=Action.HOLD, leg=s.caller)),
        v2=("call/hold", '{"channelid":"%(caller)s"}'),
        then=is_held,
    ),
    "resume": Case(
        scene=held,
        do=lambda s: s.control.send(LegCommand(action=Action.RESUME, leg=s.caller)),
        **of_2001("unhold"),
        then=is_resumed,
    ),
    "mute": Case(
        scene=Stage.internal,
        do=lambda s: s.control.send(LegCommand(action=Action.MUTE, leg=s.caller)),
        **of_2001("mute"),
        then=muted(True, False),
    ),
    "unmute": Case(
        scene=silent,
        do=lambda s: s.control.send(LegCommand(action=Action.UNMUTE, leg=s.caller)),
        **of_2001("unmute"),
        then=muted(False, False),
    ),
    "listen": Case(
        scene=Stage.internal,
        do=lambda s: s.control.send(
            Monitor(action=Action.LISTEN, monitor="2005", extension="2001")
        ),
        **listening("listen", '{"listener":"2005","listenedext":"2001"}', "listen"),
        then=monitored("listen"),
    ),
    "whisper": Case(
        scene=Stage.internal,
        do=lambda s: s.control.send(
            Monitor(action=Action.WHISPER, monitor="2005", extension="2001")
        ),
        openvox=("extension/whisper", WHISPER),
        **listening("whisper", WHISPER, "whisper"),
        then=monitored("whisper"),
    ),
    "barge in": Case(
        scene=Stage.internal,
        do=lambda s: s.control.send(
            Monitor(action=Action.BARGE_IN, monitor="2005", extension="2001")
        ),
        openvox=("extension/barge", BARGE),
        **listening("barge", BARGE, "barge"),
        then=monitored("barge"),
    ),
    "play prompts": Case(
        do=lambda s: s.control.send(PlayPrompt(extension="2001", prompt=("welcome", "alarm"))),
        openvox=(
            "extension/playprompt",
            '{"extid":"2001","prompt":"welcome+alarm","autoanswer":"no"}',
        ),
        v1=(
            "extension/playprompt",
            '{"extid":"2001","prompt":"welcome+alarm","autoanswer":"no"}',
        ),
        v2=("call/playprompt", '{"number":"2001","prompt":"welcome+alarm","autoanswer":"no"}'),
        then=rings((EXT, "2001"), (PBX, "welcome+alarm")),
    ),
    "play a prompt outside": Case(
        do=lambda s: s.control.send(
            PlayPromptOutside(number="030111", prompt=("alarm",), permission="2001")
        ),
        v1=("outbound/playprompt", '{"outto":"030111","prompt":"alarm","fromext":"2001"}'),
        v2=("call/playprompt", '{"number":"030111","prompt":"alarm","dialpermission":"2001"}'),
        then=rings((OUT, "030111"), (PBX, "alarm")),
    ),
    "announce to a paging group": Case(
        do=lambda s: s.control.send(
            PlayPromptToGroup(paging_group="6300", prompt=("welcome", "alarm"))
        ),
        v1=("extension/dial_number", '{"callee":"6300","prompt":"welcome+alarm"}'),
        v2=("call/playprompt", '{"number":"6300","prompt":"welcome+alarm"}'),
        then=announced,
    ),
    "send a message": Case(
        do=lambda s: s.control.send(
            SendMessage(trunk="gsm-1", number="0171555", message="Tür & Tor 100 %")
        ),
        v1=MESSAGE,
        v2=MESSAGE,
        then=messaged,
    ),
    "accept": Case(
        scene=Stage.invited,
        do=lambda s: s.control.send(LegCommand(action=Action.ACCEPT, leg=s.caller)),
        v1=("inbound/accept", '{"inboundid":"%(caller)s"}'),
        v2=("call/accept_inbound", '{"channelid":"%(caller)s"}'),
        then=let_in,
    ),
    "refuse": Case(
        scene=Stage.invited,
        do=lambda s: s.control.send(LegCommand(action=Action.REFUSE, leg=s.caller)),
        v1=("inbound/refuse", '{"inboundid":"%(caller)s"}'),
        v2=("call/refuse_inbound", '{"channelid":"%(caller)s"}'),
        then=turned_away,
    ),
}
