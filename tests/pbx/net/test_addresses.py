"""IP addresses have one spelling."""

import pytest

from custom_components.ippbx.pbx.net.addresses import normalised


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("::FFFF:0a01:0203", "10.1.2.3"),
        ("FD12::0007", "fd12::7"),
        ("fe80::1%eth0", "fe80::1"),
        ("pbx.lan", ""),
        ("", ""),
        ("10.1.2", ""),
    ],
)
def test_one_spelling_for_one_address(address: str, plain: str) -> None:
    assert normalised(address) == plain
