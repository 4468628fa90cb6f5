"""Which extensions count as unmonitored."""

import pytest

from custom_components.ippbx.reports.unmonitored import UnmonitoredExtensions


@pytest.fixture
def unmonitored() -> UnmonitoredExtensions:
    return UnmonitoredExtensions()


def test_an_extension_without_reports_for_two_changes_is_unmonitored(
    unmonitored: UnmonitoredExtensions,
) -> None:
    for times in (1, 2):
        assert unmonitored.compare({"101"}, proven=True) == {"101"}, times
        assert unmonitored.numbers == []
    unmonitored.confirm()
    assert unmonitored.numbers == ["101"]
    assert unmonitored.compare({"101", "102"}, proven=True) == {"102"}  # it is known not to report


def test_its_first_report_ends_that(unmonitored: UnmonitoredExtensions) -> None:
    unmonitored.compare({"101"}, proven=True)
    unmonitored.compare({"101"}, proven=True)
    unmonitored.confirm()
    unmonitored.status_reported("101")
    assert unmonitored.numbers == []
    unmonitored.compare(set(), proven=True)
    assert unmonitored.compare({"101"}, proven=True) == {"101"}
    unmonitored.confirm()
    assert unmonitored.numbers == []


def test_one_lost_report_makes_no_extension_unmonitored(unmonitored: UnmonitoredExtensions) -> None:
    unmonitored.compare({"101"}, proven=True)
    unmonitored.status_reported("101")
    unmonitored.compare(set(), proven=True)
    unmonitored.compare({"101"}, proven=True)
    unmonitored.confirm()
    assert unmonitored.numbers == []


def test_a_channel_without_reports_says_nothing_of_extensions(
    unmonitored: UnmonitoredExtensions,
) -> None:
    for _ in range(5):
        assert unmonitored.compare({"101"}, proven=False) == {"101"}
    unmonitored.confirm()
    assert unmonitored.numbers == []


def test_a_list_that_differs_from_a_report_questions_nothing(
    unmonitored: UnmonitoredExtensions,
) -> None:
    unmonitored.status_reported("101")
    assert unmonitored.compare({"101"}, proven=True) == set()
    assert unmonitored.compare({"101"}, proven=True) == {"101"}
    assert unmonitored.any_reported({"101", "102"})
    assert not unmonitored.any_reported({"102"})
