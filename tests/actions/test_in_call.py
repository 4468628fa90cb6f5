"""Passing calls on, with and without asking first, and parking.

Which leg is named, and who talks afterwards.
"""

from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.ippbx.const import CONF_ALLOWED_NUMBERS
from custom_components.ippbx.pbx.model.lines import CallLeg, LegKind, LegState
from custom_components.ippbx.pbx.model.tracked import CallDirection, CallState, TrackedCall
from custom_components.ippbx.pbx.uc.dialects import DIALECTS
from pbx_simulator.calls import model
from tests.calls.changes import call as outside_call
from tests.conftest import StartSimulator
from tests.pbx.uc.control.stage import Scene, Stage
from tests.test_services_refused import call, refusal

from .house import device_of, know, move_in, runtime_of, tracked

OUTSIDE = "0301234567"
V1, V2 = "yeastar-v1", "yeastar-v2"
# Scene and target of a transfer to 2003, and what is sent: endpoint, and parameters with the ids of
# the scene.
TO_EXTENSION: list[tuple[Scene, str, str, str, dict[str, str]]] = [
    (
        Stage.inbound, "device", V1, "inbound/transfer_extension",
        {"inboundid": "{caller}", "extid": "2003"},
    ),
    (
        Stage.inbound, "call", V1, "inbound/transfer_extension",
        {"inboundid": "{caller}", "extid": "2003"},
    ),
    (
        Stage.outbound, "device", V1, "outbound/transfer_extension",
        {"outboundid": "{callee}", "extid": "2003"},
    ),
    (
        Stage.internal, "device", V1, "calltransfer",
        {"callid": "{call}", "transferor": "2001", "transferto": "2003", "fromext": ""},
    ),
    (Stage.inbound, "device", V2, "call/transfer", {"channelid": "{caller}", "number": "2003"}),
    (Stage.inbound, "call", V2, "call/transfer", {"channelid": "{caller}", "number": "2003"}),
    (Stage.outbound, "device", V2, "call/transfer", {"channelid": "{callee}", "number": "2003"}),
    (Stage.internal, "device", V2, "call/transfer", {"channelid": "{callee}", "number": "2003"}),
]  # fmt: skip


def target(hass: HomeAssistant, stage: Stage, kind: str) -> dict[str, str]:
    if kind == "call":
        return {"call_id": stage.live.call_id}
    return {"device_id": device_of(hass, "2001")}


def talkers(stage: Stage) -> list[str]:
    return sorted(leg.number for leg in stage.live.legs)


@pytest.mark.parametrize(("scene", "kind", "dialect", "endpoint", "params"), TO_EXTENSION)
@pytest.mark.parametrize("known", [True, False], ids=["known", "not yet known"])
async def test_to_an_extension(
    hass: HomeAssistant, start_simulator: StartSimulator, known: bool, scene: Scene, kind: str,
    dialect: str, endpoint: str, params: dict[str, str],
) -> None:  # fmt: skip
    """The other party goes on; a call that the engine does not know is asked of the PBX first."""
    stage = await move_in(hass, start_simulator, dialect)
    await scene(stage)
    if known:
        know(hass, tracked(stage))
    before, ids = len(stage.sim.requests), stage.ids()
    other = next(each.number for each in stage.live.legs if each.number != "2001")
    if not known and (kind == "call" or endpoint == "calltransfer"):  # v1 has no id of such a call
        expected = "call_unknown" if kind == "call" else "no_call"
        assert (
            await refusal(hass, "transfer", number="2003", **target(hass, stage, kind)) == expected
        )
        return
    answer = await call(hass, "transfer", number="2003", **target(hass, stage, kind))
    assert stage.asked.endpoint == endpoint
    assert stage.asked.params == {key: value.format(**ids) for key, value in params.items()}
    assert len(stage.sim.requests) == before + (1 if known else 2)
    assert answer["call_id"] == stage.live.call_id
    await stage.live.answer()
    assert talkers(stage) == sorted((other, "2003"))


@pytest.mark.parametrize(
    ("kind", "number", "v1", "key"),
    [
        ("ivr", "6500", "inbound/transfer_ivr", "ivrid"),
        ("queue", "6700", "inbound/transfer_queue", "queueid"),
        ("ring_group", "6200", "inbound/transfer_ringgroup", "ringgroupid"),
    ],
)
@pytest.mark.parametrize("dialect", [V1, V2])
async def test_to_what_the_pbx_serves(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str, kind: str, number: str,
    v1: str, key: str
) -> None:  # fmt: skip
    """In v1 without a word in the options, for it names the kind.

    In v2 any number could be meant.
    """
    allowed = [] if dialect == V1 else [number]
    stage = await move_in(hass, start_simulator, dialect, {CONF_ALLOWED_NUMBERS: allowed})
    await stage.inbound()
    know(hass, tracked(stage))
    ids = stage.ids()
    await call(hass, "transfer", call_id=stage.live.call_id, number=number, kind=kind)
    sent = (stage.asked.endpoint, stage.asked.params)
    if dialect == V1:
        assert sent == (v1, {"inboundid": ids["caller"], key: number})
    else:
        assert sent == ("call/transfer", {"channelid": ids["caller"], "number": number})


@pytest.mark.parametrize(
    ("dialect", "fields", "params"),
    [
        (V1, {"device_id": "2001"}, {"outto": OUTSIDE, "fromext": "2001"}),
        (V1, {"device_id": "2001", "permission": "2004"}, {"outto": OUTSIDE, "fromext": "2004"}),
        (V2, {"device_id": "2001"}, {"number": OUTSIDE, "dialpermission": "2001"}),
        (
            V2, {"call_id": "{call}", "permission": "2004"},
            {"number": OUTSIDE, "dialpermission": "2004"},
        ),
        (V2, {"call_id": "{call}"}, None),
    ],
)  # fmt: skip
async def test_to_an_outside_number(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str, fields: dict[str, str],
    params: dict[str, str] | None,
) -> None:  # fmt: skip
    """With the right of the extension that leaves, unless another is named."""
    stage = await move_in(hass, start_simulator, dialect)
    await stage.inbound()
    know(hass, tracked(stage))
    filled = {"call_id": stage.live.call_id, "device_id": device_of(hass, "2001")}
    fields = {key: filled.get(key, value) for key, value in fields.items()}
    if params is None:
        assert await refusal(hass, "transfer", number=OUTSIDE, **fields) == "field_needed"
        return
    await call(hass, "transfer", number=OUTSIDE, **fields)
    sent = stage.asked.params
    assert {key: sent[key] for key in params} == params


@pytest.mark.parametrize("action", ["transfer", "park"])
async def test_nobody_to_transfer(
    hass: HomeAssistant, start_simulator: StartSimulator, action: str
) -> None:
    stage = await move_in(hass, start_simulator, V2)
    fields = {"number": "2003"} if action == "transfer" else {}
    assert await refusal(hass, action, extension="2001", **fields) == "in_no_call"
    await stage.internal()
    know(hass, tracked(stage))
    # Of two extensions the user must name the one that leaves.
    assert await refusal(hass, action, call_id=stage.live.call_id, **fields) == "no_call"


IN_NO_CALL = (
    ("hang_up", {}, DIALECTS),
    ("hold", {}, DIALECTS),
    ("mute", {}, DIALECTS),
    ("transfer", {"number": "2003"}, (V1, V2)),
    ("attended_transfer", {"number": "2003"}, (V2,)),
    ("attended_transfer_step", {"step": "complete"}, (V2,)),
    ("park", {}, (V2,)),
    ("listen", {"monitor": "2005"}, (V1, V2)),
)


@pytest.mark.parametrize(
    ("dialect", "action", "fields"),
    [(dialect, action, fields) for action, fields, some in IN_NO_CALL for dialect in some],
)
async def test_an_extension_in_no_call(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str, action: str,
    fields: dict[str, str],
) -> None:  # fmt: skip
    """The PBX is asked, for it may have a call that nobody reported; its answer gets a name."""
    stage = await move_in(hass, start_simulator, dialect)
    before = len(stage.sim.requests)
    with pytest.raises(ServiceValidationError, match=r"^User 2001 is in no call$"):
        await call(hass, action, extension="2001", **fields)
    assert len(stage.sim.requests) == before + 1


async def test_asking_first(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    stage = await move_in(hass, start_simulator, V2)
    await stage.inbound()
    know(hass, tracked(stage))
    device, channel = device_of(hass, "2001"), stage.callee.leg_id
    answer = await call(hass, "attended_transfer", device_id=device, number="2003")
    assert (stage.asked.endpoint, stage.asked.params) == (
        "call/attended_transfer",
        {"channelid": channel, "tonumber": "2003"},
    )
    assert answer["call_id"] == stage.made.call_id != stage.live.call_id
    await stage.made.answer()
    for step, word in (("swap", "swap"), ("complete", "complete")):
        await call(hass, "attended_transfer_step", device_id=device, step=step)
        assert stage.asked.params == {"channelid": channel, "operate": word}
    assert talkers(stage) == ["0301111", "2003"]


async def test_asking_an_outside_number_first(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    stage = await move_in(hass, start_simulator, V2)
    await stage.inbound()
    know(hass, tracked(stage))
    await call(hass, "attended_transfer", extension="2001", number=OUTSIDE)
    assert stage.asked.params["dialpermission"] == "2001"
    await call(hass, "attended_transfer_step", extension="2001", step="abort")
    assert stage.live.state is model.CallState.TALKING


async def test_the_call_that_waits_is_meant(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    """2001 has two calls: hold is for the one that talks, resume for the other."""
    stage = await move_in(hass, start_simulator, V2)
    await stage.inbound()
    talks = tracked(stage)
    legs = tuple(
        replace(leg, leg_id=f"{leg.leg_id}-2", state=LegState.ON_HOLD if leg.extension else None)
        for leg in talks.legs
    )
    waits = replace(talks, call_id="1790000001.9", state=CallState.ON_HOLD, legs=legs)
    know(hass, waits, talks)
    own = stage.callee.leg_id
    await call(hass, "hold", extension="2001")
    assert stage.asked.params == {"channelid": own}
    assert (
        await refusal(hass, "resume", extension="2001") == "call_missing"
    )  # the PBX has no such channel
    assert stage.asked.params == {"channelid": f"{own}-2"}
    assert await refusal(hass, "hold", extension="2001", call_id="1790000001.9") == "call_missing"


async def park(hass: HomeAssistant, stage: Stage, **fields: Any) -> dict[str, Any]:
    await stage.inbound()
    know(hass, tracked(stage))
    return await call(hass, "park", device_id=device_of(hass, "2001"), **fields)


@pytest.mark.parametrize("slot", [None, "6903"])
async def test_parking(
    hass: HomeAssistant, start_simulator: StartSimulator, slot: str | None
) -> None:
    """The outside party waits; a retrieval dials nothing outside, the number of the slot does."""
    stage = await move_in(hass, start_simulator, V2, {})
    answer = await park(hass, stage, **({"slot": slot} if slot else {}))
    channel = stage.caller.leg_id
    assert stage.asked.params == {"channelid": channel, **({"parkingslot": slot} if slot else {})}
    assert answer["slot"] == (slot or "6900")
    assert answer["call_id"] == stage.live.call_id

    before = len(stage.sim.requests)
    parked = answer["slot"]
    answer = await call(hass, "retrieve", extension="2003", slot=int(parked), auto_answer=True)
    assert [request.endpoint for request in stage.sim.requests[before:]] == [
        "call/callpark_status",
        "call/dial",
    ]
    assert stage.asked.params == {"caller": "2003", "callee": parked, "autoanswer": "yes"}
    assert answer["slot"] == parked
    assert talkers(stage) == ["0301111", "2003"]
    assert await refusal(hass, "dial", extension="2001", number=parked) == "number_not_allowed"


async def test_an_empty_slot(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    stage = await move_in(hass, start_simulator, V2, {})
    assert await refusal(hass, "retrieve", extension="2003", slot="6900") == "slot_empty"
    assert not stage.sim.calls.live
    assert not any(runtime_of(hass).policy.inside.values())


async def test_a_call_without_a_leg_for_it(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    stage = await move_in(hass, start_simulator, V1)
    await stage.inbound()
    alone = replace(tracked(stage), legs=(stage.caller,))
    know(hass, alone)
    before = len(stage.sim.requests)
    assert (
        await refusal(hass, "hold", call_id=alone.call_id) == "no_leg"
    )  # v1 holds extensions alone
    know(hass, replace(alone, legs=(stage.callee,)))
    assert await refusal(hass, "accept_call", call_id=alone.call_id) == "no_leg"
    assert len(stage.sim.requests) == before


WAITING, OTHER_CALL = "1796139740.32171", "1796139739.32165"
ONE_BY_ONE = ("openvox", V1)


def leg(extension: str, state: LegState | None = None) -> CallLeg:
    return CallLeg(kind=LegKind.EXTENSION, extension=extension, state=state)


def line(kind: LegKind = LegKind.INBOUND, **changes: Any) -> CallLeg:
    return CallLeg(kind=kind, **{"leg_id": WAITING, "callee": "2001", **changes})


def of(call_id: str, state: CallState, *legs: CallLeg, **changes: Any) -> TrackedCall:
    known: dict[str, Any] = {"callee": "2001", "rang": ()}
    return outside_call(call_id=call_id, state=state, legs=legs, **known | changes)


RINGING, TALKING, HELD = CallState.RINGING, CallState.TALKING, CallState.ON_HOLD
OWN, TALK = leg("2001"), of(OTHER_CALL, TALKING, leg("2001"), line(leg_id=OTHER_CALL))
INSIDE: dict[str, Any] = {"direction": CallDirection.INTERNAL, "caller": "2002", "callee": "2001"}
OUT = line(LegKind.OUTBOUND, callee="0302222")
# The other calls, the call that is named, and the request that ends that call alone; None for none.
HUNG_UP: dict[str, tuple[list[TrackedCall], TrackedCall, tuple[str, dict[str, str]] | None]] = {
    "waiting": (
        [TALK], of(WAITING, RINGING, OWN, line(), rang=("2001",)),
        ("inbound/hangup", {"inboundid": WAITING}),
    ),
    "of an unknown callee": (
        [TALK], of(WAITING, RINGING, OWN, line(callee="")),
        ("inbound/hangup", {"inboundid": WAITING}),
    ),
    "held": ([TALK], of(WAITING, HELD, OWN, line()), ("inbound/hangup", {"inboundid": WAITING})),
    "held of a group": (
        [TALK], of(WAITING, HELD, OWN, line(callee="6200"), rang=("2001", "2002")),
        ("inbound/hangup", {"inboundid": WAITING}),
    ),
    "outbound": ([TALK], of(WAITING, HELD, OWN, OUT), ("outbound/hangup", {"outboundid": WAITING})),
    "inside, waiting": (
        [TALK], of(WAITING, RINGING, OWN, leg("2002"), rang=("2001",), **INSIDE),
        ("extension/hangup", {"extid": "2002"}),
    ),
    "the talk itself": (
        [of("1.1", RINGING, OWN, line())], TALK, ("extension/hangup", {"extid": "2001"}),
    ),
    "the only call": (
        [], of(WAITING, RINGING, OWN, line()), ("extension/hangup", {"extid": "2001"}),
    ),
    "of a group": ([TALK], of(WAITING, RINGING, OWN, leg("2002"), line(callee="6200")), None),
    "of a queue": ([TALK], of(WAITING, RINGING, OWN, line(callee="6700")), None),
    "of a queue that led on": (
        [TALK], of(WAITING, RINGING, OWN, line(), rang=("2002", "2001")), None,
    ),
    "by an IVR": ([TALK], of(WAITING, RINGING, OWN, line(), path="6500"), None),
    "of a line without an id": ([TALK], of(WAITING, HELD, OWN, line(leg_id="")), None),
    "of a partner in two calls": (
        [TALK, of("1.1", TALKING, leg("2002"), leg("2003"))],
        of(WAITING, RINGING, OWN, leg("2002"), **INSIDE), None,
    ),
    "to a phone that rings": (
        [TALK], of(WAITING, RINGING, OWN, leg("2002"), **INSIDE | {"caller": "2001"}), None,
    ),
    "dialed, nobody called yet": ([TALK], of(WAITING, CallState.DIALING, OWN), None),
}  # fmt: skip


@pytest.mark.parametrize(("others", "named", "sent"), HUNG_UP.values(), ids=HUNG_UP)
@pytest.mark.parametrize("dialect", ONE_BY_ONE)
async def test_one_of_several_calls_is_hung_up(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str, others: list[TrackedCall],
    named: TrackedCall, sent: tuple[str, dict[str, str]] | None,
) -> None:  # fmt: skip
    """By what names it, where an extension's number would end its talk; else it is refused."""
    stage = await move_in(hass, start_simulator, dialect)
    know(hass, *others, named)
    before = len(stage.sim.requests)
    error = await refusal(hass, "hang_up", extension="2001", call_id=named.call_id)
    asked = [(each.endpoint, each.params) for each in stage.sim.requests[before:]]
    assert asked == ([] if sent is None else [sent])
    # The simulator has none of the calls.
    assert error == ("call_ambiguous" if sent is None else "call_missing")


@pytest.mark.parametrize("dialect", ONE_BY_ONE)
async def test_a_second_call_of_the_phone_that_dials_is_not_hung_up(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    """By its id alone, before anybody else is in it; of two extensions, the free one is hung up."""
    stage = await move_in(hass, start_simulator, dialect)
    know(hass, TALK, of(WAITING, CallState.DIALING, OWN))
    before = len(stage.sim.requests)
    assert await refusal(hass, "hang_up", call_id=WAITING) == "call_ambiguous"
    assert len(stage.sim.requests) == before
    know(hass, TALK, of(WAITING, HELD, OWN, leg("2002"), **INSIDE))
    assert await refusal(hass, "hang_up", call_id=WAITING) == "call_missing"
    assert stage.asked.params == {"extid": "2002"}


@pytest.mark.parametrize("named_by", [{}, {"extension": "2001"}], ids=["call", "both"])
@pytest.mark.parametrize(
    ("action", "state", "sent"),
    [
        ("hold", RINGING, False),
        ("hold", HELD, False),
        ("mute", HELD, False),
        ("unmute", RINGING, False),
        ("resume", RINGING, False),
        ("resume", HELD, True),
    ],
)
@pytest.mark.parametrize("dialect", ONE_BY_ONE)
async def test_what_is_for_one_call_is_not_done_to_another(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str, action: str,
    state: CallState, sent: bool, named_by: dict[str, str],
) -> None:  # fmt: skip
    """The talk is neither held nor muted for a call that waits; who is held is resumed."""
    stage = await move_in(hass, start_simulator, dialect)
    know(hass, TALK, of(WAITING, state, OWN, line()))
    before = len(stage.sim.requests)
    error = await refusal(hass, action, call_id=WAITING, **named_by)
    assert error == ("call_missing" if sent else "call_ambiguous")
    assert len(stage.sim.requests) == before + sent
    if action != "resume":
        assert await refusal(hass, action, call_id=OTHER_CALL, **named_by) == "call_missing"
        assert stage.asked.params == {"extid": "2001"}


async def test_no_other_call_than_the_named_one_is_read_for_a_transfer(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    stage = await move_in(hass, start_simulator, V2)
    await stage.inbound()
    alone = replace(leg("2001", LegState.RINGING), leg_id="SIP/2001-7")
    know(hass, tracked(stage), of(WAITING, RINGING, alone))
    fields = {"extension": "2001", "call_id": WAITING, "number": "2003"}
    assert await refusal(hass, "transfer", **fields) == "no_call"
    assert stage.asked.endpoint == "extension/query_call"
