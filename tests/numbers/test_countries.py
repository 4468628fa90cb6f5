"""Numbers of all countries as people dial them, against libphonenumber."""

from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
import re

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberType
import pytest

from custom_components.ippbx.const import CONF_ALLOWED_NUMBERS
from custom_components.ippbx.numbers import countries
from custom_components.ippbx.numbers.contacts import ContactBook
from custom_components.ippbx.numbers.countries import CALLING_CODES
from custom_components.ippbx.numbers.dial_policy import MAX_SHORT, DialPolicy
from custom_components.ippbx.numbers.phone_numbers import numbering_for

from . import oracle

ABROAD = [
    oracle.canonical(phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE))
    for region in ("DE", "GB", "US", "BR", "CN", "KE", "NZ", "PT")
]


def policy(country: str, *allowed: str) -> DialPolicy:
    return DialPolicy(
        {CONF_ALLOWED_NUMBERS: list(allowed)},
        numbering_for(country),
        is_extension=lambda _: False,
        now=lambda: 0,
    )


def test_the_table_is_that_of_libphonenumber() -> None:
    """After an update of libphonenumber: scripts/countries --write."""
    assert Path(countries.__file__).read_text() == oracle.table()


def test_calling_codes() -> None:
    assert {code: int(CALLING_CODES[code]) for code in oracle.REGIONS} == {
        region: phonenumbers.country_code_for_region(region) for region in oracle.REGIONS
    }


@pytest.mark.parametrize("region", oracle.REGIONS)
def test_what_a_list_may_begin_with(region: str) -> None:
    numbering = numbering_for(region)
    for digits in product("0123456789", repeat=3):
        start = "".join(digits)
        assert numbering.canonical_start(start) in (
            start,
            f"+{numbering.code}{start}",
            f"+{numbering.code}{start.removeprefix(numbering.trunk)}",
            *(f"+{start[length:]}" for length in (1, 2, 3)),
            *(f"+{numbering.code}{start[length:]}" for length in (2, 3)),
        )


def test_numbers_of_the_markets() -> None:
    """A fixed and a mobile number of each of 52 countries.

    Without their prefix as numbers of callers; those that are dialled so may be local numbers.
    """
    found = [
        oracle.known(region, number)
        for region in oracle.MARKETS
        for number in oracle.examples(region)
    ]
    as_dialled, bare, bare_by_contacts = (sum(column) for column in zip(*found, strict=True))
    assert len(found) == 104
    assert as_dialled == 104
    assert bare >= 89
    assert bare_by_contacts == 104


def test_numbers_of_all_countries() -> None:
    found = [
        oracle.known(region, number)
        for region in oracle.REGIONS
        for number in oracle.examples(region)
    ]
    as_dialled, _, bare_by_contacts = (sum(column) for column in zip(*found, strict=True))
    assert as_dialled >= 454  # others have up to six digits, as extensions do
    assert bare_by_contacts >= 484
    assert len(found) == 489


@pytest.mark.parametrize("region", oracle.REGIONS)
def test_no_number_is_taken_for_another_one(region: str) -> None:
    """Of all kinds, as dialled, without prefix, and without the plus."""
    assert oracle.wrong(region) == []


@cache
def international_prefixes(pattern: str) -> list[str]:
    """Return what people dial for a plus: all of up to five digits, a few of the longer ones."""
    found = [
        "".join(digits)
        for count in range(1, 6)
        for digits in product("0123456789", repeat=count)
        if re.fullmatch(pattern, "".join(digits))
    ]
    longer = ("14110011", "1201000", "1790000", "191100", "197700", "1412011")
    return found + [prefix for prefix in longer if re.fullmatch(pattern, prefix)]


PATTERNS = sorted(
    {PhoneMetadata.metadata_for_region(each).international_prefix for each in oracle.REGIONS}
)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_international_prefixes(pattern: str) -> None:
    """Each of them, in each country that has it; in doubt a number is none, never a wrong one."""
    prefixes = international_prefixes(pattern)
    assert prefixes
    for region in oracle.REGIONS:
        if PhoneMetadata.metadata_for_region(region).international_prefix != pattern:
            continue
        numbering = numbering_for(region)
        in_doubt = 0
        for prefix, number in product(prefixes, ABROAD):
            dialled = prefix + number[1:]
            assert number in numbering.meanings(dialled), (region, dialled)
            in_doubt += numbering.canonical(dialled) != number
        assert in_doubt <= len(prefixes) * len(ABROAD) // 10, region


@pytest.mark.parametrize(
    ("country", "dialled", "canonical"),
    [
        ("CU", "11949301234567", "+49301234567"),
        ("GY", "00149301234567", "+49301234567"),
        ("HK", "005049301234567", "+49301234567"),
        ("HK", "0049301234567", "+49301234567"),
        ("KE", "00049301234567", "+49301234567"),
        ("MH", "01149301234567", "+49301234567"),
        ("MN", "00149301234567", "+49301234567"),
        ("MU", "02049301234567", "+49301234567"),
        ("NG", "00949301234567", "+49301234567"),
        ("CV", "049301234567", "+49301234567"),
        ("CN", "13123456780", "+8613123456780"),
        ("BR", "11961234560", "+5511961234560"),
        ("BR", "02130001234", "+552130001234"),  # Rio de Janeiro; 21 is also a carrier
        ("BR", "0211130001234", "+551130001234"),
        ("PE", "912345670", "+51912345670"),
        ("BY", "80152450912", "+375152450912"),
        ("AR", "0111523456780", "+5491123456780"),
        ("AR", "0221153456789", "+5492213456789"),
        ("BW", "0800012340", "+2670800012340"),
        ("FJ", "08001234560", "+67908001234560"),
        ("AU", "18310298765432", "+61298765432"),  # withholds the caller's number
    ],
)
def test_as_people_dial(country: str, dialled: str, canonical: str) -> None:
    assert numbering_for(country).canonical(dialled) == canonical


@pytest.mark.parametrize(
    ("country", "stored", "calling"),
    [
        ("CN", "+8613123456780", "13123456780"),
        ("BR", "+5511961234560", "11961234560"),
        ("PE", "+51912345670", "912345670"),
        ("DE", "+4915123456780", "15123456780"),
        ("ID", "+62812345670", "812345670"),
    ],
)
def test_callers_without_prefix(country: str, stored: str, calling: str) -> None:
    for one, other in ((stored, calling), (calling, stored)):
        book = ContactBook([{"number": one, "name": "Aunt Agatha"}], country)
        assert book.name_of(other) == "Aunt Agatha"


def test_what_may_be_a_local_number_is_dialled_as_it_is() -> None:
    """A caller of that number is known, but dialling it may reach somebody else."""
    assert numbering_for("DE").readings("301234567") == ("301234567", "+49301234567")
    assert not policy("DE", "+49*").allows("301234567")
    assert policy("FR", "+33*").allows("612345678")  # no local number has as many digits


def test_in_doubt_all_that_may_be_meant_must_be_allowed() -> None:
    number = "00263712000123"  # in Hong Kong: 00 or 002
    assert numbering_for("HK").meanings(number) == ("+263712000123", "+63712000123")
    assert numbering_for("HK").readings(number) == (number,)
    assert not policy("HK", "+263*").allows(number)
    assert not policy("HK", "+63*", "0*", "+852*").allows(number)
    assert policy("HK", "+263*", "+63*").allows(number)
    assert policy("HK", number).allows(number)


def test_short_parts_of_what_is_dialled_are_no_reason_to_allow_it() -> None:
    """Numbers that are long as one country dials them, and short as another does."""
    for country, number in (("CO", "057034086"), ("HK", "004735345"), ("BB", "13605843")):
        assert numbering_for(country).fewest_digits(number) <= 7, number
    assert not policy("CO", "*").allows("057034086")
    assert not policy("HK", "*").allows("004735345")
    assert numbering_for("BB").canonical("13605843") == "13605843"
    assert not policy("AU", "*").allows("1831112")  # 112 without the caller's number


def forms(region: str, digits: str, chance: Random) -> Iterator[str]:
    """Yield digits behind what may stand before them, in a country."""
    code = CALLING_CODES[region]
    data = PhoneMetadata.metadata_for_region(region)
    trunk, abroad = data.national_prefix or "", international_prefixes(data.international_prefix)
    yield from (digits, f"+{digits}", f"00{digits}", f"{chance.choice(abroad)}{digits}")
    yield from (f"{code}{digits}", f"+{code}{digits}", f"{chance.choice(abroad)}{code}{digits}")
    yield from (f"{trunk}{digits}", f"0{digits}", f"+{code}{trunk}{digits}")


@pytest.mark.parametrize("region", oracle.REGIONS)
def test_short_numbers_pass_by_an_entry_of_their_own_alone(region: str) -> None:
    """In every country, however wide the list; see also test_dial_policy_properties."""
    chance, code = Random(region), CALLING_CODES[region]
    wide = policy(region, "*", "+*", "0*", "00*", "1*", f"+{code}*", "??????", "0??????", "+???*")
    has_prefix = PhoneMetadata.metadata_for_region(region).national_prefix is not None
    for _ in range(100):
        digits = "".join(chance.choices("0123456789", k=chance.randint(1, MAX_SHORT)))
        for form in forms(region, digits, chance):
            is_whole = not has_prefix and oracle.is_national(region, form)
            assert is_whole or not wide.allows(form), form
            assert policy(region, form).allows(form)
