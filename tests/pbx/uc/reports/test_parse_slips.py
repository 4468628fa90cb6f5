"""Slips of the pen are forgiven; what says nothing is refused."""

import pytest

from custom_components.ippbx.pbx.errors import ReportError
from custom_components.ippbx.pbx.model.events import BootUpReport
from custom_components.ippbx.pbx.uc.reports.parse import parse_report


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"action":"BootUp","sn":"5",}', id="trailing comma"),
        pytest.param(b'{"action":"BootUp","sn":"5",\r\n \t}', id="trailing comma and blanks"),
        pytest.param(b'{"action":"BootUp","x":["1","2",],"sn":"5"}', id="trailing comma in array"),
        pytest.param(b'{action:"BootUp",sn:"5"}', id="unquoted keys"),
        pytest.param(b'{"action":"BootUp", sn : "5"}', id="one unquoted key"),
        pytest.param(b'{"action":"BootUp","x":", }{a:","sn":"5",}', id="marks inside of a string"),
        pytest.param(b'{"action":"BootUp","sn":"5"}garbage', id="garbage behind"),
        pytest.param(b'{"action":"BootUp","sn":"5"}{"action":"x"}', id="second object behind"),
        pytest.param(b'{"action":"BootUp","sn":"5"}\x00\x00', id="NUL behind"),
        pytest.param(b'\xef\xbb\xbf{"action":"BootUp","sn":"5"}', id="byte order mark"),
        pytest.param(b'\r\n\t {"action":"BootUp","sn":"5"}\r\n', id="blanks around"),
        pytest.param(b'{"action":"BootUp","x":"\xff\xfe","sn":"5"}', id="no UTF-8"),
        pytest.param(b'{"action":"BootUp","x":"a\nb\tc","sn":"5"}', id="line feed in a string"),
        pytest.param(b'{"action":"BootUp","sn":5}', id="integer"),
        pytest.param(b'{"action":"BootUp","x":NaN,"y":-Infinity,"sn":"5"}', id="no numbers"),
    ],
)
def test_slips_are_forgiven(body: bytes) -> None:
    assert parse_report(body) == BootUpReport(name="BootUp", serial="5")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{}",
        b"[]",
        b"null",
        b"1234",
        b'"text"',
        b"<html></html>",
        b'{"action":"BootUp"',
        b'{"action":"BootUp","sn":"5',
        b'{"action":BootUp}',
        b'{"action":null}',
        b'{"action":{"a":"BootUp"}}',
        b'{"action":""}',
        b'{"action":true}',
        b'{"sn":"5"}',
        b'{"status":"Success"}',
        b'{"action":"BYE"}',
        b'{"action":"NewCdr"}',
        b'{"action":"DTMF","info":"1"}',
        b'{"action":"ExtensionStatus","status":"Busy"}',
        b'{"action":"TrunkStatus","status":"Registered"}',
        b"\x16\x03\x01\x02\x00\x01\x00",
        '{"action":"BootUp”}'.encode(),
    ],
)
def test_what_says_nothing_is_refused(body: bytes) -> None:
    with pytest.raises(ReportError) as caught:
        parse_report(body)
    assert "BootUp" not in str(caught.value)
