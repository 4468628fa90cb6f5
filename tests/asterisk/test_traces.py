"""Calls of a real Asterisk, recorded: what the call engine makes of the reports about them.

`known_wrong.json` has what it makes of them wrongly now. A line that is not true any more fails as
well: `python -m tests.asterisk.judge --write` writes the table anew.
"""

from datetime import timedelta

import pytest

from custom_components.ippbx.pbx.tracking.phones import AT_ONCE

from .judge import RUNS, judged, known_wrong
from .play import TRACES, saved
from .stories import STORIES, Story


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
@pytest.mark.parametrize("run", RUNS)
def test_facts(run: str, story: Story) -> None:
    assert judged(run, story) == known_wrong().get(run, {}).get(story.name, [])


def test_every_story_has_its_trace_and_every_trace_its_story() -> None:
    names = [story.name for story in STORIES]
    assert len(names) == len(set(names))
    assert {path.stem for path in TRACES.glob("*.jsonl")} == set(names)


def test_what_is_known_to_be_wrong_is_of_stories_that_are_played() -> None:
    known = known_wrong()
    assert known.keys() <= RUNS.keys()
    assert {name for of in known.values() for name in of} <= {story.name for story in STORIES}


@pytest.mark.parametrize(
    "name", ["group", "group-from-inside", "group-given-up", "group-unanswered", "ivr-to-group"]
)
def test_the_phones_of_a_group_cease_to_ring_at_once(name: str) -> None:
    """What tells them from phones of another call, where no report says for whom they ring."""
    states: dict[str, str] = {}
    ceased = []
    for at, event in saved(name):
        if event["Event"] == "DeviceStateChange":
            if states.get(event["Device"]) == "RINGING":
                ceased.append(at)
            states[event["Device"]] = event["State"]
    assert len(ceased) == 3
    assert timedelta(seconds=max(ceased) - min(ceased)) * 10 <= AT_ONCE
