"""Set-up, from the first form to the device page, and every error that the form can show."""

from collections.abc import Callable
from typing import Any

import pytest

from demo.home_assistant import HomeAssistant
from pbx_simulator import Simulator
from tests.repository.source import english

from .conftest import StartSimulator
from .frontend import HOST, Frontend, connection, label, text

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

USER = ("config", "step", "user")


async def test_from_the_first_form_to_the_device_page(
    frontend: Frontend, simulator: Simulator
) -> None:
    await frontend.begin_set_up()
    await frontend.fill(USER, connection(simulator))
    await frontend.press("Submit")
    await frontend.shows(simulator.dialect.device_name)
    await frontend.press("Skip and finish")
    await frontend.open_device()
    for name in ("connected", "reports_arriving"):
        await frontend.shows(label("entity", "binary_sensor", name, "name"))
    for name in ("active_calls", "missed_calls", "last_call"):
        await frontend.shows(label("entity", "sensor", name, "name"))
    await frontend.shows(simulator.config.serial)


type Spoil = Callable[[Simulator], Any]


def _knob(name: str, value: Any) -> Spoil:
    return lambda pbx: setattr(pbx.knobs, name, value)


def _nothing(_pbx: Simulator) -> None:
    pass


ERRORS: list[tuple[str, Spoil, dict[str, Any]]] = [
    ("invalid_host", _nothing, {"host": "no host"}),
    ("cannot_connect", _nothing, {"port": 9}),
    ("wrong_scheme", _nothing, {"ssl": True}),
    ("not_a_pbx", _knob("html_answers", True), {}),
    ("api_disabled", _knob("api_running", False), {}),
    ("busy", _knob("wrong_errno", {"login": "30001"}), {}),
    ("refused", _knob("wrong_errno", {"login": "10001"}), {}),
    ("unsupported", _knob("wrong_errno", {"extensionlist/query": "10003"}), {}),
    ("invalid_auth", _nothing, {"password": "wrong"}),
    ("locked_out", lambda pbx: pbx.lockout.lock(HOST), {}),
]
"""Key of each error, with what brings it about at the PBX or in the form."""

ELSEWHERE = {
    "certificate": "test_certificate_that_nobody_signed",
    "certificate_changed": "test_entry.py: only an entry knows an earlier certificate",
    "no_extension": "tests/test_config_flow.py: the form after this one",
    "no_serial": "for protocols of other makers: this one without a serial number is no PBX",
    "password_for_another_host": "tests/flows: only an entry has a stored one",
    "too_many_attempts": "test_passwords_that_are_refused",
    "unknown": "a fault of ours: there is none to show",
    "wrong_pbx": "no form: what is known of an entry's PBX when it answers",
}


async def test_each_error_is_tried() -> None:
    tried = {key for key, *_ in ERRORS} | ELSEWHERE.keys()
    assert tried == set(english()["config"]["error"])


async def test_errors(frontend: Frontend, simulator: Simulator) -> None:
    await frontend.begin_set_up()
    knobs = simulator.knobs
    kept = {name: getattr(knobs, name) for name in type(knobs).__dataclass_fields__}
    for key, spoil, changes in ERRORS:
        spoil(simulator)
        await frontend.fill(USER, connection(simulator, **changes))
        await frontend.press("Submit")
        await frontend.shows(text("config", "error", key))
        for name, value in kept.items():
            setattr(knobs, name, value)
        simulator.lockout.clear()
    await frontend.fill(USER, connection(simulator))
    await frontend.press("Submit")
    await frontend.press("Skip and finish")


async def test_certificate_that_nobody_signed(
    frontend: Frontend, start_simulator: StartSimulator
) -> None:
    pbx = await start_simulator(dialect="yeastar-v2", tls=True)
    await frontend.begin_set_up()
    await frontend.fill(USER, connection(pbx, verify_ssl=True))
    await frontend.press("Submit")
    await frontend.shows(text("config", "error", "certificate"))
    await frontend.fill(USER, {"verify_ssl": False, "password": pbx.config.password})
    await frontend.press("Submit")
    await frontend.press("Skip and finish")


async def test_passwords_that_are_refused(frontend: Frontend, simulator: Simulator) -> None:
    await frontend.begin_set_up()
    for number in range(5):
        await frontend.fill(USER, connection(simulator, password=f"wrong {number}"))
        await frontend.press("Submit")
        key = "invalid_auth" if number < 4 else "too_many_attempts"
        await frontend.shows(text("config", "error", key))
    assert simulator.failed_logins == 4
    await frontend.press("Close")


async def test_web_page_of_home_assistant_itself(
    frontend: Frontend, simulator: Simulator, home_assistant: HomeAssistant
) -> None:
    await frontend.begin_set_up()
    port = home_assistant.url.rpartition(":")[2]
    await frontend.fill(USER, connection(simulator, port=port))
    await frontend.press("Submit")
    await frontend.shows(text("config", "error", "not_a_pbx"))
    await frontend.press("Close")


async def test_pbx_that_is_set_up(frontend: Frontend, simulator: Simulator) -> None:
    await frontend.add(simulator)
    await frontend.begin_set_up()
    await frontend.fill(USER, connection(simulator))
    await frontend.press("Submit")
    await frontend.shows(text("config", "abort", "already_configured"))
