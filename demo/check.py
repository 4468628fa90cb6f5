"""Proof that it works: a heartbeat arrives, a status change becomes a state, and a call is told."""

import asyncio
from collections.abc import Awaitable, Callable
from statistics import median
import time

from pbx_simulator import Simulator

from .home_assistant import HomeAssistant
from .processes import DemoError

DOMAIN = "ippbx"
CALLER = "0305550199"
PATIENCE = 10.0  # seconds for anything that should be there at once
# None of these lets a call of the busy phones begin in between.
CHANGES = ("ringing", "busy", "on_hold", "busy") * 5

# Every entity of the integration with the identifiers of its device.
_ENTITIES = """
{%- set found = namespace(rows=[]) -%}
{%- for entity in integration_entities('ippbx') -%}
{%- set found.rows = found.rows + [[entity, device_attr(entity, 'identifiers') | list]] -%}
{%- endfor -%}
{{ found.rows | to_json }}
"""


async def eventually(what: str, probe: Callable[[], Awaitable[bool]]) -> float:
    """Wait until `probe` says yes, and return how long that took, in seconds.

    Raises:
        DemoError: it did not; `what` says what was hoped for.
    """
    start = time.perf_counter()
    while not await probe():
        if time.perf_counter() - start > PATIENCE:
            raise DemoError(f"Not within {PATIENCE:.0f} s: {what}")
        await asyncio.sleep(0.001)
    return time.perf_counter() - start


async def check_frontend(home_assistant: HomeAssistant) -> None:
    """See that the frontend is there and has the list of actions, without which it shows nothing.

    Raises:
        DemoError: something of it is missing.
    """
    page = await home_assistant.request("GET", "/")
    if "home-assistant" not in page:
        raise DemoError("Home Assistant's web page is not its frontend")
    actions = {
        part["domain"]: part["services"]
        for part in await home_assistant.request("GET", "/api/services")
    }
    if not actions.get(DOMAIN):
        raise DemoError(f"Home Assistant does not list the actions of {DOMAIN}")
    print(f"Frontend: there, with the actions {', '.join(sorted(actions[DOMAIN]))}")


async def check_heartbeat(pbx: Simulator, home_assistant: HomeAssistant) -> None:
    """Press the heartbeat button and see the heartbeat at the PBX.

    Raises:
        DemoError: it did not arrive, or the PBX was not told where to report to.
    """
    before = pbx.heartbeats
    answer = await home_assistant.call(DOMAIN, "send_heartbeat", {})

    async def arrived() -> bool:
        return pbx.heartbeats > before

    await eventually("a heartbeat at the PBX", arrived)
    target = pbx.report_target
    if target is None or not target.url:
        raise DemoError(f"The PBX was told no address for reports: {target}")
    shown = target.url.rpartition("/")[0]
    print(f"Heartbeat: arrived, reports go to {shown}/…, the PBX answered {answer['answer']}")


async def entity_of(home_assistant: HomeAssistant, number: str, domain: str) -> str:
    """Return the entity of an extension in a domain, once it is there.

    Raises:
        DemoError: there is none.
    """
    found: list[str] = []

    async def exists() -> bool:
        for entity, identifiers in await home_assistant.template(_ENTITIES):
            ours = any(part.endswith(f"_ext_{number}") for _, part in identifiers)
            if ours and entity.startswith(f"{domain}."):
                found.append(entity)
        return bool(found) and await home_assistant.state(found[0]) != "unavailable"

    await eventually(f"an entity of extension {number} in {domain}", exists)
    return found[0]


async def take_extension(pbx: Simulator) -> str:
    """Return an extension that nobody calls on from now on.

    Raises:
        DemoError: all are busy all the time.
    """
    taken: list[str] = []

    async def one_is_free() -> bool:
        for number, extension in pbx.directory.extensions.items():
            if extension.free and not taken:
                taken.append(number)
                await pbx.set_extension_status(number, "busy")
        return bool(taken)

    await eventually("a free extension", one_is_free)
    return taken[0]


async def check_status(pbx: Simulator, home_assistant: HomeAssistant) -> None:
    """Change a status at the PBX and see each change as a state; print how long it took.

    Raises:
        DemoError: a change did not become a state.
    """
    number = await take_extension(pbx)
    entity = await entity_of(home_assistant, number, "sensor")
    times = []
    for status in CHANGES:
        await pbx.set_extension_status(number, status)

        async def shown(status: str = status) -> bool:
            return await home_assistant.state(entity) == status

        times.append(1000 * await eventually(f"{entity} is {status}", shown))
    await pbx.set_extension_status(number, "idle")
    print(
        f"Status: {len(times)} changes at the PBX became states of {entity},"
        f" latency median {median(times):.1f} ms, slowest {max(times):.1f} ms"
    )


async def check_call(pbx: Simulator, home_assistant: HomeAssistant) -> None:
    """Call an extension at the PBX and see each step as an event; print which.

    Raises:
        DemoError: a step did not become an event.
    """
    number = await take_extension(pbx)
    entity = await entity_of(home_assistant, number, "event")
    await pbx.set_extension_status(number, "idle")
    call = await pbx.calls.inbound(None, caller=CALLER, to=number)
    steps = (("ringing", call.ring), ("answered", call.answer), ("ended", call.hang_up))
    for event_type, step in steps:
        await step()

        async def told(event_type: str = event_type) -> bool:
            shown = "{{ state_attr(entity, 'event_type') | to_json }}"
            question = f"{{% set entity = '{entity}' %}}{shown}"
            return bool(await home_assistant.template(question) == event_type)

        await eventually(f"{entity} tells that a call is {event_type}", told)
    print(f"Call: {entity} told of a call: {', '.join(event_type for event_type, _ in steps)}")
