"""The tables of docs/performance.md are made from measurements; the page stays else."""

from pathlib import Path

import pytest

from benchmarks.cases import CASES
from benchmarks.rounds import Measured, Round
from benchmarks.table import END, START, Results, markdown, replace_table
from benchmarks.verdicts import Verdict, report_verdicts

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


def measured(key: str, *microseconds: float) -> Measured:
    """Rounds of a case in each of which a report took so long; 0 for a void one."""
    case = next(case for case in CASES if case.key == key)
    result = Measured(case=case)
    for number, each in enumerate(microseconds):
        if each:
            result.by_number[number] = Round(
                reports=1000, wall=each / 950, cpu=each / 1000, kept_waiting=0
            )
        else:
            result.void.append(Round(reports=1000, wall=1, cpu=0.5, kept_waiting=0.1))
    return result


def test_a_ratio_is_the_median_over_the_rounds_that_both_have():
    verdicts = report_verdicts(
        [measured("b1", 100, 200, 0, 400), measured("c", 120, 220, 900, 600)]
    )

    assert [(v.value, v.met) for v in verdicts] == [(pytest.approx(1.2), True)]


def test_nothing_is_claimed_of_what_was_void():
    nothing = measured("c", 0, 0)
    verdicts = report_verdicts([measured("b1", 100, 100), nothing])

    assert [(v.value, v.met) for v in verdicts] == [(None, None)]
    assert nothing.load_failed
    assert "| void |" in markdown(
        Results(run="test", measured=[nothing], set_up=None, verdicts=verdicts)
    )


def test_a_limit_may_be_a_floor():
    floor = Verdict(claim="ahead", value=49.9, limit=50, at_least=True)

    assert floor.met is False
    assert "| ahead | 49.9 x | at least 50 x | **no** |" in markdown(
        Results(run="test", measured=[], set_up=None, verdicts=[floor])
    )


def test_only_what_is_between_the_marks_is_replaced():
    page = f"before\n\n{START}\n\nold\n\n{END}\n\nafter\n"

    assert replace_table(page, "| new |\n") == f"before\n\n{START}\n\n| new |\n\n{END}\n\nafter\n"


@pytest.mark.parametrize("page", ["no marks", START, f"{END}\n{START}", f"{START}{START}{END}"])
def test_a_page_without_both_marks_is_left_alone(page: str):
    with pytest.raises(ValueError, match="once each"):
        replace_table(page, "table")


def test_the_page_has_the_marks():
    assert replace_table(PAGE.read_text(encoding="utf-8"), "| new |\n").count("| new |") == 1
