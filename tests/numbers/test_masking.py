"""Masked numbers: which are, and that those of extensions and services never are."""

import pytest

from custom_components.ippbx.numbers.masking import masked
from custom_components.ippbx.pbx.model.withheld import WITHHELD


@pytest.mark.parametrize(
    ("number", "outside", "shown"),
    [
        ("+4930555817", True, "+4930555xxx"),
        ("030 / 55 58 17", True, "030555xxx"),
        ("555817", True, "555xxx"),
        ("112", True, "112"),
        ("22833", True, "22833"),
        ("030555xxx", True, "030555xxx"),
        ("", True, ""),
        ("1001", False, "1001"),
        ("7654321", False, "7654321"),
        ("76543210", False, "76543xxx"),
        ("+491715558169", False, "+491715558xxx"),
        ("01715558xxx", False, "01715558xxx"),
        ("conference", False, "conference"),
        *((word, outside, word) for word in sorted(WITHHELD) for outside in (True, False)),
    ],
)
def test_outside_numbers_are_masked(number: str, outside: bool, shown: str) -> None:
    assert masked(number, outside=outside) == shown
