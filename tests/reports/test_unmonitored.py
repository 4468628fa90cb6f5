"""Which extensions count as unmonitored."""

import pytest

from custom_components.ippbx.reports.unmonitored import SilentExtensions


@pytest.fixture
def silent() -> SilentExtensions:
    return SilentExtensions()


def test_an_extension_without_reports_for_two_changes_is_unmonitored(
    silent: SilentExtensions,
) -> None:
    for times in (1, 2):
        assert silent.has_read({"101"}, proven=True) == {"101"}, times
        assert silent.numbers == []
    silent.confirm()
    assert silent.numbers == ["101"]
    assert silent.has_read({"101", "102"}, proven=True) == {"102"}  # it is known not to report


def test_its_first_report_ends_that(silent: SilentExtensions) -> None:
    silent.has_read({"101"}, proven=True)
    silent.has_read({"101"}, proven=True)
    silent.confirm()
    silent.has_reported("101")
    assert silent.numbers == []
    silent.has_read(set(), proven=True)
    assert silent.has_read({"101"}, proven=True) == {"101"}
    silent.confirm()
    assert silent.numbers == []


def test_one_lost_report_makes_no_extension_unmonitored(silent: SilentExtensions) -> None:
    silent.has_read({"101"}, proven=True)
    silent.has_reported("101")
    silent.has_read(set(), proven=True)
    silent.has_read({"101"}, proven=True)
    silent.confirm()
    assert silent.numbers == []


def test_a_channel_without_reports_says_nothing_of_extensions(silent: SilentExtensions) -> None:
    for _ in range(5):
        assert silent.has_read({"101"}, proven=False) == {"101"}
    silent.confirm()
    assert silent.numbers == []


def test_a_list_that_differs_from_a_report_casts_no_doubt(silent: SilentExtensions) -> None:
    silent.has_reported("101")
    assert silent.has_read({"101"}, proven=True) == set()
    assert silent.has_read({"101"}, proven=True) == {"101"}
    assert silent.has_spoken({"101", "102"})
    assert not silent.has_spoken({"102"})
