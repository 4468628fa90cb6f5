"""The attributes of calls and of their events."""

from ast import literal_eval
from datetime import timedelta
from typing import Any

import pytest

from custom_components.ippbx.calls.attributes import (
    PERSONAL,
    CallAttributes,
    call_data,
    log_data,
)
from custom_components.ippbx.calls.history.entries import LogEntry, item_from
from custom_components.ippbx.calls.names import Names
from custom_components.ippbx.numbers.contacts import ContactBook
from custom_components.ippbx.pbx.model.lines import Extension
from custom_components.ippbx.pbx.model.tracked import (
    CallDirection,
    CallEventType,
    CallOutcome,
    CallState,
)

from .changes import BEGAN, CALLER, call, change

OUTBOUND, BOTH = CallDirection.OUTBOUND, {"1001", "1002"}


class Aunt:
    """Knows one number."""

    def name_of(self, number: str) -> str:
        """Return her name for her number."""
        return "Aunt Agatha" if number == CALLER else ""

    def is_vip(self, number: str) -> bool:
        """Tell that she is important."""
        return number == CALLER


@pytest.fixture
def names() -> Names:
    extensions = {"1001": Extension(number="1001", name="Porter"), "1002": Extension(number="1002")}
    return Names(lambda: extensions)


def test_unknown_attributes_are_left_out(names: Names) -> None:
    bare = call(direction=None, caller="", callee="", trunk="", rang=())
    event = change(CallEventType.RINGING, call=bare, extensions=())
    assert CallAttributes(names).of_change(event, "") == {
        "call_id": bare.call_id,
        "started": BEGAN.isoformat(),
    }


def test_all_attributes(names: Names) -> None:
    names.contacts = Aunt()
    ended = call(
        state=CallState.ENDED,
        outcome=CallOutcome.ANSWERED,
        did="4930120",
        path="6500",
        answered_by="1001",
        ring_seconds=0,
        talk_seconds=61,
    )
    until = BEGAN + timedelta(seconds=10)
    event = change(CallEventType.ENDED, call=ended, key="4", keys="1234", until=until, late=True)
    assert CallAttributes(names).of_change(event, "") == {
        "call_id": "1772357400.100",
        "direction": "inbound",
        "caller": CALLER,
        "caller_name": "Aunt Agatha",
        "caller_uri": "tel:+4930555817",
        "vip": True,
        "callee": "1001",
        "extension": "1001",
        "trunk": "trunk-1",
        "did": "4930120",
        "path": "6500",
        "answered_by": "1001",
        "outcome": "answered",
        "ring_seconds": 0,
        "talk_seconds": 61,
        "started": BEGAN.isoformat(),
        "key": "4",
        "all_keys": "1234",
        "until": "2026-03-01T09:30:10+00:00",
        "late": True,
    }


def test_words_are_text(names: Names) -> None:
    """A template that renders a whole response gets one text if a member of an enum is in it."""
    attributes = call_data(call(outcome=CallOutcome.BUSY), names)
    assert literal_eval(repr(attributes)) == attributes


@pytest.mark.parametrize(
    ("number", "uri"),
    [
        ("+4930555817", "tel:+4930555817"),
        ("004930555817", "tel:004930555817"),
        ("030 555-817", "tel:030555817"),
        ("+49 (0)30 555817", "tel:+4930555817"),
        ("007", "tel:007"),
        ("anonymous", None),
        ("", None),
    ],
)
def test_number_that_templates_leave_alone(names: Names, number: str, uri: str | None) -> None:
    event = change(CallEventType.RINGING, call=call(caller=number))
    assert CallAttributes(names).of_change(event, "1001").get("caller_uri") == uri


@pytest.mark.parametrize("direction", [CallDirection.INTERNAL, CallDirection.OUTBOUND, None])
def test_only_outside_callers_have_one(names: Names, direction: CallDirection | None) -> None:
    event = change(CallEventType.RINGING, call=call(caller="1002", direction=direction))
    assert "caller_uri" not in CallAttributes(names).of_change(event, "1001")


@pytest.mark.parametrize(("caller", "name"), [("1001", "Porter"), ("1002", None), (CALLER, None)])
def test_extensions_have_names_of_their_own(names: Names, caller: str, name: str | None) -> None:
    internal = call(caller=caller, direction=CallDirection.INTERNAL)
    event = change(CallEventType.RINGING, call=internal)
    attributes: dict[str, Any] = CallAttributes(names).of_change(event, "1001")
    assert attributes.get("caller_name") == name
    assert "vip" not in attributes


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        ({"caller": "1001", "callee": "1001"}, ("", "Porter", {"1001"})),
        ({"direction": OUTBOUND, "caller": "1001", "callee": "1001"}, ("Porter", "", {"1001"})),
        ({"direction": OUTBOUND, "caller": "1002", "answered_by": "1001"}, ("", "", {"1002"})),
        # The mobile phone of 1001 rang on a line, too.
        ({"direction": OUTBOUND, "caller": "1002", "rang": ("1001",)}, ("", "Porter", BOTH)),
        ({"direction": None, "caller": "1001"}, ("Porter", "Porter", {"1001"})),
    ],
)
def test_an_outside_party_is_no_extension_whatever_its_number(
    names: Names, known: dict[str, Any], shown: tuple[str, str, set[str]]
) -> None:
    """PBXes joined by a trunk may have one numbering plan."""
    over = call(**{"callee": "1001", "rang": ()} | known, outcome=CallOutcome.ANSWERED)
    entry = LogEntry.of(over, late=False)
    for each in (entry, item_from(entry.as_row())):
        row = log_data(each, names)
        assert (row.get("caller_name", ""), row.get("callee_name", "")) == shown[:2]
        assert "rang" not in row
        assert each.inside_numbers == shown[2]
    assert call_data(over, names).get("caller_name", "") == shown[0]


def test_contacts_name_an_outside_party_with_the_number_of_an_extension(names: Names) -> None:
    names.contacts = ContactBook([{"number": "1001", "name": "Chief"}], None)
    assert call_data(call(caller="1001"), names)["caller_name"] == "Chief"


def test_the_event_of_an_extension_names_it(names: Names) -> None:
    event = change(CallEventType.MISSED, extensions=("1002", "1001"))
    assert CallAttributes(names).of_change(event, "1001")["extension"] == "1001"
    assert CallAttributes(names).of_change(event, "")["extension"] == "1002"


def test_whatever_holds_a_number_of_a_person_is_personal(names: Names) -> None:
    numbers = ("030555801", "030555802", "030555803", "030555804", "030555805")
    caller, callee, did, answered_by, keys = numbers
    known = call(caller=caller, callee=callee, did=did, answered_by=answered_by)
    event = change(CallEventType.DTMF, call=known, key="5", keys=keys)
    attributes = CallAttributes(names).of_change(event, "1001")
    with_numbers = {
        name for name, value in attributes.items() if any(n in str(value) for n in numbers)
    }
    assert with_numbers < PERSONAL


def test_no_number_has_a_name_without_contacts() -> None:
    assert Names(dict).name_of(CALLER) == ""
    assert not Names(dict).is_vip(CALLER)
