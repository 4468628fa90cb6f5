"""Samples of real PBXes, where they lie beside the checkout: each is read, and means what it says.

What a sample means is worked out here from its own JSON, by a reader of its own.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from fnmatch import fnmatch
import json
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.ippbx.pbx.errors import ReportError
from custom_components.ippbx.pbx.net.http_request import RequestReader
from custom_components.ippbx.pbx.uc.reports import parse
from custom_components.ippbx.pbx.uc.reports.parse import parse_report
from custom_components.ippbx.pbx.uc.status_words import failure_reason

VECTORS = Path(__file__).parents[4].parent / "shared" / "vectors"
FILES = sorted(VECTORS.rglob("*.json")) + sorted(VECTORS.rglob("*.http"))
FILES = [path for path in FILES if path.name != "MANIFEST.json"]
REPORTS = [path for path in FILES if re.search(r"(^|\.)(report|event)\.", path.name)]
REPORTS = [path for path in REPORTS if path.suffix == ".json" and "p-series" not in path.parts]

pytestmark = pytest.mark.skipif(not FILES, reason="no shared/vectors beside the checkout")


class Pairs(list[tuple[str, Any]]):
    """An object as it is written: every pair, in order."""

    def get(self, *keys: str) -> str:
        texts = [value for key, value in self if key in keys and value != ""]
        return str(texts[0]) if texts else ""


def read(path: Path) -> Pairs:
    text = re.sub(r",\s*}", "}", path.read_text(encoding="utf-8"))
    pairs = json.loads(text, object_pairs_hook=Pairs)
    assert isinstance(pairs, Pairs)
    return pairs


def parties(value: object) -> Iterator[tuple[str, Pairs]]:
    """Find every party, however deep it lies."""
    if isinstance(value, Pairs):
        for key, inner in value:
            if key in ("ext", "inbound", "outbound"):
                yield key, inner
            else:
                yield from parties(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from parties(inner)


STATES = {
    "ALERT": "dialing",
    "RING": "ringing",
    "ANSWER": "talking",
    "ANSWERED": "talking",
    "HOLD": "on_hold",
    "BYE": "ended",
    "": None,
}


def legs_said(data: Pairs) -> list[tuple[Any, ...]]:
    said: list[tuple[Any, ...]] = []
    for kind, party in parties(data):
        common = (STATES[party.get("memberstatus")], party.get("callpath"))
        if kind == "ext":
            numbers = next(value for key, value in party if key in ("extid", "number"))
            numbers = numbers if isinstance(numbers, list) else [numbers]
            channel = party.get("channelid")
            said += [("extension", number, "", "", "", channel, *common) for number in numbers]
        else:
            trunk, leg_id = party.get("trunk", "trunkname"), party.get(f"{kind}id", "channelid")
            said.append((kind, "", party.get("from"), party.get("to"), trunk, leg_id, *common))
    return said


def legs_read(report: Any) -> list[tuple[Any, ...]]:
    return [
        (
            leg.kind.value,
            leg.extension,
            leg.caller,
            leg.callee,
            leg.trunk,
            leg.leg_id,
            None if leg.state is None else leg.state.value,
            leg.path,
        )
        for leg in report.legs
    ]


def is_call(event: str) -> Callable[[Any, Pairs], None]:
    def check(report: Any, data: Pairs) -> None:
        assert isinstance(report, parse.CallReport)
        assert (report.event, report.call_id) == (event, data.get("callid"))
        failed = event == parse.CallEvent.FAILED
        assert report.reason == (failure_reason(data.get("reason")) if failed else None)
        assert legs_read(report) == legs_said(data)

    return check


def is_boot_up(report: Any, data: Pairs) -> None:
    assert isinstance(report, parse.BootUpReport)
    assert data.get("action", "event") == "BootUp"


def is_config_change(report: Any, data: Pairs) -> None:
    assert isinstance(report, parse.ConfigChangeReport)
    assert report.item == data.get("type")
    assert report.key == data.get("extid", "trunkname")
    assert report.operation == data.get("operation")


def is_extension_status(report: Any, data: Pairs) -> None:
    words = {"Registered": "idle", "Ringing": "ringing", "InUse": "busy"}
    assert isinstance(report, parse.ExtensionStatusReport)
    assert report.extension == data.get("extension")
    assert report.status == words[data.get("status")]


def is_call_record(report: Any, data: Pairs) -> None:
    assert isinstance(report, parse.CallRecordReport)
    record = report.record
    assert record.call_id == data.get("callid")
    assert record.started is not None
    zone = datetime.fromisoformat(data.get("timestart")) - record.started.replace(tzinfo=None)
    assert (zone % timedelta(minutes=15), abs(zone) <= timedelta(hours=14)) == (timedelta(0), True)
    assert abs(record.started.timestamp() - float(record.call_id.partition(".")[0])) <= 5
    assert (record.caller, record.callee) == (data.get("callfrom"), data.get("callto"))
    assert record.duration == int(data.get("callduraction"))
    assert record.talk_duration == int(data.get("talkduraction"))
    assert record.source_trunk == data.get("srctrunkname")
    assert record.destination_trunk == data.get("desttrunkname", "dsttrcunkname")
    assert record.outcome == data.get("status").lower().replace(" ", "_")
    assert record.direction == data.get("type").lower()
    assert (record.did, record.recording) == (data.get("didnumber"), data.get("recording"))


def is_key(report: Any, data: Pairs) -> None:
    assert isinstance(report, parse.KeyReport)
    assert report.call_id == data.get("callid")
    assert (report.key, report.keys) == (data.get("info"), data.get("infos"))
    assert report.index == (int(data.get("flag")) if data.get("flag") else None)
    assert legs_read(report) == legs_said(data)


def is_prompt_end(report: Any, data: Pairs) -> None:
    ivr = next((value for key, value in data if key == "ivr"), Pairs())
    assert isinstance(report, parse.PromptEndReport)
    assert report.call_id == data.get("callid")
    assert report.ivr == ivr.get("ivrid", "number")
    assert legs_read(report) == legs_said(data)


def is_survey(report: Any, data: Pairs) -> None:
    assert isinstance(report, parse.SurveyReport)


MEANINGS: dict[str, Callable[[Any, Pairs], None]] = {
    "*.BootUp.*": is_boot_up,
    "*.ConfigChange.*": is_config_change,
    "*.ExtensionStatus.*": is_extension_status,
    "*.NewCdr.*": is_call_record,
    "*.DTMF.*": is_key,
    "*.PlayPromptEnd.*": is_prompt_end,
    "*.satisfaction.*": is_survey,
    "*.RING.*": is_call("ringing"),
    "*.RI-typo.*": is_call("ringing"),
    "*.ALERT.*": is_call("dialing"),
    "*.ANSWER.*": is_call("answer"),
    "*.ANSWERED.*": is_call("answered"),
    "*.BYE.*": is_call("ended"),
    "*.Tranfer.*": is_call("transfer"),
    "*.CallFailed.*": is_call("failed"),
    "*.CallStatus.*": is_call("status"),
    "*.Invite.*": is_call("invite"),
    "*.Incoming.*": is_call("incoming"),
}


def name_of(path: Path) -> str:
    return str(path.relative_to(VECTORS))


@pytest.mark.parametrize("pattern", MEANINGS)
def test_every_kind_of_report_has_a_sample(pattern: str) -> None:
    assert any(fnmatch(f".{path.name}", pattern) for path in REPORTS)


@pytest.mark.parametrize("path", REPORTS, ids=name_of)
def test_a_report_means_what_it_says(path: Path) -> None:
    checks = [check for pattern, check in MEANINGS.items() if fnmatch(f".{path.name}", pattern)]
    assert len(checks) == 1
    data = read(path)
    report = parse_report(path.read_bytes())
    assert report.name == data.get("action", "event")
    assert report.serial == data.get("sn")
    checks[0](report, data)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_nothing_but_a_report_error_is_raised(path: Path) -> None:
    body = path.read_bytes()
    try:
        report = parse_report(body)
    except ReportError:
        assert path not in REPORTS
    else:
        assert path in REPORTS or path.suffix == ".http" or report.name == "sms-send"


@pytest.mark.parametrize("path", sorted(VECTORS.rglob("*report*.http")), ids=name_of)
def test_a_report_on_the_wire_is_accepted(path: Path) -> None:
    request = RequestReader().feed(path.read_bytes())
    assert request is not None
    assert (request.method, request.path) == ("POST", "/")
    head_end = path.read_bytes().index(b"\r\n\r\n") + 4
    assert request.body == path.read_bytes()[head_end:]
    assert parse_report(request.body).name in ("BootUp", "CallFailed", "ExtensionStatus")
