"""Random calls with late, repeated and lost reports: no ghosts, wrong outcomes or repeats."""

import pytest

from .call_property import DIALECTS, measure

SCENARIOS = 667  # of each dialect; 2,001 in all
MOST_UNKNOWN = {"openvox": 0.06, "yeastar-v1": 0.0, "yeastar-v2": 0.0}
"""Share of calls whose outcome nothing that came decides, where a tenth of all reports is lost."""


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nothing_is_wrong_whatever_becomes_of_the_reports(dialect: str) -> None:
    figures = measure(dialect, range(1, SCENARIOS + 1))
    assert not figures.faults, figures.examples
    assert figures.told > SCENARIOS
    assert figures.unknown <= MOST_UNKNOWN[dialect] * figures.told


@pytest.mark.parametrize("dialect", DIALECTS)
def test_where_no_report_is_lost_every_outcome_is_known(dialect: str) -> None:
    figures = measure(dialect, range(1, 101), drop=0.0)
    assert not figures.faults, figures.examples
    assert figures.unknown == 0
