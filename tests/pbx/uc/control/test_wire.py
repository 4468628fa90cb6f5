"""Each action in each dialect: the request as it goes over the wire is what pbx-api documents."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest

from custom_components.ippbx.pbx.errors import PbxActionUnsupportedError
from custom_components.ippbx.pbx.model.actions import Action, Party, TransferStep
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
from custom_components.ippbx.pbx.model.lines import VOICEMAIL, CallLeg, LegKind
from custom_components.ippbx.pbx.uc.control.control import UcControl
from custom_components.ippbx.pbx.uc.dialects import OPENVOX, YEASTAR_V1, YEASTAR_V2, Dialect
from tests.pbx.conftest import ADDRESS, MakeClient
from tests.pbx.raw_pbx import RawPbx

type Do = Callable[[UcControl], Awaitable[object]]

PHONE = CallLeg(kind=LegKind.EXTENSION, extension="2001", leg_id="PJSIP/2001-00000007")
IN = CallLeg(kind=LegKind.INBOUND, leg_id="1790000001.7")
OUT = CallLeg(kind=LegKind.OUTBOUND, leg_id="1790000001.8")
CALL = "1790000001.5"
RECORDING = "20261125093001-1790000001.5-2001-+49301234-Outbound.wav"


async def listen(control: UcControl) -> bytes:
    async with control.recording(RECORDING) as file:
        return b"".join([piece async for piece in file.pieces])


# Commands by name: "transfer_to_ivr of outbound" is TRANSFER_TO_IVR of such a leg.
DO: dict[str, Do] = {
    "dial_extension": lambda c: c.send(Dial(caller="2001", callee="2002")),
    "dial_outside": lambda c: c.send(
        Dial(caller="2001", callee="+49301234", callee_kind=Party.NUMBER, auto_answer=True)
    ),
    "dial_two_outside": lambda c: c.send(
        Dial(
            caller="030111",
            callee="030222",
            caller_kind=Party.NUMBER,
            callee_kind=Party.NUMBER,
            permission="2001",
        )
    ),
    "dial_extension_from_ivr": lambda c: c.send(
        Dial(caller="6500", callee="2001", caller_kind=Party.IVR)
    ),
    "dial_outside_from_ivr": lambda c: c.send(
        Dial(
            caller="6500",
            callee="007",
            caller_kind=Party.IVR,
            callee_kind=Party.NUMBER,
            permission="2001",
        )
    ),
    "dial_outside_from_queue": lambda c: c.send(
        Dial(
            caller="6700",
            callee="007",
            caller_kind=Party.QUEUE,
            callee_kind=Party.NUMBER,
            permission="2001",
        )
    ),
    "dial_outside_from_ring_group": lambda c: c.send(
        Dial(
            caller="6200",
            callee="007",
            caller_kind=Party.RING_GROUP,
            callee_kind=Party.NUMBER,
            permission="2001",
        )
    ),
    "hang_up of extension": lambda c: c.send(LegCommand(action=Action.HANG_UP, leg=PHONE)),
    "hang_up of inbound": lambda c: c.send(LegCommand(action=Action.HANG_UP, leg=IN)),
    "hang_up of outbound": lambda c: c.send(LegCommand(action=Action.HANG_UP, leg=OUT)),
    "hold of extension": lambda c: c.send(LegCommand(action=Action.HOLD, leg=PHONE)),
    "resume of extension": lambda c: c.send(LegCommand(action=Action.RESUME, leg=PHONE)),
    "mute of extension": lambda c: c.send(LegCommand(action=Action.MUTE, leg=PHONE)),
    "unmute of extension": lambda c: c.send(LegCommand(action=Action.UNMUTE, leg=PHONE)),
    "hold of inbound": lambda c: c.send(LegCommand(action=Action.HOLD, leg=IN)),
    "transfer_to_extension of extension": lambda c: c.send(
        Transfer(leg=PHONE, target="2002", call=CALL)
    ),
    "transfer_to_number of extension": lambda c: c.send(
        Transfer(leg=PHONE, target="030111", target_kind=Party.NUMBER, permission="2003", call=CALL)
    ),
    "transfer_to_ivr of extension": lambda c: c.send(
        Transfer(leg=PHONE, target="6500", target_kind=Party.IVR, call=CALL)
    ),
    "transfer_to_queue of extension": lambda c: c.send(
        Transfer(leg=PHONE, target="6700", target_kind=Party.QUEUE, call=CALL)
    ),
    "transfer_to_ring_group of extension": lambda c: c.send(
        Transfer(leg=PHONE, target="6200", target_kind=Party.RING_GROUP, call=CALL)
    ),
    "transfer_to_extension of inbound": lambda c: c.send(Transfer(leg=IN, target="2002")),
    "transfer_to_number of inbound": lambda c: c.send(
        Transfer(leg=IN, target="030111", target_kind=Party.NUMBER, permission="2003")
    ),
    "transfer_to_ivr of inbound": lambda c: c.send(
        Transfer(leg=IN, target="6500", target_kind=Party.IVR)
    ),
    "transfer_to_queue of inbound": lambda c: c.send(
        Transfer(leg=IN, target="6700", target_kind=Party.QUEUE)
    ),
    "transfer_to_ring_group of inbound": lambda c: c.send(
        Transfer(leg=IN, target="6200", target_kind=Party.RING_GROUP)
    ),
    "transfer_to_extension of outbound": lambda c: c.send(Transfer(leg=OUT, target="2002")),
    "transfer_to_number of outbound": lambda c: c.send(
        Transfer(leg=OUT, target="030111", target_kind=Party.NUMBER, permission="2003")
    ),
    "transfer_to_ivr of outbound": lambda c: c.send(
        Transfer(leg=OUT, target="6500", target_kind=Party.IVR)
    ),
    "transfer_to_queue of outbound": lambda c: c.send(
        Transfer(leg=OUT, target="6700", target_kind=Party.QUEUE)
    ),
    "transfer_to_ring_group of outbound": lambda c: c.send(
        Transfer(leg=OUT, target="6200", target_kind=Party.RING_GROUP)
    ),
    "attended_transfer of extension": lambda c: c.send(AttendedTransfer(leg=PHONE, target="2002")),
    "operate_transfer of extension": lambda c: c.send(
        OperateTransfer(leg=PHONE, step=TransferStep.THREE_WAY)
    ),
    "park of inbound": lambda c: c.send(Park(leg=IN)),
    "park of extension": lambda c: c.send(Park(leg=PHONE, slot="6900")),
    "retrieve": lambda c: c.send(Retrieve(caller="2001", slot="6900")),
    "list_parked": lambda c: c.parked_slots(),
    "listen": lambda c: c.send(Monitor(action=Action.LISTEN, monitor="2005", extension="2001")),
    "whisper": lambda c: c.send(Monitor(action=Action.WHISPER, monitor="2005", extension="2001")),
    "barge_in": lambda c: c.send(Monitor(action=Action.BARGE_IN, monitor="2005", extension="2001")),
    "play_prompt": lambda c: c.send(PlayPrompt(extension="2001", prompt=("door1", "bell"))),
    "play_prompt_outside": lambda c: c.send(
        PlayPromptOutside(number="030111", prompt=("alarm",), permission="2001")
    ),
    "play_prompt_to_group": lambda c: c.send(
        PlayPromptToGroup(paging_group="6300", prompt=("door1", "bell"))
    ),
    "list_paging_groups": lambda c: c.paging_groups(),
    "send_message": lambda c: c.send(
        SendMessage(trunk="GSM-1", number="0171555", message="Tür & Tor")
    ),
    "accept of inbound": lambda c: c.send(LegCommand(action=Action.ACCEPT, leg=IN)),
    "refuse of inbound": lambda c: c.send(LegCommand(action=Action.REFUSE, leg=IN)),
    "set_do_not_disturb": lambda c: c.send(SetDoNotDisturb(extension="2001", enabled=True)),
    "forward_to_extension": lambda c: c.send(
        SetForwarding(extension="2001", enabled=True, target="2002")
    ),
    "forward_to_number": lambda c: c.send(
        SetForwarding(extension="2001", enabled=False, target="030111", target_kind=Party.NUMBER)
    ),
    "forward_to_voicemail": lambda c: c.send(
        SetForwarding(extension="2001", enabled=True, target=VOICEMAIL)
    ),
    "stop_forwarding": lambda c: c.send(SetForwarding(extension="2001", enabled=False)),
    "extension_calls": lambda c: c.extension_calls("2001"),
    "download_recording": listen,
    "download_records": lambda c: c.download_records(
        datetime(2026, 11, 25, 8), datetime(2026, 11, 25, 9, 30, 1)
    ),
}

type Sent = tuple[str, dict[str, Any]]

SPAN = {"starttime": "2026-11-25 08:00:00", "endtime": "2026-11-25 09:30:01"}
MESSAGE = {"trunk": "GSM-1", "phonenumber": "0171555", "message": "T%C3%BCr%20%26%20Tor"}

OPENVOX_SENDS: dict[str, Sent] = {
    "dial_extension": (
        "extension/dial_extension",
        {"caller": "2001", "callee": "2002", "autoanswer": "no"},
    ),
    "dial_outside": (
        "extension/dial_outbound",
        {"extid": "2001", "outto": "+49301234", "autoanswer": "yes"},
    ),
    "dial_two_outside": (
        "outbound/dial_outbound",
        {"caller": "030111", "outto": "030222", "fromext": "2001"},
    ),
    "hang_up of extension": ("extension/hangup", {"extid": "2001"}),
    "hang_up of inbound": ("inbound/hangup", {"inboundid": IN.leg_id}),
    "hang_up of outbound": ("outbound/hangup", {"outboundid": OUT.leg_id}),
    "hold of extension": ("extension/hold", {"extid": "2001"}),
    "resume of extension": ("extension/unhold", {"extid": "2001"}),
    "mute of extension": ("extension/mute", {"extid": "2001"}),
    "unmute of extension": ("extension/unmute", {"extid": "2001"}),
    "whisper": ("extension/whisper", {"whisperer": "2005", "whisperedext": "2001"}),
    "barge_in": ("extension/barge", {"bargein": "2005", "bargedext": "2001"}),
    "play_prompt": (
        "extension/playprompt",
        {"extid": "2001", "prompt": "door1+bell", "autoanswer": "no"},
    ),
    "extension_calls": ("extension/query", {"extid": "2001"}),
}


def v1_transfer(target: str, permission: str = "") -> Sent:
    return (
        "calltransfer",
        {"callid": CALL, "transferor": "2001", "transferto": target, "fromext": permission},
    )


def settings(key: str) -> dict[str, Sent]:
    def update(**more: str) -> Sent:
        return "extension/update", {key: "2001", **more}

    return {
        "set_do_not_disturb": update(dnd="on"),
        "forward_to_extension": update(
            alwaysforward="on", atransferext="2002", atransferto="Extension"
        ),
        "forward_to_number": update(
            alwaysforward="off",
            atransfernum="030111",
            atransferto="Custom Number",
            atransferprefix="",
        ),
        "forward_to_voicemail": update(alwaysforward="on", atransferto="Voicemail"),
        "stop_forwarding": update(alwaysforward="off"),
    }


V1_SENDS: dict[str, Sent] = OPENVOX_SENDS | {
    "dial_extension_from_ivr": (
        "ivr/dial_extension",
        {"ivrid": "6500", "extid": "2001", "autoanswer": "no"},
    ),
    "dial_outside_from_ivr": (
        "ivr/dial_outbound",
        {"ivrid": "6500", "outto": "007", "fromext": "2001"},
    ),
    "dial_outside_from_queue": (
        "queue/dial_outbound",
        {"queueid": "6700", "outto": "007", "fromext": "2001"},
    ),
    "dial_outside_from_ring_group": (
        "ringgroup/dial_outbound",
        {"ringgroupid": "6200", "outto": "007", "fromext": "2001"},
    ),
    "transfer_to_extension of extension": v1_transfer("2002"),
    "transfer_to_number of extension": v1_transfer("030111", "2003"),
    "transfer_to_ivr of extension": v1_transfer("6500"),
    "transfer_to_queue of extension": v1_transfer("6700"),
    "transfer_to_ring_group of extension": v1_transfer("6200"),
    "transfer_to_extension of inbound": (
        "inbound/transfer_extension",
        {"inboundid": IN.leg_id, "extid": "2002"},
    ),
    "transfer_to_number of inbound": (
        "inbound/transfer_outbound",
        {"inboundid": IN.leg_id, "outto": "030111", "fromext": "2003"},
    ),
    "transfer_to_ivr of inbound": (
        "inbound/transfer_ivr",
        {"inboundid": IN.leg_id, "ivrid": "6500"},
    ),
    "transfer_to_queue of inbound": (
        "inbound/transfer_queue",
        {"inboundid": IN.leg_id, "queueid": "6700"},
    ),
    "transfer_to_ring_group of inbound": (
        "inbound/transfer_ringgroup",
        {"inboundid": IN.leg_id, "ringgroupid": "6200"},
    ),
    "transfer_to_extension of outbound": (
        "outbound/transfer_extension",
        {"outboundid": OUT.leg_id, "extid": "2002"},
    ),
    "transfer_to_number of outbound": (
        "outbound/transfer_outbound",
        {"outboundid": OUT.leg_id, "outto": "030111", "fromext": "2003"},
    ),
    "transfer_to_ivr of outbound": (
        "outbound/transfer_ivr",
        {"outboundid": OUT.leg_id, "ivrid": "6500"},
    ),
    "transfer_to_queue of outbound": (
        "outbound/transfer_number",
        {"outboundid": OUT.leg_id, "number": "6700", "fromext": ""},
    ),
    "transfer_to_ring_group of outbound": (
        "outbound/transfer_number",
        {"outboundid": OUT.leg_id, "number": "6200", "fromext": ""},
    ),
    "listen": ("extension/listen", {"listener": "2005", "listenedext": "2001"}),
    "play_prompt_outside": (
        "outbound/playprompt",
        {"outto": "030111", "prompt": "alarm", "fromext": "2001"},
    ),
    "play_prompt_to_group": (
        "extension/dial_number",
        {"callee": "6300", "prompt": "door1+bell"},
    ),
    "list_paging_groups": ("paginggrouplist/query", {}),
    "send_message": ("sms/send", MESSAGE),
    "accept of inbound": ("inbound/accept", {"inboundid": IN.leg_id}),
    "refuse of inbound": ("inbound/refuse", {"inboundid": IN.leg_id}),
    "download_records": ("cdr/get_random", {"extid": "all", **SPAN}),
    "download_recording": ("recording/get_random", {"recording": RECORDING}),
    **settings("extid"),
}


def v2_transfer(leg: CallLeg, target: str, **more: str) -> Sent:
    return "call/transfer", {"channelid": leg.leg_id, "number": target, **more}


V2_SENDS: dict[str, Sent] = {
    "dial_extension": ("call/dial", {"caller": "2001", "callee": "2002", "autoanswer": "no"}),
    "dial_outside": ("call/dial", {"caller": "2001", "callee": "+49301234", "autoanswer": "yes"}),
    "dial_two_outside": (
        "call/dial",
        {"caller": "030111", "callee": "030222", "dialpermission": "2001"},
    ),
    "dial_extension_from_ivr": (
        "call/dial",
        {"caller": "2001", "callee": "6500", "autoanswer": "no"},
    ),
    "dial_outside_from_ivr": (
        "call/dial",
        {"caller": "6500", "callee": "007", "dialpermission": "2001"},
    ),
    "dial_outside_from_queue": (
        "call/dial",
        {"caller": "6700", "callee": "007", "dialpermission": "2001"},
    ),
    "dial_outside_from_ring_group": (
        "call/dial",
        {"caller": "6200", "callee": "007", "dialpermission": "2001"},
    ),
    "hang_up of extension": ("call/hangup", {"channelid": PHONE.leg_id}),
    "hang_up of inbound": ("call/hangup", {"channelid": IN.leg_id}),
    "hang_up of outbound": ("call/hangup", {"channelid": OUT.leg_id}),
    "hold of extension": ("call/hold", {"channelid": PHONE.leg_id}),
    "resume of extension": ("call/unhold", {"channelid": PHONE.leg_id}),
    "mute of extension": ("call/mute", {"channelid": PHONE.leg_id}),
    "unmute of extension": ("call/unmute", {"channelid": PHONE.leg_id}),
    "hold of inbound": ("call/hold", {"channelid": IN.leg_id}),
    "transfer_to_extension of extension": v2_transfer(PHONE, "2002"),
    "transfer_to_number of extension": v2_transfer(PHONE, "030111", dialpermission="2003"),
    "transfer_to_ivr of extension": v2_transfer(PHONE, "6500"),
    "transfer_to_queue of extension": v2_transfer(PHONE, "6700"),
    "transfer_to_ring_group of extension": v2_transfer(PHONE, "6200"),
    "transfer_to_extension of inbound": v2_transfer(IN, "2002"),
    "transfer_to_number of inbound": v2_transfer(IN, "030111", dialpermission="2003"),
    "transfer_to_ivr of inbound": v2_transfer(IN, "6500"),
    "transfer_to_queue of inbound": v2_transfer(IN, "6700"),
    "transfer_to_ring_group of inbound": v2_transfer(IN, "6200"),
    "transfer_to_extension of outbound": v2_transfer(OUT, "2002"),
    "transfer_to_number of outbound": v2_transfer(OUT, "030111", dialpermission="2003"),
    "transfer_to_ivr of outbound": v2_transfer(OUT, "6500"),
    "transfer_to_queue of outbound": v2_transfer(OUT, "6700"),
    "transfer_to_ring_group of outbound": v2_transfer(OUT, "6200"),
    "attended_transfer of extension": (
        "call/attended_transfer",
        {"channelid": PHONE.leg_id, "tonumber": "2002"},
    ),
    "operate_transfer of extension": (
        "call/attended_transfer_operate",
        {"channelid": PHONE.leg_id, "operate": "threeway"},
    ),
    "park of inbound": ("call/callpark", {"channelid": IN.leg_id}),
    "park of extension": ("call/callpark", {"channelid": PHONE.leg_id, "parkingslot": "6900"}),
    "retrieve": ("call/dial", {"caller": "2001", "callee": "6900", "autoanswer": "no"}),
    "list_parked": ("call/callpark_status", {}),
    "listen": ("call/listen", {"monitor": "2005", "extension": "2001", "type": "listen"}),
    "whisper": ("call/listen", {"monitor": "2005", "extension": "2001", "type": "whisper"}),
    "barge_in": ("call/listen", {"monitor": "2005", "extension": "2001", "type": "barge"}),
    "play_prompt": (
        "call/playprompt",
        {"number": "2001", "prompt": "door1+bell", "autoanswer": "no"},
    ),
    "play_prompt_outside": (
        "call/playprompt",
        {"number": "030111", "prompt": "alarm", "dialpermission": "2001"},
    ),
    "play_prompt_to_group": ("call/playprompt", {"number": "6300", "prompt": "door1+bell"}),
    "list_paging_groups": ("paginggroup/list", {}),
    "send_message": ("sms/send", MESSAGE),
    "accept of inbound": ("call/accept_inbound", {"channelid": IN.leg_id}),
    "refuse of inbound": ("call/refuse_inbound", {"channelid": IN.leg_id}),
    "extension_calls": ("extension/query_call", {"number": "2001"}),
    "download_records": ("cdr/get_random", {"number": "all", **SPAN}),
    "download_recording": ("recording/get_random", {"recording": RECORDING}),
    **settings("number"),
}

SENDS = ((OPENVOX, OPENVOX_SENDS), (YEASTAR_V1, V1_SENDS), (YEASTAR_V2, V2_SENDS))
CASES = [
    pytest.param(dialect, name, sends.get(name), id=f"{dialect.key}: {name}")
    for dialect, sends in SENDS
    for name in DO
]


def meaning(name: str) -> tuple[Action, LegKind | None]:
    """Return the action and the kind of leg that a name stands for."""
    action, _, kind = name.partition(" of ")
    return Action(action), LegKind(kind) if kind else None


@pytest.mark.parametrize(("dialect", "name", "sent"), CASES)
async def test_an_action(
    pbx: RawPbx, make_client: MakeClient, dialect: Dialect, name: str, sent: Sent | None
) -> None:
    """It sends what the documents give; what they do not give is refused and sends nothing."""
    client = make_client(dialect=dialect)
    await client.open(ADDRESS)
    for ticket in ("cdr/get_random", "recording/get_random"):
        pbx.routes[ticket] = {"status": "Success", "random": "4711"}
    pbx.routes["recording/download"] = b"HTTP/1.1 200 OK\r\n\r\nRIFF"
    pbx.routes["cdr/download"] = b"HTTP/1.1 200 OK\r\n\r\ncallid,timestart\r\n"
    assert client.control.offers(*meaning(name)) == (sent is not None)
    if sent is None:
        with pytest.raises(PbxActionUnsupportedError) as caught:
            await DO[name](client.control)
        assert caught.value.action == meaning(name)[0]
        assert len(pbx.requests) == 1
        return
    await DO[name](client.control)
    path, body = sent
    request = pbx.requests[1]
    token = request.token
    assert request.line == f"POST /api/{dialect.version}/{path}?token={token} HTTP/1.1"
    assert token == pbx.tokens[-1]
    assert (request.json if request.body else {}) == body
    assert b": " not in request.body
    if body:
        assert list(request.json) == list(body)
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert len(pbx.requests) == (3 if "download" in name else 2)


def test_every_action_is_tried() -> None:
    assert {meaning(name)[0] for name in DO} == set(Action)


@pytest.mark.parametrize("trunk", ["Telekom SIP", "Übersee", "中文"])
async def test_a_leg_is_named_as_the_pbx_names_it(
    pbx: RawPbx, make_client: MakeClient, trunk: str
) -> None:
    """The id of a channel has the name of its trunk in it, whatever the user has called that."""
    client = make_client(dialect=YEASTAR_V2)
    await client.open(ADDRESS)
    line = CallLeg(kind=LegKind.INBOUND, leg_id=f"PJSIP/trunk-{trunk}-endpoint-00000007")
    await client.control.send(LegCommand(action=Action.REFUSE, leg=line))
    assert pbx.requests[1].json == {"channelid": line.leg_id}
