"""The rules that keep an application from locking itself out."""

from contextlib import suppress
import json
from typing import Any

import pytest

from custom_components.ippbx.pbx.errors import (
    PbxAuthError,
    PbxLockedOutError,
    PbxLoginLimitError,
)
from custom_components.ippbx.pbx.net.login_guard import LOCKOUT, REMEMBERED_FOR, LoginGuard
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
    """That one user may log in proves nothing for another one."""
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
    guard.locked_out(A)
    guard.succeeded(A)
    guard.check(A)
    assert changes[-1] == guard.as_dict() == {}


def test_users_have_four_refusals_in_ten_minutes_whatever_they_type(clock: Clock) -> None:
    guard = LoginGuard(now=clock)
    for number in range(4):
        guard.check(f"digest {number}", by_user=True)
        guard.refused(f"digest {number}")
        clock.time += 100
    for credentials in ("digest 0", A):
        with pytest.raises(PbxLoginLimitError) as caught:
            guard.check(credentials, by_user=True)
        assert caught.value.remaining == 200
    clock.time += 200
    guard.check(A, by_user=True)
    guard.refused(A)
    with pytest.raises(PbxLoginLimitError) as caught:
        guard.check(B, by_user=True)
    assert caught.value.remaining == 100


def test_the_count_holds_back_no_credentials_that_were_not_refused(clock: Clock) -> None:
    guard = LoginGuard(now=clock)
    for number in range(4):
        guard.refused(f"digest {number}")
    guard.check(A)


def test_a_granted_login_clears_the_count(clock: Clock) -> None:
    guard = LoginGuard(now=clock)
    for number in range(4):
        guard.refused(f"digest {number}")
    guard.succeeded(A)
    guard.check(B, by_user=True)


def test_the_count_survives_a_restart_and_a_clock_set_back(clock: Clock) -> None:
    guard = LoginGuard(now=clock)
    for number in range(4):
        guard.refused(f"digest {number}")
    later = LoginGuard(json.loads(json.dumps(guard.as_dict())), now=clock)
    clock.time -= 86400
    with pytest.raises(PbxLoginLimitError) as caught:
        later.check(A, by_user=True)
    assert caught.value.remaining == LOCKOUT
    clock.time += LOCKOUT
    later.check(A, by_user=True)


def test_a_user_may_log_in_during_a_lock_out(clock: Clock) -> None:
    """The user may have lifted it on the PBX; nothing else may try."""
    guard = LoginGuard(now=clock)
    guard.locked_out(A)
    guard.check(A, by_user=True)
    with pytest.raises(PbxLockedOutError):
        guard.check(A)
    clock.time += 100
    guard.locked_out(A)  # the PBX has not forgotten it
    with pytest.raises(PbxLockedOutError) as caught:
        guard.check(A)
    assert caught.value.remaining == LOCKOUT - 100
    guard.refused(A)  # it has: it says so for another reason now
    guard.check(B)


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


def test_what_a_user_allows_waits_where_too_many_were_refused(clock: Clock) -> None:
    guard = LoginGuard(now=clock)
    for number in range(4):
        guard.refused(f"digest {number}")
    guard.allow("digest 0")
    with pytest.raises(PbxLoginLimitError):
        guard.check("digest 0")
    clock.time += LOCKOUT
    guard.check("digest 0")


def test_logins_that_come_to_nothing_become_rare(clock: Clock) -> None:
    guard = LoginGuard(now=clock)
    began, logins = clock.time, []
    while clock.time < began + 1000:
        with suppress(PbxLoginLimitError):
            guard.check_rate()
            guard.count()
            logins.append(clock.time - began)
        clock.time += 1
    assert logins == [0, 1, 2, 360, 660, 960]


def test_logins_are_rare_after_the_first_minute_although_it_had_one(clock: Clock) -> None:
    guard = LoginGuard(now=clock)
    guard.count()
    clock.time += 61
    guard.check_rate()
    guard.count()
    with pytest.raises(PbxLoginLimitError) as caught:
        guard.check_rate()
    assert caught.value.remaining == 300


def test_a_session_that_lasts_clears_the_rate(clock: Clock) -> None:
    guard = LoginGuard(now=clock)
    for _ in range(3):
        guard.count()
    with pytest.raises(PbxLoginLimitError):
        guard.check_rate()
    guard.lasted()
    guard.check_rate()


def test_a_clock_set_back_delays_no_login_for_long(clock: Clock) -> None:
    guard = LoginGuard(now=clock)
    for _ in range(3):
        guard.count()
    clock.time -= 86400
    with pytest.raises(PbxLoginLimitError) as caught:
        guard.check_rate()
    assert caught.value.remaining == 360
    clock.time += 360
    guard.check_rate()


def test_a_lock_out_survives_a_restart(clock: Clock) -> None:
    changes: list[dict[str, Any]] = []
    guard = LoginGuard(now=clock, on_change=changes.append)
    guard.refused(B)
    guard.locked_out(A)
    later = LoginGuard(json.loads(json.dumps(changes[-1])), now=clock)
    assert later.as_dict() == guard.as_dict()
    clock.time += 599
    with pytest.raises(PbxLockedOutError) as caught:
        later.check(A)
    assert caught.value.remaining == 1
    clock.time += 1
    later.check(A)
    with pytest.raises(PbxAuthError):
        later.check(B)


def test_a_lock_out_holds_back_no_credentials_that_did_not_meet_it(clock: Clock) -> None:
    """The block may have been lifted on the PBX since: theirs is the one try that shows it."""
    guard = LoginGuard(now=clock)
    guard.locked_out(A)
    guard.check(B)
    clock.time += 100
    guard.locked_out(B)
    for credentials in (A, B):
        with pytest.raises(PbxLockedOutError) as caught:
            guard.check(credentials)
        assert caught.value.remaining == LOCKOUT - 100
    clock.time += LOCKOUT
    guard.locked_out(A)
    guard.check(B)


def test_a_user_has_tries_again_after_a_lock_out(clock: Clock) -> None:
    """The PBX counts from zero once it is lifted."""
    guard = LoginGuard(now=clock)
    for number in range(4):
        guard.refused(f"digest {number}")
    guard.locked_out(A)
    guard.check(A, by_user=True)


def test_a_clock_set_back_locks_for_ten_minutes_at_most(clock: Clock) -> None:
    guard = LoginGuard(now=clock)
    guard.locked_out(A)
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


def test_damaged_refusals_are_left_out(clock: Clock) -> None:
    refused: dict[str, Any] = {
        A: clock.time,
        B: "x",
        "no time": None,
        "of another version": {"at": clock.time, "repeats": []},
    }
    state = {"refused": refused, "refusals": ["x", None, clock.time, -1]}
    kept = LoginGuard(state, now=clock).as_dict()
    assert kept == {
        "refused": {A: clock.time},
        "refusals": [clock.time],
        "locked_until": 0,
        "locked": [],
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
