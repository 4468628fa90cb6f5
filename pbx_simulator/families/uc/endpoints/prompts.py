"""Playing prompts to an extension or an outside number (pbx-api, sections 7 and 8)."""

from __future__ import annotations

from functools import partial

from pbx_simulator.calls.model import Call

from ..errors import ApiError
from . import checks
from .context import Context
from .endpoint import OLD, V1, V2, Answer, ApiRequest, Endpoint


async def _play(context: Context, request: ApiRequest) -> Answer:
    request.required("extid")
    return await _play_inside(context, request, "extid")


async def _play_outside(context: Context, request: ApiRequest) -> Answer:
    return await _play_to_outside(context, request, "outto", "fromext")


async def _play_anywhere(context: Context, request: ApiRequest) -> Answer:
    _whole(request, "count", 1, 2**31)
    _whole(request, "volume", 0, 20)
    if request.required("number") in context.directory.extensions:
        return await _play_inside(context, request, "number")
    return await _play_to_outside(context, request, "number", "dialpermission")


async def _play_inside(context: Context, request: ApiRequest, key: str) -> Answer:
    prompts = _prompts(context, request)
    number = checks.extension(context, request, key).number
    auto_answer = checks.auto_answer(request)
    calls = context.calls
    with checks.refusing("10015"):
        call = await calls.start(
            calls.phone(number),
            calls.service(prompts),
            number,
            auto_answer=auto_answer,
            follow_up=partial(_to_the_end, context, prompts),
        )
    return checks.made(context, call)


async def _play_to_outside(
    context: Context, request: ApiRequest, key: str, right_key: str
) -> Answer:
    prompts = _prompts(context, request)
    number = checks.outside(request, key)
    right = checks.permission(context, request, right_key)
    calls = context.calls
    call = await calls.start(
        calls.outside(number, right),
        calls.service(prompts),
        number,
        follow_up=partial(_to_the_end, context, prompts),
    )
    return checks.made(context, call)


async def _to_the_end(context: Context, prompts: str, call: Call) -> None:
    await context.calls.play(call, prompts)


def _prompts(context: Context, request: ApiRequest) -> str:
    """Return the prompts to be played, joined by "+".

    Raises:
        ApiError: 10004 without any, 10023 when one does not exist.
    """
    prompts = request.required("prompt")
    if not all(prompt in context.calls.services.prompts for prompt in prompts.split("+")):
        raise ApiError("10023")
    return prompts


def _whole(request: ApiRequest, key: str, low: int, high: int) -> None:
    """Check a whole number that may be missing; 10004 for one that is none, or out of bounds."""
    text = request.text(key)
    if text and not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise ApiError("10004")


ENDPOINTS = (
    Endpoint(name="extension/playprompt", sets=OLD, answer=_play, body=True),
    Endpoint(name="outbound/playprompt", sets=V1, answer=_play_outside, body=True),
    Endpoint(name="call/playprompt", sets=V2, answer=_play_anywhere, body=True),
)
