"""Who takes part in a call is found in every shape in which PBXes put it."""

import json
from typing import Any

import pytest

from custom_components.ippbx.pbx.model.events import CallReport, PbxEvent
from custom_components.ippbx.pbx.model.lines import CallLeg, LegKind, LegState
from custom_components.ippbx.pbx.uc.reports.parse import parse_report

CALL = "1700000000.7"


def parse(**fields: Any) -> PbxEvent:
    return parse_report(json.dumps(fields).encode())


def ext(number: str, **more: Any) -> CallLeg:
    return CallLeg(kind=LegKind.EXTENSION, extension=number, **more)


def outbound(**more: Any) -> CallLeg:
    fields = {"caller": "201", "callee": "0551234", "trunk": "city", "leg_id": "1700000000.8"}
    return CallLeg(kind=LegKind.OUTBOUND, **{**fields, **more})


def inbound(**more: Any) -> CallLeg:
    fields = {"caller": "0551234", "callee": "201", "trunk": "city", "leg_id": "1700000000.6"}
    return CallLeg(kind=LegKind.INBOUND, **{**fields, **more})


OUTBOUND = {"from": "201", "to": "0551234", "trunk": "city", "outboundid": "1700000000.8"}
INBOUND = {"from": "0551234", "to": "201", "trunk": "city", "inboundid": "1700000000.6"}


@pytest.mark.parametrize(
    ("body", "legs"),
    [
        pytest.param(
            b'{"action":"RING","callid":"1","ext":{"extid":"201"},"ext":{"extid":"202"}}',
            (ext("201"), ext("202")),
            id="repeated key",
        ),
        pytest.param(
            b'{"action":"RING","callid":"1","ext":{"extid":"1"},"ext":{"extid":"2"},'
            b'"ext":{"extid":"3"}}',
            (ext("1"), ext("2"), ext("3")),
            id="key three times",
        ),
        pytest.param(
            b'{"action":"RING","callid":"1","call":[{"ext":{"extid":"201"}},'
            b'{"ext":{"extid":"202"}}],"sn":"5"}',
            (ext("201"), ext("202")),
            id="call array",
        ),
        pytest.param(
            b'{"action":"RING","callid":"1","call":{"ext":{"extid":"201"},"ext":{"extid":"202"}}}',
            (ext("201"), ext("202")),
            id="call object with a repeated key",
        ),
        pytest.param(
            b'{"action":"RING","callid":"1","ext":{"extid":["201","202"]}}',
            (ext("201"), ext("202")),
            id="array of numbers",
        ),
        pytest.param(
            b'{"action":"ALERT","callid":"1","ext":{"extid":["201"]}}',
            (ext("201"),),
            id="array of one",
        ),
        pytest.param(
            b'{"action":"ALERT","callid":"1","ext":{"extid":"201"}}', (ext("201"),), id="string"
        ),
        pytest.param(
            b'{"action":"ALERT","callid":"1","ext":{"extid":201}}', (ext("201"),), id="integer"
        ),
        pytest.param(
            b'{"action":"ALERT","callid":"1","ext":"201"}', (ext("201"),), id="bare number"
        ),
        pytest.param(
            b'{"action":"ALERT","callid":"1","ext":[{"extid":"201"},{"extid":"202"}]}',
            (ext("201"), ext("202")),
            id="array of parties",
        ),
        pytest.param(b'{"action":"BYE","callid":"1"}', (), id="nobody"),
        pytest.param(b'{"event":"CallStatus","callid":"1","members":[]}', (), id="no members"),
        pytest.param(
            b'{"event":"CallStatus","callid":"1","members":[{"ext":{"number":"201",'
            b'"channelid":"PJSIP/201-1","memberstatus":"RING","callpath":"6400"}}]}',
            (
                ext(
                    "201",
                    leg_id="PJSIP/201-1",
                    state=LegState.RINGING,
                    path="6400",
                    calls=False,
                ),
            ),
            id="members",
        ),
        pytest.param(
            b'{"event":"CallStatus","callid":"1","members":[{"ext":{"number":"201",'
            b'"callpath":6400}}]}',
            (ext("201", path="6400"),),
            id="integer call path",
        ),
    ],
)
def test_parties_are_found_in_every_shape(body: bytes, legs: tuple[CallLeg, ...]) -> None:
    report = parse_report(body)
    assert isinstance(report, CallReport)
    assert report.legs == legs


@pytest.mark.parametrize("shape", ["flat", "call"])
@pytest.mark.parametrize(
    ("key", "party", "leg"), [("inbound", INBOUND, inbound()), ("outbound", OUTBOUND, outbound())]
)
def test_trunk_legs(shape: str, key: str, party: dict[str, str], leg: CallLeg) -> None:
    parties = {key: party, "ext": {"extid": "201"}}
    fields = parties if shape == "flat" else {"call": [{key: party}, {"ext": {"extid": "201"}}]}
    report = parse(action="RING", callid=CALL, **fields)
    assert isinstance(report, CallReport)
    assert report.legs == (leg, ext("201"))


def test_trunk_members_carry_their_state() -> None:
    member = {"from": "0551234", "to": "201", "trunkname": "city", "channelid": "C1"}
    report = parse(
        event="CallStatus",
        callid=CALL,
        members=[{"inbound": {**member, "memberstatus": "ALERT"}}],
    )
    assert isinstance(report, CallReport)
    assert report.legs == (inbound(leg_id="C1", state=LegState.DIALING, calls=True),)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("ALERT", LegState.DIALING),
        ("RING", LegState.RINGING),
        ("ANSWERED", LegState.TALKING),
        ("ANSWER", LegState.TALKING),
        ("HOLD", LegState.ON_HOLD),
        ("BYE", LegState.ENDED),
        ("hold", LegState.ON_HOLD),
        ("SOMETHING", None),
    ],
)
def test_member_states(word: str, state: LegState | None) -> None:
    members = [{"ext": {"number": "201", "memberstatus": word}}]
    report = parse(event="CallStatus", callid=CALL, members=members)
    assert isinstance(report, CallReport)
    assert [leg.state for leg in report.legs] == [state]
