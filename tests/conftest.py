"""What holds for every test."""

from __future__ import annotations

import pytest

from pbx_simulator.tls import make_certificate


@pytest.fixture(scope="session", autouse=True)
def real_datetime_in_cryptography() -> None:
    """Let `cryptography` look up `datetime` before any test freezes time.

    It does so once per process, at its first certificate; in frozen time it would keep the frozen class and then
    refuse real datetimes.
    """
    make_certificate("first.example")
