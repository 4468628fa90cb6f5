"""What becomes of a PBX that is set up: other credentials, lock-outs, certificates, repairs."""

import pytest

from pbx_simulator import Simulator

from .conftest import StartSimulator
from .frontend import HOST, Frontend, connection, text

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

REAUTH = ("config", "step", "reauth_confirm")
RECONFIGURE = ("config", "step", "reconfigure")


async def test_another_password(frontend: Frontend, simulator: Simulator) -> None:
    await frontend.add(simulator)
    simulator.set_password("Changed1")
    await frontend.reload()
    await frontend.open_integration()
    await frontend.press("Reconfigure")
    await frontend.fill(REAUTH, {"password": "Changed2"})
    await frontend.press("Submit")
    await frontend.shows(text("config", "error", "invalid_auth"))
    await frontend.fill(REAUTH, {"password": "Changed1"})
    await frontend.press("Submit")
    await simulator.wait_until(lambda: simulator.token_alive)


async def test_lock_out_that_is_lifted_on_the_pbx(frontend: Frontend, simulator: Simulator) -> None:
    await frontend.add(simulator)
    simulator.lockout.lock(HOST)
    await frontend.reload()
    await frontend.open_repair("locked_out")
    refused = simulator.login_attempts
    simulator.lockout.clear()
    await frontend.open_reconfigure()
    await frontend.fill(RECONFIGURE, connection(simulator))
    await frontend.press("Submit")
    await simulator.wait_until(lambda: simulator.token_alive)
    assert simulator.login_attempts > refused


async def test_certificate_that_changed(
    frontend: Frontend, start_simulator: StartSimulator
) -> None:
    pbx = await start_simulator(dialect="yeastar-v2", tls=True)
    await frontend.add(pbx)
    await pbx.renew_certificate()
    await frontend.reload()
    await frontend.open_reconfigure()
    await frontend.fill(RECONFIGURE, connection(pbx))
    await frontend.press("Submit")
    await frontend.shows(text("config", "error", "certificate_changed"))
    await frontend.press("Close")
    await frontend.open_repair("certificate_changed")
    await frontend.press("Submit")
    await frontend.press("Close")
    await frontend.has_no_repair("certificate_changed")
