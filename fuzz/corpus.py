"""What fuzzing begins with.

What the simulated PBX sends in random scenarios, and our own hostile samples.
"""

from collections.abc import Iterator
import csv
import io
import json
from typing import Any

from pbx_simulator.families.uc.dialects import DIALECTS
from pbx_simulator.families.uc.reports.address import Address
from pbx_simulator.families.uc.reports.wire import request_bytes
from pbx_simulator.knobs import Knobs
from tests.pbx.tracking.scenario import Scenario, scenario

from .engine_target import as_record, as_story

_ADDRESS = Address(host="192.0.2.7", port=8260, path="/report")
_KINDS = {"openvox": 2, "yeastar-v1": 1, "yeastar-v2": 1}
_OTHERS = (
    b'{"action":"BootUp","sn":"71"}',
    b'{"event":"ExtensionStatus","extension":"2001","status":"Busy","sn":"71"}',
    b'{"action":"TrunkStatus","trunkname":"sip-provider","status":"Unreachable","sn":"71"}',
    b'{"action":"ConfigChange","type":"trunk","trunkname":"t","operation":"del"}',
    b'{"action":"DTMF","callid":"1780000000.2","ext":{"extid":"2001"},"info":"#","flag":"0"}',
    b'{"action":"PlayPromptEnd","callid":"1780000000.2","ivr":{"ivrid":"6400"},"playtonum":"1"}',
    b'{"action":"CallFailed","reason":480,"callid":"1780000000.2","ext":{"extid":["1","2"]}}',
    b'{"action":"Satisfaction","callid":"1780000000.2","surveyresult":"5"}',
    b'{"action":"BYE","callid":"1780000000.2","call":[{"ext":{"extid":"2001",}}],sn:"71"}',
)
_ANSWERS = (
    b'{"status":"Success","token":"abc123","refreshtoken":"x"}',
    b'{"status":"Failed","errno":"20003"}',
    b"Response: Success\r\nMessage: Authentication accepted\r\n\r\n",
    b"Response: Error\r\n\r\n",
    b"\r\n \r\n" * 400,
)
_HEADS = (
    b"POST HTTP/1.1\r\nHost: a: 80\r\n\r\n",
    b"POST http://192.0.2.7:8260/r HTTP/1.1\nContent-Length: 9999999999\n\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"POST /r HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n3;x=y\r\n   \r\n0\r\n\r\n",
    b"POST /r HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 30\r\n\r\n",
    b"\x16\x03\x01\x02\x00",
)
_FILES = (
    b"callid\n" + b"7\n" * 1500,  # seconds, before there was a bound: it takes megabytes of them
    b'\xef\xbb\xbf CallId ,type\r\n\r\n7.1,"a\r\nb"\r\r\n7.2,\x00c\n',
    b'callid,type\n"7.1,a\n',
)
_RECORD_KEYS = (
    "callid", "timestart", "callfrom", "callto", "callduraction", "talkduraction", "srctrunkname",
    "dsttrcunkname", "status", "type", "recording", "didnumber",
)  # fmt: skip


def scenarios(count: int) -> list[Scenario]:
    """Return some scenarios of each dialect."""
    return [scenario(seed, dialect) for seed in range(1, count + 1) for dialect in DIALECTS]


def seeds(target: str, count: int = 12) -> list[bytes]:
    """Return what a target begins with.

    Args:
        target: its name.
        count: scenarios of each dialect.
    """
    return list(dict.fromkeys(_SEEDS[target](scenarios(count))))


def _reports(played: list[Scenario]) -> Iterator[bytes]:
    yield from _OTHERS
    for each in played:
        yield from (report.body for report in each.reports)


def _cut(inputs: Iterator[bytes]) -> Iterator[bytes]:
    """Yield inputs with a first byte that says into pieces of what size they are cut."""
    for index, data in enumerate(inputs):
        yield bytes([(0, 7, 100)[index % 3]]) + data


def _requests(played: list[Scenario]) -> Iterator[bytes]:
    for head in _HEADS:
        yield head + _OTHERS[0]
    for each in played:
        dialect = DIALECTS[each.dialect]
        for report in each.reports[:20]:
            yield request_bytes(report.body, _ADDRESS, dialect, Knobs.of(dialect))


def _streams(played: list[Scenario]) -> Iterator[bytes]:
    for answer in _ANSWERS:
        yield answer + b"".join(_OTHERS)
    for each in played:
        bodies = [report.body for report in each.reports]
        yield from (b"\r\n".join(bodies[at : at + 4]) for at in range(0, len(bodies), 4))


def _pictures(played: list[Scenario]) -> Iterator[bytes]:
    yield from _ANSWERS
    for each in played:
        for report in each.reports[::3]:
            shown = each.queries_at(report.at)
            for answer in (
                shown.inbound,
                shown.outbound,
                shown.extension_list,
                shown.trunk_list,
                shown.extension_calls,
            ):
                yield json.dumps(answer).encode()


def _values(record: Any) -> tuple[str, ...]:
    return tuple(
        str(value)
        for value in (
            record.call_id, record.start, record.caller, record.callee, record.duration,
            record.talk, record.source_trunk, record.destination_trunk, record.status,
            record.type, record.recording, record.did,
        )
    )  # fmt: skip


def _files(played: list[Scenario]) -> Iterator[bytes]:
    yield from _FILES
    for each in played:
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        writer.writerow(_RECORD_KEYS)
        writer.writerows(_values(record) for _, record in each.records)
        yield buffer.getvalue().encode()


def _stories(played: list[Scenario]) -> Iterator[bytes]:
    for index, each in enumerate(played):
        lines, last = [], each.started
        for position, report in enumerate(each.reports[:60]):
            lines += [b"~%.1f" % (report.at - last), report.body]
            last = report.at
            if position % 9 == 4:
                lines.append(b"*" + bytes([position, position // 2 + 11]))
        for _, record in each.records[:4]:
            lines.append(as_record(dict(zip(_RECORD_KEYS, _values(record), strict=True))))
        lines += [b"-", b"!" + each.calls[0].call_id.encode(), b"~700"]
        yield as_story(lines, _KINDS[each.dialect] | (index % 4 == 3) * 3)


_SEEDS = {
    "report": _reports,
    "engine": _stories,
    "listener": lambda played: _cut(_requests(played)),
    "splitter": lambda played: _cut(_streams(played)),
    "stream": lambda played: _cut(_streams(played)),
    "login": lambda played: iter((*_ANSWERS, *_OTHERS)),
    "records": _files,
    "answers": _pictures,
}
