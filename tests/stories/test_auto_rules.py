"""Automations as users write them, run by a real Home Assistant on calls of three PBXes."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import pytest_asyncio

from .calls import Call, Report
from .home import DOMAIN, Home, home_and_pbxs
from .stand_in import ALL, OPENVOX, V2, StandIn

FIRST = {dialect: 1001 + 1000 * number for number, dialect in enumerate(ALL)}
CALLER = "0305551234"
HANG_UPS = ("inbound/hangup", "call/hangup")

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def home(sockets: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Home]:
    """Run a Home Assistant with one PBX of each kind."""
    pbxs = {
        dialect: StandIn(dialect, {str(first + n): f"Room {first + n}" for n in range(2)})
        for dialect, first in FIRST.items()
    }
    async with home_and_pbxs(tmp_path_factory.mktemp("rules"), pbxs) as home:
        yield home


class Rules:
    """The automations of one test, and what they said by an event of the test's name."""

    def __init__(self, home: Home, dialect: str) -> None:
        self.home, self.dialect, self.pbx = home, dialect, home.pbxs[dialect]
        self.phone, self.other = (str(FIRST[dialect] + n) for n in range(2))
        self.said: list[dict[str, Any]] = []

    @property
    def target(self) -> dict[str, str]:
        """The phone, as a target."""
        return {"device_id": self.home.devices[self.dialect, self.phone]}

    def call(self, caller: str = CALLER) -> Call:
        """Begin a call from outside to the phone."""
        number = self.pbx.take()
        return Call(self.pbx, "inbound", caller, self.phone, number=number)

    async def post(self, reports: list[Report]) -> None:
        """Report what happened."""
        for report in reports:
            await self.pbx.post(report)

    async def rule(self, trigger: dict[str, Any], *actions: dict[str, Any], **says: str) -> None:
        """Save an automation by the editor's request; it says something as its last action."""
        rest, name = self.home._rest, f"rule_{self.dialect}_{self.home._number}"
        assert rest is not None
        await self.home.subscribe(
            lambda event: self.said.append(event["data"]), type="subscribe_events", event_type=name
        )
        content = {
            "alias": name,
            "mode": "parallel",
            "triggers": [trigger],
            "actions": [*actions, {"event": name, "event_data": says}],
        }
        await rest.request("POST", f"/api/config/automation/config/{name}", json=content)

        async def runs() -> bool:
            states = await self.home.command(type="get_states")
            return any(state["entity_id"] == f"automation.{name}" for state in states)

        await rest.process.ready(runs, 10)

    async def hears(self, number: int, seconds: float = 8) -> list[dict[str, Any]]:
        """Wait until the automation has said something so many times."""
        await self.home.until(seconds, lambda: True if len(self.said) >= number else None)
        assert len(self.said) == number, self.said
        return self.said

    async def over(self, call: Call, status: str = "ANSWERED") -> None:
        """End a call and wait until it is told."""
        await self.post(call.hang_up())
        await self.post(call.record(status))
        told = self.home.told

        def ended() -> bool | None:
            lines = (each for each in told if each.type == "ended" and each.dialect == self.dialect)
            return True if any(call.has(line.data["call_id"]) for line in lines) else None

        assert await self.home.until(40, ended)


@pytest.fixture(params=ALL)
def rules(home: Home, request: pytest.FixtureRequest) -> Rules:
    """Begin with a PBX of each kind."""
    return Rules(home, request.param)


async def test_an_automation_hangs_up_the_call_that_started_it(rules: Rules) -> None:
    """By its id, which ends in zeros: a template makes a number of it, and they are lost."""
    for path in HANG_UPS:
        rules.pbx.answers[path] = lambda _: {}
    await rules.rule(
        {"trigger": f"{DOMAIN}.incoming_call", "target": rules.target},
        {
            "action": f"{DOMAIN}.hang_up",
            "data": {
                "call_id": "{{ trigger.call_id }}",
                "config_entry_id": "{{ trigger.config_entry_id }}",
            },
        },
        direction="{{ trigger.direction }}",
    )
    # OpenVox reports a ringing phone under the number after the next one.
    rules.pbx._next = (rules.pbx._next // 100 + 1) * 100 - 2 * (rules.dialect == OPENVOX)
    call = rules.call()
    await rules.post(call.ring(rules.phone))
    await rules.hears(1)
    asked = [(path, body) for path, body in rules.pbx.requests if path in HANG_UPS]
    leg = {"channelid": call.leg.channel} if rules.dialect == V2 else {"inboundid": call.leg.id}
    assert [body for _, body in asked] == [leg]
    await rules.over(call, "NO ANSWER")


async def test_it_must_still_ring(rules: Rules) -> None:
    await rules.rule(
        {
            "trigger": f"{DOMAIN}.incoming_call",
            "target": rules.target,
            "options": {"ringing_for": 2},
        },
        caller="{{ trigger.caller_uri }}",
    )
    call = rules.call()
    await rules.post(call.ring(rules.phone))
    await rules.over(call, "NO ANSWER")
    await rules.hears(0, 0)
    call = rules.call()
    await rules.post(call.ring(rules.phone))
    (said,) = await rules.hears(1)
    assert said["caller"] == f"tel:{CALLER}"
    await rules.over(call, "NO ANSWER")


async def test_what_was_typed_and_who_is_there(rules: Rules) -> None:
    """In a template of an action: the keys, and a whole response."""
    await rules.rule(
        {
            "trigger": f"{DOMAIN}.key_pressed",
            "target": rules.target,
            "options": {"keys": "42#"},
        },
        {
            "action": f"{DOMAIN}.get_extension",
            "target": rules.target,
            "response_variable": "found",
        },
        typed="{{ trigger.all_keys }}",
        found="{{ found }}",
    )
    call = rules.call()
    await rules.post(call.ring(rules.phone))
    await rules.post(call.answer(rules.phone))
    for index, key in enumerate("142#"):
        more = {"infos": "142#"[: index + 1]} if rules.dialect == V2 else {}
        phone = call.party(rules.phone)
        await rules.post([call.report("DTMF", [phone], info=key, flag=str(index), **more)])
    (said,) = await rules.hears(1)
    assert said["typed"] == "142#"
    (extension,) = said["found"]["extensions"]
    assert extension["calls"][0]["direction"] == "inbound"
    await rules.over(call)
