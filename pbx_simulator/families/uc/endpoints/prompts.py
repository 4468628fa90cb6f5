"""Playing prompts to an extension, a paging group or an outside number (pbx-api, sections 7 and 8).

No page says what a PBX reports while a paging group hears a prompt: nothing is reported.
"""

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
    number = request.required("number")
    if number in context.directory.extensions:
        return await _play_inside(context, request, "number")
    if number in context.calls.services.paging_groups:
        return _announce(context, request, number)
    return await _play_to_outside(context, request, "number", "dialpermission")


async def _play_to_group(context: Context, request: ApiRequest) -> Answer:
    number = request.required("callee")
    if number not in context.calls.services.paging_groups:
        raise ApiError("10004")
    return _announce(context, request, number)


def _announce(context: Context, request: ApiRequest, group: str) -> Answer:
    context.calls.announcements.append((group, _prompts(context, request)))
    return checks.success(callid=f"{int(context.clock())}.{len(context.calls.announcements)}")


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
    Endpoint(name="extension/dial_number", sets=V1, answer=_play_to_group, body=True),
    Endpoint(name="call/playprompt", sets=V2, answer=_play_anywhere, body=True),
)
