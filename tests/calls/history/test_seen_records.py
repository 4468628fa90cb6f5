"""Ids that are done with are kept as long as needed, and never without bound."""

from datetime import UTC, datetime, timedelta
import json
from typing import Any, cast
from unittest.mock import MagicMock

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ippbx.calls.history import seen_records
from custom_components.ippbx.calls.history.seen_records import SeenRecords
from custom_components.ippbx.pbx.model.tracked import CallOutcome, CallState, TrackedCall
from tests.calls.changes import call

type Known = dict[str, TrackedCall]


@pytest.fixture
def known() -> Known:
    """Return the calls that the engine knows, by id."""
    return {}


@pytest.fixture
def seen(known: Known) -> SeenRecords:
    calls = MagicMock()
    calls.tracker.find = known.get
    return SeenRecords(cast("Any", calls))


def test_a_published_call_is_known(seen: SeenRecords) -> None:
    assert not seen.knows("1.1")
    seen.record_ended("1.1")
    assert seen.knows("1.1")
    assert not seen.knows("1.2")


def test_a_record_is_open_while_its_call_goes_on(seen: SeenRecords, known: Known) -> None:
    known["1.1"] = call()
    seen.record_applied(("1.1",))
    assert not seen.knows("1.1")
    assert seen.as_kept() == {}  # a restart now would have to look again
    known["1.1"] = call(state=CallState.ENDED, outcome=CallOutcome.MISSED)
    assert seen.knows("1.1")
    seen.record_ended("1.7")  # whatever ends next
    assert set(seen.as_kept()) == {"1.1", "1.7"}


def test_a_record_without_a_call_is_done(seen: SeenRecords) -> None:
    seen.record_applied(("1.1",))
    assert seen.knows("1.1")


def test_stored_ids_are_known_after_a_restart(seen: SeenRecords) -> None:
    seen.record_ended("1.1")
    again = SeenRecords(MagicMock())
    again.load(seen.as_kept())
    assert again.knows("1.1")


def test_ids_are_written_as_they_are_kept(seen: SeenRecords) -> None:
    """The event loop writes up to 20,000, and no computing may come on top of it."""
    for number in range(20_000):
        seen.record_ended(f"1780000000.{number}")
    content, loaded = seen.as_kept(), SeenRecords(MagicMock())
    assert all(type(at) is float for at in content.values())
    loaded.load(json.loads(json.dumps(content)))
    assert loaded.as_kept() == content


def test_old_ids_are_forgotten(seen: SeenRecords, freezer: FrozenDateTimeFactory) -> None:
    seen.record_ended("1.1")
    freezer.tick(timedelta(hours=1))
    seen.record_ended("1.2")
    seen.forget_before(datetime.now(UTC) - timedelta(minutes=59))
    assert (seen.knows("1.1"), seen.knows("1.2")) == (False, True)


def test_the_number_of_ids_is_limited(seen: SeenRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen_records, "_MAX_IDS", 3)
    for number in range(5):
        seen.record_ended(f"1.{number}")
    assert list(seen.as_kept()) == ["1.2", "1.3", "1.4"]
