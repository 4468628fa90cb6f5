"""Contacts added to contacts."""

from custom_components.ippbx.contacts.merge import MAX_NAME, adopted, merged, one_line, row_of

AUNT = row_of("030 555817", "Aunt Agatha", vip=True)


def test_each_number_once_in_whatever_form() -> None:
    added = [
        row_of("+4930555817", "Agatha"),
        row_of("0049 30 555042", "Plumber"),
        row_of("(030) 555042", "The plumber again"),
    ]
    found = merged([AUNT], added, "DE")
    assert found.rows == [AUNT, added[1]]
    assert (found.new, found.known, found.left_out) == (1, 2, [])


def test_what_is_no_number_or_has_no_name_is_left_out_by_name() -> None:
    added = [row_of("aunt", "Aunt"), row_of("", "Nobody"), row_of("030555042", " "), AUNT]
    found = merged([], added, "DE")
    assert found.rows == [AUNT]
    assert found.left_out == ["Aunt", "Nobody", "030555042"]


def test_what_an_entry_held_is_kept_whatever_it_is() -> None:
    """Two names for one number, a number that is none; but nothing twice."""
    other = [row_of("+4930555817", "Agatha"), row_of("aunt", "Old"), AUNT | {"vip": False}]
    assert adopted([AUNT], other, "DE") == [AUNT, *other[:2]]
    assert adopted([AUNT | {"vip": False}], [AUNT], "DE") == [AUNT]
    assert adopted([AUNT, *other[:2]], other, "DE") == [AUNT, *other[:2]]


def test_a_name_is_one_line() -> None:
    assert one_line(" Anna\r\n\tSample\x00 ") == "Anna Sample"
    assert one_line("<b>Anna</b> \N{BLACK TELEPHONE}") == "<b>Anna</b> \N{BLACK TELEPHONE}"
    family = "\U0001f468\u200d\U0001f469"  # joined, one sign
    assert one_line(f"{family} \u200fx \ud800") == f"{family} \u200fx"
    assert len(one_line("x" * 5000)) == MAX_NAME
    family = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL} \N{RIGHT-TO-LEFT MARK}"
    assert one_line(f"{family}\ud800") == family
