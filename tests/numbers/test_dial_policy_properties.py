"""Short numbers pass by an entry of their own alone: every country, wide entry and prefix."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product
from random import Random
import re

from hypothesis import assume, given, settings, strategies as st
from phonenumbers import PhoneMetadata
import pytest

from custom_components.ippbx.const import CONF_ALLOWED_NUMBERS
from custom_components.ippbx.numbers.dial_policy import MAX_SHORT, DialPolicy
from custom_components.ippbx.numbers.phone_numbers import Numbering, numbering_for

from . import oracle

# Trunk prefixes 0, 1, 8, 06 and none; prefixes 00, 011, 810, 0011, 010 and 00 with a carrier;
# national numbers of a fixed length and of any; codes of one to three digits; no country.
COUNTRIES = (
    *("DE", "AT", "CH", "FR", "GB", "IE", "NL", "SE", "GR", "PL", "ES", "PT", "DK", "NO", "IS"),
    *("IT", "SM", "CI", "HU", "RU", "BY", "US", "AU", "JP", "SG", "HK", "KR", "FO", "AD", "ZA"),
    None,
)
# Prefixes 0, 001, 000, 009, 119 and 020 for calls abroad, and carriers before or behind a prefix.
OTHERS = ("CU", "GY", "KE", "MU", "NG", "CV", "BR", "AR", "CN", "CO", "CR", "CL", "IL", "BW")
LONGEST = 8  # digits behind a prefix


@cache
def matching(pattern: re.Pattern[str]) -> list[str]:
    """Return some of the prefixes that a pattern matches: all short ones, and more by chance."""
    short = ["".join(each) for count in (1, 2) for each in product("0123456789", repeat=count)]
    long = ["".join(each) for count in (3, 4, 5) for each in product("0123456789", repeat=count)]
    found = [each for each in long if pattern.fullmatch(each)]
    return [
        *(each for each in short if pattern.fullmatch(each)),
        *Random(0).sample(found, min(6, len(found))),
    ]


def usual_prefixes(numbering: Numbering) -> set[str]:
    """Return what often stands before a number, nothing included."""
    code, trunk = numbering.code, numbering.trunk
    return {"", "0", "00", "000", "+", code, trunk, f"+{code}", f"+{code}{trunk}", f"00{code}"}


def prefixes_of(numbering: Numbering) -> list[str]:
    """Return everything that can stand before a number."""
    code, international = numbering.code, matching(numbering.international)
    rare = {"+0", f"+{code}0", f"00{code}0", *(f"{each}{code}" for each in international)}
    return sorted({*usual_prefixes(numbering), *rare, *international, *matching(numbering.trunks)})


def wide_entries(numbering: Numbering) -> Iterator[str]:
    """Yield entries of all kinds that have no number in full."""
    for prefix in prefixes_of(numbering):
        yield f"{prefix}*"
        for digits in range(1, LONGEST + 1):
            yield prefix + "?" * digits
        for digit in "0123456789":
            yield f"{prefix}{digit}*"
            yield f"{prefix}{digit}?????*"


def policy(country: str | None, *entries: str) -> DialPolicy:
    return DialPolicy(
        {CONF_ALLOWED_NUMBERS: list(entries)},
        numbering_for(country),
        is_extension=lambda _: False,
        now=lambda: 0,
    )


@cache
def wide_open(country: str | None) -> DialPolicy:
    return policy(country, *wide_entries(numbering_for(country)))


def is_national(country: str | None, number: str) -> bool:
    """Return whether a number is a whole national one where such numbers have no prefix."""
    if country is None or PhoneMetadata.metadata_for_region(country).national_prefix is not None:
        return False
    return oracle.is_national(country, number)


def passed(country: str | None, prefixes: Iterable[str], longest: int) -> list[str]:
    """Return the short numbers of up to so many digits behind a prefix that pass."""
    wide = wide_open(country)
    numbers = {
        prefix + "".join(digits)
        for prefix in prefixes
        for count in range(longest + 1)
        for digits in product("0123456789", repeat=count)
        if prefix or digits
    }
    return sorted(
        number for number in numbers if not is_national(country, number) and wide.allows(number)
    )


@pytest.mark.parametrize("country", [*COUNTRIES, *OTHERS])
def test_no_short_number_passes(country: str | None) -> None:
    assert passed(country, prefixes_of(numbering_for(country)), 2) == []


@pytest.mark.slow
@pytest.mark.parametrize("country", COUNTRIES)
def test_no_short_number_passes_exhaustively(country: str | None) -> None:
    assert passed(country, usual_prefixes(numbering_for(country)), 4) == []


@settings(max_examples=2000, deadline=None)
@given(
    country=st.sampled_from((*COUNTRIES, *OTHERS)),
    data=st.data(),
    digits=st.text("0123456789", min_size=1, max_size=LONGEST),
)
def test_no_short_number_passes_by_chance(
    country: str | None, data: st.DataObject, digits: str
) -> None:
    """Up to eight digits: those that are short by what is dialled or by what a prefix leaves."""
    numbering = numbering_for(country)
    number = data.draw(st.sampled_from(prefixes_of(numbering))) + digits
    assume(not is_national(country, number))
    dialled = number.removeprefix("+")
    assume(min(len(dialled), len(digits.lstrip("0"))) <= MAX_SHORT)
    assert not wide_open(country).allows(number)
    assert policy(country, number).allows(number)


@pytest.mark.parametrize("number", ["000112", "001112", "019222", "0019222", "000000112", "+0112"])
@pytest.mark.parametrize("entry", ["*", "+*", "+49*", "0*", "00*", "0049*", "0?????", "00????"])
@pytest.mark.parametrize("country", ["DE", "IT", "US", "AU", None])
def test_leading_zeros_make_no_number_longer(country: str | None, entry: str, number: str) -> None:
    assert not policy(country, entry).allows(number)
    assert policy(country, entry, number).allows(number)


@pytest.mark.parametrize("country", ["IT", "SM", "CI"])
def test_five_digits_with_a_zero_of_their_own(country: str) -> None:
    for number in ("00112", "00118", "01122", "04321", "001122"):
        assert not policy(country, "*", "+*", "0*", "00*").allows(number), number


@pytest.mark.parametrize("country", [*COUNTRIES, *OTHERS])
def test_long_numbers_pass(country: str | None) -> None:
    """In every form: the guard on short numbers costs no number of the usual length."""
    numbering, chance = numbering_for(country), Random(country)
    for _ in range(200):
        national = chance.choice("23456") + "".join(chance.choices("0123456789", k=9))
        if national.startswith(numbering.code or "+"):
            continue
        forms = [
            f"{prefix}{numbering.code or 49}{national}"
            for prefix in ("+", *matching(numbering.international))
        ]
        forms.append(f"{numbering.trunk}{national}")
        assert [form for form in forms if not policy(country, "*").allows(form)] == []


def test_national_numbers_that_begin_with_the_code() -> None:
    """Where they have no prefix; the code is none then."""
    for country, number in (("SG", "65123456"), ("DK", "45123456")):
        assert policy(country, "*").allows(number)
    assert not policy("IS", "*").allows("3541234")  # no number begins so there


def test_countries_of_six_digits_need_full_entries() -> None:
    forms = ("+298123456", "00298123456", "123456")
    assert not any(policy("FO", "*", "+298*", "1*").allows(form) for form in forms)
    assert all(policy("FO", "+298123456").allows(form) for form in forms[:2])
    assert policy("FO", "123456").allows("123456")
    assert policy("DE", "+298*").allows("+298123456")  # from abroad it is long
