"""An event goes through the table once, then to every consumer; its entities wake at the end."""

from typing import Any

import pytest

from custom_components.ippbx.pbx.model.events import (
    BootUpReport,
    ConfigChangeReport,
    ExtensionStatusReport,
    PbxEvent,
    UnknownReport,
)
from custom_components.ippbx.pbx.model.lines import Extension, ExtensionStatus
from custom_components.ippbx.reports.dispatcher import DispatcherHooks, ReportDispatcher
from custom_components.ippbx.state.store import StateStore, extension_key

KEY = extension_key("1000")
BOOT = BootUpReport(name="BootUp")
CHANGE = ConfigChangeReport(name="ConfigChange", item="extension", key="1000", operation="add")
STRANGE = UnknownReport(name="Weather")


def status(number: str, value: ExtensionStatus | None = ExtensionStatus.BUSY) -> PbxEvent:
    return ExtensionStatusReport(name="ExtensionStatus", extension=number, status=value)


class Desk:
    """A dispatcher, and what happened in which order."""

    def __init__(self) -> None:
        self.steps: list[Any] = []
        self.fails = False
        self.store = StateStore(lambda: 0.0, frozenset(ExtensionStatus))
        self.store.merge_extensions((Extension(number="1000"),), asked_at=0.0)
        self.store.subscribe(KEY, lambda: self.steps.append("woken"))
        hooks = DispatcherHooks(
            on_boot=lambda: self.steps.append("boot"),
            on_config_change=lambda event: self.steps.append(event.key),
            on_status=lambda number: self.steps.append(f"status of {number}"),
            on_unknown_extension=lambda: self.steps.append("unknown"),
        )
        consumers = (
            (PbxEvent, self.first),
            (BootUpReport, self.of_starts),
            (PbxEvent, self.second),
        )
        self.dispatcher = ReportDispatcher(self.store, hooks, consumers)

    def first(self, event: PbxEvent) -> None:
        self.steps.append(f"first {event.name}")
        self.store.publish((KEY,) if isinstance(event, ExtensionStatusReport) else ())

    def of_starts(self, event: BootUpReport) -> None:
        self.steps.append(f"of starts {event.name}")

    def second(self, event: PbxEvent) -> None:
        if self.fails:
            raise RuntimeError("a fault of ours")
        self.steps.append(f"second {event.name}")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(
    ("event", "steps"),
    [
        (
            status("1000"),
            ["status of 1000", "first ExtensionStatus", "second ExtensionStatus", "woken"],
        ),
        (status("1000", None), ["first ExtensionStatus", "second ExtensionStatus", "woken"]),
        (status("1009"), ["unknown", "first ExtensionStatus", "second ExtensionStatus", "woken"]),
        (BOOT, ["boot", "first BootUp", "of starts BootUp", "second BootUp"]),
        (CHANGE, ["1000", "first ConfigChange", "second ConfigChange"]),
        (STRANGE, ["first Weather", "second Weather"]),
    ],
)
def test_one_event(desk: Desk, event: PbxEvent, steps: list[str]) -> None:
    desk.dispatcher.dispatch(event)
    assert desk.steps == steps


def test_an_entity_wakes_even_where_a_consumer_fails(desk: Desk) -> None:
    desk.fails = True
    with pytest.raises(RuntimeError):
        desk.dispatcher.dispatch(status("1000"))
    assert desk.steps == ["status of 1000", "first ExtensionStatus", "woken"]
    desk.store.publish((KEY,))
    assert desk.steps[-1] == "woken"  # nothing is held any more
