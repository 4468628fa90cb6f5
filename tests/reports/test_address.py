"""The address that is registered at the PBX: automatic, relative, fixed, by hand."""

from typing import Any

import pytest

from custom_components.ippbx.const import (
    ADDRESS_FIXED,
    ADDRESS_RELATIVE,
    CONF_ADDRESS_MODE,
    CONF_FIXED_HOST,
    CONF_FIXED_PORT,
    CONF_FIXED_URL,
    CONF_REPORT_ADDRESS,
)
from custom_components.ippbx.pbx.model.lines import ReportAddress
from custom_components.ippbx.reports.address import (
    Endpoint,
    InvalidReportAddressError,
    checked,
    origin,
    report_address,
    without_secret,
)

SECRET = "77aa0c5ee1f24c"
PATH = f"/api/webhook/{SECRET}"
ENDPOINT = Endpoint(host="10.20.30.40", port=8123, path=PATH)
IPV6 = Endpoint(host="fd12::7", port=8123, path=PATH)

RELATIVE = {CONF_ADDRESS_MODE: ADDRESS_RELATIVE}


@pytest.fixture(autouse=True)
def _integration_ready() -> None:
    """Nothing here needs Home Assistant."""


def fixed(**fields: Any) -> dict[str, Any]:
    return {CONF_ADDRESS_MODE: ADDRESS_FIXED, **fields}


def registered(
    options: dict[str, Any] | None = None,
    by_hand: dict[str, str] | None = None,
    endpoint: Endpoint = ENDPOINT,
) -> tuple[str, str, str, str]:
    data = {CONF_REPORT_ADDRESS: by_hand} if by_hand else {}
    address = report_address(endpoint, data, options or {})
    return address.ipaddr, address.port, address.url, address.urltag


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ("10.20.30.40", "8123", f"10.20.30.40:8123{PATH}", "1")),
        (RELATIVE, ("10.20.30.40", "8123", f"api/webhook/{SECRET}", "0")),
        (fixed(fixed_host="10.9.9.9"), ("10.9.9.9", "8123", f"10.9.9.9:8123{PATH}", "1")),
        # The documents want an address, not a name; a complete url makes it idle.
        (fixed(fixed_host="ha.lan"), ("10.20.30.40", "8123", f"ha.lan:8123{PATH}", "1")),
        (fixed(fixed_port=80.0), ("10.20.30.40", "80", f"10.20.30.40:80{PATH}", "1")),
        (
            fixed(fixed_host="ha.lan", fixed_port=80, fixed_url="proxy.lan:81/pbx"),
            ("10.20.30.40", "80", "proxy.lan:81/pbx", "1"),
        ),
        (fixed(fixed_host="ha.lan", fixed_url=""), ("ha.lan", "8123", "", "1")),
        (fixed(fixed_url=""), ("10.20.30.40", "8123", "", "1")),
        (fixed(fixed_host="fd12::9"), ("fd12::9", "8123", f"[fd12::9]:8123{PATH}", "1")),
    ],
)
def test_options(options: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert registered(options) == expected


def test_the_names_of_the_fixed_fields() -> None:
    assert (CONF_FIXED_HOST, CONF_FIXED_PORT, CONF_FIXED_URL) == (
        "fixed_host",
        "fixed_port",
        "fixed_url",
    )


def test_an_ipv6_address_stands_in_brackets_in_the_url_only() -> None:
    assert registered(endpoint=IPV6) == ("fd12::7", "8123", f"[fd12::7]:8123{PATH}", "1")


@pytest.mark.parametrize(
    ("by_hand", "expected"),
    [
        ({"port": "9000"}, ("10.20.30.40", "9000", f"10.20.30.40:9000{PATH}", "1")),
        ({"ipaddr": "ha.lan"}, ("ha.lan", "8123", f"ha.lan:8123{PATH}", "1")),
        ({"urltag": "0"}, ("10.20.30.40", "8123", f"api/webhook/{SECRET}", "0")),
        (
            {"urltag": "0", "port": "9000"},
            ("10.20.30.40", "9000", f"api/webhook/{SECRET}", "0"),
        ),
        ({"url": "proxy.lan/in"}, ("10.20.30.40", "8123", "proxy.lan/in", "1")),
        ({"url": "in", "urltag": "0"}, ("10.20.30.40", "8123", "in", "0")),
        (
            {"ipaddr": "a", "port": "1", "url": "b:2/c", "urltag": "1"},
            ("a", "1", "b:2/c", "1"),
        ),
    ],
)
def test_what_is_left_out_by_hand_follows_what_is_not(
    by_hand: dict[str, str], expected: tuple[str, ...]
) -> None:
    assert registered(by_hand=by_hand) == expected


@pytest.mark.parametrize(
    ("options", "by_hand", "expected"),
    [
        (RELATIVE, {"urltag": "1"}, ("10.20.30.40", "8123", f"10.20.30.40:8123{PATH}", "1")),
        (RELATIVE, {"port": "9000"}, ("10.20.30.40", "9000", f"api/webhook/{SECRET}", "0")),
        (RELATIVE, {"url": "b:2/c"}, ("10.20.30.40", "8123", "b:2/c", "1")),
        (
            fixed(fixed_host="10.9.9.9"),
            {"port": "9000"},
            ("10.9.9.9", "9000", f"10.9.9.9:9000{PATH}", "1"),
        ),
        (
            fixed(fixed_url="b:2/c"),
            {"port": "9000"},
            ("10.20.30.40", "9000", f"10.20.30.40:9000{PATH}", "1"),
        ),
    ],
)
def test_by_hand_goes_before_the_options(
    options: dict[str, Any], by_hand: dict[str, str], expected: tuple[str, ...]
) -> None:
    assert registered(options, by_hand) == expected


@pytest.mark.parametrize(
    ("data", "options", "expected"),
    [
        ({}, {}, "automatic"),
        ({}, RELATIVE, "relative"),
        ({}, fixed(fixed_port=80), "fixed"),
        ({CONF_REPORT_ADDRESS: {"port": "1"}}, fixed(fixed_port=80), "by_hand"),
        ({CONF_REPORT_ADDRESS: {}}, {}, "automatic"),
    ],
)
def test_origin(data: dict[str, Any], options: dict[str, Any], expected: str) -> None:
    assert origin(data, options) == expected


@pytest.mark.parametrize(
    ("options", "by_hand", "shown"),
    [
        ({}, None, "10.20.30.40:8123/api/webhook/…"),
        (RELATIVE, None, "10.20.30.40:8123/api/webhook/…"),
        (fixed(fixed_url=""), None, "10.20.30.40:8123/"),
        ({}, {"url": f"http://b/{SECRET}"}, "http://b/…"),
    ],
)
def test_what_is_shown_has_no_secret(
    options: dict[str, Any], by_hand: dict[str, str] | None, shown: str
) -> None:
    address = ReportAddress(
        **dict(zip(("ipaddr", "port", "url", "urltag"), registered(options, by_hand), strict=True))
    )
    assert without_secret(address, PATH) == shown


@pytest.mark.parametrize(
    ("values", "sent"),
    [
        ({}, {}),
        ({"config_entry_id": "x", "allow_scheme": True}, {}),
        ({"port": 8123}, {"port": "8123"}),
        ({"port": " 08123 "}, {"port": "8123"}),
        ({"port": "65535"}, {"port": "65535"}),
        ({"ipaddr": "[fd12::9]"}, {"ipaddr": "fd12::9"}),
        ({"ipaddr": "FE80::1"}, {"ipaddr": "FE80::1"}),
        ({"urltag": "0"}, {"urltag": "0"}),
        ({"urltag": "0", "url": "/in/here"}, {"urltag": "0", "url": "in/here"}),
        ({"url": "HA.lan:8123/in?x=1"}, {"url": "HA.lan:8123/in?x=1"}),
        ({"url": "[fd12::9]:81/in"}, {"url": "[fd12::9]:81/in"}),
        ({"url": "10.0.0.9/in"}, {"url": "10.0.0.9/in"}),
        ({"url": "ha.lan.:81/in"}, {"url": "ha.lan.:81/in"}),
        ({"url": "3com/in"}, {"url": "3com/in"}),
        ({"url": f"{'a' * 63}.lan/in"}, {"url": f"{'a' * 63}.lan/in"}),
        ({"url": f"ha.lan/{'x' * 248}"}, {"url": f"ha.lan/{'x' * 248}"}),
    ],
)
def test_good_fields(values: dict[str, Any], sent: dict[str, str]) -> None:
    assert checked(values) == sent


@pytest.mark.parametrize("urltag", [{}, {"urltag": "0"}, {"urltag": "1"}])
def test_a_scheme_is_sent_where_it_is_allowed(urltag: dict[str, str]) -> None:
    values = {"url": "https://ha.lan/in", **urltag}
    assert checked(values, allow_scheme=True) == values


BAD = [
    ({"port": "0"}, "invalid_port"),
    ({"port": "65536"}, "invalid_port"),
    ({"port": "-1"}, "invalid_port"),
    ({"port": "8123.5"}, "invalid_port"),
    ({"port": "0000008123"}, "invalid_port"),
    ({"port": "9" * 60_000}, "invalid_port"),
    ({"port": "http"}, "invalid_port"),
    ({"port": "²"}, "invalid_port"),
    ({"port": ""}, "invalid_port"),
    ({"ipaddr": ""}, "invalid_ipaddr"),
    ({"ipaddr": "http://ha.lan"}, "invalid_ipaddr"),
    ({"ipaddr": "ha.lan/in"}, "invalid_ipaddr"),
    ({"ipaddr": "ha.lan:8123"}, "invalid_ipaddr"),
    ({"ipaddr": "ha lan"}, "invalid_ipaddr"),
    ({"ipaddr": "x" * 254}, "invalid_ipaddr"),
    ({"ipaddr": "ha.lan."}, "invalid_ipaddr"),  # the documents want an address
    ({"ipaddr": "300.1.1.1"}, "invalid_ipaddr"),
    ({"ipaddr": "fe80::1%eth0"}, "invalid_ipaddr"),
    ({"ipaddr": "fe80::1%\r\nX-Evil: 1"}, "invalid_ipaddr"),
    ({"ipaddr": f"fe80::1%{'a' * 5000}"}, "invalid_ipaddr"),
    ({"urltag": "2"}, "invalid_urltag"),
    ({"urltag": ""}, "invalid_urltag"),
    ({"url": "ha.lan:8123/a b"}, "url_with_spaces"),
    ({"url": "ha.lan:8123/a\x00b"}, "url_with_spaces"),
    ({"url": "ha.lan:8123/a\u2003b"}, "url_with_spaces"),
    ({"url": "http://ha.lan/in"}, "url_with_scheme"),
    ({"url": "HTTPS://ha.lan/in"}, "url_with_scheme"),
    ({"url": "http://ha.lan/in", "urltag": "0"}, "url_with_scheme"),
    ({"url": ""}, "url_without_path"),
    ({"url": "ha.lan:8123"}, "url_without_path"),
    ({"url": "ha.lan:8123/"}, "url_without_path"),
    ({"url": "ha.lan:8123//"}, "url_without_path"),
    ({"url": "/", "urltag": "0"}, "url_without_path"),
    ({"url": "/api/webhook/x"}, "url_without_host"),
    ({"url": ":8123/in"}, "url_without_host"),
    ({"url": "ha.lan:/in"}, "url_without_host"),
    ({"url": "ha.lan:0/in"}, "url_without_host"),
    ({"url": "ha.lan:99999/in"}, "url_without_host"),
    ({"url": "ha.lan:http/in"}, "url_without_host"),
    ({"url": "me@ha.lan/in"}, "url_without_host"),
    ({"url": "fd12::9/in"}, "url_without_host"),
    ({"url": "[fe80::1%eth0]:81/in"}, "url_without_host"),
    ({"url": f"[fe80::1%{'a' * 200}]/in"}, "url_without_host"),
    ({"url": "ha_1.lan/in"}, "url_without_host"),
    ({"url": "-ha.lan/in"}, "url_without_host"),
    ({"url": "ha-.lan/in"}, "url_without_host"),
    ({"url": "hä.lan/in"}, "url_without_host"),
    ({"url": "ha\u212a.lan/in"}, "url_without_host"),
    ({"url": "ha..lan/in"}, "url_without_host"),
    ({"url": f"{'a' * 64}.lan/in"}, "url_without_host"),
    ({"url": "300.1.1.1/in"}, "url_without_host"),
    ({"url": "10.0.1:81/in"}, "url_without_host"),
    ({"url": "0x7f.1/in"}, "url_without_host"),
    ({"url": f"ha.lan/{'x' * 249}"}, "url_too_long"),
    ({"url": "x" * 5000, "urltag": "0"}, "url_too_long"),
]


@pytest.mark.parametrize(("values", "reason"), BAD)
def test_bad_fields(values: dict[str, str], reason: str) -> None:
    with pytest.raises(InvalidReportAddressError) as refused:
        checked(values)
    assert refused.value.reason == reason
    assert str(refused.value) == reason  # nothing of what was typed


@pytest.mark.parametrize("url", ["http:///in", "http://ha.lan", "http://ha.lan:99999/in"])
def test_an_allowed_scheme_allows_nothing_else(url: str) -> None:
    with pytest.raises(InvalidReportAddressError):
        checked({"url": url}, allow_scheme=True)
