"""The token and the turns: renewed, never two requests at once, never a login too many."""

import asyncio
from datetime import UTC, datetime

import pytest

from custom_components.ippbx.pbx.backend import Delivery
from custom_components.ippbx.pbx.errors import (
    PbxAddressRefusedError,
    PbxApiDisabledError,
    PbxAuthError,
    PbxBusyError,
    PbxConnectionError,
    PbxLockedOutError,
    PbxLoginLimitError,
    PbxOtherPbxError,
    PbxProtocolError,
    PbxRequestError,
    PbxTimeoutError,
    PbxTokenError,
)
from custom_components.ippbx.pbx.model.commands import Dial
from custom_components.ippbx.pbx.model.lines import ReportAddress
from custom_components.ippbx.pbx.net.login_guard import LoginGuard, wall_clock
from custom_components.ippbx.pbx.uc.backend import UcBackend
from custom_components.ippbx.pbx.uc.session import (
    FAILED_PAUSE,
    IDENTITY_LIFE,
    PROOF_PAUSE,
    TOKEN_LIFE,
)
from tests.pbx.conftest import ADDRESS, Clock, MakeClient
from tests.pbx.raw_pbx import OK, RawPbx, failed, http

EXTENSIONS = {"status": "Success", "extlist": [{"extnumber": "1007", "status": "Idle"}]}


def system(serial: str) -> dict[str, object]:
    """Return what a PBX with a serial number says about itself."""
    return {**OK, "deviceinfo": {"devicename": "UC", "sn": serial}}


@pytest.fixture(autouse=True)
def _extensions(pbx: RawPbx) -> None:
    pbx.routes["extensionlist/query"] = EXTENSIONS


@pytest.mark.parametrize("errno", [20003, 20004, 20005, 20006])
async def test_a_lost_token_costs_one_silent_login(
    pbx: RawPbx, client: UcBackend, errno: int
) -> None:
    await client.open(ADDRESS)
    pbx.script.append(failed(errno))
    (extension,) = await client.extensions()
    assert extension.number == "1007"
    assert [request.endpoint for request in pbx.requests] == [
        "login",
        "extensionlist/query",
        "login",
        "extensionlist/query",
    ]
    assert pbx.requests[-1].token == pbx.tokens[-1]
    assert client.session.count == 2


async def test_a_token_that_never_works_is_given_up(pbx: RawPbx, client: UcBackend) -> None:
    await client.open(ADDRESS)
    pbx.routes["extensionlist/query"] = failed(20004)
    with pytest.raises(PbxTokenError):
        await client.extensions()
    assert len(pbx.asked("login")) == 2
    with pytest.raises(PbxTokenError):
        await client.extensions()
    assert len(pbx.asked("login")) == 3
    with pytest.raises(PbxLoginLimitError) as caught:
        await client.extensions()
    assert caught.value.endpoint == "extensionlist/query"
    assert caught.value.remaining == 360
    assert len(pbx.asked("login")) == 3
    await client.keep_alive(ADDRESS)  # it works elsewhere


@pytest.mark.parametrize(("pause", "lasts"), [(0.01, False), (PROOF_PAUSE, True)])
async def test_heartbeats_that_follow_at_once_show_no_lasting_session(
    pbx: RawPbx, client: UcBackend, clock: Clock, pause: float, lasts: bool
) -> None:
    """Whoever fails asks for a heartbeat: two failed reads sent two within milliseconds."""
    await client.open(ADDRESS)
    pbx.routes["extensionlist/query"] = failed(20004)
    for _ in range(2):
        with pytest.raises(PbxTokenError):
            await client.extensions()
    for _ in range(2):
        await client.keep_alive(ADDRESS)
        clock.time += pause
    with pytest.raises(PbxTokenError if lasts else PbxLoginLimitError):
        await client.extensions()


async def test_the_new_login_registers_the_address_of_the_last_heartbeat(
    pbx: RawPbx, client: UcBackend
) -> None:
    await client.open(ADDRESS)
    moved = ReportAddress(ipaddr="192.0.2.8", port="8124", url="192.0.2.8:8124/r")
    pbx.forget()
    await client.keep_alive(moved)
    login, beat = pbx.requests[-2:]
    assert (login.endpoint, login.json["url"]) == ("login", "192.0.2.8:8124/r")
    assert (beat.endpoint, beat.json["ipaddr"]) == ("heartbeat", "192.0.2.8")


async def test_no_two_requests_at_once_and_one_login_for_all(
    pbx: RawPbx, client: UcBackend
) -> None:
    await client.open(ADDRESS)
    pbx.forget()
    await asyncio.gather(
        client.keep_alive(ADDRESS),
        client.extensions(),
        client.trunks(),
        client.probe(),
        return_exceptions=True,
    )
    assert pbx.most_in_flight == 1
    assert len(pbx.asked("login")) == 2


async def test_what_a_user_asks_goes_first(pbx: RawPbx, client: UcBackend) -> None:
    await client.open(ADDRESS)
    await pbx.arrivals.get()
    pbx.open.clear()
    running = asyncio.create_task(client.extensions())
    await pbx.arrivals.get()
    queued = asyncio.create_task(client.trunks())
    with client.priority():
        urgent = asyncio.create_task(client.keep_alive(ADDRESS))
    await asyncio.sleep(0)
    pbx.open.set()
    await asyncio.gather(running, queued, urgent)
    assert [request.endpoint for request in pbx.requests[1:]] == [
        "extensionlist/query",
        "heartbeat",
        "trunklist/query",
    ]


async def test_the_wait_for_the_turn_is_not_timed(pbx: RawPbx, make_client: MakeClient) -> None:
    client = make_client(request_timeout=0.2)
    await client.open(ADDRESS)
    await pbx.arrivals.get()
    pbx.open.clear()
    hanging = asyncio.create_task(client.extensions())
    await pbx.arrivals.get()
    waiting = asyncio.create_task(client.extensions())
    with pytest.raises(PbxTimeoutError):
        await hanging
    pbx.open.set()
    assert len(await waiting) == 1


async def test_a_cancelled_request_lets_the_next_one_pass(pbx: RawPbx, client: UcBackend) -> None:
    await client.open(ADDRESS)
    await pbx.arrivals.get()
    pbx.open.clear()
    cancelled = asyncio.create_task(client.extensions())
    await pbx.arrivals.get()
    queued = asyncio.create_task(client.keep_alive(ADDRESS))
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    pbx.open.set()
    await queued
    assert pbx.requests[-1].endpoint == "heartbeat"


async def test_refused_credentials_are_not_sent_again(
    pbx: RawPbx, make_client: MakeClient, clock: Clock
) -> None:
    guard = LoginGuard(now=clock)
    client = make_client(guard=guard)
    pbx.routes["login"] = failed(20003)
    with pytest.raises(PbxAuthError):
        await client.open(ADDRESS)
    for again in (client, make_client(guard=LoginGuard(guard.as_dict(), now=clock))):
        with pytest.raises(PbxAuthError) as caught:
            await again.open(ADDRESS)
        assert caught.value.errno == 20003
    for request in (client.extensions(), client.keep_alive(ADDRESS)):
        with pytest.raises(PbxAuthError):
            await request
    assert len(pbx.requests) == 1


async def test_only_a_login_refuses_credentials(
    pbx: RawPbx, make_client: MakeClient, clock: Clock
) -> None:
    """20003 in all other answers is a lost token, even where it stays; no login is counted."""
    guard = LoginGuard(now=clock)
    client = make_client(guard=guard)
    await client.open(ADDRESS)
    pbx.routes |= {
        name: failed(20003) for name in ("heartbeat", "extensionlist/query", "deviceinfo/query")
    }
    await client.probe()  # somebody is there
    for request in (client.keep_alive(ADDRESS), client.extensions(), client.system_info()):
        clock.time += 400
        with pytest.raises(PbxTokenError):
            await request
    pbx.routes["heartbeat"] = OK
    await client.keep_alive(ADDRESS)
    assert guard.as_dict() == LoginGuard(now=clock).as_dict()

    clock.time += 400
    pbx.script.extend([failed(20003), failed(20003)])
    with pytest.raises(PbxAuthError) as caught:  # the second answers the silent login
        await client.keep_alive(ADDRESS)
    assert caught.value.errno == 20003


async def test_a_user_has_four_refusals_in_ten_minutes(
    pbx: RawPbx, client: UcBackend, clock: Clock
) -> None:
    pbx.routes["login"] = failed(20003)
    for _ in range(4):
        with pytest.raises(PbxAuthError):
            await client.open(ADDRESS, by_user=True)
    assert len(pbx.requests) == 4
    clock.time += 60
    with pytest.raises(PbxLoginLimitError) as caught:
        await client.open(ADDRESS, by_user=True)
    assert caught.value.remaining == 540
    assert len(pbx.requests) == 4
    clock.time += 540
    pbx.routes["login"] = OK
    await client.open(ADDRESS, by_user=True)
    assert client.session.count == 1


async def test_a_lock_out_is_waited_out(pbx: RawPbx, client: UcBackend, clock: Clock) -> None:
    pbx.script.append(failed(20002))
    with pytest.raises(PbxLockedOutError) as caught:
        await client.open(ADDRESS)
    assert caught.value.remaining == 600
    clock.time += 200
    with pytest.raises(PbxLockedOutError) as caught:
        await client.open(ADDRESS)
    assert caught.value.remaining == 400
    assert len(pbx.requests) == 1
    clock.time += 400
    await client.open(ADDRESS)
    assert len(pbx.requests) == 2


async def test_a_login_that_a_user_asks_for_is_not_held_back(
    pbx: RawPbx, client: UcBackend
) -> None:
    """Nor is what follows it: the entry of a form that succeeded loads at once."""
    for _ in range(3):
        await client.open(ADDRESS)
    with pytest.raises(PbxLoginLimitError):
        await client.open(ADDRESS)
    await client.open(ADDRESS, by_user=True)
    await client.open(ADDRESS)
    assert len(pbx.asked("login")) == 5


async def test_a_user_may_end_a_lock_out(pbx: RawPbx, client: UcBackend) -> None:
    pbx.script.append(failed(20002))
    with pytest.raises(PbxLockedOutError):
        await client.open(ADDRESS)
    await client.open(ADDRESS, by_user=True)
    pbx.forget()
    await client.extensions()
    assert len(pbx.asked("login")) == 3


async def test_the_guard_is_asked_before_a_silent_login(pbx: RawPbx, client: UcBackend) -> None:
    await client.open(ADDRESS)
    pbx.forget()
    pbx.script.extend([failed(20006), failed(20002)])
    with pytest.raises(PbxLockedOutError):
        await client.extensions()
    with pytest.raises(PbxLockedOutError):
        await client.extensions()
    assert len(pbx.asked("login")) == 2


@pytest.mark.parametrize(
    ("errno", "kind"),
    [
        (10007, PbxRequestError),
        (10025, PbxBusyError),
        (20010, PbxBusyError),
        (30001, PbxBusyError),
        (30003, PbxApiDisabledError),
    ],
)
async def test_other_errors_reach_the_caller(
    pbx: RawPbx, client: UcBackend, errno: int, kind: type[PbxRequestError]
) -> None:
    await client.open(ADDRESS)
    pbx.script.append(failed(errno))
    with pytest.raises(kind) as caught:
        await client.keep_alive(ADDRESS)
    assert caught.value.errno == errno
    assert len(pbx.requests) == 2


@pytest.mark.parametrize("errno", [10005, 10007])
async def test_no_calls_may_be_an_error_number(pbx: RawPbx, client: UcBackend, errno: int) -> None:
    await client.open(ADDRESS)
    pbx.script.extend([failed(errno), failed(errno), failed(10004)])
    assert (await client.live_calls(())).calls == ()
    with pytest.raises(PbxRequestError):
        await client.live_calls(())


async def test_nothing_logs_in_unasked(pbx: RawPbx, client: UcBackend) -> None:
    for request in (client.extensions(), client.keep_alive(ADDRESS)):
        with pytest.raises(PbxConnectionError):
            await request
    assert pbx.requests == []


async def test_after_a_logout_a_late_heartbeat_begins_no_new_session(
    pbx: RawPbx, client: UcBackend
) -> None:
    await client.open(ADDRESS)
    await pbx.arrivals.get()
    pbx.open.clear()
    running = asyncio.create_task(client.extensions())
    await pbx.arrivals.get()
    late = asyncio.create_task(client.keep_alive(ADDRESS))
    leaving = asyncio.create_task(client.close())
    await asyncio.sleep(0)
    pbx.open.set()
    await asyncio.gather(running, leaving)
    with pytest.raises(PbxConnectionError):
        await late
    assert [request.endpoint for request in pbx.requests] == [
        "login",
        "extensionlist/query",
        "logout",
    ]


async def test_logout_is_always_short_and_never_fails(pbx: RawPbx, client: UcBackend) -> None:
    await client.open(ADDRESS)
    pbx.open.clear()
    await client.close(timeout=0.05)
    assert client.session.age is None
    pbx.open.set()
    await client.open(ADDRESS)
    pbx.script.append(failed(30003))
    await client.close()
    assert client.session.age is None


async def test_probe_spends_no_login(pbx: RawPbx, client: UcBackend) -> None:
    await client.probe()
    assert pbx.requests[0].line == "POST /api/v0.0.1/deviceinfo/query?token= HTTP/1.1"
    pbx.script.append(OK)
    await client.probe()
    pbx.script.append(failed(30003))
    with pytest.raises(PbxApiDisabledError):
        await client.probe()
    assert pbx.asked("login") == []


async def test_age_and_end_of_the_token(pbx: RawPbx, client: UcBackend, clock: Clock) -> None:
    assert client.session.age is None
    await client.open(ADDRESS)
    assert client.session.age == 0
    clock.time += 1000
    assert client.session.age == 1000
    assert client.session.valid_until == datetime.fromtimestamp(clock.time + 800, UTC)
    pbx.script.append(failed(10006))
    with pytest.raises(PbxRequestError):
        await client.trunks()
    assert client.session.age == 1000
    await client.extensions()
    assert client.session.age == 0


async def test_a_frozen_clock_is_followed(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client(guard=LoginGuard(), now=wall_clock)
    monkeypatch.setattr("time.time", lambda: 5000.0)
    await client.open(ADDRESS)
    assert client.session.valid_until == datetime.fromtimestamp(5000 + TOKEN_LIFE, UTC)


async def test_a_clock_that_is_set_ends_no_token(
    make_client: MakeClient, pbx: RawPbx, clock: Clock
) -> None:
    wall = Clock()
    client = make_client(now=wall)
    await client.open(ADDRESS)
    clock.time += 10
    wall.time += 3600
    await client.extensions()
    wall.time -= 7200
    await client.extensions()
    assert [request.endpoint for request in pbx.requests].count("login") == 1


@pytest.mark.parametrize("token", [None, "", "a b", "a&b=c", "é" * 32, "a" * 200, ["a"], {}])
async def test_a_login_without_a_usable_token(
    pbx: RawPbx, client: UcBackend, token: object
) -> None:
    pbx.script.append({"status": "Success", "token": token})
    with pytest.raises(PbxProtocolError):
        await client.open(ADDRESS)
    assert client.session.age is None
    await client.open(ADDRESS)
    assert client.session.count == 1


@pytest.mark.parametrize(
    ("said", "delivery"),
    [({}, None), ({"transport": "tcp"}, Delivery.FEED), ({"transport": ["x"]}, None)],
)
async def test_how_reports_are_sent(
    pbx: RawPbx, client: UcBackend, said: dict[str, object], delivery: Delivery | None
) -> None:
    pbx.script.append({**OK, "token": "a" * 32, **said})
    await client.open(ADDRESS)
    assert client.session.delivery is delivery


async def test_a_pbx_that_was_away_is_logged_in_to_once(
    pbx: RawPbx, client: UcBackend, clock: Clock
) -> None:
    await client.open(ADDRESS)
    pbx.forget()
    pbx.script.extend([failed(20004), b""])
    with pytest.raises(PbxConnectionError):
        await client.extensions()
    clock.time += FAILED_PAUSE
    await client.extensions()
    assert [request.endpoint for request in pbx.requests[-2:]] == ["login", "extensionlist/query"]
    assert client.session.count == 2


async def test_a_login_that_failed_is_not_repeated_at_once(
    pbx: RawPbx, client: UcBackend, clock: Clock
) -> None:
    """Whatever asks for it: a read, a heartbeat, an action."""
    pbx.routes["login"] = failed(30003)
    for _ in range(4):
        for again in (client.open(ADDRESS), client.extensions(), client.keep_alive(ADDRESS)):
            with pytest.raises(PbxApiDisabledError):
                await again
        clock.time += FAILED_PAUSE / 2
    assert len(pbx.requests) == 2


async def test_a_token_that_works_again_costs_no_login(pbx: RawPbx, client: UcBackend) -> None:
    await client.open(ADDRESS)
    pbx.script.extend([failed(20004), http(b"<html>")])
    with pytest.raises(PbxProtocolError):
        await client.extensions()
    await client.extensions()
    assert len(pbx.asked("login")) == 2
    assert pbx.requests[-1].token == pbx.tokens[0]


async def test_a_token_that_must_be_dead_is_not_tried(
    pbx: RawPbx, client: UcBackend, clock: Clock
) -> None:
    await client.open(ADDRESS)
    clock.time += 1800
    await client.extensions()
    assert [request.endpoint for request in pbx.requests] == [
        "login",
        "login",
        "extensionlist/query",
    ]


async def test_the_serial_number_is_compared_before_anything_else(
    pbx: RawPbx, make_client: MakeClient
) -> None:
    client = make_client(serial="SN1")
    pbx.routes["deviceinfo/query"] = system("SN1")
    await client.open(ADDRESS)
    await client.extensions()
    assert [each.endpoint for each in pbx.requests] == [
        "login",
        "deviceinfo/query",
        "extensionlist/query",
    ]
    pbx.forget()
    pbx.script.extend([failed(20004), {**OK, "token": "f" * 32}, system("SN2")])
    with pytest.raises(PbxOtherPbxError) as caught:
        await client.extensions()
    assert caught.value.serial == "SN2"
    assert "SN2" not in str(caught.value)
    assert [each.endpoint for each in pbx.requests[3:]] == [
        "extensionlist/query",
        "login",
        "deviceinfo/query",
        "logout",
    ]
    assert pbx.requests[-1].token == "f" * 32


async def test_what_a_login_asked_is_not_asked_again(
    pbx: RawPbx, make_client: MakeClient, clock: Clock
) -> None:
    client = make_client(serial="SN1")
    pbx.routes["deviceinfo/query"] = system("SN1")
    await client.open(ADDRESS)
    assert (await client.system_info()).serial == "SN1"
    assert len(pbx.asked("deviceinfo/query")) == 1

    await client.system_info()  # what counts is the present
    assert len(pbx.asked("deviceinfo/query")) == 2
    await client.open(ADDRESS)
    clock.time += IDENTITY_LIFE + 1
    await client.system_info()
    assert len(pbx.asked("deviceinfo/query")) == 4


async def test_another_pbx_costs_a_login_in_five_minutes(
    pbx: RawPbx, make_client: MakeClient, clock: Clock
) -> None:
    client = make_client(serial="SN1")
    pbx.routes["deviceinfo/query"] = system("SN2")
    for _ in range(60):
        with pytest.raises(PbxOtherPbxError):
            await client.open(ADDRESS)
        clock.time += 10
    assert len(pbx.asked("login")) == 2


async def test_another_pbx_that_goes_away_may_be_followed_by_the_true_one(
    pbx: RawPbx, make_client: MakeClient
) -> None:
    client = make_client(serial="SN1")
    pbx.routes["deviceinfo/query"] = system("SN2")
    with pytest.raises(PbxOtherPbxError):
        await client.open(ADDRESS)
    pbx.script.append(b"")
    with pytest.raises(PbxConnectionError):
        await client.probe()
    pbx.routes["deviceinfo/query"] = system("SN1")
    await client.open(ADDRESS)
    assert len(pbx.asked("login")) == 2


async def test_nothing_but_the_question_who_it_is_reaches_another_pbx(
    pbx: RawPbx, make_client: MakeClient
) -> None:
    """The old token is kept, for it may be good at the true one, which is found out first."""
    client = make_client(serial="SN1")
    pbx.routes["deviceinfo/query"] = system("SN1")
    await client.open(ADDRESS)
    await client.keep_alive(ADDRESS)
    pbx.script.extend([failed(20004), OK | {"token": "f" * 32}, system("SN2"), OK])
    with pytest.raises(PbxOtherPbxError):
        await client.keep_alive(ADDRESS)
    since = len(pbx.requests)
    pbx.routes["deviceinfo/query"] = failed(20004)
    dial = Dial(caller="1000", callee="1001")
    for request in (lambda: client.control.send(dial), lambda: client.keep_alive(ADDRESS)):
        with pytest.raises(PbxOtherPbxError):
            await request()
    assert {each.endpoint for each in pbx.requests[since:]} == {"deviceinfo/query"}

    pbx.routes["deviceinfo/query"] = system("SN1")
    await client.control.send(dial)
    await client.control.send(dial)
    assert [each.endpoint for each in pbx.requests[-3:]] == [
        "deviceinfo/query",
        "extension/dial_extension",
        "extension/dial_extension",
    ]


async def test_a_serial_number_that_cannot_be_read_is_asked_for_again_without_a_login(
    pbx: RawPbx, make_client: MakeClient
) -> None:
    client = make_client(serial="SN1")
    pbx.routes["deviceinfo/query"] = failed(30001)
    with pytest.raises(PbxBusyError):
        await client.open(ADDRESS)
    for errno in (30001, 10004, 20011):
        pbx.routes["deviceinfo/query"] = failed(errno)
        with pytest.raises(PbxRequestError) as caught:
            await client.keep_alive(ADDRESS)
        assert not isinstance(caught.value, PbxAddressRefusedError)
    pbx.routes["deviceinfo/query"] = system("SN1")
    await client.keep_alive(ADDRESS)
    assert len(pbx.asked("login")) == len(pbx.asked("heartbeat")) == 1


async def test_a_serial_number_that_changes_is_noticed_when_it_is_read(
    pbx: RawPbx, make_client: MakeClient
) -> None:
    client = make_client(serial="SN1")
    pbx.routes["deviceinfo/query"] = system("SN1")
    await client.open(ADDRESS)
    await client.system_info()
    pbx.routes["deviceinfo/query"] = system("SN2")
    for request in (client.system_info, client.extensions, client.system_info):
        with pytest.raises(PbxOtherPbxError):
            await request()
    pbx.routes["deviceinfo/query"] = system("SN1")
    await client.extensions()
    assert len(pbx.asked("login")) == 1


async def test_an_address_that_is_refused_is_an_error_of_its_own(
    pbx: RawPbx, client: UcBackend
) -> None:
    await client.open(ADDRESS)
    pbx.routes["heartbeat"] = failed(20008)
    with pytest.raises(PbxAddressRefusedError) as caught:
        await client.keep_alive(ADDRESS)
    assert (caught.value.errno, caught.value.key) == (20008, "port_refused")
    assert client.session.age is not None
    pbx.routes["heartbeat"] = failed(10025)
    with pytest.raises(PbxBusyError):
        await client.keep_alive(ADDRESS)


@pytest.mark.parametrize(
    "answer", [{"status": "Nope"}, {"status": 500}, failed(4711), {"status": "Failed"}]
)
async def test_a_heartbeat_that_is_answered_with_nonsense_has_failed(
    pbx: RawPbx, client: UcBackend, answer: dict[str, object]
) -> None:
    await client.open(ADDRESS)
    pbx.routes["heartbeat"] = answer
    with pytest.raises(PbxRequestError) as caught:
        await client.keep_alive(ADDRESS)
    assert type(caught.value) is PbxRequestError
    assert caught.value.endpoint == "heartbeat"
