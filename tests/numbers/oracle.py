"""libphonenumber as the oracle: it makes the table of countries, and counts what is known.

`python -m tests.numbers.oracle` prints, for 52 markets and for all countries, how many of its
example numbers have their canonical form; `--all` prints the countries one by one, `--write` makes
`numbers/countries.py` anew.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
import re
from zlib import crc32

import phonenumbers
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
)

from custom_components.ippbx.numbers import countries
from custom_components.ippbx.numbers.contacts import ContactBook
from custom_components.ippbx.numbers.phone_numbers import numbering_for

# Members of the OECD, of the European Union and of the G20, and Peru.
MARKETS = [
    "AR", "AT", "AU", "BE", "BG", "BR", "CA", "CH", "CL", "CN", "CO", "CR", "CY", "CZ", "DE", "DK",
    "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "ID", "IE", "IL", "IN", "IS", "IT", "JP", "KR",
    "LT", "LU", "LV", "MT", "MX", "NL", "NO", "NZ", "PE", "PL", "PT", "RO", "RU", "SA", "SE", "SI",
    "SK", "TR", "US", "ZA",
]  # fmt: skip
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
USUAL = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)
_TYPES = [
    value
    for name, value in vars(PhoneNumberType).items()
    if name.isupper() and value != PhoneNumberType.UNKNOWN
]
_SHORTEST_BARE = 7  # shorter ones are extensions and service numbers as well
_NO_PLACE = "001"  # of numbers that belong to no country

# What stands before national numbers, where libphonenumber has more than that in its pattern: all
# area codes, local numbers, which it completes, and conditions on what follows. The checksum of its
# pattern, ours, and what replaces a match.
_TRUNKS = {
    "AR": (2790686538, r"0?(?:(11|[23]\d\d\d?)15)?", r"9\1"),
    "AU": (3506384585, "183[12]0?|0", ""),
    "BR": (2066480197, r"(?:0|90)(?:1[245]|2[1-35]|31|4[13]|[56]5|99)?", ""),
    "GA": (2262726851, "0", ""),
    "JP": (3736573042, "0037680?|0", ""),
    "MG": (1983191198, "0", ""),
    "NF": (2120939861, "", ""),
    "SM": (325711008, "", ""),
}
# Where libphonenumber's pattern has numbers of lengths that it excludes elsewhere.
_NATIONAL = {"US": r"[2-9]\d{9}"}


def examples(region: str, kinds: tuple[int, ...] = USUAL) -> Iterator[PhoneNumber]:
    """Yield the example numbers of a region."""
    for kind in kinds:
        if number := phonenumbers.example_number_for_type(region, kind):
            yield number


def everything(region: str) -> Iterator[PhoneNumber]:
    """Yield the example numbers of all kinds: services and costly ones, too."""
    yield from examples(region, tuple(_TYPES))


def canonical(number: PhoneNumber) -> str:
    """Return a number with "+" and calling code."""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def dialled(number: PhoneNumber) -> str:
    """Return a number as it is dialled in its country."""
    written = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return re.sub(r"\D", "", written)


bare = phonenumbers.national_significant_number


def is_national(region: str, number: str) -> bool:
    """Return whether digits are a national number without prefixes, too long for a short one."""
    national = PhoneMetadata.metadata_for_region(region).general_desc.national_number_pattern
    return len(number) >= _SHORTEST_BARE and re.fullmatch(national, number) is not None


def known(region: str, number: PhoneNumber) -> tuple[bool, bool, bool]:
    """Return whether a number is known: as dialled, without prefix, and so by contacts."""
    full, numbering = canonical(number), numbering_for(region)
    contacts = ContactBook([{"number": full, "name": "known"}], region)
    return (
        numbering.canonical(dialled(number)) == full and bool(contacts.name_of(dialled(number))),
        numbering.canonical(bare(number)) == full,
        bool(contacts.name_of(bare(number))),
    )


def wrong(region: str) -> list[tuple[str, str]]:
    """Return the example numbers of a region that are taken for another one, and for which."""
    numbering = numbering_for(region)
    return [
        (form, reading)
        for number in everything(region)
        for form in (dialled(number), bare(number), canonical(number)[1:])
        for reading in numbering.readings(form)
        if reading.startswith("+") and reading != canonical(number)
    ]


def table() -> str:
    """Return the source of the table of countries."""
    codes, plans = [], []
    for code, (main, *others) in sorted(COUNTRY_CODE_TO_REGION_CODE.items()):
        codes += [] if main == _NO_PLACE else [f"{region}{code}" for region in (main, *others)]
        plans.append(f"{code} {_plan(code, main)}")
    rows = [" ".join(sorted(codes)[at : at + 15]) for at in range(0, len(codes), 15)]
    place = Path(countries.__file__)
    source = place.read_text()
    for name, lines in (("_CODES", rows), ("PLANS", plans)):
        begin = source.index('"""\n', source.index(f"\n{name}")) + 4
        end = source.index('"""\n', begin)
        source = source[:begin] + "\n".join(lines) + "\n" + source[end:]
    return source


def _plan(code: int, region: str) -> str:
    if region == _NO_PLACE:
        data = PhoneMetadata.metadata_for_nongeo_region(code)
        return f"   0  {data.general_desc.national_number_pattern}"
    data = PhoneMetadata.metadata_for_region(region)
    trunk, trunks = data.national_prefix or "", data.national_prefix_for_parsing or ""
    inserted = (data.national_prefix_transform_rule or "").replace("$", "\\")
    if region in _TRUNKS:
        checksum, ours, ours_inserted = _TRUNKS[region]
        if crc32(trunks.encode()) != checksum:
            raise SystemExit(f"{region}: other prefixes than those that _TRUNKS replaces: {trunks}")
        trunks, inserted = ours, ours_inserted
    whole = max(data.fixed_line.possible_length) if trunk else _SHORTEST_BARE
    prefixes = (trunk, trunks, inserted, str(whole), data.international_prefix)
    national = _NATIONAL.get(region, data.general_desc.national_number_pattern)
    return " ".join([*prefixes, national])


def _print_counts(*, each: bool) -> None:
    rows = {region: [known(region, number) for number in examples(region)] for region in REGIONS}
    print("country   numbers  as dialled  without prefix  without prefix, contacts  wrong")
    for name, regions in [
        *((region, [region]) for region in (REGIONS if each else MARKETS)),
        ("52 markets", MARKETS),
        ("all", REGIONS),
    ]:
        found = [row for region in regions for row in rows[region]]
        dial, without, contacts = (sum(row[column] for row in found) for column in range(3))
        faults = sum(len(wrong(region)) for region in regions)
        print(f"{name:10}{len(found):7}{dial:12}{without:16}{contacts:26}{faults:7}")


def main() -> None:
    """Print the counts, or make the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="make the table of countries anew")
    parser.add_argument("--all", action="store_true", help="print all countries one by one")
    arguments = parser.parse_args()
    if arguments.write:
        Path(countries.__file__).write_text(table())
    else:
        _print_counts(each=arguments.all)


if __name__ == "__main__":
    main()
