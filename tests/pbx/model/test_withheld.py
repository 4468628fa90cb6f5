"""Withheld numbers: in any spelling, and never a number."""

import pytest

from custom_components.ippbx.pbx.model.withheld import is_withheld


@pytest.mark.parametrize("number", ["", "anonymous", "Anonymous", "UNKNOWN", "Restricted"])
def test_words_stand_for_a_withheld_number(number: str) -> None:
    assert is_withheld(number)


@pytest.mark.parametrize("number", ["1001", "+4930555817", "0", "sales"])
def test_a_number_is_told(number: str) -> None:
    assert not is_withheld(number)
