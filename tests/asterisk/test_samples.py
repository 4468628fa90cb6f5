"""OpenVox's documented samples, derived from recorded calls by the default reading.

Each sample is compared whole: which channel's id it bears, who stands first, the shape of the
parties. The ids of a recorded call are written as their distance from the first one.
"""

import json
from pathlib import Path
import re

import pytest

from .play import saved
from .readings import CHOSEN, FIRST, FOLLOWS, READINGS, SAMPLES, SECOND
from .stories import AWAY, OUTSIDE
from .translation import Translation, body

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "openvox-v0.0.1"

# Sample -> the recorded call, which of its reports it is, and the sample's numbers in ours.
_INSIDE = {"106": "1001", "101": "1000"}
_IN = {"101": "1001", "103": OUTSIDE}
_OUT = {"106": "1000", "103": AWAY}
_NOBODY = {"102": "1004", "106": "1000"}
CALLS = {
    "report.RING.inbound": ("inbound", "RING", 0, _IN),
    "report.ALERT.inbound": ("inbound", "ALERT", 0, _IN),
    "report.ANSWER.inbound": ("inbound", "ANSWER", 0, _IN),
    "report.RING.outbound": ("outbound", "RING", 0, _OUT),
    "report.ALERT.outbound": ("outbound", "ALERT", 0, _OUT),
    "report.ANSWER.outbound": ("outbound", "ANSWER", 1, _OUT),
    "report.BYE.internal-first": ("internal-callee-hangs-up", "BYE", 0, _INSIDE),
    "report.BYE.internal-second": ("internal-callee-hangs-up", "BYE", 1, _INSIDE),
    "report.BYE.outbound-first": ("outbound-callee-hangs-up", "BYE", 0, _OUT),
    "report.BYE.outbound-second": ("outbound-callee-hangs-up", "BYE", 1, _OUT),
    "report.RING.internal": ("internal", "RING", 0, _INSIDE),
    "report.ALERT.internal": ("internal", "ALERT", 0, _INSIDE),
    "report.ANSWER.internal": ("internal", "ANSWER", 0, _INSIDE),
    "report.ANSWER.internal-answered-page": ("internal", "ANSWER", 1, _INSIDE),
    "report.CallFailed.480": ("internal-unreachable", "CallFailed", 0, _NOBODY),
    "report.NewCdr.inbound": ("inbound", "NewCdr", 0, {"101": OUTSIDE, "102": "1001"}),
    "report.NewCdr.internal": ("internal", "NewCdr", 0, {"106": "1000", "102": "1001"}),
    "report.NewCdr.outbound": ("outbound", "NewCdr", 0, {"106": "1000", "16101": AWAY}),
    "report.Tranfer.inbound": ("transfer-inbound", "Tranfer", 0, {"102": "1002", "101": OUTSIDE}),
    "report.Tranfer.internal": ("transfer-by-callee", "Tranfer", 0, {"102": "1002", "101": "1000"}),
}  # fmt: skip
_DISTANCES = {FIRST: 0, SECOND: 2}


def of_call(story: str, action: str, position: int) -> str:
    """Return a report of a recorded call; its ids are distances from the call's first one."""
    translation = Translation(READINGS["openvox"])
    trace = saved(story)
    reports = [report for at, event in trace for report in translation.hear(at, event)]
    reports += translation.due(trace[-1][0] + 1)
    found = [report for report in reports if report["action"] == action][position]
    return relative(body(found).decode(), int(trace[0][1]["Linkedid"].partition(".")[2]))


def relative(text: str, first: int) -> str:
    """Return a report with its ids as distances from the call's first one, and no times."""
    text = re.sub(r'"\d{10}\.(\d+)"', lambda number: f"n+{int(number[1]) - first}", text)
    text = re.sub(r'("\w+duraction":)"\d+"', r"\1N", text)
    text = re.sub(r'("timestart":)"[^"]+"', r"\1T", text)
    return re.sub(r'("sn":)"\w+"', r"\1S", text)


@pytest.mark.parametrize("sample", CALLS)
def test_bears_the_id_that_the_table_names(sample: str) -> None:
    report = of_call(*CALLS[sample][:3])
    assert f'"callid":n+{_DISTANCES[SAMPLES[sample][0]]},' in report


@pytest.mark.skipif(not VECTORS.is_dir(), reason="no shared/vectors beside the checkout")
@pytest.mark.parametrize("sample", CALLS)
def test_is_the_documented_sample(sample: str) -> None:
    story, action, position, numbers = CALLS[sample]
    text = json.dumps(json.loads((VECTORS / f"{sample}.json").read_text()), separators=(",", ":"))
    for theirs, ours in numbers.items():
        text = text.replace(f'"{theirs}"', f'"@{ours}"')
    text = text.replace('"@', '"').replace("to-18-16-2", "trunk")
    assert relative(text, _first_of(sample, text)) == of_call(story, action, position)


def _first_of(sample: str, text: str) -> int:
    """Return the number of the first id of a sample's call.

    The line's id where it has one, or that of the sample that is paired with it. One that stands
    alone says nothing, so there the table is believed.
    """
    paired = {
        "report.BYE.internal-second": "report.BYE.internal-first",
        "report.ALERT.outbound": "report.RING.outbound",
    }
    if sample in paired:
        text = (VECTORS / f"{paired[sample]}.json").read_text()
    line = re.search(r'"(?:in|out)boundid":"\d+\.(\d+)"', text)
    if line is None:
        assert sample in paired or "internal-first" in sample or SAMPLES[sample][1] == CHOSEN
    own = re.search(r'"callid":"\d+\.(\d+)"', text)
    assert own is not None
    return int((line or own)[1])


def test_ten_samples_follow_and_ten_are_chosen() -> None:
    assert CALLS.keys() == SAMPLES.keys()
    kinds = [kind for _, kind in SAMPLES.values()]
    assert kinds.count(FOLLOWS) == kinds.count(CHOSEN) == 10
