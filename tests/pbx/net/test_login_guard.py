"""The rules that keep an application from locking itself out."""

import json
from typing import Any

import pytest

from custom_components.ippbx.pbx.errors import PbxAuthError, PbxLockedOutError
from custom_components.ippbx.pbx.net.login_guard import REMEMBERED_FOR, LoginGuard
from tests.pbx.conftest import Clock

A = LoginGuard.digest("pbx.example", "hass", "one")
B = LoginGuard.digest("pbx.example", "hass", "two")


def test_a_digest_gives_nothing_away_and_tells_credentials_apart() -> None:
    assert A != B
    assert LoginGuard.digest("pbx", "a", "bc") != LoginGuard.digest("pbx", "ab", "c")
    assert LoginGuard.digest("PBX.example ", "hass", "one") == A
    assert "one" not in A
    assert len(LoginGuard.digest("pbx", "x\ud800", "y")) == 64


def test_unknown_credentials_may_be_sent(clock: Clock) -> None:
    guard = LoginGuard(now=clock)
    guard.check(A)
    guard.refused(A)
    guard.check(B)
    with pytest.raises(PbxAuthError):
        guard.check(A)


def test_refusals_outlive_each_other(clock: Clock) -> None:
    """A form that was refused, too, must not make the entry's old password good again."""
    guard = LoginGuard(now=clock)
    guard.refused(A)
    guard.refused(B)
    for credentials in (A, B):
        with pytest.raises(PbxAuthError):
            guard.check(credentials)


def test_success_forgives_these_credentials_alone(clock: Clock) -> None:
    """Two PBXs may share a host: the one that works must not have the other lock us out."""
    guard = LoginGuard(now=clock)
    guard.refused(A)
    guard.refused(B)
    guard.succeeded(A)
    guard.check(A)
    with pytest.raises(PbxAuthError):
        guard.check(B)


def test_success_forgets_a_lock_out(clock: Clock) -> None:
    changes: list[dict[str, Any]] = []
    guard = LoginGuard(now=clock, on_change=changes.append)
    guard.succeeded(A)
    assert changes == []
    guard.refused(A)
    guard.locked_out()
    guard.succeeded(A)
    guard.check(A)
    assert changes[-1] == guard.as_dict() == {}


def test_repeats_by_a_user(clock: Clock) -> None:
    guard = LoginGuard(now=clock)
    guard.refused(A)
    for _ in range(3):
        guard.check(A, by_user=True)
        guard.refused(A)
        clock.time += 100
    with pytest.raises(PbxLockedOutError) as caught:
        guard.check(A, by_user=True)
    assert caught.value.remaining == 300
    clock.time += 300
    guard.check(A, by_user=True)
    with pytest.raises(PbxLockedOutError) as caught:
        guard.check(A, by_user=True)
    assert caught.value.remaining == 100


def test_repeats_of_all_credentials_count_together(clock: Clock) -> None:
    """The PBX counts by address: the API's and the event stream's logins lock the same one."""
    guard = LoginGuard(now=clock)
    guard.refused(A)
    guard.refused(B)
    guard.check(A, by_user=True)
    guard.allow(B)
    guard.check(B)
    guard.check(A, by_user=True)
    with pytest.raises(PbxLockedOutError):
        guard.allow(B)
    with pytest.raises(PbxLockedOutError):
        guard.check(A, by_user=True)
    clock.time += 600
    guard.check(A, by_user=True)


def test_what_a_user_allows_is_sent_once(clock: Clock) -> None:
    guard = LoginGuard(now=clock)
    guard.refused(A)
    guard.allow(A)
    guard.check(A)
    with pytest.raises(PbxAuthError):
        guard.check(A)
    guard.allow(B)  # nothing to allow: it was never refused
    guard.refused(B)
    with pytest.raises(PbxAuthError):
        guard.check(B)


def test_a_lock_out_survives_a_restart(clock: Clock) -> None:
    changes: list[dict[str, Any]] = []
    guard = LoginGuard(now=clock, on_change=changes.append)
    guard.refused(A)
    guard.check(A, by_user=True)
    guard.locked_out()
    later = LoginGuard(json.loads(json.dumps(changes[-1])), now=clock)
    assert later.as_dict() == guard.as_dict()
    clock.time += 599
    with pytest.raises(PbxLockedOutError) as caught:
        later.check(B, by_user=True)
    assert caught.value.remaining == 1
    clock.time += 1
    later.check(B)
    with pytest.raises(PbxAuthError):
        later.check(A)


def test_a_clock_set_back_locks_for_ten_minutes_at_most(clock: Clock) -> None:
    guard = LoginGuard(now=clock)
    guard.locked_out()
    clock.time -= 86400
    with pytest.raises(PbxLockedOutError) as caught:
        guard.check(A)
    assert caught.value.remaining == 600
    clock.time += 600
    guard.check(A)


def test_only_the_last_refusals_are_kept(clock: Clock) -> None:
    guard = LoginGuard(now=clock)
    for number in range(40):
        guard.refused(f"digest {number}")
    assert len(guard.as_dict()["refused"]) == 16
    with pytest.raises(PbxAuthError):
        guard.check("digest 39")


@pytest.mark.parametrize(
    "state",
    [
        None,
        [],
        "x",
        {"refused": 1, "locked_until": "soon"},
        {"refused": [A], "locked_until": None},
        {"refused": {}, "locked_until": [1]},
        {"refused": {}, "locked_until": float("inf")},
        {"refused": {}, "locked_until": float("nan")},
        {"refused": {}, "locked_until": True},
    ],
)
def test_a_damaged_state_is_left_out(clock: Clock, state: Any) -> None:
    guard = LoginGuard(state, now=clock)
    guard.check(A)


def test_damaged_repeats_are_left_out(clock: Clock) -> None:
    whole = {"at": clock.time, "repeats": [clock.time]}
    repeats = ["x", None, clock.time, -1]
    refused: dict[str, Any] = {
        A: {"at": clock.time, "repeats": repeats},
        B: {"at": clock.time, "repeats": "x"},
        "no time": {"at": None, "repeats": []},
        "of version 0.1.0, which knew no salt": repeats,
    }
    assert LoginGuard({"refused": refused}, now=clock).as_dict()["refused"] == {
        A: whole,
        B: {"at": clock.time, "repeats": []},
    }


def test_what_is_kept_is_salted(clock: Clock) -> None:
    """Two installations that were refused the same password must not show it."""
    kept = []
    for salt in ("one", "two"):
        guard = LoginGuard(salt=salt, now=clock)
        guard.refused(A)
        with pytest.raises(PbxAuthError):
            LoginGuard(guard.as_dict(), salt=salt, now=clock).check(A)
        kept += guard.as_dict()["refused"]
    assert len({A, *kept}) == 3


def test_old_refusals_are_forgotten_except_those_in_use(clock: Clock) -> None:
    changes: list[dict[str, Any]] = []
    guard = LoginGuard(now=clock, on_change=changes.append)
    guard.refused(A)
    guard.refused(B)
    clock.time += REMEMBERED_FOR
    guard.forget_old(())
    assert len(changes) == 2
    clock.time += 1
    guard.forget_old([A])
    guard.check(B)
    with pytest.raises(PbxAuthError):
        guard.check(A)
    assert changes[2:] == [guard.as_dict()]
