"""The calls of a scenario: who calls whom and when, and how each call goes on."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
import contextlib
from typing import Any

from pbx_simulator.calls.legs import Leg, LegKind
from pbx_simulator.calls.model import Call, CallState, CallStateError
from pbx_simulator.calls.services import ServiceKind

from . import chances
from .stage import GROUPS, IVRS, QUEUES, Stage

_AREAS = ("+4930", "004930", "030", "0171", "+33", "+1212", "0800")
_AS_EXTENSION = 0.04
_WITHHELD = 0.05
_AGAIN = 0.1
_SOON = 5
"""Seconds within which no caller calls twice."""
_REACTION = 1
"""Seconds until somebody picks up at the soonest."""
_UNREACHABLE = (404, 480, 484, 503)


async def plan(stage: Stage) -> None:
    """Begin one to four calls that overlap."""
    dice = stage.dice
    for number in GROUPS:
        _members(stage, ServiceKind.RING_GROUP, number)
    for index, number in enumerate(QUEUES):
        _members(stage, ServiceKind.QUEUE, number, in_turn=bool(index))
    if stage.chance(0.15):
        stage.directory.extensions[_numbers(stage)[-1]].status = "unavailable"
    for number in _numbers(stage):
        if stage.chance(chances.REGISTERS_AGAIN):
            stage.time.create_task(stage.register_again(number))
    for at in range(dice.choices((1, 2, 3, 4), (3, 4, 2, 1))[0]):
        if at:
            await stage.wait(0, 25)
        kind = dice.choices([kind for kind, _ in KINDS], [weight for _, weight in KINDS])[0]
        stage.time.create_task(kind(stage))


def _members(stage: Stage, kind: ServiceKind, number: str, *, in_turn: bool = False) -> None:
    members = stage.dice.sample(_numbers(stage), stage.dice.randint(2, 5))
    stage.calls.set_group(kind, number, *members, in_turn=in_turn)


# Who


def _numbers(stage: Stage) -> list[str]:
    return list(stage.directory.extensions)


def _free(stage: Stage, *without: str) -> list[str]:
    """Return the extensions that are in no call, in random order."""
    found = [
        each.number
        for each in stage.directory.extensions.values()
        if each.free and each.number not in without
    ]
    stage.dice.shuffle(found)
    return found


def _callee(stage: Stage, *without: str) -> str:
    """Return an extension to be called: mostly a free one."""
    free = _free(stage, *without)
    others = [number for number in _numbers(stage) if number not in without]
    return stage.dice.choice(free if free and stage.chance(0.7) else others)


def _outside(stage: Stage) -> str:
    return stage.dice.choice(_AREAS) + str(stage.dice.randint(1_000_000, 9_999_999))


def _outside_caller(stage: Stage) -> str:
    """Return a caller from outside: new, known, withheld, or with an extension's number."""
    inbound = [each for each in stage.truths if each.direction == "inbound"]
    just_now = {each.caller for each in inbound if stage.time.now - each.started < _SOON}
    again = [each.caller for each in inbound if each.caller not in just_now]
    share = stage.dice.random()
    if again and share < _AGAIN:
        return again[-1]
    unusual = "anonymous" if share > 1 - _WITHHELD else _numbers(stage)[0]
    alike = share > 1 - _WITHHELD - _AS_EXTENSION and unusual not in just_now
    return unusual if alike else _outside(stage)


def _trunk(stage: Stage) -> str:
    return stage.dice.choice(list(stage.directory.trunks))


def _target(stage: Stage, caller: str = "") -> tuple[str, str]:
    """Return the kind and the number of whom somebody calls."""
    kind = stage.dice.choices(
        ("extension", "forwarded", "ring group", "queue", "IVR"), (8, 1, 4, 3, 3)
    )[0]
    services = {"ring group": GROUPS, "queue": QUEUES, "IVR": IVRS}
    numbers = services.get(kind)
    return kind, stage.dice.choice(numbers) if numbers else _callee(stage, caller)


# Calls


async def _internal(stage: Stage) -> None:
    """Call another extension, or a service of the PBX, from an extension."""
    if not (free := _free(stage)):
        return
    kind, number = _target(stage, free[0])
    call = await stage.calls.place(free[0], number)
    stage.truth(call).kind = f"internal, {kind}"
    await _ring(stage, call, kind)


async def _inbound(stage: Stage) -> None:
    """Call from outside; the inbound route leads to an extension or to a service."""
    kind, number = _target(stage)
    did = stage.dice.choice(("", f"55{stage.dice.randint(1000, 9999)}"))
    call = await stage.calls.inbound(_trunk(stage), _outside_caller(stage), did, number)
    stage.truth(call).kind = f"inbound, {kind}"
    await _ring(stage, call, kind)


async def _outbound(stage: Stage) -> None:
    """Call an outside number from an extension; the route may strip the first digit."""
    if not (free := _free(stage)):
        return
    prefix = stage.dice.choice(("", "", "9"))
    number = prefix + _outside(stage)
    call = await stage.calls.outbound(free[0], number, _trunk(stage), strip=len(prefix))
    stage.truth(call).kind = "outbound"
    await _ring(stage, call, "line")


async def _api(stage: Stage) -> None:
    """Call over the API: the caller's own phone is rung first."""
    if not (free := _free(stage)):
        return
    caller = free[0]
    number = _outside(stage) if stage.chance(0.5) else _callee(stage, caller)
    inside = number in stage.directory.extensions
    leg = stage.calls.phone(number) if inside else stage.calls.outside(number, caller)
    call = await stage.calls.start(stage.calls.phone(caller), leg, number)
    stage.truth(call).kind = f"{stage.truth(call).direction}, API"
    if stage.chance(chances.COMMANDED):
        _is(stage, call, "commanded")
        stage.command("dialled", call, caller=caller, callee=number)
    await stage.wait(2.5, 8)
    if not inside and stage.chance(0.15):
        _is(stage, call, "not picked up")
        await call.hang_up()
        return
    ending = _ending(stage, busy=2, failed=2 * (not inside))
    if inside:
        stage.directory.extensions[number].dnd = ending == "busy"
    await call.pick_up()
    if inside:
        stage.directory.extensions[number].dnd = False
    if call.live and ending in _AT_ONCE:
        await call.fail(stage.dice.choice(_AT_ONCE[ending]))
    else:
        await _ringing(stage, call, ending)


async def _mobile(stage: Stage) -> None:
    """Call an extension from outside; its mobile phone rings with it."""
    number = _callee(stage)
    extension = stage.directory.extensions[number]
    extension.mobile = _outside(stage)
    call = await stage.calls.inbound(_trunk(stage), _outside_caller(stage), "", number)
    stage.truth(call).kind = "inbound, mobility"
    await call.ring()
    extension.mobile = ""
    await _ringing(stage, call, stage.dice.choice(("answered", "answered", "given up")))


async def _asked(stage: Stage) -> None:
    """Call from outside, on a trunk that the API controls."""
    trunk = stage.directory.trunks[_trunk(stage)]
    choice = stage.dice.choice(("accepted", "accepted", "directed", "refused", "given up"))
    trunk.control_answering, trunk.control_destination = True, choice == "directed"
    number = _callee(stage)
    call = await stage.calls.inbound(trunk.name, _outside_caller(stage), "", number)
    trunk.control_answering = trunk.control_destination = False
    stage.truth(call).kind = f"inbound, asked, {choice}"
    await stage.wait(2.5, 9)
    commanded = stage.chance(chances.COMMANDED)
    if commanded and choice != "given up":
        stage.command("decided", call, accepted=choice != "refused")
    if choice == "refused":
        await call.refuse()
    elif choice == "given up":
        await call.hang_up()
    else:
        await call.accept()
        if choice == "directed":
            await stage.wait(0.5, 9)
            if commanded:
                stage.command("sent_on", call)
            await call.direct()
        await _ringing(stage, call, _ending(stage))


KINDS: Sequence[tuple[Callable[[Stage], Coroutine[Any, Any, None]], int]] = (
    (_internal, 7),
    (_inbound, 10),
    (_outbound, 5),
    (_api, 2),
    (_mobile, 2),
    (_asked, 1),
)
"""All kinds of calls with their weights; routes and endings decide how they go on."""


# How they go on


def _is(stage: Stage, call: Call, kind: str) -> None:
    stage.truth(call).kind += f", {kind}"


async def _ring(stage: Stage, call: Call, kind: str) -> None:
    if kind in ("extension", "line"):
        await _phone(stage, call)
        return
    if kind != "forwarded":
        await call.ring()
    await _ROUTES[kind](stage, call)


_ENDINGS = {"answered": 10, "unanswered": 3, "given up": 3, "voicemail": 2, "refused": 2}
"""Endings of a call that rings, and how often each is chosen."""
_AT_ONCE = {"busy": (486,), "do not disturb": (603,), "failed": _UNREACHABLE}
"""Endings of a call that rings nobody -> SIP statuses."""


def _ending(stage: Stage, **more: int) -> str:
    weights = _ENDINGS | more
    return stage.dice.choices(list(weights), list(weights.values()))[0]


async def _phone(stage: Stage, call: Call) -> None:
    """Ring the callee, or fail to."""
    outside = call.callee.kind is LegKind.OUTBOUND
    ending = _ending(stage, **{"busy": 2, "do not disturb": 1, "failed": 2 * outside})
    if ending in _AT_ONCE:
        _is(stage, call, ending)
        await call.fail(stage.dice.choice(_AT_ONCE[ending]))
        return
    await call.ring()
    await _ringing(stage, call, ending)


async def _ringing(stage: Stage, call: Call, ending: str) -> None:
    """End the ringing of a call."""
    if call.state is not CallState.RINGING:
        _is(stage, call, "not reached")
        return
    if call.callee.kind is LegKind.OUTBOUND and ending == "voicemail":
        ending = "answered"
    _is(stage, call, ending)
    if ending == "unanswered":
        return  # the PBX ends it
    await stage.wait(*((2.5, 8) if ending == "refused" else (2, 14)))
    if call.rung_at and stage.time.now - call.rung_at < _REACTION:
        await stage.wait(_REACTION, 2)
    if call.state is not CallState.RINGING:  # no agent of the queue rings just now
        ending = "given up"
    if ending == "answered":
        await call.answer(stage.dice.choice([leg.number for leg in call.called]))
        await _talk(stage, call)
    elif ending == "refused":
        await call.reject()
    elif ending == "given up":
        if call.live:
            await call.hang_up()
    else:
        stage.calls.divert_to_voicemail(call)
        await stage.wait(3, 20)
        await call.hang_up()


async def _forwarded(stage: Stage, call: Call) -> None:
    """Forward a call at the phone that rings, at once or after a while."""
    number = _callee(stage, call.callee.number, call.caller.number)
    if stage.chance(0.5):
        await call.ring()
        await stage.wait(3, 12)
    if call.live:
        await call.forward(number)
    await _ringing(stage, call, _ending(stage))


async def _group(stage: Stage, call: Call) -> None:
    """Ring all members of a group at once; one may decline."""
    if call.others and stage.chance(0.06):
        await stage.wait(0.3, 2)
        declining = stage.dice.choice(call.called).number
        stage.truth(call).declined.add(declining)
        await call.reject(declining)
    ending = _ending(stage)
    await _ringing(stage, call, "given up" if ending == "refused" else ending)


async def _queue(stage: Stage, call: Call) -> None:
    """Wait in a queue that rings its agents; the PBX goes on to the next one."""
    for _ in range(3):
        await stage.wait(0.2, 2)
        if not call.live:
            return
        if call.state is CallState.RINGING and stage.chance(0.5):
            await _ringing(stage, call, stage.dice.choice(("answered", "answered", "given up")))
            return
        await stage.wait(15, 17)
    if call.live:
        _is(stage, call, "nobody in turn")
        await call.hang_up()


async def _ivr(stage: Stage, call: Call) -> None:
    """Hear an IVR, and press keys for an extension, or hang up."""
    await stage.wait(1, 8)
    if stage.chance(0.15):
        _is(stage, call, "hung up in the IVR")
        await call.hang_up()
        return
    for key in _callee(stage, call.caller.number):
        await call.press(key)
        await stage.wait(0.1, 1)
    await _ringing(stage, call, _ending(stage))


_ROUTES: dict[str, Callable[[Stage, Call], Awaitable[None]]] = {
    "forwarded": _forwarded,
    "ring group": _group,
    "queue": _queue,
    "IVR": _ivr,
}


# Talking


async def _talk(stage: Stage, call: Call) -> None:
    """Talk for a while, with holds, keys and transfers at times, until somebody hangs up."""
    await stage.wait(0.3, 30)
    for share, act in _ACTS:
        if call.state is CallState.TALKING and _phones(call) and stage.chance(share):
            with contextlib.suppress(CallStateError):
                await act(stage, call)
            await stage.wait(1, 15)
    if call.live:
        await call.hang_up(stage.dice.choice(("callee", None)))


def _phones(call: Call) -> list[Leg]:
    return [leg for leg in call.parties if leg.kind is LegKind.EXTENSION]


async def _hold(stage: Stage, call: Call) -> None:
    by = stage.dice.choice(_phones(call)).number
    others = [each for each in stage.calls.live.values() if each.has_extension(by)]
    commanded = stage.chance(chances.COMMANDED) and len(others) == 1  # else it names no call
    await call.hold(by)
    if commanded:
        stage.command("status", call, extension=by, status="on_hold")
    await stage.wait(1, 20)
    await call.resume()
    if commanded:
        stage.command("status", call, extension=by, status="busy")


async def _press(stage: Stage, call: Call) -> None:
    leg = stage.dice.choice(_phones(call))
    for _ in range(stage.dice.randint(1, 4)):
        await call.press(stage.dice.choice("0123456789*#"), leg.number)
        await stage.wait(0.2, 2)


async def _pass_on(stage: Stage, call: Call, *, by_api: bool = False) -> None:
    """Transfer the other party to an extension that rings, and may not answer."""
    by = stage.dice.choice(_phones(call))
    to = _callee(stage, *(leg.number for leg in _phones(call)))
    if by_api:
        staying = call.callee if by is call.caller else call.caller
        await stage.calls.redirect(call, staying, stage.calls.phone(to))
        if stage.chance(chances.COMMANDED):
            stage.truth(call).transfers += 1
            stage.command("sent_on", call)
    else:
        await call.transfer(to, by.number)
    _is(stage, call, "transfer by the API" if by_api else "blind transfer")
    await stage.wait(3, 12)
    if call.state is CallState.RINGING and stage.chance(0.7):
        await call.answer()


async def _pass_on_by_api(stage: Stage, call: Call) -> None:
    if stage.knobs.rings == "api":
        return  # nothing would be reported of it
    await _pass_on(stage, call, by_api=True)


async def _ask(stage: Stage, call: Call) -> None:
    """Hold the other party and call a third one; transfer, or resume."""
    by = stage.dice.choice(_phones(call))
    free = _free(stage, *(leg.number for leg in _phones(call)))
    if not free:
        return
    _is(stage, call, "attended transfer")
    third = await stage.calls.ask(call, free[0], by.number)
    stage.truth(third).kind = "internal, asking before a transfer"
    await stage.wait(3, 12)
    if third.state is CallState.RINGING and stage.chance(0.75):
        await third.answer()
        await stage.wait(3, 15)
        await stage.calls.complete(third)
        return
    if third.live:
        await third.hang_up()
    await stage.wait(0.5, 3)
    await call.resume()


_ACTS: tuple[tuple[float, Callable[[Stage, Call], Awaitable[None]]], ...] = (
    (0.2, _hold),
    (0.1, _press),
    (0.09, _pass_on),
    (0.04, _pass_on_by_api),
    (0.07, _ask),
)
