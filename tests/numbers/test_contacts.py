"""Names for numbers, in any form that a user types and any form that a PBX sends."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.const import CONF_CONTACTS
from custom_components.ippbx.numbers.contacts import ContactBook
from custom_components.ippbx.pbx.model.tracked import CallEventType
from pbx_simulator import Simulator
from tests.calls.changes import call, change
from tests.conftest import SERIAL, add_entry
from tests.counted import Counted
from tests.live import entity_id, load, serve
from tests.test_services_refused import call as action


def contact(number: str, name: str = "Aunt Agatha", **more: Any) -> dict[str, Any]:
    """Return a row of the options."""
    return {"number": number, "name": name, **more}


FORMS = ("+4930555817", "004930555817", "030555817", "+49 (0)30 555-817", "4930555817")


@pytest.mark.parametrize("typed", FORMS)
@pytest.mark.parametrize("given", FORMS)
def test_all_forms_of_a_number_are_one(typed: str, given: str) -> None:
    book = ContactBook([contact(typed, vip=True)], "DE")
    assert book.name_of(given) == "Aunt Agatha"
    assert book.is_vip(given)


@pytest.mark.parametrize(
    ("typed", "given", "country", "known"),
    [
        ("030555817", "+4330555817", "DE", False),  # another country
        ("030555817", "+4330555817", "AT", True),
        ("0612345678", "+33612345678", "FR", True),
        ("+39 06 123456", "06123456", "IT", True),  # the zero belongs to the number
        ("(212) 555-0100", "+12125550100", "US", True),
        ("011 44 20 7946 0018", "+442079460018", "US", True),
        ("02079460018", "00442079460018", "GB", True),
        ("030555817", "030555817", None, True),  # no country: as they stand
        ("030555817", "+4930555817", None, False),
        ("004930555817", "+4930555817", None, True),
        ("1001", "1001", "DE", True),
        ("1001", "+491001", "DE", False),
        ("007", "7", "DE", False),
        ("030555817", "030555818", "DE", False),
        ("*43", "*43", "DE", True),
        ("030555817", "", "DE", False),
        ("030555817", "anonymous", "DE", False),
        ("030555817", "sip:agatha@example.net", "DE", False),
        ("030555817", "0" * 500, "DE", False),
    ],
)
def test_what_is_the_same_number(typed: str, given: str, country: str | None, known: bool) -> None:
    book = ContactBook([contact(typed)], country)
    assert book.name_of(given) == ("Aunt Agatha" if known else "")
    assert not book.is_vip(given)


def test_of_two_the_first_counts() -> None:
    book = ContactBook([contact("030555817"), contact("+4930555817", "Uncle", vip=True)], "DE")
    assert book.name_of("030555817") == "Aunt Agatha"
    assert not book.is_vip("030555817")


def test_a_contact_without_plus_changes_no_other() -> None:
    rows = [contact("4930555817", "Typed loosely"), contact("+4930555817", "Typed in full")]
    assert ContactBook(rows, "DE").name_of("030555817") == "Typed loosely"
    assert ContactBook(rows[::-1], "DE").name_of("030555817") == "Typed in full"


def test_rows_that_are_none_are_left_out() -> None:
    book = ContactBook([contact(""), contact("aunt"), contact("030555817")], "DE")
    assert book.name_of("") == ""
    assert book.name_of("030555817") == "Aunt Agatha"


def test_look_up_time_does_not_grow_with_the_contacts() -> None:
    def bytecodes(count: int) -> int:
        book = ContactBook([contact(f"030{number:07}") for number in range(count)], "DE")
        with Counted() as counted:
            book.name_of("+49309999999")
        return counted.count

    assert bytecodes(5000) == bytecodes(50) > 50


async def test_contacts_of_the_options_are_used(hass: HomeAssistant, simulator: Simulator) -> None:
    hass.config.country = "DE"
    await serve(hass)
    options = {CONF_CONTACTS: [contact("030 555817", vip=True)]}
    runtime = await load(hass, add_entry(hass, simulator, options=options))
    rings = change(CallEventType.RINGING, call=call(caller="+4930555817"))
    runtime.calls.listeners.publish([rings])
    state = hass.states.get(entity_id(hass, "event", f"{SERIAL}_call"))
    assert state is not None
    assert (state.attributes["caller_name"], state.attributes["vip"]) == ("Aunt Agatha", True)

    runtime.calls.listeners.publish([change(CallEventType.ENDED, call=rings.call)])
    (logged,) = (await action(hass, "get_call_log"))["entries"]
    assert (logged["caller_name"], logged["vip"]) == ("Aunt Agatha", True)


async def test_another_country_has_other_numbers(hass: HomeAssistant, simulator: Simulator) -> None:
    hass.config.country = "DE"
    await serve(hass)
    entry = add_entry(hass, simulator, options={CONF_CONTACTS: [contact("030555817")]})
    runtime = await load(hass, entry)
    assert runtime.calls.names.name_of("+4930555817") == "Aunt Agatha"
    await hass.config.async_update(country="AT")
    await hass.async_block_till_done()
    assert runtime.calls.names.name_of("+4930555817") == ""
    assert runtime.calls.names.name_of("+4330555817") == "Aunt Agatha"
