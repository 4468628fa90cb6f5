"""Every action in every dialect over a real socket.

What is documented is on the wire, and the PBX does it.
"""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.pbx.uc.dialects import DIALECTS
from tests.conftest import StartSimulator
from tests.pbx.uc.control.cases import CASES
from tests.pbx.uc.control.stage import Stage
from tests.test_services_refused import call, refusal

from .house import device_of, know, move_in, tracked

type Fields = dict[str, Any]

# Each case of the client by the action that does it. 2001 is named by its device, CALL is the id of
# the call.
CALL = "CALL"
DEVICE: Fields = {"device_id": "2001"}
ACTIONS: dict[str, tuple[str, Fields]] = {
    "dial an extension": ("dial", {**DEVICE, "number": "2002"}),
    "dial an extension hands-free": ("dial", {**DEVICE, "number": 2002, "auto_answer": True}),
    "dial outside": ("dial", {**DEVICE, "number": "tel:+49 (30) 12-34"}),
    "dial two outside": (
        "dial",
        {"from_number": "030 111", "number": "030 222", "permission": "2001"},
    ),
    "dial an extension from an IVR": ("dial", {"from_ivr": 6500, "number": "2001"}),
    "dial outside from an IVR": (
        "dial",
        {"from_ivr": "6500", "number": "007", "permission": 2001},
    ),
    "dial outside from a queue": (
        "dial",
        {"from_queue": "6700", "number": "tel:007", "permission": "2001"},
    ),
    "dial outside from a ring group": (
        "dial",
        {"from_ring_group": "6200", "number": "007", "permission": "2001"},
    ),
    "hang up an extension": ("hang_up", DEVICE),
    "hang up the called extension": ("hang_up", DEVICE),
    "hang up an inbound call": ("hang_up", {"call_id": CALL}),
    "hang up an outbound call": ("hang_up", {"call_id": CALL}),
    "hold": ("hold", {**DEVICE, "call_id": CALL}),
    "resume": ("resume", DEVICE),
    "mute": ("mute", DEVICE),
    "unmute": ("unmute", DEVICE),
    "listen": ("listen", {**DEVICE, "monitor": "2005"}),
    "whisper": ("whisper", {**DEVICE, "monitor": 2005}),
    "barge in": ("barge_in", {**DEVICE, "monitor": "2005"}),
    "play prompts": ("play_prompt", {**DEVICE, "prompts": ["welcome", "alarm"]}),
    "play a prompt outside": (
        "play_prompt",
        {"number": "030111", "prompts": "alarm", "permission": "2001"},
    ),
    "send a message": (
        "send_message",
        {"trunk": "gsm-1", "number": "0171 555", "message": "Tür & Tor 100 %"},
    ),
    "accept": ("accept_call", {"call_id": CALL}),
    "refuse": ("refuse_call", {"call_id": CALL}),
}
# No action holds the leg of a trunk: in a call, it is the extension that holds.
WITHOUT_ACTION = {"announce to a paging group", "hold on a trunk"}


def test_every_case_is_tried() -> None:
    assert set(ACTIONS) == set(CASES) - WITHOUT_ACTION


async def act(hass: HomeAssistant, stage: Stage, name: str) -> tuple[str, Fields]:
    """Return the action of a case and its fields, in the scene of that case."""
    await CASES[name].scene(stage)
    if stage.call is not None:
        know(hass, tracked(stage))
    action, fields = ACTIONS[name]
    filled = dict(fields)
    if "device_id" in filled:
        filled["device_id"] = device_of(hass, filled["device_id"])
    if filled.get("call_id") == CALL:
        filled["call_id"] = stage.live.call_id
    return action, filled


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_action(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str, name: str
) -> None:
    stage = await move_in(hass, start_simulator, dialect)
    action, fields = await act(hass, stage, name)
    before, ids = len(stage.sim.requests), stage.ids()
    sent = CASES[name].sent(dialect)
    if sent is None:
        assert await refusal(hass, action, **fields) == "action_unsupported"
        assert len(stage.sim.requests) == before
        return
    answer = await call(hass, action, **fields)
    assert len(stage.sim.requests) == before + 1
    stage.assert_asked(sent[0], sent[1] % ids)
    CASES[name].then(stage)
    (done,) = answer.get("results", [answer])
    if action in ("dial", "play_prompt"):
        assert done["call_id"] == stage.made.call_id
    if "device_id" in fields:
        assert done["extension"] == "2001"
