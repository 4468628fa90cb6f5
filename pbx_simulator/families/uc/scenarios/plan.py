"""The calls of a scenario: their kinds, times and callers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pbx_simulator.calls.legs import LegKind

from .cast import Cast
from .records import close
from .routes import to_forward, to_group, to_ivr, to_line, to_mobile, to_phone, to_queue
from .script import PowerLossError, Script

_ROUTES = (
    ("extension", 8, lambda cast, at, caller: cast.callee(at, caller), to_phone),
    ("forwarded", 1, lambda cast, at, caller: cast.callee(at, caller), to_forward),
    ("ring group", 4, lambda cast, at, caller: cast.stage.dice.choice(cast.groups), to_group),
    ("queue", 3, lambda cast, at, caller: cast.stage.dice.choice(cast.queues), to_queue),
    ("IVR", 3, lambda cast, at, caller: cast.stage.dice.choice(cast.ivrs), to_ivr),
)


def _internal(cast: Cast, at: float) -> None:
    """Call another extension, or a service of the PBX, from an extension."""
    caller = cast.caller(at)
    if caller is None:
        return
    name, _, target, route = _route(cast)
    script = cast.internal(at, caller, target(cast, at, caller), f"internal, {name}")
    script.begin()
    route(cast, script)


def _inbound(cast: Cast, at: float) -> None:
    """Call from outside; the inbound route leads to an extension or to a service."""
    name, _, target, route = _route(cast)
    script = cast.inbound(at, target(cast, at, ""), f"inbound, {name}")
    script.begin()
    route(cast, script)


def _asked(cast: Cast, at: float) -> None:
    """Call from outside, on a trunk that the API controls."""
    script = cast.inbound(at, cast.callee(at), "inbound, asked")
    script.begin()
    script.wait(0.02, 0.2)
    script.ask("Invite")
    script.wait(2.5, 10)
    choice = cast.stage.dice.choice(("accepted", "accepted", "directed", "refused", "given up"))
    script.kind += f", {choice}"
    if choice == "directed":
        script.ask("Incoming")
        script.wait(0.5, 10)
    script.decision = "" if choice == "given up" else choice
    if choice == "refused":
        _refuse(cast, script)
    elif choice == "given up":
        script.end(outcome="missed")
        close(script, "NO ANSWER")
    else:
        to_phone(cast, script)


def _refuse(cast: Cast, script: Script) -> None:
    """Refuse by the API; reported by BYE alone it looks like a caller who gives up."""
    if cast.stage.habits.refusal == "failed":
        script.fail(603, cast.stage.phone(script.callee), outcome="refused")
        close(script, cast.stage.habits.refused_status)
    else:
        script.doubtful.add("missed")
        script.end(outcome="refused")
        close(script, "NO ANSWER")


def _mobile(cast: Cast, at: float) -> None:
    """Call an extension from outside; its mobile phone rings with it."""
    script = cast.inbound(at, cast.callee(at), "inbound, mobility")
    script.begin()
    to_mobile(cast, script)


def _outbound(cast: Cast, at: float) -> None:
    """Call an outside number from an extension."""
    caller = cast.caller(at)
    if caller is None:
        return
    script, line = cast.outbound(at, caller, "outbound")
    script.begin()
    to_line(cast, script, line)


def _api(cast: Cast, at: float) -> None:
    """Call over the API: the caller's own phone is rung first."""
    caller = cast.caller(at)
    if caller is None:
        return
    outside = cast.stage.chance(0.5)
    if outside:
        script, line = cast.outbound(at, caller, "outbound, API")
    else:
        script = cast.internal(at, caller, cast.callee(at, caller), "internal, API")
    script.begin_by_api()
    script.wait(2.5, 8)
    if outside and cast.stage.chance(0.15):
        script.kind += ", not picked up"
        script.end(outcome="cancelled")
        close(script, "NO ANSWER")
        return
    script.caller_picks_up()
    if outside:
        to_line(cast, script, line)
    else:
        to_phone(cast, script)


def _route(cast: Cast) -> tuple[str, int, Callable[[Cast, float, str], str], Callable[..., None]]:
    return cast.stage.dice.choices(_ROUTES, [weight for _, weight, _, _ in _ROUTES])[0]


KINDS: Sequence[tuple[Callable[[Cast, float], None], int]] = (
    (_internal, 7),
    (_inbound, 10),
    (_outbound, 5),
    (_api, 2),
    (_mobile, 2),
    (_asked, 1),
)
"""All kinds of calls with their weights; routes and endings decide how they go on."""


def plan(cast: Cast, start: float) -> None:
    """Write one to four calls that overlap, in the order in which they begin."""
    stage, at = cast.stage, start
    count = stage.dice.choices((1, 2, 3, 4), (3, 4, 2, 1))[0]
    for _ in range(count):
        known = len(cast.scripts)
        kind = stage.dice.choices([kind for kind, _ in KINDS], [weight for _, weight in KINDS])[0]
        try:
            kind(cast, at)
        except PowerLossError:
            _lose_power(cast)
        for script in cast.scripts[known:]:
            _note_phones(cast, script)
        at = round(at + stage.dice.uniform(0, 25), 3)
        if at >= stage.power_until:
            break


def _lose_power(cast: Cast) -> None:
    for script in cast.scripts:
        if not script.outcome:
            script.lose(cast.stage.power_until)


def _note_phones(cast: Cast, script: Script) -> None:
    for leg in script.all_legs:
        if leg.kind is LegKind.EXTENSION:
            taken = cast.stage.taken
            taken[leg.number] = max(taken.get(leg.number, 0), script.at)
