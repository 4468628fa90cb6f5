"""Playing prompts to an extension or an outside number (pbx-api, sections 7 and 8)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pbx_simulator.calls.model import Call

from ..errors import ApiError
from . import checks
from .endpoint import OLD, V1, V2, Answer, Ask, Endpoint

if TYPE_CHECKING:
    from pbx_simulator.simulator import Simulator


async def _play(pbx: Simulator, ask: Ask) -> Answer:
    ask.required("extid")
    return await _play_inside(pbx, ask, "extid")


async def _play_outside(pbx: Simulator, ask: Ask) -> Answer:
    return await _play_to_outside(pbx, ask, "outto", "fromext")


async def _play_anywhere(pbx: Simulator, ask: Ask) -> Answer:
    _whole(ask, "count", 1, 2**31)
    _whole(ask, "volume", 0, 20)
    if ask.required("number") in pbx.directory.extensions:
        return await _play_inside(pbx, ask, "number")
    return await _play_to_outside(pbx, ask, "number", "dialpermission")


async def _play_inside(pbx: Simulator, ask: Ask, key: str) -> Answer:
    prompts = _prompts(pbx, ask)
    number = checks.extension(pbx, ask, key).number
    auto_answer = checks.auto_answer(ask)
    desk = pbx.calls
    with checks.refusing("10015"):
        call = await desk.start(
            desk.phone(number),
            desk.service(prompts),
            number,
            auto_answer=auto_answer,
            then=partial(_to_the_end, pbx, prompts),
        )
    return checks.made(pbx, call)


async def _play_to_outside(pbx: Simulator, ask: Ask, key: str, right_key: str) -> Answer:
    prompts = _prompts(pbx, ask)
    number = checks.outside(ask, key)
    right = checks.permission(pbx, ask, right_key)
    desk, call_id = pbx.calls, pbx.calls.new_id()
    call = await desk.start(
        desk.outside(call_id, number, right),
        desk.service(prompts),
        number,
        call_id=call_id,
        then=partial(_to_the_end, pbx, prompts),
    )
    return checks.made(pbx, call)


async def _to_the_end(pbx: Simulator, prompts: str, call: Call) -> None:
    await pbx.calls.play(call, prompts)


def _prompts(pbx: Simulator, ask: Ask) -> str:
    """The prompts to be played, joined by "+".

    Raises:
        ApiError: 10004 without any, 10023 when one does not exist.
    """
    prompts = ask.required("prompt")
    if not all(prompt in pbx.calls.services.prompts for prompt in prompts.split("+")):
        raise ApiError("10023")
    return prompts


def _whole(ask: Ask, key: str, low: int, high: int) -> None:
    """Check a whole number that may be missing; 10004 for one that is none, or out of bounds."""
    text = ask.text(key)
    if text and not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise ApiError("10004")


ENDPOINTS = (
    Endpoint(name="extension/playprompt", families=OLD, answer=_play, body=True),
    Endpoint(name="outbound/playprompt", families=V1, answer=_play_outside, body=True),
    Endpoint(name="call/playprompt", families=V2, answer=_play_anywhere, body=True),
)
