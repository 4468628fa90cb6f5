"""The open lines of the protocol notes, and what speaks for and against each."""

import json
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.ippbx.pbx.backend import Arrivals, FeedState, Finding
from custom_components.ippbx.pbx.errors import PbxAddressRefusedError
from custom_components.ippbx.pbx.model.actions import Action
from custom_components.ippbx.pbx.model.lines import ReportAddress
from custom_components.ippbx.pbx.uc.backend import UcBackend
from custom_components.ippbx.pbx.uc.findings import (
    JUDGED_EACH,
    JUDGED_FIRST,
    LINES,
    MAJORITY,
    Findings,
    Sent,
)
from custom_components.ippbx.pbx.uc.reports.parse import parse_report
from tests.pbx.conftest import ADDRESS
from tests.pbx.raw_pbx import OK, RawPbx, failed

NOTES = Path(__file__).parents[3] / "docs" / "protocol-notes.md"
OPENVOX, V1, V2 = "openvox", "yeastar-v1", "yeastar-v2"
ID, NEXT = "1700000000.40", "1700000000.42"
WEBHOOK = "192.0.2.10:8123/api/webhook/0123456789abcdef0123456789abcdef"


def ext(*numbers: str) -> list[dict[str, Any]]:
    return [{"ext": {"extid": number}} for number in numbers]


def line(to: str = "1001") -> dict[str, Any]:
    return {"inbound": {"from": "5550100", "to": to, "trunkname": "t"}}


def call(action: str, *parties: dict[str, Any], call_id: str = ID) -> dict[str, Any]:
    return {"action": action, "callid": call_id, "call": list(parties)}


def record(status: str = "NO ANSWER", call_id: str = ID, **more: str) -> dict[str, Any]:
    start = {"timestart": "2023-11-14 22:13:20", "callfrom": "5550100", "callto": "1001"}
    return {"action": "NewCdr", "callid": call_id, "status": status, **start, **more}


def status(word: str) -> dict[str, Any]:
    return {"action": "ExtensionStatus", "extension": "1001", "status": word}


def members(state: str, to: str = "1001") -> dict[str, Any]:
    legs = [
        {"ext": {"number": "1001", "memberstatus": state}},
        {"inbound": {"from": "5550100", "to": to, "trunkname": "t", "memberstatus": "ALERT"}},
    ]
    return {"action": "CallStatus", "callid": ID, "members": legs}


INSIDE = ext("1001", "1000")
DIALLED = Sent(action=Action.DIAL_EXTENSION, call_id=ID)
REFUSED = Sent(action=Action.REFUSE, call_id="")
CASES: list[tuple[str, str, bool, list[Any]]] = [
    ("hold", V1, False, [status("Hold")]),
    ("hold", V2, False, [members("HOLD")]),
    ("trunk_report", V1, True, [{"action": "TrunkStatus", "trunk": "t", "status": "Idle"}]),
    ("trunk_report", V1, False, [{"action": "TrunkStatus", "trunk": "t", "status": "Purple"}]),
    ("trunk_report", V1, False, [{"action": "TrunkStateChanged", "trunk": "t"}]),
    ("rings", V1, True, [call("RING", *ext("1001"), line())]),
    ("rings", V1, False, [call("ANSWER", *ext("1001"), line())]),
    ("inside_second", OPENVOX, True, [call("RING", *INSIDE), call("ALERT", *INSIDE)]),
    (
        "inside_second",
        OPENVOX,
        False,
        [call("RING", *INSIDE), call("ANSWER", *INSIDE, call_id=NEXT)],
    ),
    ("byes", V1, True, [call("RING", *ext("1001"), line()), record()]),
    ("byes", V1, False, [call("RING", *ext("1001"), line()), call("BYE", *ext("1001"))]),
    (
        "record_per_branch",
        V1,
        True,
        [call("RING", *ext("1001"), line()), call("RING", *ext("1002"), line()), record()],
    ),
    ("record_per_branch", V1, False, [record("ANSWERED"), record(call_id=NEXT)]),
    ("to_member", V1, True, [call("RING", *ext("1001"), line())]),
    ("to_member", V1, False, [call("RING", *ext("1001"), line("6200"))]),
    ("to_member", V2, True, [members("RING")]),
    ("to_member", V2, False, [members("RING", to="6200")]),
    (
        "line_answers",
        V1,
        True,
        [call("RING", {"ext": {"extid": "1001", "callpath": "6400"}}, line())],
    ),
    ("line_answers", V1, False, [call("ANSWERED", line())]),
    ("forward", V1, False, [call("RING", *ext("1001"), line()), call("Tranfer", *ext("1002"))]),
    ("rings_own", OPENVOX, True, [DIALLED, call("RING", *INSIDE, call_id=NEXT)]),
    ("rings_own", V1, False, [DIALLED, call("ANSWER", *ext("1000"))]),
    ("refused", V2, True, [REFUSED, record()]),
    ("refused", V2, False, [REFUSED, record("FAILED")]),
]
SILENT: list[tuple[str, str, list[Any]]] = [
    ("hold", V1, [status("Busy")]),
    ("rings", V2, [call("RING", *ext("1001"), line())]),  # the line is about another dialect
    ("rings", V1, [call("RING", *INSIDE)]),
    ("inside_second", OPENVOX, [call("RING", *INSIDE), call("ALERT", *ext("1002", "1000"))]),
    ("byes", V1, [record()]),
    ("byes", V1, [call("RING", *ext("1001")), call("BYE", *ext("1002")), record()]),
    ("byes", V1, [call("ANSWER", *ext("1001")), call("BYE", *ext("1001"))]),
    ("record_per_branch", V1, [record("ANSWERED"), record("ANSWERED")]),
    ("to_member", V1, [call("RING", *INSIDE)]),
    ("line_answers", V1, [call("ANSWER", *ext("1001"), line())]),
    ("forward", V1, [call("ANSWER", *INSIDE), call("Tranfer", *ext("1002"))]),
    ("rings_own", V1, [call("ANSWER", *INSIDE), DIALLED, call("RING", *INSIDE)]),
    ("rings_own", V1, [call("RING", *INSIDE, call_id="x")]),
    ("refused", V2, [REFUSED, record("ANSWERED")]),
    ("refused", V2, [record()]),
    ("trunk_report", V1, [{"action": "Something"}]),
]


def seen(dialect: str, things: list[Any]) -> dict[str, Finding]:
    """Return what is found after some reports and commands."""
    findings = Findings()
    for thing in things:
        if isinstance(thing, Sent):
            findings.sent(thing.action, thing.call_id)
        else:
            findings.observe(parse_report(json.dumps(thing).encode()), dialect)
    return findings.found(Arrivals(), dialect, "", "")


def test_each_open_line_of_the_notes_has_a_row() -> None:
    listed = re.findall(r"^- `(\w+)`: |[Oo]pen \(`(\w+)`\)", NOTES.read_text(), re.MULTILINE)
    assert [one or other for one, other in listed] == list(LINES)


def test_nothing_is_seen_at_first() -> None:
    assert set(seen(V1, []).values()) == {Finding.NOT_SEEN}


@pytest.mark.parametrize(("key", "dialect", "so", "things"), CASES)
def test_what_speaks_for_a_line_or_against_it(
    key: str, dialect: str, so: bool, things: list[Any]
) -> None:
    wanted = Finding.SEEN_SO if so else Finding.CONTRADICTED
    assert seen(dialect, things)[key] == wanted


@pytest.mark.parametrize(("key", "dialect", "things"), SILENT)
def test_what_says_nothing_about_a_line(key: str, dialect: str, things: list[Any]) -> None:
    assert seen(dialect, things)[key] == Finding.NOT_SEEN


def test_a_busy_pbx_is_not_judged_all_day() -> None:
    many = [status("Idle")] * (JUDGED_FIRST - 1)
    assert seen(V1, [*many, status("Hold")])["hold"] == Finding.CONTRADICTED
    more = [*many, status("Idle"), status("Hold")]
    assert seen(V1, more)["hold"] == Finding.NOT_SEEN
    assert seen(V1, more + [status("Hold")] * JUDGED_EACH)["hold"] == Finding.CONTRADICTED


def test_the_majority_counts_and_decides() -> None:
    findings = Findings()

    def found() -> Finding:
        return findings.found(Arrivals(), V1, "", "")["to_member"]

    def ring(to: str) -> None:
        report = call("RING", *ext("1001"), line(to))
        findings.observe(parse_report(json.dumps(report).encode()), V1)

    ring("1001")
    ring("6200")
    assert found() == Finding.NOT_SEEN
    for _ in range(MAJORITY):
        ring("1001")
    for _ in range(MAJORITY + 1):
        ring("6200")
    assert found() == Finding.SEEN_SO


@pytest.mark.parametrize(
    ("arrivals", "dialect", "url", "transport", "key", "wanted"),
    [
        (Arrivals(at_path=1), V1, WEBHOOK, "HTTP", "url_length", Finding.SEEN_SO),
        (Arrivals(at_path=1), V1, "pbx", "HTTP", "url_length", Finding.NOT_SEEN),
        (Arrivals(at_path=1), V1, f"http://{WEBHOOK}", "", "url_scheme", Finding.SEEN_SO),
        (Arrivals(at_path=1), OPENVOX, WEBHOOK, "", "path_kept", Finding.SEEN_SO),
        (Arrivals(at_root=1), OPENVOX, WEBHOOK, "", "path_kept", Finding.CONTRADICTED),
        (Arrivals(at_root=1), OPENVOX, "", "", "path_kept", Finding.NOT_SEEN),
        (Arrivals(feed=FeedState.UP), V2, "", "TCP", "stream_login", Finding.SEEN_SO),
        (Arrivals(feed=FeedState.UP), V2, "", "TCP", "event_port", Finding.NOT_SEEN),
        (Arrivals(feed=FeedState.UP), V2, "", "HTTP", "event_port", Finding.SEEN_SO),
        (Arrivals(feed=FeedState.DOWN), V2, "", "HTTP", "event_port", Finding.CONTRADICTED),
    ],
)
def test_what_the_ways_of_the_reports_show(
    arrivals: Arrivals, dialect: str, url: str, transport: str, key: str, wanted: Finding
) -> None:
    assert Findings().found(arrivals, dialect, url, transport)[key] == wanted


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (failed(20005), Finding.SEEN_SO),
        (failed(20004), Finding.SEEN_SO),
        (OK, Finding.CONTRADICTED),
        (failed(10001), Finding.CONTRADICTED),
    ],
)
async def test_the_answer_to_a_probe(
    pbx: RawPbx, client: UcBackend, answer: dict[str, Any], wanted: Finding
) -> None:
    pbx.script.append(answer)
    await client.probe()
    assert client.findings(Arrivals())["probe_answer"] == wanted


@pytest.mark.parametrize(
    ("name", "wanted"), [("OpenVox UC300", Finding.SEEN_SO), ("IP-PBX", Finding.CONTRADICTED)]
)
async def test_the_name_of_the_device(
    pbx: RawPbx, client: UcBackend, name: str, wanted: Finding
) -> None:
    pbx.routes["deviceinfo/query"] = {
        "status": "Success",
        "deviceinfo": {"devicename": name, "sn": "7"},
    }
    await client.open(ADDRESS)
    await client.system_info()
    assert client.findings(Arrivals())["device_name"] == wanted


async def test_a_url_that_is_refused(pbx: RawPbx, client: UcBackend) -> None:
    await client.open(ADDRESS)
    pbx.routes["heartbeat"] = failed(20011)
    address = ReportAddress(ipaddr="192.0.2.10", port="8123", url=f"http://{WEBHOOK}", urltag="1")
    with pytest.raises(PbxAddressRefusedError):
        await client.keep_alive(address)
    found = client.findings(Arrivals())
    assert (found["url_length"], found["url_scheme"]) == (Finding.CONTRADICTED,) * 2
