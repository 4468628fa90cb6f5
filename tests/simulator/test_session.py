"""Logins, tokens, lock-out and heartbeats."""

from __future__ import annotations

from typing import Any

import pytest

from pbx_simulator import Simulator
from pbx_simulator.families.uc.sessions import ReportTarget

from .conftest import PASSWORD, Client, Clock, Receiver

FAILED = {"status": "Failed"}


async def test_login_gives_a_token_that_works(sim: Simulator, client: Client) -> None:
    answer = await client.login()
    assert len(answer["token"]) == 32
    assert set(answer["token"]) <= set("0123456789abcdef")
    assert (answer.get("transport") == "HTTP") == (sim.config.dialect == "yeastar-v2")
    info = await client.ask("deviceinfo/query")
    assert info["deviceinfo"]["sn"] == sim.config.serial
    assert (sim.logins, sim.failed_logins, sim.token_alive) == (1, 0, True)


@pytest.mark.parametrize(
    "change",
    [
        {"password": PASSWORD.upper()},
        {"password": "Pa55word"},
        {"username": "API"},
    ],
)
async def test_wrong_credentials_are_refused(
    sim: Simulator, client: Client, change: dict[str, str]
) -> None:
    assert await client.login(**change) == FAILED | {"errno": "20003"}
    assert (sim.logins, sim.failed_logins, sim.token_alive) == (0, 1, False)


async def test_five_refused_logins_lock_the_address_out_for_ten_minutes(
    sim: Simulator, client: Client, clock: Clock
) -> None:
    for _ in range(5):
        assert (await client.login(password="0" * 32))["errno"] == "20003"
    assert (await client.login())["errno"] == "20002"
    clock.move(599)
    assert (await client.login())["errno"] == "20002"
    clock.move(1)
    assert (await client.login())["status"] == "Success"
    assert sim.failed_logins == 7


async def test_a_good_login_starts_the_count_anew(sim: Simulator, client: Client) -> None:
    for _ in range(4):
        await client.login(password="0" * 32)
    await client.login()
    for _ in range(4):
        await client.login(password="0" * 32)
    assert (await client.login())["status"] == "Success"


async def test_a_token_lives_thirty_minutes_after_the_last_exchange(
    client: Client, clock: Clock
) -> None:
    await client.login()
    for _ in range(3):
        clock.move(1799)
        assert (await client.ask("heartbeat"))["status"] == "Success"
    clock.move(1800)
    assert await client.ask("heartbeat") == FAILED | {"errno": "20006"}


async def test_tokens_that_are_missing_unknown_or_dropped(sim: Simulator, client: Client) -> None:
    assert (await client.ask("deviceinfo/query"))["errno"] == "20005"
    assert (await client.ask("deviceinfo/query", with_token="0" * 32))["errno"] == "20004"
    await client.login()
    sim.drop_tokens()
    assert (await client.ask("deviceinfo/query"))["errno"] == "20004"


async def test_logout_ends_the_token(sim: Simulator, client: Client) -> None:
    await client.login()
    assert await client.ask("logout") == {"status": "Success"}
    assert (await client.ask("heartbeat"))["errno"] == "20004"
    assert not sim.token_alive


@pytest.mark.parametrize(("single", "errno"), [(False, None), (True, "20004")])
async def test_a_second_login(
    sim: Simulator, client: Client, single: bool, errno: str | None
) -> None:
    sim.knobs.single_token = single
    await client.login()
    first = client.token
    await client.login()
    assert (await client.ask("heartbeat", with_token=first)).get("errno") == errno


@pytest.mark.parametrize("dialect", ["yeastar-v1", "yeastar-v2"])
async def test_refresh_tokens_work_once(sim: Simulator, client: Client, clock: Clock) -> None:
    sim.knobs.refresh_tokens, sim.knobs.sliding = True, False
    first = await client.login()
    clock.move(1000)
    second = await client.ask("token/refresh", refreshtoken=first["refreshtoken"])
    assert second["token"] != first["token"]
    clock.move(1000)
    assert (await client.ask("heartbeat", with_token=second["token"]))["status"] == "Success"
    again = await client.ask("token/refresh", refreshtoken=first["refreshtoken"])
    assert again["errno"] == "20004"


async def test_login_and_heartbeat_register_the_report_address(
    sim: Simulator, client: Client
) -> None:
    await client.login(port="8260", url="report", urltag=0)
    assert sim.report_target == ReportTarget("127.0.0.1", "8260", "report", "0")
    target = {"ipaddr": "192.0.2.7", "port": "8123", "url": "192.0.2.7:8123/x", "urltag": "1"}
    await client.ask("heartbeat", **target)
    assert sim.report_target == ReportTarget(*target.values())
    await client.ask("heartbeat")
    assert sim.report_target == ReportTarget(*target.values())
    await client.ask("heartbeat", ipaddr="192.0.2.8", port="9")
    assert sim.report_target == ReportTarget("192.0.2.8", "9", "", "0")


@pytest.mark.parametrize(
    ("params", "errno"),
    [
        ({"ipaddr": "192.0.2.7", "port": "65536"}, "20008"),
        ({"ipaddr": "192.0.2.7", "port": "x"}, "20008"),
        ({"ipaddr": "pbx.example", "port": "80"}, "20011"),
        ({"ipaddr": ["192.0.2.7"], "port": "80"}, "10004"),
    ],
)
async def test_bad_heartbeats_change_nothing(
    sim: Simulator, client: Client, params: dict[str, Any], errno: str
) -> None:
    await client.login(url="report")
    before = sim.report_target
    assert (await client.ask("heartbeat", **params))["errno"] == errno
    assert sim.report_target == before


async def test_strict_parameters(sim: Simulator, client: Client) -> None:
    sim.knobs.strict_parameters = True
    if sim.config.dialect != "yeastar-v2":
        assert (await client.login(port=None))["errno"] == "10004"
    assert (await client.login(port=8260))["errno"] == "10004"
    await client.login()
    assert (await client.ask("heartbeat"))["errno"] == "10004"
    assert (await client.ask("heartbeat", ipaddr="192.0.2.7"))["errno"] == "10004"


@pytest.mark.parametrize(
    ("names", "flag", "read"),
    [
        ("both", "urltag", "1"),
        ("both", "urlflag", "1"),
        ("urltag", "urlflag", "0"),
        ("urlflag", "urltag", "0"),
    ],
)
async def test_spellings_of_the_flag(
    sim: Simulator, client: Client, names: str, flag: str, read: str
) -> None:
    sim.knobs.flag_names = names
    await client.login()
    await client.ask("heartbeat", ipaddr="192.0.2.7", port="1", url="a", **{flag: "1"})
    assert sim.report_target is not None
    assert sim.report_target.urltag == read


async def test_an_optional_limit_of_the_url(sim: Simulator, client: Client) -> None:
    sim.knobs.max_url_length = 64
    assert (await client.login(url="x" * 65))["errno"] == "10004"
    await client.login(url="x" * 64)
    long = await client.ask("heartbeat", ipaddr="192.0.2.7", port="1", url="x" * 65)
    assert long["errno"] == "20011"


async def test_reports_end_with_the_token(
    sim: Simulator, client: Client, clock: Clock, receiver: Receiver
) -> None:
    await client.login_for_reports(receiver)
    clock.move(1799)
    await sim.set_extension_status("1000", "ringing")
    await sim.settle()
    clock.move(1799)
    await sim.set_extension_status("1000", "busy")
    await sim.settle()
    clock.move(1800)
    await sim.set_extension_status("1000", "idle")
    await sim.settle()
    assert len(receiver.received) == 2, "a report renews the token, too"


@pytest.mark.parametrize(("each", "count"), [(False, 1), (True, 2)])
async def test_receivers_of_reports_after_two_logins(
    sim: Simulator, client: Client, receiver: Receiver, each: bool, count: int
) -> None:
    sim.knobs.reports_per_login = each
    await client.login_for_reports(receiver, "/first")
    await client.login_for_reports(receiver, "/second")
    await sim.set_extension_status("1000", "ringing")
    await sim.settle()
    assert len(receiver.received) == count
    assert receiver.received[-1].line == b"POST /second HTTP/1.1"


async def test_the_longest_silence(sim: Simulator, client: Client, clock: Clock) -> None:
    await client.login()
    clock.move(60)
    await client.ask("heartbeat")
    clock.move(300)
    await client.ask("heartbeat")
    clock.move(20)
    assert sim.longest_silence == 300
    await sim.go_away()
    clock.move(1000)
    await sim.come_back()
    assert sim.longest_silence == 300, "no client can reach a PBX that is away"
    clock.move(400)
    assert sim.longest_silence == 400, "the running silence counts"
