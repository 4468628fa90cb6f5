"""The address book of a PBX is followed, while an option says so."""

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.const import CONF_FOLLOW_CONTACTS
from custom_components.ippbx.contacts.company import PERIOD, RETRY
from custom_components.ippbx.contacts.merge import MAX_CONTACTS
from custom_components.ippbx.contacts.shared import async_get_contacts
from pbx_simulator.directory import CompanyContact
from tests.conftest import StartSimulator
from tests.house import House, log_levels, move_in
from tests.time_travel import TimeTraveller

ENDPOINT = "companycontacts/query"
ANNA = CompanyContact(
    firstname="Anna", lastname="Sample", numbers={"mobile": "+491715550101", "businessnum": "2001"}
)


async def house(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    *,
    dialect: str = "yeastar-v2",
    follow: bool = True,
) -> House:
    simulator = await start_simulator(dialect=dialect, clock=traveller.now)
    simulator.directory.contacts.append(ANNA)
    options = {CONF_FOLLOW_CONTACTS: follow}
    return await move_in(hass, simulator, traveller, options=options)


async def test_it_is_followed(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    stage = await house(hass, start_simulator, traveller)
    assert stage.asked(ENDPOINT) == 0  # nothing that set-up waits for
    await traveller.travel(60)
    assert stage.runtime.calls.names.name_of("+491715550101") == "Anna Sample"
    assert stage.runtime.calls.names.name_of("2001") == "Anna Sample"
    stage.simulator.directory.contacts[0] = CompanyContact(
        firstname="Bob", numbers={"mobile": "+491715550101"}
    )
    await traveller.travel(PERIOD)
    assert stage.runtime.calls.names.name_of("+491715550101") == "Bob"
    assert stage.runtime.calls.names.name_of("2001") == ""


async def test_it_is_there_while_the_pbx_is_not(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    stage = await house(hass, start_simulator, traveller)
    await traveller.travel(60)
    stage.simulator.knobs.wrong_errno[ENDPOINT] = "30001"
    await traveller.wait_for(hass.config_entries.async_reload(stage.entry.entry_id))
    assert stage.runtime.calls.names.name_of("2001") == "Anna Sample"
    await traveller.travel(2 * RETRY)
    assert stage.runtime.calls.names.name_of("2001") == "Anna Sample"


async def test_nobody_asks_without_the_option(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    stage = await house(hass, start_simulator, traveller, follow=False)
    await traveller.travel(PERIOD)
    assert stage.asked(ENDPOINT) == 0


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1"])
async def test_who_has_none_is_asked_once(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    caplog: pytest.LogCaptureFixture,
    dialect: str,
) -> None:
    stage = await house(hass, start_simulator, traveller, dialect=dialect)
    await traveller.travel(2 * PERIOD)
    assert stage.asked(ENDPOINT) == 0
    assert log_levels(caplog) == []


async def test_the_first_5000_count(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    stage = await house(hass, start_simulator, traveller)
    stage.simulator.directory.contacts += [
        CompanyContact(firstname=f"{n}", numbers={"mobile": f"030{n:07}"}) for n in range(6000)
    ]
    await traveller.travel(60)
    contacts = await async_get_contacts(hass)
    assert len(contacts.company[stage.entry.entry_id]) == MAX_CONTACTS
