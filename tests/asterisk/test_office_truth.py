"""What `office/truth.py` finds in a recorded trace is what its story states.

The truth comes from Asterisk's events, the facts of `stories.py` were written by hand, and neither
has seen the call engine.
"""

from dataclasses import replace

import pytest

from .office.truth import WHOLE, Day, Truth
from .play import saved
from .stories import STORIES, Facts, Story

BEYOND = {
    "originate": "the PBX begins the call, by its API, which no day uses",
    "originate-outside": "likewise",
    "originate-passed-on": "likewise",
    "originate-passed-on-by-callee": "likewise",
    "originate-passed-on-twice": "likewise",
    "originate-unheard": "likewise",
    "originate-busy": "likewise",
    "prompt": "likewise",
    "prompt-unanswered": "likewise",
    "prompt-outside": "likewise",
    "prompt-outside-unanswered": "likewise",
    "prompt-outside-busy": "likewise",
    "paging": "the PBX itself puts it through, and to many",
    "conference": "likewise",
}
"""Stories whose calls the truth does not cover, and why."""
COVERED = [story for story in STORIES if story.name not in BEYOND]


def wrong(truth: Truth, facts: Facts) -> list[str]:
    """Return the fields in which a truth differs from the facts."""
    right = {
        "direction": truth.directions == {facts.direction},
        "caller": truth.caller == facts.caller,
        "callee": facts.callee[0] in truth.callees <= set(facts.callee),
        "answered_by": truth.answered_by in facts.answered_by.split("|"),
        "outcome": truth.outcomes == set(facts.outcome.split("|")),
        "missed_by": facts.missed_by is None or truth.missed_by == facts.missed_by,
        "ring": facts.ring is None or _near(truth.rings, facts.ring),
        "talk": facts.talk is None or _near(truth.talks, facts.talk),
    }
    return [field for field, is_right in right.items() if not is_right]


def _near(found: tuple[float, ...], right: int) -> bool:
    return bool(found) and abs(found[0] - right) <= 1


def truths(story: Story) -> list[Truth]:
    """Return what is found of its calls, without the retrieval of a parked one."""
    found = Day(saved(story.name)).truths.values()
    return [truth for truth in found if WHOLE not in truth.undecided]


def differences(calls: list[Truth], story: Story) -> list[str]:
    """Return what is wrong of each call; calls that begin together are matched as fits best."""
    left, found = list(calls), []
    for number, facts in enumerate(story.calls, start=1):
        best = min(left, key=lambda truth: len(wrong(truth, facts)))
        left.remove(best)
        found += [f"call {number}: {field}" for field in wrong(best, facts)]
    return found + [f"{truth.call_id} is no call of the story" for truth in left]


@pytest.mark.parametrize("story", COVERED, ids=lambda story: story.name)
def test_the_truth_is_what_the_story_states(story: Story) -> None:
    assert differences(truths(story), story) == []


@pytest.mark.parametrize("name", BEYOND)
def test_what_is_not_covered_is_undecided(name: str) -> None:
    assert all(WHOLE in truth.undecided for truth in Day(saved(name)).truths.values())


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("direction", "outbound"),
        ("caller", "1002"),
        ("callee", ("1002",)),
        ("answered_by", "1002"),
        ("outcome", "missed"),
        ("missed_by", frozenset(("1001",))),
        ("ring", 3),
        ("talk", 4),
    ],
)
def test_other_facts_would_be_missed(field: str, other: object) -> None:
    story = next(story for story in STORIES if story.name == "inbound")
    changed = replace(story, calls=(replace(story.calls[0], **{field: other}),))  # type: ignore[arg-type]
    assert differences(truths(story), changed) == [f"call 1: {field}"]
