"""Contacts added to contacts."""

from custom_components.ippbx.contacts.merge import MAX_NAME, Row, adopted, merged, one_line, row_of

AUNT = row_of("030 555817", "Aunt Agatha", vip=True)


def alone(rows: list[Row]) -> list[list[Row]]:
    """Return a contact for each number."""
    return [[row] for row in rows]


def card(name: str, *numbers: str) -> list[Row]:
    return [row_of(number, name) for number in numbers]


def test_each_number_once_in_whatever_form() -> None:
    added = [
        row_of("+4930555817", "Agatha"),
        row_of("0049 30 555042", "Plumber"),
        row_of("(030) 555042", "The plumber again"),
    ]
    found = merged([AUNT], alone(added), "DE")
    assert found.rows == [AUNT, added[1]]
    assert (found.new, found.numbers, found.known, found.left_out) == (1, 1, 2, [])


def test_what_is_no_number_or_has_no_name_is_left_out_by_name() -> None:
    added = [row_of("aunt", "Aunt"), row_of("", "Nobody"), row_of("030555042", " "), AUNT]
    found = merged([], alone(added), "DE")
    assert found.rows == [AUNT]
    assert found.left_out == ["Aunt", "Nobody", "030555042"]


def test_contacts_are_counted_not_their_numbers() -> None:
    """One of which a number is not valid is not left out, since its others are added."""
    cards = [
        card("Anna", "0301234567", "0301234568", "030 123 45 67"),
        card("Bob", "none", "0301234569", "0301234560"),
        card("Agatha", "030 555817", "0301234571"),
        card("Carl", "030555817", "none"),
        card("Dora", "none", "nothing"),
        card("", "0301234572", "0301234573"),
        card("Emil", ""),
    ]
    found = merged([AUNT], cards, "DE")
    assert found.rows == [AUNT, *cards[0][:2], *cards[1][1:], cards[2][1]]
    assert (found.new, found.numbers, found.known) == (3, 5, 1)
    assert found.left_out == ["Dora", "0301234572", "Emil"]
    assert found.invalid == ["Bob: none", "Carl: none"]


def test_what_an_entry_held_is_kept_whatever_it_is() -> None:
    """Two names for one number, a number that is none; but nothing twice."""
    other = [row_of("+4930555817", "Agatha"), row_of("aunt", "Old"), AUNT | {"vip": False}]
    assert adopted([AUNT], other, "DE") == [AUNT, *other[:2]]
    assert adopted([AUNT | {"vip": False}], [AUNT], "DE") == [AUNT]
    assert adopted([AUNT, *other[:2]], other, "DE") == [AUNT, *other[:2]]


def test_the_uri_of_a_number_is_none() -> None:
    """Also in what was stored before, and from a form."""
    assert row_of(" tel:+49-30-555817;ext=12 ", "Aunt")["number"] == "+49-30-555817"


def test_a_name_is_one_line() -> None:
    assert one_line(" Anna\r\n\tSample\x00 ") == "Anna Sample"
    assert one_line("<b>Anna</b> \N{BLACK TELEPHONE}") == "<b>Anna</b> \N{BLACK TELEPHONE}"
    family = "\U0001f468\u200d\U0001f469"  # joined, one sign
    assert one_line(f"{family} \u200fx \ud800") == f"{family} \u200fx"
    assert one_line("x" * MAX_NAME) == "x" * MAX_NAME
    assert one_line("x" * 5000) == "x" * (MAX_NAME - 1) + "…"
    family = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL} \N{RIGHT-TO-LEFT MARK}"
    assert one_line(f"{family}\ud800") == family
