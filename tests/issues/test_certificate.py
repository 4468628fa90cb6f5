"""A certificate that is checked says in time that it expires, over real handshakes."""

from datetime import timedelta
import ssl
from uuid import uuid4

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.ippbx.const import CHANNEL_WEBHOOK
from custom_components.ippbx.issues.facts import DeliveryFacts, Facts
from custom_components.ippbx.issues.registry import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_EXPIRES,
    CERTIFICATE_UNTRUSTED,
)
from custom_components.ippbx.issues.rules import problems
from custom_components.ippbx.link import create
from custom_components.ippbx.pbx.errors import PbxCertificateExpiredError
from pbx_simulator import Simulator
from pbx_simulator.net.tls import make_certificate
from tests.conftest import StartSimulator, add_entry
from tests.house import House, move_in
from tests.live import serve
from tests.time_travel import TimeTraveller

from .open_issues import open_issues, watch_issues


@pytest.fixture
async def simulator(start_simulator: StartSimulator) -> Simulator:
    """Return a simulated PBX that speaks TLS."""
    return await start_simulator(tls=True)


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Return the context of entries that check the certificate; it trusts none yet."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    monkeypatch.setattr(create, "client_context", lambda _ciphers: context)
    return context


async def show(simulator: Simulator, context: ssl.SSLContext, days: float) -> str:
    """Give the PBX a trusted certificate; return the date on which it expires."""
    # A name of its own: OpenSSL looks for trusted certificates by their names.
    simulator.certificate = make_certificate(f"pbx {uuid4()}", days=days)
    await simulator.go_away()
    await simulator.come_back()
    _, begin, rest = simulator.certificate.pem.decode().partition("-----BEGIN CERTIFICATE")
    context.load_verify_locations(cadata=begin + rest)
    return dt_util.as_local(dt_util.utcnow() + timedelta(days=days)).date().isoformat()


@pytest.mark.parametrize(("days", "said"), [(14.1, False), (13.9, True), (0.1, True)])
async def test_it_is_said_two_weeks_before_and_over_with_a_new_certificate(
    hass: HomeAssistant,
    simulator: Simulator,
    context: ssl.SSLContext,
    traveller: TimeTraveller,
    days: float,
    said: bool,
) -> None:
    date = await show(simulator, context, days)
    house = await move_in(hass, simulator, traveller, verify_ssl=True)
    expected = {CERTIFICATE_EXPIRES: {"title": "PBX", "date": date}} if said else {}
    assert open_issues(house) == expected

    await show(simulator, context, 400)
    await traveller.travel(30)
    assert open_issues(house) == {}
    assert house.runtime.link.up


async def test_a_certificate_that_is_not_checked_may_expire(
    hass: HomeAssistant, simulator: Simulator, context: ssl.SSLContext, traveller: TimeTraveller
) -> None:
    seen = watch_issues(hass)
    await show(simulator, context, -1)
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(90)
    assert house.runtime.link.up
    assert seen == []


@pytest.mark.parametrize("before", [400, 5])
async def test_a_certificate_that_has_expired(
    hass: HomeAssistant,
    simulator: Simulator,
    context: ssl.SSLContext,
    traveller: TimeTraveller,
    before: float,
) -> None:
    """The handshake fails before it shows a date; that of the one before says nothing of it."""
    await show(simulator, context, before)
    house = await move_in(hass, simulator, traveller, verify_ssl=True)
    await show(simulator, context, -1)
    await traveller.travel(90)
    assert not house.runtime.link.up
    assert open_issues(house) == {CERTIFICATE_EXPIRED: {"title": "PBX"}}

    await show(simulator, context, 400)
    await traveller.travel(30, until=lambda: house.runtime.link.up)
    await traveller.rest()
    assert open_issues(house) == {}


async def test_a_certificate_that_is_not_trusted_any_more(
    hass: HomeAssistant, simulator: Simulator, context: ssl.SSLContext, traveller: TimeTraveller
) -> None:
    """As after a reset; with verification on there is no fingerprint to confirm."""
    await show(simulator, context, 400)
    house = await move_in(hass, simulator, traveller, verify_ssl=True)
    own = simulator.certificate
    await simulator.renew_certificate()
    await traveller.travel(90)
    assert not house.runtime.link.up
    assert open_issues(house) == {CERTIFICATE_UNTRUSTED: {"title": "PBX"}}

    await simulator.go_away()
    simulator.certificate = own
    await simulator.come_back()
    await traveller.travel(30, until=lambda: house.runtime.link.up)
    await traveller.rest()
    assert open_issues(house) == {}


async def test_a_certificate_that_has_expired_at_set_up(
    hass: HomeAssistant, simulator: Simulator, context: ssl.SSLContext, traveller: TimeTraveller
) -> None:
    await show(simulator, context, -1)
    await serve(hass)
    entry = add_entry(hass, simulator, verify_ssl=True)
    house = House(hass=hass, entry=entry, simulator=simulator, traveller=traveller)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert open_issues(house) == {CERTIFICATE_EXPIRED: {"title": "PBX"}}


def test_one_problem_is_enough() -> None:
    """The date is known from the connections before it expired."""
    now = dt_util.utcnow()
    facts = Facts(
        now=now,
        last_error=PbxCertificateExpiredError("the certificate has expired"),
        certificate_expires=now - timedelta(days=1),
        delivery=DeliveryFacts(channel=CHANNEL_WEBHOOK),
    )
    assert set(problems(facts)) == {CERTIFICATE_EXPIRES}
