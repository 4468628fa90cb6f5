"""Reports as they stand on the wire, and their repeats."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pbx_simulator import Knobs, Simulator
from pbx_simulator.families.uc.dialects import OPENVOX
from pbx_simulator.families.uc.reports.address import resolve
from pbx_simulator.families.uc.reports.wire import request_bytes
from pbx_simulator.families.uc.sessions import ReportTarget

from .conftest import Client, Clock, Receiver


async def report_once(sim: Simulator) -> None:
    """Send one report."""
    await sim.set_extension_status("1000", "ringing")
    await sim.settle()


async def sleepers(clock: Clock, count: int) -> None:
    """Wait until this number of tasks wait for the clock."""
    async with asyncio.timeout(5):
        while clock.sleeping < count:
            await asyncio.sleep(0)


@pytest.mark.parametrize("dialect", ["openvox"])
async def test_openvox_request(sim: Simulator, client: Client, receiver: Receiver) -> None:
    await client.login_for_reports(receiver)
    await report_once(sim)
    [got] = receiver.received
    assert got.head + got.body == (
        b"POST /hook HTTP/1.1\r\nHost:127.0.0.1\r\nContent-Length:86\r\n"
        b"Accept: application/json\r\nContent-Type:application/json\r\nConnection:close\r\n\r\n"
        b'{"action":"ExtensionStatus","extension":"1000","status":"Ringing","sn":"a09805990001"}'
    )


@pytest.mark.parametrize("dialect", ["yeastar-v1"])
async def test_yeastar_v1_request(sim: Simulator, client: Client, receiver: Receiver) -> None:
    await client.login_for_reports(receiver)
    await report_once(sim)
    [got] = receiver.received
    assert got.head == (
        b"POST /hook HTTP/1.1\r\nUser-Agent: WebAPI\r\nHost: 127.0.0.1: %d\r\n"
        b"Content-Type: application/json\r\nAccept: application/json\r\n"
        b"Content-Length: 86\r\n\r\n" % receiver.port
    )
    assert got.body == (
        b'{"action":"ExtensionStatus","extension":"1000","status":"Ringing","sn":"369350990001"}'
    )


@pytest.mark.parametrize("dialect", ["yeastar-v2"])
async def test_yeastar_v2_request(sim: Simulator, client: Client, receiver: Receiver) -> None:
    sim.knobs.host_with_blank, sim.knobs.no_content_length = False, True
    await client.login_for_reports(receiver)
    await report_once(sim)
    [got] = receiver.received
    assert got.head == (
        b"POST /hook HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: application/json\r\n"
        b"User-Agent: WebAPI\r\nContent-Type: application/json\r\n"
        b"Accept: application/json\r\n\r\n" % receiver.port
    )
    assert got.report["event"] == "ExtensionStatus"


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1"])
@pytest.mark.parametrize(
    ("knob", "url", "flag", "target"),
    [
        ("", "127.0.0.1:{port}/a/b", "1", b"/a/b"),
        ("", "a/b", "0", b"/a/b"),
        ("", "/a/b", "0", b"//a/b"),
        ("", "127.0.0.1:{port}", "1", None),
        ("", "", "1", None),
        ("drops_path", "127.0.0.1:{port}/a/b", "1", b""),
        ("no_leading_slash", "a/b", "0", b"a/b"),
        ("double_slash", "127.0.0.1:{port}/a/b", "1", b"//a/b"),
        ("accept_scheme", "http://127.0.0.1:{port}/a", "1", b"/a"),
    ],
)
async def test_targets(
    sim: Simulator,
    client: Client,
    receiver: Receiver,
    knob: str,
    url: str,
    flag: str,
    target: bytes | None,
) -> None:
    if knob:
        setattr(sim.knobs, knob, True)
    port = str(receiver.port)
    await client.login(port=port, url=url.format(port=port), urltag=flag)
    await report_once(sim)
    if target is None:
        target = b"" if sim.config.dialect == "openvox" else b"/"
    assert receiver.received[0].line == b"POST %s HTTP/1.1" % target


def test_ipv6_addresses() -> None:
    knobs = Knobs()
    address = resolve(ReportTarget("", "", "[2001:db8::7]:8260/a", "1"), OPENVOX, knobs)
    assert address is not None
    assert (address.host, address.port, address.path) == ("2001:db8::7", 8260, "/a")
    raw = request_bytes(b"{}", address, OPENVOX, knobs)
    assert raw.startswith(b"POST /a HTTP/1.1\r\nHost:[2001:db8::7]\r\n")


async def test_a_report_that_cannot_be_sent_does_not_silence_others(
    sim: Simulator,
    client: Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_arguments: Any) -> None:
        raise RuntimeError("broken")

    await client.login_for_reports(receiver)
    with monkeypatch.context() as broken:
        broken.setattr("pbx_simulator.families.uc.reports.reporter.request_bytes", fail)
        await report_once(sim)
    assert sim.deliveries[0].note == "given up"
    assert "could not be sent" in caplog.text
    await sim.set_extension_status("1000", "busy")
    await sim.settle()
    assert sim.deliveries[1].note == "answered"


async def test_an_address_that_means_nothing(sim: Simulator, client: Client) -> None:
    await client.login(url="http://127.0.0.1:1/a", urltag="1")
    await report_once(sim)
    [delivery] = sim.deliveries
    assert (delivery.note, delivery.attempts, delivery.raw) == ("given up", 0, b"")


async def test_pretty_bodies_and_missing_serial_numbers(
    sim: Simulator, client: Client, receiver: Receiver
) -> None:
    sim.knobs.pretty_reports = sim.knobs.missing_sn = True
    await client.login_for_reports(receiver)
    await report_once(sim)
    word = "event" if sim.config.dialect == "yeastar-v2" else "action"
    assert receiver.texts() == [
        (
            f'{{\n    "{word}": "ExtensionStatus",\n    "extension": "1000",\n'
            '    "status": "Ringing"\n}'
        )
    ]


@pytest.mark.parametrize("dialect", ["openvox"])
async def test_unanswered_reports_are_repeated(
    sim: Simulator, client: Client, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    await client.login_for_reports(receiver)
    await sim.set_extension_status("1000", "ringing")
    await sleepers(clock, 1)
    assert (sim.deliveries[0].attempts, sim.deliveries[0].status) == (1, 404)
    clock.move(5)
    await sleepers(clock, 1)
    receiver.answer = b"HTTP/1.1 200 OK\r\n"
    clock.move(5)
    await sim.settle()
    [delivery] = sim.deliveries
    assert (delivery.attempts, delivery.status, delivery.note) == (3, 200, "answered")
    assert len(set(receiver.texts())) == 1


@pytest.mark.parametrize("dialect", ["openvox"])
async def test_repeats_end(
    sim: Simulator, client: Client, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer = b""
    sim.knobs.repeat_limit, sim.knobs.repeat_interval = 2, 30
    await client.login_for_reports(receiver)
    await sim.set_extension_status("1000", "ringing")
    for _ in range(2):
        await sleepers(clock, 1)
        clock.move(30)
    await sim.settle()
    assert (sim.deliveries[0].attempts, sim.deliveries[0].note) == (3, "given up")


@pytest.mark.parametrize("dialect", ["openvox"])
async def test_an_unanswered_report_does_not_hold_up_later_ones(
    sim: Simulator, client: Client, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer = b""
    await client.login_for_reports(receiver)
    await sim.set_extension_status("1000", "ringing")
    await sleepers(clock, 1)
    receiver.answer = b"HTTP/1.1 200 OK\r\n\r\n"
    await sim.set_extension_status("1001", "ringing")
    await sim.wait_until(lambda: sim.deliveries[1].note == "answered")
    assert sim.deliveries[0].note == ""
    clock.move(5)
    await sim.settle()
    assert [report["extension"] for report in receiver.reports] == ["1000", "1001", "1000"]


async def test_lost_and_doubled_reports(sim: Simulator, client: Client, receiver: Receiver) -> None:
    await client.login_for_reports(receiver)
    sim.knobs.lose_next = 1
    await sim.set_extension_status("1000", "ringing")
    await sim.settle()
    sim.knobs.duplicate_reports = 1
    await sim.set_extension_status("1000", "busy")
    await sim.settle()
    sim.knobs.lose_reports = 1
    await sim.set_extension_status("1000", "idle")
    await sim.settle()
    notes = [delivery.note for delivery in sim.deliveries]
    assert notes == ["lost", "answered", "answered", "lost", "lost"]
    assert len(receiver.received) == 2


async def test_reordered_reports(sim: Simulator, client: Client, receiver: Receiver) -> None:
    await client.login_for_reports(receiver)
    sim.knobs.reorder_reports = True
    for number in ("1000", "1001", "1002", "1003"):
        await sim.set_extension_status(number, "ringing")
    await sim.settle()
    order = [report["extension"] for report in receiver.reports]
    assert order == ["1001", "1000", "1003", "1002"]


async def test_delayed_reports(
    sim: Simulator, client: Client, receiver: Receiver, clock: Clock
) -> None:
    await client.login_for_reports(receiver)
    sim.knobs.delay_reports = 3
    await sim.set_extension_status("1000", "ringing")
    await sleepers(clock, 1)
    assert receiver.received == []
    clock.move(3)
    await sim.settle()
    assert len(receiver.received) == 1


async def test_another_source_address(sim: Simulator, client: Client, receiver: Receiver) -> None:
    sim.knobs.report_source = "127.0.0.2"
    await client.login_for_reports(receiver)
    await report_once(sim)
    assert receiver.received[0].source == "127.0.0.2"


async def test_reports_as_they_stand(sim: Simulator, client: Client, receiver: Receiver) -> None:
    await client.login_for_reports(receiver)
    await sim.send_report({"action": "sms-send", "smsid": "1"})
    await sim.send_report(b'{"action":"RING","ext":{},"ext":{},}')
    await sim.settle()
    assert receiver.texts() == [
        '{"action":"sms-send","smsid":"1"}',
        '{"action":"RING","ext":{},"ext":{},}',
    ]


async def test_configuration_changes(sim: Simulator, client: Client, receiver: Receiver) -> None:
    await client.login_for_reports(receiver)
    await sim.add_extension("2000", "New")
    await sim.rename_extension("1000", "Other")
    await sim.remove_extension("1001")
    await sim.add_trunk("trunk-9")
    await sim.remove_trunk("trunk-1")
    await sim.settle()
    reported: list[Any] = [
        (report["type"], report.get("extid") or report["trunkname"], report["operation"])
        for report in receiver.reports
    ]
    assert reported == [
        ("extension", "2000", "add"),
        ("extension", "1000", "update"),
        ("extension", "1001", "del"),
        ("trunk", "trunk-9", "add"),
        ("trunk", "trunk-1", "del"),
    ]
    assert {report["sn"] for report in receiver.reports} == {sim.config.serial}


async def test_trunks_are_not_reported_unless_wanted(
    sim: Simulator, client: Client, receiver: Receiver
) -> None:
    await client.login_for_reports(receiver)
    await sim.set_trunk_status("trunk-1", "failure")
    sim.knobs.trunk_status_reports = True
    await sim.set_trunk_status("trunk-1", "registered")
    await sim.settle()
    assert [report["trunkname"] for report in receiver.reports] == ["trunk-1"]


async def test_what_is_not_monitored_is_not_reported(
    sim: Simulator, client: Client, receiver: Receiver
) -> None:
    await client.login_for_reports(receiver)
    sim.directory.extensions["1000"].monitored = False
    await sim.set_extension_status("1000", "ringing")
    sim.knobs.registered_ip = True
    await sim.set_extension_status("1001", "registered")
    await sim.settle()
    [report] = receiver.reports
    assert (report["extension"], report["registeredIP"]) == ("1001", "192.0.2.10")
