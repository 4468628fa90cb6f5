"""Lists of calls into models."""

import json
from typing import Any

import pytest

from custom_components.ippbx.pbx.model.lines import Call, CallLeg, LegKind, LegState
from custom_components.ippbx.pbx.uc.decode import decode_answer, decode_calls, merge_calls
from custom_components.ippbx.pbx.uc.dialects import OPENVOX, YEASTAR_V1, YEASTAR_V2


def answer(**values: Any) -> dict[str, object]:
    """Return a success as it comes out of the wire."""
    return decode_answer(json.dumps({"status": "Success", **values}).encode())


INBOUND_LEG = CallLeg(
    kind=LegKind.INBOUND,
    caller="5550100",
    callee="1007",
    trunk="to-town",
    leg_id="1800000000.5",
    state=LegState.TALKING,
)


@pytest.mark.parametrize(
    ("status", "callee", "path", "trunk_state", "legs"),
    [
        ("Talking", [{"extid": "1007"}], "", LegState.TALKING, [("1007", LegState.TALKING)]),
        ("Progress", [{"extid": "1007"}], "", LegState.DIALING, [("1007", LegState.RINGING)]),
        ("Wait", [{"ivrid": "6500"}], "6500", LegState.WAITING, []),
        ("Wait", [{"extid": "1007"}], "", LegState.WAITING, [("1007", None)]),
        ("Talking", {"extid": 1007}, "", LegState.TALKING, [("1007", LegState.TALKING)]),
        ("Talking", [], "", LegState.TALKING, []),
        ("Talking", None, "", LegState.TALKING, []),
        ("?", ["1007", {"outboundid": "1"}], "", None, []),
    ],
)
def test_inbound_calls_of_the_first_family(
    status: str, callee: Any, path: str, trunk_state: LegState | None, legs: list[Any]
) -> None:
    item = {
        "inboundid": "1800000000.5",
        "from": "5550100",
        "to": "1007",
        "trunk": "to-town",
        "status": status,
        "callee": callee,
    }
    (call,) = decode_calls(answer(inbound=[item]), OPENVOX.inbound_calls, LegKind.INBOUND)
    assert call.call_id == "1800000000.5"
    assert call.legs[0] == CallLeg(
        kind=LegKind.INBOUND,
        caller="5550100",
        callee="1007",
        trunk="to-town",
        leg_id="1800000000.5",
        state=trunk_state,
        path=path,
    )
    assert [(leg.extension, leg.state) for leg in call.legs[1:]] == legs


def test_outbound_calls_of_the_first_family() -> None:
    item = {"outboundid": "1800000000.6", "from": "1007", "to": "5550101", "trunk": "to-town"}
    (call,) = decode_calls(
        answer(outbound=[{**item, "status": "Progress"}]),
        YEASTAR_V1.outbound_calls,
        LegKind.OUTBOUND,
    )
    assert call.legs == (
        CallLeg(
            kind=LegKind.OUTBOUND,
            caller="1007",
            callee="5550101",
            trunk="to-town",
            leg_id="1800000000.6",
            state=LegState.RINGING,
        ),
    )


def test_calls_of_the_second_family() -> None:
    members = [
        {
            "inbound": {
                "from": "5550100",
                "to": "1007",
                "trunkname": "to-town",
                "channelid": "PJSIP/to-town-1",
                "memberstatus": "ANSWERED",
                "callpath": 6500,
            }
        },
        {"ext": {"number": "1007", "channelid": "PJSIP/1007-2", "memberstatus": "ANSWER"}},
        {"robot": {"number": "1"}},
        None,
    ]
    found = decode_calls(
        answer(calls=[{"members": members, "callid": "1800000000.5"}]),
        YEASTAR_V2.inbound_calls,
        LegKind.INBOUND,
    )
    assert found == (
        Call(
            call_id="1800000000.5",
            legs=(
                CallLeg(
                    kind=LegKind.INBOUND,
                    caller="5550100",
                    callee="1007",
                    trunk="to-town",
                    leg_id="PJSIP/to-town-1",
                    state=LegState.TALKING,
                    path="6500",
                ),
                CallLeg(
                    kind=LegKind.EXTENSION,
                    extension="1007",
                    leg_id="PJSIP/1007-2",
                    state=LegState.TALKING,
                ),
            ),
        ),
    )


def test_calls_without_an_id_are_left_out() -> None:
    items = [{"from": "1"}, {"callid": "9" * 300}, {"callid": "1.2", "members": []}]
    found = decode_calls(answer(calls=items), YEASTAR_V2.inbound_calls, LegKind.INBOUND)
    assert found == (Call(call_id="1.2"),)


def test_one_call_over_two_trunks_is_one_call() -> None:
    other = CallLeg(kind=LegKind.OUTBOUND, trunk="to-sea")
    merged = merge_calls(
        [
            Call(call_id="1.5", legs=(INBOUND_LEG, other)),
            Call(call_id="1.7"),
            Call(call_id="1.5", legs=(other, INBOUND_LEG)),
        ]
    )
    assert merged == (Call(call_id="1.5", legs=(INBOUND_LEG, other)), Call(call_id="1.7"))
