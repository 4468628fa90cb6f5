"""A short run of every fuzz target; scripts/fuzz runs them for as long as wanted."""

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ippbx.pbx.net.json_stream import JsonSplitter
from fuzz.blind import fuzz
from fuzz.corpus import seeds
from fuzz.engine_target import as_story, engine
from fuzz.targets import TARGETS
from fuzz.watch import Watch

INPUTS = {"engine": 100, "stream": 600, "splitter": 600}


@pytest.mark.parametrize("name", TARGETS)
def test_random_changes_to_what_pbxes_send(name: str) -> None:
    watch = fuzz(name, inputs=INPUTS.get(name, 2000), seed=20, scenarios=2)
    assert not watch.faults


@pytest.mark.parametrize("name", TARGETS)
def test_what_it_begins_with_is_understood(name: str) -> None:
    """Changes to nonsense would show nothing."""
    begin = seeds(name, 2)
    assert len(begin) >= 6
    assert begin == seeds(name, 2), "another corpus each time"
    for data in begin:
        TARGETS[name](data)


def test_a_fault_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shortest input that does it is kept, one for each place."""
    monkeypatch.setattr(JsonSplitter, "feed", lambda self, data: [bytes(data)])
    watch = Watch(target=TARGETS["splitter"])
    for data in (b"\x01ab", b"\x01a", b"\x01abc"):
        watch.run(data)
    assert watch.inputs == 3
    assert watch.faults
    for place, data in watch.faults.items():
        assert place.startswith("AssertionError")
        assert data in {b"\x01a", b"\x01ab"}, "not the shortest"


NUMBERS = st.sampled_from(["201", "202", "203", "0551234", ""])
IDS = st.sampled_from([f"1780000000.{n}" for n in range(6)] + ["x", ""])
EXTENSIONS = st.builds(lambda number: b'"ext":{"extid":"%b"}' % number.encode(), NUMBERS)
LINES = st.builds(
    lambda kind, caller, callee, leg_id: (
        b'"%b":{"from":"%b","to":"%b","trunk":"t","channelid":"%b"}'
        % (kind, caller.encode(), callee.encode(), leg_id.encode())
    ),
    st.sampled_from([b"inbound", b"outbound"]),
    NUMBERS,
    NUMBERS,
    IDS,
)
REPORTS = st.builds(
    lambda name, call_id, parties: (
        b'{"action":"%b","callid":"%b",%b"sn":"71"}'
        % (name.encode(), call_id.encode(), b"".join(party + b"," for party in parties))
    ),
    st.sampled_from(
        [
            "RING",
            "ALERT",
            "ANSWER",
            "ANSWERED",
            "BYE",
            "Transfer",
            "CallFailed",
            "Invite",
            "Incoming",
            "DTMF",
            "NewCdr",
        ]
    ),
    IDS,
    st.lists(EXTENSIONS | LINES, max_size=3),
)
TIME = st.builds(lambda seconds: b"~%.1f" % seconds, st.floats(-5, 800, width=16))
READINGS = st.builds(lambda which: b"*" + bytes(which), st.lists(st.integers(11, 40), max_size=4))
RECORDS = st.builds(
    lambda call_id, caller, callee, status, talk: (
        b'#{"callid":"%b","timestart":"2026-06-01 12:00:00","callfrom":"%b","callto":"%b",'
        b'"callduraction":"9","talkduraction":"%d","status":"%b"}'
        % (call_id.encode(), caller.encode(), callee.encode(), talk, status)
    ),
    IDS,
    NUMBERS,
    NUMBERS,
    st.sampled_from([b"ANSWERED", b"NO ANSWER", b"BUSY", b"FAILED", b"VOICEMAIL", b""]),
    st.integers(0, 9),
)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(REPORTS | TIME | READINGS | RECORDS | st.just(b"-"), max_size=25), st.integers(0, 3)
)
def test_any_story_of_reports_in_any_order(lines: list[bytes], kind: int) -> None:
    engine(as_story(lines, kind))
