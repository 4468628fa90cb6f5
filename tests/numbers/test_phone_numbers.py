"""Phone numbers: what can be dialled, and which forms are one number."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.template import Template
import pytest

from custom_components.ippbx.numbers.phone_numbers import (
    MAX_DIGITS,
    InvalidNumberError,
    dialable,
    numbering_for,
)
from custom_components.ippbx.pbx.model.actions import Field, checked

GERMANY = numbering_for("DE")


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("1001", "1001"),
        ("+49301234", "+49301234"),
        ("tel:+49301234", "+49301234"),
        ("TEL: +49-30-1234;phone-context=example.org", "+49301234"),
        ("  030 / 12 34 ", "0301234"),
        ("(030) 12.34", "0301234"),
        ("+49 (0)30 1234", "+49301234"),
        ("+49(0) 30-1234", "+49301234"),
        ("030\N{NO-BREAK SPACE}12\N{NON-BREAKING HYPHEN}34\N{EN DASH}5", "03012345"),
        ("(0)30 1234", "0301234"),
        ("007", "007"),
        ("*72#", "*72#"),
        (1001, "1001"),
        (1001.0, "1001"),
        (49301234, "49301234"),
        ("0", "0"),
        ("1" * MAX_DIGITS, "1" * MAX_DIGITS),
    ],
)
def test_what_can_be_dialled(given: Any, number: str) -> None:
    assert dialable(given) == number
    assert checked(Field.NUMBER, number) == number  # the backend accepts it, too


@pytest.mark.parametrize(
    "given",
    [
        "", " ", "+", "tel:", "tel:tel:1", "-49301", -49301, "++49", "49+30", "0301234,1",
        "0301234p1", "1w2", "abc", "0800 CALL", "\N{ARABIC-INDIC DIGIT ONE}",
        "\N{FULLWIDTH DIGIT ONE}", "1\x002", "1" * (MAX_DIGITS + 1), True, None, 1.5, float("nan"),
        float("inf"), 10**MAX_DIGITS, "+" + " " * 300 + "49301", 1e300, 2.0**53, ["1001"], b"1001",
        "sip:1001@pbx", "1001;ext=2",
    ],
)  # fmt: skip
def test_what_cannot(given: Any) -> None:
    with pytest.raises(InvalidNumberError) as refused:
        dialable(given)
    assert "0" not in str(refused.value)


def test_a_number_of_thousands_of_digits() -> None:
    with pytest.raises(InvalidNumberError):
        dialable(10**5000)


def test_templates(hass: HomeAssistant) -> None:
    """They eat a plus, and leave a leading zero and "tel:" alone."""

    def rendered(text: str) -> str:
        return dialable(Template(text, hass).async_render())

    assert rendered("{{ '+49301234' }}") == "49301234"
    assert rendered("{{ 'tel:+49301234' }}") == "+49301234"
    assert rendered("{{ '0301234' }}") == "0301234"
    assert rendered("{{ '007' }}") == "007"


@pytest.mark.parametrize(
    ("country", "number", "canonical"),
    [
        ("DE", "+49301234", "+49301234"),
        ("DE", "0049301234", "+49301234"),
        ("DE", "0301234", "+49301234"),
        ("de", "0301234", "+49301234"),
        ("DE", "301234", "301234"),  # a local number
        ("DE", "1001", "1001"),
        ("DE", "007", "007"),
        ("DE", "112", "112"),
        ("DE", "0112", "0112"),
        ("DE", "00112", "00112"),
        ("DE", "*72030", "*72030"),
        ("DE", "00442071234567", "+442071234567"),
        ("GB", "02071234567", "+442071234567"),
        ("US", "12025550123", "+12025550123"),
        ("US", "2025550123", "+12025550123"),
        ("US", "01149301234", "+49301234"),
        ("US", "0049301234", "+49301234"),
        ("US", "1001", "1001"),  # it does not lose its one
        ("US", "5550123", "5550123"),
        ("IT", "0612345678", "+390612345678"),  # the zero stays
        ("IT", "3331234567", "+393331234567"),
        ("ES", "912345678", "+34912345678"),
        ("RU", "84951234567", "+74951234567"),
        ("RU", "81049301234", "+49301234"),
        ("HU", "0611234567", "+3611234567"),
        ("AU", "001149301234", "+49301234"),
        ("AU", "0049301234", "+49301234"),  # never Australian
        ("SG", "00149301234", "+49301234"),
        (None, "0049301234", "+49301234"),
        (None, "0301234", "0301234"),
        ("XX", "0301234", "0301234"),
    ],
)
def test_one_form(country: str | None, number: str, canonical: str) -> None:
    assert numbering_for(country).canonical(number) == canonical
    assert numbering_for(country).canonical(canonical) == canonical


def test_the_same_number() -> None:
    canonical = GERMANY.canonical
    assert len({canonical(form) for form in ("+49301234", "0049301234", "0301234")}) == 1
    assert canonical("0301234") != canonical("301234")
    assert canonical("0301234") != canonical("0301235")
    assert canonical("1001") != canonical("01001")


def test_readings_to_look_a_caller_up() -> None:
    assert GERMANY.readings("0301234") == ("+49301234",)
    assert GERMANY.readings("49301234") == ("49301234", "+49301234")
    assert GERMANY.readings("4930") == ("4930",)  # an extension
    assert numbering_for(None).readings("49301234") == ("49301234",)


@pytest.mark.parametrize(
    ("country", "start", "canonical"),
    [
        ("DE", "+49", "+49"),
        ("DE", "0049", "+49"),
        ("DE", "030", "+4930"),
        ("DE", "0", "+49"),
        ("DE", "00", "+"),
        ("DE", "030?5", "+4930?5"),
        ("DE", "65??", "65??"),
        ("DE", "", ""),
        ("US", "1202", "+1202"),
        ("US", "202", "202"),
        ("IT", "06", "+3906"),
        (None, "030", "030"),
    ],
)
def test_starts(country: str | None, start: str, canonical: str) -> None:
    assert numbering_for(country).canonical_start(start) == canonical
