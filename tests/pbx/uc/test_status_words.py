"""The words that PBXes use for states, and what the states mean."""

import pytest

from custom_components.ippbx.pbx.model.events import FailureReason
from custom_components.ippbx.pbx.model.lines import (
    Extension,
    ExtensionStatus,
    LegState,
    Trunk,
    TrunkStatus,
)
from custom_components.ippbx.pbx.uc.status_words import (
    extension_status,
    failure_reason,
    is_on,
    leg_state,
    trunk_status,
)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("Idle idle Registered NotInUse", ExtensionStatus.IDLE),
        ("Ringing RINGING", ExtensionStatus.RINGING),
        ("Busy InUse", ExtensionStatus.BUSY),
        ("Hold", ExtensionStatus.ON_HOLD),
        ("Unavailable unavailable Unregistered", ExtensionStatus.NOT_REGISTERED),
        ("Malfunction Fxsnoport", ExtensionStatus.FAULT),
        ("Elsewhere", None),
    ],
)
def test_words_for_extensions(words: str, status: ExtensionStatus | None) -> None:
    assert {extension_status(word) for word in words.split()} == {status}


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (("486 Busy Here", "User busy", "600"), FailureReason.BUSY),
        (("603 Declined", "603", "DND"), FailureReason.REFUSED),
        (("480", "408 Request Timeout", "Unreachable"), FailureReason.UNREACHABLE),
        (("487 Request Terminated",), FailureReason.CANCELLED),
        (("404 NOT found", "NO Outbound Restriction", ""), FailureReason.OTHER),
    ],
)
def test_texts_of_failures(texts: tuple[str, ...], reason: FailureReason) -> None:
    assert {failure_reason(text) for text in texts} == {reason}


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Registered", TrunkStatus.REGISTERED),
        ("registered", TrunkStatus.REGISTERED),
        (" Registered (Unmonitored) ", TrunkStatus.REGISTERED),
        ("(Unmonitored)", None),
        ("Registering", TrunkStatus.REGISTERING),
        ("Unregister", TrunkStatus.UNREGISTERED),
        ("Unregistered", TrunkStatus.UNREGISTERED),
        ("Failure", TrunkStatus.FAILURE),
        ("Disable", TrunkStatus.DISABLED),
        ("Unknown", None),
        ("Idle", TrunkStatus.IDLE),
        ("Busy", TrunkStatus.BUSY),
        ("Up", TrunkStatus.UP),
        ("Down", TrunkStatus.DOWN),
        ("Fault", TrunkStatus.FAULT),
        ("Alarm", TrunkStatus.ALARM),
        ("Power Off", TrunkStatus.POWER_OFF),
        ("No SIM", TrunkStatus.NO_SIM),
        ("No Signal", TrunkStatus.NO_SIGNAL),
        ("Pin Error", TrunkStatus.PIN_ERROR),
        ("", None),
        ("()", None),
        ("Gone fishing", None),
    ],
)
def test_words_for_trunks(word: str, status: TrunkStatus | None) -> None:
    assert trunk_status(word) is status


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("ALERT", LegState.DIALING),
        ("RING", LegState.RINGING),
        ("ANSWER", LegState.TALKING),
        ("ANSWERED", LegState.TALKING),
        ("HOLD", LegState.ON_HOLD),
        ("BYE", LegState.ENDED),
        ("Progress", None),
    ],
)
def test_words_for_legs(word: str, state: LegState | None) -> None:
    assert leg_state(word) is state


@pytest.mark.parametrize("word", [None, 1, [], {}, True, "x" * 100_000, "\ud800"])
def test_words_that_are_none(word: object) -> None:
    assert extension_status(word) is None
    assert trunk_status(word) is None
    assert leg_state(word) is None


@pytest.mark.parametrize(
    ("status", "registered"),
    [
        (None, None),
        (ExtensionStatus.IDLE, True),
        (ExtensionStatus.BUSY, True),
        (ExtensionStatus.NOT_REGISTERED, False),
        (ExtensionStatus.FAULT, False),
    ],
)
def test_whether_a_phone_answers(status: ExtensionStatus | None, registered: bool | None) -> None:
    assert Extension(number="1007", status=status).registered is registered


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (None, None),
        (TrunkStatus.REGISTERED, False),
        (TrunkStatus.DISABLED, False),
        (TrunkStatus.UNREGISTERED, True),
        (TrunkStatus.NO_SIM, True),
    ],
)
def test_whether_a_trunk_works(status: TrunkStatus | None, problem: bool | None) -> None:
    assert Trunk(key="to-town", name="to-town", status=status).problem is problem


@pytest.mark.parametrize(
    ("word", "expected"),
    [("on", True), ("On", True), ("off", False), ("yes", None), ("", None), (None, None)],
)
def test_words_of_switches(word: object, expected: bool | None) -> None:
    assert is_on(word) is expected
